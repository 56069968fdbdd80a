//! moto's server, the emulator that tests use. It looks at no signature, keeps
//! everything in memory, and ends a connection after each answer.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use super::{Cipher, SIZES};
use crate::aws::{self, Signer};
use crate::daemon::Site;
use crate::process::{self, Process};
use crate::text::member;
use crate::wire::{Place, Target, Wire};

pub(crate) fn start() -> Option<Cipher> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/bin/moto_server");
    let program = program.is_file().then_some(program)?;
    let site = Site::empty("moto");
    let mut command = Command::new(program);
    command.args(["--host", "127.0.0.1", "--port"]).arg(PORT.to_string());
    let begun = Instant::now();
    let process = Process::spawn(command, &site.directory().join("log"));
    let address = SocketAddr::from(([127, 0, 0, 1], PORT));
    let target = Target::plain(Place::Tcp(address), Wire::HttpOnce);
    let signer = Signer { address, id: "AKIAIOSFODNN7EXAMPLE".to_owned(), secret: "any".to_owned() };
    let create = signer.request("CreateKey", "{}");
    let key = process::until("moto makes a key", || {
        let answer = target.try_connect()?.try_ask(&create).ok()?;
        Wire::Http.is_good(&answer).then(|| member(&answer, "\"KeyId\": \""))
    });
    let encrypt = SIZES.map(|size| aws::ask(&signer, "Encrypt", aws::encrypt(&key, size)));
    target.connect().ask(&encrypt[0]());
    let started = begun.elapsed();
    let decrypt = encrypt.each_ref().map(|encrypt| {
        let sealed = member(&target.connect().ask(&encrypt()), "\"CiphertextBlob\": \"");
        aws::ask(&signer, "Decrypt", aws::decrypt(&sealed))
    });
    Some(Cipher {
        name: "moto",
        process,
        target,
        encrypt,
        decrypt,
        started,
        how: "TCP, a connection each: it keeps none alive; looks at no signature",
        _site: site,
    })
}

const PORT: u16 = 28_300;
