//! `latency-heat`: how long clients took to connect, over time.

mod grid;
mod words;

use super::axis::{self, TimeStyle, ValueAxis};
use super::cases::{Case, Selection};
use super::events;
use super::figure::{Anchor, Bounds, Figure, Label, Position};
use super::layout::{self, Panel, Size};
use super::place::{self, Ink};
use super::theme::Role;
use super::words as numbers;
use crate::stats::Results;
use grid::{Classes, Column, DECADE};

const FIRST_PLOT: f64 = 130.0;
const ROW_GAP: f64 = 84.0;
const BELOW: f64 = 100.0;
/// Space above the cells, for the names of events.
const HEADROOM: f64 = 16.0;
/// The row of time-outs, and the gap below it.
const TIMEOUTS: f64 = 12.0;
const TIMEOUT_GAP: f64 = 4.0;
/// Width of a column of cells, in px.
const COLUMN: f64 = 3.0;

/// A panel with what it shows.
struct Shown<'a> {
    case: &'a Case<'a>,
    columns: Vec<Column>,
    panel: Panel,
    scale: Scale,
}

/// What all panels share.
#[derive(Clone, Copy)]
struct Scale {
    /// First and one past the last row that is drawn.
    rows: (usize, usize),
    row_height: f64,
    classes: Classes,
    /// Whether any policy had time-outs.
    timeouts: bool,
}

/// Draws the chart of a selection, with its data; `None` when no case recorded a connect.
pub fn figure(
    results: &Results,
    selection: &Selection<'_>,
    size: Size,
) -> Option<(Figure, String)> {
    let shown = panels(selection, size);
    let bottom = shown.iter().map(|shown| shown.panel.bottom()).reduce(f64::max)?;
    let title = words::title(&shown, size);
    let words = layout::Words {
        name: selection.file_stem("latency-heat"),
        alt: words::alt(&title, &shown),
        title,
        subtitles: words::subtitles(results, selection, &shown),
    };
    let mut figure = layout::sheet(words, size, bottom + BELOW);
    let mut named = events::Named::default();
    let mut inks = Vec::new();
    for shown in &shown {
        let names_events = named.is_due(shown.case.index);
        inks.push(draw_panel(&mut figure, shown, names_events));
    }
    name_lines(&mut figure, &shown, &mut inks);
    draw_key(&mut figure, bottom + 42.0, shown[0].scale.classes);
    layout::footer(&mut figure, &words::footers(selection, &shown));
    Some((figure, words::csv(&shown)))
}

