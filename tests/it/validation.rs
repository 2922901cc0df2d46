//! `ringstorm validate`: its catalogue is whole, it passes what is right and refuses what is not.
//!
//! That the simulator meets each case is tested under `theory`, `messages` and `metastability`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ringstorm::scenario::{Overrides, read_text};
use ringstorm::validation::case::read;
use ringstorm::validation::{Case, Fault, Outcome, Round, Test, case, catalogue, values};
use serde_json::Value;
use tempfile::TempDir;

use super::cli::{ringstorm, text};

/// Cases that take a moment: an exact one, one by a closed form, one against a simulation.
const QUICK: [&str; 3] = ["R-ROUNDS-B1", "Q-STORM-D-b-short-queue", "H-MAGLEV-a-2"];

fn folder() -> TempDir {
    TempDir::new().unwrap()
}

fn told(arguments: &[&str]) -> String {
    let output = ringstorm(folder().path(), arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    text(&output.stdout)
}

#[test]
fn every_case_of_the_catalogue_is_a_scenario_with_the_policies_that_it_names() {
    let mut names = BTreeSet::new();
    for case in catalogue() {
        let plan =
            read_text(&case.id, case.scenario.as_str(), Path::new(""), &Overrides::default())
                .unwrap_or_else(|faults| panic!("{}: {faults:#?}", case.id));
        assert!(names.insert(plan.name.clone()), "{}: a second `{}`", case.id, plan.name);
        assert_eq!(plan.points.len(), 1, "{}: a sweep is not judged", case.id);
        assert_eq!(plan.description, case.title, "{}", case.id);
        let policies: Vec<&str> =
            plan.points[0].policies.iter().map(|policy| policy.name.as_str()).collect();
        for check in &case.checks {
            let used = [Some(&check.policy), check.against.as_ref()];
            for name in used.into_iter().flatten() {
                assert!(policies.contains(&name.as_str()), "{}: {name}", case.id);
            }
            let is_of_chance = matches!(
                check.test,
                Test::Mean { .. } | Test::Variance { .. } | Test::Inside { .. }
            );
            assert!(!is_of_chance || plan.replications >= 20, "{}: {}", case.id, check.what);
        }
        assert!(case.title.chars().count() + case.id.len() <= 78, "{}: {}", case.id, case.title);
        assert!(!case.checks.is_empty() && !case.source.is_empty(), "{}", case.id);
    }
}

#[test]
fn the_catalogue_has_every_scenario_of_its_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/validation/cases");
    let mut files: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().replace(".json", ""))
        .collect();
    let mut ids: Vec<String> = catalogue().iter().map(|case| case.id.clone()).collect();
    files.sort();
    ids.sort();
    assert_eq!(ids, files);
}

#[test]
fn cases_that_agree_with_theory_pass_and_say_the_same_bytes_whatever_the_threads() {
    let arguments = |threads| [&["validate", "--threads", threads][..], &QUICK].concat();
    let said = told(&arguments("1"));
    insta::assert_snapshot!("quick", said);
    assert_eq!(told(&arguments("2")), said);
    assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
}

#[test]
fn scripts_and_pages_get_the_same_numbers() {
    let arguments = |format| [&["validate", "--format", format][..], &QUICK].concat();
    let json: Value = serde_json::from_str(&told(&arguments("json"))).unwrap();
    assert_eq!((json["passed"].as_u64(), json["failed"].as_u64()), (Some(3), Some(0)));
    let check = &json["cases"][1]["checks"][1];
    assert_eq!(check["what"], "attempts");
    assert_eq!((&check["expected"], &check["measured"]), (&check["measured"], &check["expected"]));
    assert_eq!((check["test"].as_str(), check["verdict"].as_str()), (Some("exact"), Some("pass")));
    let markdown = told(&arguments("markdown"));
    assert!(markdown.starts_with("### ringstorm validate: 3 cases, "), "{markdown}");
    assert_eq!(markdown.matches("| pass |").count(), 6, "{markdown}");
}

