//! `load-heat`: each server's load over its fair share, a row a server, over time.

mod grid;
mod words;

use super::axis::{self, TimeStyle, ValueAxis};
use super::cases::{Case, Selection};
use super::events;
use super::figure::{Anchor, Bounds, Figure, Label};
use super::layout::{self, Panel, Size};
use super::place::Ink;
use super::theme::Role;
use crate::stats::Results;
use grid::{CLASS_WIDTH, Grid, Row};

const FIRST_PLOT: f64 = 130.0;
const ROW_GAP: f64 = 76.0;
const BELOW: f64 = 104.0;
/// Space above the first row, for the names of events.
const HEADROOM: f64 = 16.0;
/// Between old and new servers.
const GROUP_GAP: f64 = 4.0;
/// Width of a column of cells, in px.
const COLUMN: f64 = 3.0;
/// Height of a row at most, in px.
const HIGHEST_ROW: f64 = 30.0;

/// A panel with what it shows.
struct Shown<'a> {
    case: &'a Case<'a>,
    grid: Grid,
    panel: Panel,
    row_height: f64,
}

/// Draws the chart of a selection, with its data; `None` when no case has two servers.
pub fn figure(
    results: &Results,
    selection: &Selection<'_>,
    size: Size,
) -> Option<(Figure, String)> {
    let shown = panels(selection, size);
    let bottom = shown.iter().map(|shown| shown.panel.bottom()).reduce(f64::max)?;
    let title = words::title(&shown, size);
    let words = layout::Words {
        name: selection.file_stem("load-heat"),
        alt: words::alt(&title, &shown),
        title,
        subtitles: words::subtitles(results, selection, &shown),
    };
    let mut figure = layout::sheet(words, size, bottom + BELOW);
    let mut named = events::Named::default();
    for panel in &shown {
        let names_events = named.is_due(panel.case.index);
        draw_panel(&mut figure, panel, names_events, &words::fact_lines(panel, &shown));
    }
    draw_key(&mut figure, bottom + 40.0);
    layout::footer(&mut figure, &words::footers(selection, &shown));
    Some((figure, words::csv(&shown)))
}

/// The panels, with rows of one height and one scale of time.
fn panels<'a>(selection: &'a Selection<'a>, size: Size) -> Vec<Shown<'a>> {
    let servers = |case: &Case<'_>| case.found.servers.lives.len();
    let count = selection.cases.iter().filter(|case| servers(case) > 1).count();
    let across = match count {
        0 | 1 => 1,
        2..=4 => 2,
        _ => size.most_columns(),
    };
    let columns = layout::columns(size, across);
    let budget = match count.div_ceil(across) {
        0 | 1 => 364.0,
        2 => 220.0,
        _ => 150.0,
    };
    let most_rows = budget as usize;
    let most_columns = (columns[0].1 / COLUMN) as usize;
    let found: Vec<(&Case<'_>, Grid)> = selection
        .cases
        .iter()
        .filter_map(|case| Some((case, grid::grid(case, most_columns, most_rows)?)))
        .collect();
    let rows = found.iter().map(|(_, grid)| grid.rows.len()).max().unwrap_or(1);
    let row_height = (budget / rows as f64).floor().clamp(1.0, HIGHEST_ROW);
    let end = found.iter().map(|(case, _)| case.length()).fold(0.0, f64::max);
    let ticks = axis::most_ticks(columns[0].1, false);
    let time = axis::time_axis(0.0, end, ticks, TimeStyle::Elapsed);
    let height = HEADROOM + rows as f64 * row_height + GROUP_GAP;
    let place = |(index, (case, grid)): (usize, (&'a Case<'a>, Grid))| {
        let (left, width) = columns[index % across];
        let top = FIRST_PLOT + (index / across) as f64 * (height + ROW_GAP);
        let gap = if grid.new > 0 && grid.old > 0 { GROUP_GAP } else { 0.0 };
        let height = HEADROOM + grid.rows.len() as f64 * row_height + gap;
        let value = ValueAxis { top: 1.0, ticks: Vec::new() };
        let time = time.clone();
        let panel = Panel { left, top, width, height, headroom: HEADROOM, time, value };
        Shown { case, grid, panel, row_height }
    };
    found.into_iter().enumerate().map(place).collect()
}

impl Shown<'_> {
    /// The upper edge of a row.
    fn row_top(&self, index: usize) -> f64 {
        let gap = if self.grid.old > 0 && self.grid.rows[index].is_new { GROUP_GAP } else { 0.0 };
        self.panel.top + HEADROOM + index as f64 * self.row_height + gap
    }

    /// The rectangle of all rows of a group; `None` without any.
    fn group(&self, new: bool) -> Option<(f64, f64)> {
        let of = |row: &Row| row.is_new == new;
        let first = self.grid.rows.iter().position(of)?;
        let last = self.grid.rows.iter().rposition(of)?;
        Some((self.row_top(first), self.row_top(last) + self.row_height))
    }

    /// The edge of a column, on a whole px.
    fn edge(&self, column: usize) -> f64 {
        self.panel.x(self.grid.edges[column]).round()
    }
}

