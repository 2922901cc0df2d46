//! The marks of a forest: axes, points with their intervals, and numbers.

use super::rows::{Entry, Relative, Row, Verdict};
use super::words;
use super::{Forest, ROW};
use crate::chart::figure::{Anchor, Figure, Label, Position};
use crate::chart::shape::{self, Point, Shape};
use crate::chart::theme::Role;

/// The grid, the rule of 0 and the ticks of every plot.
pub fn draw_axes(figure: &mut Figure, forest: &Forest<'_>) {
    if forest.is_together() {
        draw_axis(figure, forest);
    } else {
        draw_small_axes(figure, forest);
    }
}

/// One plot for all policies.
fn draw_axis(figure: &mut Figure, forest: &Forest<'_>) {
    let sheet = &forest.sheet;
    let (top, bottom) = (sheet.top - 6.0, sheet.bottom);
    let plot = sheet.plots[0];
    for tick in super::ticks(sheet.reach, plot.1 > 170.0) {
        let x = x(forest, plot, tick.value);
        let (role, stroke) = if tick.value == 0.0 { (Role::Ink, 1.2) } else { (Role::Grid, 0.7) };
        figure.line(vec![(x, top), (x, bottom)], role, stroke);
        figure.line(vec![(x, bottom), (x, bottom + 4.0)], Role::Axis, 1.0);
        let label = Label::new(&tick.label, (x, bottom + 15.0), Role::Muted);
        figure.text(label.anchored(Anchor::Middle));
    }
    let (middle, y) = (x(forest, plot, 0.0), top - 12.0);
    let better = Label::new("← better", (middle - 8.0, y), Role::Muted);
    figure.text(better.sized(11.5).anchored(Anchor::End));
    figure.text(Label::new("worse →", (middle + 8.0, y), Role::Muted).sized(11.5));
}

/// A plot for each policy; its lines stay below the numbers of each row.
fn draw_small_axes(figure: &mut Figure, forest: &Forest<'_>) {
    let sheet = &forest.sheet;
    for &plot in &sheet.plots {
        for row in 0..forest.rows.len() {
            let y = small_mark(forest.middle(row));
            for (value, role, stroke) in
                [(-1.0, Role::Grid, 0.7), (1.0, Role::Grid, 0.7), (0.0, Role::Ink, 1.2)]
            {
                let x = x(forest, plot, value * sheet.reach);
                figure.line(vec![(x, y - 7.0), (x, y + 7.0)], role, stroke);
            }
        }
    }
    let y = sheet.bottom + 15.0;
    let ends = [sheet.plots.first(), sheet.plots.last()];
    if let [Some(first), Some(last)] = ends {
        let reach = sheet.reach;
        let text = format!("← better, to {}", words::signed_percent(-reach));
        figure.text(Label::new(text, (first.0, y), Role::Muted));
        let text = format!("worse, to {} →", words::signed_percent(reach));
        let label = Label::new(text, (last.0 + last.1, y), Role::Muted);
        figure.text(label.anchored(Anchor::End));
    }
}

/// Where the mark of a row stands, below its number.
fn small_mark(middle: f64) -> f64 {
    middle + 0.24 * ROW
}

/// The marks and the numbers of one metric.
pub fn draw_row(figure: &mut Figure, forest: &Forest<'_>, row: &Row, middle: f64) {
    let count = forest.others.len();
    let together = forest.is_together();
    for (index, ((case, shape), entry)) in forest.others().zip(&row.entries).enumerate() {
        let spacing = if count > 2 { 10.0 } else { 12.0 };
        let offset = (index as f64 - (count - 1) as f64 / 2.0) * spacing;
        let (plot, y, number_y) = if together {
            (forest.sheet.plots[0], middle + offset, middle)
        } else {
            (forest.sheet.plots[index], small_mark(middle), middle - 0.2 * ROW)
        };
        if let Entry::Relative(relative) = entry {
            draw_relative(figure, forest, plot, y, (*relative, shape, Role::Mark(case.hue)));
        } else if let Entry::FromZero { worsening, verdict, .. } = entry
            && *worsening != 0.0
        {
            let hollow = *verdict == Verdict::Open;
            draw_beyond(figure, forest, plot, (y, *worsening, hollow), Role::Mark(case.hue));
        }
        let label = number(row, entry, Role::Words(case.hue));
        let at = (forest.sheet.columns[index], number_y);
        let size = if together { 12.5 } else { 11.5 };
        figure.text(label.moved(at).sized(size).anchored(Anchor::End));
    }
}

/// The number of an entry: semibold in the policy's colour only when it is clear of 0.
fn number(row: &Row, entry: &Entry, role: Role) -> Label {
    let label = Label::new(words::entry(row, entry), (0.0, 0.0), Role::Muted);
    match entry {
        Entry::Cut { .. } => Label { role: Role::Alert, ..label.strong() },
        _ if entry.verdict() != Verdict::Open => Label { role, ..label.strong() },
        _ => label,
    }
}

fn draw_relative(
    figure: &mut Figure,
    forest: &Forest<'_>,
    plot: (f64, f64),
    y: f64,
    (relative, shape, role): (Relative, Shape, Role),
) {
    let reach = forest.sheet.reach;
    if relative.worsening.abs() > reach {
        let hollow = relative.verdict == Verdict::Open;
        draw_beyond(figure, forest, plot, (y, relative.worsening, hollow), role);
        return;
    }
    if let Some([low, high]) = relative.interval {
        let ends = [low, high].map(|end| (x(forest, plot, end.clamp(-reach, reach)), y));
        figure.line(ends.to_vec(), role, 2.0);
    }
    let at = (x(forest, plot, relative.worsening), y);
    draw_mark(figure, at, shape, role, relative.verdict == Verdict::Open);
}

/// A triangle at the end of the axis, for a value beyond it; hollow where it is not clear of 0.
fn draw_beyond(
    figure: &mut Figure,
    forest: &Forest<'_>,
    plot: (f64, f64),
    (y, worsening, hollow): (f64, f64, bool),
    role: Role,
) {
    let side = if worsening > 0.0 { 1.0 } else { -1.0 };
    let tip = x(forest, plot, side * forest.sheet.reach) + side * 4.0;
    let base = tip - side * 9.0;
    figure.area(vec![(tip, y), (base, y - 4.8), (base, y + 4.8)], role, 1.0);
    if hollow {
        let (tip, base) = (tip - side * 3.4, base + side * 1.6);
        figure.area(vec![(tip, y), (base, y - 2.2), (base, y + 2.2)], Role::Ground, 1.0);
    }
}

/// A policy's point.
pub fn draw_mark(figure: &mut Figure, at: Position, shape: Shape, role: Role, hollow: bool) {
    shape::draw(figure, Point { at, shape, radius: 4.4, role, hollow });
}

fn x(forest: &Forest<'_>, (left, width): (f64, f64), value: f64) -> f64 {
    // Half a mark of room on each side.
    let (left, width) = (left + 8.0, width - 16.0);
    left + f64::midpoint(value / forest.sheet.reach, 1.0) * width
}
