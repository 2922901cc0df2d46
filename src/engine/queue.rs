//! The future-event list: a hierarchical timing wheel whose lowest slots are
//! sorted when they are opened.
//!
//! Events leave in the order of (time, event number). Equal times are ordered by
//! the event's own 64 bits, never by insertion, so that the order is the same for
//! any structure that holds them.
//!
//! A comparison heap misses the cache log N times an event; here an event is
//! copied once per level on its way down (Varghese and Lauck, SOSP 1987) and
//! sorted among those of its own slot, spread over bins by time first where they
//! are many: the cost does not grow with the number pending. A slot of the second level
//! that has not too many is sorted as a whole, since they would be few in each lowest slot, and
//! what is added to it then comes in from there. Slots are lists of
//! chunks from one pool, so that memory follows the number of pending events (16
//! bytes each) and not the history of the slots. What a push writes to follows from
//! one number per slot, and those of the levels in use fit the first cache.
//!
//! Cost: 18 ns for a push and a pop together with a thousand pending, 28 with a
//! million, 31 with ten million (`benches/engine.rs`, hold model); no allocation once
//! the pool has grown.

use std::cmp::Ordering;

pub use self::heap::EventHeap;
use self::sorter::Sorter;
use super::time::SimTime;

mod heap;
mod sorter;
#[cfg(test)]
mod tests;

/// Bits of an instant that one level resolves.
const LEVEL_BITS: u32 = 10;
/// Slots of a level.
const SLOTS: usize = 1 << LEVEL_BITS;
/// An instant is counted in ticks of 2^`TICK_BITS` ns (66 microseconds): the width of a
/// lowest slot.
const TICK_BITS: u32 = 16;
/// Levels that cover all of 2^64 ns: 16 + 5 x 10 bits.
const LEVELS: usize = 5;
/// Events of a chunk.
const CHUNK: usize = 64;
/// Lowest slots that follow each other are opened together until they hold so many
/// events: enough for [`EventQueue::told`] to be of use where events are sparse.
const BATCH: usize = 64;
/// A slot of the second level with no more events is opened as a whole, without a way through the
/// lowest slots, of which each would get few: 256 KiB to be sorted.
const MOST_AT_ONCE: usize = 1 << 14;
const _: () = assert!(SLOTS / 64 == 16, "a bit for each word of a level");
/// No chunk.
const NIL: u32 = u32::MAX;

/// A pending event: when, and what (meaningful to the caller only).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pending {
    time: u64,
    event: u64,
}

impl Pending {
    /// Later than every event: none has the greatest number.
    const NONE: Self = Self { time: u64::MAX, event: u64::MAX };

    /// After no event of a tick, and after all of those before.
    const fn start_of(tick: u64) -> Self {
        Self { time: tick << TICK_BITS, event: 0 }
    }

    const fn tick(self) -> u64 {
        self.time >> TICK_BITS
    }

    const fn parts(self) -> (SimTime, u64) {
        (SimTime::from_nanos(self.time), self.event)
    }
}

impl Ord for Pending {
    /// As one number of 128 bits: compared without a branch.
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |pending: &Self| u128::from(pending.time) << 64 | u128::from(pending.event);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The events of a slot, chunk by chunk, the last chunk first.
#[derive(Clone, Debug)]
struct Chunks<'a> {
    pool: &'a [Pending],
    before: &'a [u32],
    /// The slot's tail.
    tail: u32,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = &'a [Pending];

    fn next(&mut self) -> Option<Self::Item> {
        let chunk = self.tail.checked_sub(1)? as usize / CHUNK;
        let events = &self.pool[chunk * CHUNK..self.tail as usize];
        self.tail = self.before[chunk];
        Some(events)
    }
}

