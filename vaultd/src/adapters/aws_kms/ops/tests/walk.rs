//! Everything once, as it is meant.

use super::super::names as operations;
use super::*;

#[test]
fn every_operation() {
    let bench = Bench::new();
    symmetric(&bench);
    data_keys(&bench);
    macs(&bench);
    signatures(&bench);
    agreement(&bench);
    states(&bench);
    rotation(&bench);
    policies_and_tags(&bench);
    super::grants::granted_and_retired(&bench);
    super::import::imported_and_deleted(&bench);
    let asked = bench.asked.lock().unwrap();
    let missing: Vec<_> = operations().filter(|name| !asked.iter().any(|asked| asked == name)).collect();
    assert!(missing.is_empty(), "never asked: {missing:?}");
}

fn symmetric(bench: &Bench) {
    let made = bench.ask("CreateKey", json!({ "Description": "orders \"\\\n\u{1f511}", "Policy": null }));
    let metadata = &made["KeyMetadata"];
    let id = metadata["KeyId"].as_str().unwrap();
    let arn = bench.arn(id);
    let material = metadata["CurrentKeyMaterialId"].clone();
    assert_eq!(material.as_str().unwrap().len(), 64);
    assert_eq!(
        *metadata,
        json!({
            "AWSAccountId": "111122223333", "KeyId": id, "Arn": arn, "CreationDate": 1_767_225_600.0, "Enabled": true,
            "Description": "orders \"\\\n\u{1f511}", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled",
            "Origin": "AWS_KMS", "KeyManager": "CUSTOMER", "MultiRegion": false, "KeySpec": "SYMMETRIC_DEFAULT",
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "CurrentKeyMaterialId": material,
        })
    );
    bench.ask("CreateAlias", json!({ "AliasName": "alias/orders", "TargetKeyId": id }));
    let context = json!({ "b": "2", "a": "1" });
    for plaintext in [&b"x"[..], &[0xff; 4_096]] {
        let body = json!({ "KeyId": "alias/orders", "Plaintext": b64(plaintext), "EncryptionContext": context });
        let sealed = bench.ask("Encrypt", body);
        assert_eq!((&sealed["KeyId"], &sealed["EncryptionAlgorithm"]), (&json!(arn), &json!("SYMMETRIC_DEFAULT")));
        let blob = sealed["CiphertextBlob"].clone();
        assert!(bytes(&blob).len() <= 6_144);
        let body = json!({ "CiphertextBlob": blob, "EncryptionContext": { "a": "1", "b": "2" } });
        let opened = bench.ask("Decrypt", body);
        let expected = json!({
            "Plaintext": b64(plaintext), "KeyId": arn, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "KeyMaterialId": material,
        });
        assert_eq!(opened, expected);

        let other = bench.symmetric();
        let body = json!({
            "CiphertextBlob": blob, "SourceEncryptionContext": context, "SourceKeyId": id,
            "DestinationKeyId": other, "DestinationEncryptionContext": { "to": "other" },
        });
        let moved = bench.ask("ReEncrypt", body);
        assert_eq!((&moved["SourceKeyId"], &moved["KeyId"]), (&json!(arn), &json!(bench.arn(&other))));
        assert_eq!(moved["SourceKeyMaterialId"], material);
        assert_ne!(moved["DestinationKeyMaterialId"], material);
        let body = json!({
            "CiphertextBlob": moved["CiphertextBlob"], "EncryptionContext": { "to": "other" }, "KeyId": other,
        });
        assert_eq!(bench.ask("Decrypt", body)["Plaintext"], b64(plaintext));
    }
    for algorithm in ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] {
        let rsa = bench.of("RSA_2048", "ENCRYPT_DECRYPT");
        let body = json!({ "KeyId": rsa, "Plaintext": b64(b"short"), "EncryptionAlgorithm": algorithm });
        let blob = bench.ask("Encrypt", body)["CiphertextBlob"].clone();
        let opened =
            bench.ask("Decrypt", json!({ "KeyId": rsa, "CiphertextBlob": blob, "EncryptionAlgorithm": algorithm }));
        assert_eq!(opened["Plaintext"], b64(b"short"));
        assert!(opened.get("KeyMaterialId").is_none());
    }
}

