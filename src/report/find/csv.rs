//! For spreadsheets: one row a policy.

use super::unit;
use crate::report::csv::{Table, bounds, exact};
use crate::stats::Tipping;

/// The answer as CSV: policy, unit, mean, `ci_low`, `ci_high`, `at_least`, `at_most` (what is
/// certain of the mean where replications were cut off), n, below, above, runs.
pub fn render(tipping: &Tipping) -> Vec<u8> {
    let (factor, unit) = unit(tipping.find.grid.kind);
    let written = |value: Option<f64>| exact(value.map(|value| value * factor));
    let mut table = Table::new(&[
        "policy", "unit", "mean", "ci_low", "ci_high", "at_least", "at_most", "n", "below",
        "above", "runs",
    ]);
    for case in &tipping.cases {
        let [low, high] = bounds(case.ci95);
        let [at_least, at_most] = case.within;
        table.row(&[
            &case.policy,
            unit,
            &written(case.mean),
            &written(low),
            &written(high),
            &written(at_least),
            &written(at_most),
            &case.searched.len().to_string(),
            &case.below.to_string(),
            &case.above.to_string(),
            &case.runs.to_string(),
        ]);
    }
    table.finish()
}
