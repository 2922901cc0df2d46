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

/// Does a piece of work for each policy and replication on rayon's current pool, whose runs
/// follow from one another; gives what came out by policy, then by replication.
///
/// # Errors
/// Of the pieces that fail, what the first says: replication by replication, policy by policy.
pub fn each_case<T: Send, E: Send>(
    policies: usize,
    replications: u32,
    work: impl Fn(usize, u32) -> Result<T, E> + Sync,
) -> Result<Vec<Vec<T>>, E> {
    let cases: Vec<(usize, u32)> = (0..replications)
        .flat_map(|replication| (0..policies).map(move |policy| (policy, replication)))
        .collect();
    let done = each(&cases, |&(policy, replication)| work(policy, replication))?;
    let mut found: Vec<Vec<T>> = (0..policies).map(|_| Vec::new()).collect();
    for (&(policy, _), done) in cases.iter().zip(done) {
        found[policy].push(done);
    }
    Ok(found)
}

/// Does each of these pieces of work on rayon's current pool; gives what came out in their order.
///
/// # Errors
/// Of the pieces that fail, what the first says.
pub fn each<I: Sync, T: Send, E: Send>(
    pieces: &[I],
    work: impl Fn(&I) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    // As in `run_each`, whoever is idle takes the next single one.
    let done: Vec<Result<T, E>> = pieces.par_iter().with_max_len(1).map(&work).collect();
    done.into_iter().collect()
}
