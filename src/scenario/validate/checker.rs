//! What all checks share: where they are, and the list of what is wrong.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::engine::SimDuration;
use crate::scenario::diagnostic::{Code, Diagnostic};
use crate::scenario::document::Document;
use crate::scenario::files::Files;
use crate::scenario::path::Path;
use crate::scenario::typed::written;

/// Collects every fault of one scenario.
///
/// A check that finds one reports it and goes on with some value that is in
/// range; the plan made with it is thrown away at the end.
pub struct Checker<'a> {
    /// What is checked, with the places of its values.
    pub document: &'a Document,
    /// The files that it names.
    pub files: &'a mut Files,
    /// When the run ends; the longest time until that is known.
    pub end: SimDuration,
    /// Who asks for how many clients, for the estimate of memory.
    pub demands: Vec<Demand>,
    faults: Vec<Diagnostic>,
}

/// How much the load factors of a run multiply its arrivals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// The seconds of the run, each weighted by the factors that are active then.
    pub seconds: f64,
    /// The highest product of factors.
    pub highest: f64,
}

/// Clients that a field asks for.
#[derive(Clone, Debug)]
pub struct Demand {
    /// The field.
    pub path: Path,
    /// How many, or how many per second.
    pub amount: f64,
    /// Whether `amount` is per second.
    pub is_rate: bool,
    /// Of a rate: its highest over its mean.
    pub peak: f64,
    /// Of a rate: how many seconds a client stays on average; their places are used again.
    pub stays: f64,
    /// Of a rate: how many clients of the start go while those of this rate come.
    pub replaces: f64,
}

impl Demand {
    /// How many clients it adds at most to those present at the same time.
    ///
    /// Of a rate: those that come, or, if that is less, those in equilibrium at its
    /// highest (Little's law) beyond those that they replace, and six standard deviations
    /// of a Poisson number.
    pub fn clients(&self, load: Load) -> f64 {
        if !self.is_rate {
            return self.amount;
        }
        let present = self.amount * self.peak * load.highest * self.stays;
        let beyond = (present - self.replaces).max(0.0) + 6.0 * present.sqrt();
        // Not a number without clients that stay for ever.
        (self.amount * load.seconds).min(if beyond.is_nan() { f64::INFINITY } else { beyond })
    }
}

impl<'a> Checker<'a> {
    /// Nothing found yet.
    pub const fn new(document: &'a Document, files: &'a mut Files) -> Self {
        Self { document, files, end: SimDuration::MAX, demands: Vec::new(), faults: Vec::new() }
    }

    /// Notes that the field asks for so many clients.
    pub fn expected_clients(&mut self, path: &Path, amount: f64) {
        let (peak, stays, replaces) = (1.0, f64::INFINITY, 0.0);
        let path = path.clone();
        self.demands.push(Demand { path, amount, is_rate: false, peak, stays, replaces });
    }

    /// Notes that the field asks for so many clients per second on average, and for
    /// `peak` times as many at its highest.
    pub fn expected_rate(&mut self, path: &Path, amount: f64, peak: f64) {
        let (stays, replaces) = (f64::INFINITY, 0.0);
        let path = path.clone();
        self.demands.push(Demand { path, amount, is_rate: true, peak, stays, replaces });
    }

    /// All that was found.
    pub fn into_faults(self) -> Vec<Diagnostic> {
        self.faults
    }

    /// Notes a fault.
    pub fn report(&mut self, fault: Diagnostic) {
        self.faults.push(fault);
    }

    /// A fault of the value at `path`.
    pub fn at(
        &self,
        path: &Path,
        code: Code,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(code, message).about(path).at(self.document.value_span(path, label))
    }

    /// Reports that the value at `path` is not `expected`.
    pub fn out_of_range(&mut self, path: &Path, met: impl Display, expected: &str) {
        let message = format!("`{path}` is {met}: expected {expected}");
        let fault = self.at(path, Code::OutOfRange, message, format!("expected {expected}"));
        self.report(fault);
    }

    /// A count within its range; the lower end in place of one that is not.
    pub fn count(&mut self, path: &Path, met: u64, range: RangeInclusive<u32>) -> u32 {
        let low = *range.start();
        self.count_within(path, met, range).unwrap_or(low)
    }

    /// A count within its range; nothing in place of one that is not, where any other number
    /// would lead to faults that are none.
    pub fn count_within(
        &mut self,
        path: &Path,
        met: u64,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let count = u32::try_from(met).ok().filter(|count| range.contains(count));
        if count.is_none() {
            let (low, high) = range.into_inner();
            self.out_of_range(path, met, &format!("{low} to {}", grouped(u64::from(high))));
        }
        count
    }

    /// A number within its range; the lower end in place of one that is not.
    pub fn number(&mut self, path: &Path, met: f64, low: f64, high: f64) -> f64 {
        if (low..=high).contains(&met) {
            return met;
        }
        // The limits are whole numbers.
        let high = grouped(high as u64);
        self.out_of_range(path, written(met), &format!("{low} to {high}"));
        low
    }

    /// A duration of at least `least`.
    pub fn at_least(&mut self, path: &Path, met: SimDuration, least: SimDuration) -> SimDuration {
        if met < least {
            self.out_of_range(path, met, &format!("at least {least}"));
        }
        met.max(least)
    }

    /// A duration above 0.
    pub fn positive(&mut self, path: &Path, met: SimDuration) -> SimDuration {
        if met.is_zero() {
            self.out_of_range(path, met, "more than 0s");
        }
        met.max(SimDuration::from_nanos(1))
    }

    /// Reports what would begin only when the run is over.
    pub fn before_the_end(&mut self, what: &Path, at: SimDuration) {
        if at < self.end {
            return;
        }
        let message = format!("`{what}` is at {at}, but the run ends at {}", self.end);
        let end = Path::root().field("duration");
        let end = self.document.value_span(&end, "the run ends here");
        let fault = self
            .at(&what.field("at"), Code::AfterTheEnd, message, "this would never happen")
            .at(end);
        self.report(fault);
    }

    /// The one field that is there; reports none, and more than one.
    pub fn exactly_one<'f>(
        &mut self,
        path: &Path,
        what: &str,
        fields: &[(&'f str, bool)],
    ) -> Option<&'f str> {
        let all: Vec<String> = fields.iter().map(|(name, _)| format!("`{name}`")).collect();
        let here: Vec<&str> =
            fields.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| *name).collect();
        match here.as_slice() {
            [one] => return Some(one),
            [] => {
                let message = format!("{what} at `{path}` has none of {}", all.join(", "));
                let span = self.document.opening_span(path, "expected exactly one of them");
                self.report(Diagnostic::new(Code::ChooseOne, message).about(path).at(span));
            }
            [first, second, ..] => {
                let message = format!("{what} at `{path}` has both `{first}` and `{second}`");
                let span = |field: &str, label| self.document.name_span(&path.field(field), label);
                let fault = Diagnostic::new(Code::ChooseOne, message)
                    .about(path)
                    .at(span(second, "one too many"))
                    .at(span(first, "the other"))
                    .with_help(format!("give exactly one of {}", all.join(", ")));
                self.report(fault);
            }
        }
        None
    }
}

/// The number with a comma after every third digit.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart() {
        let written: Vec<String> = [0, 999, 1_000, 1_234_567].map(grouped).to_vec();
        assert_eq!(written, ["0", "999", "1,000", "1,234,567"]);
    }
}
