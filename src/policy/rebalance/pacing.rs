//! How closes are paced, ordered and announced.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::units::Fraction;
use crate::engine::{Rate, SimDuration};
use crate::policy::Fault;
use crate::routing;

/// How the closes of one server are paced, ordered and announced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pacing {
    /// Closes per second of each server; `None`: all at once.
    pub pace: Option<Rate>,
    /// Which of the chosen connections are closed first.
    pub order: Order,
    /// What the close tells the client.
    pub hint: Option<Hint>,
}

/// Which of the chosen connections are closed first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// By a mix of the hash of the client's key: unrelated to age, and to where keys stand on
    /// a ring.
    #[default]
    Random,
    /// The longest open first.
    Oldest,
    /// The latest opened first.
    Newest,
}

impl Order {
    /// The order of the routing library.
    pub const fn rule(self) -> routing::Order {
        match self {
            Self::Random => routing::Order::Random,
            Self::Oldest => routing::Order::Oldest,
            Self::Newest => routing::Order::Newest,
        }
    }
}

/// A close that asks the client to wait a uniform time within a window
/// before it comes back, in place of its library's first delay.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// The window.
    pub within: SimDuration,
    /// The share of clients that honour it; 1 by default.
    #[serde(default = "everybody")]
    pub honoured: Fraction,
}

fn everybody() -> Fraction {
    Fraction::ONE
}

impl Pacing {
    /// Everything that is out of range.
    pub(super) fn validate(self) -> Vec<Fault> {
        match self.pace {
            Some(pace) if pace.as_per_second() <= 0.0 => {
                vec![Fault::new("pace", format!("must be above 0/s, met {pace}"))]
            }
            _ => Vec::new(),
        }
    }
}

/// Makes the `INFO` and the `Config` of a rule that has a pace and nothing else.
macro_rules! paced {
    (name: $name:literal, summary: $summary:literal $(,)?) => {
        /// What people are told of it.
        pub const INFO: $crate::policy::Info = $crate::policy::Info {
            name: $name,
            summary: $summary,
            hue: $crate::policy::Hue::Baseline,
        };

        /// How it closes.
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(deny_unknown_fields, default)]
        pub struct Config {
            /// Closes per second of each server; without it all at once.
            pub pace: Option<$crate::engine::Rate>,
            /// Which of the connections are closed first.
            pub order: super::pacing::Order,
            /// What the close tells the client; without it nothing.
            pub hint: Option<super::pacing::Hint>,
        }

        impl Config {
            pub(super) fn validate(self) -> Vec<$crate::policy::Fault> {
                self.pacing().validate()
            }

            pub(super) const fn pacing(self) -> super::pacing::Pacing {
                super::pacing::Pacing { pace: self.pace, order: self.order, hint: self.hint }
            }
        }
    };
}

pub(super) use paced;