/// Events in order of (time, event number).
#[derive(Clone, Debug)]
pub struct EventQueue {
    /// Where in `pool` the next event of each slot goes, level by level. At a
    /// multiple of [`CHUNK`] the slot's last chunk is full; at 0 it has none.
    tails: Vec<u32>,
    /// Which slots hold events, one bit each, and which words of these are not 0.
    occupied: [[u64; SLOTS / 64]; LEVELS],
    words: [u16; LEVELS],
    /// All chunks, used and free, one after the other.
    pool: Vec<Pending>,
    /// Of each chunk in use: the tail that its slot had before it. Of each free one:
    /// the next free chunk.
    before: Vec<u32>,
    /// First free chunk.
    free: u32,
    /// The events of the opened slots, in order.
    open: Vec<Pending>,
    /// How many of `open` have been taken.
    taken: usize,
    /// How many of `open` have been told, now or before: those that have been taken, at least.
    told: usize,
    /// How many of these were told before.
    told_before: usize,
    /// Whether those of `added` are told now, too.
    tells_added: bool,
    /// Events added to the opened slots since: few, but for a crowd at one instant.
    added: EventHeap,
    /// All up to this tick are open, or have passed; what is added to them goes to `added`.
    tick: u64,
    /// Where a slot of the second level is open, later ticks are, too: what is added to those is in
    /// their lowest slots, and this is before all of it and after what is in `added`; else
    /// [`Pending::NONE`].
    added_from: Pending,
    /// The earlier of `added_from` and the first of `added`: what is opened and comes before this
    /// comes next.
    fence: Pending,
    /// Pending events in all.
    len: usize,
    sorter: Sorter,
}

impl Default for EventQueue {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl EventQueue {
    /// Opened events are told so many at a time, so that what is read for them is still in the
    /// first cache when their turn comes.
    pub const TOLD_AT_ONCE: usize = 128;

