//! From observations to answers: intervals, paired differences, and what may be claimed.
//!
//! ```text
//! Observations --Sample::of--> Sample (small) --summarise--> Results
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`metrics`], `definitions`, `measures` | every metric once: name, unit, direction, meaning, measurement |
//! | [`sample`] | what is kept of one run |
//! | [`reduce`] | all samples of a plan to its [`Results`]; `bands` for series, `describe` for the plan's facts |
//! | [`shards`] | the runs of several machines put together |
//! | [`results`] | the answer, as plain values; [`stored`] how they are read back |
//! | [`interval`], [`student`], [`proportion`] | Student-t intervals of means, Wilson's of shares |
//! | [`paired`] | paired differences and Holm's correction |
//! | `differences` | those of a point's policies, with their correction |
//! | [`chance`] | what values that do not scatter can prove |
//! | [`shares`] | two shares of runs side by side |
//! | [`contrast`], [`verdict`] | two runs of different programs or settings, and what may be said of the change |
//! | [`until`] | when there are replications enough |
//! | [`tipping`] | where policies tip over: bisection, intervals, what is cut off |
//! | [`quantile`], [`imbalance`] | quantiles, measures of uneven load |
//! | [`mser`], [`warmup`] | what of a series' start to forget; the warm-up of a point, from pilot runs |
//!
//! Sums run in the plan's order and use portable functions only: the same samples give the
//! same bytes everywhere. What the end of a run cut off is counted, never made a number.

mod bands;
pub mod chance;
pub mod contrast;
mod definitions;
mod describe;
mod differences;
pub mod imbalance;
pub mod interval;
mod measures;
pub mod metrics;
pub mod mser;
pub mod paired;
pub mod proportion;
pub mod quantile;
pub mod reduce;
pub mod results;
pub mod sample;
pub mod shards;
pub mod shares;
pub mod stored;
pub mod student;
pub mod tipping;
pub mod until;
pub mod verdict;
pub mod warmup;

pub use bands::rounded;
pub use metrics::{Better, METRICS, Measure, Measured, Metric, measure};
pub use reduce::{complete, outline, summarise};
pub use results::{
    Band, CaseResults, Difference, DistanceToOne, Expected, LatencyRow, Marker, MetricResult,
    PointResults, Results, StormResult,
};
pub use sample::{Run, Sample};
pub use shards::{Merge, MergeError, ShardResults};
pub use tipping::{Searched, Tipping, TippingCase};
pub use until::Standing;
pub use verdict::{Change, Verdict};

// What the results are made of, so that charts need not look below this layer.
pub use crate::observe::{LATENCY_ROWS, LatencyGrid, SeriesId, ServerLife, ServerSeries};
pub use crate::plan::Identity;
