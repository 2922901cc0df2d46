//! Every metric once: what it is called, what it means, and how it is read from a run.

mod accept;
mod load;
mod messages;
mod queue;
mod storm;

use super::metrics::{Better, Measure, Metric};
use crate::observe::Observations;

/// A metric and the function that measures it.
pub struct Definition {
    /// What people are told.
    pub metric: Metric,
    /// Its value in a run; `None` where it has no meaning.
    pub measure: fn(&Observations) -> Option<Measure>,
}

/// All lists, in the order of tables and files.
pub const LISTS: &[&[Definition]] = &[
    load::DEFINITIONS,
    storm::DEFINITIONS,
    queue::DEFINITIONS,
    accept::DEFINITIONS,
    messages::DEFINITIONS,
];

const fn metric(
    group: &'static str,
    name: &'static str,
    words: &'static str,
    unit: &'static str,
    better: Better,
    floor: f64,
    summary: &'static str,
) -> Metric {
    Metric { name, words, unit, better, floor, group, summary }
}
