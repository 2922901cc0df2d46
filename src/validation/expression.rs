//! What is measured of a run, as text: `connect_mean`, `rejected / attempts`,
//! `zero(trying@10)`.
//!
//! | form | value |
//! |---|---|
//! | `connect_mean` | a metric of `ringstorm metrics`, or one of the totals below |
//! | `connected@15` | a series of `timeseries.csv` at the sampling step that ends at 15 s |
//! | `busy_until(utilisation)` | how long a series is 1 from the start on, the last step in part, in s |
//! | `zero(x)` | 1 where `x` is 0, else 0 |
//! | `+ - * / ( )`, numbers | arithmetic |
//!
//! Totals after the warm-up: `arrivals`, `handshakes`, `handshakes_without_wait`, `moved`,
//! `seconds` (the time they cover), and `connect_max`, the longest time to connect in s, to 0.1%.

use thiserror::Error;

use crate::observe::{Observations, SeriesId};
use crate::stats::{self, Measured, Metric};

/// A number that a run gives; made by [`Expression::parse`].
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// Itself.
    Number(f64),
    /// A metric.
    Metric(&'static Metric),
    /// A total.
    Total(Total),
    /// A series at the step that ends at so many seconds.
    At(SeriesId, f64),
    /// How long a series is 1 from the start on.
    BusyUntil(SeriesId),
    /// 1 where it is 0.
    Zero(Box<Expression>),
    /// Two of them.
    Both(Box<Expression>, Operator, Box<Expression>),
}

/// What is done with two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Their sum.
    Add,
    /// The first less the second.
    Subtract,
    /// Their product.
    Multiply,
    /// The first over the second.
    Divide,
}

/// A total of a run that is no metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// Clients that arrived.
    Arrivals,
    /// Handshakes begun.
    Handshakes,
    /// Handshakes that found a worker idle.
    HandshakesWithoutWait,
    /// Connections closed by the rebalancing rule.
    Moved,
    /// Seconds that the totals cover.
    Seconds,
    /// The longest time to connect.
    ConnectMax,
    /// Attempts per second in the sampling step that has most.
    BusiestStep,
}

const TOTALS: [(&str, Total); 7] = [
    ("arrivals", Total::Arrivals),
    ("handshakes", Total::Handshakes),
    ("handshakes_without_wait", Total::HandshakesWithoutWait),
    ("moved", Total::Moved),
    ("seconds", Total::Seconds),
    ("connect_max", Total::ConnectMax),
    ("busiest_step", Total::BusiestStep),
];

/// A text that means no number.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoExpression {
    /// A name that nothing has.
    #[error("`{0}` is no metric, total or series")]
    Unknown(String),
    /// Something else should stand there.
    #[error("expected {expected} at `{rest}`")]
    Expected {
        /// What.
        expected: &'static str,
        /// The text from there on.
        rest: String,
    },
}

/// A run, with its metrics measured once for all that is read from it.
pub struct Run<'a> {
    observations: &'a Observations,
    metrics: Vec<Measured>,
}

impl<'a> Run<'a> {
    /// Measures a run.
    pub fn of(observations: &'a Observations) -> Self {
        Self { observations, metrics: stats::measure(observations) }
    }

    fn total(&self, total: Total) -> f64 {
        let counts = &self.observations.counts;
        match total {
            Total::Arrivals => counts.arrivals as f64,
            Total::Handshakes => counts.handshakes as f64,
            Total::HandshakesWithoutWait => counts.handshakes_without_wait as f64,
            Total::Moved => counts.moved as f64,
            Total::Seconds => counts.span.as_secs_f64(),
            Total::ConnectMax => {
                let connect = &self.observations.connect;
                connect.median_equivalent(connect.max()) as f64 / 1e9
            }
            Total::BusiestStep => {
                let attempts = self.observations.series.row(SeriesId::Attempts);
                attempts.iter().copied().fold(0.0, f64::max)
            }
        }
    }

    fn metric(&self, metric: &Metric) -> Option<f64> {
        let found = self.metrics.iter().find(|measured| measured.metric.name == metric.name)?;
        found.measure.known()
    }

    fn at(&self, series: SeriesId, seconds: f64) -> Option<f64> {
        let steps = (seconds / self.observations.series.step.as_secs_f64()).round() as usize;
        self.observations.series.row(series).get(steps.checked_sub(1)?).copied()
    }

    fn busy_until(&self, series: SeriesId) -> Option<f64> {
        let row = self.observations.series.row(series);
        let step = row.iter().position(|share| *share < 1.0)?;
        Some((step as f64 + row[step]) * self.observations.series.step.as_secs_f64())
    }
}

impl Expression {
    /// Reads a text.
    ///
    /// # Errors
    /// A name that nothing has, or something that should not stand there.
    pub fn parse(text: &str) -> Result<Self, NoExpression> {
        let mut reader = Reader { rest: text.trim() };
        let whole = reader.sum()?;
        if reader.rest.is_empty() { Ok(whole) } else { Err(reader.expected("an end")) }
    }

