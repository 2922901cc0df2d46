//! Runs shared among machines: merged, they are what one machine writes, or are refused.

mod damage; // files that are cut short, flipped, invented
mod dealing; // every run is in one shard, and shards weigh alike
mod merging; // the same bytes, the same table, the same verdict
mod refusals; // shards that make no whole, and what the command says of them

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::cli::{SMALL, files, ringstorm, text};

/// What a command did.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

fn say(folder: &Path, arguments: &[&str]) -> Said {
    let output = ringstorm(folder, arguments);
    Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// Runs a command that must not fail. What it printed.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let said = say(folder, arguments);
    assert_eq!(said.code, Some(0), "{arguments:?}: {}", said.err);
    said.out
}

/// A folder with this scenario in `small.json`.
fn folder_of(scenario: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("small.json"), scenario).unwrap();
    folder
}

/// Runs all shards of `small.json` but these. Their folders, in order.
fn shards(folder: &Path, count: u32, but: &[u32], more: &[&str]) -> Vec<String> {
    let run = |index: u32| {
        let shard = format!("{index}/{count}");
        done(folder, &[&["run", "small.json", "--quiet", "--shard", &shard], more].concat());
        format!("results/small-shard-{index}-of-{count}")
    };
    (1..=count).filter(|index| !but.contains(index)).map(run).collect()
}

/// Merges these; what the command did.
fn merge(folder: &Path, shards: &[String], more: &[&str]) -> Said {
    let shards: Vec<&str> = shards.iter().map(String::as_str).collect();
    say(folder, &[&["merge"], shards.as_slice(), more].concat())
}

/// A sweep of two points.
fn sweep() -> String {
    SMALL.replace(
        "\"replications\": 3,",
        "\"replications\": 2, \"sweep\": {\"clients.connected\": [100, 200]},",
    )
}

/// Clients that hear each other.
fn messages() -> String {
    SMALL.replace(
        "\"replications\": 3,",
        "\"replications\": 2, \"messaging\": {\"channels\": {\"count\": 20},
         \"publish\": {\"rate\": \"20/s\", \"per\": \"all\"}, \"history\": \"10s\"},",
    )
}

/// One budget that holds, one that does not, one that asks a baseline.
fn budgets() -> String {
    SMALL.replace(
        "\"replications\": 3,",
        "\"replications\": 3, \"budgets\": {\"ring\": {\"dropped\": {\"max\": 1000},
         \"imbalance_end\": {\"max\": 0.5}, \"attempts\": {\"max_increase\": \"5%\"}}},",
    )
}
