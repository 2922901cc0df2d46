//! Who is told what happens: nobody in a plain run, at no cost, or a listener.
//!
//! A simulation has its witness as a type, so a plain run is compiled without a trace of it.
//! What is known before its time, as the start of the next attempt or when a client hears of a
//! refusal, is told when it is known and kept until then: in memory for the clients that are
//! there, not for the run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::ops::ControlFlow;

use super::client::{Client, State};
use super::server::Handshake;
use super::simulation::Simulation;
use crate::engine::SimTime;
use crate::observe::log::{Entry, Fact, Listener};

/// Who is told what happens.
pub(super) trait Witness: fmt::Debug {
    /// Whether anybody listens.
    const LISTENS: bool;

    /// Whether the run is a plain one, as [`super::plain::is_plain`] says: what a plain run has no
    /// need of is compiled away with what nobody listens to.
    const PLAIN: bool;

    /// The client of this number takes a place.
    fn takes_place(&mut self, place: u32, number: u32);

    /// The number of the client in a place.
    fn number(&self, place: u32) -> u32;

    /// Something happens at the entry's time, which is `now` or comes later.
    fn tell(&mut self, now: SimTime, entry: Entry);

    /// Time goes on to `now`. Whether anybody still listens.
    fn proceed(&mut self, now: SimTime) -> bool;
}

/// Nobody; of a plain run, if `PLAIN`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Nobody<const PLAIN: bool>;

impl<const PLAIN: bool> Witness for Nobody<PLAIN> {
    const LISTENS: bool = false;
    const PLAIN: bool = PLAIN;

    fn takes_place(&mut self, _: u32, _: u32) {}

    fn number(&self, _: u32) -> u32 {
        0
    }

    fn tell(&mut self, _: SimTime, _: Entry) {}

    fn proceed(&mut self, _: SimTime) -> bool {
        true
    }
}

/// A listener, with what it is yet to hear.
pub(super) struct Attentive<'l> {
    listener: &'l mut dyn Listener,
    /// The number of the client in each place.
    numbers: Vec<u32>,
    later: BinaryHeap<Reverse<Later>>,
    /// How many were told before their time: keeps the order of one instant.
    told: u64,
    /// Whether the listener has heard enough.
    is_content: bool,
}

/// What is told before its time.
struct Later {
    order: (SimTime, u64),
    entry: Entry,
}

impl PartialEq for Later {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Later {}

impl PartialOrd for Later {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Later {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order.cmp(&other.order)
    }
}

impl<'l> Attentive<'l> {
    /// Who has heard nothing yet.
    pub fn new(listener: &'l mut dyn Listener) -> Self {
        let (numbers, later) = (Vec::new(), BinaryHeap::new());
        Self { listener, numbers, later, told: 0, is_content: false }
    }

    fn hear(&mut self, entry: &Entry) {
        if !self.is_content {
            self.is_content = self.listener.hear(entry) == ControlFlow::Break(());
        }
    }
}

impl fmt::Debug for Attentive<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attentive").field("later", &self.later.len()).finish_non_exhaustive()
    }
}

impl Witness for Attentive<'_> {
    const LISTENS: bool = true;
    const PLAIN: bool = false;

    fn takes_place(&mut self, place: u32, number: u32) {
        let place = place as usize;
        if place >= self.numbers.len() {
            self.numbers.resize(place + 1, 0);
        }
        self.numbers[place] = number;
    }

    fn number(&self, place: u32) -> u32 {
        self.numbers.get(place as usize).copied().unwrap_or(0)
    }

    fn tell(&mut self, now: SimTime, entry: Entry) {
        if !self.listener.wants(&entry) {
            return;
        }
        // What is due has been heard already, so this is next.
        if entry.time <= now {
            return self.hear(&entry);
        }
        self.told += 1;
        self.later.push(Reverse(Later { order: (entry.time, self.told), entry }));
    }

    fn proceed(&mut self, now: SimTime) -> bool {
        while let Some(Reverse(next)) = self.later.peek()
            && next.order.0 <= now
            && !self.is_content
        {
            let entry = next.entry;
            self.later.pop();
            self.hear(&entry);
        }
        !self.is_content && now <= self.listener.until()
    }
}

impl<W: Witness> Simulation<'_, W> {
    /// Something happens to the cluster.
    #[inline]
    pub fn tell(&mut self, fact: Fact) {
        if W::LISTENS {
            self.told(self.now, None, None, None, fact);
        }
    }

    /// Something happens to a server.
    #[inline]
    pub fn tell_server(&mut self, server: u32, fact: Fact) {
        if W::LISTENS {
            self.told(self.now, None, None, Some(server), fact);
        }
    }

    /// Something happens to a client now; at a server, if that is given.
    #[inline]
    pub fn tell_client(&mut self, place: u32, client: &Client, server: Option<u32>, fact: Fact) {
        if W::LISTENS {
            self.told(self.now, Some(place), attempt_of(client, client.attempt), server, fact);
        }
    }

    /// Something is to happen to a client at `time`, if it is still there then.
    #[inline]
    pub fn foretell(&mut self, place: u32, client: &Client, time: SimTime, fact: Fact) {
        if W::LISTENS && time < client.leaves && time <= self.end {
            self.told(time, Some(place), attempt_of(client, client.attempt), None, fact);
        }
    }

    /// Something happens to an attempt inside a server. Its client is named as long as it is
    /// there; a probe is no attempt.
    #[inline]
    pub fn tell_inside(&mut self, server: u32, handshake: &Handshake, fact: Fact) {
        if W::LISTENS && !handshake.is_probe() {
            let client = self.clients.get(handshake.client);
            let age = client.attempt.wrapping_sub(client.first);
            let is_its_own = handshake.attempt.wrapping_sub(client.first) <= age;
            let is_there = client.state != State::Absent && is_its_own;
            let place = is_there.then_some(handshake.client);
            let attempt = place.and_then(|_| attempt_of(&client, handshake.attempt));
            self.told(self.now, place, attempt, Some(server), fact);
        }
    }

    #[inline(never)]
    fn told(
        &mut self,
        time: SimTime,
        place: Option<u32>,
        attempt: Option<u32>,
        server: Option<u32>,
        fact: Fact,
    ) {
        let client = place.map(|place| self.witness.number(place));
        self.witness.tell(self.now, Entry { time, client, attempt, server, fact });
    }
}

/// Which of a client's attempts this is, from 1 on; none before the first.
fn attempt_of(client: &Client, attempt: u32) -> Option<u32> {
    Some(attempt.wrapping_sub(client.first)).filter(|number| *number > 0)
}
