//! What parsers of each format read.

use std::fs;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use ringstorm::compare::{Comparison, FailOn, compare};
use ringstorm::report::TerminalOptions;
use ringstorm::report::comparison::{github, json, junit, markdown, text};
use ringstorm::stats::{Metric, Verdict};
use serde::Deserialize;
use unicode_width::UnicodeWidthStr;

use super::support::{GATE, folder, record, ringstorm, run};

/// A name that is markup everywhere.
const HOSTILE: &str = "a|b <c> & \"d\" 'e' ]]> %0A, f: `g` *h*";

/// A regression, an improvement, noise, and a policy on each side alone.
fn comparison() -> Comparison {
    let jitter = "clients.reconnect.exponential.jitter=none";
    let points = "policies[ring].balance.ring.virtual_nodes=20";
    let mut base = record(GATE, &[], 1);
    let mut new = record(GATE, &[jitter, points], 1);
    for record in [&mut base, &mut new] {
        HOSTILE.clone_into(&mut record.points[0].policies[1].name);
    }
    let mut gone = base.points[0].policies[0].clone();
    "gone".clone_into(&mut gone.name);
    base.points[0].policies.push(gone.clone());
    "come".clone_into(&mut gone.name);
    new.points[0].policies.push(gone);
    compare(&base, &new, 0.05).unwrap()
}

fn fails(verdict: Verdict) -> bool {
    FailOn::Regression.fails(verdict)
}

#[test]
fn junit_is_xml_of_the_usual_schema_and_counts_right() {
    let comparison = comparison();
    let xml = junit::render(&comparison, fails);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = document.root_element();
    // junit-10.xsd of the Jenkins xUnit plugin: element -> parent, attributes.
    let schema = [
        ("testsuites", "", &["name", "tests", "failures", "errors", "time"][..]),
        ("testsuite", "testsuites", &["name", "tests", "failures", "errors", "skipped", "time"]),
        ("testcase", "testsuite", &["classname", "name", "time"]),
        ("failure", "testcase", &["message", "type"]),
        ("skipped", "testcase", &["message"]),
    ];
    let elements = || document.descendants().filter(roxmltree::Node::is_element);
    for element in elements() {
        let name = element.tag_name().name();
        let (_, parent, attributes) = schema.iter().find(|(known, ..)| *known == name).unwrap();
        let above = element.parent_element().map_or("", |above| above.tag_name().name());
        assert_eq!(above, *parent);
        let met: Vec<&str> = element.attributes().map(|attribute| attribute.name()).collect();
        assert_eq!(met, **attributes);
    }
    let count = |name: &str| elements().filter(|e| e.tag_name().name() == name).count();
    let worse = comparison.count(Verdict::Worse);
    assert!(worse > 0);
    assert_eq!(count("testcase"), comparison.rows.len());
    assert_eq!(count("failure"), worse);
    assert_eq!(root.attribute("failures"), Some(worse.to_string().as_str()));
    for suite in root.children().filter(roxmltree::Node::is_element) {
        let of = |name: &str| {
            let found = suite.descendants().filter(|e| e.tag_name().name() == name).count();
            Some(found.to_string())
        };
        assert_eq!(suite.attribute("tests").map(str::to_owned), of("testcase"));
        assert_eq!(suite.attribute("failures").map(str::to_owned), of("failure"));
        assert_eq!(suite.attribute("skipped").map(str::to_owned), of("skipped"));
    }
    assert!(elements().any(|element| element.attribute("name") == Some(HOSTILE)));
}

