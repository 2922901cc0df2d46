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

/// Counts of small numbers while they are recorded: one bin each, as far as they have come.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    bins: Vec<u64>,
}

impl Tally {
    /// Adds a number.
    pub fn record(&mut self, number: u16) {
        let bin = usize::from(number);
        if bin >= self.bins.len() {
            self.bins.resize(bin + 1, 0);
        }
        self.bins[bin] += 1;
    }

    /// The histogram of what was recorded, as if each number had been added to it.
    pub fn finish(&self) -> Histogram<u64> {
        let mut histogram = of_counts();
        for (number, times) in (0_u64..).zip(&self.bins).filter(|(_, times)| **times > 0) {
            histogram.saturating_record_n(number, *times);
        }
        histogram
    }
}

/// Bits of a time that its bin keeps: 2,048 of them tell three digits apart.
const KEPT_BITS: u32 = 11;
const HALF: usize = 1 << (KEPT_BITS - 1);
/// Bins for all times below twice the longest.
const BINS: usize = (LONGEST.ilog2() + 3 - KEPT_BITS) as usize * HALF;

/// Counts of times while they are recorded, in the very bins of [`of_times`], which it
/// becomes. An addition costs a dozen instructions and no branch that is hard to foresee.
#[derive(Clone, Debug)]
pub struct Times {
    bins: Vec<u64>,
    /// The least but 0, less 1.
    before_least: u64,
    most: u64,
    /// Those that are beyond all bins.
    beyond: u64,
}

impl Default for Times {
    fn default() -> Self {
        Self { bins: vec![0; BINS], before_least: u64::MAX, most: 0, beyond: 0 }
    }
}

impl Times {
    /// Adds a time; one that is longer than the longest counts as the longest.
    #[inline(always)]
    pub fn record(&mut self, time: SimDuration) {
        self.record_times(time, 1);
    }

    /// Adds a time so many times, once or more.
    #[inline(always)]
    pub fn record_times(&mut self, time: SimDuration, times: u64) {
        let nanos = time.as_nanos();
        match self.bins.get_mut(bin(nanos)) {
            Some(count) => {
                *count += times;
                // 0 wraps to what is never the least.
                self.before_least = self.before_least.min(nanos.wrapping_sub(1));
                self.most = self.most.max(nanos);
            }
            None => self.beyond += times,
        }
    }

    /// Adds all that another has counted.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.bins.iter_mut().zip(&other.bins) {
            *count += more;
        }
        self.before_least = self.before_least.min(other.before_least);
        self.most = self.most.max(other.most);
        self.beyond += other.beyond;
    }

    /// The histogram of what was recorded, as if each time had been added to it.
    pub fn finish(&self) -> Histogram<u64> {
        let mut histogram = of_times();
        histogram.saturating_record_n(0, self.bins[0]);
        let least = self.before_least.wrapping_add(1);
        if self.most > 0 {
            // A histogram remembers its extremes exactly.
            for index in bin(least)..=bin(self.most) {
                let time = time(index).clamp(least, self.most);
                if self.bins[index] > 0 {
                    histogram.saturating_record_n(time, self.bins[index]);
                }
            }
            histogram.saturating_record_n(self.most, 0);
        }
        if self.beyond > 0 {
            histogram.saturating_record_n(u64::MAX, self.beyond);
        }
        histogram
    }
}

/// The bin of a time: its length in bits beyond those kept, and the bits kept.
const fn bin(nanos: u64) -> usize {
    let shift = (nanos | (2 * HALF as u64 - 1)).ilog2() + 1 - KEPT_BITS;
    shift as usize * HALF + (nanos >> shift) as usize
}

/// The least time of a bin.
const fn time(bin: usize) -> u64 {
    let shift = (bin / HALF).saturating_sub(1);
    ((bin - shift * HALF) as u64) << shift
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Draws, Purpose};

    #[test]
    fn times_become_the_histogram_that_they_would_have_made_one_by_one() {
        let draws = Draws::new(1, 0);
        let mut times = Times::default();
        let mut expected = of_times();
        assert_eq!(times.finish(), expected);
        for index in 0..50_000_u64 {
            let draw = draws.at(Purpose::new(1), 0, index);
            // Of every length, from 0 to 64 bits, and many below 2,048.
            let nanos = draw.bits().checked_shr((index % 130) as u32).unwrap_or(index % 3_000);
            times.record(SimDuration::from_nanos(nanos));
            expected.saturating_record(nanos);
        }
        let seen = times.finish();
        assert_eq!(seen, expected);
        assert_eq!((seen.min(), seen.max()), (expected.min(), expected.max()));
        assert_eq!(seen.len(), 50_000);
    }

    #[test]
    fn a_time_many_times_is_what_it_is_one_by_one() {
        let (mut at_once, mut one_by_one) = (Times::default(), Times::default());
        for (nanos, times) in [(0, 2), (7, 3), (40_000, 1_000), (u64::MAX, 4)] {
            at_once.record_times(SimDuration::from_nanos(nanos), times);
            (0..times).for_each(|_| one_by_one.record(SimDuration::from_nanos(nanos)));
        }
        let (at_once, one_by_one) = (at_once.finish(), one_by_one.finish());
        assert_eq!(at_once, one_by_one);
        assert_eq!((at_once.min(), at_once.max(), at_once.len()), (0, one_by_one.max(), 1_009));
    }

    #[test]
    fn what_two_have_counted_is_what_one_would_have() {
        let parts = [[3, u64::MAX, 40_000], [0, 2_050, 7]];
        let mut all = Times::default();
        let mut sum = Times::default();
        for part in parts {
            let mut times = Times::default();
            for nanos in part {
                times.record(SimDuration::from_nanos(nanos));
                all.record(SimDuration::from_nanos(nanos));
            }
            sum.add(&times);
        }
        let (sum, all) = (sum.finish(), all.finish());
        assert_eq!(sum, all);
        assert_eq!((sum.min(), sum.max(), sum.len()), (all.min(), all.max(), 6));
    }

    #[test]
    fn numbers_become_the_histogram_that_they_would_have_made_one_by_one() {
        let (mut tally, mut expected) = (Tally::default(), of_counts());
        assert_eq!(tally.finish(), expected);
        for number in [3, 1, 1, u16::MAX, 2_050, 0] {
            tally.record(number);
            expected.saturating_record(u64::from(number));
        }
        let seen = tally.finish();
        assert_eq!(seen, expected);
        assert_eq!((seen.min(), seen.max()), (expected.min(), expected.max()));
    }

    #[test]
    fn a_bin_begins_at_its_least_time() {
        for index in 0..BINS {
            assert_eq!(bin(time(index)), index);
            assert!(index == 0 || bin(time(index) - 1) == index - 1);
        }
    }
}
