//! Whole runs of `scenarios/scale/`: one queue (W1), a storm whose queues refuse (W3), and
//! storms of all clients of a cluster, per event with the start included, with what can be
//! foreseen and event by event; a day of clients that come and go; what recording takes; and
//! messages to rooms of ten, per publish.

use std::fs;
use std::path::Path;
use std::time::Duration;

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use ringstorm::engine::Draws;
use ringstorm::model;
use ringstorm::observe::Observations;
use ringstorm::plan::Plan;
use ringstorm::scenario::{Overrides, read_text};

fn plan(name: &str, sets: &[(&str, &str)]) -> Plan {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/scale");
    let path = folder.join(name).with_extension("json");
    let text = fs::read_to_string(&path).expect("the scenario is in its folder");
    let set = sets.iter().map(|(path, value)| format!("{path}={value}"));
    read_text(name, text, &folder, &Overrides { set: set.collect(), ..Overrides::default() })
        .unwrap_or_else(|faults| panic!("the scenario is right: {faults:?}"))
}

/// The first replication of a policy at the plan's first point.
fn run(plan: &Plan, policy: usize, detail: bool) -> Observations {
    let point = &plan.points[0];
    model::run(&point.world, &point.policies[policy], Draws::new(plan.seed, 0), detail)
        .expect("the laws hold")
}

/// The same, of which nothing is foreseen.
fn run_by_events(plan: &Plan, policy: usize) -> Observations {
    let point = &plan.points[0];
    model::run_by_events(&point.world, &point.policies[policy], Draws::new(plan.seed, 0), false)
        .expect("the laws hold")
}

fn runs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("run, per event");
    group.sample_size(10);
    for name in ["w1", "w3", "storm-1m"] {
        let plan = plan(name, &[]);
        for (index, policy) in plan.points[0].policies.iter().enumerate() {
            let title = format!("{name}, {}", policy.name);
            let (ahead, by_events) = (|| run(&plan, index, false), || run_by_events(&plan, index));
            group.throughput(Throughput::Elements(ahead().events));
            group.bench_function(&title, |bencher| bencher.iter(ahead));
            group.bench_function(format!("{title}, event by event"), |bencher| {
                bencher.iter(by_events);
            });
        }
    }
    group.finish();
}

/// A day of a million clients whose number goes up and down, on 50 to 150 servers that are
/// scaled by the hour. Minutes: to be run by name (`-- day`).
fn day(criterion: &mut Criterion) {
    let plan = plan("diurnal-day", &[]);
    let mut group = criterion.benchmark_group("a day of a million clients");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).warm_up_time(Duration::from_millis(1));
    for (index, policy) in plan.points[0].policies.iter().enumerate() {
        group.bench_function(policy.name.as_str(), |bencher| {
            bencher.iter(|| run(&plan, index, false));
        });
    }
    group.finish();
}

/// An hour of a million clients that come and go, with every one of their 1,000 servers recorded
/// each second, and once: the difference is what recording takes.
fn recording(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1,000 servers for an hour, recorded every");
    group.sample_size(10);
    for every in ["1s", "1h"] {
        let sets = [
            ("duration", "1h"),
            ("sample_every", every),
            ("clients.presence", r#"{"exponential": {"mean": "1h"}}"#),
            ("clients.arrivals", r#"{"poisson": {"rate": "steady"}}"#),
        ];
        let plan = plan("storm-1m", &sets);
        group.bench_function(every, |bencher| bencher.iter(|| run(&plan, 1, true)));
    }
    group.finish();
}

/// Clients in rooms of ten on 100 servers, 10,000 messages a second for ten seconds.
fn rooms(clients: u32) -> String {
    let rooms = clients / 10;
    format!(
        r#"{{
          "name": "rooms", "replications": 1, "duration": "10s",
          "clients": {{
            "connected": {clients}, "presence": {{"exponential": {{"mean": "1000h"}}}},
            "reconnect": "socket.io"
          }},
          "servers": {{"count": 100}},
          "messaging": {{
            "channels": {{"count": {rooms}}}, "publish": {{"rate": "10000/s", "per": "all"}}
          }},
          "policies": [{{"name": "interest", "balance": "round_robin"}}]
        }}"#
    )
}

fn messages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rooms of ten, per publish");
    group.sample_size(10);
    for clients in [100_000, 1_000_000] {
        let plan = read_text("rooms.json", rooms(clients), Path::new(""), &Overrides::default())
            .unwrap_or_else(|faults| panic!("the scenario is right: {faults:?}"));
        group.throughput(Throughput::Elements(100_000));
        group.bench_function(BenchmarkId::from_parameter(clients), |bencher| {
            bencher.iter(|| run(&plan, 0, false));
        });
    }
    group.finish();
}

criterion_group!(benches, runs, day, recording, messages);
criterion_main!(benches);
