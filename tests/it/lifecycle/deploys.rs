//! Deploys: how often clients are dropped, and where they end.

use ringstorm::observe::SeriesId;
use serde_json::{Value, json};

use super::support::{at, cluster, held, metric, run, with};

const CLIENTS: u32 = 20_000;
const REPLICATIONS: u32 = 10;

/// Mean over replications of the drops of a client, in a deploy of `servers`.
fn drops(servers: u32, balance: &str, deploy: &serde_json::Value) -> f64 {
    let scenario = cluster(CLIENTS, servers, balance);
    let scenario = with(scenario, "events", json!([{"at": "1s", "deploy": deploy}]));
    let drops = (0..REPLICATIONS).map(|replication| {
        let run = run(&scenario, replication);
        run.counts.dropped as f64 / f64::from(CLIENTS)
    });
    drops.sum::<f64>() / f64::from(REPLICATIONS)
}

/// In place, with surge 0: while a server boots its clients are placed on the others.
fn in_place() -> serde_json::Value {
    json!({"one_by_one": {"in_place": true, "boot": "5s", "pause": "5s"}})
}

/// With surge 1: a new server is ready before an old one leaves, and those that it dropped
/// are back before the next new one is.
fn surge_one() -> serde_json::Value {
    json!({"rolling": {"surge": 1, "unavailable": 0, "boot": "5s", "min_ready": "5s"}})
}

/// A-ROLLDROP: every restarted server's load goes to the N - 1 others, so that the loads
/// of those still to come grow by r = N/(N-1) each time: (N-1)/N (r^N - 1) drops a client.
#[test]
fn restarts_in_place_drop_each_client_1_6_times() {
    for (servers, expected) in [(3, 1.583_333), (4, 1.620_370), (10, 1.681_175)] {
        let measured = drops(servers, "random", &in_place());
        assert!((measured / expected - 1.0).abs() < 0.02, "{servers}: {measured} {expected}");
    }
}

/// The k-th of N restarted in place ends with (r^N - r^k)/N of all clients: of three
/// servers the first has 62.5% and the last none (nats-server #1556).
#[test]
fn after_restarts_in_place_the_first_holds_most_and_the_last_nothing() {
    let scenario = cluster(CLIENTS, 3, "random");
    let scenario = with(scenario, "events", json!([{"at": "1s", "deploy": in_place()}]));
    let shares: Vec<f64> = held(&run(&scenario, 0))
        .iter()
        .map(|connections| f64::from(*connections) / f64::from(CLIENTS))
        .collect();
    for (share, expected) in shares.iter().zip([0.625, 0.375, 0.0]) {
        assert!((share - expected).abs() < 0.01, "{shares:?}");
    }
}

/// A-ROLLDROP: with a new server ready first, (1 + 1/N)^N - 1 drops a client.
#[test]
fn a_surge_of_one_drops_each_client_almost_as_often() {
    for (servers, expected) in [(4, 1.441_406), (10, 1.593_742)] {
        let measured = drops(servers, "random", &surge_one());
        assert!((measured / expected - 1.0).abs() < 0.02, "{servers}: {measured} {expected}");
    }
}

/// A-ROLLDROP: the new server is empty, so it takes all that the old one held.
#[test]
fn under_least_connections_a_surge_of_one_drops_each_client_exactly_once() {
    for servers in [4, 10] {
        let measured = drops(servers, "least_connections", &surge_one());
        assert!((measured - 1.0).abs() < 1e-12, "{servers}: {measured}");
    }
}

/// With the ring a client goes where its key's owner is: each of N steps takes one of N
/// owners away, and the new one beside it takes its share of every other.
#[test]
fn a_rolling_deploy_of_a_ring_drops_more_than_once_unless_nothing_is_moved() {
    let measured = drops(10, "ring", &surge_one());
    assert!((1.0..2.0).contains(&measured), "{measured}");
}

/// Once a new server is ready no old one takes anybody, so nobody is dropped twice.
#[test]
fn preferring_new_servers_drops_each_client_exactly_once() {
    let scenario = cluster(CLIENTS, 10, "random");
    let scenario = with(scenario, "balancer", json!({"prefer_new": true}));
    let scenario = with(scenario, "events", json!([{"at": "1s", "deploy": surge_one()}]));
    let run = run(&scenario, 0);
    assert_eq!(run.counts.dropped, u64::from(CLIENTS));
    assert!((metric(&run, "drops_per_client") - 1.0).abs() < 1e-12);
}

