use super::*;

/// So many backends, with these weights in turn.
fn cluster(backends: u32, weights: &[u32]) -> Membership {
    let mut cluster = Membership::new();
    for (index, weight) in (0..backends).zip(weights.iter().cycle()) {
        cluster.join(&format!("10.0.{}.{}:443", index / 256, index % 256), *weight, None);
    }
    cluster
}

/// The schemes, usual and large.
fn larger() -> Vec<SchemeConfig> {
    let named = SchemeConfig::NAMES.iter().filter_map(|name| SchemeConfig::named(name));
    let mut all: Vec<SchemeConfig> = named.collect();
    all.extend([
        SchemeConfig::Ring(RingConfig { virtual_nodes: 2_000, bounded_load: None }),
        SchemeConfig::Maglev(MaglevConfig { slots: 655_373 }),
        SchemeConfig::Anchor(AnchorConfig { capacity: 1 << 20 }),
        SchemeConfig::EnvoyMaglev(EnvoyMaglevConfig {
            table_size: 655_373,
            ..EnvoyMaglevConfig::default()
        }),
        SchemeConfig::EnvoyRingHash(EnvoyRingHashConfig {
            minimum_ring_size: 1 << 20,
            ..EnvoyRingHashConfig::default()
        }),
    ]);
    all
}

#[test]
fn no_scheme_takes_more_memory_than_was_said_before_nor_much_less() {
    for config in larger() {
        for (backends, weights) in
            [(0, &[1][..]), (1, &[1]), (40, &[3]), (40, &[100, 1]), (600, &[1, 2, 7])]
        {
            let cluster = cluster(backends, weights);
            let weight = cluster.iter().map(|backend| u64::from(backend.weight)).sum();
            let mut scheme = Scheme::build(&config, &cluster);
            scheme.update(&cluster);
            let (taken, said) =
                (scheme.bytes() as u64, config.most_bytes(u64::from(backends), weight));
            assert!(taken <= said, "{config:?} of {backends}: {taken} bytes, not {said}");
            let least = 12 * taken + u64::from(backends) * BYTES_PER_BACKEND + (1 << 18);
            // Without backends a table that is ready for some may be empty.
            assert!(
                backends == 0 || said <= least,
                "{config:?} of {backends}: {taken} bytes, not {said}"
            );
        }
    }
}

#[test]
fn where_nearly_all_have_left_the_latest_id_says_what_memory_is_taken() {
    let mut cluster = Membership::new();
    let joined = 50_000;
    let mut last = None;
    for number in 0..joined {
        last.map(|id| cluster.leave(id));
        last = Some(cluster.join(&number.to_string(), 1, None));
    }
    assert_eq!(last.map(BackendId::number), Some(joined - 1));
    for config in larger() {
        let taken = Scheme::build(&config, &cluster).bytes() as u64;
        assert!(taken <= config.most_bytes(u64::from(joined), 1), "{config:?}: {taken} bytes");
        let beyond = taken.saturating_sub(config.most_bytes(1, 1));
        assert!(beyond <= 16 * u64::from(joined), "{config:?}: {beyond} bytes by id");
    }
}
