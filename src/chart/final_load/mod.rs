//! `final-load`: every server at the end of the run, from the busiest to the idlest.

mod strip;
mod words;

use super::axis::Tick;
use super::cases::{Case, Selection};
use super::figure::{Anchor, Bounds, Figure, Label, Mark, Position};
use super::layout::{self, Size};
use super::place::{self, Ink};
use super::plane::{Plane, Scale};
use super::theme::Role;
use super::words as numbers;
use crate::stats::Results;
use strip::Strip;

const FIRST_PLOT: f64 = 130.0;
const ROW_GAP: f64 = 88.0;
const BELOW: f64 = 74.0;
/// Room for the bracket of the expected spread, right of the servers.
const BRACKET: f64 = 18.0;
/// More servers than this are a curve, not dots.
const MOST_DOTS: usize = 200;

/// A panel with what it shows.
struct Shown<'a> {
    case: &'a Case<'a>,
    strip: Strip,
    plane: Plane,
}

/// Draws the chart of a selection, with its data; `None` when no case has two servers at the end.
pub fn figure(
    results: &Results,
    selection: &Selection<'_>,
    size: Size,
) -> Option<(Figure, String)> {
    let shown = panels(selection, size);
    let bottom = shown.iter().map(|shown| shown.plane.bounds.bottom).reduce(f64::max)?;
    let title = words::title(&shown, size);
    let words = layout::Words {
        name: selection.file_stem("final-load"),
        alt: words::alt(&title, &shown),
        title,
        subtitles: words::subtitles(results, selection, &shown),
    };
    let mut figure = layout::sheet(words, size, bottom + BELOW);
    let mut fair_is_named = false;
    for shown in &shown {
        draw_panel(&mut figure, shown, &mut fair_is_named);
    }
    layout::footer(&mut figure, &words::footers(selection, &shown));
    Some((figure, words::csv(&shown)))
}

/// The panels, with one scale for all.
fn panels<'a>(selection: &'a Selection<'a>, size: Size) -> Vec<Shown<'a>> {
    let found: Vec<(&Case<'_>, Strip)> =
        selection.cases.iter().filter_map(|case| Some((case, strip::strip(case)?))).collect();
    let across = match found.len() {
        0 | 1 => 1,
        2 | 4 => 2,
        _ => size.most_columns(),
    };
    let columns = layout::columns(size, across);
    let height = if found.len() <= across { 240.0 } else { 150.0 };
    let values = || {
        found.iter().flat_map(|(_, strip)| {
            let expected = strip.expected.unwrap_or(0.0);
            let ends = [strip.busiest(), strip.idlest(), 1.0 - expected, 1.0 + expected];
            ends.into_iter().chain(strip.bound.filter(|bound| *bound < 1.5 * strip.busiest()))
        })
    };
    let (low, high) = (values().fold(1.0, f64::min), values().fold(1.0, f64::max));
    let margin = (0.06 * (high - low)).max(0.005);
    let up = Scale::between((low - margin).max(0.0), high + margin, 5);
    let across_scale = Scale::of_range(0.0, 1.0, [0.0, 0.5, 1.0].map(share).to_vec());
    found
        .into_iter()
        .enumerate()
        .map(|(index, (case, strip))| {
            let (left, width) = columns[index % across];
            let top = FIRST_PLOT + (index / across) as f64 * (height + ROW_GAP);
            let right = left + width - BRACKET;
            let bounds = Bounds { left, right, top, bottom: top + height };
            let plane = Plane { bounds, across: across_scale.clone(), up: up.clone() };
            Shown { case, strip, plane }
        })
        .collect()
}

/// A tick at a share of the servers.
fn share(value: f64) -> Tick {
    let percent = (value * 100.0).round() as u64;
    let label = if percent == 100 { "100% of servers".to_owned() } else { format!("{percent}%") };
    Tick { value, label }
}

impl Shown<'_> {
    /// Where a server of such a rank from 0 stands.
    fn at(&self, rank: usize) -> Position {
        let share = (rank as f64 + 0.5) / self.strip.servers.len() as f64;
        self.plane.at(share, self.strip.servers[rank].load)
    }
}

