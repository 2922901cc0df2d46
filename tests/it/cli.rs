//! The command as people and scripts meet it: exit codes, streams, files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

mod said;
mod streams;
mod written;

/// A small scenario that runs in a moment.
pub const SMALL: &str = r#"{
  "name": "small",
  "replications": 3,
  "duration": "1m",
  "clients": {
    "connected": 200,
    "arrivals": {"poisson": {"rate": "steady"}},
    "presence": {"exponential": {"mean": "10m"}},
    "connect_timeout": "5s",
    "reconnect": "socket.io"
  },
  "servers": {"count": 2, "handshake": {"workers": 1, "cost": "5ms"}},
  "policies": [
    {"name": "round robin", "balance": "round_robin"},
    {"name": "ring", "balance": "ring", "rebalance": "moved"}
  ],
  "events": [{"at": "20s", "add": 1}]
}
"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with `small.json` in it.
pub fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("small.json"), SMALL).unwrap();
    folder
}

pub fn ringstorm(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(cargo_bin!("ringstorm")).args(arguments).current_dir(folder).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Every file below a folder with its bytes, by name.
pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((
                    path.strip_prefix(folder).unwrap().to_owned(),
                    fs::read(&path).unwrap(),
                ));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_run_leaves_results_and_charts_and_prints_the_table() {
    let folder = folder();
    let output = ringstorm(folder.path(), &["run", "small.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("ring"));
    assert_eq!(text(&output.stderr), "", "no progress where there is no terminal");
    let names: Vec<String> = files(&folder.path().join("results/small"))
        .into_iter()
        .map(|(name, _)| name.to_str().unwrap().to_owned())
        .collect();
    for name in [
        "charts/load-distribution.svg",
        "charts/load-distribution-dark.png",
        "charts/reconnect-storm.csv",
        "latency.csv",
        "manifest.json",
        "replications.csv",
        "servers.csv",
        "summary.csv",
        "summary.json",
        "timeseries.csv",
    ] {
        assert!(names.iter().any(|other| other == name), "{name} is missing: {names:?}");
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_byte() {
    let folder = folder();
    for threads in ["1", "2", "5"] {
        let out = format!("out-{threads}");
        let output =
            ringstorm(folder.path(), &["run", "small.json", "--threads", threads, "--out", &out]);
        assert_eq!(output.status.code(), Some(0));
    }
    let one = files(&folder.path().join("out-1"));
    assert_eq!(one, files(&folder.path().join("out-2")));
    assert_eq!(one, files(&folder.path().join("out-5")));
}

#[test]
fn the_committed_results_of_the_article_come_out_again_byte_for_byte() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("article");
    let output =
        ringstorm(root(), &["run", "scenarios/article.json", "--out", out.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let committed = files(&root().join("results/article"));
    for ((name, again), (other, before)) in files(&out).iter().zip(&committed) {
        assert_eq!(name, other);
        assert!(
            again == before,
            "results/article/{} differs from what its scenario gives",
            name.display()
        );
    }
    assert_eq!(files(&out).len(), committed.len());
}

#[test]
fn every_scenario_of_the_project_passes_its_check() {
    let folders = ["scenarios", "scenarios/scale"];
    let mut scenarios: Vec<String> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.to_str().unwrap().to_owned())
        .filter(|path| !path.ends_with(".schema.json"))
        .collect();
    scenarios.sort();
    let arguments: Vec<&str> =
        std::iter::once("check").chain(scenarios.iter().map(String::as_str)).collect();
    let output = ringstorm(root(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(scenarios.len() >= 11);
    // 100 million clients in 5.3 GiB.
    assert!(
        text(&output.stdout).contains("2 runs (1 replication), at most 5642 MB each, and 6 MB")
    );
}

#[test]
fn a_limit_of_memory_changes_no_byte_and_refuses_what_does_not_fit() {
    let folder = folder();
    let run = |memory: &str, out: &str| {
        ringstorm(folder.path(), &["run", "small.json", "--memory", memory, "--out", out])
    };
    assert_eq!(run("25MB", "one").status.code(), Some(0));
    assert_eq!(run("1GiB", "many").status.code(), Some(0));
    assert_eq!(files(&folder.path().join("one")), files(&folder.path().join("many")));
    let refused = run("1MB", "none");
    assert_eq!(refused.status.code(), Some(3));
    let expected = "a run of `small` needs up to 18 MB of memory, but there are 1 MB";
    assert!(text(&refused.stderr).contains(expected), "{}", text(&refused.stderr));
    assert!(!folder.path().join("none").exists());
}

#[test]
fn a_wrong_scenario_ends_with_2_and_writes_nothing() {
    let folder = folder();
    fs::write(folder.path().join("bad.json"), SMALL.replace("\"duration\"", "\"durration\""))
        .unwrap();
    let output = ringstorm(folder.path(), &["run", "small.json", "bad.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`duration`"), "{}", text(&output.stderr));
    assert!(!folder.path().join("results").exists());
}

#[test]
fn a_missing_scenario_ends_with_3() {
    let folder = folder();
    let output = ringstorm(folder.path(), &["run", "smal.json"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("small.json"), "{}", text(&output.stderr));
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let folder = folder();
    for arguments in [
        &["run"][..],
        &["rnu", "small.json"],
        &["run", "small.json", "--threads", "0"],
        &["run", "small.json", "--replications", "x"],
        &["run", "small.json", "--policy", "rign"],
        &["run", "small.json", "--set", "clients.conected=3"],
        &["presets", "socketio"],
        &["explain", "unknown-feild"],
    ] {
        let output = ringstorm(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn results_that_cannot_be_written_end_with_3_and_leave_what_was_there() {
    let folder = folder();
    fs::write(folder.path().join("taken"), "mine").unwrap();
    let output = ringstorm(folder.path(), &["run", "small.json", "--out", "taken"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(fs::read_to_string(folder.path().join("taken")).unwrap(), "mine");
    let names: Vec<_> = files(folder.path()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [PathBuf::from("small.json"), PathBuf::from("taken")]);
}

#[test]
fn where_results_go_is_judged_for_every_scenario_before_any_is_run() {
    let folder = folder();
    fs::write(folder.path().join("other.json"), SMALL.replace("\"small\"", "\"other\"")).unwrap();
    fs::create_dir_all(folder.path().join("out/other")).unwrap();
    fs::write(folder.path().join("out/other/thesis.tex"), "years").unwrap();
    let before = files(folder.path());
    let output = ringstorm(folder.path(), &["run", "small.json", "other.json", "--out", "out"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("thesis.tex"), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "", "the first scenario was run");
    assert_eq!(files(folder.path()), before);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let folder = folder();
    let mut child = Command::new(cargo_bin!("ringstorm"))
        .args(["schema"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_new_scenario_runs_and_is_never_written_over() {
    let folder = folder();
    assert_eq!(ringstorm(folder.path(), &["new", "mine"]).status.code(), Some(0));
    let output = ringstorm(folder.path(), &["check", "mine.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let before = fs::read(folder.path().join("mine.json")).unwrap();
    assert_eq!(ringstorm(folder.path(), &["new", "mine"]).status.code(), Some(2));
    assert_eq!(fs::read(folder.path().join("mine.json")).unwrap(), before);
    let before = files(folder.path());
    for name in ["../mine", "_mine", "", &"x".repeat(101)] {
        assert_eq!(ringstorm(folder.path(), &["new", name]).status.code(), Some(2), "{name}");
    }
    assert_eq!(files(folder.path()), before, "a name that `check` refuses is not written");
    let longest = "x".repeat(100);
    assert_eq!(ringstorm(folder.path(), &["new", &longest]).status.code(), Some(0));
    let output = ringstorm(folder.path(), &["check", &format!("{longest}.json")]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn lists_name_every_metric_preset_and_rule() {
    let folder = folder();
    let say = |command: &str| text(&ringstorm(folder.path(), &[command]).stdout);
    let metrics = say("metrics");
    for metric in ringstorm::stats::METRICS {
        assert!(metrics.contains(metric.name));
    }
    let presets = say("presets");
    for preset in ringstorm::scenario::presets::PRESETS {
        assert!(presets.contains(preset.name));
    }
    let policies = say("policies");
    for name in ringstorm::policy::Balance::NAMES.iter().chain(ringstorm::policy::Rebalance::NAMES)
    {
        assert!(policies.contains(name));
    }
    let zsh = ringstorm(folder.path(), &["completions", "zsh"]);
    assert!(text(&zsh.stdout).contains("ringstorm"));
}

#[test]
fn global_flags_stand_before_or_after_the_command() {
    let folder = folder();
    for arguments in [&["--color", "never", "policies"][..], &["policies", "--color", "never"]] {
        assert_eq!(ringstorm(folder.path(), arguments).status.code(), Some(0));
    }
}

/// The names of the files of a result.
fn names(folder: &Path) -> Vec<String> {
    files(folder).into_iter().map(|(name, _)| name.to_str().unwrap().to_owned()).collect()
}

#[test]
fn without_drawing_there_is_a_summary_and_nothing_of_before_is_lost_unless_it_is_stale() {
    let folder = folder();
    let out = folder.path().join("out");
    let run = |more: &[&str]| {
        let arguments = [&["run", "small.json", "--out", "out", "--quiet"], more].concat();
        assert_eq!(ringstorm(folder.path(), &arguments).status.code(), Some(0));
    };
    run(&["--charts", "none"]);
    let undrawn = names(&out);
    assert!(undrawn.contains(&"report.md".to_owned()), "{undrawn:?}");
    assert!(!undrawn.iter().any(|name| name.starts_with("charts") || name == "report.html"));
    let summary = fs::read_to_string(out.join("report.md")).unwrap();
    assert!(summary.contains("round robin") && !summary.contains("charts/"), "{summary}");
    run(&["--charts", "svg"]);
    let drawn = files(&out);
    let again = ringstorm(folder.path(), &["report", "out", "--charts", "none"]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    assert_eq!(files(&out), drawn, "all of it is of these results");
    run(&["--charts", "none", "--seed", "2"]);
    assert_eq!(names(&out), undrawn, "charts of other results are stale");
}

#[test]
fn servers_csv_says_what_each_server_does() {
    let folder = folder();
    let scenario = SMALL
        .replace("\"count\": 2,", "\"count\": 2, \"boot\": \"5s\",")
        .replace(
            r#"{"at": "20s", "add": 1}"#,
            r#"{"at": "10s", "crash": {"servers": ["s1"], "for": "10s"}},
               {"at": "30s", "remove": {"servers": ["s2"], "drain": {"grace": "10s", "close": "never"}}},
               {"at": "50s", "add": 1}"#,
        );
    fs::write(folder.path().join("small.json"), scenario).unwrap();
    let run = ["run", "small.json", "--out", "out", "--quiet", "--charts", "none"];
    let run = ringstorm(folder.path(), &run);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let table = fs::read_to_string(folder.path().join("out/servers.csv")).unwrap();
    // Each stretch of one state as (server, state, first second, last second).
    let mut stretches: Vec<(String, String, u32, u32)> = Vec::new();
    for name in ["s1", "s2", "s3"] {
        for row in table.lines().filter(|row| row.starts_with(",round robin,")) {
            let cells: Vec<&str> = row.split(',').collect();
            let (second, state) = (cells[2].parse().unwrap(), cells[4]);
            match stretches.last_mut().filter(|last| last.0 == name && last.1 == state) {
                _ if cells[3] != name => {}
                Some(last) => last.3 = second,
                None => stretches.push((name.to_owned(), state.to_owned(), second, second)),
            }
        }
    }
    let expected = [
        ("s1", "ready", 1, 9),
        ("s1", "down", 10, 19),
        ("s1", "booting", 20, 24),
        ("s1", "ready", 25, 60),
        ("s2", "ready", 1, 29),
        ("s2", "draining", 30, 39),
        ("s2", "removed", 40, 40),
        ("s3", "booting", 50, 54),
        ("s3", "ready", 55, 60),
    ];
    let expected =
        expected.map(|(name, state, first, last)| (name.to_owned(), state.to_owned(), first, last));
    assert_eq!(stretches, expected);
}

#[test]
fn every_line_for_programs_is_one_object_whatever_is_wrong() {
    let folder = folder();
    for (arguments, code, last) in [
        (&["check", "small.json", "--set", "seed=x", "--json-messages"][..], 2, "1 fault found"),
        (&["--json-messages", "compare", "no", "where"], 3, "cannot read `no`"),
        (&["--json-messages", "run"], 2, "error: the following required arguments"),
    ] {
        let output = ringstorm(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let stderr = text(&output.stderr);
        let objects: Vec<serde_json::Value> =
            stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        let message = objects.last().unwrap()["message"].as_str().unwrap();
        assert!(message.starts_with(last), "{message}");
        let keys = |object: &serde_json::Value| object.as_object().unwrap().len();
        assert!(objects.iter().all(|object| keys(object) == keys(&objects[0])), "{stderr}");
    }
}

#[test]
fn a_name_like_no_other_is_answered_with_all_there_are() {
    let folder = folder();
    let output = ringstorm(folder.path(), &["presets", "carrier-pigeon"]);
    assert_eq!(output.status.code(), Some(2));
    let stderr = text(&output.stderr);
    assert!(stderr.contains("unknown preset `carrier-pigeon`; the presets are `"), "{stderr}");
    assert!(stderr.contains("`socket.io`"), "{stderr}");
}
