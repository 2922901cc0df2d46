use super::*;
use crate::cli::folder;

/// Merging these must end with this code and say this, and write nothing.
fn refused(folder: &Path, shards: &[&str], code: i32, message: &str) {
    let before = files(folder);
    let shards: Vec<String> = shards.iter().map(|path| (*path).to_owned()).collect();
    let said = merge(folder, &shards, &["--out", "out"]);
    assert_eq!(said.err, format!("error: {message}\n"));
    assert_eq!((said.code, said.out.as_str()), (Some(code), ""));
    assert_eq!(files(folder), before);
}

/// A shard in `results/NAME` of this scenario.
fn shard(folder: &Path, scenario: &str, name: &str, shard: &str, more: &[&str]) {
    fs::write(folder.join("made.json"), scenario).unwrap();
    let run = ["run", "made.json", "--quiet", "--out", name, "--shard", shard];
    done(folder, &[&run, more].concat());
}

#[test]
fn missing_shards_are_named() {
    let folder = folder();
    let folder = folder.path();
    shards(folder, 4, &[], &[]);
    let of = |index: u32| format!("results/small-shard-{index}-of-4");
    let (one, two, three) = (of(1), of(2), of(3));
    refused(folder, &[&three, &one, &two], 2, "cannot merge: shard 4 of 4 is missing");
    refused(folder, &[&three, &one], 2, "cannot merge: shards 2 and 4 of 4 are missing");
    refused(folder, &[&two], 2, "cannot merge: shards 1, 3 and 4 of 4 are missing");
    let many = "cannot merge: shards 1, 2, 3, 4, 5, 6, 7, 8 and 4294967286 more of 4294967295 are \
                missing";
    shard(folder, SMALL, "last", "4294967295/4294967295", &[]);
    refused(folder, &["last"], 2, many);
}

#[test]
fn a_shard_that_is_there_twice_is_refused() {
    let folder = folder();
    let folder = folder.path();
    shard(folder, SMALL, "a", "2/3", &[]);
    shard(folder, SMALL, "b", "2/3", &[]);
    let message = "cannot merge: `a/shard.jsonl` and `b/shard.jsonl` are both shard 2 of 3";
    refused(folder, &["a", "b"], 2, message);
}

#[test]
fn shards_of_something_else_are_refused_with_what_tells_them_apart() {
    let folder = folder();
    let folder = folder.path();
    fs::write(folder.join("arrivals.csv"), "at\n1s\n2s\n").unwrap();
    let traced = SMALL
        .replace("\"poisson\": {\"rate\": \"steady\"}", "\"trace\": {\"file\": \"arrivals.csv\"}");
    shard(folder, SMALL, "a", "1/2", &[]);
    let other = |scenario: &str, name_of_shard: &str, more: &[&str], difference: &str| {
        shard(folder, scenario, "b", name_of_shard, more);
        let message = "cannot merge: `b/shard.jsonl` is no part of the same runs as \
                       `a/shard.jsonl`: ";
        refused(folder, &["a", "b"], 2, &format!("{message}{difference}"));
    };
    other(SMALL, "2/3", &[], "it is shard 2 of 3, and not of 2");
    let renamed = SMALL.replace("\"small\"", "\"other\"");
    other(&renamed, "2/2", &[], "its scenario is `other`, and not `small`");
    other(SMALL, "2/2", &["--seed", "2"], "its seed is 2, and not 1");
    other(SMALL, "2/2", &["--replications", "4"], "its replications are 4, and not 3");
    let policy = ["--policy", "ring"];
    other(SMALL, "2/2", &policy, "its policies are `ring`, and not `round robin`, `ring`");
    let busier = SMALL.replace("200", "201");
    other(&busier, "2/2", &[], "its scenario, as it was run, differs from line 6 on");
    other(
        &format!("{SMALL}\n"),
        "2/2",
        &[],
        "its scenario, as it was run, differs from line 19 on",
    );
    shard(folder, &traced, "a", "1/2", &[]);
    fs::write(folder.join("arrivals.csv"), "at\n1s\n3s\n").unwrap();
    other(&traced, "2/2", &[], "the files that its scenario names hold something else");
}

