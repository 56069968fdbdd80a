//! Leaves, sums and name indexes.

use serde_json::{Value, json};

use super::{Given, array, bytes, frozen, hex, number, text};
use crate::envelope::{self, CallerContext, Context, Kind};
use crate::integrity::{Print, RowSet, RowSetKey};
use crate::keys::{Keyring, Role};
use crate::store::{Class, RecordKey};

fn make() -> Value {
    let ring = Keyring::make(&Given::counting(1, 192)).unwrap();
    let (index_key, row_set_key) = (ring.current(Role::Index).1, ring.current(Role::RowSet).1);
    let names = [("api_key", [3; 16]), ("", [0; 16]), ("mail/alice@example.org", [0xff; 16])];
    let indexes = names.map(|(name, scope)| {
        json!({ "scope": hex(&scope), "name": name, "index": hex(&ring.name_index(&scope, name.as_bytes())) })
    });
    let (mut set, leaves) = (RowSet::default(), RowSetKey::new(row_set_key));
    let rows = [1_u8, 2, 3].map(|n| {
        let key = RecordKey::new(Class::Scope, &[n; 16], n, &[0x40 + n; 16], u64::from(n) << 33);
        let place = Context { vault: &[1; 16], scope: &[n; 16], name: b"n", version: 1, caller: CallerContext::EMPTY };
        let bytes = envelope::seal(&[n; 32], Kind::System, 1, &place, &[n; 9], &Given::counting(n, 24)).unwrap();
        let revision = u64::from(n) + (1 << 35);
        let mut alone = RowSet::default();
        let print = Print::of(revision, &bytes).unwrap();
        alone.add(&leaves, &key, &print);
        set.add(&leaves, &key, &print);
        json!({ "key": hex(key.as_bytes()), "revision": revision, "bytes": hex(&bytes), "leaf": hex(&alone.sum.0) })
    });
    json!({
        "about": "name indexes, leaves of rows and their sum",
        "index_key": hex(index_key), "indexes": indexes,
        "row_set_key": hex(row_set_key), "rows": rows, "sum": hex(&set.sum.0),
    })
}

#[test]
fn leaves_sums_and_indexes() {
    let file = frozen("rows/v1.json", make);
    let ring = Keyring::make(&Given::counting(1, 192)).unwrap();
    assert_eq!(hex(ring.current(Role::Index).1), text(&file, "index_key"));
    for index in file["indexes"].as_array().unwrap() {
        let found = ring.name_index(&array(index, "scope"), text(index, "name").as_bytes());
        assert_eq!(hex(&found), text(index, "index"));
    }
    let (key, mut set) = (RowSetKey::new(&array(&file, "row_set_key")), RowSet::default());
    for row in file["rows"].as_array().unwrap() {
        let at = RecordKey::from_bytes(&bytes(row, "key")).unwrap();
        let print = Print::of(number(row, "revision"), &bytes(row, "bytes")).unwrap();
        let mut alone = RowSet::default();
        alone.add(&key, &at, &print);
        assert_eq!(hex(&alone.sum.0), text(row, "leaf"));
        set.add(&key, &at, &print);
    }
    assert_eq!((hex(&set.sum.0).as_str(), set.count), (text(&file, "sum"), 3));
}
