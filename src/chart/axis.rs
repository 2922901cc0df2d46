//! Axes: where the ticks stand and what they say.
//!
//! Ticks are whole multiples of a step of 1, 2, 2.5 or 5 x 10^k, kept as decimals,
//! so that 0.3 is never 0.30000000000000004 and labels are exact.

use super::words;

/// A value on an axis, with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where it stands.
    pub value: f64,
    /// What it says.
    pub label: String,
}

/// An axis of a count, a rate or a gauge: from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueAxis {
    /// Where it ends.
    pub top: f64,
    /// From 0 upwards.
    pub ticks: Vec<Tick>,
}

/// An axis of time since the start of the run, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeAxis {
    /// Where it begins.
    pub start: f64,
    /// Where it ends; after `start`.
    pub end: f64,
    /// From left to right.
    pub ticks: Vec<Tick>,
    /// Whether labels are m:ss or h:mm:ss, which name no unit.
    pub clock: bool,
}

/// How an axis of time is labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeStyle {
    /// Whole units from the start, the unit once at the end: `0  10  20  30 min`.
    Elapsed,
    /// Instants: `0:30  1:00  1:30`.
    Clock,
}

/// Horizontal grid lines are no closer than this, in px.
const TICK_DISTANCE: f64 = 27.0;

/// A step of `digits` x 10^`exponent`.
#[derive(Clone, Copy, Debug)]
struct Step {
    digits: u64,
    exponent: i32,
}

impl Step {
    fn value(self, times: u64) -> f64 {
        // Both sides of the division are exact below 2^53 and 10^22, so the quotient is the nearest float.
        let digits = (self.digits * times) as f64;
        match self.exponent {
            exponent if exponent < 0 => digits / power_of_ten(exponent.unsigned_abs()),
            exponent => digits * power_of_ten(exponent.unsigned_abs()),
        }
    }

    /// The same of a number that may be negative.
    fn signed(self, times: i64) -> f64 {
        let size = self.value(times.unsigned_abs());
        if times < 0 { -size } else { size }
    }

    fn is_whole(self) -> bool {
        self.exponent >= 0 || (self.exponent == -1 && self.digits.is_multiple_of(10))
    }
}

/// An axis that holds values up to `max` with a twentieth to spare, on a plot of such a
/// height in px; `whole` for counts, which have no tick at a half. What is not a positive
/// number counts as nothing.
pub fn value_axis(max: f64, whole: bool, height: f64) -> ValueAxis {
    let most = (height / TICK_DISTANCE).floor().clamp(2.0, 5.0);
    let target = if max.is_finite() && max > 0.0 { max * 1.05 } else { 0.0 };
    if target > 0.0 {
        for step in steps().filter(|step| !whole || step.is_whole()) {
            let count = (target / step.value(1)).ceil();
            if count <= most {
                return multiples(step, (count as u64).max(1));
            }
        }
    }
    multiples(Step { digits: 1, exponent: 0 }, 1)
}

/// Ticks from at or below `low` to at or above `high` (at most `most` steps, at least one),
/// which need not begin at 0. What is not a number counts as nothing.
pub fn range_ticks(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let low = if low.is_finite() { low } else { 0.0 };
    let high = if high.is_finite() && high > low { high } else { low + 1.0 };
    for step in steps() {
        let size = step.value(1);
        let (first, last) = ((low / size + 1e-9).floor(), (high / size - 1e-9).ceil());
        if last - first <= most.max(1) as f64 && first.abs().max(last.abs()) < 1e12 {
            let (first, last) = (first as i64, last as i64);
            return (first..=last).map(|times| exact_tick(step.signed(times))).collect();
        }
    }
    vec![tick(low), tick(high)]
}

/// Ticks at powers of ten, or at 1, 2 and 5 times them where those are fewer than `most`,
/// within two positive values; at finer steps where there is but one of these, which tells
/// nobody how wide a step is.
pub fn log_ticks(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let of = |digits: &[u64]| {
        let steps = (-12..=15).flat_map(|exponent| {
            digits.iter().map(move |&digits| Step { digits, exponent }.value(1))
        });
        let inside = |value: &f64| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(value);
        steps.filter(inside).map(tick).collect::<Vec<_>>()
    };
    let found = [&[1, 2, 5][..], &[1, 3], &[1]]
        .into_iter()
        .map(of)
        .find(|ticks| ticks.len() <= most.max(2))
        .unwrap_or_else(|| of(&[1]));
    if found.len() > 1 { found } else { even_ticks(low, high, most).unwrap_or(found) }
}

/// At most so many multiples of a step within two values, two at least.
fn even_ticks(low: f64, high: f64, most: usize) -> Option<Vec<Tick>> {
    let within = |step: Step| {
        let size = step.value(1);
        let (first, last) = ((low / size - 1e-9).ceil(), (high / size + 1e-9).floor());
        let count = last - first + 1.0;
        (count <= most.max(2) as f64 && last < 1e12).then_some((step, first as u64, last as u64))
    };
    let (step, first, last) = steps().find_map(within)?;
    (last > first).then(|| (first..=last).map(|times| exact_tick(step.value(times))).collect())
}

