//! The encryption context: authenticated, order-free, and one map is never
//! taken for another.

use super::*;

/// The emulator that joins the map without lengths opens one under the other.
#[test]
fn the_same_letters_divided_otherwise_are_another_context() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    let pairs: [&[(&str, &str)]; 7] = [
        &[("ab", "c")],
        &[("a", "bc")],
        &[("abc", "")],
        &[("", "abc")],
        &[],
        &[("a", "b"), ("c", "")],
        &[("a", ""), ("b", "c")],
    ];
    let contexts = pairs.map(context);
    for (n, under) in contexts.iter().enumerate() {
        let ciphertext = encrypt(&kms, &key, b"payload", under);
        for (m, other) in contexts.iter().enumerate() {
            let opened = decrypt(&kms, &ciphertext, other);
            match n == m {
                true => assert_eq!(opened.unwrap(), b"payload"),
                false => assert!(matches!(opened, Err(KmsError::InvalidCiphertext)), "{n} {m}"),
            }
        }
    }
}

#[test]
fn the_order_of_the_pairs_is_nothing_and_their_case_is() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    let ciphertext = encrypt(&kms, &key, b"payload", &context(&[("tenant", "blue"), ("app", "shop")]));
    assert_eq!(decrypt(&kms, &ciphertext, &context(&[("app", "shop"), ("tenant", "blue")])).unwrap(), b"payload");
    for wrong in
        [&[("app", "shop")][..], &[("app", "shop"), ("tenant", "Blue")], &[("App", "shop"), ("tenant", "blue")]]
    {
        assert!(matches!(decrypt(&kms, &ciphertext, &context(wrong)), Err(KmsError::InvalidCiphertext)), "{wrong:?}");
    }
}
