//! For a terminal: one line a change where it has the width, noise folded.

use super::words::{Cells, TOLD, by_policy, cells, changes, counts, place, ranked, rule, some};
use crate::compare::{Comparison, Row};
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
        lines.extend(section(comparison, verdict, &glyphs, options.width));
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
    lines.iter().map(|line| line.paint(options.width, options.color) + "\n").collect()
}

/// The rows of one verdict: a table, without what can best be missed where that is too wide, or
/// a sentence a row where even that is.
fn section(comparison: &Comparison, verdict: Verdict, glyphs: &Glyphs, width: usize) -> Vec<Line> {
    let rows = ranked(comparison, verdict);
    if rows.is_empty() {
        return Vec::new();
    }
    let most = if verdict == Verdict::Inconclusive { MOST / 2 } else { MOST };
    let shown = &rows[..rows.len().min(most)];
    let paint = match verdict {
        Verdict::Worse => Paint::Alert,
        Verdict::Inconclusive => Paint::Muted,
        _ => Paint::Bold,
    };
    let mut lines = vec![Line::default()];
    let table = [whole, brief].iter().find_map(|set| {
        let rows: Vec<Texts> = shown.iter().map(|row| texts(row, *set, glyphs)).collect();
        table(verdict.words(), paint, &rows, width)
    });
    lines.extend(table.unwrap_or_else(|| sentences(verdict.words(), paint, shown, glyphs, width)));
    if rows.len() > most {
        let more = format!("and {} more {}", rows.len() - most, verdict.words());
        lines.push(Line::of(Paint::Muted, more));
    }
    lines
}

/// The texts of a row from the left to the right.
type Texts = [String; 7];

/// What stands behind the policy and the metric.
type Numbers = [String; 5];

fn texts(row: &Row, numbers: fn(Cells) -> Numbers, glyphs: &Glyphs) -> Texts {
    let [base, new, difference, relative, notes] = numbers(cells(row, glyphs));
    let metric = row.metric.name.to_owned();
    [glyphs.clean(&place(row)), metric, base, new, difference, relative, notes]
}

/// All that there is.
fn whole(cells: Cells) -> Numbers {
    let notes = cells.notes();
    [cells.base, cells.new, cells.difference, cells.relative, notes]
}

/// Without the intervals of both sides, as that of the difference is what counts, and without
/// the p value, of which the verdict tells enough.
fn brief(cells: Cells) -> Numbers {
    let [base, new] = cells.means;
    [base, new, cells.difference, cells.relative, cells.note]
}

/// The lines of a table; `None` where it is wider than the terminal.
fn table(verdict: &str, paint: Paint, rows: &[Texts], width: usize) -> Option<Vec<Line>> {
    /// Spaces between columns.
    const GAP: usize = 2;
    let header = [verdict, "", "base", "new", "difference", "", ""];
    let widths = std::array::from_fn::<usize, 7, _>(|column| {
        let cells = rows.iter().map(|row| columns(&row[column]));
        cells.fold(columns(header[column]), usize::max)
    });
    let filled = widths.iter().rposition(|width| *width > 0).map_or(0, |last| last + 1);
    if widths[..filled].iter().map(|width| width + GAP).sum::<usize>() > width + GAP {
        return None;
    }
    let set = |column: usize, text: &str| {
        let text = if matches!(column, 2 | 3 | 5) {
            right(text, widths[column])
        } else {
            left(text, widths[column])
        };
        if column == 0 { text } else { format!("{}{text}", " ".repeat(GAP)) }
    };
    let mut lines = vec![Line::default()];
    for (column, text) in header.iter().enumerate() {
        lines[0].push(if column == 0 { paint } else { Paint::Muted }, set(column, text));
    }
    for row in rows {
        let mut line = Line::default();
        for (column, text) in row.iter().enumerate() {
            let paint = if column == 6 { Paint::Muted } else { Paint::Plain };
            line.push(paint, set(column, text));
        }
        lines.push(line);
    }
    Some(lines)
}

/// Each row as what it is of, and below it what changed.
fn sentences(
    verdict: &str,
    paint: Paint,
    rows: &[&Row],
    glyphs: &Glyphs,
    width: usize,
) -> Vec<Line> {
    const INDENT: usize = 2;
    let mut lines = vec![Line::of(paint, verdict)];
    for row in rows {
        let of = format!("{}: {}", glyphs.clean(&place(row)), row.metric.name);
        lines.extend(wrap(Paint::Plain, &of, width));
        for line in wrap(Paint::Plain, &changes(row, glyphs), width.saturating_sub(INDENT)) {
            lines.push(line.indented(INDENT));
        }
    }
    lines
}
