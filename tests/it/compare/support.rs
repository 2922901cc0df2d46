//! Records made in memory, and the command in a folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use ringstorm::compare::{Comparison, Record, Row};
use ringstorm::model;
use ringstorm::scenario::{Overrides, read_text};
use ringstorm::stats::{Results, Run, complete, outline};
use tempfile::TempDir;

/// Four servers, a fifth joins: the ring moves at a pace, `drop all` makes a storm.
pub const GATE: &str = r#"{
  "name": "gate", "replications": 10, "duration": "40s",
  "clients": {
    "connected": 1000, "presence": {"exponential": {"mean": "10m"}},
    "arrivals": {"poisson": {"rate": "steady"}},
    "reconnect": {"exponential": {"base": "10s", "factor": 2, "cap": "30s", "jitter": "full"}}
  },
  "servers": {"count": 4, "handshake": {"workers": 4, "cost": "1ms"}},
  "policies": [
    {"name": "ring", "balance": {"ring": {"virtual_nodes": 160}},
     "rebalance": {"moved": {"pace": "4/s"}}, "reconnect": "immediate"},
    {"name": "drop all", "balance": "round_robin", "rebalance": "drop_all"}
  ],
  "events": [{"at": "5s", "add": 1}]
}"#;

/// The results of a scenario with some fields changed.
pub fn results(text: &str, set: &[&str], seed: u64) -> Results {
    let set = set.iter().map(|set| (*set).to_owned()).collect();
    let overrides = Overrides { set, seed: Some(seed), ..Overrides::default() };
    let plan = read_text("scenario.json", text, Path::new(""), &overrides).unwrap();
    let runs = model::run_all(&plan, Run::of).map_err(|(_, broken)| broken).unwrap();
    complete(outline(&plan), runs.into_iter().map(|(_, run)| run).collect())
}

pub fn record(text: &str, set: &[&str], seed: u64) -> Record {
    Record::of(&results(text, set, seed))
}

/// The record with these values of a metric of `drop all`; those that are missing were cut off.
pub fn with_values(record: &Record, metric: &str, values: &[Option<f64>]) -> Record {
    let mut record = record.clone();
    let metrics = &mut record.points[0].policies[1].metrics;
    let found = metrics.iter_mut().find(|found| found.metric.name == metric).unwrap();
    let cut = (0..).zip(values).filter(|(_, value)| value.is_none());
    found.cut_off = cut.map(|(run, _)| run).collect();
    found.values = values.to_vec();
    record
}

/// The row of a policy's metric.
pub fn row<'a>(comparison: &'a Comparison, policy: &str, metric: &str) -> &'a Row {
    let mut rows = comparison.rows.iter();
    rows.find(|row| row.policy == policy && row.metric.name == metric).unwrap()
}

/// What a command did.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs the command in a folder.
pub fn ringstorm(folder: &Path, arguments: &[&str]) -> Said {
    let output = Command::new(cargo_bin!("ringstorm"))
        .args(arguments)
        .current_dir(folder)
        .env("GITHUB_STEP_SUMMARY", folder.join("step.md"))
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A folder with `gate.json` in it.
pub fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("gate.json"), GATE).unwrap();
    folder
}

/// Runs the gate's scenario with some fields changed into `out`.
pub fn run(folder: &Path, out: &str, changes: &[&str]) {
    let mut arguments = vec!["run", "gate.json", "--charts", "none", "--quiet", "--out", out];
    arguments.extend(changes);
    let said = ringstorm(folder, &arguments);
    assert_eq!(said.code, Some(0), "{}", said.err);
}
