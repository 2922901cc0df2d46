//! What counts, and from when.

use serde_json::json;

use crate::theory::support::{Scenario, metric_of};

/// Steps of ten seconds, the first of which is the warm-up.
fn warmed_up(events: serde_json::Value) -> Scenario {
    Scenario::new(40.0)
        .set("replications", 1)
        .set("sample_every", "10s")
        .set("warmup", "10s")
        .set("events", events)
}

#[test]
fn the_step_that_ends_with_the_warmup_is_a_part_of_it() {
    // Nothing is written after the warm-up.
    let shares = warmed_up(json!([{"at": "10s", "outage": {"of": "broker", "for": "60s"}}]))
        .set("clients.connected", 100)
        .set("servers.count", 4)
        .set(
            "messaging",
            json!({"channels": {"count": 10}, "publish": {"rate": "1000/s", "per": "all"}}),
        )
        .run(|run| metric_of(run, "message_share"));
    assert_eq!(shares, [0.0]);
    // A fourth server, with nobody on it, is there from 1 s until 10.5 s.
    let imbalance = warmed_up(json!([
        {"at": "1s", "add": 1}, {"at": "10500ms", "remove": {"servers": ["s4"]}}
    ]))
    .set("clients.connected", 90)
    .set("servers.count", 3)
    .run(|run| metric_of(run, "imbalance"));
    assert_eq!(imbalance, [1.0]);
}
