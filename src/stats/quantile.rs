//! Quantiles of a few values.

/// The quantile of values in ascending order, linear between order statistics;
/// `None` without values. `p` is held to [0, 1].
///
/// Source: definition 7 of Hyndman and Fan, "Sample quantiles in statistical
/// packages", The American Statistician 50 (1996): the default of R and `NumPy`.
pub fn of_sorted(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = p.clamp(0.0, 1.0) * last as f64;
    let below = (position as usize).min(last);
    let above = (below + 1).min(last);
    let share = position - below as f64;
    Some(sorted[below] + share * (sorted[above] - sorted[below]))
}
