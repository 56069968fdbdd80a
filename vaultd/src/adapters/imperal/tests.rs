use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::*;
use crate::adapters::http::limits::CONNECTIONS_MAX;
use crate::adapters::http::{Listening, accept};
use crate::config::{Listen, SocketMode};
use crate::testing::{Fake, TestLock};

/// A gateway to a service of no apps, with deadlines that a test can wait for.
struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<std::io::Result<()>>,
    service: Arc<Fake>,
}

fn run(pace: Pace) -> Running {
    let listen: Listen = "127.0.0.1:0".parse().unwrap();
    let listening = Listening::bind(NAME, &listen, SocketMode::OWNER, &TestLock).unwrap();
    let address = listening.address().strip_prefix("http://").unwrap().parse().unwrap();
    let (stop, stopped) = watch::channel(false);
    let service = Arc::new(Fake::default());
    let gateway = Gateway::with(Arc::clone(&service), Hall::new(pace, CONNECTIONS_MAX));
    let accepting = tokio::spawn(accept(listening.share().unwrap(), gateway, stopped));
    Running { address, stop, accepting, service }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn ends(self) {
        self.stop.send_replace(true);
        timeout(SOON, self.accepting).await.expect("every connection ends").unwrap().unwrap();
    }
}

async fn health(stream: &mut TcpStream) {
    stream.write_all(HEALTH).await.unwrap();
    let mut answer = vec![0; 4_096];
    let read = timeout(SOON, stream.read(&mut answer)).await.unwrap().unwrap();
    // The service behind it is never open.
    assert!(answer[..read].starts_with(b"HTTP/1.1 503 Service Unavailable\r\n"));
}

/// How long until the other end ends, in order: a reset is an error.
async fn until_ended(stream: &mut TcpStream) -> Duration {
    let began = Instant::now();
    let mut byte = [0];
    assert_eq!(timeout(SOON, stream.read(&mut byte)).await.expect("it ends").unwrap(), 0);
    began.elapsed()
}

#[tokio::test(flavor = "current_thread")]
async fn an_idle_connection_ends_after_its_time_and_not_by_a_reset() {
    let running = run(Pace { idle: SHORT, ..Pace::default() });
    let (mut never, mut once) = (running.connect().await, running.connect().await);
    health(&mut once).await;
    assert!(until_ended(&mut once).await >= SHORT / 2);
    until_ended(&mut never).await;
    // Each request begins its time anew.
    let mut again = running.connect().await;
    for _ in 0..4 {
        health(&mut again).await;
        tokio::time::sleep(SHORT / 2).await;
    }
    health(&mut again).await;
    drop((never, once, again));
    running.ends().await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_head_that_has_begun_must_end_however_often_bytes_come() {
    let running = run(Pace { head: SHORT, ..Pace::default() });
    let mut slow = running.connect().await;
    health(&mut slow).await;
    let began = Instant::now();
    for byte in HEALTH.iter().cycle() {
        if slow.write_all(&[*byte]).await.is_err() || began.elapsed() > SOON {
            break;
        }
        tokio::time::sleep(SHORT / 8).await;
        let mut ended = [0];
        if let Ok(read) = timeout(Duration::ZERO, slow.read(&mut ended)).await {
            assert!(read.is_err() || read.is_ok_and(|read| read == 0), "no answer to half a request");
            break;
        }
    }
    assert!((SHORT / 2..SOON).contains(&began.elapsed()), "{:?}", began.elapsed());
    running.ends().await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_client_that_does_not_read_its_answers_is_cut() {
    let running = run(Pace { write: SHORT, ..Pace::default() });
    let mut deaf = running.connect().await;
    let many = HEALTH.repeat(1_000);
    let cut = async { while deaf.write_all(&many).await.is_ok() {} };
    timeout(2 * SOON, cut).await.expect("it is cut");
    running.ends().await;
}

#[tokio::test(flavor = "current_thread")]
async fn told_to_stop_it_ends_idle_connections_in_order() {
    let running = run(Pace::default());
    let mut idle = running.connect().await;
    health(&mut idle).await;
    running.stop.send_replace(true);
    assert!(until_ended(&mut idle).await < SOON);
    drop(idle);
    running.ends().await;
}

#[tokio::test(flavor = "current_thread")]
async fn what_finds_no_place_is_told_that_it_is_busy() {
    let gateway =
        Gateway::with(Arc::new(Fake::default()), Hall::new(Pace { room: SHORT, ..Pace::default() }, CONNECTIONS_MAX));
    let mut held = Vec::new();
    for _ in 0..IN_FLIGHT_MAX {
        held.push(gateway.permit().await.ok().unwrap());
    }
    let answer = gateway.permit().await.err().unwrap();
    assert_eq!(answer.status(), 503);
    assert!(String::from_utf8_lossy(answer.body()).contains("\"BUSY\""));
    held.pop();
    assert!(gateway.permit().await.is_ok());
}

#[tokio::test(flavor = "current_thread")]
async fn what_cannot_be_recorded_is_not_told() {
    for (withhold, told) in [(true, "AUDIT_UNAVAILABLE"), (false, "TOKEN_REFUSED")] {
        let running = run(Pace::default());
        running.service.withhold.store(withhold, Ordering::SeqCst);
        let mut stream = running.connect().await;
        let ask = b"GET /v1/secrets/a/b HTTP/1.1\r\nAuthorization: Bearer t\r\nConnection: close\r\n\r\n";
        stream.write_all(ask).await.unwrap();
        let mut answer = String::new();
        timeout(SOON, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert!(answer.contains(told), "{answer}");
        assert!(Fake::count(&running.service.flushed) > 0);
        drop(stream);
        running.ends().await;
    }
}

const HEALTH: &[u8] = b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n";
const SHORT: Duration = Duration::from_millis(400);
const SOON: Duration = Duration::from_secs(20);
