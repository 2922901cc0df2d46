//! What absent clients miss, recover and lose, to the message.

use serde_json::{Value, json};

use super::account::lost_by_series;
use crate::theory::support::{Scenario, chi_square_of, mean_ci, metric_of, secs};

/// `clients` with a channel of their own at `rate` per second, all cut off at once for
/// exactly `gap` seconds.
fn gap(clients: u32, rate: f64, gap: f64) -> Scenario {
    Scenario::new(gap + 2.0)
        .set("clients.connected", clients)
        .set("clients.reconnect", json!({"fixed": {"delay": secs(gap), "jitter": "none"}}))
        .set("servers.handshake.workers", 100_000)
        .set("events", json!([{"at": "1s", "disconnect": {"fraction": 1}}]))
        .set(
            "messaging",
            json!({
                "channels": {"sizes": "one_per_client"},
                "publish": {"rate": format!("{rate}/s")},
                "subscribe_cost": "0s", "delivery_cost": "0s", "receive_cost": "0s"
            }),
        )
}

/// How many messages each absence missed.
fn missed(run: &ringstorm::observe::Observations) -> Vec<u64> {
    let messages = run.messages.as_ref().expect("there are messages");
    let recorded = messages.missed.iter_recorded();
    recorded
        .flat_map(|cell| {
            let count = cell.count_since_last_iteration();
            std::iter::repeat_n(cell.value_iterated_to(), count as usize)
        })
        .collect()
}

fn poisson(mean: f64) -> Vec<f64> {
    let mut probability = ringstorm::engine::math::exp(-mean);
    (1..40)
        .map(|n| {
            let here = probability;
            probability *= mean / f64::from(n);
            here
        })
        .collect()
}

fn geometric(mean: f64) -> Vec<f64> {
    (0..60).map(|n| (mean / (1.0 + mean)).powi(n) / (1.0 + mean)).collect()
}

#[test]
fn p_gap_a_a_fixed_absence_misses_a_poisson_number() {
    let runs = gap(1_000, 2.0, 1.5).run(missed);
    chi_square_of("P-GAP-a", &runs.concat(), &poisson(3.0));
    let totals: Vec<f64> = runs.iter().map(|run| run.iter().sum::<u64>() as f64).collect();
    mean_ci("P-GAP-a", None, &[("mean_total", 3_000.0, totals)]);
}

#[test]
fn p_gap_b_so_does_a_longer_one_at_a_lower_rate() {
    let runs = gap(10_000, 0.1, 5.0).set("replications", 20).run(missed);
    chi_square_of("P-GAP-b", &runs.concat(), &poisson(0.5));
    let totals: Vec<f64> = runs.iter().map(|run| run.iter().sum::<u64>() as f64).collect();
    mean_ci("P-GAP-b", None, &[("mean_total", 5_000.0, totals)]);
}

#[test]
fn p_gap_a_an_exponential_absence_misses_a_geometric_number() {
    // The absence is the handshake alone, which each finds a worker for.
    let runs = gap(1_000, 2.0, 0.0)
        .set("duration", "60s")
        .set("sample_every", "60s")
        .set("clients.reconnect", json!({"fixed": {"delay": "1ns", "jitter": "none"}}))
        .set("servers.handshake.cost", json!({"exponential": {"mean": "1.5s"}}))
        .run(missed);
    chi_square_of("P-GAP-a", &runs.concat(), &geometric(3.0));
}

/// A storm: everybody is cut off, and comes back through a short queue.
fn storm(messaging: Value) -> Scenario {
    Scenario::new(30.0)
        .set("replications", 4)
        .set("clients.connected", 2_000)
        .set("clients.arrivals", json!({"poisson": {"rate": "20/s"}}))
        .set("clients.presence", json!({"exponential": {"mean": "60s"}}))
        .set("clients.rtt", "40ms")
        .set("clients.connect_timeout", "2s")
        .set("clients.reconnect", "socket.io")
        .set("servers.count", 4)
        .set("servers.accept_queue", 50)
        .set("servers.handshake.cost", "5ms")
        .set(
            "events",
            json!([{"at": "5s", "disconnect": {"fraction": 0.9}}, {"at": "12s", "crash": 1}]),
        )
        .set("messaging", messaging)
}

