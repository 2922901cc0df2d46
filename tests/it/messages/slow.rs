//! Whose buffers fill, and with what.

use serde_json::json;

use crate::theory::support::{Scenario, metric_of};

/// Clients who all read slowly, and for whom a server holds 100 kB.
fn slow(duration: f64, clients: u32, publish: &serde_json::Value, drain: &str) -> Scenario {
    Scenario::new(duration)
        .set("replications", 1)
        .set("sample_every", "1s")
        .set("clients.connected", clients)
        .set(
            "messaging",
            json!({
                "channels": {"count": 1}, "publish": publish, "output_buffer": "100000B",
                "slow_consumers": {"fraction": 1, "drain": drain}
            }),
        )
}

/// 10,000 B come in a second, 5,000 are read: full after 20 s, for whoever still gets them.
#[test]
fn who_is_cut_off_by_split_brain_is_not_closed_for_what_never_came() {
    let publish = json!({"rate": "10/s", "per": "all", "bytes": "1000B"});
    let scenario = slow(60.0, 200, &publish, "5000B")
        .set("policies.0", json!({"name": "rooms", "balance": "ring", "pubsub": "colocated"}))
        .set("events", json!([{"at": "2s", "add": 4}]));
    for [publishes, delivered, split, closed] in scenario.run(|run| {
        ["publishes", "deliveries", "lost_to_split_brain", "closed_as_slow"]
            .map(|name| metric_of(run, name))
    }) {
        assert_eq!([delivered, split, closed], [4_800.0, 124_200.0, 0.0]);
        assert_eq!(delivered + split, publishes * 200.0);
    }
}

/// 100,000 B come in a second, each twice, and 150,000 are read: full after 2 s.
#[test]
fn a_duplicate_fills_a_buffer_as_its_original_does() {
    let publish = json!({"rate": "100/s", "per": "all", "bytes": "1000B"});
    let scenario = slow(30.0, 20, &publish, "150000B").set("servers.count", 4);
    let of = |duplicates: f64| {
        scenario
            .clone()
            .set("messaging.duplicates", duplicates)
            .run(|run| ["closed_as_slow", "lost_to_slow_clients"].map(|name| metric_of(run, name)))
    };
    assert_eq!(of(0.0), [[0.0, 0.0]]);
    let [[closed, lost]] = of(1.0)[..] else { panic!() };
    assert_eq!(closed, 20.0);
    // Of what is in a buffer, 100 kB and what a second adds, half is there for the second time.
    assert!((50.0 * closed..=100.0 * closed).contains(&lost), "{lost}");
}

/// 100 of them come in a second, and 50,000 B are read.
#[test]
fn direct_messages_fill_buffers_by_their_own_size() {
    let of = |bytes: &str| {
        let direct = json!({"rate": "100/s", "bytes": bytes});
        let scenario = slow(30.0, 20, &json!({"rate": "0/s"}), "50000B");
        scenario
            .set("messaging.direct", direct)
            .run(|run| ["closed_as_slow", "lost_to_slow_clients"].map(|name| metric_of(run, name)))
    };
    assert_eq!(of("400B"), [[0.0, 0.0]]);
    let [[closed, lost]] = of("1000B")[..] else { panic!() };
    assert_eq!(closed, 20.0);
    assert!((100.0 * closed..=160.0 * closed).contains(&lost), "{lost}");
}
