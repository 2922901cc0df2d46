//! Runs the first policy of a scenario once, with an event for everything that happens and none
//! of it foreseen; prints how many attempts there were. What `benches/peers/compare.py` times as
//! "by events".
//!
//! `cargo run --release --example by_events -- scenarios/scale/w3.json`

use std::fs;
use std::path::Path;

use ringstorm::engine::Draws;
use ringstorm::model;
use ringstorm::scenario::{Overrides, read_text};

#[expect(clippy::print_stdout, reason = "a program of its own")]
fn main() -> Result<(), String> {
    let path = std::env::args().nth(1).ok_or("by_events SCENARIO")?;
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let folder = Path::new(&path).parent().unwrap_or(Path::new(""));
    let plan = read_text(&path, text, folder, &Overrides::default())
        .map_err(|faults| format!("{faults:?}"))?;
    let point = &plan.points[0];
    let draws = Draws::new(plan.seed, 0);
    let run = model::run_by_events(&point.world, &point.policies[0], draws, false);
    println!("{}", run.map_err(|broken| broken.to_string())?.counts.attempts);
    Ok(())
}
