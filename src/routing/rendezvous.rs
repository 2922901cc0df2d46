//! Rendezvous hashing, also called highest random weight.

use std::ops::ControlFlow;

use super::backend::{Backend, BackendId};
use super::chance::mix;
use super::connections::Connections;
use super::hash::KeyHash;
use super::membership::Membership;
use super::scheme::Rules;

/// Each backend scores each key; the highest score owns it.
///
/// For small clusters, or where weights must be exact: no table, equal shares, and the
/// least possible moves for any change of weights. Routers agree if they know the same
/// addresses and weights.
///
/// The draw of a backend for a key is 64 bits: the XXH3-64 (seed 0) of its address,
/// exclusive-or the key's hash, mixed by moremur. Its score is -weight / ln(u), u being
/// the upper 52 bits of the draw, centred, as a number in (0, 1). Among equal weights
/// the highest draw has the highest score, so one logarithm for each different weight is
/// enough; it is that of `libm`, as the platform's own differ in the last bit.
///
/// Cost: O(n), 1.5 ns a backend. Memory: 12 bytes a backend. Balance: exact, in
/// proportion to weight. Disruption: minimal.
///
/// Source: Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates",
/// IEEE/ACM Transactions on Networking 6(1), 1998; weights: Schindelhauer and Schomaker,
/// "Weighted Distributed Hash Tables", SPAA 2005, the logarithmic method.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let [a, b] = ["a", "b"].map(|address| cluster.join(address, 1, None));
/// let mut scheme = Scheme::build(&SchemeConfig::Rendezvous, &cluster);
/// let owner = scheme.owner(b"alice").unwrap();
/// cluster.leave(if owner == a { b } else { a });
/// scheme.update(&cluster);
/// assert_eq!(scheme.owner(b"alice"), Some(owner), "the other one's leaving is no matter");
/// ```
#[derive(Clone, Debug)]
pub struct Rendezvous {
    // By weight, then by address: the hash of each address, and whose it is.
    addresses: Vec<u64>,
    ids: Vec<BackendId>,
    classes: Vec<Class>,
}

/// The backends of one weight: those from the end of the class before to this end.
#[derive(Clone, Copy, Debug)]
struct Class {
    weight: u32,
    end: u32,
}

impl Rendezvous {
    fn over(membership: &Membership) -> Self {
        let mut backends: Vec<_> = membership.eligible().collect();
        backends.sort_unstable_by_key(|backend| (backend.weight, &backend.address));
        let mut classes: Vec<Class> = Vec::new();
        for (place, backend) in backends.iter().enumerate() {
            match classes.last_mut() {
                Some(class) if class.weight == backend.weight => class.end += 1,
                _ => classes.push(Class { weight: backend.weight, end: place as u32 + 1 }),
            }
        }
        let address = |backend: &&Backend| KeyHash::of(backend.address.as_bytes()).bits();
        Self {
            addresses: backends.iter().map(address).collect(),
            ids: backends.iter().map(|backend| backend.id).collect(),
            classes,
        }
    }

    /// The owner of a key with this hash; `None` if no backend is eligible.
    pub fn owner(&self, hash: KeyHash) -> Option<BackendId> {
        let mut start = 0;
        let mut best = (f64::NEG_INFINITY, 0);
        for class in &self.classes {
            let end = class.end as usize;
            let (draw, place) = highest_draw(&self.addresses[start..end], hash);
            if self.classes.len() == 1 {
                return self.ids.get(place).copied();
            }
            let score = score(draw, class.weight);
            if score > best.0 {
                best = (score, start + place);
            }
            start = end;
        }
        self.ids.get(best.1).copied()
    }

    /// All backends, highest score first. O(n log n).
    pub fn candidates(&self, hash: KeyHash) -> Vec<BackendId> {
        let mut scored = Vec::with_capacity(self.ids.len());
        let mut start = 0;
        for class in &self.classes {
            for place in start..class.end as usize {
                let draw = mix(self.addresses[place] ^ hash.bits());
                scored.push((score(draw, class.weight), class.weight, draw, self.ids[place]));
            }
            start = class.end as usize;
        }
        // Equal scores go as in `owner`: the lower weight first, then the higher draw,
        // then the address, as the sort is stable.
        scored.sort_by(|a, b| {
            let by_score = b.0.total_cmp(&a.0);
            by_score.then_with(|| a.1.cmp(&b.1)).then_with(|| b.2.cmp(&a.2))
        });
        scored.into_iter().map(|(.., id)| id).collect()
    }
}

/// The highest draw for a key, and at which place; the first of equals.
fn highest_draw(addresses: &[u64], hash: KeyHash) -> (u64, usize) {
    let mut best = (0, 0);
    for (place, address) in addresses.iter().enumerate() {
        let draw = mix(address ^ hash.bits());
        if draw > best.0 {
            best = (draw, place);
        }
    }
    best
}

/// -weight / ln(u); above 0 and finite.
fn score(draw: u64, weight: u32) -> f64 {
    let unit = ((draw >> 12) as f64 + 0.5) / (1_u64 << 52) as f64;
    -f64::from(weight) / libm::log(unit)
}

impl Rules for Rendezvous {
    type Config = ();
    const HAS_OWNERS: bool = true;

    fn build((): &(), membership: &Membership) -> Self {
        Self::over(membership)
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        *self = Self::over(membership);
    }

    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.owner(KeyHash::of(key))
    }

    fn candidates(&self, key: &[u8], visit: impl FnMut(BackendId) -> ControlFlow<()>) {
        let _ = self.candidates(KeyHash::of(key)).into_iter().try_for_each(visit);
    }

    fn bytes(&self) -> usize {
        self.addresses.capacity() * size_of::<u64>()
            + self.ids.capacity() * size_of::<BackendId>()
            + self.classes.capacity() * size_of::<Class>()
    }
}
