//! AWS' rules: what is warm, how alarms ring, what holds a scale-in back.

use ringstorm::policy::Scale;
use ringstorm::policy::scale::{Phase, ServerReading};
use serde_json::{Value, json};

use super::support::{at, controller, decide, server, spread, starting};

fn tracking(more: &Value) -> Value {
    let mut tracking = json!({"target": {"connections": 50}, "max": 100});
    for (field, value) in more.as_object().unwrap() {
        tracking[field] = value.clone();
    }
    json!({"target_tracking": tracking})
}

/// The wanted number minute by minute, where it is followed at once by servers that were
/// ready all along.
fn minutes(
    rule: Value,
    start: u32,
    minutes: u64,
    servers: impl Fn(u32) -> Vec<ServerReading>,
) -> Vec<u32> {
    let mut controller = controller(rule);
    let mut wanted = vec![start];
    for minute in 1..=minutes {
        let current = wanted[wanted.len() - 1];
        wanted.push(decide(&mut controller, minute * 60, current, &servers(current)));
    }
    wanted.remove(0);
    wanted
}

#[test]
fn it_scales_out_after_3_datapoints_and_in_after_15() {
    let out = minutes(tracking(&json!({})), 4, 5, |current| spread(current, 400_000));
    assert_eq!(out, [4, 4, 8, 8, 8]);
    let inward = minutes(tracking(&json!({})), 8, 17, |current| spread(current, 200_000));
    assert_eq!(inward[13..], [8, 4, 4, 4]);
}

#[test]
fn one_quiet_datapoint_begins_the_count_again() {
    let mut tracking = controller(tracking(&json!({})));
    let mut wanted = Vec::new();
    for (minute, total) in (1..).zip([400_000, 400_000, 200_000, 400_000, 400_000, 400_000]) {
        wanted.push(decide(&mut tracking, minute * 60, 4, &spread(4, total)));
    }
    assert_eq!(wanted, [4, 4, 4, 4, 4, 8]);
}

#[test]
fn warming_servers_are_neither_in_the_metric_nor_in_the_capacity() {
    let young = |id| ServerReading {
        started: Some(at(100)),
        ready_changed: Some(at(120)),
        ..server(id, 0)
    };
    let mut fleet = spread(4, 400_000);
    fleet.extend((4..8).map(young));
    let mut tracking = controller(tracking(&json!({"warmup": "5m"})));
    // 4 warm servers at 100 want 8, which are on their way: no more is asked for.
    let wanted: Vec<u32> =
        (3..=6).map(|minute| decide(&mut tracking, minute * 60, 8, &fleet)).collect();
    assert_eq!(wanted, [8, 8, 8, 8]);
    // Warm at 420 s: all 8 count, and their average of 50 is what it should be.
    assert_eq!(decide(&mut tracking, 420, 8, &fleet), 8);
}

#[test]
fn a_server_is_warm_from_the_end_of_its_warm_up_on() {
    let mut fleet = spread(4, 400_000);
    fleet.extend((4..8).map(|id| ServerReading {
        started: Some(at(100)),
        ready_changed: Some(at(120)),
        ..server(id, 100_000)
    }));
    let wanted = |now| {
        let step = json!({"step": {"metric": "connections", "max": 100, "warmup": "5m",
            "scale_out": {"threshold": 60, "adjust": "percent", "steps": [{"by": 50}]}}});
        decide(&mut controller(step), now, 8, &fleet)
    };
    // Half more than 4 are on their way already; half more than 8 are 12.
    assert_eq!((wanted(419), wanted(420)), (8, 12));
}

#[test]
fn it_never_scales_in_while_a_scale_out_is_under_way() {
    let mut fleet = spread(8, 80_000);
    fleet.push(starting(8, 0));
    let held = minutes(tracking(&json!({})), 9, 20, |_| fleet.clone());
    assert_eq!(held, [9; 20]);
    let step = json!({"step": {"metric": "connections", "max": 20,
        "scale_in": {"threshold": 30, "steps": [{"by": -1}]}}});
    assert_eq!(minutes(step, 9, 3, |_| fleet.clone()), [9; 3]);
}

#[test]
fn servers_that_terminate_still_count_as_capacity_to_scale_in_from() {
    let mut fleet = spread(6, 180_000);
    fleet.extend((6..10).map(|id| ServerReading { phase: Phase::Leaving, ..server(id, 0) }));
    // 6 warm and 4 leaving at 30 of 50: 10 x 0.6 = 6, which are wanted already. Counting
    // only the 6 would ask for 4.
    let wanted = minutes(tracking(&json!({})), 6, 16, |_| fleet.clone());
    assert_eq!(wanted, [6; 16]);
}

