//! `ringstorm run --shard`: a part of the runs, for `merge`.

use std::path::Path;

use super::arguments::{Arguments, Charts, Run};
use super::failure::Failure;
use super::output;
use crate::chart::words::counted;
use crate::plan::{Deck, Plan, Shard};
use crate::report::{self, Bundle, shard};
use crate::stats::{self, ShardResults};

/// Refuses what needs all runs: better than to leave it out without a word.
pub(super) fn check(command: &Run) -> Result<(), Failure> {
    if command.shard.is_none() {
        return Ok(());
    }
    if command.check || command.baseline.is_some() {
        return Err(Failure::Usage(
            "`--check` and `--baseline` are for `ringstorm merge`: a shard is no answer yet that \
             could be judged",
        ));
    }
    if command.trace.is_some() {
        return Err(Failure::Usage(
            "`--trace` and `--shard` exclude each other: a shard need not have replication 0 of a \
             policy; `ringstorm replay` writes the log of any run",
        ));
    }
    // Nothing drawn is what a shard does anyway.
    if command.charts.is_some_and(|charts| charts != Charts::None) {
        return Err(Failure::Usage(
            "`--charts` is for `ringstorm merge`: a shard is no answer yet that could be drawn",
        ));
    }
    Ok(())
}

/// The name of a shard's folder.
pub(super) fn folder(plan: &Plan, shard: Shard) -> String {
    format!("{}-shard-{}-of-{}", plan.name, shard.index(), shard.count())
}

/// Writes what a shard found, and says so.
pub(super) fn give(
    plan: &Plan,
    shard: Shard,
    runs: Vec<stats::Run>,
    out: &Path,
    arguments: &Arguments,
) -> Result<(), Failure> {
    let count = runs.len() as u64;
    let (outline, budgets) = (stats::outline(plan), plan.budgets.clone());
    let left_out = plan.left_out;
    let found = ShardResults { shard, outline, budgets, left_out, runs };
    let mut bundle = Bundle::default();
    bundle.insert(shard::NAME, shard::write(&found));
    report::write(&bundle, out)?;
    if arguments.quiet {
        return Ok(());
    }
    let all = counted(Deck::of(plan).size(), "run");
    output::print(&format!("{shard}: {count} of {all}, in {}\n", out.display()))
}
