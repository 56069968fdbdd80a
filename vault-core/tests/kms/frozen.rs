//! A vault with keys, made once, that every later program must open and whose
//! keys must still do what they did: `tests/vectors/vault/kms1.{vault,json}`.
//!
//! `VAULT_WRITE_VECTORS=1` makes it when it is not there; one that is there is
//! never written again.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vault_core::kms::{
    Alias, KeySpec, KeyState, KeyUsage, MacAlgorithm, Message, NewGrant, NewMac, NewSignature, Operation, Origin,
    Principal, Wrapping,
};

use super::support::{Disk, operator};
use super::*;

const MESSAGE: &[u8] = b"what was said when the vault was made";

fn place(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/vault").join(file)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(about: &Value, member: &str) -> Vec<u8> {
    let text = about[member].as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn signing() -> impl Iterator<Item = KeySpec> {
    KeySpec::ALL.into_iter().filter(|spec| spec.allows(KeyUsage::SignVerify) && *spec != KeySpec::Rsa4096)
}

fn make() {
    let machine = Machine::new(Disk::file(), 0x0002_3456);
    let vault = machine.create(key_file(0x6b));
    let (alice, bob) = (alice(), bob());
    let kms = vault.caller(&alice).kms();
    let mut about = json!({ "about": "a vault with KMS keys, never made again; its keys are public" });
    let tags = [("team".to_owned(), "orders".to_owned())].into();
    let new = NewKey { description: "the first".into(), tags, exportable: true, ..NewKey::symmetric() };
    let id = kms.create_key(&new).unwrap().id;
    let key = KeyRef::Id(id);
    about["symmetric"] = json!(id.to_string());
    about["first"] = json!(hex(&encrypt(&kms, &key, MESSAGE, &context(&[("tenant", "blue")]))));
    kms.rotate_key(&key).unwrap();
    about["second"] = json!(hex(&encrypt(&kms, &key, MESSAGE, &context(&[]))));
    about["material"] = json!(hex(kms.export_key(&key).unwrap().expose()));
    kms.create_alias(&Alias::parse("alias/orders").unwrap(), &id).unwrap();
    kms.enable_key_rotation(&key, 365).unwrap();
    let grantee = Principal { user: bob.user().clone(), login: bob.login().map(str::to_owned) };
    let constraint = Some(vault_core::kms::GrantConstraint::Subset(context(&[("tenant", "blue")])));
    let (operations, name) = ([Operation::Decrypt].into_iter().collect(), Some("for bob".to_owned()));
    let retiring = Some(grantee.clone());
    kms.create_grant(&NewGrant { key: &key, grantee, retiring, operations, constraint, name }).unwrap();
    let mac = kms.create_key(&NewKey::new(KeySpec::Hmac384, KeyUsage::Mac)).unwrap().id;
    let request = NewMac { key: &mac.into(), message: MESSAGE, algorithm: MacAlgorithm::HmacSha384 };
    about["mac_key"] = json!(mac.to_string());
    about["mac"] = json!(hex(&kms.generate_mac(&request).unwrap().mac));
    let mut signatures = Vec::new();
    for spec in signing() {
        let id = kms.create_key(&NewKey::new(spec, KeyUsage::SignVerify)).unwrap().id;
        let (key, algorithm) = (&id.into(), spec.signing_algorithms()[0]);
        let request = NewSignature { key, message: Message::Raw(MESSAGE), algorithm };
        let signature = kms.sign(&request).unwrap().signature;
        let public = kms.public_key(key).unwrap().spki;
        signatures.push(json!({ "key": id.to_string(), "signature": hex(&signature), "public": hex(&public) }));
    }
    about["signatures"] = json!(signatures);
    let rsa = kms.create_key(&NewKey::new(KeySpec::Rsa2048, KeyUsage::EncryptDecrypt)).unwrap().id;
    let (context, algorithm) = (context(&[]), EncryptionAlgorithm::RsaesOaepSha256);
    let request = Encrypt { key: &rsa.into(), plaintext: MESSAGE, context: &context, algorithm };
    about["rsa"] = json!(rsa.to_string());
    about["oaep"] = json!(hex(&kms.encrypt(&request).unwrap().ciphertext));
    let external = NewKey { origin: Origin::External, ..NewKey::symmetric() };
    let waiting = kms.create_key(&external).unwrap().id;
    kms.parameters_for_import(&waiting.into(), Wrapping::RsaAesKeyWrapSha256, KeySpec::Rsa2048).unwrap();
    about["waiting"] = json!(waiting.to_string());
    let leaving = symmetric(&kms);
    kms.schedule_key_deletion(&leaving.into(), 30).unwrap();
    about["leaving"] = json!(leaving.to_string());
    about["sealed_at_ms"] = json!(machine.clock.now());
    drop(vault.seal());
    std::fs::write(place("kms1.json"), format!("{about:#}\n")).unwrap();
    // Last: while it is not there, the other may be made again.
    std::fs::copy(machine.disk.path(), place("kms1.vault")).unwrap();
}

#[test]
fn the_keys_of_version_1_still_do_what_they_did() {
    if std::env::var_os("VAULT_WRITE_VECTORS").is_some() && !place("kms1.vault").exists() {
        make();
    }
    let about: Value = serde_json::from_slice(&std::fs::read(place("kms1.json")).unwrap()).unwrap();
    let machine = Machine::on_file();
    std::fs::copy(place("kms1.vault"), machine.disk.path()).unwrap();
    std::fs::set_permissions(machine.disk.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    machine.clock.set(about["sealed_at_ms"].as_u64().unwrap());
    let vault = machine.unseal(&key_file(0x6b)).unwrap();
    assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
    let (alice, bob) = (alice(), bob());
    let (kms, bobs) = (vault.caller(&alice).kms(), vault.caller(&bob).kms());
    let key = |text: &Value| KeyRef::Id(KeyId::parse(text.as_str().unwrap()).unwrap());
    let blue = context(&[("tenant", "blue")]);
    let none = context(&[]);

    let symmetric = key(&about["symmetric"]);
    assert_eq!(decrypt(&kms, &bytes(&about, "first"), &blue).unwrap(), MESSAGE);
    assert_eq!(decrypt(&kms, &bytes(&about, "second"), &none).unwrap(), MESSAGE);
    assert_eq!(decrypt(&bobs, &bytes(&about, "first"), &blue).unwrap(), MESSAGE);
    assert!(matches!(decrypt(&bobs, &bytes(&about, "second"), &none), Err(KmsError::Forbidden)));
    assert_eq!(kms.export_key(&symmetric).unwrap().expose(), bytes(&about, "material"));
    let info = kms.describe_key(&KeyRef::Alias(Alias::parse("alias/orders").unwrap())).unwrap();
    assert_eq!(
        (KeyRef::Id(info.id), info.description.as_str(), info.current.unwrap().0),
        (symmetric.clone(), "the first", 2)
    );
    assert_eq!(kms.list_key_tags(&symmetric).unwrap()["team"], "orders");
    assert_eq!(kms.key_rotation_status(&symmetric).unwrap().period_days, Some(365));
    assert_eq!(bobs.list_retirable_grants(None, 10).unwrap().items[0].name.as_deref(), Some("for bob"));

    let request = NewMac { key: &key(&about["mac_key"]), message: MESSAGE, algorithm: MacAlgorithm::HmacSha384 };
    kms.verify_mac(&request, &bytes(&about, "mac")).unwrap();
    let signatures = about["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), signing().count());
    for (spec, about) in signing().zip(signatures) {
        let (key, algorithm) = (&key(&about["key"]), spec.signing_algorithms()[0]);
        let request = NewSignature { key, message: Message::Raw(MESSAGE), algorithm };
        kms.verify(&request, &bytes(about, "signature")).unwrap();
        assert_eq!(kms.public_key(key).unwrap().spki, bytes(about, "public"), "{spec:?}");
    }
    let (rsa, ciphertext) = (key(&about["rsa"]), &bytes(&about, "oaep")[..]);
    let algorithm = EncryptionAlgorithm::RsaesOaepSha256;
    let opened = kms.decrypt(&Decrypt { key: Some(&rsa), ciphertext, context: &none, algorithm }).unwrap();
    assert_eq!(opened.plaintext.expose(), MESSAGE);
    assert_eq!(kms.describe_key(&key(&about["waiting"])).unwrap().state, KeyState::PendingImport);
    assert!(kms.census(&key(&about["waiting"])).unwrap().import_pending);
    assert_eq!(kms.describe_key(&key(&about["leaving"])).unwrap().state, KeyState::PendingDeletion);

    // And it goes on from there.
    assert_eq!(kms.rotate_key(&symmetric).unwrap(), 3);
    kms.cancel_key_deletion(&key(&about["leaving"])).unwrap();
}
