//! The answer of a plan: what reports write and charts draw. Plain values.

use serde::{Deserialize, Serialize};

use super::{Metric, stored};
use crate::engine::SimDuration;
use crate::observe::{LatencyGrid, SeriesId, ServerSeries};
use crate::plan::warmup::Found;
use crate::plan::{Enclosed, Identity, Until};
use crate::policy::Hue;

/// Everything that one command found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The scenario's name.
    pub name: String,
    /// What the scenario says of itself; may be empty.
    pub description: String,
    /// The scenario's text, as it was run.
    pub scenario: String,
    /// `xxh3:...` digest of the scenario.
    pub digest: String,
    /// The seed.
    pub seed: u64,
    /// Replications of each case: as many for all of them.
    pub replications: u32,
    /// When they were to be enough, where the run found their number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// (path, JSON text) of each swept field that the scenario also sets outside of its sweep:
    /// where its own point is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<(String, String)>,
    /// The files that the scenario's text names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Enclosed>,
    /// One point, or one per combination of a sweep.
    pub points: Vec<PointResults>,
}

/// What was found at one point of a sweep (or at the only one).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointResults {
    /// (path, JSON text) of each swept value; empty without a sweep.
    pub at: Vec<(String, String)>,
    /// What the world was, apart from every decision.
    pub identity: Identity,
    /// How long each run was watched.
    pub duration: SimDuration,
    /// The part of it that no metric counts.
    pub warmup: SimDuration,
    /// How that was found, where the scenario does not state it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// Width of a sampling step of `series` and `servers`.
    pub step: SimDuration,
    /// Clients connected at the start (all groups).
    pub clients: u64,
    /// Mean presence of a client of the largest group, in seconds; infinite where it has none.
    #[serde(with = "stored::unbounded")]
    pub mean_presence: f64,
    /// Servers at the start.
    pub servers: u32,
    /// Handshakes per second that one server can do (workers / mean cost); infinite when they cost nothing.
    #[serde(with = "stored::unbounded")]
    pub capacity_per_server: f64,
    /// The scenario's events, in order of time.
    pub markers: Vec<Marker>,
    /// One case for each policy, in the scenario's order.
    pub cases: Vec<CaseResults>,
    /// Paired differences between policies.
    pub differences: Vec<Difference>,
}

impl PointResults {
    /// Whether clients come that were not connected at the start: whether a group of the world
    /// has arrivals other than the word `none`.
    pub fn has_newcomers(&self) -> bool {
        let comes = |path: &str| path.contains("].arrivals.") || path.contains("].arrivals[");
        self.identity.facts.iter().any(|(path, _)| path.starts_with("clients[") && comes(path))
    }

    /// What charts over time mark: the events, and the end of the warm-up, of which no metric
    /// counts anything.
    pub fn marks(&self) -> Vec<Marker> {
        let mut marks = self.markers.clone();
        if !self.warmup.is_zero() {
            let at = self.warmup.as_secs_f64();
            let earlier = marks.partition_point(|marker| marker.at <= at);
            marks.insert(earlier, Marker { at, label: "warm-up over".to_owned() });
        }
        marks
    }
}

/// An event, as charts name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    /// Seconds from the start.
    pub at: f64,
    /// Short: "+4 servers", "−1 crash", "zone a lost", "30% disconnected".
    pub label: String,
}

/// One policy at one point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseResults {
    /// The policy's name.
    pub policy: String,
    /// What the scenario says of it; may be empty.
    pub description: String,
    /// Name of its balance rule, for instance `ring`.
    pub balance: String,
    /// Name of its rebalance rule, for instance `moved`.
    pub rebalance: String,
    /// The back-off of the largest group under this policy.
    pub reconnect: String,
    /// The colour family of its charts.
    pub hue: Hue,
    /// The metrics that exist in these runs, in the order of [`super::METRICS`].
    pub metrics: Vec<MetricResult>,
    /// Cluster-level series over the replications, in the order of [`SeriesId::ALL`].
    pub series: Vec<Band>,
    /// Replication 0, server by server.
    pub servers: ServerSeries,
    /// The storm after the first disruptive event, one entry a replication that had one.
    pub storms: Vec<StormResult>,
    /// Quantiles of latencies.
    pub latency: Vec<LatencyRow>,
    /// Replication 0, connects by time and latency.
    pub connects: Option<LatencyGrid>,
    /// What mathematics says of its spread, for rules that hash.
    pub expected: Expected,
}

