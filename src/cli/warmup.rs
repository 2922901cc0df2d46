//! Warm-ups that pilot runs find, before anything is run that counts.

use super::failure::Failure;
use super::progress;
use super::simulate::Simulation;
use crate::engine::SimDuration;
use crate::plan::warmup::Found;
use crate::plan::{PILOTS, Plan, RunId, Warmup};
use crate::report::log;
use crate::stats::warmup::{Pilot, Settled, settled};

/// The plan with what its pilot runs, on rayon's current pool, find in the place of each
/// warm-up that is sought. `again` gives the command that repeats a run.
///
/// What is found depends on the plan alone, so whoever runs a part of it finds the same.
///
/// # Errors
/// A policy is not seen to settle; a law broke.
pub(super) fn found(
    plan: &Plan,
    again: impl Fn(RunId) -> String,
    quiet: bool,
) -> Result<Plan, Failure> {
    let (pilots, runs) = plan.pilots();
    let bar = progress::bar(&format!("{}: warm-up", plan.name), runs.len() as u64, quiet);
    let simulation = Simulation { plan: &pilots, again, quiet };
    let done = simulation.each(runs, &bar, |_, observations| Pilot::of(&observations));
    bar.finish_and_clear();
    let mut by_policy: Vec<Vec<Vec<Pilot>>> =
        plan.points.iter().map(|point| vec![Vec::new(); point.policies.len()]).collect();
    for (id, pilot) in done? {
        by_policy[id.point][id.policy].push(pilot);
    }
    let mut plan = plan.clone();
    for (index, pilots) in by_policy.iter().enumerate() {
        if plan.points[index].warmup == Warmup::Sought {
            settle(&mut plan, index, pilots)?;
        }
    }
    Ok(plan)
}

/// Puts the warm-up of a point in its place, found in the pilot runs of each policy.
fn settle(plan: &mut Plan, index: usize, pilots: &[Vec<Pilot>]) -> Result<(), Failure> {
    let Plan { name, points, .. } = plan;
    let point = &mut points[index];
    let step = point.world.sample_every.as_nanos();
    let span = |steps: u64| SimDuration::from_nanos(step.saturating_mul(steps));
    match settled(pilots) {
        Ok(Settled { steps, longest }) => {
            point.world.warmup = span(steps as u64);
            let longest = longest.map(|policy| point.policies[policy].name.clone());
            point.warmup = Warmup::Found(Found { pilots: PILOTS, longest });
            Ok(())
        }
        Err(unsettled) => Err(Failure::Unsettled {
            scenario: name.clone(),
            at: log::at(&point.at),
            policy: point.policies[unsettled.policy].name.clone(),
            series: unsettled.series.name(),
            watched: span(point.world.undisturbed_steps()),
            is_cut: !point.world.events.is_empty(),
        }),
    }
}
