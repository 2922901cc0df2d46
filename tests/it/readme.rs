//! What the README shows is what the commands print.

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

use super::cli::files;

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
fn the_tipping_points_in_the_readme_are_what_their_command_prints() {
    let find = ["find", "scenarios/recovery-limit.json"];
    assert_eq!(block("ringstorm find scenarios/recovery-limit.json"), printed(&find));
}

#[test]
fn the_life_in_the_readme_is_what_its_command_prints() {
    let client = ["client", "scenarios/metastable.json", "c1982"];
    assert_eq!(block("ringstorm client scenarios/metastable.json c1982"), printed(&client));
}

#[test]
fn the_validation_in_the_readme_is_what_its_command_prints() {
    let validate = ["validate", "H-ADD-a", "R-ROUNDS-A1", "A-HPA-b"];
    assert_eq!(block("ringstorm validate H-ADD-a R-ROUNDS-A1 A-HPA-b"), printed(&validate));
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

/// A line of the README with this in it, as a shell is given it.
fn shard_command(sign: &str) -> String {
    let readme = readme();
    let (_, section) = readme.split_once("## Beyond one machine").unwrap();
    let line = section.lines().find(|line| line.contains(sign)).unwrap();
    line.to_owned()
}

#[test]
fn the_commands_for_many_machines_write_what_one_machine_does() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("scenarios")).unwrap();
    let scenario = "scenarios/article.json";
    fs::copy(root().join(scenario), folder.path().join(scenario)).unwrap();
    let programs = cargo_bin!("ringstorm").parent().unwrap().to_owned();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let shell = |command: &str, index: u32| {
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(folder.path())
            .env("PATH", &path)
            .env("SLURM_ARRAY_TASK_ID", index.to_string())
            .env("JOB_COMPLETION_INDEX", (index - 1).to_string())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    // What each batch system gives its machines to do, from what it is given itself.
    let parallel = shard_command("| parallel ");
    let (_, parallel) = parallel.split_once(" --jobs 1 ").unwrap();
    let quoted = |sign: &str| shard_command(sign).split('\'').nth(1).unwrap().to_owned();
    let (slurm, kubernetes) = (quoted("sbatch "), quoted("command: "));
    for index in 1..=8 {
        let expected =
            format!("shard {index} of 8: 10 of 80 runs, in results/article-shard-{index}-of-8\n");
        for command in [&parallel.replace("{}", &index.to_string()), &slurm, &kubernetes] {
            assert_eq!(shell(command, index), expected, "{command}");
        }
    }
    let text = shell(&shard_command("ringstorm merge "), 1);
    assert!(text.contains(block("ringstorm run scenarios/article.json").trim_end()), "{text}");
    let merged = files(&folder.path().join("results/article"));
    assert!(merged == files(&root().join("results/article")));
}
