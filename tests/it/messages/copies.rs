//! Copies per publish: all servers, those with a member, or one.

use serde_json::json;

use crate::theory::support::{Scenario, expected, mean_ci, metric_of, passes};

/// `clients` in channels of `size`, placed at random over `servers`.
fn rooms(servers: u32, size: u32, channels: u32, pubsub: &str) -> Scenario {
    Scenario::new(1.0)
        .set("clients.connected", channels * size)
        .set("servers.count", servers)
        .set("policies.0.balance", "random")
        .set("policies.0.pubsub", pubsub)
        .set(
            "messaging",
            json!({"channels": {"count": channels}, "publish": {"rate": "10000/s", "per": "all"}}),
        )
}

#[test]
fn p_fanout_a_five_members_on_ten_servers_are_on_4_of_them() {
    passes(&["P-FANOUT-a"]);
}

#[test]
fn p_fanout_b_a_hundred_members_are_on_all_of_ten_servers() {
    passes(&["P-FANOUT-b"]);
}

#[test]
fn p_fanout_c_a_hundred_members_are_on_63_of_a_hundred_servers() {
    passes(&["P-FANOUT-c"]);
}

#[test]
fn p_fanout_d_two_members_on_four_servers_are_on_1_75_of_them() {
    passes(&["P-FANOUT-d"]);
}

#[test]
fn p_fanout_a_members_on_a_ring_of_100_points_are_on_4_09_servers() {
    passes(&["P-FANOUT-a-ring"]);
}

#[test]
fn a_room_on_the_ring_costs_one_copy_and_none_is_for_nothing() {
    let colocated =
        rooms(10, 5, 1_000, "colocated").balance(json!({"ring": {"virtual_nodes": 100}}));
    for run in colocated.run(|run| {
        ["broker_copies_per_publish", "idle_copies_fraction", "lost_messages"]
            .map(|name| metric_of(run, name))
    }) {
        assert_eq!(run, [1.0, 0.0, 0.0]);
    }
}

#[test]
fn p_shard_a_the_busiest_of_four_brokers_carries_more_than_a_quarter() {
    let of = |pubsub| {
        rooms(20, 10, 10_000, pubsub)
            .set("duration", "10s")
            .set("sample_every", "10s")
            .set("messaging.publish.rate", "10000/s")
            .set("messaging.broker", json!({"nodes": 4}))
    };
    let id = "P-SHARD-a";
    let sharded = of("sharded").run(|run| {
        let nodes = &run.messages.as_ref().unwrap().nodes;
        let copies: Vec<f64> = nodes.iter().map(|node| node.copies as f64).collect();
        let all: f64 = copies.iter().sum();
        let most = copies.iter().copied().fold(0.0, f64::max);
        [most / all, metric_of(run, "broker_copies_per_publish") * 1_000.0]
    });
    let column = |index: usize| sharded.iter().map(|run| run[index]).collect::<Vec<f64>>();
    let wanted = expected(id, "busiest_broker_share_of_channels");
    // 10,000 publishes a second for ten seconds: their own chance adds a tenth to the
    // channels' variance, so a twentieth to the excess over a quarter, and the size of
    // channels in servers (relative deviation 9%) less than a hundredth.
    let excess = 0.25 + (wanted - 0.25) * 1.05;
    mean_ci(
        id,
        None,
        &[
            ("busiest share", excess, column(0)),
            ("interest_per_s", expected(id, "interest_per_s"), column(1)),
        ],
    );
    let broadcast = of("broadcast").run(|run| metric_of(run, "broker_copies_per_publish"));
    let a_second = expected(id, "broadcast_per_s");
    assert!(broadcast.iter().all(|copies| copies * 1_000.0 == a_second));
}

#[test]
fn the_members_and_the_publishes_are_the_same_under_every_policy() {
    let scenario = Scenario::new(20.0)
        .set("replications", 2)
        .set("clients.connected", 500)
        .set("clients.arrivals", json!({"poisson": {"rate": "20/s"}}))
        .set("clients.presence", json!({"exponential": {"mean": "20s"}}))
        .set("servers.count", 6)
        .set(
            "messaging",
            json!({
                "channels": {"count": 50, "per_client": 3, "sizes": {"zipf": 1}},
                "publish": {"rate": "200/s", "per": "all", "popularity": "size"},
                "direct": {"rate": "1/s"}
            }),
        )
        .set(
            "policies",
            json!([
                {"name": "interest", "balance": "round_robin"},
                {"name": "broadcast", "balance": "random", "pubsub": "broadcast"},
                {"name": "sharded", "balance": "ring", "pubsub": "sharded"}
            ]),
        );
    let runs = scenario.run(|run| {
        let messages = run.messages.as_ref().unwrap();
        (run.draws_digest, messages.publishes, messages.owed)
    });
    let (first, second) = runs.split_at(3);
    for runs in [first, second] {
        assert!(runs.iter().all(|run| *run == runs[0]), "{runs:?}");
        assert!(runs[0].1 > 10_000, "{runs:?}");
    }
    assert_ne!(first[0], second[0], "replications differ");
}
