//! Answers that the projects' own tests, clients and documents publish.

use ringstorm::routing::compat::{
    EnvoyHash, EnvoyMaglev, EnvoyMaglevConfig, EnvoyRingHash, EnvoyRingHashConfig, HaproxyHash,
    Ketama, RedisSlot,
};
use ringstorm::routing::{BackendId, Membership, Rules};

/// Backends with these addresses and weights.
fn cluster<A: AsRef<str>>(backends: impl IntoIterator<Item = (A, u32)>) -> Membership {
    let mut cluster = Membership::new();
    for (address, weight) in backends {
        cluster.join(address.as_ref(), weight, None);
    }
    cluster
}

/// Six hosts by address, from a port on.
fn hosts(first_port: u32) -> Membership {
    cluster((0..6).map(|k| (format!("127.0.0.1:{}", first_port + k), 1)))
}

/// Six hosts by name.
fn named_hosts() -> Membership {
    cluster((90..96).map(|name| (name.to_string(), 1)))
}

fn ring(cluster: &Membership, minimum: u32, hash_function: EnvoyHash) -> EnvoyRingHash {
    let config = EnvoyRingHashConfig {
        minimum_ring_size: minimum,
        hash_function,
        ..EnvoyRingHashConfig::default()
    };
    EnvoyRingHash::build(&config, cluster)
}

/// The last two digits of an address.
fn digits(cluster: &Membership, id: BackendId) -> u32 {
    let address = &cluster.get(id).unwrap().address;
    address[address.len() - 2..].parse().unwrap()
}

fn points(cluster: &Membership, ring: &EnvoyRingHash) -> Vec<(u64, u32)> {
    ring.points().map(|(hash, id)| (hash, digits(cluster, id))).collect()
}

/// How many of so many hashes, evenly spaced, each of some hosts owns.
fn hits<const N: usize>(ring: &EnvoyRingHash, hashes: u64) -> [u32; N] {
    let mut hits = [0; N];
    for index in 0..hashes {
        let owner = ring.owner_of_hash(index * (u64::MAX / hashes)).unwrap();
        hits[owner.index()] += 1;
    }
    hits
}

// Envoy `test/extensions/load_balancing_policies/ring_hash/ring_hash_lb_test.cc`, Basic.
#[test]
fn envoys_ring_is_that_of_its_basic_test() {
    let cluster = hosts(90);
    let ring = ring(&cluster, 12, EnvoyHash::XxHash);
    let expected = [
        (833_437_586_790_550_860, 94),
        (928_266_305_478_181_108, 92),
        (1_033_482_794_131_418_490, 90),
        (3_551_244_743_356_806_947, 95),
        (3_851_675_632_748_031_481, 93),
        (5_583_722_120_771_150_861, 91),
        (6_311_230_543_546_372_928, 91),
        (7_700_377_290_971_790_572, 93),
        (13_144_177_310_400_110_813, 95),
        (13_444_792_449_719_432_967, 92),
        (15_516_499_411_664_133_160, 94),
        (16_117_243_373_044_804_889, 90),
    ];
    assert_eq!(points(&cluster, &ring), expected);
    let owner = |hash| digits(&cluster, ring.owner_of_hash(hash).unwrap());
    assert_eq!([owner(0), owner(u64::MAX)], [94, 94]);
    assert_eq!([owner(3_551_244_743_356_806_947), owner(3_551_244_743_356_806_948)], [95, 93]);
}

// The same, BasicWithHostname.
#[test]
fn envoys_ring_of_names_is_that_of_its_test() {
    let cluster = named_hosts();
    let expected = [
        (1_975_508_444_536_362_413, 95),
        (2_376_063_919_839_173_711, 95),
        (2_386_806_903_309_390_596, 93),
        (6_749_904_478_991_551_885, 94),
        (6_803_900_775_736_438_537, 93),
        (7_225_015_537_174_310_577, 92),
        (8_787_465_352_164_086_522, 90),
        (11_282_020_843_382_717_940, 92),
        (13_723_418_369_486_627_818, 91),
        (13_776_502_110_861_797_421, 90),
        (14_338_313_586_354_474_791, 91),
        (15_364_271_037_087_512_980, 94),
    ];
    assert_eq!(points(&cluster, &ring(&cluster, 12, EnvoyHash::XxHash)), expected);
}

