//! The busiest second of a run, wherever it begins.

use std::collections::VecDeque;

use super::bins::Bins;
use crate::engine::SimTime;

const SECOND: u64 = 1_000_000_000;

/// The finest resolution of where a second begins.
const FINEST: u64 = SECOND / 100;

/// No more bins than these in a run, unless they are a second wide.
const MOST_BINS: u64 = 1 << 20;

/// Counts what happens by the instant at which it does, said before or at it, and finds the second
/// in which most does: one that begins at any multiple of 10 ms (of 100 ms where the run is longer
/// than 2.9 hours, of 1 s where it is longer than 29).
///
/// A second of the clock would do for what happens at any time. But a storm has a beginning: one
/// whose clients are back within a second would have half of its peak if it began at a half.
#[derive(Clone, Debug)]
pub struct Busiest {
    bins: Bins,
    /// Bins in a second.
    width: usize,
    /// Counts of the bins from `first` on: of the second that ends now, and of those to come.
    counts: VecDeque<u32>,
    first: u64,
    /// How many of `counts` are over; fewer than a second has.
    over: usize,
    /// Their sum.
    sum: u64,
    most: u64,
}

impl Busiest {
    /// Of a run that ends at `end`.
    pub fn new(end: SimTime) -> Self {
        let bin = bin(end);
        Self {
            bins: Bins::new(bin),
            width: (SECOND / bin) as usize,
            counts: VecDeque::new(),
            first: 0,
            over: 0,
            sum: 0,
            most: 0,
        }
    }

    /// Something happens at `time`, which is not before the last time until which all was said.
    #[inline]
    pub fn count(&mut self, time: SimTime) {
        let place = (self.bins.of(time.as_nanos()) - self.first) as usize;
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        } else {
            self.begin(place);
        }
    }

    /// The first in a bin that is later than all so far.
    #[cold]
    #[inline(never)]
    fn begin(&mut self, place: usize) {
        self.counts.resize(place, 0);
        self.counts.push_back(1);
    }

    /// All that happens before `time` has been said.
    pub fn pass(&mut self, time: SimTime) {
        let until = self.bins.of(time.as_nanos());
        loop {
            let next = self.first + self.over as u64;
            if next >= until {
                return;
            }
            if self.over == self.counts.len() {
                if until - next >= self.width as u64 {
                    // A second in which nothing happens.
                    self.counts.clear();
                    (self.first, self.over, self.sum) = (until, 0, 0);
                    return;
                }
                self.counts.push_back(0);
            }
            self.step();
        }
    }

    /// One more bin is over.
    fn step(&mut self) {
        self.sum += u64::from(self.counts[self.over]);
        self.over += 1;
        self.most = self.most.max(self.sum);
        if self.over == self.width {
            let oldest = self.counts.pop_front().unwrap_or(0);
            self.sum -= u64::from(oldest);
            self.first += 1;
            self.over -= 1;
        }
    }

    /// How many there were in the busiest second, once all is said.
    pub fn most(&mut self) -> u64 {
        while self.over < self.counts.len() {
            self.step();
        }
        self.most
    }
}

/// The width of a bin in a run that ends at `end`, in nanoseconds.
fn bin(end: SimTime) -> u64 {
    let fits = |bin: &u64| end.as_nanos() / bin < MOST_BINS;
    [FINEST, 10 * FINEST].into_iter().find(fits).unwrap_or(SECOND)
}

/// The most memory that is needed in a run that ends at `end`, in bytes: a list that grows has
/// twice the room.
pub fn most_bytes(end: SimTime) -> f64 {
    (end.as_nanos() / bin(end)) as f64 * 2.0 * size_of::<u32>() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::SimDuration;
    use proptest::prelude::*;

    fn at(ms: u64) -> SimTime {
        SimTime::ZERO.after(SimDuration::from_millis(ms))
    }

    proptest! {
        /// Said in the order of when it is known, up to three seconds ahead; looked at now and
        /// then. The oracle counts every second that begins at a bin.
        #[test]
        fn the_busiest_second_is_that_of_all_that_begin_at_a_bin(
            hours in prop::sample::select(vec![1_u64, 4, 30]),
            steps in prop::collection::vec((0_u64..900, 0_u64..3_000, any::<bool>()), 1..200)
        ) {
            let mut busiest = Busiest::new(at(hours * 3_600_000));
            let (mut now, mut times) = (0, Vec::new());
            for (gap, ahead, looks) in steps {
                now += gap * gap / 100;
                if looks {
                    busiest.pass(at(now));
                }
                busiest.count(at(now + ahead));
                times.push(now + ahead);
            }
            let bin = match hours { 1 => 10, 4 => 100, _ => 1_000 };
            let within = |from: u64| {
                let inside = |time: &&u64| (from..from + 1_000).contains(*time);
                times.iter().filter(inside).count() as u64
            };
            let expected = times.iter().flat_map(|time| {
                let last = time / bin * bin;
                (0..1_000 / bin).map(move |back| last.saturating_sub(back * bin))
            });
            let expected = expected.map(within).max().unwrap_or(0);
            prop_assert_eq!(busiest.most(), expected);
        }
    }

    #[test]
    fn a_storm_has_its_peak_whenever_it_begins() {
        for begins in [10_000, 10_250, 10_500, 10_990] {
            let mut busiest = Busiest::new(at(60_000));
            for client in 0..1_000 {
                busiest.count(at(begins + client));
            }
            busiest.pass(at(30_000));
            assert_eq!(busiest.most(), 1_000, "{begins}");
        }
    }

    #[test]
    fn what_happens_at_the_very_end_counts() {
        let mut busiest = Busiest::new(at(20_000));
        busiest.pass(at(20_000));
        busiest.count(at(20_000));
        assert_eq!(busiest.most(), 1);
    }
}