#[test]
fn shards_of_other_versions_and_formats_are_refused() {
    let folder = folder();
    let folder = folder.path();
    shard(folder, SMALL, "a", "1/1", &[]);
    let text = fs::read_to_string(folder.join("a/shard.jsonl")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let changed = |from: &str, to: &str, message: &str| {
        assert!(text.contains(from));
        fs::write(folder.join("changed"), text.replacen(from, to, 1)).unwrap();
        refused(folder, &["changed"], 2, &format!("cannot merge `changed`: {message}"));
    };
    changed(
        &format!("\"version\":\"{version}\""),
        "\"version\":\"0.0.9\"",
        &format!(
            "version 0.0.9 ran it, and this is {version}: all shards and their merging need one \
             version"
        ),
    );
    changed(
        "\"format\":1",
        "\"format\":2",
        "it has format 2, this version reads format 1: run the shard again",
    );
    changed("\"ringstorm\"", "\"sandstorm\"", "it is no shard.jsonl of ringstorm");
    let damaged = "it is damaged or cut short: its digest is not the one that it names";
    changed("\"replications\":3", "\"replications\":4", damaged);
    changed("\"digest\":\"xxh3:", "\"digest\":\"xxh4:", damaged);
}

#[test]
fn what_is_no_shard_is_refused() {
    let folder = folder();
    let folder = folder.path();
    fs::write(folder.join("empty"), "").unwrap();
    fs::create_dir(folder.join("folder")).unwrap();
    done(folder, &["run", "small.json", "--charts", "none", "--quiet"]);
    let foreign = |path: &str| format!("cannot merge `{path}`: it is no shard.jsonl of ringstorm");
    for path in ["empty", "small.json", "results/small/results.json", "results/small/summary.csv"] {
        refused(folder, &[path], 2, &foreign(path));
    }
    for path in ["folder", "results/small"] {
        let message = format!("`{path}` is no folder of a shard: it has no shard.jsonl");
        refused(folder, &[path], 2, &message);
    }
    let missing = "cannot read `nothing`: No such file or directory (os error 2)";
    refused(folder, &["nothing"], 3, missing);
}

#[test]
fn results_that_cannot_be_written_end_with_3_before_anything_is_drawn() {
    let folder = folder();
    let folder = folder.path();
    shard(folder, SMALL, "a", "1/1", &[]);
    fs::write(folder.join("out"), "mine").unwrap();
    let out = folder.canonicalize().unwrap().join("out");
    refused(folder, &["a"], 3, &format!("`{}` is not a directory", out.display()));
    // Nor does a shard replace what is not ours.
    fs::write(folder.join("a/thesis.tex"), "years").unwrap();
    let said = say(folder, &["run", "small.json", "--shard", "1/1", "--out", "a"]);
    assert_eq!(said.code, Some(3));
    assert!(said.err.contains("`thesis.tex`, which is no part of a result"), "{}", said.err);
}

#[test]
fn what_needs_all_runs_is_refused_of_a_shard_before_anything_is_run() {
    let folder = folder();
    let check = "error: `--check` and `--baseline` are for `ringstorm merge`: a shard is no answer \
                 yet that could be judged\n";
    let charts = "error: `--charts` is for `ringstorm merge`: a shard is no answer yet that could \
                  be drawn\n";
    let before = files(folder.path());
    for (more, message) in [
        (&["--check"][..], check),
        (&["--baseline", "x.json"], check),
        (&["--charts", "svg"], charts),
        (&["--charts", "both"], charts),
    ] {
        let run = ["run", "small.json", "--shard", "1/2"];
        let said = say(folder.path(), &[&run, more].concat());
        assert_eq!((said.code, said.err.as_str()), (Some(2), message), "{more:?}");
    }
    for shard in ["0/2", "3/2", "1", "x/2", "1/0"] {
        let said = say(folder.path(), &["run", "small.json", "--shard", shard]);
        assert_eq!(said.code, Some(2));
        let expected = "expected I/N, shard I of N, with I from 1 to N";
        assert!(said.err.contains(expected), "{}", said.err);
    }
    assert_eq!(say(folder.path(), &["merge"]).code, Some(2));
    assert_eq!(files(folder.path()), before);
}

#[test]
fn results_never_take_the_place_of_a_shard() {
    let folder = folder();
    let folder = folder.path();
    shard(folder, SMALL, "a", "1/1", &[]);
    let before = files(folder);
    for (named, out) in [("a", "a"), ("a/shard.jsonl", "./a/../a"), ("a", ".")] {
        let said = say(folder, &["merge", named, "--out", out]);
        let message = format!(
            "error: the results would go to `{out}` and replace the shard `a/shard.jsonl`; choose \
             another folder with `--out`\n"
        );
        assert_eq!((said.code, said.err), (Some(2), message));
    }
    assert_eq!(files(folder), before);
}
