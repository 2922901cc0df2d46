//! The simulator against theory: cases with a known answer, and whether a run meets it.
//!
//! ```text
//! catalogue.json + cases/*.json + values.json --catalogue--> Case --Round--> Outcome
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `cases/ID.json` | the scenario of each case, as anybody may run it |
//! | `catalogue.json` | the cases: title, source, what is measured, what is expected of it |
//! | `values.json` | the expected values to ten digits, by row of closed forms and references |
//! | [`case`](mod@case) | the two read together |
//! | [`expression`] | what is measured of a run: a metric, a total, or arithmetic over them |
//! | [`accept`] | when a sample agrees with a value |
//! | [`round`](mod@round) | cases run, in parallel, and judged; once more where they fail |
//! | [`select`] | which cases a pattern means |
//!
//! The tests under `tests/it/theory` run the same cases, and allow no second round.
//!
//! What is absent: a tolerance that was chosen after the fact. A mean must agree with its
//! value within chance, and be known well enough: a wide interval is no pass.

pub mod accept;
pub mod case;
pub mod expression;
pub mod round;
pub mod select;
mod texts;

pub use case::{Case, Check, Test, case, catalogue, values};
pub use round::{Broken, Fault, Finding, Outcome, Round};
