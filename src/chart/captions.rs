//! Phrases that several charts share.

use super::cases::{self, Case};
use super::load::spread::lives_at;
use super::words;
use crate::stats::{PointResults, Results};

/// How much was run: `20 replications, seed 1`, or `one run, seed 1`.
pub fn runs(results: &Results) -> String {
    match results.replications {
        0 | 1 => format!("one run, seed {}", results.seed),
        many => format!("{many} replications, seed {}", results.seed),
    }
}

/// How much was run of each of several: `20 replications a cell, seed 1`.
pub fn runs_each(results: &Results, each: &str) -> String {
    match results.replications {
        0 | 1 => format!("one run {each}, seed {}", results.seed),
        many => format!("{many} replications {each}, seed {}", results.seed),
    }
}

/// The one run that a chart of single servers or single connects shows.
pub fn shown_run(results: &Results) -> String {
    match results.replications {
        0 | 1 => format!("One run, seed {}.", results.seed),
        many => format!("One run of {many}, seed {}.", results.seed),
    }
}

/// The servers at the start and the clients of a point: `12 servers, 120,000 clients`.
pub fn world(point: &PointResults) -> String {
    format!(
        "{}, {}",
        words::counted(point.servers.into(), "server"),
        words::counted(point.clients, "client")
    )
}

/// The world of some cases, where all have the same; else nothing: `, 12 → 16 servers,
/// 120,000 clients`.
pub fn shared_world(cases: &[&Case<'_>]) -> String {
    let Some(first) = cases.first() else { return String::new() };
    let of = |case: &Case<'_>| (case.point.servers, case.point.clients);
    if !cases.iter().all(|case| of(case) == of(first)) {
        return String::new();
    }
    let started = u64::from(first.point.servers);
    let ended = servers_at_end(first);
    let alike = cases.iter().all(|case| servers_at_end(case) == ended);
    match ended.filter(|ended| alike && *ended != started) {
        Some(ended) => format!(
            ", {} → {}, {}",
            words::grouped(started),
            words::counted(ended, "server"),
            words::counted(first.point.clients, "client")
        ),
        None => format!(", {}", world(first.point)),
    }
}

/// Servers at the end of the shown run; `None` where servers were not recorded.
fn servers_at_end(case: &Case<'_>) -> Option<u64> {
    let lives = &case.found.servers.lives;
    let end = case.length();
    let alive = lives.iter().filter(|life| lives_at(life, end)).count();
    (!lives.is_empty()).then_some(alive as u64)
}

/// The swept values of a point: `cap 30s`; empty without a sweep.
pub fn swept(point: &PointResults) -> String {
    cases::values(point)
}

/// A text with a comma before it, if there is one.
pub fn after_comma(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(", {text}") }
}

/// A finding and what some panels say, as the text for those who cannot see the chart: at
/// most three numbers carry it.
pub fn alt(title: &str, told: impl IntoIterator<Item = String>) -> String {
    let told = told.into_iter().filter(|text| !text.is_empty()).take(3);
    std::iter::once(format!("{title}.")).chain(told.map(|text| format!(" {text}."))).collect()
}
