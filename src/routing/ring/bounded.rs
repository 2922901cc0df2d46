//! Bounded loads: nobody holds more than so many times the mean.

use crate::routing::backend::BackendId;
use crate::routing::connections::{Connections, Recount};
use crate::routing::factor::Factor;
use crate::routing::membership::Membership;
use crate::routing::roster::Roster;

/// The bound of a ring and how many connections there are under it.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    factor: Factor,
    roster: Roster,
    held: u64,
}

impl Bound {
    pub(super) fn new(factor: Factor, held: &Connections, membership: &Membership) -> Self {
        let roster = Roster::of(membership);
        let held = roster.entries().iter().map(|entry| u64::from(held.to(entry.id))).sum();
        Self { factor: factor.max(Factor::ONE), roster, held }
    }

    pub(super) fn recounted(&mut self, recount: Recount) {
        if self.roster.place(recount.backend).is_some() {
            let others = self.held.saturating_sub(u64::from(recount.before));
            self.held = others + u64::from(recount.after);
        }
    }

    pub(super) fn forgot_counts(&mut self) {
        self.held = 0;
    }

    /// Whether a backend may take one more: with it, it holds at most its cap.
    ///
    /// The cap is ceil(c x m x weight / sum of weights), m counting the new connection.
    /// Source: Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded
    /// Loads", SODA 2018, section 1; the weights are ours.
    pub(super) fn admits(&self, id: BackendId, held: &Connections) -> bool {
        let Some(place) = self.roster.place(id) else { return false };
        let weight = self.roster.entries()[place].weight;
        u128::from(held.to(id)) < self.cap(weight)
    }

    fn cap(&self, weight: u32) -> u128 {
        // Where this saturates, the cap is beyond any count.
        let scaled = u128::from(self.factor.millionths())
            .saturating_mul(u128::from(self.held) + 1)
            .saturating_mul(u128::from(weight));
        scaled.div_ceil(u128::from(Factor::SCALE) * u128::from(self.roster.total().max(1)))
    }

    pub(super) fn bytes(&self) -> usize {
        self.roster.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_are_those_of_exact_arithmetic() {
        // Validation catalogue H-CAP-a: connections with the new one, backends, factor, cap.
        let cases = [
            (8, 4, 1.25, 3),
            (10, 11, 1.1, 1),
            (100, 2, 1.1, 55),
            (200, 2, 1.1, 110),
            (600, 5, 1.25, 150),
            (1, 10, 1.25, 1),
            (100, 3, 1.2, 40),
            (999, 7, 1.1, 157),
            (4, 4, 1.0, 1),
            (30, 10, 1.1, 4),
            (7, 7, 1.3, 2),
        ];
        for (connections, backends, factor, cap) in cases {
            let mut cluster = Membership::new();
            for number in 0..backends {
                cluster.join(&format!("b{number}"), 1, None);
            }
            let nothing = Connections::of(&cluster);
            let mut bound = Bound::new(Factor::nearest(factor), &nothing, &cluster);
            let first = BackendId::new(0);
            bound.recounted(Recount { backend: first, before: 0, after: connections - 1 });
            assert_eq!(bound.cap(1), cap, "{connections} on {backends} at {factor}");
        }
    }
}
