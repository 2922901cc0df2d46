//! `phase`: for which combinations of two parameters a cluster recovers, and how fast.

mod cells;
mod words;

use super::figure::{Anchor, Bounds, Figure, Label};
use super::layout::{self, Size};
use super::shape::{self, Point, Shape};
use super::swept::Parameter;
use super::text::{self, Weight};
use super::theme::Role;
use super::words as numbers;
use crate::stats::Results;
use cells::{Cell, Phase};

const FIRST_PLOT: f64 = 152.0;
const ROW_GAP: f64 = 84.0;
const BELOW: f64 = 90.0;
/// A stretch as wide as this has room for the name of the region that never recovers.
const ROOM_FOR_NAME: f64 = 150.0;
/// Room for the key, right of the plots.
const KEY: f64 = 112.0;

/// A panel with what it shows.
struct Shown<'a> {
    phase: Phase<'a>,
    left: f64,
    top: f64,
    /// Of a cell, in whole px.
    cell: (f64, f64),
    is_first: bool,
}

/// What all panels share.
struct Axes {
    across: Parameter,
    up: Parameter,
    edges: [f64; 5],
}

/// Draws the chart, with its data; `None` unless two parameters are swept and somebody is dropped.
pub fn figure(results: &Results, size: Size) -> Option<(Figure, String)> {
    let (across, up) = cells::axes(results)?;
    let phases = cells::phases(results, &across, &up);
    let edges = cells::scale(&phases);
    let axes = Axes { across, up, edges };
    let shown = panels(phases, &axes, size);
    let bottom = shown.iter().map(|shown| shown.bounds(&axes).bottom).reduce(f64::max)?;
    let title = words::title(&shown, &axes, size);
    let words = layout::Words {
        name: "phase".to_owned(),
        alt: words::alt(&title, &shown),
        title,
        subtitles: words::subtitles(results, &axes),
    };
    let mut figure = layout::sheet(words, size, bottom + BELOW);
    for shown in &shown {
        draw_panel(&mut figure, shown, &axes);
    }
    let right = shown.iter().map(|shown| shown.bounds(&axes).right).fold(0.0, f64::max);
    let name = numbers::capitalised(&axes.across.name);
    let label = Label::new(name, (right, bottom + 33.0), Role::Ink).strong();
    figure.text(label.anchored(Anchor::End));
    draw_key(&mut figure, &axes.edges);
    layout::footer(&mut figure, &words::footers(results, &shown));
    Some((figure, words::csv(&shown, &axes)))
}

fn panels<'a>(phases: Vec<Phase<'a>>, axes: &Axes, size: Size) -> Vec<Shown<'a>> {
    let across = match phases.len() {
        0 | 1 => 1,
        2 | 4 => 2,
        _ => size.most_columns(),
    };
    let gap = 30.0;
    let labels = axes.up.values.iter().map(|v| text::width(&v.text, 11.0, Weight::Regular));
    let gutter = (labels.fold(0.0, f64::max) + 14.0 + layout::MARGIN).max(layout::GUTTER);
    let room = size.width() - layout::MARGIN - KEY - gutter - gap * (across as f64 - 1.0);
    let (columns, rows) = (axes.across.values.len() as f64, axes.up.values.len() as f64);
    let width = (room / across as f64 / columns).floor().max(1.0);
    let budget = if phases.len() <= across { 380.0 } else { 200.0 };
    let height = (budget / rows).floor().clamp(2.0, 64.0);
    let width = width.min(4.0 * height);
    let panel = |(index, phase): (usize, Phase<'a>)| {
        let (column, row) = (index % across, index / across);
        Shown {
            phase,
            left: (gutter + column as f64 * (width * columns + gap)).round(),
            top: FIRST_PLOT + row as f64 * (height * rows + ROW_GAP),
            cell: (width, height),
            is_first: column == 0,
        }
    };
    phases.into_iter().enumerate().map(panel).collect()
}

impl Shown<'_> {
    fn bounds(&self, axes: &Axes) -> Bounds {
        Bounds {
            left: self.left,
            top: self.top,
            right: self.left + self.cell.0 * axes.across.values.len() as f64,
            bottom: self.top + self.cell.1 * axes.up.values.len() as f64,
        }
    }

    /// The rectangle of a cell; the first row is the lowest.
    fn cell(&self, x: usize, y: usize) -> Bounds {
        let rows = self.phase.cells.len();
        let left = self.left + x as f64 * self.cell.0;
        let top = self.top + (rows - 1 - y) as f64 * self.cell.1;
        Bounds { left, top, right: left + self.cell.0, bottom: top + self.cell.1 }
    }

    /// All cells with their places.
    fn cells(&self) -> impl Iterator<Item = ((usize, usize), Cell)> {
        let rows = self.phase.cells.iter().enumerate();
        rows.flat_map(|(y, row)| row.iter().enumerate().map(move |(x, cell)| ((x, y), *cell)))
    }

    /// Whether a share fits into a cell.
    fn has_room_for_shares(&self) -> bool {
        self.cell.0 >= 34.0 && self.cell.1 >= 12.0
    }

    fn is_never(&self, x: usize, y: usize) -> bool {
        self.phase.cells.get(y).and_then(|row| row.get(x)).is_some_and(|cell| cell.is_never())
    }
}

