//! How many runs fit into memory at once.

use super::failure::Failure;
use crate::engine::Bytes;
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
    let needed = plan.points.iter().map(|point| point.bytes).max().unwrap_or(0);
    let fit = limit.as_u64() / needed.max(1);
    if fit == 0 {
        return Err(Failure::Memory { scenario: plan.name.clone(), needed, limit: limit.as_u64() });
    }
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if threads == 0 { cores() } else { threads };
    Ok(usize::try_from(fit).map_or(threads, |fit| fit.min(threads)))
}

/// Memory that can be had without swapping, where the system says it (Linux).
fn available() -> Option<Bytes> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(Bytes::new(kib.saturating_mul(1_024)))
}
