//! What the command says of what was typed: that it cannot be, where, and what may be meant.

use std::fs;

use super::{SMALL, folder, ringstorm, text};

#[test]
fn a_swept_field_cannot_be_set_but_what_is_around_it_can() {
    let folder = folder();
    let swept = SMALL
        .replace("\"events\"", "\"sweep\": {\"servers.handshake.workers\": [1, 2]}, \"events\"");
    fs::write(folder.path().join("small.json"), swept).unwrap();
    let check = |set: &str| ringstorm(folder.path(), &["check", "small.json", "--set", set]);
    let refused = check("servers.handshake.workers=4");
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    assert!(said.contains("the sweep of `servers.handshake.workers`"), "{said}");
    for (set, points) in [
        ("servers.handshake={\"workers\": 9, \"cost\": \"1ms\"}", 2),
        ("servers.handshake.cost=1ms", 2),
        ("sweep={}", 0),
    ] {
        let output = check(set);
        assert_eq!(output.status.code(), Some(0), "{set}: {}", text(&output.stderr));
        let shown = text(&output.stdout);
        assert_eq!(shown.matches("  at servers.handshake.workers").count(), points, "{shown}");
    }
}

/// The small scenario, whose clients come as the rows of a trace say.
fn traced(rows: &str) -> tempfile::TempDir {
    let folder = folder();
    let scenario = SMALL.replace(
        "{\"poisson\": {\"rate\": \"steady\"}}",
        "{\"trace\": {\"file\": \"arrivals.csv\"}}",
    );
    fs::write(folder.path().join("small.json"), scenario).unwrap();
    fs::write(folder.path().join("arrivals.csv"), format!("at\n{rows}")).unwrap();
    folder
}