    /// Its value in a run; `None` where something of it does not exist there or was cut off by
    /// the run's end, and where it is no finite number.
    pub fn value(&self, run: &Run<'_>) -> Option<f64> {
        let value = match self {
            Self::Number(number) => *number,
            Self::Metric(metric) => run.metric(metric)?,
            Self::Total(total) => run.total(*total),
            Self::At(series, seconds) => run.at(*series, *seconds)?,
            Self::BusyUntil(series) => run.busy_until(*series)?,
            Self::Zero(inner) => f64::from(u8::from(inner.value(run)? == 0.0)),
            Self::Both(left, operator, right) => {
                let (left, right) = (left.value(run)?, right.value(run)?);
                match operator {
                    Operator::Add => left + right,
                    Operator::Subtract => left - right,
                    Operator::Multiply => left * right,
                    Operator::Divide => left / right,
                }
            }
        };
        value.is_finite().then_some(value)
    }
}

/// A text that is read from its start on; blanks before what is next are gone.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn sum(&mut self) -> Result<Expression, NoExpression> {
        let mut sum = self.product()?;
        while let Some(operator) = self.operator([('+', Operator::Add), ('-', Operator::Subtract)])
        {
            sum = Expression::Both(Box::new(sum), operator, Box::new(self.product()?));
        }
        Ok(sum)
    }

    fn product(&mut self) -> Result<Expression, NoExpression> {
        let mut product = self.factor()?;
        while let Some(operator) =
            self.operator([('*', Operator::Multiply), ('/', Operator::Divide)])
        {
            product = Expression::Both(Box::new(product), operator, Box::new(self.factor()?));
        }
        Ok(product)
    }

    fn factor(&mut self) -> Result<Expression, NoExpression> {
        if self.take('(') {
            let inner = self.sum()?;
            self.close()?;
            return Ok(inner);
        }
        if self.rest.starts_with(|next: char| next.is_ascii_digit()) {
            return self.number().map(Expression::Number);
        }
        let name = self.word(|next| next.is_ascii_alphanumeric() || next == '_');
        if name.is_empty() {
            return Err(self.expected("a name or a number"));
        }
        if self.take('@') {
            let series = series(name)?;
            return Ok(Expression::At(series, self.number()?));
        }
        if self.take('(') {
            let inner = match name {
                "zero" => Expression::Zero(Box::new(self.sum()?)),
                "busy_until" => {
                    let name = self.word(|next| next.is_ascii_alphanumeric() || next == '_');
                    Expression::BusyUntil(series(name)?)
                }
                other => return Err(NoExpression::Unknown(other.to_owned())),
            };
            self.close()?;
            return Ok(inner);
        }
        let total = TOTALS.iter().find(|(known, _)| *known == name);
        let total = total.map(|(_, total)| Expression::Total(*total));
        total
            .or_else(|| Metric::named(name).map(Expression::Metric))
            .ok_or_else(|| NoExpression::Unknown(name.to_owned()))
    }

    fn number(&mut self) -> Result<f64, NoExpression> {
        let before = self.rest;
        let digits = self.word(|next| next.is_ascii_digit() || next == '.');
        digits.parse().map_err(|_| Reader { rest: before }.expected("a number"))
    }

    fn operator(&mut self, of: [(char, Operator); 2]) -> Option<Operator> {
        of.into_iter().find_map(|(sign, operator)| self.take(sign).then_some(operator))
    }

    fn close(&mut self) -> Result<(), NoExpression> {
        if self.take(')') { Ok(()) } else { Err(self.expected("`)`")) }
    }

    fn take(&mut self, sign: char) -> bool {
        let after = self.rest.strip_prefix(sign);
        if let Some(after) = after {
            self.rest = after.trim_start();
        }
        after.is_some()
    }

    fn word(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|next| !is_part(next)).unwrap_or(self.rest.len());
        let (word, after) = self.rest.split_at(end);
        self.rest = after.trim_start();
        word
    }

    fn expected(&self, expected: &'static str) -> NoExpression {
        NoExpression::Expected { expected, rest: self.rest.to_owned() }
    }
}

fn series(name: &str) -> Result<SeriesId, NoExpression> {
    let found = SeriesId::ALL.into_iter().find(|series| series.name() == name);
    found.ok_or_else(|| NoExpression::Unknown(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = |text: &str| Expression::parse(text).unwrap_err().to_string();
        assert_eq!(error("conect_mean * 2"), "`conect_mean` is no metric, total or series");
        assert_eq!(error("accepted /"), "expected a name or a number at ``");
        assert_eq!(error("(accepted + 1"), "expected `)` at ``");
        assert_eq!(error("connected@soon"), "expected a number at `soon`");
        assert_eq!(error("attempts attempts"), "expected an end at `attempts`");
        assert_eq!(error("last(queued)"), "`last` is no metric, total or series");
    }
}