#[test]
fn lost_messages_are_the_rate_times_the_presence_offline() {
    // Each client's own channel at 5 a second, so what is lost is Poisson with the mean
    // 5 x client-seconds offline, which the run records on its own account.
    let messaging = json!({
        "channels": {"sizes": "one_per_client"}, "publish": {"rate": "5/s"}
    });
    let runs = storm(messaging).set("replications", 20).run(|run| {
        let offline = (run.counts.present_time - run.counts.connected_time) as f64 / 1e9;
        (metric_of(run, "lost_messages") - 5.0 * offline) / (5.0 * offline).sqrt()
    });
    mean_ci("lost = rate x offline", None, &[("standardised excess", 0.0, runs.clone())]);
    let squares: f64 = runs.iter().map(|z| z * z).sum();
    // Chi-square of 20: 99.99% below 52.4.
    assert!((4.0..52.4).contains(&squares), "{squares}: {runs:?}");
}

#[test]
fn every_message_is_delivered_recovered_or_lost_under_every_policy() {
    let messaging = json!({
        "channels": {"count": 40, "per_client": 2, "sizes": {"lognormal": {"sigma": 1}}},
        "publish": {"rate": "300/s", "per": "all", "bursts": {"publishes": 5, "within": "1s"}},
        "direct": {"rate": "0.5/s"}, "history": {"reach": "4s", "size": 20, "state_cost": "1ms"},
        "broker": {"nodes": 3}, "duplicates": "1%"
    });
    let policies = json!([
        {"name": "interest", "balance": "round_robin"},
        {"name": "broadcast", "balance": "random", "pubsub": "broadcast"},
        {"name": "sharded", "balance": "ring", "rebalance": "moved", "pubsub": "sharded"}
    ]);
    let scenario = storm(messaging).set("policies", policies).set("warmup", "3s");
    let runs = scenario.run(|run| {
        let messages = run.messages.clone().expect("there are messages");
        let accounted = messages.delivered + messages.recovered + messages.lost.total();
        assert_eq!(messages.owed, accounted);
        assert_eq!(messages.lost.misrouted + messages.lost.broker, 0);
        let parts = [messages.recovered, messages.lost.offline, messages.state_loads];
        assert!(parts.iter().all(|part| *part > 0), "{parts:?}");
        assert!(messages.duplicates > 0);
        messages.owed
    });
    for replication in runs.chunks(3) {
        assert!(replication.iter().all(|owed| *owed == replication[0]), "{replication:?}");
    }
}

#[test]
fn history_that_reaches_back_recovers_everything_and_a_short_one_nothing() {
    let of = |history: Value| {
        gap(200, 2.0, 1.5).set("messaging.history", history).run(|run| {
            ["lost_messages", "recovered_messages", "state_loads"].map(|name| metric_of(run, name))
        })
    };
    for [lost, recovered, _] in of(json!("2s")) {
        assert!(lost == 0.0 && recovered > 400.0, "{lost} lost, {recovered} recovered");
    }
    for [lost, recovered, _] in of(json!("1s")) {
        assert!(lost > 400.0 && recovered == 0.0, "{lost} lost, {recovered} recovered");
    }
    for [lost, recovered, loads] in of(json!({"reach": "2s", "size": 3, "state_cost": "1ms"})) {
        assert!(lost > 100.0 && recovered > 100.0 && loads > 20.0, "{lost} {recovered} {loads}");
    }
}