#[test]
fn quiet_says_only_what_fails_and_the_counts() {
    assert_eq!(told(&["validate", "--quiet", "R-ROUNDS-B1"]), "1 case, 3 quantities: it passes.\n");
}

#[test]
fn a_pattern_is_an_id_or_its_start_or_a_glob() {
    let ids = |arguments: &[&str]| -> Vec<String> {
        let said = told(&[&["validate", "--list"], arguments].concat());
        said.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    };
    let all = ids(&["--long"]);
    assert_eq!(all.len(), catalogue().len());
    assert!(ids(&[]).len() < all.len(), "long cases are left out");
    assert_eq!(ids(&["Q-MMc-"]), ["Q-MMc-a", "Q-MMc-b", "Q-MMc-c"]);
    assert_eq!(ids(&["*-b-aborted", "Q-MM1-c"]), ["Q-MM1-c", "Q-MMc+D-b-aborted"], "one is long");
}

#[test]
fn the_list_of_cases_is_said_in_the_format_that_is_asked_for() {
    let said = told(&["validate", "--list", "--format", "json", "Q-MMc-", "H-ADD-a"]);
    let cases: Vec<Value> = serde_json::from_str(&said).unwrap();
    let ids: Vec<&str> = cases.iter().map(|case| case["id"].as_str().unwrap()).collect();
    let listed = told(&["validate", "--list", "Q-MMc-", "H-ADD-a"]);
    let expected: Vec<&str> = listed.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(ids, expected);
    for value in &cases {
        let known = case(value["id"].as_str().unwrap()).unwrap();
        assert_eq!(value["title"], known.title);
        assert_eq!(value["source"], known.source);
        assert_eq!(value["long"], known.long);
        let checks = value["checks"].as_array().unwrap();
        assert_eq!(checks.len(), known.checks.len());
        assert!(checks.iter().all(|check| check["what"].is_string() && check["test"].is_string()));
        assert!(checks.iter().all(|check| !check["expected"].is_null()), "{value}");
        assert!(checks.iter().all(|check| check.get("measured").is_none()), "{value}");
    }
    let said = told(&["validate", "--list", "--format", "json", "--long"]);
    let all: Vec<Value> = serde_json::from_str(&said).unwrap();
    assert_eq!(all.len(), catalogue().len());
    let markdown = told(&["validate", "--list", "--format", "markdown", "Q-MMc-"]);
    assert_eq!(markdown.lines().count(), 2 + 3, "{markdown}");
    assert!(markdown.contains("| `Q-MMc-a` | "), "{markdown}");
}

