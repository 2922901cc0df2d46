//! `ringstorm run`: scenarios in, results and charts out.

use std::borrow::Cow;
use std::iter;
use std::path::{Path, PathBuf};

use super::again;
use super::answer::{self, Wanted};
use super::arguments::{Arguments, Charts, One, Run};
use super::budgets::{self, Baseline, Held};
use super::doubts;
use super::failure::Failure;
use super::inputs;
use super::memory::{Need, concurrent, threads_of};
use super::records;
use super::replay;
use super::scenario_files::{load, names_differ};
use super::shard;
use super::simulate::Simulation;
use super::warmup;
use crate::plan::{Budget, Deck, Plan, RunId};
use crate::report;
use crate::stats;

/// A scenario whose run can begin.
struct Job<'a> {
    path: &'a PathBuf,
    plan: Cow<'a, Plan>,
    /// What is run of it, unless it finds out itself what is enough.
    runs: Vec<RunId>,
    out: PathBuf,
    baseline: Baseline,
    /// How many runs may go on at once; 0: one a core.
    concurrent: usize,
}

/// Runs every scenario in turn; nothing is run, but for pilots, unless all of them are right, and
/// their results have where to go.
pub(super) fn run(command: &Run, arguments: &Arguments) -> Result<(), Failure> {
    shard::check(command)?;
    let plans = load(&command.changes, arguments)?;
    names_differ(&plans)?;
    doubts::warn(&plans, arguments);
    let threads = command.machine.threads.map_or(0, usize::from);
    let pool = threads_of(threads)?;
    if plans.len() > 1 && command.baseline.is_some() {
        return Err(Failure::Usage("`--baseline` is of one scenario, but there are several"));
    }
    let mut jobs: Vec<Job<'_>> =
        plans.iter().map(|plan| job(plan, plans.len() > 1, command)).collect::<Result<_, _>>()?;
    if let Some(path) = &command.trace {
        can_trace(path, &jobs)?;
    }
    for job in jobs.iter_mut().filter(|job| job.plan.seeks_warmup()) {
        let again = |id: RunId| again::run(job.path, &job.plan, &command.changes.edits.set, id);
        let pool = threads_of(job.concurrent)?;
        let plan = pool.install(|| warmup::found(&job.plan, again, arguments.quiet))?;
        job.plan = Cow::Owned(plan);
    }
    if let (Some(path), [job]) = (&command.trace, jobs.as_slice()) {
        trace(command, path, job, arguments.quiet)?;
    }
    let mut broken = 0;
    for job in jobs {
        let plan = &*job.plan;
        let repeat = |id: RunId| again::run(job.path, plan, &command.changes.edits.set, id);
        let simulation = Simulation { plan, again: repeat, quiet: arguments.quiet };
        let (replications, runs) = threads_of(job.concurrent)?.install(|| match &plan.until {
            Some(until) => simulation.until(until),
            None => Ok((plan.replications, simulation.of(job.runs)?)),
        })?;
        if let Some(shard) = command.shard {
            shard::give(plan, shard, runs, &job.out, arguments)?;
            continue;
        }
        let outline = stats::Results { replications, ..stats::outline(plan) };
        let results = stats::complete(outline, runs);
        let wanted = Wanted {
            out: &job.out,
            charts: command.charts.unwrap_or(Charts::Both),
            held: Held {
                budgets: &plan.budgets,
                left_out: plan.left_out,
                check: command.check,
                baseline: &job.baseline,
            },
        };
        broken += pool.install(|| answer::give(&results, &wanted, arguments))?;
    }
    answer::verdict(broken)
}

/// What can go wrong before anything is run goes wrong here: after hours of simulation is too
/// late to say that there is no room for the results.
fn job<'a>(
    (path, plan): &'a (PathBuf, Plan),
    several: bool,
    command: &Run,
) -> Result<Job<'a>, Failure> {
    let out = folder(command, plan, several);
    report::write::check(&out)?;
    let threads = command.machine.threads.map_or(0, usize::from);
    let beside = records::baseline_beside(path, &plan.name);
    // What a shard gives is held against nothing yet.
    let limits: &[Budget] = if command.shard.is_some() { &[] } else { &plan.budgets };
    let baseline = budgets::baseline(command.baseline.as_deref(), beside, limits)?;
    if command.check {
        baseline.is_of(plan)?;
    }
    let (runs, need) = if let Some(shard) = command.shard {
        if plan.until.is_some() {
            return Err(Failure::Usage(
                "`--shard` deals a known number of runs, but the scenario's `replications` say \
                 `until`: give a number with `--replications`",
            ));
        }
        let runs: Vec<RunId> = shard.runs(&Deck::of(plan)).collect();
        let need = Need::of_shard(plan, &runs);
        (runs, need)
    } else {
        (RunId::all(plan), Need::of(plan))
    };
    let concurrent = concurrent(&plan.name, need, threads, command.machine.memory)?;
    Ok(Job { path, plan: Cow::Borrowed(plan), runs, out, baseline, concurrent })
}

/// Whether there is one scenario to be traced, and the file has its place.
fn can_trace(path: &Path, jobs: &[Job<'_>]) -> Result<(), Failure> {
    let [job] = jobs else {
        return Err(Failure::Usage("`--trace` is of one scenario, but there are several"));
    };
    if path.as_os_str() == "-" {
        return Err(Failure::Usage(
            "`--trace -` names no file: standard output shows the results; `ringstorm replay` \
             writes a log there",
        ));
    }
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if whole(path).starts_with(whole(&job.out)) {
        return Err(Failure::Usage(
            "`--trace` must lie outside of the results' folder, which holds nothing but results",
        ));
    }
    inputs::kept(path, iter::once(job.path).chain(&job.plan.inputs).chain(job.baseline.read()))
}

/// Writes the event logs of a scenario, before anything else is run but pilots: a file that
/// cannot be written is known early.
fn trace(command: &Run, path: &Path, job: &Job<'_>, quiet: bool) -> Result<(), Failure> {
    let one = One {
        scenario: job.path.clone(),
        set: command.changes.edits.set.clone(),
        seed: None,
        replication: 0,
        at: Vec::new(),
    };
    replay::trace(&one, &job.plan, path, quiet)
}

/// Where a scenario's results go.
fn folder(command: &Run, plan: &Plan, several: bool) -> PathBuf {
    let name = command.shard.map_or_else(|| plan.name.clone(), |shard| shard::folder(plan, shard));
    match &command.out {
        Some(out) if several => out.join(name),
        Some(out) => out.clone(),
        None => usual_folder(&name),
    }
}

/// Where results of this name go.
pub(super) fn usual_folder(name: &str) -> PathBuf {
    Path::new("results").join(name)
}