// The same, BasicWithMurmur2.
#[test]
fn envoys_ring_by_murmur_2_is_that_of_its_test() {
    let cluster = hosts(80);
    let expected = [
        (1_358_027_074_129_602_068, 85),
        (4_361_834_613_929_391_114, 83),
        (7_224_494_972_555_149_682, 84),
        (7_701_421_856_454_313_576, 81),
        (8_649_315_368_077_433_379, 82),
        (8_739_448_859_063_030_639, 84),
        (9_887_544_217_113_020_895, 81),
        (10_150_910_876_324_007_731, 82),
        (15_168_472_011_420_622_455, 83),
        (15_427_156_902_705_414_897, 80),
        (16_375_050_414_328_759_093, 85),
        (17_613_279_263_364_193_813, 80),
    ];
    assert_eq!(points(&cluster, &ring(&cluster, 12, EnvoyHash::MurmurHash2)), expected);
}

// The same, HostWeightedTinyRing and HostWeightedLargeRing.
#[test]
fn envoys_ring_shares_points_by_weight_as_in_its_tests() {
    let cluster = cluster((1..=3).map(|weight| (format!("127.0.0.1:{}", 89 + weight), weight)));
    let expected = [
        (928_266_305_478_181_108, 92),
        (4_443_673_547_860_492_590, 92),
        (5_583_722_120_771_150_861, 91),
        (6_311_230_543_546_372_928, 91),
        (13_444_792_449_719_432_967, 92),
        (16_117_243_373_044_804_889, 90),
    ];
    assert_eq!(points(&cluster, &ring(&cluster, 6, EnvoyHash::XxHash)), expected);
    let large = ring(&cluster, 6144, EnvoyHash::XxHash);
    assert_eq!(large.points().count(), 6144);
    assert_eq!(hits(&large, 6000), [987, 1932, 3081]);
}

// The same, LargeFractionalScale.
#[test]
fn envoys_ring_of_a_fixed_odd_size_carries_half_a_point_over() {
    let cluster = cluster([("127.0.0.1:90", 1), ("127.0.0.1:91", 1)]);
    let config = EnvoyRingHashConfig {
        minimum_ring_size: 1023,
        maximum_ring_size: 1023,
        ..EnvoyRingHashConfig::default()
    };
    let ring = EnvoyRingHash::build(&config, &cluster);
    let first = ring.points().filter(|(_, id)| id.index() == 0).count();
    assert_eq!([first, ring.points().count() - first], [512, 511]);
    assert_eq!(hits(&ring, 1023), [526, 497]);
}

// The same, LopsidedWeightSmallScale; its zones as weights of hosts.
#[test]
fn of_many_light_hosts_every_128th_is_on_envoys_ring() {
    let hosts = (0..1024).map(|k| (format!("127.0.0.1:{k}"), if k == 0 { 127 * 1023 } else { 1 }));
    let cluster = cluster(hosts);
    let config = EnvoyRingHashConfig {
        minimum_ring_size: 1024,
        maximum_ring_size: 1024,
        ..EnvoyRingHashConfig::default()
    };
    let ring = EnvoyRingHash::build(&config, &cluster);
    assert_eq!(ring.points().filter(|(_, id)| id.index() == 0).count(), 1016);
    let expected = [
        (11_664_790_346_325_243_808, 1),
        (15_894_554_872_961_148_518, 128),
        (13_958_138_884_277_627_155, 256),
        (15_803_774_069_438_192_949, 384),
        (3_829_253_010_855_396_576, 512),
        (17_918_147_347_826_565_154, 640),
        (6_442_769_608_292_299_103, 768),
        (5_881_074_926_069_334_434, 896),
    ];
    for (hash, host) in expected {
        assert_eq!(ring.owner_of_hash(hash).unwrap().index(), host);
    }
}

