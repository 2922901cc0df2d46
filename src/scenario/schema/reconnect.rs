//! How a client comes back.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::forms::{OnOpen, ShortOr, WordOr};
use crate::engine::SimDuration;
use crate::engine::units::Fraction;
use crate::scenario::presets::PRESETS;

/// The name of a preset (`ringstorm presets` lists them), `"immediate"`,
/// `"never"`, or a formula.
pub type Reconnect = ShortOr<RuleName, Formula>;

/// The name of a rule, as typed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct RuleName(pub String);

/// The rules that have a name but are no library's.
pub const WORDS: [&str; 2] = ["immediate", "never"];

impl JsonSchema for RuleName {
    fn schema_name() -> Cow<'static, str> {
        "ReconnectName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).chain(WORDS).collect();
        json_schema!({
            "enum": names,
            "description": "What a library does, \"immediate\" (at once, for ever), or \"never\" (one attempt).",
        })
    }
}

/// A formula, and what goes with it: exactly one of `exponential`, `fixed`,
/// `steps` and `decorrelated`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["exponential"]}, {"required": ["fixed"]}, {"required": ["steps"]},
    {"required": ["decorrelated"]}
]))]
pub struct Formula {
    /// Waits that grow by a factor.
    pub exponential: Option<Exponential>,
    /// The same wait every time.
    pub fixed: Option<Fixed>,
    /// A table of waits.
    pub steps: Option<Steps>,
    /// AWS's decorrelated jitter: uniform between `base` and three times the wait before, at most `cap`.
    pub decorrelated: Option<Decorrelated>,
    /// Retries in a row after which the client gives up, at most 65535; without it never.
    pub attempts: Option<u64>,
    /// When the count of retries starts again: `"on_open"` (the default), or
    /// after a connection has been open for so long.
    pub reset: Option<WordOr<OnOpen, SimDuration>>,
    /// What the wait is counted from; the attempt's end by default.
    pub delay_from: Option<DelayFrom>,
}

/// `base x factor^n`, at most `cap`, changed by `jitter`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exponential {
    /// The wait before the first retry.
    pub base: SimDuration,
    /// The growth from one retry to the next, 1 or more; 2 by default.
    pub factor: Option<f64>,
    /// The longest wait, before jitter.
    pub cap: SimDuration,
    /// How chance changes it; `"none"` by default.
    #[serde(default)]
    pub jitter: Jitter,
    /// The wait before the first retry where it differs: `"0s"` for at once.
    /// The second retry then waits `base`.
    pub first: Option<SimDuration>,
}

/// The same wait every time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// The wait.
    pub delay: SimDuration,
    /// How chance changes it; `"none"` by default.
    #[serde(default)]
    pub jitter: Jitter,
}

/// A table of waits.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// The waits before the first retry, the second, ...
    pub delays: Vec<SimDuration>,
    /// The wait after the end of the table; without it the client gives up there.
    pub tail: Option<SimDuration>,
    /// How chance changes it; `"none"` by default.
    #[serde(default)]
    pub jitter: Jitter,
}

/// AWS's decorrelated jitter.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decorrelated {
    /// The shortest wait.
    pub base: SimDuration,
    /// The longest wait.
    pub cap: SimDuration,
}

/// How chance changes a wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Jitter {
    /// Not at all.
    #[default]
    None,
    /// Uniform from nothing to the whole wait.
    Full,
    /// Half of the wait, and uniform from nothing to the other half.
    Equal,
    /// Exponential, with the wait as its mean.
    Exponential,
    /// Uniform within so much below and above: 0.2 is 20%.
    PlusMinus(Fraction),
}

/// What a wait is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DelayFrom {
    /// When the client learns that the attempt failed.
    End,
    /// When the attempt started.
    Start,
}
