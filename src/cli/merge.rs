//! `ringstorm merge`: the shards of a run as one result, as a single machine would have left it.

use std::path::{Path, PathBuf};

use super::answer::{self, Wanted};
use super::arguments::{Arguments, Merge};
use super::budgets::{self, Held};
use super::failure::Failure;
use super::memory::threads_of;
use super::records;
use super::run::usual_folder;
use crate::report::{self, shard};
use crate::stats::{self, ShardResults};

/// Reads all shards, one after the other, then does what `run` does after its last run.
pub(super) fn merge(command: &Merge, arguments: &Arguments) -> Result<(), Failure> {
    let pool = threads_of(command.threads.map_or(0, usize::from))?;
    let mut merge: Option<stats::Merge> = None;
    let mut files = Vec::new();
    for path in &command.shards {
        let (path, shard) = read(path)?;
        files.push(path.clone());
        match &mut merge {
            Some(merge) => merge.add(&path, shard)?,
            None => merge = Some(stats::Merge::of(&path, shard)),
        }
    }
    let merge = merge.ok_or(Failure::Usage("there are no shards to merge"))?;
    let left_out = merge.left_out();
    let (outline, limits, runs) = merge.finish()?;
    records::safe_name(&files[0], &outline.name)?;
    let out = command.out.clone().unwrap_or_else(|| usual_folder(&outline.name));
    keeps(&out, files)?;
    report::write::check(&out)?;
    let usual = records::usual_baseline(&outline.name);
    let baseline = budgets::baseline(command.baseline.as_deref(), usual, &limits)?;
    let results = pool.install(|| stats::complete(outline, runs));
    let wanted = Wanted {
        out: &out,
        charts: command.charts,
        held: Held { budgets: &limits, left_out, check: command.check, baseline: &baseline },
    };
    answer::verdict(pool.install(|| answer::give(&results, &wanted, arguments))?)
}

/// Whether results there leave the shards what they are, whatever their paths are called.
fn keeps(out: &Path, shards: Vec<PathBuf>) -> Result<(), Failure> {
    let Ok(folder) = out.canonicalize() else { return Ok(()) };
    let is_inside =
        |shard: &PathBuf| shard.canonicalize().is_ok_and(|shard| shard.starts_with(&folder));
    match shards.into_iter().find(is_inside) {
        Some(shard) => Err(Failure::OverShard { out: out.to_owned(), shard }),
        None => Ok(()),
    }
}

/// The shard at a path, and its file.
fn read(path: &Path) -> Result<(PathBuf, ShardResults), Failure> {
    let (file, bytes) = records::bytes(path, shard::NAME, |path| Failure::NoShard { path })?;
    match shard::read(&bytes) {
        Ok(shard) => Ok((file, shard)),
        Err(source) => Err(Failure::Shard { path: file, source }),
    }
}
