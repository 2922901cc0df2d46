//! Look-ups, builds and updates of every scheme at 10 to 10,000 backends.
//!
//! `cargo bench --no-default-features --bench routing -- lookup` for look-ups alone.
//! *Throughput*: independent look-ups of string keys, hashing included. *Dependent*: the
//! next key is known only when the owner of the last one is, so that nothing overlaps.
#![allow(clippy::print_stdout, reason = "the memory of a structure is a result as its time is")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use ringstorm::routing::{
    Anchor, AnchorConfig, BackendId, Board, KeyHash, Maglev, MaglevConfig, Membership, Ring,
    RingConfig, Scheme, SchemeConfig, SelectRule,
};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

/// Keys of one length side by side, so that fetching them costs the same for all.
const KEY_LENGTH: usize = 15;

/// Look-ups a measured turn, and turns until keys come again: enough keys to meet the
/// whole of a large table.
const BATCH: usize = 1 << 10;
const BATCHES: usize = 1 << 6;

fn keys() -> Vec<u8> {
    let number = |index: u64| KeyHash::of(&index.to_le_bytes()).bits() % 100_000_000;
    let key = |index: u64| format!("client-{:08}", number(index)).into_bytes();
    (0..(BATCH * BATCHES) as u64).flat_map(key).collect()
}

fn cluster(size: usize) -> Membership {
    let mut cluster = Membership::new();
    for number in 0..size {
        cluster.join(&format!("10.{}.{}.7:8080", number / 250, number % 250), 1, None);
    }
    cluster
}

/// A tenth more seats than backends.
fn anchor(size: usize) -> AnchorConfig {
    AnchorConfig { capacity: (size + size / 10) as u32 }
}

/// Every scheme of the library with its usual parameters, with room for all backends.
fn schemes(size: usize) -> impl Iterator<Item = SchemeConfig> {
    let named = SchemeConfig::NAMES.iter().filter_map(|name| SchemeConfig::named(name));
    named.map(move |config| match config {
        SchemeConfig::Anchor(_) => SchemeConfig::Anchor(anchor(size)),
        other => other,
    })
}

/// The schemes with owners.
fn owning(size: usize) -> impl Iterator<Item = SchemeConfig> {
    schemes(size).filter(SchemeConfig::has_owners)
}

/// Those without, which count or take turns.
fn counting(size: usize) -> impl Iterator<Item = SchemeConfig> {
    schemes(size).filter(|config| !config.has_owners())
}

/// Measures a look-up both ways.
fn lookup(
    criterion: &mut Criterion,
    name: &str,
    keys: &[u8],
    owner: impl Fn(&[u8]) -> Option<BackendId>,
) {
    let mut group = criterion.benchmark_group("lookup");
    group.throughput(Throughput::Elements(BATCH as u64));
    let mut batches = keys.chunks_exact(KEY_LENGTH * BATCH).cycle();
    group.bench_function(format!("throughput/{name}"), |bencher| {
        bencher.iter(|| {
            let keys = batches.next().unwrap_or_default().chunks_exact(KEY_LENGTH);
            keys.map(|key| owner(key).map_or(0, BackendId::index)).sum::<usize>()
        });
    });
    group.bench_function(format!("dependent/{name}"), |bencher| {
        bencher.iter(|| {
            let keys = batches.next().unwrap_or_default();
            (0..BATCH).fold(0, |last, step| {
                let start = (step + last) % BATCH * KEY_LENGTH;
                owner(&keys[start..start + KEY_LENGTH]).map_or(0, BackendId::index)
            })
        });
    });
    group.finish();
}

fn lookups(criterion: &mut Criterion) {
    let keys = black_box(keys());
    let hash = |key: &[u8]| Some(BackendId::new(KeyHash::of(key).bits() as u32));
    lookup(criterion, "the hash alone", &keys, hash);
    for size in SIZES {
        let cluster = cluster(size);
        // The fast ones by themselves: what a server calls that has chosen its scheme.
        let ring = Ring::build(&RingConfig::default(), &cluster);
        lookup(criterion, &format!("ring/{size}"), &keys, |key| ring.owner(KeyHash::of(key)));
        let maglev = Maglev::build(&MaglevConfig::default(), &cluster);
        lookup(criterion, &format!("maglev/{size}"), &keys, |key| maglev.owner(KeyHash::of(key)));
        let anchor = Anchor::build(&anchor(size), &cluster);
        lookup(criterion, &format!("anchor/{size}"), &keys, |key| anchor.owner(KeyHash::of(key)));
        // All of them behind the common calls.
        for config in owning(size) {
            let scheme = Scheme::build(&config, &cluster);
            let name = format!("scheme {}/{size}", config.name());
            lookup(criterion, &name, &keys, |key| scheme.owner(key));
        }
    }
}

fn picks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pick and open");
    for size in SIZES {
        let cluster = cluster(size);
        for config in counting(size) {
            let mut scheme = Scheme::build(&config, &cluster);
            let mut chance = 0_u64;
            group.bench_function(BenchmarkId::new(config.name(), size), |bencher| {
                bencher.iter(|| {
                    chance = chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
                    let picked = scheme.pick(b"any", chance);
                    if let Some(id) = picked {
                        scheme.opened(id);
                    }
                    picked
                });
            });
        }
        let mut board = Board::new(SelectRule::LeastLoaded, true);
        board.update(&cluster);
        let mut chance = 0_u64;
        group.bench_function(BenchmarkId::new("board, least loaded", size), |bencher| {
            bencher.iter(|| {
                chance = chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
                board.pick(chance, 0)
            });
        });
    }
    group.finish();
}

fn changes(criterion: &mut Criterion) {
    for size in SIZES {
        let old = cluster(size);
        let mut grown = old.clone();
        grown.join("10.255.255.7:8080", 1, None);
        let mut shrunk = old.clone();
        shrunk.leave(BackendId::new(size as u32 / 2));
        for config in owning(size) {
            let scheme = Scheme::build(&config, &old);
            println!("{} over {size} backends: {} bytes", config.name(), scheme.bytes());
            let id = |what: &str| format!("{what}/{}/{size}", config.name());
            criterion.bench_function(&id("build"), |bencher| {
                bencher.iter(|| Scheme::build(&config, &old));
            });
            for (what, new) in [("add", &grown), ("remove", &shrunk)] {
                criterion.bench_function(&id(what), |bencher| {
                    let batch = criterion::BatchSize::LargeInput;
                    bencher.iter_batched_ref(|| scheme.clone(), |next| next.update(new), batch);
                });
            }
        }
    }
}

fn main() {
    let quick = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500));
    let mut criterion = quick.configure_from_args();
    lookups(&mut criterion);
    picks(&mut criterion);
    changes(&mut criterion);
    criterion.final_summary();
}
