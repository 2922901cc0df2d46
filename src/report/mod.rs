//! What people and scripts get: result files and the table in the terminal.
//!
//! ```text
//! Results --result_files--> Bundle (name -> bytes) --manifest--> Bundle --write--> directory
//!         --terminal::render--> text
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`bundle`] | named bytes in memory, sorted |
//! | [`json`] | `summary.json` |
//! | [`csv`] | the five tidy tables |
//! | [`archive`] | `results.json`: all of it, to be read back |
//! | [`shard`] | `shard.jsonl`: a part of the runs, to be merged with the others |
//! | [`html`] | `report.html`: one page that needs nothing else |
//! | [`markdown`] | `report.md`: the summary for a pull request |
//! | `verdict`, `validity`, `label` | the answer in a sentence, what limits it, metrics in words |
//! | [`manifest`] | `manifest.json`: what the bundle holds, with digests |
//! | [`mod@write`] | bundle to directory: aside, then swapped in; never half a result |
//! | [`mod@baseline`] | a result as later ones are compared with |
//! | [`comparison`], [`budgets`] | verdicts: text, Markdown, JSON, `JUnit`, annotations |
//! | [`find`] | where policies tip over: text, JSON, CSV |
//! | [`until`] | whether replications were enough, where a run finds their number |
//! | [`warmup`] | the warm-up that pilot runs found |
//! | [`mod@log`] | the event log of a run, and the life of a client |
//! | [`validation`] | what came of cases with a known answer: text, Markdown, JSON |
//! | [`terminal`] | the result table and its sparklines |
//!
//! Everything but [`mod@write`] is a pure function of the results: the same bytes for the same
//! scenario, seed and version. No clock, no machine's name, no path is in any file.

pub mod archive;
pub mod baseline;
pub mod budgets;
pub mod bundle;
pub mod comparison;
pub mod csv;
mod error;
pub mod find;
pub mod html;
pub mod json;
mod label;
pub mod log;
pub mod manifest;
pub mod markdown;
pub mod shard;
pub mod terminal;
pub mod until;
pub mod validation;
mod validity;
mod verdict;
pub mod warmup;
pub mod write;

pub use baseline::baseline;
pub use bundle::Bundle;
pub use error::ReportError;
pub use terminal::{TerminalOptions, render};
pub use write::write;

use crate::stats::Results;

pub use crate::compare::FORMAT;

/// The scenario's text as it was run.
pub const SCENARIO: &str = "scenario.json";

/// `summary.json`, the five tables, the scenario with the files that it names, and [`archive`]. Charts and pages are added by their makers, the
/// manifest last, by [`manifest::add`].
pub fn result_files(results: &Results) -> Bundle {
    let mut bundle = Bundle::default();
    for file in &results.files {
        bundle.insert(file.name.as_str(), file.text.as_str());
    }
    bundle.insert("summary.json", json::summary(results));
    bundle.insert("summary.csv", csv::summary(results));
    bundle.insert("replications.csv", csv::replications(results));
    bundle.insert("timeseries.csv", csv::time_series(results));
    bundle.insert("servers.csv", csv::servers(results));
    bundle.insert("latency.csv", csv::latency(results));
    bundle.insert(SCENARIO, results.scenario.as_str());
    bundle.insert(archive::NAME, archive::write(results));
    bundle
}
