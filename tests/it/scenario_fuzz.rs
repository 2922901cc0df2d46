//! Whatever the text, it is read or refused: no panic, and every place lies in its text.

use std::path::Path;

use proptest::prelude::*;
use ringstorm::scenario::{Diagnostic, Overrides, read_text, render};

const SEEDS: [&str; 2] =
    [include_str!("../scenarios/scale-out.json"), include_str!("../scenarios/groups.json")];

/// Pieces that stress readers: quotes, brackets, escapes, odd characters, extreme quantities.
const PIECES: [&str; 24] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\",
    "\\u00",
    "\u{feff}",
    "é",
    "\u{202e}",
    "0",
    "-1",
    "1e308",
    "1e-320",
    "18446744073709551616",
    "null",
    "true",
    "\"36525d\"",
    "\"0s\"",
    "{\"count\": 0}",
    "\"never\"",
    "\u{0}",
];

fn try_read(text: &str, overrides: &Overrides) {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios"));
    if let Err(faults) = read_text("fuzz.json", text, folder, overrides) {
        assert!(!faults.is_empty());
        faults.iter().for_each(check_places);
        render::text(&faults, false);
        render::json_lines(&faults);
    }
}

fn check_places(fault: &Diagnostic) {
    for span in &fault.spans {
        assert!(span.source.text.get(span.range.clone()).is_some(), "{fault:?}");
    }
}

/// The text with some of its characters replaced by pieces.
fn mutated(text: &str, cuts: &[(usize, usize, usize)]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for &(at, length, piece) in cuts {
        let at = at % characters.len().max(1);
        let end = (at + length).min(characters.len());
        characters.splice(at.min(end)..end, PIECES[piece % PIECES.len()].chars());
    }
    characters.into_iter().collect()
}

/// The scenario with one value, anywhere, replaced by another.
fn replaced(value: &mut serde_json::Value, place: &mut usize, by: &serde_json::Value) {
    if *place == 0 {
        *value = by.clone();
    }
    *place = place.wrapping_sub(1);
    match value {
        serde_json::Value::Object(fields) => {
            for value in fields.values_mut() {
                replaced(value, place, by);
            }
        }
        serde_json::Value::Array(elements) => {
            for value in elements {
                replaced(value, place, by);
            }
        }
        _ => {}
    }
}

fn any_value() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "[0-9]{1,4}(ns|us|ms|s|m|h|d|/s|%)".prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
        Just(serde_json::json!({})),
        Just(serde_json::json!([])),
        Just(serde_json::json!([{}])),
        Just(serde_json::json!({"exponential": {"mean": "1ns"}})),
        Just(serde_json::json!({"count": 1, "pick": "random"})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        try_read(&text, &Overrides::default());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        try_read(&String::from_utf8_lossy(&bytes), &Overrides::default());
    }

    #[test]
    fn a_scenario_with_damaged_text_is_read_or_refused(
        seed in 0..SEEDS.len(),
        cuts in proptest::collection::vec((any::<usize>(), 0_usize..20, any::<usize>()), 1..4),
    ) {
        try_read(&mutated(SEEDS[seed], &cuts), &Overrides::default());
    }

    #[test]
    fn a_scenario_with_any_value_anywhere_is_read_or_refused(
        seed in 0..SEEDS.len(), place in 0_usize..120, value in any_value(),
    ) {
        let mut scenario: serde_json::Value = serde_json::from_str(SEEDS[seed]).expect("it is JSON");
        let mut place = place;
        replaced(&mut scenario, &mut place, &value);
        try_read(&scenario.to_string(), &Overrides::default());
    }

    #[test]
    fn any_set_is_applied_or_refused(
        path in "(clients|policies|servers|events|sweep|[a-z]{1,3}|\\PC)(\\[(0|1|ring|\\PC{0,3})\\]|\\.[a-z_]{1,9}|\\PC){0,4}",
        value in "\\PC{0,20}",
    ) {
        let set = vec![format!("{path}={value}"), path];
        try_read(SEEDS[0], &Overrides { set, ..Overrides::default() });
    }

    #[test]
    fn any_sweep_is_read_or_refused(path in "\\PC{0,20}", values in proptest::collection::vec(any_value(), 0..4)) {
        let mut scenario: serde_json::Value = serde_json::from_str(SEEDS[0]).expect("it is JSON");
        scenario["sweep"] = serde_json::json!({path: values, "servers.count": [1, 2]});
        try_read(&scenario.to_string(), &Overrides::default());
    }
}
