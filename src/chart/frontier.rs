//! `frontier`: what balance costs in reconnects; both axes are better at 0.

use super::captions;
use super::cases::{self, Case};
use super::figure::{Anchor, Bounds, Figure, Label, Position};
use super::finding::{first_fitting, named};
use super::layout::{self, Size};
use super::place::{self, Ink};
use super::plane::{Plane, Scale};
use super::shape::{self, Shape};
use super::table::Table;
use super::theme::Role;
use super::words::{compact, ratio};
use crate::policy::Hue;
use crate::stats::Results;

const TOP: f64 = 112.0;
const HEIGHT: f64 = 360.0;
const BELOW: f64 = 92.0;
/// More points than this have names only on the frontier.
const MOST_NAMES: usize = 12;

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
    /// Whether another has no more of either and less of one.
    dominated: bool,
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
    let title = title(&spots, size);
    let words = layout::Words {
        name: "frontier".to_owned(),
        alt: alt(&title, &spots),
        title,
        subtitles: subtitles(results, &cases),
    };
    let mut figure = layout::sheet(words, size, TOP + HEIGHT + BELOW);
    let plane = plane(&spots, size);
    draw(&mut figure, &plane, &spots);
    layout::footer(&mut figure, &footers(results));
    Some((figure, csv(&spots)))
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
        });
    }
    let values: Vec<(f64, f64)> =
        spots.iter().map(|spot| (spot.dropped.0, spot.busiest.0)).collect();
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
    let per_client = |value: f64| if value == 0.0 { "0".to_owned() } else { compact(value) };
    Plane {
        bounds: Bounds {
            left: layout::GUTTER,
            right: size.width() - layout::MARGIN,
            top: TOP,
            bottom: TOP + HEIGHT,
        },
        across: Scale::from_zero(right, 200.0).labelled(per_client).padded(0.02),
        up: Scale::between(1.0, 1.0 + 1.08 * (top - 1.0).max(0.05), 5).labelled(ratio),
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
        ink.line(&[(at.0 - 6.0, at.1), (at.0 + 6.0, at.1)]);
        let (shape, hollow) = (spot.shape, spot.dominated);
        shape::draw(figure, shape::Point { at, shape, radius: 5.0, role, hollow });
    }
    plane.over(figure, true);
    for spot in spots.iter().filter(|spot| spots.len() <= MOST_NAMES || !spot.dominated) {
        name(figure, plane, spot, &mut ink);
    }
}

