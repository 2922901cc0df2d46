//! The future-event list alone: the hold model (Vaucher and Duval 1975). N events are
//! pending; each, when it comes, schedules itself again: after Exp(1 s) (W2), or after
//! 10 ms nine times of ten and after a minute else (W2b).

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ringstorm::engine::{Distribution, Draws, EventQueue, Purpose, SimDuration, SimTime};

const PENDING: [u64; 4] = [1_000, 100_000, 1_000_000, 10_000_000];

/// Delays drawn before the clock starts: the bench is of the list, not of logarithms.
fn delays(delay: impl Fn(u64) -> SimDuration) -> Vec<SimDuration> {
    (0..1 << 16).map(delay).collect()
}

fn hold(criterion: &mut Criterion, name: &str, delays: &[SimDuration]) {
    let mut group = criterion.benchmark_group(name);
    for pending in PENDING {
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

fn holds(criterion: &mut Criterion) {
    let law = Distribution::Exponential { mean: 1.0 };
    let draws = Draws::new(1, 0);
    let draw = |index| draws.at(Purpose::new(99), 0, index);
    hold(criterion, "hold", &delays(|index| law.sample(draw(index))));
    let (soon, late) = (SimDuration::from_millis(10), SimDuration::from_secs(60));
    let two = |index| if draw(index).below(10) < 9 { soon } else { late };
    hold(criterion, "hold, two delays", &delays(two));
}

criterion_group!(benches, holds);
criterion_main!(benches);
