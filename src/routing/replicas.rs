//! Several backends for one key.

use std::ops::ControlFlow;

use super::backend::{Backend, BackendId};
use super::membership::Membership;
use super::scheme::Scheme;

/// Whether replicas keep out of each other's zones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Spread {
    /// The next distinct backends, wherever they are.
    #[default]
    Backends,
    /// A zone has a second replica only when every zone has one, and so on. A backend
    /// of unknown zone is a zone of its own.
    Zones,
}

impl Scheme {
    /// The first `count` distinct backends for a key, best first: its owner, then those
    /// to fail over to, or to keep copies on. Fewer if fewer are eligible; none if the
    /// scheme has no owners.
    ///
    /// `ring` and `rendezvous` give the backends that would own the key if those before
    /// were gone. Schemes of real balancers go on from where they found the owner:
    /// `nginx_consistent`, `haproxy_consistent`, `envoy_ring_hash` and `ketama` to the next
    /// points of their ring, `haproxy_map_based` and `redis_slot` to the next entries of their
    /// table, `nginx_hash` and `envoy_maglev` to the retries of the original. Others give the
    /// owners of the key with 1, 2, ... appended as four bytes, little-endian. All that
    /// remain follow in order of joining. `membership` is the one that the scheme was built
    /// for.
    ///
    /// ```
    /// use ringstorm::routing::{Membership, RingConfig, Scheme, SchemeConfig, Spread};
    ///
    /// let mut cluster = Membership::new();
    /// let [a, b, c] = [("a", "east"), ("b", "east"), ("c", "west")]
    ///     .map(|(address, zone)| cluster.join(address, 1, Some(zone)));
    /// let scheme = Scheme::build(&SchemeConfig::Ring(RingConfig::default()), &cluster);
    /// let pair = scheme.replicas(&cluster, b"room-7", 2, Spread::Zones);
    /// assert!(pair.contains(&c) && (pair.contains(&a) != pair.contains(&b)));
    /// assert_eq!(Some(pair[0]), scheme.owner(b"room-7"));
    /// ```
    pub fn replicas(
        &self,
        membership: &Membership,
        key: &[u8],
        count: usize,
        spread: Spread,
    ) -> Vec<BackendId> {
        if !self.has_owners() || count == 0 {
            return Vec::new();
        }
        let enough = match spread {
            Spread::Backends => count,
            Spread::Zones => membership.len(),
        };
        let ranked = self.ranked(membership, key, enough);
        match spread {
            Spread::Backends => ranked.iter().take(count).map(|backend| backend.id).collect(),
            Spread::Zones => across_zones(ranked, count),
        }
    }

    /// The first `enough` distinct eligible backends for a key.
    fn ranked<'a>(
        &self,
        membership: &'a Membership,
        key: &[u8],
        enough: usize,
    ) -> Vec<&'a Backend> {
        let mut ranked: Vec<&Backend> = Vec::new();
        let eligible = membership.eligible().count();
        let enough = enough.min(eligible);
        let mut seen = vec![false; membership.id_count()];
        let mut add = |backend: &'a Backend| {
            if backend.is_eligible() && !std::mem::replace(&mut seen[backend.id.index()], true) {
                ranked.push(backend);
            }
            if ranked.len() < enough { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        self.candidates(key, |id| membership.get(id).map_or(ControlFlow::Continue(()), &mut add));
        let _ = membership.eligible().try_for_each(&mut add);
        ranked.truncate(enough);
        ranked
    }
}

/// The first `count`, in rounds that take at most one of each zone.
fn across_zones(mut ranked: Vec<&Backend>, count: usize) -> Vec<BackendId> {
    let mut chosen = Vec::new();
    while chosen.len() < count && !ranked.is_empty() {
        let mut zones: Vec<&str> = Vec::new();
        ranked.retain(|backend| {
            let known = backend.zone.as_deref();
            if chosen.len() == count || known.is_some_and(|zone| zones.contains(&zone)) {
                return true;
            }
            zones.extend(known);
            chosen.push(backend.id);
            false
        });
    }
    chosen
}
