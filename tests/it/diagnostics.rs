//! Scenarios that are wrong: every one is refused with the text beside it.
//!
//! `tests/diagnostics/NAME.json` is a broken scenario, or `NAME.args` a command
//! line (the scenario first, then `--set PATH=VALUE` and `--policy NAME`, one a
//! line; `sound.jsn` and `swept.jsn` are scenarios that are right); `NAME.stderr` is what people read.
//! To accept new texts, run with
//! `UPDATE_DIAGNOSTICS=1`, and read them.

use std::fs;
use std::path::{Path, PathBuf};

use ringstorm::scenario::{Code, Diagnostic, Overrides, load, read_text, render};

const FOLDER: &str = "tests/diagnostics";

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(FOLDER).expect("tests run in the root of the package");
    let mut cases: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json" || kind == "args"))
        .collect();
    cases.sort();
    cases
}

fn faults(case: &Path) -> Vec<Diagnostic> {
    let (scenario, overrides) = if case.extension().is_some_and(|kind| kind == "args") {
        command_line(case)
    } else {
        (case.to_path_buf(), Overrides::default())
    };
    match load(&scenario, &overrides) {
        Ok(_) => panic!("{} is accepted", case.display()),
        Err(faults) => faults,
    }
}

fn command_line(case: &Path) -> (PathBuf, Overrides) {
    let text = fs::read_to_string(case).expect("the case is text");
    let mut lines = text.lines();
    let scenario = Path::new(FOLDER).join(lines.next().expect("the scenario comes first"));
    let mut overrides = Overrides::default();
    for line in lines {
        match line.split_once(' ') {
            Some(("--set", value)) => overrides.set.push(value.to_owned()),
            Some(("--policy", value)) => overrides.policies.push(value.to_owned()),
            _ => panic!("{}: unknown argument {line}", case.display()),
        }
    }
    (scenario, overrides)
}

#[test]
fn every_broken_scenario_gets_the_text_beside_it() {
    let update = std::env::var_os("UPDATE_DIAGNOSTICS").is_some();
    let cases = cases();
    assert!(cases.len() >= 40, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let text = render::text(&faults(&case), false);
        let expected = case.with_extension("stderr");
        if update {
            fs::write(&expected, &text).expect("the folder can be written");
        } else if fs::read_to_string(&expected).unwrap_or_default() != text {
            wrong.push(format!("{}:\n{text}", expected.display()));
        }
    }
    assert!(wrong.is_empty(), "differs from the file:\n{}", wrong.join("\n"));
}

#[test]
fn every_kind_of_diagnostic_is_shown_by_a_case_and_explained() {
    let mut met: Vec<Code> = cases().iter().flat_map(|case| faults(case)).map(|f| f.code).collect();
    met.sort();
    met.dedup();
    assert_eq!(met, Code::ALL, "kinds without a case");
    for code in Code::ALL {
        assert_eq!(Code::from_name(code.name()), Some(*code));
        assert!(code.explanation().len() > 60, "{code} is not explained");
    }
}

#[test]
fn every_place_lies_in_its_text_and_messages_keep_their_form() {
    for case in cases() {
        for fault in faults(&case) {
            let message = &fault.message;
            assert!(!message.ends_with('.') && !message.is_empty(), "{message}");
            assert!(!message.contains('?') || message.contains("`?"), "{message}");
            for span in &fault.spans {
                assert!(span.source.text.get(span.range.clone()).is_some(), "{fault:?}");
            }
        }
    }
}

#[test]
fn a_program_gets_one_json_object_a_line_with_line_and_column_in_characters() {
    let text = "{\n  \"náme\": 1\n}";
    let faults = read_text("x.json", text, Path::new(""), &Overrides::default()).unwrap_err();
    let lines = render::json_lines(&faults);
    let object: serde_json::Value = serde_json::from_str(lines.trim_end()).expect("one object");
    assert_eq!(object["code"], "unknown-field");
    assert_eq!(object["path"], "náme");
    let span = &object["spans"][0];
    assert_eq!(
        (&span["line"], &span["column"], &span["length"]),
        (&2.into(), &3.into(), &6.into())
    );
    assert_eq!(object["help"], "there is a field with a similar name: `name`");
}

