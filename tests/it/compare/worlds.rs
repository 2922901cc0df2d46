//! One world, however it is written: a default that is said, a short form and a long one.

use std::path::Path;

use ringstorm::compare::compare;
use ringstorm::plan::{Identity, Point};
use ringstorm::scenario::{Overrides, read_text};
use serde_json::{Value, json};

use super::support::{GATE, record};

/// Every kind of event and everything about messages, with nothing said that holds anyway.
fn scenario() -> Value {
    json!({
        "name": "worlds", "duration": "10m",
        "clients": {
            "arrivals": {"diurnal": {"mean": "1/s", "peak_over_trough": 2}},
            "presence": {"exponential": {"mean": "10m"}}
        },
        "servers": {"count": 8},
        "policies": [{"name": "only", "balance": "round_robin"}],
        "events": [
            {"at": "10s", "remove": {"count": 1, "drain": {"grace": "30s", "hint": {"within": "9s"}}}},
            {"at": "20s", "crash": 1},
            {"at": "30s", "slow": {"count": 1, "factor": 2, "for": "5s"}},
            {"at": "40s", "disconnect": {"fraction": 0.5, "for": "5s"}},
            {"at": "50s", "outage": {"of": "balancer", "for": "1s"}},
            {"at": "60s", "remove": {"count": 1, "drain": "5s"}},
            {"at": "2m", "deploy": {"rolling": {}}},
            {"at": "4m", "deploy": {"one_by_one": {}}},
            {"at": "6m", "deploy": {"blue_green": {}}},
            {"at": "8m", "deploy": {"canary": {"hold": "1s"}}}
        ],
        "messaging": {"direct": {"rate": "1/s"}}
    })
}

fn point(scenario: &Value) -> Point {
    let overrides = Overrides::default();
    let plan = read_text("worlds.json", scenario.to_string(), Path::new(""), &overrides);
    plan.unwrap_or_else(|faults| panic!("{faults:#?}")).points.remove(0)
}

/// The scenario with a field below a JSON pointer set.
fn with(pointer: &str, value: &Value) -> Value {
    let mut scenario = scenario();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = scenario.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}"));
    match parent {
        Value::Array(list) => list[field.parse::<usize>().unwrap()] = value.clone(),
        object => object[field] = value.clone(),
    }
    scenario
}

