//! How much of the start of runs is a warm-up: MSER-5 on what a cluster shows of its state.

use super::interval::Estimate;
use super::mser::{Truncation, mser5};
use crate::observe::{Observations, SeriesId};

/// What is looked at: what a cluster that is not yet in its steady state shows.
pub const SERIES: [SeriesId; 3] = [SeriesId::Connected, SeriesId::Trying, SeriesId::Queued];

/// Fewer sampling steps tell nothing: MSER-5 makes eight batches of these.
pub const LEAST_STEPS: usize = 40;

/// By so much of the later mean must what MSER-5 forgets differ from it.
const SHARE: f64 = 0.05;

/// And by so many clients or attempts.
const LEAST: f64 = 1.0;

/// By no more than this share of the mean may the halves of what is level differ.
const LEVEL: f64 = 0.01;

/// What is kept of a pilot run: its [`SERIES`], step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct Pilot(pub [Vec<f64>; 3]);

impl Pilot {
    /// Of a run.
    pub fn of(run: &Observations) -> Self {
        Self(SERIES.map(|id| run.series.row(id).to_vec()))
    }
}

/// The warm-up of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Sampling steps; 0 where nothing drifts.
    pub steps: usize,
    /// The number of the policy that takes longest; `None` where none drifts, or several drift
    /// as long.
    pub longest: Option<usize>,
}

/// A policy that is not seen to settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// Its number.
    pub policy: usize,
    /// What still drifts.
    pub series: SeriesId,
}

/// What MSER-5 forgets of the start of a series, where that differs from what stays enough to
/// matter; `None` where it does not, and of fewer than [`LEAST_STEPS`] steps. O(n).
pub fn drift(series: &[f64]) -> Option<Truncation> {
    if series.len() < LEAST_STEPS {
        return None;
    }
    let truncation = mser5(series)?;
    let before = mean(series.get(..truncation.observations)?)?;
    let apart = (before - truncation.mean_after).abs();
    (apart > SHARE * truncation.mean_after.abs() && apart > LEAST).then_some(truncation)
}

/// The warm-up of a point: the longest over its policies and their series, from the pilot runs
/// of each policy. All policies get the same, as differences between them must be of one span.
///
/// Where the minimum lies at the edge of what MSER-5 may forget, half the series, it is the
/// warm-up only if nothing that matters is left of the drift. MSER-5 forgets what decays as
/// exp(−t/T) until the rest is below the noise σ, for T ln(A/σ): in a large cluster, whose noise
/// is small beside its size A, that is long after the drift has ceased to matter.
///
/// # Errors
/// The first policy and series where MSER-5 cannot tell: half of the series is forgotten, and
/// what is left is not level.
pub fn settled(pilots: &[Vec<Pilot>]) -> Result<Settled, Unsettled> {
    let mut settled = Settled { steps: 0, longest: None };
    for (policy, pilots) in pilots.iter().enumerate() {
        for (index, series) in SERIES.into_iter().enumerate() {
            let runs: Vec<&[f64]> = pilots.iter().map(|Pilot(rows)| &*rows[index]).collect();
            let steps = match start(&runs) {
                Start::Level => continue,
                Start::Drifts(steps) => steps,
                Start::Unclear => return Err(Unsettled { policy, series }),
            };
            if steps > settled.steps {
                settled = Settled { steps, longest: Some(policy) };
            } else if steps == settled.steps && settled.longest != Some(policy) {
                settled.longest = None;
            }
        }
    }
    Ok(settled)
}

/// How the mean of runs begins.
enum Start {
    /// As it goes on.
    Level,
    /// With so many steps to be forgotten.
    Drifts(usize),
    /// With more of them than can be told.
    Unclear,
}

fn start(runs: &[&[f64]]) -> Start {
    let steps = runs.iter().map(|run| run.len()).min().unwrap_or(0);
    let at = |step: usize| runs.iter().map(|run| run[step]).sum::<f64>() / runs.len() as f64;
    let series: Vec<f64> = (0..steps).map(at).collect();
    let Some(truncation) = drift(&series) else { return Start::Level };
    let (forgotten, left) = series.split_at(truncation.observations);
    if !is_shared(runs, forgotten.len(), steps) {
        Start::Level
    } else if truncation.too_short && !is_level(left) {
        Start::Unclear
    } else {
        Start::Drifts(forgotten.len())
    }
}

/// Whether runs are apart from what follows before a step: a queue that wanders looks like a
/// drift in one of them, and like another in the next.
fn is_shared(runs: &[&[f64]], step: usize, end: usize) -> bool {
    let apart = |run: &&[f64]| Some(mean(&run[..step])? - mean(&run[step..end])?);
    let apart: Vec<f64> = runs.iter().filter_map(apart).collect();
    // Without an interval there is one run, which shares all that it has.
    let interval = Estimate::of(&apart).and_then(|apart| apart.interval());
    interval.is_none_or(|[low, high]| low > 0.0 || high < 0.0)
}

/// Whether the halves of a series differ by nothing that matters.
fn is_level(series: &[f64]) -> bool {
    let (first, second) = series.split_at(series.len() / 2);
    let (Some(first), Some(second)) = (mean(first), mean(second)) else { return false };
    (first - second).abs() <= (LEVEL * second.abs()).max(LEAST)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
