//! How many runs fit into memory at once, and the threads that do them.

use super::failure::Failure;
use crate::engine::Bytes;
use crate::observe::SeriesId;
use crate::plan::{Plan, Point, RunId, Warmup};

/// What runs take, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// The largest of them, while it goes on.
    pub largest: u64,
    /// What stays of all until the results are written: their series, and the text that is made
    /// of these.
    pub kept: u64,
}

impl Need {
    /// Of all runs of a plan.
    pub fn of(plan: &Plan) -> Self {
        /// A row of `timeseries.csv`, which stands in `results.json` as well.
        const TEXT: u64 = 2 * 96;
        let kept = plan.points.iter().fold(0, |kept: u64, point| {
            let runs = u64::from(plan.replications).saturating_mul(VALUE).saturating_add(TEXT);
            let policies = point.policies.len() as u64;
            kept.saturating_add(values(point).saturating_mul(runs).saturating_mul(policies))
        });
        let largest = plan.points.iter().map(|point| point.bytes).max().unwrap_or(0);
        Self { largest, kept }
    }

    /// Of the runs of a shard, which are written each with all of its values; its pilot runs are
    /// those of the whole plan.
    pub fn of_shard(plan: &Plan, runs: &[RunId]) -> Self {
        /// A value as text, in two copies while the file is put together.
        const TEXT: u64 = 2 * 20;
        let pilots = plan.points.iter().filter(|point| point.warmup == Warmup::Sought);
        let largest = pilots.map(|point| point.bytes).max().unwrap_or(0);
        runs.iter().fold(Self { largest, kept: 0 }, |need, run| {
            let point = &plan.points[run.point];
            Self {
                largest: need.largest.max(point.bytes),
                kept: need.kept.saturating_add(values(point).saturating_mul(VALUE + TEXT)),
            }
        })
    }
}

/// Bytes of a value of a series.
const VALUE: u64 = 8;

/// How many values the series of a run have.
fn values(point: &Point) -> u64 {
    let world = &point.world;
    let steps = world.duration.as_nanos().div_ceil(world.sample_every.as_nanos().max(1));
    let has_messages = world.messaging.is_some();
    let series = SeriesId::ALL.into_iter().filter(|id| has_messages || !id.is_of_messages());
    steps.saturating_mul(series.count() as u64)
}

/// How many runs of a scenario may go on at once: `threads` of them (0: one a core), or as
/// many as fit into `limit`; without a limit, into what the machine has available now.
///
/// # Errors
/// Not even one run fits.
pub(super) fn concurrent(
    scenario: &str,
    Need { largest, kept }: Need,
    threads: usize,
    limit: Option<Bytes>,
) -> Result<usize, Failure> {
    let Some(limit) = limit.or_else(available) else { return Ok(threads) };
    let fit = limit.as_u64().saturating_sub(kept) / largest.max(1);
    if fit == 0 {
        let needed = largest.saturating_add(kept);
        return Err(Failure::Memory {
            scenario: scenario.to_owned(),
            needed,
            limit: limit.as_u64(),
        });
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

/// A pool of so many threads; 0: one a core.
pub(super) fn threads_of(threads: usize) -> Result<rayon::ThreadPool, Failure> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| Failure::Threads { threads, source })
}
