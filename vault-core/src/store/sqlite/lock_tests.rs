use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;

use super::*;

fn place() -> (TempDir, Place) {
    let directory = TempDir::new().unwrap();
    let place = Place::open(&directory.path().join("vault")).unwrap();
    (directory, place)
}

#[test]
fn the_second_is_told_who_the_first_is_and_follows_when_it_is_gone() {
    let (_directory, place) = place();
    let first = Lock::take(&place).unwrap();
    let Err(StoreError::Held { holder }) = Lock::take(&place) else { panic!("two holders") };
    assert!(holder.starts_with(&format!("pid {}, ", std::process::id())), "{holder}");
    drop(first);
    let file = place.path_with(SUFFIX);
    assert_eq!(fs::metadata(&file).unwrap().len(), 0, "no name is left behind");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let _second = Lock::take(&place).unwrap();
}

#[test]
fn of_many_that_race_exactly_one_wins() {
    const RACERS: usize = 50;
    const ROUNDS: usize = 20;
    let (_directory, place) = place();
    for round in 0..ROUNDS {
        let (start, done) = (Barrier::new(RACERS), Barrier::new(RACERS));
        let winners = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..RACERS {
                scope.spawn(|| {
                    start.wait();
                    let lock = Lock::take(&place);
                    match &lock {
                        Ok(_) => _ = winners.fetch_add(1, Ordering::Relaxed),
                        Err(StoreError::Held { .. }) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                    // Held until all have tried.
                    done.wait();
                });
            }
        });
        assert_eq!(winners.into_inner(), 1, "round {round}");
    }
}

#[test]
fn a_link_or_an_open_file_in_its_place_is_refused() {
    let (directory, place) = place();
    let file = place.path_with(SUFFIX);
    let target = directory.path().join("target");
    symlink(&target, &file).unwrap();
    assert!(matches!(Lock::take(&place), Err(StoreError::Place { .. })));
    assert!(!target.exists());
    fs::remove_file(&file).unwrap();

    fs::write(&file, b"").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Lock::take(&place), Err(StoreError::Place { .. })));
}

#[test]
fn a_holder_s_name_is_bounded_and_plain() {
    let (_directory, place) = place();
    let _held = Lock::take(&place).unwrap();
    fs::write(place.path_with(SUFFIX), [b"\x1b[31m".repeat(100), b"x".repeat(1_000)].concat()).unwrap();
    let Err(StoreError::Held { holder }) = Lock::take(&place) else { panic!("two holders") };
    assert_eq!(holder, "another process");
    fs::write(place.path_with(SUFFIX), b"x".repeat(1_000)).unwrap();
    let Err(StoreError::Held { holder }) = Lock::take(&place) else { panic!("two holders") };
    assert_eq!(holder.len(), HOLDER_MAX);
}

#[test]
fn a_descriptor_that_lives_on_elsewhere_does_not_hold_it() {
    let (_directory, place) = place();
    let lock = Lock::take(&place).unwrap();
    // As a fork in another thread would make one.
    let _inherited = lock.0.try_clone().unwrap();
    drop(lock);
    Lock::take(&place).unwrap();
}
