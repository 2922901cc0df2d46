//! The table: metrics down and policies across where they fit, else policies down.

use super::choose;
use super::line::{Glyphs, Line, NAME, Paint, columns, left, right};
use super::number::{Format, Written};
use crate::stats::{METRICS, Metric, MetricResult, PointResults, Results};

/// Metrics in the table of one point.
const MOST: usize = 10;
/// Spaces between columns.
const GAP: usize = 2;

/// The lines, and which marks they use.
#[derive(Debug, Default)]
pub struct Table {
    /// From the header down.
    pub lines: Vec<Line>,
    /// The metrics that it shows.
    pub metrics: Vec<&'static Metric>,
    /// Whether a value is marked as best.
    pub marked: bool,
    /// Whether a value is missing.
    pub missing: bool,
}

/// One metric of all cases of all points, ready to be set.
struct Field {
    metric: &'static Metric,
    format: Format,
    /// `cells[point][policy]`.
    cells: Vec<Vec<Cell>>,
}

struct Cell {
    written: Written,
    best: bool,
}

/// The widths of a column of cells.
#[derive(Clone, Copy, Default)]
struct Widths {
    value: usize,
    /// Half width and mark.
    rest: usize,
}

/// Sets the table for a terminal of `width` columns.
pub fn table(results: &Results, width: usize, glyphs: &Glyphs) -> Table {
    let fields: Vec<Field> = choose::metrics(results, MOST)
        .into_iter()
        .map(|metric| field(results, metric, glyphs))
        .collect();
    let mut shown: Vec<&Field> = fields.iter().collect();
    let single = if let [point] = results.points.as_slice() { Some(point) } else { None };
    if single.is_none() {
        // One block with what is most important, so that points line up.
        shown.truncate(fitting(&shown, name_width(results, glyphs), width));
    }
    shown.sort_by_key(|field| METRICS.iter().position(|metric| metric == field.metric));
    let lines = single
        .and_then(|point| metrics_down(point, &shown, width, glyphs))
        .unwrap_or_else(|| policies_down(results, &shown, width, glyphs));
    let mut cells = shown.iter().flat_map(|field| field.cells.iter().flatten());
    let missing = cells.clone().any(|cell| cell.written.value == glyphs.missing);
    let marked = cells.any(|cell| cell.best);
    Table { lines, metrics: shown.iter().map(|field| field.metric).collect(), marked, missing }
}

/// How many of these fields fit beside the names; at least one: a column that is too wide
/// even alone is cut with its line.
fn fitting(fields: &[&Field], name: usize, width: usize) -> usize {
    let mut used = name;
    let fits = fields.iter().take_while(|field| {
        used += GAP + field.width();
        used <= width
    });
    fits.count().max(1)
}

fn field(results: &Results, metric: &'static Metric, glyphs: &Glyphs) -> Field {
    let found: Vec<&MetricResult> = results
        .points
        .iter()
        .flat_map(|point| point.cases.iter().filter_map(|case| choose::find(case, metric)))
        .collect();
    let format = Format::of(metric, &found, glyphs);
    let cells = results
        .points
        .iter()
        .map(|point| {
            let best = choose::best(point, metric);
            let cell = |(index, case)| Cell {
                written: format.write(choose::find(case, metric), glyphs),
                best: best == Some(index),
            };
            point.cases.iter().enumerate().map(cell).collect()
        })
        .collect();
    Field { metric, format, cells }
}

impl Field {
    fn widths(&self) -> Widths {
        Widths::of(self.cells.iter().flatten())
    }

    /// Columns with its header.
    fn width(&self) -> usize {
        self.widths().total().max(columns(self.metric.name)).max(columns(self.format.unit))
    }
}

impl Cell {
    /// What follows the value.
    fn rest(&self) -> String {
        format!("{}{}", self.written.half_width, if self.best { " *" } else { "" })
    }
}

