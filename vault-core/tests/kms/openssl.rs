//! Another implementation: what we sign and encrypt, OpenSSL takes, and the
//! reverse. Passed over, and said so, where there is no `openssl`.

use std::path::{Path, PathBuf};
use std::process::Command;

use vault_core::kms::{KeySpec, KeyUsage, Message, NewSignature, SigningAlgorithm};

use super::asymmetric::{OAEP, SIGNING, make};
use super::*;

struct Bench(tempfile::TempDir);

impl Bench {
    #[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
    fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_ok_and(|out| out.status.success()) {
            return Some(Self(tempfile::tempdir().unwrap()));
        }
        eprintln!("no openssl here: the comparison with it is passed over");
        None
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Runs it; the file it was to write, when it said yes.
    fn run(&self, arguments: &[&str]) -> Option<Vec<u8>> {
        let out = self.0.path().join("out");
        let _ = std::fs::remove_file(&out);
        let done = Command::new("openssl").args(arguments).current_dir(self.0.path()).output().unwrap();
        done.status.success().then(|| std::fs::read(&out).unwrap_or_default())
    }
}

/// How `openssl pkeyutl` is told the algorithm.
fn options(algorithm: SigningAlgorithm) -> Vec<&'static str> {
    use SigningAlgorithm as S;
    const PSS: [&str; 4] = ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"];
    let (digest, pss) = match algorithm {
        S::Ed25519Sha512 => return vec!["-rawin"],
        S::EcdsaSha256 | S::RsassaPkcs1Sha256 => ("sha256", false),
        S::EcdsaSha384 | S::RsassaPkcs1Sha384 => ("sha384", false),
        S::EcdsaSha512 | S::RsassaPkcs1Sha512 => ("sha512", false),
        S::RsassaPssSha256 => ("sha256", true),
        S::RsassaPssSha384 => ("sha384", true),
        S::RsassaPssSha512 => ("sha512", true),
    };
    let mut options = vec!["-rawin", "-digest", digest];
    if pss {
        options.extend(PSS);
    }
    options
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn signatures_both_ways() {
    let Some(bench) = Bench::new() else { return };
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let message = bench.file("message", b"what is signed");
    let other = bench.file("other", b"what is not signed");
    let mut compared = 0;
    for spec in SIGNING {
        let key = make(&kms, spec, KeyUsage::SignVerify);
        let public = bench.file("public", &kms.public_key(&key).unwrap().spki);
        let private = bench.file("private", kms.export_key(&key).unwrap().expose());
        for algorithm in spec.signing_algorithms() {
            let request = NewSignature { key: &key, message: Message::Raw(b"what is signed"), algorithm: *algorithm };
            let signature = bench.file("signature", &kms.sign(&request).unwrap().signature);
            let verify = |message: &Path| {
                let begin = ["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", text(&public)];
                let rest = ["-sigfile", text(&signature), "-in", text(message)];
                bench.run(&[&begin[..], &options(*algorithm), &rest].concat()).is_some()
            };
            assert!(verify(&message), "{spec:?} {algorithm:?}: OpenSSL takes ours");
            assert!(!verify(&other), "{spec:?} {algorithm:?}");
            let begin = ["pkeyutl", "-sign", "-keyform", "DER", "-inkey", text(&private), "-out", "out"];
            let theirs = bench.run(&[&begin[..], &options(*algorithm), &["-in", text(&message)]].concat());
            let theirs = theirs.unwrap();
            kms.verify(&request, &theirs).unwrap();
            let another = NewSignature { message: Message::Raw(b"what is not signed"), ..request };
            assert!(matches!(kms.verify(&another, &theirs), Err(KmsError::InvalidSignature)));
            compared += 1;
        }
    }
    assert_eq!(compared, 5 + 3 * 6);
}

#[test]
fn rsa_encryption_both_ways() {
    let Some(bench) = Bench::new() else { return };
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let none = context(&[]);
    let plaintext = bench.file("plaintext", b"what is secret");
    for spec in [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096] {
        let key = make(&kms, spec, KeyUsage::EncryptDecrypt);
        let public = bench.file("public", &kms.public_key(&key).unwrap().spki);
        let private = bench.file("private", kms.export_key(&key).unwrap().expose());
        for (algorithm, len) in OAEP {
            let hash = if len == 20 { "sha1" } else { "sha256" };
            let (oaep, mgf) = (format!("rsa_oaep_md:{hash}"), format!("rsa_mgf1_md:{hash}"));
            let options = ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", &oaep, "-pkeyopt", &mgf, "-out", "out"];
            let begin = ["pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", text(&public)];
            let theirs = bench.run(&[&begin[..], &options, &["-in", text(&plaintext)]].concat()).unwrap();
            let request = Decrypt { key: Some(&key), ciphertext: &theirs, context: &none, algorithm };
            assert_eq!(kms.decrypt(&request).unwrap().plaintext.expose(), b"what is secret");
            let request = Encrypt { key: &key, plaintext: b"what is secret", context: &none, algorithm };
            let ours = bench.file("ours", &kms.encrypt(&request).unwrap().ciphertext);
            let begin = ["pkeyutl", "-decrypt", "-keyform", "DER", "-inkey", text(&private)];
            let opened = bench.run(&[&begin[..], &options, &["-in", text(&ours)]].concat());
            assert_eq!(opened.as_deref(), Some(&b"what is secret"[..]), "{spec:?} {algorithm:?}");
        }
    }
}

#[test]
fn shared_secrets_and_pairs() {
    let Some(bench) = Bench::new() else { return };
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let (none, key) = (context(&[]), KeyRef::Id(symmetric(&kms)));
    for spec in [KeySpec::EccNistP256, KeySpec::EccNistP384, KeySpec::EccNistP521] {
        let ours = make(&kms, spec, KeyUsage::KeyAgreement);
        let peer = bench.file("peer", &kms.public_key(&ours).unwrap().spki);
        let request = vault_core::kms::NewDataKeyPair { key: &key, context: &none, spec };
        let pair = kms.generate_data_key_pair(&request).unwrap();
        let private = bench.file("private", pair.private.expose());
        let begin = ["pkeyutl", "-derive", "-keyform", "DER", "-inkey", text(&private), "-peerform", "DER"];
        let theirs = bench.run(&[&begin[..], &["-peerkey", text(&peer), "-out", "out"]].concat()).unwrap();
        assert_eq!(kms.derive_shared_secret(&ours, &pair.pair.public).unwrap().expose(), theirs, "{spec:?}");
    }
}
