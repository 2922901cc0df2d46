//! `delivery-cdf`: which share of the messages has not arrived after so long.

use super::{Frame, Messages, P99};
use crate::chart::captions;
use crate::chart::figure::{Anchor, Bounds, Figure, Label, Position};
use crate::chart::finding::{first_fitting, named};
use crate::chart::layout::{self, Size};
use crate::chart::place::{self, Ink};
use crate::chart::plane::{Plane, Scale};
use crate::chart::shape::{self, Point, Shape};
use crate::chart::table::Table;
use crate::chart::text::{self, Weight};
use crate::chart::theme::Role;
use crate::chart::words::{duration, percent};

const TOP: f64 = 112.0;
const HEIGHT: f64 = 340.0;
const BELOW: f64 = 92.0;
/// The least share that is drawn: 1 in 10,000.
const LEAST: f64 = 1e-4;

/// Draws the chart, with its data; `None` when no policy has quantiles of delivery.
pub fn figure(messages: &[Messages], frame: &Frame, size: Size) -> Option<(Figure, String)> {
    let known: Vec<&Messages> =
        messages.iter().filter(|policy| !curve(policy).is_empty()).collect();
    let times = || known.iter().flat_map(|policy| curve(policy)).map(|(seconds, _)| seconds);
    let (fastest, slowest) = (times().fold(f64::INFINITY, f64::min), times().fold(0.0, f64::max));
    if slowest <= 0.0 {
        return None;
    }
    let title = title(&known, frame, size);
    let words = layout::Words {
        name: frame.file_stem("delivery-cdf"),
        alt: captions::alt(
            &title,
            known.iter().map(|policy| {
                let p99 = at(policy, 0.99)
                    .map_or_else(String::new, |p99| format!("p99 {}, ", duration(p99)));
                format!("{}: {p99}{} lost", policy.policy, percent(policy.lost_share))
            }),
        ),
        title,
        subtitles: frame
            .subtitles("Share of messages not yet delivered, by time since the publish"),
    };
    let mut figure = layout::sheet(words, size, TOP + HEIGHT + BELOW);
    let widest = known.iter().map(|policy| text::width(&policy.policy, 11.5, Weight::SemiBold));
    let labels = widest.fold(60.0, f64::max).min(0.2 * size.width()) + 16.0;
    let plane = Plane {
        bounds: Bounds {
            left: layout::GUTTER,
            right: size.width() - layout::MARGIN - labels,
            top: TOP,
            bottom: TOP + HEIGHT,
        },
        across: Scale::log(fastest / 1.3, slowest * 1.3, 9).labelled(duration),
        up: Scale::log(lowest(&known), 1.0, 5).labelled(percent_or_less),
    };
    draw(&mut figure, &plane, &known);
    layout::footer(&mut figure, &[
        "Both axes are logarithmic. Points: quantiles, within each run, then averaged. A line that ends level: what is lost.".to_owned(),
        "Both axes are logarithmic. A line that ends level: what is lost.".to_owned(),
    ]);
    Some((figure, csv(&known)))
}

fn percent_or_less(share: f64) -> String {
    if share < 0.001 {
        format!("{}%", crate::chart::words::compact(share * 100.0))
    } else {
        percent(share)
    }
}

/// (seconds, share of all messages not yet delivered): what is lost never is.
fn curve(policy: &Messages) -> Vec<(f64, f64)> {
    let of_all = |quantile: f64| policy.lost_share + (1.0 - policy.lost_share) * (1.0 - quantile);
    let points = policy.delivery.iter().filter(|(_, seconds)| *seconds > 0.0);
    points
        .map(|(quantile, seconds)| (*seconds, of_all(*quantile)))
        .filter(|(_, share)| *share >= LEAST)
        .collect()
}

/// The power of ten below every share that is drawn.
fn lowest(known: &[&Messages]) -> f64 {
    let shares = known.iter().flat_map(|policy| curve(policy)).map(|(_, share)| share);
    let lost = known.iter().map(|policy| policy.lost_share).filter(|share| *share >= LEAST);
    let least = shares.chain(lost).fold(1.0, f64::min);
    [0.1, 0.01, 0.001].into_iter().find(|power| *power < 0.9 * least).unwrap_or(LEAST)
}

fn at(policy: &Messages, quantile: f64) -> Option<f64> {
    let near = |(q, _): &&(f64, f64)| (q - quantile).abs() < 1e-9;
    policy.delivery.iter().find(near).map(|(_, seconds)| *seconds)
}

