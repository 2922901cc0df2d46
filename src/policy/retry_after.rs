//! What whoever is turned away is told: when to come again.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::units::Fraction;
use crate::engine::{Draw, SimDuration};

/// Wait `after` and a random time up to `within` more, in place of the library's next delay:
/// HTTP's Retry-After, or what a close says. One of the two at least is above 0s.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetryAfter {
    /// At least so long; `"0s"` by default.
    pub after: SimDuration,
    /// Up to so much longer, drawn anew each time; `"0s"` by default, and then all come at once.
    pub within: SimDuration,
    /// The share of attempts whose client honours it; the others go by their library. 1 by default.
    pub honoured: Fraction,
}

impl Default for RetryAfter {
    fn default() -> Self {
        Self { after: SimDuration::ZERO, within: SimDuration::ZERO, honoured: Fraction::ONE }
    }
}

impl RetryAfter {
    /// The wait that an attempt's draw gives; `None` where its client does not honour it.
    pub fn wait(&self, draw: Draw) -> Option<SimDuration> {
        (draw.unit() < self.honoured.as_f64())
            .then(|| self.after.saturating_add(self.within.scaled(draw.again(0).unit())))
    }

    /// Whether it asks for no wait at all.
    pub const fn is_empty(&self) -> bool {
        self.after.is_zero() && self.within.is_zero()
    }
}
