//! `vaultd dev`: from nothing to a vault that answers, in one step.
//!
//! Its key lies beside it, so it protects nothing; it says so, its header says
//! so, and `serve` refuses it.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use vault_core::hex;
use vault_core::host::Host;

use super::{absolute, line, seed};
use crate::accounts::SystemAccounts;
use crate::adapters::http::Listening;
use crate::adapters::imperal;
use crate::config::{Audit, AwsKmsSettings, KeySource, Listen, Policy, SocketMode};
use crate::daemon::{self, AwsDoor, Daemon, Unseal};
use crate::exit::{Exit, Failure};
use crate::hardening::{self, Children};
use crate::keyfile::{self, Key, KeyFileError};
use crate::listener::Socket;
use crate::service::{Engine, InitPlan, NewSlotPlan, OpenPlan, Service};

mod aws;
mod command;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Keep everything in this directory, the socket as DIR/vaultd.sock
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral")]
    dir: Option<PathBuf>,
    /// Keep nothing: a temporary directory, removed at the end
    #[arg(long)]
    ephemeral: bool,
    /// Store the users and values of this TOML file first
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Write one JSON line to this descriptor when ready
    #[arg(long, value_name = "N")]
    ready_fd: Option<u32>,
    /// Serve Imperal's SDK over HTTP on this loopback address, or on unix:/PATH
    #[arg(long, value_name = "ADDR")]
    imperal: Option<Listen>,
    /// Serve clients of AWS KMS over HTTP on a free loopback port, with an access key of your own
    #[arg(long)]
    aws: bool,
    /// The same on this loopback address, or on unix:/PATH
    #[arg(long, value_name = "ADDR")]
    aws_kms: Option<Listen>,
    /// Run this with VAULTD_SOCKET (VAULTD_IMPERAL, AWS_ENDPOINT_URL_KMS and an access key) set, and end with its status
    #[arg(last = true, value_name = "CMD")]
    command: Vec<std::ffi::OsString>,
}

impl Args {
    /// Where AWS's clients are served, if they are.
    fn aws_listen(&self) -> Option<Listen> {
        let free = Listen::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        self.aws_kms.clone().or_else(|| self.aws.then_some(free))
    }
}

/// What is told of the doors beside the vault's own socket.
struct Doors {
    imperal: Option<String>,
    aws: Option<aws::Environment>,
}

/// Where a development vault lives.
struct Place {
    vault: PathBuf,
    key: PathBuf,
    socket: PathBuf,
    /// Removed at the end.
    temporary: Option<PathBuf>,
}

pub(super) fn run(args: Args, engine: &impl Engine, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let own_uid = rustix::process::geteuid().as_raw();
    // Before anything is made: a typing error must not leave a vault behind.
    let seed = match &args.seed {
        Some(path) => seed::read(path, own_uid, &SystemAccounts)?,
        None => seed::Seed::default(),
    };
    crate::logging::start("warn")?;
    let children = if args.command.is_empty() { Children::None } else { Children::UserCommand };
    let hardened = hardening::apply(children);
    let umask = hardened.previous_umask();
    let host = Host::system();
    let place = if args.ephemeral { Place::temporary(&host)? } else { Place::lasting(args.dir.as_deref())? };

    make_if_new(&place, engine, &host)?;
    let policy = Policy::new(own_uid);
    let service = engine.open(OpenPlan {
        vault: place.vault.clone(),
        audit_path: place.vault.with_extension("audit"),
        audit: Audit::default(),
        anchor: None,
        key: Some(KeySource::File(place.key.clone())),
        policy: policy.clone(),
        development: true,
        hardening: hardened.lines(),
    })?;
    let socket = Socket::bind(&place.socket, SocketMode::OWNER, &service)?;
    let imperal =
        args.imperal.as_ref().map(|listen| Listening::bind(imperal::NAME, listen, SocketMode::OWNER, &service));
    let imperal = imperal.transpose()?;
    let aws_kms = args.aws_listen().map(|listen| {
        let settings = AwsKmsSettings::on(listen);
        AwsDoor::bind(settings, SocketMode::OWNER, Arc::new(SystemAccounts), &service)
    });
    let aws_kms = aws_kms.transpose()?;
    if !service.auto_unseal()? {
        return Err(Failure::new(Exit::Sealed, "the development key does not open the vault")
            .hint("remove the directory and start again"));
    }
    if !seed.values.is_empty() {
        engine.seed(&service, seed.values)?;
    }
    let site =
        aws_kms.as_ref().map_or_else(|| AwsDoor::site_of_nowhere(Arc::new(SystemAccounts)), |door| door.site.clone());
    let planted = seed.kms.plant(&service, &site, &SystemAccounts)?;
    let doors = Doors {
        imperal: imperal.as_ref().map(Listening::address),
        aws: aws_kms.as_ref().map(|door| aws::Environment::new(door, &service, own_uid, planted)).transpose()?,
    };

    let daemon = Daemon {
        service,
        socket,
        imperal,
        aws_kms,
        policy,
        accounts: Arc::new(SystemAccounts),
        // A closed terminal ends it.
        reload: None,
        unseal: Unseal::Done,
        threads: daemon::threads(),
    };
    let mut child = None;
    let served = daemon.run(|stop, _| {
        if args.command.is_empty() {
            tell(out, &place, &doors)?;
        }
        if let Some(descriptor) = args.ready_fd {
            tell_ready(descriptor, &place, &doors)?;
        }
        if !args.command.is_empty() {
            child = Some(command::Running::start(&args.command, &place.socket, &doors, umask, stop)?);
        }
        Ok(())
    });
    let status = child.map(command::Running::finish);
    served?;
    status.unwrap_or(Ok(ExitCode::SUCCESS))
}

