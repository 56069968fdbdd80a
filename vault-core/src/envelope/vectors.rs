//! Frozen envelopes: valid ones of every kind, and invalid ones named after
//! what is wrong with them.

use serde_json::{Value, json};

use super::*;
use crate::vectors::{Given, array, bytes, frozen, hex, number, text};

/// Name and kind, key version, caller's context, plaintext.
type Sample = (&'static str, Kind, u32, &'static [(&'static str, &'static str)], Vec<u8>);

fn samples() -> Vec<Sample> {
    let long = |len: usize| (0..len).map(|i| i as u8).collect::<Vec<u8>>();
    vec![
        ("value, one byte", Kind::Value, 1, &[], vec![1, 42]),
        ("value, the largest of the smallest class", Kind::Value, 1, &[], long(252)),
        ("value, the smallest of the next class", Kind::Value, 2, &[], long(253)),
        ("value, 996 bytes", Kind::Value, u32::MAX, &[], long(996)),
        ("wrapped key", Kind::WrappedKey, 3, &[], [&[1][..], &long(32)].concat()),
        ("KMS message", Kind::KmsMessage, 4, &[], long(40)),
        ("KMS message, empty", Kind::KmsMessage, 4, &[], Vec::new()),
        ("KMS message with a context", Kind::KmsMessage, 5, &[("tenant", "blue"), ("a", ""), ("", "x")], long(17)),
        ("export", Kind::Export, 1, &[], b"on its way out".to_vec()),
        ("state", Kind::State, 1, &[], long(201)),
        ("metadata, empty", Kind::Metadata, 1, &[], Vec::new()),
        ("metadata", Kind::Metadata, 7, &[], long(300)),
        ("system", Kind::System, 1, &[], long(60)),
        ("keyring", Kind::Keyring, 2, &[], long(225)),
    ]
}

fn make_valid() -> Value {
    let vectors = (0_u8..).zip(samples()).map(|(n, (name, kind, key_version, caller, plaintext))| {
        let kms = kind == Kind::KmsMessage;
        let place = json!({
            "vault": hex(&[0xa0 + n; 16]),
            "scope": hex(&if kms { [0; 16] } else { [0x50 + n; 16] }),
            "name": hex(if kms { b"" } else { b"\x03a name" }),
            "version": if kms { 0 } else { u64::from(n) + (1 << 40) },
            "caller": caller.iter().map(|(k, v)| [hex(k.as_bytes()), hex(v.as_bytes())]).collect::<Vec<_>>(),
        });
        let key: [u8; 32] = std::array::from_fn(|i| n.wrapping_mul(31).wrapping_add(i as u8));
        let nonce: [u8; 24] = std::array::from_fn(|i| n.wrapping_mul(17).wrapping_add(200).wrapping_add(i as u8));
        let kms_key = kms.then_some([0xc0 + n; 16]);
        let bytes = with_place(&place, |context| sealed(&key, kind, key_version, kms_key, &nonce, context, &plaintext));
        json!({
            "name": name, "kind": kind as u8, "key_version": key_version, "kms_key": kms_key.map(|id| hex(&id)),
            "key": hex(&key), "place": place, "nonce": hex(&nonce), "plaintext": hex(&plaintext), "bytes": hex(&bytes),
        })
    });
    json!({ "about": "envelopes of version 1 that open", "vectors": vectors.collect::<Vec<_>>() })
}

/// [`seal`], with a given nonce and, for kind 3, the key's id in the prefix.
fn sealed(
    key: &[u8; 32],
    kind: Kind,
    key_version: u32,
    kms_key: Option<[u8; 16]>,
    nonce: &[u8; 24],
    context: &Context<'_>,
    plaintext: &[u8],
) -> Vec<u8> {
    let Some(id) = kms_key else {
        return seal(key, kind, key_version, context, plaintext, &Given::new(nonce)).unwrap();
    };
    let prefix = [&prefix(kind, key_version)[..], &id].concat();
    sealed_raw(key, &prefix, nonce, context, plaintext)
}

/// Whatever prefix and body: also what no program of ours would write.
fn sealed_raw(key: &[u8; 32], prefix: &[u8], nonce: &[u8; 24], context: &Context<'_>, body: &[u8]) -> Vec<u8> {
    let ctx = context.encode(prefix);
    let (encryption_key, commitment) = subkey(key, nonce, &ctx);
    let mut ciphertext = body.to_vec();
    let tag = aead::seal(encryption_key.expose(), nonce, &ctx, &mut ciphertext);
    [prefix, nonce, &commitment, &ciphertext, &tag].concat()
}

