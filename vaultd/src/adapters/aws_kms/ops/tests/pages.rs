//! A page at a time.

use super::*;

/// Walks every page; the members' values in the order they came.
fn all(bench: &Bench, operation: &str, list: &str, field: &str, body: &Value, limit: u32) -> Vec<String> {
    let mut found = Vec::new();
    let mut body = body.clone();
    body["Limit"] = json!(limit);
    loop {
        let page = bench.ask(operation, body.clone());
        let items = page[list].as_array().unwrap();
        assert!(items.len() <= limit as usize);
        found.extend(items.iter().map(|item| item[field].as_str().unwrap().to_owned()));
        assert_eq!(page["Truncated"], page.get("NextMarker").is_some(), "{page}");
        match page.get("NextMarker") {
            Some(marker) => body["Marker"] = marker.clone(),
            None => return found,
        }
    }
}

#[test]
fn every_listing_gives_everything_once_whatever_the_page() {
    let bench = Bench::new();
    let keys: Vec<String> = (0..7).map(|_| bench.symmetric()).collect();
    let id = &keys[0];
    let of_key = json!({ "KeyId": id });
    for n in 0..7 {
        bench.ask("CreateAlias", json!({ "AliasName": format!("alias/{n}"), "TargetKeyId": keys[n % 2] }));
        bench.ask("TagResource", json!({ "KeyId": id, "Tags": [{ "TagKey": format!("ä{n}"), "TagValue": "" }] }));
        bench.ask("RotateKeyOnDemand", of_key.clone());
        for key in [id, &keys[1]] {
            let body = json!({ "KeyId": key, "GranteePrincipal": "ext:x", "RetiringPrincipal": "uid:1000", "Operations": ["Decrypt"] });
            bench.ask("CreateGrant", body);
        }
    }
    let retiring = json!({ "RetiringPrincipal": "uid:1000" });
    let every = json!({ "KeyId": id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL" });
    for (operation, list, field, body, count) in [
        ("ListKeys", "Keys", "KeyId", json!({}), 7),
        ("ListAliases", "Aliases", "AliasName", json!({}), 7),
        ("ListAliases", "Aliases", "AliasName", of_key.clone(), 4),
        ("ListGrants", "Grants", "GrantId", of_key.clone(), 7),
        ("ListRetirableGrants", "Grants", "GrantId", retiring, 14),
        ("ListResourceTags", "Tags", "TagKey", of_key.clone(), 7),
        ("ListKeyRotations", "Rotations", "KeyMaterialId", of_key.clone(), 7),
        ("ListKeyRotations", "Rotations", "KeyMaterialId", every, 8),
    ] {
        let whole = all(&bench, operation, list, field, &body, 1_000);
        let once: std::collections::BTreeSet<_> = whole.iter().collect();
        assert_eq!((whole.len(), once.len()), (count, count), "{operation}");
        for limit in [1, 2, 3, 6, 7, 8] {
            assert_eq!(all(&bench, operation, list, field, &body, limit), whole, "{operation} {limit}");
        }
        for bad in [json!(0), json!(1_001), json!(-1), json!(1.5), json!("1")] {
            let mut body = body.clone();
            body["Limit"] = bad.clone();
            let expected = if bad.is_string() { "SerializationException" } else { "ValidationException" };
            assert_eq!(bench.refused(operation, body), expected, "{operation} {bad}");
        }
        for bad in ["", "x", "AA==", "AQ==", "BwAA", "////", &"A".repeat(1_024)] {
            let mut body = body.clone();
            body["Marker"] = json!(bad);
            assert_eq!(bench.refused(operation, body), "InvalidMarkerException", "{operation} {bad}");
        }
    }
}

#[test]
fn a_marker_is_of_its_listing_and_outlives_what_it_points_to() {
    let bench = Bench::new();
    let keys: Vec<String> = (0..3).map(|_| bench.symmetric()).collect();
    let first = bench.ask("ListKeys", json!({ "Limit": 1 }));
    let body = json!({ "Marker": first["NextMarker"] });
    assert_eq!(bench.refused("ListAliases", body.clone()), "InvalidMarkerException");
    let rest = bench.ask("ListKeys", body.clone())["Keys"].clone();
    let gone = first["Keys"][0]["KeyId"].as_str().unwrap();
    bench.ask("ScheduleKeyDeletion", json!({ "KeyId": gone, "PendingWindowInDays": 7 }));
    for _ in 0..16 {
        bench.later(DAY_MS / 2);
        bench.vault.maintain();
    }
    assert_eq!(bench.refused("DescribeKey", json!({ "KeyId": gone })), "NotFoundException");
    assert_eq!(bench.ask("ListKeys", body)["Keys"], rest);
    assert_eq!(rest.as_array().unwrap().len(), keys.len() - 1);
}

#[test]
fn the_default_page_is_as_long_as_at_aws() {
    let bench = Bench::new();
    let id = bench.symmetric();
    for n in 0..60 {
        bench.ask("CreateAlias", json!({ "AliasName": format!("alias/{n}"), "TargetKeyId": id }));
    }
    let page = bench.ask("ListAliases", json!({}));
    assert_eq!((page["Aliases"].as_array().unwrap().len(), &page["Truncated"]), (50, &json!(true)));
    let page = bench.ask("ListKeys", json!({ "ResourceOwners": ["OTHER_ACCOUNTS_VIA_RAM"] }));
    assert_eq!(page, json!({ "Keys": [], "Truncated": false }));
    assert_eq!(bench.ask("ListKeys", json!({ "ResourceOwners": ["SELF"] }))["Keys"].as_array().unwrap().len(), 1);
}
