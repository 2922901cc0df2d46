//! `results.json`: all that tables, charts and pages are made of, so that they can be made
//! again without a run.
//!
//! `summary.json` and the tables cannot serve: they are for people and scripts, so they
//! leave out what only charts draw (medians and spreads of series, the storm of each
//! replication) and hold some numbers twice. This file is the results as they are; a field
//! that results gain is in it at once.

use serde::{Deserialize, Serialize};

use super::FORMAT;
use super::bundle::is_inside;
use crate::stats::{Band, CaseResults, LatencyGrid, Metric, PointResults, Results, ServerSeries};

/// Its name.
pub const NAME: &str = "results.json";

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    program: &'static str,
    version: &'static str,
    results: &'a Results,
}

#[derive(Deserialize)]
struct Read {
    results: Option<Results>,
}

/// What any version of the file has.
#[derive(Deserialize)]
struct Head {
    format: u32,
    program: String,
}

/// What tells a summary or a baseline from other files.
#[derive(Deserialize)]
struct Summary {
    #[serde(rename = "format")]
    _format: u32,
    #[serde(rename = "points")]
    _points: Vec<serde::de::IgnoredAny>,
}

/// Why results could not be read back.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Another kind of file.
    #[error("it is no results.json of ringstorm")]
    Foreign,
    /// A summary of results.
    #[error(
        "it is a summary, which has too little to draw from; give the results.json beside it, or \
         the folder"
    )]
    Summary,
    /// Written by a version that wrote it otherwise.
    #[error("it has format {found}, this version reads format {FORMAT}: run the scenario again")]
    Format {
        /// The format of the file.
        found: u32,
    },
    /// Not what this version writes.
    #[error("it cannot be read: {0}")]
    Damaged(#[from] serde_json::Error),
    /// Its parts contradict each other.
    #[error("it contradicts itself: {0}")]
    Inconsistent(&'static str),
}

/// The file's bytes. Numbers are the shortest that read back as the same float.
///
/// # Panics
///
/// If results hold something that JSON cannot say: their types leave nothing of the kind.
pub fn write(results: &Results) -> Vec<u8> {
    let written = Written {
        format: FORMAT,
        program: "ringstorm",
        version: env!("CARGO_PKG_VERSION"),
        results,
    };
    let mut bytes =
        serde_json::to_vec(&written).expect("the keys are strings and writing to memory succeeds");
    bytes.push(b'\n');
    bytes
}

/// Results from the file's bytes: equal to those that were written.
///
/// # Errors
///
/// [`ArchiveError`].
pub fn read(bytes: &[u8]) -> Result<Results, ArchiveError> {
    let Ok(head) = serde_json::from_slice::<Head>(bytes) else {
        let is_summary = serde_json::from_slice::<Summary>(bytes).is_ok();
        return Err(if is_summary { ArchiveError::Summary } else { ArchiveError::Foreign });
    };
    if head.program != "ringstorm" {
        return Err(ArchiveError::Foreign);
    }
    if head.format != FORMAT {
        return Err(ArchiveError::Format { found: head.format });
    }
    let read: Read = serde_json::from_slice(bytes)?;
    let results = read.results.ok_or(ArchiveError::Foreign)?;
    check(&results)?;
    Ok(results)
}

/// What charts take for granted.
pub(super) fn check(results: &Results) -> Result<(), ArchiveError> {
    results.points.iter().try_for_each(check_point)?;
    if results.points.is_empty() {
        return Err(ArchiveError::Inconsistent("there is no point"));
    }
    if results.until.as_ref().is_some_and(|until| Metric::named(&until.metric).is_none()) {
        return Err(ArchiveError::Inconsistent("it waited for a metric that there is not"));
    }
    if !results.files.iter().all(|file| is_inside(&file.name)) {
        return Err(ArchiveError::Inconsistent("a file of its scenario lies outside of it"));
    }
    Ok(())
}

fn check_point(point: &PointResults) -> Result<(), ArchiveError> {
    if point.cases.is_empty() {
        return Err(ArchiveError::Inconsistent("a point has no policies"));
    }
    if point.step.is_zero() || point.duration.is_zero() {
        return Err(ArchiveError::Inconsistent("a run or a step has no length"));
    }
    let consistent = |case: &CaseResults| {
        case.series.iter().all(is_even)
            && is_rectangular(&case.servers)
            && case.connects.as_ref().is_none_or(LatencyGrid::is_whole)
    };
    if point.cases.iter().all(consistent) {
        Ok(())
    } else {
        Err(ArchiveError::Inconsistent("series differ in length"))
    }
}

fn is_even(band: &Band) -> bool {
    let columns = [&band.ci_low, &band.ci_high, &band.median, &band.low, &band.high];
    columns.iter().all(|column| column.len() == band.mean.len())
}

/// Whether all series have as many steps, and no step more servers than were born.
pub(super) fn is_rectangular(servers: &ServerSeries) -> bool {
    let steps = servers.connections.len();
    let born = servers.lives.len();
    steps == servers.queued.len()
        && steps == servers.utilisation.len()
        && servers.connections.iter().all(|row| row.len() <= born)
        && servers.queued.iter().all(|row| row.len() <= born)
        && servers.utilisation.iter().all(|row| row.len() <= born)
}
