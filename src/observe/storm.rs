//! How the clients come back after a disruptive event.

use super::bins::Bins;
use super::{Censored, Recovery};
use crate::engine::{SimDuration, SimTime};

/// The finest resolution of a return, and the most bins.
const FINEST: u64 = 1_000_000;
const MOST_BINS: u64 = 1 << 20;

/// Counts of returns after the trigger, in bins of a millisecond (of more where
/// the run is longer than 17 minutes, so that memory stays bounded at 4 MiB).
///
/// A storm lasts until a later disruptive event finds 99% of its clients back: what is
/// dropped from then on is another storm.
#[derive(Clone, Debug)]
pub struct Storm {
    trigger: SimTime,
    /// When its first client was dropped.
    began: SimTime,
    dropped: u64,
    back: u64,
    bin: Bins,
    returned: Vec<u32>,
}

impl Storm {
    /// A storm that follows on the event at `trigger`, has its first drop at `began` and is
    /// watched until `end`.
    pub fn new(trigger: SimTime, began: SimTime, end: SimTime) -> Self {
        let span = end.since(trigger).as_nanos();
        let bin = FINEST.max(span.div_ceil(MOST_BINS)).max(1);
        Self {
            trigger,
            began,
            dropped: 0,
            back: 0,
            bin: Bins::new(bin),
            returned: vec![0; (span / bin + 1) as usize],
        }
    }

    /// A client was dropped.
    pub const fn drop_one(&mut self) {
        self.dropped += 1;
    }

    /// A client that was dropped at `since` is connected again, or left while it tried to be:
    /// nothing if it was dropped before the storm.
    #[inline(always)]
    pub fn back(&mut self, since: SimTime, now: SimTime) {
        if since < self.began {
            return;
        }
        self.back += 1;
        let bin = self.bin.of(now.since(self.trigger).as_nanos()) as usize;
        if let Some(count) = self.returned.get_mut(bin) {
            *count = count.saturating_add(1);
        }
    }

    /// How many make 99% of the dropped.
    const fn enough(&self) -> u64 {
        (self.dropped * 99).div_ceil(100)
    }

    /// Whether 99% of those dropped so far are back.
    pub const fn is_over(&self) -> bool {
        self.back >= self.enough()
    }

    /// When 99% of the dropped were back: the end of the bin in which it happened.
    pub fn recovery(&self, end: SimTime) -> Recovery {
        let enough = self.enough();
        let mut back = 0;
        let mut time = Censored::Beyond(end.since(self.trigger).as_secs_f64());
        for (index, count) in self.returned.iter().enumerate() {
            back += u64::from(*count);
            if back >= enough {
                let nanos = (index as u64 + 1) * self.bin.width();
                time = Censored::At(SimDuration::from_nanos(nanos).as_secs_f64());
                break;
            }
        }
        Recovery { trigger: self.trigger, dropped: self.dropped, time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> SimTime {
        SimTime::ZERO.after(SimDuration::from_millis(ms))
    }

    #[test]
    fn a_storm_counts_those_whom_it_dropped_and_nobody_from_before() {
        let mut storm = Storm::new(at(1_000), at(1_010), at(60_000));
        for _ in 0..100 {
            storm.drop_one();
        }
        storm.back(at(500), at(1_100));
        for _ in 0..98 {
            storm.back(at(1_010), at(3_000));
        }
        assert!(!storm.is_over());
        assert_eq!(storm.recovery(at(60_000)).time, Censored::Beyond(59.0));
        storm.back(at(1_020), at(4_000));
        assert!(storm.is_over());
        assert_eq!(storm.recovery(at(60_000)).time, Censored::At(3.001));
    }
}
