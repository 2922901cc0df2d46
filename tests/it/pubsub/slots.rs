use std::collections::BTreeMap;

use proptest::prelude::*;
use ringstorm::routing::pubsub::{SLOTS, SlotMap, SlotMove, crc16, slot};
use ringstorm::routing::{BackendId, BackendState, Membership};

/// Answers of `CLUSTER KEYSLOT` of redis-server 7.0.
#[test]
fn slots_are_those_of_redis() {
    for (name, expected) in [
        ("foo", 12182),
        ("bar", 5061),
        ("foo{bar}{zap}", 5061),
        ("foo{{bar}}zap", 4015),
        ("{user1000}.following", 3443),
        ("{}", 15257),
        ("", 0),
        ("channel.0", 7312),
    ] {
        assert_eq!(slot(name.as_bytes()), expected, "{name}");
    }
    assert_eq!(crc16(b"123456789"), 0x31C3);
}

#[test]
fn two_thousand_recorded_slots_agree() {
    let recorded = include_bytes!("../../vectors/redis-keyslot-16384.csv");
    let mut agreed = 0;
    for line in recorded.split(|&byte| byte == b'\n').skip(1).filter(|line| !line.is_empty()) {
        let comma = line.iter().rposition(|&byte| byte == b',').unwrap();
        let (name, expected) = (&line[..comma], &line[comma + 1..]);
        let expected: u16 = std::str::from_utf8(expected).unwrap().trim().parse().unwrap();
        assert_eq!(slot(name), expected, "{}", String::from_utf8_lossy(name));
        agreed += 1;
    }
    assert!(agreed > 2_000, "{agreed}");
}

/// CRC-16/XMODEM bit by bit, as its definition has it.
fn crc16_by_bits(bytes: &[u8]) -> u16 {
    let mut crc = 0_u16;
    for byte in bytes {
        for bit in (0..8).rev() {
            let carry = (crc >> 15) ^ u16::from(byte >> bit & 1);
            crc = (crc << 1) ^ (carry * 0x1021);
        }
    }
    crc
}

/// How many slots each has, for all eligible.
fn held(map: &SlotMap, brokers: &Membership) -> BTreeMap<BackendId, usize> {
    brokers.eligible().map(|broker| (broker.id, map.held(broker.id))).collect()
}

/// The fewest moves to shares by largest remainders: the least over all ways to give the
/// slots that rounding down leaves over, one each, to brokers of the largest remainders.
fn fewest_moves(before: &SlotMap, brokers: &Membership) -> usize {
    let slots = u128::from(SLOTS);
    let total: u128 = brokers.eligible().map(|broker| u128::from(broker.weight)).sum();
    let exact: Vec<_> = brokers
        .eligible()
        .map(|broker| {
            let share = slots * u128::from(broker.weight);
            (share % total, (share / total) as usize, before.held(broker.id))
        })
        .collect();
    let left = usize::from(SLOTS) - exact.iter().map(|(_, floor, _)| floor).sum::<usize>();
    let moves = (0_usize..1 << exact.len())
        .filter(|more| more.count_ones() as usize == left)
        .filter_map(|more| {
            let gets = |at: usize| more >> at & 1 == 1;
            let of = |chosen: bool| {
                exact
                    .iter()
                    .enumerate()
                    .filter(move |&(at, _)| gets(at) == chosen)
                    .map(|(_, one)| one.0)
            };
            let is_fair = of(true).min().is_none_or(|least| of(false).all(|other| other <= least));
            let due = exact.iter().enumerate().map(|(at, &(_, floor, held))| {
                (floor + usize::from(gets(at))).saturating_sub(held)
            });
            is_fair.then(|| due.sum())
        });
    moves.min().unwrap()
}

