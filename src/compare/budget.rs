//! Budgets: whether what must hold does, with the worse bound of the interval.

use super::comparison::{Incomparable, same_world};
use super::record::{Record, RecordMetric, RecordPoint};
use crate::plan::{Budget, Level, Limit, Plan};
use crate::stats::contrast::Contrast;
use crate::stats::interval::Estimate;
use crate::stats::proportion::wilson;

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
    /// The interval reaches across the limit, or there are too few replications.
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
    let find = |point: &'_ RecordPoint, policy: &str| -> Option<RecordMetric> {
        point.policy(policy)?.metric(&budget.metric).cloned()
    };
    let mut finding = Finding {
        at: point.label(),
        budget: budget.clone(),
        mean: None,
        interval: None,
        status: Status::NotMeasured,
    };
    let Some(metric) = find(point, &budget.policy) else { return finding };
    let values: Vec<f64> = metric.values.iter().copied().flatten().collect();
    finding.mean = Estimate::of(&values).map(|estimate| estimate.mean);
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
            Some(other)
        }
    };
    let censored = metric.censored + other.as_ref().map_or(0, |other| other.censored);
    if censored > 0 {
        finding.status = Status::CutOff(censored);
        return finding;
    }
    // Relative limits compare with a multiple of the other side: the interval of
    // x - factor * y against 0 is exact, where one of x / y would not be.
    let less = |factor: f64, paired: bool| {
        let other = other.as_ref()?;
        let against = |values: &[Option<f64>]| -> Vec<f64> {
            values.iter().flatten().map(|value| value * factor).collect()
        };
        let contrast = if paired {
            let (new, base): (Vec<f64>, Vec<f64>) = metric
                .values
                .iter()
                .zip(&other.values)
                .filter_map(|(a, b)| Some(((*a)?, (*b)? * factor)))
                .unzip();
            Contrast::paired(&new, &base)
        } else {
            Contrast::welch(&values, &against(&other.values))
        };
        contrast.map(|contrast| contrast.interval())
    };
    let (interval, limit, is_upper) = match &budget.limit {
        Limit::Max(limit) => (own(&metric, &values), *limit, true),
        Limit::Min(limit) => (own(&metric, &values), *limit, false),
        Limit::MaxRatio { ratio, .. } => (less(*ratio, true), 0.0, true),
        Limit::MinRatio { ratio, .. } => (less(*ratio, true), 0.0, false),
        // Nobody would act on a change below the floor, whatever share it is.
        Limit::MaxIncrease(share) => (less(1.0 + share, paired), metric.floor, true),
        Limit::MaxDecrease(share) => (less(1.0 - share, paired), -metric.floor, false),
    };
    finding.interval = interval;
    finding.status = status(interval, limit, is_upper);
    finding
}

/// The interval of the mean, or of the share of a metric that says yes or no.
fn own(metric: &RecordMetric, values: &[f64]) -> Option<[f64; 2]> {
    if metric.metric.is_yes_or_no() && values.len() > 1 {
        let yes = values.iter().filter(|value| **value > 0.5).count();
        return wilson(yes as u32, values.len() as u32);
    }
    Estimate::of(values)?.interval()
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
