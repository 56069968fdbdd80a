//! `vaultd serve`.

use std::path::PathBuf;
use std::sync::Arc;

use super::absolute;
use crate::accounts::SystemAccounts;
use crate::adapters::http::Listening;
use crate::adapters::imperal;
use crate::config::{KeySource, Listen, Overrides, Settings, SocketMode};
use crate::daemon::{self, AwsDoor, Daemon, Unseal};
use crate::exit::Failure;
use crate::hardening::{self, Children};
use crate::listener::Socket;
use crate::logging;
use crate::service::{Engine, OpenPlan};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
    /// Read the rest from this file; flags go before it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The flags that the configuration has too.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Flags {
    /// The vault
    #[arg(long, value_name = "FILE")]
    vault: Option<PathBuf>,
    /// The socket to listen on
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Who may connect, as octal permission bits [default: 0666]
    #[arg(long, value_name = "MODE")]
    socket_mode: Option<SocketMode>,
    /// Unseal at start with this key file
    #[arg(long, value_name = "FILE", conflicts_with = "credential")]
    key_file: Option<PathBuf>,
    /// Unseal at start with this systemd credential
    #[arg(long, value_name = "NAME")]
    credential: Option<String>,
    /// Serve Imperal's SDK over HTTP on this loopback address, or on unix:/PATH
    #[arg(long, value_name = "ADDR")]
    imperal: Option<Listen>,
    /// Serve clients of AWS KMS over HTTP on this loopback address, or on unix:/PATH
    #[arg(long, value_name = "ADDR")]
    aws_kms: Option<Listen>,
}

impl Flags {
    pub(super) fn overrides(self) -> Result<Overrides, Failure> {
        let key_file = self.key_file.as_deref().map(absolute).transpose()?.map(KeySource::File);
        Ok(Overrides {
            vault: self.vault.as_deref().map(absolute).transpose()?,
            socket: self.socket.as_deref().map(absolute).transpose()?,
            socket_mode: self.socket_mode,
            key: key_file.or(self.credential.map(KeySource::Credential)),
            imperal: self.imperal,
            aws_kms: self.aws_kms,
        })
    }
}

pub(super) fn run(args: Args, engine: &impl Engine) -> Result<(), Failure> {
    let own_uid = rustix::process::geteuid().as_raw();
    let config = args.config.as_deref().map(absolute).transpose()?;
    let flags = args.flags.overrides()?;
    let settings = Settings::load(config.as_deref(), flags.clone(), own_uid, &SystemAccounts)?;
    logging::start(&settings.log)?;
    let hardening = hardening::apply(Children::None).lines();
    for line in &hardening {
        tracing::info!("hardening: {line}");
    }

    let service = engine.open(OpenPlan {
        audit_path: settings.audit_path(),
        vault: settings.vault,
        audit: settings.audit,
        anchor: settings.anchor,
        key: settings.key,
        policy: settings.policy.clone(),
        development: false,
        hardening,
    })?;
    let socket = match Socket::activated()? {
        Some(socket) => socket,
        None => Socket::bind(&settings.socket, settings.socket_mode, &service)?,
    };
    let imperal =
        settings.imperal.as_ref().map(|listen| Listening::bind(imperal::NAME, listen, settings.socket_mode, &service));
    let imperal = imperal.transpose()?;
    let aws_kms = settings
        .aws_kms
        .map(|aws_kms| AwsDoor::bind(aws_kms, settings.socket_mode, Arc::new(SystemAccounts), &service))
        .transpose()?;
    let reload = move || {
        let settings = Settings::load(config.as_deref(), flags.clone(), own_uid, &SystemAccounts)?;
        Ok(settings.policy)
    };
    let daemon = Daemon {
        service,
        socket,
        imperal,
        aws_kms,
        policy: settings.policy,
        accounts: Arc::new(SystemAccounts),
        reload: Some(Box::new(reload)),
        unseal: Unseal::WhenListening,
        threads: daemon::threads(),
    };
    daemon.run(|_, _| Ok(()))
}
