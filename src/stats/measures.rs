//! How metrics are read from a run: the few shapes that their definitions are made of.

use hdrhistogram::Histogram;

use super::metrics::Measure;
use crate::observe::{Censored, Observations, Survival};

pub(super) fn value(value: Option<f64>) -> Option<Measure> {
    value.map(Measure::Value)
}

pub(super) fn count(count: u64) -> Option<Measure> {
    value(Some(count as f64))
}

pub(super) fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

pub(super) fn share(part: u64, whole: u64) -> Option<Measure> {
    value(ratio(part as f64, whole as f64))
}

pub(super) fn seconds(nanos: f64) -> f64 {
    nanos / 1e9
}

pub(super) fn time(time: Censored) -> Measure {
    match time {
        Censored::At(seconds) => Measure::Value(seconds),
        Censored::Beyond(seconds) => Measure::Censored(seconds),
    }
}

/// The time average of an integral over the span that the counts cover.
pub(super) fn average(run: &Observations, integral: u128) -> Option<Measure> {
    value(ratio(integral as f64, run.counts.span.as_nanos() as f64))
}

/// Client-nanoseconds present but not connected: subtracted as integers, so that a
/// millionth part of a long run keeps its digits.
pub(super) fn offline_time(run: &Observations) -> u128 {
    run.counts.present_time.saturating_sub(run.counts.connected_time)
}

pub(super) fn offline(run: &Observations) -> Option<f64> {
    ratio(offline_time(run) as f64, run.counts.present_time as f64)
}

pub(super) fn recovered(run: &Observations) -> Option<f64> {
    run.storm.as_ref().map(|storm| match storm.time {
        Censored::At(_) => 1.0,
        Censored::Beyond(_) => 0.0,
    })
}

pub(super) fn drops_quantile(run: &Observations, quantile: f64) -> Option<Measure> {
    let drops = &run.drops_per_client;
    (!drops.is_empty()).then(|| Measure::Value(drops.value_at_quantile(quantile) as f64))
}

pub(super) fn mean_seconds(latencies: &Histogram<u64>) -> Option<Measure> {
    (!latencies.is_empty()).then(|| Measure::Value(seconds(latencies.mean())))
}

/// A quantile of latencies in seconds; absent when there were none.
pub(super) fn quantile_seconds(latencies: &Histogram<u64>, quantile: f64) -> Option<Measure> {
    (!latencies.is_empty())
        .then(|| Measure::Value(seconds(latencies.value_at_quantile(quantile) as f64)))
}

/// The mean time from when a client comes or is dropped until it is connected.
///
/// Who still tries at the end, or waits until after it, has no such time yet, but one that is longer
/// than it has been offline: where the mean of all is by this more than 1% longer than of
/// those who have connected, it is cut off. Else a policy under which few connect, and those
/// early, would look fast.
pub(super) fn connect_mean(run: &Observations) -> Option<Measure> {
    let connected = run.connect.len() as f64;
    let mean = (connected > 0.0).then(|| run.connect.mean())?;
    let all = connected + (run.counts.in_progress + run.counts.beyond_end) as f64;
    let least = (connected * mean + run.counts.in_progress_time as f64) / all;
    Some(if least > 1.01 * mean {
        Measure::Censored(seconds(least))
    } else {
        Measure::Value(seconds(mean))
    })
}

/// A quantile of the same time, of all who waited, for however long; absent where nobody did.
pub(super) fn connect_quantile(run: &Observations, quantile: f64) -> Option<Measure> {
    quantile_of(&run.connect, run.connect_survival.as_ref(), quantile)
}

/// A quantile of the time from a drop until the client is back, of all who were dropped, in the
/// same way; absent where nobody was.
pub(super) fn recovery_quantile(run: &Observations, quantile: f64) -> Option<Measure> {
    quantile_of(&run.recovery, run.recovery_survival.as_ref(), quantile)
}

fn quantile_of(ended: &Histogram<u64>, all: Option<&Survival>, quantile: f64) -> Option<Measure> {
    match all {
        Some(all) => Some(time(all.quantile(quantile))),
        None => quantile_seconds(ended, quantile),
    }
}
