//! The lines of a configuration, and whose turn it is.

use crate::routing::backend::{Backend, BackendId, BackendState};
use crate::routing::membership::Membership;

/// Servers looked at in vain before a hash gives up and takes turns.
///
/// Source: `hp->tries > 20` in `ngx_http_upstream_hash_module.c`.
pub(super) const TRIES: u32 = 20;

/// The servers of a configuration. 24 bytes each.
#[derive(Clone, Debug, Default)]
pub(super) struct Peers {
    peers: Vec<Peer>,
}

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    /// Which.
    pub(super) id: BackendId,
    /// Its weight; above 0.
    pub(super) weight: u32,
    /// Whether it is out of order.
    pub(super) down: bool,
    /// Its credit.
    pub(super) current_weight: i64,
}

/// The backends that have a line.
pub(super) fn lines(membership: &Membership) -> impl Iterator<Item = &Backend> {
    membership.iter().filter(|backend| backend.weight > 0)
}

impl Peers {
    pub(super) fn of(membership: &Membership) -> Self {
        let peers = lines(membership)
            .map(|backend| Peer {
                id: backend.id,
                weight: backend.weight,
                down: backend.state != BackendState::Ready,
                current_weight: 0,
            })
            .collect();
        Self { peers }
    }

    /// Follows a membership; whether that took a reload.
    pub(super) fn update(&mut self, membership: &Membership) -> bool {
        let mut next = Self::of(membership);
        let line = |peer: &Peer| (peer.id, peer.weight);
        let reload = !next.peers.iter().map(line).eq(self.peers.iter().map(line));
        if !reload {
            for (peer, old) in next.peers.iter_mut().zip(&self.peers) {
                peer.current_weight = old.current_weight;
            }
        }
        *self = next;
        reload
    }

    pub(super) fn all(&self) -> &[Peer] {
        &self.peers
    }

    pub(super) fn all_mut(&mut self) -> &mut [Peer] {
        &mut self.peers
    }

    /// Whether there is one line only: nginx then skips every method.
    pub(super) fn single(&self) -> Option<&Peer> {
        match self.peers.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The next turn of smooth weighted round robin among all that are up.
    pub(super) fn take_turn(&mut self) -> Option<BackendId> {
        turn(&mut self.peers, |_| true)
    }

    pub(super) fn bytes(&self) -> usize {
        self.peers.capacity() * size_of::<Peer>()
    }
}

/// A turn among those that are up and `in_turn`: each gains its weight, the first of
/// the largest wins and pays the sum.
///
/// Source: `ngx_http_upstream_get_peer` in `ngx_http_upstream_round_robin.c`.
pub(super) fn turn(peers: &mut [Peer], in_turn: impl Fn(&Peer) -> bool) -> Option<BackendId> {
    let mut total = 0_i64;
    let mut best: Option<usize> = None;
    let mut most = i64::MIN;
    for (place, peer) in peers.iter_mut().enumerate() {
        if peer.down || !in_turn(peer) {
            continue;
        }
        let weight = i64::from(peer.weight);
        peer.current_weight = peer.current_weight.wrapping_add(weight);
        total = total.wrapping_add(weight);
        if best.is_none() || peer.current_weight > most {
            best = Some(place);
            most = peer.current_weight;
        }
    }
    let best = peers.get_mut(best?)?;
    best.current_weight = best.current_weight.wrapping_sub(total);
    Some(best.id)
}
