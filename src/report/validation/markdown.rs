//! For a page: one table.

use super::{Written, counts, notes, verdict};
use crate::report::comparison::markdown::escape;
use crate::report::terminal::line::Glyphs;
use crate::validation::{Case, Outcome};

/// The outcomes as Markdown; ends with a line feed.
pub fn render(outcomes: &[Outcome<'_>]) -> String {
    let glyphs = Glyphs::new(false);
    let mut text =
        format!("### ringstorm validate: {}\n\n", counts(outcomes).trim_end_matches('.'));
    text.push_str("| case | what | expected | measured | verdict |\n|---|---|---:|---:|---|\n");
    for outcome in outcomes {
        let case = outcome.case;
        text.push_str(&format!("| `{}` | {} | | | |\n", case.id, escape(&case.title)));
        for (check, finding) in case.checks.iter().zip(&outcome.findings) {
            let written = Written::of(&check.test, finding, outcome.replications, &glyphs);
            let verdict = match finding.fault {
                None => verdict(None).to_owned(),
                fault => format!("**{}**", verdict(fault)),
            };
            text.push_str(&format!(
                "| | {} | {} | {}{} | {verdict} |\n",
                escape(&check.what),
                written.expected,
                written.measured,
                written.half_width
            ));
        }
    }
    text.push_str(&format!("\n{}\n", notes(outcomes, glyphs.plus_minus)));
    text
}

/// The cases as a table, with no outcome.
pub fn catalogue(cases: &[&Case]) -> String {
    let mut text = "| case | what | source |\n|---|---|---|\n".to_owned();
    for case in cases {
        let long = if case.long { " (long)" } else { "" };
        let (title, source) = (escape(&case.title), escape(&case.source));
        text.push_str(&format!("| `{}` | {title}{long} | {source} |\n", case.id));
    }
    text
}
