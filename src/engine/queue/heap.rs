//! A few events in order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Pending;
use crate::engine::SimTime;

/// Events in order of (time, event number), where there are few: a binary heap. Its first is kept
/// apart, as it is asked for with every event of others that happens.
#[derive(Clone, Debug)]
pub struct EventHeap {
    /// The first; [`Pending::NONE`] if there is none.
    pub(super) first: Pending,
    others: BinaryHeap<Reverse<Pending>>,
}

impl Default for EventHeap {
    fn default() -> Self {
        Self { first: Pending::NONE, others: BinaryHeap::new() }
    }
}

impl EventHeap {
    /// The first, or what is later than any event if there is none.
    #[inline]
    pub const fn first(&self) -> (SimTime, u64) {
        self.first.parts()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.others.len() + usize::from(!self.is_empty())
    }

    /// Whether there is none.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        // No event has the greatest number.
        self.first.event == u64::MAX
    }

    /// Adds an event, of any number but the greatest.
    #[inline]
    pub fn push(&mut self, time: SimTime, event: u64) {
        self.add(Pending { time: time.as_nanos(), event });
    }

    /// Takes the first.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, u64)> {
        let first = self.first;
        self.drop_first();
        (first != Pending::NONE).then(|| first.parts())
    }

    #[inline]
    pub(super) fn add(&mut self, pending: Pending) {
        if self.is_empty() {
            self.first = pending;
            return;
        }
        let later = self.first.max(pending);
        self.first = self.first.min(pending);
        self.others.push(Reverse(later));
    }

    /// Takes the first out, if there is one.
    #[inline]
    pub(super) fn drop_first(&mut self) {
        self.first = Pending::NONE;
        if !self.others.is_empty() {
            self.first = self.others.pop().map_or(Pending::NONE, |next| next.0);
        }
    }

    /// All of them, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u64> {
        let first = (!self.is_empty()).then_some(self.first.event);
        first.into_iter().chain(self.others.iter().map(|other| other.0.event))
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.others.capacity() * size_of::<Pending>()
    }
}
