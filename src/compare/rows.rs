//! One metric of one policy at one point, before and after.

use super::record::RecordMetric;
use crate::stats::chance::{Chance, Runs};
use crate::stats::contrast::Contrast;
use crate::stats::interval::Estimate;
use crate::stats::proportion::wilson;
use crate::stats::shares::Shares;
use crate::stats::{Better, Change, Metric, Verdict};

/// What was compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The point's label; empty without a sweep.
    pub at: String,
    /// The policy's name.
    pub policy: String,
    /// Which metric.
    pub metric: &'static Metric,
    /// What is compared of it.
    pub basis: Basis,
    /// Before.
    pub base: Option<Summary>,
    /// After.
    pub new: Option<Summary>,
    /// After minus before, of what is compared.
    pub difference: Option<f64>,
    /// Its 95% interval.
    pub ci95: Option<[f64; 2]>,
    /// Two-sided p value of "no difference"; Holm's correction over all rows comes later.
    pub p: Option<f64>,
    /// After correction.
    pub p_adjusted: Option<f64>,
    /// A difference up to this is none.
    pub tolerance: f64,
    /// What may be said.
    pub verdict: Verdict,
    /// About how many replications would decide what is inconclusive.
    pub replications_needed: Option<u32>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The mean.
    Mean,
    /// The mean, where of one side few returns were cut off: with these as long as the longest that
    /// was measured on either side, so that it is longer still.
    MeanAtLeast,
    /// The mean distance to 1, of a metric that is best at 1.
    DistanceToOne,
    /// The share of runs that say yes, or that the end of the run did not cut off.
    Share,
}

impl Basis {
    /// Its name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::MeanAtLeast => "mean_at_least",
            Self::DistanceToOne => "distance_to_one",
            Self::Share => "share_of_runs",
        }
    }
}

/// One side of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Mean of the values; the share of runs where that is compared.
    pub mean: Option<f64>,
    /// 95% interval of the mean.
    pub ci95: Option<[f64; 2]>,
    /// Runs that have a value or were cut off.
    pub n: u32,
    /// How many were cut off.
    pub censored: u32,
}

/// How two sides belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// By replication: the same seed.
    ByReplication {
        /// Replications that both have.
        common: u32,
    },
    /// Not at all: other seeds.
    Independent,
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    /// How they belong together.
    pub pairing: Pairing,
    /// Whether chance has a part in their runs.
    pub chance: Chance,
    /// The relative threshold.
    pub threshold: f64,
}

impl Row {
    /// Whether a side's mean is longer than it says.
    pub fn is_at_least(&self, side: &Summary) -> bool {
        self.basis == Basis::MeanAtLeast && side.censored > 0
    }

    /// Compares two sides; the verdict is open until [`Row::decide`].
    pub fn of(base: Option<&RecordMetric>, new: Option<&RecordMetric>, way: Way) -> Option<Self> {
        let common = |side: Option<&RecordMetric>| side.map(|side| first(side, way.pairing));
        let (mut base, mut new) = (common(base), common(new));
        let metric = base.as_ref().or(new.as_ref())?.metric;
        let floor = base.as_ref().or(new.as_ref())?.floor;
        let basis = basis(metric, [base.as_ref(), new.as_ref()]);
        if basis == Basis::MeanAtLeast
            && let (Some(base), Some(new)) = (&mut base, &mut new)
        {
            count_as_longest(base, new);
        }
        let (base, new) = (base.as_ref(), new.as_ref());
        let mut row = Self {
            at: String::new(),
            policy: String::new(),
            metric,
            basis,
            base: base.map(|side| summary(side, basis)),
            new: new.map(|side| summary(side, basis)),
            difference: None,
            ci95: None,
            p: None,
            p_adjusted: None,
            tolerance: floor,
            verdict: if base.is_none() { Verdict::NoBaseline } else { Verdict::Missing },
            replications_needed: None,
        };
        if let (Some(base), Some(new)) = (base, new) {
            row.verdict = Verdict::Inconclusive;
            row.measure(base, new, way);
        }
        Some(row)
    }

