//! What a forest compares: metrics of the first policy, and how far the others are from it.

use crate::chart::measure;
use crate::stats::{Better, CaseResults, Difference, Metric, MetricResult, PointResults};

/// The metrics that tell policies apart, group by group; of each way to be better or worse
/// the one that people ask for.
const METRICS: [(&str, &[&str]); 5] = [
    ("balance", &["imbalance", "imbalance_end", "time_to_balance"]),
    ("movement", &["dropped", "moved_fraction", "offline_fraction"]),
    (
        "storm",
        &["peak_attempt_rate", "attempts_per_connect", "recovery_time", "recovered", "connect_p99"],
    ),
    ("messages", &["broker_copies_per_publish", "delivery_p99", "lost_fraction"]),
    ("cost", &["server_hours", "peak_servers"]),
];

/// One metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which.
    pub metric: &'static Metric,
    /// Its group.
    pub group: &'static str,
    /// The first policy's mean; `None` when the end of the run cut it off.
    pub base: Option<f64>,
    /// One entry for each other policy.
    pub entries: Vec<Entry>,
}

/// A policy against the first one.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A paired difference over the first policy's mean.
    Relative(Relative),
    /// The first policy has 0, of which nothing is a share.
    FromZero {
        /// The policy's mean.
        value: f64,
        /// The same, oriented so that positive is worse.
        worsening: f64,
        /// Whether more is worse, and the difference clear of 0.
        verdict: Verdict,
    },
    /// The end of the run cut the policy's value off, in all runs or in some.
    Cut {
        /// Whether it was cut off in all of them.
        always: bool,
    },
    /// The first policy's value was cut off; this is the policy's own mean.
    Alone(f64),
    /// Not measured.
    Missing,
}

/// A difference as a share of the first policy's mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relative {
    /// As measured: positive is more.
    pub change: f64,
    /// Oriented so that positive is worse: where its mark stands.
    pub worsening: f64,
    /// The 95% interval of the worsening; `None` of one run.
    pub interval: Option<[f64; 2]>,
    /// What may be said of it.
    pub verdict: Verdict,
}

/// What a difference says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Better, clear of noise (or in the only run).
    Better,
    /// Worse, likewise.
    Worse,
    /// Not clear of 0.
    Open,
}

impl Entry {
    /// What may be said of it.
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Relative(relative) => relative.verdict,
            Self::FromZero { verdict, .. } => *verdict,
            Self::Cut { .. } | Self::Alone(_) | Self::Missing => Verdict::Open,
        }
    }
}

/// The rows of a point in which some policy differs from the first.
pub fn rows(point: &PointResults) -> Vec<Row> {
    let Some((base, others)) = point.cases.split_first() else { return Vec::new() };
    let metrics = METRICS.iter().flat_map(|(group, names)| names.iter().map(move |n| (*group, *n)));
    metrics.filter_map(|(group, name)| row(point, base, others, (group, name))).collect()
}

fn row(
    point: &PointResults,
    base: &CaseResults,
    others: &[CaseResults],
    (group, name): (&'static str, &str),
) -> Option<Row> {
    let found = result(base, name)?;
    let base_mean = found.mean.filter(|mean| mean.is_finite() && found.censored == 0);
    let entries: Vec<Entry> =
        others.iter().map(|case| entry(point, base, case, (found.metric, base_mean))).collect();
    let tells = |entry: &Entry| match entry {
        Entry::Relative(relative) => relative.change.abs() > 1e-12,
        Entry::FromZero { value, .. } => value.abs() > 1e-12,
        Entry::Cut { .. } => base_mean.is_some(),
        Entry::Alone(_) => true,
        Entry::Missing => false,
    };
    entries.iter().any(tells).then_some(Row {
        metric: found.metric,
        group,
        base: base_mean,
        entries,
    })
}

fn result<'a>(case: &'a CaseResults, name: &str) -> Option<&'a MetricResult> {
    case.metrics.iter().find(|result| result.metric.name == name)
}

fn entry(
    point: &PointResults,
    base: &CaseResults,
    case: &CaseResults,
    (metric, base_mean): (&'static Metric, Option<f64>),
) -> Entry {
    let Some(found) = result(case, metric.name) else { return Entry::Missing };
    if found.censored > 0 {
        return Entry::Cut { always: found.mean.is_none() };
    }
    let Some(value) = found.mean.filter(|mean| mean.is_finite()) else { return Entry::Missing };
    let Some(base_mean) = base_mean else { return Entry::Alone(value) };
    let paired = point.differences.iter().find(|difference| {
        difference.metric == metric.name
            && difference.policy == case.policy
            && difference.against == base.policy
    });
    let worsening = measure::worsening(metric, value, base_mean);
    let verdict = verdict(paired, worsening);
    if base_mean.abs() < 1e-12 {
        return Entry::FromZero { value, worsening, verdict };
    }
    let size = base_mean.abs();
    let sign = if metric.better == Better::Higher { -1.0 } else { 1.0 };
    let change = paired.map_or(value - base_mean, |paired| paired.mean) / size;
    let interval = paired.and_then(|paired| paired.ci95).map(|[low, high]| {
        let (a, b) = (sign * low / size, sign * high / size);
        [a.min(b), a.max(b)]
    });
    Entry::Relative(Relative { change, worsening: sign * change, interval, verdict })
}

/// Clear of 0: the paired interval excludes it, and the difference is significant after
/// Holm's correction over all metrics and policies of the point. A pair of single runs has no
/// noise to tell: its difference is what it is.
fn verdict(paired: Option<&Difference>, worsening: f64) -> Verdict {
    let clear = match paired {
        Some(Difference { ci95: Some([low, high]), p_adjusted, .. }) => {
            (*low > 0.0 || *high < 0.0) && p_adjusted.is_none_or(|p| p < 0.05)
        }
        Some(Difference { n: 0 | 1, .. }) | None => worsening != 0.0,
        Some(_) => false,
    };
    match clear {
        true if worsening > 0.0 => Verdict::Worse,
        true if worsening < 0.0 => Verdict::Better,
        _ => Verdict::Open,
    }
}