fn draw_panel(figure: &mut Figure, shown: &Shown<'_>, axes: &Axes) {
    let bounds = shown.bounds(axes);
    let width = bounds.right - bounds.left;
    let role = Role::Words(shown.phase.case.hue);
    layout::panel_head(
        figure,
        (bounds.left, width),
        bounds.top - 31.0,
        (&shown.phase.name, role),
        &words::fact_lines(&shown.phase),
    );
    let mut classes: [Vec<Bounds>; 6] = Default::default();
    for ((x, y), cell) in shown.cells() {
        match cell {
            Cell::Back { after, .. } => {
                classes[usize::from(cells::class(&axes.edges, after))].push(shown.cell(x, y));
            }
            Cell::Never { .. } => figure.rectangle(shown.cell(x, y), Role::Alert, 0.14),
            Cell::Calm => {}
        }
    }
    for (class, cells) in (0_u8..).zip(classes) {
        figure.cells(cells, Role::Sequential(class));
    }
    draw_border(figure, shown);
    let mut taken = mark_own(figure, shown, axes);
    taken.extend(name_never(figure, shown, &taken));
    for ((x, y), cell) in shown.cells() {
        draw_share(figure, shown, (x, y), cell, &taken);
    }
    draw_axes(figure, shown, axes);
}

/// Draws the border between what recovers and what does not, along the cells' edges.
fn draw_border(figure: &mut Figure, shown: &Shown<'_>) {
    let rows = shown.phase.cells.len();
    for ((x, y), _) in shown.cells().filter(|(_, cell)| cell.is_never()) {
        let Bounds { left, top, right, bottom } = shown.cell(x, y);
        let columns = shown.phase.cells[y].len();
        let sides = [
            (x > 0 && !shown.is_never(x.wrapping_sub(1), y), [(left, top), (left, bottom)]),
            (x + 1 < columns && !shown.is_never(x + 1, y), [(right, top), (right, bottom)]),
            (y > 0 && !shown.is_never(x, y.wrapping_sub(1)), [(left, bottom), (right, bottom)]),
            (y + 1 < rows && !shown.is_never(x, y + 1), [(left, top), (right, top)]),
        ];
        for (is_border, [from, to]) in sides {
            if is_border {
                // Half a stroke more at each end closes the corners.
                let (dx, dy) =
                    if from.0.total_cmp(&to.0).is_eq() { (0.0, 1.1) } else { (1.1, 0.0) };
                let ends = vec![(from.0 - dx, from.1 - dy), (to.0 + dx, to.1 + dy)];
                figure.line(ends, Role::Alert, 2.2);
            }
        }
    }
}

/// Marks the combination that the scenario has outside of its sweep, if it was run: a ringed dot,
/// and beside it a boxed label; what they cover.
fn mark_own(figure: &mut Figure, shown: &Shown<'_>, axes: &Axes) -> Vec<Bounds> {
    let Some((x, y)) = axes.across.own.zip(axes.up.own) else { return Vec::new() };
    let Bounds { left, top, right, bottom } = shown.cell(x, y);
    let at = (f64::midpoint(left, right), f64::midpoint(top, bottom));
    let label = Label::new("this scenario", (at.0 + 14.0, at.1), Role::Ink).strong();
    let label = if label.bounds().right + 6.0 <= shown.bounds(axes).right {
        label
    } else {
        label.moved((at.0 - 14.0, at.1)).anchored(Anchor::End)
    };
    let boxed = label.bounds().grown(3.0);
    figure.rectangle(boxed, Role::Ground, 1.0);
    figure.text(label);
    let (shape, radius) = (Shape::Circle, 5.0);
    shape::draw(figure, Point { at, shape, radius, role: Role::Ink, hollow: true });
    let dot = Bounds { left: at.0, top: at.1, right: at.0, bottom: at.1 };
    vec![boxed, dot.grown(radius + 2.0)]
}