/// What a rule that hashes promises of the spread of its connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Points on the ring for each server; `None` where there is no such ring, or servers
    /// differ in weight.
    pub points: Option<u32>,
    /// No server takes more than this times the mean; `None` without such a bound.
    pub bound: Option<f64>,
}

/// One metric of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricResult {
    /// Which.
    #[serde(with = "stored::metric")]
    pub metric: &'static Metric,
    /// Mean over the replications that have a value; `None` when every value is censored.
    pub mean: Option<f64>,
    /// 95% interval of the mean (Student's t; Wilson's for a yes-or-no metric); `None` with
    /// fewer than two values or a censored one.
    pub ci95: Option<[f64; 2]>,
    /// One value a replication, in order; `None` where censored or absent.
    pub values: Vec<Option<f64>>,
    /// How many were cut off by the end of the run.
    pub censored: u32,
    /// Which replications these are, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cut_off: Vec<u32>,
}

/// One cluster-level series over the replications; all vectors have one value a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Which.
    pub id: SeriesId,
    /// Mean.
    pub mean: Vec<f64>,
    /// Lower bound of the 95% t interval of the mean; equals `mean` with one replication.
    pub ci_low: Vec<f64>,
    /// Upper bound.
    pub ci_high: Vec<f64>,
    /// Median over replications.
    pub median: Vec<f64>,
    /// 2.5% quantile over replications (linear between order statistics, type 7).
    pub low: Vec<f64>,
    /// 97.5% quantile over replications.
    pub high: Vec<f64>,
}

/// How one replication's storm went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StormResult {
    /// The replication.
    pub replication: u32,
    /// Seconds from the start of the run to the disruptive event.
    pub trigger: f64,
    /// Connections dropped from then on.
    pub dropped: u64,
    /// Seconds from the trigger until 99% of the dropped were back; `None`: not by the end of the run.
    pub recovery: Option<f64>,
    /// Attempts in the busiest second of the run.
    pub peak_attempt_rate: f64,
}

/// A quantile of a latency: taken within each replication, then averaged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatencyRow {
    /// `connect`, `handshake_wait` or `recovery`.
    pub latency: String,
    /// In [0, 1].
    pub quantile: f64,
    /// Seconds.
    pub mean: f64,
    /// 95% t interval, where there are two replications or more.
    pub ci95: Option<[f64; 2]>,
    /// Replications that had such a latency.
    pub n: u32,
}

/// A paired difference: `policy` minus `against`, replication by replication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Name of the metric.
    #[serde(deserialize_with = "stored::metric_name")]
    pub metric: stored::MetricName,
    /// The policy.
    pub policy: String,
    /// The policy it is compared with.
    pub against: String,
    /// Mean difference.
    pub mean: f64,
    /// 95% interval of the mean difference (not adjusted): Student's t, Newcombe's of a
    /// yes-or-no metric; `None` with too few pairs ([`super::chance`]).
    pub ci95: Option<[f64; 2]>,
    /// Two-sided p value after Holm's correction over the point's differences, Fisher's of a
    /// yes-or-no metric; exactly 1 when all differences are 0; `None` with fewer than two pairs.
    pub p_adjusted: Option<f64>,
    /// Pairs.
    pub n: u32,
    /// What tells which is nearer to 1, where that is best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_to_one: Option<DistanceToOne>,
}

/// How much farther from 1 the policy is than the one it is compared with: the paired difference of
/// the distances, replication by replication.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistanceToOne {
    /// Mean difference.
    pub mean: f64,
    /// 95% interval of it, as of the difference itself.
    pub ci95: Option<[f64; 2]>,
    /// Two-sided p value, corrected together with the point's differences.
    pub p_adjusted: Option<f64>,
}
