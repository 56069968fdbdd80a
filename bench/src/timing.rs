//! Does the time a comparison takes tell where it fails? After dudect
//! (Reparaz, Balasch and Verbauwhede, 2017): two classes of input, wrong in the
//! first byte or in the last, in random order; Welch's t-test of their times,
//! over several cuts of the slow tail. |t| beyond 10 is a leak; what is printed
//! for a comparison that stops at the first difference, behind the same work,
//! shows that one of a few nanoseconds would be seen.

use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::time::Instant;

use vault_core::host::Host;
use vault_core::keys::SecretBytes;
use vault_core::seal::recovery::RecoveryKey;
use vault_core::timing::Door;

/// A comparison: input of each class, and what is timed.
struct Subject<'a> {
    name: &'static str,
    inputs: [Vec<u8>; 2],
    check: &'a dyn Fn(&[u8]) -> bool,
}

/// Measures every comparison and prints the largest |t| of each.
pub(super) fn run() {
    let door = Door::make().unwrap();
    let recovery = RecoveryKey::make(&Host::system()).unwrap().to_text();
    let recovery: Vec<u8> = recovery.expose().iter().copied().filter(|byte| *byte != b'-').collect();
    let mac = door.header.len() - 32;
    let subjects = [
        Subject {
            name: "envelope commitment",
            inputs: [36, 67].map(|at| changed(&door.envelope, at)),
            check: &|bytes| door.opens(bytes),
        },
        Subject {
            name: "header MAC",
            inputs: [mac, mac + 31].map(|at| changed(&door.header, at)),
            check: &|bytes| door.is_genuine(bytes),
        },
        Subject {
            name: "token",
            inputs: [0, 31].map(|at| changed(&door.token_hash, at)),
            check: &|hash| door.is_token(hash),
        },
        Subject {
            name: "MAC of a KMS key",
            inputs: [0, 31].map(|at| changed(&door.message_mac, at)),
            check: &|mac| door.verifies(mac),
        },
        Subject {
            name: "recovery key check",
            inputs: [CHECKSUM_FROM, recovery.len() - 1].map(|at| another_symbol(&recovery, at)),
            check: &|text| RecoveryKey::parse(&SecretBytes::from(text)).is_ok(),
        },
    ];
    println!("{:<22} {:>12} {:>24}", "comparison", "max |t|", "max |t|, naive beside it");
    for subject in subjects {
        let t = largest_t(&subject, |_, bytes| (subject.check)(bytes));
        let secret = [7; 32];
        let naive = largest_t(&subject, |class, bytes| {
            let mut given = secret;
            given[31 * class] ^= 1;
            (subject.check)(bytes) | naive(&secret, &given)
        });
        println!("{:<22} {t:>12.1} {naive:>24.1}", subject.name);
    }
    println!("{SAMPLES} samples each; beyond {LEAK} it leaks");
}

/// What must not be done.
#[inline(never)]
fn naive(one: &[u8; 32], other: &[u8; 32]) -> bool {
    for (one, other) in black_box(one).iter().zip(black_box(other)) {
        if black_box(one) != black_box(other) {
            return false;
        }
    }
    true
}

fn largest_t(subject: &Subject<'_>, timed: impl Fn(usize, &[u8]) -> bool) -> f64 {
    let mut samples = Vec::with_capacity(SAMPLES);
    let mut bytes = subject.inputs[0].clone();
    let random = RandomState::new();
    for nth in 0..WARM_UP + SAMPLES {
        let class = (random.hash_one(nth) & 1) as usize;
        bytes.copy_from_slice(&subject.inputs[class]);
        let begun = Instant::now();
        let passed = black_box(timed(class, black_box(&bytes)));
        let took = begun.elapsed().as_nanos() as f64;
        assert!(!passed, "a wrong input passed");
        if nth >= WARM_UP {
            samples.push((class, took));
        }
    }
    let mut sorted: Vec<f64> = samples.iter().map(|(_, took)| *took).collect();
    sorted.sort_by(f64::total_cmp);
    let cuts =
        [0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0].map(|share| sorted[((sorted.len() - 1) as f64 * share) as usize]);
    cuts.into_iter().map(|cut| welch(&samples, cut).abs()).fold(0.0, f64::max)
}

/// Welch's t of the samples up to a time.
fn welch(samples: &[(usize, f64)], cut: f64) -> f64 {
    let [one, other] = [0, 1].map(|class| {
        let times = || samples.iter().filter(|(of, took)| *of == class && *took <= cut).map(|(_, took)| *took);
        let count = times().count() as f64;
        let mean = times().sum::<f64>() / count;
        let variance = times().map(|took| (took - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    });
    let spread = (one.1 + other.1).sqrt();
    if spread > 0.0 { (one.0 - other.0) / spread } else { 0.0 }
}

fn changed(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

fn another_symbol(text: &[u8], at: usize) -> Vec<u8> {
    let mut text = text.to_vec();
    text[at] = if text[at] == b'0' { b'1' } else { b'0' };
    text
}

/// The first symbol of a recovery key that is nothing but checksum.
const CHECKSUM_FROM: usize = 52;
const SAMPLES: usize = 200_000;
const WARM_UP: usize = 5_000;
const LEAK: u32 = 10;
