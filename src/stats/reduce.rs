//! From the samples of a plan to its results.

use super::bands::bands;
use super::describe::{capacity_per_server, largest_group, markers};
use super::differences::differences;
use super::interval::Estimate;
use super::metrics::{METRICS, Measure, Metric};
use super::proportion::wilson;
use super::results::{
    CaseResults, Expected, LatencyRow, MetricResult, PointResults, Results, StormResult,
};
use super::sample::{Run, Sample};
use crate::observe::{Series, ServerSeries};
use crate::plan::{Plan, Point, Policy, Warmup, World};

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
    fill(outline(plan), samples, servers)
}

/// What the plan alone says of its results: everything but what is measured.
pub fn outline(plan: &Plan) -> Results {
    Results {
        name: plan.name.clone(),
        description: plan.description.clone(),
        scenario: plan.text.clone(),
        digest: plan.digest.clone(),
        seed: plan.seed,
        replications: plan.replications,
        until: plan.until.clone(),
        own: plan.own.clone(),
        files: plan.files.clone(),
        points: plan.points.iter().map(outline_point).collect(),
    }
}

fn outline_point(point: &Point) -> PointResults {
    debug_assert_ne!(point.warmup, Warmup::Sought, "pilot runs come before what counts");
    let world = &point.world;
    let largest = largest_group(world);
    PointResults {
        at: point.at.clone(),
        identity: point.identity.clone(),
        duration: world.duration,
        warmup: world.warmup,
        found: match &point.warmup {
            Warmup::Found(found) => Some(found.clone()),
            Warmup::Stated | Warmup::Sought => None,
        },
        step: world.sample_every,
        clients: world.groups.iter().map(|group| u64::from(group.connected)).sum(),
        mean_presence: world
            .groups
            .get(largest)
            .map_or(f64::INFINITY, |group| group.presence.mean_secs()),
        servers: world.servers.count,
        capacity_per_server: capacity_per_server(world),
        markers: markers(world),
        cases: point.policies.iter().map(|policy| outline_case(policy, largest, world)).collect(),
        differences: Vec::new(),
    }
}

fn outline_case(policy: &Policy, largest: usize, world: &World) -> CaseResults {
    CaseResults {
        policy: policy.name.clone(),
        description: policy.description.clone(),
        balance: policy.balance.name().to_owned(),
        rebalance: policy.rebalance.name().to_owned(),
        reconnect: policy.reconnect.get(largest).map_or_else(String::new, |r| r.name.clone()),
        hue: policy.balance.hue(),
        metrics: Vec::new(),
        series: Vec::new(),
        servers: ServerSeries::default(),
        storms: Vec::new(),
        latency: Vec::new(),
        connects: None,
        expected: expected(policy, world),
    }
}

/// The results of an outline from its runs, in any order; otherwise as [`summarise`].
///
/// # Panics
///
/// If a run is of a point or a policy that the outline has not, or one is missing.
pub fn complete(outline: Results, mut runs: Vec<Run>) -> Results {
    let mut samples: Vec<Vec<Vec<Sample>>> =
        outline.points.iter().map(|point| vec![Vec::new(); point.cases.len()]).collect();
    let mut servers: Vec<Vec<ServerSeries>> = outline
        .points
        .iter()
        .map(|point| vec![ServerSeries::default(); point.cases.len()])
        .collect();
    runs.sort_by_key(|run| run.id);
    for Run { id, sample, servers: detail } in runs {
        samples[id.point][id.policy].push(sample);
        if let Some(detail) = detail {
            servers[id.point][id.policy] = detail;
        }
    }
    let replications = outline.replications as usize;
    let is_run = |samples: &Vec<Sample>| samples.len() == replications;
    assert!(samples.iter().flatten().all(is_run), "a replication was not run");
    fill(outline, samples, servers)
}

fn fill(
    mut results: Results,
    samples: Vec<Vec<Vec<Sample>>>,
    servers: Vec<Vec<ServerSeries>>,
) -> Results {
    let of_points = (samples.len(), servers.len());
    let points = results.points.len();
    assert_eq!(of_points, (points, points), "a point was not run");
    for ((point, samples), servers) in results.points.iter_mut().zip(samples).zip(servers) {
        let of_policies = (samples.len(), servers.len());
        let policies = point.cases.len();
        assert_eq!(of_policies, (policies, policies), "a policy was not run");
        for ((case, samples), servers) in point.cases.iter_mut().zip(samples).zip(servers) {
            // Samples are taken by value: a policy's series are freed once its bands are made.
            fill_case(case, &samples, servers);
        }
        point.differences = differences(&point.cases);
    }
    results
}

fn fill_case(case: &mut CaseResults, samples: &[Sample], servers: ServerSeries) {
    let series: Vec<&Series> = samples.iter().map(|sample| &sample.series).collect();
    let result = |metric| {
        let measures: Vec<Option<Measure>> =
            samples.iter().map(|sample| sample.measure(metric)).collect();
        MetricResult::of(metric, &measures)
    };
    case.metrics = METRICS.iter().filter_map(result).collect();
    case.series = bands(&series);
    case.servers = servers;
    case.storms = storms(samples);
    case.latency = latency(samples);
    case.connects = samples.first().and_then(|sample| sample.connects.clone());
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

impl MetricResult {
    /// Of what each replication says of the metric, in order; `None` when it exists in none.
    pub fn of(metric: &'static Metric, measures: &[Option<Measure>]) -> Option<Self> {
        if measures.iter().all(Option::is_none) {
            return None;
        }
        let values: Vec<Option<f64>> =
            measures.iter().map(|measure| measure.and_then(Measure::known)).collect();
        let is_cut = |measure: &Option<Measure>| matches!(measure, Some(Measure::Censored(_)));
        let cut_off: Vec<u32> =
            (0_u32..).zip(measures).filter(|(_, one)| is_cut(one)).map(|(run, _)| run).collect();
        let estimate = Estimate::of(&values.iter().copied().flatten().collect::<Vec<f64>>());
        let ci95 = estimate.filter(|_| cut_off.is_empty()).and_then(|estimate| {
            if metric.is_yes_or_no() && estimate.n > 1 {
                let yes = values.iter().flatten().filter(|value| **value > 0.5).count();
                return wilson(yes as u32, estimate.n);
            }
            estimate.interval()
        });
        Some(Self {
            metric,
            mean: estimate.map(|estimate| estimate.mean),
            ci95,
            values,
            censored: cut_off.len() as u32,
            cut_off,
        })
    }

    /// Whether a replication was cut off by the end of its run. Results of older versions do not
    /// say which: there it is every one without a value.
    pub fn is_cut_off(&self, replication: usize) -> bool {
        if self.cut_off.is_empty() {
            return self.censored > 0 && self.values.get(replication).is_some_and(Option::is_none);
        }
        self.cut_off.iter().any(|run| *run as usize == replication)
    }

    /// How many replications have a value or were cut off.
    pub fn measured(&self) -> usize {
        self.values.iter().flatten().count() + self.censored as usize
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
        let values: Vec<f64> = measures().filter_map(Measure::known).collect();
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