fn maglev(cluster: &Membership, table_size: u32) -> EnvoyMaglev {
    let config = EnvoyMaglevConfig { table_size, ..EnvoyMaglevConfig::default() };
    EnvoyMaglev::build(&config, cluster)
}

fn slots(maglev: &EnvoyMaglev) -> Vec<usize> {
    maglev.table().iter().map(|id| id.index()).collect()
}

// Envoy `test/extensions/load_balancing_policies/maglev/maglev_lb_test.cc`, Basic,
// BasicWithHostName and BasicWithRetryHostPredicate.
#[test]
fn envoys_maglev_tables_of_seven_slots_are_those_of_its_tests() {
    let by_address = maglev(&hosts(90), 7);
    assert_eq!(slots(&by_address), [2, 4, 0, 1, 5, 0, 3]);
    assert_eq!(slots(&maglev(&named_hosts(), 7)), [2, 5, 0, 3, 4, 1, 0]);
    let retries = [0, 1, 2].map(|attempt| by_address.owner_of_hash(10, attempt).unwrap().index());
    assert_eq!(retries, [1, 0, 5]);
}

// The same, Weighted and LocalityWeightedSameLocalityWeights.
#[test]
fn envoys_maglev_tables_of_seventeen_slots_are_those_of_its_tests() {
    let pair = |weight| cluster([("127.0.0.1:90", 1), ("127.0.0.1:91", weight)]);
    let weighted = [1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1];
    assert_eq!(slots(&maglev(&pair(2), 17)), weighted);
    let equal = [1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1];
    assert_eq!(slots(&maglev(&pair(1), 17)), equal);
}

// The same, LocalityWeightedLopsided; its zones as weights of hosts.
#[test]
fn every_light_host_has_one_slot_of_envoys_maglev_table() {
    let hosts = (0..1024).map(|k| (format!("127.0.0.1:{k}"), if k == 0 { 127 * 1023 } else { 1 }));
    let maglev = maglev(&cluster(hosts), 65_537);
    let mut counts = vec![0; 1024];
    for slot in slots(&maglev) {
        counts[slot] += 1;
    }
    assert_eq!(counts[0], 65_537 - 1023);
    assert!(counts[1..].iter().all(|&count| count == 1));
}

// RJ/ketama `libketama/test.sh`: the MD5 of what `ketama_test ketama.servers` prints.
#[test]
fn libketamas_test_of_a_million_keys_is_reproduced() {
    let weights = [600, 300, 200, 350, 1000, 800, 950, 100];
    let servers = (1..).zip(weights).map(|(k, weight)| (format!("10.0.1.{k}:11211"), weight));
    let cluster = cluster(servers);
    let ketama = Ketama::build(&(), &cluster);
    assert_eq!(ketama.points(), 1264);
    let address = |id| cluster.get(id).unwrap().address.as_str();
    let mut printed = md5::Context::new();
    // It prints an error message first, which is empty.
    printed.consume("\n");
    for key in 0..1_000_000 {
        let key = key.to_string();
        let (point, owner) = ketama.point(key.as_bytes()).unwrap();
        let hash = Ketama::hash(key.as_bytes());
        printed.consume(format!("{hash} {point} {}\n", address(owner)));
    }
    assert_eq!(format!("{:x}", printed.finalize()), "5672b131391f5aa2b280936aec1eea74");
}

