//! How the clients come back after the first disruptive event.

use super::bins::Bins;
use super::{Censored, Recovery};
use crate::engine::{SimDuration, SimTime};

/// The finest resolution of a return, and the most bins.
const FINEST: u64 = 1_000_000;
const MOST_BINS: u64 = 1 << 20;

/// Counts of returns after the trigger, in bins of a millisecond (of more where
/// the run is longer than 17 minutes, so that memory stays bounded at 4 MiB).
#[derive(Clone, Debug)]
pub struct Storm {
    trigger: SimTime,
    dropped: u64,
    bin: Bins,
    returned: Vec<u32>,
}

impl Storm {
    /// A storm that starts at `trigger` and is watched until `end`.
    pub fn new(trigger: SimTime, end: SimTime) -> Self {
        let span = end.since(trigger).as_nanos();
        let bin = FINEST.max(span.div_ceil(MOST_BINS)).max(1);
        Self {
            trigger,
            dropped: 0,
            bin: Bins::new(bin),
            returned: vec![0; (span / bin + 1) as usize],
        }
    }

    /// A client was dropped.
    pub const fn drop_one(&mut self) {
        self.dropped += 1;
    }

    /// A dropped client is connected again, or left without.
    pub fn back(&mut self, now: SimTime) {
        let bin = self.bin.of(now.since(self.trigger).as_nanos()) as usize;
        if let Some(count) = self.returned.get_mut(bin) {
            *count = count.saturating_add(1);
        }
    }

    /// When 99% of the dropped were back: the end of the bin in which it happened.
    pub fn recovery(&self, end: SimTime) -> Recovery {
        let enough = (self.dropped * 99).div_ceil(100);
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
