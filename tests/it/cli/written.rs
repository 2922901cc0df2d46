//! What is written where: no half of a file, and nothing over what people need.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use ringstorm::report::shard;

use super::{SMALL, files, folder, ringstorm, text};

/// Runs a command that may write files of no byte at all: a disk that is full.
#[cfg(unix)]
fn on_a_full_disk(folder: &Path, arguments: &[&str]) -> std::process::Output {
    Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""])
        .arg(cargo_bin!("ringstorm"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
#[cfg(unix)]
fn a_full_disk_leaves_no_empty_scenario_that_stands_in_the_way_of_the_next() {
    let folder = folder();
    let before = files(folder.path());
    let output = on_a_full_disk(folder.path(), &["new", "mine"]);
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stderr);
    assert!(said.contains("cannot write `./mine.json`"), "{said}");
    assert!(!said.contains(".ringstorm-"), "{said}");
    assert_eq!(files(folder.path()), before);
    assert_eq!(ringstorm(folder.path(), &["new", "mine"]).status.code(), Some(0));
}

#[test]
fn results_never_take_the_place_of_the_folder_that_the_shell_stands_in() {
    let folder = folder();
    let results = folder.path().join("results/small");
    let run = ["run", "small.json", "--charts", "none", "--quiet"];
    assert_eq!(ringstorm(folder.path(), &run).status.code(), Some(0));
    let before = files(folder.path());
    let inside = results.join("charts");
    fs::create_dir(&inside).unwrap();
    for (place, arguments) in [
        (&results, &["run", "../../small.json", "--out", "."][..]),
        (&results, &["report", "."]),
        (&results, &["report", "results.json"]),
        (&inside, &["report", ".."]),
    ] {
        let output = ringstorm(place, arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {}", text(&output.stdout));
        let said = text(&output.stderr);
        assert!(said.contains("the folder that ringstorm was started in"), "{said}");
        assert_eq!(text(&output.stdout), "", "something was run");
    }
    assert_eq!(files(folder.path()), before);
}

#[test]
#[cfg(target_os = "linux")]
fn a_mount_point_is_refused_before_anything_is_run() {
    let folder = folder();
    let output = ringstorm(folder.path(), &["run", "small.json", "--out", "/proc"]);
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stderr);
    assert!(said.contains("`/proc` is a mount point"), "{said}");
    assert!(said.contains("such as `/proc/results`"), "{said}");
}

/// Results of the small scenario in `results/small`.
fn run_in(folder: &Path) -> PathBuf {
    let run = ["run", "small.json", "--charts", "none", "--quiet"];
    assert_eq!(ringstorm(folder, &run).status.code(), Some(0));
    folder.join("results/small")
}

#[test]
fn a_name_in_a_result_leads_to_no_other_folder() {
    let folder = folder();
    let results = run_in(folder.path());
    let summary = results.join("summary.json");
    let written = fs::read_to_string(&summary).unwrap();
    let inside = folder.path().join("inside");
    fs::create_dir(&inside).unwrap();
    for name in ["../../evil", folder.path().join("evil").to_str().unwrap(), "", "a/b"] {
        let named = written.replacen("\"name\": \"small\"", &format!("\"name\": \"{name}\""), 1);
        assert_ne!(named, written);
        fs::write(&summary, named).unwrap();
        let before = files(folder.path());
        let output = ringstorm(&inside, &["promote", "../results/small"]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", text(&output.stdout));
        let said = text(&output.stderr);
        assert!(said.contains(&format!("a scenario named `{name}`")), "{said}");
        assert_eq!(files(folder.path()), before);
    }
}

#[test]
#[cfg(unix)]
fn what_a_command_reads_it_does_not_write_over() {
    let folder = folder();
    let traced = SMALL.replace(
        "{\"poisson\": {\"rate\": \"steady\"}}",
        "{\"trace\": {\"file\": \"arrivals.csv\"}}",
    );
    fs::write(folder.path().join("traced.json"), traced).unwrap();
    fs::write(folder.path().join("arrivals.csv"), "at\n1\n2\n").unwrap();
    run_in(folder.path());
    std::os::unix::fs::symlink("small.json", folder.path().join("link.json")).unwrap();
    let before = files(folder.path());
    for arguments in [
        &["run", "small.json", "--trace", "small.json"][..],
        &["run", "small.json", "--trace", "link.json"],
        &["run", "link.json", "--trace", "./small.json"],
        &["run", "traced.json", "--trace", "arrivals.csv"],
        &[
            "run",
            "small.json",
            "--baseline",
            "results/small/summary.json",
            "--trace",
            "results/small/summary.json",
            "--out",
            "x",
        ],
        &["replay", "small.json", "--policy", "ring", "-o", "small.json"],
        &["replay", "traced.json", "--policy", "ring", "-o", "arrivals.csv"],
        &["promote", "results/small", "--to", "results/small/summary.json"],
        &["promote", "results/small/summary.json", "--to", "results/../results/small/summary.json"],
        &[
            "report",
            "results/small",
            "--chart",
            "reconnect-storm",
            "-o",
            "results/small/results.json",
        ],
    ] {
        let output = ringstorm(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        let said = text(&output.stderr);
        assert!(said.contains("is read by this command"), "{arguments:?}: {said}");
        assert_eq!(files(folder.path()), before, "{arguments:?}");
    }
    // A baseline may well be promoted to itself: with another threshold.
    let promote = |arguments: &[&str]| ringstorm(folder.path(), arguments).status.code();
    assert_eq!(promote(&["promote", "results/small", "--to", "base.json"]), Some(0));
    let again = ["promote", "base.json", "--to", "base.json", "--threshold", "10%"];
    assert_eq!(promote(&again), Some(0));
    let base = fs::read_to_string(folder.path().join("base.json")).unwrap();
    assert!(base.contains("\"threshold\": 0.1,"), "{base}");
}

#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_is_called_by_the_name_that_was_typed() {
    let folder = folder();
    let to = |path: &str| format!("cannot create `{path}`: ");
    for (arguments, path) in [
        (&["run", "small.json", "--out", "/proc/nowhere"][..], "/proc/nowhere"),
        (&["run", "small.json", "--trace", "/proc/nowhere"], "/proc/nowhere"),
        (&["replay", "small.json", "--policy", "ring", "-o", "/proc/nowhere"], "/proc/nowhere"),
    ] {
        let output = ringstorm(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {}", text(&output.stdout));
        let said = text(&output.stderr);
        assert!(said.contains(&to(path)) && !said.contains(".ringstorm-"), "{said}");
    }
}

#[test]
fn a_shard_s_name_leads_to_no_other_folder() {
    let folder = folder();
    let run = ["run", "small.json", "--shard", "1/1", "--out", "shard", "--quiet"];
    assert_eq!(ringstorm(folder.path(), &run).status.code(), Some(0));
    let path = folder.path().join("shard").join(shard::NAME);
    let mut found = shard::read(&fs::read(&path).unwrap()).unwrap();
    found.outline.name = "../../evil".to_owned();
    fs::write(&path, shard::write(&found)).unwrap();
    let before = files(folder.path());
    let output = ringstorm(folder.path(), &["merge", "shard", "--charts", "none"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    let said = text(&output.stderr);
    assert!(said.contains("a scenario named `../../evil`"), "{said}");
    assert_eq!(files(folder.path()), before);
}
