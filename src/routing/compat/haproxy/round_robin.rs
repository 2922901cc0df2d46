//! `balance roundrobin` as HAProxy does it.

use std::collections::BTreeSet;

use super::{EWGHT_MAX, WEIGHT_SCALE, eweight, is_reload};
use crate::routing::backend::BackendId;
use crate::routing::connections::Connections;
use crate::routing::membership::Membership;
use crate::routing::scheme::Rules;

/// HAProxy's `balance roundrobin`: each in turn, in proportion to weight.
///
/// For short requests. It counts no connections: those that stay make an old server
/// and a new one as unequal as they were.
///
/// Time is counted in picks. A server that is picked has its next turn (sum of weights)
/// / (its weight) later; the remainder is carried along. At each pick the server whose
/// turn has come is taken, the earliest first; if there is none, the heaviest that has
/// not had its first turn in this window; if there is none either, the one whose turn
/// comes next. A window lasts 16 picks for each unit of weight; turns beyond it wait for
/// the next one, which begins with all servers sorted by weight. (A window may end a
/// pick early or late for a server.) Weights 1, 2, 3 give 3 2 3 1 3 2, then 3 2 3 1 3 2:
/// another order than nginx's 3 2 1 3 2 3.
///
/// Cost: O(log n) a pick, 80 to 190 ns at 10 to 1,000 servers. Memory: about 90 bytes a
/// server. Balance: over a window each server is within a pick or two of its share.
/// Disruption: it moves nothing.
///
/// Source: HAProxy 2.6 `src/lb_fwrr.c` (its rules, stated anew), checked against
/// recordings with weights 1:2:3:1:2.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let ids = [1, 2, 3].map(|weight| cluster.join(&format!("127.0.0.1:900{weight}"), weight, None));
/// let mut scheme = Scheme::build(&SchemeConfig::HaproxyRoundRobin, &cluster);
/// let picks: Vec<_> = (0..6).map(|_| scheme.pick(b"", 0).unwrap()).collect();
/// assert_eq!(picks, [2, 1, 2, 0, 2, 1].map(|place| ids[place]), "recorded from HAProxy");
/// ```
#[derive(Clone, Debug)]
pub struct HaproxyRoundRobin {
    servers: Vec<Server>,
    // Who waits for a turn in this window (CURRENT) and, by weight, who has not had a
    // first one and who waits for the next window; those two change places.
    queues: [BTreeSet<Ticket>; 3],
    init: usize,
    next: usize,
    curr_weight: u32,
    next_weight: u32,
    curr_pos: u32,
    tickets: u64,
}

/// The queue of turns in this window.
const CURRENT: usize = 2;

/// Sorts first by key, then by who came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ticket {
    key: u32,
    number: u64,
    place: u32,
}

#[derive(Clone, Debug)]
struct Server {
    id: BackendId,
    eweight: u32,
    // When its next turn comes, when the last one was due, and the remainder carried.
    npos: u32,
    lpos: u32,
    rweight: u32,
    waits: Option<(usize, Ticket)>,
}

impl HaproxyRoundRobin {
    /// Puts a server into a queue behind those of the same key.
    fn enter(&mut self, place: usize, queue: usize, key: u32) {
        let ticket = Ticket { key, number: self.tickets, place: place as u32 };
        self.tickets += 1;
        self.queues[queue].insert(ticket);
        self.servers[place].waits = Some((queue, ticket));
    }

    fn leave(&mut self, place: usize) {
        if let Some((queue, ticket)) = self.servers[place].waits.take() {
            self.queues[queue].remove(&ticket);
        }
    }

    /// Heavy ones first, for a smooth order.
    fn enter_by_weight(&mut self, place: usize, queue: usize) {
        self.enter(place, queue, EWGHT_MAX - self.servers[place].eweight);
    }

    /// Queues a server for its next turn: in this window or, beyond it, for the next.
    fn enter_by_turn(&mut self, place: usize) {
        let (window, next_window) = (self.curr_weight, self.next_weight);
        let server = &mut self.servers[place];
        let late = server.npos >= window.wrapping_mul(2)
            || server.npos >= window.wrapping_add(next_window);
        if late {
            server.npos = server.npos.wrapping_sub(window);
            self.enter_by_weight(place, self.next);
        } else {
            // Of two turns at one time the heavier server's comes first, in steps of 16.
            let order = (EWGHT_MAX + server.rweight - server.eweight) / WEIGHT_SCALE;
            let key = server.npos.wrapping_mul(EWGHT_MAX / WEIGHT_SCALE).wrapping_add(order);
            self.enter(place, CURRENT, key);
        }
    }

