//! A consistent-hash ring.

use std::ops::ControlFlow;

use super::backend::BackendId;
use super::connections::{Connections, Recount};
use super::disruption::Ledger;
use super::factor::Factor;
use super::hash::KeyHash;
use super::membership::Membership;
use super::scheme::Rules;

pub use self::walk::Candidates;

mod bounded;
mod points;
mod walk;

use self::bounded::Bound;
use self::points::{Point, Stake};

/// How a ring is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingConfig {
    /// Points for each unit of weight; 0 counts as 1. More are more even and cost memory:
    /// the share of one of n equal backends varies by 1 / sqrt(points) of itself, so 160
    /// give a standard deviation of 8%, and 1,000 one of 3%.
    pub virtual_nodes: u32,
    /// The most that a backend may hold, as a multiple of its fair share; below 1 counts
    /// as 1. 1.25 is usual. A key whose owner is full goes to the first backend along the
    /// ring that is not. `None`: no bound, and counts play no part. Picks go by it; owners,
    /// candidates and shares are those without it.
    pub bounded_load: Option<Factor>,
}

impl Default for RingConfig {
    fn default() -> Self {
        Self { virtual_nodes: 160, bounded_load: None }
    }
}

/// Each backend stands at many points of a circle of 2^64 places; a key belongs to the
/// first point at or after its hash.
///
/// For keys that should stay where they are when backends come and go: adding one moves
/// only the keys that it takes, removing one only those that it had. Routers agree if
/// they know the same addresses and weights, in whatever order they learnt of them.
///
/// Point i of a backend is the XXH3-64 (seed 0) of its address followed by i as four
/// bytes, little-endian; i counts from 0 to `virtual_nodes` x weight - 1, so that more
/// weight only adds points. Of two points at one place the smaller address, as bytes,
/// comes first. Where that would be more than [`Ring::MAX_POINTS`], each backend has in
/// proportion fewer, but at least one.
///
/// Cost: a look-up takes one hash, and one load from a table that is cut so fine that at
/// least 7 of 8 keys need no search: 2 to 10 ns at 10 to 10,000 backends, hashing
/// included (bench `routing`). Build and update: O(points log points) and O(points) with
/// the new ones sorted. Memory: 48 to 80 bytes a point, 8 to 13 KiB a backend of weight
/// 1.
/// Balance: the share of one of n equal backends is Beta(v, v (n - 1)) for v points;
/// with 160 the largest is 1.13 times the mean of 10 backends and 1.21 of 100.
/// Disruption: the least possible for the shares that it has, up to [`Ring::MAX_POINTS`],
/// that is to a sum of weights of 104,857 at 160 points each. Beyond, every change of the sum
/// changes how many points each backend has, so that keys move between those that stay, too:
/// 16% instead of 9% when one joins 10 of weight 20,000. Give smaller weights of the same
/// ratios then; the ring does not divide them itself, as their divisor changes with them.
///
/// With a `bounded_load` of c, nobody is given more than ceil(c x m x weight / sum of
/// weights) connections, m counting the new one: exact in decimals. A pick then takes
/// 1 / (c - 1)^2 steps or so when many are full. It bounds where connections are placed
/// and moves none: after others have closed, a backend may hold more than its cap of
/// the fewer that are left, and [`Scheme::owner`](super::Scheme::owner) stays the owner
/// without the bound.
///
/// Source: Karger et al., "Consistent Hashing and Random Trees", STOC 1997; bounded
/// loads: Mirrokni, Thorup and Zadimoghaddam, SODA 2018.
///
/// ```
/// use ringstorm::routing::{KeyHash, Membership, Ring, RingConfig};
///
/// let mut cluster = Membership::new();
/// let ids = ["10.0.0.1:80", "10.0.0.2:80"].map(|address| cluster.join(address, 1, None));
/// let old = Ring::build(&RingConfig::default(), &cluster);
///
/// let joined = cluster.join("10.0.0.3:80", 1, None);
/// let new = old.updated(&cluster);
/// let hash = KeyHash::of(b"alice");
/// assert!(new.owner(hash) == old.owner(hash) || new.owner(hash) == Some(joined));
/// assert_eq!(Ring::moved(&old, &new), new.share(joined), "nothing else moves");
/// assert_eq!(new.candidates(hash).count(), 3);
/// ```
#[derive(Clone, Debug)]
pub struct Ring {
    config: RingConfig,
    points: Vec<Point>,
    // By the top bits of a hash: the owner of all hashes with these bits, or, where a
    // point falls among them, MARK and the index of the first such point.
    cells: Vec<u32>,
    shift: u32,
    stakes: Vec<Stake>,
    bound: Option<Bound>,
}

