//! Connects by time and latency, as so many cells as a panel has room for.

use crate::chart::cases::Case;
use crate::engine::math;
use crate::stats::{LATENCY_ROWS, LatencyGrid};

/// Rows of a decade.
pub const DECADE: usize = 5;

/// Fewer connects than this in a column have no quantiles.
const LEAST: u64 = 10;

/// One column of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Seconds from the start of the run.
    pub start: f64,
    /// Seconds from the start of the run.
    pub end: f64,
    /// Connects, from the fastest row up.
    pub opened: [u64; LATENCY_ROWS],
    /// Attempts that timed out.
    pub timed_out: u64,
}

/// Reads the shown run of a case into at most `most` columns; `None` when nobody connected
/// and nothing timed out.
pub fn columns(case: &Case<'_>, most: usize) -> Option<Vec<Column>> {
    let grid = case.found.connects.as_ref()?;
    let stride = grid.columns().div_ceil(most.max(1)).max(1);
    let width = grid.column.as_secs_f64();
    let columns: Vec<Column> = (0..grid.columns())
        .step_by(stride)
        .map(|first| {
            let end = (first + stride).min(grid.columns());
            let mut opened = [0; LATENCY_ROWS];
            for column in first..end {
                for (sum, count) in opened.iter_mut().zip(grid.rows(column)) {
                    *sum += u64::from(*count);
                }
            }
            Column {
                start: first as f64 * width,
                end: (end as f64 * width).min(case.length()),
                opened,
                timed_out: grid.timed_out[first..end].iter().copied().map(u64::from).sum(),
            }
        })
        .collect();
    let any = columns.iter().any(|column| column.count() + column.timed_out > 0);
    any.then_some(columns)
}

impl Column {
    /// Connects in it.
    pub fn count(&self) -> u64 {
        self.opened.iter().sum()
    }

    /// A quantile of its latencies, in rows from the lowest edge up, in equal ratios within
    /// a row; `None` with fewer than ten connects.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.count();
        if count < LEAST {
            return None;
        }
        let rank = q * count as f64;
        let mut below = 0.0;
        for (row, here) in self.opened.iter().enumerate() {
            let here = *here as f64;
            if below + here >= rank && here > 0.0 {
                return Some(row as f64 + (rank - below) / here);
            }
            below += here;
        }
        Some(LATENCY_ROWS as f64)
    }
}

/// Seconds at so many rows from the lowest edge: 1 ms x 10^(row/5).
pub fn seconds(row: f64) -> f64 {
    0.001 * math::exp(row / DECADE as f64 * std::f64::consts::LN_10)
}

/// The rows to draw: whole decades that hold every connect.
pub fn decades<'a>(columns: impl Iterator<Item = &'a Column>) -> (usize, usize) {
    let (mut first, mut last) = (LATENCY_ROWS, 0);
    for (row, _) in
        columns.flat_map(|column| column.opened.iter().enumerate().filter(|(_, count)| **count > 0))
    {
        (first, last) = (first.min(row), last.max(row));
    }
    if first > last {
        return (DECADE, 3 * DECADE);
    }
    (first / DECADE * DECADE, ((last / DECADE + 1) * DECADE).min(LATENCY_ROWS))
}

/// How counts are told apart: class edges are 1 and powers of `factor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classes {
    /// 1, 3, 10, 30, 100, 300.
    Half,
    /// 1, 10, 100, 1,000, 10,000, 100,000.
    Whole,
}

impl Classes {
    /// The finer ones, unless there is so large a count.
    pub fn of(most: u64) -> Self {
        if most < 1_000 { Self::Half } else { Self::Whole }
    }

    /// The least count of each class.
    pub const fn edges(self) -> [u64; 6] {
        match self {
            Self::Half => [1, 3, 10, 30, 100, 300],
            Self::Whole => [1, 10, 100, 1_000, 10_000, 100_000],
        }
    }

    /// The class of a count; `None` of nothing.
    pub fn class(self, count: u64) -> Option<u8> {
        let above = self.edges().iter().filter(|edge| count >= **edge).count();
        above.checked_sub(1).map(|class| class as u8)
    }
}

/// The start of a row as [`LatencyGrid`] has it, in seconds.
pub fn row_start(row: usize) -> f64 {
    LatencyGrid::row_start(row) as f64 / 1e9
}
