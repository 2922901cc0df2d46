//! Connections in proportion to weight.

use std::cmp::Ordering;

/// How loaded a backend is: connections over weight, compared exactly by
/// cross-multiplication. Two loads of the same ratio are equal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    /// Connections held.
    pub(super) connections: u32,
    /// The weight; above 0.
    pub(super) weight: u32,
}

impl Ord for Load {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let ours = u64::from(self.connections) * u64::from(other.weight);
        let theirs = u64::from(other.connections) * u64::from(self.weight);
        ours.cmp(&theirs)
    }
}

impl PartialOrd for Load {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Load {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Load {}
