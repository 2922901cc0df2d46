//! The future-event list: a hierarchical timing wheel whose lowest slot is
//! sorted when it is opened.
//!
//! Events leave in the order of (time, event number). Equal times are ordered by
//! the event's own 64 bits, never by insertion, so that the order is the same for
//! any structure that holds them.
//!
//! A comparison heap misses the cache log N times an event; here an event is
//! copied once per level on its way down (Varghese and Lauck, SOSP 1987) and
//! sorted among the few of its own slot: the cost does not grow with the number
//! pending. Slots are lists of chunks from one pool, so that memory follows the
//! number of pending events (16 bytes each) and not the history of the slots.
//!
//! Cost: 33 ns for a push and a pop together with a thousand pending, 52 with a
//! million, 61 with ten million (`benches/engine.rs`); no allocation once the pool has
//! grown.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::time::SimTime;

/// Bits of an instant that one level resolves.
const LEVEL_BITS: u32 = 8;
/// Slots of a level.
const SLOTS: usize = 1 << LEVEL_BITS;
/// An instant is counted in ticks of 2^`TICK_BITS` ns (66 microseconds): the width of a
/// lowest slot. A million events a second make slots of 66, few enough to sort and
/// enough for [`EventQueue::opened`] to be of use.
const TICK_BITS: u32 = 16;
/// Levels that cover all of 2^64 ns: 16 + 6 x 8 bits.
const LEVELS: usize = 6;
/// Events of a chunk.
const CHUNK: usize = 31;
/// No chunk.
const NIL: u32 = u32::MAX;

/// A pending event: when, and what (meaningful to the caller only).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pending {
    time: u64,
    event: u64,
}

#[derive(Clone, Debug)]
struct Chunk {
    events: [Pending; CHUNK],
    len: u32,
    next: u32,
}

const _: () = assert!(size_of::<Chunk>() <= 512);

/// Events in order of (time, event number).
#[derive(Clone, Debug)]
pub struct EventQueue {
    /// First chunk of each slot, level by level.
    heads: Vec<u32>,
    /// Which slots hold events, one bit each.
    occupied: [[u64; SLOTS / 64]; LEVELS],
    /// All chunks, used and free.
    pool: Vec<Chunk>,
    /// First free chunk.
    free: u32,
    /// The opened slot, sorted latest first: its next event is at the end.
    open: Vec<Pending>,
    /// Events added to the opened slot since: few, but for a crowd at one instant.
    added: BinaryHeap<Reverse<Pending>>,
    /// The tick whose slot is open.
    tick: u64,
    /// Pending events in all.
    len: usize,
}

impl Default for EventQueue {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl EventQueue {
    /// An empty list with memory for so many pending events.
    pub fn with_capacity(events: usize) -> Self {
        Self {
            heads: vec![NIL; LEVELS * SLOTS],
            occupied: [[0; SLOTS / 64]; LEVELS],
            pool: Vec::with_capacity(events.div_ceil(CHUNK)),
            free: NIL,
            open: Vec::with_capacity(256),
            added: BinaryHeap::new(),
            tick: 0,
            len: 0,
        }
    }

    /// How many events are pending.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether none is pending.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an event. `time` must not be before the last popped one: what is
    /// in the past would come out next, out of order.
    pub fn push(&mut self, time: SimTime, event: u64) {
        let pending = Pending { time: time.as_nanos(), event };
        self.len += 1;
        let tick = pending.time >> TICK_BITS;
        if tick <= self.tick {
            self.added.push(Reverse(pending));
        } else {
            self.file(pending, tick);
        }
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(SimTime, u64)> {
        if self.open.is_empty() && self.added.is_empty() && !self.open_next() {
            return None;
        }
        let from_added = match (self.open.last(), self.added.peek()) {
            (Some(opened), Some(Reverse(added))) => added < opened,
            (opened, _) => opened.is_none(),
        };
        let next = if from_added { self.added.pop()?.0 } else { self.open.pop()? };
        self.len -= 1;
        Some((SimTime::from_nanos(next.time), next.event))
    }

    /// Makes sure that the next event stands in an opened slot: true when a slot was
    /// opened for it, whose events [`EventQueue::opened`] then tells.
    pub fn open(&mut self) -> bool {
        self.open.is_empty() && self.added.is_empty() && self.open_next()
    }

    /// The events of the opened slot, in no useful order: what will be popped soon. A
    /// caller that reads the state they concern now, all of it one after the other,
    /// waits for memory once and not once an event.
    pub fn opened(&self) -> impl Iterator<Item = u64> + '_ {
        self.open.iter().map(|pending| pending.event)
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.pool.capacity() * size_of::<Chunk>()
            + (self.open.capacity() + self.added.capacity()) * size_of::<Pending>()
            + self.heads.capacity() * size_of::<u32>()
    }

