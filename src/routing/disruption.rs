//! What a change costs: which share of the keys moves, when each connection moves, and
//! how far two routers disagree.

use super::backend::BackendId;
use super::membership::Membership;
use super::rebalance::{Moved, Pace, moved};
use super::scheme::Scheme;

/// The share of all keys that a change moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disruption {
    /// The share whose owner is another.
    pub moved: f64,
    /// The least share that must move to get from the old share of each backend to its
    /// new one: the sum of what backends gain. The excess over it was needless.
    pub minimum: f64,
    /// Whether both are exact: by lengths of arcs, or by slots. If not, they were
    /// counted over [`PROBES`] keys; the standard error is at most 0.2% of all keys.
    pub exact: bool,
}

/// How many keys are looked up where no structure says it exactly.
pub const PROBES: u32 = 1 << 16;

/// Shares of the key space that go from one owner to another, summed.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    whole: u128,
    moved: u128,
    // By backend: what it has after and before.
    after: Vec<u128>,
    before: Vec<u128>,
}

impl Ledger {
    /// Books a stretch of the key space. Nobody counts as an owner.
    pub(super) fn book(&mut self, old: Option<BackendId>, new: Option<BackendId>, length: u128) {
        self.whole += length;
        if old != new {
            self.moved += length;
            credit(&mut self.before, old, length);
            credit(&mut self.after, new, length);
        }
    }

    pub(super) fn close(mut self, exact: bool) -> Disruption {
        let most = self.before.len().max(self.after.len());
        self.before.resize(most, 0);
        self.after.resize(most, 0);
        let pairs = self.before.iter().zip(&self.after);
        let gained: u128 = pairs.map(|(before, after)| after.saturating_sub(*before)).sum();
        let share =
            |part: u128| if self.whole == 0 { 0.0 } else { part as f64 / self.whole as f64 };
        Disruption { moved: share(self.moved), minimum: share(gained), exact }
    }
}

/// Adds to an owner's account; nobody's is the first.
fn credit(accounts: &mut Vec<u128>, owner: Option<BackendId>, length: u128) {
    let place = owner.map_or(0, |id| id.index() + 1);
    if accounts.len() <= place {
        accounts.resize(place + 1, 0);
    }
    accounts[place] += length;
}

/// The `index`th probe: a key like any other.
fn probe(index: u32) -> [u8; 8] {
    let mut key = *b"probe\0\0\0";
    key[4..].copy_from_slice(&index.to_le_bytes());
    key
}

impl Scheme {
    /// Which share of all keys has another owner under `new` than under `old`, and the
    /// least that had to. Both are of one membership's history, as owners are told apart
    /// by id. `None` if one of them has no owners.
    ///
    /// Exact between two rings and between two `maglev` tables of one size, O(their size).
    /// Otherwise 65,536 keys are looked up in both.
    ///
    /// ```
    /// use ringstorm::routing::{Membership, RingConfig, Scheme, SchemeConfig};
    ///
    /// let mut cluster = Membership::new();
    /// for address in ["a", "b", "c", "d"] {
    ///     cluster.join(address, 1, None);
    /// }
    /// let cost = |config: SchemeConfig| {
    ///     let mut bigger = cluster.clone();
    ///     bigger.join("e", 1, None);
    ///     let [old, new] = [&cluster, &bigger].map(|members| Scheme::build(&config, members));
    ///     Scheme::diff(&old, &new).unwrap()
    /// };
    /// let ring = cost(SchemeConfig::Ring(RingConfig::default()));
    /// assert!(ring.exact && ring.moved == ring.minimum);
    /// let modulo = cost(SchemeConfig::ModHash);
    /// assert!((modulo.moved - 0.8).abs() < 0.01 && (modulo.minimum - 0.2).abs() < 0.01);
    /// ```
    pub fn diff(old: &Self, new: &Self) -> Option<Disruption> {
        if !(old.has_owners() && new.has_owners()) {
            return None;
        }
        if let Some(ledger) = Self::exact_ledger(old, new) {
            return Some(ledger.close(true));
        }
        let mut ledger = Ledger::default();
        for index in 0..PROBES {
            let key = probe(index);
            ledger.book(old.owner(&key), new.owner(&key), 1);
        }
        Some(ledger.close(false))
    }
}

/// When to close which connection so that each ends on its new owner: at most `rate` a
/// second, evenly, from `start_ns` on, in the order given.
///
/// The connections that stay are left out. A rate that is not above 0 puts all at
/// `u64::MAX`, that is never. Lazy; sort what is held to change the order
/// ([`Order`](super::Order)).
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig, plan};
///
/// let mut cluster = Membership::new();
/// cluster.join("a", 1, None);
/// let old = Scheme::build(&SchemeConfig::Jump, &cluster);
/// cluster.join("b", 1, None);
/// let new = Scheme::build(&SchemeConfig::Jump, &cluster);
///
/// let held = (0..100).map(|connection| (connection, format!("client-{connection}")));
/// let plan: Vec<_> = plan(held, &old, &new, 10.0, 5_000).collect();
/// assert_eq!(plan[0].0, 5_000);
/// assert_eq!(plan[1].0, 100_005_000, "a tenth of a second later");
/// ```
pub fn plan<C, K: AsRef<[u8]>>(
    held: impl IntoIterator<Item = (C, K)>,
    old: &Scheme,
    new: &Scheme,
    rate_per_second: f64,
    start_ns: u64,
) -> impl Iterator<Item = (u64, Moved<C>)> {
    let mut pace = Pace::new(rate_per_second, 1);
    moved(held, |key| old.owner(key), |key| new.owner(key))
        .map(move |moved| (pace.next(start_ns), moved))
}

/// The share of keys for which two routers name another address, counted over
/// [`PROBES`] keys: 0 to 1.
///
/// Each scheme comes with the membership that it was built for, as ids are local. Equal
/// checksums of the memberships do not rule it out: schemes that go by the order of
/// joining, or by history, differ where those differ. Nobody against nobody agrees, so
/// two schemes without owners do.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig, disagreement};
///
/// let [mut one, mut other] = [Membership::new(), Membership::new()];
/// for address in ["a", "b", "c"] {
///     one.join(address, 1, None);
/// }
/// for address in ["c", "b", "a"] {
///     other.join(address, 1, None);
/// }
/// assert_eq!(one.checksum(), other.checksum());
/// let differ = |config: SchemeConfig| {
///     let [a, b] = [&one, &other].map(|cluster| Scheme::build(&config, cluster));
///     disagreement((&a, &one), (&b, &other))
/// };
/// assert_eq!(differ(SchemeConfig::Rendezvous), 0.0);
/// assert!((differ(SchemeConfig::Jump) - 2.0 / 3.0).abs() < 0.01);
/// ```
pub fn disagreement(one: (&Scheme, &Membership), other: (&Scheme, &Membership)) -> f64 {
    let differing = (0..PROBES).filter(|&index| {
        let key = probe(index);
        let address = |(scheme, cluster): (&Scheme, &'_ Membership)| {
            scheme.owner(&key).and_then(|id| cluster.get(id)).map(|backend| backend.address.clone())
        };
        address(one) != address(other)
    });
    differing.count() as f64 / f64::from(PROBES)
}
