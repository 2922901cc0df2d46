//! What the README shows is what the commands print.

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output =
        Command::new(cargo_bin!("ringstorm")).args(arguments).current_dir(root()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

/// The block that the README says a command printed.
fn block(command: &str) -> String {
    let readme = readme();
    let (_, rest) =
        readme.split_once(&format!("<!-- printed by: {command} -->\n```text\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_table_in_the_readme_is_what_its_command_prints() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("article");
    let text = printed(&["run", "scenarios/article.json", "--out", out.to_str().unwrap()]);
    let block = block("ringstorm run scenarios/article.json");
    assert!(block.contains("gateway") && text.contains(block.trim_end()), "{text}");
}

#[test]
fn the_comparison_in_the_readme_is_what_its_commands_print() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("at-once");
    let out = out.to_str().unwrap();
    let set = "clients.reconnect=immediate";
    printed(&["run", "scenarios/article.json", "--charts", "none", "--set", set, "--out", out]);
    let compare = ["compare", "results/article", out, "--fail-on", "never"];
    assert_eq!(block("ringstorm compare results/article at-once"), printed(&compare));
}

#[test]
fn the_policies_in_the_readme_are_those_of_the_program() {
    assert_eq!(block("ringstorm policies"), printed(&["policies"]));
}

#[test]
fn the_scenario_in_the_readme_is_a_scenario() {
    let readme = readme();
    let (_, rest) = readme.split_once("```json\n").unwrap();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("zone-lost.json");
    fs::write(&path, rest.split_once("```").unwrap().0).unwrap();
    assert!(printed(&["check", path.to_str().unwrap()]).contains("zone-lost"));
}

#[test]
fn files_that_the_readme_names_exist() {
    for part in readme().split("](").skip(1) {
        let target = part.split(')').next().unwrap();
        assert!(root().join(target).exists(), "{target}");
    }
    for part in readme().split("srcset=\"").skip(1) {
        assert!(root().join(part.split('"').next().unwrap()).exists());
    }
}
