//! The command: planted regressions, broken files, exit codes.

use std::fs;

use serde_json::Value;

use super::support::{GATE, Said, folder, ringstorm, run};

/// Compares and reads the JSON: what it said, and (verdict, new mean / base mean) of a metric.
fn verdict(folder: &std::path::Path, new: &str, policy: &str, metric: &str) -> (Said, String, f64) {
    let said = ringstorm(folder, &["compare", "base", new, "--format", "json"]);
    let parsed: Value = serde_json::from_str(&said.out).unwrap();
    let rows = parsed["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["policy"] == policy && row["metric"] == metric).unwrap();
    let ratio = row["new"]["mean"].as_f64().unwrap() / row["base"]["mean"].as_f64().unwrap();
    (said, row["verdict"].as_str().unwrap().to_owned(), ratio)
}

#[test]
fn planted_regressions_are_found_by_name_with_the_right_size() {
    let folder = folder();
    let path = folder.path();
    run(path, "base", &["--replications", "30"]);

    // The shares of a ring scatter by 1 / sqrt(points), 8% and 22%, beside the 7% that chance
    // gives among the 200 clients of each server: 11% and 23%.
    let points = "policies[ring].balance.ring.virtual_nodes=20";
    run(path, "points", &["--replications", "30", "--set", points]);
    let (said, word, ratio) = verdict(path, "points", "ring", "imbalance_cv");
    assert_eq!((said.code, word.as_str()), (Some(1), "worse"), "{}", said.err);
    assert!((1.6..2.8).contains(&ratio), "{ratio}");

    // Twice the pace, twice the attempts in the busiest second, but for those of every day.
    run(path, "pace", &["--set", "policies[ring].rebalance.moved.pace=8/s"]);
    let (said, word, ratio) = verdict(path, "pace", "ring", "peak_attempt_rate");
    assert_eq!((said.code, word.as_str()), (Some(1), "worse"), "{}", said.err);
    assert!((1.6..2.2).contains(&ratio), "{ratio}");

    // A thousand clients within 10 s, or all of them after exactly 10 s.
    run(path, "jitter", &["--set", "clients.reconnect.exponential.jitter=none"]);
    let (said, word, ratio) = verdict(path, "jitter", "drop all", "peak_attempt_rate");
    assert_eq!((said.code, word.as_str()), (Some(1), "worse"), "{}", said.err);
    assert!((6.0..10.5).contains(&ratio), "{ratio}");
    let text = ringstorm(path, &["compare", "base", "jitter"]);
    let line = text.out.lines().find(|line| line.contains("peak_attempt_rate")).unwrap();
    assert!(line.starts_with("drop all"), "{}", text.out);
    assert_eq!(ringstorm(path, &["compare", "base", "jitter", "--fail-on", "never"]).code, Some(0));

    run(path, "queue", &["--replications", "30", "--set", "servers.accept_queue=5000"]);
    let said = ringstorm(path, &["compare", "base", "queue", "--fail-on", "any-change"]);
    assert_eq!(said.code, Some(0), "{}", said.out);
    assert!(said.out.contains("the results are the same, value for value"), "{}", said.out);
}

#[test]
fn a_promoted_baseline_stands_for_its_results() {
    let folder = folder();
    let path = folder.path();
    run(path, "base", &["--replications", "4"]);
    run(path, "new", &["--replications", "4", "--set", "policies[ring].rebalance.moved.pace=40/s"]);
    let said = ringstorm(path, &["promote", "base", "--threshold", "50%"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let text = fs::read_to_string(path.join("baselines/gate.json")).unwrap();
    let said = ringstorm(path, &["compare", "baselines/gate.json", "base/summary.json"]);
    assert!(said.out.contains("the same results, value for value"), "{}", said.out);
    let json = ["compare", "baselines/gate.json", "new", "--format", "json"];
    let said = ringstorm(path, &json);
    assert_eq!(said.code, Some(1));
    let threshold =
        |said: &Said| serde_json::from_str::<Value>(&said.out).unwrap()["threshold"].clone();
    assert_eq!(threshold(&said), 0.5, "the baseline's own");
    let said = ringstorm(path, &[&json[..], &["--threshold", "9%"]].concat());
    assert_eq!(threshold(&said), 0.09);

    // Small and made for diffs: one metric a line, in the order of names.
    assert!(text.len() < fs::read(path.join("base/summary.json")).unwrap().len());
    let names: Vec<&str> =
        text.lines().filter(|line| line.starts_with("     \"")).map(|line| &line[6..]).collect();
    let half = names.len() / 2;
    assert!(names[..half].is_sorted() && names.len() > 40, "{names:?}");
    ringstorm(path, &["promote", "base", "--threshold", "50%"]);
    assert_eq!(fs::read_to_string(path.join("baselines/gate.json")).unwrap(), text);
    ringstorm(path, &["promote", "new", "--threshold", "50%"]);
    let after = fs::read_to_string(path.join("baselines/gate.json")).unwrap();
    let changed = text.lines().zip(after.lines()).filter(|(a, b)| a != b).count();
    assert!(changed > 1 && changed < half + 3, "{changed} lines: the digest and the ring's");
}

#[test]
fn what_cannot_be_compared_ends_with_2_and_the_reason() {
    let folder = folder();
    let path = folder.path();
    run(path, "base", &["--replications", "3"]);
    run(path, "world", &["--replications", "3", "--set", "clients.connected=900"]);
    let text = fs::read_to_string(path.join("base/summary.json")).unwrap();
    fs::create_dir(path.join("empty")).unwrap();
    let whole = |from: &str, to: &str| {
        assert!(text.contains(from));
        text.replacen(from, to, 1)
    };
    for (name, text) in [
        ("cut.json", text[..text.len() / 2].to_owned()),
        ("old.json", whole("{\"format\": 1", "{\"format\": 0")),
        ("foreign.json", "{\"results\": []}".to_owned()),
        ("worldless.json", whole("\"world\": {", "\"whirled\": {")),
        ("valueless.json", whole("\"values\": [", "\"valves\": [")),
        ("short.json", whole("\"replications\": 3", "\"replications\": 4")),
        ("metric.json", whole("\"imbalance\": {", "\"embalance\": {")),
        ("name.json", whole("\"name\": \"gate\"", "\"name\": \"gait\"")),
    ] {
        fs::write(path.join(name), text).unwrap();
    }
    for (base, code, reason) in [
        ("cut.json", 2, "not valid JSON"),
        ("old.json", 2, "format 0"),
        ("foreign.json", 2, "no `format`"),
        ("worldless.json", 2, "missing field `world`"),
        ("valueless.json", 2, "missing field `values`"),
        ("short.json", 2, "in 4 replications"),
        ("metric.json", 2, "`embalance`"),
        ("name.json", 2, "`gait` and `gate`"),
        ("world", 2, "`clients[0].connected` was 900 and is 1000"),
        ("empty", 2, "no summary.json"),
        ("nowhere", 3, "cannot read"),
    ] {
        for format in ["text", "junit"] {
            let said = ringstorm(path, &["compare", base, "base", "--format", format]);
            assert_eq!(said.code, Some(code), "{base}: {}", said.err);
            assert!(said.err.contains(reason), "{base}: {}", said.err);
            assert_eq!(said.out, "");
        }
    }
    assert_eq!(ringstorm(path, &["compare", "base", "base", "--threshold", "x"]).code, Some(2));
    assert!(GATE.contains("\"connected\": 1000"));
}
