//! What must hold.

use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::child::{Daemon, Dir, ask, command, err, hello, out, run, run_with};

type Case = fn();

pub const ALL: [(&str, Case); 19] = [
    ("usage_is_exit_2", usage_is_exit_2),
    ("check_config_prints_or_tells", check_config_prints_or_tells),
    ("init_makes_a_private_key_file_and_tells_the_recovery_key", init_key_file),
    ("init_overwrites_nothing_and_leaves_nothing", init_leaves_nothing),
    ("init_writes_a_credential_and_nothing_else", init_credential),
    ("init_reads_a_passphrase", init_passphrase),
    ("restore_verify_check_tell_and_exit", restore_verify_check),
    ("serve_answers_and_term_drains_and_seals", serve_and_term),
    ("serve_refuses_a_development_vault", serve_refuses_development),
    ("serve_refuses_a_second_daemon_and_an_open_directory", serve_refuses),
    ("serve_replaces_the_socket_of_a_killed_daemon", serve_after_kill),
    ("hup_reloads_and_a_bad_file_changes_nothing", hup),
    ("systemd_is_told_and_passes_a_socket", systemd),
    ("a_wrong_key_keeps_it_sealed_and_listening", wrong_key),
    ("out_of_descriptors_it_turns_away_and_does_not_spin", descriptors),
    ("dev_keeps_its_directory", dev_dir),
    ("dev_ephemeral_leaves_nothing", dev_ephemeral),
    ("dev_runs_a_command_and_ends_with_its_status", dev_command),
    ("dev_term_ends_the_command_too", dev_term),
];

fn usage_is_exit_2() {
    for args in [
        &["no-such"][..],
        &["init", "--vault", "v"],
        &["init", "--vault", "v", "--passphrase-stdin", "--key-file", "k"],
        &["init", "--vault", "v", "--credential-out", "file"],
        &["serve", "--key-file", "k", "--credential", "c"],
        &["serve", "--socket-mode", "0999"],
        &["serve"],
        &["dev", "--dir", "d", "--ephemeral"],
        &["restore", "b"],
        &["verify"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", err(&output));
        assert!(!output.stderr.is_empty());
    }
    assert_eq!(run(&["--help"]).status.code(), Some(0));
    assert!(out(&run(&["--version"])).starts_with("vaultd "));
}

fn check_config_prints_or_tells() {
    let dir = Dir::new();
    let good = dir.write("good.toml", "vault = \"/v/db\"\nsocket = \"/r/s\"\n[limits]\nfd_reserve = 9\n");
    let output = run(&["check-config", &good]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("fd_reserve = 9\n") && out(&output).contains("max_in_flight_per_uid = 16\n"));
    let again = dir.write("again.toml", &out(&output));
    assert_eq!(out(&run(&["check-config", &again])), out(&output));

    let bad = dir.write("bad.toml", "vault = \"/v/db\"\nsokcet = \"/r/s\"\n");
    let output = run(&["check-config", &bad]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).starts_with(&format!("vaultd: {bad}:2:1: unknown field `sokcet`")), "{}", err(&output));
    assert_eq!(err(&output).lines().count(), 1);
    let log = dir.write("log.toml", "vault = \"/v/db\"\nsocket = \"/r/s\"\nlog = \"vaultd=loud\"\n");
    assert_eq!(run(&["check-config", &log]).status.code(), Some(2));
}

