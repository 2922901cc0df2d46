//! Smooth weighted round robin.

use super::backend::BackendId;
use super::connections::Connections;
use super::membership::Membership;
use super::roster::Roster;
use super::scheme::Rules;

/// Each in turn, in proportion to weight, with the turns of a heavy backend spread out.
///
/// For short requests of equal cost. It counts nothing: connections that stay make an
/// old backend and a new one as unequal as they were, and several balancers with
/// pointers of their own are only as even as chance.
///
/// Each pick adds every backend's weight to its credit, takes the largest credit (the
/// first of equals) and subtracts the sum of weights from it. Weights 5, 1, 1 give
/// 0 0 1 0 2 0 0, over and over. On a change of membership the credits of those that
/// stay keep their differences; a new backend starts in their middle.
///
/// Cost: O(n) a pick; O(1) while all weights are equal and no change of those who may be
/// chosen came within a round, as one that does leaves unequal credits. Memory: 40 bytes a
/// backend. Balance: exact over each round.
///
/// Source: nginx 1.22.1 `ngx_http_upstream_get_peer` (`ngx_http_upstream_round_robin.c`).
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let heavy = cluster.join("10.0.0.1:80", 2, None);
/// let light = cluster.join("10.0.0.2:80", 1, None);
/// let mut scheme = Scheme::build(&SchemeConfig::RoundRobin, &cluster);
/// let picks: Vec<_> = (0..3).map(|_| scheme.pick(b"any", 0).unwrap()).collect();
/// assert_eq!(picks, [heavy, light, heavy]);
/// ```
#[derive(Clone, Debug)]
pub struct RoundRobin {
    roster: Roster,
    turns: Turns,
}

#[derive(Clone, Debug)]
enum Turns {
    /// All weights are equal and the round began with equal credits, so that the
    /// rule picks 0, 1, 2, ...; the credits follow from the next place.
    Cyclic { next: usize },
    /// The credit of each place.
    Credits(Vec<i64>),
}

impl Rules for RoundRobin {
    type Config = ();

    fn build((): &(), membership: &Membership) -> Self {
        let roster = Roster::of(membership);
        let turns = Turns::start(&roster, vec![0; roster.len()]);
        Self { roster, turns }
    }

    fn pick(&mut self, _: &Connections, _: &[u8], _: u64) -> Option<BackendId> {
        let place = match &mut self.turns {
            Turns::Cyclic { next } => {
                let place = *next;
                *next = if place + 1 < self.roster.len() { place + 1 } else { 0 };
                place
            }
            Turns::Credits(credits) => take_turn(&self.roster, credits)?,
        };
        self.roster.entries().get(place).map(|entry| entry.id)
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        let roster = Roster::of(membership);
        // Nobody to whom turns go has changed, so they go on as they were: credits would give
        // the same ones, but in O(n).
        if roster == self.roster {
            return;
        }
        let old = self.credits();
        let stayed = |id| self.roster.place(id).map(|place| old[place]);
        let kept: Vec<i64> = roster.entries().iter().filter_map(|entry| stayed(entry.id)).collect();
        // Only differences of credits matter; around 0 they stay small for ever.
        let sum: i128 = kept.iter().map(|&credit| i128::from(credit)).sum();
        let middle = sum.div_euclid(kept.len().max(1) as i128) as i64;
        let credits = roster
            .entries()
            .iter()
            .map(|entry| stayed(entry.id).map_or(0, |credit| credit.wrapping_sub(middle)))
            .collect();
        self.turns = Turns::start(&roster, credits);
        self.roster = roster;
    }

    fn bytes(&self) -> usize {
        let credits = match &self.turns {
            Turns::Cyclic { .. } => 0,
            Turns::Credits(credits) => credits.capacity() * size_of::<i64>(),
        };
        self.roster.bytes() + credits
    }
}

impl RoundRobin {
    /// The credit of each place.
    fn credits(&self) -> Vec<i64> {
        match &self.turns {
            Turns::Credits(credits) => credits.clone(),
            Turns::Cyclic { next } => (0..self.roster.len())
                .map(|place| {
                    let weight = self.roster.entries()[place].weight;
                    let gained = (*next as u64).cast_signed() * i64::from(weight);
                    if place < *next { gained - self.roster.total().cast_signed() } else { gained }
                })
                .collect(),
        }
    }
}

impl Turns {
    fn start(roster: &Roster, credits: Vec<i64>) -> Self {
        let level = credits.windows(2).all(|pair| pair[0] == pair[1]);
        if roster.is_even() && level { Self::Cyclic { next: 0 } } else { Self::Credits(credits) }
    }
}

/// One turn of the rule; the place that has it.
fn take_turn(roster: &Roster, credits: &mut [i64]) -> Option<usize> {
    let mut best = 0;
    let mut most = i64::MIN;
    for (place, (credit, entry)) in credits.iter_mut().zip(roster.entries()).enumerate() {
        *credit = credit.wrapping_add(i64::from(entry.weight));
        if *credit > most {
            most = *credit;
            best = place;
        }
    }
    let credit = credits.get_mut(best)?;
    *credit = credit.wrapping_sub(roster.total().cast_signed());
    Some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::BackendState;

    #[test]
    fn a_change_that_concerns_nobody_who_takes_turns_leaves_them_cheap() {
        let mut cluster = Membership::new();
        let ids = ["a", "b", "c"].map(|address| cluster.join(address, 3, None));
        let mut turns = RoundRobin::build(&(), &cluster);
        let held = Connections::default();
        assert_eq!(turns.pick(&held, b"any", 0), Some(ids[0]));
        let idle = cluster.join("idle", 0, None);
        turns.update(&held, &cluster);
        cluster.set_state(idle, BackendState::Down);
        turns.update(&held, &cluster);
        cluster.leave(idle);
        turns.update(&held, &cluster);
        assert!(matches!(turns.turns, Turns::Cyclic { next: 1 }));
        assert_eq!(turns.pick(&held, b"any", 0), Some(ids[1]));

        cluster.set_weight(ids[2], 4);
        turns.update(&held, &cluster);
        assert!(matches!(turns.turns, Turns::Credits(_)));
    }
}