/// (pointer, what holds where nothing is said, something else).
fn defaults() -> Vec<(&'static str, Value, Value)> {
    vec![
        ("/warmup", json!("0s"), json!("1s")),
        ("/clients/connected", json!(0), json!(1)),
        ("/clients/rtt", json!({"lognormal": {"median": "40ms", "sigma": 0.5}}), json!("40ms")),
        ("/clients/round_trips", json!(3), json!(2)),
        ("/clients/syn_retries", json!("linux"), json!("windows")),
        ("/network", json!({"loss": "0%"}), json!({"loss": "2%"})),
        ("/clients/network", json!({"loss": 0}), json!({"loss": 0.02})),
        ("/clients/arrivals/diurnal/period", json!("24h"), json!("12h")),
        ("/clients/arrivals/diurnal/peak_at", json!("0s"), json!("1h")),
        ("/servers/zones", json!(["a"]), json!(["a", "b"])),
        ("/events/0/remove/pick", json!("newest"), json!("oldest")),
        ("/events/0/remove/drain/wait", json!("0s"), json!("1s")),
        ("/events/0/remove/drain/close", json!("spread"), json!("never")),
        ("/events/0/remove/drain/code", json!(1001), json!(1012)),
        ("/events/0/remove/drain/hint/honoured", json!("100%"), json!(0.5)),
        ("/events/1/crash", json!({"count": 1, "silently": false}), json!(2)),
        ("/events/1/crash", json!({"count": 1, "pick": "newest"}), json!({"servers": ["s1"]})),
        ("/events/2/slow/pick", json!("newest"), json!("oldest")),
        ("/events/2/slow/factor", json!(2.0), json!(2.5)),
        ("/events/3/disconnect/silently", json!(false), json!(true)),
        ("/events/3/disconnect/back_within", json!("0s"), json!("1s")),
        ("/events/3/disconnect/fraction", json!("50%"), json!("51%")),
        ("/events/4/outage/silently", json!(false), json!(true)),
        ("/events/5/remove/drain", json!({"grace": "5000ms"}), json!("6s")),
        ("/events/6/deploy/rolling/surge", json!("25%"), json!(1)),
        ("/events/6/deploy/rolling/unavailable", json!("25%"), json!(1)),
        ("/events/6/deploy/rolling/min_ready", json!("0s"), json!("1s")),
        ("/events/7/deploy/one_by_one/in_place", json!(false), json!(true)),
        ("/events/7/deploy/one_by_one/pause", json!("0s"), json!("1s")),
        ("/events/7/deploy/one_by_one/min_ready", json!("0s"), json!("1s")),
        ("/events/8/deploy/blue_green/min_ready", json!("0s"), json!("1s")),
        ("/events/9/deploy/canary/servers", json!(1), json!(2)),
        ("/events/9/deploy/canary/surge", json!("25%"), json!(1)),
        ("/events/9/deploy/canary/unavailable", json!("25%"), json!(1)),
        ("/events/9/deploy/canary/min_ready", json!("0s"), json!("1s")),
        ("/messaging/channels", json!({}), json!({"count": 999})),
        (
            "/messaging/channels",
            json!({"count": 1000, "per_client": 1, "sizes": "fixed"}),
            json!({"sizes": "one_per_client"}),
        ),
        ("/messaging/publish", json!({}), json!({"rate": "2/s"})),
        (
            "/messaging/publish",
            json!({"rate": "60/m", "per": "channel", "popularity": "even", "bytes": "200B"}),
            json!({"per": "all"}),
        ),
        ("/messaging/direct/bytes", json!("200B"), json!("201B")),
    ]
}

#[test]
fn a_default_that_is_written_out_changes_no_world_and_another_value_does() {
    let base = point(&scenario());
    for (pointer, usual, other) in defaults() {
        let written = point(&with(pointer, &usual));
        let resolved = |point: &Point| format!("{:?}", point.world);
        assert_eq!(resolved(&written), resolved(&base), "{pointer} has another default");
        assert_eq!(written.identity, base.identity, "{pointer}");
        assert_ne!(point(&with(pointer, &other)).identity, base.identity, "{pointer}");
    }
}

#[test]
fn lists_of_nothing_and_of_one_are_what_they_say() {
    let identity = |pointer: &str, value: Value| point(&with(pointer, &value)).identity;
    let same = |one: Identity, two: Identity| assert_eq!(one, two);
    let daily = json!({"diurnal": {"mean": "1/s", "peak_over_trough": 2}});
    same(identity("/clients/arrivals", json!([daily])), point(&scenario()).identity);
    same(identity("/clients/arrivals", json!([])), identity("/clients/arrivals", json!("none")));
    let mut silent = scenario();
    silent.as_object_mut().unwrap().remove("events");
    same(identity("/events", json!([])), point(&silent).identity);
    assert_ne!(point(&silent).identity, point(&scenario()).identity);
}

#[test]
fn the_scenarios_network_is_that_of_all_its_clients() {
    let ours = point(&with("/network", &json!({"loss": "2%"})));
    let theirs = point(&with("/clients/network", &json!({"loss": 0.02})));
    assert_eq!(ours.identity, theirs.identity);
    assert_eq!(format!("{:?}", ours.world), format!("{:?}", theirs.world));
}

#[test]
fn results_of_one_world_are_compared_whatever_defaults_one_of_them_says() {
    let base = record(GATE, &[], 1);
    for said in ["clients.round_trips=3", "servers.zones=[\"a\"]", "warmup=0s"] {
        assert!(compare(&base, &record(GATE, &[said], 1), 0.05).unwrap().equal, "{said}");
    }
    let beats = "clients.heartbeat={\"interval\": \"9s\", \"timeout\": \"9s\"}";
    assert!(compare(&base, &record(GATE, &[beats], 1), 0.05).is_ok(), "a decision");
}
