//! Where a policy tips over.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A search for the lowest value of a field from which a run meets a criterion. Every policy
/// and every replication has its own, found by bisection.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// The field that is varied, as `--set` names it: `events[0].disconnect.fraction`,
    /// `servers.count`, `policies[ring].reconnect.exponential.cap`.
    pub vary: String,
    /// The lowest and the highest value, as the field is written: `[0, 1]`, `["1s", "30s"]`.
    #[schemars(length(min = 2, max = 2))]
    pub between: Vec<Quantity>,
    /// When a run counts as tipped over.
    #[serde(rename = "where")]
    pub criterion: Criterion,
    /// The distance of the values that are tried, written as they are.
    pub precision: Quantity,
}

/// What a run that has tipped over shows, in one of two ways.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// The name of a metric (`ringstorm metrics`).
    pub metric: String,
    /// It is below this, in the metric's unit.
    pub falls_below: Option<f64>,
    /// It is above this, in the metric's unit.
    pub rises_above: Option<f64>,
}

/// A quantity of any kind, as it is written.
///
/// Not an `Amount`: that is the schema's name for servers in a rollout, and schemas written by
/// hand are told apart by their names alone.
#[derive(Clone, Debug, PartialEq)]
pub enum Quantity {
    /// A number.
    Number(f64),
    /// A text with a unit.
    Text(String),
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => write!(f, "\"{text}\""),
        }
    }
}

struct QuantityVisitor;

impl Visitor<'_> for QuantityVisitor {
    type Value = Quantity;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a text with a unit such as \"30s\"")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Quantity, E> {
        Ok(Quantity::Number(number as f64))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Quantity, E> {
        Ok(Quantity::Number(number as f64))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Quantity, E> {
        Ok(Quantity::Number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Quantity, E> {
        Ok(Quantity::Text(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(QuantityVisitor)
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "description": "A quantity as the varied field is written: a number, or a text with a unit."
        })
    }
}