// RJ/ketama `python_ketama/tests.py`.
#[test]
fn pythons_ketama_test_is_reproduced() {
    let cluster = cluster([("127.0.0.1:11211", 600), ("127.0.0.1:11212", 400)]);
    let ketama = Ketama::build(&(), &cluster);
    assert_eq!(Ketama::hash(b"test"), 3_446_378_249);
    assert_eq!(ketama.point(b"test"), Some((3_454_255_383, BackendId::new(0))));
    assert_eq!(ketama.points(), 320);
}

#[test]
fn equal_ketama_servers_have_160_points_each() {
    for servers in [3, 4, 5, 6, 7, 9, 10, 11] {
        let cluster = cluster((0..servers).map(|k| (format!("10.0.0.{k}:1"), 7)));
        assert_eq!(Ketama::build(&(), &cluster).points(), 160 * servers);
    }
}

// What `floorf` of `pct * 40.0 * (float)numservers`, compiled from C, gives of up to 300 servers.
#[test]
fn single_precision_takes_a_digest_from_each_of_61_equal_ketama_servers_and_of_few_other_counts() {
    let short = (1..=300).filter(|&servers| {
        let cluster = cluster((0..servers).map(|k| (k.to_string(), 1)));
        let points = Ketama::build(&(), &cluster).points();
        assert!([156 * servers, 160 * servers].contains(&points), "{servers}: {points}");
        points < 160 * servers
    });
    assert_eq!(short.collect::<Vec<_>>(), [61, 122, 237, 244]);
}

// CLUSTER KEYSLOT of redis-server 7.0; the first is the check value of CRC-16/XMODEM.
#[test]
fn slots_are_those_that_redis_answers() {
    let answers = [
        ("123456789", 0x31C3),
        ("foo", 12_182),
        ("bar", 5061),
        ("foo{bar}{zap}", 5061),
        ("foo{{bar}}zap", 4015),
        ("{user1000}.following", 3443),
        ("{}", 15_257),
        ("", 0),
        ("channel.0", 7312),
    ];
    for (key, slot) in answers {
        assert_eq!(RedisSlot::slot(key.as_bytes()), slot, "{key}");
    }
}

// `redis-cli --cluster create` on three servers prints slots 0-5460, 5461-10922 and
// 10923-16383.
#[test]
fn slots_are_shared_out_in_the_ranges_of_redis_cli() {
    let redis = RedisSlot::build(&(), &cluster((0..3).map(|k| (format!("10.0.0.{k}:7000"), 1))));
    let server = |slot| redis.server(slot).map(BackendId::index);
    assert_eq!([0, 5460].map(server), [Some(0); 2]);
    assert_eq!([5461, 10_922].map(server), [Some(1); 2]);
    assert_eq!([10_923, 16_383].map(server), [Some(2); 2]);
    assert_eq!(server(16_384), None);
}

// What its arithmetic in single precision gives 78 servers: 14073-14283 to the 68th, which by
// exact sums would end at 14282.
#[test]
fn slots_are_shared_out_in_the_ranges_that_redis_cli_rounds_to() {
    let redis = RedisSlot::build(&(), &cluster((0..78).map(|k| (format!("10.0.0.{k}:7000"), 1))));
    let server = |slot| redis.server(slot).map(BackendId::index);
    assert_eq!([14_072, 14_073, 14_283, 14_284].map(server), [66, 67, 67, 68].map(Some));
}

// The check value of CRC-32; djb2 of "a" is 33 x 5381 + 97; sdbm of "ab" is 97 x 65599 + 98.
#[test]
fn haproxys_hashes_of_short_texts_are_what_arithmetic_says() {
    assert_eq!(HaproxyHash::Crc32.hash(b"123456789"), 0xCBF4_3926);
    assert_eq!(HaproxyHash::Djb2.hash(b"a"), 177_670);
    assert_eq!(HaproxyHash::Sdbm.hash(b"ab"), 6_363_201);
    assert_eq!(HaproxyHash::Sdbm.hash(b""), 0);
    assert_eq!(HaproxyHash::Wt6.hash(b""), 0xA53C_965A ^ 0x5CA6_953A);
}
