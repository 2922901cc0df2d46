//! Small clusters with every number in sight.

use std::path::Path;

use ringstorm::engine::Draws;
use ringstorm::observe::{Observations, SeriesId};
use ringstorm::plan::Plan;
use ringstorm::scenario::{self, Overrides};
use ringstorm::{model, stats};
use serde_json::{Value, json};

/// A cluster whose clients stay for ever, over a network without delay, and try again
/// 1 s after they were dropped; handshakes take no time.
pub fn cluster(connected: u32, servers: u32, balance: &str) -> Value {
    json!({
        "name": "lifecycle",
        "replications": 1,
        "duration": "10m",
        "sample_every": "1s",
        "clients": {
            "connected": connected, "presence": "20000d", "rtt": "0s",
            "reconnect": {"fixed": {"delay": "1s"}}
        },
        "servers": {"count": servers, "handshake": {"cost": "0s"}},
        "policies": [{"name": "only", "balance": balance}],
    })
}

/// With a field of the scenario set.
pub fn with(mut scenario: Value, path: &str, value: impl Into<Value>) -> Value {
    let mut place = &mut scenario;
    for step in path.split('.') {
        place = match step.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) => &mut place[step],
        };
    }
    *place = value.into();
    scenario
}

pub fn plan(scenario: &Value) -> Plan {
    let text = scenario.to_string();
    scenario::read_text("lifecycle.json", text, Path::new(""), &Overrides::default())
        .unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// One replication under the first policy, every server recorded.
pub fn run(scenario: &Value, replication: u32) -> Observations {
    let plan = plan(scenario);
    let point = &plan.points[0];
    model::run(&point.world, &point.policies[0], Draws::new(1, replication), true)
        .unwrap_or_else(|broken| panic!("{broken}"))
}

/// A series at the end of second `second` (from 1).
pub fn at(run: &Observations, id: SeriesId, second: usize) -> f64 {
    run.series.row(id)[second - 1]
}

/// Connections of every server at the end.
pub fn held(run: &Observations) -> Vec<u32> {
    run.servers.as_ref().unwrap().connections.last().unwrap().clone()
}

/// A metric of a run.
pub fn metric(run: &Observations, name: &str) -> f64 {
    let all = stats::measure(run);
    let found = all.iter().find(|measured| measured.metric.name == name);
    match found.unwrap_or_else(|| panic!("no `{name}`")).measure {
        stats::Measure::Value(value) | stats::Measure::Censored(value) => value,
    }
}
