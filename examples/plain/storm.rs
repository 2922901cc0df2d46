//! W3: clients that are cut at once come back within ten seconds, round robin, to servers with
//! an accept queue, and try again with full jitter until all are connected; work for those that
//! gave up is done. Three events an attempt that is let in: it comes, its worker is done, its
//! time-out is over.
//!
//! With the draws of the model, so that both make the same attempts (`tests/it/plain.rs`).

use std::collections::VecDeque;

use ringstorm::engine::{Distribution, Draws, EventQueue, Purpose, SimDuration, SimTime};

pub const WORKERS: usize = 4;
pub const PATIENCE: SimDuration = SimDuration::from_secs(5);
pub const CUT: SimTime = SimTime::from_nanos(1_000_000);
/// Full jitter below so much, by retry; the last for all after.
const DELAYS: [f64; 7] = [10e9, 1e9, 2e9, 4e9, 8e9, 16e9, 30e9];
pub const COST: Distribution = Distribution::Exponential { mean: 0.005 };
/// The model's purposes.
pub const WORK: Purpose = Purpose::new(5);
const BACKOFF: Purpose = Purpose::new(7);

/// What happens, in the order of equal times, above an entity and a detail of 30 bits each.
const DONE: u64 = 0;
const TIME_OUT: u64 = 1;
const ATTEMPT: u64 = 2;

const fn event(kind: u64, entity: u32, detail: u32) -> u64 {
    kind << 60 | (entity as u64) << 30 | detail as u64
}

/// A client and one of its attempts.
#[derive(Clone, Copy)]
struct Handshake {
    client: u32,
    attempt: u32,
}

#[derive(Clone, Default)]
struct Server {
    queue: VecDeque<Handshake>,
    workers: [Option<Handshake>; WORKERS],
}

#[derive(Clone, Copy, Default)]
struct Client {
    attempt: u32,
    is_connected: bool,
}

/// What came of a storm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Attempts that were made.
    pub attempts: u64,
    /// Those that a full queue turned away.
    pub refused: u64,
    /// Those that their clients gave up.
    pub timed_out: u64,
    /// From the cut until the last client was connected.
    pub lasted: SimDuration,
}

struct Storm {
    draws: Draws,
    now: SimTime,
    events: EventQueue,
    clients: Vec<Client>,
    servers: Vec<Server>,
    /// How many may wait for a worker of each.
    backlog: usize,
    next: usize,
    left: u32,
    outcome: Outcome,
}

/// Cuts so many clients of so many servers; until all are back.
pub fn storm(clients: u32, servers: u32, backlog: usize, draws: Draws) -> Outcome {
    let mut storm = Storm {
        draws,
        now: CUT,
        events: EventQueue::with_capacity(clients as usize),
        clients: vec![Client::default(); clients as usize],
        servers: vec![Server::default(); servers as usize],
        backlog,
        next: 0,
        left: clients,
        outcome: Outcome::default(),
    };
    for client in 0..clients {
        storm.retry(client);
    }
    while storm.left > 0 {
        if storm.events.open() {
            storm.fetch_opened();
        }
        let Some((now, event)) = storm.events.pop() else { break };
        storm.now = now;
        let (entity, detail) = ((event >> 30) as u32 & 0x3FFF_FFFF, event as u32 & 0x3FFF_FFFF);
        match event >> 60 {
            DONE => storm.done(entity, detail as usize),
            TIME_OUT => storm.time_out(entity, detail),
            _ => storm.attempt(entity),
        }
    }
    storm.outcome
}

impl Storm {
    /// Reads the clients of the next events, which do not wait for each other.
    fn fetch_opened(&self) {
        let place = |event: u64| (event >> 30) as usize & 0x3FFF_FFFF;
        let mut sum = 0;
        for event in self.events.told().filter(|event| event >> 60 != DONE) {
            sum ^= self.clients[place(event)].attempt;
        }
        std::hint::black_box(sum);
    }

    fn attempt(&mut self, client: u32) {
        self.outcome.attempts += 1;
        let attempt = self.clients[client as usize].attempt;
        let server = self.next;
        self.next = if server + 1 == self.servers.len() { 0 } else { server + 1 };
        let at = &mut self.servers[server];
        let handshake = Handshake { client, attempt };
        if let Some(worker) = at.workers.iter().position(Option::is_none) {
            self.serve(server, worker, handshake);
        } else if at.queue.len() < self.backlog {
            at.queue.push_back(handshake);
        } else {
            self.outcome.refused += 1;
            return self.retry(client);
        }
        self.events.push(self.now.after(PATIENCE), event(TIME_OUT, client, attempt));
    }

    fn serve(&mut self, server: usize, worker: usize, handshake: Handshake) {
        let Handshake { client, attempt } = handshake;
        let work = COST.sample(self.draws.at(WORK, u64::from(client), u64::from(attempt)));
        self.servers[server].workers[worker] = Some(handshake);
        self.events.push(self.now.after(work), event(DONE, server as u32, worker as u32));
    }

    fn done(&mut self, server: u32, worker: usize) {
        let at = &mut self.servers[server as usize];
        let done = at.workers[worker].take();
        let next = at.queue.pop_front();
        if let Some(Handshake { client, attempt }) = done {
            let client = &mut self.clients[client as usize];
            if !client.is_connected && client.attempt == attempt {
                client.is_connected = true;
                self.left -= 1;
                self.outcome.lasted = self.now.since(CUT);
            }
        }
        if let Some(next) = next {
            self.serve(server as usize, worker, next);
        }
    }

    fn time_out(&mut self, client: u32, attempt: u32) {
        let at = self.clients[client as usize];
        if !at.is_connected && at.attempt == attempt {
            self.outcome.timed_out += 1;
            self.retry(client);
        }
    }

    fn retry(&mut self, client: u32) {
        let at = &mut self.clients[client as usize];
        let wait = wait(self.draws, client, at.attempt);
        at.attempt += 1;
        self.events.push(self.now.after(wait), event(ATTEMPT, client, 0));
    }
}

/// How long a client waits that has made so many attempts.
pub fn wait(draws: Draws, client: u32, made: u32) -> SimDuration {
    let delay = DELAYS[(made as usize).min(DELAYS.len() - 1)];
    let draw = draws.at(BACKOFF, u64::from(client), u64::from(made + 1));
    SimDuration::from_nanos_f64(delay * draw.unit())
}
