//! Which backends there are, in versions.

use std::collections::BTreeMap;
use std::fmt;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::backend::{Backend, BackendId, BackendState};

/// The backends of a cluster, in order of joining, and a version that grows with each change.
///
/// A plain value: a clone is a snapshot, and [`diff`] tells two of them apart. Joining
/// and leaving cost O(n), a look-up by id O(log n).
///
/// ```
/// use ringstorm::routing::{BackendState, Membership, diff};
///
/// let mut cluster = Membership::new();
/// let first = cluster.join("10.0.0.1:80", 1, None);
/// let second = cluster.join("10.0.0.2:80", 2, Some("b"));
/// let before = cluster.clone();
///
/// assert!(cluster.set_state(first, BackendState::Draining));
/// assert!(!cluster.set_weight(second, 2), "it had that weight");
/// assert_eq!(cluster.eligible().count(), 1);
/// assert_eq!(diff(&before, &cluster).restated, [first]);
/// assert_eq!(cluster.version(), before.version() + 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    version: u64,
    joined: u32,
    backends: Vec<Backend>,
    by_address: BTreeMap<String, BackendId>,
}

/// All of a membership in public fields, to be written down and read back.
///
/// With the feature `serde` it can be serialised; what is read back is checked by
/// `Membership::try_from`, as it may come from somebody who means harm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Snapshot {
    /// The version.
    pub version: u64,
    /// How many have ever joined: the number of the next id.
    pub joined: u32,
    /// The backends, ids ascending.
    pub backends: Vec<Backend>,
}

/// Why a snapshot is not that of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotError {
    /// The backend at this place does not have a higher id than the one before it.
    NotAscending {
        /// Where in the list.
        place: usize,
    },
    /// This id was not given yet, as fewer have joined.
    NeverJoined {
        /// The id.
        id: BackendId,
    },
    /// The backend at this place has an address that occurs before it.
    AddressTwice {
        /// Where in the list.
        place: usize,
    },
    /// More have joined than there are ids.
    TooMany,
    /// So many have joined that arrays by id would be out of proportion to the backends.
    TooSparse {
        /// How many have joined.
        joined: u32,
        /// The most for so many backends.
        most: u32,
    },
    /// The version is above [`Membership::MAX_VERSION`].
    VersionTooHigh {
        /// The version.
        version: u64,
    },
}

/// What differs between two memberships; each list in order of joining.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// In the new one only.
    pub joined: Vec<BackendId>,
    /// In the old one only.
    pub left: Vec<BackendId>,
    /// In both, with another weight.
    pub reweighted: Vec<BackendId>,
    /// In both, in another state.
    pub restated: Vec<BackendId>,
    /// In both, in another zone.
    pub rezoned: Vec<BackendId>,
}

impl Membership {
    /// How many backends may join over the life of a membership.
    pub const MAX_JOINS: u32 = (1 << 31) - 1;

    /// How many may have joined before a snapshot that is read back, beyond 1,024 for each
    /// backend that is in it: 2^22.
    ///
    /// Counts and beliefs lie in arrays by id, 4 to 24 bytes for each id ever given;
    /// without a limit a snapshot of a hundred bytes would make them ask for gigabytes,
    /// with it for some 100 MiB. A cluster of 1,000 backends that are all replaced ten
    /// times a day is below it for 500 days; then join those who are there to a new
    /// membership.
    pub const SPARE_JOINS: u32 = 1 << 22;

    /// The highest version that is read back: 2^63, from where nobody counts to the end.
    pub const MAX_VERSION: u64 = 1 << 63;

    /// A membership without backends.
    pub fn new() -> Self {
        Self::default()
    }

    /// Grows by one with each change; equal versions of one membership are equal.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Adds a backend that is ready, and gives its id.
    ///
    /// Addresses are unique: a backend that is here already keeps its id, is ready
    /// again, and takes the weight and the zone given. After [`Membership::MAX_JOINS`]
    /// nothing is added, and the id that comes back is no member's: [`Membership::get`]
    /// finds nothing, and schemes ignore it.
    pub fn join(&mut self, address: &str, weight: u32, zone: Option<&str>) -> BackendId {
        if let Some(&id) = self.by_address.get(address) {
            self.rejoin(id, weight, zone);
            return id;
        }
        let id = BackendId::new(self.joined);
        if self.joined >= Self::MAX_JOINS {
            return id;
        }
        self.joined += 1;
        self.version += 1;
        self.by_address.insert(address.to_owned(), id);
        self.backends.push(Backend {
            id,
            address: address.to_owned(),
            weight,
            zone: zone.map(str::to_owned),
            state: BackendState::Ready,
        });
        id
    }

