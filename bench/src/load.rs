//! A closed loop of clients: each keeps `depth` requests in flight.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, Event, EventData, EventFlags};

use crate::process::Process;
use crate::wire::{Connection, Target};

/// What is asked of a server, and by how many at once.
pub(crate) struct Load<'a> {
    pub(crate) target: &'a Target,
    pub(crate) server: &'a Process,
    /// The requests of each client, asked in turn.
    pub(crate) requests: &'a (dyn Fn(usize) -> Vec<Vec<u8>> + Sync),
    pub(crate) connections: usize,
    pub(crate) depth: usize,
    pub(crate) clients: Clients,
}

/// Who holds the connections.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clients {
    /// A thread each.
    Threads,
    /// One event loop, as a service with a pool of connections.
    Pool,
}

/// One round.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    /// Answers per second.
    pub(crate) rate: f64,
    /// Processor time of the server for one answer, in microseconds.
    pub(crate) cost: f64,
}

/// Two servers, in turns.
pub(crate) struct Beside {
    pub(crate) ours: Sample,
    pub(crate) theirs: Sample,
    /// Median of the rounds' own ratios of rates.
    pub(crate) ratio: f64,
}

impl Load<'_> {
    pub(crate) fn run(&self, time: Duration) -> Sample {
        let threads = if self.clients == Clients::Pool { 1 } else { self.connections };
        let gate = Barrier::new(threads + 1);
        let (rates, done, worked) = std::thread::scope(|scope| {
            let gate = &gate;
            let clients: Vec<_> = match self.clients {
                Clients::Threads => {
                    (0..self.connections).map(|client| scope.spawn(move || self.client(client, gate, time))).collect()
                }
                Clients::Pool => vec![scope.spawn(move || self.pool(gate, time))],
            };
            gate.wait();
            let before = self.server.worked();
            gate.wait();
            let counted: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
            let rates: f64 = counted.iter().map(|(done, took)| *done as f64 / took.as_secs_f64()).sum();
            let done: u64 = counted.iter().map(|(done, _)| done).sum();
            (rates, done, self.server.worked().saturating_sub(before))
        });
        Sample { rate: rates, cost: worked.as_secs_f64() * 1e6 / done as f64 }
    }

    /// Answers, and the time they took: not the time they were given, which a
    /// slow last answer goes beyond.
    fn client(&self, client: usize, gate: &Barrier, time: Duration) -> (u64, Duration) {
        let Client { mut connection, first, bursts } = self.ready(client);
        gate.wait();
        gate.wait();
        let begun = Instant::now();
        let mut done = 0;
        for burst in bursts.iter().cycle() {
            connection.exchange(burst, self.depth);
            done += self.depth as u64;
            if begun.elapsed() >= time {
                break;
            }
        }
        let took = begun.elapsed();
        // A server that refused everything would have been fast.
        connection.ask(&first);
        (done, took)
    }

    /// All clients of one thread.
    fn pool(&self, gate: &Barrier, time: Duration) -> (u64, Duration) {
        let mut clients: Vec<Client> = (0..self.connections).map(|client| self.ready(client)).collect();
        let ready = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        for (at, client) in clients.iter().enumerate() {
            epoll::add(&ready, &client.connection, EventData::new_u64(at as u64), EventFlags::IN).unwrap();
        }
        let mut events = vec![Event { flags: EventFlags::empty(), data: EventData::new_u64(0) }; self.connections];
        let mut waiting = vec![0; self.connections];
        gate.wait();
        gate.wait();
        let begun = Instant::now();
        let mut done = 0;
        for (client, waiting) in clients.iter_mut().zip(&mut waiting) {
            client.connection.send(&client.bursts[0]).unwrap();
            *waiting = self.depth;
        }
        let mut took = Duration::ZERO;
        while waiting.iter().any(|waiting| *waiting > 0) {
            let count = epoll::wait(&ready, &mut events[..], None).unwrap();
            for event in &events[..count] {
                let at = event.data.u64() as usize;
                clients[at].connection.fill().unwrap();
                waiting[at] -= clients[at].connection.take();
                if waiting[at] > 0 {
                    continue;
                }
                done += self.depth as u64;
                if begun.elapsed() < time {
                    let round = done as usize % clients[at].bursts.len();
                    let Client { connection, bursts, .. } = &mut clients[at];
                    connection.send(&bursts[round]).unwrap();
                    waiting[at] = self.depth;
                } else {
                    took = begun.elapsed();
                }
            }
        }
        for Client { connection, first, .. } in &mut clients {
            connection.ask(first);
        }
        (done, took)
    }

    /// A client that has asked once and been answered.
    fn ready(&self, client: usize) -> Client {
        let requests = (self.requests)(client);
        let mut connection = self.target.connect();
        connection.ask(&requests[0]);
        let rounds = (requests.len() / self.depth).max(1);
        let endless: Vec<_> = requests.iter().cycle().take(rounds * self.depth).collect();
        let bursts =
            endless.chunks(self.depth).map(|burst| burst.iter().copied().flatten().copied().collect()).collect();
        Client { connection, first: requests[0].clone(), bursts }
    }
}

struct Client {
    connection: Connection,
    first: Vec<u8>,
    /// As many requests each as are in flight.
    bursts: Vec<Vec<u8>>,
}

/// In turns, so that both meet the same noise.
pub(crate) fn beside(rounds: usize, mut ours: impl FnMut() -> Sample, mut theirs: impl FnMut() -> Sample) -> Beside {
    let pairs: Vec<(Sample, Sample)> = (0..rounds).map(|_| (ours(), theirs())).collect();
    let of = |take: fn(&(Sample, Sample)) -> f64| median(pairs.iter().map(take));
    Beside {
        ours: Sample { rate: of(|pair| pair.0.rate), cost: of(|pair| pair.0.cost) },
        theirs: Sample { rate: of(|pair| pair.1.rate), cost: of(|pair| pair.1.cost) },
        ratio: of(|pair| pair.0.rate / pair.1.rate),
    }
}

pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

pub(crate) const ROUNDS: usize = 7;
pub(crate) const ROUND: Duration = Duration::from_millis(300);
