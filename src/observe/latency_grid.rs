//! Connect latency over time: how many connects of which latency, when.
//!
//! A grid of counts of a fixed size, for the one run that charts show: a column is some
//! sampling steps, a row a fifth of a decade of latency.

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

    /// Where every row begins.
    const STARTS: [u64; LATENCY_ROWS] = {
        let mut starts = [0; LATENCY_ROWS];
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

    /// A connection opens after so long. O(log rows).
    pub fn opened(&mut self, now: SimTime, latency: SimDuration) {
        if let Some(column) = self.column_of(now) {
            let count = &mut self.opened[column * LATENCY_ROWS + row_of(latency)];
            *count = count.saturating_add(1);
        }
    }

    /// An attempt times out.
    pub fn timed_out(&mut self, now: SimTime) {
        if let Some(column) = self.column_of(now) {
            self.timed_out[column] = self.timed_out[column].saturating_add(1);
        }
    }

    /// The column of an instant; `None` after the end.
    fn column_of(&self, now: SimTime) -> Option<usize> {
        let column = (now.as_nanos() / self.column.as_nanos()) as usize;
        (column < self.timed_out.len()).then_some(column)
    }
}

fn row_of(latency: SimDuration) -> usize {
    let begun = LatencyGrid::STARTS.partition_point(|start| *start <= latency.as_nanos());
    begun.saturating_sub(1)
}
