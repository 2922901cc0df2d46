//! `sweep`: how the metrics change with one parameter, a panel a metric, a line a policy.

mod curves;
mod words;

use super::cases;
use super::figure::{Anchor, Bounds, Figure, Label, Position};
use super::layout::{self, Size};
use super::measure;
use super::name::Name;
use super::plane::{Plane, Scale};
use super::shape::{self, Shape};
use super::swept::Parameter;
use super::text::{self, Weight};
use super::theme::Role;
use super::words as numbers;
use crate::policy::Hue;
use crate::stats::{CaseResults, Metric, Results};
use curves::{Curves, Point};

const FIRST_PLOT: f64 = 126.0;
const ROW_GAP: f64 = 84.0;
const BELOW: f64 = 92.0;
/// Between labels at the ends of lines.
const LABEL_STEP: f64 = 13.0;

/// A panel with what it shows.
struct Shown {
    curves: Curves,
    plane: Plane,
    /// Whether the policies are named at its right edge.
    names: bool,
}

/// What all panels share.
struct Sweep<'a> {
    parameter: Parameter,
    policies: Vec<(&'a CaseResults, Shape)>,
    /// What the policies are called.
    names: Vec<Name>,
    /// Room for names, right of the last panel of the first row.
    label_width: f64,
}

/// Draws the chart, with its data; `None` unless exactly one number is swept and changes something.
pub fn figure(results: &Results, size: Size) -> Option<(Figure, String)> {
    let parameter = curves::parameter(results)?;
    let curves = curves::curves(results, &parameter);
    let cases = &results.points.first()?.cases;
    let hues: Vec<Hue> = cases.iter().map(|case| case.hue).collect();
    let policies: Vec<_> = cases.iter().zip(Shape::all_of(&hues)).collect();
    let widest = policies.iter().map(|(case, _)| text::width(&case.policy, 11.0, Weight::SemiBold));
    let label_width = widest.fold(40.0, f64::max).min(0.19 * size.width()) * 1.08 + 22.0;
    let names = cases::names(cases);
    let sweep = Sweep { parameter, policies, names, label_width };
    let shown = panels(curves, &sweep, size);
    let bottom = shown.iter().map(|shown| shown.plane.bounds.bottom).reduce(f64::max)?;
    let title = words::title(&shown, &sweep, size);
    let words = layout::Words {
        name: "sweep".to_owned(),
        alt: words::alt(&title, &shown, &sweep),
        title,
        subtitles: words::subtitles(results, &sweep),
    };
    let mut figure = layout::sheet(words, size, bottom + BELOW);
    for shown in &shown {
        draw_panel(&mut figure, shown, &sweep);
    }
    // Below the last panel, which may stand left of those above it.
    let right = shown.last()?.plane.bounds.right;
    let name = numbers::capitalised(&sweep.parameter.name);
    let label = Label::new(name, (right, bottom + 33.0), Role::Ink).strong();
    figure.text(label.anchored(Anchor::End));
    layout::footer(&mut figure, &words::footers(results, &shown));
    Some((figure, words::csv(&shown, &sweep)))
}

fn panels(curves: Vec<Curves>, sweep: &Sweep<'_>, size: Size) -> Vec<Shown> {
    let across = match (curves.len(), size) {
        (1, _) => 1,
        (2 | 4, _) | (_, Size::Half) => 2,
        _ => 3,
    };
    let gap = 56.0;
    let room = size.plot_width() - sweep.label_width - gap * (across as f64 - 1.0);
    let width = (room / across as f64).floor();
    let height = if curves.len() <= across { 260.0 } else { 150.0 };
    let ticks = sweep.parameter.values.iter().map(|value| super::axis::Tick {
        value: value.number.unwrap_or(0.0),
        label: value.text.clone(),
    });
    let across_scale = Scale::of_ticks(ticks.collect());
    curves
        .into_iter()
        .enumerate()
        .map(|(index, curves)| {
            let (column, row) = (index % across, index / across);
            let left = layout::GUTTER + column as f64 * (width + gap);
            let top = FIRST_PLOT + row as f64 * (height + ROW_GAP);
            let bounds = Bounds { left, right: left + width, top, bottom: top + height };
            let up = upwards(&curves, height);
            let plane = Plane { bounds, across: across_scale.clone(), up };
            Shown { curves, plane, names: row == 0 && column + 1 == across }
        })
        .collect()
}

/// From 0, but for ratios, which are told from 1; time in steps of a clock.
fn upwards(curves: &Curves, height: f64) -> Scale {
    let points = || curves.curves.iter().flatten();
    let tops = points().filter_map(|point| Some(point.interval.map_or(point.mean?, |i| i[1])));
    let bottoms = points().filter_map(|point| Some(point.interval.map_or(point.mean?, |i| i[0])));
    let (high, low) = (tops.fold(0.0, f64::max), bottoms.fold(f64::INFINITY, f64::min));
    let most = if height > 200.0 { 5 } else { 4 };
    let scale = match curves.metric.unit {
        "ratio" => Scale::between((low - 0.05 * (high - low)).max(0.0), high, most),
        "s" => Scale::of_time(high, most),
        "fraction" if high > 0.8 => Scale::between(0.0, 1.0, most),
        _ => Scale::from_zero(high, height),
    };
    scale.labelled(|value| tick(curves.metric, value))
}

