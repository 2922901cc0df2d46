//! From the samples of a plan to its results.

use super::bands::bands;
use super::describe::{capacity_per_server, largest_group, markers};
use super::interval::Estimate;
use super::metrics::{METRICS, Measure, Metric};
use super::paired::{Paired, holm};
use super::proportion::wilson;
use super::results::{
    CaseResults, Difference, Expected, LatencyRow, MetricResult, PointResults, Results, StormResult,
};
use super::sample::Sample;
use crate::observe::{Series, ServerSeries};
use crate::plan::{Plan, Point, Policy, World};

/// Up to so many policies every pair is compared; with more, each with the first only.
const ALL_PAIRS_UP_TO: usize = 6;

/// Reduces all runs of a plan: `samples[point][policy][replication]` in the plan's order,
/// and `servers[point][policy]` of replication 0.
///
/// # Panics
///
/// If a point or a policy of the plan has no samples or no servers: one of them would be
/// missing from the results without a word.
///
/// Cost: O(series steps x replications log replications) for each policy and point.
pub fn summarise(
    plan: &Plan,
    samples: Vec<Vec<Vec<Sample>>>,
    servers: Vec<Vec<ServerSeries>>,
) -> Results {
    let of_points = (samples.len(), servers.len());
    assert_eq!(of_points, (plan.points.len(), plan.points.len()), "a point was not run");
    let points = plan
        .points
        .iter()
        .zip(samples)
        .zip(servers)
        .map(|((point, samples), servers)| summarise_point(point, samples, servers))
        .collect();
    Results {
        name: plan.name.clone(),
        description: plan.description.clone(),
        scenario: plan.text.clone(),
        digest: plan.digest.clone(),
        seed: plan.seed,
        replications: plan.replications,
        own: plan.own.clone(),
        points,
    }
}

fn summarise_point(
    point: &Point,
    samples: Vec<Vec<Sample>>,
    servers: Vec<ServerSeries>,
) -> PointResults {
    let world = &point.world;
    let largest = largest_group(world);
    let policies = point.policies.len();
    assert_eq!((samples.len(), servers.len()), (policies, policies), "a policy was not run");
    let cases: Vec<CaseResults> = point
        .policies
        .iter()
        .zip(samples)
        .zip(servers)
        // Samples are taken by value: a policy's series are freed once its bands are made.
        .map(|((policy, samples), servers)| {
            let expected = expected(policy, world);
            summarise_case(policy, largest, &samples, servers, expected)
        })
        .collect();
    let differences = differences(&cases);
    PointResults {
        at: point.at.clone(),
        identity: point.identity.clone(),
        duration: world.duration,
        warmup: world.warmup,
        step: world.sample_every,
        clients: world.groups.iter().map(|group| u64::from(group.connected)).sum(),
        mean_presence: world
            .groups
            .get(largest)
            .map_or(f64::INFINITY, |group| group.presence.mean_secs()),
        servers: world.servers.count,
        capacity_per_server: capacity_per_server(world),
        markers: markers(world),
        cases,
        differences,
    }
}

fn summarise_case(
    policy: &Policy,
    largest: usize,
    samples: &[Sample],
    servers: ServerSeries,
    expected: Expected,
) -> CaseResults {
    let series: Vec<&Series> = samples.iter().map(|sample| &sample.series).collect();
    CaseResults {
        policy: policy.name.clone(),
        description: policy.description.clone(),
        balance: policy.balance.name().to_owned(),
        rebalance: policy.rebalance.name().to_owned(),
        reconnect: policy.reconnect.get(largest).map_or_else(String::new, |r| r.name.clone()),
        hue: policy.balance.hue(),
        metrics: METRICS.iter().filter_map(|metric| metric_result(metric, samples)).collect(),
        series: bands(&series),
        servers,
        storms: storms(samples),
        latency: latency(samples),
        connects: samples.first().and_then(|sample| sample.connects.clone()),
        expected,
    }
}

/// What the policy's rule promises, with servers of one weight.
fn expected(policy: &Policy, world: &World) -> Expected {
    let weights = &world.servers.weights;
    let weight = weights.first().copied().filter(|one| weights.iter().all(|weight| weight == one));
    let points = policy.balance.points().zip(weight);
    Expected {
        points: points.map(|(points, weight)| points.saturating_mul(weight)),
        bound: policy.balance.bound(),
    }
}

