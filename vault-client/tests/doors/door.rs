//! Either client behind one set of methods, so that every test runs on both.

use vault_client::{
    Call, Client, ClientError, Codec, Deletion, ListQuery, Options, Presented, Reply, Secret, SecretBytes, SecretInfo,
    StampMemory, StatusInfo, blocking, operation::Operation,
};

use crate::server::Server;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Blocking,
    Async,
}

pub(crate) const KINDS: [Kind; 2] = [Kind::Blocking, Kind::Async];

pub(crate) enum Door {
    Blocking(blocking::Client),
    Async(tokio::runtime::Runtime, Client),
}

/// Options that reach the server and remember nothing from other tests.
pub(crate) fn options(server: &Server) -> Options {
    Options::new().socket(&server.path).memory(StampMemory::isolated()).codec(Codec::Postcard)
}

impl Door {
    pub(crate) fn connect(kind: Kind, options: Options) -> Result<Self, ClientError> {
        match kind {
            Kind::Blocking => blocking::Client::connect(options).map(Self::Blocking),
            Kind::Async => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let client = runtime.block_on(Client::connect(options))?;
                Ok(Self::Async(runtime, client))
            }
        }
    }

    pub(crate) fn status(&self) -> Result<StatusInfo, ClientError> {
        match self {
            Self::Blocking(client) => client.status(),
            Self::Async(runtime, client) => runtime.block_on(client.status()),
        }
    }

    pub(crate) fn set(&self, name: &str, value: &[u8]) -> Result<u64, ClientError> {
        match self {
            Self::Blocking(client) => client.set(name, value),
            Self::Async(runtime, client) => runtime.block_on(client.set(name, value)),
        }
    }

    pub(crate) fn set_if(&self, target: (&str, &str), value: &[u8], version: u64) -> Result<u64, ClientError> {
        match self {
            Self::Blocking(client) => client.set_if(target, value, version),
            Self::Async(runtime, client) => runtime.block_on(client.set_if(target, value, version)),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Result<Secret, ClientError> {
        match self {
            Self::Blocking(client) => client.get(name),
            Self::Async(runtime, client) => runtime.block_on(client.get(name)),
        }
    }

    pub(crate) fn delete(&self, name: &str) -> Result<Deletion, ClientError> {
        match self {
            Self::Blocking(client) => client.delete(name),
            Self::Async(runtime, client) => runtime.block_on(client.delete(name)),
        }
    }

    pub(crate) fn list_all(&self, query: &ListQuery) -> Result<Vec<SecretInfo>, ClientError> {
        match self {
            Self::Blocking(client) => client.list_all(query),
            Self::Async(runtime, client) => runtime.block_on(client.list_all(query)),
        }
    }

    pub(crate) fn check(&self) -> Result<vault_client::CheckReport, ClientError> {
        match self {
            Self::Blocking(client) => client.check(),
            Self::Async(runtime, client) => runtime.block_on(client.check()),
        }
    }

    pub(crate) fn pipeline(&self, calls: Vec<Call>) -> Vec<Result<Reply, ClientError>> {
        match self {
            Self::Blocking(client) => client.pipeline(calls),
            Self::Async(runtime, client) => runtime.block_on(client.pipeline(calls)),
        }
    }

    pub(crate) fn run<T>(&self, operation: Operation<T>) -> Result<T, ClientError> {
        match self {
            Self::Blocking(client) => client.run(operation),
            Self::Async(runtime, client) => runtime.block_on(client.run(operation)),
        }
    }

    pub(crate) fn run_all<T>(&self, operations: Vec<Operation<T>>) -> Vec<Result<T, ClientError>> {
        match self {
            Self::Blocking(client) => client.run_all(operations),
            Self::Async(runtime, client) => runtime.block_on(client.run_all(operations)),
        }
    }

    /// This door from now on acts as an app.
    pub(crate) fn acting(self, app: &str, user: Option<&str>) -> Self {
        match self {
            Self::Blocking(client) => Self::Blocking(client.acting(app, user)),
            Self::Async(runtime, client) => Self::Async(runtime, client.acting(app, user)),
        }
    }

    /// This door from now on has a token.
    pub(crate) fn presenting(self, token: &[u8]) -> Self {
        let token = SecretBytes::new(token.to_vec());
        match self {
            Self::Blocking(client) => Self::Blocking(client.presenting(token)),
            Self::Async(runtime, client) => Self::Async(runtime, client.presenting(token)),
        }
    }

    pub(crate) fn presented(&self) -> Result<Option<Presented>, ClientError> {
        match self {
            Self::Blocking(client) => client.presented(),
            Self::Async(runtime, client) => runtime.block_on(client.presented()),
        }
    }

    pub(crate) fn accept_incarnation(&self, incarnation: vault_client::Incarnation) {
        match self {
            Self::Blocking(client) => client.accept_incarnation(incarnation),
            Self::Async(_, client) => client.accept_incarnation(incarnation),
        }
    }
}
