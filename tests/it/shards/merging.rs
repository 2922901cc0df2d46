use super::*;
use crate::cli::folder;

/// Runs a scenario on one machine and on so many, and merges in another order: the same files,
/// the same words.
fn check(scenario: &str, counts: &[u32], charts: &str) {
    let folder = folder_of(scenario);
    let folder = folder.path();
    let answer = ["--charts", charts, "--out", "out"];
    let whole = done(folder, &[&["run", "small.json"], answer.as_slice()].concat());
    let expected = files(&folder.join("out"));
    for count in counts {
        let mut shards = shards(folder, *count, &[], &[]);
        let third = shards.len() / 3;
        shards.rotate_left(third);
        shards.reverse();
        let merged = merge(folder, &shards, &answer);
        assert_eq!((merged.code, merged.err), (Some(0), String::new()), "{count}");
        assert_eq!(merged.out, whole, "{count}");
        assert!(files(&folder.join("out")) == expected, "files of {count} shards differ");
    }
}

#[test]
fn merged_shards_are_what_one_machine_writes_and_prints() {
    // Six runs; one shard is all of them, and nine leave three without any.
    check(SMALL, &[1, 2, 5, 9], "none");
}

#[test]
fn charts_and_the_page_of_merged_shards_are_the_same_too() {
    check(SMALL, &[4], "both");
}

#[test]
fn shards_of_a_sweep_merge() {
    check(&sweep(), &[1, 3, 8], "none");
}

#[test]
fn shards_with_messages_merge() {
    check(&messages(), &[1, 3, 4], "none");
}

#[test]
fn shards_with_budgets_merge_and_say_how_these_fare() {
    check(&budgets(), &[1, 2], "none");
}

#[test]
fn merged_shards_are_held_against_the_budgets_as_a_run_is() {
    let folder = folder_of(&budgets());
    let folder = folder.path();
    let check = ["--check", "--quiet", "--charts", "none", "--out", "out"];
    let shards = shards(folder, 3, &[], &[]);
    let both = |more: &[&str]| {
        let run = say(folder, &[&["run", "small.json"], check.as_slice(), more].concat());
        let merged = merge(folder, &shards, &[check.as_slice(), more].concat());
        assert_eq!((merged.code, &merged.out, &merged.err), (run.code, &run.out, &run.err));
        run
    };
    let without = both(&[]);
    assert_eq!(without.code, Some(1));
    assert!(without.out.contains("there is no baseline"), "{}", without.out);
    assert_eq!(without.err, "error: 2 budgets do not hold\n");
    // The usual baseline, then a named one.
    done(folder, &["promote", "out"]);
    assert_eq!(both(&[]).err, "error: 1 budget does not hold\n");
    fs::rename(folder.join("baselines/small.json"), folder.join("before.json")).unwrap();
    assert_eq!(both(&["--baseline", "before.json"]).err, "error: 1 budget does not hold\n");
    assert_eq!(both(&["--baseline", "no.json"]).code, Some(3));
}

