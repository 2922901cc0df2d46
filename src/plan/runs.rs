//! Which runs a plan has, and which of them a shard does.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Plan;

/// Which run of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId {
    /// Index of the point.
    pub point: usize,
    /// Index of the policy.
    pub policy: usize,
    /// The replication.
    pub replication: u32,
}

impl RunId {
    /// Every run of a plan: point by point, replication by replication, policy by policy.
    pub fn all(plan: &Plan) -> Vec<Self> {
        Self::of(plan, 0..plan.replications)
    }

    /// Those of some replications, in the same order.
    pub fn of(plan: &Plan, replications: Range<u32>) -> Vec<Self> {
        let mut runs = Vec::new();
        for (index, point) in plan.points.iter().enumerate() {
            for replication in replications.clone() {
                for policy in 0..point.policies.len() {
                    runs.push(Self { point: index, policy, replication });
                }
            }
        }
        runs
    }
}

/// All runs in the order in which they are dealt to shards: point by point, policy by policy,
/// replication by replication. A few bytes a point, however many runs there are.
#[derive(Clone, Debug)]
pub struct Deck {
    /// Cases (a policy at a point) before each point; last, of all points.
    before: Vec<u64>,
    replications: u32,
}

impl Deck {
    /// The runs of so many policies at each point, each so often.
    pub fn new(policies: impl IntoIterator<Item = usize>, replications: u32) -> Self {
        let mut before = vec![0_u64];
        for count in policies {
            let cases = before.last().copied().unwrap_or(0);
            before.push(cases.saturating_add(count as u64));
        }
        Self { before, replications }
    }

    /// The runs of a plan.
    pub fn of(plan: &Plan) -> Self {
        Self::new(plan.points.iter().map(|point| point.policies.len()), plan.replications)
    }

    /// How many runs.
    pub fn size(&self) -> u64 {
        let cases = self.before.last().copied().unwrap_or(0);
        cases.saturating_mul(u64::from(self.replications))
    }

    /// The run at a place, below [`Deck::size`].
    fn run(&self, place: u64) -> RunId {
        let replications = u64::from(self.replications);
        let case = place / replications;
        // Places of one point lie between what is before it and what is before the next.
        let point = self.before.partition_point(|before| *before <= case) - 1;
        RunId {
            point,
            policy: (case - self.before[point]) as usize,
            replication: (place % replications) as u32,
        }
    }
}

/// A part of a plan's runs: one of so many, which together are all of them, each once.
///
/// Runs are dealt as cards are: each round gives every shard one, so that two shards differ by
/// one run at most. As the replications of a policy lie side by side, they go to as many shards
/// as can be: where their number is a multiple of that of the shards, every shard gets as many
/// runs of each policy at each point. Each round begins with another shard; otherwise four
/// shards of four policies could get a policy each, and wait for the slowest.
///
/// The policies of a replication need not stay together: they meet again when shards are
/// merged, and without that rule as many machines can help as there are runs.
///
/// ```
/// use ringstorm::plan::{Deck, Shard};
///
/// let shard: Shard = "2/4".parse().unwrap();
/// let two_policies_six_times = Deck::new([2], 6);
/// assert_eq!(shard.runs(&two_policies_six_times).count(), 3);
/// assert!("5/4".parse::<Shard>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    /// From 1 to `count`.
    index: u32,
    count: u32,
}

/// A text that names no shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected I/N, shard I of N, with I from 1 to N")]
pub struct NoShard;

impl Shard {
    /// Which of them, from 1 on.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// Of how many.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// Its runs, in the order of the deck, which they depend on alone; a shard may have none
    /// where there are more shards than runs. O(log points) each.
    pub fn runs(self, deck: &Deck) -> impl Iterator<Item = RunId> {
        let (count, size) = (u64::from(self.count), deck.size());
        (0..size.div_ceil(count)).filter_map(move |round| {
            let turn = (u64::from(self.index - 1) + first(round, count)) % count;
            let place = round.checked_mul(count)?.checked_add(turn)?;
            (place < size).then(|| deck.run(place))
        })
    }
}

/// How far a round's dealing is shifted: multiples of the golden ratio keep step with nothing.
fn first(round: u64, count: u64) -> u64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let share = u128::from(round.wrapping_mul(GOLDEN));
    ((share * u128::from(count)) >> 64) as u64
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shard {} of {}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let (index, count) = text.split_once('/').ok_or(NoShard)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| NoShard);
        let (index, count) = (number(index)?, number(count)?);
        if (1..=count).contains(&index) { Ok(Self { index, count }) } else { Err(NoShard) }
    }
}

impl TryFrom<String> for Shard {
    type Error = NoShard;

    fn try_from(text: String) -> Result<Self, NoShard> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        format!("{}/{}", shard.index, shard.count)
    }
}
