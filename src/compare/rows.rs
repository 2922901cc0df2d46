//! One metric of one policy at one point, before and after.

use super::record::RecordMetric;
use crate::stats::contrast::Contrast;
use crate::stats::interval::Estimate;
use crate::stats::proportion::{fisher, newcombe, wilson};
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

/// Yes and runs.
type Count = (u32, u32);

impl Row {
    /// Whether a side's mean is longer than it says.
    pub fn is_at_least(&self, side: &Summary) -> bool {
        self.basis == Basis::MeanAtLeast && side.censored > 0
    }

    /// Compares two sides; the verdict is open until [`Row::decide`].
    pub fn of(
        base: Option<&RecordMetric>,
        new: Option<&RecordMetric>,
        pairing: Pairing,
        threshold: f64,
    ) -> Option<Self> {
        let common = |side: Option<&RecordMetric>| side.map(|side| first(side, pairing));
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
            row.measure(base, new, pairing, threshold);
        }
        Some(row)
    }

    fn measure(
        &mut self,
        base: &RecordMetric,
        new: &RecordMetric,
        pairing: Pairing,
        threshold: f64,
    ) {
        if self.basis == Basis::Share {
            self.tolerance = SHARE_TOLERANCE;
            self.measure_shares(base, new, pairing);
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
                Contrast::paired(&new, &base)
            }
            Pairing::Independent => {
                let (base, new): (Vec<f64>, Vec<f64>) = (all(base), all(new));
                Contrast::welch(&new, &base)
            }
        };
        if let Some(contrast) = contrast {
            self.difference = Some(contrast.difference);
            self.ci95 = Some(contrast.interval());
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

    /// Shares are compared as those of independent runs: of pairs that met the same draws, and so
    /// tend to agree, that is careful. An exact test of pairs (`McNemar`'s) goes by those alone that
    /// disagree, and with fewer than six of them finds nothing at 5%. Only where every pair agrees
    /// there is nothing to be careful about.
    fn measure_shares(&mut self, base: &RecordMetric, new: &RecordMetric, pairing: Pairing) {
        let (left, right) = (count(base), count(new));
        if left.1 == 0 || right.1 == 0 {
            return;
        }
        let share = |(yes, n): Count| f64::from(yes) / f64::from(n);
        self.difference = Some(share(right) - share(left));
        let agree = pairing != Pairing::Independent && yes_or_no(base) == yes_or_no(new);
        if agree {
            self.ci95 = Some([0.0, 0.0]);
            self.p = Some(1.0);
        } else {
            self.ci95 = newcombe(right, left);
            self.p = Some(fisher(right, left));
        }
    }

    /// Gives the verdict, once the p value is corrected.
    pub fn decide(&mut self, p_adjusted: f64, family: usize) {
        self.p_adjusted = Some(p_adjusted);
        let (Some(difference), Some([low, high])) = (self.difference, self.ci95) else { return };
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
            let n = [self.base, self.new].iter().flatten().map(|side| side.n).min().unwrap_or(1);
            self.replications_needed = change.replications_needed(n, family);
        }
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
    let is_cut = |side: &&RecordMetric| side.censored > 0;
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
    let cut = side.censored as usize;
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
        // Of what is left no more can have been cut off than has no value.
        let without = side.values.iter().filter(|value| value.is_none()).count();
        side.censored = side.censored.min(without as u32);
    }
    side
}

/// A change of the share of runs up to this is none: one run in ten.
const SHARE_TOLERANCE: f64 = 0.1;

/// Of each replication whether it said yes, or was not cut off.
fn yes_or_no(side: &RecordMetric) -> Vec<bool> {
    let is_yes = |value: &Option<f64>| match value {
        Some(value) => !side.metric.is_yes_or_no() || *value > 0.5,
        None => false,
    };
    side.values.iter().map(is_yes).collect()
}

fn count(side: &RecordMetric) -> Count {
    let known = side.values.iter().flatten().count() as u32;
    let yes = yes_or_no(side).into_iter().filter(|yes| *yes).count() as u32;
    (yes, known + side.censored)
}

fn summary(side: &RecordMetric, basis: Basis) -> Summary {
    let values: Vec<f64> = side.values.iter().copied().flatten().collect();
    // What counts as the longest has a value.
    let cut = if basis == Basis::MeanAtLeast { 0 } else { side.censored };
    let n = values.len() as u32 + cut;
    if basis == Basis::Share {
        let (yes, of) = count(side);
        let mean = (of > 0).then(|| f64::from(yes) / f64::from(of));
        return Summary { mean, ci95: wilson(yes, of), n, censored: side.censored };
    }
    let estimate = Estimate::of(&values);
    Summary {
        mean: estimate.map(|estimate| estimate.mean),
        ci95: estimate.and_then(|estimate| estimate.interval()),
        n,
        censored: side.censored,
    }
}