fn init_key_file() {
    let dir = Dir::new();
    let (vault, key) = (dir.file("vault.db"), dir.file("key"));
    let output = run(&["init", "--vault", &vault, "--key-file", &key]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let made = fs::metadata(&key).unwrap();
    assert_eq!((made.mode() & 0o7777, made.len()), (0o600, 32));
    assert!(out(&output).contains("RECO-VERY"));
    assert!(err(&output).contains("event: init key-file recovery=true owner=None"));
    assert!(err(&output).contains("own filesystem"), "{}", err(&output));

    let output = run(&["init", "--vault", &dir.file("v2"), "--existing-key-file", &key, "--no-recovery"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!out(&output).contains("RECO-VERY"));
    let output = run(&["init", "--vault", &dir.file("v3"), "--existing-key-file", &key, "--owner", "no-such-user"]);
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
}

fn init_leaves_nothing() {
    let dir = Dir::new();
    let (vault, key) = (dir.write("vault.db", "precious"), dir.file("key"));
    let output = run(&["init", "--vault", &vault, "--key-file", &key]);
    assert_eq!(output.status.code(), Some(6), "{}", err(&output));
    assert_eq!(fs::read_to_string(&vault).unwrap(), "precious");
    assert!(!Path::new(&key).exists());

    let taken = dir.write("taken", "precious");
    let output = run(&["init", "--vault", &dir.file("v"), "--key-file", &taken]);
    assert_eq!(output.status.code(), Some(6), "{}", err(&output));
    assert!(err(&output).contains("hint: use --existing-key-file"));
    assert_eq!(fs::read_to_string(&taken).unwrap(), "precious");

    let output = run(&["init", "--vault", &dir.file("fails"), "--key-file", &key]);
    assert_eq!(output.status.code(), Some(11), "{}", err(&output));
    assert!(err(&output).ends_with("vaultd: disk full (hint: make room)\n"));
    assert!(!Path::new(&key).exists(), "a key to nothing must not block the next try");
}

fn init_credential() {
    let dir = Dir::new();
    let output = run(&["init", "--vault", &dir.file("v"), "--credential-out", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(output.stdout.len(), 32);
    assert!(err(&output).contains("RECO-VERY"));
}

fn init_passphrase() {
    let dir = Dir::new();
    let init = |name: &str, input: &[u8]| run_with(&["init", "--vault", &dir.file(name), "--passphrase-stdin"], input);
    assert_eq!(init("a", b"correct horse battery\n").status.code(), Some(0));
    assert_eq!(init("b", b"short\n").status.code(), Some(2));
    assert_eq!(init("c", b"").status.code(), Some(2));
    let output = run(&["init", "--vault", &dir.file("d"), "--passphrase-prompt"]);
    assert_eq!(output.status.code(), Some(2), "nobody is there to type: {}", err(&output));
    for name in ["b", "c", "d"] {
        assert!(!Path::new(&dir.file(name)).exists());
    }
}

fn restore_verify_check() {
    let dir = Dir::new();
    let (whole, torn, key) = (dir.write("whole", "whole"), dir.write("torn", "torn"), dir.file("key"));
    fs::write(&key, [7; 32]).unwrap();
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();

    let output = run(&["restore", &whole, "--vault", &dir.file("new"), "--key-file", &key, "--owner", "root"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("event: restore by key owner=Some(0)"));
    assert!(out(&output).contains(&"11".repeat(16)));
    let output = run_with(&["restore", &whole, "--vault", &dir.file("new"), "--recovery-key-stdin"], b"R");
    assert_eq!(output.status.code(), Some(6), "{}", err(&output));

    let output = run_with(&["verify", &whole, "--passphrase-stdin", "--json"], b"pass\n");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((told["verified"].as_bool(), told["records"].as_u64()), (Some(true), Some(3)));
    let output = run_with(&["verify", &torn, "--recovery-key-stdin", "--json"], b"R");
    assert_eq!(output.status.code(), Some(8));
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["verified"].as_bool(), Some(false));
    let error = err(&output);
    let error: serde_json::Value = serde_json::from_str(error.lines().last().unwrap()).unwrap();
    assert_eq!((error["code"].as_str(), error["retryable"].as_bool()), (Some("corrupt"), Some(false)));
    assert!(error["hint"].is_string());
    assert_eq!(run(&["verify", &dir.file("none"), "--key-file", &key]).status.code(), Some(3));
    assert_eq!(run(&["verify", &whole]).status.code(), Some(2), "nobody is there to type");

    let output = run(&["check", "--vault", &whole, "--key-file", &key]);
    assert_eq!(output.status.code(), Some(8), "{}", err(&output));
    assert!(err(&output).contains("whole.audit") && err(&output).contains("--accept-damage"));
    assert_eq!(run(&["check", "--vault", &whole, "--key-file", &key, "--accept-damage"]).status.code(), Some(0));
}

/// A vault with a key, and the arguments to serve it.
fn vault(dir: &Dir) -> Vec<String> {
    let (vault, key) = (dir.file("vault.db"), dir.file("key"));
    assert_eq!(run(&["init", "--vault", &vault, "--key-file", &key]).status.code(), Some(0));
    ["serve", "--vault", &vault, "--socket", &dir.file("s"), "--key-file", &key].map(str::to_owned).to_vec()
}

fn serve(args: &[String]) -> Daemon {
    Daemon::start(command(&args.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn serve_and_term() {
    let dir = Dir::new();
    let args = vault(&dir);
    for signal in [Signal::TERM, Signal::INT] {
        let mut daemon = serve(&args);
        daemon.says("event: auto_unseal true");
        for step in ["no core dumps: yes", "not dumpable: yes", "no new privileges: yes", "umask 077): yes"] {
            assert!(daemon.seen.iter().any(|line| line.contains(step)), "{step}: {:#?}", daemon.seen);
        }
        let (mut idle, status) = hello(dir.file("s")).unwrap();
        assert_eq!((status, ask(&mut idle, b"x").unwrap()), (0, b"x".to_vec()));
        assert_eq!(fs::metadata(dir.file("s")).unwrap().mode() & 0o7777, 0o666);
        daemon.signal(signal);
        daemon.says("event: shut_down");
        assert_eq!(daemon.ends(), Some(0));
        assert!(ask(&mut idle, b"x").is_err());
        assert!(!Path::new(&dir.file("s")).exists());
    }
}

fn serve_refuses_development() {
    let dir = Dir::new();
    dir.write("vault.db", "development");
    let output = run(&["serve", "--vault", &dir.file("vault.db"), "--socket", &dir.file("s")]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(!Path::new(&dir.file("s")).exists());
}

fn serve_refuses() {
    let dir = Dir::new();
    let args = vault(&dir);
    let mut first = serve(&args);
    first.says("listening");
    let refs: Vec<_> = args.iter().map(String::as_str).collect();
    assert_eq!(run(&refs).status.code(), Some(6));
    // Another vault on the same socket.
    dir.write("other.db", "production");
    let output = run(&["serve", "--vault", &dir.file("other.db"), "--socket", &dir.file("s")]);
    assert_eq!(output.status.code(), Some(6), "{}", err(&output));
    assert!(err(&output).contains("another daemon answers"));
    assert!(hello(dir.file("s")).is_ok());

    let open = dir.file("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let output = run(&["serve", "--vault", &dir.file("other.db"), "--socket", &format!("{open}/s")]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
}

fn serve_after_kill() {
    let dir = Dir::new();
    let args = vault(&dir);
    let mut first = serve(&args);
    first.says("listening");
    first.signal(Signal::KILL);
    first.ends();
    assert!(fs::symlink_metadata(dir.file("s")).unwrap().file_type().is_socket());
    fs::remove_file(dir.file("vault.lock")).unwrap();
    let mut second = serve(&args);
    second.says("listening");
    assert!(hello(dir.file("s")).is_ok());
}

fn hup() {
    let dir = Dir::new();
    let mut args = vault(&dir);
    let config = dir.write("c.toml", "[limits]\nmax_connections_per_uid = 5\n");
    args.extend(["--config".to_owned(), config]);
    let mut daemon = serve(&args);
    daemon.says("auto_unseal");
    dir.write("c.toml", "[limits]\nmax_connections_per_uid = 1\n");
    daemon.signal(Signal::HUP);
    daemon.says("event: reload max_connections_per_uid=1");
    daemon.says("event: reopen_audit");
    let (mut first, status) = hello(dir.file("s")).unwrap();
    assert_eq!((status, hello(dir.file("s")).unwrap().1), (0, 3));

    dir.write("c.toml", "[limits]\nmax_connections_per_uid = 0\n");
    daemon.signal(Signal::HUP);
    daemon.says("not reloaded");
    daemon.says("event: reopen_audit");
    assert_eq!(hello(dir.file("s")).unwrap().1, 3);
    assert_eq!(ask(&mut first, b"goes on").unwrap(), b"goes on");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ends(), Some(0));
}

fn systemd() {
    let dir = Dir::new();
    let args = vault(&dir);
    let notify = UnixDatagram::bind(dir.file("notify")).unwrap();
    notify.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut told = String::new();
    let mut hears = |part: &str| {
        while !told.contains(part) {
            let mut buffer = [0; 4096];
            let len = notify.recv(&mut buffer).unwrap_or_else(|error| panic!("{part}: {error}; heard {told}"));
            told.push_str(std::str::from_utf8(&buffer[..len]).unwrap());
            told.push('\n');
        }
        told.clear();
    };
    // As systemd does it: the socket is descriptor 3, and LISTEN_FDS says so.
    let passed = UnixListener::bind(dir.file("passed")).unwrap();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\""]);
    command.arg(std::env::current_exe().unwrap()).args(&args).env("VAULTD_TEST_CHILD", "1");
    command.stdin(OwnedFd::from(passed)).stderr(std::process::Stdio::piped());
    command.env("NOTIFY_SOCKET", dir.file("notify"));
    let mut daemon = Daemon::start(command);
    // Even before it has started, a client only waits.
    let (mut client, status) = hello(dir.file("passed")).unwrap();
    assert_eq!((status, ask(&mut client, b"x").unwrap()), (0, b"x".to_vec()));
    hears("READY=1");
    hears("STATUS=unsealed");
    assert!(!Path::new(&dir.file("s")).exists(), "a passed socket is the only one");
    daemon.signal(Signal::HUP);
    hears("RELOADING=1");
    hears("READY=1");
    daemon.signal(Signal::TERM);
    hears("STOPPING=1");
    assert_eq!(daemon.ends(), Some(0));
    assert!(Path::new(&dir.file("passed")).exists(), "its name is systemd's");
}

fn wrong_key() {
    let dir = Dir::new();
    let args = vault(&dir);
    fs::set_permissions(dir.file("key"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let mut daemon = serve(&args);
    daemon.says("stays sealed");
    assert!(hello(dir.file("s")).is_ok());
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ends(), Some(0));
}

fn descriptors() {
    let dir = Dir::new();
    let mut args = vault(&dir);
    let config = dir.write("c.toml", "[limits]\nfd_reserve = 8\nmax_connections_per_uid = 1000\n");
    args.extend(["--config".to_owned(), config]);
    // The gate counts on 48 descriptors; the runtime and the standard ones take some of its 40.
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "ulimit -n 48; exec \"$0\" \"$@\" 7</dev/null 8</dev/null 9</dev/null"]);
    command.arg(std::env::current_exe().unwrap()).args(&args).env("VAULTD_TEST_CHILD", "1");
    command.stderr(std::process::Stdio::piped());
    let mut daemon = Daemon::start(command);
    daemon.says("auto_unseal");
    let mut kept: Vec<UnixStream> = Vec::new();
    let mut turned_away = 0;
    for _ in 0..100 {
        match hello(dir.file("s")) {
            Ok((stream, 0)) => kept.push(stream),
            Ok((_, status)) => {
                assert_eq!(status, 3);
                turned_away += 1;
            }
            Err(error) => panic!("{error} after {} kept and {turned_away} turned away", kept.len()),
        }
    }
    daemon.says("out of descriptors");
    assert!(kept.len() >= 20 && turned_away >= 50, "{} kept, {turned_away} turned away", kept.len());
    for stream in &mut kept {
        assert_eq!(ask(stream, b"x").unwrap(), b"x");
    }
    let before = processor_time(daemon.pid());
    std::thread::sleep(Duration::from_millis(500));
    assert!(processor_time(daemon.pid()) - before < 10, "it spins");
    kept.clear();
    let until = Instant::now() + Duration::from_secs(5);
    while hello(dir.file("s")).map(|(_, status)| status).unwrap_or(3) != 0 {
        assert!(Instant::now() < until, "does not recover");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// In hundredths of a second.
fn processor_time(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    let fields: Vec<&str> = after_name.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn dev_dir() {
    let dir = Dir::new();
    let place = dir.file("dev");
    let seed = dir.write("seed.toml", "[users.self]\ntoken = \"abc\"\n");
    for first in [true, false] {
        let mut daemon = Daemon::start(command(&["dev", "--dir", &place, "--seed", &seed]));
        daemon.says("event: seed uid:");
        assert_eq!(daemon.seen.iter().any(|line| line.contains("event: init")), first);
        let socket = format!("{place}/vaultd.sock");
        let until = Instant::now() + Duration::from_secs(10);
        while hello(&socket).is_err() {
            assert!(Instant::now() < until);
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(fs::metadata(&socket).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(fs::metadata(&place).unwrap().mode() & 0o7777, 0o700);
        // A closed terminal ends it.
        daemon.signal(if first { Signal::TERM } else { Signal::HUP });
        assert_eq!(daemon.ends(), Some(0));
    }
    let bad = dir.write("bad.toml", "[users.self]\ntoken = CANARY\n");
    let output = run(&["dev", "--dir", &dir.file("other"), "--seed", &bad]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!err(&output).contains("CANARY") && !Path::new(&dir.file("other")).exists());
}

fn dev_ephemeral() {
    let dir = Dir::new();
    let ready = dir.write("ready", "");
    let file = fs::OpenOptions::new().append(true).open(&ready).unwrap();
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
    let number = file.as_raw_fd().to_string();
    let mut daemons: Vec<_> =
        (0..4).map(|_| Daemon::start(command(&["dev", "--ephemeral", "--ready-fd", &number]))).collect();
    let until = Instant::now() + Duration::from_secs(10);
    while fs::read_to_string(&ready).unwrap().lines().count() < 4 {
        assert!(Instant::now() < until, "{}", fs::read_to_string(&ready).unwrap());
        std::thread::sleep(Duration::from_millis(5));
    }
    let told: Vec<serde_json::Value> =
        fs::read_to_string(&ready).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sockets: Vec<_> = told.iter().map(|told| told["socket"].as_str().unwrap().to_owned()).collect();
    for socket in &sockets {
        assert_eq!(hello(socket).unwrap().1, 0);
    }
    for daemon in &mut daemons {
        daemon.signal(Signal::INT);
        assert_eq!(daemon.ends(), Some(0));
    }
    for socket in &sockets {
        assert!(!Path::new(socket).parent().unwrap().exists(), "{socket}");
    }
}

fn dev_command() {
    let dir = Dir::new();
    let mark = dir.file("mark");
    for (script, code) in
        [("test -S \"$VAULTD_SOCKET\" && umask > \"$0\"; exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)]
    {
        let output = run(&["dev", "--ephemeral", "--", "/bin/sh", "-c", script, &mark]);
        assert_eq!(output.status.code(), Some(code), "{}", err(&output));
        assert!(output.stdout.is_empty(), "standard output is the command's");
        assert!(err(&output).contains("event: shut_down"));
    }
    // The command has the umask its caller had, not the daemon's.
    let old = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    rustix::process::umask(old);
    assert_eq!(u32::from_str_radix(fs::read_to_string(&mark).unwrap().trim(), 8).unwrap(), old.as_raw_mode());
    assert_eq!(run(&["dev", "--ephemeral", "--", "/no/such/command"]).status.code(), Some(127));
}

fn dev_term() {
    let dir = Dir::new();
    let mark = dir.file("pid");
    let script = "echo $$ > \"$0\"; exec sleep 600";
    let mut daemon = Daemon::start(command(&["dev", "--ephemeral", "--", "/bin/sh", "-c", script, &mark]));
    let until = Instant::now() + Duration::from_secs(10);
    while fs::read_to_string(&mark).unwrap_or_default().is_empty() {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(5));
    }
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ends(), Some(143));
    let pid = fs::read_to_string(&mark).unwrap();
    assert!(!Path::new(&format!("/proc/{}", pid.trim())).exists());
}
