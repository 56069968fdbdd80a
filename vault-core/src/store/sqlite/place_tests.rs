use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

/// A directory fit for a vault, and a vault's path in it.
fn fit() -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let vault = directory.path().join("vault");
    (directory, vault)
}

fn mode(path: &Path, bits: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(bits)).unwrap();
}

/// The problem a refusal names.
fn problem<T>(answer: Result<T, StoreError>) -> String {
    match answer {
        Err(StoreError::Place { problem, .. }) => problem,
        Err(other) => panic!("refused as {other:?}"),
        Ok(_) => panic!("accepted"),
    }
}

#[test]
fn a_private_directory_is_fit_and_the_new_file_is_private_too() {
    let (_directory, vault) = fit();
    let place = Place::open(&vault).unwrap();
    assert_eq!(place.judge().unwrap(), None);
    let made = place.create().unwrap();
    assert_eq!(fs::metadata(&vault).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(place.judge().unwrap(), Some(made));
    place.still_leads_to(made).unwrap();
    assert!(place.free_bytes().unwrap() > 0);
}

#[test]
fn a_directory_others_can_write_in_is_refused() {
    for bits in [0o770, 0o707, 0o777, 0o1777] {
        let (directory, vault) = fit();
        mode(directory.path(), bits);
        assert!(problem(Place::open(&vault)).contains("others can write"), "{bits:o}");
        mode(directory.path(), 0o755);
        Place::open(&vault).unwrap();
    }
}

#[test]
fn a_link_in_place_of_the_directory_is_refused_with_and_without_a_slash() {
    let (directory, vault) = fit();
    let link = directory.path().with_extension("link");
    symlink(directory.path(), &link).unwrap();
    let answers = ["vault", "/vault", "./vault"].map(|rest| {
        let mut path = link.clone().into_os_string();
        path.push("/");
        path.push(rest);
        problem(Place::open(Path::new(&path)))
    });
    fs::remove_file(&link).unwrap();
    assert!(answers.iter().all(|answer| answer.contains("symbolic link")), "{answers:?}");
    Place::open(&vault).unwrap();
}

#[test]
fn a_link_further_up_is_resolved_before_sqlite_sees_it() {
    let (directory, _) = fit();
    fs::create_dir_all(directory.path().join("real/inner")).unwrap();
    symlink(directory.path().join("real"), directory.path().join("link")).unwrap();
    let place = Place::open(&directory.path().join("link/inner/vault")).unwrap();
    assert_eq!(place.path(), directory.path().canonicalize().unwrap().join("real/inner/vault"));
}

#[test]
fn a_missing_directory_a_file_and_no_name_are_refused() {
    let (directory, vault) = fit();
    assert!(problem(Place::open(&directory.path().join("none/vault"))).contains("no such directory"));
    fs::write(&vault, b"").unwrap();
    assert!(problem(Place::open(&vault.join("vault"))).contains("not a directory"));
    assert!(problem(Place::open(Path::new("/"))).contains("does not name a file"));
    assert!(problem(Place::open(&directory.path().join(".."))).contains("does not name a file"));
}

#[test]
fn a_vault_file_that_is_not_ours_alone_is_refused() {
    for suffix in SIDE_FILES.into_iter().chain([""]) {
        let (directory, vault) = fit();
        let place = Place::open(&vault).unwrap();
        let file = place.path_with(suffix);

        fs::write(&file, b"x").unwrap();
        for bits in [0o640, 0o604, 0o660, 0o700 | 0o001] {
            mode(&file, bits);
            assert!(problem(place.judge()).contains("others can read or write"), "{suffix} {bits:o}");
        }
        mode(&file, 0o600);
        place.judge().unwrap();

        let second = directory.path().join("second");
        fs::hard_link(&file, &second).unwrap();
        assert!(problem(place.judge()).contains("hard link"), "{suffix}");
        fs::remove_file(&file).unwrap();

        symlink(&second, &file).unwrap();
        assert!(problem(place.judge()).contains("not a regular file"), "{suffix}");
        fs::remove_file(&file).unwrap();

        fs::create_dir(&file).unwrap();
        assert!(problem(place.judge()).contains("not a regular file"), "{suffix}");
    }
}

#[test]
fn another_owner_is_foreign_to_all_but_root() {
    assert!(is_foreign(1001, 1002) && is_foreign(1001, 0));
    assert!(!is_foreign(1001, 1001) && !is_foreign(0, 1001));
}

/// Root prepares the vault of the account that will serve it, and leaves no file
/// behind that the account could not open. Only root can give files away.
#[test]
fn root_prepares_for_another_account() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: not root");
        return;
    }
    let (directory, vault) = fit();
    std::os::unix::fs::chown(directory.path(), Some(1001), Some(1001)).unwrap();
    let store = crate::store::sqlite::SqliteStore::create(&vault).unwrap();
    drop(store);
    let owner = |name: &str| rustix::fs::stat(directory.path().join(name)).unwrap().st_uid;
    let lock = format!("{}.lock", vault.file_name().unwrap().to_str().unwrap());
    assert_eq!(owner(&lock), 1001);
}

#[test]
fn what_an_older_vault_left_stops_a_new_one() {
    for suffix in SIDE_FILES {
        let (_directory, vault) = fit();
        let place = Place::open(&vault).unwrap();
        fs::write(place.path_with(suffix), b"x").unwrap();
        mode(&place.path_with(suffix), 0o600);
        assert!(problem(place.create()).contains("left over"), "{suffix}");
        assert!(!vault.exists());
    }
}

#[test]
fn creating_never_opens_what_is_there() {
    let (directory, vault) = fit();
    let place = Place::open(&vault).unwrap();
    let target = directory.path().join("target");
    symlink(&target, &vault).unwrap();
    assert!(problem(place.create()).contains("exists already"));
    assert!(!target.exists(), "nothing was made behind the link");
}

#[test]
fn a_file_swapped_after_it_was_judged_is_noticed() {
    let (directory, vault) = fit();
    let place = Place::open(&vault).unwrap();
    let judged = place.create().unwrap();
    fs::rename(&vault, directory.path().join("away")).unwrap();
    fs::write(&vault, b"other").unwrap();
    mode(&vault, 0o600);
    assert!(problem(place.still_leads_to(judged)).contains("replaced"));
}

#[test]
fn network_file_systems_are_refused_by_name_and_local_ones_are_not() {
    let path = Path::new("/somewhere");
    for (magic, name) in
        [(0x0102_1997, "9p"), (0x6969, "NFS"), (0x517b, "SMB"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB")]
    {
        let said = problem(refuse_network(path, magic));
        assert!(said.contains(name) && said.contains("local disk"), "{said}");
    }
    // As a machine with a signed 32-bit field would hand it over.
    assert!(refuse_network(path, 0xffff_ffff_ff53_4d42).is_err());
    for local in [0xef53, 0x0102_1994, 0x9123_683e, 0x5846_5342, 0x794c_7630] {
        refuse_network(path, local).unwrap();
    }
}