/// Set in a cell that holds a point. Ids and indexes of points stay below it.
const MARK: u32 = 1 << 31;
const _: () = assert!(Membership::MAX_JOINS <= MARK && Ring::MAX_POINTS <= MARK as usize);

/// Cells for each point, at least: the chance of a search is below one in eight.
const CELLS_PER_POINT: usize = 8;

/// The number of hashes, as a float.
const ALL: f64 = 18_446_744_073_709_551_616.0;

impl Ring {
    /// The most points of a ring: 2^24, more than 100,000 backends of 160. Only backends
    /// whose part of them is less than one, and who have one all the same, come on top.
    pub const MAX_POINTS: usize = 1 << 24;

    /// The ring of the eligible backends. Under a `bounded_load` nobody holds anything yet:
    /// a [`Scheme`](super::Scheme) counts, and who picks from a ring without one tells it by
    /// [`Rules::recounted`].
    pub fn build(config: &RingConfig, membership: &Membership) -> Self {
        let stakes = points::stakes(config.virtual_nodes, membership);
        let points = points::of(&stakes, membership);
        Self::over(config.clone(), stakes, points).bound(&Connections::default(), membership)
    }

    /// The ring of another membership, built beside this one from what both share: equal
    /// to one that is built afresh, whatever the two memberships have to do with each other.
    /// Under a `bounded_load` nobody holds anything, as in [`Ring::build`]; [`Rules::update`]
    /// takes over what is held.
    #[must_use]
    pub fn updated(&self, membership: &Membership) -> Self {
        self.updated_under(&Connections::default(), membership)
    }

    fn updated_under(&self, held: &Connections, membership: &Membership) -> Self {
        let stakes = points::stakes(self.config.virtual_nodes, membership);
        let points = points::updated(&self.points, &self.stakes, &stakes, membership);
        Self::over(self.config.clone(), stakes, points).bound(held, membership)
    }

    fn over(config: RingConfig, stakes: Vec<Stake>, points: Vec<Point>) -> Self {
        let (cells, shift) = cells_of(&points);
        Self { config, points, cells, shift, stakes, bound: None }
    }

    /// The same ring, counting under its bound if it has one.
    fn bound(mut self, held: &Connections, membership: &Membership) -> Self {
        self.bound = self.config.bounded_load.map(|factor| Bound::new(factor, held, membership));
        self
    }

    /// The owner of a key with this hash; `None` if no backend is eligible.
    #[inline]
    pub fn owner(&self, hash: KeyHash) -> Option<BackendId> {
        let cell = *self.cells.get((hash.bits() >> self.shift) as usize)?;
        if cell & MARK == 0 {
            return Some(BackendId::new(cell));
        }
        let place = scan(&self.points, (cell & !MARK) as usize, hash);
        self.points.get(place).map(|point| point.owner)
    }

    /// The index of the first point at or after a hash, around the end.
    fn place(&self, hash: KeyHash) -> usize {
        let place = self.points.partition_point(|point| point.position < hash.bits());
        if place < self.points.len() { place } else { 0 }
    }

