//! Whole runs: a storm in which every client of a cluster is cut at once, and messages to
//! rooms of ten.

use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ringstorm::engine::Draws;
use ringstorm::model;
use ringstorm::scenario::{Overrides, read_text};

/// 1,000 servers of 4 handshake workers (5 ms), an accept queue of 512, full jitter
/// from 1 s to 30 s.
fn storm(clients: u32) -> String {
    format!(
        r#"{{
          "name": "storm", "replications": 1, "duration": "5m",
          "clients": {{
            "connected": {clients}, "presence": {{"exponential": {{"mean": "1000h"}}}},
            "rtt": "40ms", "connect_timeout": "5s",
            "reconnect": {{"exponential": {{"base": "1s", "cap": "30s", "jitter": "full"}}}}
          }},
          "servers": {{
            "count": 1000, "accept_queue": 512,
            "handshake": {{"workers": 4, "cost": {{"exponential": {{"mean": "5ms"}}}}}}
          }},
          "policies": [{{"name": "round robin", "balance": "round_robin"}}],
          "events": [{{"at": "1s", "disconnect": {{"fraction": 1}}}}]
        }}"#
    )
}

fn storms(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("storm, per event");
    group.sample_size(10);
    for clients in [100_000, 1_000_000] {
        let plan = read_text("storm.json", storm(clients), Path::new(""), &Overrides::default())
            .unwrap_or_else(|faults| panic!("the scenario is right: {faults:?}"));
        let point = &plan.points[0];
        let run = || {
            model::run(&point.world, &point.policies[0], Draws::new(1, 0), false)
                .expect("the laws hold")
        };
        group.throughput(Throughput::Elements(run().events));
        group.bench_function(BenchmarkId::from_parameter(clients), |bencher| bencher.iter(run));
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
        let point = &plan.points[0];
        group.throughput(Throughput::Elements(100_000));
        group.bench_function(BenchmarkId::from_parameter(clients), |bencher| {
            bencher.iter(|| {
                model::run(&point.world, &point.policies[0], Draws::new(1, 0), false)
                    .expect("the laws hold")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, storms, messages);
criterion_main!(benches);
