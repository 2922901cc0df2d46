//! Where a policy tips over: what is varied for it, and how finely.

use std::fmt;

use crate::engine::units::{Bytes, Fraction};
use crate::engine::{Rate, SimDuration};

/// What `ringstorm find` looks for: the lowest value of a field from which a run meets a
/// criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct Find {
    /// The field that is varied, as `--set` names it.
    pub vary: String,
    /// The values that may be tried.
    pub grid: Grid,
    /// The name of the metric that the criterion is about.
    pub metric: String,
    /// The criterion.
    pub turn: Turn,
}

/// When a run counts as tipped over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    /// Its metric is below this.
    FallsBelow(f64),
    /// Its metric is above this.
    RisesAbove(f64),
}

/// What the varied field holds, and so how its values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number that may have decimals.
    Number,
    /// A whole number.
    Whole,
    /// A share that is written as a percentage.
    Share,
    /// A time, counted in nanoseconds.
    Duration,
    /// A number of times per second.
    Rate,
    /// A number of bytes.
    Size,
}

/// The values between two bounds that are a precision apart, numbered from 0.
///
/// A search on such a grid tries round values, the same ones in every replication, and ends
/// with two neighbours: a tipping point is known to within one precision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// What the values are; it says their unit too.
    pub kind: Kind,
    /// The lower bound.
    pub first: f64,
    /// The upper bound, above the lower one; the last value, however far from the one before.
    pub last: f64,
    /// The distance of two neighbours: positive, at most the distance of the bounds, and at
    /// least [`Grid::FINEST`] times the larger bound.
    pub precision: f64,
}

impl fmt::Display for Find {
    /// `servers.count from 1 to 12, where recovered rises above 0.5`, without the unit of the
    /// metric, which would follow.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Grid { kind, first, last, precision } = self.grid;
        let [low, high] = [first, last].map(|value| kind.written(value));
        write!(f, "{} from {low} to {high}", self.vary)?;
        if kind != Kind::Whole || precision > 1.0 {
            write!(f, ", to within {}", kind.written(precision))?;
        }
        let (turns, limit) = match self.turn {
            Turn::FallsBelow(limit) => ("falls below", limit),
            Turn::RisesAbove(limit) => ("rises above", limit),
        };
        write!(f, ", where {} {turns} {limit}", self.metric)
    }
}

impl Kind {
    /// Its name with its article.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Whole => "a whole number",
            Self::Share => "a percentage",
            Self::Duration => "a duration",
            Self::Rate => "a rate",
            Self::Size => "a size",
        }
    }

    /// The value as the field is written, without quotes: `0.34`, `1500ms`, `30/s`, `5%`.
    pub fn written(self, value: f64) -> String {
        // `as` saturates: what is counted is not negative, and far below 2^64.
        match self {
            Self::Number | Self::Whole => value.to_string(),
            Self::Share => {
                Fraction::new(value).map_or_else(|| value.to_string(), |share| share.to_string())
            }
            Self::Duration => SimDuration::from_nanos(value as u64).to_string(),
            Self::Rate => Rate::per_second(value).unwrap_or_default().to_string(),
            Self::Size => Bytes::new(value as u64).to_string(),
        }
    }

    /// Whether a field holds nothing between two neighbours.
    const fn is_counted(self) -> bool {
        matches!(self, Self::Whole | Self::Duration | Self::Size)
    }
}

impl Grid {
    /// The finest precision, as a share of the larger bound: neighbours then still differ in
    /// the sixth last of the 15 digits that numbers are written with.
    pub const FINEST: f64 = 1e-9;

    /// The number of the last value; at least 1.
    pub fn steps(&self) -> u64 {
        let steps = (self.last - self.first) / self.precision;
        // 0.3 / 0.1 is a little below 3, 0.7 / 0.1 a little above 7.
        ((steps - 1e-6).ceil() as u64).max(1)
    }

    /// The value of this number; those beyond the last are the last.
    pub fn value(&self, step: u64) -> f64 {
        if step >= self.steps() {
            return self.last;
        }
        let value = self.first + step as f64 * self.precision;
        if self.kind.is_counted() {
            return value.round();
        }
        // 0.1 + 2 x 0.1 is 0.3. Decimal formatting rounds exactly, and what it prints parses.
        format!("{value:.14e}").parse().unwrap_or(value)
    }

    /// Runs that one search takes at most: both bounds, and a bisection of what is between.
    pub fn most_runs(&self) -> u32 {
        2 + self.steps().next_power_of_two().trailing_zeros()
    }
}

#[cfg(test)]
mod tests {
    use super::{Grid, Kind};

    fn grid(kind: Kind, first: f64, last: f64, precision: f64) -> Grid {
        Grid { kind, first, last, precision }
    }

    fn written(grid: Grid) -> Vec<String> {
        (0..=grid.steps()).map(|step| grid.kind.written(grid.value(step))).collect()
    }

    #[test]
    fn the_values_of_a_grid_are_round_and_written_as_the_field_is() {
        let tenths = written(grid(Kind::Number, 0.1, 0.8, 0.1));
        assert_eq!(tenths, ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8"]);
        let times = written(grid(Kind::Duration, 1e9, 3e9, 5e8));
        assert_eq!(times, ["1s", "1500ms", "2s", "2500ms", "3s"]);
        assert_eq!(written(grid(Kind::Rate, 30.0, 31.0, 0.5)), ["30/s", "30.5/s", "31/s"]);
        assert_eq!(written(grid(Kind::Share, 0.05, 0.07, 0.01)), ["5%", "6%", "7%"]);
        assert_eq!(written(grid(Kind::Size, 1024.0, 3072.0, 1024.0)), ["1KiB", "2KiB", "3KiB"]);
        assert_eq!(written(grid(Kind::Whole, 1.0, 6.0, 2.0)), ["1", "3", "5", "6"]);
    }

    #[test]
    fn the_last_value_is_the_bound_however_near_it_is() {
        let uneven = grid(Kind::Number, 0.0, 1.0, 0.3);
        assert_eq!(written(uneven), ["0", "0.3", "0.6", "0.9", "1"]);
        assert_eq!((uneven.steps(), uneven.most_runs()), (4, 4));
    }

    #[test]
    fn a_search_takes_both_bounds_and_a_run_for_each_halving() {
        let runs = |steps: f64| grid(Kind::Whole, 0.0, steps, 1.0).most_runs();
        assert_eq!([1.0, 2.0, 3.0, 100.0, 128.0].map(runs), [2, 3, 4, 9, 9]);
    }
}