/// A metric over the replications; `None` when it exists in none of them.
fn metric_result(metric: &'static Metric, samples: &[Sample]) -> Option<MetricResult> {
    let measures: Vec<Option<Measure>> = samples
        .iter()
        .map(|sample| {
            let measured = sample.metrics.iter().find(|found| found.metric.name == metric.name);
            measured.map(|found| found.measure)
        })
        .collect();
    if measures.iter().all(Option::is_none) {
        return None;
    }
    let values: Vec<Option<f64>> = measures.iter().map(|measure| known(*measure)).collect();
    let censored =
        measures.iter().filter(|measure| matches!(measure, Some(Measure::Censored(_)))).count();
    let estimate = Estimate::of(&values.iter().copied().flatten().collect::<Vec<f64>>());
    let ci95 = estimate.filter(|_| censored == 0).and_then(|estimate| {
        if metric.is_yes_or_no() && estimate.n > 1 {
            let yes = values.iter().flatten().filter(|value| **value > 0.5).count();
            return wilson(yes as u32, estimate.n);
        }
        estimate.interval()
    });
    Some(MetricResult {
        metric,
        mean: estimate.map(|estimate| estimate.mean),
        ci95,
        values,
        censored: censored as u32,
    })
}

fn known(measure: Option<Measure>) -> Option<f64> {
    match measure {
        Some(Measure::Value(value)) => Some(value),
        Some(Measure::Censored(_)) | None => None,
    }
}

fn storms(samples: &[Sample]) -> Vec<StormResult> {
    samples
        .iter()
        .enumerate()
        .filter_map(|(replication, sample)| {
            sample.storm.map(|storm| StormResult {
                replication: replication as u32,
                trigger: storm.trigger,
                dropped: storm.dropped,
                recovery: storm.recovery,
                peak_attempt_rate: storm.peak_attempt_rate,
            })
        })
        .collect()
}

/// The latency quantiles over the replications. A quantile that the end of the run cut off
/// in any of them is left out: its mean would be too small by an unknown amount.
fn latency(samples: &[Sample]) -> Vec<LatencyRow> {
    let Some(first) = samples.first() else { return Vec::new() };
    let mut rows = Vec::new();
    for (index, row) in first.latency.iter().enumerate() {
        let measures = || samples.iter().filter_map(|sample| sample.latency[index].measure);
        if measures().any(|measure| matches!(measure, Measure::Censored(_))) {
            continue;
        }
        let values: Vec<f64> = measures().filter_map(|measure| known(Some(measure))).collect();
        if let Some(estimate) = Estimate::of(&values) {
            rows.push(LatencyRow {
                latency: row.latency.to_owned(),
                quantile: row.quantile,
                mean: estimate.mean,
                ci95: estimate.interval(),
                n: estimate.n,
            });
        }
    }
    rows
}

/// Paired differences of every metric, Holm-adjusted over all of them. A metric that the
/// end of a run cut off in a pair of policies gives no difference there: `recovered`
/// carries that claim.
fn differences(cases: &[CaseResults]) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut raw = Vec::new();
    for metric in METRICS {
        for (against, policy) in pairs(cases.len()) {
            let (policy, against) = (&cases[policy], &cases[against]);
            let Some(paired) = paired(metric, policy, against) else { continue };
            found.push(Difference {
                metric: metric.name,
                policy: policy.policy.clone(),
                against: against.policy.clone(),
                mean: paired.difference.mean,
                ci95: paired.difference.interval(),
                p_adjusted: None,
                n: paired.difference.n,
            });
            raw.push(paired.p);
        }
    }
    let adjusted = holm(&raw.iter().copied().flatten().collect::<Vec<f64>>());
    let with_p = found.iter_mut().zip(&raw).filter(|(_, p)| p.is_some());
    for ((difference, _), p) in with_p.zip(adjusted) {
        difference.p_adjusted = Some(p);
    }
    found
}

/// (baseline, policy) of each comparison: with the first policy, then the other pairs when
/// there are few.
fn pairs(policies: usize) -> Vec<(usize, usize)> {
    let baselines = if policies <= ALL_PAIRS_UP_TO { policies } else { 1 };
    (0..baselines)
        .flat_map(|against| (against + 1..policies).map(move |policy| (against, policy)))
        .collect()
}

fn paired(metric: &Metric, policy: &CaseResults, against: &CaseResults) -> Option<Paired> {
    let result = |case: &CaseResults| -> Option<Vec<Option<f64>>> {
        let found = case.metrics.iter().find(|result| result.metric.name == metric.name)?;
        (found.censored == 0).then(|| found.values.clone())
    };
    let (left, right): (Vec<f64>, Vec<f64>) = result(policy)?
        .into_iter()
        .zip(result(against)?)
        .filter_map(|(left, right)| Some((left?, right?)))
        .unzip();
    Paired::of(&left, &right)
}
