//! The scenario that lies in results runs again from there, and finds the same.

use std::fs;
use std::path::Path;

use ringstorm::scenario::{Overrides, read_text};
use serde_json::Value;
use tempfile::TempDir;

use super::cli::{SMALL, files, ringstorm, text};

/// Runs `small.json`, then `scenario.json` of its results: the same files. What the second lies
/// in, as JSON.
fn again(folder: &Path, arguments: &[&str], between: impl FnOnce()) -> Value {
    let run = |scenario: &str, out: &str, more: &[&str]| {
        let all = [&["run", scenario, "--charts", "none", "--quiet", "--out", out], more].concat();
        let output = ringstorm(folder, &all);
        assert_eq!(output.status.code(), Some(0), "{all:?}: {}", text(&output.stderr));
    };
    run("small.json", "first", arguments);
    between();
    run("first/scenario.json", "second", &[]);
    assert!(files(&folder.join("first")) == files(&folder.join("second")), "{arguments:?}");
    let scenario = fs::read_to_string(folder.join("second/scenario.json")).unwrap();
    serde_json::from_str(&scenario).unwrap()
}

/// A folder with this in front of the replications of `small.json`.
fn with(fields: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let scenario = SMALL.replace("\"replications\": 3,", &format!("\"replications\": 2, {fields}"));
    fs::write(folder.path().join("small.json"), scenario).unwrap();
    folder
}

#[test]
fn a_run_with_some_policies_keeps_no_budget_of_the_others() {
    let folder = with(
        r#""budgets": {
            "ring": {"dropped": {"max": 9000, "delta": {"against": "round robin", "max_ratio": 9}},
                     "attempts": {"delta": {"against": "round robin", "max_ratio": 9}}},
            "round robin": {"attempts": {"max": 9000, "level": "warning"}}},"#,
    );
    let run = |policy| again(folder.path(), &["--policy", policy], || {});
    let ring = serde_json::json!({"ring": {"dropped": {"max": 9000}}});
    assert_eq!(run("ring")["budgets"], ring);
    let other = serde_json::json!({"round robin": {"attempts": {"max": 9000, "level": "warning"}}});
    assert_eq!(run("round robin")["budgets"], other);
    let all = again(folder.path(), &[], || {});
    assert_eq!(all["budgets"].as_object().unwrap().len(), 2);
}

#[test]
fn a_run_in_which_no_budget_is_left_has_none() {
    let folder = with(
        r#""budgets": {"ring": {"dropped": {"delta": {"against": "round robin", "max_ratio": 9}}}},"#,
    );
    assert!(again(folder.path(), &["--policy", "ring"], || {}).get("budgets").is_none());
}

