//! Connect latency over time: how many connects of which latency, when.
//!
//! A grid of counts of a fixed size, for the one run that charts show: a column is some
//! sampling steps, a row a fifth of a decade of latency.

use super::bins::Bins;
use crate::engine::{SimDuration, SimTime};

/// Rows of a [`LatencyGrid`]: five a decade, from 1 ms to 63.1 s.
pub const LATENCY_ROWS: usize = 24;

/// Columns at most, so that a grid is never larger than 48 KiB.
const MOST_COLUMNS: u64 = 480;

/// The edges within a decade, in nanoseconds from 1 ms on: 10^(k/5) ms, rounded.
const FIFTHS: [u64; 5] = [1_000_000, 1_584_893, 2_511_886, 3_981_072, 6_309_573];

/// Counts of connects by time and latency, and of attempts that timed out.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LatencyGrid {
    /// Width of a column: a whole number of sampling steps.
    pub column: SimDuration,
    /// Connects by column, then row: of a column `c` they are at `c * LATENCY_ROWS` and on,
    /// from the fastest row up. What is faster than the first row or slower than the last
    /// is counted there.
    pub opened: Vec<u32>,
    /// Attempts that timed out, by column.
    pub timed_out: Vec<u32>,
}

impl LatencyGrid {
    /// Nothing yet, of a run that ends at `end` and is sampled each `step`.
    pub fn new(end: SimTime, step: SimDuration) -> Self {
        let step = step.as_nanos().max(1);
        let steps = end.as_nanos().div_ceil(step).max(1);
        let column = step * steps.div_ceil(MOST_COLUMNS);
        let columns = end.as_nanos().div_ceil(column).max(1) as usize;
        Self {
            column: SimDuration::from_nanos(column),
            opened: vec![0; columns * LATENCY_ROWS],
            timed_out: vec![0; columns],
        }
    }

    /// Whether every column has its rows and a width: a grid that was read from a file may not.
    pub fn is_whole(&self) -> bool {
        self.opened.len() == self.timed_out.len() * LATENCY_ROWS && !self.column.is_zero()
    }

    /// Columns.
    pub fn columns(&self) -> usize {
        self.timed_out.len()
    }

    /// The counts of a column, from the fastest row up.
    pub fn rows(&self, column: usize) -> &[u32] {
        &self.opened[column * LATENCY_ROWS..(column + 1) * LATENCY_ROWS]
    }

    /// Where every row begins, and after the last: never.
    const STARTS: [u64; LATENCY_ROWS + 1] = {
        let mut starts = [u64::MAX; LATENCY_ROWS + 1];
        let mut row = 0;
        while row < LATENCY_ROWS {
            starts[row] = Self::row_start(row);
            row += 1;
        }
        starts
    };

    /// Where a row begins: 1 ms x 10^(row/5), in nanoseconds; the row above it begins where it ends.
    pub const fn row_start(row: usize) -> u64 {
        FIFTHS[row % 5] * 10_u64.pow((row / 5) as u32)
    }

    /// The columns as bins of time.
    pub fn bins(&self) -> Bins {
        Bins::new(self.column.as_nanos())
    }

    /// A connection opens in a column after so long; nothing after the last column.
    pub fn opened(&mut self, column: u64, latency: SimDuration) {
        let count = self.opened.get_mut(column as usize * LATENCY_ROWS + row_of(latency));
        if let Some(count) = count {
            *count = count.saturating_add(1);
        }
    }

    /// An attempt times out in a column; nothing after the last.
    pub fn timed_out(&mut self, column: u64) {
        if let Some(count) = self.timed_out.get_mut(column as usize) {
            *count = count.saturating_add(1);
        }
    }
}

/// Of each power of two of nanoseconds the row it is in.
const ROW_OF_POWER: [u8; 64] = {
    let mut rows = [0; 64];
    let mut power = 0;
    while power < 64 {
        let mut row = 0;
        while LatencyGrid::STARTS[row + 1] <= 1 << power {
            row += 1;
        }
        rows[power] = row as u8;
        power += 1;
    }
    rows
};

/// The row of a latency: at most two beyond that of the power of two below it.
fn row_of(latency: SimDuration) -> usize {
    let nanos = latency.as_nanos();
    let mut row = usize::from(ROW_OF_POWER[(nanos | 1).ilog2() as usize]);
    for _ in 0..2 {
        row += usize::from(LatencyGrid::STARTS[row + 1] <= nanos);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_row_is_the_last_that_has_begun(
            bits in 0_u32..64, low in any::<u64>(), row in 0..LATENCY_ROWS, below in 0_u64..2
        ) {
            for nanos in [low >> bits, LatencyGrid::row_start(row) - below] {
                let begun = |row: &usize| LatencyGrid::row_start(*row) <= nanos;
                let expected = (0..LATENCY_ROWS).rfind(begun).unwrap_or(0);
                prop_assert_eq!(row_of(SimDuration::from_nanos(nanos)), expected);
            }
        }
    }
}