    /// Puts an event of a later tick into its slot: the level is that of the
    /// highest bits in which its tick differs from the current one.
    fn file(&mut self, pending: Pending, tick: u64) {
        let differing = (tick ^ self.tick).ilog2();
        let level = (differing / LEVEL_BITS) as usize;
        let slot = (tick >> (LEVEL_BITS * level as u32)) as usize % SLOTS;
        self.occupied[level][slot / 64] |= 1 << (slot % 64);
        let head = self.heads[level * SLOTS + slot];
        if head != NIL {
            let chunk = &mut self.pool[head as usize];
            if (chunk.len as usize) < CHUNK {
                chunk.events[chunk.len as usize] = pending;
                chunk.len += 1;
                return;
            }
        }
        let fresh = self.take_chunk(head);
        let chunk = &mut self.pool[fresh as usize];
        chunk.events[0] = pending;
        chunk.len = 1;
        self.heads[level * SLOTS + slot] = fresh;
    }

    /// A chunk off the free list, or a new one, in front of `next`.
    fn take_chunk(&mut self, next: u32) -> u32 {
        if self.free == NIL {
            // 2^32 chunks hold 1.3e11 events, beyond any checked plan.
            let index = self.pool.len() as u32;
            self.pool.push(Chunk { events: [Pending::default(); CHUNK], len: 0, next });
            index
        } else {
            let index = self.free;
            self.free = self.pool[index as usize].next;
            self.pool[index as usize].next = next;
            index
        }
    }

    /// Opens the earliest slot that holds events; false if there is none.
    fn open_next(&mut self) -> bool {
        loop {
            let Some((level, slot)) = self.earliest() else { return false };
            let shift = LEVEL_BITS * level as u32;
            // Keep the digits above this level, set this one, clear those below.
            let above = u64::MAX.checked_shl(shift + LEVEL_BITS).unwrap_or(0);
            self.tick = (self.tick & above) | ((slot as u64) << shift);
            self.occupied[level][slot / 64] &= !(1 << (slot % 64));
            let head = std::mem::replace(&mut self.heads[level * SLOTS + slot], NIL);
            self.spill(head);
            if !self.open.is_empty() {
                self.open.sort_unstable_by(|a, b| b.cmp(a));
                return true;
            }
        }
    }

    /// Moves the events of a list of chunks to where they belong now.
    fn spill(&mut self, head: u32) {
        let mut at = head;
        while at != NIL {
            let len = self.pool[at as usize].len as usize;
            for i in 0..len {
                let pending = self.pool[at as usize].events[i];
                let tick = pending.time >> TICK_BITS;
                if tick == self.tick {
                    self.open.push(pending);
                } else {
                    self.file(pending, tick);
                }
            }
            let next = std::mem::replace(&mut self.pool[at as usize].next, self.free);
            self.free = at;
            at = next;
        }
    }

    /// The earliest occupied slot: the lowest level that has one, since all of a
    /// level's events come before those of the levels above.
    fn earliest(&self) -> Option<(usize, usize)> {
        for (level, words) in self.occupied.iter().enumerate() {
            for (word, bits) in words.iter().enumerate() {
                if *bits != 0 {
                    return Some((level, word * 64 + bits.trailing_zeros() as usize));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_times_leave_in_the_order_of_their_event_numbers() {
        let mut queue = EventQueue::default();
        for event in [3, 1, 2] {
            queue.push(SimTime::from_nanos(5_000_000), event);
        }
        let order: Vec<u64> = std::iter::from_fn(|| queue.pop()).map(|(_, event)| event).collect();
        assert_eq!(order, [1, 2, 3]);
    }

    #[test]
    fn the_last_instant_of_all_can_be_pending() {
        let mut queue = EventQueue::default();
        queue.push(SimTime::NEVER, 1);
        queue.push(SimTime::ZERO, 2);
        assert_eq!(queue.pop(), Some((SimTime::ZERO, 2)));
        assert_eq!(queue.pop(), Some((SimTime::NEVER, 1)));
        assert_eq!(queue.pop(), None);
    }

    proptest! {
        /// The oracle is a binary heap over the same keys.
        #[test]
        fn events_leave_as_from_a_heap(
            steps in prop::collection::vec((0_u32..60, any::<u64>(), 0_u64..40, 0_u8..3), 1..600)
        ) {
            let mut queue = EventQueue::default();
            let mut heap = BinaryHeap::new();
            let mut now = 0_u64;
            for (magnitude, bits, event, pops) in steps {
                let delay = bits & ((1_u64 << magnitude) - 1);
                let time = now.saturating_add(delay);
                queue.push(SimTime::from_nanos(time), event);
                heap.push(Reverse((time, event)));
                for _ in 0..pops {
                    let expected = heap.pop().map(|Reverse((time, event))| (SimTime::from_nanos(time), event));
                    prop_assert_eq!(queue.pop(), expected);
                    now = expected.map_or(now, |(time, _)| time.as_nanos());
                }
                prop_assert_eq!(queue.len(), heap.len());
            }
            while let Some(Reverse((time, event))) = heap.pop() {
                prop_assert_eq!(queue.pop(), Some((SimTime::from_nanos(time), event)));
            }
            prop_assert!(queue.is_empty());
        }
    }
}
