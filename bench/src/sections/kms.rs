//! Encrypting and decrypting under one key: natively and by the AWS door, beside
//! OpenBao's transit engine and moto.

use vault_proto::Codec;
use vault_proto::latest::{
    AccessKeyCall, Call, EncryptionAlgorithm, KeyCall, KeyOrigin, KeyReply, KeyRequest, KeySpec, KeyUsage, Reply,
    SecretBytes,
};

use crate::aws::{self, Signer};
use crate::daemon::{self, Site};
use crate::echo::Echo;
use crate::load::Clients;
use crate::peers::{Ask, Cipher, PACKAGED, SIZES, always, moto, openbao};
use crate::process::Process;
use crate::text::member;
use crate::wire::{Connection, Place, Target, Wire};

use super::table::{Shape, Side, header, line, line_of, row};

pub(crate) fn measure() {
    let peers = [("OpenBao", openbao::transit as fn() -> Option<Cipher>), ("moto", moto::start)];
    let peers: Vec<Cipher> = peers.into_iter().filter_map(|(name, start)| started(name, start())).collect();
    let site = Site::with("kms", |_| "[adapters.aws_kms]\nlisten = \"127.0.0.1:0\"".to_owned());
    drop(site.serve());
    let (daemon, times) = site.serve_timed_until(&random());
    let ours = Ours::new(&site);
    let echo = Echo::start(site.directory());
    std::thread::sleep(SETTLE);
    println!("{:<10} {:>16} {:>14}", "", "start to answer", "idle memory");
    let rows = peers.iter().map(|peer| (peer.name, peer.started, peer.process.resident_mib()));
    for (name, started, resident) in std::iter::once(("vaultd", times.read, daemon.resident_mib())).chain(rows) {
        println!("{name:<10} {:>13.1} ms {resident:>10.1} MiB", started.as_secs_f64() * 1e3);
    }
    for peer in &peers {
        // moto keeps no connection: beside it, the way over the socket is not what counts.
        if peer.target.wire != Wire::HttpOnce {
            beside_echo(&ours.native.0, &ours.native.1, peer, &echo);
        }
        for (door, target, requests) in ours.doors() {
            // A peer that ends each connection is also met by clients of ours that do.
            let once = (peer.target.wire == Wire::HttpOnce && target.wire == Wire::Http)
                .then(|| Target { wire: Wire::HttpOnce, ..target.clone() });
            let wanted = |operation: &str| match (door, peer.name, operation) {
                ("native", "OpenBao", _) => "wanted 15",
                ("AWS door", "moto", "encrypt") => "wanted 20",
                _ => "",
            };
            table(door, target, requests, peer, &daemon, &wanted);
            if let Some(once) = once {
                table("AWS door, once", &once, requests, peer, &daemon, &|_| "");
            }
        }
    }
    println!("\nresident after the load: {:.1} MiB", daemon.resident_mib());
    for peer in &peers {
        println!("{:<24} {:>10.1} MiB", peer.name, peer.process.resident_mib());
    }
}

fn started(name: &str, peer: Option<Cipher>) -> Option<Cipher> {
    if peer.is_none() {
        println!("{name} is not installed: passed over ({PACKAGED})");
    }
    peer
}

fn table(
    door: &str,
    target: &Target,
    requests: &Requests,
    peer: &Cipher,
    daemon: &Process,
    wanted: &dyn Fn(&str) -> &'static str,
) {
    header(&format!("{door} beside {}", peer.name), "vault", "peer");
    println!("({})", peer.how);
    for (operation, size, ours, theirs) in pairs(requests, peer) {
        let (our_request, their_request) = (|_: usize| ours(), |_: usize| theirs());
        let ours = Side(target, daemon, &our_request);
        let theirs = Side(&peer.target, &peer.process, &their_request);
        let label = format!("{operation}, {size} B");
        row(&label, ours, theirs, wanted(operation));
        // A connection for each request has no pool.
        if target.wire != Wire::HttpOnce && peer.target.wire != Wire::HttpOnce {
            line(&format!("{label}, pool of 8"), Shape(8, 1, Clients::Pool), ours, theirs, "");
            // Sixteen calls under way for each of eight clients: natively on the client's one
            // connection; over HTTP/1.1 each call has a connection.
            if matches!(target.wire, Wire::Vault(_)) {
                let shapes = [Shape(8, 16, Clients::Pool), Shape(128, 1, Clients::Pool)];
                line_of(&format!("{label}, 8 × 16"), shapes, ours, theirs, wanted(operation));
            }
        }
    }
}

