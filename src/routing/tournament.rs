//! The least of many values that change one at a time.

use super::chance::below;

/// A complete binary tree over values: each inner place holds the least value below it
/// and how many of them there are, so that a uniform choice among the least is O(log n),
/// as is a change. Twice the number of values, rounded up to a power of two, in memory.
///
/// `Ord` may call different values equal: those tie.
#[derive(Clone, Debug)]
pub(super) struct Tournament<K> {
    // The root at 1, the children of i at 2i and 2i + 1, the values from `first` on.
    rounds: Vec<Round<K>>,
    first: usize,
}

#[derive(Clone, Copy, Debug)]
struct Round<K> {
    least: Option<K>,
    ties: u32,
}

impl<K: Copy + Ord> Tournament<K> {
    /// The tournament of these values; a `None` takes no part.
    pub(super) fn of(values: impl ExactSizeIterator<Item = Option<K>>) -> Self {
        let first = values.len().next_power_of_two();
        let mut rounds = vec![Round { least: None, ties: 0 }; 2 * first];
        for (round, value) in rounds[first..].iter_mut().zip(values) {
            *round = Round::entrant(value);
        }
        for place in (1..first).rev() {
            rounds[place] = Round::between(&rounds[2 * place], &rounds[2 * place + 1]);
        }
        Self { rounds, first }
    }

    /// Changes a value. An index beyond the values is ignored.
    pub(super) fn set(&mut self, index: usize, value: Option<K>) {
        let mut place = self.first + index;
        let Some(entrant) = self.rounds.get_mut(place) else { return };
        *entrant = Round::entrant(value);
        while place > 1 {
            place /= 2;
            self.rounds[place] =
                Round::between(&self.rounds[2 * place], &self.rounds[2 * place + 1]);
        }
    }

    /// The least value.
    pub(super) fn least(&self) -> Option<K> {
        self.rounds.get(1).and_then(|root| root.least)
    }

    /// The index of a least value, drawn uniformly among those that tie: the kth of them
    /// in order of index, k = floor(chance x ties / 2^64).
    pub(super) fn draw(&self, chance: u64) -> Option<usize> {
        let least = self.least()?;
        let mut skip = below(chance, u64::from(self.rounds[1].ties)) as u32;
        let mut place = 1;
        while place < self.first {
            place *= 2;
            let left = &self.rounds[place];
            let here = if left.least == Some(least) { left.ties } else { 0 };
            if skip >= here {
                skip -= here;
                place += 1;
            }
        }
        Some(place - self.first)
    }

    /// Heap memory.
    pub(super) fn bytes(&self) -> usize {
        self.rounds.capacity() * size_of::<Round<K>>()
    }
}

impl<K: Copy + Ord> Round<K> {
    fn entrant(value: Option<K>) -> Self {
        Self { least: value, ties: u32::from(value.is_some()) }
    }

    fn between(left: &Self, right: &Self) -> Self {
        match (left.least, right.least) {
            (_, None) => *left,
            (None, _) => *right,
            (Some(a), Some(b)) => match a.cmp(&b) {
                std::cmp::Ordering::Less => *left,
                std::cmp::Ordering::Greater => *right,
                std::cmp::Ordering::Equal => {
                    Self { least: left.least, ties: left.ties + right.ties }
                }
            },
        }
    }
}
