//! The world of a scenario: what two results must share to be compared, whatever was decided.
//!
//! ```text
//! scenario --selected--> what is no decision --form--> one way to write it --collect--> facts
//! ```
//!
//! A default that is written out, a short form and a long one, `60s` and `1m` are one world.
//! Most defaults are left out; `warmup` and `rtt` are put in where they are missing.

use serde_json::{Map, Value, json};

use super::digest::{is_remark, of_text};
use crate::engine::units::{Bytes, Fraction};
use crate::engine::{Rate, SimDuration};
use crate::plan::Identity;

/// Fields of a scenario that are no part of its world: remarks, how often it is run, how
/// finely it is drawn, and decisions.
const NOT_THE_WORLD: [&str; 14] = [
    "$schema",
    "description",
    "name",
    "seed",
    "replications",
    "sample_every",
    "policies",
    "balancer",
    "autoscaler",
    "session_state",
    "login",
    "sweep",
    "find",
    "budgets",
];

/// Fields of a group of clients that are decisions: how its library behaves.
const NOT_THE_GROUP: [&str; 4] = ["description", "reconnect", "connect_timeout", "heartbeat"];

/// What of `servers` is the world: how many at first, and in which zones (events name them).
const OF_THE_SERVERS: [&str; 2] = ["count", "zones"];

/// What of `messaging` is the world: who belongs to what, what is published, and who reads
/// slowly. What carries it is a decision.
const OF_MESSAGING: [&str; 4] = ["channels", "publish", "direct", "slow_consumers"];

/// What holds where nothing is said, as JSON in its one form. Paths are without indices; one
/// that begins with a dot is the end of a path. `tests/it/compare/worlds.rs` holds each of
/// them against what the checks make of the field's absence.
const USUAL: [(&str, &str); 38] = [
    ("clients.connected", "0"),
    ("clients.arrivals", "\"none\""),
    ("clients.arrivals", "[]"),
    ("clients.arrivals.diurnal.period", "\"1d\""),
    ("clients.arrivals.diurnal.peak_at", "\"0s\""),
    ("clients.round_trips", "3"),
    ("clients.syn_retries", "\"linux\""),
    ("clients.network", "{}"),
    ("clients.network.loss", "0"),
    ("servers.zones", "[\"a\"]"),
    ("events", "[]"),
    ("events.remove.pick", "\"newest\""),
    ("events.crash.pick", "\"newest\""),
    ("events.slow.pick", "\"newest\""),
    ("events.crash.silently", "false"),
    ("events.disconnect.silently", "false"),
    ("events.disconnect.back_within", "\"0s\""),
    ("events.outage.silently", "false"),
    ("events.deploy.one_by_one.in_place", "false"),
    ("events.deploy.one_by_one.pause", "\"0s\""),
    ("events.deploy.canary.servers", "1"),
    (".surge", "\"25%\""),
    (".unavailable", "\"25%\""),
    (".min_ready", "\"0s\""),
    (".drain.wait", "\"0s\""),
    (".drain.close", "\"spread\""),
    (".drain.code", "1001"),
    (".drain.hint.honoured", "1"),
    ("messaging.channels", "{}"),
    ("messaging.channels.count", "1000"),
    ("messaging.channels.per_client", "1"),
    ("messaging.channels.sizes", "\"fixed\""),
    ("messaging.publish", "{}"),
    ("messaging.publish.rate", "\"1/s\""),
    ("messaging.publish.per", "\"channel\""),
    ("messaging.publish.popularity", "\"even\""),
    ("messaging.publish.bytes", "\"200B\""),
    ("messaging.direct.bytes", "\"200B\""),
];

/// The world of a scenario that has passed its checks, as facts and their digest.
///
/// A single group is a list of one, and a file counts by its content, of which `digest_of`
/// gives the digest.
pub fn world<'a>(scenario: &Value, digest_of: impl Fn(&str) -> Option<&'a str>) -> Identity {
    let mut facts = Vec::new();
    let Value::Object(fields) = form("", &selected(scenario)) else {
        return Identity::default();
    };
    for (name, value) in &fields {
        collect(name, value, &mut facts);
    }
    for (path, value) in &mut facts {
        if path.ends_with(".file")
            && let Some(digest) = value.as_str().and_then(&digest_of)
        {
            *value = Value::from(digest);
        }
    }
    let mut facts: Vec<(String, String)> =
        facts.into_iter().map(|(path, value)| (path, value.to_string())).collect();
    facts.sort();
    let lines: Vec<String> =
        facts.iter().map(|(path, value)| format!("{path}={value}\n")).collect();
    Identity { digest: of_text(&lines.concat()), facts }
}

/// What is no decision.
fn selected(scenario: &Value) -> Value {
    let mut world = kept(scenario, |field| !NOT_THE_WORLD.contains(&field));
    let network = world.remove("network");
    for (name, value) in &mut world {
        *value = match name.as_str() {
            "clients" => groups(value, network.as_ref()),
            "servers" => kept(value, |field| OF_THE_SERVERS.contains(&field)).into(),
            "messaging" => kept(value, |field| OF_MESSAGING.contains(&field)).into(),
            _ => continue,
        };
    }
    world.entry("warmup").or_insert_with(|| json!("0s"));
    world.into()
}