fn panels<'a>(selection: &'a Selection<'a>, size: Size) -> Vec<Shown<'a>> {
    let recorded = |case: &&Case<'_>| grid::columns(case, 1).is_some();
    let count = selection.cases.iter().filter(recorded).count();
    let across = match count {
        0 | 1 => 1,
        2 | 4 => 2,
        _ => size.most_columns(),
    };
    let places = layout::columns(size, across);
    let most = (places[0].1 / COLUMN) as usize;
    let found: Vec<(&Case<'_>, Vec<Column>)> = selection
        .cases
        .iter()
        .filter_map(|case| Some((case, grid::columns(case, most)?)))
        .collect();
    let all = || found.iter().flat_map(|(_, columns)| columns);
    let rows = grid::decades(all());
    let budget = if count <= across { 240.0 } else { 150.0 };
    let highest = all().flat_map(|column| column.opened).max().unwrap_or(0);
    let scale = Scale {
        rows,
        row_height: (budget / (rows.1 - rows.0) as f64).floor().clamp(4.0, 16.0),
        classes: Classes::of(highest.max(all().map(|column| column.timed_out).max().unwrap_or(0))),
        timeouts: all().any(|column| column.timed_out > 0),
    };
    let end = found.iter().map(|(case, _)| case.length()).fold(0.0, f64::max);
    let ticks = axis::most_ticks(places[0].1, false);
    let time = axis::time_axis(0.0, end, ticks, TimeStyle::Elapsed);
    let above = HEADROOM + if scale.timeouts { TIMEOUTS + TIMEOUT_GAP } else { 0.0 };
    let height = above + (rows.1 - rows.0) as f64 * scale.row_height;
    found
        .into_iter()
        .enumerate()
        .map(|(index, (case, columns))| {
            let (left, width) = places[index % across];
            let top = FIRST_PLOT + (index / across) as f64 * (height + ROW_GAP);
            let value = ValueAxis { top: 1.0, ticks: Vec::new() };
            let time = time.clone();
            let panel = Panel { left, top, width, height, headroom: HEADROOM, time, value };
            Shown { case, columns, panel, scale }
        })
        .collect()
}

impl Scale {
    /// Where ticks stand, in rows from the lowest edge: at decades, and of less than two of these
    /// also at 2 and 5 times them, as one alone tells nobody how high a decade is.
    fn ticks(self) -> Vec<f64> {
        let (first, end) = (self.rows.0 as f64, self.rows.1 as f64);
        let decades = (0..=self.rows.1 / DECADE).map(|decade| (decade * DECADE) as f64);
        let digits: &[f64] =
            if end - first < 2.0 * DECADE as f64 { &[0.0, LOG_2, LOG_5] } else { &[0.0] };
        let all = decades.flat_map(|decade| digits.iter().map(move |d| decade + d * DECADE as f64));
        all.filter(|row| (first..=end).contains(row)).collect()
    }
}

/// Of base 10.
const LOG_2: f64 = std::f64::consts::LOG10_2;
const LOG_5: f64 = 1.0 - LOG_2;

impl Shown<'_> {
    /// Where so many rows from the lowest edge of the grid lie, in px; cut to the panel.
    fn y(&self, row: f64) -> f64 {
        let (first, end) = (self.scale.rows.0 as f64, self.scale.rows.1 as f64);
        self.panel.bottom() - (row.clamp(first, end) - first) * self.scale.row_height
    }

    /// Left and right edge of a column, on whole px.
    fn edges(&self, column: &Column) -> (f64, f64) {
        (self.panel.x(column.start).round(), self.panel.x(column.end).round())
    }

    /// The stretches of columns with a quantile, as steps.
    fn quantiles(&self, q: f64) -> Vec<Vec<Position>> {
        let mut stretches: Vec<Vec<Position>> = vec![Vec::new()];
        for column in &self.columns {
            let Some(row) = column.quantile(q) else {
                stretches.push(Vec::new());
                continue;
            };
            let ((left, right), y) = (self.edges(column), self.y(row));
            if let Some(last) = stretches.last_mut() {
                last.extend([(left, y), (right, y)]);
            }
        }
        stretches.retain(|stretch| !stretch.is_empty());
        stretches
    }
}

/// Draws a panel and tells what covers it.
fn draw_panel(figure: &mut Figure, shown: &Shown<'_>, names_events: bool) -> Ink {
    let panel = &shown.panel;
    layout::panel_head(
        figure,
        (panel.left, panel.width),
        panel.top - 31.0,
        (&shown.case.name, Role::Words(shown.case.found.hue)),
        &words::fact_lines(shown),
    );
    draw_grid(figure, shown);
    draw_cells(figure, shown);
    let mut ink = Ink::new(panel.bounds());
    events::draw(figure, panel, &shown.case.point.marks(), names_events, &mut ink);
    if shown.scale.timeouts {
        let Bounds { left, top, right, .. } = panel.bounds();
        let top = top + HEADROOM;
        ink.mark(Bounds { left, top, right, bottom: top + TIMEOUTS });
    }
    for q in [0.5, 0.99] {
        for stretch in shown.quantiles(q) {
            ink.line(&stretch);
            figure.line(stretch.clone(), Role::Ground, 3.2);
            figure.line(stretch, Role::Ink, 1.2);
        }
    }
    panel.over(figure, true);
    ink
}