fn checked_update(map: &mut SlotMap, brokers: &Membership) -> Vec<SlotMove> {
    let before = map.clone();
    let fewest = fewest_moves(&before, brokers);
    let moves = map.update(brokers);
    assert_eq!(moves.len(), fewest, "as few as the shares need");
    assert!(moves.is_sorted_by(|a, b| a.slot < b.slot), "each slot once");
    let mut replayed = before.clone();
    for one in &moves {
        assert_eq!(before.owner(one.slot), one.from);
        replayed.set(one.slot, one.to);
    }
    assert_eq!(&replayed, map, "nothing moved but what is listed");
    moves
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_table_driven_checksum_is_the_bitwise_one(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        prop_assert_eq!(crc16(&bytes), crc16_by_bits(&bytes));
        prop_assert!(slot(&bytes) < SLOTS);
    }

    #[test]
    fn slots_follow_the_brokers_with_as_few_moves_as_even_shares_need(
        steps in prop::collection::vec((0_u8..3, 0_usize..12), 1..12),
    ) {
        let mut brokers = Membership::new();
        let first = brokers.join("b0", 1, None);
        let mut map = SlotMap::build(&brokers);
        prop_assert_eq!(map.held(first), usize::from(SLOTS));
        for (verb, number) in steps {
            let address = format!("b{number}");
            match (verb, brokers.find(&address).map(|broker| broker.id)) {
                (0, Some(id)) => drop(brokers.leave(id)),
                (1, Some(id)) => drop(brokers.set_state(id, BackendState::Down)),
                _ => drop(brokers.join(&address, 1, None)),
            }
            if brokers.eligible().count() == 0 {
                brokers.join("b0", 1, None);
            }
            checked_update(&mut map, &brokers);
            let counts = held(&map, &brokers);
            prop_assert_eq!(counts.values().sum::<usize>(), usize::from(SLOTS));
            let spread = counts.values().max().unwrap() - counts.values().min().unwrap();
            prop_assert!(spread <= 1, "{:?}", counts);
        }
    }

    #[test]
    fn slots_go_by_weight(
        weights in prop::collection::vec(prop_oneof![0_u32..9, Just(u32::MAX)], 1..9),
        later in prop::collection::vec(0_u32..9, 1..9),
    ) {
        let mut brokers = Membership::new();
        brokers.join("steady", 3, None);
        let ids: Vec<_> = (0..weights.len().max(later.len()))
            .map(|at| brokers.join(&format!("b{at}"), weights.get(at).copied().unwrap_or(1), None))
            .collect();
        let mut map = SlotMap::build(&brokers);
        for (&id, &weight) in ids.iter().zip(&later) {
            brokers.set_weight(id, weight);
        }
        checked_update(&mut map, &brokers);
        let total: u64 = brokers.eligible().map(|broker| u64::from(broker.weight)).sum();
        for broker in &brokers {
            let share = u64::from(SLOTS) * u64::from(broker.weight);
            let held = map.held(broker.id) as u64;
            prop_assert!(held == share / total || held == share.div_ceil(total));
        }
    }
}

#[test]
fn three_brokers_have_the_ranges_of_a_new_redis_cluster() {
    let mut brokers = Membership::new();
    // The addresses decide, not the order of joining.
    let ids = ["c", "a", "b"].map(|address| brokers.join(address, 1, None));
    let map = SlotMap::build(&brokers);
    let ranges = [(0, 5461, ids[1]), (5462, 10922, ids[2]), (10923, 16383, ids[0])];
    for (first, last, owner) in ranges {
        assert!((first..=last).all(|slot| map.owner(slot) == Some(owner)), "{first} to {last}");
    }
}

#[test]
fn a_broker_that_joins_takes_its_share_from_all_and_nothing_else_moves() {
    let mut brokers = Membership::new();
    for address in ["a", "b", "c"] {
        brokers.join(address, 1, None);
    }
    let mut map = SlotMap::build(&brokers);
    let joined = brokers.join("d", 1, None);
    let moves = checked_update(&mut map, &brokers);
    assert_eq!(moves.len(), 4096);
    assert!(moves.iter().all(|one| one.to == Some(joined)));
    assert_eq!(map.update(&brokers), [], "and then it is settled");
}

#[test]
fn without_brokers_slots_belong_to_nobody_until_one_comes() {
    let mut brokers = Membership::new();
    let mut map = SlotMap::build(&brokers);
    assert!(map.owners().all(|owner| owner.is_none()));
    assert_eq!(map.update(&brokers), []);
    let only = brokers.join("a", 1, None);
    assert_eq!(map.update(&brokers).len(), usize::from(SLOTS));
    map.set(u16::MAX, Some(BackendId::new(77)));
    assert_eq!(map.owner(16_383), Some(BackendId::new(77)), "slots count modulo their number");
    assert_eq!(map.update(&brokers).len(), 1, "a stranger keeps nothing");
    brokers.leave(only);
    assert!(map.update(&brokers).iter().all(|one| one.from == Some(only) && one.to.is_none()));
}