#[test]
fn a_case_can_be_shown_and_run_as_any_scenario() {
    let scenario = told(&["validate", "--show", "Q-STORM-D-b-short-queue"]);
    assert_eq!(scenario, case("Q-STORM-D-b-short-queue").unwrap().scenario);
    let folder = folder();
    fs::write(folder.path().join("case.json"), scenario).unwrap();
    let output = ringstorm(folder.path(), &["run", "case.json", "--charts", "none"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let summary =
        fs::read_to_string(folder.path().join("results/Q-STORM-D-b-short-queue/summary.csv"));
    assert!(summary.unwrap().contains(",only,accepted,count,104,"));
}

#[test]
fn an_unknown_case_is_refused_with_the_nearest() {
    for arguments in [&["validate", "Q-MMl-a"][..], &["validate", "--show", "Q-MMl-a"]] {
        let output = ringstorm(folder().path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            text(&output.stderr),
            "error: unknown case `Q-MMl-a`; there is a similar one: `Q-MM1-a`\n"
        );
    }
    let output = ringstorm(folder().path(), &["validate", "R-META2-a-*", "nothing-like-it"]);
    assert_eq!(text(&output.stderr), "error: unknown case `nothing-like-it`\n");
}

/// One round and, where it fails, another, as the command does it.
fn judged(case: &Case) -> (Outcome<'_>, Option<Outcome<'_>>) {
    let first = Round::first(&[case]).unwrap().run(|_, _, _| {}).unwrap().remove(0);
    let second = Round::again(std::slice::from_ref(&first)).unwrap();
    let second = second.run(|_, _, _| {}).unwrap().pop();
    (first, second)
}

/// Quick, and with chance: 20 runs of 1,000 clients.
fn chance() -> Case {
    let mut case = case("Q-STORM-M-a").unwrap().clone();
    case.scenario = case.scenario.replace("\"replications\": 200", "\"replications\": 20");
    case.checks.truncate(1);
    case
}

#[test]
fn a_wrong_expectation_fails_in_a_second_round_too() {
    let mut case = chance();
    let Test::Mean { value, .. } = case.checks[0].test else { panic!("{case:?}") };
    case.checks[0].test = Test::Mean { value: 0.9 * value, width: Some(0.5) };
    let (first, second) = judged(&case);
    let second = second.expect("chance may be the reason");
    assert_eq!((second.round, second.replications), (2, 80), "four times as many");
    assert_ne!(second.seed, first.seed);
    for outcome in [first, second] {
        assert_eq!(outcome.findings[0].fault, Some(Fault::Differs));
        assert!(!outcome.passes());
    }
}

#[test]
fn a_wide_interval_is_no_pass() {
    let mut case = chance();
    let Test::Mean { value, .. } = case.checks[0].test else { panic!("{case:?}") };
    case.checks[0].test = Test::Mean { value, width: Some(1e-4) };
    assert_eq!(judged(&case).0.findings[0].fault, Some(Fault::TooWide));
    // Four times the replications halve it.
    let half = judged(&case).0.findings[0].half_width.unwrap() / value;
    case.checks[0].test = Test::Mean { value, width: Some(0.8 * half) };
    let (first, second) = judged(&case);
    assert!(!first.passes() && second.unwrap().passes());
}

#[test]
fn what_has_no_chance_is_not_tried_again() {
    let mut case = case("R-ROUNDS-B1").unwrap().clone();
    case.checks[1].test = Test::Exact(1.0);
    let (first, second) = judged(&case);
    assert_eq!(first.findings[1].fault, Some(Fault::Differs));
    assert_eq!(second, None);
}

#[test]
fn what_a_run_does_not_have_is_no_pass() {
    let mut case = case("R-ROUNDS-B1").unwrap().clone();
    case.checks.truncate(1);
    case.checks[0].expression =
        ringstorm::validation::expression::Expression::parse("newest_share").unwrap();
    assert_eq!(judged(&case).0.findings[0].fault, Some(Fault::NotMeasured));
}

#[test]
fn a_catalogue_that_is_wrong_says_where() {
    let error = |catalogue: &str| {
        let scenario =
            |id: &str| (id == "A").then(|| r#"{"policies": [{"name": "x"}]}"#.to_owned());
        read(catalogue, values(), scenario).unwrap_err().to_string()
    };
    let of = |id: &str, measure: &str, test: &str| {
        format!(
            r#"[{{"id": "{id}", "title": "", "source": "", "row": "Q-MM1-a", "checks":
            [{{"what": "", "measure": "{measure}", "test": {test}}}]}}]"#
        )
    };
    assert_eq!(error(&of("B", "accepted", r#"{"exact": 1}"#)), "`B` has no scenario");
    assert_eq!(
        error(&of("A", "acepted", r#"{"exact": 1}"#)),
        "`A`: `acepted` is no metric, total or series"
    );
    assert_eq!(error(&of("A", "accepted", r#"{"exact": "V"}"#)), "`Q-MM1-a` has no number `V`");
    assert!(error(&of("A", "accepted", r#"{"about": 1}"#)).contains("unknown variant `about`"));
}
