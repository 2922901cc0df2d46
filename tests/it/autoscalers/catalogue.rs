//! Cases A-HPA, A-STEP, A-TT and A-ROLL of the validation catalogue, whose rows stand in
//! `src/validation/values.json`.

use ringstorm::policy::rollout::{Amount, Limits, Sets, is_done, next};
use ringstorm::validation::values;
use serde_json::{Value, json};

use super::support::{controller, decide, spread};

/// (time, metric per server in thousandths, servers, raw, stabilised, wanted).
type Row = (u64, u64, u32, u32, u32, u32);

/// The load at a time, in connections.
type Load = fn(u64) -> u64;

fn rows(case: &str, key: &str) -> Vec<Row> {
    let rows = values()[case]["expected"][key].as_array().unwrap();
    let count = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    rows.iter()
        .map(|row| {
            let metric = (row[1].as_f64().unwrap() * 1_000.0).round() as u64;
            let [current, raw, stable, wanted] = [2, 3, 4, 5].map(|column| count(&row[column]));
            (row[0].as_u64().unwrap(), metric, current, raw, stable, wanted)
        })
        .collect()
}

/// The rule with rate limits that limit nothing: what it wants is the stabilised number.
fn without_rates(hpa: &Value) -> Value {
    let mut hpa = hpa.clone();
    for way in ["scale_up", "scale_down"] {
        hpa["behavior"][way]["policies"] = json!([{"pods": {"value": 1_000_000, "period": "1s"}}]);
        hpa["behavior"][way]["select_policy"] = json!("max");
    }
    hpa
}

/// The rule with neither rates nor windows: what it wants is the raw number.
fn without_windows(hpa: &Value) -> Value {
    let mut hpa = without_rates(hpa);
    hpa["behavior"]["scale_up"]["stabilization_window"] = json!("0s");
    hpa["behavior"]["scale_down"]["stabilization_window"] = json!("0s");
    hpa
}

/// Every sync from 0 s to `end`: the servers are ready at once and share the load evenly.
fn trace(hpa: &Value, start: u32, end: u64, load: impl Fn(u64) -> u64) -> Vec<Row> {
    let build = |hpa: Value| controller(json!({"hpa": hpa}));
    let mut raw = build(without_windows(hpa));
    let mut stable = build(without_rates(hpa));
    let mut whole = build(hpa.clone());
    let mut current = start;
    let mut rows = Vec::new();
    for now in (0..=end).step_by(15) {
        let total = load(now) * 1_000;
        let servers = spread(current, total);
        let wanted = decide(&mut whole, now, current, &servers);
        rows.push((
            now,
            total / u64::from(current),
            current,
            decide(&mut raw, now, current, &servers),
            decide(&mut stable, now, current, &servers),
            wanted,
        ));
        current = wanted;
    }
    rows
}

/// The catalogue prints the syncs where something changes, the first and the last.
fn assert_trace(case: &str, key: &str, found: &[Row]) {
    let expected = rows(case, key);
    for row in &expected {
        assert_eq!(found.iter().find(|found| found.0 == row.0), Some(row), "{case} at {} s", row.0);
    }
    for pair in found.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        if !expected.iter().any(|row| row.0 == after.0) {
            let moved = (before.0, after.1, after.2, after.3, after.4, after.5);
            assert_eq!(moved, before, "{case}: nothing changes at {} s", after.0);
        }
    }
}

fn end(case: &str, key: &str) -> u64 {
    rows(case, key).last().unwrap().0
}

#[test]
fn every_hpa_trace_of_the_catalogue_is_met_sync_by_sync() {
    let target = json!({"connections": 50});
    let down_slowly = json!({"scale_down": {
        "stabilization_window": "0s", "policies": [{"percent": {"value": 10, "period": "60s"}}]}});
    let loads: [(&str, u32, Value, Load); 7] = [
        ("A-HPA-a", 2, json!({}), |_| 1_000),
        ("A-HPA-b", 10, json!({}), |now| if now <= 60 { 500 } else { 100 }),
        ("A-HPA-d", 4, json!({}), |now| if (now / 60) % 2 == 0 { 400 } else { 150 }),
        ("A-HPA-e", 20, down_slowly, |now| if now == 0 { 1_000 } else { 200 }),
        ("A-HPA-f", 5, json!({"scale_up": {"stabilization_window": "60s"}}), |now| {
            if now == 0 { 250 } else { 600 }
        }),
        ("A-HPA-g", 3, json!({"scale_up": {"select_policy": "min"}}), |_| 1_000),
        (
            "A-HPA-h",
            6,
            json!({"scale_up": {"policies": [{"pods": {"value": 5, "period": "60s"}}]}}),
            |_| 2_000,
        ),
    ];
    for release in ["1.32", "1.33"] {
        for (case, start, behavior, load) in &loads {
            let hpa = json!({
                "target": target, "max": 100, "behavior": behavior, "release": release});
            assert_trace(case, "rows", &trace(&hpa, *start, end(case, "rows"), load));
        }
    }
}