impl Widths {
    fn of<'a>(cells: impl Iterator<Item = &'a Cell>) -> Self {
        cells.fold(Self::default(), |widths, cell| Self {
            value: widths.value.max(columns(&cell.written.value)),
            rest: widths.rest.max(columns(&cell.rest())),
        })
    }

    fn total(self) -> usize {
        self.value + self.rest
    }

    /// A cell in a column of `width`: values end in one line, and so do their signs.
    fn set(self, cell: &Cell, width: usize) -> (Paint, String) {
        let value = right(&cell.written.value, self.value);
        let rest = left(&cell.rest(), self.rest);
        let paint = if cell.best { Paint::Bold } else { Paint::Plain };
        (paint, right(&format!("{value}{rest}"), width))
    }
}

/// One row for each metric, one column for each policy; `None` where that does not fit.
fn metrics_down(
    point: &PointResults,
    fields: &[&Field],
    width: usize,
    glyphs: &Glyphs,
) -> Option<Vec<Line>> {
    let column = |index: usize| Widths::of(fields.iter().map(move |field| &field.cells[0][index]));
    let widths: Vec<Widths> = (0..point.cases.len()).map(column).collect();
    let names: Vec<String> = point
        .cases
        .iter()
        .zip(&widths)
        .map(|(case, widths)| glyphs.fit(&glyphs.clean(&case.policy), widths.total().max(NAME)))
        .collect();
    let set: Vec<usize> =
        names.iter().zip(&widths).map(|(name, widths)| widths.total().max(columns(name))).collect();
    let metric = fields.iter().map(|field| columns(field.metric.name)).max().unwrap_or(0);
    let unit = fields.iter().map(|field| columns(field.format.unit)).max().unwrap_or(0);
    let total = metric + 1 + unit + set.iter().map(|column| GAP + column).sum::<usize>();
    if total > width {
        return None;
    }
    let mut header = Line::of(Paint::Plain, " ".repeat(metric + 1 + unit));
    for ((case, name), column) in point.cases.iter().zip(&names).zip(&set) {
        header.push(Paint::Policy(case.hue), right(name, GAP + column));
    }
    let mut lines = vec![header];
    for field in fields {
        let mut line = Line::of(Paint::Plain, left(field.metric.name, metric + 1));
        line.push(Paint::Muted, left(field.format.unit, unit));
        for ((cell, widths), column) in field.cells[0].iter().zip(&widths).zip(&set) {
            let (look, written) = widths.set(cell, GAP + column);
            line.push(look, written);
        }
        lines.push(line);
    }
    Some(lines)
}

fn name_width(results: &Results, glyphs: &Glyphs) -> usize {
    let names = results.points.iter().flat_map(|point| &point.cases);
    names.map(|case| columns(&glyphs.clean(&case.policy))).max().unwrap_or(0).min(NAME)
}

/// One row for each policy, one column for each metric, in as many blocks as it takes;
/// with a heading for each point of a sweep.
fn policies_down(results: &Results, fields: &[&Field], width: usize, glyphs: &Glyphs) -> Vec<Line> {
    let name = name_width(results, glyphs);
    let mut lines = Vec::new();
    let mut rest = fields;
    while !rest.is_empty() {
        let (block, later) = rest.split_at(fitting(rest, name, width));
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(block_lines(results, block, (name, width), glyphs));
        rest = later;
    }
    lines
}

fn block_lines(
    results: &Results,
    block: &[&Field],
    (name, width): (usize, usize),
    glyphs: &Glyphs,
) -> Vec<Line> {
    let mut metrics = Line::of(Paint::Plain, " ".repeat(name));
    let mut units = metrics.clone();
    for field in block {
        metrics.push(Paint::Plain, right(field.metric.name, GAP + field.width()));
        units.push(Paint::Muted, right(field.format.unit, GAP + field.width()));
    }
    let mut lines = vec![metrics, units];
    for (index, point) in results.points.iter().enumerate() {
        let label = choose::label(point);
        if !label.is_empty() {
            let label = glyphs.fit(&glyphs.clean(&label), width);
            lines.push(Line::of(Paint::Bold, label));
        }
        for (policy, case) in point.cases.iter().enumerate() {
            let text = glyphs.fit(&glyphs.clean(&case.policy), name);
            let mut line = Line::of(Paint::Policy(case.hue), left(&text, name));
            for field in block {
                let cell = &field.cells[index][policy];
                let (paint, text) = field.widths().set(cell, GAP + field.width());
                line.push(paint, text);
            }
            lines.push(line);
        }
    }
    lines
}
