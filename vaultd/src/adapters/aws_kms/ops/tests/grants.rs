//! Grants, and who is meant by them.

use super::*;

pub(super) fn granted_and_retired(bench: &Bench) {
    let id = bench.symmetric();
    let bob = "arn:aws:iam::111122223333:user/uid:1001";
    let given = bench.ask(
        "CreateGrant",
        json!({
            "KeyId": id, "GranteePrincipal": "arn:aws:iam::111122223333:user/bob", "RetiringPrincipal": "uid:1001",
            "Operations": ["Encrypt", "Decrypt", "DescribeKey"], "Name": "for-bob", "GrantTokens": ["anything"],
            "Constraints": { "EncryptionContextSubset": { "tenant": "blue" } },
        }),
    );
    let shown = json!({
        "KeyId": bench.arn(&id), "GrantId": given["GrantId"], "Name": "for-bob", "CreationDate": 1_767_225_600.0,
        "GranteePrincipal": bob, "RetiringPrincipal": bob, "IssuingAccount": "arn:aws:iam::111122223333:root",
        "Operations": ["Encrypt", "Decrypt", "DescribeKey"],
        "Constraints": { "EncryptionContextSubset": { "tenant": "blue" } },
    });
    let listed = bench.ask("ListGrants", json!({ "KeyId": id }));
    assert_eq!(listed, json!({ "Grants": [shown], "Truncated": false }));

    let as_bob = |operation, body| bench.ask_as(&bench.bob, operation, &body);
    let sealed = |context: Value| json!({ "KeyId": id, "Plaintext": b64(b"x"), "EncryptionContext": context });
    assert!(as_bob("Encrypt", sealed(json!({ "tenant": "blue", "more": "yes" }))).is_ok());
    assert_eq!(as_bob("Encrypt", sealed(json!({ "tenant": "red" }))).unwrap_err(), "AccessDeniedException");
    assert_eq!(as_bob("DisableKey", json!({ "KeyId": id })).unwrap_err(), "AccessDeniedException");

    let retirable = as_bob("ListRetirableGrants", json!({ "RetiringPrincipal": bob })).unwrap();
    assert_eq!(retirable["Grants"], json!([shown]));
    let others = as_bob("ListRetirableGrants", json!({ "RetiringPrincipal": "uid:1000" })).unwrap();
    assert_eq!(others, json!({ "Grants": [], "Truncated": false }));
    assert_eq!(as_bob("RetireGrant", json!({ "GrantToken": given["GrantToken"] })), Ok(json!({})));
    assert_eq!(as_bob("Encrypt", sealed(json!({ "tenant": "blue" }))).unwrap_err(), "NotFoundException");

    let body = json!({ "KeyId": id, "GranteePrincipal": "ext:carol", "Operations": ["Decrypt"] });
    let given = bench.ask("CreateGrant", body.clone());
    let carol = "arn:aws:iam::111122223333:user/ext:carol";
    let listed = |filter: Value| {
        let mut body = json!({ "KeyId": id });
        body.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
        bench.ask("ListGrants", body)["Grants"].as_array().unwrap().len()
    };
    assert_eq!(listed(json!({ "GranteePrincipal": carol })), 1);
    assert_eq!(listed(json!({ "GranteePrincipal": bob })), 0);
    assert_eq!(listed(json!({ "GrantId": given["GrantId"] })), 1);
    assert_eq!(listed(json!({ "GrantId": "0".repeat(64) })), 0);
    bench.ask("RevokeGrant", json!({ "KeyId": id, "GrantId": given["GrantId"] }));
    assert_eq!(listed(json!({})), 0);
    let given = bench.ask("CreateGrant", body);
    bench.ask("RetireGrant", json!({ "KeyId": bench.arn(&id), "GrantId": given["GrantId"] }));
    assert_eq!(listed(json!({})), 0);
}

