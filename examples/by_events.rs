//! Runs the first policy of a scenario once, with an event for everything that happens and none
//! of it foreseen; prints how many attempts there were. What `benches/peers/compare.py` times as
//! "event by event".
//!
//! `cargo run --release --example by_events -- scenarios/scale/w3.json`

use std::path::Path;

use ringstorm::engine::Draws;
use ringstorm::model;
use ringstorm::scenario::{Overrides, read_text};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]
fn main() {
    let Some(path) = std::env::args().nth(1) else { return eprintln!("by_events SCENARIO") };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return eprintln!("{path}: {error}"),
    };
    let folder = Path::new(&path).parent().unwrap_or(Path::new(""));
    let plan = match read_text(&path, text, folder, &Overrides::default()) {
        Ok(plan) => plan,
        Err(faults) => return eprintln!("{faults:?}"),
    };
    let point = &plan.points[0];
    let draws = Draws::new(plan.seed, 0);
    match model::run_by_events(&point.world, &point.policies[0], draws, false) {
        Ok(observations) => println!("{}", observations.counts.attempts),
        Err(broken) => eprintln!("{broken}"),
    }
}