#[test]
fn any_metric_scales_out_and_all_must_agree_to_scale_in() {
    let rule = || tracking(&json!({"target": {"connections": 50, "handshake_utilisation": "50%"}}));
    let fleet = |connections: u64, utilisation: u64| {
        let mut fleet = spread(4, 0);
        for server in &mut fleet {
            let values = server.values.as_mut().unwrap();
            (values.connections, values.handshake_utilisation) = (connections * 1_000, utilisation);
        }
        fleet
    };
    assert_eq!(minutes(rule(), 4, 3, |_| fleet(10, 900))[2], 8);
    assert_eq!(minutes(rule(), 4, 15, |_| fleet(10, 500))[14], 4);
    assert_eq!(minutes(rule(), 4, 15, |_| fleet(10, 200))[14], 2);
    let never = tracking(&json!({"disable_scale_in": true}));
    assert_eq!(minutes(never, 4, 30, |_| fleet(10, 100))[29], 4);
}

#[test]
fn without_data_nothing_is_done() {
    let silent: Vec<ServerReading> =
        (0..4).map(|id| ServerReading { values: None, ..server(id, 0) }).collect();
    assert_eq!(minutes(tracking(&json!({})), 4, 20, |_| silent.clone()), [4; 20]);
}

#[test]
fn steps_count_from_what_is_warm() {
    // The user guide's example: 10 warm servers and one on its way. A step of 1 asks for 11,
    // which are wanted; one of 3 asks for 13.
    let step = || {
        json!({"step": {"metric": "connections", "max": 100, "scale_out": {
        "threshold": 60, "adjust": "percent", "steps": [
            {"from": 0, "to": 10, "by": 10}, {"from": 10, "by": 30}]}}})
    };
    let fleet = |connections: u64| {
        let mut fleet = spread(10, connections * 10_000);
        fleet.push(starting(10, 0));
        fleet
    };
    assert_eq!(decide(&mut controller(step()), 60, 11, &fleet(62)), 11);
    assert_eq!(decide(&mut controller(step()), 60, 11, &fleet(70)), 13);
}

#[test]
fn steps_can_be_servers_or_exact_and_have_a_least_size() {
    let with = |adjust: &str, by: i32, at_least: u32| {
        let step = json!({"step": {"metric": "connections", "max": 100, "scale_out": {
            "threshold": 60, "adjust": adjust, "at_least": at_least, "steps": [{"by": by}]}}});
        decide(&mut controller(step), 60, 4, &spread(4, 400_000))
    };
    assert_eq!(with("servers", 3, 0), 7);
    assert_eq!(with("exact", 9, 0), 9);
    // 25% of 4 are 1, but no step is smaller than 2 (`MinAdjustmentMagnitude`).
    assert_eq!(with("percent", 25, 2), 6);
}

#[test]
fn a_cooldown_holds_the_next_step_back() {
    let step = json!({"step": {"metric": "connections", "max": 100, "cooldown": "3m",
        "scale_out": {"threshold": 60, "steps": [{"by": 1}]}}});
    let wanted = minutes(step, 4, 8, |current| spread(current, u64::from(current) * 90_000));
    assert_eq!(wanted, [5, 5, 5, 6, 6, 6, 7, 7]);
}

#[test]
fn bounds_hold_whatever_the_step() {
    let step = json!({"step": {"metric": "connections", "min": 3, "max": 6,
        "scale_out": {"threshold": 60, "steps": [{"by": 50}]},
        "scale_in": {"threshold": 10, "steps": [{"by": -50}]}}});
    assert_eq!(decide(&mut controller(step.clone()), 60, 4, &spread(4, 400_000)), 6);
    assert_eq!(decide(&mut controller(step), 60, 4, &spread(4, 0)), 3);
}

#[test]
fn what_makes_no_sense_is_said() {
    let faults = |rule: Value| {
        let scale: Scale = serde_json::from_value(rule).unwrap();
        let faults = scale.validate().into_iter();
        faults.map(|fault| format!("{} {}", fault.field, fault.message)).collect::<Vec<_>>()
    };
    assert_eq!(
        faults(json!({"step": {"metric": "cpu", "max": 0, "min": 1, "period": "100ms"}})),
        [
            "min must be 0 to `max`, met 1",
            "period must be at least 1s, met 100ms",
            "scale_out and `scale_in` are both missing",
        ]
    );
    assert_eq!(
        faults(json!({"step": {"metric": "cpu", "max": 9,
            "scale_out": {"threshold": 0.6, "datapoints": 0, "steps": [
                {"from": 0.2, "to": 0.1, "by": 1}, {"from": 0, "by": -1}]},
            "scale_in": {"threshold": 0.3, "steps": [{"from": 0, "by": -1}, {"by": -2}]}}})),
        [
            "scale_out.datapoints must be 1 to 1,440, met 0",
            "scale_out.steps at position 0: `from` must be below `to`",
            "scale_out.steps at position 1: it overlaps the step before",
            "scale_in.steps at position 0: its bounds lie on the quiet side of the threshold",
            "scale_in.steps at position 1: it overlaps the step before",
        ]
    );
    assert_eq!(
        faults(
            json!({"target_tracking": {"target": {"cpu": "50%"}, "max": 5, "in_datapoints": 0}})
        ),
        ["in_datapoints must be 1 to 1,440, met 0"]
    );
}
