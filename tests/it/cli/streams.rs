//! Colours, and streams that take nothing.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;

use super::{folder, text};

/// Runs a command where a variable of the environment is set.
fn with(name: &str, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(cargo_bin!("ringstorm"));
    command.args(arguments).env(name, "1").current_dir(folder).output().unwrap()
}

#[test]
fn help_and_errors_have_the_colours_that_are_asked_for() {
    let folder = folder();
    for words in [&["--help"][..], &["rnu"], &["run", "--threads", "0"], &["run", "--help"]] {
        for (color, is_colored) in [
            (&["--color", "never"][..], false),
            (&["--color=never"], false),
            (&["--color=always"], true),
        ] {
            // Without the option the variable would decide.
            let variable = if is_colored { "NO_COLOR" } else { "CLICOLOR_FORCE" };
            let output = with(variable, folder.path(), &[color, words].concat());
            let said = text(&output.stdout) + &text(&output.stderr);
            assert_eq!(said.contains('\u{1b}'), is_colored, "{color:?} {words:?}: {said}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_progress_bar_has_the_colours_that_are_asked_for() {
    let folder = folder();
    let program = cargo_bin!("ringstorm").display().to_string();
    for (color, variable, is_colored) in [
        ("never", "CLICOLOR_FORCE", false),
        ("always", "NO_COLOR", true),
        ("auto", "NO_COLOR", false),
    ] {
        let run = format!("'{program}' run small.json --charts none --color {color}");
        // The bar is drawn on terminals alone; `script` is one.
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &run, "/dev/null"]);
        script.env(variable, "1").env("TERM", "xterm").current_dir(folder.path());
        let shown = text(&script.output().unwrap().stdout);
        let bars: Vec<&str> =
            shown.split('\r').filter(|line| line.contains(" of 6 runs")).collect();
        assert!(!bars.is_empty(), "{shown}");
        assert!(
            bars.iter().all(|bar| bar.contains("\u{1b}[34m") == is_colored),
            "{color}: {bars:?}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn help_that_cannot_be_written_is_an_error_that_is_told() {
    let folder = folder();
    for (words, is_json) in [(&["--help"][..], false), (&["--json-messages", "--version"], true)] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(cargo_bin!("ringstorm"));
        let output = command.args(words).current_dir(folder.path()).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        let said = text(&output.stderr);
        assert!(said.contains("cannot write to standard output: No space left"), "{said}");
        assert_eq!(said.starts_with('{'), is_json, "{said}");
    }
}