#[test]
fn merged_shards_say_which_budgets_were_left_out_with_their_policies_as_a_run_does() {
    let delta = r#""delta": {"against": "round robin", "max_ratio": 2}"#;
    let folder = folder_of(&SMALL.replace(
        "\"replications\": 3,",
        &format!(r#""replications": 2, "budgets": {{"ring": {{"dropped": {{{delta}}}}}}},"#),
    ));
    let folder = folder.path();
    let only = ["--policy", "ring"];
    let shards = shards(folder, 2, &[], &only);
    let answer = ["--check", "--quiet", "--charts", "none", "--out", "out"];
    let run = say(folder, &[&["run", "small.json"], answer.as_slice(), &only].concat());
    let merged = merge(folder, &shards, &answer);
    assert!(run.out.starts_with("1 budget is left out: "), "{}", run.out);
    assert_eq!((merged.code, merged.out, merged.err), (run.code, run.out, run.err));
}

#[test]
fn shards_need_no_other_file_and_hold_what_the_command_line_changed() {
    let folder = folder();
    let folder = folder.path();
    // One file that has its place in the results, and one that has to be given one.
    let trace = r#"{"trace": {"file": "./arrivals.csv"}}"#;
    fs::write(folder.join("arrivals.csv"), "at\n1s\n2s\n2.5s\n").unwrap();
    fs::write(folder.join("cost.csv"), "value\n4ms\n6ms\n").unwrap();
    let scenario = SMALL
        .replace(r#"{"poisson": {"rate": "steady"}}"#, trace)
        .replace(r#""cost": "5ms""#, r#""cost": {"samples": {"file": "cost.csv"}}"#);
    fs::write(folder.join("small.json"), scenario).unwrap();
    let more = [
        ["--seed", "7"],
        ["--replications", "4"],
        ["--policy", "ring"],
        ["--set", "servers.count=3"],
    ];
    let more = more.concat();
    let answer = ["--charts", "none", "--out", "out"];
    let whole = done(folder, &[&["run", "small.json"], answer.as_slice(), &more].concat());
    let expected = files(&folder.join("out"));
    let shards = shards(folder, 2, &[], &more);
    fs::remove_file(folder.join("small.json")).unwrap();
    fs::remove_file(folder.join("arrivals.csv")).unwrap();
    fs::remove_file(folder.join("cost.csv")).unwrap();
    let merged = merge(folder, &shards, &answer);
    assert_eq!((merged.out, merged.err), (whole, String::new()));
    assert!(files(&folder.join("out")) == expected);
    assert!(folder.join("out/cost.csv").exists() && folder.join("out/files/arrivals.csv").exists());
}

#[test]
fn a_shard_says_what_it_did_and_leaves_one_file_that_the_same_shard_replaces() {
    let folder = folder();
    let run = ["run", "small.json", "--shard", "2/4", "--threads", "1"];
    let said = done(folder.path(), &run);
    assert_eq!(said, "shard 2 of 4: 1 of 6 runs, in results/small-shard-2-of-4\n");
    let before = files(folder.path());
    let names: Vec<&str> = before.iter().map(|(name, _)| name.to_str().unwrap()).collect();
    assert_eq!(names, ["results/small-shard-2-of-4/shard.jsonl", "small.json"]);
    // Neither threads nor a limit of memory change a byte.
    let more = ["--threads", "3", "--memory", "30MB", "--quiet", "--charts", "none"];
    let again = done(folder.path(), &[&run[..4], &more].concat());
    assert_eq!((again.as_str(), files(folder.path())), ("", before));
}

#[test]
fn a_shard_without_runs_is_a_shard() {
    let folder = folder();
    let run = ["run", "small.json", "--shard", "7/7", "--memory", "1MB"];
    let said = done(folder.path(), &run);
    assert_eq!(said, "shard 7 of 7: 0 of 6 runs, in results/small-shard-7-of-7\n");
}

#[test]
fn several_scenarios_are_sharded_into_folders_of_their_own() {
    let folder = folder();
    let other = SMALL.replace("\"small\"", "\"other\"");
    fs::write(folder.path().join("other.json"), other).unwrap();
    let run = ["run", "small.json", "other.json", "--shard", "1/2", "--out", "work"];
    let expected = "shard 1 of 2: 3 of 6 runs, in work/small-shard-1-of-2\n\
                    shard 1 of 2: 3 of 6 runs, in work/other-shard-1-of-2\n";
    assert_eq!(done(folder.path(), &run), expected);
}

#[test]
fn merged_results_go_to_the_usual_folder_and_files_serve_as_folders_do() {
    let folder = folder();
    shards(folder.path(), 2, &[1], &["--out", "here"]);
    fs::rename(folder.path().join("here/shard.jsonl"), folder.path().join("second")).unwrap();
    shards(folder.path(), 2, &[2], &["--out", "here"]);
    let merged = merge(
        folder.path(),
        &["second".to_owned(), "here".to_owned()],
        &["--charts", "none", "--quiet"],
    );
    assert_eq!((merged.code, merged.out, merged.err), (Some(0), String::new(), String::new()));
    assert!(folder.path().join("results/small/summary.json").exists());
}

#[test]
fn a_merge_takes_so_many_threads_as_it_is_given_and_does_the_same_with_them() {
    let folder = folder_of(SMALL);
    let folder = folder.path();
    let shards = shards(folder, 2, &[], &[]);
    let with = |threads: &str| {
        merge(folder, &shards, &["--charts", "none", "--out", "out", "--threads", threads])
    };
    let (one, of_one) = (with("1"), files(&folder.join("out")));
    let (two, of_two) = (with("2"), files(&folder.join("out")));
    assert_eq!((one.code, two.code), (Some(0), Some(0)), "{}{}", one.err, two.err);
    assert_eq!(one.out, two.out);
    assert!(of_one == of_two, "files differ with the threads");
    let none = with("0");
    assert_eq!(none.code, Some(2));
    assert!(none.err.contains("expected a whole number from 1 to 1024"), "{}", none.err);
}
