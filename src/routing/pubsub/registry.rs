//! Which server a user is connected to.

use super::name_map::NameMap;
use super::router::{Hops, Via};
use crate::routing::backend::BackendId;

/// User -> server, for messages to one user.
///
/// Registrations may arrive late and out of order, so each carries a version that the
/// caller passes in (a counter of the user's connections, or the time of connecting):
/// the highest wins. Only who holds an entry removes it: the close of an old connection
/// cannot take away the new one, on whichever server that is.
///
/// What a registry cannot know: once an entry is removed, its version is forgotten, and
/// an older registration that is still under way comes back. The server that it names
/// does not know the user; when a message finds it out, that server removes the entry
/// with the version that [`Registry::holder`] gave.
///
/// Cost: O(1) a call, but [`Registry::crashed`] is O(users). Memory: 70 bytes a user,
/// with names of 15 bytes.
///
/// ```
/// use ringstorm::routing::BackendId;
/// use ringstorm::routing::pubsub::{Holder, Registered, Registry};
///
/// let [first, second] = [0, 1].map(BackendId::new);
/// let mut registry = Registry::new();
/// assert_eq!(registry.register(b"alice", first, 1), Registered::New);
/// let old = Holder { server: first, version: 1 };
/// assert_eq!(registry.register(b"alice", second, 2), Registered::Replaced(old));
///
/// assert!(!registry.remove(b"alice", old), "too late: she is on the second now");
/// let holder = registry.holder(b"alice").unwrap();
/// assert_eq!(holder, Holder { server: second, version: 2 });
/// assert!(registry.remove(b"alice", holder));
/// ```
#[derive(Clone, Debug)]
pub struct Registry {
    holders: NameMap<Holder>,
}

/// Who a user is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The server.
    pub server: BackendId,
    /// The version of the registration.
    pub version: u64,
}

/// What a registration came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The user was nowhere.
    New,
    /// It stands in place of this older one, whose connection can be closed.
    Replaced(Holder),
    /// Nothing has changed: this one is as new, or newer.
    Stale(Holder),
    /// Nothing has changed: there are 2^31 users.
    Full,
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl Registry {
    /// An empty registry.
    pub const fn new() -> Self {
        Self::seeded(0)
    }

    /// An empty registry whose hash of names has this seed; see
    /// [`InterestTable`](super::InterestTable).
    pub const fn seeded(seed: u64) -> Self {
        Self { holders: NameMap::new(seed, 1 << 31) }
    }

    /// Says that a user is connected to a server, as of a version. The highest version
    /// wins; of equal ones the first to be said.
    pub fn register(&mut self, user: &[u8], server: BackendId, version: u64) -> Registered {
        let holder = Holder { server, version };
        if let Some(known) = self.holders.id(user).and_then(|id| self.holders.get_mut(id)) {
            if known.version >= version {
                return Registered::Stale(*known);
            }
            return Registered::Replaced(std::mem::replace(known, holder));
        }
        match self.holders.intern(user, || holder) {
            Some(_) => Registered::New,
            None => Registered::Full,
        }
    }

    /// Says that a user's connection has gone; whether the entry was removed. It is not
    /// if it has another holder.
    pub fn remove(&mut self, user: &[u8], holder: Holder) -> bool {
        let id = self.holders.id(user).filter(|&id| self.holders.get(id) == Some(&holder));
        id.is_some_and(|id| self.holders.remove(id).is_some())
    }

    /// Where a user is connected, if that is known.
    pub fn holder(&self, user: &[u8]) -> Option<Holder> {
        self.holders.get(self.holders.id(user)?).copied()
    }

    /// The hops of a message to one user, sent by a server or, without `from`, by
    /// somebody else: straight to the user's server. Lost if the user is nowhere.
    pub fn route(&self, user: &[u8], from: Option<BackendId>, hops: &mut Hops) {
        hops.clear();
        if let Some(holder) = self.holder(user) {
            hops.straight_to(holder.server, from);
            hops.via = Via::Straight;
        }
    }

    /// Forgets all users of a server that has crashed; how many they were. O(users).
    pub fn crashed(&mut self, server: BackendId) -> usize {
        let lost = self.holders.iter().filter(|(_, _, holder)| holder.server == server);
        let lost: Vec<u32> = lost.map(|(id, ..)| id).collect();
        for &id in &lost {
            self.holders.remove(id);
        }
        lost.len()
    }

    /// How many users are connected.
    pub fn len(&self) -> usize {
        self.holders.len()
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Heap memory.
    pub fn bytes(&self) -> usize {
        self.holders.bytes()
    }
}
