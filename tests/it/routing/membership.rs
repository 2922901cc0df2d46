//! Versions, differences, checksums, snapshots.

use proptest::prelude::*;
use ringstorm::routing::{
    BackendId, BackendState, Board, Connections, Membership, SelectRule, Snapshot, SnapshotError,
    diff,
};

/// A change of a membership, addressed loosely: any number means some backend.
#[derive(Clone, Debug)]
enum Step {
    Join(u8, u32),
    Leave(u8),
    Weigh(u8, u32),
    State(u8, BackendState),
}

fn step() -> impl Strategy<Value = Step> {
    let state = prop_oneof![
        Just(BackendState::Ready),
        Just(BackendState::Draining),
        Just(BackendState::Down)
    ];
    prop_oneof![
        (0..12_u8, 0..4_u32).prop_map(|(address, weight)| Step::Join(address, weight)),
        (0..12_u8).prop_map(Step::Leave),
        (0..12_u8, 0..4_u32).prop_map(|(id, weight)| Step::Weigh(id, weight)),
        (0..12_u8, state).prop_map(|(id, state)| Step::State(id, state)),
    ]
}

fn apply(cluster: &mut Membership, step: &Step) {
    let id = |number: &u8| BackendId::new(u32::from(*number));
    match step {
        Step::Join(address, weight) => {
            cluster.join(&format!("10.0.0.{address}"), *weight, None);
        }
        Step::Leave(number) => {
            cluster.leave(id(number));
        }
        Step::Weigh(number, weight) => {
            cluster.set_weight(id(number), *weight);
        }
        Step::State(number, state) => {
            cluster.set_state(id(number), *state);
        }
    }
}

proptest! {
    #[test]
    fn the_version_grows_exactly_when_something_changes(steps in prop::collection::vec(step(), 0..40)) {
        let mut cluster = Membership::new();
        for step in steps {
            let before = cluster.clone();
            apply(&mut cluster, &step);
            let same = before.iter().eq(cluster.iter());
            prop_assert_eq!(cluster.version(), before.version() + u64::from(!same));
            let change = diff(&before, &cluster);
            let lists = [&change.joined, &change.left, &change.reweighted, &change.restated, &change.rezoned];
            prop_assert_eq!(same, lists.iter().all(|list| list.is_empty()));
        }
    }

    #[test]
    fn ids_ascend_and_are_never_given_twice(steps in prop::collection::vec(step(), 0..60)) {
        let mut cluster = Membership::new();
        let mut addresses: Vec<String> = Vec::new();
        for step in steps {
            apply(&mut cluster, &step);
            for backend in &cluster {
                if let Some(address) = addresses.get(backend.id.index()) {
                    prop_assert_eq!(address, &backend.address);
                } else {
                    prop_assert_eq!(backend.id.index(), addresses.len());
                    addresses.push(backend.address.clone());
                }
            }
            prop_assert!(cluster.iter().is_sorted_by_key(|backend| backend.id));
            let mut unique: Vec<&str> = cluster.iter().map(|backend| backend.address.as_str()).collect();
            unique.sort_unstable();
            unique.dedup();
            prop_assert_eq!(unique.len(), cluster.len());
        }
    }

    #[test]
    fn the_checksum_is_that_of_the_content_however_it_came_about(
        steps in prop::collection::vec(step(), 0..40),
        more in step(),
    ) {
        let mut cluster = Membership::new();
        for step in &steps {
            apply(&mut cluster, step);
        }
        let mut rebuilt = Membership::new();
        for backend in cluster.iter().rev() {
            let id = rebuilt.join(&backend.address, backend.weight, backend.zone.as_deref());
            rebuilt.set_state(id, backend.state);
        }
        prop_assert_eq!(rebuilt.checksum(), cluster.checksum());
        let before = cluster.clone();
        apply(&mut cluster, &more);
        prop_assert_eq!(before.version() == cluster.version(), before.checksum() == cluster.checksum());
    }

    #[test]
    fn a_snapshot_restores_the_membership(steps in prop::collection::vec(step(), 0..40)) {
        let mut cluster = Membership::new();
        for step in &steps {
            apply(&mut cluster, step);
        }
        prop_assert_eq!(Membership::try_from(cluster.snapshot()), Ok(cluster));
    }
}

#[test]
fn a_backend_that_joins_again_keeps_its_id_and_is_ready() {
    let mut cluster = Membership::new();
    let id = cluster.join("a", 1, Some("east"));
    cluster.set_state(id, BackendState::Down);
    let before = cluster.clone();
    assert_eq!(cluster.join("a", 3, Some("west")), id);
    let change = diff(&before, &cluster);
    assert_eq!(
        (change.reweighted, change.restated, change.rezoned),
        (vec![id], vec![id], vec![id])
    );
    assert_eq!(cluster.version(), before.version() + 1);
}

