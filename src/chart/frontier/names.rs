//! The names of a frontier's points: each beside its own point, or at the end of a leader.

use super::{Spot, square};
use crate::chart::figure::{Anchor, Bounds, Figure, Label, Position};
use crate::chart::name::Name;
use crate::chart::place::{Demand, Ink};
use crate::chart::plane::Plane;
use crate::chart::text::{self, Weight};
use crate::chart::theme::Role;

/// More points than this have names only on the frontier.
const MOST_NAMES: usize = 12;
/// Points closer than this are one to the eye, in px.
const SAME: f64 = 3.0;
const SIZE: f64 = 11.5;
/// A name at the end of a leader is so far from every other point, in px.
const CLEAR: f64 = 14.0;

/// Points at one place, which have one name.
struct Group<'s, 'a> {
    at: Position,
    spots: Vec<&'s Spot<'a>>,
}

/// Names the points, the ones on the frontier first.
pub fn write(figure: &mut Figure, plane: &Plane, spots: &[Spot<'_>], ink: &mut Ink) {
    let mut groups = groups(plane, spots);
    let points: Vec<Position> = groups.iter().map(|group| group.at).collect();
    groups
        .retain(|group| spots.len() <= MOST_NAMES || group.spots.iter().any(|spot| spot.is_best()));
    groups.sort_by_key(|group| !group.spots.iter().any(|spot| spot.is_best()));
    for group in &groups {
        let policies =
            |policy: &str| spots.iter().filter(|spot| spot.case.found.policy == policy).count();
        name(figure, group, &label(plane, group, policies), &points, ink);
    }
}

fn groups<'s, 'a>(plane: &Plane, spots: &'s [Spot<'a>]) -> Vec<Group<'s, 'a>> {
    let mut groups: Vec<Group<'s, 'a>> = Vec::new();
    for spot in spots {
        let at = plane.at(spot.dropped.0, spot.busiest.0);
        let near = |group: &&mut Group<'_, '_>| {
            (group.at.0 - at.0).abs() <= SAME && (group.at.1 - at.1).abs() <= SAME
        };
        match groups.iter_mut().find(near) {
            Some(group) => group.spots.push(spot),
            None => groups.push(Group { at, spots: vec![spot] }),
        }
    }
    groups
}

/// The name, with its cost and whether it recovers; `policies` counts the points of a policy.
fn label(plane: &Plane, group: &Group<'_, '_>, policies: impl Fn(&str) -> usize) -> Label {
    // Of points at one place the first on the frontier speaks for all.
    let best = group.spots.iter().filter(|spot| spot.is_best());
    let best = best.min_by(|a, b| a.dropped.0.total_cmp(&b.dropped.0));
    let first = best.unwrap_or(&group.spots[0]);
    let policy = &first.case.found.policy;
    let count = group.spots.len();
    let is_one_policy = group.spots.iter().all(|spot| spot.case.found.policy == *policy);
    let (name, more) = match (count, is_one_policy) {
        (1, _) => (first.case.name.clone(), String::new()),
        (_, true) if policies(policy) == count => {
            (Name::from(policy.as_str()), format!(", all {count} points"))
        }
        _ => (first.case.name.clone(), format!(" and {} more", count - 1)),
    };
    let alike = |of: fn(&Spot<'_>) -> Option<String>| {
        of(first).filter(|note| group.spots.iter().all(|spot| of(spot).as_ref() == Some(note)))
    };
    let notes = [alike(|spot| spot.cost.clone()), alike(|spot| spot.stuck.clone())];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    let end = format!("{more}{notes}");
    let room = 0.4 * (plane.bounds.right - plane.bounds.left);
    let room = room - text::width(&end, SIZE, Weight::SemiBold);
    let name = name.within(SIZE, Weight::SemiBold, room);
    let role = Role::Words(first.case.found.hue);
    Label::new(format!("{name}{end}"), group.at, role).sized(SIZE).strong()
}

