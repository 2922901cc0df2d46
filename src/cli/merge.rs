//! `ringstorm merge`: the shards of a run as one result, as a single machine would have left it.

use std::path::{Path, PathBuf};

use super::answer::{self, Wanted};
use super::arguments::{Arguments, Merge};
use super::budgets;
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
    for path in &command.shards {
        let (path, shard) = read(path)?;
        match &mut merge {
            Some(merge) => merge.add(&path, shard)?,
            None => merge = Some(stats::Merge::of(&path, shard)),
        }
    }
    let merge = merge.ok_or(Failure::Usage("there are no shards to merge"))?;
    let (outline, limits, runs) = merge.finish()?;
    let out = command.out.clone().unwrap_or_else(|| usual_folder(&outline.name));
    report::write::check(&out)?;
    let usual = records::usual_baseline(&outline.name);
    let baseline = budgets::baseline(command.baseline.as_deref(), usual, &limits)?;
    let results = pool.install(|| stats::complete(outline, runs));
    let wanted = Wanted {
        out: &out,
        charts: command.charts,
        budgets: &limits,
        check: command.check,
        baseline: baseline.as_ref(),
    };
    answer::verdict(pool.install(|| answer::give(&results, &wanted, arguments))?)
}

/// The shard at a path, and its file.
fn read(path: &Path) -> Result<(PathBuf, ShardResults), Failure> {
    let (file, bytes) = records::bytes(path, shard::NAME, |path| Failure::NoShard { path })?;
    match shard::read(&bytes) {
        Ok(shard) => Ok((file, shard)),
        Err(source) => Err(Failure::Shard { path: file, source }),
    }
}
