//! Which connections to close so that the load moves, in which order, how fast.
//!
//! A balancer acts when a connection is made. To move one that is open, somebody must
//! close it and let the client come back. These are plans over plain values: what to
//! close is computed here, closing is up to the server.

use super::backend::BackendId;
use super::factor::Factor;
use super::hash::{KeyHash, shuffled};

/// A connection whose owner has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved<C> {
    /// Which.
    pub connection: C,
    /// Who owned its key; `None` if nobody did.
    pub from: Option<BackendId>,
    /// Who owns it now.
    pub to: BackendId,
}

/// The connections whose owner has changed, lazily and in the order given.
///
/// Of keys that have no owner now, none: there is nowhere to go.
///
/// ```
/// use ringstorm::routing::{KeyHash, Membership, Ring, RingConfig, moved};
///
/// let mut cluster = Membership::new();
/// cluster.join("a", 1, None);
/// let old = Ring::build(&RingConfig::default(), &cluster);
/// let joined = cluster.join("b", 1, None);
/// let new = old.updated(&cluster);
///
/// let held = (0..1000).map(|connection| (connection, format!("client-{connection}")));
/// let by = |ring: &Ring, key: &[u8]| ring.owner(KeyHash::of(key));
/// let closing: Vec<_> = moved(held, |key| by(&old, key), |key| by(&new, key)).collect();
/// assert!(closing.iter().all(|closed| closed.to == joined));
/// assert!((400..600).contains(&closing.len()));
/// ```
pub fn moved<C, K: AsRef<[u8]>>(
    held: impl IntoIterator<Item = (C, K)>,
    old_owner: impl Fn(&[u8]) -> Option<BackendId>,
    new_owner: impl Fn(&[u8]) -> Option<BackendId>,
) -> impl Iterator<Item = Moved<C>> {
    held.into_iter().filter_map(move |(connection, key)| {
        let from = old_owner(key.as_ref());
        let to = new_owner(key.as_ref())?;
        (from != Some(to)).then_some(Moved { connection, from, to })
    })
}

/// What a backend holds, as far as a plan needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Who.
    pub backend: BackendId,
    /// Connections held.
    pub connections: u32,
    /// Its weight; 0 while it drains.
    pub weight: u32,
}

/// How many connections a backend should close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// Who.
    pub backend: BackendId,
    /// How many; above 0.
    pub close: u32,
}

/// Who holds too much, and how much of it to close.
///
/// The fair share of a backend is the sum of all connections x its weight / the sum of
/// all weights. One that holds more than that x (1 + `tolerance`) closes down to its
/// share, rounded up, but not below `minimum`. `tolerance` counts in whole millionths;
/// below 0 or NaN it is 0. A backend of weight 0 has no share and closes all but
/// `minimum`. When nobody has weight, nobody closes.
///
/// ```
/// use ringstorm::routing::{BackendId, Excess, Holding, excess};
///
/// let holds = |number, connections| {
///     Holding { backend: BackendId::new(number), connections, weight: 1 }
/// };
/// let loads = [holds(0, 1000), holds(1, 0), holds(2, 350)];
/// let plan = excess(&loads, 0.05, 0);
/// assert_eq!(plan, [Excess { backend: BackendId::new(0), close: 550 }], "450 is fair");
/// assert!(excess(&loads, 2.0, 0).is_empty());
/// ```
pub fn excess(loads: &[Holding], tolerance: f64, minimum: u32) -> Vec<Excess> {
    let connections: u128 = loads.iter().map(|load| u128::from(load.connections)).sum();
    let weights: u128 = loads.iter().map(|load| u128::from(load.weight)).sum();
    if weights == 0 {
        return Vec::new();
    }
    let scale = u128::from(Factor::SCALE);
    let bound = scale + u128::from(Factor::nearest(tolerance).millionths());
    let over = |load: &&Holding| {
        // The left stays below 2^116; where the right saturates, it is above that.
        let fair = connections.saturating_mul(u128::from(load.weight));
        u128::from(load.connections).saturating_mul(weights).saturating_mul(scale)
            > fair.saturating_mul(bound)
    };
    let plan = loads.iter().filter(over).map(|load| {
        let fair = connections.saturating_mul(u128::from(load.weight)).div_ceil(weights);
        let target = u32::try_from(fair).unwrap_or(u32::MAX).max(minimum);
        Excess { backend: load.backend, close: load.connections.saturating_sub(target) }
    });
    plan.filter(|excess| excess.close > 0).collect()
}

