//! The command: what a run leaves and says, and what is refused.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{SMALL, files, ringstorm, text};

/// `small.json`, whose number of replications is this.
fn folder(replications: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let scenario =
        SMALL.replace("\"replications\": 3", &format!("\"replications\": {replications}"));
    fs::write(folder.path().join("small.json"), scenario).unwrap();
    folder
}

/// Runs a command that must end with this code: what it printed, and its errors.
fn say(folder: &Path, code: i32, arguments: &[&str]) -> (String, String) {
    let output = ringstorm(folder, arguments);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}{err}");
    (out, err)
}

fn run(folder: &Path, more: &[&str]) -> String {
    say(folder, 0, &[&["run", "small.json", "--charts", "none"], more].concat()).0
}

fn json(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

/// One line, as no width breaks it.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// How `replications` is written: to within this share, at most so often.
fn until(metric: &str, share: f64, at_most: u32) -> String {
    format!(
        r#"{{"until": {{"metric": "{metric}", "relative_half_width": {share}}}, "at_most": {at_most}}}"#
    )
}

#[test]
fn a_run_ends_where_the_metric_is_known_and_says_so_everywhere() {
    let folder = folder(&until("recovery_time", 0.02, 60));
    let out = line(&run(folder.path(), &[]));
    // 10 were not enough. Round robin drops nobody, so there is nothing to recover from.
    assert!(out.contains("Seed 1, 15 replications."), "{out}");
    let said = "Replications went on, to 60 at most, until recovery_time was known to within 2% \
                under every policy that has one. Without one: round robin.";
    assert!(out.contains(said), "{out}");
    let results = folder.path().join("results/small");
    for name in ["summary.json", "manifest.json"] {
        let file = json(&results, name);
        assert_eq!(file["replications"], 15, "{name}");
        let until = serde_json::json!({"metric": "recovery_time", "relative_half_width": 0.02,
            "at_most": 60, "reached": true});
        assert_eq!(file["until"], until, "{name}");
    }
    let page = fs::read_to_string(results.join("report.md")).unwrap();
    assert!(page.contains("until recovery\\_time was known to within 2%"), "{page}");
    let metrics = &json(&results, "summary.json")["points"][0]["policies"][1]["metrics"];
    let recovery = &metrics["recovery_time"];
    assert_eq!(recovery["values"].as_array().unwrap().len(), 15);
    let [low, high] = [0, 1].map(|end| recovery["ci95"][end].as_f64().unwrap());
    assert!((high - low) / 2.0 <= 0.02 / 1.02 * recovery["mean"].as_f64().unwrap());
}

#[test]
fn the_bytes_are_the_same_whatever_the_threads_and_drawn_again() {
    let folder = folder(&until("recovery_time", 0.02, 60));
    let said = ["1", "2", "7"].map(|threads| {
        run(folder.path(), &["--threads", threads, "--out", threads]).replace(threads, "N")
    });
    assert!(said[0].lines().zip(said[1].lines()).any(|(one, two)| one == two));
    let one = files(&folder.path().join("1"));
    assert!(files(&folder.path().join("2")) == one && files(&folder.path().join("7")) == one);
    say(folder.path(), 0, &["report", "1", "--out", "again"]);
    let pages = ["1", "again"].map(|name| json(&folder.path().join(name), "manifest.json"));
    assert_eq!(pages[0]["until"], pages[1]["until"]);
    let html = fs::read_to_string(folder.path().join("again/report.html")).unwrap();
    assert!(html.contains("<dt>Replications</dt><dd>Replications went on, to 60 at most"), "page");
}

#[test]
fn a_number_on_the_command_line_gives_the_same_runs_as_were_found() {
    let folder = folder(&until("recovery_time", 0.02, 60));
    run(folder.path(), &["--out", "found"]);
    run(folder.path(), &["--out", "given", "--replications", "15"]);
    let read = |name: &str| json(&folder.path().join(name), "summary.json");
    let (found, given) = (read("found"), read("given"));
    assert_eq!(found["points"], given["points"]);
    assert_eq!(given["until"], Value::Null);
    // Comparisons, and baselines, read either.
    let (out, _) = say(folder.path(), 0, &["compare", "found", "given"]);
    assert!(line(&out).contains("paired by replication (15 pairs"), "{out}");
    say(folder.path(), 0, &["promote", "found"]);
    say(folder.path(), 0, &["compare", "baselines/small.json", "found"]);
}

#[test]
fn what_was_not_reached_is_said_with_what_would_do() {
    let folder = folder(&until("dropped", 0.03, 60));
    let out = line(&run(folder.path(), &[]));
    let warning = "Replications ended at 60, the most allowed, before dropped was known to \
                   within 3%: ring ±3.65% of its mean, where ±2.91% is enough. About 95 would do.";
    assert!(out.contains(warning) && !out.contains("went on"), "{out}");
    let results = folder.path().join("results/small");
    assert_eq!(json(&results, "summary.json")["until"]["reached"], false);
    assert!(fs::read_to_string(results.join("report.md")).unwrap().contains(warning));
    // And they do.
    let out = run(folder.path(), &["--set", "replications.at_most=100"]);
    assert!(line(&out).contains("Seed 1, 95 replications."), "{out}");
}

#[test]
fn a_time_that_the_end_cut_off_is_not_waited_for() {
    let folder = folder(&until("time_to_balance", 0.1, 60));
    let out = line(&run(folder.path(), &[]));
    let warning = "The end of the run cut off time_to_balance in some of 10 runs, so that no \
                   number of replications makes it known, under round robin (10) and ring (8).";
    assert!(out.contains(warning) && out.contains("Seed 1, 10 replications."), "{out}");
    let summary = json(&folder.path().join("results/small"), "summary.json");
    assert_eq!(summary["until"]["reached"], false);
}

#[test]
fn a_metric_that_no_policy_has_is_an_error_that_names_it() {
    let folder = folder(&until("delivery_p50", 0.1, 60));
    let (_, err) = say(folder.path(), 2, &["run", "small.json"]);
    let message = "`small` runs until `delivery_p50` is known, but none of its first 10 \
                   replications has it under any policy";
    assert!(err.contains(message), "{err}");
    assert!(!folder.path().join("results").exists(), "nothing is left");
}

#[test]
fn all_points_of_a_sweep_get_as_many() {
    let folder = folder(r#"{"until": {"metric": "dropped", "half_width": 3}}"#);
    let sweep = r#"sweep={"clients.connected": [20, 200]}"#;
    run(folder.path(), &["--set", sweep, "--out", "both"]);
    run(folder.path(), &["--set", "clients.connected=20", "--out", "one"]);
    let read = |name: &str| json(&folder.path().join(name), "summary.json");
    let (both, one) = (read("both"), read("one"));
    assert_eq!((&both["replications"], &one["replications"]), (&45.into(), &10.into()));
    for point in both["points"].as_array().unwrap() {
        let values = &point["policies"][1]["metrics"]["dropped"]["values"];
        assert_eq!(values.as_array().unwrap().len(), 45);
    }
}

#[test]
fn shards_and_searches_need_a_number() {
    let folder = folder(&until("dropped", 0.1, 60));
    let (_, err) = say(folder.path(), 2, &["run", "small.json", "--shard", "1/2"]);
    assert!(err.contains("give a number with `--replications`"), "{err}");
    say(folder.path(), 0, &["run", "small.json", "--shard", "1/2", "--replications", "2"]);
    let find = r#"find={"vary": "clients.connected", "between": [100, 200], "precision": 50,
        "where": {"metric": "dropped", "rises_above": 50}}"#;
    let (_, err) = say(folder.path(), 2, &["find", "small.json", "--set", find]);
    assert!(err.contains("a search needs a number of replications"), "{err}");
    say(folder.path(), 0, &["find", "small.json", "--set", find, "--replications", "2"]);
}

#[test]
fn check_says_how_many_may_run_at_most() {
    let folder = folder(&until("dropped", 0.07, 60));
    let (out, _) = say(folder.path(), 0, &["check", "small.json"]);
    let said = "at most 120 runs (10 to 60 replications, until dropped is known to within 7%)";
    assert!(out.contains(said), "{out}");
    let set = r#"replications={"until": {"metric": "recovery_time", "half_width": 0.5}}"#;
    let (out, _) = say(folder.path(), 0, &["check", "small.json", "--set", set]);
    let said = "at most 400 runs (10 to 200 replications, until recovery_time is known to within \
                0.5 s)";
    assert!(out.contains(said), "{out}");
}