#[test]
fn markdown_is_short_and_renders_as_one_table() {
    let comparison = comparison();
    let text = markdown::render(&comparison);
    assert!(text.lines().count() < 40, "{text}");
    let options = Options::ENABLE_TABLES;
    let (mut tables, mut rows, mut cells) = (0, 0, 0);
    for event in Parser::new_ext(&text, options) {
        match event {
            Event::Start(Tag::Table(_)) => tables += 1,
            Event::End(TagEnd::TableRow) => rows += 1,
            Event::End(TagEnd::TableCell) => cells += 1,
            Event::Html(html) | Event::InlineHtml(html) => {
                let known =
                    ["<details><summary>How", "<details>", "</details>", "<summary>", "</summary>"];
                assert!(known.iter().any(|known| html.trim().starts_with(known)), "{html}");
            }
            _ => {}
        }
    }
    let told = [Verdict::Worse, Verdict::Changed, Verdict::Better];
    let changes: usize = told.iter().map(|verdict| comparison.count(*verdict)).sum();
    assert_eq!((tables, rows), (1, changes.min(15)), "{text}");
    assert_eq!(cells, 7 * (rows + 1), "no name ends a cell");
    assert!(text.contains("No longer measured: gone (imbalance"), "{text}");
    assert!(text.contains("No baseline: come (imbalance"), "{text}");
    let equal = compare(&record(GATE, &[], 1), &record(GATE, &[], 1), 0.05).unwrap();
    assert!(markdown::render(&equal).contains("no regression"));
    // However many policies and points there are.
    let mut many = comparison;
    let rows = many.rows.clone();
    for copy in 0..50 {
        many.rows.extend(rows.iter().cloned().map(|mut row| {
            row.policy = format!("{} {copy}", row.policy);
            row
        }));
    }
    assert!(markdown::render(&many).lines().count() < 40);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the shape is what is tested")]
struct Shape {
    format: u32,
    kind: String,
    scenario: String,
    base: Side,
    new: Side,
    pairing: String,
    pairs: Option<u32>,
    equal: bool,
    threshold: f64,
    family: usize,
    failed: bool,
    counts: std::collections::BTreeMap<String, usize>,
    rows: Vec<RowShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the shape is what is tested")]
struct Side {
    digest: String,
    seed: u64,
    replications: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the shape is what is tested")]
struct RowShape {
    at: String,
    policy: String,
    metric: String,
    unit: String,
    better: String,
    basis: String,
    base: Option<SummaryShape>,
    new: Option<SummaryShape>,
    difference: Option<f64>,
    ci95: Option<[f64; 2]>,
    p: Option<f64>,
    p_adjusted: Option<f64>,
    tolerance: f64,
    verdict: String,
    replications_needed: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the shape is what is tested")]
struct SummaryShape {
    mean: Option<f64>,
    ci95: Option<[f64; 2]>,
    n: u32,
    censored: u32,
}

#[test]
fn json_has_the_fields_that_scripts_rely_on() {
    let comparison = comparison();
    let text = json::render(&comparison, true);
    let shape: Shape = serde_json::from_str(&text).unwrap();
    assert_eq!((shape.format, shape.kind.as_str(), shape.failed), (1, "comparison", true));
    assert_eq!((shape.pairing.as_str(), shape.pairs), ("by_replication", Some(10)));
    assert_eq!(shape.rows.len(), comparison.rows.len());
    assert_eq!(shape.counts.values().sum::<usize>(), shape.rows.len());
    assert_eq!(text.lines().count(), 2 + shape.rows.len(), "one line a row");
}

#[test]
fn json_is_valid_against_its_schema_and_a_wrong_one_is_not() {
    let schema = serde_json::from_str(json::SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut value = serde_json::from_str(&json::render(&comparison(), true)).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&value).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    value["rows"][0]["verdict"] = "fine".into();
    assert!(!validator.is_valid(&value));
}

#[test]
fn annotations_stay_on_one_line_and_keep_their_title() {
    let comparison = comparison();
    let text = github::render(&comparison, fails);
    let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("::error ")).collect();
    assert!((1..=10).contains(&errors.len()));
    for line in text.lines() {
        let rest = line.strip_prefix("::").unwrap();
        let (command, message) = rest.split_once("::").unwrap();
        let (kind, title) = command.split_once(" title=").unwrap();
        assert!(["error", "warning", "notice"].contains(&kind) && !message.is_empty(), "{line}");
        assert!(!title.contains([',', ':']), "{line}");
    }
    assert!(text.contains("%250A%2C f%3A"), "{text}");
}

#[test]
fn the_step_summary_of_a_workflow_is_the_markdown() {
    let folder = folder();
    let path = folder.path();
    run(path, "base", &["--replications", "3"]);
    let said = ringstorm(path, &["compare", "base", "base", "--format", "github"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.starts_with("::notice title="), "{}", said.out);
    let markdown = ringstorm(path, &["compare", "base", "base", "--format", "markdown"]).out;
    assert_eq!(fs::read_to_string(path.join("step.md")).unwrap(), markdown);
}

#[test]
fn the_table_names_what_changed_and_folds_the_rest() {
    let comparison = comparison();
    let options = TerminalOptions { width: 160, color: false, ascii: false };
    let text = text::render(&comparison, &options);
    assert!(text.lines().count() < 60, "{text}");
    let worse = text.lines().position(|line| line.starts_with("worse ")).unwrap();
    assert!(text.lines().skip(worse).any(|line| line.contains("peak_attempt_rate")), "{text}");
    assert!(text.contains("no longer measured gone: ") && text.contains("no baseline come: "));
    assert!(!text.contains('\u{1b}'));
    assert!(text.contains("paired by replication (10 pairs"), "{text}");
}

/// The table of a comparison on a terminal of this width.
fn shown(comparison: &Comparison, width: usize, ascii: bool) -> String {
    text::render(comparison, &TerminalOptions { width, color: false, ascii })
}

#[test]
fn no_line_of_a_comparison_is_wider_than_the_terminal() {
    let comparison = comparison();
    let worse: Vec<&str> =
        comparison.rows_with(Verdict::Worse).map(|row| row.metric.name).collect();
    assert!(!worse.is_empty());
    for width in (60..=200).step_by(5) {
        for ascii in [false, true] {
            let text = shown(&comparison, width, ascii);
            for line in text.lines() {
                assert!(line.width() <= width, "{} > {width}: {line}", line.width());
            }
            // Nothing is cut: it is told in more lines.
            for name in worse.iter().take(12) {
                assert!(text.contains(name), "{name}\n{text}");
            }
            assert!(text.contains("no longer measured gone: "), "{text}");
        }
    }
}

#[test]
fn a_narrow_terminal_shows_a_table_without_p_values_and_a_narrower_one_sentences() {
    let jitter = "clients.reconnect.exponential.jitter=none";
    let (base, new) = (record(GATE, &[], 1), record(GATE, &[jitter], 1));
    let comparison = compare(&base, &new, 0.05).unwrap();
    let section = |width| {
        let text = shown(&comparison, width, false);
        let (_, rest) = text.split_once("\nworse").unwrap();
        rest.split_once("\n\n").unwrap().0.to_owned()
    };
    let (wide, narrow, sentences) = (section(160), section(90), section(60));
    assert!(wide.contains("difference") && wide.contains('±'), "{wide}");
    assert!(wide.contains("  p ") && !wide.contains("->"), "{wide}");
    assert!(narrow.contains("difference") && !narrow.contains('±'), "{narrow}");
    assert!(!narrow.contains("  p "), "{narrow}");
    assert!(sentences.contains("drop all: peak_attempt_rate\n  "), "{sentences}");
    assert!(sentences.contains(" -> ") && sentences.contains('±'), "{sentences}");
}

#[test]
fn values_carry_their_unit_where_no_difference_can_be_given() {
    let jitter = "clients.reconnect.exponential.jitter=none";
    let once = "replications=1";
    let (base, new) = (record(GATE, &[once], 1), record(GATE, &[once, jitter], 1));
    let comparison = compare(&base, &new, 0.05).unwrap();
    let text = shown(&comparison, 160, false);
    assert!(text.contains("paired by replication (1 pair, no intervals)"), "{text}");
    assert!(text.lines().any(|line| line.contains(" s  ") && line.contains("needs two")), "{text}");
    let xml = junit::render(&comparison, |verdict| verdict == Verdict::Inconclusive);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let mut met = Vec::new();
    for failure in document.descendants().filter(|element| element.has_tag_name("failure")) {
        let name = failure.parent_element().unwrap().attribute("name").unwrap();
        let message = failure.attribute("message").unwrap();
        let (values, _) = message.split_once("; needs two replications").unwrap();
        let unit = Metric::named(name).unwrap().unit;
        let sign = match unit {
            "s" => "s",
            "fraction" => "%",
            "per_s" => "/s",
            _ => continue,
        };
        let is_told = values.ends_with(sign) || values.ends_with("% of runs");
        assert!(is_told || values.ends_with("not by end"), "{name}: {message}");
        met.push(unit);
    }
    assert!(met.contains(&"s") && met.contains(&"fraction"), "{met:?}");
}