    fn rejoin(&mut self, id: BackendId, weight: u32, zone: Option<&str>) {
        let Some(place) = self.place(id) else { return };
        let backend = &mut self.backends[place];
        let same = backend.weight == weight
            && backend.zone.as_deref() == zone
            && backend.state == BackendState::Ready;
        if !same {
            backend.weight = weight;
            backend.zone = zone.map(str::to_owned);
            backend.state = BackendState::Ready;
            self.version += 1;
        }
    }

    /// Removes a backend; whether it was there. Its id is never given again.
    pub fn leave(&mut self, id: BackendId) -> bool {
        let Some(place) = self.place(id) else { return false };
        let gone = self.backends.remove(place);
        self.by_address.remove(&gone.address);
        self.version += 1;
        true
    }

    /// Sets a weight; whether anything changed. 0 drains.
    pub fn set_weight(&mut self, id: BackendId, weight: u32) -> bool {
        self.change(id, |backend| std::mem::replace(&mut backend.weight, weight) != weight)
    }

    /// Sets a state; whether anything changed.
    pub fn set_state(&mut self, id: BackendId, state: BackendState) -> bool {
        self.change(id, |backend| std::mem::replace(&mut backend.state, state) != state)
    }

    fn change(&mut self, id: BackendId, set: impl FnOnce(&mut Backend) -> bool) -> bool {
        let Some(place) = self.place(id) else { return false };
        let changed = set(&mut self.backends[place]);
        self.version += u64::from(changed);
        changed
    }

    /// All backends, in order of joining.
    pub fn iter(&self) -> std::slice::Iter<'_, Backend> {
        self.backends.iter()
    }

    /// Those that may be chosen, in order of joining.
    pub fn eligible(&self) -> impl Iterator<Item = &Backend> {
        self.backends.iter().filter(|backend| backend.is_eligible())
    }

    /// The backend of this id.
    pub fn get(&self, id: BackendId) -> Option<&Backend> {
        self.place(id).map(|place| &self.backends[place])
    }

    /// The backend at this address.
    pub fn find(&self, address: &str) -> Option<&Backend> {
        self.by_address.get(address).and_then(|&id| self.get(id))
    }

    /// How many backends there are, eligible or not.
    pub fn len(&self) -> usize {
        self.backends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.backends.is_empty()
    }

    /// A number by which two routers tell that they know different backends.
    ///
    /// It covers address, weight, zone and state of each, and neither ids, order nor
    /// version: two routers that learnt the same in another order have the same
    /// checksum. (Schemes that go by the order of joining, `mod_hash` and `jump`, may
    /// still disagree then; see [`disagreement`](super::disagreement).) O(n).
    ///
    /// XXH3-64 of two numbers: how many backends there are, after the wrapping sum of one
    /// XXH3-64 for each, over its address behind its length, its weight as four bytes,
    /// its state as one (ready 0, draining 1, down 2) and, if known, its zone behind its
    /// length. Lengths and the two numbers take eight bytes; all are little-endian.
    pub fn checksum(&self) -> u64 {
        let sum =
            self.backends.iter().fold(0_u64, |sum, backend| sum.wrapping_add(digest(backend)));
        let mut whole = [0_u8; 16];
        whole[..8].copy_from_slice(&sum.to_le_bytes());
        whole[8..].copy_from_slice(&(self.backends.len() as u64).to_le_bytes());
        xxh3_64(&whole)
    }

    /// Its content in public fields.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { version: self.version, joined: self.joined, backends: self.backends.clone() }
    }

    /// How long an array is that has an entry for each member by its id.
    pub(super) fn id_count(&self) -> usize {
        self.backends.last().map_or(0, |last| last.id.index() + 1)
    }

    fn place(&self, id: BackendId) -> Option<usize> {
        self.backends.binary_search_by_key(&id, |backend| backend.id).ok()
    }
}

