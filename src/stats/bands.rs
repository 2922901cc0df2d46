//! Series over replications: mean, interval and spread at every step, in six significant
//! digits. Nobody sees more in a chart, result files are a third of the size, and what is
//! drawn from the files is what is drawn after a run.

use super::interval::{Estimate, critical};
use super::quantile::of_sorted;
use super::results::Band;
use crate::observe::{Series, SeriesId};

/// One band for each series, in the order of [`SeriesId::ALL`]; as long as the shortest
/// replication. O(steps x n log n) for n replications.
pub fn bands(replications: &[&Series]) -> Vec<Band> {
    let reach = critical(replications.len() as u32);
    SeriesId::ALL.into_iter().map(|id| band(id, replications, reach)).collect()
}

/// `reach`: half the width of the interval, in standard errors.
fn band(id: SeriesId, replications: &[&Series], reach: f64) -> Band {
    let rows: Vec<&[f64]> = replications.iter().map(|series| series.row(id)).collect();
    let steps = rows.iter().map(|row| row.len()).min().unwrap_or(0);
    let column = || Vec::with_capacity(steps);
    let mut band = Band {
        id,
        mean: column(),
        ci_low: column(),
        ci_high: column(),
        median: column(),
        low: column(),
        high: column(),
    };
    let mut values = Vec::with_capacity(rows.len());
    for step in 0..steps {
        values.clear();
        values.extend(rows.iter().map(|row| row[step]));
        values.sort_by(f64::total_cmp);
        let Some(estimate) = Estimate::of(&values) else { break };
        let half = reach * estimate.standard_error();
        // The values are there, so each quantile is; 0 is never used.
        let at = |p| of_sorted(&values, p).unwrap_or_default();
        band.mean.push(rounded(estimate.mean));
        band.ci_low.push(rounded(estimate.mean - half));
        band.ci_high.push(rounded(estimate.mean + half));
        band.median.push(rounded(at(0.5)));
        band.low.push(rounded(at(0.025)));
        band.high.push(rounded(at(0.975)));
    }
    band
}

/// The number of six significant digits that is nearest; never −0.
pub fn rounded(value: f64) -> f64 {
    // Whole numbers of up to six digits are most of all values and need no text.
    if value.fract() == 0.0 && value.abs() < 1e6 {
        return value + 0.0;
    }
    // Decimal formatting rounds exactly, and what it prints always parses.
    format!("{value:.5e}").parse().unwrap_or(value) + 0.0
}
