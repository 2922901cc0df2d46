//! Whether a difference is clear of noise.

use crate::chart::cases::Case;
use crate::stats::StormResult;
use crate::stats::chance::Runs;

/// Whether a metric of two cases differs beyond noise: by the paired difference, if it
/// was taken; else by intervals that do not meet. A single run of each has no noise to tell.
pub fn metric_differs(a: &Case<'_>, b: &Case<'_>, metric: &str) -> bool {
    metric_differs_by(a, b, metric, 0.0)
}

/// The same, and by more than so much.
pub fn metric_differs_by(a: &Case<'_>, b: &Case<'_>, metric: &str, least: f64) -> bool {
    if let Some(clear) = paired_difference(a, b, metric, least) {
        return clear;
    }
    let runs = |case: &Case<'_>| case.metric(metric).map_or(1, |result| result.values.len());
    let interval = |case: &Case<'_>| case.metric(metric).and_then(|result| result.ci95);
    match (interval(a), interval(b)) {
        (Some([low, high]), Some([other, end])) if high <= low && end <= other => {
            let runs = |case| u32::try_from(runs(case)).unwrap_or(u32::MAX / 2);
            let largest = low.abs().max(other.abs());
            let runs = Runs::Groups(runs(a), runs(b));
            let known = runs.prove(other - low, largest, a.found.chance().and(b.found.chance())).1;
            known.is_some() && (other - low).abs() > least
        }
        (Some(a), Some(b)) => a[1] + least < b[0] || b[1] + least < a[0],
        _ => {
            let means = a.mean(metric).zip(b.mean(metric));
            let far = means.is_none_or(|(a, b)| (a - b).abs() >= least);
            runs(a) <= 1 && runs(b) <= 1 && far
        }
    }
}

/// Whether a number of the storms of two cases, which is also a metric, differs beyond
/// noise: by the paired difference, if it was taken; else by [`runs_differ`].
pub fn storms_differ(
    a: &Case<'_>,
    b: &Case<'_>,
    metric: &str,
    value: fn(&StormResult) -> f64,
) -> bool {
    let (first, second) = (&a.found.storms, &b.found.storms);
    if first.len() <= 1 && second.len() <= 1 {
        return true;
    }
    paired_difference(a, b, metric, 0.0).unwrap_or_else(|| runs_differ(first, second, value))
}

/// Whether the difference of a metric excludes 0, after Holm's correction, and all that is not
/// more than so much; `None` when it was not taken, or of one pair.
fn paired_difference(a: &Case<'_>, b: &Case<'_>, metric: &str, least: f64) -> Option<bool> {
    if a.index != b.index {
        return None;
    }
    let (first, second) = (&a.found.policy, &b.found.policy);
    let paired = a.point.differences.iter().find(|difference| {
        let pair = (&difference.policy, &difference.against);
        difference.metric == metric && (pair == (first, second) || pair == (second, first))
    })?;
    let Some([low, high]) = paired.ci95 else { return (paired.n > 1).then_some(false) };
    Some((low > least || high < -least) && paired.p_adjusted.is_none_or(|p| p < 0.05))
}

/// A two-sided sign test at 5% over replications that both had a storm, as pairs share
/// their draws; or, for fewer than the six pairs that such a test needs, no run of one
/// between those of the other: of four and four, that has a chance of 2 in 70 (rank sum
/// test); of two and two it is enough when all of one never recovered.
/// Source: Conover, Practical Nonparametric Statistics, 3rd edition, sections 3.4 and 5.1.
fn runs_differ(a: &[StormResult], b: &[StormResult], value: fn(&StormResult) -> f64) -> bool {
    let (mut less, mut more) = (0_u32, 0_u32);
    for first in a {
        let pair = b.iter().find(|second| second.replication == first.replication);
        match pair.map(|second| value(first).total_cmp(&value(second))) {
            Some(std::cmp::Ordering::Less) => less += 1,
            Some(std::cmp::Ordering::Greater) => more += 1,
            _ => {}
        }
    }
    let range = |storms: &[StormResult]| {
        let values = || storms.iter().map(value);
        (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
    };
    let (a_range, b_range) = (range(a), range(b));
    let apart = a_range.1 < b_range.0 || b_range.1 < a_range.0;
    let never = a_range.0.max(b_range.0).is_infinite();
    let runs = a.len().min(b.len());
    sign_test(less, more) <= 0.05 || (apart && (runs >= 4 || (runs >= 2 && never)))
}

/// Two-sided p value of so many minus and plus signs; ties are left out.
pub fn sign_test(less: u32, more: u32) -> f64 {
    let signs = less + more;
    let fewer = less.min(more);
    if signs == 0 {
        return 1.0;
    }
    // Above 500, 2^-n leaves the floats' range and the normal limit is within 0.001:
    // 1.96 standard deviations are 5%, which is all that is asked.
    if signs > 500 {
        let distance = f64::from(signs - 2 * fewer) - 1.0;
        return if distance >= 1.96 * f64::from(signs).sqrt() { 0.0 } else { 1.0 };
    }
    let mut term = (0..signs).fold(1.0, |product, _| product * 0.5);
    let mut sum = term;
    for k in 0..fewer {
        term *= f64::from(signs - k) / f64::from(k + 1);
        sum += term;
    }
    (2.0 * sum).min(1.0)
}
