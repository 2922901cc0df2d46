//! By the clock.

use ringstorm::policy::Scale;
use serde_json::json;

use super::support::{at, controller, decide, spread};

#[test]
fn changes_happen_at_their_times_and_once() {
    let mut clock = controller(json!({"scheduled": {"changes": [
        {"at": "1m", "servers": 5}, {"at": "2m", "min": 7}, {"at": "3m", "max": 6, "min": 0}]}}));
    assert_eq!(clock.next_check(at(0)), at(60));
    assert_eq!(clock.next_check(at(60)), at(120));
    assert_eq!(decide(&mut clock, 60, 2, &spread(2, 0)), 5);
    assert_eq!(decide(&mut clock, 120, 5, &spread(5, 0)), 7);
    assert_eq!(decide(&mut clock, 180, 7, &spread(7, 0)), 6);
    assert_eq!(clock.next_check(at(180)), ringstorm::engine::SimTime::NEVER);
}

#[test]
fn a_day_comes_again() {
    let mut clock = controller(json!({"scheduled": {"every": "24h", "changes": [
        {"at": "0s", "servers": 2}, {"at": "8h", "servers": 10}]}}));
    let hour = 3_600;
    assert_eq!(clock.next_check(at(0)), at(8 * hour));
    assert_eq!(decide(&mut clock, 8 * hour, 2, &spread(2, 0)), 10);
    assert_eq!(clock.next_check(at(8 * hour)), at(24 * hour));
    assert_eq!(decide(&mut clock, 24 * hour, 10, &spread(10, 0)), 2);
    assert_eq!(clock.next_check(at(24 * hour)), at(32 * hour));
}

#[test]
fn another_autoscaler_decides_between_the_bounds() {
    let mut clock = controller(json!({"scheduled": {
        "changes": [{"at": "20s", "min": 4, "max": 8}],
        "with": {"hpa": {"target": {"connections": 50}, "max": 100, "behavior": {
            "scale_down": {"stabilization_window": "0s"}}}}}}));
    assert_eq!(clock.next_check(at(0)), at(15));
    assert_eq!(clock.next_check(at(15)), at(20));
    assert_eq!(decide(&mut clock, 15, 10, &spread(10, 100_000)), 2);
    assert_eq!(decide(&mut clock, 20, 2, &spread(2, 100_000)), 4);
    assert_eq!(decide(&mut clock, 30, 4, &spread(4, 0)), 4);
    assert_eq!(decide(&mut clock, 45, 4, &spread(4, 4_000_000)), 8);
}

#[test]
fn faults_name_the_change_and_the_rule_within() {
    let faults = |json| {
        let scale: Scale = serde_json::from_value(json).unwrap();
        let faults = scale.validate().into_iter();
        faults.map(|fault| format!("{} {}", fault.field, fault.message)).collect::<Vec<_>>()
    };
    assert_eq!(
        faults(json!({"scheduled": {"changes": [{"at": "0s", "servers": 3}, {"at": "1m"}],
            "with": {"hpa": {"target": {}, "max": 3}}}})),
        [
            "changes at position 0 is at 0s: say so with `servers.count`",
            "changes at position 1 has none of `servers`, `min` and `max`",
            "with.hpa.target has none of `connections`, `handshake_utilisation` and `cpu`",
        ]
    );
}
