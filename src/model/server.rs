//! Servers: an accept queue in front of handshake workers, and the connections they hold.

use std::collections::VecDeque;

use super::accept::Step;
use super::ahead::Ahead;
use super::booked::Booked;
use crate::engine::{SimDuration, SimTime};
use crate::observe::Gauge;
use crate::plan::{Abandoned, Drain};

/// What a server is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It starts, or waits for its turn to start.
    Booting,
    /// It takes attempts.
    Ready,
    /// It takes its leave, and keeps connections until they are closed.
    Draining,
    /// It died, and starts again later.
    Down,
    /// It left or died for good.
    Gone,
}

/// What an attempt that reaches a server meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Somebody listens.
    Open,
    /// Nobody listens: a reset comes back.
    Closed,
    /// Nothing comes back.
    Dead,
}

/// Where a server stands in its latest liveness probe.
#[derive(Clone, Copy, Debug, Default)]
pub struct Probe {
    /// Number of the latest probe, to tell it from older ones.
    pub number: u32,
    /// Whether it has been answered in time.
    pub answered: bool,
    /// Failures in a row.
    pub failures: u32,
    /// Probes in the accept queue or in service.
    pub inside: u32,
}

/// An attempt inside a server: waiting or in service. One line of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Handshake {
    /// The client's place when it was admitted.
    pub client: u32,
    /// The attempt.
    pub attempt: u32,
    /// The balancer instance that sent it.
    pub instance: u32,
    /// How long its answer takes to the client: half a round trip, and longer if it is lost.
    pub answer: SimDuration,
    /// When the client gives up or leaves, if it is not connected before.
    pub patience: SimTime,
    /// When its client started it.
    pub start: SimTime,
    /// Since when it waits; in service: since when a worker is at it.
    pub since: SimTime,
    /// Its work.
    pub work: SimDuration,
    /// Since which reset of its instance's counts it is counted.
    pub counted: u32,
    /// What it is at.
    pub step: Step,
    /// Whether it resumes its client's session, or hopes to.
    pub resumes: bool,
}

impl Handshake {
    /// The client of a liveness probe, which is nobody.
    pub const PROBE: u32 = u32::MAX;

    /// Whether it is a liveness probe, which goes through the same queue.
    pub const fn is_probe(&self) -> bool {
        self.client == Self::PROBE
    }

    /// When the server notices that the client has gone.
    pub fn noticed(&self) -> SimTime {
        self.patience.after(self.answer)
    }

    /// Whether a server that looks whether clients are still there has noticed by `now` that
    /// this one has gone.
    pub fn is_abandoned(&self, now: SimTime, abandoned: Abandoned) -> bool {
        abandoned != Abandoned::Served && self.noticed() <= now
    }

    /// When a worker is done with it, or drops it, who takes it up at `start` and needs so long.
    pub fn is_done_at(&self, start: SimTime, work: SimDuration, abandoned: Abandoned) -> SimTime {
        let finish = start.after(work);
        if abandoned == Abandoned::Aborted { finish.min(self.noticed().max(start)) } else { finish }
    }

    /// Whether an answer sent at `now` reaches the client in time.
    pub fn in_time(&self, now: SimTime) -> bool {
        now.after(self.answer) <= self.patience
    }
}

/// What is to be seen of a server.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Open connections.
    pub connections: u32,
    /// Attempts in the accept queue.
    pub queued: u32,
    /// For how long its workers have been at work, in worker-nanoseconds.
    pub busy_time: u64,
}

