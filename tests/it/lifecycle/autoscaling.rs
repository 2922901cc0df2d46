//! Autoscalers in the simulated cluster: the controllers themselves are tested against the
//! catalogue's traces elsewhere.

use ringstorm::observe::SeriesId;
use serde_json::{Value, json};

use super::support::{at, cluster, held, metric, run, with};

fn scaled(balance: &str, rebalance: Value, target: u32) -> Value {
    let scenario = cluster(1_000, 2, balance);
    let scenario = with(scenario, "policies.0.rebalance", rebalance);
    with(scenario, "autoscaler", json!({"hpa": {"target": {"connections": target}, "max": 40}}))
}

/// A-HPA-a in a cluster: 2 servers hold 1,000 connections and 50 each are wanted. The total does not
/// change, so the mean falls as servers come: 2 -> 4 -> 8 -> 16 -> 20 without a `behavior`.
#[test]
fn the_total_of_connections_decides_how_many_servers_are_wanted() {
    let run = run(&scaled("round_robin", json!("none"), 50), 0);
    let ready: Vec<f64> =
        [14, 16, 31, 46, 61, 300].map(|second| at(&run, SeriesId::ServersReady, second)).to_vec();
    assert_eq!(ready, [2.0, 4.0, 8.0, 16.0, 20.0, 20.0]);
}

/// kubernetes #66970: the new servers stay empty, for nothing moves to them.
#[test]
fn servers_are_added_in_vain_unless_something_moves_connections() {
    let vain = run(&scaled("least_connections", json!("none"), 50), 0);
    assert_eq!(held(&vain)[2..].iter().sum::<u32>(), 0);
    let shed = json!({"shed": {"tolerance": 0.05, "check_every": "10s"}});
    let shared = run(&scaled("least_connections", shed, 50), 0);
    assert!(held(&shared).iter().all(|held| (47..=53).contains(held)), "{:?}", held(&shared));
}

/// Below the target the fleet shrinks after the window of 5 minutes, those of the start, equally old, by chance.
#[test]
fn fewer_connections_shrink_the_fleet_after_the_window() {
    let scenario = with(cluster(100, 4, "round_robin"), "duration", "20m");
    let scenario = with(scenario, "servers.drain", "30s");
    let scenario = with(
        scenario,
        "autoscaler",
        json!({"hpa": {"target": {"connections": 50}, "min": 2, "max": 40}}),
    );
    let run = run(&scenario, 0);
    assert_eq!(at(&run, SeriesId::ServersReady, 1_100), 2.0);
    let mut held = held(&run);
    held.sort_unstable();
    assert_eq!(held, [0, 0, 50, 50]);
    assert_eq!(run.counts.dropped, 50);
}

/// Nobody could be seen to come back from what it did there.
#[test]
fn an_autoscaler_does_nothing_at_the_very_end_of_a_run() {
    let hpa = json!({"hpa": {"target": {"connections": 50}, "min": 2, "max": 40}});
    let scenario = with(cluster(100, 4, "round_robin"), "autoscaler", hpa);
    let dropped: Vec<u64> = (285..=345)
        .step_by(15)
        .map(|seconds| {
            let run = run(&with(scenario.clone(), "duration", format!("{seconds}s")), 0);
            let dropped = run.counts.dropped;
            assert!(dropped == 0 || metric(&run, "recovered") == 1.0, "{seconds}");
            dropped
        })
        .collect();
    assert!(dropped[0] == 0 && dropped[4] == 50, "{dropped:?}");
}

/// Booting takes a minute and two at a time: 6 more take 3 minutes.
#[test]
fn servers_boot_so_many_at_a_time() {
    let scenario = with(cluster(100, 2, "round_robin"), "servers.boot", "60s");
    let scenario = with(scenario, "servers.boot_at_once", 2);
    let scenario = with(scenario, "events", json!([{"at": "10s", "add": 6}]));
    let run = run(&scenario, 0);
    let ready: Vec<f64> =
        [69, 71, 131, 191].map(|second| at(&run, SeriesId::ServersReady, second)).to_vec();
    assert_eq!(ready, [2.0, 4.0, 6.0, 8.0]);
}

/// Messages take 160 x 500 x 10 us a second, 80%, of the CPU of each of four servers: at a
/// target of 50% seven are wanted.
#[test]
fn the_cpu_share_counts_what_messages_take() {
    let scenario = cluster(2_000, 4, "round_robin");
    let scenario = with(
        scenario,
        "messaging",
        json!({
            "channels": {"count": 1, "per_client": 1},
            "publish": {"rate": "160/s", "per": "channel"},
            "delivery_cost": "10us",
        }),
    );
    let scenario = with(scenario, "servers.handshake.workers", 1);
    let scenario =
        with(scenario, "autoscaler", json!({"hpa": {"target": {"cpu": 0.5}, "max": 40}}));
    let run = run(&scenario, 0);
    let share = at(&run, SeriesId::MessageShare, 10);
    let wanted = (share / 0.5 * 4.0).ceil();
    assert!(share > 0.55, "{share}");
    assert_eq!(at(&run, SeriesId::ServersReady, 20), wanted, "at {share}");
}
