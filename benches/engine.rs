//! The future-event list alone: the hold model (Vaucher and Duval 1975). N events
//! are pending; each, when it comes, schedules itself again after Exp(1 s).

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ringstorm::engine::{Distribution, Draws, EventQueue, Purpose, SimTime};

fn hold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hold");
    let law = Distribution::Exponential { mean: 1.0 };
    let draws = Draws::new(1, 0);
    // Drawn before the clock starts: the bench is of the list, not of logarithms.
    let delays: Vec<_> =
        (0..1 << 16).map(|i| law.sample(draws.at(Purpose::new(99), 0, i))).collect();
    for pending in [1_000_u64, 100_000, 1_000_000, 10_000_000] {
        let mut queue = EventQueue::with_capacity(pending as usize);
        for event in 0..pending {
            queue.push(SimTime::ZERO.after(delays[event as usize % delays.len()]), event);
        }
        let mut next = 0;
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::from_parameter(pending), |bencher| {
            bencher.iter(|| {
                let (time, event) = queue.pop().expect("events are pending");
                next = (next + 1) % delays.len();
                queue.push(time.after(delays[next]), event);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, hold);
criterion_main!(benches);
