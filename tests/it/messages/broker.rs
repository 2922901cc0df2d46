//! Queues of the broker.

use serde_json::json;

use crate::theory::support::{Scenario, metric_of, passes};

/// A broker with nothing around it: each publish is one copy to the only server.
fn broker(duration: f64, rate: f64, settings: serde_json::Value) -> Scenario {
    Scenario::new(duration)
        .set("clients.connected", 10)
        .set(
            "messaging",
            json!({
                "channels": {"count": 10},
                "publish": {"rate": format!("{rate}/s"), "per": "all", "bytes": "256B"},
                "receive_cost": "0s", "delivery_cost": "0s"
            }),
        )
        .set("messaging.broker", settings)
}

#[test]
fn p_broker_a_a_broker_at_half_its_load_is_an_m_d_1_queue() {
    passes(&["P-BROKER-a"]);
}

#[test]
fn p_broker_b_so_is_one_at_nine_tenths() {
    passes(&["P-BROKER-b"]);
}

/// Deliveries a second of one copy each, from a broker that is offered `rate`.
fn delivered(preset: &str, pubsub: &str, rate: f64) -> f64 {
    // Servers are spread over the nodes, and channels over the servers.
    let scenario = broker(0.2, rate, json!(preset))
        .set("replications", 2)
        .set("clients.connected", 3_000)
        .set("servers.count", 30)
        .set("messaging.channels.count", 3_000)
        .set("policies.0.pubsub", pubsub);
    let runs = scenario.run(|run| {
        let messages = run.messages.as_ref().expect("there are messages");
        let copies: u64 = messages.nodes.iter().map(|node| node.copies).sum();
        // The busiest node says when the broker ends: copies per time of its work.
        let busiest = messages.nodes.iter().map(|node| node.busy).max().unwrap_or(0);
        (copies as f64 / 0.2, busiest as f64 / 0.2e9)
    });
    let (copies, busiest) = runs[0];
    if busiest < 0.999 { copies } else { copies.min(copies / busiest) }
}

#[test]
fn one_redis_ends_at_650_000_a_second() {
    for (rate, load) in [(600_000.0, 0.923), (700_000.0, 1.0)] {
        let scenario = broker(0.2, rate, json!("redis")).set("replications", 1);
        let seen = scenario
            .run(|run| (metric_of(run, "broker_utilisation"), metric_of(run, "broker_queue_max")));
        let (utilisation, queue) = seen[0];
        assert!((utilisation - load).abs() < 0.005, "{rate}: {utilisation}");
        // At 700,000 a second 50,000 too many come in each: 10,000 in a fifth of one.
        let piles_up = queue > 5_000.0;
        assert_eq!(piles_up, rate > 650_000.0, "{rate}: {queue}");
    }
}

#[test]
fn a_classic_cluster_of_three_carries_less_than_one_node_and_a_sharded_one_three_times_as_much() {
    let at = |preset, pubsub, rate| {
        let scenario = broker(0.2, rate, json!(preset))
            .set("replications", 1)
            .set("clients.connected", 3_000)
            .set("servers.count", 30)
            .set("messaging.channels.count", 3_000)
            .set("policies.0.pubsub", pubsub);
        scenario.run(|run| metric_of(run, "broker_utilisation"))[0]
    };
    for (pubsub, preset, rate, load) in [
        ("interest", "redis_cluster_classic", 380_000.0, 0.95),
        ("interest", "redis_cluster_classic", 430_000.0, 1.0),
        ("sharded", "redis_cluster_sharded", 1_800_000.0, 0.923),
        ("sharded", "redis_cluster_sharded", 2_200_000.0, 1.0),
    ] {
        let utilisation = at(preset, pubsub, rate);
        // The busiest of three has up to 3% more than the others.
        assert!((utilisation - load).abs() < 0.035, "{preset} at {rate}: {utilisation}");
    }
    let one = delivered("redis", "interest", 400_000.0);
    assert!((one - 400_000.0).abs() < 8_000.0, "one node has room where a cluster ends: {one}");
}

/// What takes longer than numbers reach takes as long as they do: 73 years for each of eight copies.
#[test]
fn costs_of_many_years_do_not_begin_again_at_none() {
    let of = |servers: u32| {
        let settings = json!({"cost_out": "2305843009213693952ns", "cost_in": "0s"});
        let scenario = broker(2.0, 100.0, settings).set("servers.count", servers);
        scenario
            .set("replications", 1)
            .set("policies.0.pubsub", "broadcast")
            .run(|run| ["delivery_mean", "broker_utilisation"].map(|name| metric_of(run, name)))[0]
    };
    for servers in [7, 8] {
        let [mean, utilisation] = of(servers);
        // The longest time that a histogram tells from longer ones.
        assert!((mean / 288_230_376.0 - 1.0).abs() < 1e-3, "{servers}: {mean}");
        assert!(utilisation > 0.98, "{servers}: {utilisation}");
    }
}

#[test]
fn a_link_that_is_too_narrow_is_the_limit_and_a_full_queue_refuses() {
    // 1,000 copies of 256 B a second on a link for 512 kB: half of its time; on one for
    // 128 kB twice as many as it takes, so latency grows by half a second each second.
    let mean = |bandwidth: &str| {
        let scenario = broker(4.0, 1_000.0, json!({"bandwidth": bandwidth})).set("replications", 1);
        scenario.run(|run| metric_of(run, "delivery_mean"))[0]
    };
    assert!(mean("512kB") < 0.003);
    assert!((mean("128kB") - 2.0).abs() < 0.2, "{}", mean("128kB"));
    let refused = broker(2.0, 2_000.0, json!({"cost_in": "1ms", "queue_limit": 10}))
        .set("replications", 1)
        .run(|run| (metric_of(run, "lost_fraction"), metric_of(run, "broker_queue_max")));
    let (lost, queue) = refused[0];
    // Of 2,000 a second one node takes fewer than 1,000.
    assert!((lost - 0.5).abs() < 0.03 && queue <= 12.0, "{lost} lost, {queue} waiting");
}
