//! Two results side by side, and results against budgets: may this change land?
//!
//! ```text
//! summary.json or baseline --Record::read--> Record --compare--> Comparison (rows with verdicts)
//! Results --Record::of--> Record --budget::check--> Finding (holds, broken, ...)
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`record`] | what a results folder or a baseline says, read and checked |
//! | [`rows`] | one metric of one policy at one point: before, after, difference, verdict |
//! | [`comparison`] | all rows of two records, with Holm's correction over them |
//! | [`budget`] | limits of the scenario, and whether the worse bound passes |
//!
//! Nothing here reads files or the clock. Values that the end of a run cut off are never
//! averaged: the shares of runs that were not cut off are compared in their place.

pub mod budget;
pub mod comparison;
pub mod record;
pub mod rows;

pub use budget::{Finding, Status};
pub use comparison::{Comparison, FailOn, Incomparable, Side, USUAL_THRESHOLD, compare};
pub use record::{FORMAT, Record, RecordError, RecordMetric, RecordPoint, RecordPolicy};
pub use rows::{Basis, Row, Summary};