#[test]
fn weight_zero_and_other_states_are_not_eligible() {
    let mut cluster = Membership::new();
    let ids = ["a", "b", "c", "d"].map(|address| cluster.join(address, 1, None));
    cluster.set_weight(ids[0], 0);
    cluster.set_state(ids[1], BackendState::Draining);
    cluster.set_state(ids[2], BackendState::Down);
    assert!(cluster.eligible().map(|backend| backend.id).eq([ids[3]]));
}

#[test]
fn unknown_ids_change_nothing() {
    let mut cluster = Membership::new();
    cluster.join("a", 1, None);
    let before = cluster.clone();
    let unknown = BackendId::new(u32::MAX);
    assert!(!cluster.leave(unknown));
    assert!(!cluster.set_weight(unknown, 7));
    assert!(!cluster.set_state(unknown, BackendState::Down));
    assert_eq!(cluster.get(unknown), None);
    assert_eq!(cluster, before);
}

#[test]
fn the_checksum_has_golden_values() {
    // Computed by another program from the encoding that `checksum` documents.
    let mut cluster = Membership::new();
    assert_eq!(cluster.checksum(), 0xd0a6_6a65_c752_8968);
    cluster.join("10.0.0.1:80", 1, None);
    cluster.join("10.0.0.2:80", 2, Some("a"));
    assert_eq!(cluster.checksum(), 0x5d10_d8d8_92e8_e8f9);
}

#[test]
fn a_snapshot_at_its_limits_may_still_change_at_little_cost() {
    let mut cluster = Membership::new();
    cluster.join("a", 1, None);
    let mut snapshot = cluster.snapshot();
    snapshot.joined = Membership::SPARE_JOINS + 1_024;
    snapshot.backends[0].id = BackendId::new(snapshot.joined - 1);
    snapshot.version = Membership::MAX_VERSION;
    let mut cluster = Membership::try_from(snapshot).unwrap();
    let joined = cluster.join("b", 1, None);
    assert_eq!(cluster.version(), Membership::MAX_VERSION + 1);
    assert_eq!(joined.number(), Membership::SPARE_JOINS + 1_024);
    let mut board = Board::new(SelectRule::LeastLoaded, true);
    board.update(&cluster);
    assert!(Connections::of(&cluster).bytes() + board.bytes() < 200 << 20);
}

#[test]
fn snapshots_that_would_cost_gigabytes_or_overflow_are_refused() {
    let mut cluster = Membership::new();
    cluster.join("a", 1, None);
    let refused = |joined: u32, version: u64| {
        let mut snapshot = Snapshot { joined, version, ..cluster.snapshot() };
        snapshot.backends[0].id = BackendId::new(joined - 1);
        Membership::try_from(snapshot).unwrap_err()
    };
    let sparse = refused(Membership::MAX_JOINS, 1);
    assert_eq!(
        sparse.to_string(),
        "2147483647 have joined, and so few backends are left that at most 4195328 may have"
    );
    let sparse = refused(Membership::SPARE_JOINS + 1_025, 1);
    assert!(matches!(sparse, SnapshotError::TooSparse { most: 4_195_328, .. }));
    let high = refused(1, u64::MAX);
    assert_eq!(high, SnapshotError::VersionTooHigh { version: u64::MAX });
    assert_eq!(
        high.to_string(),
        "the version is 18446744073709551615; at most 9223372036854775808 is read"
    );
}

#[test]
fn broken_snapshots_are_refused_with_what_is_wrong() {
    let mut cluster = Membership::new();
    cluster.join("a", 1, None);
    cluster.join("b", 1, None);
    let whole = cluster.snapshot();
    let broken = |breaking: fn(&mut Snapshot)| {
        let mut snapshot = whole.clone();
        breaking(&mut snapshot);
        Membership::try_from(snapshot).unwrap_err()
    };
    let twisted = broken(|snapshot| snapshot.backends.swap(0, 1));
    assert_eq!(twisted, SnapshotError::NotAscending { place: 1 });
    assert_eq!(twisted.to_string(), "the id at place 1 does not ascend");
    let early = broken(|snapshot| snapshot.joined = 1);
    assert_eq!(early, SnapshotError::NeverJoined { id: BackendId::new(1) });
    let twice = broken(|snapshot| snapshot.backends[1].address = "a".to_owned());
    assert_eq!(twice, SnapshotError::AddressTwice { place: 1 });
    assert_eq!(broken(|snapshot| snapshot.joined = u32::MAX), SnapshotError::TooMany);
}

#[test]
fn a_snapshot_survives_being_written_down() {
    let mut cluster = Membership::new();
    let first = cluster.join("10.0.0.1:80", 2, Some("a"));
    let second = cluster.join("10.0.0.2:80", 1, None);
    cluster.leave(first);
    cluster.set_state(second, BackendState::Draining);
    let text = serde_json::to_string(&cluster.snapshot()).unwrap();
    let read: Snapshot = serde_json::from_str(&text).unwrap();
    assert_eq!(read, cluster.snapshot());
    let again = Membership::try_from(read).unwrap();
    assert_eq!((again.version(), again.checksum()), (cluster.version(), cluster.checksum()));
}
