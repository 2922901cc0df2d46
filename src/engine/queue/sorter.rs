//! The order of the events of one slot.

use super::Pending;

/// Sorts the events of one slot; keeps its memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Sorter {
    /// Where each bin ends.
    ends: Vec<u32>,
    unsorted: Vec<Pending>,
}

impl Sorter {
    /// So few are sorted at once.
    const FEW: usize = 32;
    /// At most 2^12 bins: 16 KiB of counters.
    const MOST_BITS: u32 = 12;

    /// Sorts events whose times differ in their last `span` bits only. Many are
    /// first spread over bins by time, about two to a bin, so that the cost of
    /// each does not grow with their number unless they crowd within a few nanoseconds.
    pub fn sort(&mut self, events: &mut [Pending], span: u32) {
        if events.len() <= Self::FEW {
            events.sort_unstable();
            return;
        }
        let bits = (events.len().ilog2() - 1).min(Self::MOST_BITS);
        let bin = |pending: &Pending| (pending.time % (1 << span)) as usize >> (span - bits);
        self.ends.clear();
        self.ends.resize((1 << bits) + 1, 0);
        for pending in &*events {
            self.ends[bin(pending) + 1] += 1;
        }
        let mut sum = 0;
        for end in &mut self.ends {
            sum += *end;
            *end = sum;
        }
        self.unsorted.clear();
        self.unsorted.extend_from_slice(events);
        for pending in &self.unsorted {
            // Until all are placed an end is where the next of its bin goes.
            let place = &mut self.ends[bin(pending)];
            events[*place as usize] = *pending;
            *place += 1;
        }
        let mut start = 0;
        for end in &self.ends[..1 << bits] {
            events[start..*end as usize].sort_unstable();
            start = *end as usize;
        }
    }

    /// Bytes held.
    pub const fn bytes(&self) -> usize {
        self.ends.capacity() * size_of::<u32>() + self.unsorted.capacity() * size_of::<Pending>()
    }
}
