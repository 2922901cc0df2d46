//! The backend with the fewest connections.

use super::backend::BackendId;
use super::connections::{Connections, Recount};
use super::load::Load;
use super::membership::Membership;
use super::roster::Roster;
use super::scheme::Rules;
use super::tournament::Tournament;

/// The fewest connections for its weight; ties by a uniform draw.
///
/// For connections that stay: a new backend takes all new ones until it has caught up,
/// which is fair and can be a storm on it. It sees this balancer's connections only.
///
/// Ratios are compared exactly, by cross-multiplication. Of k that tie, in order of
/// joining, the one at floor(chance x k / 2^64) is taken.
///
/// Cost: O(log n) a pick and a change of a count. Memory: up to 64 bytes a backend.
/// Balance: within one connection for equal weights. Disruption: it moves nothing.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let first = cluster.join("10.0.0.1:80", 1, None);
/// let second = cluster.join("10.0.0.2:80", 1, None);
/// let mut scheme = Scheme::build(&SchemeConfig::LeastConnections, &cluster);
/// assert_eq!(scheme.pick(b"any", 0), Some(first), "a tie, and chance says the first");
/// scheme.opened(first);
/// assert_eq!(scheme.pick(b"any", 0), Some(second));
/// ```
#[derive(Clone, Debug)]
pub struct LeastConnections {
    roster: Roster,
    loads: Tournament<Load>,
}

impl LeastConnections {
    fn over(roster: Roster, held: &Connections) -> Self {
        let loads = Tournament::of(
            roster
                .entries()
                .iter()
                .map(|entry| Some(Load { connections: held.to(entry.id), weight: entry.weight })),
        );
        Self { roster, loads }
    }
}

impl Rules for LeastConnections {
    type Config = ();

    const DRAWS: bool = true;

    fn build((): &(), membership: &Membership) -> Self {
        Self::over(Roster::of(membership), &Connections::default())
    }

    fn pick(&mut self, _: &Connections, _: &[u8], chance: u64) -> Option<BackendId> {
        let place = self.loads.draw(chance)?;
        self.roster.entries().get(place).map(|entry| entry.id)
    }

    fn update(&mut self, held: &Connections, membership: &Membership) {
        *self = Self::over(Roster::of(membership), held);
    }

    fn hears_counts(&self) -> bool {
        true
    }

    fn recounted(&mut self, recount: Recount) {
        if let Some(place) = self.roster.place(recount.backend) {
            let weight = self.roster.entries()[place].weight;
            self.loads.set(place, Some(Load { connections: recount.after, weight }));
        }
    }

    fn forgot_counts(&mut self) {
        *self = Self::over(std::mem::take(&mut self.roster), &Connections::default());
    }

    fn bytes(&self) -> usize {
        self.roster.bytes() + self.loads.bytes()
    }
}
