//! Paired differences between the policies of a point, and Holm's correction over all of them.

use super::Better;
use super::chance::Chance;
use super::interval::Estimate;
use super::metrics::{METRICS, Metric};
use super::paired::{Paired, holm};
use super::results::{CaseResults, Difference, DistanceToOne};
use super::shares::Shares;

/// Up to so many policies every pair is compared; with more, each with the first only.
const ALL_PAIRS_UP_TO: usize = 6;

/// Paired differences of every metric, Holm-adjusted over all of them. A metric that the
/// end of a run cut off in a pair of policies gives no difference there: `recovered`
/// carries that claim.
pub fn differences(cases: &[CaseResults]) -> Vec<Difference> {
    let chances: Vec<Chance> = cases.iter().map(CaseResults::chance).collect();
    let mut found = Vec::new();
    for metric in METRICS {
        for (against, policy) in pairs(cases.len()) {
            let chance = chances[policy].and(chances[against]);
            found.extend(difference(metric, &cases[policy], &cases[against], chance));
        }
    }
    adjust(&mut found);
    found
}

impl CaseResults {
    /// Whether chance has a part in its runs.
    pub fn chance(&self) -> Chance {
        Chance::of(self.metrics.iter().map(|result| result.values.as_slice()))
    }
}

/// (baseline, policy) of each comparison: with the first policy, then the other pairs when
/// there are few.
fn pairs(policies: usize) -> Vec<(usize, usize)> {
    let baselines = if policies <= ALL_PAIRS_UP_TO { policies } else { 1 };
    (0..baselines)
        .flat_map(|against| (against + 1..policies).map(move |policy| (against, policy)))
        .collect()
}

/// The difference of two policies, its p value not adjusted; `None` without a pair of values.
fn difference(
    metric: &Metric,
    policy: &CaseResults,
    against: &CaseResults,
    chance: Chance,
) -> Option<Difference> {
    let values = |case: &CaseResults| -> Option<Vec<Option<f64>>> {
        let found = case.metrics.iter().find(|result| result.metric.name == metric.name)?;
        (found.censored == 0).then(|| found.values.clone())
    };
    let (left, right): (Vec<f64>, Vec<f64>) = values(policy)?
        .into_iter()
        .zip(values(against)?)
        .filter_map(|(left, right)| Some((left?, right?)))
        .unzip();
    let Paired { difference: Estimate { n, mean, .. }, p, ci95 } =
        Paired::of(&left, &right, chance)?;
    let mut found = Difference {
        metric: metric.name,
        policy: policy.policy.clone(),
        against: against.policy.clone(),
        mean,
        ci95,
        p_adjusted: p,
        n,
        distance_to_one: None,
    };
    if metric.is_yes_or_no() && n > 1 {
        let said = |values: &[f64]| values.iter().map(|value| Some(*value > 0.5)).collect();
        let (left, right): (Vec<_>, Vec<_>) = (said(&left), said(&right));
        let shares = Shares::of(&left, &right, true, chance)?;
        (found.ci95, found.p_adjusted) = (Some(shares.interval()), Some(shares.p()));
    }
    if metric.better == Better::NearerOne {
        found.distance_to_one = distance_to_one(&left, &right, chance);
    }
    Some(found)
}

/// How much farther from 1 the left values are, pair by pair.
fn distance_to_one(left: &[f64], right: &[f64], chance: Chance) -> Option<DistanceToOne> {
    let distances =
        |values: &[f64]| -> Vec<f64> { values.iter().map(|value| (value - 1.0).abs()).collect() };
    let Paired { difference, p, ci95 } = Paired::of(&distances(left), &distances(right), chance)?;
    Some(DistanceToOne { mean: difference.mean, ci95, p_adjusted: p })
}

/// Holm's correction over all that is claimed.
fn adjust(found: &mut [Difference]) {
    let claims = found.iter_mut().flat_map(|difference| {
        let distance = difference.distance_to_one.as_mut();
        let distance = distance.and_then(|distance| distance.p_adjusted.as_mut());
        difference.p_adjusted.as_mut().into_iter().chain(distance)
    });
    let claims: Vec<&mut f64> = claims.collect();
    let adjusted = holm(&claims.iter().map(|p| **p).collect::<Vec<f64>>());
    for (p, adjusted) in claims.into_iter().zip(adjusted) {
        *p = adjusted;
    }
}
