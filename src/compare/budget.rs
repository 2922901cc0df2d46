//! Budgets: whether what must hold does, with the worse bound of the interval.

use super::comparison::{Incomparable, same_world};
use super::record::{Record, RecordMetric, RecordPoint};
use crate::plan::{Budget, Level, Limit, Plan};
use crate::stats::chance::Chance;
use crate::stats::contrast::Contrast;
use crate::stats::interval::Estimate;
use crate::stats::proportion::wilson;
use crate::stats::shares::Shares;

/// One budget at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The point's label; empty without a sweep.
    pub at: String,
    /// What must hold.
    pub budget: Budget,
    /// Mean of the metric, where there is one.
    pub mean: Option<f64>,
    /// The interval that was held against the bound: of the mean for `max` and `min`, else
    /// of the mean less the limit.
    pub interval: Option<[f64; 2]>,
    /// What it may be beyond the limit, in the metric's unit: the floor, of budgets that are
    /// relative to a baseline; otherwise 0.
    pub allowance: f64,
    /// Whether it does.
    pub status: Status,
}

/// Whether a budget holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The worse bound of the interval passes.
    Holds,
    /// The better bound does not pass either: it is broken beyond chance.
    Broken,
    /// The interval reaches across the limit, or too few replications have none.
    Unproven,
    /// So many values were cut off by the end of the run: their mean is unknown.
    CutOff(u32),
    /// The metric does not exist in these runs.
    NotMeasured,
    /// There is no baseline to hold it against.
    NoBaseline,
}

impl Finding {
    /// Whether the check fails because of it.
    pub fn fails(&self) -> bool {
        self.status != Status::Holds && self.budget.level == Level::Error
    }
}

/// Every budget at every point.
///
/// # Errors
/// The baseline is of another scenario or of another world.
pub fn check(
    record: &Record,
    baseline: Option<&Record>,
    budgets: &[Budget],
) -> Result<Vec<Finding>, Incomparable> {
    if let Some(baseline) = baseline.filter(|_| budgets.iter().any(Budget::needs_baseline)) {
        same_world(baseline, record)?;
    }
    let mut findings = Vec::new();
    for point in &record.points {
        let before = baseline.and_then(|baseline| baseline.point(&point.at));
        let paired = baseline.is_some_and(|baseline| baseline.seed == record.seed);
        for budget in budgets {
            findings.push(finding(point, before, paired, budget));
        }
    }
    Ok(findings)
}

/// Whether what comes of a plan can be held against a baseline, as far as can be told before it
/// is run.
///
/// # Errors
/// As [`check`], but for warm-ups that are still to be found.
pub fn is_of(baseline: &Record, plan: &Plan) -> Result<(), Incomparable> {
    if plan.budgets.iter().any(Budget::needs_baseline) {
        same_world(baseline, &Record::before(plan))?;
    }
    Ok(())
}

fn finding(
    point: &RecordPoint,
    before: Option<&RecordPoint>,
    paired: bool,
    budget: &Budget,
) -> Finding {
    let find = |point, policy: &str| Side::of(point, policy, &budget.metric);
    let mut finding = Finding {
        at: point.label(),
        budget: budget.clone(),
        mean: None,
        interval: None,
        allowance: 0.0,
        status: Status::NotMeasured,
    };
    let Some(side) = find(point, &budget.policy) else { return finding };
    finding.mean = Estimate::of(&side.known()).map(|estimate| estimate.mean);
    let other = match &budget.limit {
        Limit::Max(_) | Limit::Min(_) => None,
        Limit::MaxRatio { against, .. } | Limit::MinRatio { against, .. } => {
            let Some(other) = find(point, against) else { return finding };
            Some(other)
        }
        Limit::MaxIncrease(_) | Limit::MaxDecrease(_) => {
            finding.status = Status::NoBaseline;
            let Some(other) = before.and_then(|before| find(before, &budget.policy)) else {
                return finding;
            };
            // Nobody would act on a change below the floor, whatever share it is: the baseline's,
            // as in comparisons.
            finding.allowance = other.metric.floor;
            Some(other)
        }
    };
    let censored = side.metric.censored() + other.map_or(0, |other| other.metric.censored());
    if censored > 0 {
        finding.status = Status::CutOff(censored);
        return finding;
    }
    let less = |factor: f64, paired: bool| side.less(other?, factor, paired);
    let (interval, limit, is_upper) = match &budget.limit {
        Limit::Max(limit) => (side.own(), *limit, true),
        Limit::Min(limit) => (side.own(), *limit, false),
        Limit::MaxRatio { ratio, .. } => (less(*ratio, true), 0.0, true),
        Limit::MinRatio { ratio, .. } => (less(*ratio, true), 0.0, false),
        Limit::MaxIncrease(share) => (less(1.0 + share, paired), finding.allowance, true),
        Limit::MaxDecrease(share) => (less(1.0 - share, paired), -finding.allowance, false),
    };
    finding.interval = interval;
    finding.status = status(interval, limit, is_upper);
    finding
}

