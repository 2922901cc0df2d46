//! Walks along a ring.

use super::points::Point;
use crate::routing::backend::BackendId;

/// The backends of a ring in the order in which a key would have them.
///
/// The first costs no memory; the others one bit for each id ever given.
#[derive(Clone, Debug)]
pub struct Candidates<'a> {
    ahead: std::iter::Chain<std::slice::Iter<'a, Point>, std::slice::Iter<'a, Point>>,
    first: Option<BackendId>,
    seen: Vec<u64>,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(points: &'a [Point], from: usize) -> Self {
        let (behind, ahead) = points.split_at(from.min(points.len()));
        Self { ahead: ahead.iter().chain(behind), first: None, seen: Vec::new() }
    }

    /// Marks a backend as seen; whether it was not.
    fn mark(&mut self, id: BackendId) -> bool {
        let (word, bit) = (id.index() / 64, 1_u64 << (id.index() % 64));
        if self.seen.len() <= word {
            self.seen.resize(word + 1, 0);
        }
        let new = self.seen[word] & bit == 0;
        self.seen[word] |= bit;
        new
    }
}

impl Iterator for Candidates<'_> {
    type Item = BackendId;

    fn next(&mut self) -> Option<BackendId> {
        let Some(first) = self.first else {
            self.first = Some(self.ahead.next()?.owner);
            return self.first;
        };
        if self.seen.is_empty() {
            self.mark(first);
        }
        while let Some(point) = self.ahead.next() {
            if self.mark(point.owner) {
                return Some(point.owner);
            }
        }
        None
    }
}

/// Calls with each stretch of hashes that has one owner on both: the old owner, the new
/// one, and its length. Lengths add up to 2^64.
pub(super) fn each_common_arc(
    old: &[Point],
    new: &[Point],
    mut arc: impl FnMut(Option<BackendId>, Option<BackendId>, u128),
) {
    let owner = |points: &[Point], place: usize| {
        points.get(place).or(points.first()).map(|point| point.owner)
    };
    let end = |points: &[Point], place: usize| {
        points.get(place).map_or(1 << 64, |point| u128::from(point.position) + 1)
    };
    let (mut left, mut right) = (0, 0);
    let mut start = 0_u128;
    while start < 1 << 64 {
        let stop = end(old, left).min(end(new, right));
        arc(owner(old, left), owner(new, right), stop - start);
        while left < old.len() && end(old, left) <= stop {
            left += 1;
        }
        while right < new.len() && end(new, right) <= stop {
            right += 1;
        }
        start = stop;
    }
}
