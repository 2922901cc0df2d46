//! How results and samples are read back from a file: names become the definitions that they
//! stand for, and what JSON cannot say is said as `null`.

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

/// The series of a run: most of what is kept of it, so whole numbers go without a fraction.
pub mod series {
    use serde::Serialize;
    use serde::ser::Serializer;

    use super::{Deserialize, Deserializer};
    use crate::engine::SimDuration;
    use crate::observe::Series;

    #[derive(Serialize)]
    struct Written {
        step: SimDuration,
        rows: Vec<Vec<Number>>,
    }

    #[derive(Deserialize)]
    struct Read {
        step: SimDuration,
        rows: Vec<Vec<f64>>,
    }

    /// A number that reads back as the same float.
    struct Number(f64);

    impl Serialize for Number {
        fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
            let whole = self.0 as u32;
            // Bits, since −0 is not 0.
            if f64::from(whole).to_bits() == self.0.to_bits() {
                writer.serialize_u32(whole)
            } else {
                writer.serialize_f64(self.0)
            }
        }
    }

    /// Writes every value of every row.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn serialize<S: Serializer>(series: &Series, writer: S) -> Result<S::Ok, S::Error> {
        let numbers = |row: &Vec<f64>| row.iter().copied().map(Number).collect();
        Written { step: series.step, rows: series.rows.iter().map(numbers).collect() }
            .serialize(writer)
    }

    /// Reads them.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    pub fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<Series, D::Error> {
        Read::deserialize(reader).map(|Read { step, rows }| Series { step, rows })
    }
}

/// The latency quantiles of a run: its measures alone, since the rows are always the same.
pub mod latency {
    use serde::ser::Serializer;

    use super::{Deserialize, Deserializer, Error};
    use crate::stats::metrics::Measure;
    use crate::stats::sample::{LatencySample, latency_rows};

    /// Writes the measures.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn serialize<S: Serializer>(rows: &[LatencySample], writer: S) -> Result<S::Ok, S::Error> {
        writer.collect_seq(rows.iter().map(|row| row.measure))
    }

    /// Reads as many as there are rows.
    ///
    /// # Errors
    ///
    /// When there are more or fewer.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        reader: D,
    ) -> Result<Vec<LatencySample>, D::Error> {
        let measures = Vec::<Option<Measure>>::deserialize(reader)?;
        let expected = latency_rows().count();
        if measures.len() != expected {
            let found = measures.len();
            return Err(D::Error::custom(format_args!(
                "{found} latencies where there are {expected}"
            )));
        }
        let named = latency_rows().zip(measures);
        Ok(named
            .map(|((latency, quantile), measure)| LatencySample { latency, quantile, measure })
            .collect())
    }
}
