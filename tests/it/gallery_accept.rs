//! The findings that the scenarios about the accept path state in their descriptions.

use std::path::Path;

use ringstorm::observe::Observations;
use ringstorm::scenario::{Overrides, load};
use ringstorm::stats::{self, Measure};
use ringstorm::{engine::Draws, model};

/// A few replications of one policy.
fn runs(scenario: &str, policy: &str) -> Vec<Observations> {
    runs_at(0, scenario, policy)
}

/// The same at a point of its sweep.
fn runs_at(point: usize, scenario: &str, policy: &str) -> Vec<Observations> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(scenario);
    let plan = load(&path, &Overrides::default()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let point = &plan.points[point];
    let policy = point.policies.iter().find(|other| other.name == policy).unwrap();
    (0..3)
        .map(|replication| {
            model::run(&point.world, policy, Draws::new(plan.seed, replication), false).unwrap()
        })
        .collect()
}

/// The mean of a metric over runs that all have it whole.
fn mean(runs: &[Observations], name: &str) -> f64 {
    let of = |run: &Observations| {
        let measured = stats::measure(run);
        let found = measured.iter().find(|measured| measured.metric.name == name);
        match found.unwrap_or_else(|| panic!("a run has no `{name}`")).measure {
            Measure::Value(value) => value,
            Measure::Censored(value) => panic!("`{name}` was cut off at {value}"),
        }
    };
    runs.iter().map(of).sum::<f64>() / runs.len() as f64
}

fn near(value: f64, expected: f64, tolerance: f64) -> bool {
    (value - expected).abs() <= tolerance * expected
}

#[test]
fn a_login_bounds_how_fast_a_cluster_comes_back_and_sessions_go_around_it() {
    let recovery = |policy| mean(&runs("login-bottleneck.json", policy), "recovery_time");
    let (all, twice, kept) = (
        recovery("everybody logs in"),
        recovery("twice the login"),
        recovery("sessions in a store"),
    );
    // 99% of 20,000 at 400, 800 and 2,000 a second.
    assert!(near(all, 49.5, 0.03), "{all}");
    assert!(near(twice, 24.75, 0.03), "{twice}");
    assert!(near(kept, 9.9, 0.06), "{kept}");
}

#[test]
fn identifies_come_back_at_discords_pace_and_resumes_at_once() {
    let recovery = |policy| mean(&runs("discord-identify.json", policy), "recovery_time");
    // The 990th of 1,000 is in the 62nd round of 16, 61 x 5 s after the first.
    let identify = recovery("identify");
    assert!((305.0..307.0).contains(&identify), "{identify}");
    let last: f64 = runs("discord-identify.json", "identify")
        .iter()
        .map(|run| run.recovery.max() as f64 / 1e9)
        .fold(0.0, f64::max);
    assert!((310.0..312.5).contains(&last), "the last after 62 x 5 s: {last}");
    assert!(recovery("resume") < 2.0);
}

#[test]
fn a_counter_that_is_reset_on_open_doubles_the_attempts_of_a_flapping_server() {
    let attempts = |policy| mean(&runs("field/retry-reset.json", policy), "attempts") / 2_000.0;
    let (on_open, after_uptime) = (attempts("reset on open"), attempts("reset after 5 s"));
    assert!((29.0..=30.5).contains(&on_open), "nearly every one of 30 drops: {on_open}");
    assert!(after_uptime < on_open / 2.0, "{after_uptime}");
}

#[test]
fn set_ups_all_at_once_make_a_crash_loop_and_a_gate_ends_it() {
    let all = runs("field/hypha-938.json", "all at once");
    assert!(mean(&all, "liveness_kills") > 10.0);
    assert_eq!(mean(&all, "recovered"), 0.0);
    let gated = runs("field/hypha-938.json", "10 at once");
    assert_eq!(mean(&gated, "liveness_kills"), 0.0);
    assert_eq!((mean(&gated, "recovered"), mean(&gated, "dropped")), (1.0, 45.0), "one restart");
}

#[test]
fn a_balancer_that_forgets_its_counts_leaves_a_new_node_short() {
    let share = |policy| mean(&runs("field/apisix-12217.json", policy), "newest_share");
    let (forgets, keeps) = (share("forgets counts"), share("keeps counts"));
    // A third of what turns over in 19 of a mean of 30 minutes: 1 - exp(-19 / 30) = 0.469.
    assert!(near(forgets, 0.469, 0.05), "{forgets}");
    assert!(near(keeps, 1.0, 0.01), "{keeps}");
}

#[test]
fn servers_that_say_they_are_not_ready_let_a_new_one_fill_sooner() {
    let share = |policy| mean(&runs("field/vernemq-2484.json", policy), "newest_share");
    let (plain, gated) = (share("round robin"), share("readiness gate"));
    assert!(near(plain, 0.469, 0.05), "as much as turns over: {plain}");
    assert!(gated > plain + 0.12, "{gated} against {plain}");
    let run = runs("field/vernemq-2484.json", "readiness gate");
    assert_eq!(mean(&run, "dropped"), 0.0);
}

#[test]
fn a_lossy_network_costs_more_where_a_gateway_is_asked_first() {
    let p99 = |point, policy| mean(&runs_at(point, "packet-loss.json", policy), "connect_p99");
    let cost = |policy| p99(3, policy) - p99(0, policy);
    let (balancer, gateway) = (cost("balancer"), cost("gateway"));
    assert!((1.9..2.7).contains(&balancer), "{balancer} s for every tenth packet");
    assert!((1.2..1.7).contains(&(gateway / balancer)), "{gateway} for {balancer}");
}
