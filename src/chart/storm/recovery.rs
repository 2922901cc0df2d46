//! What the replications' storms come to: medians, and where the central 95% of runs lie.

use crate::chart::cases::Case;
use crate::chart::load::spread::quantile;
use crate::chart::words::duration;
use crate::stats::{SeriesId, StormResult};

/// The storms of one case.
#[derive(Clone, Debug, PartialEq)]
pub struct Storms {
    /// Replications that had one.
    pub runs: usize,
    /// When most runs had their trigger, in seconds from the start.
    pub trigger: f64,
    /// How many runs had it there, to a sampling step.
    pub at_trigger: usize,
    /// Median of connections dropped from then on.
    pub dropped: f64,
    /// Median of the attempts in the busiest second of the whole run.
    pub peak: f64,
    /// When most were made, by the median of runs, in seconds from the start.
    pub busiest: f64,
    /// How it ended.
    pub outcome: Outcome,
}

/// How the median run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// 99% of the dropped were back.
    Back {
        /// Median time from the trigger, in seconds.
        after: f64,
        /// Central 95% of runs; no upper end where it is beyond the end of the run.
        runs: (f64, Option<f64>),
        /// How long the runs that were cut off were watched from their triggers on, in seconds:
        /// what they are known to exceed. Only where it is the same for all of these, and no
        /// other run took longer.
        watched: Option<f64>,
    },
    /// They were not, by the end of the run.
    Offline {
        /// Median share that is offline at the end.
        share: f64,
        /// Of whom that is a share.
        of: Of,
        /// The same of the central 95% of runs.
        runs: (f64, f64),
        /// When the run ended, in seconds from the start.
        at: f64,
        /// Runs in which 99% were back.
        back: usize,
    },
}

/// Of whom a share is offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Of the dropped, and at most of all clients.
    Dropped,
    /// Of the clients that are present at the end. Where clients still arrive, nothing tells how
    /// many of those who are offline are newcomers.
    Present,
}

impl Of {
    /// In words, after the share.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Dropped => "of the dropped",
            Self::Present => "of clients",
        }
    }

    /// What they are; newcomers are not still what they were after the drops.
    pub const fn state(self) -> &'static str {
        match self {
            Self::Dropped => "still offline",
            Self::Present => "offline",
        }
    }
}

impl Outcome {
    /// In words: `99% back after 2:31`, `72% of the dropped still offline at 5:00`.
    pub fn words(&self) -> String {
        match self {
            Self::Back { after, .. } => {
                format!("99% back after {}", duration(*after))
            }
            Self::Offline { share, at, .. } if *share < 0.01 => {
                format!("not yet 99% back at {}", crate::chart::words::clock(*at))
            }
            Self::Offline { share, of, at, .. } => {
                let at = crate::chart::words::clock(*at);
                format!("{} {} {} at {at}", rounded(*share), of.words(), of.state())
            }
        }
    }
}

/// A share without decimals, as labels and titles of storms use it.
pub fn rounded(share: f64) -> String {
    format!("{}%", (share * 100.0).round() as u64)
}

/// Sums up the storms of a case; `None` when no replication had one.
pub fn storms(case: &Case<'_>) -> Option<Storms> {
    let storms = &case.found.storms;
    if storms.is_empty() {
        return None;
    }
    let of = |value: fn(&StormResult) -> f64| sorted(storms.iter().map(value));
    let (trigger, at_trigger) = trigger(&of(|storm| storm.trigger), case.step());
    let dropped = quantile(&of(|storm| storm.dropped as f64), 0.5);
    let times = of(|storm| storm.recovery.unwrap_or(f64::INFINITY));
    let outcome = match finite(quantile(&times, 0.5)) {
        Some(after) => Outcome::Back {
            after,
            runs: (quantile(&times, 0.025), finite(quantile(&times, 0.975))),
            watched: watched(case),
        },
        None => {
            let of = if case.point.has_newcomers() { Of::Present } else { Of::Dropped };
            let most = if of == Of::Present { present_at_end(case) } else { hit(case, dropped) };
            let [share, low, high] = offline_at_end(case, most);
            let back = times.iter().filter(|time| time.is_finite()).count();
            Outcome::Offline { share, of, runs: (low, high), at: case.length(), back }
        }
    };
    let peak = quantile(&of(|storm| storm.peak_attempt_rate), 0.5);
    let (runs, busiest) = (storms.len(), busiest(case));
    Some(Storms { runs, trigger, at_trigger, dropped, peak, busiest, outcome })
}

/// The trigger that most runs have, the first of such, and how many have it, to a step. Between
/// triggers, where a median may lie, nothing happens. Sorted times; at least one. O(runs²).
fn trigger(times: &[f64], step: f64) -> (f64, usize) {
    let near = |time: f64| times.iter().filter(|other| (*other - time).abs() <= step).count();
    // The last of equals, from the end on.
    let commonest = times.iter().rev().max_by_key(|time| near(**time)).copied().unwrap_or(0.0);
    (commonest, near(commonest))
}

/// The middle of the first step with the most attempts.
fn busiest(case: &Case<'_>) -> f64 {
    let ended = [SeriesId::Accepted, SeriesId::Rejected, SeriesId::TimedOut];
    let rows = ended.map(|id| case.median(id));
    let steps = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let attempts = |step: usize| rows.iter().filter_map(|row| row.get(step)).sum::<f64>();
    let most = (0..steps).rev().max_by(|a, b| attempts(*a).total_cmp(&attempts(*b)));
    (most.unwrap_or(0) as f64 + 0.5) * case.step()
}

/// The bound that all runs share that were cut off, if it lies beyond every recovery.
fn watched(case: &Case<'_>) -> Option<f64> {
    let storms = &case.found.storms;
    let cut = storms.iter().filter(|storm| storm.recovery.is_none());
    let bounds = sorted(cut.map(|storm| case.length() - storm.trigger));
    let (shortest, longest) = (*bounds.first()?, *bounds.last()?);
    let slowest = storms.iter().filter_map(|storm| storm.recovery).fold(0.0, f64::max);
    (duration(shortest) == duration(longest) && shortest >= slowest).then_some(shortest)
}

/// The dropped. A client that is dropped more than once counts once among the offline, so that
/// all clients are the most that can be.
fn hit(case: &Case<'_>, dropped: f64) -> f64 {
    let clients = case.point.clients as f64;
    if clients > 0.0 { dropped.min(clients) } else { dropped }
}

/// Clients at the end, connected or not.
pub fn present_at_end(case: &Case<'_>) -> f64 {
    let last = |id| case.median(id).last().copied().unwrap_or(0.0);
    last(SeriesId::Connected) + last(SeriesId::Trying)
}

/// Offline clients at the end over so many: the median, and where the central 95% of runs begins
/// and ends.
pub fn offline_at_end(case: &Case<'_>, most: f64) -> [f64; 3] {
    let band = case.found.series.iter().find(|band| band.id == SeriesId::Trying);
    let share = |values: &[f64]| {
        let offline = values.last().copied().unwrap_or(0.0);
        if most > 0.0 { (offline / most).clamp(0.0, 1.0) } else { 0.0 }
    };
    band.map_or([0.0; 3], |band| [&band.median, &band.low, &band.high].map(|row| share(row)))
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
