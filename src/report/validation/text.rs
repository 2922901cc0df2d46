//! For a terminal: each case with its quantities, then the counts.

use super::{Written, counts, notes, verdict};
use crate::report::terminal::TerminalOptions;
use crate::report::terminal::line::{Glyphs, Line, Paint, left, right, wrap};
use crate::validation::Outcome;

/// Columns of what is measured, of what was expected, of what was measured, and of half a width.
const COLUMNS: [usize; 4] = [32, 13, 12, 12];

/// The outcomes as people read them: all of them, or only those that failed; ends with a line
/// feed.
pub fn render(outcomes: &[Outcome<'_>], failed_only: bool, options: &TerminalOptions) -> String {
    let glyphs = Glyphs::new(options.ascii);
    let shown: Vec<&Outcome<'_>> =
        outcomes.iter().filter(|outcome| !failed_only || !outcome.passes()).collect();
    let mut lines = Vec::new();
    if !shown.is_empty() {
        lines.push(row(["", "expected", "measured", ""], "verdict", Paint::Muted));
    }
    for outcome in &shown {
        lines.extend(case(outcome, &glyphs, options.width));
    }
    if !shown.is_empty() {
        lines.push(Line::default());
        lines.extend(wrap(Paint::Muted, &notes(outcomes, glyphs.plus_minus), options.width));
    }
    lines.extend(wrap(Paint::Bold, &counts(outcomes), options.width));
    lines.iter().map(|line| line.paint(options.width, options.color) + "\n").collect()
}

fn case(outcome: &Outcome<'_>, glyphs: &Glyphs, width: usize) -> Vec<Line> {
    let mut title = Line::of(Paint::Bold, outcome.case.id.clone());
    let room = width.saturating_sub(outcome.case.id.len() + 2);
    title.push(Paint::Plain, format!("  {}", glyphs.fit(&outcome.case.title, room)));
    let mut lines = vec![title];
    for (check, finding) in outcome.case.checks.iter().zip(&outcome.findings) {
        let written = Written::of(&check.test, finding, outcome.replications, glyphs);
        let what = glyphs.fit(&check.what, COLUMNS[0] - 2);
        let cells = [&what, &written.expected, &written.measured, &written.half_width];
        let paint = if finding.fault.is_some() { Paint::Alert } else { Paint::Plain };
        lines.push(row(cells.map(String::as_str), verdict(finding.fault), paint));
    }
    lines
}

fn row(cells: [&str; 4], verdict: &str, paint: Paint) -> Line {
    let [what, expected, measured, half] = cells;
    let mut line = Line::of(paint, left(&format!("  {what}"), COLUMNS[0]));
    line.push(paint, right(expected, COLUMNS[1]));
    line.push(paint, right(measured, COLUMNS[2]));
    line.push(paint, left(half, COLUMNS[3]));
    line.push(paint, format!("  {verdict}"));
    line
}