/// Names the region that never recovers, near its middle and clear of what is `taken`; what the
/// name covers.
fn name_never(figure: &mut Figure, shown: &Shown<'_>, taken: &[Bounds]) -> Option<Bounds> {
    let never = || shown.cells().filter(|(_, cell)| cell.is_never());
    let is_free = |row: usize| {
        let cell = shown.cell(0, row);
        taken.iter().all(|taken| taken.bottom <= cell.top || taken.top >= cell.bottom)
    };
    let middle = never().map(|((_, y), _)| y as f64).sum::<f64>() / never().count().max(1) as f64;
    let mut best: Option<(usize, usize, usize)> = None;
    for (y, row) in shown.phase.cells.iter().enumerate() {
        let mut start = 0;
        for run in row.chunk_by(|a, b| a.is_never() == b.is_never()) {
            let end = start + run.len();
            // Wide enough is enough: then the row nearest to the region's middle.
            let rank = |first: usize, end: usize, y: usize| {
                let width = ((end - first) as f64 * shown.cell.0).min(ROOM_FOR_NAME);
                (width, -(y as f64 - middle).abs())
            };
            let better = best.is_none_or(|(a, b, c)| rank(start, end, y) > rank(a, b, c));
            if run[0].is_never() && is_free(y) && better {
                best = Some((start, end, y));
            }
            start = end;
        }
    }
    let (first, end, y) = best?;
    let (left, right) = (shown.cell(first, y).left, shown.cell(end - 1, y).right);
    let cell = shown.cell(first, y);
    let at = (f64::midpoint(left, right), f64::midpoint(cell.top, cell.bottom));
    let label = |text: &str, size: f64| {
        Label::new(text, at, Role::Alert).sized(size).strong().anchored(Anchor::Middle)
    };
    let candidates =
        [label("Never recovers", 15.0), label("Never recovers", 11.5), label("never", 11.0)];
    let fits = |label: &&Label| {
        label.width() + 8.0 <= right - left && label.size * 1.1 <= cell.bottom - cell.top
    };
    let label = candidates.iter().find(fits)?.clone();
    let bounds = label.bounds();
    figure.text(label);
    Some(bounds)
}

/// Prints the share of runs that recovers, where chance decides and there is room.
fn draw_share(
    figure: &mut Figure,
    shown: &Shown<'_>,
    (x, y): (usize, usize),
    cell: Cell,
    taken: &[Bounds],
) {
    let Some(share) = cell.metastable() else { return };
    let Bounds { left, top, right, bottom } = shown.cell(x, y);
    let at = (f64::midpoint(left, right), f64::midpoint(top, bottom));
    let text = format!("{}%", (share * 100.0).round() as u64);
    let role = if cell.is_never() { Role::Alert } else { Role::Ink };
    let label = Label::new(text, at, role).sized(10.5).strong().anchored(Anchor::Middle);
    let label = if cell.is_never() { label } else { label.with_halo() };
    let bounds = label.bounds();
    let free = !taken.iter().any(|taken| taken.overlaps(&bounds));
    if free && shown.has_room_for_shares() {
        figure.text(label);
    }
}

/// The simulated values along both sides, as many as have room.
fn draw_axes(figure: &mut Figure, shown: &Shown<'_>, axes: &Axes) {
    let bounds = shown.bounds(axes);
    if shown.is_first {
        let mut free = f64::INFINITY;
        for (y, value) in axes.up.values.iter().enumerate() {
            let cell = shown.cell(0, y);
            let at = (bounds.left - 8.0, f64::midpoint(cell.top, cell.bottom));
            let label = Label::new(&value.text, at, Role::Muted).anchored(Anchor::End);
            if label.bounds().bottom <= free {
                free = label.bounds().top;
                figure.text(label);
            }
        }
        let name = numbers::capitalised(&axes.up.name);
        let name = text::elided(&name, 11.0, Weight::SemiBold, 160.0);
        let y = bounds.top - 56.0;
        figure.text(Label::new(name, (layout::MARGIN, y), Role::Ink).strong());
    }
    let mut free = f64::NEG_INFINITY;
    for (x, value) in axes.across.values.iter().enumerate() {
        let cell = shown.cell(x, 0);
        let at = (f64::midpoint(cell.left, cell.right), bounds.bottom + 14.0);
        let label = Label::new(&value.text, at, Role::Muted).anchored(Anchor::Middle);
        if label.bounds().left >= free {
            free = label.bounds().right + 6.0;
            figure.text(label);
        }
    }
}

/// What the colours mean, right of the plots.
fn draw_key(figure: &mut Figure, edges: &[f64; 5]) {
    let left = (figure.width - layout::MARGIN - KEY + 22.0).round();
    let top = FIRST_PLOT;
    figure.text(Label::new("99% back after", (left, top - 12.0), Role::Ink).strong());
    for (class, text) in (0_u8..).zip(words::classes(edges)) {
        let top = top + f64::from(class) * 20.0;
        let cell = Bounds { left, right: left + 18.0, top, bottom: top + 20.0 };
        figure.cells(vec![cell], Role::Sequential(class));
        figure.text(Label::new(text, (left + 26.0, top + 10.0), Role::Muted));
    }
    let top = top + 6.0 * 20.0 + 10.0;
    let cell = Bounds { left, right: left + 18.0, top, bottom: top + 20.0 };
    figure.rectangle(cell, Role::Alert, 0.14);
    figure.text(Label::new("never", (left + 26.0, top + 10.0), Role::Alert));
}
