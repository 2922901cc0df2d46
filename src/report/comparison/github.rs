//! Annotations of a GitHub workflow run.
//!
//! Source: docs.github.com, "Workflow commands for GitHub Actions"; escapes as in
//! actions/toolkit, `packages/core/src/command.ts`.

use super::words::{changes, counts, place, ranked};
use crate::compare::{Comparison, Row};
use crate::report::terminal::line::Glyphs;
use crate::stats::Verdict;

/// GitHub shows at most ten annotations of each kind for a step.
const MOST: usize = 9;

/// One `::error` for each row that fails, one `::warning` for each other regression and for
/// what is no longer measured, and a `::notice` with the counts.
pub fn render(comparison: &Comparison, fails: impl Fn(Verdict) -> bool) -> String {
    let mut text = String::new();
    let told = [
        Verdict::Worse,
        Verdict::Missing,
        Verdict::Changed,
        Verdict::Better,
        Verdict::NoBaseline,
        Verdict::Inconclusive,
    ];
    let failed: Vec<&Row> = told
        .into_iter()
        .filter(|verdict| fails(*verdict))
        .flat_map(|verdict| ranked(comparison, verdict))
        .collect();
    let warned: Vec<&Row> = [Verdict::Worse, Verdict::Missing]
        .into_iter()
        .filter(|verdict| !fails(*verdict))
        .flat_map(|verdict| ranked(comparison, verdict))
        .collect();
    annotate(&mut text, "error", comparison, &failed);
    annotate(&mut text, "warning", comparison, &warned);
    let title = property(&format!("ringstorm {}", comparison.name));
    text.push_str(&format!("::notice title={title}::{}\n", data(&counts(comparison))));
    text
}

fn annotate(text: &mut String, kind: &str, comparison: &Comparison, rows: &[&Row]) {
    let glyphs = Glyphs::new(false);
    for row in rows.iter().take(MOST) {
        let (verdict, metric) = (row.verdict.words(), row.metric.name);
        let title = format!("{}: {} {metric} {verdict}", comparison.name, place(row));
        let message = format!("{} {metric} {verdict}: {}", place(row), changes(row, &glyphs));
        text.push_str(&format!("::{kind} title={}::{}\n", property(&title), data(&message)));
    }
    if rows.len() > MOST {
        let title = property(&format!("ringstorm {}", comparison.name));
        text.push_str(&format!("::{kind} title={title}::and {} more\n", rows.len() - MOST));
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
