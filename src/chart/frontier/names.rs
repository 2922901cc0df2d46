//! The names of a frontier's points: each beside its own point, or at the end of a leader; a
//! name without room for it is on the list below the plots.

use super::legend::{self, Legend, MOST_NAMES};
use super::spots::Spot;
use super::square;
use crate::chart::figure::{Anchor, Bounds, Figure, Label, Position};
use crate::chart::name::Name;
use crate::chart::place::{Demand, Ink};
use crate::chart::plane::Plane;
use crate::chart::text::{self, Weight};
use crate::chart::theme::Role;

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

impl Group<'_, '_> {
    fn is_best(&self) -> bool {
        self.spots.iter().any(|spot| spot.is_best())
    }

    /// The one that speaks for all: the first on the frontier.
    fn first(&self) -> &Spot<'_> {
        let best = self.spots.iter().filter(|spot| spot.is_best());
        let best = best.min_by(|a, b| a.dropped.0.total_cmp(&b.dropped.0));
        best.unwrap_or(&self.spots[0])
    }
}

/// Names the points, the ones on the frontier first; those that cannot be named are listed.
pub fn write(
    figure: &mut Figure,
    plane: &Plane,
    spots: &[Spot<'_>],
    legend: &mut Legend,
    ink: &mut Ink,
) {
    let mut groups = groups(plane, spots);
    let points: Vec<Position> = groups.iter().map(|group| group.at).collect();
    groups.sort_by_key(|group| !group.is_best());
    let mut untold = Vec::new();
    for group in &groups {
        let policies =
            |policy: &str| spots.iter().filter(|spot| spot.case.found.policy == policy).count();
        let named = spots.len() <= MOST_NAMES || group.is_best();
        let label = if named { whole(plane, group, policies) } else { None };
        if !label.is_some_and(|label| place(figure, &label, group.at, &points, ink)) {
            untold.push(group);
        }
    }
    for group in untold {
        let mut keys: Vec<usize> = group.spots.iter().map(|spot| legend.key(spot)).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in &keys {
            legend.list(*key);
        }
        // The marks of several points at one place cover each other.
        if keys.len() > 1 || legend.is_ambiguous(keys[0]) {
            let numbers = keys.iter().map(|key| legend.number(*key).to_string());
            let numbers = numbers.collect::<Vec<_>>().join(", ");
            let role = Role::Words(group.first().case.found.hue);
            let label = Label::new(numbers, group.at, role).sized(SIZE).strong();
            place(figure, &label, group.at, &points, ink);
        }
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

/// The names of all points of a place, with their cost and whether they recover; `policies`
/// counts the points of a policy. `None` where they take too much of the plot.
fn whole(plane: &Plane, group: &Group<'_, '_>, policies: impl Fn(&str) -> usize) -> Option<Label> {
    let first = group.first();
    let policy = &first.case.found.policy;
    let count = group.spots.len();
    let is_one_policy = group.spots.iter().all(|spot| spot.case.found.policy == *policy);
    let notes = legend::notes(&group.spots);
    let role = Role::Words(first.case.found.hue);
    let label = |text: String| Label::new(text, group.at, role).sized(SIZE).strong();
    let fits = |text: &str, room: f64| text::fits(text, SIZE, Weight::SemiBold, room);
    let width = plane.bounds.right - plane.bounds.left;
    if count == 1 || is_one_policy && policies(policy) == count {
        let (name, more) = match count {
            1 => (first.case.name.clone(), String::new()),
            _ => (Name::from(policy.as_str()), format!(", all {count} points")),
        };
        let end = format!("{more}{notes}");
        let room = if width > WIDE { 0.4 * width } else { 0.6 * width };
        let room = room - text::width(&end, SIZE, Weight::SemiBold);
        let shown = name.within(SIZE, Weight::SemiBold, room);
        // In a narrow plot more is left of a name on the list.
        let is_told = *shown == *name || width > WIDE;
        return is_told.then(|| label(format!("{shown}{end}")));
    }
    let mut names: Vec<&str> = group.spots.iter().map(|spot| &*spot.case.name).collect();
    let last = names.pop()?;
    let text = format!("{} and {last}{notes}", names.join(", "));
    fits(&text, 0.5 * width).then(|| label(text))
}

/// A plot of this width has as much room for a name as the list, in px.
const WIDE: f64 = 600.0;

/// Writes a name where it cannot be taken for another point's: beside the point when no
/// other is nearer, else further off with a leader. Tells whether there was such a place.
fn place(
    figure: &mut Figure,
    label: &Label,
    at: Position,
    points: &[Position],
    ink: &mut Ink,
) -> bool {
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
            return true;
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
            return true;
        }
    }
    false
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