#[test]
fn arrivals_after_the_end_are_told_of() {
    let folder = traced("1s\n61s\n60s\n59.9s\n");
    let expected = "small.json: 2 of the 4 arrivals in a trace of `clients` come after the end of the run at 1m";
    for arguments in [
        &["check", "small.json"][..],
        &["run", "small.json", "--charts", "none", "--replications", "1"],
    ] {
        let output = ringstorm(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(text(&output.stderr), format!("warning: {expected}\n"));
        let json = [arguments, &["--json-messages"]].concat();
        let said = text(&ringstorm(folder.path(), &json).stderr);
        let line: serde_json::Value = serde_json::from_str(said.trim_end()).expect(&said);
        assert_eq!(line["message"], format!("warning: {expected}"));
        let quiet = [arguments, &["--quiet"]].concat();
        assert_eq!(text(&ringstorm(folder.path(), &quiet).stderr), "");
    }
    let folder = traced("1s\n59.9s\n");
    assert_eq!(text(&ringstorm(folder.path(), &["check", "small.json"]).stderr), "");
}

#[test]
fn a_file_of_results_that_a_command_does_not_read_leads_to_the_one_that_it_does() {
    let folder = folder();
    let run = ["run", "small.json", "--charts", "none", "--quiet"];
    assert_eq!(ringstorm(folder.path(), &run).status.code(), Some(0));
    for (arguments, expected) in [
        (&["report", "results/small/summary.json"][..], "give the results.json beside it"),
        (
            &["compare", "results/small/results.json", "results/small"],
            "what can be compared is the summary.json beside it",
        ),
        (&["promote", "results/small/results.json"], "the summary.json beside it"),
        (&["report", "results/small/manifest.json"], "it is no results.json"),
    ] {
        let output = ringstorm(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = text(&output.stderr);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    // A copy of the results by another name is as good as they are.
    let copy = folder.path().join("copy.json");
    fs::copy(folder.path().join("results/small/results.json"), copy).unwrap();
    let drawn = ["report", "copy.json", "--chart", "reconnect-storm", "-o", "x.svg"];
    let drawn = ringstorm(folder.path(), &drawn);
    assert_eq!(drawn.status.code(), Some(0), "{}", text(&drawn.stderr));
}

#[test]
fn the_ending_of_a_chart_s_file_says_its_format() {
    let folder = folder();
    let run = ["run", "small.json", "--charts", "none", "--quiet"];
    assert_eq!(ringstorm(folder.path(), &run).status.code(), Some(0));
    let draw = |more: &[&str]| {
        let arguments = [&["report", "results/small", "--chart", "reconnect-storm"], more].concat();
        ringstorm(folder.path(), &arguments)
    };
    let is_png = |name: &str| {
        let bytes = fs::read(folder.path().join(name)).unwrap();
        assert!(bytes.starts_with(b"<svg") || bytes.starts_with(b"\x89PNG"), "{name}");
        bytes.starts_with(b"\x89PNG")
    };
    for (out, more, png) in [
        ("x.png", &[][..], true),
        ("y.PNG", &[], true),
        ("x.svg", &[], false),
        ("x.other", &[], false),
        ("y.other", &["--format", "png"], true),
        ("z.png", &["--format", "png"], true),
    ] {
        let output = draw(&[&["-o", out], more].concat());
        assert_eq!(output.status.code(), Some(0), "{out}: {}", text(&output.stderr));
        assert_eq!(is_png(out), png, "{out}");
    }
    let output = draw(&["-o", "two.png", "--format", "svg"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!folder.path().join("two.png").exists());
}

#[test]
fn a_baseline_of_another_scenario_is_refused_before_anything_is_run() {
    let folder = folder();
    let held = |name: &str| {
        SMALL.replace("\"small\"", &format!("\"{name}\"")).replace(
            "\"events\"",
            "\"budgets\": {\"ring\": {\"attempts\": {\"max_increase\": \"10%\"}}}, \"events\"",
        )
    };
    for name in ["held", "other"] {
        fs::write(folder.path().join(format!("{name}.json")), held(name)).unwrap();
    }
    let run = |arguments: &[&str]| {
        let always = ["run", "held.json", "--charts", "none", "--out", "out"];
        ringstorm(folder.path(), &[&always, arguments].concat())
    };
    let other = ["run", "other.json", "--charts", "none", "--quiet"];
    assert_eq!(ringstorm(folder.path(), &other).status.code(), Some(0));
    let promote = ["promote", "results/other", "--to", "other-base.json"];
    assert_eq!(ringstorm(folder.path(), &promote).status.code(), Some(0));
    let output = run(&["--check", "--baseline", "other-base.json"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("they are of different scenarios: `other` and `held`"), "{said}");
    assert!(!folder.path().join("out").exists(), "it was run");
    // It is of no matter where nothing is enforced, and right where it is its own.
    assert_eq!(run(&["--baseline", "other-base.json"]).status.code(), Some(0));
    let promote = ["promote", "out", "--to", "held-base.json"];
    assert_eq!(ringstorm(folder.path(), &promote).status.code(), Some(0));
    let output = run(&["--check", "--baseline", "held-base.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let output = run(&["--check", "--baseline", "held-base.json", "--set", "duration=50s"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("another world"), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "", "it was run");
}

#[test]
fn numbers_that_cannot_be_are_told_what_they_can() {
    let folder = folder();
    for (arguments, expected) in [
        (&["run", "small.json", "--seed", "-1"][..], "expected a whole number, 0 or more"),
        (&["run", "small.json", "--replications", "-3"], "expected a whole number, 0 or more"),
        (&["run", "small.json", "--seed", "18446744073709551616"], "expected a smaller number"),
        (&["run", "small.json", "--threads", "-1"], "expected a whole number from 1 to 1024"),
        (&["run", "small.json", "--threads", "1025"], "expected a whole number from 1 to 1024"),
        (&["replay", "small.json", "--limit", "-1"], "expected a whole number, 0 or more"),
        (&["client", "small.json", "c1", "--replication", "x"], "a whole number, 0 or more"),
    ] {
        let output = ringstorm(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        let said = text(&output.stderr);
        assert!(said.contains(expected) && !said.contains("-- -"), "{arguments:?}: {said}");
    }
    let output = ringstorm(folder.path(), &["run", "small.json", "--memory", "1KiB"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("but there are 1 kB;"), "{}", text(&output.stderr));
}

#[test]
fn a_scenario_that_is_checked_twice_is_no_fault_as_nothing_is_written() {
    let folder = folder();
    let output = ringstorm(folder.path(), &["check", "small.json", "small.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).matches("small  seed 1").count(), 2);
    let output = ringstorm(folder.path(), &["run", "small.json", "small.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("are both named `small`"), "{}", text(&output.stderr));
}

#[test]
fn a_file_that_is_not_there_is_like_no_other_by_its_ending_alone() {
    let folder = folder();
    let said = |name: &str| text(&ringstorm(folder.path(), &["check", name]).stderr);
    assert!(said("smal.json").contains("similar name: `small.json`"), "{}", said("smal.json"));
    assert!(said("small.jsn").contains("similar name: `small.json`"), "{}", said("small.jsn"));
    assert!(!said("nope.json").contains("similar"), "{}", said("nope.json"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", folder.path().join("link.json")).unwrap();
        let said = said("link.json");
        assert!(said.contains("it is a link to `nowhere`, where nothing is"), "{said}");
        assert!(!said.contains("similar"), "{said}");
    }
}

#[test]
fn one_entry_is_no_entries() {
    let folder = folder();
    let replay = |limit: &str| {
        let replay = ["replay", "small.json", "--policy", "ring", "--limit", limit];
        text(&ringstorm(folder.path(), &replay).stdout)
    };
    assert!(replay("1").ends_with("cut off after 1 entry\n"), "{}", replay("1"));
    assert!(replay("2").ends_with("cut off after 2 entries\n"), "{}", replay("2"));
}
