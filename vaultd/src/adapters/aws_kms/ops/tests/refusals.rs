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
    for (operation, body) in [
        ("Sign", r#"{"SigningAlgorithm":"RSASSA_PSS_SHA_256"}"#),
        ("Decrypt", r#"{"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}"#),
        ("ReEncrypt", r#"{"SourceEncryptionAlgorithm":"RSAES_OAEP_SHA_1"}"#),
    ] {
        assert_eq!(place(operation, body.as_bytes()), Place::Keys, "{operation}");
    }
    assert_eq!(place("Sign", br#"{"SigningAlgorithm":"ECDSA_SHA_256"}"#), Place::Here);
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
