//! `hash KEY` as nginx does it.

use std::ops::ControlFlow;

use super::peers::{Peer, Peers, TRIES};
use crate::routing::backend::BackendId;
use crate::routing::connections::Connections;
use crate::routing::membership::Membership;
use crate::routing::scheme::Rules;

/// nginx's `hash KEY` without `consistent`: the key's hash modulo the sum of weights.
///
/// Simple, even, and the wrong choice for a cluster that changes: from 3 to 4 servers
/// 75.8% of 2,000 recorded keys move, where 25% would have to. Servers added at the end
/// of the list or not, nearly all moves.
///
/// A try is h += (CRC-32 of the try's number in decimal and the key >> 16) & 0x7FFF, the
/// number left out of the first. The server is the one that h modulo the sum of weights
/// falls on, weights in order, also of those that are down. One that is down costs a
/// further try; after 21 in vain, and for an empty key, it is round robin's turn. Only
/// 15 bits of the hash are used: above some thousand servers shares differ, and no key
/// reaches weight beyond the first 32,768 at its first try, so that a server behind it gets
/// nothing while those before it are up.
///
/// Cost: O(log n) and one hash of the key a try, 25 to 60 ns. Memory: 32 bytes a server.
/// Balance: as even as the keys' hashes. Disruption: from n to n + 1 equal servers n /
/// (n + 1) of the keys move.
///
/// Source: nginx 1.22.1 `src/http/modules/ngx_http_upstream_hash_module.c`,
/// `ngx_http_upstream_get_hash_peer`; the hash is that of `Cache::Memcached`.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let ids = [1, 2, 3].map(|k| cluster.join(&format!("127.0.0.1:900{k}"), 1, None));
/// let scheme = Scheme::build(&SchemeConfig::NginxHash, &cluster);
/// assert_eq!(scheme.owner(b"user-1"), Some(ids[2]), "recorded from nginx");
/// assert_eq!(scheme.owner(b""), None, "round robin decides");
/// ```
#[derive(Clone, Debug)]
pub struct NginxHash {
    peers: Peers,
    // The weight up to and with each line.
    through: Vec<u64>,
}

impl NginxHash {
    fn find(&self, key: &[u8]) -> Option<BackendId> {
        if let Some(only) = self.peers.single() {
            return (!only.down).then_some(only.id);
        }
        if key.is_empty() {
            return None;
        }
        self.tries(key).find(|peer| !peer.down).map(|peer| peer.id)
    }

    /// The servers that are tried for a key.
    fn tries(&self, key: &[u8]) -> impl Iterator<Item = &Peer> {
        let total_weight = self.through.last().copied().unwrap_or(1);
        let mut hash = 0;
        (0..=TRIES).filter_map(move |rehash| {
            hash += u64::from(hash_of_try(rehash, key));
            let w = hash % total_weight;
            self.peers.all().get(self.through.partition_point(|&end| end <= w))
        })
    }
}

/// What one try adds.
fn hash_of_try(rehash: u32, key: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    if rehash > 0 {
        // Two digits at most.
        let digits = [b'0' + (rehash / 10) as u8, b'0' + (rehash % 10) as u8];
        crc.update(if rehash < 10 { &digits[1..] } else { &digits });
    }
    crc.update(key);
    (crc.finalize() >> 16) & 0x7FFF
}

fn through(peers: &Peers) -> Vec<u64> {
    let mut sum = 0;
    let add = |weight: u32| {
        sum += u64::from(weight);
        sum
    };
    peers.all().iter().map(|peer| peer.weight).map(add).collect()
}

impl Rules for NginxHash {
    type Config = ();
    const HAS_OWNERS: bool = true;

    fn build((): &(), membership: &Membership) -> Self {
        let peers = Peers::of(membership);
        Self { through: through(&peers), peers }
    }

    fn pick(&mut self, _: &Connections, key: &[u8], _: u64) -> Option<BackendId> {
        self.find(key).or_else(|| self.peers.take_turn())
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        self.peers.update(membership);
        self.through = through(&self.peers);
    }

    /// `None` also where round robin would decide.
    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.find(key)
    }

    fn candidates(&self, key: &[u8], visit: impl FnMut(BackendId) -> ControlFlow<()>) {
        let _ = self.tries(key).filter(|peer| !peer.down).map(|peer| peer.id).try_for_each(visit);
    }

    fn bytes(&self) -> usize {
        self.peers.bytes() + self.through.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::BackendState;

    #[test]
    fn no_key_reaches_weight_beyond_32_768_while_those_before_it_are_up() {
        let mut cluster = Membership::new();
        let first = cluster.join("10.0.0.1:80", 32_768, None);
        let behind = cluster.join("10.0.0.2:80", 32_768, None);
        let owners = |cluster: &Membership| {
            let hash = NginxHash::build(&(), cluster);
            (0..1_000_u32).map(move |key| hash.owner(&key.to_le_bytes()))
        };
        assert!(owners(&cluster).all(|owner| owner == Some(first)));
        cluster.set_state(first, BackendState::Down);
        assert!(owners(&cluster).any(|owner| owner == Some(behind)));
    }
}