fn draw_panel(figure: &mut Figure, shown: &Shown<'_>, names_events: bool, facts: &[String]) {
    let panel = &shown.panel;
    layout::panel_head(
        figure,
        (panel.left, panel.width),
        panel.top - 31.0,
        (&shown.case.name, Role::Words(shown.case.found.hue)),
        facts,
    );
    let mut cells: [Vec<Bounds>; 9] = Default::default();
    for (index, row) in shown.grid.rows.iter().enumerate() {
        let top = shown.row_top(index);
        for stretch in row.stretches() {
            cells[usize::from(stretch.class)].push(Bounds {
                left: shown.edge(stretch.first),
                right: shown.edge(stretch.end),
                top,
                bottom: top + shown.row_height,
            });
        }
    }
    for (class, cells) in (0_u8..).zip(cells) {
        figure.cells(cells, Role::Diverging(class));
    }
    let mut ink = Ink::new(panel.bounds());
    events::draw(figure, panel, &shown.case.point.marks(), names_events, &mut ink);
    panel.over(figure, true);
    if panel.left <= layout::GUTTER {
        name_groups(figure, shown);
    }
    name_joiners(figure, shown);
}

/// `12 old`, `4 new`, in the gutter.
fn name_groups(figure: &mut Figure, shown: &Shown<'_>) {
    let mixed = shown.grid.old > 0 && shown.grid.new > 0;
    let mut free = f64::NEG_INFINITY;
    for (new, count) in [(false, shown.grid.old), (true, shown.grid.new)] {
        let Some((top, bottom)) = shown.group(new) else { continue };
        let count = super::words::grouped(count as u64);
        let middle = f64::midpoint(top, bottom).max(free);
        let text = match (mixed, new) {
            (true, true) => format!("{count} new"),
            (true, false) => format!("{count} old"),
            (false, _) => {
                let label =
                    Label::new("servers", (shown.panel.left - 8.0, middle + 14.0), Role::Muted);
                figure.text(label.anchored(Anchor::End));
                count
            }
        };
        let label = Label::new(text, (shown.panel.left - 8.0, middle), Role::Muted);
        figure.text(label.anchored(Anchor::End));
        free = middle + 14.0;
    }
}

/// Says who joins, in the empty space before they do.
fn name_joiners(figure: &mut Figure, shown: &Shown<'_>) {
    let (Some((top, bottom)), Some(joined)) = (shown.group(true), shown.grid.joined) else {
        return;
    };
    let text = format!("{} join →", super::words::grouped(shown.grid.new as u64));
    let at = (shown.panel.x(joined) - 6.0, f64::midpoint(top, bottom));
    let label = Label::new(text, at, Role::Ink).anchored(Anchor::End);
    if label.bounds().left >= shown.panel.left && bottom - top >= 12.0 {
        figure.text(label);
    }
}

/// What the colours mean.
fn draw_key(figure: &mut Figure, top: f64) {
    let (width, height) = (28.0, 8.0);
    let left = (figure.width - layout::MARGIN - 9.0 * width).round();
    for class in 0..9_u8 {
        let left = left + f64::from(class) * width;
        let cell = Bounds { left, right: left + width, top, bottom: top + height };
        figure.cells(vec![cell], Role::Diverging(class));
    }
    let edge = 3.5 * CLASS_WIDTH;
    let below = format!("under {:.2}", 1.0 - edge);
    let above = format!("over {:.2}", 1.0 + edge);
    let y = top + height + 10.0;
    let right = left + 9.0 * width;
    let texts = [
        (below, left, Anchor::Start),
        ("fair share 1.0".to_owned(), f64::midpoint(left, right), Anchor::Middle),
        (above, right, Anchor::End),
    ];
    for (text, x, anchor) in texts {
        figure.text(Label::new(text, (x, y), Role::Muted).sized(10.5).anchored(anchor));
    }
}
