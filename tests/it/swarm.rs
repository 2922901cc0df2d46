//! Random scenarios out of all features: conservation laws hold at every sampling step of each
//! run, nothing panics, and every metric is a number.
//!
//! `SWARM_COUNT` says how many are drawn. A failure prints the scenario and the command that
//! runs it again.

pub mod cast;
mod dice;
mod fleet;
mod messages;
mod plain;
mod ways;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rayon::prelude::*;
use ringstorm::engine::Draws;
use ringstorm::observe::Observations;
use ringstorm::scenario::{self, Overrides};
use ringstorm::{model, stats};

/// So many are drawn where the environment does not say.
const USUAL_COUNT: u64 = 2_000;

/// One of so many is run event by event, too, and must leave the same observations.
const COMPARED: u64 = 3;

/// What went wrong in the scenario of this number, if anything did.
fn fault_of(number: u64) -> Option<String> {
    let run = || run(&cast::scenario(number).to_string(), number.is_multiple_of(COMPARED));
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("it panicked".to_owned())).err()
}

/// Runs every policy of a scenario once; with `twice` event by event too, which must not differ.
fn run(text: &str, twice: bool) -> Result<(), String> {
    let plan = scenario::read_text("swarm.json", text, Path::new(""), &Overrides::default())
        .map_err(|faults| format!("refused: {faults:#?}"))?;
    let mut draws_digest = None;
    for policy in &plan.points[0].policies {
        let observations =
            model::run(&plan.points[0].world, policy, Draws::new(plan.seed, 0), true)
                .map_err(|broken| broken.to_string())?;
        if twice {
            let by_events =
                model::run_by_events(&plan.points[0].world, policy, Draws::new(plan.seed, 0), true)
                    .map_err(|broken| format!("event by event: {broken}"))?;
            let Observations { event_digest, events, .. } = observations;
            if observations != (Observations { event_digest, events, ..by_events }) {
                let name = &policy.name;
                return Err(format!("under policy `{name}` what was foreseen did not happen"));
            }
        }
        for measured in stats::measure(&observations) {
            let (stats::Measure::Value(value) | stats::Measure::Censored(value)) = measured.measure;
            if !value.is_finite() {
                return Err(format!("`{}` is {value}", measured.metric.name));
            }
        }
        let met = observations.draws_digest;
        if *draws_digest.get_or_insert(met) != met {
            return Err(format!("other clients came under policy `{}`", policy.name));
        }
    }
    Ok(())
}

fn told(number: u64, fault: &str) -> String {
    format!(
        "{fault}\nthe scenario is\n{}\nagain:\nSWARM={number} cargo test --test it one_of_the_swarm -- --nocapture",
        cast::scenario(number)
    )
}

#[test]
fn whatever_happens_to_whatever_cluster_the_laws_hold() {
    let count = env::var("SWARM_COUNT").ok().and_then(|text| text.parse().ok());
    let count = count.unwrap_or(USUAL_COUNT);
    let found = (0..count)
        .into_par_iter()
        .find_map_first(|number| fault_of(number).map(|fault| told(number, &fault)));
    if let Some(fault) = found {
        panic!("{fault}");
    }
}

/// The scenario whose number `SWARM` gives; the first without it.
#[test]
#[expect(clippy::print_stdout, reason = "the scenario is what is asked for")]
fn one_of_the_swarm() {
    let number = env::var("SWARM").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    println!("{:#}", cast::scenario(number));
    if let Some(fault) = fault_of(number) {
        panic!("{}", told(number, &fault));
    }
}

/// Plain runs are compiled apart: held against runs event by event, which never are.
#[test]
fn some_of_the_swarm_that_run_twice_are_plain() {
    for number in (0..300).filter(|number| cast::is_plain(*number)) {
        assert!(number.is_multiple_of(COMPARED));
        let text = cast::scenario(number).to_string();
        let plan =
            scenario::read_text("swarm.json", text, Path::new(""), &Overrides::default()).unwrap();
        let point = &plan.points[0];
        let is_plain = |policy| model::is_plain(&point.world, policy);
        assert!(point.policies.iter().all(is_plain), "{number}");
    }
}

/// A swarm that leaves something out finds nothing there.
#[test]
fn every_feature_appears_in_the_swarm() {
    let texts: Vec<String> = (0..400).map(|number| cast::scenario(number).to_string()).collect();
    let schema: serde_json::Value = serde_json::from_str(&scenario::schema()).unwrap();
    let mut names = Vec::new();
    for part in ["Policy", "Servers", "Event", "Balancer", "Group"] {
        let fields = schema["$defs"][part]["properties"].as_object().unwrap();
        names.extend(fields.keys().filter(|name| *name != "description"));
    }
    for rule in ringstorm::policy::Balance::NAMES {
        let quoted = format!("\"{rule}\"");
        assert!(texts.iter().any(|text| text.contains(&quoted)), "no {quoted}");
    }
    for name in names {
        let quoted = format!("\"{name}\":");
        assert!(texts.iter().any(|text| text.contains(&quoted)), "no {quoted}");
    }
}