    /// An empty list with memory for so many pending events.
    pub fn with_capacity(events: usize) -> Self {
        Self {
            tails: vec![0; LEVELS * SLOTS],
            occupied: [[0; SLOTS / 64]; LEVELS],
            words: [0; LEVELS],
            pool: Vec::with_capacity(events),
            before: Vec::with_capacity(events.div_ceil(CHUNK)),
            free: NIL,
            open: Vec::with_capacity(2 * BATCH),
            taken: 0,
            told: 0,
            told_before: 0,
            tells_added: false,
            added: EventHeap::default(),
            tick: 0,
            added_from: Pending::NONE,
            fence: Pending::NONE,
            len: 0,
            sorter: Sorter::default(),
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

    /// Adds an event, of any number but the greatest. `time` must not be before the last popped
    /// one: what is in the past would come out next, out of order.
    #[inline(never)]
    pub fn push(&mut self, time: SimTime, event: u64) {
        let pending = Pending { time: time.as_nanos(), event };
        self.len += 1;
        if pending.tick() <= self.tick {
            self.added.add(pending);
            self.fence = self.fence.min(pending);
        } else {
            self.file(pending);
        }
    }

    /// Takes the next event.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, u64)> {
        let (never, none) = Pending::NONE.parts();
        self.pop_before(never, none).or_else(|| {
            self.open();
            self.pop_before(never, none)
        })
    }

    /// Takes the next event if that is before another, which is kept elsewhere, and can be taken
    /// as things stand, as it mostly can. If not, ask again once [`EventQueue::open`] has been
    /// called: then it is the other that comes next, if it is anything.
    #[inline(always)]
    pub fn pop_before(&mut self, time: SimTime, event: u64) -> Option<(SimTime, u64)> {
        let other = Pending { time: time.as_nanos(), event };
        let opened = self.open.get(self.taken).copied().unwrap_or(Pending::NONE);
        let next = if opened < self.fence {
            if self.taken >= self.told || opened >= other {
                return None;
            }
            self.taken += 1;
            opened
        } else {
            let added = self.added.first;
            if added != self.fence || added >= other {
                return None;
            }
            self.added.drop_first();
            self.set_fence();
            added
        };
        self.len -= 1;
        Some(next.parts())
    }

    #[inline]
    fn set_fence(&mut self) {
        self.fence = self.added.first.min(self.added_from);
    }

    /// What was kept elsewhere happens at `time`: nothing is pending before its tick, so if nothing
    /// is in the slot of that either, what is added to it need not be filed.
    #[inline]
    pub fn pass(&mut self, time: SimTime) {
        let tick = time.as_nanos() >> TICK_BITS;
        if tick > self.tick && self.tails[self.slot(tick).1] == 0 {
            self.tick = tick;
        }
    }

    /// Makes sure that the next event stands in an opened slot: true when some were opened
    /// that [`EventQueue::told`] has not told yet, and now tells.
    #[inline]
    pub fn open(&mut self) -> bool {
        !(self.taken < self.told && self.open[self.taken] < self.added_from) && self.open_more()
    }

    /// Events of the opened slots that will be popped soon. A caller that reads the state they
    /// concern now, all of it one after the other, waits for memory once and not once an event.
    #[inline]
    pub fn told(&self) -> impl Iterator<Item = u64> {
        let added = self.tells_added.then(|| self.added.iter());
        let opened = &self.open[self.told_before..self.told];
        let opened = opened.iter().map(|pending| pending.event);
        opened.chain(added.into_iter().flatten())
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let pending = self.pool.capacity() + self.open.capacity();
        pending * size_of::<Pending>()
            + self.added.bytes()
            + (self.tails.capacity() + self.before.capacity()) * size_of::<u32>()
            + self.sorter.bytes()
    }

    /// The level and the slot of a tick that is not open: the level is that of the highest bits
    /// in which it differs from the last opened one.
    #[inline]
    fn slot(&self, tick: u64) -> (u32, usize) {
        let level = ((tick ^ self.tick) | 1).ilog2() / LEVEL_BITS;
        (level, level as usize * SLOTS + (tick >> (LEVEL_BITS * level)) as usize % SLOTS)
    }

    /// Puts an event that is not of an opened tick into its slot.
    #[inline(always)]
    fn file(&mut self, pending: Pending) {
        let tick = pending.tick();
        let (level, slot) = self.slot(tick);
        let mut tail = self.tails[slot] as usize;
        if tail.is_multiple_of(CHUNK) {
            tail = self.add_chunk(slot, tail as u32);
        }
        self.pool[tail] = pending;
        self.tails[slot] = tail as u32 + 1;
        if level == 0 {
            let from = Pending::start_of(tick);
            self.added_from = self.added_from.min(from);
            self.fence = self.fence.min(from);
        }
    }

    /// Gives a slot one more chunk; where its first event goes.
    #[inline(never)]
    fn add_chunk(&mut self, slot: usize, tail: u32) -> usize {
        let (level, word) = (slot / SLOTS, slot % SLOTS / 64);
        self.occupied[level][word] |= 1 << (slot % 64);
        self.words[level] |= 1 << word;
        if self.free == NIL {
            // 2^32 places hold 68 GB of events, beyond any checked plan.
            let start = self.pool.len();
            self.pool.resize(start + CHUNK, Pending::default());
            self.before.push(tail);
            start
        } else {
            let chunk = self.free as usize;
            self.free = std::mem::replace(&mut self.before[chunk], tail);
            chunk * CHUNK
        }
    }

    /// Where no opened event is the next one, or it has not been told: makes it so. Whether
    /// there is more to tell.
    #[inline(never)]
    fn open_more(&mut self) -> bool {
        let is_next = self.open.get(self.taken).map(|next| *next < self.added_from);
        match is_next {
            Some(true) => {}
            _ if !self.added.is_empty() => return false,
            Some(false) => self.open_added(),
            None if self.open_next() => {}
            None => return false,
        }
        self.tells_added = is_next == Some(false);
        self.told_before = self.told;
        // What was added may be for the time after the next opened one.
        if self.taken == self.told {
            self.told = self.open.len().min(self.taken + Self::TOLD_AT_ONCE);
        }
        true
    }

    /// Opens the lowest slots that were filled while all of their second level was open.
    fn open_added(&mut self) {
        self.added_from = Pending::NONE;
        while let Some((0, slot)) = self.earliest() {
            if self.added.len() >= BATCH {
                let tick = self.tick - self.tick % SLOTS as u64 + slot as u64;
                self.added_from = Pending::start_of(tick);
                break;
            }
            let tail = self.take(0, slot);
            let chunks = Chunks { pool: &self.pool, before: &self.before, tail };
            for pending in chunks.flatten() {
                self.added.add(*pending);
            }
            self.free(tail);
        }
        self.set_fence();
    }

    /// Opens the earliest slots that hold events; false if there are none.
    fn open_next(&mut self) -> bool {
        self.open.clear();
        (self.taken, self.told, self.told_before) = (0, 0, 0);
        while let Some((level, slot)) = self.earliest() {
            if level > 0 && !self.open.is_empty() {
                break;
            }
            let tail = self.take(level, slot);
            self.empty(level, tail);
            if self.open.len() >= BATCH {
                break;
            }
        }
        self.added_from = Pending::NONE;
        self.set_fence();
        !self.open.is_empty()
    }

    /// Takes a slot's events, of which the first tick is open from now on: its tail.
    fn take(&mut self, level: usize, slot: usize) -> u32 {
        let shift = LEVEL_BITS * level as u32;
        // Keep the digits above this level, set this one, clear those below.
        let above = u64::MAX.checked_shl(shift + LEVEL_BITS).unwrap_or(0);
        self.tick = (self.tick & above) | ((slot as u64) << shift);
        let word = &mut self.occupied[level][slot / 64];
        *word &= !(1 << (slot % 64));
        self.words[level] &= !(u16::from(*word == 0) << (slot / 64));
        std::mem::take(&mut self.tails[level * SLOTS + slot])
    }

    /// Moves the events of a slot down: those of a lowest slot, or of one of the second level
    /// that has few, to the opened ones, sorted, others to the slots where they belong now.
    fn empty(&mut self, level: usize, tail: u32) {
        if level == 0 || level == 1 && self.holds_few(tail) {
            let span = TICK_BITS + LEVEL_BITS * level as u32;
            let chunks = Chunks { pool: &self.pool, before: &self.before, tail };
            self.sorter.sort(&chunks, span, &mut self.open);
            self.free(tail);
            return;
        }
        let mut tail = tail as usize;
        while tail > 0 {
            let chunk = (tail - 1) / CHUNK;
            for place in chunk * CHUNK..tail {
                self.file(self.pool[place]);
            }
            tail = self.free_chunk(chunk);
        }
    }

    /// Whether a slot holds no more events than are opened at once.
    fn holds_few(&self, tail: u32) -> bool {
        let mut chunks = Chunks { pool: &self.pool, before: &self.before, tail };
        let mut events = 0;
        chunks.all(|chunk| {
            events += chunk.len();
            events <= MOST_AT_ONCE
        })
    }

    /// The chunks of a slot are free from now on.
    fn free(&mut self, tail: u32) {
        let mut tail = tail as usize;
        while tail > 0 {
            tail = self.free_chunk((tail - 1) / CHUNK);
        }
    }

    /// A chunk is free from now on: the tail that its slot had before it.
    fn free_chunk(&mut self, chunk: usize) -> usize {
        let tail = std::mem::replace(&mut self.before[chunk], self.free);
        self.free = chunk as u32;
        tail as usize
    }

    /// The earliest occupied slot: the lowest level that has one, since all of a
    /// level's events come before those of the levels above.
    fn earliest(&self) -> Option<(usize, usize)> {
        let level = self.words.iter().position(|words| *words != 0)?;
        let word = self.words[level].trailing_zeros() as usize;
        Some((level, word * 64 + self.occupied[level][word].trailing_zeros() as usize))
    }
}
