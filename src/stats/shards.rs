//! From the shards of a plan to all of its runs: every shard there, none twice, and all of one
//! plan.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::results::Results;
use super::sample::Run;
use crate::engine::SimDuration;
use crate::plan::{Budget, Shard};

/// Missing shards are named up to so many.
const MOST_NAMED: u32 = 8;

/// What one shard of a plan found, with what the plan says of all results: nothing else is
/// needed to merge.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardResults {
    /// Which shard.
    pub shard: Shard,
    /// The results of the plan, but for all that is measured.
    pub outline: Results,
    /// What must hold of them.
    pub budgets: Vec<Budget>,
    /// How many more were left out, as they name a policy that is.
    pub left_out: usize,
    /// The shard's runs, in the order in which they were dealt.
    pub runs: Vec<Run>,
}

/// Shards that are of one plan, each from a file.
#[derive(Debug)]
pub struct Merge {
    outline: Results,
    budgets: Vec<Budget>,
    left_out: usize,
    count: u32,
    /// Where each shard was read, by its index.
    read: BTreeMap<u32, PathBuf>,
    /// The file of the first, which all others are held against.
    first: PathBuf,
    runs: Vec<Run>,
}

/// Why shards do not make a whole.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Two files hold the same shard.
    #[error("`{}` and `{}` are both {shard}", one.display(), other.display())]
    Twice {
        /// A file.
        one: PathBuf,
        /// Another.
        other: PathBuf,
        /// What both hold.
        shard: Shard,
    },
    /// A shard of something else.
    #[error(
        "`{}` is no part of the same runs as `{}`: {difference}",
        other.display(),
        one.display()
    )]
    Apart {
        /// The first file.
        one: PathBuf,
        /// One that does not belong to it.
        other: PathBuf,
        /// What tells them apart.
        difference: Difference,
    },
    /// Not all shards are there.
    #[error("{}", missing(.named, *.more, *.count))]
    Missing {
        /// The first of those that are missing.
        named: Vec<u32>,
        /// How many more.
        more: u32,
        /// Of how many.
        count: u32,
    },
}

/// What tells a shard from another: its own, then the other's.
#[derive(Debug, PartialEq, Eq)]
pub enum Difference {
    /// How many shards there are.
    Count(Shard, u32),
    /// The name of the scenario.
    Name(String, String),
    /// The seed.
    Seed(u64, u64),
    /// The number of replications.
    Replications(u32, u32),
    /// The names of the policies.
    Policies(Vec<String>, Vec<String>),
    /// The first line of the scenario that differs, from 1 on.
    Line(usize),
    /// The first warm-ups that pilot runs found and that differ.
    Warmup(SimDuration, SimDuration),
    /// What files that the scenario names hold.
    Files,
}

impl Merge {
    /// Begins with a shard, read from this file.
    pub fn of(path: &Path, shard: ShardResults) -> Self {
        let ShardResults { shard, outline, budgets, left_out, runs } = shard;
        Self {
            outline,
            budgets,
            left_out,
            count: shard.count(),
            read: BTreeMap::from([(shard.index(), path.to_owned())]),
            first: path.to_owned(),
            runs,
        }
    }

    /// Adds another, read from this file. Shards may come in any order.
    ///
    /// # Errors
    ///
    /// [`MergeError::Apart`] and [`MergeError::Twice`]; nothing is added then.
    pub fn add(&mut self, path: &Path, shard: ShardResults) -> Result<(), MergeError> {
        if let Some(difference) = self.difference(&shard) {
            let (one, other) = (self.first.clone(), path.to_owned());
            return Err(MergeError::Apart { one, other, difference });
        }
        if let Some(one) = self.read.get(&shard.shard.index()) {
            let (one, other) = (one.clone(), path.to_owned());
            return Err(MergeError::Twice { one, other, shard: shard.shard });
        }
        self.read.insert(shard.shard.index(), path.to_owned());
        self.runs.extend(shard.runs);
        Ok(())
    }

    /// How many budgets were left out, as they name a policy that is.
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    /// All runs with the outline of their results and the budgets.
    ///
    /// # Errors
    ///
    /// [`MergeError::Missing`].
    pub fn finish(self) -> Result<(Results, Vec<Budget>, Vec<Run>), MergeError> {
        // None is there twice, and each index is at most the count.
        let missing = self.count - self.read.len() as u32;
        if missing == 0 {
            return Ok((self.outline, self.budgets, self.runs));
        }
        let named: Vec<u32> = (1..=self.count)
            .filter(|index| !self.read.contains_key(index))
            .take(MOST_NAMED as usize)
            .collect();
        let more = missing - named.len() as u32;
        Err(MergeError::Missing { named, more, count: self.count })
    }

    /// The first thing that tells a shard from those before it, the plainest first.
    fn difference(&self, other: &ShardResults) -> Option<Difference> {
        let (ours, theirs) = (&self.outline, &other.outline);
        if other.shard.count() != self.count {
            return Some(Difference::Count(other.shard, self.count));
        }
        if theirs.name != ours.name {
            return Some(Difference::Name(theirs.name.clone(), ours.name.clone()));
        }
        if theirs.seed != ours.seed {
            return Some(Difference::Seed(theirs.seed, ours.seed));
        }
        if theirs.replications != ours.replications {
            return Some(Difference::Replications(theirs.replications, ours.replications));
        }
        let (its, others) = (policies(theirs), policies(ours));
        if its != others {
            return Some(Difference::Policies(its, others));
        }
        if theirs.scenario != ours.scenario {
            let pairs = theirs.scenario.lines().zip(ours.scenario.lines());
            return Some(Difference::Line(1 + pairs.take_while(|(a, b)| a == b).count()));
        }
        let mut warmups = theirs.points.iter().zip(&ours.points);
        if let Some((its, other)) = warmups.find(|(its, other)| its.warmup != other.warmup) {
            return Some(Difference::Warmup(its.warmup, other.warmup));
        }
        let is_same = theirs == ours && other.budgets == self.budgets;
        (!is_same).then_some(Difference::Files)
    }
}

/// The policies' names: the same at every point.
fn policies(outline: &Results) -> Vec<String> {
    let first = outline.points.first();
    first
        .map_or_else(Vec::new, |point| point.cases.iter().map(|case| case.policy.clone()).collect())
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[String]| format!("`{}`", names.join("`, `"));
        match self {
            Self::Count(own, other) => write!(f, "it is {own}, and not of {other}"),
            Self::Name(own, other) => write!(f, "its scenario is `{own}`, and not `{other}`"),
            Self::Seed(own, other) => write!(f, "its seed is {own}, and not {other}"),
            Self::Replications(own, other) => {
                write!(f, "its replications are {own}, and not {other}")
            }
            Self::Policies(own, other) => {
                write!(f, "its policies are {}, and not {}", list(own), list(other))
            }
            Self::Line(line) => {
                write!(f, "its scenario, as it was run, differs from line {line} on")
            }
            Self::Warmup(own, other) => {
                write!(f, "its pilot runs found a warm-up of {own}, and not of {other}")
            }
            Self::Files => f.write_str("the files that its scenario names hold something else"),
        }
    }
}

/// `shards 2, 3 and 5 of 8 are missing`.
fn missing(first: &[u32], more: u32, count: u32) -> String {
    let mut listed: Vec<String> = first.iter().map(u32::to_string).collect();
    if more > 0 {
        listed.push(format!("{more} more"));
    }
    let last = listed.pop().unwrap_or_default();
    if listed.is_empty() {
        return format!("shard {last} of {count} is missing");
    }
    format!("shards {} and {last} of {count} are missing", listed.join(", "))
}