fn with_place<T>(place: &Value, run: impl FnOnce(&Context<'_>) -> T) -> T {
    let pairs = place["caller"].as_array().unwrap().iter();
    let pairs: Vec<_> =
        pairs.map(|pair| (bytes(&json!({ "x": pair[0] }), "x"), bytes(&json!({ "x": pair[1] }), "x"))).collect();
    let caller = CallerContext::new(pairs.iter().map(|(k, v)| (&k[..], &v[..]))).unwrap();
    let (vault, scope, name) = (array(place, "vault"), array(place, "scope"), bytes(place, "name"));
    run(&Context { vault: &vault, scope: &scope, name: &name, version: number(place, "version"), caller: &caller })
}

fn kind_of(vector: &Value) -> Kind {
    Kind::from_byte(u8::try_from(number(vector, "kind")).unwrap()).unwrap()
}

#[test]
fn valid_envelopes_open_and_are_made_alike() {
    let file = frozen("envelope/valid.json", make_valid);
    let vectors = file["vectors"].as_array().unwrap();
    assert!((1..=8).all(|kind| vectors.iter().any(|vector| number(vector, "kind") == kind)));
    for vector in vectors {
        let (key, plaintext) = (array(vector, "key"), bytes(vector, "plaintext"));
        let kms_key = vector["kms_key"].is_string().then(|| array(vector, "kms_key"));
        with_place(&vector["place"], |context| {
            let opened = open(&key, kind_of(vector), context, &bytes(vector, "bytes")).unwrap();
            assert_eq!(opened.expose(), plaintext, "{}", text(vector, "name"));
            let version = u32::try_from(number(vector, "key_version")).unwrap();
            let again = sealed(&key, kind_of(vector), version, kms_key, &array(vector, "nonce"), context, &plaintext);
            assert_eq!(hex(&again), text(vector, "bytes"), "{}", text(vector, "name"));
        });
    }
}

/// Name of the file, what is wrong in it, how its cases are made of a base.
type Wrong = (&'static str, &'static str, fn(&Value) -> Vec<Value>);

const WRONG: [Wrong; 8] = [
    ("flipped_byte", "one byte changed", flipped),
    ("truncated", "cut short", truncated),
    ("extended", "bytes after the end", extended),
    ("swapped_place", "a genuine envelope in another place", swapped),
    ("future_version", "a format, suite or flag of tomorrow, sealed with all the right keys", future),
    ("wrong_kind", "a genuine envelope of another kind", wrong_kind),
    ("wrong_key", "a genuine envelope under another key", wrong_key),
    ("bad_padding", "padding that is not zeros, or not the right length, sealed with all the right keys", bad_padding),
];

/// Cases are the base with some members replaced.
fn make_wrong(about: &str, make: fn(&Value) -> Vec<Value>) -> Value {
    let valid = make_valid();
    let wanted = ["wrapped key", "KMS message with a context", "value, one byte"];
    let bases =
        wanted.map(|name| valid["vectors"].as_array().unwrap().iter().find(|v| v["name"] == name).unwrap().clone());
    let groups: Vec<Value> = bases
        .iter()
        .map(|base| json!({ "base": base, "cases": make(base) }))
        .filter(|group| !group["cases"].as_array().unwrap().is_empty())
        .collect();
    json!({ "about": about, "groups": groups })
}

fn flipped(base: &Value) -> Vec<Value> {
    let genuine = bytes(base, "bytes");
    // Every byte of the small ones; the padded one has the same fields.
    let every = if genuine.len() > 200 { 13 } else { 1 };
    let at = (0..genuine.len()).step_by(every);
    at.map(|at| {
        let mut changed = genuine.clone();
        changed[at] ^= 1 << (at % 8);
        json!({ "name": format!("byte {at}"), "bytes": hex(&changed) })
    })
    .collect()
}

fn truncated(base: &Value) -> Vec<Value> {
    let genuine = bytes(base, "bytes");
    let every = if genuine.len() > 200 { 17 } else { 1 };
    let len = (0..genuine.len()).step_by(every);
    len.map(|len| json!({ "name": format!("to {len} bytes"), "bytes": hex(&genuine[..len]) })).collect()
}

fn extended(base: &Value) -> Vec<Value> {
    let genuine = bytes(base, "bytes");
    let tails = [&[0][..], &[1], &[0; 16], &genuine];
    tails
        .map(|tail| json!({ "name": format!("by {} bytes", tail.len()), "bytes": hex(&[&genuine, tail].concat()) }))
        .to_vec()
}

fn swapped(base: &Value) -> Vec<Value> {
    let mut cases = Vec::new();
    let mut case = |name: &str, member: &str, with: Value| {
        let mut place = base["place"].clone();
        assert_ne!(place[member], with);
        place[member] = with;
        cases.push(json!({ "name": name, "place": place }));
    };
    case("another vault", "vault", json!(hex(&[0xee; 16])));
    case("another scope", "scope", json!(hex(&[0xee; 16])));
    case("another name", "name", json!(hex(b"\x03a namf")));
    case("a longer name", "name", json!(hex(b"\x03a name\x00")));
    case("another version", "version", json!(number(&base["place"], "version") + 1));
    case("more context", "caller", json!([[hex(b"k"), hex(b"v")]]));
    case(
        "the same letters divided otherwise",
        "caller",
        json!([[hex(b"tenantb"), hex(b"lue")], [hex(b"a"), ""], ["", hex(b"x")]]),
    );
    if base["kms_key"].is_string() {
        case("less context", "caller", json!([]));
    }
    cases
}

fn future(base: &Value) -> Vec<Value> {
    let (key, nonce, plaintext) = (array(base, "key"), array(base, "nonce"), bytes(base, "plaintext"));
    let prefix_len = if base["kms_key"].is_string() { 28 } else { 12 };
    let genuine = bytes(base, "bytes");
    let fields = [
        ("magic", 3, b'2'),
        ("format", 4, 2),
        ("format", 4, 0),
        ("suite", 5, 2),
        ("suite", 5, 0),
        ("kind", 6, 9),
        ("kind", 6, 0),
        ("flags", 7, 1),
        ("flags", 7, 0x80),
    ];
    fields
        .map(|(field, at, with)| {
            let mut prefix = genuine[..prefix_len].to_vec();
            prefix[at] = with;
            let mut body = Vec::new();
            match kind_of(base).is_padded() {
                true => padding::pad_into(&mut body, &plaintext),
                false => body.clone_from(&plaintext),
            }
            let made = with_place(&base["place"], |context| sealed_raw(&key, &prefix, &nonce, context, &body));
            json!({ "name": format!("{field} {with}"), "bytes": hex(&made) })
        })
        .to_vec()
}

fn wrong_kind(base: &Value) -> Vec<Value> {
    let others = (1..=8).filter(|kind| *kind != number(base, "kind"));
    others.map(|kind| json!({ "name": format!("expected kind {kind}"), "kind": kind })).collect()
}

fn wrong_key(base: &Value) -> Vec<Value> {
    let key: [u8; 32] = array(base, "key");
    let changed = [0, 15, 31].map(|at| {
        let mut key = key;
        key[at] ^= 0x80;
        json!({ "name": format!("byte {at} of the key"), "key": hex(&key) })
    });
    changed.into_iter().chain([json!({ "name": "zeros", "key": hex(&[0; 32]) })]).collect()
}

fn bad_padding(base: &Value) -> Vec<Value> {
    if !kind_of(base).is_padded() {
        return Vec::new();
    }
    let (key, nonce, plaintext) = (array(base, "key"), array(base, "nonce"), bytes(base, "plaintext"));
    let mut good = Vec::new();
    padding::pad_into(&mut good, &plaintext);
    let mut bodies = vec![
        ("a class too large", [&good[..], &[0; 256]].concat()),
        ("one zero too few", good[..good.len() - 1].to_vec()),
        ("no padding at all", good[..4 + plaintext.len()].to_vec()),
        ("shorter than its length field", vec![0, 0]),
        ("empty", Vec::new()),
    ];
    for (name, at, with) in [
        ("a one at the end", good.len() - 1, 1),
        ("a one after the record", 4 + plaintext.len(), 1),
        ("a length beyond the end", 2, 1),
        ("the longest length", 0, 0xff),
    ] {
        let mut body = good.clone();
        body[at] = with;
        bodies.push((name, body));
    }
    let prefix = &bytes(base, "bytes")[..12];
    bodies
        .into_iter()
        .map(|(name, body)| {
            let made = with_place(&base["place"], |context| sealed_raw(&key, prefix, &nonce, context, &body));
            json!({ "name": name, "bytes": hex(&made) })
        })
        .collect()
}

#[test]
fn invalid_envelopes_are_refused() {
    let mut refused = 0;
    for (name, about, make) in WRONG {
        let file = frozen(&format!("envelope/{name}.json"), || make_wrong(about, make));
        for group in file["groups"].as_array().unwrap() {
            let base = &group["base"];
            // The base itself opens: nothing but the named fault is wrong.
            with_place(&base["place"], |context| {
                assert!(open(&array(base, "key"), kind_of(base), context, &bytes(base, "bytes")).is_ok());
            });
            for case in group["cases"].as_array().unwrap() {
                let mut vector = base.clone();
                vector.as_object_mut().unwrap().extend(case.as_object().unwrap().clone());
                let wrong = with_place(&vector["place"], |context| {
                    open(&array(&vector, "key"), kind_of(&vector), context, &bytes(&vector, "bytes")).err()
                });
                assert_eq!(wrong, Some(Refused), "{name}: {}", text(case, "name"));
                refused += 1;
            }
        }
    }
    assert!(refused >= 500, "{refused}");
}
