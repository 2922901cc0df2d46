//! The broker goes, and comes back.

use serde_json::json;

use crate::theory::support::{Scenario, metric_of};

/// 1,000 members of 100 rooms on 4 servers; the broker is down from 10 s to 15 s.
fn outage(on_outage: &str) -> Scenario {
    Scenario::new(30.0)
        .set("replications", 3)
        .set("clients.connected", 1_000)
        .set("clients.reconnect", "socket.io")
        .set("servers.count", 4)
        .set("servers.handshake.cost", "1ms")
        .set("events", json!([{"at": "10s", "outage": {"of": "broker", "for": "5s"}}]))
        .set(
            "messaging",
            json!({
                "channels": {"count": 100}, "publish": {"rate": "5/s"},
                "broker": {"on_outage": on_outage, "retry": {"base": "100ms", "cap": "1s"}}
            }),
        )
}

#[test]
fn while_the_broker_is_down_nobody_gets_anything_and_no_connection_is_lost() {
    for [lost, fraction, dropped] in outage("keep")
        .run(|run| ["lost_at_broker", "lost_fraction", "dropped"].map(|name| metric_of(run, name)))
    {
        assert_eq!(dropped, 0.0);
        // 5,000 deliveries a second for 5 s, and until each server has tried again: up to 1 s.
        assert!((25_000.0..31_000.0).contains(&lost), "{lost}");
        assert!((fraction - lost / 150_000.0).abs() < 0.005, "{fraction}");
    }
}

#[test]
fn servers_that_drop_their_clients_make_a_storm_of_a_lost_link() {
    for [dropped, offline, subscribes] in outage("drop_clients").run(|run| {
        ["dropped", "lost_offline", "broker_subscribes"].map(|name| metric_of(run, name))
    }) {
        assert_eq!(dropped, 1_000.0);
        assert!(offline == 0.0, "while the broker is down it makes no difference: {offline}");
        assert!(subscribes > 0.0);
    }
}

#[test]
fn a_server_that_comes_back_says_again_what_it_subscribes_to() {
    let subscribes = outage("keep").run(|run| metric_of(run, "broker_subscribes"));
    // 1,000 members in 100 rooms of 10: over 4 servers 100 x 4 x (1 - 0.75^10), if by chance.
    assert!(subscribes.iter().all(|count| (330.0..=400.0).contains(count)), "{subscribes:?}");
    let none = outage("keep")
        .set("policies.0.pubsub", "broadcast")
        .run(|run| metric_of(run, "broker_subscribes"));
    assert!(none.iter().all(|count| *count == 0.0));
}

#[test]
fn rooms_on_the_ring_do_not_notice() {
    let scenario = outage("drop_clients").balance("ring").set("policies.0.pubsub", "colocated");
    assert!(scenario.run(|run| metric_of(run, "lost_messages")).iter().all(|lost| *lost == 0.0));
}

#[test]
fn an_outage_beyond_the_end_of_the_run_is_as_long_as_the_run() {
    // Were every try of its servers drawn, the second would take hours.
    let lost = ["21s", "30000d"].map(|lasting| {
        outage("keep")
            .set("events.0.outage.for", lasting)
            .run(|run| ["lost_at_broker", "lost_fraction"].map(|name| metric_of(run, name)))
    });
    assert_eq!(lost[0], lost[1]);
}

/// Clients who come back while the broker is down cannot read what it keeps for them; rooms that
/// live on their servers need no broker for it.
#[test]
fn history_is_read_where_it_is_kept() {
    let scenario = |pubsub: &str| {
        Scenario::new(40.0)
            .set("clients.connected", 100)
            .set("clients.reconnect", json!({"fixed": {"delay": "5s"}}))
            .balance(json!({"ring": {}}))
            .set("policies.0.pubsub", pubsub)
            .set(
                "messaging",
                json!({
                    "channels": {"count": 10}, "publish": {"rate": "1/s"}, "history": "1m",
                    "broker": {"retry": {"base": "100ms", "cap": "100ms"}}
                }),
            )
            .set(
                "events",
                json!([
                    {"at": "10s", "disconnect": {"fraction": 1}},
                    {"at": "12s", "outage": {"of": "broker", "for": "10s"}},
                ]),
            )
    };
    let found = |pubsub: &str| {
        scenario(pubsub).run(|run| {
            ["recovered_messages", "broker_utilisation"].map(|name| metric_of(run, name))
        })
    };
    assert!(found("interest").iter().all(|[recovered, _]| *recovered == 0.0));
    for [recovered, utilisation] in found("colocated") {
        assert!(recovered > 0.0 && utilisation == 0.0, "{recovered} {utilisation}");
    }
}
