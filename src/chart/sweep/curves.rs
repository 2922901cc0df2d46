//! A sweep of one parameter as curves: a panel a metric, a curve a policy.

use crate::chart::swept::{Parameter, parameters};
use crate::stats::{CaseResults, Metric, MetricResult, Results};

/// What is shown first, where it exists and changes.
const METRICS: [&str; 14] = [
    "recovered",
    "recovery_time",
    "peak_attempt_rate",
    "offline_fraction",
    "imbalance",
    "moved_fraction",
    "connect_p99",
    "lost_fraction",
    "delivery_p99",
    "broker_copies_per_publish",
    "timed_out",
    "attempts_per_connect",
    "server_hours",
    "handshake_wait_mean",
];

/// Panels, at most.
const MOST_PANELS: usize = 6;

/// Changes of less than this share of the largest value are none.
const FLAT: f64 = 0.02;

/// A policy's value at a value of the parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The parameter.
    pub at: f64,
    /// The metric's mean; `None` when the end of a run cut it off.
    pub mean: Option<f64>,
    /// Its 95% interval.
    pub interval: Option<[f64; 2]>,
}

/// One metric of all policies.
#[derive(Clone, Debug)]
pub struct Curves {
    /// Which.
    pub metric: &'static Metric,
    /// One curve for each policy, in the scenario's order; empty where it has none.
    pub curves: Vec<Vec<Point>>,
}

/// The only parameter that varies, when it is a number.
pub fn parameter(results: &Results) -> Option<Parameter> {
    match <[Parameter; 1]>::try_from(parameters(results)) {
        Ok([only]) if only.is_numeric() => Some(only),
        _ => None,
    }
}

/// The metrics that change most tellingly, at most six.
pub fn curves(results: &Results, parameter: &Parameter) -> Vec<Curves> {
    METRICS
        .iter()
        .filter_map(|name| of_metric(results, parameter, name))
        .filter(changes)
        .take(MOST_PANELS)
        .collect()
}

fn of_metric(results: &Results, parameter: &Parameter, name: &str) -> Option<Curves> {
    let policies = results.points.first().map_or(0, |point| point.cases.len());
    let found = |case: &'_ CaseResults| -> Option<usize> {
        case.metrics.iter().position(|result| result.metric.name == name)
    };
    let mut metric = None;
    let mut curves: Vec<Vec<Point>> = vec![Vec::new(); policies];
    for value in &parameter.values {
        let has = |point: &&crate::stats::PointResults| {
            point.at.iter().any(|(path, json)| *path == parameter.path && *json == value.json)
        };
        let Some(point) = results.points.iter().find(has) else { continue };
        for (curve, case) in curves.iter_mut().zip(&point.cases) {
            let Some(index) = found(case) else { continue };
            let result = &case.metrics[index];
            metric = Some(result.metric);
            curve.push(measured(result, value.number?));
        }
    }
    metric.map(|metric| Curves { metric, curves })
}

fn measured(result: &MetricResult, at: f64) -> Point {
    let mean = result.mean.filter(|mean| result.censored == 0 && mean.is_finite());
    Point { at, mean, interval: result.ci95.filter(|_| mean.is_some()) }
}

/// Whether the parameter changes anything: the values of a policy differ by what anybody acts
/// on, or some are cut off.
fn changes(curves: &Curves) -> bool {
    curves.curves.iter().any(|curve| {
        let known = || curve.iter().filter_map(|point| point.mean);
        let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
        let cut = curve.iter().any(|point| point.mean.is_none());
        let least = curves.metric.floor.max(FLAT * high.abs());
        known().count() > 0 && (cut || high - low > least)
    })
}
