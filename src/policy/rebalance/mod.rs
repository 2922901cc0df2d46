//! Which open connections are closed to move them: one file a rule.
//!
//! A balancer acts at connection time only. To move a connection somebody must
//! close it; these rules say which, when and how fast.

pub mod drop_all;
pub mod max_age;
pub mod moved;
pub mod none;
pub mod pacing;
pub mod shed;

pub use pacing::{Hint, Pacing};

use super::rules::rules;

rules! {
    /// A way to move.
    Rebalance, "a rebalance rule":
    None => none,
    DropAll => drop_all,
    Moved => moved,
    Shed => shed,
    MaxAge => max_age,
}

impl Rebalance {
    /// How its closes are paced, ordered and announced; `None` for rules that close nothing by plan.
    pub fn pacing(&self) -> Option<Pacing> {
        match self {
            Self::None(_) => None,
            Self::DropAll(config) => Some(config.pacing()),
            Self::Moved(config) => Some(config.pacing()),
            Self::Shed(config) => Some(config.pacing()),
            Self::MaxAge(config) => Some(config.pacing()),
        }
    }
}
