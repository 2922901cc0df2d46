//! For programs: one JSON object a line. `t_s` is when, `kind` what; `client`, `attempt` and
//! `server` whom it is about, where there are; further fields are the kind's own, lengths of
//! time and times in seconds.

use serde_json::{Map, Value, json};

use super::{LoggedRun, client, words};
use crate::engine::{SimDuration, SimTime};
use crate::observe::log::{Dropped, Entry, Fact};
use crate::plan::{World, server_name};
use crate::report::json::object as object_of;

/// The line before a run's entries: what the log is of.
pub fn head(run: &LoggedRun<'_>) -> String {
    let point = &run.plan.points[run.id.point];
    let head = json!({
        "kind": "run",
        "scenario": run.plan.name,
        "seed": run.plan.seed,
        "at": object_of(&point.at),
        "policy": run.policy(),
        "replication": run.id.replication,
    });
    format!("{head}\n")
}

/// The line of an entry.
pub fn line(entry: &Entry, run: &LoggedRun<'_>) -> String {
    let world = &run.plan.points[run.id.point].world;
    format!("{}\n", Value::Object(object(entry, world)))
}

/// The line after a run's entries where there are more than the limit of so many.
pub fn cut_off(limit: u64) -> String {
    format!("{}\n", json!({"kind": "cut_off", "entries": limit}))
}

/// An entry as an object.
pub(super) fn object(entry: &Entry, world: &World) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("t_s".to_owned(), time(entry.time));
    object.insert("kind".to_owned(), json!(entry.fact.kind()));
    if let Some(number) = entry.client {
        object.insert("client".to_owned(), json!(client(number)));
    }
    if let Some(attempt) = entry.attempt {
        object.insert("attempt".to_owned(), json!(attempt));
    }
    if let Some(index) = entry.server {
        object.insert("server".to_owned(), json!(server_name(index)));
    }
    for (name, value) in fields(&entry.fact, world) {
        object.insert(name.to_owned(), value);
    }
    object
}

/// A time in seconds, exact to the nanosecond up to 104 days.
fn time(time: SimTime) -> Value {
    json!(time.as_secs_f64())
}

fn length(length: SimDuration) -> Value {
    json!(length.as_secs_f64())
}

/// What a kind says beyond whom it is about.
fn fields(fact: &Fact, world: &World) -> Vec<(&'static str, Value)> {
    match *fact {
        Fact::Came { group, rtt, leaves, initial } => {
            let group = world.groups.get(group as usize).map_or("", |group| group.name.as_str());
            vec![
                ("group", json!(group)),
                ("rtt_s", length(rtt)),
                ("leaves_s", time(leaves)),
                ("initial", json!(initial)),
            ]
        }
        Fact::Waits { until, why } => {
            vec![("until_s", time(until)), ("why", json!(why.name()))]
        }
        Fact::Attempt { held, late, counts } => {
            vec![("held_s", length(held)), ("late_s", length(late)), ("counts_s", time(counts))]
        }
        Fact::AwaitsToken { until } | Fact::HeldUp { until } => vec![("until_s", time(until))],
        Fact::Lost(why) | Fact::Refused(why) => vec![("why", json!(why.name()))],
        Fact::SendsAgain { arrives } => vec![("until_s", time(arrives))],
        Fact::TriesAgain { at } => vec![("until_s", time(at))],
        Fact::LetThrough { waited } | Fact::WorkStarts { waited } => {
            vec![("waited_s", length(waited))]
        }
        Fact::Queued { ahead } => vec![("ahead", json!(ahead))],
        Fact::Opened { offline, resumed } => {
            vec![("offline_s", length(offline)), ("resumed", json!(resumed))]
        }
        Fact::Dropped { why, known } => {
            let mut fields = vec![("why", json!(why.name())), ("known_s", time(known))];
            match why {
                Dropped::Drained { code } => fields.push(("code", json!(code))),
                Dropped::Network { silently } => fields.push(("silently", json!(silently))),
                _ => {}
            }
            fields
        }
        Fact::Left { connected } => vec![("connected", json!(connected))],
        _ => fields_of_servers(fact, world),
    }
}

fn fields_of_servers(fact: &Fact, world: &World) -> Vec<(&'static str, Value)> {
    match *fact {
        Fact::Drains { grace } => vec![("grace_s", length(grace))],
        Fact::Closes { count } => vec![("count", json!(count))],
        Fact::Crashed { silently } => vec![("silently", json!(silently))],
        Fact::ProbeFailed { row } => vec![("row", json!(row))],
        Fact::Killed(by) => vec![("why", json!(by.name()))],
        Fact::Slowness(factor) => vec![("factor", json!(factor))],
        Fact::Readiness { takes } => vec![("takes", json!(takes))],
        Fact::Event { index } | Fact::EventEnds { index } => {
            vec![("event", json!(index)), ("verb", json!(words::verb(index, world)))]
        }
        Fact::Learns { instance } => vec![("instance", json!(instance))],
        Fact::Scales { from, to } => vec![("from", json!(from)), ("to", json!(to))],
        _ => Vec::new(),
    }
}
