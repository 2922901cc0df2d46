//! MSER-5: how much of a series' start to forget, read from the series itself.

/// Observations that are averaged into one batch.
const BATCH: usize = 5;

/// Where the warm-up ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation {
    /// Batches of five observations to forget.
    pub batches: usize,
    /// Observations to forget.
    pub observations: usize,
    /// The minimised statistic.
    pub statistic: f64,
    /// Mean of the batches kept.
    pub mean_after: f64,
    /// Whether the minimum lies at the edge of what may be forgotten (half the series):
    /// the run is then too short to tell its warm-up from its steady state.
    pub too_short: bool,
}

/// The truncation that minimises the squared standard error of what is left; `None` for
/// fewer than two full batches. An incomplete last batch is ignored. O(n).
///
/// With batch means z of n batches it is the least d <= n/2 that minimises
/// the sum over j >= d of (`z[j]` − mean)² / (n − d)².
///
/// Source: White, "An effective truncation heuristic for bias reduction in
/// simulation output", Simulation 69 (1997); batches of five: Spratt (1998).
pub fn mser5(series: &[f64]) -> Option<Truncation> {
    let batches: Vec<f64> =
        series.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    let n = batches.len();
    if n < 2 {
        return None;
    }
    let limit = n / 2;
    let mut best: Option<(usize, f64, f64)> = None;
    // From the end, so that mean and squares grow by one batch at a time (Welford).
    let (mut mean, mut squares) = (0.0, 0.0);
    for start in (0..n).rev() {
        let kept = (n - start) as f64;
        let deviation = batches[start] - mean;
        mean += deviation / kept;
        squares += deviation * (batches[start] - mean);
        let statistic = squares / (kept * kept);
        if start <= limit && best.is_none_or(|(_, least, _)| statistic <= least) {
            best = Some((start, statistic, mean));
        }
    }
    let (batches, statistic, mean_after) = best?;
    Some(Truncation {
        batches,
        observations: batches * BATCH,
        statistic,
        mean_after,
        too_short: batches == limit,
    })
}
