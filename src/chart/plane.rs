//! A plot of one value against another: scales that need not be of time, nor begin at 0.

use super::axis::{self, Tick};
use super::figure::{Anchor, Bounds, Figure, Label, Position};
use super::theme::Role;
use crate::engine::math;

/// From values to shares of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
    /// From low to high.
    pub ticks: Vec<Tick>,
}

impl Scale {
    /// From 0 to the tick above a value; `height` in px bounds the number of ticks.
    pub fn from_zero(most: f64, height: f64) -> Self {
        let axis = axis::value_axis(most, false, height);
        Self { low: 0.0, high: axis.top, is_log: false, ticks: axis.ticks }
    }

    /// From the tick below `low` to the tick above `high`.
    pub fn between(low: f64, high: f64, most: usize) -> Self {
        let ticks = axis::range_ticks(low, high, most);
        let ends = (ticks.first().map_or(0.0, |t| t.value), ticks.last().map_or(1.0, |t| t.value));
        Self { low: ends.0, high: ends.1, is_log: false, ticks }
    }

    /// A time in seconds from 0 to the tick above a value, in steps of a clock.
    pub fn of_time(longest: f64, most: usize) -> Self {
        let target = if longest.is_finite() && longest > 0.0 { 1.05 * longest } else { 1.0 };
        let step = axis::time_step(target, most);
        let count = (target / step).ceil().max(1.0);
        let ticks = (0..=count as u32).map(|times| {
            let value = f64::from(times) * step;
            Tick { value, label: super::words::duration(value) }
        });
        Self { low: 0.0, high: count * step, is_log: false, ticks: ticks.collect() }
    }

    /// From `low` to `high`, with given ticks.
    pub fn of_range(low: f64, high: f64, ticks: Vec<Tick>) -> Self {
        Self { low, high, is_log: false, ticks }
    }

    /// From `low` to `high`, both positive, in equal ratios.
    pub fn log(low: f64, high: f64, most: usize) -> Self {
        let low = if low.is_finite() && low > 0.0 { low } else { 1.0 };
        let high = if high.is_finite() && high > low { high } else { 10.0 * low };
        Self { low, high, is_log: true, ticks: axis::log_ticks(low, high, most) }
    }

    /// Over given ticks, with a margin of a twentieth on each side; in equal ratios when the
    /// values are geometric.
    pub fn of_ticks(ticks: Vec<Tick>) -> Self {
        let values: Vec<f64> = ticks.iter().map(|tick| tick.value).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if is_geometric(&values) {
            let margin = math::exp(0.05 * math::ln(high / low));
            return Self { low: low / margin, high: high * margin, is_log: true, ticks };
        }
        let margin = if high > low { 0.05 * (high - low) } else { 1.0 };
        Self { low: low - margin, high: high + margin, is_log: false, ticks }
    }

    /// Where a value lies, from 0 at the low end to 1 at the high end; what is beyond is cut.
    pub fn share(&self, value: f64) -> f64 {
        let share = if self.is_log {
            math::ln(value.max(self.low) / self.low) / math::ln(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        share.clamp(0.0, 1.0)
    }

    /// The low end.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The high end.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// The same with a share of the scale more before its low end, for marks that stand on it.
    #[must_use]
    pub fn padded(self, share: f64) -> Self {
        Self { low: self.low - share * (self.high - self.low), ..self }
    }

    /// The same with other words at the ticks.
    #[must_use]
    pub fn labelled(mut self, words: impl Fn(f64) -> String) -> Self {
        for tick in &mut self.ticks {
            tick.label = words(tick.value);
        }
        self
    }
}

/// Whether values grow by ratios rather than by steps: three or more, all positive, whose
/// ratios are more alike than their differences.
fn is_geometric(values: &[f64]) -> bool {
    if values.len() < 3 || values.iter().any(|value| *value <= 0.0) {
        return false;
    }
    let spread = |of: fn(f64, f64) -> f64| {
        let steps = || values.windows(2).map(|pair| of(pair[0], pair[1]));
        let (low, high) = (steps().fold(f64::INFINITY, f64::min), steps().fold(0.0, f64::max));
        if low > 0.0 { high / low } else { f64::INFINITY }
    };
    spread(|a, b| math::ln(b / a)) < spread(|a, b| b - a)
}

/// A plot with two scales.
#[derive(Clone, Debug)]
pub struct Plane {
    /// The plot's rectangle.
    pub bounds: Bounds,
    /// From left to right.
    pub across: Scale,
    /// From the bottom up.
    pub up: Scale,
}

impl Plane {
    /// Where a value lies from left to right, in px.
    pub fn x(&self, value: f64) -> f64 {
        self.bounds.left + self.across.share(value) * (self.bounds.right - self.bounds.left)
    }

    /// Where a value lies from the top down, in px.
    pub fn y(&self, value: f64) -> f64 {
        self.bounds.bottom - self.up.share(value) * (self.bounds.bottom - self.bounds.top)
    }

    /// A point.
    pub fn at(&self, across: f64, up: f64) -> Position {
        (self.x(across), self.y(up))
    }

    /// Grid and labels of the upward scale: what lies under the data.
    pub fn under(&self, figure: &mut Figure, labelled: bool) {
        let Bounds { left, right, bottom, .. } = self.bounds;
        for tick in &self.up.ticks {
            let y = self.y(tick.value);
            if y < bottom - 0.5 {
                figure.line(vec![(left, y), (right, y)], Role::Grid, 0.7);
            }
            if labelled {
                let label = Label::new(&tick.label, (left - 8.0, y), Role::Muted);
                figure.text(label.anchored(Anchor::End));
            }
        }
    }

    /// The scale from left to right: what lies over the data. Labels that would meet the one
    /// before are left out.
    pub fn over(&self, figure: &mut Figure, labelled: bool) {
        let Bounds { left, right, bottom, .. } = self.bounds;
        figure.line(vec![(left, bottom), (right, bottom)], Role::Axis, 1.0);
        let mut free = f64::NEG_INFINITY;
        for tick in &self.across.ticks {
            let x = self.x(tick.value);
            figure.line(vec![(x, bottom), (x, bottom + 4.0)], Role::Axis, 1.0);
            let label = Label::new(&tick.label, (x, bottom + 14.0), Role::Muted);
            let label = label.anchored(Anchor::Middle);
            let label = if label.bounds().right > right + 10.0 {
                label.moved((right, bottom + 14.0)).anchored(Anchor::End)
            } else {
                label
            };
            if labelled && label.bounds().left >= free {
                free = label.bounds().right + 6.0;
                figure.text(label);
            }
        }
    }
}