fn tick(metric: &Metric, value: f64) -> String {
    match metric.unit {
        "fraction" => numbers::exact_percent(value),
        "s" if value == 0.0 => "0".to_owned(),
        "s" => numbers::duration(value),
        _ => numbers::exact(value),
    }
}

fn draw_panel(figure: &mut Figure, shown: &Shown, sweep: &Sweep<'_>) {
    let plane = &shown.plane;
    let Bounds { left, right, top, .. } = plane.bounds;
    let name = measure::name(shown.curves.metric);
    let name = text::elided(&name, 12.5, Weight::SemiBold, right - left + 46.0);
    figure.text(Label::new(name, (left - 46.0, top - 24.0), Role::Ink).sized(12.5).strong());
    plane.under(figure, true);
    for (curve, (case, _)) in shown.curves.curves.iter().zip(&sweep.policies) {
        for stretch in stretches(curve) {
            let edge = |end: usize| {
                stretch.iter().filter_map(move |point| Some((point.at, point.interval?[end])))
            };
            let upper: Vec<Position> = edge(1).map(|(at, value)| plane.at(at, value)).collect();
            let lower: Vec<Position> = edge(0).map(|(at, value)| plane.at(at, value)).collect();
            let outline = upper.into_iter().chain(lower.into_iter().rev()).collect();
            figure.area(outline, Role::Mark(case.hue), 0.25);
        }
    }
    let mut cut: Vec<f64> = Vec::new();
    for (curve, (case, shape)) in shown.curves.curves.iter().zip(&sweep.policies) {
        let role = Role::Mark(case.hue);
        for stretch in stretches(curve) {
            let line = stretch.iter().filter_map(|point| Some(plane.at(point.at, point.mean?)));
            figure.line(line.collect(), role, 1.8);
        }
        for point in curve {
            let at = match point.mean {
                Some(mean) => plane.at(point.at, mean),
                // Side by side where several policies are cut off at the same value.
                None => {
                    let here = cut.iter().filter(|at| at.total_cmp(&point.at).is_eq()).count();
                    cut.push(point.at);
                    (plane.x(point.at) + 11.0 * here as f64, top - 6.0)
                }
            };
            let point = match point.mean {
                Some(_) => shape::Point { at, shape: *shape, radius: 3.6, role, hollow: false },
                None => {
                    shape::Point { at, shape: Shape::Triangle, radius: 4.4, role, hollow: false }
                }
            };
            shape::draw(figure, point);
        }
    }
    plane.over(figure, true);
    if shown.names {
        name_lines(figure, shown, sweep);
    }
}

/// The parts of a curve without a gap.
fn stretches(curve: &[Point]) -> impl Iterator<Item = &[Point]> {
    curve.split(|point| point.mean.is_none()).filter(|part| !part.is_empty())
}

/// Names the policies right of the lines' ends, pushed apart, with leaders.
fn name_lines(figure: &mut Figure, shown: &Shown, sweep: &Sweep<'_>) {
    let plane = &shown.plane;
    let Bounds { right, top, bottom, .. } = plane.bounds;
    let end = |curve: &[Point]| {
        let point = curve.iter().rev().find(|point| point.mean.is_some());
        point.and_then(|point| Some(plane.at(point.at, point.mean?)))
    };
    let mut ends: Vec<(usize, Option<Position>)> =
        shown.curves.curves.iter().map(|curve| end(curve)).enumerate().collect();
    let height = |position: &Option<Position>| position.map_or(top, |(_, y)| y);
    ends.sort_by(|a, b| height(&a.1).total_cmp(&height(&b.1)));
    let wanted: Vec<f64> = ends.iter().map(|(_, position)| height(position)).collect();
    let placed = spread_out(&wanted, LABEL_STEP, (top, bottom));
    for ((index, position), y) in ends.into_iter().zip(placed) {
        let (case, shape) = sweep.policies[index];
        let role = Role::Words(case.hue);
        let room = sweep.label_width - 22.0;
        let name = sweep.names[index].within(11.0, Weight::SemiBold, room);
        let at = (right + 18.0, y);
        if let Some((x, from)) = position {
            figure.line(vec![(x + 5.0, from), (right + 7.0, y)], Role::Axis, 0.7);
        }
        let mark = Role::Mark(case.hue);
        let point =
            shape::Point { at: (right + 12.0, y), shape, radius: 3.0, role: mark, hollow: false };
        shape::draw(figure, point);
        figure.text(Label::new(name, (at.0 + 2.0, y), role).strong());
    }
}

/// Heights in ascending order, moved as little as needed to be a step apart within bounds.
fn spread_out(wanted: &[f64], step: f64, (top, bottom): (f64, f64)) -> Vec<f64> {
    let mut placed: Vec<f64> = Vec::with_capacity(wanted.len());
    for &y in wanted {
        let free = placed.last().map_or(top, |last| last + step);
        placed.push(y.max(free));
    }
    let mut limit = bottom;
    for y in placed.iter_mut().rev() {
        *y = y.min(limit);
        limit = *y - step;
    }
    placed
}
