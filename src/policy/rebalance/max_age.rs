//! Each connection lives a drawn lifetime, as with gRPC's maximum connection
//! age (proposal A9) and Netflix' push servers (Zuul, `PushRegistrationHandler`).

use schemars::JsonSchema;
use serde::Deserialize;

use super::pacing::{Hint, Order, Pacing};
use crate::engine::SimDuration;
use crate::engine::units::Fraction;
use crate::policy::{Fault, Hue, Info};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "max_age",
    summary: "each connection is closed at a drawn age",
    hue: Hue::Baseline,
};

/// Parameters of `max_age`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Mean age at which a connection is closed.
    pub age: SimDuration,
    /// The age is uniform within this fraction below and above the mean; 0.1 as in gRPC.
    #[serde(default = "grpc_jitter")]
    pub jitter: Fraction,
    /// What the close tells the client; without it nothing.
    #[serde(default)]
    pub hint: Option<Hint>,
}

/// gRPC's plus or minus 10% (proposal A9).
fn grpc_jitter() -> Fraction {
    Fraction::new(0.1).unwrap_or(Fraction::ONE)
}

impl Config {
    pub(super) fn validate(self) -> Vec<Fault> {
        if self.age < SimDuration::from_millis(1) {
            vec![Fault::new("age", format!("must be at least 1ms, met {}", self.age))]
        } else {
            Vec::new()
        }
    }

    pub(super) const fn pacing(self) -> Pacing {
        Pacing { pace: None, order: Order::Random, hint: self.hint }
    }
}