/// One server. What every attempt looks at comes first, in one line of the cache, and then what it
/// changes if it is let in.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Server {
    /// What it is doing.
    pub stage: Stage,
    /// Whether a draining server still accepts (in its pre-stop wait).
    pub accepts: bool,
    /// Whether nobody was told that it died.
    pub is_silent: bool,
    /// Whether it starts again, in place, once it has drained.
    pub restarts: bool,
    /// Open connections.
    pub connections: u32,
    /// What is foreseen of the handshakes inside it.
    pub ahead: Ahead,
    /// When each worker is done with all that has been let in so far, if nobody gives up.
    booked: Booked,
    /// How many workers are at work, and for how long they have been.
    pub working: Gauge,
    /// Handshakes take so many times as long.
    pub slowness: f64,
    /// Handshakes take so many times as long on the CPUs that messages leave; at least 1.
    pub message_slowdown: f64,
    /// Attempts that wait for a worker, first come first served.
    pub queue: VecDeque<Handshake>,
    /// What each worker is at; as long as there are workers in use or were.
    pub workers: Vec<Option<Handshake>>,
    /// Idle workers among `workers`, the next to be used at the end.
    pub idle: Vec<u32>,
    /// Attempts in line in front of its gate, first come first served.
    pub line: VecDeque<Handshake>,
    /// Connections whose client is gone without its knowing: of each the balancer instance.
    pub ghosts: Vec<u32>,
    /// Attempts and connections that it does not answer, and that its balancers count until the
    /// client is gone.
    pub unanswered: u32,
    /// The version that it runs: 0 at the start, one more with each deploy.
    pub generation: u32,
    /// How often it has started; tells a stale event of its boot from a live one.
    pub boots: u32,
    /// When it was born.
    pub born: SimTime,
    /// Since when it is ready; [`SimTime::NEVER`] before.
    pub ready_since: SimTime,
    /// Connections that ended with it before the tier learned of that.
    pub ended: u32,
    /// How it leaves, while it drains.
    pub drain: Option<Drain>,
    /// Its liveness probe.
    pub probe: Probe,
    /// Index of its zone.
    pub zone: u32,
    /// Its weight.
    pub weight: u32,
    /// The share of its CPUs that messages took in the latest sampling step, in [0, 1].
    pub message_share: f64,
    /// Connections to be closed, the next at the end: (client's place, attempt).
    pub closing: Vec<(u32, u32)>,
    /// Whether that list was made since the warm-up, if there is one.
    pub closing_counts: bool,
    /// Number of the current list of closes.
    pub closing_list: u32,
    /// Connections closed each time.
    pub closing_batch: u32,
    /// Time between two closes.
    pub closing_interval: SimDuration,
    /// Before this instant the pace allows no further close.
    pub next_close: SimTime,
}

impl Server {
    /// A server that starts at `born`.
    pub fn new(zone: u32, weight: u32, born: SimTime, generation: u32) -> Self {
        Self {
            stage: Stage::Booting,
            generation,
            born,
            ready_since: SimTime::NEVER,
            boots: 0,
            is_silent: false,
            drain: None,
            accepts: false,
            restarts: false,
            ghosts: Vec::new(),
            unanswered: 0,
            slowness: 1.0,
            probe: Probe { number: 0, answered: true, failures: 0, inside: 0 },
            zone,
            weight,
            connections: 0,
            ended: 0,
            line: VecDeque::new(),
            queue: VecDeque::new(),
            workers: Vec::new(),
            idle: Vec::new(),
            booked: Booked::default(),
            ahead: Ahead::default(),
            working: Gauge::default(),
            message_slowdown: 1.0,
            message_share: 0.0,
            closing: Vec::new(),
            closing_counts: false,
            closing_list: 0,
            closing_interval: SimDuration::ZERO,
            closing_batch: 1,
            next_close: SimTime::ZERO,
        }
    }

