//! Histograms of times: relative error below 0.1% at any size.

use hdrhistogram::Histogram;

use crate::engine::SimDuration;

/// The longest time a histogram tells from longer ones: about 9 years.
const LONGEST: u64 = 1 << 58;

/// An empty histogram of nanoseconds with three significant digits.
///
/// # Panics
/// Never: the bounds and digits are constants in range.
pub fn of_times() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, 3).expect("the bounds and digits are constants in range")
}

/// An empty histogram of small counts, exact up to 2,047.
///
/// # Panics
/// Never: the bounds and digits are constants in range.
pub fn of_counts() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 1 << 32, 3).expect("the bounds and digits are constants in range")
}

/// Adds a time; one that is longer than the longest counts as the longest.
pub fn record(histogram: &mut Histogram<u64>, time: SimDuration) {
    histogram.saturating_record(time.as_nanos());
}