/// The frontier as steps: what is reached with no more drops than that.
fn frontier(plane: &Plane, spots: &[Spot<'_>]) -> Vec<Position> {
    let mut best: Vec<&Spot<'_>> = spots.iter().filter(|spot| !spot.dominated).collect();
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

/// Names a point, with its cost, beside it.
fn name(figure: &mut Figure, plane: &Plane, spot: &Spot<'_>, ink: &mut Ink) {
    let at = plane.at(spot.dropped.0, spot.busiest.0);
    let text = match &spot.cost {
        Some(cost) => format!("{} ({cost})", spot.case.name),
        None => spot.case.name.clone(),
    };
    let room = 0.4 * (plane.bounds.right - plane.bounds.left);
    let text = super::text::elided(&text, 11.5, super::text::Weight::SemiBold, room);
    let label = Label::new(text, at, Role::Words(spot.case.found.hue)).sized(11.5).strong();
    let sides = [
        (11.0, 0.0, Anchor::Start),
        (11.0, -13.0, Anchor::Start),
        (11.0, 14.0, Anchor::Start),
        (-11.0, 0.0, Anchor::End),
        (-11.0, -13.0, Anchor::End),
        (-11.0, 14.0, Anchor::End),
        (0.0, -16.0, Anchor::Middle),
        (0.0, 18.0, Anchor::Middle),
        (11.0, -27.0, Anchor::Start),
        (11.0, 28.0, Anchor::Start),
        (-11.0, -27.0, Anchor::End),
        (-11.0, 28.0, Anchor::End),
    ];
    let places =
        sides.map(|(dx, dy, anchor)| label.clone().anchored(anchor).moved((at.0 + dx, at.1 + dy)));
    if let Some((_, label)) = place::find(std::slice::from_mut(ink), &[places.to_vec()], true) {
        figure.text(label);
    }
}

/// `1 drop a client`, `1.6 drops a client`.
fn drops_each(mean: f64) -> String {
    let number = compact(mean);
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} drop{plural} a client")
}

/// The finding: who is even at what price, or who is best in both.
fn title(spots: &[Spot<'_>], size: Size) -> String {
    let mut best: Vec<&Spot<'_>> = spots.iter().filter(|spot| !spot.dominated).collect();
    best.sort_by(|a, b| a.dropped.0.total_cmp(&b.dropped.0));
    let (Some(calm), Some(even)) = (best.first(), best.last()) else { return String::new() };
    let drops = |spot: &Spot<'_>| compact(spot.dropped.0);
    let each = |spot: &Spot<'_>| drops_each(spot.dropped.0);
    let mut titles = Vec::new();
    if best.len() == 1 {
        titles.extend(named(&[&calm.case.name], |n| {
            format!("{} is best in both: {}, busiest {}", n[0], each(calm), ratio(calm.busiest.0))
        }));
        titles.extend(named(&[&calm.case.name], |n| format!("{} is best in both", n[0])));
        return first_fitting(&titles, size);
    }
    let (from, to) = (ratio(calm.busiest.0), ratio(even.busiest.0));
    let points: Vec<(f64, f64)> =
        best.iter().map(|spot| (spot.dropped.0, spot.busiest.0)).collect();
    if let Some(knee) = knee(&points).map(|place| best[place]) {
        let (near, price) = (ratio(knee.busiest.0), each(knee));
        titles.extend(named(&[&knee.case.name, &even.case.name], |n| {
            format!(
                "{} evens load from {from} to {near} for {price}, {} to {to} for {}",
                n[0],
                n[1],
                drops(even)
            )
        }));
        titles.extend(named(&[&knee.case.name], |n| {
            format!("{} evens load from {from} to {near} for {price}", n[0])
        }));
    }
    let price = if calm.dropped.0 > 0.0 {
        format!("{} instead of {}", drops(even), each(calm))
    } else {
        each(even)
    };
    titles.extend(named(&[&even.case.name, &calm.case.name], |n| {
        format!("Busiest from {from} ({}) to {to} ({}) costs {price}", n[1], n[0])
    }));
    titles.extend(named(&[&even.case.name, &calm.case.name], |n| {
        format!("From {from} ({}) to {to} ({}) costs {price}", n[1], n[0])
    }));
    titles.extend(named(&[&even.case.name], |n| {
        format!("{} evens load from {from} to {to} for {price}", n[0])
    }));
    titles.push(format!("Evening load from {from} to {to} costs {price}"));
    first_fitting(&titles, size)
}

/// On the straight line between the ends of a frontier, cost and unevenness, each as a share
/// of its whole range, add up to 1. So far below it is a bargain.
const BARGAIN: f64 = 0.7;

/// Between both ends of a frontier the place that gets the most for the least, if it is a
/// bargain. Each is (drops, busiest), from the fewest drops to the most even.
fn knee(frontier: &[(f64, f64)]) -> Option<usize> {
    let [first, between @ .., last] = frontier else { return None };
    let paid = |(drops, busiest): (f64, f64)| {
        (drops - first.0) / (last.0 - first.0) + (busiest - last.1) / (first.1 - last.1)
    };
    let paid = between.iter().map(|spot| paid(*spot));
    let (place, sum) = paid.enumerate().min_by(|a, b| a.1.total_cmp(&b.1))?;
    (sum < BARGAIN).then_some(place + 1)
}

fn subtitles(results: &Results, cases: &[Case<'_>]) -> Vec<String> {
    let world = captions::shared_world(&cases.iter().collect::<Vec<_>>());
    let runs = captions::runs(results);
    let what = "Connections dropped ÷ clients at the start, against the busiest server";
    vec![
        format!("{what}{world}, {runs}."),
        format!("{what}, {runs}."),
        format!("Drops against balance, {runs}."),
    ]
}

fn footers(results: &Results) -> Vec<String> {
    let crosses = if results.replications > 1 { "Crosses: 95% intervals of means. " } else { "" };
    vec![
        format!(
            "Line: the frontier, which nothing simulated beats in both. Hollow: beaten in both. {crosses}"
        ),
        format!("Line: the frontier. Hollow: beaten in both. {crosses}"),
        "Hollow: beaten in both.".to_owned(),
    ]
}

fn alt(title: &str, spots: &[Spot<'_>]) -> String {
    let told = spots.iter().map(|spot| {
        let (drops, busiest) = (drops_each(spot.dropped.0), ratio(spot.busiest.0));
        format!("{}: {drops}, busiest {busiest}", spot.case.name)
    });
    captions::alt(title, told)
}

fn csv(spots: &[Spot<'_>]) -> String {
    let mut table = Table::new(&[
        "point",
        "policy",
        "kind",
        "drops_per_client",
        "drops_low",
        "drops_high",
        "imbalance",
        "imbalance_low",
        "imbalance_high",
    ]);
    for spot in spots {
        table.key(spot.case, if spot.dominated { "dominated" } else { "frontier" });
        for (mean, interval) in [spot.dropped, spot.busiest] {
            let [low, high] = interval.unwrap_or([f64::NAN; 2]);
            table.values([mean, low, high]);
        }
    }
    table.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_knee_is_a_bargain_between_both_ends() {
        let ends = [(0.0, 1.8), (1.0, 1.0)];
        let with = |spot| [ends[0], spot, ends[1]];
        assert_eq!(knee(&ends), None);
        assert_eq!(knee(&with((0.2, 1.02))), Some(1));
        assert_eq!(knee(&with((0.5, 1.4))), None, "on the line between");
        assert_eq!(knee(&with((0.98, 1.05))), None, "as dear as the end");
        assert_eq!(knee(&[ends[0], (0.2, 1.3), (0.3, 1.01), ends[1]]), Some(2));
    }
}
