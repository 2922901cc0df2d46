//! When the workers of a server are done with what has been let in.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::engine::SimTime;

/// When each worker is done with all that it has been given so far.
#[derive(Clone, Debug, Default)]
pub struct Booked {
    /// Where there are few workers: of the first so many places in ascending order, zero for a
    /// worker that was given nothing.
    few: [SimTime; Self::FEW],
    /// Where there are many: of those that were given something.
    many: BinaryHeap<Reverse<SimTime>>,
}

impl Booked {
    /// So many workers stand in one line of the cache. Which of them is free first is no branch
    /// to be guessed, as it is in a heap.
    const FEW: usize = 8;

    /// No worker was given anything.
    pub fn clear(&mut self) {
        self.few = [SimTime::ZERO; Self::FEW];
        self.many.clear();
    }

    /// When the first of `workers` is done.
    #[inline]
    pub fn first(&self, workers: u32) -> SimTime {
        if workers as usize <= Self::FEW {
            return self.few[0];
        }
        match self.many.peek() {
            Some(first) if self.many.len() >= workers as usize => first.0,
            _ => SimTime::ZERO,
        }
    }

    /// The first of `workers` is given something, and done with it at `done`, which is not
    /// before it was. O(log workers).
    #[inline(always)]
    pub fn replace_first(&mut self, done: SimTime, workers: u32) {
        if workers as usize > Self::FEW {
            return self.replace_first_of_many(done, workers);
        }
        let mut later = done;
        for place in 1..workers as usize {
            let next = self.few[place];
            self.few[place - 1] = later.min(next);
            later = later.max(next);
        }
        self.few[workers as usize - 1] = later;
    }

    #[inline(never)]
    fn replace_first_of_many(&mut self, done: SimTime, workers: u32) {
        if (self.many.len() as u32) < workers {
            self.many.push(Reverse(done));
        } else if let Some(mut first) = self.many.peek_mut() {
            *first = Reverse(done);
        }
    }

    /// Nobody knows when those will be done that were given something.
    pub fn lose_track(&mut self) {
        for time in self.few.iter_mut().filter(|time| **time > SimTime::ZERO) {
            *time = SimTime::NEVER;
        }
        let unknown = self.many.iter().map(|_| Reverse(SimTime::NEVER)).collect();
        self.many = unknown;
    }
}
