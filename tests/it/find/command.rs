//! `ringstorm find` as people and scripts meet it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

/// Two servers that do 100 handshakes a second, and clients that are impatient to different
/// degrees.
const LIMIT: &str = r#"{
  "name": "limit", "description": "How many may be cut off at once?",
  "replications": 6, "duration": "2m",
  "clients": {"connected": 1000, "presence": {"exponential": {"mean": "1h"}}, "connect_timeout": "2s", "reconnect": "socket.io"},
  "servers": {"count": 2, "accept_queue": 4096, "handshake": {"workers": 1, "cost": {"exponential": {"mean": "20ms"}}, "abandoned": "served"}},
  "policies": [
    {"name": "each second", "balance": "round_robin", "reconnect": {"fixed": {"delay": "1s"}}},
    {"name": "socket.io", "balance": "ring"},
    {"name": "spread", "balance": "round_robin", "reconnect": {"exponential": {"base": "1s", "cap": "60s", "jitter": "full"}}}
  ],
  "events": [{"at": "5s", "disconnect": {"fraction": 0.5}}],
  "find": {
    "vary": "events[0].disconnect.fraction", "between": [0, 1],
    "where": {"metric": "recovered", "falls_below": 0.5}, "precision": 0.01
  }
}
"#;

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("limit.json"), LIMIT).unwrap();
    folder
}

fn ringstorm(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(cargo_bin!("ringstorm")).args(arguments).current_dir(folder).output().unwrap()
}

/// What a command prints, which succeeds and says nothing else.
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = ringstorm(folder, arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_answer_is_a_table_that_says_what_was_asked_and_what_limits_it() {
    let folder = folder();
    assert_snapshot!("table", printed(folder.path(), &["find", "limit.json"]));
}

#[test]
fn what_misleads_is_warned_of() {
    let folder = folder();
    // The other way round: more servers recover.
    let find = r#"find={"vary": "servers.count", "between": [1, 8], "precision": 1,
        "where": {"metric": "recovered", "falls_below": 0.5}}"#;
    let lost = "events[0].disconnect.fraction=1";
    let arguments = ["find", "limit.json", "--replications", "3", "--set", find, "--set", lost];
    assert_snapshot!("other-way-round", printed(folder.path(), &arguments));
    // Nobody was watched for as long as it is asked.
    let find = r#"find={"vary": "servers.handshake.cost.exponential.mean", "between": ["1ms", "80ms"],
        "precision": "1ms", "where": {"metric": "recovery_time", "rises_above": 300}}"#;
    let arguments = ["find", "limit.json", "--replications", "6", "--set", find];
    assert_snapshot!("cut-off-times", printed(folder.path(), &arguments));
}

#[test]
fn scripts_get_every_replication_and_spreadsheets_a_row_a_policy() {
    let folder = folder();
    let json = printed(folder.path(), &["find", "limit.json", "--format", "json"]);
    let found: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(found["vary"], "events[0].disconnect.fraction");
    assert_eq!(found["where"]["falls_below"], 0.5);
    let policies = found["policies"].as_array().unwrap();
    assert_eq!(policies.len(), 3);
    for policy in policies {
        let brackets = policy["brackets"].as_array().unwrap();
        assert_eq!(brackets.len(), 6);
        let cut_off = brackets.iter().filter(|bracket| bracket[1].is_null()).count();
        assert_eq!(policy["above"], cut_off);
        assert_eq!(policy["mean"].is_null(), cut_off > 0);
    }
    let csv = printed(folder.path(), &["find", "limit.json", "--format", "csv", "--quiet"]);
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(csv.as_bytes()).records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 3);
    for (row, policy) in rows.iter().zip(policies) {
        assert_eq!(&row[0], policy["policy"].as_str().unwrap());
        assert_eq!(row[2].parse::<f64>().ok(), policy["mean"].as_f64());
        assert_eq!(row[10].parse::<u64>().ok(), policy["runs"].as_u64());
    }
}

#[test]
fn the_number_of_threads_and_the_memory_change_no_byte() {
    let folder = folder();
    let find = |arguments: &[&str]| {
        let all = [&["find", "limit.json", "--format", "json"], arguments].concat();
        printed(folder.path(), &all)
    };
    let one = find(&["--threads", "1"]);
    assert_eq!(one, find(&["--threads", "2"]));
    assert_eq!(one, find(&["--threads", "7"]));
    assert_eq!(one, find(&["--memory", "25MB"]));
    // A policy is searched alone as it is among others.
    let alone: Value = serde_json::from_str(&find(&["--policy", "socket.io"])).unwrap();
    let all: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(alone["policies"][0], all["policies"][1]);
    assert_ne!(one, find(&["--seed", "2"]));
}

#[test]
fn what_does_not_fit_into_memory_is_refused_before_anything_is_run() {
    let folder = folder();
    let refused = ringstorm(folder.path(), &["find", "limit.json", "--memory", "1MB"]);
    assert_eq!(refused.status.code(), Some(3));
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(text.contains("a run of `limit` needs up to"), "{text}");
}

#[test]
fn a_scenario_without_a_search_and_one_that_is_wrong_end_with_2() {
    let folder = folder();
    let plain = LIMIT.split(",\n  \"find\"").next().unwrap().to_owned() + "\n}\n";
    fs::write(folder.path().join("plain.json"), plain).unwrap();
    let none = ringstorm(folder.path(), &["find", "plain.json"]);
    assert_eq!(none.status.code(), Some(2));
    assert_snapshot!("nothing-to-find", String::from_utf8(none.stderr).unwrap());
    let wrong = ringstorm(folder.path(), &["find", "limit.json", "--set", "find.precision=0"]);
    assert_eq!(wrong.status.code(), Some(2));
    let missing = ringstorm(folder.path(), &["find", "limits.json"]);
    assert_eq!(missing.status.code(), Some(3));
    let several = ringstorm(folder.path(), &["find", "limit.json", "plain.json"]);
    assert_eq!(several.status.code(), Some(2));
}

#[test]
fn a_check_says_how_many_runs_it_takes_at_most_and_a_run_runs_the_scenario_as_it_stands() {
    let folder = folder();
    assert_snapshot!("check", printed(folder.path(), &["check", "limit.json"]));
    let run = |scenario: &str, out: &str| {
        printed(folder.path(), &["run", scenario, "--charts", "none", "--out", out, "--quiet"]);
        fs::read(folder.path().join(out).join("summary.json")).unwrap()
    };
    let plain = LIMIT.split(",\n  \"find\"").next().unwrap().to_owned() + "\n}\n";
    fs::write(folder.path().join("plain.json"), plain).unwrap();
    assert_eq!(run("limit.json", "with"), run("plain.json", "without"));
}

#[test]
fn a_metric_that_no_run_has_is_no_answer() {
    let folder = folder();
    let metric = r#"find.where={"metric": "lost_messages", "rises_above": 1}"#;
    let none = ringstorm(
        folder.path(),
        &[
            "find",
            "limit.json",
            "--set",
            metric,
            "--set",
            "find.precision=0.5",
            "--replications",
            "1",
        ],
    );
    assert_eq!((none.status.code(), none.stdout.len()), (Some(2), 0));
    assert_eq!(
        String::from_utf8(none.stderr).unwrap(),
        "error: `limit` asks where `lost_messages` tips, but none of its 6 runs has it under any \
         policy; `ringstorm metrics` says what it is about\n"
    );
}
