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
            let of_cluster = values(point).saturating_mul(runs);
            let of_each = of_cluster.saturating_add(of_servers(point));
            kept.saturating_add(of_each.saturating_mul(point.policies.len() as u64))
        });
        let largest = plan.points.iter().map(|point| point.bytes).max().unwrap_or(0);
        let kept = kept.saturating_add(of_files(plan));
        Self { largest, kept }
    }

    /// Of the runs of a shard, which are written each with all of its values; its pilot runs are
    /// those of the whole plan.
    pub fn of_shard(plan: &Plan, runs: &[RunId]) -> Self {
        /// A value as text, in two copies while the file is put together.
        const TEXT: u64 = 2 * 20;
        let pilots = plan.points.iter().filter(|point| point.warmup == Warmup::Sought);
        let largest = pilots.map(|point| point.bytes).max().unwrap_or(0);
        runs.iter().fold(Self { largest, kept: of_files(plan) }, |need, run| {
            let point = &plan.points[run.point];
            let of_cluster = values(point).saturating_mul(VALUE + TEXT);
            let of_servers = if run.replication == 0 { of_servers(point) } else { 0 };
            Self {
                largest: need.largest.max(point.bytes),
                kept: need.kept.saturating_add(of_cluster).saturating_add(of_servers),
            }
        })
    }
}

/// Bytes of the files that the scenario names: as they were read, in the plan, in the results,
/// as the copy that is written, and as text in `results.json`.
fn of_files(plan: &Plan) -> u64 {
    const COPIES: u64 = 5;
    let bytes: usize = plan.files.iter().map(|file| file.text.len()).sum();
    (bytes as u64).saturating_mul(COPIES)
}

/// Bytes of a value of a series.
const VALUE: u64 = 8;

/// Bytes of the servers of replication 0: at each sampling step three numbers, a row of
/// `servers.csv`, and what stands in `results.json`.
fn of_servers(point: &Point) -> u64 {
    const A_STEP: u64 = 12 + 30 + 8;
    steps(point).saturating_mul(point.servers).saturating_mul(A_STEP)
}

/// Sampling steps of a run.
fn steps(point: &Point) -> u64 {
    let world = &point.world;
    world.duration.as_nanos().div_ceil(world.sample_every.as_nanos().max(1))
}

/// How many values the series of a run have.
fn values(point: &Point) -> u64 {
    let has_messages = point.world.messaging.is_some();
    let series = SeriesId::ALL.into_iter().filter(|id| has_messages || !id.is_of_messages());
    steps(point).saturating_mul(series.count() as u64)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{self, Overrides};

    /// Rows of servers outweigh what a run takes: three thousand servers looked at a hundred
    /// times a second for a minute.
    #[test]
    fn what_is_kept_of_servers_counts() {
        let text = r#"{
          "name": "many", "duration": "1m", "sample_every": "10ms",
          "clients": {"connected": 10, "presence": "1h"}, "servers": {"count": 3000},
          "policies": [{"name": "even", "balance": "round_robin"}]
        }"#;
        let path = std::path::Path::new("");
        let plan = scenario::read_text("many.json", text, path, &Overrides::default());
        let need = Need::of(&plan.expect("it is right"));
        let rows = 3_000 * 6_000;
        assert!(need.kept > rows * 38, "a row is about 26 bytes of text, 8 more of JSON, and 12");
        assert!(need.kept < rows * 60, "{}", need.kept);
    }
}