    fn measure(&mut self, base: &RecordMetric, new: &RecordMetric, way: Way) {
        let Way { pairing, chance, threshold } = way;
        if self.basis == Basis::Share {
            self.tolerance = SHARE_TOLERANCE;
            let is_paired = pairing != Pairing::Independent;
            if let Some(shares) = Shares::of(&new.said(), &base.said(), is_paired, chance) {
                self.difference = Some(shares.difference());
                self.ci95 = Some(shares.interval());
                self.p = Some(shares.p());
            }
            return;
        }
        let mean = self.base.and_then(|side| side.mean).unwrap_or_default();
        self.tolerance = self.tolerance.max(threshold * mean.abs());
        let value = |value: f64| match self.basis {
            Basis::DistanceToOne => (value - 1.0).abs(),
            Basis::Mean | Basis::MeanAtLeast | Basis::Share => value,
        };
        let all = |side: &RecordMetric| side.values.iter().flatten().map(|v| value(*v)).collect();
        let contrast = match pairing {
            Pairing::ByReplication { .. } => {
                let pairs = base.values.iter().zip(&new.values);
                let (base, new): (Vec<f64>, Vec<f64>) =
                    pairs.filter_map(|(a, b)| Some((value((*a)?), value((*b)?)))).unzip();
                Contrast::paired(&new, &base, chance)
            }
            Pairing::Independent => {
                let (base, new): (Vec<f64>, Vec<f64>) = (all(base), all(new));
                Contrast::welch(&new, &base, chance)
            }
        };
        if let Some(contrast) = contrast {
            self.difference = Some(contrast.difference);
            self.ci95 = contrast.ci95;
            self.p = Some(contrast.p);
        } else if pairing != Pairing::Independent
            && base.values == new.values
            && base.values.iter().any(Option::is_some)
        {
            // One pair has no scatter that an interval could come from, but needs none either:
            // its runs faced the same clients, and gave the same.
            self.difference = Some(0.0);
            self.ci95 = Some([0.0, 0.0]);
            self.p = Some(1.0);
        }
    }

    /// Gives the verdict, once the p value is corrected.
    pub fn decide(&mut self, p_adjusted: f64, family: usize, pairing: Pairing) {
        self.p_adjusted = Some(p_adjusted);
        let Some(difference) = self.difference else { return };
        let Some([low, high]) = self.ci95 else {
            self.replications_needed = self.needed_where_all_agree(family, pairing);
            return;
        };
        let (worsening, interval) = if self.more_is_worse() {
            (difference, [low, high])
        } else {
            (-difference, [-high, -low])
        };
        let change = Change { worsening, interval, p_adjusted, tolerance: self.tolerance };
        self.verdict = match change.verdict() {
            Verdict::Worse | Verdict::Better if self.metric.better == Better::Neither => {
                Verdict::Changed
            }
            verdict => verdict,
        };
        if self.is_beyond_what_is_known() {
            self.verdict = Verdict::Inconclusive;
            return;
        }
        if self.verdict == Verdict::Inconclusive {
            self.replications_needed = if high > low {
                change.replications_needed(self.fewest(), family)
            } else {
                self.needed_where_all_agree(family, pairing)
            };
        }
    }

    /// Replications of the side that has fewer.
    fn fewest(&self) -> u32 {
        [self.base, self.new].iter().flatten().map(|side| side.n).min().unwrap_or(1)
    }

    /// How many replications that agree as these do would decide it.
    fn needed_where_all_agree(&self, family: usize, pairing: Pairing) -> Option<u32> {
        let runs = match pairing {
            Pairing::ByReplication { .. } => Runs::Pairs(self.fewest()),
            Pairing::Independent => Runs::Groups(self.fewest(), self.fewest()),
        };
        let is_small = self.difference.is_some_and(|found| found.abs() <= self.tolerance);
        // What is within the tolerance needs an interval, and no claim.
        runs.needed(if is_small { 1 } else { family })
    }

