//! Whole runs of `scenarios/scale/`: one queue (W1), a storm whose queues refuse (W3), and
//! storms of all clients of a cluster. Time is per event, the start included.

use std::fs;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ringstorm::engine::Draws;
use ringstorm::model;
use ringstorm::plan::Plan;
use ringstorm::scenario::{Overrides, read_text};

fn plan(name: &str) -> Plan {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/scale");
    let path = folder.join(name).with_extension("json");
    let text = fs::read_to_string(&path).expect("the scenario is in its folder");
    read_text(name, text, &folder, &Overrides::default())
        .unwrap_or_else(|faults| panic!("the scenario is right: {faults:?}"))
}

fn runs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("run, per event");
    group.sample_size(10);
    for name in ["w1", "w3", "storm-1m"] {
        let plan = plan(name);
        let point = &plan.points[0];
        for policy in &point.policies {
            let run = || {
                model::run(&point.world, policy, Draws::new(plan.seed, 0), false)
                    .expect("the laws hold")
            };
            group.throughput(Throughput::Elements(run().events));
            group.bench_function(format!("{name}, {}", policy.name), |bencher| bencher.iter(run));
        }
    }
    group.finish();
}

criterion_group!(benches, runs);
criterion_main!(benches);