fn draw_panel(figure: &mut Figure, shown: &Shown<'_>, fair_is_named: &mut bool) {
    let (plane, strip) = (&shown.plane, &shown.strip);
    let hue = shown.case.found.hue;
    let Bounds { left, right, top, .. } = plane.bounds;
    let mut ink = Ink::new(plane.bounds.grown(2.0));
    layout::panel_head(
        figure,
        (left, right - left),
        top - 31.0,
        (&shown.case.name, Role::Words(hue)),
        &words::fact_lines(shown),
    );
    plane.under(figure, left <= layout::GUTTER);
    let fair = vec![plane.at(0.0, 1.0), plane.at(1.0, 1.0)];
    ink.line(&fair);
    figure.reference(fair);
    draw_bound(figure, shown, &mut ink);
    draw_expected(figure, shown);
    let points: Vec<Position> = (0..strip.servers.len()).map(|rank| shown.at(rank)).collect();
    if points.len() > MOST_DOTS {
        ink.line(&points);
        draw_curve(figure, shown, &points);
    } else {
        for (point, server) in points.iter().zip(&strip.servers) {
            let role = if server.is_new { Role::Ink } else { Role::Mark(hue) };
            let radius = if points.len() > 40 { 2.2 } else { 3.4 };
            ink.line(&[(point.0 - radius, point.1), (point.0 + radius, point.1)]);
            figure.marks.push(Mark::Dot { centre: *point, radius, role });
        }
    }
    plane.over(figure, true);
    name_ends(figure, shown, &points, &mut ink);
    if !*fair_is_named {
        *fair_is_named = name_fair(figure, shown, &mut ink);
    }
}

/// Steps of equal width: the load of each rank.
fn draw_curve(figure: &mut Figure, shown: &Shown<'_>, points: &[Position]) {
    let half = 0.5 / points.len() as f64 * (shown.plane.bounds.right - shown.plane.bounds.left);
    let steps = points.iter().flat_map(|(x, y)| [(x - half, *y), (x + half, *y)]).collect();
    figure.line(steps, Role::Mark(shown.case.found.hue), 1.8);
}

/// The ceiling of a bounded load, where it lies on the scale.
fn draw_bound(figure: &mut Figure, shown: &Shown<'_>, ink: &mut Ink) {
    let plane = &shown.plane;
    let Some(bound) = shown.strip.bound.filter(|bound| *bound <= plane.up.high()) else { return };
    let line = vec![plane.at(0.0, bound), plane.at(1.0, bound)];
    ink.line(&line);
    figure.line(line, Role::Axis, 1.0);
    let (right, y) = plane.at(1.0, bound);
    let text = format!("bound {}", numbers::ratio(bound));
    let label = Label::new(text, (right, y - 9.0), Role::Muted).anchored(Anchor::End);
    ink.label(&label);
    figure.text(label);
}

/// A bracket right of the servers: one standard deviation to each side, from theory.
fn draw_expected(figure: &mut Figure, shown: &Shown<'_>) {
    let Some(expected) = shown.strip.expected else { return };
    let plane = &shown.plane;
    let (top, bottom) = (plane.y(1.0 + expected), plane.y(1.0 - expected));
    let x = plane.bounds.right + 10.0;
    let bracket = vec![(x - 5.0, top), (x, top), (x, bottom), (x - 5.0, bottom)];
    figure.line(bracket, Role::Muted, 1.6);
}

/// Names the busiest and the idlest server with their loads.
fn name_ends(figure: &mut Figure, shown: &Shown<'_>, points: &[Position], ink: &mut Ink) {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return };
    let role = Role::Words(shown.case.found.hue);
    let strip = &shown.strip;
    let busiest = Label::new(format!("busiest {:.2} ×", strip.busiest()), first, role);
    let idlest = Label::new(format!("idlest {:.2} ×", strip.idlest()), last, role);
    let places = |label: &Label, at: Position, anchor: Anchor, side: f64| {
        [(9.0, 0.0), (9.0, -9.0), (0.0, -13.0), (9.0, 11.0), (0.0, 14.0), (9.0, -20.0), (9.0, 22.0)]
            .map(|(dx, dy)| {
                label.clone().strong().anchored(anchor).moved((at.0 + side * dx, at.1 + dy))
            })
            .to_vec()
    };
    for candidates in
        [places(&busiest, first, Anchor::Start, 1.0), places(&idlest, last, Anchor::End, -1.0)]
    {
        if let Some((_, label)) = place::find(std::slice::from_mut(ink), &[candidates], true) {
            figure.text(label);
        }
    }
}

/// Names the dashed line, once in the chart; whether there was room.
fn name_fair(figure: &mut Figure, shown: &Shown<'_>, ink: &mut Ink) -> bool {
    let Bounds { left, right, .. } = shown.plane.bounds;
    let y = shown.plane.y(1.0);
    let label = Label::new("fair share", (0.0, 0.0), Role::Ink);
    let room = right - left - label.width() - 8.0;
    let places = [0.9, 0.1, 0.7, 0.3, 0.5].into_iter().flat_map(|share| {
        let x = left + 4.0 + share * room;
        [y - 9.0, y + 10.0].map(|y| label.clone().moved((x, y)))
    });
    let found = place::find(std::slice::from_mut(ink), &[places.collect()], false);
    found.map(|(_, label)| figure.text(label)).is_some()
}
