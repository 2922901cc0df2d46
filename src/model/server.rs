//! Servers: an accept queue in front of handshake workers, and the connections they hold.

use std::collections::VecDeque;

use crate::engine::{SimDuration, SimTime};

/// What a server is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It takes attempts.
    Ready,
    /// It left or died.
    Gone,
}

/// An attempt inside a server: waiting or in service.
#[derive(Clone, Copy, Debug)]
pub struct Handshake {
    /// The client's place when it was admitted.
    pub client: u32,
    /// The attempt.
    pub attempt: u32,
    /// The balancer instance that sent it.
    pub instance: u32,
    /// Half a round trip to the client, in nanoseconds.
    pub half: u32,
    /// When the client gives up or leaves, if it is not connected before.
    pub patience: SimTime,
    /// When its client started it.
    pub start: SimTime,
    /// Since when it waits; in service: since when a worker is at it.
    pub since: SimTime,
    /// Its work.
    pub work: SimDuration,
}

impl Handshake {
    /// When the server notices that the client has gone.
    pub fn noticed(&self) -> SimTime {
        self.patience.after(SimDuration::from_nanos(u64::from(self.half)))
    }

    /// Whether an answer sent at `now` reaches the client in time.
    pub fn in_time(&self, now: SimTime) -> bool {
        now.after(SimDuration::from_nanos(u64::from(self.half))) <= self.patience
    }
}

/// One server.
#[derive(Clone, Debug)]
pub struct Server {
    /// What it is doing.
    pub stage: Stage,
    /// Index of its zone.
    pub zone: u32,
    /// Its weight.
    pub weight: u32,
    /// Open connections.
    pub connections: u32,
    /// Attempts that wait for a worker, first come first served.
    pub queue: VecDeque<Handshake>,
    /// What each worker is at; as long as there are workers in use or were.
    pub workers: Vec<Option<Handshake>>,
    /// Idle workers among `workers`, the next to be used at the end.
    pub idle: Vec<u32>,
    /// Busy time of its workers until `busy_since`, in worker-nanoseconds.
    pub busy_time: u64,
    /// When `busy_time` was last brought up to date.
    pub busy_since: SimTime,
    /// Connections to be closed, the next at the end: (client's place, attempt).
    pub closing: Vec<(u32, u32)>,
    /// Number of the current list of closes.
    pub closing_list: u32,
    /// Time between two closes.
    pub closing_interval: SimDuration,
    /// Before this instant the pace allows no further close.
    pub next_close: SimTime,
}

impl Server {
    /// A server that is ready from `born` on.
    pub const fn new(zone: u32, weight: u32, born: SimTime) -> Self {
        Self {
            stage: Stage::Ready,
            zone,
            weight,
            connections: 0,
            queue: VecDeque::new(),
            workers: Vec::new(),
            idle: Vec::new(),
            busy_time: 0,
            busy_since: born,
            closing: Vec::new(),
            closing_list: 0,
            closing_interval: SimDuration::ZERO,
            next_close: SimTime::ZERO,
        }
    }

    /// Whether it takes attempts.
    pub fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }

    /// What a worker is at, if it is at work.
    pub fn served(&self, worker: u32) -> Option<&Handshake> {
        self.workers.get(worker as usize).and_then(Option::as_ref)
    }

    /// Workers at work.
    pub fn busy(&self) -> u32 {
        (self.workers.len() - self.idle.len()) as u32
    }

    /// Attempts waiting or in service.
    pub fn pending(&self) -> u32 {
        self.queue.len() as u32 + self.busy()
    }

    /// Brings the busy time up to `now`.
    pub fn account(&mut self, now: SimTime) {
        self.busy_time += now.since(self.busy_since).as_nanos() * u64::from(self.busy());
        self.busy_since = now;
    }
}
