//! What a server foresees: of each handshake inside it when it is its turn, when it ends, and how.

use std::collections::VecDeque;

use super::server::{Handshake, Seen, Server};
use super::tagged::Tagged;
use crate::engine::{SimDuration, SimTime};
use crate::plan::Abandoned;

/// How a handshake ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Its connection opens.
    Opens,
    /// It is work for nothing.
    Dead,
    /// Nobody waits for it any more when it is its turn.
    PassedOver,
}

/// What becomes of a handshake inside a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Foreseen {
    /// When it is its turn.
    pub start: SimTime,
    /// When its worker is free again.
    pub end: SimTime,
    pub outcome: Outcome,
    /// Whether it is written down, as it ends before anything may disturb it.
    pub is_settled: bool,
}

impl Foreseen {
    /// What becomes of a handshake for which a worker is free at `turn` and that takes so much work.
    pub fn of(
        handshake: &Handshake,
        turn: SimTime,
        work: SimDuration,
        abandoned: Abandoned,
    ) -> Self {
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
}

/// How a handshake inside a server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing is written down of it.
    Unsettled,
    /// It is settled, and opens its connection.
    Opens,
    /// It is settled, and opens nothing.
    Dead,
}

/// What is kept of a handshake inside a server: 16 bytes, as servers' lists of these are
/// what misses the cache where many wait.
#[derive(Clone, Copy, Debug)]
struct Inside {
    start: SimTime,
    /// When it ends, or the last instant that fits, and how it stands.
    end_standing: Tagged,
}

const _: () = assert!(size_of::<Inside>() == 16);

impl Inside {
    #[inline]
    fn of(foreseen: &Foreseen) -> Self {
        let standing = match (foreseen.is_settled, foreseen.outcome) {
            (false, _) => Standing::Unsettled,
            (true, Outcome::Opens) => Standing::Opens,
            (true, _) => Standing::Dead,
        };
        let end = foreseen.end.min(Tagged::LAST);
        Self { start: foreseen.start, end_standing: Tagged::new(end, standing as u8) }
    }

    const fn end(self) -> SimTime {
        self.end_standing.time()
    }

    const fn standing(self) -> Standing {
        match self.end_standing.tag() {
            0 => Standing::Unsettled,
            1 => Standing::Opens,
            _ => Standing::Dead,
        }
    }

    fn is_dead(self) -> bool {
        self.standing() == Standing::Dead
    }
}

/// What one server foresees. What every attempt looks at comes first.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub struct Ahead {
    /// Whether all that comes in is foreseen.
    pub(super) is_on: bool,
    /// Handshakes that came since it was not.
    pub(super) came_since: u32,
    /// Until when its accept queue is full, if it is: nothing else is asked for what comes in.
    full_until: SimTime,
    /// All that are inside, in the order of their turns, and some that have ended.
    inside: VecDeque<Inside>,
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
    pub(super) unsettled: Vec<(SimTime, Handshake)>,
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

    /// Whether no more fit into its accept queue now.
    #[inline]
    pub fn is_full(&self, now: SimTime) -> bool {
        self.full_until > now
    }

    /// Of the last `most` handshakes, once `more` have come: the turn of the first. As long as it is
    /// to come, all of these wait, since they wait in the order in which they are kept. `None` if
    /// there are fewer, or the first is one of those to come.
    #[inline(always)]
    pub(super) fn turn_of_first(&self, most: usize, more: usize) -> Option<SimTime> {
        let first = self.inside.get((self.inside.len() + more).checked_sub(most)?)?;
        Some(first.start)
    }

    /// The accept queue is full until `first`, the turn of the first of the last that it has room
    /// for, unless that has come: whether it is.
    #[inline(always)]
    pub(super) fn fill(&mut self, first: SimTime, now: SimTime) -> bool {
        let is_full = first > now;
        if is_full {
            self.full_until = first;
        }
        is_full
    }

    /// How many wait now.
    fn waiting(&mut self, now: SimTime) -> usize {
        while let Some(next) = self.inside.get(self.begun)
            && next.start <= now
        {
            self.begun += 1;
            self.dead_waiting -= u32::from(next.is_dead());
        }
        self.inside.len() - self.begun
    }

    #[inline(always)]
    pub(super) fn add(&mut self, foreseen: &Foreseen, now: SimTime, workers: u32) {
        if self.inside.len() >= self.forgets_at {
            self.forget_ended(now, workers);
        }
        let inside = Inside::of(foreseen);
        self.last_end = self.last_end.max(inside.end());
        self.dead_waiting += u32::from(inside.is_dead());
        self.inside.push_back(inside);
    }

    /// Forgets those that have ended, but for few, and again when there are half as many more:
    /// all at once, since when each ends is a branch that no processor guesses.
    #[inline(never)]
    fn forget_ended(&mut self, now: SimTime, workers: u32) {
        self.waiting(now);
        while let Some(first) = self.inside.front()
            && first.end() <= now
        {
            self.inside.pop_front();
            self.begun -= 1;
        }
        // Behind one that takes long, many may have ended.
        if self.begun > 2 * workers as usize + Self::FEW {
            self.inside.retain(|inside| inside.end() > now);
            self.begun = self.inside.partition_point(|inside| inside.start <= now);
        }
        self.forgets_at = Self::FEW.max(self.inside.len() + self.inside.len() / 2);
    }

    /// Settled handshakes inside the server that open nothing, once it is known how many wait.
    fn dead(&self, now: SimTime) -> u32 {
        let begun = self.inside.iter().take(self.begun);
        let dead = begun.filter(|inside| inside.is_dead() && inside.end() > now);
        self.dead_waiting + dead.count() as u32
    }

    pub(super) fn stop(&mut self) -> Vec<(SimTime, Handshake)> {
        self.is_on = false;
        self.came_since = 0;
        self.last_end = SimTime::ZERO;
        self.forget_all();
        std::mem::take(&mut self.unsettled)
    }

    fn forget_all(&mut self) {
        self.inside.clear();
        self.forgets_at = Self::FEW;
        self.full_until = SimTime::ZERO;
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
        for inside in &self.ahead.inside {
            let (start, end, standing) = (inside.start, inside.end(), inside.standing());
            if end > now && standing != Standing::Unsettled {
                seen.connections -= u32::from(standing == Standing::Opens);
                // Counted from its start to its end.
                seen.busy_time -= end.since(start.max(now)).as_nanos();
            } else if start < now && standing == Standing::Unsettled {
                seen.busy_time += now.since(start).as_nanos();
            }
        }
        seen
    }
}
