//! A random backend.

use super::backend::BackendId;
use super::connections::Connections;
use super::membership::Membership;
use super::roster::Roster;
use super::scheme::Rules;

/// A backend drawn in proportion to weight.
///
/// The baseline that every other scheme should beat: m connections on n backends have a
/// standard deviation of about sqrt(m / n) a backend. It needs no state, so any number
/// of balancers behave as one.
///
/// Cost: O(1) a pick while weights are equal, else O(log n). Memory: 20 bytes a backend.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let low = cluster.join("10.0.0.1:80", 1, None);
/// let high = cluster.join("10.0.0.2:80", 3, None);
/// let mut scheme = Scheme::build(&SchemeConfig::Random, &cluster);
/// assert_eq!(scheme.pick(b"any", 0), Some(low));
/// assert_eq!(scheme.pick(b"any", 1 << 62), Some(high), "a quarter of the way");
/// ```
#[derive(Clone, Debug)]
pub struct Random {
    roster: Roster,
}

impl Rules for Random {
    type Config = ();

    const DRAWS: bool = true;

    fn build((): &(), membership: &Membership) -> Self {
        Self { roster: Roster::of(membership) }
    }

    fn pick(&mut self, _: &Connections, _: &[u8], chance: u64) -> Option<BackendId> {
        let place = self.roster.draw(chance)?;
        Some(self.roster.entries()[place].id)
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        self.roster = Roster::of(membership);
    }

    fn bytes(&self) -> usize {
        self.roster.bytes()
    }
}