/// The last channels of five places are nobody's, and three events of eight for nothing.
#[test]
fn messages_to_few_clients_take_few_events() {
    let scenario = |clients: u32| {
        Scenario::new(10.0).set("replications", 1).set("clients.connected", clients).set(
            "messaging",
            json!({"channels": {"sizes": "one_per_client"}, "publish": {"rate": "1000/s"}}),
        )
    };
    for (clients, most) in [(1, 1.01), (5, 1.65)] {
        let seen = scenario(clients).run(|run| (run.events as f64, metric_of(run, "publishes")));
        let (events, publishes) = seen[0];
        assert!((publishes - 10_000.0 * f64::from(clients)).abs() < 1_000.0, "{publishes}");
        assert!(events < most * publishes, "{events} of {publishes}");
    }
}

#[test]
fn a_direct_message_finds_its_client_by_the_registry_and_costs_one_copy() {
    let scenario = storm(json!({
        "channels": {"count": 1}, "publish": {"rate": "0/s"}, "direct": {"rate": "2/s"}
    }));
    for [copies, lost, delivered, publishes] in scenario.run(|run| {
        ["broker_copies_per_publish", "lost_messages", "deliveries", "publishes"]
            .map(|name| metric_of(run, name))
    }) {
        assert_eq!(lost + delivered, publishes);
        assert!((copies - delivered / publishes).abs() < 1e-12, "one for each that is there");
        assert!(lost > 1_000.0);
    }
}

/// Whatever happens to clients and servers, under every way of sharing messages.
#[test]
fn the_ledger_is_right_through_every_kind_of_event() {
    let events = json!([
        {"at": "3s", "disconnect": {"fraction": 0.3, "silently": true, "for": "4s"}},
        {"at": "4s", "add": 2},
        {"at": "6s", "crash": {"count": 1, "silently": true, "for": "5s"}},
        {"at": "8s", "outage": {"of": "broker", "for": "2s"}},
        {"at": "9s", "remove": {"count": 1, "pick": "oldest", "drain": "4s"}},
        {"at": "12s", "slow": {"servers": ["s3"], "factor": 3, "for": "3s"}},
        {"at": "15s", "deploy": {"rolling": {"surge": 1, "unavailable": 1, "drain": "2s"}}},
        {"at": "20s", "disconnect": {"fraction": 0.5}}
    ]);
    let messaging = json!({
        "channels": {"count": 60, "sizes": {"zipf": 1}},
        "publish": {"rate": "400/s", "per": "all", "popularity": "size"},
        "direct": {"rate": "0.2/s"}, "history": "3s",
        "slow_consumers": {"fraction": "5%", "drain": "2kB"}, "output_buffer": "10kB",
        "broker": {"nodes": 2, "queue_limit": 100}
    });
    let policies = json!([
        {"name": "interest", "balance": "round_robin"},
        {"name": "broadcast", "balance": "random", "pubsub": "broadcast"},
        {"name": "sharded", "balance": "ring", "rebalance": "moved", "pubsub": "sharded"},
        {"name": "colocated", "balance": "ring", "rebalance": "moved", "pubsub": "colocated"}
    ]);
    let scenario = storm(messaging)
        .set("replications", 3)
        .set("sample_every", "1s")
        .set("policies", policies)
        .set("events", events);
    let runs = scenario.run(|run| {
        let messages = run.messages.clone().expect("there are messages");
        let accounted = messages.delivered + messages.recovered + messages.lost.total();
        assert_eq!(messages.owed, accounted);
        assert_eq!(lost_by_series(run), messages.lost.total());
        let parts = [messages.delivered, messages.recovered, messages.lost.offline];
        assert!(parts.iter().all(|part| *part > 0), "{parts:?}");
        (messages.owed, messages.publishes, messages.lost)
    });
    for replication in runs.chunks(4) {
        let (owed, publishes, _) = replication[0];
        assert!(replication.iter().all(|run| run.0 == owed && run.1 == publishes));
        let routed = &replication[..3];
        assert!(routed.iter().all(|(.., lost)| lost.misrouted == 0), "{replication:?}");
        assert!(routed.iter().all(|(.., lost)| lost.broker > 0 && lost.slow > 0));
        let (.., colocated) = replication[3];
        assert!(colocated.broker == 0, "rooms have no broker: {colocated:?}");
    }
}
