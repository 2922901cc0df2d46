//! `balance leastconn` as HAProxy does it.

use std::collections::BTreeSet;

use super::{EWGHT_MAX, eweight, is_reload};
use crate::routing::backend::BackendId;
use crate::routing::connections::{Connections, Recount};
use crate::routing::membership::Membership;
use crate::routing::scheme::Rules;

/// HAProxy's `balance leastconn`: the fewest connections for its weight, of equals the
/// one that has waited longest.
///
/// For connections that stay, behind one HAProxy: HAProxy's manual advises it for long
/// sessions. A new server takes all new connections until it has caught up. A reload
/// starts a process that counts from 0
/// ([`Scheme::forget_counts`](crate::routing::Scheme::forget_counts)).
///
/// A server's key is 0 if it is idle, else (connections + 1) x 4096 / (16 x weight),
/// rounded down, in 32 bits. The smallest key wins. A server goes behind all others of
/// its key whenever its key changes. Heavy servers change key less often: with weight
/// 256 each key is one connection, with 1 it is 1/256 of it. From 1,048,575 connections
/// to one server on, the product overflows, in HAProxy too.
///
/// Cost: O(1) a pick, O(log n) a change of a count; 90 ns for both. Memory: about 80
/// bytes a server. Balance: within one connection for equal weights. Disruption: it
/// moves nothing.
///
/// Source: HAProxy 2.6 `src/lb_fwlc.c`.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let first = cluster.join("127.0.0.1:9001", 1, None);
/// let second = cluster.join("127.0.0.1:9002", 1, None);
/// let mut scheme = Scheme::build(&SchemeConfig::HaproxyLeastconn, &cluster);
/// assert_eq!(scheme.pick(b"", 0), Some(first));
/// scheme.opened(first);
/// assert_eq!(scheme.pick(b"", 0), Some(second));
/// ```
#[derive(Clone, Debug)]
pub struct HaproxyLeastconn {
    servers: Vec<Server>,
    queue: BTreeSet<Ticket>,
    tickets: u64,
}

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
    waits: Option<Ticket>,
}

/// What servers are sorted by; the effective weight is above 0.
///
/// Source: `fwlc_queue_srv` in HAProxy 2.6 `src/lb_fwlc.c`.
fn key(inflight: u32, eweight: u32) -> u32 {
    if inflight == 0 { 0 } else { inflight.wrapping_add(1).wrapping_mul(EWGHT_MAX) / eweight }
}

impl HaproxyLeastconn {
    fn over(membership: &Membership, held: &Connections) -> Self {
        let mut all = Self { servers: Vec::new(), queue: BTreeSet::new(), tickets: 0 };
        for (place, backend) in membership.iter().enumerate() {
            let eweight = eweight(backend);
            all.servers.push(Server { id: backend.id, eweight, waits: None });
            all.enter(place, held.to(backend.id));
        }
        all
    }

    /// Puts a server behind all of its key.
    fn enter(&mut self, place: usize, inflight: u32) {
        let server = &mut self.servers[place];
        if let Some(old) = server.waits.take() {
            self.queue.remove(&old);
        }
        if server.eweight > 0 {
            let key = key(inflight, server.eweight);
            let ticket = Ticket { key, number: self.tickets, place: place as u32 };
            self.tickets += 1;
            self.queue.insert(ticket);
            server.waits = Some(ticket);
        }
    }
}

impl Rules for HaproxyLeastconn {
    type Config = ();

    fn build((): &(), membership: &Membership) -> Self {
        Self::over(membership, &Connections::default())
    }

    fn pick(&mut self, _: &Connections, _: &[u8], _: u64) -> Option<BackendId> {
        let first = self.queue.first()?;
        self.servers.get(first.place as usize).map(|server| server.id)
    }

    fn update(&mut self, held: &Connections, membership: &Membership) {
        if is_reload(self.servers.iter().map(|server| server.id), membership) {
            *self = Self::over(membership, held);
            return;
        }
        for (place, backend) in membership.iter().enumerate() {
            let eweight = eweight(backend);
            if std::mem::replace(&mut self.servers[place].eweight, eweight) != eweight {
                self.enter(place, held.to(backend.id));
            }
        }
    }

    fn hears_counts(&self) -> bool {
        true
    }

    fn recounted(&mut self, recount: Recount) {
        let found = self.servers.binary_search_by_key(&recount.backend, |server| server.id);
        let Ok(place) = found else { return };
        let server = &self.servers[place];
        let Some(ticket) = server.waits else { return };
        if ticket.key != key(recount.after, server.eweight) {
            self.enter(place, recount.after);
        }
    }

    fn forgot_counts(&mut self) {
        for place in 0..self.servers.len() {
            self.enter(place, 0);
        }
    }

    fn bytes(&self) -> usize {
        // A B-tree's leaf holds 11 entries and is at least half full.
        self.servers.capacity() * size_of::<Server>() + self.queue.len() * 2 * size_of::<Ticket>()
    }
}
