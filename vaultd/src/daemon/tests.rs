use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use super::*;
use crate::accounts::SystemAccounts;
use crate::config::SocketMode;
use crate::testing::{Fake, TempDir, TestLock, frame_of, until};

fn connect(path: &std::path::Path) -> UnixStream {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(b"VLTP\x01\x01\x01\x00").unwrap();
    stream.read_exact(&mut [0; 8]).unwrap();
    stream
}

fn ask(stream: &mut UnixStream, payload: &[u8]) -> Vec<u8> {
    stream.write_all(&frame_of(payload)).unwrap();
    let mut answer = vec![0; payload.len() + 9];
    stream.read_exact(&mut answer).unwrap();
    answer.split_off(4)
}

fn daemon(dir: &TempDir, threads: usize) -> Daemon<Fake> {
    Daemon {
        service: Fake::default(),
        socket: Socket::bind(&dir.path().join("s"), SocketMode::OWNER, &TestLock).unwrap(),
        imperal: None,
        aws_kms: None,
        policy: Policy::new(rustix::process::geteuid().as_raw()),
        accounts: Arc::new(SystemAccounts),
        reload: None,
        unseal: Unseal::WhenListening,
        threads,
    }
}

#[test]
fn several_threads_serve_one_socket_and_all_end() {
    let dir = TempDir::new();
    let daemon = daemon(&dir, 3);
    let (sender, started) = channel();
    let running = thread::spawn(move || {
        daemon.run(|stop, service| {
            sender.send((stop, Arc::clone(service))).unwrap();
            Ok(())
        })
    });
    let (stop, service) = started.recv().unwrap();
    let clients: Vec<_> = (0..30)
        .map(|n| {
            let path = dir.path().join("s");
            thread::spawn(move || {
                let mut client = connect(&path);
                for _ in 0..50 {
                    assert_eq!(ask(&mut client, format!("{n}").as_bytes()), format!("echo:{n}").as_bytes());
                }
                client
            })
        })
        .collect();
    let idle: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    assert_eq!(service.uids.lock().unwrap().len(), 30, "every connection has its own number");
    until("unsealed", || Fake::count(&service.unsealed) == 1);
    stop.stop();
    running.join().unwrap().unwrap();
    assert_eq!(Fake::count(&service.shut_down), 1);
    assert_eq!(Fake::count(&service.closed), 30);
    for mut client in idle {
        assert_eq!(client.read(&mut [0; 1]).unwrap(), 0);
    }
    assert!(!dir.path().join("s").exists());
}

#[test]
fn what_never_ends_is_cut_and_the_vault_is_sealed_all_the_same() {
    let dir = TempDir::new();
    let daemon = daemon(&dir, 2);
    let (sender, started) = channel();
    let running = thread::spawn(move || {
        daemon.run(|stop, service| {
            sender.send((stop, Arc::clone(service))).unwrap();
            Ok(())
        })
    });
    let (stop, service) = started.recv().unwrap();
    let mut stuck = connect(&dir.path().join("s"));
    stuck.write_all(&frame_of(b"slow for ever")).unwrap();
    until("queued", || service.queued() == 1);
    stop.stop();
    running.join().unwrap().unwrap();
    assert_eq!((Fake::count(&service.shut_down), Fake::count(&service.closed)), (1, 1));
}

#[test]
fn failing_to_get_ready_ends_and_seals() {
    let dir = TempDir::new();
    let kept = Mutex::new(None);
    let failed = daemon(&dir, 2).run(|_, service| {
        *kept.lock().unwrap() = Some(Arc::clone(service));
        Err(Failure::new(Exit::Usage, "no"))
    });
    assert_eq!(failed.unwrap_err().exit(), Exit::Usage);
    let service = kept.into_inner().unwrap().unwrap();
    assert_eq!((Fake::count(&service.shut_down), Fake::count(&service.unsealed)), (1, 0));
    assert!(!dir.path().join("s").exists());
}
