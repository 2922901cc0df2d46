//! `frontier`: what balance costs in reconnects; both axes are better at 0.

mod names;
mod words;

use super::cases::{self, Case};
use super::figure::{Anchor, Bounds, Figure, Label, Position};
use super::layout::{self, Size};
use super::place::Ink;
use super::plane::{Plane, Scale};
use super::shape::{self, Shape};
use super::theme::Role;
use super::words::{compact, exact_ratio};
use crate::policy::Hue;
use crate::stats::Results;

const TOP: f64 = 112.0;
const HEIGHT: f64 = 360.0;
const BELOW: f64 = 92.0;
/// Half of the square that a point covers.
const REACH: f64 = 7.0;

/// A case as a point.
struct Spot<'a> {
    case: &'a Case<'a>,
    shape: Shape,
    /// Share of the clients dropped, and its 95% interval.
    dropped: (f64, Option<[f64; 2]>),
    /// Busiest over mean, time average, and its 95% interval.
    busiest: (f64, Option<[f64; 2]>),
    /// What it costs in servers, where policies differ in that.
    cost: Option<String>,
    /// Whether another that recovers has no more of either and less of one.
    dominated: bool,
    /// How it does not always recover: few connections are easily even, and who stays
    /// offline is dropped once.
    stuck: Option<String>,
}

impl Spot<'_> {
    /// Whether it is on the frontier.
    fn is_best(&self) -> bool {
        !self.dominated && self.stuck.is_none()
    }
}

/// Draws the chart of all points of a sweep, with its data; `None` with fewer than two
/// cases, when nobody is dropped, or when all cases are one point to the eye.
pub fn figure(results: &Results, size: Size) -> Option<(Figure, String)> {
    let cases = cases::all(results);
    let spots = spots(&cases);
    let most = spots.iter().map(|spot| spot.dropped.0).fold(0.0, f64::max);
    if spots.len() < 2 || most <= 0.0 || is_one_point(&spots) {
        return None;
    }
    let title = words::title(&spots, size);
    let sheet = layout::Words {
        name: "frontier".to_owned(),
        alt: words::alt(&title, &spots),
        title,
        subtitles: words::subtitles(results, &cases),
    };
    let mut figure = layout::sheet(sheet, size, TOP + HEIGHT + BELOW);
    let plane = plane(&spots, size);
    draw(&mut figure, &plane, &spots);
    layout::footer(&mut figure, &words::footers(results, &spots));
    Some((figure, words::csv(&spots)))
}

/// Whether the cases differ by less than a mark's size in both: there is nothing to weigh.
fn is_one_point(spots: &[Spot<'_>]) -> bool {
    let span = |value: fn(&Spot<'_>) -> f64| {
        let values = || spots.iter().map(value);
        (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max))
    };
    let (fewest, most) = span(|spot| spot.dropped.0);
    let (lowest, highest) = span(|spot| spot.busiest.0);
    most - fewest < 0.02 * most && highest - lowest < 0.02
}

fn spots<'a>(cases: &'a [Case<'a>]) -> Vec<Spot<'a>> {
    let hues: Vec<Hue> = cases.iter().map(|case| case.found.hue).collect();
    let shapes = Shape::all_of(&hues);
    let hours: Vec<Option<f64>> = cases.iter().map(|case| case.mean("server_hours")).collect();
    let known = || hours.iter().flatten();
    let (low, high) =
        (known().copied().fold(f64::INFINITY, f64::min), known().copied().fold(0.0, f64::max));
    let cost_differs = high - low > 0.01 * high;
    let mut spots: Vec<Spot<'_>> = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let found = |name: &str| {
            let result = case.metric(name)?;
            Some((result.mean.filter(|mean| mean.is_finite())?, result.ci95))
        };
        let clients = case.point.clients as f64;
        let (Some(dropped), Some(busiest)) = (found("dropped"), found("imbalance")) else {
            continue;
        };
        if clients <= 0.0 {
            continue;
        }
        let scaled = |interval: [f64; 2]| interval.map(|end| end / clients);
        spots.push(Spot {
            case,
            shape: shapes[index],
            dropped: (dropped.0 / clients, dropped.1.map(scaled)),
            busiest,
            cost: hours[index]
                .filter(|_| cost_differs)
                .map(|hours| format!("{} server h", compact(hours))),
            dominated: false,
            stuck: case.stuck(),
        });
    }
    let recovering = spots.iter().filter(|spot| spot.stuck.is_none());
    let values: Vec<(f64, f64)> = recovering.map(|spot| (spot.dropped.0, spot.busiest.0)).collect();
    for spot in &mut spots {
        let (x, y) = (spot.dropped.0, spot.busiest.0);
        spot.dominated = values.iter().any(|&(a, b)| a <= x && b <= y && (a < x || b < y));
    }
    spots
}

fn plane(spots: &[Spot<'_>], size: Size) -> Plane {
    let end = |value: (f64, Option<[f64; 2]>)| value.1.map_or(value.0, |interval| interval[1]);
    let right = spots.iter().map(|spot| end(spot.dropped)).fold(0.0, f64::max);
    let top = spots.iter().map(|spot| end(spot.busiest)).fold(1.0, f64::max);
    Plane {
        bounds: Bounds {
            left: layout::GUTTER,
            right: size.width() - layout::MARGIN,
            top: TOP,
            bottom: TOP + HEIGHT,
        },
        across: Scale::from_zero(right, 200.0).padded(0.02),
        up: Scale::between(1.0, 1.0 + 1.08 * (top - 1.0).max(0.05), 5).labelled(exact_ratio),
    }
}

fn draw(figure: &mut Figure, plane: &Plane, spots: &[Spot<'_>]) {
    let Bounds { left, right, top, bottom } = plane.bounds;
    let head = Label::new("Busiest ÷ mean, over time", (layout::MARGIN, top - 22.0), Role::Ink);
    let end = head.bounds().right;
    figure.text(head.strong());
    figure.text(Label::new("↓ less is better", (end + 16.0, top - 22.0), Role::Muted));
    let below = Label::new("Drops per client", (right, bottom + 33.0), Role::Ink).strong();
    let below = below.anchored(Anchor::End);
    let end = below.bounds().left - 10.0;
    figure.text(below);
    let better = Label::new("← less is better", (end, bottom + 33.0), Role::Muted);
    figure.text(better.anchored(Anchor::End));
    plane.under(figure, true);
    let mut ink = Ink::new(Bounds { left, right, top: top - 10.0, bottom });
    let steps = frontier(plane, spots);
    ink.line(&steps);
    figure.line(steps, Role::Axis, 1.4);
    for spot in spots {
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
        let (shape, hollow) = (spot.shape, !spot.is_best());
        shape::draw(figure, shape::Point { at, shape, radius: 5.0, role, hollow });
        if spot.stuck.is_some() {
            let cross = [(at.0 - 7.0, at.1 + 7.0), (at.0 + 7.0, at.1 - 7.0)];
            figure.line(cross.to_vec(), Role::Alert, 1.4);
        }
    }
    plane.over(figure, true);
    names::write(figure, plane, spots, &mut ink);
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
