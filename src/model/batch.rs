//! Runs of a plan, in parallel. Results come in the order that was asked for,
//! whatever the number of threads.

use rayon::prelude::*;

use super::laws::BrokenLaw;
use super::step;
use crate::engine::Draws;
use crate::observe::Observations;
use crate::plan::{Plan, RunId};

/// Runs everything, in the plan's order; otherwise as [`run_each`].
///
/// # Errors
/// The broken law of the first run, in the plan's order, that has one.
pub fn run_all<T: Send>(
    plan: &Plan,
    reduce: impl Fn(RunId, Observations) -> T + Sync,
) -> Result<Vec<(RunId, T)>, (RunId, BrokenLaw)> {
    run_each(plan, RunId::all(plan), reduce)
}

/// Runs these on rayon's current pool and reduces each run on the thread that ran it, so that
/// observations never pile up. Replication 0 records every server.
///
/// # Errors
/// The broken law of the first of them that has one.
pub fn run_each<T: Send>(
    plan: &Plan,
    runs: Vec<RunId>,
    reduce: impl Fn(RunId, Observations) -> T + Sync,
) -> Result<Vec<(RunId, T)>, (RunId, BrokenLaw)> {
    runs.into_par_iter()
        // Runs take from a tenth of a second to hours: whoever is idle takes the next single one.
        .with_max_len(1)
        .map(|id| {
            let point = &plan.points[id.point];
            let draws = Draws::new(plan.seed, id.replication);
            step::run(&point.world, &point.policies[id.policy], draws, id.replication == 0)
                .map(|observations| (id, reduce(id, observations)))
                .map_err(|broken| (id, broken))
        })
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}
