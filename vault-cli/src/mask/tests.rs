use std::sync::Arc;

use proptest::prelude::*;

use super::*;

fn masked(values: &[&[u8]], chunks: &[&[u8]]) -> Vec<u8> {
    let mut masker = Masker::new(Arc::new(patterns(values)));
    let mut out = Vec::new();
    for chunk in chunks {
        masker.push(chunk, &mut out);
    }
    masker.finish(&mut out);
    out
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The obvious way: mark every occurrence, then replace every run of overlapping ones.
fn plainly(values: &[&[u8]], text: &[u8]) -> Vec<u8> {
    let mut places: Vec<(usize, usize)> = Vec::new();
    for value in values {
        for start in 0..text.len() {
            if text[start..].starts_with(value) {
                places.push((start, start + value.len()));
            }
        }
    }
    places.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (start, end) in places {
        match joined.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    let (mut out, mut at) = (Vec::new(), 0);
    for (start, end) in joined {
        out.extend_from_slice(&text[at..start]);
        out.extend_from_slice(b"***");
        at = end;
    }
    out.extend_from_slice(&text[at..]);
    out
}

#[test]
fn a_value_in_one_piece_and_in_many() {
    assert_eq!(masked(&[b"hunter2"], &[b"token=hunter2\n"]), b"token=***\n");
    assert_eq!(masked(&[b"hunter2"], &[b"token=hun", b"te", b"r", b"2\n"]), b"token=***\n");
    assert_eq!(masked(&[b"hunter2"], &[b"hunhunter2hun"]), b"hun***hun");
    assert_eq!(masked(&[], &[b"nothing to hide"]), b"nothing to hide");
}

#[test]
fn a_value_of_several_lines_and_its_lines() {
    let key: &[u8] = b"-----BEGIN KEY-----\nMIIEvQIBADAN\n{\n-----END KEY-----\n";
    assert_eq!(masked(&[key], &[b"a\n", &key[..25], &key[25..], b"b"]), b"a\n***b");
    // Indented, with CRLF, or without the last line feed.
    assert_eq!(masked(&[key], &[b"  MIIEvQIBADAN\r\n{\r\n"]), b"  ***\r\n{\r\n");
    assert_eq!(masked(&[key], &[key.trim_ascii_end(), b" "]), b"*** ");
}

#[test]
fn only_what_may_be_a_value_is_held_back() {
    let mut masker = Masker::new(Arc::new(patterns(&[b"hunter2"])));
    let mut out = Vec::new();
    masker.push(b"Password: ", &mut out);
    assert_eq!(out, b"Password: ");
    masker.push(b"hunt", &mut out);
    assert_eq!(out, b"Password: ");
    masker.push(b"ing", &mut out);
    assert_eq!(out, b"Password: hunting");
}

#[test]
fn an_endless_run_of_overlapping_values_needs_no_memory() {
    let mut masker = Masker::new(Arc::new(patterns(&[b"aa"])));
    let mut out = Vec::new();
    for _ in 0..100 {
        masker.push(&[b'a'; 10_000], &mut out);
    }
    assert!(masker.pending.len() <= 2 && masker.masks.len() <= 1);
    masker.finish(&mut out);
    assert_eq!(out, b"***");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// A small alphabet makes overlaps, prefixes of values and values within values common.
    #[test]
    fn any_chunking_hides_every_value_and_nothing_else(
        values in prop::collection::vec(prop::collection::vec(b'a'..b'd', 1..6), 0..5),
        text in prop::collection::vec(b'a'..b'e', 0..200),
        cuts in prop::collection::vec(1_usize..12, 1..60),
    ) {
        let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
        let (mut chunks, mut rest) = (Vec::new(), text.as_slice());
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break }
            let (chunk, after) = rest.split_at((*cut).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        let out = masked(&values, &chunks);
        prop_assert_eq!(&out, &plainly(&values, &text));
        for value in &values {
            prop_assert!(!contains(&out, value));
        }
    }

    /// Real sizes: values inserted into noise at known places come out as marks.
    #[test]
    fn values_among_noise(
        values in prop::collection::vec(prop::collection::vec(128_u8.., 8..300), 1..4),
        noise in prop::collection::vec(prop::collection::vec(0_u8..127, 0..50), 4..8),
        order in prop::collection::vec(0_usize..4, 3),
        cut in 1_usize..80,
    ) {
        let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
        let (mut text, mut expected) = (Vec::new(), Vec::new());
        for (i, quiet) in noise.iter().enumerate() {
            text.extend_from_slice(quiet);
            expected.extend_from_slice(quiet);
            if let Some(value) = order.get(i).and_then(|pick| values.get(*pick)) {
                text.extend_from_slice(value);
                expected.extend_from_slice(b"***");
                // Keeps two values apart, so that they do not make a third.
                text.push(b'|');
                expected.push(b'|');
            }
        }
        let chunks: Vec<&[u8]> = text.chunks(cut).collect();
        prop_assert_eq!(masked(&values, &chunks), expected);
    }
}
