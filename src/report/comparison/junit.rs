//! `JUnit` XML: a suite a policy, a test case a metric.
//!
//! Source: the schema of the Jenkins xUnit plugin (`junit-10.xsd`), the subset that GitLab,
//! Jenkins and GitHub's reporters share: `testsuites`, `testsuite`, `testcase`, `failure`,
//! `skipped`.

use super::words::{changes, place};
use crate::compare::{Comparison, Row};
use crate::report::terminal::line::Glyphs;
use crate::stats::Verdict;

/// The comparison as `JUnit` XML. `fails` says which verdicts fail the command.
pub fn render(comparison: &Comparison, fails: impl Fn(Verdict) -> bool) -> String {
    let mut suites: Vec<(String, Vec<&Row>)> = Vec::new();
    for row in &comparison.rows {
        let place = place(row);
        match suites.last_mut() {
            Some((last, rows)) if *last == place => rows.push(row),
            _ => suites.push((place, vec![row])),
        }
    }
    let failures = |rows: &[&Row]| rows.iter().filter(|row| fails(row.verdict)).count();
    let skipped =
        |rows: &[&Row]| rows.iter().filter(|row| is_skipped(row) && !fails(row.verdict)).count();
    let all: Vec<&Row> = comparison.rows.iter().collect();
    let name = escape(&comparison.name);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ringstorm {name}\" tests=\"{}\" \
         failures=\"{}\" errors=\"0\" time=\"0\">\n",
        all.len(),
        failures(&all)
    );
    for (place, rows) in &suites {
        let place = escape(place);
        text.push_str(&format!(
            "  <testsuite name=\"{place}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"0\">\n",
            rows.len(),
            failures(rows),
            skipped(rows)
        ));
        for row in rows {
            case(&mut text, &format!("{name}.{place}"), row, fails(row.verdict));
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// What was not decided is no pass.
fn is_skipped(row: &Row) -> bool {
    matches!(row.verdict, Verdict::Inconclusive | Verdict::NoBaseline | Verdict::Missing)
}

fn case(text: &mut String, class: &str, row: &Row, fails: bool) {
    let name = row.metric.name;
    let message =
        escape(&format!("{}: {}", row.verdict.words(), changes(row, &Glyphs::new(false))));
    let verdict = row.verdict.name();
    let open = format!("    <testcase classname=\"{class}\" name=\"{name}\" time=\"0\"");
    if fails {
        text.push_str(&format!(
            "{open}>\n      <failure message=\"{message}\" type=\"{verdict}\">{message}</failure>\n    \
             </testcase>\n"
        ));
    } else if is_skipped(row) {
        text.push_str(&format!(
            "{open}>\n      <skipped message=\"{message}\"/>\n    </testcase>\n"
        ));
    } else {
        text.push_str(&format!("{open}/>\n"));
    }
}

/// Text as it may stand in XML 1.0, in an attribute too.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' | '\r' | '\t' => escaped.push(' '),
            // XML 1.0, section 2.2: these are no characters.
            '\u{fffe}' | '\u{ffff}' => escaped.push('?'),
            _ if character < ' ' => escaped.push('?'),
            _ => escaped.push(character),
        }
    }
    escaped
}
