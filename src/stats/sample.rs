//! What is kept of one run once it is over.

use super::measures::{quantile_seconds, recovery_quantile};
use super::metrics::{Measure, Measured, measure};
use crate::observe::{LatencyGrid, Observations, Series, observations::Censored};

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
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The metrics that exist in the run, in the order of [`super::METRICS`].
    pub metrics: Vec<Measured>,
    /// Its cluster-level series.
    pub series: Series,
    /// Its latency quantiles.
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
#[derive(Clone, Copy, Debug, PartialEq)]
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
}

/// The same rows in the same order for every run, so that rows of replications line up.
fn latency(run: &Observations) -> Vec<LatencySample> {
    let mut rows = Vec::with_capacity(3 * QUANTILES.len() + DELIVERY_QUANTILES.len());
    for quantile in QUANTILES {
        let measure = quantile_seconds(&run.connect, quantile);
        rows.push(LatencySample { latency: "connect", quantile, measure });
    }
    for quantile in QUANTILES {
        let measure = quantile_seconds(&run.wait, quantile);
        rows.push(LatencySample { latency: "handshake_wait", quantile, measure });
    }
    for quantile in QUANTILES {
        let measure = recovery_quantile(run, quantile);
        rows.push(LatencySample { latency: "recovery", quantile, measure });
    }
    for quantile in DELIVERY_QUANTILES {
        let delivery = run.messages.as_ref().map(|messages| &messages.delivery);
        let measure = delivery.and_then(|delivery| quantile_seconds(delivery, quantile));
        rows.push(LatencySample { latency: "delivery", quantile, measure });
    }
    rows
}
