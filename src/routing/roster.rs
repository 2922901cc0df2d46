//! The eligible backends as arrays.

use super::backend::BackendId;
use super::chance::below;
use super::membership::Membership;

/// The eligible backends in order of joining, found by place, by id, or by a draw in
/// proportion to weight. 16 bytes a backend and 4 for each id ever given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Roster {
    entries: Vec<Entry>,
    places: Vec<u32>,
    even: bool,
}

/// A backend of a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Which.
    pub(super) id: BackendId,
    /// Its weight; above 0.
    pub(super) weight: u32,
    /// The weight of all before it.
    pub(super) before: u64,
}

/// The place of an id that is not on a roster.
const NOWHERE: u32 = u32::MAX;

impl Roster {
    /// Those of a membership that may be chosen.
    pub(super) fn of(membership: &Membership) -> Self {
        Self::from_weights(membership.eligible().map(|backend| (backend.id, backend.weight)))
    }

    /// These backends with these weights, which are above 0; ids ascending.
    pub(super) fn from_weights(weights: impl Iterator<Item = (BackendId, u32)>) -> Self {
        let mut roster = Self { even: true, ..Self::default() };
        let mut before = 0_u64;
        for (id, weight) in weights {
            roster.places.resize(id.index(), NOWHERE);
            roster.places.push(roster.entries.len() as u32);
            roster.even &= roster.entries.last().is_none_or(|last| last.weight == weight);
            roster.entries.push(Entry { id, weight, before });
            // Below 2^63: fewer than 2^31 backends of weights below 2^32.
            before += u64::from(weight);
        }
        roster
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether all weights are equal.
    pub(super) fn is_even(&self) -> bool {
        self.even
    }

    /// The sum of all weights.
    pub(super) fn total(&self) -> u64 {
        self.entries.last().map_or(0, |last| last.before + u64::from(last.weight))
    }

    /// Where this backend stands, if it is on the roster.
    pub(super) fn place(&self, id: BackendId) -> Option<usize> {
        let place = *self.places.get(id.index())?;
        (place != NOWHERE).then_some(place as usize)
    }

    /// The place whose stretch of weight holds this point: 0 <= point < total.
    pub(super) fn at(&self, point: u64) -> Option<usize> {
        if self.even {
            let weight = u64::from(self.entries.first()?.weight);
            return Some((point / weight) as usize).filter(|&place| place < self.len());
        }
        self.entries.partition_point(|entry| entry.before <= point).checked_sub(1)
    }

    /// A place drawn in proportion to weight: O(1) if weights are equal, else O(log n).
    pub(super) fn draw(&self, chance: u64) -> Option<usize> {
        self.at(below(chance, self.total()))
    }

    /// A place drawn in proportion to weight among those not `taken` (ascending).
    /// O(taken + log n), exact, whatever the weights. `None` if all are taken.
    pub(super) fn draw_another(&self, chance: u64, taken: &[u32]) -> Option<usize> {
        let taken = || taken.iter().filter_map(|&place| self.entries.get(place as usize));
        let gone: u64 = taken().map(|entry| u64::from(entry.weight)).sum();
        let left = self.total().checked_sub(gone).filter(|&left| left > 0)?;
        let mut point = below(chance, left);
        for entry in taken() {
            if point < entry.before {
                break;
            }
            point += u64::from(entry.weight);
        }
        self.at(point)
    }

    /// Heap memory.
    pub(super) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.places.capacity() * size_of::<u32>()
    }
}

/// The greatest common divisor of some weights, by Euclid's algorithm; 1 if all are 0.
pub(super) fn common_divisor(weights: impl Iterator<Item = u32>) -> u32 {
    fn of_two(a: u32, b: u32) -> u32 {
        if b == 0 { a } else { of_two(b, a % b) }
    }
    weights.fold(0, of_two).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_have_a_common_divisor_even_if_all_are_0() {
        let of = |weights: &[u32]| common_divisor(weights.iter().copied());
        assert_eq!([of(&[]), of(&[0, 0]), of(&[0, 6, 0]), of(&[12, 18, 30])], [1, 1, 6, 6]);
    }
}