#[test]
fn without_a_behavior_the_older_limit_of_twice_or_four_holds() {
    let key = "legacy_rows_when_no_behavior_is_set";
    let mut hpa = controller(json!({"hpa": {"target": {"connections": 50}, "max": 100}}));
    let mut current = 2;
    let mut found = Vec::new();
    for now in (0..=end("A-HPA-a", key)).step_by(15) {
        let wanted = decide(&mut hpa, now, current, &spread(current, 1_000_000));
        // The raw number follows from the load alone; the window only ever holds a fleet up.
        found.push((now, 1_000_000 / u64::from(current), current, 20, 20, wanted));
        current = wanted;
    }
    assert_trace("A-HPA-a", key, &found);
}

/// Each row is a decision of its own. The number at the first check counts as a proposal
/// (`recordInitialRecommendation`), so the window downwards is left out, as the catalogue does.
#[test]
fn the_edge_of_the_tolerance_is_that_of_64_bit_floats() {
    let hpa = |release: &str| {
        controller(json!({"hpa": {
            "target": {"connections": 100}, "max": 100, "release": release,
            "behavior": {"scale_down": {"stabilization_window": "0s"}}}}))
    };
    for (now, metric, current, _, _, wanted) in rows("A-HPA-c", "rows") {
        let servers = spread(current, metric * u64::from(current));
        assert_eq!(decide(&mut hpa("1.32"), now, current, &servers), wanted, "{metric}");
        // |1 - 1.1| > 0.1 in floats, but 1.1 <= 1 + 0.1: the newer test keeps 10 at 110.
        let newer = if metric == 110_000 { current } else { wanted };
        assert_eq!(decide(&mut hpa("1.33"), now, current, &servers), newer, "{metric}");
    }
}

/// `cur=10 metric=75 target=50` as numbers.
fn numbers(text: &str) -> Vec<f64> {
    text.split(' ').map(|part| part.split_once('=').unwrap().1.parse().unwrap()).collect()
}

fn examples(case: &str) -> Vec<(Vec<f64>, u32)> {
    let expected = values()[case]["expected"].as_object().unwrap();
    let wanted = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    expected.iter().map(|(text, value)| (numbers(text), wanted(value))).collect()
}

#[test]
fn steps_are_found_and_rounded_as_aws_rounds_them() {
    let step = json!({"step": {
        "metric": "connections", "min": 1, "max": 100,
        "scale_out": {"threshold": 60, "adjust": "percent", "steps": [
            {"from": 0, "to": 10, "by": 10}, {"from": 10, "to": 20, "by": 20}, {"from": 20, "by": 30}]},
        "scale_in": {"threshold": 40, "adjust": "percent", "steps": [
            {"to": -20, "by": -30}, {"from": -20, "to": -10, "by": -10}]}}});
    for (numbers, wanted) in examples("A-STEP-a") {
        let [current, metric] = numbers[..] else { panic!("{numbers:?}") };
        let current = current as u32;
        let total = (metric * 1_000.0).round() as u64 * u64::from(current);
        let found = decide(&mut controller(step.clone()), 60, current, &spread(current, total));
        assert_eq!(found, wanted, "{numbers:?}");
    }
}

#[test]
fn target_tracking_is_proportional_outside_its_band() {
    for (numbers, wanted) in examples("A-TT-a") {
        let [current, metric, target] = numbers[..] else { panic!("{numbers:?}") };
        let current = current as u32;
        let mut tracking = controller(json!({"target_tracking": {
            "target": {"connections": target as u32}, "max": 100}}));
        let total = (metric * 1_000.0).round() as u64 * u64::from(current);
        let servers = spread(current, total);
        let found: Vec<u32> =
            (1..=15).map(|minute| decide(&mut tracking, minute * 60, current, &servers)).collect();
        assert_eq!(found[14], wanted, "{numbers:?}");
        let datapoints = found.iter().take_while(|found| **found == current).count();
        let alarm = if wanted > current { 2 } else { 14 };
        assert_eq!(datapoints, if wanted == current { 15 } else { alarm }, "{numbers:?}");
    }
}

fn amount(value: &Value) -> Amount {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn every_rolling_update_of_the_catalogue_is_met_look_by_look() {
    for case in ["a", "b", "c", "d", "e", "f", "i", "j"].map(|letter| format!("A-ROLL-{letter}")) {
        let (params, expected) = (&values()[&case]["params"], &values()[&case]["expected"]);
        let wanted = u32::try_from(params["replicas"].as_u64().unwrap()).unwrap();
        let limits =
            Limits::new(wanted, amount(&params["max_surge"]), amount(&params["max_unavailable"]));
        assert_eq!(
            json!([limits.surge, limits.unavailable]),
            json!([expected["surge"], expected["unavailable"]]),
            "{case}"
        );
        let mut sets = Sets { old: wanted, old_available: wanted, new: 0, new_available: 0 };
        let mut trace = vec![json!([sets.old, sets.new, sets.new_available])];
        let mut rounds = 0;
        while !is_done(limits, sets) {
            let sizes = next(limits, sets);
            if (sizes.old, sizes.new) == (sets.old, sets.new) {
                assert!(sets.new_available < sets.new, "{case} is stuck at {sets:?}");
                sets.new_available = sets.new;
                rounds += 1;
            } else {
                sets = Sets { old: sizes.old, old_available: sizes.old, new: sizes.new, ..sets };
            }
            trace.push(json!([sets.old, sets.new, sets.new_available]));
        }
        assert_eq!(Value::from(trace), expected["trace"], "{case}");
        assert_eq!(json!(rounds), expected["readiness_rounds"], "{case}");
    }
}
