//! State records.

use serde_json::{Value, json};

use super::{Given, array, bytes, frozen, hex, number, text};
use crate::audit::Checkpoint;
use crate::integrity::{RowSet, Sum};
use crate::keys::{Keyring, Role};
use crate::state::StateRecord;

fn ring() -> Keyring {
    Keyring::make(&Given::counting(1, 192)).unwrap()
}

fn make() -> Value {
    let first = StateRecord {
        incarnation: [1; 16],
        epoch: 1,
        sequence: 1,
        rows: RowSet { count: 1, sum: Sum([2; 32]) },
        generation: 1,
        header: [3; 32],
        layout: [4; 32],
        audit: Checkpoint::default(),
        highest_ms: 0,
    };
    let later = StateRecord {
        epoch: 7,
        sequence: 1 << 40,
        rows: RowSet { count: u64::MAX, sum: Sum([0xff; 32]) },
        audit: Checkpoint { sequence: 99, head: [5; 32] },
        highest_ms: 1_767_225_600_000,
        ..first.clone()
    };
    let vectors = [(10, first), (90, later)].map(|(nonce, state)| {
        let bytes = state.seal(&ring(), &[0xaa; 16], &Given::counting(nonce, 24)).unwrap();
        json!({
            "incarnation": hex(&state.incarnation), "epoch": state.epoch, "sequence": state.sequence,
            "count": state.rows.count, "sum": hex(&state.rows.sum.0), "generation": state.generation,
            "header": hex(&state.header), "layout": hex(&state.layout), "audit_sequence": state.audit.sequence,
            "audit_head": hex(&state.audit.head), "highest_ms": state.highest_ms, "bytes": hex(&bytes),
        })
    });
    json!({
        "about": "state records: plaintext fields, and the envelope under the state key",
        "vault": hex(&[0xaa; 16]), "state_key": hex(ring().current(Role::State).1), "key_version": 1, "vectors": vectors,
    })
}

#[test]
fn state_records_open() {
    let file = frozen("state/v1.json", make);
    let vault = array(&file, "vault");
    assert_eq!(hex(ring().current(Role::State).1), text(&file, "state_key"));
    for vector in file["vectors"].as_array().unwrap() {
        let expected = StateRecord {
            incarnation: array(vector, "incarnation"),
            epoch: number(vector, "epoch"),
            sequence: number(vector, "sequence"),
            rows: RowSet { count: number(vector, "count"), sum: Sum(array(vector, "sum")) },
            generation: number(vector, "generation"),
            header: array(vector, "header"),
            layout: array(vector, "layout"),
            audit: Checkpoint { sequence: number(vector, "audit_sequence"), head: array(vector, "audit_head") },
            highest_ms: number(vector, "highest_ms"),
        };
        let sealed = bytes(vector, "bytes");
        assert_eq!(StateRecord::open(&ring(), &vault, expected.sequence, &sealed), Ok(expected));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 0x20;
            assert!(StateRecord::open(&ring(), &vault, number(vector, "sequence"), &changed).is_err(), "byte {at}");
        }
    }
}
