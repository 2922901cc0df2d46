//! For a terminal: one line a change, noise folded.

use super::words::{TOLD, by_policy, cells, counts, place, ranked, rule, some};
use crate::compare::Comparison;
use crate::report::terminal::TerminalOptions;
use crate::report::terminal::line::{Glyphs, Line, Paint, columns, left, right, wrap};
use crate::stats::Verdict;

/// Rows of a verdict that are shown; the rest is counted.
const MOST: usize = 12;

/// The comparison as people read it; ends with a line feed.
pub fn render(comparison: &Comparison, options: &TerminalOptions) -> String {
    let glyphs = Glyphs::new(options.ascii);
    let mut lines = vec![Line::of(Paint::Bold, glyphs.clean(&comparison.name))];
    for fact in [comparison.digests(), comparison.method()] {
        lines.extend(wrap(Paint::Muted, &fact, options.width));
    }
    for verdict in TOLD {
        lines.extend(section(comparison, verdict, &glyphs));
    }
    for verdict in [Verdict::Missing, Verdict::NoBaseline] {
        for (place, metrics) in by_policy(comparison, verdict) {
            let text =
                format!("{} {}: {}", verdict.words(), glyphs.clean(&place), some(&metrics, 5));
            lines.push(Line::default());
            lines.extend(wrap(Paint::Plain, &text, options.width));
        }
    }
    lines.push(Line::default());
    let paint = if comparison.count(Verdict::Worse) > 0 { Paint::Alert } else { Paint::Bold };
    lines.extend(wrap(paint, &counts(comparison), options.width));
    lines.extend(wrap(Paint::Muted, &rule(comparison), options.width));
    // A comparison is often read in a log without a width: lines are not cut there.
    lines.iter().map(|line| line.paint(options.width.max(160), options.color) + "\n").collect()
}

/// The rows of one verdict as a table.
fn section(comparison: &Comparison, verdict: Verdict, glyphs: &Glyphs) -> Vec<Line> {
    let rows = ranked(comparison, verdict);
    if rows.is_empty() {
        return Vec::new();
    }
    let most = if verdict == Verdict::Inconclusive { MOST / 2 } else { MOST };
    let table: Vec<[String; 7]> = rows
        .iter()
        .take(most)
        .map(|row| {
            let cells = cells(row, glyphs);
            let place = glyphs.clean(&place(row));
            let metric = row.metric.name.to_owned();
            [place, metric, cells.base, cells.new, cells.difference, cells.relative, cells.note]
        })
        .collect();
    let header = [verdict.words(), "", "base", "new", "difference", "", ""];
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            let cells = table.iter().map(|row| columns(&row[column]));
            cells.fold(columns(header[column]), usize::max)
        })
        .collect();
    let set = |column: usize, text: &str| {
        let text = if matches!(column, 2 | 3 | 5) {
            right(text, widths[column])
        } else {
            left(text, widths[column])
        };
        if column == 0 { text } else { format!("  {text}") }
    };
    let paint = match verdict {
        Verdict::Worse => Paint::Alert,
        Verdict::Inconclusive => Paint::Muted,
        _ => Paint::Bold,
    };
    let mut lines = vec![Line::default(), Line::default()];
    for (column, text) in header.iter().enumerate() {
        lines[1].push(if column == 0 { paint } else { Paint::Muted }, set(column, text));
    }
    for row in &table {
        let mut line = Line::default();
        for (column, text) in row.iter().enumerate() {
            let paint = if column == 6 { Paint::Muted } else { Paint::Plain };
            line.push(paint, set(column, text));
        }
        lines.push(line);
    }
    if rows.len() > most {
        let more = format!("and {} more {}", rows.len() - most, verdict.words());
        lines.push(Line::of(Paint::Muted, more));
    }
    lines
}
