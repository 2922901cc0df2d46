//! What a server that dies takes with it.

use serde_json::json;

use crate::theory::support::{Scenario, metric_of};

/// One server with one core, which dies when it is told to.
fn scenario(duration: f64, clients: u32, events: serde_json::Value) -> Scenario {
    Scenario::new(duration)
        .set("replications", 1)
        .set("sample_every", "1s")
        .set("clients.connected", clients)
        .set("events", events)
}

/// 100 writes of 200 us for each of 100 messages a second are twice what it can do: after 30 s
/// there is work for 30 more, which nobody does.
#[test]
fn the_backlog_of_a_process_dies_with_it() {
    let events = json!([
        {"at": "30500ms", "crash": {"count": 1, "for": "1s"}},
        {"at": "30500ms", "outage": {"of": "broker", "for": "90s"}}
    ]);
    let messaging = json!({
        "channels": {"count": 1}, "publish": {"rate": "100/s", "per": "all"},
        "delivery_cost": "200us", "receive_cost": "0s", "unsubscribe_cost": "0s"
    });
    let shares = scenario(120.0, 100, events)
        .set("messaging", messaging)
        .run(|run| metric_of(run, "message_share"));
    // It works for 30 s of the 119 at whose end it is there.
    assert!((shares[0] - 30.0 / 119.0).abs() < 0.001, "{shares:?}");
}

/// Their subscriptions would take 10 s.
#[test]
fn the_dead_do_no_work_and_tell_the_broker_nothing() {
    let messaging = json!({
        "channels": {"count": 1_000}, "publish": {"rate": "0/s"}, "unsubscribe_cost": "10ms",
        "broker": {"cost_subscribe": "1ms"}
    });
    let of = |events: serde_json::Value| {
        scenario(60.0, 1_000, events).set("messaging", messaging.clone()).run(|run| {
            ["dropped", "broker_subscribes", "broker_utilisation", "message_share"]
                .map(|name| metric_of(run, name))
        })
    };
    let crash = of(json!([{"at": "10s", "crash": {"count": 1, "for": "1s"}}]));
    assert_eq!(crash, [[1_000.0, 0.0, 0.0, 0.0]]);
    let [[dropped, told, broker, share]] =
        of(json!([{"at": "10s", "disconnect": {"fraction": 1}}]))[..]
    else {
        panic!()
    };
    assert_eq!([dropped, told], [1_000.0, 1_000.0], "the living tell of each");
    assert!((broker - 1.0 / 60.0).abs() < 1e-9 && (share - 10.0 / 60.0).abs() < 1e-9);
}

/// Rooms on the ring, of which the servers keep a minute.
fn rooms(events: serde_json::Value) -> Scenario {
    scenario(60.0, 50, events)
        .set("policies.0", json!({"name": "rooms", "balance": "ring", "pubsub": "colocated"}))
        .set("servers.handshake.cost", "1ms")
        .set(
            "messaging",
            json!({
                "channels": {"count": 10}, "publish": {"rate": "20/s", "per": "all"},
                "history": "60s", "direct": {"rate": "0/s"}
            }),
        )
}

fn recovered_and_lost(scenario: &Scenario) -> [f64; 2] {
    let names = ["recovered_messages", "lost_offline"];
    scenario.run(|run| names.map(|name| metric_of(run, name)))[0]
}

/// What is published while there is no server is nowhere to be read.
#[test]
fn nobody_recovers_what_no_server_has_had() {
    let back = json!({"fixed": {"delay": "1s"}});
    let scenario = rooms(json!([{"at": "20s", "crash": {"count": 1, "for": "10s"}}]))
        .set("clients.reconnect", back);
    let [recovered, lost] = recovered_and_lost(&scenario);
    // 20 a second to rooms of five, for ten seconds and until they are back.
    assert!(recovered == 0.0 && (lost - 1_050.0).abs() < 150.0, "{recovered} {lost}");
}

/// All are away from 10 s to 20 s, and the room's server is another in between, or not.
#[test]
fn what_a_server_has_kept_is_lost_when_it_dies() {
    let of = |also: Option<serde_json::Value>| {
        let mut events = vec![json!({"at": "10s", "disconnect": {"fraction": 1}})];
        events.extend(also);
        let back = json!({"fixed": {"delay": "10s", "jitter": "none"}});
        recovered_and_lost(&rooms(json!(events)).set("clients.reconnect", back))
    };
    let [recovered, lost] = of(None);
    assert!(recovered > 800.0 && lost == 0.0, "{recovered} {lost}");
    let crash = json!({"at": "15s", "crash": {"count": 1, "for": "100ms"}});
    assert_eq!(of(Some(crash)), [0.0, recovered]);
}

/// Direct messages to the absent are at no room's server.
#[test]
fn no_room_keeps_what_is_for_one_client_alone() {
    let of = |pubsub: &str| {
        let scenario = rooms(json!([{"at": "10s", "disconnect": {"fraction": 1}}]))
            .set("clients.reconnect", json!({"fixed": {"delay": "10s", "jitter": "none"}}))
            .set("messaging.publish.rate", "0/s")
            .set("messaging.direct.rate", "1/s")
            .set("policies.0.pubsub", pubsub);
        recovered_and_lost(&scenario)
    };
    let [recovered, lost] = of("interest");
    assert!(recovered > 400.0 && lost == 0.0, "{recovered} {lost}");
    assert_eq!(of("colocated"), [0.0, recovered]);
}
