//! The digests of a scenario: of its meaning, and of its world alone.

use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use crate::engine::{Rate, SimDuration};
use crate::plan::Identity;

/// XXH3-64 of the canonical JSON: names sorted, no blanks, without `$schema`
/// and without descriptions. `xxh3:` and 16 hexadecimal digits.
///
/// Two texts that differ only in layout, order of fields or remarks have one digest.
pub fn of(scenario: &Value) -> String {
    let mut text = String::new();
    write(scenario, &mut text);
    of_text(&text)
}

/// XXH3-64 (seed 0) of a text: `xxh3:` and 16 hexadecimal digits.
pub fn of_text(text: &str) -> String {
    format!("xxh3:{:016x}", xxh3_64(text.as_bytes()))
}

/// Fields of a scenario that are no part of its world: remarks, how often it is run, how
/// finely it is drawn, and decisions.
const NOT_THE_WORLD: [&str; 13] = [
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
    "budgets",
];

/// Fields of a group of clients that are decisions.
const NOT_THE_GROUP: [&str; 3] = ["description", "reconnect", "connect_timeout"];

/// What of `servers` is the world: how many at first, and in which zones (events name them).
const OF_THE_SERVERS: [&str; 2] = ["count", "zones"];

/// What of `messaging` is the world: who belongs to what, what is published, and who reads
/// slowly. What carries it is a decision.
const OF_MESSAGING: [&str; 4] = ["channels", "publish", "direct", "slow_consumers"];

/// The world of a scenario that has passed its checks, as facts and their digest.
///
/// Quantities are written in one way (`60s` is `1m`), a single group is a list of one, and
/// a file counts by its content, of which `digest_of` gives the digest.
pub fn world<'a>(scenario: &Value, digest_of: impl Fn(&str) -> Option<&'a str>) -> Identity {
    let mut facts = Vec::new();
    for (name, value) in scenario.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("clients", Value::Array(groups)) => {
                for (index, group) in groups.iter().enumerate() {
                    collect(&format!("clients[{index}]"), &group_facts(group), &mut facts);
                }
            }
            ("clients", group) => collect("clients[0]", &group_facts(group), &mut facts),
            ("servers", servers) => {
                collect(name, &kept(servers, |field| OF_THE_SERVERS.contains(&field)), &mut facts);
            }
            ("messaging", messaging) => {
                let is_world = |field: &str| OF_MESSAGING.contains(&field);
                collect(name, &kept(messaging, is_world), &mut facts);
            }
            (other, _) if NOT_THE_WORLD.contains(&other) => {}
            _ => collect(name, value, &mut facts),
        }
    }
    if scenario.get("warmup").is_none() {
        collect("warmup", &Value::from("0s"), &mut facts);
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

fn group_facts(group: &Value) -> Value {
    let mut facts = kept(group, |field| !NOT_THE_GROUP.contains(&field));
    if let Value::Object(fields) = &mut facts {
        fields.entry("name").or_insert_with(|| Value::from("clients"));
    }
    facts
}

fn kept(value: &Value, keep: impl Fn(&str) -> bool) -> Value {
    let fields = value.as_object().into_iter().flatten();
    let kept = fields.filter(|(name, _)| keep(name)).map(|(name, v)| (name.clone(), v.clone()));
    Value::Object(kept.collect::<Map<String, Value>>())
}

/// The leaves below a value, each with its path.
fn collect(path: &str, value: &Value, facts: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields.iter().filter(|(name, _)| !is_remark(name)) {
                collect(&format!("{path}.{name}"), value, facts);
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            for (index, value) in elements.iter().enumerate() {
                collect(&format!("{path}[{index}]"), value, facts);
            }
        }
        Value::String(text) => facts.push((path.to_owned(), Value::from(plain(text)))),
        other => facts.push((path.to_owned(), other.clone())),
    }
}

/// A duration or a rate in its one form; any other text as it is.
fn plain(text: &str) -> String {
    if let Ok(duration) = text.parse::<SimDuration>() {
        return duration.to_string();
    }
    text.parse::<Rate>().map_or_else(|_| text.to_owned(), |rate| rate.to_string())
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().filter(|(name, _)| !is_remark(name)).collect();
            fields.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (position, (name, value)) in fields.into_iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(elements) => {
            text.push('[');
            for (position, element) in elements.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write(element, text);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn is_remark(name: &str) -> bool {
    matches!(name, "$schema" | "description")
}

#[cfg(test)]
mod tests {
    use super::{of, world};
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

    #[test]
    fn layout_and_remarks_do_not_change_the_digest_and_values_do() {
        let one = json!({"b": [1, {"description": "x", "d": "e"}], "a": 2, "$schema": "s"});
        let same = json!({"a": 2, "b": [1, {"d": "e"}]});
        let other = json!({"a": 2, "b": [1, {"d": "f"}]});
        assert_eq!(of(&one), of(&same));
        assert_ne!(of(&one), of(&other));
        assert_eq!(of(&json!({"a": 1})), "xxh3:c5e3762ffc8453c6");
    }
}