impl<'a> IntoIterator for &'a Membership {
    type Item = &'a Backend;
    type IntoIter = std::slice::Iter<'a, Backend>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The hash of all that a checksum covers of a backend.
fn digest(backend: &Backend) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&(backend.address.len() as u64).to_le_bytes());
    hash.update(backend.address.as_bytes());
    hash.update(&backend.weight.to_le_bytes());
    hash.update(&[match backend.state {
        BackendState::Ready => 0,
        BackendState::Draining => 1,
        BackendState::Down => 2,
    }]);
    if let Some(zone) = &backend.zone {
        hash.update(&(zone.len() as u64).to_le_bytes());
        hash.update(zone.as_bytes());
    }
    hash.digest()
}

impl TryFrom<Snapshot> for Membership {
    type Error = SnapshotError;

    /// The membership that a snapshot shows.
    ///
    /// # Errors
    /// More have joined than there are ids ([`SnapshotError::TooMany`]) or than is in
    /// proportion to its backends ([`Membership::SPARE_JOINS`]), its version is above
    /// [`Membership::MAX_VERSION`], its ids do not ascend or were never given, or an address
    /// occurs twice.
    fn try_from(snapshot: Snapshot) -> Result<Self, SnapshotError> {
        check_numbers(&snapshot)?;
        let mut by_address = BTreeMap::new();
        let mut least = 0;
        for (place, backend) in snapshot.backends.iter().enumerate() {
            if backend.id.number() < least {
                return Err(SnapshotError::NotAscending { place });
            }
            if backend.id.number() >= snapshot.joined {
                return Err(SnapshotError::NeverJoined { id: backend.id });
            }
            least = backend.id.number() + 1;
            if by_address.insert(backend.address.clone(), backend.id).is_some() {
                return Err(SnapshotError::AddressTwice { place });
            }
        }
        Ok(Self {
            version: snapshot.version,
            joined: snapshot.joined,
            backends: snapshot.backends,
            by_address,
        })
    }
}

/// Refuses numbers at which later changes would overflow or ask for too much memory.
fn check_numbers(snapshot: &Snapshot) -> Result<(), SnapshotError> {
    let &Snapshot { version, joined, .. } = snapshot;
    if joined > Membership::MAX_JOINS {
        return Err(SnapshotError::TooMany);
    }
    let most = snapshot.backends.len() as u64 * 1_024 + u64::from(Membership::SPARE_JOINS);
    let most = most.min(u64::from(Membership::MAX_JOINS)) as u32;
    if joined > most {
        return Err(SnapshotError::TooSparse { joined, most });
    }
    if version > Membership::MAX_VERSION {
        return Err(SnapshotError::VersionTooHigh { version });
    }
    Ok(())
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAscending { place } => write!(out, "the id at place {place} does not ascend"),
            Self::NeverJoined { id } => write!(out, "the id {} was never given", id.number()),
            Self::AddressTwice { place } => {
                write!(out, "the address at place {place} occurs before")
            }
            Self::TooMany => write!(out, "more than {} have joined", Membership::MAX_JOINS),
            Self::TooSparse { joined, most } => {
                write!(
                    out,
                    "{joined} have joined, and so few backends are left that at most {most} may have"
                )
            }
            Self::VersionTooHigh { version } => {
                write!(out, "the version is {version}; at most {} is read", Membership::MAX_VERSION)
            }
        }
    }
}

impl std::error::Error for SnapshotError {}

/// What has changed between two memberships, by id. O(n).
///
/// They should stem from one another; an id whose address differs has left and joined.
pub fn diff(old: &Membership, new: &Membership) -> Change {
    let mut change = Change::default();
    for after in new {
        match old.get(after.id) {
            Some(before) if before.address == after.address => compare(before, after, &mut change),
            _ => change.joined.push(after.id),
        }
    }
    for before in old {
        if new.get(before.id).is_none_or(|after| after.address != before.address) {
            change.left.push(before.id);
        }
    }
    change
}

fn compare(before: &Backend, after: &Backend, change: &mut Change) {
    if before.weight != after.weight {
        change.reweighted.push(after.id);
    }
    if before.state != after.state {
        change.restated.push(after.id);
    }
    if before.zone != after.zone {
        change.rezoned.push(after.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_all_ids_are_given_nobody_joins_and_nothing_panics() {
        let mut cluster =
            Membership { version: 9, joined: Membership::MAX_JOINS, ..Membership::default() };
        let id = cluster.join("a", 1, None);
        assert_eq!(cluster.get(id), None);
        assert_eq!((cluster.len(), cluster.version()), (0, 9));
    }
}
