//! How many runs fit into memory at once.

use super::failure::Failure;
use crate::engine::Bytes;
use crate::observe::SeriesId;
use crate::plan::Plan;

/// How many runs of a plan may go on at once: `threads` of them (0: one a core), or as
/// many as fit into `limit`; without a limit, into what the machine has available now.
///
/// # Errors
/// Not even one run fits.
pub(super) fn concurrent(
    plan: &Plan,
    threads: usize,
    limit: Option<Bytes>,
) -> Result<usize, Failure> {
    let Some(limit) = limit.or_else(available) else { return Ok(threads) };
    let needed = largest(plan);
    let kept = kept(plan);
    let fit = limit.as_u64().saturating_sub(kept) / needed.max(1);
    if fit == 0 {
        let needed = needed.saturating_add(kept);
        return Err(Failure::Memory { scenario: plan.name.clone(), needed, limit: limit.as_u64() });
    }
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if threads == 0 { cores() } else { threads };
    Ok(usize::try_from(fit).map_or(threads, |fit| fit.min(threads)))
}

/// What the largest run takes while it goes on, in bytes.
pub(super) fn largest(plan: &Plan) -> u64 {
    plan.points.iter().map(|point| point.bytes).max().unwrap_or(0)
}

/// What stays of all runs until the results are written, in bytes: their series, and the text
/// that is made of these.
pub(super) fn kept(plan: &Plan) -> u64 {
    /// A row of `timeseries.csv`, which stands in `results.json` as well.
    const TEXT: u64 = 2 * 96;
    plan.points.iter().fold(0, |kept, point| {
        let world = &point.world;
        let steps = world.duration.as_nanos().div_ceil(world.sample_every.as_nanos().max(1));
        let has_messages = world.messaging.is_some();
        let series = SeriesId::ALL.into_iter().filter(|id| has_messages || !id.is_of_messages());
        let rows = steps.saturating_mul(series.count() as u64);
        let runs = u64::from(plan.replications).saturating_mul(8).saturating_add(TEXT);
        let policies = point.policies.len() as u64;
        kept.saturating_add(rows.saturating_mul(runs).saturating_mul(policies))
    })
}

/// Memory that can be had without swapping, where the system says it (Linux).
fn available() -> Option<Bytes> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(Bytes::new(kib.saturating_mul(1_024)))
}
