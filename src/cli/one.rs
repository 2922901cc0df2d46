//! One run of a scenario, looked at closely: which, and what happens in it.

use std::str::FromStr;

use super::again;
use super::arguments::{Arguments, One};
use super::failure::Failure;
use super::memory::{Need, concurrent, threads_of};
use super::scenario_files::load_one;
use super::warmup;
use crate::engine::{Bytes, Draws, Fraction, Rate, SimDuration};
use crate::model;
use crate::observe::log::Listener;
use crate::plan::{Plan, RunId, Warmup};
use crate::report::log;

/// A scenario, and which of its points is meant.
pub(super) struct Chosen {
    pub plan: Plan,
    pub point: usize,
}

/// The scenario with these policies, and the point that is named.
///
/// # Errors
/// The scenario is wrong; no point is meant, or more than one; there is no such replication; a
/// run does not fit into memory.
pub(super) fn choose(
    one: &One,
    policies: &[String],
    arguments: &Arguments,
) -> Result<Chosen, Failure> {
    let plan = load_one(one, policies, arguments)?;
    if one.replication >= plan.replications {
        let (replication, count) = (one.replication, plan.replications);
        return Err(Failure::NoReplication { replication, count });
    }
    let point = point(&plan, &one.at)?;
    let need = Need { largest: plan.points[point].bytes, kept: 0 };
    concurrent(&plan.name, need, 1, None)?;
    Ok(Chosen { plan, point })
}

/// Puts the warm-up of a point in its place, as `ringstorm run` finds it: over all policies,
/// whichever of them are looked at.
///
/// # Errors
/// It cannot be found; a law broke.
pub(super) fn warm_up(
    one: &One,
    Chosen { plan, point }: &mut Chosen,
    arguments: &Arguments,
) -> Result<(), Failure> {
    if plan.points[*point].warmup != Warmup::Sought {
        return Ok(());
    }
    let mut whole = load_one(one, &[], arguments)?;
    whole.points = vec![whole.points.swap_remove(*point)];
    let need = Need { largest: whole.points[0].bytes, kept: 0 };
    let threads = threads_of(concurrent(&whole.name, need, 0, None)?)?;
    let again = |id: RunId| again::run(&one.scenario, &whole, &one.set, id);
    let found = threads.install(|| warmup::found(&whole, again, arguments.quiet))?;
    if let Some(found) = found.points.into_iter().next() {
        let point = &mut plan.points[*point];
        point.world.warmup = found.world.warmup;
        point.warmup = found.warmup;
    }
    Ok(())
}

/// The only point at which all of these fields have these values.
fn point(plan: &Plan, named: &[String]) -> Result<usize, Failure> {
    let among = |is_same: fn(&str, &str) -> bool| -> Vec<usize> {
        let is_at = |at: &[(String, String)], named: &String| {
            let (path, value) = named.split_once('=').unwrap_or((named, ""));
            at.iter().any(|(field, is)| field == path && is_same(is, value))
        };
        (0..plan.points.len())
            .filter(|point| named.iter().all(|named| is_at(&plan.points[*point].at, named)))
            .collect()
    };
    let mut meant = among(is_as_written);
    if meant.is_empty() {
        meant = among(is_equal);
    }
    if let [point] = *meant {
        return Ok(point);
    }
    let at = |point: &usize| log::at(&plan.points[*point].at);
    if meant.is_empty() {
        let points = (0..plan.points.len()).map(|point| at(&point)).collect();
        return Err(Failure::NoPoint { named: named.join(", "), points });
    }
    Err(Failure::SeveralPoints { points: meant.iter().map(at).collect() })
}

/// Whether a value is this text: as JSON has it, or without the quotes of a text.
fn is_as_written(value: &str, text: &str) -> bool {
    value == text || value.trim_matches('"') == text
}

/// Whether two texts are the same quantity, as scenarios read it: `5%` is 0.05, `1m` is `60s`.
fn is_equal(value: &str, text: &str) -> bool {
    let (value, text) = (value.trim_matches('"'), text.trim_matches('"'));
    reads_as::<Fraction>(value, text)
        || reads_as::<SimDuration>(value, text)
        || reads_as::<Rate>(value, text)
        || reads_as::<Bytes>(value, text)
        || reads_as::<f64>(value, text)
}

/// Whether both are the same value of a type.
fn reads_as<T: FromStr + PartialEq>(a: &str, b: &str) -> bool {
    a.parse::<T>().is_ok_and(|a| b.parse().is_ok_and(|b: T| a == b))
}

/// Does a run again while somebody listens.
///
/// # Errors
/// A law broke.
pub(super) fn listen(
    one: &One,
    plan: &Plan,
    id: RunId,
    listener: &mut dyn Listener,
) -> Result<(), Failure> {
    let point = &plan.points[id.point];
    let draws = Draws::new(plan.seed, id.replication);
    let told = model::run_told(&point.world, &point.policies[id.policy], draws, listener);
    told.map(|_| ()).map_err(|broken| Failure::Law { broken, replay: again::replay(one, plan, id) })
}
