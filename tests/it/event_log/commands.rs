//! `replay`, `client` and `run --trace` as people and scripts meet them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{SMALL, files, folder, ringstorm, text};

/// What a command prints that must succeed.
fn printed(folder: &TempDir, arguments: &[&str]) -> String {
    let output = ringstorm(folder.path(), arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "", "{arguments:?}");
    text(&output.stdout)
}

const RING: [&str; 4] = ["replay", "small.json", "--policy", "ring"];

fn replayed(folder: &TempDir, more: &[&str]) -> String {
    printed(folder, &[&RING, more].concat())
}

/// The entries of JSON lines, without the line that says what they are of.
fn entries(lines: &str) -> Vec<Value> {
    lines.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_log_reads_as_a_story() {
    let folder = folder();
    let of_one = ["--client", "c124"];
    insta::assert_snapshot!("log-of-a-client", replayed(&folder, &of_one));
    let of_servers = ["--server", "s3", "--from", "20s", "--until", "21s", "--limit", "12"];
    insta::assert_snapshot!("log-of-a-server", replayed(&folder, &of_servers));
}

#[test]
fn what_is_asked_for_is_a_part_of_the_whole_in_its_order() {
    let folder = folder();
    let jsonl = ["--format", "jsonl"];
    let whole = entries(&replayed(&folder, &jsonl));
    assert!(whole.len() > 500, "{}", whole.len());
    let part = |more: &[&str], belongs: &dyn Fn(&Value) -> bool| {
        let found = entries(&replayed(&folder, &[&jsonl, more].concat()));
        let expected: Vec<Value> = whole.iter().filter(|entry| belongs(entry)).cloned().collect();
        assert!(!found.is_empty() && found.len() < whole.len());
        assert_eq!(found, expected, "{more:?}");
    };
    part(&["--client", "7", "--client", "c3"], &|entry| {
        entry["client"] == "c7" || entry["client"] == "c3"
    });
    part(&["--server", "s3"], &|entry| entry["server"] == "s3");
    part(&["--from", "20s", "--until", "30s"], &|entry| {
        (20.0..=30.0).contains(&entry["t_s"].as_f64().unwrap())
    });
}

#[test]
fn a_limit_ends_the_log_and_says_so() {
    let folder = folder();
    let lines = replayed(&folder, &["--format", "jsonl", "--limit", "3"]);
    let found = entries(&lines);
    assert_eq!(found.len(), 4);
    assert_eq!(found[3], serde_json::json!({"kind": "cut_off", "entries": 3}));
    assert!(replayed(&folder, &["--limit", "3"]).ends_with("\ncut off after 3 entries\n"));
}

#[test]
fn a_log_goes_into_a_file_whole_or_not_at_all() {
    let folder = folder();
    let shown = replayed(&folder, &[]);
    assert_eq!(replayed(&folder, &["--out", "log.txt"]), "");
    assert_eq!(fs::read_to_string(folder.path().join("log.txt")).unwrap(), shown);
    let refused = [&RING[..], &["--client", "c9999", "--out", "none.txt"]].concat();
    assert_eq!(ringstorm(folder.path(), &refused).status.code(), Some(2));
    let missing = [&RING[..], &["--out", "no/where.txt"]].concat();
    assert_eq!(ringstorm(folder.path(), &missing).status.code(), Some(3));
    assert_eq!(files(folder.path()).len(), 2);
}

#[test]
fn who_has_read_enough_of_a_log_may_go() {
    let folder = folder();
    let mut child = Command::new(cargo_bin!("ringstorm"))
        .args(RING)
        .args(["--set", "clients.connected=20000"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("small, ring, replication 0"));
    drop(lines);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn a_trace_is_the_logs_of_all_policies_and_changes_no_result() {
    let folder = folder();
    let run = ["run", "small.json", "--charts", "none", "--quiet"];
    printed(&folder, &[&run[..], &["--out", "plain"]].concat());
    printed(&folder, &[&run[..], &["--out", "traced", "--trace", "trace.jsonl"]].concat());
    let below = |name: &str| files(&folder.path().join(name));
    assert_eq!(below("plain"), below("traced"));
    let log = |policy: &str| {
        let replay = ["replay", "small.json", "--policy", policy, "--format", "jsonl"];
        printed(&folder, &replay)
    };
    let trace = fs::read_to_string(folder.path().join("trace.jsonl")).unwrap();
    assert!(trace == log("round robin") + &log("ring"));
}

#[test]
fn a_trace_is_refused_where_it_makes_no_sense() {
    let folder = folder();
    let refused = |more: &[&str], expected: &str| {
        let output = ringstorm(folder.path(), &[&["run", "small.json"], more].concat());
        assert_eq!(output.status.code(), Some(2), "{more:?}");
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
        assert_eq!(files(folder.path()).len(), 1, "nothing is written");
    };
    refused(&["--trace", "t", "--shard", "1/2"], "`--trace` and `--shard` exclude each other");
    refused(&["--trace", "-"], "`ringstorm replay` writes a log there");
    refused(&["--trace", "out/t", "--out", "out"], "outside of the results' folder");
}

#[test]
fn the_life_of_a_client_is_told_side_by_side() {
    let folder = folder();
    insta::assert_snapshot!("life", printed(&folder, &["client", "small.json", "c124"]));
    let json = printed(&folder, &["client", "small.json", "7", "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["client"], "c7");
    let policies = json["policies"].as_array().unwrap();
    let came: Vec<&Value> = policies.iter().map(|policy| &policy["entries"][0]).collect();
    assert_eq!(came[0]["kind"], "came");
    assert_eq!(came[0], came[1], "the same client under each policy");
    let log = entries(&replayed(&folder, &["--client", "c7", "--format", "jsonl"]));
    assert_eq!(policies[1]["entries"].as_array().unwrap(), &log);
}

#[test]
fn what_there_is_not_is_said_with_what_there_is() {
    let folder = folder();
    let sweep =
        r#""sweep": {"servers.count": [2, 3], "clients.reconnect": ["socket.io", "never"]},"#;
    let swept = SMALL.replace("\"replications\"", &format!("{sweep}\"replications\""));
    fs::write(folder.path().join("swept.json"), swept).unwrap();
    let mut said = String::new();
    for arguments in [
        &["replay", "small.json"][..],
        &["replay", "small.json", "--policy", "rign"],
        &["replay", "small.json", "--policy", "ring", "--replication", "3"],
        &["replay", "small.json", "--policy", "ring", "--client", "c999"],
        &["replay", "small.json", "--policy", "ring", "--server", "s9"],
        &["replay", "small.json", "--policy", "ring", "--client", "s3"],
        &["replay", "small.json", "--policy", "ring", "--at", "servers.count=3"],
        &["replay", "small.json", "--policy", "ring", "--from", "20m"],
        &["replay", "small.json", "--policy", "ring", "--from", "50s", "--until", "10s"],
        &["client", "small.json", "c0"],
        &["client", "small.json", "c999"],
        &["client", "swept.json", "c1"],
        &["client", "swept.json", "c1", "--at", "servers.count=3"],
        &["client", "swept.json", "c1", "--at", "servers.count=4"],
    ] {
        let output = ringstorm(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        said += &format!("$ ringstorm {}\n{}\n", arguments.join(" "), text(&output.stderr));
    }
    insta::assert_snapshot!("refusals", said);
    let both = ["--at", "servers.count=3", "--at", "clients.reconnect=never"];
    let told = printed(&folder, &[&["client", "swept.json", "c1"][..], &both].concat());
    assert!(told.contains("at servers.count = 3, clients.reconnect = \"never\""), "{told}");
}

#[test]
fn a_point_is_named_in_any_unit_that_a_scenario_could_have_used() {
    let folder = folder();
    let sweep = r#""network": {"loss": 0},
        "sweep": {"network.loss": [0, 0.05], "clients.connect_timeout": ["60s", "5s"]},"#;
    let swept = SMALL.replace("\"replications\"", &format!("{sweep}\"replications\""));
    fs::write(folder.path().join("swept.json"), swept).unwrap();
    let at = |loss: &str, timeout: &str| {
        printed(&folder, &["client", "swept.json", "c1", "--at", loss, "--at", timeout])
    };
    let exact = at("network.loss=0.05", "clients.connect_timeout=60s");
    assert_eq!(at("network.loss=5%", "clients.connect_timeout=1m"), exact);
    let other = ["client", "swept.json", "c1", "--at", "network.loss=6%"];
    assert_eq!(ringstorm(folder.path(), &other).status.code(), Some(2));
}