#[test]
fn points_that_differ_in_policies_alone_that_are_left_out_are_one() {
    let folder = with(
        r#""sweep": {"policies[ring].balance.ring.virtual_nodes": [20, 40],
                     "clients.connected": [100, 200]},"#,
    );
    let points = || -> Vec<Value> {
        let text = fs::read_to_string(folder.path().join("first/summary.json")).unwrap();
        let summary: Value = serde_json::from_str(&text).unwrap();
        summary["points"].as_array().unwrap().iter().map(|point| point["at"].clone()).collect()
    };
    let left = again(folder.path(), &["--policy", "round robin"], || {});
    assert_eq!(left["sweep"], serde_json::json!({"clients.connected": [100, 200]}));
    let connected = |count: u32| serde_json::json!({"clients.connected": count});
    assert_eq!(points(), [connected(100), connected(200)]);
    let ring = again(folder.path(), &["--policy", "ring"], || {});
    assert_eq!(ring["sweep"].as_object().unwrap().len(), 2);
    assert_eq!(points().len(), 4);
    // A single run is looked at where the whole scenario has it.
    let replay = ["replay", "small.json", "--policy", "round robin", "--until", "0s"];
    let at = ["--at", "policies[ring].balance.ring.virtual_nodes=40"];
    let more = ["--at", "clients.connected=200"];
    let output = ringstorm(folder.path(), &[&replay[..], &at, &more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn a_policy_that_is_meant_by_its_index_is_meant_by_its_name_when_others_are_gone() {
    let folder = with(r#""sweep": {"policies[1].balance.ring.virtual_nodes": [20, 40]},"#);
    let ring = again(folder.path(), &["--policy", "ring"], || {});
    let named = serde_json::json!({"policies[ring].balance.ring.virtual_nodes": [20, 40]});
    assert_eq!(ring["sweep"], named);
    let other = again(folder.path(), &["--policy", "round robin"], || {});
    assert!(other.get("sweep").is_none(), "{other}");
    let both = again(folder.path(), &["--policy", "ring", "--policy", "round robin"], || {});
    assert!(both["sweep"].get("policies[1].balance.ring.virtual_nodes").is_some(), "{both}");
}

#[test]
fn a_search_that_varies_a_policy_is_left_out_with_it_and_cannot_be_asked_for_then() {
    let folder = with(
        r#""find": {"vary": "policies[1].balance.ring.virtual_nodes", "between": [1, 64],
                    "where": {"metric": "dropped", "rises_above": 60}, "precision": 1},"#,
    );
    let other = again(folder.path(), &["--policy", "round robin"], || {});
    assert!(other.get("find").is_none(), "{other}");
    let ring = again(folder.path(), &["--policy", "ring"], || {});
    assert_eq!(ring["find"]["vary"], "policies[ring].balance.ring.virtual_nodes");
    let output = ringstorm(folder.path(), &["find", "small.json", "--policy", "round robin"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("of a policy that `--policy` leaves out"), "{said}");
}

/// A folder with `work/small.json`, which names files within, below and outside of its folder.
fn with_files() -> TempDir {
    let folder = TempDir::new().unwrap();
    let place = |name: &str| folder.path().join(name);
    for name in ["work/measured", "outside", "other"] {
        fs::create_dir_all(place(name)).unwrap();
    }
    fs::write(place("work/arrivals.csv"), "at\n1s\n2s\n2.5s\n").unwrap();
    fs::write(place("work/measured/presence.csv"), "value\n5m\n10m\n20m\n").unwrap();
    fs::write(place("work/summary.csv"), "value\n3ms\n4ms\n").unwrap();
    fs::write(place("outside/rtt.csv"), "value\n0.02\n0.05\n").unwrap();
    fs::write(place("other/rtt.csv"), "value\n9s\n11s\n").unwrap();
    let elsewhere = place("other/rtt.csv").display().to_string();
    let samples = |file: &str| format!(r#"{{"samples": {{"file": {}}}}}"#, Value::from(file));
    let scenario = SMALL
        .replace("\"replications\": 3", "\"replications\": 2")
        .replace(r#"{"poisson": {"rate": "steady"}}"#, r#"{"trace": {"file": "arrivals.csv"}}"#)
        .replace(r#"{"exponential": {"mean": "10m"}}"#, &samples("measured/presence.csv"))
        .replace(r#""connect_timeout": "5s""#, &{
            let (rtt, timeout) = (samples("../outside/rtt.csv"), samples(&elsewhere));
            format!(r#""rtt": {rtt}, "connect_timeout": {timeout}"#)
        })
        .replace(r#""cost": "5ms""#, &format!(r#""cost": {}"#, samples("summary.csv")));
    fs::write(place("work/small.json"), scenario).unwrap();
    folder
}

#[test]
fn files_that_a_scenario_names_are_found_from_its_results_wherever_they_were() {
    let folder = with_files();
    let work = folder.path().join("work");
    let gone = || {
        for name in ["work/measured", "outside", "other"] {
            fs::remove_dir_all(folder.path().join(name)).unwrap();
        }
        for name in ["work/arrivals.csv", "work/summary.csv"] {
            fs::remove_file(folder.path().join(name)).unwrap();
        }
    };
    let scenario = again(&work, &[], gone);
    let clients = &scenario["clients"];
    assert_eq!(clients["arrivals"]["trace"]["file"], "arrivals.csv");
    assert_eq!(clients["presence"]["samples"]["file"], "measured/presence.csv");
    assert_eq!(clients["rtt"]["samples"]["file"], "files/rtt.csv");
    assert_eq!(clients["connect_timeout"]["samples"]["file"], "files/rtt-2.csv");
    let cost = &scenario["servers"]["handshake"]["cost"];
    assert_eq!(cost["samples"]["file"], "files/summary.csv");
    let first = files(&work.join("first"));
    let summary = fs::read_to_string(work.join("first/summary.csv")).unwrap();
    assert!(summary.starts_with("point,") || summary.contains("metric"), "the result's own");
    let here = folder.path().to_str().unwrap();
    for (name, bytes) in &first {
        assert!(!String::from_utf8_lossy(bytes).contains(here), "a path in {}", name.display());
    }
    // Drawn again in another place they are there, too.
    let output = ringstorm(&work, &["report", "first", "--charts", "none", "--out", "third"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(files(&work.join("third")) == first);
}

#[test]
fn files_of_a_sweep_are_found_from_its_results_too() {
    let folder = with_files();
    let work = folder.path().join("work");
    let path = work.join("small.json");
    let swept = r#""sweep": {"clients.rtt.samples.file": ["../outside/rtt.csv", "near.csv"],
        "servers.handshake.cost": ["5ms", {"samples": {"file": "../outside/cost.csv"}}]},
        "replications""#;
    let scenario = fs::read_to_string(&path).unwrap().replace("\"replications\"", swept);
    fs::write(&path, scenario).unwrap();
    fs::write(work.join("near.csv"), "value\n1ms\n2ms\n").unwrap();
    fs::write(folder.path().join("outside/cost.csv"), "value\n1ms\n2ms\n").unwrap();
    let gone = || fs::remove_dir_all(folder.path().join("outside")).unwrap();
    let scenario = again(&work, &[], gone);
    let files = serde_json::json!(["files/rtt.csv", "near.csv"]);
    assert_eq!(scenario["sweep"]["clients.rtt.samples.file"], files);
    let costs = &scenario["sweep"]["servers.handshake.cost"];
    assert_eq!(costs[1]["samples"]["file"], "files/cost.csv");
}

#[test]
fn a_file_of_a_policy_that_is_left_out_is_not_kept() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("delay.csv"), "value\n1s\n2s\n").unwrap();
    let lag =
        r#"{"name": "ring", "balancer": {"propagation": {"samples": {"file": "delay.csv"}}}, "#;
    let scenario = SMALL.replace(r#"{"name": "ring", "#, lag);
    let files = |policies: &[&str]| -> Vec<String> {
        let policies = policies.iter().map(|name| (*name).to_owned()).collect();
        let overrides = Overrides { policies, ..Overrides::default() };
        let plan = read_text("small.json", scenario.as_str(), folder.path(), &overrides).unwrap();
        plan.files.into_iter().map(|file| file.name).collect()
    };
    assert_eq!(files(&[]), ["delay.csv"]);
    assert_eq!(files(&["ring"]), ["delay.csv"]);
    assert!(files(&["round robin"]).is_empty());
}

/// What results are called is known to `scenario`, which cannot name `report`.
#[test]
fn no_file_of_a_scenario_takes_the_place_of_a_result() {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/article");
    let mut names: Vec<String> = fs::read_dir(results)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.len() > 8, "{names:?}");
    names.extend(["shard.jsonl", "files", "Report.html"].map(str::to_owned));
    for name in names {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(&name), "value\n5ms\n").unwrap();
        let cost = format!(r#""cost": {{"samples": {{"file": "{name}"}}}}"#);
        let scenario = SMALL.replace(r#""cost": "5ms""#, &cost);
        let plan = read_text("small.json", scenario, folder.path(), &Overrides::default()).unwrap();
        let kept: Vec<&str> = plan.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(kept, [format!("files/{name}")]);
        assert!(plan.text.contains(&format!("\"files/{name}\"")), "{}", plan.text);
    }
}