fn data_keys(bench: &Bench) {
    let id = bench.symmetric();
    let sizes = [
        (json!({ "KeySpec": "AES_256" }), 32),
        (json!({ "KeySpec": "AES_128" }), 16),
        (json!({ "NumberOfBytes": 1 }), 1),
        (json!({ "NumberOfBytes": 1_024 }), 1_024),
    ];
    for (size, len) in sizes {
        let mut body = json!({ "KeyId": id, "EncryptionContext": { "for": "data" } });
        body.as_object_mut().unwrap().extend(size.as_object().unwrap().clone());
        let made = bench.ask("GenerateDataKey", body.clone());
        assert_eq!(bytes(&made["Plaintext"]).len(), len);
        assert_eq!(made["KeyId"], bench.arn(&id));
        let open = |blob: &Value| {
            bench.ask("Decrypt", json!({ "CiphertextBlob": blob, "EncryptionContext": { "for": "data" } }))
        };
        assert_eq!(open(&made["CiphertextBlob"])["Plaintext"], made["Plaintext"]);
        let sealed = bench.ask("GenerateDataKeyWithoutPlaintext", body);
        assert!(sealed.get("Plaintext").is_none());
        assert_eq!(bytes(&open(&sealed["CiphertextBlob"])["Plaintext"]).len(), len);
    }
    let specs =
        ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"];
    for spec in specs {
        let body = json!({ "KeyId": id, "KeyPairSpec": spec });
        let pair = bench.ask("GenerateDataKeyPair", body.clone());
        assert_eq!((&pair["KeyPairSpec"], &pair["KeyId"]), (&json!(spec), &json!(bench.arn(&id))));
        let opened = bench.ask("Decrypt", json!({ "CiphertextBlob": pair["PrivateKeyCiphertextBlob"] }));
        assert_eq!(opened["Plaintext"], pair["PrivateKeyPlaintext"]);
        let pair = bench.ask("GenerateDataKeyPairWithoutPlaintext", body);
        assert!(pair.get("PrivateKeyPlaintext").is_none() && bytes(&pair["PublicKey"]).starts_with(&[0x30]));
    }
    let random = |len| bytes(&bench.ask("GenerateRandom", json!({ "NumberOfBytes": len }))["Plaintext"]);
    assert_eq!((random(1).len(), random(1_024).len()), (1, 1_024));
    assert_ne!(random(32), random(32));
}

fn macs(bench: &Bench) {
    for (spec, algorithm, len) in [
        ("HMAC_224", "HMAC_SHA_224", 28),
        ("HMAC_256", "HMAC_SHA_256", 32),
        ("HMAC_384", "HMAC_SHA_384", 48),
        ("HMAC_512", "HMAC_SHA_512", 64),
    ] {
        let id = bench.of(spec, "GENERATE_VERIFY_MAC");
        let metadata = bench.ask("DescribeKey", json!({ "KeyId": id }));
        assert_eq!(metadata["KeyMetadata"]["MacAlgorithms"], json!([algorithm]));
        let body = json!({ "KeyId": id, "Message": b64(b"m"), "MacAlgorithm": algorithm });
        let made = bench.ask("GenerateMac", body);
        assert_eq!(bytes(&made["Mac"]).len(), len);
        let body = json!({ "KeyId": id, "Message": b64(b"m"), "MacAlgorithm": algorithm, "Mac": made["Mac"] });
        let valid = bench.ask("VerifyMac", body);
        assert_eq!(valid, json!({ "MacValid": true, "MacAlgorithm": algorithm, "KeyId": bench.arn(&id) }));
        let body = json!({ "KeyId": id, "Message": b64(b"n"), "MacAlgorithm": algorithm, "Mac": made["Mac"] });
        assert_eq!(bench.refused("VerifyMac", body), "KMSInvalidMacException");
    }
}

