//! `shard.jsonl`: what a shard of a scenario's runs leaves, to be merged with the others.
//!
//! A line of JSON each for the head, the outline of the results, and every run. The head holds
//! a digest of all that follows: files that came from many machines may be cut short or
//! damaged, and a number that changed on the way must not become a result.

use serde::{Deserialize, Serialize};

use super::archive::{self, ArchiveError};
use super::{FORMAT, manifest};
use crate::plan::{Budget, Deck, Shard};
use crate::stats::{LatencyGrid, PointResults, Results, Run, SeriesId, ShardResults};

/// Its name.
pub const NAME: &str = "shard.jsonl";

/// The longest that a head may be, in bytes.
pub const LONGEST_HEAD: usize = 1_024;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    program: String,
    version: String,
    /// Of all that comes after the line.
    digest: String,
}

#[derive(Serialize)]
struct Written<'a> {
    shard: Shard,
    results: &'a Results,
    budgets: &'a [Budget],
    left_out: usize,
}

/// The second line.
#[derive(Deserialize)]
struct Read {
    shard: Shard,
    results: Results,
    budgets: Vec<Budget>,
    left_out: usize,
}

/// Why a file is no shard that can be merged. Each is the fault of the file, not of the machine.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    /// Another kind of file.
    #[error("it is no {NAME} of ringstorm")]
    Foreign,
    /// Written by a version that wrote it otherwise.
    #[error("it has format {found}, this version reads format {FORMAT}: run the shard again")]
    Format {
        /// The format of the file.
        found: u32,
    },
    /// Run by a version whose runs may differ.
    #[error(
        "version {found} ran it, and this is {VERSION}: all shards and their merging need one version"
    )]
    Version {
        /// The version that ran it.
        found: String,
    },
    /// Not what was written.
    #[error("it is damaged or cut short: its digest is not the one that it names")]
    Damaged,
    /// Not what this version writes.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// Its outline contradicts itself.
    #[error(transparent)]
    Outline(#[from] ArchiveError),
    /// Its parts contradict each other.
    #[error("it contradicts itself: {0}")]
    Inconsistent(&'static str),
}

/// The file's bytes. Numbers are the shortest that read back as the same float.
///
/// # Panics
///
/// If the runs hold something that JSON cannot say: their types leave nothing of the kind.
pub fn write(found: &ShardResults) -> Vec<u8> {
    let ShardResults { shard, outline, budgets, left_out, runs } = found;
    let mut body = Vec::new();
    let written = Written { shard: *shard, results: outline, budgets, left_out: *left_out };
    line(&mut body, &written);
    for run in runs {
        line(&mut body, run);
    }
    let mut bytes = Vec::with_capacity(LONGEST_HEAD + body.len());
    let (program, version) = ("ringstorm".to_owned(), VERSION.to_owned());
    line(&mut bytes, &Head { format: FORMAT, program, version, digest: manifest::digest(&body) });
    bytes.extend(body);
    bytes
}

fn line(bytes: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(&mut *bytes, value)
        .expect("the keys are strings and writing to memory succeeds");
    bytes.push(b'\n');
}

/// Whether a file that begins so is a shard, of whatever version.
pub fn is_shard(beginning: &[u8]) -> bool {
    split(beginning).is_ok()
}

/// The head and all that follows.
fn split(bytes: &[u8]) -> Result<(Head, &[u8]), ShardError> {
    let end = bytes.iter().take(LONGEST_HEAD).position(|byte| *byte == b'\n');
    let (head, rest) = bytes.split_at(end.ok_or(ShardError::Foreign)?);
    let head: Head = serde_json::from_slice(head).map_err(|_| ShardError::Foreign)?;
    if head.program == "ringstorm" { Ok((head, &rest[1..])) } else { Err(ShardError::Foreign) }
}

/// A shard from the file's bytes: equal to the one that was written.
///
/// # Errors
///
/// [`ShardError`].
pub fn read(bytes: &[u8]) -> Result<ShardResults, ShardError> {
    let (head, body) = split(bytes)?;
    if head.format != FORMAT {
        return Err(ShardError::Format { found: head.format });
    }
    if head.version != VERSION {
        return Err(ShardError::Version { found: head.version });
    }
    if head.digest != manifest::digest(body) {
        return Err(ShardError::Damaged);
    }
    let mut lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let Read { shard, results, budgets, left_out } =
        serde_json::from_slice(lines.next().unwrap_or(b""))?;
    archive::check(&results)?;
    let runs: Vec<Run> = lines.map(serde_json::from_slice).collect::<Result<_, _>>()?;
    check(shard, &results, &runs)?;
    Ok(ShardResults { shard, outline: results, budgets, left_out, runs })
}

/// What reductions and charts take for granted.
fn check(shard: Shard, outline: &Results, runs: &[Run]) -> Result<(), ShardError> {
    let policies = outline.points.iter().map(|point| point.cases.len());
    let deck = Deck::new(policies, outline.replications);
    if deck.size() == 0 || !shard.runs(&deck).eq(runs.iter().map(|run| run.id)) {
        return Err(ShardError::Inconsistent("its runs are not those of its shard"));
    }
    for run in runs {
        // Every run is of the deck, which has no other points.
        if !is_whole(run, &outline.points[run.id.point]) {
            return Err(ShardError::Inconsistent("a run has not what its scenario says"));
        }
    }
    Ok(())
}

fn is_whole(run: &Run, point: &PointResults) -> bool {
    let steps = point.duration.as_nanos().div_ceil(point.step.as_nanos());
    let rows = &run.sample.series.rows;
    let has_steps = |(id, row): (SeriesId, &Vec<f64>)| {
        row.len() as u64 == steps || id.is_of_messages() && row.is_empty()
    };
    let is_shown = run.id.replication == 0;
    rows.len() == SeriesId::ALL.len()
        && SeriesId::ALL.into_iter().zip(rows).all(has_steps)
        && run.servers.is_some() == is_shown
        && run.servers.as_ref().is_none_or(archive::is_rectangular)
        && run.sample.connects.is_some() == is_shown
        && run.sample.connects.as_ref().is_none_or(LatencyGrid::is_whole)
}