fn make_if_new(place: &Place, engine: &impl Engine, host: &Host) -> Result<(), Failure> {
    match std::fs::symlink_metadata(&place.vault) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Failure::io(&place.vault, &error)),
    }
    let key = Key::make(host)?;
    let key = match keyfile::create(&place.key, &key, None) {
        Ok(()) => key,
        // An earlier first run was interrupted between key and vault.
        Err(KeyFileError::Exists { .. }) => keyfile::read(&place.key)?,
        Err(error) => return Err(error.into()),
    };
    engine.init(InitPlan {
        vault: place.vault.clone(),
        slot: NewSlotPlan::KeyFile(key),
        recovery: false,
        owner: None,
        development: true,
    })?;
    Ok(())
}

fn tell(out: &mut impl Write, place: &Place, doors: &Doors) -> Result<(), Failure> {
    let socket = place.socket.display();
    line(out, format_args!("development vault, not for real secrets: {}", place.vault.display()))?;
    line(out, format_args!("socket: {socket}"))?;
    if let Some(address) = &doors.imperal {
        line(out, format_args!("imperal gateway: {address}"))?;
    }
    line(out, format_args!("in another terminal:"))?;
    for (name, value) in doors.aws.iter().flat_map(aws::Environment::variables) {
        line(out, format_args!("  export {name}={value}"))?;
    }
    line(out, format_args!("  export VAULTD_SOCKET={socket}"))?;
    let vaultctl = vaultctl();
    line(out, format_args!("  echo hunter2 | {vaultctl} set demo"))?;
    line(out, format_args!("  {vaultctl} get demo"))
}

/// What to type for `vaultctl`: its name where the shell finds it, else the one
/// that was built beside this program.
fn vaultctl() -> String {
    let name = "vaultctl";
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|directory| directory.join(name).is_file());
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name(name)).filter(|beside| beside.is_file());
    match beside {
        Some(beside) if !found => beside.display().to_string(),
        _ => name.to_owned(),
    }
}

/// The descriptor is opened anew by its name in /proc, because adopting a bare
/// number is not something safe code can do. Works for pipes and files.
fn tell_ready(descriptor: u32, place: &Place, doors: &Doors) -> Result<(), Failure> {
    let path = PathBuf::from(format!("/proc/self/fd/{descriptor}"));
    let ready = serde_json::json!({
        "ready": true,
        "socket": place.socket,
        "imperal": doors.imperal,
        "aws_kms": doors.aws.as_ref().map(aws::Environment::address),
        "vault": place.vault,
        "pid": std::process::id(),
        "version": crate::VERSION,
    });
    OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(format!("{ready}\n").as_bytes()))
        .map_err(|error| {
            Failure::new(Exit::Usage, format_args!("--ready-fd {descriptor}: {error}"))
                .hint("pass the writing end of a pipe")
        })
}

impl Place {
    fn in_directory(directory: &Path) -> Self {
        Self {
            vault: directory.join("vault.db"),
            key: directory.join("dev.key"),
            socket: directory.join("vaultd.sock"),
            temporary: None,
        }
    }

    /// `--dir`, or the user's data directory with the socket where clients look.
    fn lasting(directory: Option<&Path>) -> Result<Self, Failure> {
        if let Some(directory) = directory {
            let directory = absolute(directory)?;
            make_private(&directory)?;
            return Ok(Self::in_directory(&directory));
        }
        let data = directory_in("XDG_DATA_HOME")
            .or_else(|| directory_in("HOME").map(|home| home.join(".local/share")))
            .ok_or_else(|| Failure::new(Exit::Usage, "neither XDG_DATA_HOME nor HOME is set").hint("use --dir DIR"))?;
        let data = data.join("vaultd-dev");
        make_private(&data)?;
        let mut place = Self::in_directory(&data);
        if let Some(runtime) = directory_in("XDG_RUNTIME_DIR").filter(|runtime| runtime.is_dir()) {
            let runtime = runtime.join("vaultd");
            make_private(&runtime)?;
            place.socket = runtime.join("vaultd.sock");
        }
        Ok(place)
    }

    /// A new directory with a short name: a socket path has 107 bytes.
    fn temporary(host: &Host) -> Result<Self, Failure> {
        let base = directory_in("XDG_RUNTIME_DIR")
            .filter(|base| base.is_dir() && base.as_os_str().len() <= BASE_MAX)
            .unwrap_or_else(|| PathBuf::from("/tmp"));
        for _ in 0..ATTEMPTS {
            let name: [u8; 6] = host.random().map_err(|error| Failure::new(Exit::Unavailable, error))?;
            let directory = base.join(format!("vd-{}", hex::encode(&name)));
            match DirBuilder::new().mode(0o700).create(&directory) {
                Ok(()) => {
                    let mut place = Self::in_directory(&directory);
                    place.temporary = Some(directory);
                    return Ok(place);
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Failure::io(&directory, &error)),
            }
        }
        Err(Failure::new(Exit::Unavailable, format_args!("no free name in {}", base.display())))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(directory) = &self.temporary {
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

fn make_private(directory: &Path) -> Result<(), Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(|error| Failure::io(directory, &error))
}

fn directory_in(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Longest base of a temporary directory, in bytes.
const BASE_MAX: usize = 60;
/// Names tried for a temporary directory.
const ATTEMPTS: usize = 16;
