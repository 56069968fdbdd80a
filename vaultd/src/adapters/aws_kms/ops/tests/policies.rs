//! Policies and tags: what is kept of them, and what is not.

use super::*;

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
