//! The metrics: name, unit, direction, meaning and measurement, each defined once
//! (in `definitions`).

use serde::{Deserialize, Serialize};

use super::definitions::LISTS;
use super::stored;
use crate::observe::Observations;

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
    /// Nearer to 1 is better.
    NearerOne,
    /// Neither: it describes.
    Neither,
}

impl Better {
    /// Its name in result files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
            Self::NearerOne => "nearer_one",
            Self::Neither => "neither",
        }
    }
}

/// A number that is measured once per replication.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// The name in results, budgets and comparisons.
    pub name: &'static str,
    /// What people call it, in charts and pages, in lower case: `time offline`.
    pub words: &'static str,
    /// The unit, in words: `fraction`, `s`, `count`, `ratio`, `per_s`, `hours`.
    pub unit: &'static str,
    /// Which way is better.
    pub better: Better,
    /// The smallest change that anybody would act on, in its unit; positive. Comparisons
    /// never count a smaller one, whatever share of the value it is.
    pub floor: f64,
    /// The group it is listed under: `load`, `disruption`, `storm`, `queue`, `cost`, `messages`.
    pub group: &'static str,
    /// One line of meaning.
    pub summary: &'static str,
}

impl Metric {
    /// The metric of this name. O(number of metrics).
    pub fn named(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.name == name)
    }

    /// Whether it is the time of a return, of which what the end of a run cut off had lasted longer
    /// than any that was measured.
    pub fn is_of_recovery(&self) -> bool {
        matches!(self.name, "recovery_time" | "recovery_p50" | "recovery_p99")
    }

    /// Whether a run has only 1 or 0 to say, so that its mean is a share of the runs.
    pub fn is_yes_or_no(&self) -> bool {
        self.name == "recovered"
    }
}

/// All metrics, in the order of tables and files.
pub static METRICS: &[Metric] = &ALL;

/// The definitions without their functions.
const ALL: [Metric; COUNT] = {
    let mut metrics = [LISTS[0][0].metric; COUNT];
    let (mut list, mut index, mut metric) = (0, 0, 0);
    while list < LISTS.len() {
        while index < LISTS[list].len() {
            metrics[metric] = LISTS[list][index].metric;
            (index, metric) = (index + 1, metric + 1);
        }
        (list, index) = (list + 1, 0);
    }
    metrics
};

const COUNT: usize = {
    let (mut list, mut count) = (0, 0);
    while list < LISTS.len() {
        count += LISTS[list].len();
        list += 1;
    }
    count
};

/// What one run says of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The value; finite.
    Value(f64),
    /// A time that the end of the run cut off: it is longer than this.
    Censored(f64),
}

impl Measure {
    /// The value, if it was not cut off.
    pub const fn known(self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Censored(_) => None,
        }
    }
}

/// A metric of one run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Which.
    #[serde(with = "stored::metric")]
    pub metric: &'static Metric,
    /// What was found.
    pub measure: Measure,
}

/// Every metric that exists in this run, in the order of [`METRICS`]. One that has no
/// meaning there (a recovery time when nobody was dropped, a ratio to nothing) is absent.
pub fn measure(run: &Observations) -> Vec<Measured> {
    LISTS
        .iter()
        .copied()
        .flatten()
        .zip(METRICS)
        .filter_map(|(definition, metric)| {
            let measure = (definition.measure)(run)?;
            let (Measure::Value(value) | Measure::Censored(value)) = measure;
            value.is_finite().then_some(Measured { metric, measure })
        })
        .collect()
}
