//! `frontier`: what balance costs in reconnects, in each world on its own; both axes are
//! better at 0.

mod legend;
mod names;
mod spots;
mod words;

use super::figure::{Anchor, Bounds, Figure, Label, Position};
use super::layout::{self, Size};
use super::name::Name;
use super::place::Ink;
use super::plane::{Plane, Scale};
use super::shape;
use super::text::Weight;
use super::theme::Role;
use super::words::exact_ratio;
use super::worlds;
use crate::stats::Results;
use legend::Legend;
use spots::{Choice, Spot};

/// Panels that the chart holds at most.
const MOST_PANELS: usize = 12;

const TOP: f64 = 112.0;
const HEIGHT: f64 = 360.0;
const BELOW: f64 = 92.0;
/// Of several panels: above the first, between two below each other, and the height of one.
const FIRST_TOP: f64 = 132.0;
const ROW_GAP: f64 = 56.0;
const LOW: f64 = 196.0;
/// Half of the square that a point covers.
const REACH: f64 = 7.0;

/// Draws the chart of all points of a sweep, with its data: a panel for each world, as nobody
/// chooses between two of them. `None` when no world has two alternatives, nobody is dropped,
/// or the alternatives are one point to the eye.
pub fn figure(results: &Results, size: Size) -> Option<(Figure, String)> {
    let worlds = worlds::worlds(results);
    let choices: Vec<Choice<'_>> = worlds.all.iter().filter_map(Choice::of).collect();
    let spots = || choices.iter().flat_map(|choice| &choice.spots);
    let most = spots().map(|spot| spot.dropped.0).fold(0.0, f64::max);
    if most <= 0.0 || choices.iter().all(Choice::is_one_point) {
        return None;
    }
    let parameter = worlds.parameter.as_deref();
    let title = words::title(&choices, size);
    let sheet = layout::Words {
        name: "frontier".to_owned(),
        alt: words::alt(&title, &choices),
        title,
        subtitles: words::subtitles(results, &choices, parameter),
    };
    let shown = shown(&choices);
    let planes = planes(&shown, size);
    let bottom = planes.iter().map(|plane| plane.bounds.bottom).reduce(f64::max)?;
    let mut figure = layout::sheet(sheet, size, bottom + BELOW);
    let mut legend = Legend::of(&choices);
    axis_names(&mut figure, &planes);
    for (choice, plane) in shown.iter().zip(&planes) {
        draw(&mut figure, plane, choice, &mut legend);
    }
    legend.draw(&mut figure, size, bottom + 48.0);
    figure.height += legend.height(size);
    layout::footer(&mut figure, &words::footers(results, &choices, shown.len()));
    Some((figure, words::csv(&choices)))
}

/// As many of the worlds as have room, over the whole of their range.
fn shown<'s, 'a>(choices: &'s [Choice<'a>]) -> Vec<&'s Choice<'a>> {
    let count = choices.len();
    if count <= MOST_PANELS {
        return choices.iter().collect();
    }
    (0..MOST_PANELS).map(|index| &choices[index * (count - 1) / (MOST_PANELS - 1)]).collect()
}