fn signatures(bench: &Bench) {
    let specs =
        ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"];
    for spec in specs {
        let id = bench.of(spec, "SIGN_VERIFY");
        let public = bench.ask("GetPublicKey", json!({ "KeyId": id }));
        assert_eq!((&public["KeySpec"], &public["KeyUsage"]), (&json!(spec), &json!("SIGN_VERIFY")));
        assert_eq!(public.get("CustomerMasterKeySpec").is_some(), spec != "ECC_NIST_EDWARDS25519");
        assert!(bytes(&public["PublicKey"]).starts_with(&[0x30]));
        for algorithm in public["SigningAlgorithms"].as_array().unwrap() {
            let digest = algorithm.as_str().unwrap().rsplit('_').next().unwrap().parse::<usize>().unwrap() / 8;
            let kinds = [("RAW", b64(b"message")), ("DIGEST", b64(&vec![7; digest]))];
            let only_raw = algorithm == "ED25519_SHA_512";
            for (kind, message) in kinds.into_iter().take(if only_raw { 1 } else { 2 }) {
                let ask = json!({
                    "KeyId": id, "Message": message, "MessageType": kind, "SigningAlgorithm": algorithm,
                });
                let signed = bench.ask("Sign", ask.clone());
                assert_eq!((&signed["SigningAlgorithm"], &signed["KeyId"]), (algorithm, &json!(bench.arn(&id))));
                let mut ask = ask;
                ask["Signature"] = signed["Signature"].clone();
                let valid = bench.ask("Verify", ask.clone());
                let expected =
                    json!({ "SignatureValid": true, "SigningAlgorithm": algorithm, "KeyId": bench.arn(&id) });
                assert_eq!(valid, expected);
                ask["Signature"] = json!(b64(b"not one"));
                assert_eq!(bench.refused("Verify", ask), "KMSInvalidSignatureException");
            }
        }
    }
}

fn agreement(bench: &Bench) {
    for spec in ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"] {
        let [ours, theirs] = [(); 2].map(|()| bench.of(spec, "KEY_AGREEMENT"));
        let public = |id: &str| bench.ask("GetPublicKey", json!({ "KeyId": id }))["PublicKey"].clone();
        let derive = |id: &str, peer: &str| {
            let body = json!({ "KeyId": id, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public(peer) });
            bench.ask("DeriveSharedSecret", body)
        };
        let (one, other) = (derive(&ours, &theirs), derive(&theirs, &ours));
        assert_eq!(one["SharedSecret"], other["SharedSecret"]);
        let arn = json!(bench.arn(&ours));
        assert_eq!(
            (&one["KeyId"], &one["KeyAgreementAlgorithm"], &one["KeyOrigin"]),
            (&arn, &json!("ECDH"), &json!("AWS_KMS"))
        );
        bench.ask("CreateAlias", json!({ "AliasName": format!("alias/{spec}"), "TargetKeyId": ours }));
        let by_alias = derive(&format!("alias/{spec}"), &theirs);
        assert_eq!(by_alias, one);
    }
}

fn states(bench: &Bench) {
    let id = bench.symmetric();
    let key = json!({ "KeyId": id });
    assert_eq!(bench.ask("DisableKey", key.clone()), json!({}));
    assert_eq!(bench.state(&id), "Disabled");
    bench.ask("EnableKey", key.clone());
    assert_eq!(bench.state(&id), "Enabled");
    let announced = bench.ask("ScheduleKeyDeletion", json!({ "KeyId": bench.arn(&id), "PendingWindowInDays": 7 }));
    let expected = json!({
        "KeyId": bench.arn(&id), "KeyState": "PendingDeletion", "PendingWindowInDays": 7,
        "DeletionDate": 1_767_225_600.0 + 7.0 * 86_400.0,
    });
    assert_eq!(announced, expected);
    let metadata = bench.ask("DescribeKey", key.clone())["KeyMetadata"].clone();
    assert_eq!((&metadata["DeletionDate"], &metadata["Enabled"]), (&announced["DeletionDate"], &json!(false)));
    assert_eq!(bench.ask("CancelKeyDeletion", key.clone()), json!({ "KeyId": bench.arn(&id) }));
    assert_eq!(bench.state(&id), "Disabled");
    assert_eq!(bench.ask("ScheduleKeyDeletion", key)["PendingWindowInDays"], 30);
    let id = bench.symmetric();
    bench.ask("UpdateKeyDescription", json!({ "KeyId": id, "Description": "new" }));
    assert_eq!(bench.ask("DescribeKey", json!({ "KeyId": id }))["KeyMetadata"]["Description"], "new");
    assert!(bench.ask("ListKeys", json!({}))["Keys"].as_array().unwrap().iter().any(|key| key["KeyId"] == *id));
    let other = bench.symmetric();
    bench.ask("CreateAlias", json!({ "AliasName": "alias/moving", "TargetKeyId": bench.arn(&id) }));
    bench.ask("UpdateAlias", json!({ "AliasName": "alias/moving", "TargetKeyId": other }));
    let aliases = bench.ask("ListAliases", json!({ "KeyId": other }));
    let expected = json!({
        "AliasName": "alias/moving", "AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/moving",
        "TargetKeyId": other, "CreationDate": 1_767_225_600.0, "LastUpdatedDate": 1_767_225_600.0,
    });
    assert_eq!(aliases, json!({ "Aliases": [expected], "Truncated": false }));
    bench.ask("DeleteAlias", json!({ "AliasName": "alias/moving" }));
    assert_eq!(bench.ask("ListAliases", json!({ "KeyId": other }))["Aliases"], json!([]));
}

