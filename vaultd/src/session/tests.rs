use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use vault_proto::hello::{Refusal, ServerHello};
use vault_proto::latest::Response;
use vault_proto::limits::FRAME_MAX;
use vault_proto::{Codec, frame};

use super::*;
use crate::accounts::SystemAccounts;
use crate::config::{Limits, Policy, SocketMode};
use crate::listener::{Door, Socket, accept};
use crate::testing::{Fake, TempDir, TestLock, frame_of, framed, until};

/// A door with a fake behind it, on one thread like a real one.
struct Server {
    dir: TempDir,
    fake: Arc<Fake>,
    door: Arc<Door<Fake>>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(limits: Limits) -> Self {
        let dir = TempDir::new();
        let socket = Socket::bind(&dir.path().join("s"), SocketMode::ANYONE, &TestLock).unwrap();
        let fake = Arc::new(Fake::default());
        let policy = Policy { limits, ..Policy::new(rustix::process::geteuid().as_raw()) };
        let door = Door::new(Arc::clone(&fake), policy, Arc::new(SystemAccounts), 1_000);
        let (stop, stopped) = watch::channel(false);
        let inside = Arc::clone(&door);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let share = socket.share().unwrap();
            runtime.block_on(accept(share, inside, stopped)).unwrap();
            drop(socket);
        });
        Self { dir, fake, door, stop, thread: Some(thread) }
    }

    fn quick() -> Self {
        Self::start(Limits { first_frame_ms: 150, write_deadline_ms: 150, ..Limits::default() })
    }

    fn raw(&self) -> UnixStream {
        let stream = UnixStream::connect(self.dir.path().join("s")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    fn client(&self) -> Client {
        let mut stream = self.raw();
        stream.write_all(&hello(Codec::Postcard)).unwrap();
        let answer = read_hello(&mut stream).unwrap();
        assert_eq!(answer, ServerHello::Agreed { version: 2, codec: Codec::Postcard });
        Client(stream)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.fake.release();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking());
        }
    }
}

struct Client(UnixStream);

impl Client {
    fn send(&mut self, payload: &[u8]) {
        self.0.write_all(&frame_of(payload)).unwrap();
    }

    fn receive(&mut self) -> Vec<u8> {
        let mut len = [0; 4];
        self.0.read_exact(&mut len).unwrap();
        let mut payload = vec![0; u32::from_le_bytes(len) as usize];
        self.0.read_exact(&mut payload).unwrap();
        payload
    }

    fn ask(&mut self, payload: &[u8]) -> Vec<u8> {
        self.send(payload);
        self.receive()
    }

