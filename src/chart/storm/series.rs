//! The stretch of the runs that a storm chart shows, in bins.

use super::recovery::{Outcome, Storms};
use crate::chart::axis;
use crate::chart::cases::Case;
use crate::stats::SeriesId;

/// Bins of a panel, at most.
const MOST_BINS: usize = 480;

/// Where all panels begin and end, in seconds from the start of the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// A little before the first trigger.
    pub start: f64,
    /// A little after the last recovery, or the end.
    pub end: f64,
}

/// One or more sampling steps; medians over replications.
///
/// A sample is taken at the end of its step. What is counted belongs to the step; a state is
/// known from then on, and a bin has the one that it begins with: no state shows before what
/// brought it about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Seconds from the start of the run.
    pub start: f64,
    /// Seconds from the start of the run.
    pub end: f64,
    /// Attempts that opened, per second.
    pub accepted: f64,
    /// Attempts rejected or timed out, per second.
    pub refused: f64,
    /// Handshakes per second that the ready servers can do, as the bin begins; `None` when
    /// they cost nothing.
    pub capacity: Option<f64>,
    /// Clients present and not connected, as the bin begins.
    pub offline: f64,
    /// Lower end of the central 95% of runs.
    pub offline_low: f64,
    /// Upper end.
    pub offline_high: f64,
    /// Attempts in accept queues, as the bin begins.
    pub queued: f64,
}

/// What a column draws.
#[derive(Clone, Debug, PartialEq)]
pub struct StormSeries {
    /// In order of time, without gaps.
    pub bins: Vec<Bin>,
}

/// From a little before the first trigger to a little after the last recovery;
/// `None` when no case has a storm within its run, or no case has a step.
pub fn window(cases: &[Case<'_>], storms: &[Option<Storms>]) -> Option<Window> {
    let length = cases.iter().map(Case::length).fold(0.0, f64::max);
    let step = cases.iter().map(Case::step).fold(0.0, f64::max);
    let (mut first, mut last) = (f64::INFINITY, 0.0_f64);
    for (case, storms) in cases.iter().zip(storms) {
        let Some(storms) = storms else { continue };
        let end = match storms.outcome {
            Outcome::Back { runs: (_, Some(slowest)), .. } => storms.trigger + slowest,
            Outcome::Back { after, .. } => storms.trigger + 3.0 * after,
            Outcome::Offline { .. } => case.length(),
        };
        first = first.min(storms.trigger);
        last = last.max(end.min(case.length()));
    }
    let has_steps = cases.iter().any(|case| !case.median(SeriesId::Trying).is_empty());
    if first >= length || !has_steps || step <= 0.0 {
        return None;
    }
    let span = (last - first).max(20.0 * step);
    let grid = axis::time_step(1.2 * span, 6) / 2.0;
    let start = ((first - 0.08 * span) / grid).floor() * grid;
    // A start near that of the run shows the run from its start.
    let start = if start < 0.1 * span { 0.0 } else { start };
    let start = (start / step + 1e-9).floor() * step;
    let end = ((first + 1.1 * span) / grid).ceil() * grid;
    let end = (end / step - 1e-9).ceil() * step;
    Some(Window { start, end: end.min(length).max(start + step) })
}

impl StormSeries {
    /// Reads a case within the window.
    pub fn new(case: &Case<'_>, window: &Window) -> Self {
        let step = case.step();
        let steps = case.median(SeriesId::Trying).len();
        let clamped = |index: f64| (index.max(0.0) as usize).min(steps);
        let first = clamped((window.start / step).round());
        let last = clamped((window.end / step).round());
        let stride = (last - first.min(last)).div_ceil(MOST_BINS).max(1);
        let bins = (first..last).step_by(stride).map(|begin| {
            let end = (begin + stride).min(last);
            bin(case, begin, end)
        });
        Self { bins: bins.collect() }
    }

    /// The highest of accepted and refused together.
    pub fn highest_rate(&self) -> f64 {
        self.most(|bin| bin.accepted + bin.refused)
    }

    /// The highest capacity; 0 when handshakes cost nothing.
    pub fn highest_capacity(&self) -> f64 {
        self.most(|bin| bin.capacity.unwrap_or(0.0))
    }

    /// Capacity as the window begins; 0 when handshakes cost nothing.
    pub fn first_capacity(&self) -> f64 {
        self.bins.first().and_then(|bin| bin.capacity).unwrap_or(0.0)
    }

    /// Capacity as the window ends; 0 when handshakes cost nothing.
    pub fn last_capacity(&self) -> f64 {
        self.bins.last().and_then(|bin| bin.capacity).unwrap_or(0.0)
    }

    /// The highest upper end of the offline band.
    pub fn most_offline(&self) -> f64 {
        self.most(|bin| bin.offline.max(bin.offline_high))
    }

    /// The longest accept queues.
    pub fn most_queued(&self) -> f64 {
        self.most(|bin| bin.queued)
    }

    /// The stretches of bins in which attempts were refused.
    pub fn refused_stretches(&self) -> impl Iterator<Item = &[Bin]> {
        self.bins.split(|bin| bin.refused <= 0.0).filter(|bins| !bins.is_empty())
    }

    /// The stretches of bins with the same capacity; none where handshakes cost nothing.
    pub fn capacity_stretches(&self) -> impl Iterator<Item = &[Bin]> {
        let same = |a: &Bin, b: &Bin| a.capacity == b.capacity;
        self.bins.chunk_by(same).filter(|bins| bins[0].capacity.is_some_and(|c| c > 0.0))
    }

    fn most(&self, value: fn(&Bin) -> f64) -> f64 {
        self.bins.iter().map(value).fold(0.0, f64::max)
    }
}

fn bin(case: &Case<'_>, begin: usize, end: usize) -> Bin {
    let mean = |id: SeriesId| {
        let median = case.median(id);
        let values = median.get(begin..end).unwrap_or(&[]);
        values.iter().sum::<f64>() / (values.len().max(1) as f64)
    };
    // The run begins before its first sample, which is the nearest to that.
    let first = |values: &[f64]| values.get(begin.saturating_sub(1)).copied().unwrap_or(0.0);
    let band = case.found.series.iter().find(|band| band.id == SeriesId::Trying);
    let capacity = case.point.capacity_per_server * first(case.median(SeriesId::ServersReady));
    Bin {
        start: begin as f64 * case.step(),
        end: end as f64 * case.step(),
        accepted: mean(SeriesId::Accepted),
        refused: mean(SeriesId::Rejected) + mean(SeriesId::TimedOut),
        capacity: Some(capacity).filter(|capacity| capacity.is_finite()),
        offline: first(case.median(SeriesId::Trying)),
        offline_low: band.map_or(0.0, |band| first(&band.low)),
        offline_high: band.map_or(0.0, |band| first(&band.high)),
        queued: first(case.median(SeriesId::Queued)),
    }
}