    /// Whether the verdict says more than that the side of which runs were cut off is worse: how
    /// much longer these were is not known.
    fn is_beyond_what_is_known(&self) -> bool {
        let is_cut = |side: Option<Summary>| side.is_some_and(|side| self.is_at_least(&side));
        match self.verdict {
            Verdict::Same => is_cut(self.base) || is_cut(self.new),
            Verdict::Better => is_cut(self.new),
            Verdict::Worse => is_cut(self.base),
            _ => false,
        }
    }

    /// Whether both sides are the same, without any scatter of the difference.
    pub fn is_equal(&self) -> bool {
        matches!((self.difference, self.ci95), (Some(difference), Some([low, high]))
            if difference == 0.0 && low == 0.0 && high == 0.0)
    }

    fn more_is_worse(&self) -> bool {
        // More runs that were not cut off are better, whatever was measured in them.
        self.basis != Basis::Share && self.metric.better != Better::Higher
    }
}

/// What is compared of a metric with these sides.
fn basis(metric: &Metric, sides: [Option<&RecordMetric>; 2]) -> Basis {
    let is_cut = |side: &&RecordMetric| side.censored() > 0;
    let cut: Vec<&RecordMetric> = sides.into_iter().flatten().filter(is_cut).collect();
    let are_both = sides.iter().all(Option::is_some);
    match (metric.better, &cut[..]) {
        _ if metric.is_yes_or_no() => Basis::Share,
        (Better::NearerOne, []) => Basis::DistanceToOne,
        (_, []) => Basis::Mean,
        (_, [one]) if metric.is_of_recovery() && are_both && is_cut_in_few(one) => {
            Basis::MeanAtLeast
        }
        _ => Basis::Share,
    }
}

/// Whether it was measured in all runs but few that were cut off.
fn is_cut_in_few(side: &RecordMetric) -> bool {
    let measured = side.values.iter().flatten().count();
    let cut = side.cut_off.len();
    measured + cut == side.values.len() && cut * MANY <= side.values.len() * FEW
}

/// Few runs are at most so many...
const FEW: usize = 3;

/// ...of so many: where more were cut off, their share tells more than the others' mean.
const MANY: usize = 10;

/// What was cut off counts as the longest that was measured on either side.
fn count_as_longest(base: &mut RecordMetric, new: &mut RecordMetric) {
    let measured = base.values.iter().chain(&new.values).flatten();
    let longest = measured.copied().fold(0.0, f64::max);
    for value in base.values.iter_mut().chain(&mut new.values) {
        value.get_or_insert(longest);
    }
}

/// The replications that both sides have, where they are paired.
fn first(side: &RecordMetric, pairing: Pairing) -> RecordMetric {
    let mut side = side.clone();
    if let Pairing::ByReplication { common } = pairing {
        side.values.truncate(common as usize);
        side.cut_off.retain(|run| *run < common);
    }
    side
}

/// A change of the share of runs up to this is none: one run in ten.
const SHARE_TOLERANCE: f64 = 0.1;

fn summary(side: &RecordMetric, basis: Basis) -> Summary {
    let values: Vec<f64> = side.values.iter().copied().flatten().collect();
    // What counts as the longest has a value.
    let cut = if basis == Basis::MeanAtLeast { 0 } else { side.censored() };
    let n = values.len() as u32 + cut;
    if basis == Basis::Share {
        let said = side.said();
        let yes = said.iter().filter(|said| **said == Some(true)).count() as u32;
        let mean = (n > 0).then(|| f64::from(yes) / f64::from(n));
        return Summary { mean, ci95: wilson(yes, n), n, censored: side.censored() };
    }
    let estimate = Estimate::of(&values);
    Summary {
        mean: estimate.map(|estimate| estimate.mean),
        ci95: estimate.and_then(|estimate| estimate.interval()),
        n,
        censored: side.censored(),
    }
}