/// Writes a name where it cannot be taken for another point's: beside the point when no
/// other is nearer, else further off with a leader.
fn name(
    figure: &mut Figure,
    group: &Group<'_, '_>,
    label: &Label,
    points: &[Position],
    ink: &mut Ink,
) {
    let at = group.at;
    let others: Vec<Position> = points.iter().copied().filter(|point| *point != at).collect();
    let nearest = |label: &Label| {
        let bounds = label.bounds();
        others.iter().map(|point| distance(&bounds, *point)).fold(f64::INFINITY, f64::min)
    };
    let near: Vec<Label> = beside(label, at)
        .into_iter()
        .filter(|label| nearest(label) > distance(&label.bounds(), at))
        .collect();
    let far: Vec<Label> =
        around(label, at).into_iter().filter(|label| nearest(label) >= CLEAR).collect();
    for demand in [Demand::Nothing, Demand::NoLabel] {
        if let Some(label) = near.iter().find(|label| ink.allows(label, demand)) {
            ink.label(label);
            figure.text(demand.dress(label.clone()));
            return;
        }
        let free = far.iter().find_map(|label| {
            let leader = leader(label, at);
            let blocked = others.iter().any(|point| crosses(leader, &square(*point)))
                || !ink.is_free_of_labels(leader);
            (!blocked && ink.allows(label, demand)).then_some((label, leader))
        });
        if let Some((label, leader)) = free {
            ink.line(&leader);
            ink.label(label);
            figure.line(leader.to_vec(), Role::Axis, 0.7);
            figure.text(demand.dress(label.clone()));
            return;
        }
    }
}

/// Places that touch the point.
fn beside(label: &Label, at: Position) -> Vec<Label> {
    let sides = [
        (11.0, 0.0, Anchor::Start),
        (-11.0, 0.0, Anchor::End),
        (8.0, -12.0, Anchor::Start),
        (8.0, 13.0, Anchor::Start),
        (-8.0, -12.0, Anchor::End),
        (-8.0, 13.0, Anchor::End),
        (0.0, -15.0, Anchor::Middle),
        (0.0, 16.0, Anchor::Middle),
    ];
    sides
        .map(|(dx, dy, anchor)| label.clone().anchored(anchor).moved((at.0 + dx, at.1 + dy)))
        .to_vec()
}

/// Places around the point, nearer ones first.
fn around(label: &Label, at: Position) -> Vec<Label> {
    let mut places = Vec::new();
    for reach in [26.0, 40.0, 58.0, 80.0, 110.0, 145.0, 185.0] {
        for (dx, dy) in [
            (0.75, -0.65),
            (0.75, 0.65),
            (-0.75, -0.65),
            (-0.75, 0.65),
            (0.35, -0.94),
            (0.35, 0.94),
            (-0.35, -0.94),
            (-0.35, 0.94),
            (0.97, -0.26),
            (0.97, 0.26),
            (-0.97, -0.26),
            (-0.97, 0.26),
        ] {
            let anchor = if dx > 0.0 { Anchor::Start } else { Anchor::End };
            let to = (at.0 + reach * dx, at.1 + reach * dy);
            places.push(label.clone().anchored(anchor).moved(to));
        }
    }
    places
}

/// From the rim of the point to the near end of its name.
fn leader(label: &Label, from: Position) -> [Position; 2] {
    let to = match label.anchor {
        Anchor::End => (label.at.0 + 3.0, label.at.1),
        Anchor::Start | Anchor::Middle => (label.at.0 - 3.0, label.at.1),
    };
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = length(dx, dy).max(1.0);
    let rim = 7.0 / length;
    [(from.0 + rim * dx, from.1 + rim * dy), to]
}

/// From a rectangle to a point, in px.
fn distance(bounds: &Bounds, (x, y): Position) -> f64 {
    let dx = (bounds.left - x).max(x - bounds.right).max(0.0);
    let dy = (bounds.top - y).max(y - bounds.bottom).max(0.0);
    length(dx, dy)
}

/// Whether a straight line meets a rectangle, to a px.
fn crosses([from, to]: [Position; 2], bounds: &Bounds) -> bool {
    let steps = length(to.0 - from.0, to.1 - from.1).ceil().max(1.0);
    (0..=steps as u32).any(|step| {
        let share = f64::from(step) / steps;
        let at = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
        distance(bounds, at) <= 0.0
    })
}

/// The root of the sum of squares, which is rounded alike on every machine.
fn length(dx: f64, dy: f64) -> f64 {
    (dx * dx + dy * dy).sqrt()
}
