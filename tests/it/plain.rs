//! The storm of a plain program, which has nothing in common with the model but engine and
//! draws, is that of the model, attempt for attempt.

use std::path::Path;

use ringstorm::engine::Draws;
use ringstorm::model;
use ringstorm::scenario::{Overrides, read_text};

#[path = "../../examples/plain/foreseen.rs"]
mod foreseen;
#[path = "../../examples/plain/storm.rs"]
mod storm;

/// Runs `w3` with so many clients, servers and places in each accept queue, as the model and as
/// the plain program do, which must agree; how many attempts were refused and timed out.
fn refused_and_timed_out(clients: u32, servers: u32, backlog: u32, seed: u64) -> (u64, u64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/scale");
    let text = std::fs::read_to_string(folder.join("w3.json")).unwrap();
    let set = [
        format!("clients.connected={clients}"),
        format!("servers.count={servers}"),
        format!("servers.accept_queue={backlog}"),
    ];
    let overrides = Overrides { set: set.into(), seed: Some(seed), ..Overrides::default() };
    let plan = read_text("w3.json", text, &folder, &overrides).unwrap();
    let (world, policy) = (&plan.points[0].world, &plan.points[0].policies[0]);
    let draws = Draws::new(seed, 0);
    let expected = storm::storm(clients, servers, backlog as usize, draws);
    assert_eq!(foreseen::storm(clients, servers, backlog as usize, draws), expected);
    for run in [model::run, model::run_by_events] {
        let run = run(world, policy, draws, false).unwrap();
        let counts = &run.counts;
        assert_eq!(counts.accepted, u64::from(clients), "all are back before the end");
        assert_eq!(
            (counts.attempts, counts.rejected, counts.timed_out),
            (expected.attempts, expected.refused, expected.timed_out)
        );
        let slowest = run.recovery.max();
        assert!(
            run.recovery.equivalent(slowest, expected.lasted.as_nanos()),
            "{slowest} {:?}",
            expected.lasted
        );
    }
    (expected.refused, expected.timed_out)
}

#[test]
fn short_queues_refuse_the_same_attempts() {
    for seed in 1..=3 {
        let (refused, timed_out) = refused_and_timed_out(20_000, 2, 512, seed);
        assert!(refused > 10_000 && timed_out == 0, "{refused} {timed_out}");
    }
}

#[test]
fn long_queues_are_full_of_the_same_dead_work() {
    for seed in 1..=3 {
        let (refused, timed_out) = refused_and_timed_out(30_000, 2, 20_000, seed);
        assert!(refused == 0 && timed_out > 10_000, "{refused} {timed_out}");
    }
}

#[test]
fn both_at_once() {
    let (refused, timed_out) = refused_and_timed_out(30_000, 2, 6_000, 4);
    assert!(refused > 1_000 && timed_out > 1_000, "{refused} {timed_out}");
}