    /// Whether it is in full service.
    pub fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }

    /// Whether it is in service or on its way to it: what controllers count.
    pub fn is_wanted(&self) -> bool {
        matches!(self.stage, Stage::Booting | Stage::Ready)
    }

    /// Whether its workers work.
    pub fn is_up(&self) -> bool {
        matches!(self.stage, Stage::Ready | Stage::Draining)
    }

    /// What an attempt meets here.
    pub fn door(&self) -> Door {
        match self.stage {
            Stage::Ready => Door::Open,
            Stage::Draining if self.accepts => Door::Open,
            Stage::Down | Stage::Gone if self.is_silent => Door::Dead,
            _ => Door::Closed,
        }
    }

    /// Connections that its balancers still count, and attempts inside it.
    pub fn held(&self) -> u32 {
        self.connections + self.ghosts.len() as u32 + self.attempts()
    }

    /// Workers at work.
    pub fn busy(&self) -> u32 {
        self.working.value() as u32
    }

    /// What it reports as its load: connections, and attempts inside it.
    pub fn load(&self) -> u32 {
        self.connections.saturating_add(self.attempts())
    }

    /// Attempts in line, waiting or in service; probes are none.
    pub fn attempts(&self) -> u32 {
        self.pending() - self.probe.inside
    }

    /// Attempts in the accept queue or in service.
    pub fn inside(&self) -> u32 {
        self.queue.len() as u32 + self.busy() - self.probe.inside
    }

    /// What is in line, waiting or in service, probes too.
    pub fn pending(&self) -> u32 {
        self.line.len() as u32 + self.queue.len() as u32 + self.busy() + self.ahead.unsettled()
    }

    /// Lets `work` in, behind all that is inside: when one of `workers` is done with it, at
    /// the latest. To be said of everything that is let in.
    ///
    /// Kiefer and Wolfowitz' recursion ("On the theory of queues with many servers", 1955):
    /// what comes first goes to the worker that is free first. Who gives up and is not
    /// served makes nobody behind wait longer. O(log workers).
    #[inline(always)]
    pub fn book(&mut self, now: SimTime, work: SimDuration, workers: u32) -> SimTime {
        if self.busy() == 0 && self.ahead.is_empty() {
            self.booked.clear();
        }
        let done = self.booked.first(workers).max(now).after(work);
        self.booked.replace_first(done, workers);
        done
    }

    /// When one of `workers` is free for what is let in now.
    #[inline]
    pub fn turn(&self, now: SimTime, workers: u32) -> SimTime {
        self.booked.first(workers).max(now)
    }

    /// Its busy workers, of `workers`, are done at these times.
    pub fn busy_until(&mut self, times: impl Iterator<Item = SimTime>, workers: u32) {
        self.booked.clear();
        times.for_each(|time| self.booked.replace_first(time, workers));
    }

    /// What is inside takes longer than was booked, nobody knows how long: nothing that is let
    /// in behind it is done at a known time.
    pub fn lose_track(&mut self) {
        self.booked.lose_track();
    }

    /// What a worker is at; nothing if it is idle or gone.
    pub fn at_work(&self, worker: u32) -> Option<&Handshake> {
        self.workers.get(worker as usize)?.as_ref()
    }

    /// The same, to change it.
    pub fn at_work_mut(&mut self, worker: u32) -> Option<&mut Handshake> {
        self.workers.get_mut(worker as usize)?.as_mut()
    }

    /// What is inside: at work, in its accept queue, in line in front of its gate.
    pub fn handshakes(&self) -> impl Iterator<Item = &Handshake> {
        self.workers.iter().flatten().chain(&self.queue).chain(&self.line)
    }

    /// The same, to change it; in the same order.
    pub fn handshakes_mut(&mut self) -> impl Iterator<Item = &mut Handshake> {
        self.workers.iter_mut().flatten().chain(&mut self.queue).chain(&mut self.line)
    }

    /// For how long its workers have been at work, in worker-nanoseconds.
    pub fn busy_time(&self, now: SimTime) -> u64 {
        self.working.integral(now) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// First come, first served by `workers`, step by step: when each of `jobs` (gap to the
    /// one before, work) is done. The oracle.
    fn served(workers: usize, jobs: &[(u64, u64)]) -> Vec<SimTime> {
        let mut free = vec![0_u64; workers];
        let mut now = 0;
        let mut done = Vec::new();
        for (gap, work) in jobs {
            now += gap;
            free.sort_unstable();
            free[0] = free[0].max(now) + work;
            done.push(SimTime::from_nanos(free[0]));
        }
        done
    }

    fn booked(server: &mut Server, workers: u32, jobs: &[(u64, u64)]) -> Vec<SimTime> {
        let mut now = SimTime::ZERO;
        // Never idle: what `book` does when it is, is to forget.
        server.working.add(SimTime::ZERO, 1);
        jobs.iter()
            .map(|(gap, work)| {
                now = now.after(SimDuration::from_nanos(*gap));
                server.book(now, SimDuration::from_nanos(*work), workers)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn what_is_booked_is_when_it_is_done(
            workers in 1_u32..20,
            jobs in prop::collection::vec((0_u64..50, 0_u64..200), 0..100)
        ) {
            let mut server = Server::new(0, 1, SimTime::ZERO, 0);
            let expected = served(workers as usize, &jobs);
            prop_assert_eq!(booked(&mut server, workers, &jobs), expected);
        }
    }

    #[test]
    fn probes_are_no_load() {
        let mut server = Server::new(0, 1, SimTime::ZERO, 0);
        server.connections = 7;
        server.working.add(SimTime::ZERO, 3);
        server.probe.inside = 1;
        assert_eq!((server.pending(), server.attempts(), server.load()), (3, 2, 9));
    }

    #[test]
    fn a_server_that_nobody_keeps_track_of_is_done_at_no_known_time_until_it_is_idle() {
        let mut server = Server::new(0, 1, SimTime::ZERO, 0);
        booked(&mut server, 2, &[(0, 5), (0, 5), (0, 5)]);
        server.lose_track();
        let (now, work) = (SimTime::from_nanos(7), SimDuration::from_nanos(5));
        assert_eq!(server.book(now, work, 2), SimTime::NEVER);
        server.working.set(now, 0);
        assert_eq!(server.book(now, work, 2), now.after(work));
    }
}
