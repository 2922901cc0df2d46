//! Which metrics the table shows, and which value may be called the best.

use crate::stats::interval::Estimate;
use crate::stats::{
    Better, CaseResults, Difference, METRICS, Metric, MetricResult, PointResults, Results,
};

/// What operators ask first; the rest follow in the order of [`METRICS`].
const FIRST: [&str; 18] = [
    "broker_copies_per_publish",
    "broker_utilisation",
    "delivery_p99",
    "lost_fraction",
    "dropped",
    "peak_attempt_rate",
    "recovery_time",
    "imbalance_end",
    "offline_fraction",
    "moved_over_minimum",
    "recovered",
    "newest_share",
    "connect_p99",
    "timed_out",
    "rejected",
    "dead_handshakes",
    "moved_fraction",
    "imbalance",
];

/// The level of a claim.
const LEVEL: f64 = 0.05;

/// With so many of the first metrics that differ, the rest is left to the files.
const ENOUGH: usize = 2;

/// Metrics that the narrowest table of a sweep shows.
pub const OF_A_SWEEP: usize = 4;

/// From this share of the time offline on it is told even where it is alike under all policies.
const MUCH_OFFLINE: f64 = 0.05;

/// Means that are nearer to each other than this share of the larger do not count as different.
const ALIKE: f64 = 0.01;

/// Up to `most` metrics that say most about these results, most important first: those
/// that differ between policies or points, or, where none does, those that exist.
pub fn metrics(results: &Results, most: usize) -> Vec<&'static Metric> {
    let cases: Vec<&CaseResults> = results.points.iter().flat_map(|point| &point.cases).collect();
    let mut order: Vec<&'static Metric> =
        FIRST.iter().filter_map(|name| Metric::named(name)).collect();
    order.extend(METRICS.iter().filter(|metric| !FIRST.contains(&metric.name)));
    order.retain(|metric| cases.iter().any(|case| find(case, metric).is_some()));
    let differing: Vec<&'static Metric> =
        order.iter().copied().filter(|metric| tells(metric, &cases)).collect();
    let mut chosen = if differing.is_empty() { order } else { differing };
    let leading = chosen.iter().take_while(|metric| FIRST.contains(&metric.name)).count();
    if leading >= ENOUGH {
        chosen.truncate(leading);
    }
    chosen.truncate(most);
    chosen
}

/// The place of a metric in the order of tables. O(metrics).
pub fn position(metric: &Metric) -> usize {
    METRICS.iter().position(|other| other == metric).unwrap_or(METRICS.len())
}

/// The result of a metric, where it exists.
pub fn find<'a>(case: &'a CaseResults, metric: &Metric) -> Option<&'a MetricResult> {
    case.metrics.iter().find(|result| result.metric.name == metric.name)
}

/// Whether a metric differs, or is a finding whether it does or not.
fn tells(metric: &Metric, cases: &[&CaseResults]) -> bool {
    let is_much = |case: &&CaseResults| {
        let mean = find(case, metric).and_then(|result| result.mean);
        mean.is_some_and(|mean| mean > MUCH_OFFLINE)
    };
    differs(metric, cases) || (metric.name == "offline_fraction" && cases.iter().any(is_much))
}

/// Whether some cases have clearly other values than others, or one alone has any.
fn differs(metric: &Metric, cases: &[&CaseResults]) -> bool {
    let found: Vec<(Option<f64>, u32)> = cases
        .iter()
        .filter_map(|case| find(case, metric).map(|result| (result.mean, result.censored)))
        .collect();
    let censored = found.windows(2).any(|pair| pair[0].1 != pair[1].1);
    let means: Vec<f64> = found.iter().filter_map(|(mean, _)| *mean).collect();
    let largest = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = means.iter().copied().fold(f64::INFINITY, f64::min);
    let apart = largest - least > ALIKE * largest.abs().max(least.abs());
    censored || apart || (found.len() == 1 && cases.len() > 1)
}

/// What counts who is away, and may tell a policy from the others although clients are.
const OF_THE_AWAY: [&str; 2] = ["offline_fraction", "recovered"];

/// The policy (by index) that is better than every other by a paired difference that is
/// significant after Holm's correction; `None` when none is, when there is but one policy,
/// or when some have no value. Who is offline burdens no server: a policy that does not always
/// recover is best in nothing else than in who is away.
pub fn best(point: &PointResults, metric: &Metric) -> Option<usize> {
    if point.cases.len() < 2 {
        return None;
    }
    let cost: Vec<f64> =
        point.cases.iter().map(|case| cost(case, metric)).collect::<Option<_>>()?;
    let best = (0..cost.len()).min_by(|&a, &b| cost[a].total_cmp(&cost[b]))?;
    let clear = (0..cost.len())
        .filter(|&other| other != best)
        .all(|other| cost[best] < cost[other] && significant(point, metric, best, other));
    let recovers = point.cases[best].storms.iter().all(|storm| storm.recovery.is_some());
    let counts = recovers || OF_THE_AWAY.contains(&metric.name);
    (clear && counts).then_some(best)
}

/// Whether some pair of policies differs by a paired difference that is significant after
/// Holm's correction; without such differences (one run, times that were cut off), whether
/// the values differ at all.
pub fn differs_clearly(point: &PointResults, metric: &Metric) -> bool {
    let mut paired =
        point.differences.iter().filter(|difference| difference.metric == metric.name).peekable();
    if paired.peek().is_none_or(|first| first.p_adjusted.is_none()) {
        return differs(metric, &point.cases.iter().collect::<Vec<_>>());
    }
    paired.any(|difference| difference.p_adjusted.is_some_and(|p| p < LEVEL))
}

/// What is to be small: of a metric that is best at 1 the mean distance of its runs, since values
/// on both sides have a mean that is nearer than they are. `None` where neither way is better, and
/// of what has no value or was cut off.
pub fn cost(case: &CaseResults, metric: &Metric) -> Option<f64> {
    let result = find(case, metric).filter(|result| result.censored == 0)?;
    match metric.better {
        Better::Lower => result.mean,
        Better::Higher => Some(-result.mean?),
        Better::NearerOne => {
            let known = result.values.iter().flatten();
            let distances: Vec<f64> = known.map(|value| (value - 1.0).abs()).collect();
            Some(Estimate::of(&distances)?.mean)
        }
        Better::Neither => None,
    }
}

fn significant(point: &PointResults, metric: &Metric, left: usize, right: usize) -> bool {
    let (left, right) = (&point.cases[left].policy, &point.cases[right].policy);
    point.differences.iter().any(|difference| {
        difference.metric == metric.name
            && (difference.policy == *left && difference.against == *right
                || difference.policy == *right && difference.against == *left)
            && judged(difference, metric).is_some_and(|p| p < LEVEL)
    })
}

/// The p value of what tells which is better.
fn judged(difference: &Difference, metric: &Metric) -> Option<f64> {
    match metric.better {
        Better::NearerOne => difference.distance_to_one?.p_adjusted,
        _ => difference.p_adjusted,
    }
}

/// The swept values of a point, as text; empty without a sweep.
pub fn label(point: &PointResults) -> String {
    let bare = |value: &String| value.trim_matches('"').to_owned();
    let values: Vec<String> =
        point.at.iter().map(|(path, value)| format!("{path} = {}", bare(value))).collect();
    values.join(", ")
}
