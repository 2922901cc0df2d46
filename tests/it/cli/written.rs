//! What is written where: no half of a file, and nothing over what people need.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

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
