//! What a run records, in memory that the plan bounds.
//!
//! The model writes into a [`Recorder`]; at the end it becomes [`Observations`].
//! Memory: a row of 8 bytes a sampling step for each of the cluster's series, at most 8 bytes for
//! each 10 ms of the run (less where it is longer than 2.9 hours), six histograms of at most 300 KB,
//! and, for the one replication that charts show, 12 bytes a server and step and a grid of 48 KiB.

pub mod bins;
pub mod busiest;
pub mod gauge;
pub mod histogram;
mod latency_grid;
pub mod log;
pub mod messages;
pub mod observations;
pub mod recorder;
mod saturation;
pub mod services;
mod storm;
mod waits;

pub use bins::Bins;
pub use gauge::Gauge;
pub use latency_grid::{LATENCY_ROWS, LatencyGrid};
pub use messages::Messages;
pub use observations::{
    Censored, Counts, Observations, Recovery, Series, SeriesId, ServerLife, ServerSeries,
    ServerState,
};
pub use recorder::{Ended, Offline, Recorder, Totals};
pub use saturation::Saturation;
pub use services::{Calls, Services};
pub use waits::Survival;
