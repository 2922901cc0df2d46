//! How each policy scales: one file a rule.
//!
//! | module | what it holds |
//! |---|---|
//! | [`reading`] | what an autoscaler may know: counts, states and reported metrics |
//! | [`controller`] | the state of a rule: when it looks, how many servers it wants |
//! | [`hpa`] | Kubernetes' `HorizontalPodAutoscaler`, exactly |
//! | [`keda`] | KEDA: the same between 1 and many, and from many to none and back |
//! | [`target_tracking`], [`step`] | AWS EC2 Auto Scaling |
//! | [`scheduled`] | by the clock |
//!
//! A rule is a pure function of what it reads and what it has read: no clock, no
//! chance. It says how many servers are wanted; the model starts and stops them.
//! Numbers are integers in thousandths wherever the real controller's are.

pub mod controller;
mod group;
pub mod hpa;
pub mod keda;
mod lag;
pub mod none;
pub mod reading;
pub mod scheduled;
pub mod step;
pub mod target_tracking;

pub use controller::Controller;
pub use reading::{Metric, Phase, Reading, ServerReading, Target, Values};

use super::rules::rules;
use super::termination::Pick;

rules! {
    /// A way to scale.
    Scale, "an autoscaler":
    None => none,
    Hpa => hpa,
    Keda => keda,
    TargetTracking => target_tracking,
    Step => step,
    Scheduled => scheduled,
}

impl Scale {
    /// Which servers leave first when fewer are wanted.
    pub const fn pick(&self) -> Pick {
        match self {
            Self::None(_) => Pick::Newest,
            Self::Hpa(config) => config.pick,
            Self::Keda(config) => config.pick,
            Self::TargetTracking(config) => config.pick,
            Self::Step(config) => config.pick,
            Self::Scheduled(config) => config.pick,
        }
    }

    /// The most servers that it may ever want; 0 without an autoscaler. For the estimate
    /// of memory.
    pub fn most(&self) -> u32 {
        match self {
            Self::None(_) => 0,
            Self::Hpa(config) => config.max,
            Self::Keda(config) => config.max,
            Self::TargetTracking(config) => config.max,
            Self::Step(config) => config.max,
            Self::Scheduled(config) => config.most(),
        }
    }
}
