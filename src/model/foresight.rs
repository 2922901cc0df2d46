//! Handshakes of which it is known when they are admitted what becomes of them.
//!
//! A server's queue is first come first served, the work of a handshake is drawn for its
//! attempt, and when its client gives up or leaves is known: so its start and its end follow
//! as it is let in (Kiefer and Wolfowitz' recursion, see [`Server::book`]), unless something
//! disturbs the server before. What may, a crash, a deploy, an end of warm-up, is itself an
//! event that is pending. So whatever ends before the next of those is written down at once,
//! and needs neither a place in the queue nor an event of its own. What ends later waits in the
//! queue, or is given to its worker when the disturbance comes; from then on the server works
//! event by event, until as many have come as wait in its queue, and it looks ahead again.
//!
//! Nothing is ever taken back, and the results are those of [`super::run_by_events`], bit for
//! bit; a test holds the two equal over random scenarios.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::event::Event;
use super::server::{Handshake, Seen, Server, Stage};
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::{SimDuration, SimTime};
use crate::plan::{self, Abandoned};
use crate::routing::BackendId;

/// When the simulation may look ahead, and how far.
#[derive(Clone, Debug, Default)]
pub(super) struct Foresight {
    /// Whether anything can be foreseen in this world under this policy.
    pub applies: bool,
    /// When the pending events happen that may disturb a server.
    disturbances: BinaryHeap<Reverse<SimTime>>,
    /// The first of these, or the end of the run.
    until: SimTime,
    /// Whether no server drains, whose end would disturb the others at no known time;
    /// `None` when that is to be seen again.
    is_calm: Option<bool>,
    /// The servers that look ahead.
    servers: Vec<u32>,
    /// How many events were not needed.
    pub events: u64,
}

/// How a handshake ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Its connection opens.
    Opens,
    /// It is work for nothing.
    Dead,
    /// Nobody waits for it any more when it is its turn.
    PassedOver,
}

/// What becomes of a handshake inside a server: 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Foreseen {
    /// When it is its turn.
    start: SimTime,
    /// When its worker is free again.
    end: SimTime,
    outcome: Outcome,
    /// Whether it is written down, as it ends before anything may disturb it.
    is_settled: bool,
}

const _: () = assert!(size_of::<Foreseen>() == 24);

impl Foreseen {
    /// What becomes of a handshake for which a worker is free at `turn` and that takes so much work.
    fn of(handshake: &Handshake, turn: SimTime, work: SimDuration, abandoned: Abandoned) -> Self {
        let has_waited = turn > handshake.since;
        let (end, outcome) = if has_waited && handshake.is_abandoned(turn, abandoned) {
            (turn, Outcome::PassedOver)
        } else {
            let in_time = handshake.in_time(turn.after(work));
            let outcome = if in_time { Outcome::Opens } else { Outcome::Dead };
            (handshake.is_done_at(turn, work, abandoned), outcome)
        };
        Self { start: turn, end, outcome, is_settled: false }
    }

    /// Whether it is settled and opens nothing.
    fn is_dead(&self) -> bool {
        self.is_settled && self.outcome != Outcome::Opens
    }
}

/// What one server foresees.
#[derive(Clone, Debug, Default)]
pub struct Ahead {
    /// Whether all that comes in is foreseen.
    is_on: bool,
    /// Handshakes that came since it was not.
    came_since: u32,
    /// All that are inside, in the order of their turns, and some that have ended.
    inside: VecDeque<Foreseen>,
    /// With so many of these it is time to forget those that have ended.
    forgets_at: usize,
    /// When the last of these ends.
    last_end: SimTime,
    /// The turn of so many of these, or more, has come.
    begun: usize,
    /// How many of the others are settled and open nothing.
    dead_waiting: u32,
    /// Those that will be at work when something may disturb the server, with their turns: one
    /// for each worker at most. Those that will wait then are in the server's queue.
    unsettled: Vec<(SimTime, Handshake)>,
}

impl Ahead {
    /// So many may have ended without being worth the time that it takes to forget them.
    const FEW: usize = 64;

    /// Whether all that comes in is foreseen.
    #[inline]
    pub const fn is_on(&self) -> bool {
        self.is_on
    }

