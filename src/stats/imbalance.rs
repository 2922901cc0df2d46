//! How unevenly a load is spread: four measures of the same counts.
//!
//! Each is `None` where it has no meaning: without servers, or without any load.

/// The busiest over the mean: 1 when even, n when one of n servers has everything. This is
/// the one that decides when the cluster tips over.
pub fn max_over_mean(loads: &[f64]) -> Option<f64> {
    let mean = mean(loads)?;
    Some(loads.iter().copied().fold(0.0, f64::max) / mean)
}

/// Population standard deviation over the mean: 0 when even.
pub fn coefficient_of_variation(loads: &[f64]) -> Option<f64> {
    let mean = mean(loads)?;
    let squares = loads.iter().map(|load| (load - mean) * (load - mean)).sum::<f64>();
    Some((squares / loads.len() as f64).sqrt() / mean)
}

/// Jain's index, (sum x)² / (n sum x²): 1 when even, 1/n when one server has everything.
///
/// Source: Jain, Chiu and Hawe, "A quantitative measure of fairness and
/// discrimination", DEC research report TR-301 (1984).
pub fn jain(loads: &[f64]) -> Option<f64> {
    mean(loads)?;
    let sum = loads.iter().sum::<f64>();
    let squares = loads.iter().map(|load| load * load).sum::<f64>();
    Some(sum * sum / (loads.len() as f64 * squares))
}

/// Gini's coefficient, by order statistics: 0 when even, (n − 1)/n when one server has
/// everything. O(n log n).
pub fn gini(loads: &[f64]) -> Option<f64> {
    mean(loads)?;
    let mut sorted = loads.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let weighted = sorted
        .iter()
        .enumerate()
        .map(|(index, load)| (2.0 * (index as f64 + 1.0) - n - 1.0) * load)
        .sum::<f64>();
    Some(weighted / (n * sorted.iter().sum::<f64>()))
}

/// The mean, where there is one and it is positive.
fn mean(loads: &[f64]) -> Option<f64> {
    let mean = loads.iter().sum::<f64>() / loads.len() as f64;
    (mean > 0.0).then_some(mean)
}