/// A metric of a policy's runs.
#[derive(Clone, Copy)]
struct Side<'a> {
    metric: &'a RecordMetric,
    chance: Chance,
}

impl<'a> Side<'a> {
    fn of(point: &'a RecordPoint, policy: &str, metric: &str) -> Option<Self> {
        let policy = point.policy(policy)?;
        Some(Self { metric: policy.metric(metric)?, chance: policy.chance() })
    }

    fn known(&self) -> Vec<f64> {
        self.metric.values.iter().copied().flatten().collect()
    }

    /// The interval of the mean, or of the share of a metric that says yes or no.
    fn own(&self) -> Option<[f64; 2]> {
        let values = self.known();
        if self.metric.metric.is_yes_or_no() && values.len() > 1 {
            let yes = values.iter().filter(|value| **value > 0.5).count();
            return wilson(yes as u32, values.len() as u32);
        }
        Estimate::of(&values)?.interval()
    }

    /// The interval of the mean, or of the share, less a multiple of the other's. Relative limits
    /// compare so: the interval of x - factor * y against 0 is exact, where one of x / y would
    /// not be.
    fn less(&self, other: Self, factor: f64, paired: bool) -> Option<[f64; 2]> {
        let chance = self.chance.and(other.chance);
        if self.metric.metric.is_yes_or_no() {
            let (new, base) = (self.metric.said(), other.metric.said());
            let common = if paired { new.len().min(base.len()) } else { usize::MAX };
            let first = |said: &'_ [Option<bool>]| said[..said.len().min(common)].to_vec();
            let shares = Shares::of(&first(&new), &first(&base), paired, chance)?;
            return Some(shares.interval_of_multiple(factor));
        }
        let multiple = |values: &[f64]| values.iter().map(|value| value * factor).collect();
        if !paired {
            let base: Vec<f64> = multiple(&other.known());
            return Contrast::welch(&self.known(), &base, chance)?.ci95;
        }
        let pairs = self.metric.values.iter().zip(&other.metric.values);
        let (new, base): (Vec<f64>, Vec<f64>) =
            pairs.filter_map(|(a, b)| Some(((*a)?, (*b)?))).unzip();
        if new == base {
            // Of what is the same a share is left, which is known as well as the mean.
            let left: Vec<f64> = new.iter().map(|value| value * (1.0 - factor)).collect();
            return Estimate::of(&left)?.interval();
        }
        Contrast::paired(&new, &multiple(&base), chance)?.ci95
    }
}

fn status(interval: Option<[f64; 2]>, limit: f64, is_upper: bool) -> Status {
    let Some([low, high]) = interval else { return Status::Unproven };
    let (worse, better) = if is_upper { (high, low) } else { (-low, -high) };
    let limit = if is_upper { limit } else { -limit };
    if worse <= limit {
        Status::Holds
    } else if better > limit {
        Status::Broken
    } else {
        Status::Unproven
    }
}
