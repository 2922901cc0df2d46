//! For people: a line an entry, in columns.

use super::{LoggedRun, client, words};
use crate::engine::SimTime;
use crate::observe::log::Entry;
use crate::plan::server_name;
use crate::report::terminal::line::Glyphs;

/// What the log is of, and its columns.
pub fn head(run: &LoggedRun<'_>) -> String {
    let at = run.at();
    let at = if at.is_empty() { at } else { format!(", at {at}") };
    format!(
        "{}, {}, replication {}, seed {}{at}\n{}\n",
        run.plan.name,
        shown(run.policy()),
        run.id.replication,
        run.plan.seed,
        columns("time", "client", "attempt", "server", "what happens")
    )
}

/// An entry; ends with a line feed.
pub fn line(entry: &Entry, run: &LoggedRun<'_>) -> String {
    let world = &run.plan.points[run.id.point].world;
    let mut line = columns(
        &time(entry.time),
        &entry.client.map(client).unwrap_or_default(),
        &entry.attempt.map(|attempt| attempt.to_string()).unwrap_or_default(),
        &entry.server.map(server_name).unwrap_or_default(),
        &shown(&words::what(entry, world)),
    );
    line.push('\n');
    line
}

/// That there is more than the limit of so many entries.
pub fn cut_off(limit: u64) -> String {
    let entries = if limit == 1 { "entry" } else { "entries" };
    format!("cut off after {limit} {entries}\n")
}

/// A time in seconds, to the millisecond.
pub(super) fn time(time: SimTime) -> String {
    let ms = time.as_nanos() / 1_000_000;
    format!("{}.{:03} s", ms / 1_000, ms % 1_000)
}

/// A text with names of others in it, as a terminal may show it.
fn shown(text: &str) -> String {
    Glyphs::new(false).clean(text)
}

fn columns(time: &str, client: &str, attempt: &str, server: &str, what: &str) -> String {
    format!("{time:>13}  {client:<9} {attempt:>7}  {server:<6} {what}")
}