#[test]
fn a_blue_green_deploy_doubles_the_fleet_and_drops_each_client_once() {
    let deploy = json!({"blue_green": {"boot": "20s", "min_ready": "10s"}});
    let scenario = cluster(1_000, 5, "round_robin");
    let scenario = with(scenario, "events", json!([{"at": "10s", "deploy": deploy}]));
    let run = run(&scenario, 0);
    assert_eq!(run.counts.peak_servers, 10);
    assert_eq!(run.counts.dropped, 1_000);
    // Nothing happens until all new ones have been ready for 10 s.
    assert_eq!(at(&run, SeriesId::Connected, 39), 1_000.0);
    assert_eq!(at(&run, SeriesId::ServersReady, 35), 10.0);
    assert_eq!(held(&run), [0, 0, 0, 0, 0, 200, 200, 200, 200, 200]);
}

#[test]
fn a_canary_is_watched_before_the_rest_follows() {
    let deploy =
        json!({"canary": {"servers": 1, "hold": "1m", "boot": "1s", "surge": 1, "unavailable": 0}});
    let scenario = cluster(1_000, 4, "least_connections");
    let scenario = with(scenario, "events", json!([{"at": "10s", "deploy": deploy}]));
    let run = run(&scenario, 0);
    let dropped = |second| -> f64 { run.series.row(SeriesId::Dropped)[..second].iter().sum() };
    assert_eq!(dropped(70), 250.0, "one old server left its place to the canary");
    assert_eq!(run.counts.dropped, 1_000);
    assert_eq!(run.counts.peak_servers, 5);
}

/// Kubernetes' defaults on 26 servers: 7 more, 6 fewer.
#[test]
fn a_rolling_deploy_keeps_kubernetes_limits() {
    let deploy = json!({"rolling": {"boot": "20s"}});
    let scenario = cluster(2_600, 26, "least_connections");
    let scenario = with(scenario, "events", json!([{"at": "10s", "deploy": deploy}]));
    let run = run(&scenario, 0);
    let ready = run.series.row(SeriesId::ServersReady);
    assert_eq!(ready.iter().copied().fold(f64::INFINITY, f64::min), 20.0);
    assert_eq!(run.counts.peak_servers, 33);
    assert_eq!(*ready.last().unwrap(), 26.0);
    assert!(held(&run)[..26].iter().all(|held| *held == 0), "all old servers are gone");
}

/// A crash loop during a deploy: servers that are killed before they count as available. The
/// deploy looks once for each that becomes ready, not once for each look before it.
#[test]
fn a_deploy_whose_servers_are_killed_again_and_again_does_not_look_ever_more_often() {
    let scenario = cluster(400, 6, "least_connections");
    let scenario = with(scenario, "servers.handshake", json!({"workers": 1, "cost": "2s"}));
    let scenario = with(scenario, "clients.connect_timeout", "never");
    let scenario =
        with(scenario, "servers.liveness", json!({"every": "3s", "timeout": "300ms", "fall": 1}));
    let deploy = json!({"rolling": {"surge": 6, "unavailable": 0, "min_ready": "5s"}});
    let scenario = with(
        scenario,
        "events",
        json!([
            {"at": "5s", "disconnect": {"fraction": 1.0}},
            {"at": "6s", "deploy": deploy},
        ]),
    );
    let run = run(&with(scenario, "duration", "60s"), 0);
    assert!(metric(&run, "liveness_kills") > 50.0, "{}", metric(&run, "liveness_kills"));
    assert!(run.events < 100_000, "{}", run.events);
}

/// 100 connections a server are wanted of 1,000 on four. An autoscaler does not wait for a deploy
/// that is not a rolling one; servers that it starts beside canaries are of the old version.
#[test]
fn an_autoscaler_scales_out_while_a_deploy_is_under_way() {
    let hpa = json!({"hpa": {"target": {"connections": 100}, "max": 10}});
    let wanted_at = |deploy: Value, second: usize| {
        let scenario = cluster(1_000, 4, "least_connections");
        let scenario = with(scenario, "policies.0.autoscaler", hpa.clone());
        let scenario = with(scenario, "events", json!([{"at": "10s", "deploy": deploy}]));
        let run = run(&scenario, 0);
        (
            at(&run, SeriesId::ServersReady, second),
            *run.series.row(SeriesId::ServersReady).last().unwrap(),
        )
    };
    let canary = json!({"canary": {"servers": 1, "hold": "5m", "boot": "1s"}});
    let (held, last) = wanted_at(canary, 60);
    assert!(held >= 10.0 && last == 10.0, "{held} {last}");
    let one_by_one = json!({"one_by_one": {"pause": "2m"}});
    let (held, _) = wanted_at(one_by_one, 90);
    assert!(held >= 9.0, "{held}");
    let (green, last) = wanted_at(json!({"blue_green": {"boot": "5m"}}), 60);
    assert!(green >= 10.0 && last == 10.0, "{green} {last}");
}
