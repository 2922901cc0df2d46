//! Which servers exist at the time of an event, as far as the scenario alone can tell.

use crate::plan::Which;

/// The servers after the events so far.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// Whether each server, in order of birth, is present, unless the random
    /// picks below took it.
    present: Vec<bool>,
    zones: usize,
    /// How many of those present have been taken at random: nobody knows which.
    random_losses: usize,
    /// Whether nobody knows how many there are.
    is_unknown: bool,
}

/// Why an event cannot hit the servers that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It takes more than there are.
    TooFew {
        /// How many there are at most.
        present: usize,
    },
    /// This server (from 0) is not born yet, or never will be.
    Unborn(u32),
    /// This server is gone already.
    Gone(u32),
    /// Servers were taken at random before, so that this one may be gone.
    Unknowable(u32),
}

impl Fleet {
    /// So many servers, in so many zones.
    pub fn new(count: u32, zones: usize) -> Self {
        Self {
            present: vec![true; count as usize],
            zones: zones.max(1),
            random_losses: 0,
            is_unknown: false,
        }
    }

    /// From here on nobody knows how many there are: an autoscaler starts and stops them, or a
    /// number of them is wrong.
    pub const fn lose_count(&mut self) {
        self.is_unknown = true;
    }

    /// Everyone present is replaced by a new server.
    pub fn replace(&mut self) {
        let count = self.size();
        self.present.iter_mut().for_each(|present| *present = false);
        self.random_losses = 0;
        self.present.resize(self.present.len() + count, true);
    }

    /// Servers born so far.
    pub const fn born(&self) -> usize {
        self.present.len()
    }

    /// Servers present, at most.
    pub fn size(&self) -> usize {
        self.present.iter().filter(|present| **present).count().saturating_sub(self.random_losses)
    }

    /// What those present weigh at most, where weights are handed out in turn.
    pub fn weight(&self, weights: &[u32]) -> u64 {
        self.weight_with(0, weights)
    }

    /// The same with so many that join.
    pub fn weight_with(&self, joining: u32, weights: &[u32]) -> u64 {
        let joining = std::iter::repeat_n(&true, joining as usize);
        let all = self.present.iter().chain(joining).zip(weights.iter().cycle());
        let weight: u64 = all.filter(|(present, _)| **present).map(|(_, w)| u64::from(*w)).sum();
        let lightest = weights.iter().min().copied().unwrap_or(0);
        weight.saturating_sub(self.random_losses as u64 * u64::from(lightest))
    }

    /// So many join.
    pub fn add(&mut self, count: u32) {
        self.present.resize(self.present.len() + count as usize, true);
    }

    /// These leave; all that is wrong with that.
    pub fn take(&mut self, which: &Which) -> Vec<Missing> {
        if self.is_unknown {
            return Vec::new();
        }
        match which {
            Which::Newest(count)
            | Which::Oldest(count)
            | Which::Random(count)
            | Which::Fewest(count)
            | Which::Most(count)
            | Which::Cheapest(count)
            | Which::ReplicaSet(count)
            | Which::Aws(count) => {
                let present = self.size();
                if *count as usize > present {
                    return vec![Missing::TooFew { present }];
                }
                self.take_count(which, *count as usize);
                Vec::new()
            }
            Which::Servers(indices) => {
                indices.iter().filter_map(|&index| self.take_named(index)).collect()
            }
            Which::Zone(zone) => {
                let zones = self.zones;
                self.present
                    .iter_mut()
                    .skip(*zone as usize)
                    .step_by(zones)
                    .for_each(|p| *p = false);
                Vec::new()
            }
        }
    }

    /// After random losses the newest of those left cannot be told either, so
    /// every count is then a random loss.
    fn take_count(&mut self, which: &Which, count: usize) {
        match which {
            Which::Newest(_) if self.random_losses == 0 => {
                let newest = self.present.iter_mut().rev().filter(|present| **present);
                newest.take(count).for_each(|present| *present = false);
            }
            Which::Oldest(_) if self.random_losses == 0 => {
                let oldest = self.present.iter_mut().filter(|present| **present);
                oldest.take(count).for_each(|present| *present = false);
            }
            _ => self.random_losses += count,
        }
    }

    fn take_named(&mut self, index: u32) -> Option<Missing> {
        match self.present.get_mut(index as usize) {
            None => Some(Missing::Unborn(index)),
            Some(false) => Some(Missing::Gone(index)),
            Some(_) if self.random_losses > 0 => Some(Missing::Unknowable(index)),
            Some(present) => {
                *present = false;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_leave_by_age_by_name_and_by_zone() {
        let mut fleet = Fleet::new(4, 2);
        fleet.add(1);
        assert_eq!(fleet.take(&Which::Newest(1)), []);
        assert_eq!(
            fleet.take(&Which::Servers(vec![4, 0, 9])),
            [Missing::Gone(4), Missing::Unborn(9)]
        );
        assert_eq!(fleet.take(&Which::Zone(1)), []);
        assert_eq!(fleet.size(), 1);
        assert_eq!(fleet.take(&Which::Oldest(2)), [Missing::TooFew { present: 1 }]);
        assert_eq!(fleet.take(&Which::Oldest(1)), []);
        assert_eq!(fleet.size(), 0);
    }

    #[test]
    fn those_present_weigh_what_they_are_handed_out_in_turn() {
        let mut fleet = Fleet::new(3, 1);
        assert_eq!(fleet.weight(&[1, 10]), 12);
        assert_eq!(fleet.weight_with(1, &[1, 10]), 22);
        fleet.take(&Which::Oldest(1));
        fleet.add(2);
        assert_eq!(fleet.weight(&[1, 10]), 10 + 1 + 10 + 1);
        fleet.take(&Which::Random(2));
        assert_eq!(fleet.weight(&[1, 10]), 20, "the two that went may be the lightest");
    }

    #[test]
    fn after_a_random_loss_no_server_can_be_named() {
        let mut fleet = Fleet::new(3, 1);
        assert_eq!(fleet.take(&Which::Random(2)), []);
        assert_eq!(fleet.size(), 1);
        assert_eq!(fleet.take(&Which::Servers(vec![0])), [Missing::Unknowable(0)]);
        assert_eq!(fleet.take(&Which::Newest(2)), [Missing::TooFew { present: 1 }]);
    }
}