    /// Nothing more comes, and the connection is closed.
    fn is_closed(&mut self) -> bool {
        match self.0.read(&mut [0; 16]) {
            Ok(n) => n == 0,
            Err(error) => matches!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
    }
}

fn hello(codec: Codec) -> [u8; 8] {
    vault_proto::hello::ClientHello::new(codec).encode()
}

fn read_hello(stream: &mut UnixStream) -> Option<ServerHello> {
    let mut answer = [0; 8];
    stream.read_exact(&mut answer).ok()?;
    Some(ServerHello::parse(&answer).unwrap())
}

#[test]
fn mistake_17_a_request_is_answered_and_its_uid_is_the_kernels() {
    let server = Server::quick();
    let mut client = server.client();
    assert_eq!(client.ask(b"one"), b"echo:one");
    let own = rustix::process::geteuid().as_raw();
    assert_eq!(server.fake.uids.lock().unwrap().values().copied().collect::<Vec<_>>(), [own]);
    drop(client);
    until("closed is told", || Fake::count(&server.fake.closed) == 1);
    until("the seat is free", || server.door.gate().connections() == 0);
}

#[test]
fn garbage_gets_no_answer() {
    let server = Server::quick();
    for garbage in
        [b"GET / HT".as_slice(), b"VLTP\x01\x01\x01\x01", b"VLTP\x00\x01\x01\x00", b"VLTP\x02\x01\x01\x00", &[0; 8]]
    {
        let mut stream = server.raw();
        stream.write_all(garbage).unwrap();
        assert_eq!(read_hello(&mut stream), None, "{garbage:?}");
    }
    assert_eq!(Fake::count(&server.fake.handled), 0);
    assert_eq!(server.client().ask(b"x"), b"echo:x");
}

#[test]
fn unknown_versions_and_codecs_are_told() {
    let server = Server::quick();
    for (bytes, refusal) in
        [(b"VLTP\x07\x09\x01\x00", Refusal::NoCommonVersion), (b"VLTP\x01\x01\x07\x00", Refusal::UnknownCodec)]
    {
        let mut stream = server.raw();
        stream.write_all(bytes).unwrap();
        assert_eq!(read_hello(&mut stream), Some(ServerHello::Refused(refusal)));
        assert!(Client(stream).is_closed());
    }
}

#[test]
fn the_version_agreed_on_is_the_one_spoken() {
    let server = Server::quick();
    for (bytes, agreed, said) in [
        (b"VLTP\x01\x01\x01\x00", 1, "V1 Postcard"),
        (b"VLTP\x01\x02\x01\x00", 2, "V2 Postcard"),
        (b"VLTP\x02\x02\x02\x00", 2, "V2 Json"),
        (b"VLTP\x01\x09\x02\x00", 2, "V2 Json"),
    ] {
        let mut stream = server.raw();
        stream.write_all(bytes).unwrap();
        let answer = read_hello(&mut stream).unwrap();
        assert!(matches!(answer, ServerHello::Agreed { version, .. } if version == agreed), "{answer:?}");
        assert_eq!(Client(stream).ask(b"dialect"), said.as_bytes());
    }
    // What the session itself says is in that version too.
    let mut stream = server.raw();
    stream.write_all(b"VLTP\x01\x01\x02\x00").unwrap();
    read_hello(&mut stream).unwrap();
    stream.write_all(&[0; 4]).unwrap();
    let said = Client(stream).receive();
    let response = Codec::Json.decode::<vault_proto::v1::Response>(&said).unwrap();
    assert!(matches!(response.result, Err(vault_proto::v1::WireError::Invalid { .. })));
}

#[test]
fn half_a_hello_then_silence_ends_at_the_deadline() {
    let server = Server::quick();
    let mut silent = server.raw();
    silent.write_all(b"VLT").unwrap();
    let since = Instant::now();
    assert!(Client(silent).is_closed());
    assert!(since.elapsed() >= Duration::from_millis(100), "{:?}", since.elapsed());
    assert!(since.elapsed() < Duration::from_secs(5));
}

#[test]
fn half_a_frame_then_silence_ends_at_the_deadline_and_others_go_on() {
    let server = Server::quick();
    let mut idle = server.client();
    let mut other = server.client();
    // Part of a length; a length alone; part of a payload; part behind a whole one.
    let whole = frame_of(b"whole");
    for half in [&whole[..2], &whole[..4], &whole[..6], &[&whole[..], &whole[..7]].concat()] {
        let mut client = server.client();
        client.0.write_all(half).unwrap();
        let since = Instant::now();
        if half.len() > whole.len() {
            assert_eq!(client.receive(), b"echo:whole");
        }
        assert_eq!(other.ask(b"meanwhile"), b"echo:meanwhile");
        assert!(client.is_closed());
        assert!((100..5_000).contains(&since.elapsed().as_millis()), "{:?}", since.elapsed());
    }
    // Idle for longer than any deadline is allowed.
    assert_eq!(idle.ask(b"still here"), b"echo:still here");
}

#[test]
fn a_slow_trickle_does_not_stretch_the_deadline() {
    let server = Server::quick();
    let mut client = server.client();
    client.0.write_all(&1_000_u32.to_le_bytes()).unwrap();
    let since = Instant::now();
    while client.0.write_all(b"x").is_ok() {
        std::thread::sleep(Duration::from_millis(10));
        assert!(since.elapsed() < Duration::from_secs(5));
    }
    assert_eq!(Fake::count(&server.fake.handled), 0);
}

#[test]
fn each_frame_has_its_own_time() {
    let server = Server::quick();
    let mut client = server.client();
    let whole = frame_of(b"in time");
    let (front, back) = whole.split_at(6);
    client.0.write_all(front).unwrap();
    let since = Instant::now();
    // There is always one begun, and none is late.
    for _ in 0..8 {
        std::thread::sleep(Duration::from_millis(40));
        client.0.write_all(&[back, front].concat()).unwrap();
        assert_eq!(client.receive(), b"echo:in time");
    }
    assert!(since.elapsed() > Duration::from_millis(300));
}

#[test]
fn who_never_pauses_does_not_starve_the_others() {
    let server = Server::start(Limits::default());
    let (mut greedy, mut modest) = (server.client(), server.client());
    greedy.0.write_all(&frame_of(b"work").repeat(2_000)).unwrap();
    until("the greedy one is served", || Fake::count(&server.fake.handled) > 0);
    assert_eq!(modest.ask(b"x"), b"echo:x");
    assert!(Fake::count(&server.fake.handled) < 1_500, "{}", Fake::count(&server.fake.handled));
}

#[test]
fn an_impossible_length_is_told_and_ends() {
    let server = Server::quick();
    for (len, error) in [
        (FRAME_MAX as u32 + 1, WireError::TooLarge { len: FRAME_MAX as u64 + 1, max: FRAME_MAX as u64 }),
        (u32::MAX, WireError::TooLarge { len: u64::from(u32::MAX), max: FRAME_MAX as u64 }),
        (0, WireError::Invalid { field: "frame".to_owned(), expected: "a message".to_owned() }),
    ] {
        let mut client = server.client();
        client.0.write_all(&[frame_of(b"first"), len.to_le_bytes().to_vec()].concat()).unwrap();
        assert_eq!(client.receive(), b"echo:first");
        let response: Response = Codec::Postcard.decode(&client.receive()).unwrap();
        assert_eq!(response, Response { id: 0, stamp: None, result: Err(error) });
        assert!(client.is_closed());
    }
}

#[test]
fn frames_of_every_size_and_cut_anywhere_arrive_whole() {
    let server = Server::start(Limits::default());
    let mut client = server.client();
    for size in [1, 5, 4_091, 4_092, 65_531, 65_532, 65_533, 70_000, 300_000, FRAME_MAX - 5] {
        let payload = vec![b'p'; size];
        let mut writing = client.0.try_clone().unwrap();
        let sent = frame_of(&payload);
        let writer = std::thread::spawn(move || writing.write_all(&sent).unwrap());
        let answer = client.receive();
        writer.join().unwrap();
        assert_eq!(answer.len(), size + 5, "{size}");
        assert_eq!(&answer[5..], payload);
    }
    let stream = [frame_of(b"a"), frame_of(&[b'b'; 100]), frame_of(b"c")].concat();
    for cut in 1..stream.len() {
        client.0.write_all(&stream[..cut]).unwrap();
        std::thread::sleep(Duration::from_micros(300));
        client.0.write_all(&stream[cut..]).unwrap();
        assert_eq!(client.receive(), b"echo:a", "{cut}");
        assert_eq!(client.receive().len(), 105);
        assert_eq!(client.receive(), b"echo:c");
    }
}

#[test]
fn pipelined_requests_leave_in_order_with_one_flush_a_batch() {
    let server = Server::quick();
    let mut client = server.client();
    let mut batch = Vec::new();
    for n in 0..100 {
        framed(format!("{n}").as_bytes(), &mut batch);
    }
    let before = Fake::count(&server.fake.flushed);
    client.0.write_all(&batch).unwrap();
    // One read of ours gets all of it only if it left in one write.
    until("all handled", || Fake::count(&server.fake.handled) == 100);
    std::thread::sleep(Duration::from_millis(20));
    let mut answers = vec![0; 64 << 10];
    let read = client.0.read(&mut answers).unwrap();
    let mut rest = &answers[..read];
    for n in 0..100 {
        let Ok(frame::Split::Frame(range)) = frame::split(rest) else { panic!("answer {n} is missing") };
        assert_eq!(&rest[range.clone()], format!("echo:{n}").as_bytes());
        rest = &rest[range.end..];
    }
    assert!(rest.is_empty());
    assert_eq!(Fake::count(&server.fake.flushed) - before, 1);
}

#[test]
fn a_flood_is_handled_in_batches_and_in_order() {
    let server = Server::start(Limits::default());
    let mut client = server.client();
    let mut writing = client.0.try_clone().unwrap();
    let writer = std::thread::spawn(move || {
        let mut all = Vec::new();
        for n in 0..20_000 {
            framed(format!("{n}").as_bytes(), &mut all);
        }
        writing.write_all(&all).unwrap();
    });
    for n in 0..20_000 {
        assert_eq!(client.receive(), format!("echo:{n}").as_bytes());
    }
    writer.join().unwrap();
}

#[test]
fn what_waits_for_the_disk_keeps_its_place() {
    let server = Server::quick();
    let (mut writer, mut reader) = (server.client(), server.client());
    let batch = [frame_of(b"1"), frame_of(b"slow 2"), frame_of(b"3"), frame_of(b"slow 4"), frame_of(b"5")].concat();
    writer.0.write_all(&batch).unwrap();
    assert_eq!(writer.receive(), b"echo:1");
    until("both queued", || server.fake.queued() == 2);
    assert_eq!(reader.ask(b"another's read does not wait"), b"echo:another's read does not wait");
    writer.0.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert!(writer.0.read(&mut [0; 1]).is_err(), "nothing may overtake");
    writer.0.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(server.fake.release(), 2);
    for expected in ["late:2", "echo:3", "late:4", "echo:5"] {
        assert_eq!(writer.receive(), expected.as_bytes());
    }
}

#[test]
fn one_uids_queue_is_bounded_over_all_its_connections() {
    let server = Server::start(Limits { max_in_flight_per_uid: 2, ..Limits::default() });
    let (mut first, mut second) = (server.client(), server.client());
    first.0.write_all(&[frame_of(b"slow 1"), frame_of(b"slow 2"), frame_of(b"slow 3")].concat()).unwrap();
    until("two queued", || server.fake.queued() == 2);
    second.send(b"slow 4");
    assert_eq!(server.client().ask(b"reads have room"), b"echo:reads have room");
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(server.fake.queued(), 2, "the third and fourth wait");
    server.fake.release();
    assert_eq!((first.receive(), first.receive()), (b"late:1".to_vec(), b"late:2".to_vec()));
    until("the others come in", || server.fake.queued() == 2);
    server.fake.release();
    assert_eq!((first.receive(), second.receive()), (b"late:3".to_vec(), b"late:4".to_vec()));
    assert_eq!(Fake::count(&server.fake.busy), 0);
}

#[test]
fn without_room_for_long_a_request_is_refused_as_busy() {
    let server = Server::start(Limits { max_in_flight_per_uid: 1, ..Limits::default() });
    let (mut first, mut second) = (server.client(), server.client());
    first.send(b"slow 1");
    until("queued", || server.fake.queued() == 1);
    let since = Instant::now();
    assert_eq!(second.ask(b"slow 2"), b"busy");
    assert!(since.elapsed() >= ROOM_WAIT);
    assert_eq!(second.ask(b"the connection goes on"), b"echo:the connection goes on");
    server.fake.release();
    assert_eq!(first.receive(), b"late:1");
}

#[test]
fn who_does_not_read_is_cut_and_others_go_on() {
    let server = Server::quick();
    let mut slow = server.client();
    for _ in 0..8 {
        slow.send(b"big 1000000");
    }
    let mut other = server.client();
    assert_eq!(other.ask(b"x"), b"echo:x");
    until("cut", || Fake::count(&server.fake.closed) == 1);
    assert!(Fake::count(&server.fake.handled) < 9, "answers are not piled up for it");
    assert_eq!(other.ask(b"y"), b"echo:y");
}

#[test]
fn who_reads_slowly_but_reads_gets_everything() {
    let server = Server::start(Limits { write_deadline_ms: 5_000, ..Limits::default() });
    let mut client = server.client();
    for _ in 0..5 {
        client.send(b"big 1000000");
    }
    for _ in 0..5 {
        std::thread::sleep(Duration::from_millis(20));
        let answer = client.receive();
        assert!(answer.len() == 1_000_000 && answer.iter().all(|byte| *byte == b'B'));
    }
}

#[test]
fn a_sender_that_never_reads_holds_its_own_memory() {
    let server = Server::start(Limits::default());
    let mut client = server.client();
    client.send(b"slow 1");
    until("queued", || server.fake.queued() == 1);
    // Behind the one that waits, answers pile up to a bound; then it is not read from.
    client.0.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let request = frame_of(b"big 100000");
    while client.0.write_all(&request).is_ok() {}
    assert!(Fake::count(&server.fake.handled) <= 1 + 12, "{}", Fake::count(&server.fake.handled));
    server.fake.release();
    assert_eq!(client.receive(), b"late:1");
    assert_eq!(client.receive().len(), 100_000);
}

#[test]
fn connections_of_one_uid_are_bounded_and_told_why() {
    let server = Server::start(Limits { max_connections_per_uid: 2, ..Limits::default() });
    let (mut first, second) = (server.client(), server.client());
    for _ in 0..100 {
        let mut third = server.raw();
        // A refused client may fail to write, and still learns why.
        let _ = third.write_all(&hello(Codec::Postcard));
        assert_eq!(read_hello(&mut third), Some(ServerHello::Refused(Refusal::TooManyConnections)));
        assert!(Client(third).is_closed());
    }
    assert_eq!(first.ask(b"x"), b"echo:x");
    drop(second);
    until("its seat is free", || server.door.gate().connections() == 1);
    server.client();
}

#[test]
fn mistake_16_a_panic_ends_one_connection_and_leaks_nothing_into_the_next() {
    let server = Server::quick();
    let mut other = server.client();
    let mut client = server.client();
    client.send(b"panic");
    assert!(client.is_closed());
    assert_eq!(other.ask(b"x"), b"echo:x");
    assert_eq!(Fake::count(&server.fake.closed), 1);
    until("its seat is free", || server.door.gate().connections() == 1);
    assert_eq!(server.client().ask(b"y"), b"echo:y");
}

#[test]
fn a_message_without_sense_ends_the_connection_after_its_answer() {
    let server = Server::quick();
    let mut client = server.client();
    client.0.write_all(&[frame_of(b"a"), frame_of(b"close"), frame_of(b"never")].concat()).unwrap();
    assert_eq!((client.receive(), client.receive()), (b"echo:a".to_vec(), b"closing".to_vec()));
    assert!(client.is_closed());
    assert_eq!(Fake::count(&server.fake.handled), 2);
}

#[test]
fn an_answer_that_never_comes_closes_the_connection() {
    let server = Server::quick();
    let mut client = server.client();
    client.send(b"drop");
    assert!(client.is_closed());
}

#[test]
fn answers_that_cannot_be_recorded_do_not_leave() {
    let server = Server::quick();
    let mut client = server.client();
    server.fake.withhold.store(true, Ordering::SeqCst);
    client.send(b"x");
    assert!(client.is_closed());
}

#[test]
fn who_stops_sending_still_gets_its_answers() {
    let server = Server::quick();
    let mut client = server.client();
    client.0.write_all(&[frame_of(b"slow 1"), frame_of(b"2")].concat()).unwrap();
    client.0.shutdown(std::net::Shutdown::Write).unwrap();
    until("queued", || server.fake.queued() == 1);
    std::thread::sleep(Duration::from_millis(30));
    server.fake.release();
    assert_eq!((client.receive(), client.receive()), (b"late:1".to_vec(), b"echo:2".to_vec()));
    assert!(client.is_closed());
}

#[test]
fn stopping_answers_what_is_queued_and_ends_what_is_idle() {
    let server = Server::quick();
    let (mut idle, mut waiting) = (server.client(), server.client());
    let mut silent = server.raw();
    waiting.send(b"slow 1");
    until("queued", || server.fake.queued() == 1);
    server.stop.send_replace(true);
    assert!(idle.is_closed());
    assert_eq!(read_hello(&mut silent), Some(ServerHello::Refused(Refusal::ShuttingDown)));
    server.fake.release();
    assert_eq!(waiting.receive(), b"late:1");
    assert!(waiting.is_closed());
}
