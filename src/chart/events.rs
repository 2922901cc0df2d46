//! The scenario's events on a panel: a rule at each, a name where there is room.

use super::figure::{Anchor, Figure, Label};
use super::layout::Panel;
use super::place::{Demand, Ink};
use super::theme::Role;
use super::words;
use crate::stats::Marker;

/// Between a rule and its name, in px.
const ASIDE: f64 = 5.0;

/// Rules closer than this are drawn once, in px.
const DISTINCT: f64 = 5.0;

/// The points whose events have a name on the sheet: each has them once, in its first panel.
#[derive(Debug, Default)]
pub struct Named(Vec<usize>);

impl Named {
    /// Whether the events of this point are to be named now.
    pub fn is_due(&mut self, point: usize) -> bool {
        let due = !self.0.contains(&point);
        self.0.push(point);
        due
    }
}

/// Draws the rules within a panel's time and, if asked, their names at its top. The first rule
/// of those that share a name reaches up to it, the others end below it.
pub fn draw(figure: &mut Figure, panel: &Panel, markers: &[Marker], named: bool, ink: &mut Ink) {
    let inside = |marker: &&Marker| (panel.time.start..=panel.time.end).contains(&marker.at);
    let inside: Vec<&Marker> = markers.iter().filter(inside).collect();
    let mut rest = inside.as_slice();
    let mut last = f64::NEG_INFINITY;
    while !rest.is_empty() {
        let (size, label) = lump(panel, rest, ink);
        for (index, marker) in rest[..size].iter().enumerate() {
            let x = panel.x(marker.at);
            // The rules of the first and the last of them show from when to when they are.
            let is_end = index == 0 || index + 1 == size && x - last > 1.0;
            if !is_end && x - last < DISTINCT {
                continue;
            }
            let top = if index == 0 { panel.top } else { panel.top + panel.headroom };
            let rule = vec![(x, top), (x, panel.bottom())];
            ink.line(&rule);
            figure.line(rule, Role::Axis, 1.0);
            last = x;
        }
        if let Some(label) = label.filter(|_| named) {
            ink.label(&label);
            figure.text(label);
        }
        rest = &rest[size..];
    }
}

/// How many of the events, from the first on, share a name, and that name, if it has a place:
/// as few as leave room for one before the next rule.
fn lump(panel: &Panel, events: &[&Marker], ink: &Ink) -> (usize, Option<Label>) {
    for size in 1..=events.len() {
        if size > 1 && goes_on(panel, &events[size - 1..]) {
            continue;
        }
        let next = events.get(size).map(|marker| panel.x(marker.at));
        let names = names(&events[..size]);
        let label = names.iter().find_map(|name| fitting(panel, events[0], name, next, ink));
        // An event alone may also be named on the left, where nothing else is; of several of a
        // kind the first is none alone.
        let is_alone = size == 1 && events.get(1).is_none_or(|next| next.label != events[0].label);
        let left = || names.iter().find_map(|name| left_of(panel, events[0], name, ink));
        let label = label.or_else(|| (is_alone || next.is_none()).then(left).flatten());
        if label.is_some() {
            return (size, label);
        }
    }
    (events.len(), None)
}

/// Whether an event is followed by another of its kind, before which its name has no room.
fn goes_on(panel: &Panel, events: &[&Marker]) -> bool {
    let [one, next, ..] = events else { return false };
    let room = panel.x(next.at) - panel.x(one.at);
    one.label == next.label && room < ASIDE + Label::new(&one.label, (0.0, 0.0), Role::Ink).width()
}

/// A name right of its rule, if it ends before the next one.
fn fitting(
    panel: &Panel,
    first: &Marker,
    name: &str,
    next: Option<f64>,
    ink: &Ink,
) -> Option<Label> {
    let label = Label::new(name, (panel.x(first.at) + ASIDE, panel.top + 6.0), Role::Ink);
    let ends = label.bounds().right + 3.0 <= next.unwrap_or(f64::INFINITY);
    (ends && ink.allows(&label, Demand::NoLine)).then_some(label)
}

fn left_of(panel: &Panel, first: &Marker, name: &str, ink: &Ink) -> Option<Label> {
    let at = (panel.x(first.at) - ASIDE, panel.top + 6.0);
    let label = Label::new(name, at, Role::Ink).anchored(Anchor::End);
    ink.allows(&label, Demand::NoLine).then_some(label)
}

/// Names for events that stand close together, from the fullest to the shortest: what they
/// are, or how many, and from when to when.
fn names(markers: &[&Marker]) -> Vec<String> {
    let [first, .., last] = markers else {
        return markers.iter().map(|marker| marker.label.clone()).collect();
    };
    let (from, to) = (words::clock(first.at), words::clock(last.at));
    let times = if from == to { format!(", {from}") } else { format!(", {from} to {to}") };
    let whole = kinds(markers, true);
    let kinds = kinds(markers, false);
    let count = format!("{} events", markers.len());
    // Of several kinds each has its own time.
    let is_one_time = from == to || markers.iter().all(|marker| marker.label == first.label);
    let fullest = if is_one_time { format!("{kinds}{times}") } else { whole };
    let mut names = vec![fullest, kinds];
    // What all of them are is as short as how many.
    if markers.iter().any(|marker| marker.label != first.label) {
        names.extend([format!("{count}{times}"), count]);
    }
    names
}

/// What the events are, in their order: `2 × +1 server, −1 crash`, or, with the time of the first
/// of each kind, `2 × +1 server from 5:00, −1 crash at 6:00`.
fn kinds(markers: &[&Marker], timed: bool) -> String {
    let runs = markers.chunk_by(|one, next| one.label == next.label);
    let at = |word: &str, marker: &Marker| {
        if timed { format!(" {word} {}", words::clock(marker.at)) } else { String::new() }
    };
    let told = runs.map(|run| match run {
        [one] => format!("{}{}", one.label, at("at", one)),
        many => format!("{} × {}{}", many.len(), many[0].label, at("from", many[0])),
    });
    told.collect::<Vec<_>>().join(", ")
}