/// The groups, each with its network, be it the scenario's.
fn groups(clients: &Value, network: Option<&Value>) -> Value {
    let groups = clients.as_array().map_or(std::slice::from_ref(clients), Vec::as_slice);
    let facts = |group: &Value| {
        let mut facts = kept(group, |field| !NOT_THE_GROUP.contains(&field));
        facts.entry("name").or_insert_with(|| json!("clients"));
        if let Some(network) = network {
            facts.entry("network").or_insert_with(|| network.clone());
        }
        facts
            .entry("rtt")
            .or_insert_with(|| json!({"lognormal": {"median": "40ms", "sigma": 0.5}}));
        Value::from(facts)
    };
    groups.iter().map(facts).collect()
}

fn kept(value: &Value, keep: impl Fn(&str) -> bool) -> Map<String, Value> {
    let fields = value.as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| keep(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The one way to write a value. `path` is without indices.
fn form(path: &str, value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut said = Map::new();
            for (name, value) in fields.iter().filter(|(name, _)| !is_remark(name)) {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let value = form(&path, value);
                if !is_usual(&path, &value) {
                    said.insert(name.clone(), value);
                }
            }
            shortened(path, said)
        }
        Value::Array(elements) => {
            let mut elements: Vec<Value> =
                elements.iter().map(|element| form(path, element)).collect();
            match elements.pop() {
                Some(only) if elements.is_empty() && path == "clients.arrivals" => only,
                last => elements.into_iter().chain(last).collect(),
            }
        }
        Value::String(text) => quantity(path, text),
        Value::Number(number) => number.as_f64().map_or_else(|| value.clone(), plain_number),
        other => other.clone(),
    }
}

fn is_usual(path: &str, value: &Value) -> bool {
    let is_there = |pattern: &str| {
        if pattern.starts_with('.') { path.ends_with(pattern) } else { path == pattern }
    };
    let mut usual = USUAL.iter().filter(|(pattern, _)| is_there(pattern)).peekable();
    // Few paths have one, so few values are made text of.
    usual.peek().is_some() && {
        let text = value.to_string();
        usual.any(|(_, usual)| *usual == text)
    }
}

/// The short form of an object that says no more than that.
fn shortened(path: &str, mut fields: Map<String, Value>) -> Value {
    let only = match path {
        "events.remove" | "events.crash" => "count",
        _ if path.ends_with(".drain") => "grace",
        _ => return fields.into(),
    };
    if fields.len() == 1
        && let Some(value) = fields.remove(only)
    {
        return value;
    }
    fields.into()
}

/// A duration, a rate, a size or a share in its one form; any other text as it is.
fn quantity(path: &str, text: &str) -> Value {
    if let Ok(duration) = text.parse::<SimDuration>() {
        return duration.to_string().into();
    }
    if let Ok(rate) = text.parse::<Rate>() {
        return rate.to_string().into();
    }
    let is_share = [".fraction", ".honoured", ".loss"].iter().any(|end| path.ends_with(end));
    if let Some(share) = text.parse::<Fraction>().ok().filter(|_| is_share) {
        return plain_number(share.as_f64());
    }
    text.parse::<Bytes>().map_or_else(|_| text.into(), |bytes| bytes.to_string().into())
}

/// 2.0 is 2.
pub fn plain_number(number: f64) -> Value {
    // Up to here every whole number is a float.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < WHOLE {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}

/// The leaves below a value, each with its path.
fn collect(path: &str, value: &Value, facts: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                collect(&format!("{path}.{name}"), value, facts);
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            for (index, value) in elements.iter().enumerate() {
                collect(&format!("{path}[{index}]"), value, facts);
            }
        }
        leaf => facts.push((path.to_owned(), leaf.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::world;
    use serde_json::json;

    #[test]
    fn a_world_is_the_same_however_it_is_written_and_whatever_is_decided() {
        let one = json!({"name": "a", "duration": "1m", "clients": {"connected": 3, "reconnect": "x"},
            "servers": {"count": 2, "accept_queue": 3}, "policies": [1]});
        let same = json!({"servers": {"count": 2}, "duration": "60s", "warmup": "0s", "policies": [],
            "clients": [{"name": "clients", "connected": 3, "connect_timeout": "1s"}]});
        let other =
            json!({"servers": {"count": 3}, "duration": "60s", "clients": {"connected": 3}});
        let identity = |value| world(value, |_| None);
        assert_eq!(identity(&one), identity(&same));
        assert_ne!(identity(&one).digest, identity(&other).digest);
    }

    #[test]
    fn a_file_counts_by_its_content() {
        let value = json!({"clients": {"arrivals": {"trace": {"file": "a.csv"}}}});
        let facts = world(&value, |file| (file == "a.csv").then_some("xxh3:1")).facts;
        assert!(
            facts.iter().any(|(path, text)| path.ends_with(".file") && text.contains("xxh3:1"))
        );
    }
}