#[test]
fn every_spelling_of_somebody_is_the_same_somebody() {
    let bench = Bench::new();
    let id = bench.symmetric();
    for name in
        ["uid:1001", "user:bob", "arn:aws:iam::111122223333:user/bob", "arn:aws:iam::111122223333:user/uid:1001"]
    {
        let body = json!({ "KeyId": id, "GranteePrincipal": name, "Operations": ["DescribeKey"] });
        let given = bench.ask("CreateGrant", body);
        let shown = bench.ask("ListGrants", json!({ "KeyId": id }))["Grants"][0]["GranteePrincipal"].clone();
        assert_eq!(shown, "arn:aws:iam::111122223333:user/uid:1001");
        assert!(bench.ask_as(&bench.bob, "DescribeKey", &json!({ "KeyId": id })).is_ok(), "{name}");
        bench.ask("RevokeGrant", json!({ "KeyId": id, "GrantId": given["GrantId"] }));
        assert!(bench.ask_as(&bench.bob, "DescribeKey", &json!({ "KeyId": id })).is_err());
    }
    for name in [
        "nobody",
        "user:nobody",
        "uid:01",
        "*",
        "111122223333",
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333:role/bob",
        "arn:aws:iam::999999999999:user/bob",
        "arn:aws:iam::111122223333:user/",
        "arn:aws:sts::111122223333:assumed-role/x/bob",
    ] {
        let body = json!({ "KeyId": id, "GranteePrincipal": name, "Operations": ["DescribeKey"] });
        assert_eq!(bench.refused("CreateGrant", body), "InvalidArnException", "{name}");
    }
}

#[test]
fn what_a_grant_cannot_say_is_refused() {
    let bench = Bench::new();
    let id = bench.symmetric();
    let with = |member: &str, value: Value| {
        let mut body = json!({ "KeyId": id, "GranteePrincipal": "uid:1001", "Operations": ["Decrypt"] });
        body[member] = value;
        bench.refused("CreateGrant", body)
    };
    assert_eq!(
        with("Constraints", json!({ "SourceArn": "arn:aws:s3:us-east-1:111122223333:x" })),
        "UnsupportedOperationException"
    );
    assert_eq!(with("GranteeServicePrincipal", json!("s3.amazonaws.com")), "UnsupportedOperationException");
    assert_eq!(with("RetiringServicePrincipal", json!("s3.amazonaws.com")), "UnsupportedOperationException");
    assert_eq!(with("Operations", json!([])), "ValidationException");
    assert_eq!(with("Operations", json!(["Sign"])), "ValidationException");
    assert_eq!(with("Operations", json!(["Encapsulate"])), "UnsupportedOperationException");
    assert_eq!(with("Operations", json!(["decrypt"])), "ValidationException");
    let both = json!({ "EncryptionContextSubset": {}, "EncryptionContextEquals": {} });
    assert_eq!(with("Constraints", both), "ValidationException");
    assert_eq!(with("DryRun", json!(true)), "DryRunOperationException");
    assert_eq!(bench.ask("ListGrants", json!({ "KeyId": id }))["Grants"], json!([]));

    let nothing = "0".repeat(64);
    let named = |grant: &str| json!({ "KeyId": id, "GrantId": grant });
    for bad in ["x", &"g".repeat(64), &"A".repeat(64), &nothing] {
        assert_eq!(bench.refused("RevokeGrant", named(bad)), "InvalidGrantIdException", "{bad}");
        assert_eq!(bench.refused("RetireGrant", named(bad)), "InvalidGrantIdException", "{bad}");
    }
    for bad in ["x".to_owned(), b64(b"x"), b64(&[1; 48]), b64(&[2; 49])] {
        assert_eq!(bench.refused("RetireGrant", json!({ "GrantToken": bad })), "InvalidGrantTokenException");
    }
    assert_eq!(bench.refused("RetireGrant", json!({ "GrantToken": "x", "KeyId": id })), "ValidationException");
    assert_eq!(bench.refused("RetireGrant", json!({})), "ValidationException");
}
