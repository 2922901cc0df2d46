//! How each policy decides: a way to place (`balance`), a way to move (`rebalance`) and a
//! way to scale (`scale`).
//!
//! | module | what it holds |
//! |---|---|
//! | [`balance`] | which server takes an attempt: one file a rule, over `crate::routing` |
//! | [`rebalance`] | which open connections are closed to move them: one file a rule |
//! | [`scale`] | how many servers are wanted: one file a rule |
//! | [`termination`] | which servers leave first |
//! | [`rollout`] | the steps of a rolling update |
//! | [`tier`] | the balancing tier or gateway that a simulated cluster asks |
//!
//! Adding a rule: write its file, add its line to the `rules!` call of its
//! folder; the JSON form, the schema, `ringstorm policies` and the charts' colour
//! follow. What is absent: the world. A policy sees a membership, counts and
//! reports, as a real balancer would, so it cannot cheat.

pub mod balance;
pub mod rebalance;
mod retry_after;
pub mod rollout;
mod rules;
pub mod scale;
pub mod termination;
pub mod tier;

pub use balance::Balance;
pub use rebalance::Rebalance;
pub use retry_after::RetryAfter;
pub use rules::{Fault, Info};
pub use scale::Scale;
pub use tier::Tier;

/// A colour family; colour belongs to a kind of policy, never to a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hue {
    /// Round robin and other baselines without an owner: grey.
    Baseline,
    /// Consistent-hash rings: blue.
    Ring,
    /// Bounded-load rings: green.
    Bounded,
    /// Gateway discovery: orange.
    Gateway,
    /// Least connections and the rest: violet.
    Other,
}