    /// Brings what a server knows of its turns to this window's count.
    fn recall(&mut self, place: usize) {
        let queue = self.servers[place].waits.map(|(queue, _)| queue);
        let server = &mut self.servers[place];
        match queue {
            None => server.npos = self.curr_pos,
            Some(queue) if queue == self.init => (server.npos, server.rweight) = (0, 0),
            Some(queue) if queue == self.next => {
                server.npos = server.npos.wrapping_add(self.curr_weight);
            }
            Some(_) => {}
        }
    }

    /// Whose turn it is in this window, if anybody is left.
    fn first(&mut self) -> Option<usize> {
        let waiting = self.queues[CURRENT].first().map(|ticket| ticket.place as usize);
        if let Some(place) = waiting.filter(|&place| self.servers[place].npos <= self.curr_pos) {
            return Some(place);
        }
        let fresh = self.queues[self.init].first().map(|ticket| ticket.place as usize);
        if let Some(place) = fresh {
            (self.servers[place].npos, self.servers[place].rweight) = (0, 0);
        }
        fresh.or(waiting)
    }

    fn begin_window(&mut self) {
        std::mem::swap(&mut self.init, &mut self.next);
        self.curr_weight = self.next_weight;
        self.curr_pos = self.curr_weight;
    }

    /// Sets when the next turn of a server comes.
    fn advance(&mut self, place: usize) {
        let (now, window) = (self.curr_pos, self.next_weight);
        let server = &mut self.servers[place];
        if server.eweight == 0 {
            return;
        }
        if server.npos == 0 {
            server.npos = now;
        }
        server.lpos = server.npos;
        server.npos = server.npos.wrapping_add(window / server.eweight);
        server.rweight += window % server.eweight;
        if server.rweight >= server.eweight {
            server.rweight -= server.eweight;
            server.npos = server.npos.wrapping_add(1);
        }
    }

    fn take_turn(&mut self) -> Option<BackendId> {
        if self.curr_weight == 0 {
            self.curr_weight = self.next_weight;
            self.curr_pos = self.next_weight;
        }
        let place = self.first().or_else(|| {
            self.begin_window();
            self.first()
        })?;
        self.advance(place);
        self.leave(place);
        self.curr_pos = self.curr_pos.wrapping_add(1);
        self.enter_by_turn(place);
        Some(self.servers[place].id)
    }

    /// A server has come up, gone down or changed its weight in a running process.
    fn reweigh(&mut self, place: usize, eweight: u32) {
        let before = std::mem::replace(&mut self.servers[place].eweight, eweight);
        if before == eweight {
            return;
        }
        self.next_weight = self.next_weight.wrapping_sub(before).wrapping_add(eweight);
        if eweight == 0 {
            self.leave(place);
            return;
        }
        let queue = self.servers[place].waits.map(|(queue, _)| queue);
        if queue == Some(self.init) {
            self.leave(place);
            self.enter_by_weight(place, self.init);
            return;
        }
        self.recall(place);
        let (now, window) = (self.curr_pos, self.next_weight);
        let rest = window.wrapping_add(self.curr_weight).wrapping_sub(now);
        let server = &mut self.servers[place];
        if queue.is_none() {
            server.npos = now.wrapping_add(rest / eweight);
        } else {
            let step = window / eweight;
            server.npos = server.lpos.wrapping_add(step).min(server.npos);
            server.rweight = 0;
            if server.npos < now.wrapping_add(2) {
                server.npos = now.wrapping_add(step);
            }
        }
        self.leave(place);
        self.enter_by_turn(place);
    }
}

impl Rules for HaproxyRoundRobin {
    type Config = ();

    fn build((): &(), membership: &Membership) -> Self {
        let server = |backend| Server {
            eweight: eweight(backend),
            id: backend.id,
            npos: 0,
            lpos: 0,
            rweight: 0,
            waits: None,
        };
        let servers: Vec<Server> = membership.iter().map(server).collect();
        let total = servers.iter().fold(0_u32, |sum, server| sum.wrapping_add(server.eweight));
        let mut group = Self {
            servers,
            queues: Default::default(),
            init: 0,
            next: 1,
            curr_weight: total,
            next_weight: total,
            curr_pos: total,
            tickets: 0,
        };
        for place in 0..group.servers.len() {
            if group.servers[place].eweight > 0 {
                group.enter_by_weight(place, group.init);
            }
        }
        group
    }

    fn pick(&mut self, _: &Connections, _: &[u8], _: u64) -> Option<BackendId> {
        self.take_turn()
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        if is_reload(self.servers.iter().map(|server| server.id), membership) {
            *self = Self::build(&(), membership);
            return;
        }
        for (place, backend) in membership.iter().enumerate() {
            self.reweigh(place, eweight(backend));
        }
    }

    fn bytes(&self) -> usize {
        // A B-tree's leaf holds 11 entries and is at least half full.
        let tickets: usize = self.queues.iter().map(BTreeSet::len).sum();
        self.servers.capacity() * size_of::<Server>() + tickets * 2 * size_of::<Ticket>()
    }
}
