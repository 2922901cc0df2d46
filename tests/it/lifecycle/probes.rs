//! Liveness probes: a server that is too busy to answer is killed.

use serde_json::json;

use super::support::{cluster, metric, run, with};

/// 400 clients of one server, cut off at once, whose set-up takes 100 ms of the only
/// worker: 40 s of queue.
fn herd() -> serde_json::Value {
    let scenario = cluster(400, 1, "round_robin");
    let scenario = with(scenario, "servers.handshake", json!({"workers": 1, "cost": "100ms"}));
    let scenario = with(scenario, "servers.boot", "5s");
    let scenario = with(scenario, "clients.connect_timeout", "never");
    with(scenario, "events", json!([{"at": "20s", "disconnect": {"fraction": 1.0}}]))
}

fn probed(liveness: serde_json::Value) -> serde_json::Value {
    with(herd(), "servers.liveness", liveness)
}

#[test]
fn a_herd_longer_than_the_probes_patience_is_a_crash_loop() {
    let run = run(&probed(json!({"every": "5s", "timeout": "1s", "fall": 3})), 0);
    // Every restart drops all that had come back, and they come again together.
    assert!(metric(&run, "liveness_kills") > 10.0);
    assert!(run.counts.dropped > 2_000, "{}", run.counts.dropped);
}

#[test]
fn patience_longer_than_the_herd_kills_nobody() {
    let patient = run(&probed(json!({"every": "60s", "timeout": "50s", "fall": 3})), 0);
    assert_eq!(metric(&patient, "liveness_kills"), 0.0);
    assert_eq!(patient.counts.dropped, 400);
    let none = run(&herd(), 0);
    assert_eq!(none.counts.dropped, 400);
}

/// Probes take a worker's time as handshakes do: 100 ms each 200 ms is half of it.
#[test]
fn probes_take_their_share_of_the_workers() {
    let scenario = with(cluster(0, 1, "round_robin"), "servers.handshake.workers", 1);
    let scenario = with(
        scenario,
        "servers.liveness",
        json!({"every": "200ms", "timeout": "150ms", "cost": "100ms"}),
    );
    let used = metric(&run(&scenario, 0), "utilisation");
    assert!((used - 0.5).abs() < 0.001, "{used}");
}

/// The answer to a probe that may take as long as it is until the next is due before that.
#[test]
fn a_time_out_as_long_as_the_interval_fails_all_the_same() {
    let run = run(&probed(json!({"every": "5s", "timeout": "5s", "fall": 3})), 0);
    assert!(metric(&run, "liveness_kills") > 0.0);
}
