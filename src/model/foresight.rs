//! Handshakes of which it is known when they are admitted what becomes of them.
//!
//! A server's queue is first come first served, the work of a handshake is drawn for its
//! attempt, and when its client gives up or leaves is known: so its start and its end follow
//! as it is let in (Kiefer and Wolfowitz' recursion, see [`super::server::Server::book`]), unless
//! something disturbs the server before. What may, a crash, a deploy, an end of warm-up, is itself an
//! event that is pending. So whatever ends before the next of those is written down at once,
//! and needs neither a place in the queue nor an event of its own. What ends later waits in the
//! queue, or is given to its worker when the disturbance comes; from then on the server works
//! event by event, until as many have come as wait in its queue, and it looks ahead again.
//!
//! Nothing is ever taken back, and the results are those of [`super::run_by_events`], bit for
//! bit; a test holds the two equal over random scenarios.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::ahead::{Foreseen, Outcome};
use super::event::Event;
use super::server::{Handshake, Stage};
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::SimTime;
use crate::plan;
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

impl<W: Witness> Simulation<'_, W> {
    /// Whether it can be foreseen what becomes of handshakes: nothing but queue and workers decides it.
    fn can_look_ahead(&self) -> bool {
        let rules = self.rules();
        self.plan.servers.accept_queue > 0
            && self.plan.servers.liveness.is_none()
            && !self.has_messages()
            && rules.admit.is_none()
            && rules.memory.is_none()
            && !self.asks_services()
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
        at.busy_until(until.into_iter(), self.plan.servers.handshake.workers);
        at.ahead.is_on = true;
        let queue = std::mem::take(&mut at.queue);
        if queue.len() == self.plan.servers.accept_queue as usize {
            self.record.queue_full(self.now, false);
        }
        for handshake in &queue {
            self.foresee_waiting(server, handshake);
        }
        let most = self.plan.servers.accept_queue as usize;
        if let Some(first) = self.servers[server as usize].ahead.turn_of_first(most, 0) {
            self.note_full_ahead(server, first);
        }
        true
    }

    fn is_calm(&mut self) -> bool {
        let servers = &self.servers;
        *self
            .foresight
            .is_calm
            .get_or_insert_with(|| servers.iter().all(|server| server.stage != Stage::Draining))
    }

    /// A handshake comes into a server that looks ahead. Whether its client hears in time.
    #[inline(always)]
    pub fn enter_ahead(&mut self, server: u32, handshake: &Handshake) -> bool {
        // Asked for long before it is needed, as it is seldom in the first cache.
        let most = self.plan.servers.accept_queue as usize;
        let first = self.servers[server as usize].ahead.turn_of_first(most, 1);
        let foreseen = self.foresee(server, handshake, true);
        if foreseen.start > self.now {
            // Where one place is all there is, it is taken until its own turn.
            let own = (most == 1).then_some(foreseen.start);
            if let Some(first) = first.or(own) {
                self.note_full_ahead(server, first);
            }
        }
        foreseen.outcome == Outcome::Opens
    }

    /// What becomes of a handshake that is in a server's queue.
    #[inline(never)]
    fn foresee_waiting(&mut self, server: u32, handshake: &Handshake) {
        self.foresee(server, handshake, false);
    }

    /// What becomes of a handshake that is in a server's queue, or comes in now.
    #[inline(always)]
    fn foresee(&mut self, server: u32, handshake: &Handshake, comes_now: bool) -> Foreseen {
        let plan::Handshake { workers, abandoned, .. } = self.plan.servers.handshake;
        let work = self.slowed_work(server, handshake.work);
        let at = &mut self.servers[server as usize];
        let mut foreseen = Foreseen::of(handshake, at.turn(self.now, workers), work, abandoned);
        foreseen.is_settled = foreseen.end <= self.foresight.until;
        if foreseen.outcome != Outcome::PassedOver {
            at.book(self.now, foreseen.end.since(foreseen.start), workers);
        }
        at.ahead.add(&foreseen, self.now, workers);
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

    /// There may be no more room in an accept queue, until it is the turn of the `first`.
    #[inline]
    fn note_full_ahead(&mut self, server: u32, first: SimTime) {
        if self.servers[server as usize].ahead.fill(first, self.now) {
            if first <= self.foresight.until {
                self.record.queue_full_until(self.now, first);
            } else {
                self.record.queue_full(self.now, true);
            }
        }
    }

    /// Writes down what becomes of a handshake: at the times at which it will.
    #[inline(always)]
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

    /// A handshake ends that opens nothing, or what nobody answered.
    pub fn uncount_dead(&mut self, server: u32, counted: u32, instance: u32) {
        let resets = self.tier.resets(instance);
        let counted = resets.wrapping_sub(resets.wrapping_sub(counted) & 0xFFFF);
        self.tier.closed_since(instance, counted, BackendId::new(server));
    }
}
