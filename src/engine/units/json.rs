//! The quantities in JSON: as people write them, with the same errors and a schema.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Bytes, Fraction, Quantity, QuantityError, Rate, SimDuration};

/// Reads a `T` from a string; a bare number is told which unit it lacks.
struct Text<T> {
    expected: Quantity,
    target: PhantomData<T>,
}

impl<T: FromStr<Err = QuantityError>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, .. } = self;
        write!(f, "a {expected} such as \"{}\" (units: {})", expected.example(), expected.units())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.visit_f64(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        let (expected, text) = (self.expected, number.to_string());
        Err(E::custom(if number < 0.0 {
            QuantityError::Negative { expected, text }
        } else {
            QuantityError::NoUnit { expected, text }
        }))
    }
}

/// Reads a fraction from a number or a string.
struct Share;

impl Visitor<'_> for Share {
    type Value = Fraction;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fraction: a number from 0 to 1, or a percentage such as \"5%\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Fraction, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Fraction, E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Fraction, E> {
        self.visit_f64(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Fraction, E> {
        let (expected, text) = (Quantity::Fraction, number.to_string());
        Fraction::new(number).ok_or_else(|| {
            if number < 0.0 {
                E::custom(QuantityError::Negative { expected, text })
            } else if number > 1.0 {
                E::custom(QuantityError::TooLarge { expected, text })
            } else {
                E::invalid_value(Unexpected::Float(number), &self)
            }
        })
    }
}

/// JSON for a quantity that is always a string.
macro_rules! as_text {
    ($($target:ty: $quantity:expr, $name:literal, $pattern:literal, $doc:literal;)+) => {$(
        impl<'de> Deserialize<'de> for $target {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Text { expected: $quantity, target: PhantomData })
            }
        }

        impl Serialize for $target {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $target {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "description": $doc,
                    "examples": [$quantity.example()],
                })
            }
        }
    )+};
}

as_text! {
    SimDuration: Quantity::Duration, "Duration", r"^[0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d)$",
        "A length of time with its unit: ns, us, ms, s, m, h or d.";
    Rate: Quantity::Rate, "Rate", r"^[0-9]+(\.[0-9]+)?[kM]?/(s|m|h|d)$",
        "How often: a number per s, m, h or d; k is a thousand, M a million.";
    Bytes: Quantity::Size, "Size", r"^[0-9]+(\.[0-9]+)?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$",
        "A size with its unit: kB is 1,000 bytes, KiB is 1,024.";
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Share)
    }
}

impl Serialize for Fraction {
    /// As the number.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

impl JsonSchema for Fraction {
    fn schema_name() -> Cow<'static, str> {
        "Fraction".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A share of a whole: a number from 0 to 1, or a percentage.",
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?%?$"},
            ],
            "examples": [0.05, Quantity::Fraction.example()],
        })
    }
}
