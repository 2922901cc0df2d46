//! `ringstorm find`: where each policy tips over.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::again;
use super::arguments::{Arguments, Find, FindFormat};
use super::failure::Failure;
use super::memory::{Need, concurrent, threads_of};
use super::output;
use super::progress;
use super::scenario_files::{search, shown};
use crate::engine::Draws;
use crate::model::{self, BrokenLaw};
use crate::plan::{self, Plan, Point, RunId, Warmup};
use crate::report::find::{csv, json, text};
use crate::scenario::{Diagnostic, Search};
use crate::stats::{self, Measure, Metric, Searched, Tipping, TippingCase};

/// Searches and prints.
pub(super) fn find(command: &Find, arguments: &Arguments) -> Result<(), Failure> {
    let search = search(command, arguments)?;
    let plan = search.plan().clone();
    if plan.until.is_some() {
        return Err(Failure::Usage(
            "a search needs a number of replications, but the scenario's `replications` say \
             `until`: give one with `--replications`",
        ));
    }
    if search.bounds().iter().any(|point| point.warmup == Warmup::Sought) {
        return Err(Failure::Usage(
            "a search needs a stated warm-up, but the scenario's is \"auto\", which would be another \
             at every value that is tried: give one with `--set warmup=DURATION`",
        ));
    }
    // Memory grows, or falls, with a quantity: the largest run is at one of the bounds.
    let largest = search.bounds().iter().map(|point| point.bytes).max().unwrap_or(0);
    let threads = command.machine.threads.map_or(0, usize::from);
    let need = Need { largest, kept: 0 };
    let concurrent = concurrent(&plan.name, need, threads, command.machine.memory)?;
    let runs = threads_of(concurrent)?;
    let name = &search.find().metric;
    let unknown =
        || Failure::Unknown { what: "metric", name: name.clone(), nearest: None, all: Vec::new() };
    let metric = Metric::named(name).ok_or_else(unknown)?;
    let values = Values::of(search);
    let found = runs.install(|| tipping(&plan, &values, metric, arguments.quiet));
    let tipping = found.map_err(|fault| match fault {
        Fault::Scenario(faults) => shown(faults, arguments),
        Fault::Law { broken, id, at } => {
            let set: Vec<String> = command.edits.set.iter().cloned().chain(at).collect();
            let replay = again::run(Path::new(&command.scenario), &plan, &set, id);
            Failure::Law { broken, replay }
        }
    })?;
    if !tipping.is_measured() {
        let runs = tipping.cases.iter().map(|case| case.runs).sum();
        return Err(Failure::NothingTips { scenario: tipping.name, metric: metric.name, runs });
    }
    match command.format {
        FindFormat::Text => {
            output::print(&text::render(&tipping, &output::terminal(arguments.color)))
        }
        FindFormat::Json => output::print(&json::render(&tipping)),
        FindFormat::Csv => output::bytes(&csv::render(&tipping)),
    }
}

/// Why a search ended.
enum Fault {
    /// The scenario is wrong at a value between the bounds.
    Scenario(Vec<Diagnostic>),
    /// A law broke in a run, with these fields set.
    Law { broken: BrokenLaw, id: RunId, at: Vec<String> },
}

/// What runs at each value, made once for all who try it.
struct Values {
    find: plan::Find,
    made: Mutex<(Search, BTreeMap<u64, Arc<Point>>)>,
}

impl Values {
    fn of(search: Search) -> Self {
        let [first, last] = search.bounds().clone().map(Arc::new);
        let find = search.find().clone();
        let made = BTreeMap::from([(0, first), (find.grid.steps(), last)]);
        Self { find, made: Mutex::new((search, made)) }
    }

    fn at(&self, step: u64) -> Result<Arc<Point>, Fault> {
        let mut guard = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let (search, made) = &mut *guard;
        if let Some(point) = made.get(&step) {
            return Ok(Arc::clone(point));
        }
        let point = Arc::new(search.point(step).map_err(Fault::Scenario)?);
        made.insert(step, Arc::clone(&point));
        Ok(point)
    }
}

/// All searches, on the current pool.
fn tipping(
    plan: &Plan,
    values: &Values,
    metric: &'static Metric,
    quiet: bool,
) -> Result<Tipping, Fault> {
    let find = &values.find;
    let policies = &values.at(0)?.policies;
    let most = u64::from(find.grid.most_runs());
    let cases = policies.len() as u64 * u64::from(plan.replications);
    let bar = progress::bar(&plan.name, cases.saturating_mul(most), quiet);
    let found = model::each_case(policies.len(), plan.replications, |policy, replication| {
        let searched = Searched::of(find, |step| {
            let id = RunId { point: 0, policy, replication };
            let point = values.at(step)?;
            let measure = run(plan, &point, id, metric)?;
            bar.inc(1);
            Ok(measure)
        })?;
        // One that is cut off takes fewer.
        bar.inc(most - searched.tried.len() as u64);
        Ok(searched)
    });
    bar.finish_and_clear();
    let cases = policies.iter().zip(found?).map(|(policy, searched)| {
        TippingCase::of(policy.name.clone(), policy.balance.hue(), find, metric, searched)
    });
    Ok(Tipping {
        name: plan.name.clone(),
        description: plan.description.clone(),
        digest: plan.digest.clone(),
        seed: plan.seed,
        replications: plan.replications,
        find: find.clone(),
        metric,
        cases: cases.collect(),
    })
}

/// The metric in one run.
fn run(plan: &Plan, point: &Point, id: RunId, metric: &Metric) -> Result<Option<Measure>, Fault> {
    let draws = Draws::new(plan.seed, id.replication);
    let run = model::run(&point.world, &point.policies[id.policy], draws, false);
    let observations = run.map_err(|broken| {
        let at = point.at.iter().map(|(path, value)| format!("{path}={value}")).collect();
        Fault::Law { broken, id, at }
    })?;
    let measured = stats::measure(&observations);
    Ok(measured.iter().find(|found| found.metric.name == metric.name).map(|found| found.measure))
}
