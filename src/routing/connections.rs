//! How many connections each backend holds, as one balancer sees it.

use super::backend::BackendId;
use super::membership::Membership;

/// The connections that one balancer has opened to each backend and not seen closed.
///
/// A balancer knows its own connections only; beside others it sees a part. 8 bytes
/// for each id ever given; every call is O(1), but [`Connections::update`] is O(n).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    counts: Vec<Option<u32>>,
}

/// A count that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recount {
    /// Whose.
    pub backend: BackendId,
    /// Connections before.
    pub before: u32,
    /// Connections now.
    pub after: u32,
}

impl Connections {
    /// No connections to any backend of this membership.
    pub fn of(membership: &Membership) -> Self {
        let mut connections = Self::default();
        connections.update(membership);
        connections
    }

    /// Connections to this backend; 0 for one that is unknown.
    #[inline]
    pub fn to(&self, id: BackendId) -> u32 {
        self.counts.get(id.index()).copied().flatten().unwrap_or(0)
    }

    /// Counts one more. `None`, and nothing changes, if the backend is unknown.
    #[inline]
    pub fn opened(&mut self, id: BackendId) -> Option<Recount> {
        self.set(id, |count| count.saturating_add(1))
    }

    /// Counts one less. `None`, and nothing changes, if the backend is unknown or
    /// none was counted.
    #[inline]
    pub fn closed(&mut self, id: BackendId) -> Option<Recount> {
        self.set(id, |count| count.saturating_sub(1))
    }

    #[inline]
    fn set(&mut self, id: BackendId, next: impl FnOnce(u32) -> u32) -> Option<Recount> {
        let count = self.counts.get_mut(id.index())?.as_mut()?;
        let before = std::mem::replace(count, next(*count));
        (before != *count).then_some(Recount { backend: id, before, after: *count })
    }

    /// Forgets backends that have left; those that are new hold none. The membership must
    /// be of the same history as the one before, as counts go by id.
    pub fn update(&mut self, membership: &Membership) {
        let mut counts = Vec::with_capacity(membership.id_count());
        for backend in membership {
            counts.resize(backend.id.index(), None);
            counts.push(Some(self.to(backend.id)));
        }
        self.counts = counts;
    }

    /// Sets all counts to 0.
    pub fn forget(&mut self) {
        for count in self.counts.iter_mut().flatten() {
            *count = 0;
        }
    }

    /// Heap memory.
    pub fn bytes(&self) -> usize {
        self.counts.capacity() * size_of::<Option<u32>>()
    }
}
