//! Whole runs: a storm in which every client of a cluster is cut at once.

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

criterion_group!(benches, storms);
criterion_main!(benches);