/// An axis that ends at four times the capacity, where rates are cut.
pub fn cut_axis(capacity: f64) -> ValueAxis {
    let top = capacity * 4.0;
    // Of all its digits: 3.003 prints as 3, and four times that as 12.
    let round = words::exact(capacity).chars().filter(char::is_ascii_digit).count() <= 2;
    if round {
        let ticks = (0..=4).map(|times| tick(f64::from(times) * capacity)).collect();
        return ValueAxis { top, ticks };
    }
    let found = steps().find(|step| (top / step.value(1)).floor() <= 4.0);
    let step = found.unwrap_or(Step { digits: 1, exponent: 0 });
    let count = (top / step.value(1)).floor() as u64;
    ValueAxis { top, ticks: multiples(step, count).ticks }
}

/// An axis of time with at most `most` ticks (at least 2).
pub fn time_axis(start: f64, end: f64, most: usize, style: TimeStyle) -> TimeAxis {
    let end = if end > start { end } else { start + 1.0 };
    let inside = |step: f64| {
        let first = (start / step - 1e-9).ceil().max(0.0) as u64;
        let last = (end / step + 1e-9).floor().max(0.0) as u64;
        first..=last
    };
    let step = TIME_STEPS
        .into_iter()
        .map(|ms| ms as f64 / 1000.0)
        .find(|&step| inside(step).count() <= most.max(2))
        .unwrap_or(end - start);
    let unit = unit(step, end, style);
    let values: Vec<f64> = inside(step).map(|times| times as f64 * step).collect();
    let count = values.len();
    let labelled = |(index, value): (usize, f64)| {
        let label = match unit {
            None => words::clock(value),
            Some((size, name)) => {
                let number = words::decimal((value / size * 1000.0).round() as u64, -3);
                if index + 1 == count { format!("{number} {name}") } else { number }
            }
        };
        Tick { value, label }
    };
    let ticks = values.into_iter().enumerate().map(labelled).collect();
    TimeAxis { start, end, ticks, clock: unit.is_none() }
}

/// How many ticks of time have room on a plot of such a width in px; labels with hours are wider.
pub fn most_ticks(width: f64, hours: bool) -> usize {
    let each = if hours { 64.0 } else { 44.0 };
    (width / each).clamp(2.0, 7.0) as usize
}

/// The step that a time axis of such a length uses, in seconds.
pub fn time_step(length: f64, most: usize) -> f64 {
    let step = TIME_STEPS
        .into_iter()
        .map(|ms| ms as f64 / 1000.0)
        .find(|step| (length / step).floor() < most.max(2) as f64);
    step.unwrap_or(length)
}

/// 1, 2, 5, 10 ... ms; 1, 2, 5, 10, 15, 30 s and min; 1, 2, 6, 12 h; 1, 2, 5, 10 ... d.
const TIME_STEPS: [u64; 35] = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    900_000,
    1_800_000,
    3_600_000,
    7_200_000,
    21_600_000,
    43_200_000,
    86_400_000,
    172_800_000,
    432_000_000,
    864_000_000,
    1_728_000_000,
    4_320_000_000,
    8_640_000_000,
    17_280_000_000,
    43_200_000_000,
    86_400_000_000,
];

/// Size in seconds and name of the unit that labels a step; `None` for m:ss.
fn unit(step: f64, end: f64, style: TimeStyle) -> Option<(f64, &'static str)> {
    if step >= 86_400.0 {
        Some((86_400.0, "d"))
    } else if step >= 3600.0 {
        Some((3600.0, "h"))
    } else if step >= 60.0 && style == TimeStyle::Elapsed {
        Some((60.0, "min"))
    } else if end <= 60.0 || step < 1.0 || (style == TimeStyle::Elapsed && end <= 120.0) {
        Some((1.0, "s"))
    } else {
        None
    }
}

fn multiples(step: Step, count: u64) -> ValueAxis {
    let ticks = (0..=count).map(|times| exact_tick(step.value(times))).collect();
    ValueAxis { top: step.value(count), ticks }
}

/// A multiple of a step, with all its digits: three would call 1.025 and 1.075 both wrong.
fn exact_tick(value: f64) -> Tick {
    Tick { value, label: words::exact(value) }
}

fn tick(value: f64) -> Tick {
    Tick { value, label: words::compact(value) }
}

/// From small to large.
fn steps() -> impl Iterator<Item = Step> {
    (-10..=15).flat_map(|exponent| [10, 20, 25, 50].map(|digits| Step { digits, exponent }))
}

fn power_of_ten(exponent: u32) -> f64 {
    10_u64.pow(exponent.min(19)) as f64
}
