//! What is kept of one run once it is over.

use serde::{Deserialize, Serialize};

use super::measures::{connect_quantile, quantile_seconds, recovery_quantile};
use super::metrics::{Measure, Measured, Metric, measure};
use super::stored;
use crate::observe::{LatencyGrid, Observations, Series, ServerSeries, observations::Censored};
use crate::plan::RunId;

/// The quantiles of `latency.csv`.
const QUANTILES: [f64; 7] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0];

/// Those of delivery: there are many more messages than connections, so the tail is known
/// further out, and charts draw all of it.
const DELIVERY_QUANTILES: [f64; 13] =
    [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999, 1.0];

/// One replication of one policy, reduced: metrics, series, quantiles. Taken on the worker
/// that made the run, so that its histograms can be freed at once; what is left is 13
/// numbers a sampling step (19 with messages) and about 2 KB, and of one replication a grid
/// of 48 KiB.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The metrics that exist in the run, in the order of [`super::METRICS`].
    pub metrics: Vec<Measured>,
    /// Its cluster-level series.
    #[serde(with = "stored::series")]
    pub series: Series,
    /// Its latency quantiles: the same rows in the same order in every run, so that rows of
    /// replications line up.
    #[serde(with = "stored::latency")]
    pub latency: Vec<LatencySample>,
    /// Connects by time and latency; only of the replication that charts show.
    pub connects: Option<LatencyGrid>,
    /// How its clients came back after the first disruptive event.
    pub storm: Option<StormSample>,
    /// Digest of what the clients drew: equal under every policy.
    pub draws_digest: u64,
    /// Digest of every (time, event).
    pub event_digest: u64,
    /// Events processed.
    pub events: u64,
}

/// A run of a plan, reduced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Which.
    pub id: RunId,
    /// What is kept of it.
    pub sample: Sample,
    /// Every server at every step; only of the replication that charts show.
    pub servers: Option<ServerSeries>,
}

impl Run {
    /// Reduces a run.
    pub fn of(id: RunId, mut run: Observations) -> Self {
        Self { id, servers: run.servers.take(), sample: Sample::of(&run) }
    }
}

/// One quantile of one latency in one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatencySample {
    /// `connect`, `handshake_wait`, `recovery` or `delivery`.
    pub latency: &'static str,
    /// In [0, 1].
    pub quantile: f64,
    /// Seconds; absent when the run had none of these latencies.
    pub measure: Option<Measure>,
}

/// The storm of one run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StormSample {
    /// Seconds from the start of the run to the disruptive event.
    pub trigger: f64,
    /// Connections dropped from then on.
    pub dropped: u64,
    /// Seconds until 99% of the dropped were back; `None`: not by the end of the run.
    pub recovery: Option<f64>,
    /// Attempts in the busiest second of the run.
    pub peak_attempt_rate: f64,
}

impl Sample {
    /// Reduces a run. O(series + histogram buckets).
    pub fn of(run: &Observations) -> Self {
        Self {
            metrics: measure(run),
            series: run.series.clone(),
            latency: latency(run),
            connects: run.connects.clone(),
            storm: run.storm.as_ref().map(|storm| StormSample {
                trigger: storm.trigger.as_secs_f64(),
                dropped: storm.dropped,
                recovery: match storm.time {
                    Censored::At(seconds) => Some(seconds),
                    Censored::Beyond(_) => None,
                },
                peak_attempt_rate: run.counts.peak_attempts as f64,
            }),
            draws_digest: run.draws_digest,
            event_digest: run.event_digest,
            events: run.events,
        }
    }

    /// What the run says of a metric. O(number of metrics).
    pub fn measure(&self, metric: &Metric) -> Option<Measure> {
        let found = self.metrics.iter().find(|found| found.metric.name == metric.name);
        found.map(|found| found.measure)
    }
}

/// Latency and quantile of each row.
pub(super) fn latency_rows() -> impl Iterator<Item = (&'static str, f64)> {
    let of = |latency: &'static str| move |quantile: &f64| (latency, *quantile);
    let three = ["connect", "handshake_wait", "recovery"];
    let quantiles = three.into_iter().flat_map(move |latency| QUANTILES.iter().map(of(latency)));
    quantiles.chain(DELIVERY_QUANTILES.iter().map(of("delivery")))
}

fn latency(run: &Observations) -> Vec<LatencySample> {
    let measure = |latency, quantile| match latency {
        "connect" => connect_quantile(run, quantile),
        "handshake_wait" => quantile_seconds(&run.wait, quantile),
        "recovery" => recovery_quantile(run, quantile),
        _ => quantile_seconds(&run.messages.as_ref()?.delivery, quantile),
    };
    latency_rows()
        .map(|(latency, quantile)| LatencySample {
            latency,
            quantile,
            measure: measure(latency, quantile),
        })
        .collect()
}