/// Lines and labels of the decades.
fn draw_grid(figure: &mut Figure, shown: &Shown<'_>) {
    let panel = &shown.panel;
    for row in shown.scale.ticks() {
        let y = shown.y(row);
        figure.line(vec![(panel.left, y), (panel.right(), y)], Role::Grid, 0.7);
        if panel.left <= layout::GUTTER {
            let text = words::tick(row);
            let label = Label::new(text, (panel.left - 8.0, y), Role::Muted);
            figure.text(label.anchored(Anchor::End));
        }
    }
    if shown.scale.timeouts && panel.left <= layout::GUTTER {
        let at = (panel.left - 8.0, panel.top + HEADROOM + TIMEOUTS / 2.0 - 2.0);
        let label = Label::new("timed out", at, Role::Alert).sized(10.5);
        figure.text(label.anchored(Anchor::End));
    }
}

fn draw_cells(figure: &mut Figure, shown: &Shown<'_>) {
    let mut cells: [Vec<Bounds>; 6] = Default::default();
    for column in &shown.columns {
        let (left, right) = shown.edges(column);
        for row in shown.scale.rows.0..shown.scale.rows.1 {
            if let Some(class) = shown.scale.classes.class(column.opened[row]) {
                let (top, bottom) = (shown.y((row + 1) as f64), shown.y(row as f64));
                cells[usize::from(class)].push(Bounds { left, top, right, bottom });
            }
        }
    }
    for (class, cells) in (0_u8..).zip(cells) {
        figure.cells(cells, Role::Sequential(class));
    }
    let top = shown.panel.top + HEADROOM;
    for column in &shown.columns {
        if let Some(class) = shown.scale.classes.class(column.timed_out) {
            let (left, right) = shown.edges(column);
            let cell = Bounds { left, right, top, bottom: top + TIMEOUTS };
            figure.rectangle(cell, Role::Alert, 0.25 + 0.15 * f64::from(class));
        }
    }
}

/// Names the two lines, once each, where there is room.
fn name_lines(figure: &mut Figure, shown: &[Shown<'_>], inks: &mut [Ink]) {
    for (q, text, above) in [(0.5, "p50", false), (0.99, "p99", true)] {
        let candidates = shown.iter().map(|shown| {
            let points: Vec<Position> = shown.quantiles(q).into_iter().flatten().collect();
            let side = if above { -10.0 } else { 11.0 };
            let label = Label::new(text, (0.0, 0.0), Role::Ink).sized(10.5).strong().with_halo();
            let label = label.anchored(Anchor::Middle);
            [0.9, 0.75, 0.6, 0.45, 0.3, 0.15]
                .into_iter()
                .filter_map(|share| points.get((share * points.len() as f64) as usize))
                .flat_map(|(x, y)| {
                    [side, -side, 2.0 * side].map(|dy| label.clone().moved((*x, y + dy)))
                })
                .collect::<Vec<_>>()
        });
        if let Some((_, label)) = place::find(inks, &candidates.collect::<Vec<_>>(), true) {
            figure.text(label);
        }
    }
}

/// What the colours mean.
fn draw_key(figure: &mut Figure, top: f64, classes: Classes) {
    let (width, height) = (34.0, 8.0);
    let left = (figure.width - layout::MARGIN - 6.0 * width - 14.0).round();
    for (class, edge) in (0_u8..).zip(classes.edges()) {
        let left = left + f64::from(class) * width;
        let cell = Bounds { left, right: left + width, top, bottom: top + height };
        figure.cells(vec![cell], Role::Sequential(class));
        let label = Label::new(numbers::compact(edge as f64), (left, top + 18.0), Role::Muted);
        figure.text(label.sized(10.5).anchored(Anchor::Middle));
    }
    let at = (left - 14.0, top + height / 2.0);
    let label = Label::new("connects in a cell, at least", at, Role::Muted).sized(10.5);
    figure.text(label.anchored(Anchor::End));
}
