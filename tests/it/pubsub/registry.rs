use std::collections::BTreeMap;

use proptest::prelude::*;
use ringstorm::routing::BackendId;
use ringstorm::routing::pubsub::{Holder, Hops, Registered, Registry, Via};

fn holder(server: u32, version: u64) -> Holder {
    Holder { server: BackendId::new(server), version }
}

proptest! {
    #[test]
    fn the_highest_version_wins_and_only_its_holder_removes_it(
        steps in prop::collection::vec((0_u8..8, 0_u8..5, 0_u32..4, 0_u64..8), 0..200),
    ) {
        let mut registry = Registry::new();
        let mut oracle: BTreeMap<u8, Holder> = BTreeMap::new();
        for (verb, user, server, version) in steps {
            let claim = holder(server, version);
            match verb {
                0..4 => {
                    let known = oracle.get(&user).copied();
                    let expected = match known {
                        None => Registered::New,
                        Some(known) if version > known.version => Registered::Replaced(known),
                        Some(known) => Registered::Stale(known),
                    };
                    if !matches!(expected, Registered::Stale(_)) {
                        oracle.insert(user, claim);
                    }
                    prop_assert_eq!(registry.register(&[user], claim.server, version), expected);
                }
                4..7 => {
                    let held = oracle.get(&user) == Some(&claim);
                    if held {
                        oracle.remove(&user);
                    }
                    prop_assert_eq!(registry.remove(&[user], claim), held);
                }
                _ => {
                    let before = oracle.len();
                    oracle.retain(|_, known| known.server != claim.server);
                    prop_assert_eq!(registry.crashed(claim.server), before - oracle.len());
                }
            }
            prop_assert_eq!(registry.len(), oracle.len());
            for user in 0..5 {
                prop_assert_eq!(registry.holder(&[user]), oracle.get(&user).copied());
            }
        }
    }
}

#[test]
fn a_late_close_of_the_old_connection_leaves_the_new_one_reachable() {
    let mut registry = Registry::new();
    registry.register(b"alice", BackendId::new(0), 1);
    registry.register(b"alice", BackendId::new(0), 2);
    assert!(!registry.remove(b"alice", holder(0, 1)), "the same server, an older connection");
    assert_eq!(registry.holder(b"alice"), Some(holder(0, 2)));
}

#[test]
fn a_direct_message_goes_straight_to_the_holder_and_needs_no_hop_at_home() {
    let mut registry = Registry::new();
    let [home, other] = [0, 1].map(BackendId::new);
    registry.register(b"alice", home, 1);
    let mut hops = Hops::default();
    registry.route(b"alice", Some(other), &mut hops);
    assert_eq!((hops.via, &hops.servers[..], hops.straight()), (Via::Straight, &[home][..], 1));
    registry.route(b"alice", Some(home), &mut hops);
    assert_eq!((hops.servers.len(), hops.straight(), hops.broker_in()), (1, 0, 0));
    registry.route(b"bob", Some(home), &mut hops);
    assert_eq!(hops, Hops::default(), "nobody of that name: lost");
}
