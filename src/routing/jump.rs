//! Jump consistent hash.

use super::backend::BackendId;
use super::connections::Connections;
use super::hash::KeyHash;
use super::membership::Membership;
use super::roster::Roster;
use super::scheme::Rules;

/// The owner is the backend at place jump(hash, n), in order of joining.
///
/// For a cluster that grows and shrinks at its end only, such as numbered shards: no
/// memory to speak of, perfectly even, and the least possible moves. Removing one that
/// is not the last renumbers all behind it and moves most of their keys: use
/// [`Memento`](super::Memento) then. Routers must agree on the order of joining.
///
/// A backend of weight w stands for w places in a row.
///
/// Cost: O(log W) for a sum W of weights, 25 to 60 ns. Memory: 20 bytes a backend.
/// Balance: exact. Disruption: minimal at the end, near n - 1 of n elsewhere.
///
/// Source: Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm",
/// arXiv 1406.2294.
///
/// ```
/// use ringstorm::routing::{KeyHash, Membership, Scheme, SchemeConfig, jump};
///
/// let mut cluster = Membership::new();
/// let ids = ["a", "b", "c"].map(|address| cluster.join(address, 1, None));
/// let scheme = Scheme::build(&SchemeConfig::Jump, &cluster);
/// let place = jump(KeyHash::of(b"alice").bits(), 3);
/// assert_eq!(scheme.owner(b"alice"), Some(ids[place as usize]));
/// ```
#[derive(Clone, Debug)]
pub struct Jump {
    roster: Roster,
}

impl Jump {
    /// The owner of a key with this hash; `None` if no backend is eligible.
    pub fn owner(&self, hash: KeyHash) -> Option<BackendId> {
        let place = self.roster.at(jump(hash.bits(), self.roster.total()))?;
        Some(self.roster.entries()[place].id)
    }
}

/// The place of a key among `places`, below it; 0 if there is none.
///
/// From n to n + 1 places, a key stays or goes to the last with probability 1 / (n + 1).
/// The floating point in it is one division and one product, the same everywhere.
///
/// ```
/// // Guava's published answers (HashingTest.java).
/// assert_eq!(ringstorm::routing::jump(2_016_238_256_797_177_309, 11), 3);
/// ```
pub fn jump(mut key: u64, places: u64) -> u64 {
    let mut place = 0;
    let mut next = 0_u64;
    while next < places {
        place = next;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        let stretch = (1_u64 << 31) as f64 / ((key >> 33) + 1) as f64;
        next = ((place + 1) as f64 * stretch) as u64;
    }
    place
}

impl Rules for Jump {
    type Config = ();
    const HAS_OWNERS: bool = true;

    fn build((): &(), membership: &Membership) -> Self {
        Self { roster: Roster::of(membership) }
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        self.roster = Roster::of(membership);
    }

    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.owner(KeyHash::of(key))
    }

    fn bytes(&self) -> usize {
        self.roster.bytes()
    }
}
