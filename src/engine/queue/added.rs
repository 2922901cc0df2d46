//! Events added to slots that are open.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Pending;

/// Few, but for a crowd at one instant. The first is kept apart, as it is asked for with each event.
#[derive(Clone, Debug)]
pub(super) struct Added {
    /// The first; [`Pending::NONE`] if there is none.
    pub(super) first: Pending,
    others: BinaryHeap<Reverse<Pending>>,
}

impl Default for Added {
    fn default() -> Self {
        Self { first: Pending::NONE, others: BinaryHeap::new() }
    }
}

impl Added {
    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        // No event has the greatest number.
        self.first.event == u64::MAX
    }

    pub(super) fn len(&self) -> usize {
        self.others.len() + usize::from(!self.is_empty())
    }

    #[inline]
    pub(super) fn push(&mut self, pending: Pending) {
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
    pub(super) fn pop(&mut self) {
        self.first = Pending::NONE;
        if !self.others.is_empty() {
            self.first = self.others.pop().map_or(Pending::NONE, |next| next.0);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u64> {
        let first = (!self.is_empty()).then_some(self.first.event);
        first.into_iter().chain(self.others.iter().map(|added| added.0.event))
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.others.capacity() * size_of::<Pending>()
    }
}