    /// Whether it foresees nothing.
    pub fn is_empty(&self) -> bool {
        self.inside.is_empty()
    }

    /// Handshakes that no gauge and no connection accounts for yet.
    pub fn unsettled(&self) -> u32 {
        self.unsettled.len() as u32
    }

    /// How many of these are counted as waiting.
    pub fn unsettled_waiting(&self) -> u64 {
        let waited = |(start, handshake): &&(SimTime, Handshake)| *start > handshake.since;
        self.unsettled.iter().filter(waited).count() as u64
    }

    /// When fewer than `most` wait again, if as many wait now. They wait in the order in which
    /// they are kept, so one of them tells: nothing else is asked for what comes in.
    #[inline]
    fn room_at(&self, most: usize, now: SimTime) -> Option<SimTime> {
        let first = self.inside.get(self.inside.len().checked_sub(most)?)?;
        (first.start > now).then_some(first.start)
    }

    /// How many wait now.
    fn waiting(&mut self, now: SimTime) -> usize {
        while let Some(foreseen) = self.inside.get(self.begun)
            && foreseen.start <= now
        {
            self.begun += 1;
            self.dead_waiting -= u32::from(foreseen.is_dead());
        }
        self.inside.len() - self.begun
    }

    #[inline]
    fn add(&mut self, foreseen: Foreseen, now: SimTime, workers: u32) {
        if self.inside.len() >= self.forgets_at {
            self.forget_ended(now, workers);
        }
        self.last_end = self.last_end.max(foreseen.end);
        self.dead_waiting += u32::from(foreseen.is_dead());
        self.inside.push_back(foreseen);
    }

    /// Forgets those that have ended, but for few, and again when there are half as many more:
    /// all at once, since when each ends is a branch that no processor guesses.
    #[inline(never)]
    fn forget_ended(&mut self, now: SimTime, workers: u32) {
        self.waiting(now);
        while let Some(first) = self.inside.front()
            && first.end <= now
        {
            self.inside.pop_front();
            self.begun -= 1;
        }
        // Behind one that takes long, many may have ended.
        if self.begun > 2 * workers as usize + Self::FEW {
            self.inside.retain(|foreseen| foreseen.end > now);
            self.begun = self.inside.partition_point(|foreseen| foreseen.start <= now);
        }
        self.forgets_at = Self::FEW.max(self.inside.len() + self.inside.len() / 2);
    }

    /// Settled handshakes inside the server that open nothing, once it is known how many wait.
    fn dead(&self, now: SimTime) -> u32 {
        let begun = self.inside.iter().take(self.begun);
        let dead = begun.filter(|foreseen| foreseen.is_dead() && foreseen.end > now);
        self.dead_waiting + dead.count() as u32
    }

    fn stop(&mut self) -> Vec<(SimTime, Handshake)> {
        self.is_on = false;
        self.came_since = 0;
        self.last_end = SimTime::ZERO;
        self.forget_all();
        std::mem::take(&mut self.unsettled)
    }

    fn forget_all(&mut self) {
        self.inside.clear();
        self.forgets_at = Self::FEW;
        self.begun = 0;
        self.dead_waiting = 0;
    }
}

impl Server {
    /// Connections that its balancers still count, and attempts inside it, as [`Server::held`]
    /// says, now that some of these are settled.
    pub fn held_now(&self, now: SimTime) -> u32 {
        self.held() + self.ahead.dead(now)
    }

    /// Whether it holds `most` connections and attempts, or more.
    #[inline]
    pub fn holds(&mut self, most: u32, now: SimTime, workers: u32) -> bool {
        if most == u32::MAX {
            return false;
        }
        // Settled ones that open are connections already.
        let may_be_dead = self.ahead.inside.len() as u32;
        if self.held().saturating_add(may_be_dead) < most {
            return false;
        }
        self.ahead.forget_ended(now, workers);
        self.held_now(now) >= most
    }