/// Each operation at each size: ours, and theirs.
fn pairs<'a>(ours: &'a Requests, theirs: &'a Cipher) -> impl Iterator<Item = (&'static str, usize, &'a Ask, &'a Ask)> {
    let kinds = [("encrypt", &ours.encrypt, &theirs.encrypt), ("decrypt", &ours.decrypt, &theirs.decrypt)];
    kinds.into_iter().flat_map(|(operation, ours, theirs)| {
        SIZES
            .into_iter()
            .zip(ours.iter().zip(theirs))
            .map(move |(size, (ours, theirs))| (operation, size, ours, theirs))
    })
}

/// What the way over the socket alone allows: as many bytes there and back.
fn beside_echo(native: &Target, requests: &Requests, peer: &Cipher, echo: &Echo) {
    header(&format!("an echo beside {}", peer.name), "echo", "peer");
    for (operation, size, ours, theirs) in pairs(requests, peer) {
        let request = ours();
        let floor = echo.target(request.len(), native.connect().ask(&request).len());
        let (same, their_request) = (|_: usize| request.clone(), |_: usize| theirs());
        let (ours, theirs) = (Side(&floor, &echo.process, &same), Side(&peer.target, &peer.process, &their_request));
        for (clients, who) in [(Clients::Threads, "8"), (Clients::Pool, "pool of 8")] {
            line(&format!("as {operation}, {size} B, {who}"), Shape(8, 1, clients), ours, theirs, "");
        }
    }
}

/// The daemon's two doors to one key.
struct Ours {
    native: (Target, Requests),
    aws: (Target, Requests),
}

/// One for each of `SIZES`.
struct Requests {
    encrypt: [Ask; 2],
    decrypt: [Ask; 2],
}

impl Ours {
    fn new(site: &Site) -> Self {
        let native = site.target(Codec::Postcard);
        let mut connection = native.connect();
        let (id, encrypt, decrypt) = native_requests(&mut connection);
        let access = AccessKeyCall::Create { user: None, description: String::new(), expires_at: None };
        let access = daemon::frame(Codec::Postcard, Call::AccessKey(access));
        let Reply::AccessKeyCreated(access) = connection.reply(&access) else { panic!("no access key") };

        let address = site.listening("door for AWS KMS clients listening on http://");
        let secret = String::from_utf8(access.secret_access_key.expose().to_vec()).unwrap();
        let signer = Signer { address, id: access.access_key_id, secret };
        let aws = Target::plain(Place::Tcp(address), Wire::Http);
        let asked = SIZES.map(|size| aws::ask(&signer, "Encrypt", aws::encrypt(&id, size)));
        let opened = asked.each_ref().map(|encrypt| {
            let sealed = member(&aws.connect().ask(&encrypt()), "\"CiphertextBlob\":\"");
            aws::ask(&signer, "Decrypt", aws::decrypt(&sealed))
        });
        Self {
            native: (native, Requests { encrypt: encrypt.map(always), decrypt: decrypt.map(always) }),
            aws: (aws, Requests { encrypt: asked, decrypt: opened }),
        }
    }

    fn doors(&self) -> [(&'static str, &Target, &Requests); 2] {
        [("native", &self.native.0, &self.native.1), ("AWS door", &self.aws.0, &self.aws.1)]
    }
}

/// A call that needs no key and answers as soon as the vault is open.
fn random() -> Vec<u8> {
    key_call(KeyCall::GenerateRandom { len: 32 })
}

/// A new symmetric key: its id, and requests to encrypt under it and to decrypt, one for each of `SIZES`.
pub(super) fn native_requests(connection: &mut Connection) -> (String, [Vec<u8>; 2], [Vec<u8>; 2]) {
    let create = KeyCall::Create {
        spec: KeySpec::SymmetricDefault,
        usage: KeyUsage::EncryptDecrypt,
        origin: KeyOrigin::Internal,
        exportable: false,
        description: String::new(),
        tags: Vec::new(),
    };
    let Reply::Key(KeyReply::Info(info)) = connection.reply(&key_call(create)) else { panic!("no key") };
    let encrypt = SIZES.map(|size| {
        key_call(KeyCall::Encrypt {
            key: info.id.clone(),
            plaintext: SecretBytes::new(vec![b'x'; size]),
            context: Vec::new(),
            algorithm: EncryptionAlgorithm::SymmetricDefault,
        })
    });
    let decrypt = encrypt.each_ref().map(|encrypt| {
        let Reply::Key(KeyReply::Encrypted(sealed)) = connection.reply(encrypt) else { panic!("not encrypted") };
        key_call(KeyCall::Decrypt {
            key: None,
            ciphertext: sealed.ciphertext,
            context: Vec::new(),
            algorithm: EncryptionAlgorithm::SymmetricDefault,
        })
    });
    (info.id, encrypt, decrypt)
}

fn key_call(operation: KeyCall) -> Vec<u8> {
    daemon::frame(Codec::Postcard, Call::Key(KeyRequest { dry_run: false, operation }))
}

/// After which a daemon that was asked once is idle.
const SETTLE: std::time::Duration = std::time::Duration::from_millis(300);
