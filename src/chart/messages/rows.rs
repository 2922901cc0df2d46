//! Rows of policies with their names at the left, as dot plots and bars have them.

use crate::chart::figure::{Anchor, Bounds, Figure, Label, Position};
use crate::chart::layout::{self, Size};
use crate::chart::name::Name;
use crate::chart::plane::{Plane, Scale};
use crate::chart::text::{self, Weight};
use crate::chart::theme::Role;
use crate::policy::Hue;

/// Upper edge of the first row.
pub const TOP: f64 = 96.0;
/// Height of a row.
pub const ROW: f64 = 40.0;
/// Below the last row.
pub const BELOW: f64 = 92.0;

/// The left edge of plots beside names as wide as these.
pub fn left<'a>(names: impl Iterator<Item = &'a str>, size: Size) -> f64 {
    let widest = names.map(|name| text::width(name, 13.5, Weight::SemiBold)).fold(60.0, f64::max);
    (layout::MARGIN + (1.08 * widest).min(0.28 * size.width()) + 16.0).round()
}

/// A plot over so many rows, the first of which begins at `top`.
pub fn plane((left, right): (f64, f64), top: f64, rows: usize, across: Scale) -> Plane {
    let bottom = top + rows as f64 * ROW;
    let bounds = Bounds { left, right, top: top - 6.0, bottom };
    Plane { bounds, across, up: Scale::of_range(0.0, 1.0, Vec::new()) }
}

/// The grid of a plot, with its line of zero.
pub fn under(figure: &mut Figure, plane: &Plane) {
    let Bounds { left, top, bottom, .. } = plane.bounds;
    for tick in plane.across.ticks.iter().filter(|tick| tick.value > plane.across.low()) {
        let x = plane.x(tick.value);
        figure.line(vec![(x, top), (x, bottom)], Role::Grid, 0.7);
    }
    figure.line(vec![(left, top), (left, bottom)], Role::Axis, 1.0);
}

/// The middle of a row, when the first begins at `top`.
pub fn middle(top: f64, row: usize) -> f64 {
    top + (row as f64 + 0.5) * ROW
}

/// Writes a policy's name left of `at`, which is on the middle of its row.
pub fn name(figure: &mut Figure, (left, middle): Position, (policy, hue): (&Name, Hue)) {
    let room = left - layout::MARGIN - 12.0;
    let name = policy.within(13.5, Weight::SemiBold, room);
    let at = (left - 12.0, middle);
    figure.text(Label::new(name, at, Role::Words(hue)).sized(13.5).strong().anchored(Anchor::End));
}
