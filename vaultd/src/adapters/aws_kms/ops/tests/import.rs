//! Material of one's own.

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};

use super::*;

pub(super) fn imported_and_deleted(bench: &Bench) {
    let id = bench.key(json!({ "Origin": "EXTERNAL" }));
    let key = json!({ "KeyId": id });
    let metadata = |field: &str| bench.ask("DescribeKey", key.clone())["KeyMetadata"][field].clone();
    assert_eq!((metadata("KeyState"), metadata("Origin")), (json!("PendingImport"), json!("EXTERNAL")));
    assert_eq!((metadata("ExpirationModel"), metadata("CurrentKeyMaterialId")), (Value::Null, Value::Null));
    let encrypt = json!({ "KeyId": id, "Plaintext": b64(b"x") });
    assert_eq!(bench.refused("Encrypt", encrypt.clone()), "KMSInvalidStateException");

    let mut body = wrapped(bench, &id, &[7; 32]);
    body["ExpirationModel"] = json!("KEY_MATERIAL_DOES_NOT_EXPIRE");
    let imported = bench.ask("ImportKeyMaterial", body);
    assert_eq!(
        (&imported["KeyId"], &imported["KeyMaterialId"]),
        (&json!(bench.arn(&id)), &metadata("CurrentKeyMaterialId"))
    );
    assert_eq!(
        (metadata("KeyState"), metadata("ExpirationModel")),
        (json!("Enabled"), json!("KEY_MATERIAL_DOES_NOT_EXPIRE"))
    );
    let blob = bench.ask("Encrypt", encrypt.clone())["CiphertextBlob"].clone();

    let soon = START_MS / 1_000 + 3_600;
    let mut body = wrapped(bench, &id, &[7; 32]);
    body["ValidTo"] = json!(soon);
    body["KeyMaterialId"] = imported["KeyMaterialId"].clone();
    body["ImportType"] = json!("EXISTING_KEY_MATERIAL");
    bench.ask("ImportKeyMaterial", body);
    assert_eq!((metadata("ExpirationModel"), metadata("ValidTo")), (json!("KEY_MATERIAL_EXPIRES"), json!(soon as f64)));
    let listed = bench.ask("ListKeyRotations", json!({ "KeyId": id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL" }));
    assert_eq!(
        listed["Rotations"],
        json!([{
            "KeyId": id, "KeyMaterialId": imported["KeyMaterialId"], "KeyMaterialState": "CURRENT",
            "ImportState": "IMPORTED", "ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": soon as f64,
        }])
    );

    assert_eq!(bench.ask("DeleteImportedKeyMaterial", key.clone()), imported);
    assert_eq!(metadata("KeyState"), json!("PendingImport"));
    assert_eq!(bench.refused("Decrypt", json!({ "CiphertextBlob": blob })), "KMSInvalidStateException");
    let mut body = wrapped(bench, &id, &[7; 32]);
    body["ValidTo"] = json!(soon as f64 + 0.5);
    bench.ask("ImportKeyMaterial", body);
    assert_eq!(bench.ask("Decrypt", json!({ "CiphertextBlob": blob }))["Plaintext"], b64(b"x"));
}

#[test]
fn what_does_not_fit_is_not_imported() {
    let bench = Bench::new();
    let id = bench.key(json!({ "Origin": "EXTERNAL" }));
    let forever = |mut body: Value| {
        body["ExpirationModel"] = json!("KEY_MATERIAL_DOES_NOT_EXPIRE");
        body
    };
    let early = json!({ "KeyId": id, "ImportToken": b64(&[1; 32]), "EncryptedKeyMaterial": b64(&[1; 256]) });
    assert_eq!(bench.refused("ImportKeyMaterial", forever(early)), "InvalidImportTokenException");
    let good = || forever(wrapped(&bench, &id, &[7; 32]));
    let with = |member: &str, value: Value| {
        let mut body = good();
        body[member] = value;
        bench.refused("ImportKeyMaterial", body)
    };
    assert_eq!(with("ImportToken", json!(b64(&[1; 32]))), "InvalidImportTokenException");
    assert_eq!(with("EncryptedKeyMaterial", json!(b64(&[1; 256]))), "InvalidCiphertextException");
    assert_eq!(with("ValidTo", json!(START_MS / 1_000 + 1)), "ValidationException");
    assert_eq!(with("ExpirationModel", Value::Null), "ValidationException");
    assert_eq!(with("KeyMaterialId", json!("0".repeat(64))), "IncorrectKeyMaterialException");
    assert_eq!(with("DryRun", json!(true)), "DryRunOperationException");
    assert_eq!(
        bench.refused("ImportKeyMaterial", forever(wrapped(&bench, &id, &[7; 16]))),
        "IncorrectKeyMaterialException"
    );
    let late = good();
    bench.later(DAY_MS + 1);
    assert_eq!(bench.refused("ImportKeyMaterial", late), "ExpiredImportTokenException");
    bench.ask("ImportKeyMaterial", good());
    assert_eq!(
        bench.refused("ImportKeyMaterial", forever(wrapped(&bench, &id, &[8; 32]))),
        "IncorrectKeyMaterialException"
    );
    assert_eq!(bench.refused("RotateKeyOnDemand", json!({ "KeyId": id })), "UnsupportedOperationException");
    let deleted = json!({ "KeyId": id, "KeyMaterialId": "0".repeat(64) });
    assert_eq!(bench.refused("DeleteImportedKeyMaterial", deleted), "NotFoundException");

    let made_here = bench.symmetric();
    let ask = |wrapping: &str, spec: &str| {
        let body = json!({ "KeyId": made_here, "WrappingAlgorithm": wrapping, "WrappingKeySpec": spec });
        bench.refused("GetParametersForImport", body)
    };
    assert_eq!(ask("RSAES_OAEP_SHA_256", "RSA_2048"), "UnsupportedOperationException");
    assert_eq!(ask("RSAES_PKCS1_V1_5", "RSA_2048"), "UnsupportedOperationException");
    assert_eq!(ask("RSAES_OAEP_SHA_256", "ECC_NIST_P256"), "ValidationException");
    assert_eq!(
        bench.refused("DeleteImportedKeyMaterial", json!({ "KeyId": made_here })),
        "UnsupportedOperationException"
    );
}

/// An import's request: parameters asked for, material wrapped to them.
fn wrapped(bench: &Bench, id: &str, material: &[u8]) -> Value {
    let body = json!({ "KeyId": id, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048" });
    let given = bench.ask("GetParametersForImport", body);
    assert_eq!(given["KeyId"], bench.arn(id));
    let public = PublicEncryptingKey::from_der(&bytes(&given["PublicKey"])).unwrap();
    let wrapper = OaepPublicEncryptingKey::new(public).unwrap();
    let mut wrapped = vec![0; wrapper.ciphertext_size()];
    wrapper.encrypt(&OAEP_SHA256_MGF1SHA256, material, &mut wrapped, None).unwrap();
    json!({ "KeyId": id, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": b64(&wrapped) })
}