/// The plots, with one scale for all.
fn planes(choices: &[&Choice<'_>], size: Size) -> Vec<Plane> {
    let spots = || choices.iter().flat_map(|choice| &choice.spots);
    let end = |value: (f64, Option<[f64; 2]>)| value.1.map_or(value.0, |interval| interval[1]);
    let right = spots().map(|spot| end(spot.dropped)).fold(0.0, f64::max);
    let top = spots().map(|spot| end(spot.busiest)).fold(1.0, f64::max);
    let across = match choices.len() {
        1 => 1,
        2 | 4 => 2,
        _ => size.most_columns(),
    };
    let columns = layout::columns(size, across);
    let (first, height) = match choices.len() {
        1 => (TOP, HEIGHT),
        few if few <= across => (FIRST_TOP, 1.4 * LOW),
        _ => (FIRST_TOP, LOW),
    };
    let plane = |index: usize| {
        let (left, width) = columns[index % across];
        let top_edge = first + (index / across) as f64 * (height + ROW_GAP);
        let bounds = Bounds { left, right: left + width, top: top_edge, bottom: top_edge + height };
        Plane {
            bounds,
            across: Scale::from_zero(right, if across == 1 { 200.0 } else { 0.4 * width })
                .padded(0.02),
            up: Scale::between(1.0, 1.0 + 1.08 * (top - 1.0).max(0.05), 5).labelled(exact_ratio),
        }
    };
    (0..choices.len()).map(plane).collect()
}

/// Names both axes once: the upward one above the first plot, the other below the last.
fn axis_names(figure: &mut Figure, planes: &[Plane]) {
    let (Some(first), Some(last)) = (planes.first(), planes.last()) else { return };
    let above = if planes.len() == 1 { first.bounds.top - 22.0 } else { first.bounds.top - 46.0 };
    let head = Label::new("Busiest ÷ mean, over time", (layout::MARGIN, above), Role::Ink);
    let end = head.bounds().right;
    figure.text(head.strong());
    figure.text(Label::new("↓ less is better", (end + 16.0, above), Role::Muted));
    let Bounds { right, bottom, .. } = last.bounds;
    let below = Label::new("Drops per client", (right, bottom + 33.0), Role::Ink).strong();
    let below = below.anchored(Anchor::End);
    let end = below.bounds().left - 10.0;
    figure.text(below);
    let better = Label::new("← less is better", (end, bottom + 33.0), Role::Muted);
    figure.text(better.anchored(Anchor::End));
}

fn draw(figure: &mut Figure, plane: &Plane, choice: &Choice<'_>, legend: &mut Legend) {
    let Bounds { left, right, top, bottom } = plane.bounds;
    if !choice.world.is_empty() {
        let name = Name::from(choice.world).within(12.5, Weight::SemiBold, right - left);
        figure.text(Label::new(name, (left, top - 16.0), Role::Ink).sized(12.5).strong());
    }
    plane.under(figure, left <= layout::GUTTER);
    let mut ink = Ink::new(Bounds { left, right, top: top - 10.0, bottom });
    let steps = frontier(plane, &choice.spots);
    ink.line(&steps);
    figure.line(steps, Role::Axis, 1.4);
    // What is on the frontier lies above what is beaten.
    let (best, beaten): (Vec<_>, Vec<_>) = choice.spots.iter().partition(|spot| spot.is_best());
    for spot in beaten.into_iter().chain(best) {
        let at = plane.at(spot.dropped.0, spot.busiest.0);
        let role = Role::Mark(spot.case.found.hue);
        if let Some([low, high]) = spot.dropped.1 {
            let ends = vec![(plane.x(low), at.1), (plane.x(high), at.1)];
            ink.line(&ends);
            figure.line(ends, role, 2.0);
        }
        if let Some([low, high]) = spot.busiest.1 {
            let ends = vec![(at.0, plane.y(low)), (at.0, plane.y(high))];
            ink.line(&ends);
            figure.line(ends, role, 2.0);
        }
        ink.mark(square(at));
        let (shape, hollow) = (legend.shape(legend.key(spot)), !spot.is_best());
        shape::draw(figure, shape::Point { at, shape, radius: 5.0, role, hollow });
        if spot.stuck.is_some() {
            let cross = [(at.0 - 7.0, at.1 + 7.0), (at.0 + 7.0, at.1 - 7.0)];
            figure.line(cross.to_vec(), Role::Alert, 1.4);
        }
    }
    plane.over(figure, true);
    names::write(figure, plane, &choice.spots, legend, &mut ink);
}

/// The frontier as steps: what is reached with no more drops than that.
fn frontier(plane: &Plane, spots: &[Spot<'_>]) -> Vec<Position> {
    let mut best: Vec<&Spot<'_>> = spots.iter().filter(|spot| spot.is_best()).collect();
    best.sort_by(|a, b| a.dropped.0.total_cmp(&b.dropped.0));
    let mut steps: Vec<Position> = Vec::new();
    for spot in best {
        let at = plane.at(spot.dropped.0, spot.busiest.0);
        if let Some(&(_, before)) = steps.last() {
            steps.push((at.0, before));
        }
        steps.push(at);
    }
    steps
}

/// What a point covers.
fn square((x, y): Position) -> Bounds {
    Bounds { left: x, right: x, top: y, bottom: y }.grown(REACH)
}
