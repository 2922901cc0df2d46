//! Phrases that several charts share.

use super::cases::Case;
use super::load::spread::lives_at;
use super::words;
use crate::stats::Results;

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

/// The servers and the clients of some cases, each where all have as many (a sweep may vary
/// either): `, 12 → 16 servers, 120,000 clients`.
pub fn shared_world(cases: &[&Case<'_>]) -> String {
    format!("{}{}", shared_servers(cases), shared_clients(cases))
}

/// The servers at the start and at the end, where all cases have as many.
pub fn shared_servers(cases: &[&Case<'_>]) -> String {
    let Some(first) = cases.first() else { return String::new() };
    if cases.iter().any(|case| case.point.servers != first.point.servers) {
        return String::new();
    }
    let started = u64::from(first.point.servers);
    let ended = servers_at_end(first);
    let alike = cases.iter().all(|case| servers_at_end(case) == ended);
    match ended.filter(|ended| alike && *ended != started) {
        Some(ended) => {
            format!(", {} → {}", words::grouped(started), words::counted(ended, "server"))
        }
        None => format!(", {}", words::counted(started, "server")),
    }
}

/// The clients, where all cases have as many; where they all arrive later there are none to tell.
pub fn shared_clients(cases: &[&Case<'_>]) -> String {
    let mut clients = cases.iter().map(|case| case.point.clients);
    match clients.next() {
        Some(first) if first > 0 && clients.all(|clients| clients == first) => {
            format!(", {}", words::counted(first, "client"))
        }
        _ => String::new(),
    }
}

/// Servers at the end of the shown run; `None` where servers were not recorded.
fn servers_at_end(case: &Case<'_>) -> Option<u64> {
    let lives = &case.found.servers.lives;
    let end = case.length();
    let alive = lives.iter().filter(|life| lives_at(life, end)).count();
    (!lives.is_empty()).then_some(alive as u64)
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
