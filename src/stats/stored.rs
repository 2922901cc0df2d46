//! How results are read back from a file: names become the definitions that they stand
//! for, and what JSON cannot say is said as `null`.

use serde::{Deserialize, Deserializer, de::Error};

use super::Metric;

/// The name of a metric of [`super::METRICS`]. (An alias, since derived readers take a
/// plain reference for a part of their input.)
pub type MetricName = &'static str;

/// Reads the name of a metric.
///
/// # Errors
///
/// When there is no such metric.
pub fn metric_name<'de, D: Deserializer<'de>>(reader: D) -> Result<MetricName, D::Error> {
    metric::deserialize(reader).map(|metric| metric.name)
}

fn named<E: Error>(name: &str) -> Result<&'static Metric, E> {
    Metric::named(name).ok_or_else(|| E::custom(format_args!("there is no metric `{name}`")))
}

/// A metric, by its name.
pub mod metric {
    use std::borrow::Cow;

    use serde::Serializer;

    use super::{Deserialize, Deserializer, Metric, named};

    /// Writes its name.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn serialize<S: Serializer>(metric: &Metric, writer: S) -> Result<S::Ok, S::Error> {
        writer.serialize_str(metric.name)
    }

    /// Reads its name.
    ///
    /// # Errors
    ///
    /// When there is no such metric.
    pub fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<&'static Metric, D::Error> {
        named(&Cow::<str>::deserialize(reader)?)
    }
}

/// A number that may be infinite, which is `null` in JSON.
pub mod unbounded {
    use serde::{Serialize, Serializer};

    use super::{Deserialize, Deserializer};

    /// Writes a finite number, or nothing.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "derived writers pass references")]
    pub fn serialize<S: Serializer>(value: &f64, writer: S) -> Result<S::Ok, S::Error> {
        value.is_finite().then_some(*value).serialize(writer)
    }

    /// Reads a number, or infinity.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    pub fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<f64, D::Error> {
        Ok(Option::<f64>::deserialize(reader)?.unwrap_or(f64::INFINITY))
    }
}