    /// What there is to be seen of it now.
    pub fn seen(&mut self, now: SimTime) -> Seen {
        if self.ahead.last_end <= now {
            // Whoever looks at servers at rest, again and again, need not look at what has ended.
            self.ahead.forget_all();
        }
        let waiting = if self.ahead.is_on { self.ahead.waiting(now) } else { self.queue.len() };
        let mut seen = Seen {
            connections: self.connections,
            queued: waiting as u32,
            busy_time: self.busy_time(now),
        };
        for foreseen in &self.ahead.inside {
            if foreseen.end > now && foreseen.is_settled {
                seen.connections -= u32::from(foreseen.outcome == Outcome::Opens);
                // Counted from its start to its end.
                seen.busy_time -= foreseen.end.since(foreseen.start.max(now)).as_nanos();
            } else if foreseen.start < now && !foreseen.is_settled {
                seen.busy_time += now.since(foreseen.start).as_nanos();
            }
        }
        seen
    }
}

impl<W: Witness> Simulation<'_, W> {
    /// Whether it can be foreseen what becomes of handshakes: nothing but queue and workers decides it.
    fn can_look_ahead(&self) -> bool {
        let rules = &self.accept.rules;
        self.plan.servers.accept_queue > 0
            && self.plan.servers.liveness.is_none()
            && self.messages.is_none()
            && rules.admit.is_none()
            && rules.memory.is_none()
            && !self.accept.asks_services()
    }

    /// From now on what can be foreseen is.
    pub fn look_ahead(&mut self) {
        self.foresight.applies = self.can_look_ahead();
    }

    /// An event is pending that may disturb servers.
    #[inline(never)]
    pub fn expect_disturbance(&mut self, time: SimTime) {
        let foresight = &mut self.foresight;
        debug_assert!(foresight.servers.is_empty(), "only what disturbs makes new disturbances");
        if time <= self.end {
            foresight.disturbances.push(Reverse(time));
        }
    }

    /// An event begins that may disturb servers.
    #[inline(never)]
    pub fn be_disturbed(&mut self) {
        self.foresight.disturbances.pop();
        self.look_no_further();
    }

    /// Every server goes on event by event: what is not settled is in its queue, or goes to a
    /// worker, who has been at it since its turn.
    pub fn look_no_further(&mut self) {
        let now = self.now;
        self.foresight.is_calm = None;
        for server in std::mem::take(&mut self.foresight.servers) {
            for (start, handshake) in self.servers[server as usize].ahead.stop() {
                debug_assert!(start <= now, "nothing disturbs a server before it was expected");
                if start > handshake.since {
                    self.record.queued.sub(start, 1);
                }
                self.now = start;
                self.serve(server, handshake);
                self.now = now;
            }
        }
    }

    /// Whether it is foreseen what becomes of a handshake that comes in now.
    #[inline]
    pub fn looks_ahead(&mut self, server: u32) -> bool {
        self.servers[server as usize].ahead.is_on
            || self.foresight.applies && self.begin_to_look_ahead(server)
    }

    /// A server begins to look ahead, those in its queue included: if these are fewer than came
    /// since it stopped, so that disturbances, however many, cost each handshake little.
    #[inline(never)]
    fn begin_to_look_ahead(&mut self, server: u32) -> bool {
        let at = &mut self.servers[server as usize];
        at.ahead.came_since = at.ahead.came_since.saturating_add(1);
        if !at.is_ready() || at.queue.len() >= at.ahead.came_since as usize || !self.is_calm() {
            return false;
        }
        let next = self.foresight.disturbances.peek();
        self.foresight.until = next.map_or(self.end, |next| next.0);
        self.foresight.servers.push(server);
        let at = &self.servers[server as usize];
        let busy = at.workers.iter().flatten().map(|handshake| self.is_done_at(handshake));
        let until: Vec<SimTime> = busy.collect();
        let at = &mut self.servers[server as usize];
        at.busy_until(until.into_iter());
        at.ahead.is_on = true;
        let queue = std::mem::take(&mut at.queue);
        if queue.len() == self.plan.servers.accept_queue as usize {
            self.record.queue_full(self.now, false);
        }
        for handshake in &queue {
            self.foresee(server, handshake, false);
        }
        self.note_full_ahead(server);
        true
    }

    fn is_calm(&mut self) -> bool {
        let servers = &self.servers;
        *self
            .foresight
            .is_calm
            .get_or_insert_with(|| servers.iter().all(|server| server.stage != Stage::Draining))
    }

    /// Whether the accept queue of a server that looks ahead is full; `None` if it does not.
    #[inline]
    pub fn is_full_ahead(&self, server: u32) -> Option<bool> {
        let looks_ahead = self.servers[server as usize].ahead.is_on;
        looks_ahead.then(|| self.room_ahead_at(server).is_some())
    }

    /// When the accept queue of a server that looks ahead has room again, if it is full.
    #[inline]
    fn room_ahead_at(&self, server: u32) -> Option<SimTime> {
        let most = self.plan.servers.accept_queue as usize;
        self.servers[server as usize].ahead.room_at(most, self.now)
    }

    /// A handshake comes into a server that looks ahead. Whether its client hears in time.
    #[inline]
    pub fn enter_ahead(&mut self, server: u32, handshake: &Handshake) -> bool {
        let foreseen = self.foresee(server, handshake, true);
        if foreseen.start > self.now {
            self.note_full_ahead(server);
        }
        foreseen.outcome == Outcome::Opens
    }

    /// What becomes of a handshake that is in a server's queue, or comes in now.
    #[inline]
    fn foresee(&mut self, server: u32, handshake: &Handshake, comes_now: bool) -> Foreseen {
        let plan::Handshake { workers, abandoned, .. } = self.plan.servers.handshake;
        let work = self.slowed_work(server, handshake.work);
        let at = &mut self.servers[server as usize];
        let mut foreseen = Foreseen::of(handshake, at.turn(self.now, workers), work, abandoned);
        foreseen.is_settled = foreseen.end <= self.foresight.until;
        if foreseen.outcome != Outcome::PassedOver {
            at.book(self.now, foreseen.end.since(foreseen.start), workers);
        }
        at.ahead.add(foreseen, self.now, workers);
        if foreseen.is_settled {
            if foreseen.start > handshake.since {
                if comes_now {
                    self.record.queued.add_between(self.now, foreseen.start);
                } else {
                    self.record.queued.sub(foreseen.start, 1);
                }
            }
            self.settle(server, handshake, foreseen);
        } else {
            if comes_now && foreseen.start > self.now {
                self.record.queued.add(self.now, 1);
            }
            let at = &mut self.servers[server as usize];
            if foreseen.start <= self.foresight.until {
                at.ahead.unsettled.push((foreseen.start, *handshake));
            } else {
                at.queue.push_back(*handshake);
            }
        }
        foreseen
    }

    /// There may be no more room in an accept queue, until the next is taken up.
    #[inline]
    fn note_full_ahead(&mut self, server: u32) {
        if let Some(until) = self.room_ahead_at(server) {
            if until <= self.foresight.until {
                self.record.queue_full_until(self.now, until);
            } else {
                self.record.queue_full(self.now, true);
            }
        }
    }

    /// Writes down what becomes of a handshake: at the times at which it will.
    #[inline]
    fn settle(&mut self, server: u32, handshake: &Handshake, foreseen: Foreseen) {
        let Foreseen { start, end, outcome, .. } = foreseen;
        if outcome != Outcome::PassedOver {
            self.servers[server as usize].working.add_between(start, end);
            self.record.busy.add_between(start, end);
            self.record.handshake(start, start.since(handshake.since));
        }
        if outcome == Outcome::Opens {
            self.foresight.events += 1;
            let now = std::mem::replace(&mut self.now, end);
            self.open(server, handshake);
            self.now = now;
        } else {
            self.settle_dead(server, handshake, foreseen);
        }
    }

    /// The same of one that opens nothing. Its balancer, whose picks its counts may decide,
    /// counts it until it ends.
    #[inline(never)]
    fn settle_dead(&mut self, server: u32, handshake: &Handshake, foreseen: Foreseen) {
        if foreseen.outcome == Outcome::Dead {
            self.record.counts.dead_handshakes += u64::from(self.record.counts_at(foreseen.end));
        }
        let Handshake { counted, instance, .. } = *handshake;
        self.at(foreseen.end, Event::Uncount { server, counted, instance });
    }

    /// A handshake ends that opens nothing.
    pub fn uncount_dead(&mut self, server: u32, counted: u32, instance: u32) {
        let resets = self.tier.resets(instance);
        let counted = resets.wrapping_sub(resets.wrapping_sub(counted) & 0xFFFF);
        self.tier.closed_since(instance, counted, BackendId::new(server));
    }
}
