//! What is not done, and under which name.

use super::super::super::wire::BODY_MAX;
use super::super::{Place, names as operations, place};
use super::*;

#[test]
fn operations_that_are_not_here() {
    let bench = Bench::new();
    for operation in [
        "ReplicateKey",
        "UpdatePrimaryRegion",
        "CreateCustomKeyStore",
        "DescribeCustomKeyStores",
        "Encapsulate",
        "GetKeyLastUsage",
        "encrypt",
        "",
        "Encrypt ",
    ] {
        assert_eq!(bench.refused(operation, json!({})), "UnsupportedOperationException", "{operation}");
        assert_eq!(place(operation, b""), Place::Here);
    }
    for operation in ["CreateKey", "TagResource", "GenerateDataKeyPair", "ListKeys"] {
        assert_eq!(place(operation, b"{}"), Place::Keys, "{operation}");
    }
    for operation in ["Encrypt", "Decrypt", "GenerateDataKey", "Sign"] {
        assert_eq!(place(operation, b"RSA_"), Place::Here, "{operation}");
    }
    assert_eq!(place("CreateKey", br#"{"KeySpec":"RSA_2048"}"#), Place::Pairs);
    assert_eq!(place("GetParametersForImport", b"{}"), Place::Pairs);
}

#[test]
fn bodies_that_are_no_request() {
    let bench = Bench::new();
    let kms = bench.vault.caller(&bench.alice).kms();
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(20), "]".repeat(20));
    let many = format!("{{\"a\":[{}1]}}", "1,".repeat(9_000));
    let bodies: [&[u8]; 14] = [
        b"[]",
        b"null",
        b"{",
        b"{}x",
        b"{\"a\":01}",
        b"{\"a\":.5}",
        b"{\"a\":1,}",
        b"{\"a\":\"\\x\"}",
        b"{\"a\":1,\"a\":1}",
        b"{\"a\":1,\"\\u0061\":1}",
        b"\xff",
        b"{\"a\":\"\\ud800\"}",
        deep.as_bytes(),
        many.as_bytes(),
    ];
    for body in bodies {
        let answer = answer(&kms, &bench.site, "ListKeys", body);
        assert_eq!(answer.error, Some("SerializationException"), "{}", String::from_utf8_lossy(body));
    }
    let long = vec![b' '; BODY_MAX + 1];
    assert_eq!(answer(&kms, &bench.site, "ListKeys", &long).error, Some("ValidationException"));
    assert_eq!(answer(&kms, &bench.site, "ListKeys", b"").error, None, "as good as {{}}");
    // Unknown members are passed over, as at AWS.
    let body = br#" { "Unknown" : [ { "x" : [ 1.5e-3 , true , null , "\u00e4\ud83d\ude00" ] } ] , "Limit" : 1 } "#;
    assert_eq!(answer(&kms, &bench.site, "ListKeys", body).error, None);
    // A blob may come with its characters escaped.
    let id = bench.symmetric();
    let body = format!(r#"{{"KeyId":"{id}","Plaintext":"\u002b\/8\u003d"}}"#);
    let sealed = answer(&kms, &bench.site, "Encrypt", body.as_bytes());
    let blob = serde_json::from_slice::<Value>(&sealed.body).unwrap()["CiphertextBlob"].clone();
    assert_eq!(bench.ask("Decrypt", json!({ "CiphertextBlob": blob }))["Plaintext"], "+/8=");
}

#[test]
fn every_operation_says_what_is_missing_and_takes_no_other_type() {
    let bench = Bench::new();
    for operation in operations() {
        let free = ["CreateKey", "ListKeys", "ListAliases"].contains(&operation);
        let empty = bench.ask_as(&bench.alice, operation, &json!({}));
        match free {
            true => assert!(empty.is_ok()),
            false => assert_eq!(empty.unwrap_err(), "ValidationException", "{operation}"),
        }
        let body = json!({ "KeyId": 7, "AliasName": 7, "NumberOfBytes": "7", "RetiringPrincipal": 7, "Limit": "7",
                           "CiphertextBlob": 7, "Description": 7, "DryRun": false });
        assert_eq!(bench.refused(operation, body), "SerializationException", "{operation}");
        assert_eq!(bench.refused(operation, json!({ "DryRun": 1 })), "SerializationException", "{operation}");
    }
}

#[test]
fn ceilings_of_aws() {
    let bench = Bench::new();
    let id = bench.symmetric();
    let mac = bench.of("HMAC_256", "GENERATE_VERIFY_MAC");
    let pair = bench.of("ECC_NIST_P256", "SIGN_VERIFY");
    let long = |len: usize| b64(&vec![1; len]);
    for (operation, body) in [
        ("Encrypt", json!({ "KeyId": id, "Plaintext": long(4_097) })),
        ("Encrypt", json!({ "KeyId": id, "Plaintext": "" })),
        ("Decrypt", json!({ "CiphertextBlob": long(6_145) })),
        ("ReEncrypt", json!({ "CiphertextBlob": long(6_145), "DestinationKeyId": id })),
        ("GenerateDataKey", json!({ "KeyId": id, "NumberOfBytes": 1_025 })),
        ("GenerateDataKey", json!({ "KeyId": id, "NumberOfBytes": 0 })),
        ("GenerateDataKey", json!({ "KeyId": id })),
        ("GenerateDataKey", json!({ "KeyId": id, "NumberOfBytes": 32, "KeySpec": "AES_256" })),
        ("GenerateDataKey", json!({ "KeyId": id, "KeySpec": "AES_512" })),
        ("GenerateRandom", json!({ "NumberOfBytes": 1_025 })),
        ("GenerateMac", json!({ "KeyId": mac, "Message": long(4_097), "MacAlgorithm": "HMAC_SHA_256" })),
        ("Sign", json!({ "KeyId": pair, "Message": long(4_097), "SigningAlgorithm": "ECDSA_SHA_256" })),
        ("Sign", json!({ "KeyId": pair, "Message": "", "SigningAlgorithm": "ECDSA_SHA_256" })),
        (
            "Sign",
            json!({ "KeyId": pair, "Message": long(31), "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256" }),
        ),
        ("CreateKey", json!({ "Description": "x".repeat(8_193) })),
        ("UpdateKeyDescription", json!({ "KeyId": id, "Description": "x".repeat(8_193) })),
        ("CreateKey", json!({ "Policy": " ".repeat(131_073) })),
        ("ScheduleKeyDeletion", json!({ "KeyId": id, "PendingWindowInDays": 6 })),
        ("ScheduleKeyDeletion", json!({ "KeyId": id, "PendingWindowInDays": 31 })),
        ("EnableKeyRotation", json!({ "KeyId": id, "RotationPeriodInDays": 89 })),
        ("EnableKeyRotation", json!({ "KeyId": id, "RotationPeriodInDays": 2_561 })),
        ("TagResource", json!({ "KeyId": id, "Tags": [{ "TagKey": "x".repeat(129), "TagValue": "" }] })),
        ("TagResource", json!({ "KeyId": id, "Tags": [{ "TagKey": "", "TagValue": "" }] })),
        ("TagResource", json!({ "KeyId": id, "Tags": [{ "TagKey": "x", "TagValue": "x".repeat(257) }] })),
        ("Encrypt", json!({ "KeyId": id, "Plaintext": "AA==", "EncryptionContext": { "a": "x".repeat(16_385) } })),
    ] {
        assert_eq!(bench.refused(operation, body.clone()), "ValidationException", "{operation} {body:.80}");
    }
    let pairs: serde_json::Map<_, _> = (0..129).map(|n| (n.to_string(), json!(""))).collect();
    let body = json!({ "KeyId": id, "Plaintext": "AA==", "EncryptionContext": pairs });
    assert_eq!(bench.refused("Encrypt", body), "ValidationException");
    for bad in ["AAA", "AA=", "A-_=", "AB==", "AAAA\n"] {
        let body = json!({ "KeyId": id, "Plaintext": bad });
        assert_eq!(bench.refused("Encrypt", body), "SerializationException", "{bad:?}");
    }
    assert_eq!(bench.state(&id), "Enabled");
}

#[test]
fn what_aws_has_and_the_vault_has_not_is_refused_and_not_passed_over() {
    let bench = Bench::new();
    let id = bench.symmetric();
    let recipient = json!({ "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": "AA==" });
    for (operation, body) in [
        ("CreateKey", json!({ "MultiRegion": true })),
        ("CreateKey", json!({ "CustomKeyStoreId": "cks-1" })),
        ("CreateKey", json!({ "XksKeyId": "x" })),
        ("CreateKey", json!({ "Origin": "AWS_CLOUDHSM" })),
        ("CreateKey", json!({ "KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY" })),
        ("CreateKey", json!({ "KeySpec": "ML_DSA_44", "KeyUsage": "SIGN_VERIFY" })),
        ("Decrypt", json!({ "CiphertextBlob": "AA==", "Recipient": recipient })),
        ("Decrypt", json!({ "DryRun": true, "DryRunModifiers": ["IGNORE_CIPHERTEXT"] })),
        ("GenerateDataKey", json!({ "KeyId": id, "KeySpec": "AES_256", "Recipient": recipient })),
        ("GenerateDataKeyPair", json!({ "KeyId": id, "KeyPairSpec": "RSA_2048", "Recipient": recipient })),
        ("GenerateDataKeyPair", json!({ "KeyId": id, "KeyPairSpec": "ML_KEM_768" })),
        ("GenerateRandom", json!({ "NumberOfBytes": 1, "Recipient": recipient })),
        ("GenerateRandom", json!({ "NumberOfBytes": 1, "CustomKeyStoreId": "cks-1" })),
        ("DeriveSharedSecret", json!({ "KeyId": id, "Recipient": recipient })),
        ("GetPublicKey", json!({ "KeyId": id })),
    ] {
        assert_eq!(bench.refused(operation, body.clone()), "UnsupportedOperationException", "{operation} {body}");
    }
    assert!(bench.ask("CreateKey", json!({ "MultiRegion": false })).is_object());
    for body in [
        json!({ "KeySpec": "RSA_2048" }),
        json!({ "KeySpec": "HMAC_256", "KeyUsage": "SIGN_VERIFY" }),
        json!({ "KeySpec": "RSA_1024", "KeyUsage": "SIGN_VERIFY" }),
        json!({ "KeySpec": "RSA_2048", "CustomerMasterKeySpec": "RSA_4096", "KeyUsage": "SIGN_VERIFY" }),
    ] {
        assert_eq!(bench.refused("CreateKey", body.clone()), "ValidationException", "{body}");
    }
}

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

#[test]
fn a_policy_that_would_not_be_enforced_is_refused() {
    let bench = Bench::new();
    let id = bench.symmetric();
    let root = "arn:aws:iam::111122223333:root";
    let statement =
        |principal: Value| json!({ "Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*" });
    let put = |policy: String| bench.ask_as(&bench.alice, "PutKeyPolicy", &json!({ "KeyId": id, "Policy": policy }));
    let of = |statement: Value| json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let owner = statement(json!({ "AWS": root }));
    for good in [
        of(json!([owner])),
        of(owner.clone()),
        of(json!([owner, statement(json!({ "AWS": ["111122223333"] }))])),
        of(
            json!([{ "Sid": "x", "Effect": "Allow", "Principal": { "AWS": root }, "Action": ["kms:*"], "Resource": ["*"] }]),
        ),
    ] {
        assert!(put(good.clone()).is_ok(), "{good}");
    }
    let changed = |member: &str, value: Value| {
        let mut statement = owner.clone();
        statement[member] = value;
        of(json!([owner, statement]))
    };
    for bad in [
        "x".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        of(json!([])),
        of(json!(["x"])),
        changed("Effect", json!("Deny")),
        changed("Effect", json!("allow")),
        changed("Action", json!("kms:Decrypt")),
        changed("Action", json!(["kms:*", "kms:Decrypt"])),
        changed("Resource", json!("arn:aws:kms:us-east-1:111122223333:key/x")),
        changed("Principal", json!("*")),
        changed("Principal", json!({ "AWS": "*" })),
        changed("Principal", json!({ "AWS": [root, "arn:aws:iam::111122223333:user/bob"] })),
        changed("Principal", json!({ "Service": "s3.amazonaws.com" })),
        changed("Principal", json!({ "AWS": root, "Service": "s3.amazonaws.com" })),
        changed("Principal", json!({ "AWS": "arn:aws:iam::999999999999:root" })),
        changed("NotPrincipal", json!({ "AWS": root })).replace("\"Principal\"", "\"NotAction\""),
        changed("Condition", json!({ "Bool": { "aws:SecureTransport": "true" } })),
        changed("Unknown", json!("x")),
    ] {
        assert_eq!(put(bad.clone()).unwrap_err(), "MalformedPolicyDocumentException", "{bad}");
        let body = json!({ "Policy": bad });
        assert_eq!(bench.refused("CreateKey", body), "MalformedPolicyDocumentException");
    }
    assert_eq!(bench.ask("ListKeys", json!({}))["Keys"].as_array().unwrap().len(), 1, "nothing was made");
    for operation in ["GetKeyPolicy", "PutKeyPolicy"] {
        let body = json!({ "KeyId": id, "PolicyName": "other", "Policy": of(json!([owner])) });
        assert_eq!(bench.refused(operation, body), "NotFoundException");
    }
}

#[test]
fn tags_and_other_counts() {
    let bench = Bench::new();
    let id = bench.symmetric();
    let tag = |tags: Value| bench.ask_as(&bench.alice, "TagResource", &json!({ "KeyId": id, "Tags": tags }));
    let one = |name: &str| json!({ "TagKey": name, "TagValue": "" });
    assert_eq!(tag(json!([one("aws:x")])).unwrap_err(), "TagException");
    assert_eq!(tag(json!([one("x"), one("x")])).unwrap_err(), "TagException");
    assert_eq!(tag(json!([{ "TagKey": "x" }])).unwrap_err(), "ValidationException");
    assert_eq!(tag(json!(["x"])).unwrap_err(), "SerializationException");
    let many = |count: usize| Value::from((0..count).map(|n| one(&n.to_string())).collect::<Vec<_>>());
    assert!(tag(many(50)).is_ok());
    assert_eq!(tag(json!([one("more")])).unwrap_err(), "LimitExceededException");
    assert_eq!(bench.refused("CreateKey", json!({ "Tags": many(51) })), "LimitExceededException");
    (0..25).for_each(|_| drop(bench.ask("RotateKeyOnDemand", json!({ "KeyId": id }))));
    assert_eq!(bench.refused("RotateKeyOnDemand", json!({ "KeyId": id })), "LimitExceededException");
    for spec in [("HMAC_256", "GENERATE_VERIFY_MAC"), ("ECC_NIST_P256", "SIGN_VERIFY")] {
        let key = json!({ "KeyId": bench.of(spec.0, spec.1) });
        for operation in ["RotateKeyOnDemand", "EnableKeyRotation", "GetKeyRotationStatus", "ListKeyRotations"] {
            assert_eq!(bench.refused(operation, key.clone()), "UnsupportedOperationException", "{operation}");
        }
    }
}

#[test]
fn no_message_repeats_what_was_sent() {
    const CANARY: &str = "canary7b1f";
    let bench = Bench::new();
    let kms = bench.vault.caller(&bench.alice).kms();
    for operation in operations() {
        for body in [
            json!({ "KeyId": CANARY, "AliasName": CANARY, "Plaintext": CANARY, "CiphertextBlob": CANARY }),
            json!({ "KeyId": format!("arn:{CANARY}"), "KeySpec": CANARY, "KeyPairSpec": CANARY, "Policy": CANARY }),
            json!({ "Marker": CANARY, "GrantToken": CANARY, "GrantId": CANARY, "EncryptionContext": { CANARY: 1 } }),
            json!({ CANARY: CANARY, "NumberOfBytes": CANARY, "RetiringPrincipal": CANARY }),
        ] {
            let answer = answer(&kms, &bench.site, operation, body.to_string().as_bytes());
            let told = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(answer.error.is_none() || !told.contains(CANARY), "{operation}: {told}");
        }
    }
}
