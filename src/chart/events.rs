//! The scenario's events on a panel: a rule at each, a name where there is room.

use super::figure::{Anchor, Figure, Label};
use super::layout::Panel;
use super::place::{Demand, Ink};
use super::theme::Role;
use crate::stats::Marker;

/// Events closer than this share a name, in px.
const SHARED: f64 = 40.0;

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

/// Draws the rules within a panel's time and, if asked, their names at its top. The
/// first rule of a cluster reaches up to its name, the others end below it.
pub fn draw(figure: &mut Figure, panel: &Panel, markers: &[Marker], named: bool, ink: &mut Ink) {
    let inside = |marker: &&Marker| (panel.time.start..=panel.time.end).contains(&marker.at);
    let inside: Vec<&Marker> = markers.iter().filter(inside).collect();
    let mut rest = inside.as_slice();
    let mut last = f64::NEG_INFINITY;
    while !rest.is_empty() {
        let (size, label) = cluster(panel, rest);
        for (index, marker) in rest[..size].iter().enumerate() {
            let x = panel.x(marker.at);
            if index > 0 && x - last < DISTINCT {
                continue;
            }
            let top = if index == 0 { panel.top } else { panel.top + panel.headroom };
            let rule = vec![(x, top), (x, panel.bottom())];
            ink.line(&rule);
            figure.line(rule, Role::Axis, 1.0);
            last = x;
        }
        if named && ink.allows(&label, Demand::NoLine) {
            ink.label(&label);
            figure.text(label);
        }
        rest = &rest[size..];
    }
}

/// How many of the events, from the first on, share a name, and that name: each is close
/// to the one before it, or would be covered by the name.
fn cluster(panel: &Panel, events: &[&Marker]) -> (usize, Label) {
    let x = |index: usize| panel.x(events[index].at);
    let mut size = 1;
    loop {
        let label =
            Label::new(shared_name(&events[..size]), (x(0) + 5.0, panel.top + 6.0), Role::Ink);
        let reach = label.bounds().right + 3.0;
        let joins = size < events.len() && (x(size) - x(size - 1) < SHARED || x(size) < reach);
        if joins {
            size += 1;
            continue;
        }
        if label.bounds().right > panel.right() {
            return (size, label.moved((x(0) - 5.0, panel.top + 6.0)).anchored(Anchor::End));
        }
        return (size, label);
    }
}

/// One name for events that stand close together.
fn shared_name(markers: &[&Marker]) -> String {
    match markers {
        [] => String::new(),
        [one] => one.label.clone(),
        [first, rest @ ..] if rest.iter().all(|marker| marker.label == first.label) => {
            format!("{} × {}", markers.len(), first.label)
        }
        [one, two] => format!("{}, {}", one.label, two.label),
        many => format!("{} events", many.len()),
    }
}
