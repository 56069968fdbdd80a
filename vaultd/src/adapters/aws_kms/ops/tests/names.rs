//! What a key is called.

use super::*;

#[test]
fn a_key_goes_by_id_arn_alias_and_alias_arn() {
    let bench = Bench::new();
    let id = bench.symmetric();
    bench.ask("CreateAlias", json!({ "AliasName": "alias/a/b_c-1", "TargetKeyId": id }));
    let alias_arn = "arn:aws:kms:us-east-1:111122223333:alias/a/b_c-1";
    for name in [&*id, &bench.arn(&id), "alias/a/b_c-1", alias_arn] {
        assert_eq!(bench.ask("DescribeKey", json!({ "KeyId": name }))["KeyMetadata"]["KeyId"], *id);
        let blob = bench.ask("Encrypt", json!({ "KeyId": name, "Plaintext": b64(b"x") }))["CiphertextBlob"].clone();
        bench.ask("Decrypt", json!({ "KeyId": name, "CiphertextBlob": blob }));
        let body = json!({ "SourceKeyId": name, "DestinationKeyId": name, "CiphertextBlob": blob });
        bench.ask("ReEncrypt", body);
    }
    // What changes a key, or goes on about one, does not go by a name that can be pointed elsewhere.
    for operation in ["DisableKey", "ScheduleKeyDeletion", "ListGrants", "GetKeyRotationStatus", "ListResourceTags"] {
        for name in ["alias/a/b_c-1", alias_arn] {
            assert_eq!(bench.refused(operation, json!({ "KeyId": name })), "NotFoundException", "{operation}");
        }
    }
    assert_eq!(bench.state(&id), "Enabled");
}

#[test]
fn what_is_not_here_is_not_found_and_what_is_no_arn_is_invalid() {
    let bench = Bench::new();
    let id = bench.symmetric();
    let somewhere = |start: &str| format!("{start}:key/{id}");
    for (name, error) in [
        (somewhere("arn:aws:kms:eu-west-1:111122223333"), "NotFoundException"),
        (somewhere("arn:aws:kms:us-east-1:999999999999"), "NotFoundException"),
        (somewhere("arn:aws-cn:kms:us-east-1:111122223333"), "NotFoundException"),
        ("arn:aws:kms:eu-west-1:111122223333:alias/x".into(), "NotFoundException"),
        ("arn:aws:kms:us-east-1:111122223333:key/x".into(), "NotFoundException"),
        ("alias/none".into(), "NotFoundException"),
        ("alias/aws/s3".into(), "NotFoundException"),
        ("alias/ä".into(), "NotFoundException"),
        (id.to_uppercase(), "NotFoundException"),
        (format!("key/{id}"), "NotFoundException"),
        ("00000000-0000-4000-8000-000000000000".into(), "NotFoundException"),
        ("x".into(), "NotFoundException"),
        (somewhere("arn:aws:s3:us-east-1:111122223333"), "InvalidArnException"),
        (somewhere("arn:gcp:kms:us-east-1:111122223333"), "InvalidArnException"),
        (format!("arn:aws:kms:us-east-1:111122223333:{id}"), "InvalidArnException"),
        ("arn:aws:kms:us-east-1:111122223333:grant/x".into(), "InvalidArnException"),
        ("arn:aws:kms".into(), "InvalidArnException"),
        ("arn:".into(), "InvalidArnException"),
        (String::new(), "ValidationException"),
        ("x".repeat(2_049), "ValidationException"),
    ] {
        assert_eq!(bench.refused("DescribeKey", json!({ "KeyId": name })), error, "{name}");
    }
    // Another's key does not exist.
    let theirs = bench.ask_as(&bench.bob, "DescribeKey", &json!({ "KeyId": id }));
    assert_eq!(theirs.unwrap_err(), "NotFoundException");
    // An alias is its owner's: another may have the same.
    bench.ask("CreateAlias", json!({ "AliasName": "alias/same", "TargetKeyId": id }));
    let theirs = bench.ask_as(&bench.bob, "CreateKey", &json!({})).unwrap()["KeyMetadata"]["KeyId"].clone();
    let body = json!({ "AliasName": "alias/same", "TargetKeyId": theirs });
    assert!(bench.ask_as(&bench.bob, "CreateAlias", &body).is_ok());
    let described = bench.ask_as(&bench.bob, "DescribeKey", &json!({ "KeyId": "alias/same" })).unwrap();
    assert_eq!(described["KeyMetadata"]["KeyId"], theirs);
}

#[test]
fn alias_names_have_a_rule() {
    let bench = Bench::new();
    let id = bench.symmetric();
    for name in ["x", "alias/", "alias/aws/x", "alias/a b", "alias/ä", "alias/a:b"] {
        let body = json!({ "AliasName": name, "TargetKeyId": id });
        assert_eq!(bench.refused("CreateAlias", body.clone()), "InvalidAliasNameException", "{name}");
        assert_eq!(bench.refused("UpdateAlias", body), "ValidationException", "{name}");
        assert_eq!(bench.refused("DeleteAlias", json!({ "AliasName": name })), "ValidationException", "{name}");
    }
    let long = format!("alias/{}", "x".repeat(250));
    bench.ask("CreateAlias", json!({ "AliasName": long, "TargetKeyId": id }));
    let body = json!({ "AliasName": long + "x", "TargetKeyId": id });
    assert_eq!(bench.refused("CreateAlias", body), "ValidationException");
    let body = json!({ "AliasName": "alias/a", "TargetKeyId": id });
    bench.ask("CreateAlias", body.clone());
    assert_eq!(bench.refused("CreateAlias", body), "AlreadyExistsException");
    let onto_an_alias = json!({ "AliasName": "alias/b", "TargetKeyId": "alias/a" });
    assert_eq!(bench.refused("CreateAlias", onto_an_alias), "NotFoundException");
    assert_eq!(
        bench.refused("UpdateAlias", json!({ "AliasName": "alias/none", "TargetKeyId": id })),
        "NotFoundException"
    );
    assert_eq!(bench.refused("DeleteAlias", json!({ "AliasName": "alias/none" })), "NotFoundException");
    let mac = bench.of("HMAC_256", "GENERATE_VERIFY_MAC");
    assert_eq!(
        bench.refused("UpdateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": mac })),
        "ValidationException"
    );
}