#[test]
fn colour_changes_nothing_but_colour() {
    let text = "{\"name\": 1}";
    let faults = read_text("x.json", text, Path::new(""), &Overrides::default()).unwrap_err();
    let coloured = render::text(&faults, true);
    assert!(coloured.contains("\u{1b}["));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').expect("an escape ends").1;
    }
    plain.push_str(rest);
    assert_eq!(plain, render::text(&faults, false));
}

/// A scenario whose help names its groups.
fn with_group_named(name: &str) -> String {
    format!(
        r#"{{"name": "x", "duration": "1m", "clients": [{{"name": "{name}", "presence": "1s"}}],
            "servers": {{"count": 1}}, "policies": [{{"name": "a", "balance": "ring"}}],
            "events": [{{"at": "1s", "disconnect": {{"fraction": 1, "group": "others"}}}}]}}"#
    )
}

#[test]
fn no_scenario_commands_the_terminal_or_floods_it() {
    let long = "x".repeat(1_000_000);
    for name in ["\\u001b[31mred\\u0007", "a\\nb\\rc", "\\u202e", long.as_str()] {
        for text in [
            format!("{{\"{name}\": 1}}"),
            format!("{{\"name\": 1, \"duration\": \"{name}\"}}"),
            format!("{{\"duration\": \"{name}\"}}"),
            with_group_named(name),
        ] {
            let faults =
                read_text("x.json", text, Path::new(""), &Overrides::default()).unwrap_err();
            let shown = render::text(&faults, false);
            let is_safe = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
            assert!(shown.chars().all(is_safe), "{shown:?}");
            assert!(shown.len() < 5_000, "{} bytes", shown.len());
        }
    }
}

/// A sound scenario in one line, with these fields after the others.
fn in_one_line(fields: &str) -> String {
    format!(
        r#"{{"name": "x", "duration": "1m", "clients": {{"connected": 1, "presence": "1h"}}, "policies": [{{"name": "a", "balance": "ring"}}], {fields}}}"#
    )
}

#[test]
fn thousands_of_faults_in_one_line_give_little_output() {
    let many = |count: usize, part: &dyn Fn(usize) -> String| {
        (0..count).map(part).collect::<Vec<String>>().join(", ")
    };
    let events = many(2_000, &|_| r#"{"at": "2m", "add": 1}"#.to_owned());
    let zones = many(5_000, &|_| r#""z""#.to_owned());
    let keys = many(20_000, &|key| format!(r#""k{}": 1"#, key % 10_000));
    let cases = [
        (1_950, format!(r#""servers": {{"count": 1}}, "events": [{events}]"#)),
        (4_949, format!(r#""servers": {{"count": 1, "zones": [{zones}]}}"#)),
        (9_950, format!(r#""servers": {{"count": 1}}, {keys}"#)),
    ];
    for (more, fields) in cases {
        let text = in_one_line(&fields);
        let faults = read_text("x.json", text, Path::new(""), &Overrides::default()).unwrap_err();
        let shown = render::text(&faults, false);
        assert!(shown.len() < 50_000, "{} bytes", shown.len());
        assert_eq!(shown.matches("error[").count(), 50);
        assert!(shown.ends_with(&format!("\n\nand {more} more\n")), "{}", faults.len());
        assert_eq!(render::json_lines(&faults).lines().count(), 50);
    }
}

#[test]
fn two_places_of_a_long_line_are_shown_without_what_is_between() {
    let events = vec![r#"{"at": "1s", "add": 1}"#; 100].join(", ");
    let fields =
        format!(r#""servers": {{"count": 1}}, "events": [{events}, {{"at": "2m", "add": 1}}]"#);
    let text = in_one_line(&fields);
    let faults = read_text("x.json", text, Path::new(""), &Overrides::default()).unwrap_err();
    insta::assert_snapshot!("long-line", render::text(&faults, false));
}
