//! Servers above the fair share close what they have too much, at every check.

use schemars::JsonSchema;
use serde::Deserialize;

use super::pacing::{Hint, Order, Pacing};
use crate::engine::units::Fraction;
use crate::engine::{Rate, SimDuration};
use crate::policy::{Fault, Hue, Info};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "shed",
    summary: "servers above the fair share by more than a tolerance close the excess",
    hue: Hue::Baseline,
};

/// Parameters of `shed`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How far above the fair share a server may be before it sheds down to it.
    pub tolerance: Fraction,
    /// How often the servers compare their loads.
    pub check_every: SimDuration,
    /// A server with no more connections than this never sheds.
    pub minimum: u32,
    /// Members that are gone but still counted, with no connections and weight 1, when the
    /// fair share is worked out; 0 by default. See andydunstall/piko #322: three nodes and a
    /// ghost shed for ever.
    pub ghosts: u32,
    /// When the ghosts are forgotten, from the start; never by default.
    pub ghosts_until: Option<SimDuration>,
    /// Closes per second of each server; without it all at once.
    pub pace: Option<Rate>,
    /// The share of its connections, as it draws up its list, that a server closes per second,
    /// in place of `pace`.
    pub fraction_per_second: Option<Fraction>,
    /// Which connections are closed first.
    pub order: Order,
    /// What the close tells the client; without it nothing.
    pub hint: Option<Hint>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tolerance: Fraction::new(0.05).unwrap_or(Fraction::ONE),
            check_every: SimDuration::from_secs(10),
            minimum: 0,
            ghosts: 0,
            ghosts_until: None,
            pace: None,
            fraction_per_second: None,
            order: Order::Random,
            hint: None,
        }
    }
}

impl Config {
    pub(super) fn validate(self) -> Vec<Fault> {
        let mut faults = self.pacing().validate();
        if self.check_every < SimDuration::from_millis(1) {
            faults.push(Fault::new(
                "check_every",
                format!("must be at least 1ms, met {}", self.check_every),
            ));
        }
        if self.ghosts > 1_000_000 {
            faults.push(Fault::new(
                "ghosts",
                format!("must be at most 1,000,000, met {}", self.ghosts),
            ));
        }
        if self.ghosts_until.is_some() && self.ghosts == 0 {
            faults.push(Fault::new("ghosts_until", "stands without `ghosts`"));
        }
        if let Some(fraction) = self.fraction_per_second {
            if self.pace.is_some() {
                faults.push(Fault::new(
                    "fraction_per_second",
                    "stands beside `pace`: give one of them",
                ));
            }
            if fraction.as_f64() <= 0.0 {
                faults.push(Fault::new("fraction_per_second", "must be above 0"));
            }
        }
        faults
    }

    pub(super) const fn pacing(self) -> Pacing {
        Pacing { pace: self.pace, order: self.order, hint: self.hint }
    }
}
