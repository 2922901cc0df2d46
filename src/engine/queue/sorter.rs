//! The order of the events of one slot.

use super::{Chunks, Pending};

/// Sorts the events of one slot; keeps its memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Sorter {
    /// Where each bin ends.
    ends: Vec<u32>,
}

impl Sorter {
    /// So few are sorted at once.
    const FEW: usize = 32;
    /// At most 2^12 bins: 16 KiB of counters.
    const MOST_BITS: u32 = 12;
    /// A bin with more is sorted for itself.
    const CROWD: u32 = 16;

    /// Adds the events of a slot, whose times differ in their last `span` bits only, to those
    /// that are sorted already, all of which are earlier. Many are first spread over bins by
    /// time, about one to a bin, so that the cost of each does not grow with their number unless
    /// they crowd within a few nanoseconds; what is left to do then takes one pass.
    pub fn sort(&mut self, chunks: &Chunks<'_>, span: u32, sorted: &mut Vec<Pending>) {
        let start = sorted.len();
        let count = fetch(chunks);
        if count <= Self::FEW {
            chunks.clone().for_each(|chunk| sorted.extend_from_slice(chunk));
            sorted[start..].sort_unstable();
            return;
        }
        let bits = count.ilog2().min(Self::MOST_BITS);
        let bin = |pending: &Pending| (pending.time % (1 << span)) as usize >> (span - bits);
        self.ends.clear();
        self.ends.resize((1 << bits) + 1, 0);
        for pending in chunks.clone().flatten() {
            self.ends[bin(pending) + 1] += 1;
        }
        let (mut sum, mut most) = (0, 0);
        for end in &mut self.ends {
            most = most.max(*end);
            sum += *end;
            *end = sum;
        }
        sorted.resize(start + count, Pending::default());
        let events = &mut sorted[start..];
        for pending in chunks.clone().flatten() {
            // Until all are placed an end is where the next of its bin goes.
            let place = &mut self.ends[bin(pending)];
            events[*place as usize] = *pending;
            *place += 1;
        }
        if most > Self::CROWD {
            let mut start = 0;
            for end in &self.ends[..1 << bits] {
                events[start..*end as usize].sort_unstable();
                start = *end as usize;
            }
        } else {
            sort_nearly_sorted(events);
        }
    }

    /// Bytes held.
    pub const fn bytes(&self) -> usize {
        self.ends.capacity() * size_of::<u32>()
    }
}

/// Reads a word of each line of the cache, so that the memory of all is waited for together: how
/// many events there are.
fn fetch(chunks: &Chunks<'_>) -> usize {
    let (mut count, mut touched) = (0, 0);
    for chunk in chunks.clone() {
        count += chunk.len();
        touched ^= chunk.iter().step_by(4).fold(0, |touched, pending| touched ^ pending.time);
    }
    std::hint::black_box(touched);
    count
}

/// Insertion: the cost is that of a pass, and of a step for each two that are out of order. The
/// first step, which some need and no processor guesses which, is taken without a branch.
fn sort_nearly_sorted(events: &mut [Pending]) {
    for next in 1..events.len() {
        let (first, second) = (events[next - 1], events[next]);
        let is_out_of_order = second < first;
        events[next - 1] = if is_out_of_order { second } else { first };
        events[next] = if is_out_of_order { first } else { second };
        let mut place = next - 1;
        while place > 0 && events[place] < events[place - 1] {
            events.swap(place, place - 1);
            place -= 1;
        }
    }
}
