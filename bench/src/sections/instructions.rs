//! Instructions of the hot path under callgrind: the same on a busy machine and
//! a quiet one, so that a change for the worse shows. A virtual processor
//! without SHA and AVX-512 instructions: counts compare with counts only.

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};

use vault_core::Vault;
use vault_core::access::AuditBatch;
use vault_core::envelope::CallerContext;
use vault_core::keys::SecretBytes;
use vault_core::kms::{Decrypt, Encrypt, EncryptionAlgorithm, KeyRef, NewKey};
use vault_core::names::{App, SecretName};
use vault_proto::Codec;

use crate::daemon::{self, Site, VALUE, name};
use crate::fill;
use crate::process;
use crate::wire::Wire;

pub(crate) fn measure() {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("valgrind is not installed: passed over");
        return;
    }
    println!("{:<44} {:>12}", "instructions", "each");
    for operation in ["get", "set", "encrypt", "decrypt"] {
        let [few, many] = COUNTS.map(|count| inprocess(operation, count));
        let each = (many - few) as f64 / (COUNTS[1] - COUNTS[0]) as f64;
        println!("{:<44} {each:>12.0}", format!("{operation}, in-process"));
    }
    for depth in [1, 16] {
        let [few, many] = COUNTS.map(|count| by_session(count, depth));
        let each = (many - few) as f64 / (COUNTS[1] - COUNTS[0]) as f64;
        println!("{:<44} {each:>12.0}", format!("get, by the daemon's session, {depth} in flight"));
    }
}

/// What this program does under callgrind.
pub(crate) fn run(operation: &str, count: usize) {
    let vault = Vault::ephemeral().unwrap();
    let (caller, app, name) = (fill::owner(0), App::personal(), SecretName::parse(&name(0)).unwrap());
    let set = |batch: &AuditBatch| {
        let value = SecretBytes::new(vec![b'x'; VALUE]);
        black_box(vault.access(&caller, 1, batch).set(&app, &name, value, None).unwrap());
    };
    let batch = AuditBatch::new();
    let access = || vault.access(&caller, 1, &batch);
    set(&batch);
    let key = KeyRef::Id(access().kms().create_key(&NewKey::symmetric()).unwrap().id);
    let (context, algorithm) = (CallerContext::EMPTY, EncryptionAlgorithm::SymmetricDefault);
    let encrypt = Encrypt { key: &key, plaintext: &[b'x'; VALUE], context, algorithm };
    let ciphertext = &access().kms().encrypt(&encrypt).unwrap().ciphertext;
    let decrypt = Decrypt { key: None, ciphertext, context, algorithm };
    for _ in 0..count {
        match operation {
            "get" => drop(black_box(access().get(&app, &name, None).unwrap())),
            "encrypt" => drop(black_box(access().kms().encrypt(&encrypt).unwrap())),
            "decrypt" => drop(black_box(access().kms().decrypt(&decrypt).unwrap())),
            _ => set(&batch),
        }
        batch.flush(vault.audit()).unwrap();
    }
}

fn inprocess(operation: &str, count: usize) -> u64 {
    let site = Site::empty("instructions");
    let out = site.directory().join("callgrind");
    let mut command = Command::new("valgrind");
    command.args(callgrind(&out)).arg(std::env::current_exe().unwrap());
    command.args([HOT, operation, &count.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().unwrap().success(), "callgrind");
    total(&out)
}

fn by_session(count: usize, depth: usize) -> u64 {
    let site = Site::new("instructions");
    let vault = fill::open(&site);
    fill::fill(&vault, 0, 1);
    drop(vault.seal());
    let out = site.directory().join("callgrind");
    let arguments = callgrind(&out);
    let under: Vec<&str> = std::iter::once("valgrind").chain(arguments.iter().map(String::as_str)).collect();
    let daemon = site.spawn(&under);
    let get = daemon::get(Codec::Postcard, &name(0));
    let mut connection = process::until("the daemon under callgrind is open", || {
        let mut connection = site.target(Codec::Postcard).try_connect()?;
        let answer = connection.try_ask(&get).ok()?;
        Wire::Vault(Codec::Postcard).is_good(&answer).then_some(connection)
    });
    let burst = get.repeat(depth);
    (0..count / depth).for_each(|_| connection.exchange(&burst, depth));
    drop(connection);
    process::terminate(daemon.id());
    daemon.ended();
    total(&out)
}

fn callgrind(out: &Path) -> Vec<String> {
    vec!["--tool=callgrind".to_owned(), format!("--callgrind-out-file={}", out.display())]
}

/// The sum callgrind wrote down.
fn total(out: &Path) -> u64 {
    let text = std::fs::read_to_string(out).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
    line.and_then(|sum| sum.trim().parse().ok()).unwrap()
}

/// The argument that makes this program run an operation and no measurement.
pub(crate) const HOT: &str = "hot";
/// The difference leaves out starting and ending.
const COUNTS: [usize; 2] = [320, 4_320];