fn draw(figure: &mut Figure, plane: &Plane, known: &[&Messages]) {
    let Bounds { left, right, top, bottom } = plane.bounds;
    let head = Label::new("Not yet delivered", (layout::MARGIN, top - 20.0), Role::Ink);
    figure.text(head.strong());
    let below = Label::new("Since the publish", (right, bottom + 33.0), Role::Ink).strong();
    figure.text(below.anchored(Anchor::End));
    plane.under(figure, true);
    let shapes = Shape::all_of(&known.iter().map(|policy| policy.hue).collect::<Vec<_>>());
    let within = Bounds { left, right: figure.width - layout::MARGIN + 4.0, top, bottom };
    let mut ink = Ink::new(within);
    let mut ends = Vec::new();
    for (policy, shape) in known.iter().zip(shapes) {
        let role = Role::Mark(policy.hue);
        let points: Vec<Position> =
            curve(policy).into_iter().map(|(seconds, share)| plane.at(seconds, share)).collect();
        let mut line = points.clone();
        let lost = policy.lost_share >= LEAST;
        if lost && let Some(&last) = points.last() {
            let level = plane.y(policy.lost_share);
            line.extend([(last.0, level), (right, level)]);
        }
        ink.line(&line);
        figure.line(line.clone(), role, 1.8);
        for at in points {
            shape::draw(figure, Point { at, shape, radius: 3.2, role, hollow: false });
        }
        ends.extend(line.last().map(|end| (*policy, *end, lost)));
    }
    plane.over(figure, true);
    for (policy, end, lost) in ends {
        name(figure, policy, end, lost, &mut ink);
    }
}

/// Names a line at its end, with what is lost.
fn name(figure: &mut Figure, policy: &Messages, end: Position, lost: bool, ink: &mut Ink) {
    let role = Role::Words(policy.hue);
    let room = (figure.width - layout::MARGIN - end.0 - 8.0).max(0.2 * figure.width);
    let name = policy.policy.within(11.5, Weight::SemiBold, room);
    let label = Label::new(name, end, role).sized(11.5).strong();
    let places = [0.0, -14.0, 14.0, -28.0, 28.0, -42.0, 42.0]
        .map(|dy| label.clone().moved((end.0 + 8.0, end.1 + dy)));
    if let Some((_, label)) = place::find(std::slice::from_mut(ink), &[places.to_vec()], true) {
        figure.text(label);
    }
    if lost {
        let text = format!("{} lost", percent(policy.lost_share));
        let label = Label::new(text, end, Role::Alert).strong().anchored(Anchor::End);
        let places =
            [-10.0, 11.0, -24.0, 25.0].map(|dy| label.clone().moved((end.0 - 4.0, end.1 + dy)));
        if let Some((_, label)) = place::find(std::slice::from_mut(ink), &[places.to_vec()], true) {
            figure.text(label);
        }
    }
}

fn title(known: &[&Messages], frame: &Frame, size: Size) -> String {
    let p99 = |policy: &Messages| at(policy, 0.99).unwrap_or(0.0);
    let by_p99 = |a: &&&Messages, b: &&&Messages| p99(a).total_cmp(&p99(b));
    let (Some(fast), Some(slow)) = (known.iter().min_by(by_p99), known.iter().max_by(by_p99))
    else {
        return String::new();
    };
    let (low, high) = (duration(p99(fast)), duration(p99(slow)));
    let mut titles = Vec::new();
    if known.len() == 1 || low == high {
        titles.push(format!("99% of the messages that arrive are there after {high}"));
    } else if !frame.differs(P99, slow, fast) {
        titles.push(format!(
            "No policy differs clearly: of what arrives, 99% is there in {low} to {high}"
        ));
        titles.push("No policy differs clearly in p99 delivery".to_owned());
    } else {
        titles.extend(named(&[&fast.policy, &slow.policy], |n| {
            format!("Of what arrives, 99% is there in {low} with {}, {high} with {}", n[0], n[1])
        }));
        titles.push(format!("Of what arrives, 99% is there in {low} to {high}"));
    }
    first_fitting(&titles, size)
}

fn csv(known: &[&Messages]) -> String {
    let mut table = Table::new(&["policy", "seconds", "not_yet_delivered_share"]);
    for policy in known {
        for (seconds, share) in curve(policy) {
            table.texts([&*policy.policy]);
            table.values([seconds, share]);
        }
    }
    table.finish()
}
