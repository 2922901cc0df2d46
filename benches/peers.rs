//! Look-ups of our ring beside those of published crates: the same backends, 160
//! points each, the same string keys, hashing included, in one run.
//!
//! `cargo bench --no-default-features --bench peers`

use std::hint::black_box;

use conhash::{ConsistentHash, Node};
use consistent_hash_ring::{Ring as PublishedRing, RingBuilder};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hashring::HashRing;
use ringstorm::routing::{KeyHash, Membership, Ring, RingConfig};

const POINTS: usize = 160;
const BATCH: usize = 1 << 12;

fn addresses(size: usize) -> Vec<String> {
    (0..size).map(|number| format!("10.{}.{}.7:8080", number / 250, number % 250)).collect()
}

fn keys() -> Vec<String> {
    let number = |index: u64| KeyHash::of(&index.to_le_bytes()).bits() % 100_000_000;
    (0..BATCH as u64).map(|index| format!("client-{:08}", number(index))).collect()
}

#[derive(Clone, Debug)]
struct Named(String);

impl Node for Named {
    fn name(&self) -> String {
        self.0.clone()
    }
}

fn ours(size: usize) -> Ring {
    let mut cluster = Membership::new();
    for address in addresses(size) {
        cluster.join(&address, 1, None);
    }
    Ring::build(&RingConfig::default(), &cluster)
}

fn of_hashring(size: usize) -> HashRing<(String, usize)> {
    let mut ring = HashRing::new();
    let points = addresses(size)
        .into_iter()
        .flat_map(|address| (0..POINTS).map(move |point| (address.clone(), point)));
    ring.batch_add(points.collect());
    ring
}

fn of_consistent_hash_ring(size: usize) -> PublishedRing<String> {
    RingBuilder::default().vnodes(POINTS).nodes_iter(addresses(size)).build()
}

fn of_conhash(size: usize) -> ConsistentHash<Named> {
    let mut ring = ConsistentHash::new();
    for address in addresses(size) {
        ring.add(&Named(address), POINTS);
    }
    ring
}

fn look_up(criterion: &mut Criterion) {
    let keys = keys();
    let mut group = criterion.benchmark_group("ring look-up");
    group.throughput(Throughput::Elements(BATCH as u64));
    for size in [10, 100, 1_000] {
        let ring = ours(size);
        group.bench_function(BenchmarkId::new("ringstorm", size), |bencher| {
            bencher.iter(|| {
                for key in &keys {
                    black_box(ring.owner(KeyHash::of(key.as_bytes())));
                }
            });
        });
        let ring = of_hashring(size);
        group.bench_function(BenchmarkId::new("hashring", size), |bencher| {
            bencher.iter(|| {
                for key in &keys {
                    black_box(ring.get(key));
                }
            });
        });
        let ring = of_consistent_hash_ring(size);
        group.bench_function(BenchmarkId::new("consistent_hash_ring", size), |bencher| {
            bencher.iter(|| {
                for key in &keys {
                    black_box(ring.get(key));
                }
            });
        });
        let ring = of_conhash(size);
        group.bench_function(BenchmarkId::new("conhash", size), |bencher| {
            bencher.iter(|| {
                for key in &keys {
                    black_box(ring.get_str(key));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, look_up);
criterion_main!(benches);
