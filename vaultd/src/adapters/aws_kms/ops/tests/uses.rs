//! Which key may be used for what, and when.

use super::*;

#[test]
fn states() {
    let bench = Bench::new();
    let id = bench.symmetric();
    let blob = bench.ask("Encrypt", json!({ "KeyId": id, "Plaintext": "AA==" }))["CiphertextBlob"].clone();
    let uses = [
        ("Encrypt", json!({ "KeyId": id, "Plaintext": "AA==" })),
        ("Decrypt", json!({ "CiphertextBlob": blob })),
        ("ReEncrypt", json!({ "CiphertextBlob": blob, "DestinationKeyId": id })),
        ("GenerateDataKey", json!({ "KeyId": id, "KeySpec": "AES_256" })),
        ("GenerateDataKeyWithoutPlaintext", json!({ "KeyId": id, "KeySpec": "AES_256" })),
        ("GenerateDataKeyPair", json!({ "KeyId": id, "KeyPairSpec": "ECC_NIST_P256" })),
        ("RotateKeyOnDemand", json!({ "KeyId": id })),
        ("EnableKeyRotation", json!({ "KeyId": id })),
        ("CreateGrant", json!({ "KeyId": id, "GranteePrincipal": "uid:1001", "Operations": ["Decrypt"] })),
    ];
    bench.ask("DisableKey", json!({ "KeyId": id }));
    for (operation, body) in &uses {
        assert_eq!(bench.refused(operation, body.clone()), "DisabledException", "{operation}");
    }
    assert_eq!(bench.refused("CancelKeyDeletion", json!({ "KeyId": id })), "KMSInvalidStateException");
    bench.ask("ScheduleKeyDeletion", json!({ "KeyId": id }));
    let more = [
        ("EnableKey", json!({ "KeyId": id })),
        ("DisableKey", json!({ "KeyId": id })),
        ("ScheduleKeyDeletion", json!({ "KeyId": id })),
        ("UpdateKeyDescription", json!({ "KeyId": id, "Description": "" })),
        ("TagResource", json!({ "KeyId": id, "Tags": [] })),
        ("UntagResource", json!({ "KeyId": id, "TagKeys": ["x"] })),
        ("CreateAlias", json!({ "AliasName": "alias/x", "TargetKeyId": id })),
    ];
    for (operation, body) in uses.iter().chain(&more) {
        assert_eq!(bench.refused(operation, body.clone()), "KMSInvalidStateException", "{operation}");
    }
}

