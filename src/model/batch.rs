//! All runs of a plan, in parallel. Results come in the order of the plan,
//! whatever the number of threads.

use rayon::prelude::*;

use super::laws::BrokenLaw;
use super::step;
use crate::engine::Draws;
use crate::observe::Observations;
use crate::plan::Plan;

/// Which run of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunId {
    /// Index of the point.
    pub point: usize,
    /// Index of the policy.
    pub policy: usize,
    /// The replication.
    pub replication: u32,
}

impl RunId {
    /// Every run of a plan: point by point, replication by replication, policy by policy.
    pub fn all(plan: &Plan) -> Vec<Self> {
        let mut runs = Vec::new();
        for (index, point) in plan.points.iter().enumerate() {
            for replication in 0..plan.replications {
                for policy in 0..point.policies.len() {
                    runs.push(Self { point: index, policy, replication });
                }
            }
        }
        runs
    }
}

/// Runs everything on rayon's current pool and reduces each run on the thread
/// that ran it, so that observations never pile up. Replication 0 records every server.
///
/// # Errors
/// The broken law of the first run, in the plan's order, that has one.
pub fn run_all<T: Send>(
    plan: &Plan,
    reduce: impl Fn(RunId, Observations) -> T + Sync,
) -> Result<Vec<(RunId, T)>, (RunId, BrokenLaw)> {
    RunId::all(plan)
        .into_par_iter()
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