    /// All backends of the ring, each once, in the order in which a key with this hash
    /// would have them: its owner, then who would own it without the owner, and so on.
    pub fn candidates(&self, hash: KeyHash) -> Candidates<'_> {
        Candidates::new(&self.points, self.place(hash))
    }

    /// The share of all hashes that a backend owns. O(points).
    pub fn share(&self, id: BackendId) -> f64 {
        let mut owned = 0_u128;
        each_arc(&self.points, |owner, length| owned += if owner == id { length } else { 0 });
        owned as f64 / ALL
    }

    /// The share of all hashes whose owner is another in `new` than in `old`: exact, by
    /// merging the arcs of both. O(points).
    pub fn moved(old: &Self, new: &Self) -> f64 {
        let mut moved = 0_u128;
        walk::each_common_arc(&old.points, &new.points, |before, after, length| {
            moved += if before == after { 0 } else { length };
        });
        moved as f64 / ALL
    }

    /// What moves between two rings, and from whom to whom.
    pub(super) fn ledger(old: &Self, new: &Self) -> Ledger {
        let mut ledger = Ledger::default();
        walk::each_common_arc(&old.points, &new.points, |before, after, length| {
            ledger.book(before, after, length);
        });
        ledger
    }

    /// The first backend along the ring that may take one more.
    fn with_room(&self, bound: &Bound, held: &Connections, hash: KeyHash) -> Option<BackendId> {
        let owner = self.owner(hash)?;
        if bound.admits(owner, held) {
            return Some(owner);
        }
        let (behind, ahead) = self.points.split_at(self.place(hash));
        let along = ahead.iter().chain(behind).map(|point| point.owner);
        // The caps add up to more than is held, so somebody has room; but where more is held
        // than the bound was told.
        along.into_iter().find(|&id| bound.admits(id, held)).or(Some(owner))
    }

    /// How many points there are.
    pub fn points(&self) -> usize {
        self.points.len()
    }

    /// Heap memory.
    pub fn bytes(&self) -> usize {
        self.points.capacity() * size_of::<Point>()
            + self.cells.capacity() * size_of::<u32>()
            + self.stakes.capacity() * size_of::<Stake>()
            + self.bound.as_ref().map_or(0, Bound::bytes)
    }
}

impl Rules for Ring {
    type Config = RingConfig;
    const HAS_OWNERS: bool = true;

    fn build(config: &RingConfig, membership: &Membership) -> Self {
        Self::build(config, membership)
    }

    #[inline]
    fn pick(&mut self, held: &Connections, key: &[u8], _: u64) -> Option<BackendId> {
        let hash = KeyHash::of(key);
        match &self.bound {
            None => self.owner(hash),
            Some(bound) => self.with_room(bound, held, hash),
        }
    }

    fn update(&mut self, held: &Connections, membership: &Membership) {
        *self = self.updated_under(held, membership);
    }

    fn hears_counts(&self) -> bool {
        self.bound.is_some()
    }

    fn recounted(&mut self, recount: Recount) {
        if let Some(bound) = &mut self.bound {
            bound.recounted(recount);
        }
    }

    fn forgot_counts(&mut self) {
        if let Some(bound) = &mut self.bound {
            bound.forgot_counts();
        }
    }

    fn candidates(&self, key: &[u8], visit: impl FnMut(BackendId) -> ControlFlow<()>) {
        let _ = self.candidates(KeyHash::of(key)).try_for_each(visit);
    }

    #[inline]
    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.owner(KeyHash::of(key))
    }

    fn bytes(&self) -> usize {
        self.bytes()
    }

    fn most_bytes(config: &RingConfig, backends: u64, weight: u64) -> u64 {
        let points = u64::from(config.virtual_nodes.max(1)).saturating_mul(weight);
        // 80 with its cells, and twice the points while old and new ones are merged.
        points.min(Self::MAX_POINTS as u64).saturating_add(backends).saturating_mul(112)
    }
}

/// The first point at or after a hash, from a place that is not beyond it.
#[inline]
fn scan(points: &[Point], from: usize, hash: KeyHash) -> usize {
    let mut place = from;
    while points.get(place).is_some_and(|point| point.position < hash.bits()) {
        place += 1;
    }
    if place < points.len() { place } else { 0 }
}

/// The direct table over sorted points, and how far to shift a hash to index it.
fn cells_of(points: &[Point]) -> (Vec<u32>, u32) {
    if points.is_empty() {
        return (Vec::new(), 63);
    }
    let count = (points.len() * CELLS_PER_POINT).next_power_of_two();
    let shift = 64 - count.trailing_zeros();
    let mut next = 0;
    let cells = (0..count as u64).map(|cell| {
        let first = next;
        while points.get(next).is_some_and(|point| point.position >> shift == cell) {
            next += 1;
        }
        if next > first {
            MARK | first as u32
        } else {
            points.get(next).unwrap_or(&points[0]).owner.number()
        }
    });
    (cells.collect(), shift)
}

/// Calls with the owner and the length of each stretch of hashes up to a point.
fn each_arc(points: &[Point], mut arc: impl FnMut(BackendId, u128)) {
    let mut start = 0_u128;
    for point in points {
        let end = u128::from(point.position) + 1;
        arc(point.owner, end - start);
        start = end;
    }
    if let Some(first) = points.first() {
        arc(first.owner, (1 << 64) - start);
    }
}