#[test]
fn ciphertexts_keys_and_usages() {
    let bench = Bench::new();
    let (id, other) = (bench.symmetric(), bench.symmetric());
    let (mac, pair) = (bench.of("HMAC_256", "GENERATE_VERIFY_MAC"), bench.of("ECC_NIST_P256", "SIGN_VERIFY"));
    let body = json!({ "KeyId": id, "Plaintext": "AA==", "EncryptionContext": { "ab": "c" } });
    let blob = bench.ask("Encrypt", body)["CiphertextBlob"].clone();
    let decrypt = |blob: &Value, context: Value| {
        bench.refused("Decrypt", json!({ "CiphertextBlob": blob, "EncryptionContext": context }))
    };
    for context in [json!({}), json!({ "a": "bc" }), json!({ "ab": "C" }), json!({ "ab": "c", "d": "" })] {
        assert_eq!(decrypt(&blob, context), "InvalidCiphertextException");
    }
    let mut changed = bytes(&blob);
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(decrypt(&json!(b64(&changed)), json!({ "ab": "c" })), "InvalidCiphertextException");
    assert_eq!(decrypt(&json!("AAAA"), json!({})), "InvalidCiphertextException");
    let context = json!({ "ab": "c" });
    let with = json!({ "CiphertextBlob": blob, "KeyId": other, "EncryptionContext": context });
    assert_eq!(bench.refused("Decrypt", with), "IncorrectKeyException");
    let theirs = json!({ "CiphertextBlob": blob, "EncryptionContext": context });
    assert_eq!(bench.ask_as(&bench.bob, "Decrypt", &theirs).unwrap_err(), "InvalidCiphertextException");

    for (operation, body) in [
        ("Encrypt", json!({ "KeyId": mac, "Plaintext": "AA==" })),
        ("Encrypt", json!({ "KeyId": id, "Plaintext": "AA==", "EncryptionAlgorithm": "RSAES_OAEP_SHA_256" })),
        ("GenerateDataKey", json!({ "KeyId": pair, "KeySpec": "AES_256" })),
        ("GenerateMac", json!({ "KeyId": id, "Message": "AA==", "MacAlgorithm": "HMAC_SHA_256" })),
        ("GenerateMac", json!({ "KeyId": mac, "Message": "AA==", "MacAlgorithm": "HMAC_SHA_512" })),
        ("Sign", json!({ "KeyId": id, "Message": "AA==", "SigningAlgorithm": "ECDSA_SHA_256" })),
        ("Sign", json!({ "KeyId": pair, "Message": "AA==", "SigningAlgorithm": "ECDSA_SHA_384" })),
        ("DeriveSharedSecret", json!({ "KeyId": pair, "PublicKey": "AA==", "KeyAgreementAlgorithm": "ECDH" })),
    ] {
        assert_eq!(bench.refused(operation, body.clone()), "InvalidKeyUsageException", "{operation} {body}");
    }
    let rsa = bench.of("RSA_2048", "ENCRYPT_DECRYPT");
    let oaep = |len: usize, algorithm: &str, context: Value| {
        let body = json!({ "KeyId": rsa, "Plaintext": b64(&vec![1; len]), "EncryptionAlgorithm": algorithm, "EncryptionContext": context });
        bench.ask_as(&bench.alice, "Encrypt", &body)
    };
    assert!(oaep(214, "RSAES_OAEP_SHA_1", json!({})).is_ok() && oaep(190, "RSAES_OAEP_SHA_256", json!({})).is_ok());
    for refused in [
        oaep(215, "RSAES_OAEP_SHA_1", json!({})),
        oaep(191, "RSAES_OAEP_SHA_256", json!({})),
        oaep(1, "RSAES_OAEP_SHA_256", json!({ "a": "b" })),
        bench.ask_as(
            &bench.alice,
            "Decrypt",
            &json!({ "CiphertextBlob": "AA==", "EncryptionAlgorithm": "RSAES_OAEP_SHA_256" }),
        ),
    ] {
        assert_eq!(refused.unwrap_err(), "ValidationException");
    }
    let ed = bench.of("ECC_NIST_EDWARDS25519", "SIGN_VERIFY");
    let body = json!({ "KeyId": ed, "Message": b64(&[1; 64]), "MessageType": "DIGEST", "SigningAlgorithm": "ED25519_SHA_512" });
    assert_eq!(bench.refused("Sign", body), "ValidationException");
    let agreed = bench.of("ECC_NIST_P256", "KEY_AGREEMENT");
    let body = json!({ "KeyId": agreed, "PublicKey": b64(b"none"), "KeyAgreementAlgorithm": "ECDH" });
    assert_eq!(bench.refused("DeriveSharedSecret", body), "ValidationException");
}

#[test]
fn a_dry_run_says_every_other_refusal_first_and_does_nothing() {
    let bench = Bench::new();
    let id = bench.symmetric();
    let blob = bench.ask("Encrypt", json!({ "KeyId": id, "Plaintext": "AA==" }))["CiphertextBlob"].clone();
    let dry = |operation: &str, mut body: Value| {
        body["DryRun"] = json!(true);
        bench.refused(operation, body)
    };
    for (operation, body) in [
        ("Encrypt", json!({ "KeyId": id, "Plaintext": "AA==" })),
        ("Decrypt", json!({ "CiphertextBlob": blob })),
        ("GenerateDataKey", json!({ "KeyId": id, "KeySpec": "AES_256" })),
        ("ScheduleKeyDeletion", json!({ "KeyId": id })),
        ("CreateKey", json!({})),
        ("RotateKeyOnDemand", json!({ "KeyId": id })),
    ] {
        assert_eq!(dry(operation, body), "DryRunOperationException", "{operation}");
    }
    assert_eq!(bench.state(&id), "Enabled");
    assert_eq!(bench.ask("ListKeys", json!({}))["Keys"].as_array().unwrap().len(), 1);
    assert_eq!(bench.ask("ListKeyRotations", json!({ "KeyId": id }))["Rotations"], json!([]));
    let wrong = json!({ "CiphertextBlob": blob, "EncryptionContext": { "a": "b" } });
    assert_eq!(dry("Decrypt", wrong), "InvalidCiphertextException");
    let agreed = bench.of("ECC_NIST_P256", "KEY_AGREEMENT");
    let public = bench.ask("GetPublicKey", json!({ "KeyId": agreed }))["PublicKey"].clone();
    let body = json!({ "KeyId": agreed, "PublicKey": public, "KeyAgreementAlgorithm": "ECDH" });
    assert_eq!(dry("DeriveSharedSecret", body), "DryRunOperationException");
}
