//! What came of the validation catalogue: a table for a terminal, Markdown, JSON.

pub mod json;
pub mod markdown;
pub mod text;

use super::terminal::line::Glyphs;
use super::terminal::number::grouped;
use crate::validation::{Fault, Finding, Outcome, Test};

/// A check in words.
struct Written {
    /// What was expected.
    expected: String,
    /// What was measured.
    measured: String,
    /// The sign and half the width of its interval; empty where there is none.
    half_width: String,
}

impl Written {
    fn of(test: &Test, finding: &Finding, replications: u32, glyphs: &Glyphs) -> Self {
        if let Test::Inside { low, high } = *test {
            // Bounds of ranges are counts.
            let expected = format!("{}{}{}", grouped(low, 0), glyphs.missing, grouped(high, 0));
            let measured = finding.measured.map_or_else(
                || glyphs.missing.to_owned(),
                |outside| format!("{outside} of {replications}"),
            );
            return Self { expected, measured, half_width: String::new() };
        }
        let (expected, factor, unit) = match *test {
            Test::Covers { .. } => (0.95, 100.0, "%"),
            _ => (expected(test)[0], 1.0, ""),
        };
        let half = finding.half_width.map(|half| half * factor);
        let decimals = half.map_or_else(|| decimals_of(expected * factor), decimals_for);
        let written = |value: f64| format!("{}{unit}", grouped(value * factor, decimals));
        Self {
            expected: written(expected),
            measured: finding.measured.map_or_else(|| glyphs.missing.to_owned(), written),
            half_width: half.map_or_else(String::new, |half| {
                format!(" {}{}{unit}", glyphs.plus_minus, grouped(half, decimals))
            }),
        }
    }
}

/// The value that is expected; both bounds of a range.
fn expected(test: &Test) -> Vec<f64> {
    match *test {
        Test::Mean { value, .. }
        | Test::Exact(value)
        | Test::Within { value, .. }
        | Test::Covers { value, .. } => vec![value],
        Test::Variance { sd, .. } => vec![sd * sd],
        Test::Simulated(theirs) => vec![theirs.mean],
        Test::Inside { low, high } => vec![low, high],
    }
}

/// The test's name.
const fn name(test: &Test) -> &'static str {
    match test {
        Test::Mean { .. } => "mean",
        Test::Variance { .. } => "variance",
        Test::Simulated(_) => "simulated",
        Test::Exact(_) => "exact",
        Test::Inside { .. } => "inside",
        Test::Within { .. } => "within",
        Test::Covers { .. } => "covers",
    }
}

const fn verdict(fault: Option<Fault>) -> &'static str {
    match fault {
        None => "pass",
        Some(Fault::Differs) => "differs",
        Some(Fault::TooWide) => "too wide",
        Some(Fault::NotMeasured) => "not measured",
    }
}

/// Decimals that show two digits of an error.
fn decimals_for(error: f64) -> usize {
    let mut decimals = 0;
    let mut scaled = error.abs();
    while scaled > 0.0 && scaled < 9.95 && decimals < 9 {
        scaled *= 10.0;
        decimals += 1;
    }
    decimals
}

/// Decimals that a number has, up to 6.
fn decimals_of(number: f64) -> usize {
    let is_whole = |decimals: &usize| {
        let scaled = number * [1.0, 1e1, 1e2, 1e3, 1e4, 1e5][*decimals];
        (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1.0)
    };
    (0..6).find(is_whole).unwrap_or(6)
}

/// How many cases and quantities passed, in a sentence; then which cases failed.
fn counts(outcomes: &[Outcome<'_>]) -> String {
    let counted = |count: usize, one: &str, many: &str| {
        format!("{} {}", grouped(count as f64, 0), if count == 1 { one } else { many })
    };
    let quantities: usize = outcomes.iter().map(|outcome| outcome.findings.len()).sum();
    let cases = counted(outcomes.len(), "case", "cases");
    let all = format!("{cases}, {}", counted(quantities, "quantity", "quantities"));
    let failed: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| !outcome.passes())
        .map(|outcome| outcome.case.id.as_str())
        .collect();
    match failed.len() {
        0 if outcomes.len() == 1 => format!("{all}: it passes."),
        0 => format!("{all}: all pass."),
        1 => format!("{all}: 1 fails, {}.", failed[0]),
        many => format!("{all}: {many} fail, {}.", failed.join(", ")),
    }
}

/// What the signs mean, and who was run twice.
fn notes(outcomes: &[Outcome<'_>], plus_minus: &str) -> String {
    let mut text = format!(
        "{plus_minus} is half a 99.9% interval; beside a simulated reference, 3.9 standard errors of both."
    );
    let twice: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| outcome.round > 1)
        .map(|outcome| outcome.case.id.as_str())
        .collect();
    if !twice.is_empty() {
        text += &format!(
            " Run again with fresh seeds and four times the replications: {}.",
            twice.join(", ")
        );
    }
    text
}