fn rotation(bench: &Bench) {
    let id = bench.symmetric();
    let key = json!({ "KeyId": id });
    let off = json!({ "KeyRotationEnabled": false, "KeyId": id });
    assert_eq!(bench.ask("GetKeyRotationStatus", key.clone()), off);
    bench.ask("EnableKeyRotation", key.clone());
    let on = bench.ask("GetKeyRotationStatus", key.clone());
    assert_eq!((&on["KeyRotationEnabled"], &on["RotationPeriodInDays"]), (&json!(true), &json!(365)));
    assert!(on["NextRotationDate"].is_f64());
    bench.ask("EnableKeyRotation", json!({ "KeyId": id, "RotationPeriodInDays": 90 }));
    assert_eq!(bench.ask("GetKeyRotationStatus", key.clone())["RotationPeriodInDays"], 90);
    bench.ask("DisableKeyRotation", key.clone());
    assert_eq!(bench.ask("GetKeyRotationStatus", key.clone()), off);
    assert_eq!(bench.ask("ListKeyRotations", key.clone()), json!({ "Rotations": [], "Truncated": false }));
    let sealed = bench.ask("Encrypt", json!({ "KeyId": id, "Plaintext": b64(b"old") }))["CiphertextBlob"].clone();
    assert_eq!(bench.ask("RotateKeyOnDemand", key.clone()), key);
    let rotations = bench.ask("ListKeyRotations", key.clone());
    let current = bench.ask("DescribeKey", key.clone())["KeyMetadata"]["CurrentKeyMaterialId"].clone();
    let rotated = json!({
        "KeyId": id, "KeyMaterialId": current, "KeyMaterialState": "CURRENT", "RotationDate": 1_767_225_600.0,
        "RotationType": "ON_DEMAND",
    });
    assert_eq!(rotations["Rotations"], json!([rotated]));
    let all = bench.ask("ListKeyRotations", json!({ "KeyId": id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL" }));
    let opened = bench.ask("Decrypt", json!({ "CiphertextBlob": sealed }));
    assert_eq!(opened["Plaintext"], b64(b"old"));
    let first = json!({ "KeyId": id, "KeyMaterialId": opened["KeyMaterialId"], "KeyMaterialState": "NON_CURRENT" });
    assert_eq!(all["Rotations"], json!([first, rotated]));
}

fn policies_and_tags(bench: &Bench) {
    let id = bench.key(json!({ "Tags": [{ "TagKey": "team", "TagValue": "blue" }] }));
    let key = json!({ "KeyId": id });
    let policy = bench.ask("GetKeyPolicy", key.clone());
    assert_eq!(policy["PolicyName"], "default");
    let text: Value = serde_json::from_str(policy["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(text["Statement"][0]["Principal"]["AWS"], "arn:aws:iam::111122223333:root");
    bench.ask("PutKeyPolicy", json!({ "KeyId": id, "PolicyName": "default", "Policy": policy["Policy"] }));
    bench.key(json!({ "Policy": policy["Policy"], "BypassPolicyLockoutSafetyCheck": true }));
    assert_eq!(bench.ask("ListKeyPolicies", key.clone()), json!({ "PolicyNames": ["default"], "Truncated": false }));
    bench.ask("TagResource", json!({ "KeyId": id, "Tags": [{ "TagKey": "a", "TagValue": "" }] }));
    let tags = json!([{ "TagKey": "a", "TagValue": "" }, { "TagKey": "team", "TagValue": "blue" }]);
    assert_eq!(bench.ask("ListResourceTags", key.clone()), json!({ "Tags": tags, "Truncated": false }));
    bench.ask("UntagResource", json!({ "KeyId": id, "TagKeys": ["team", "never there"] }));
    assert_eq!(bench.ask("ListResourceTags", key)["Tags"], json!([{ "TagKey": "a", "TagValue": "" }]));
}
