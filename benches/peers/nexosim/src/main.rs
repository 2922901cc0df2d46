//! The work of `scenarios/scale/w1.json` and `w3.json` on nexosim, as its guide uses it:
//! a model that schedules its own inputs, on the executor of one thread.
//!
//! `nexosim-peer w1 CUSTOMERS` or `nexosim-peer w3 CLIENTS`; prints what was done: what
//! desque's program prints, since both draw the same numbers and order equal times alike.
//! (Nexosim schedules nothing for the present: a delay under a nanosecond takes one here.)
//! A time-out that is no longer waited for is ignored, as there: with a key to cancel it,
//! the storm is no faster and takes a fifth more memory.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::simulation::{Mailbox, SimInit, SimulationError};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

/// Workers, places in the accept queue and the client's patience in the storm.
const WORKERS: usize = 4;
const BACKLOG: usize = 512;
const PATIENCE: Duration = Duration::from_secs(5);
const CLIENTS_PER_SERVER: usize = 10_000;

/// The number of attempts, once all is done.
type Outcome = Arc<OnceLock<u64>>;

#[derive(Serialize, Deserialize)]
struct Random(u64);

impl Random {
    /// Uniform in (0, 1]: SplitMix64.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((z ^ (z >> 31)) >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    #[expect(clippy::disallowed_methods, reason = "the logarithm of desque's program")]
    fn exponential(&mut self, mean: f64) -> Duration {
        delay(-self.unit().ln() * mean)
    }
}

fn delay(nanoseconds: f64) -> Duration {
    Duration::from_nanos((nanoseconds as u64).max(1))
}

// W1: one queue.

#[derive(Serialize, Deserialize)]
struct Queue {
    busy: bool,
    waiting: VecDeque<(usize, u32)>,
    left: usize,
    attempts: u64,
    random: Random,
    #[serde(skip)]
    outcome: Outcome,
}

#[Model]
impl Queue {
    fn new(customers: usize, outcome: Outcome) -> Self {
        Self {
            busy: false,
            waiting: VecDeque::new(),
            left: customers,
            attempts: 0,
            random: Random(1),
            outcome,
        }
    }

    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        self.arrive((), cx);
    }

    #[nexosim(schedulable)]
    fn arrive(&mut self, _: (), cx: &Context<Self>) {
        self.attempts += 1;
        if self.busy {
            self.waiting.push_back((0, 0));
        } else {
            self.busy = true;
            self.begin(cx);
        }
        let gap = self.random.exponential(1e9 / 900.0);
        cx.schedule_event(gap, schedulable!(Self::arrive), ()).expect("a later time");
    }

    fn begin(&mut self, cx: &Context<Self>) {
        let work = self.random.exponential(1e6);
        cx.schedule_event(work, schedulable!(Self::serve), ()).expect("a later time");
    }

    #[nexosim(schedulable)]
    fn serve(&mut self, _: (), cx: &Context<Self>) {
        self.left -= 1;
        if self.left == 0 {
            self.outcome.get_or_init(|| self.attempts);
        }
        match self.waiting.pop_front() {
            Some(_) => self.begin(cx),
            None => self.busy = false,
        }
    }
}

// W3: the storm.

#[derive(Clone, Default, Serialize, Deserialize)]
struct Server {
    busy: usize,
    queue: VecDeque<(usize, u32)>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Client {
    attempt: u32,
    retries: u32,
    connected: bool,
}

#[derive(Clone, Serialize, Deserialize)]
struct Work {
    server: usize,
    client: usize,
    attempt: u32,
}

#[derive(Serialize, Deserialize)]
struct Storm {
    servers: Vec<Server>,
    clients: Vec<Client>,
    next: usize,
    left: usize,
    attempts: u64,
    random: Random,
    #[serde(skip)]
    outcome: Outcome,
}

#[Model]
impl Storm {
    fn new(clients: usize, outcome: Outcome) -> Self {
        Self {
            servers: vec![Server::default(); clients.div_ceil(CLIENTS_PER_SERVER)],
            clients: vec![Client::default(); clients],
            next: 0,
            left: clients,
            attempts: 0,
            random: Random(1),
            outcome,
        }
    }

    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        for client in 0..self.clients.len() {
            let back = delay(self.random.unit() * 10e9);
            cx.schedule_event(back, schedulable!(Self::attempt), client).expect("a later time");
        }
    }

    #[nexosim(schedulable)]
    fn attempt(&mut self, id: usize, cx: &Context<Self>) {
        self.attempts += 1;
        self.clients[id].attempt += 1;
        let attempt = self.clients[id].attempt;
        let server = self.next;
        self.next = (server + 1) % self.servers.len();
        let at = &mut self.servers[server];
        if at.busy < WORKERS {
            at.busy += 1;
            self.serve(Work { server, client: id, attempt }, cx);
        } else if at.queue.len() < BACKLOG {
            at.queue.push_back((id, attempt));
        } else {
            return self.retry(id, cx);
        }
        let time_out = schedulable!(Self::time_out);
        cx.schedule_event(PATIENCE, time_out, (id, attempt)).expect("a later time");
    }

    fn serve(&mut self, work: Work, cx: &Context<Self>) {
        let time = self.random.exponential(5e6);
        cx.schedule_event(time, schedulable!(Self::done), work).expect("a later time");
    }

    fn retry(&mut self, id: usize, cx: &Context<Self>) {
        let client = &mut self.clients[id];
        let most = 1e9 * f64::from(1_u32 << client.retries.min(5));
        client.retries += 1;
        let wait = delay(most.min(30e9) * self.random.unit());
        cx.schedule_event(wait, schedulable!(Self::attempt), id).expect("a later time");
    }

    #[nexosim(schedulable)]
    fn done(&mut self, work: Work, cx: &Context<Self>) {
        let client = &mut self.clients[work.client];
        if !client.connected && client.attempt == work.attempt {
            client.connected = true;
            self.left -= 1;
            if self.left == 0 {
                self.outcome.get_or_init(|| self.attempts);
            }
        }
        let server = &mut self.servers[work.server];
        match server.queue.pop_front() {
            Some((client, attempt)) => self.serve(Work { client, attempt, ..work }, cx),
            None => server.busy -= 1,
        }
    }

    #[nexosim(schedulable)]
    fn time_out(&mut self, (id, attempt): (usize, u32), cx: &Context<Self>) {
        let client = &self.clients[id];
        if !client.connected && client.attempt == attempt {
            self.retry(id, cx);
        }
    }
}

fn main() -> Result<(), SimulationError> {
    let arguments: Vec<String> = std::env::args().collect();
    let count: usize = arguments[2].parse().expect("the second argument is a number");
    let outcome = Outcome::default();
    let bench = SimInit::with_num_threads(1);
    let bench = match arguments[1].as_str() {
        "w1" => bench.add_model(Queue::new(count, outcome.clone()), Mailbox::new(), "queue"),
        _ => bench.add_model(Storm::new(count, outcome.clone()), Mailbox::new(), "storm"),
    };
    let mut simulation = bench.init(MonotonicTime::EPOCH)?;
    let attempts = loop {
        match outcome.get() {
            Some(attempts) => break attempts,
            None => simulation.step()?,
        }
    };
    println!("{attempts}");
    Ok(())
}