/// In which order connections are closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// By a mix of the key's hash: random to look at, the same at each attempt, and
    /// unrelated to where keys stand on a ring.
    #[default]
    Random,
    /// Longest open first.
    Oldest,
    /// Shortest open first: they have the least to lose.
    Newest,
}

/// A connection that may have to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held<C> {
    /// Which.
    pub connection: C,
    /// The hash of its key.
    pub key: KeyHash,
    /// When it was opened.
    pub opened_ns: u64,
}

impl Order {
    /// Puts those to be closed first to the front. Equal ones keep their order.
    /// O(n log n).
    ///
    /// ```
    /// use ringstorm::routing::{Held, KeyHash, Order};
    /// let at = |opened_ns| Held { connection: (), key: KeyHash::of(b"k"), opened_ns };
    /// let mut held = [at(3), at(1), at(2)];
    /// Order::Oldest.arrange(&mut held);
    /// assert_eq!(held.map(|one| one.opened_ns), [1, 2, 3]);
    /// ```
    pub fn arrange<C>(self, held: &mut [Held<C>]) {
        held.sort_by_key(|one| self.rank(one.key, one.opened_ns));
    }

    /// The rank of a connection in the order, for whoever sorts by more than that: lower ones
    /// are closed first. `opened_ns` is when it was opened.
    pub fn rank(self, key: KeyHash, opened_ns: u64) -> u64 {
        match self {
            Self::Random => shuffled(key),
            Self::Oldest => opened_ns,
            Self::Newest => u64::MAX - opened_ns,
        }
    }
}

/// A limit on closes a second: a token bucket with the time passed in.
///
/// It starts full: `burst` closes may happen at once, later ones as tokens come in.
/// Exact to 2^-32 ns a close, so that a million at 300 a second take 3,333.33 s.
///
/// Source: the virtual scheduling form of GCRA (ITU-T I.371), which is a token bucket
/// in one number.
///
/// ```
/// use ringstorm::routing::Pace;
/// let mut pace = Pace::new(10.0, 2);
/// let times: Vec<u64> = (0..4).map(|_| pace.next(1_000)).collect();
/// assert_eq!(times, [1_000, 1_000, 100_001_000, 200_001_000]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    // In 2^-32 ns: between two closes, how far a burst may run ahead, when the next is due.
    interval: u128,
    ahead: u128,
    due: u128,
}

impl Pace {
    const FRACTION_BITS: u32 = 32;

    /// So many a second, and at most `burst` at once (0 counts as 1). A rate of 0 or
    /// below, or NaN, allows none; an infinite one all at once.
    pub fn new(rate_per_second: f64, burst: u32) -> Self {
        let unit = (1_u64 << Self::FRACTION_BITS) as f64;
        let interval =
            if rate_per_second > 0.0 { (1e9 / rate_per_second * unit) as u128 } else { u128::MAX };
        let ahead = interval.saturating_mul(u128::from(burst.max(1) - 1));
        Self { interval, ahead, due: 0 }
    }

    /// When the next close may happen, at or after `now_ns`, and books it: the call
    /// after this one answers for the close after it. `u64::MAX` is never.
    pub fn next(&mut self, now_ns: u64) -> u64 {
        if self.interval == u128::MAX {
            return u64::MAX;
        }
        let now = u128::from(now_ns) << Self::FRACTION_BITS;
        let at = self.due.saturating_sub(self.ahead).max(now);
        self.due = self.due.max(at).saturating_add(self.interval);
        u64::try_from(at.div_ceil(1 << Self::FRACTION_BITS)).unwrap_or(u64::MAX)
    }
}
