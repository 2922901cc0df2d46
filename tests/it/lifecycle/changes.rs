//! What counts as a change of the servers, and as a storm.

use ringstorm::observe::{Observations, SeriesId};
use serde_json::{Value, json};

use super::support::{at, cluster, metric, run, with};

/// A server joins two at 60 s, under a rebalancing rule.
fn joined(balance: &str, rebalance: &Value, boot: &str) -> Observations {
    let scenario = cluster(3_000, 2, balance);
    let scenario = with(scenario, "servers.boot", boot);
    let scenario = with(scenario, "policies.0.rebalance", rebalance.clone());
    run(&with(scenario, "events", json!([{"at": "60s", "add": 1}])), 0)
}

/// A server that boots takes nobody, so nobody is moved before it is ready.
#[test]
fn a_boot_delays_what_is_moved_and_changes_nothing_else() {
    for (balance, rule) in [("round_robin", json!({"drop_all": {}})), ("ring", json!("moved"))] {
        let [at_once, later] = ["0s", "30s"].map(|boot| joined(balance, &rule, boot));
        for name in ["dropped", "moved_fraction", "moved_over_minimum", "recovery_time"] {
            let (expected, measured) = (metric(&at_once, name), metric(&later, name));
            assert!(measured == expected, "{balance} {name}: {measured}, not {expected}");
        }
        let dropped: f64 = later.series.row(SeriesId::Dropped)[..89].iter().sum();
        assert_eq!(dropped, 0.0, "{balance}");
    }
}

/// What moves and the fewest that must, of 3,000 connections on three servers.
fn moved(rebalance: &str, events: Value) -> (f64, f64) {
    let rule = if rebalance == "drop_all" { json!({"drop_all": {}}) } else { json!(rebalance) };
    let scenario = with(cluster(3_000, 3, "round_robin"), "policies.0.rebalance", rule);
    let run = run(&with(scenario, "events", events), 0);
    (metric(&run, "moved_fraction"), metric(&run, "moved_over_minimum"))
}

fn assert_moved((share, over): (f64, f64), expected: (f64, f64), case: &str) {
    assert!((share - expected.0).abs() < 1e-3, "{case}: {share} moved");
    assert!((over - expected.1).abs() < 1e-3, "{case}: {over} x the minimum");
}

/// The fourth server takes 250 of each; dropping all moves four times as many.
#[test]
fn when_a_server_joins_the_fewest_are_what_others_hold_above_their_new_share() {
    let add = json!([{"at": "60s", "add": 1}]);
    assert_moved(moved("drop_all", add.clone()), (1.0, 4.0), "drop all");
    assert_moved(moved("none", add), (0.0, 0.0), "none");
}

/// The third server's 1,000 must move, and no others: the two that stay are below their new share
/// of 1,500.
#[test]
fn when_a_server_leaves_the_fewest_are_its_own() {
    let leave = json!({"count": 1});
    let drain = json!({"count": 1, "drain": "30s"});
    for verb in [json!({"remove": leave}), json!({"remove": drain}), json!({"crash": leave})] {
        let mut event = verb.clone();
        event["at"] = json!("60s");
        let of = |rebalance: &str| moved(rebalance, json!([event]));
        assert_moved(of("none"), (1.0 / 3.0, 1.0), &format!("none, {verb}"));
        assert_moved(of("drop_all"), (1.0, 3.0), &format!("drop all, {verb}"));
    }
}

/// One of three leaves and two join, at once: 1,000 must move, and of the two that stay 250 each,
/// as four servers have 750.
#[test]
fn when_servers_leave_and_join_at_once_the_fewest_are_both() {
    let leave = json!({"at": "60s", "remove": {"count": 1, "pick": "oldest"}});
    let both = json!([leave, {"at": "60s", "add": 2}]);
    assert_moved(moved("drop_all", both.clone()), (1.0, 2.0), "drop all");
    assert_moved(moved("none", both), (1.0 / 3.0, 1.0 / 1.5), "none");
}

/// The second change, when the drained server is gone, changes nothing for anybody.
#[test]
fn a_server_that_has_drained_leaves_without_a_second_drop() {
    let scenario = cluster(3_000, 3, "round_robin");
    let scenario = with(scenario, "policies.0.rebalance", json!({"drop_all": {}}));
    let events = json!([{"at": "60s", "remove": {"count": 1, "drain": "30s"}}]);
    let run = run(&with(scenario, "events", events), 0);
    let after: f64 = run.series.row(SeriesId::Dropped)[65..].iter().sum();
    // The rest of the drain, spread over 30 s, and nobody else.
    assert!(after <= 1_000.0, "{after}");
    assert!((3_000..=3_010).contains(&run.counts.dropped), "{}", run.counts.dropped);
}

/// Where a server's place in the list decides, keys change owners once more when a drained one is
/// gone. Under a ring they do not.
#[test]
fn owners_that_go_by_places_in_a_list_change_again_when_a_drained_server_is_gone() {
    let moves = |balance: &str| -> f64 {
        let scenario = with(cluster(3_000, 7, balance), "policies.0.rebalance", "moved");
        let remove = json!({"count": 1, "pick": "oldest", "drain": "10s"});
        let run = run(&with(scenario, "events", json!([{"at": "60s", "remove": remove}])), 0);
        assert!(metric(&run, "misplaced") < 0.05, "{balance}");
        run.counts.dropped as f64 / 3_000.0
    };
    // One in seven when it takes its leave, and five in six and more when it is gone.
    for balance in ["nginx_hash", "haproxy_consistent"] {
        let share = moves(balance);
        assert!((0.9..2.0).contains(&share), "{balance}: {share}");
    }
    for (balance, at_most) in [("ring", 0.25), ("mod_hash", 0.9)] {
        let share = moves(balance);
        assert!(share < at_most, "{balance}: {share}");
    }
}

/// Who gives up is not back, even when it leaves.
#[test]
fn a_storm_is_not_over_because_those_it_dropped_give_up_and_leave() {
    let scenario = cluster(200, 2, "round_robin");
    let scenario = with(scenario, "clients.reconnect", "never");
    let scenario = with(scenario, "clients.presence", json!({"exponential": {"mean": "20s"}}));
    let events = json!([{"at": "1s", "disconnect": {"fraction": 1}}]);
    let run = run(&with(scenario, "events", events), 0);
    assert_eq!(run.counts.attempts, 0);
    assert_eq!(metric(&run, "recovered"), 0.0);
}

/// Two storms, each over within two seconds: the time between them is neither's.
#[test]
fn each_storm_is_measured_from_its_own_event_and_the_slowest_is_told() {
    let storms = |second: &str| {
        let scenario = cluster(1_000, 2, "round_robin");
        let delays = json!({"steps": {"delays": ["2s"], "tail": "2s", "jitter": "full"}});
        let scenario = with(scenario, "clients.reconnect", delays);
        let events = json!([
            {"at": "1m", "disconnect": {"fraction": 1}},
            {"at": second, "disconnect": {"fraction": 0.5}},
        ]);
        metric(&run(&with(scenario, "events", events), 0), "recovery_time")
    };
    let apart = storms("5m");
    assert!((1.9..2.001).contains(&apart), "{apart}");
    // The first is not over when the second begins: they are one.
    let together = storms("61s");
    assert!((2.5..3.001).contains(&together), "{together}");
}

/// Connections that have reached their age are closed all the time: no storm.
#[test]
fn what_is_closed_for_its_age_is_no_part_of_a_storm() {
    let scenario = cluster(4_000, 4, "round_robin");
    let rule = json!({"max_age": {"age": "2m", "jitter": 0.1}});
    let scenario = with(scenario, "policies.0.rebalance", rule);
    let events = json!([{"at": "1m", "crash": {"servers": ["s1"]}}]);
    let run = run(&with(scenario, "events", events), 0);
    assert_eq!(metric(&run, "recovery_time"), 1.001);
    assert!(run.counts.dropped > 4 * 4_000, "{}", run.counts.dropped);
}

/// Connections of the start have been open for a while: from the first second on as many
/// reach their age as in the long run.
#[test]
fn ages_are_spread_from_the_start() {
    let scenario = cluster(12_000, 4, "round_robin");
    let rule = json!({"max_age": {"age": "2m", "jitter": 0.1}});
    let run = run(&with(scenario, "policies.0.rebalance", rule), 0);
    for minute in 0..10 {
        let row = &run.series.row(SeriesId::Dropped)[60 * minute..60 * (minute + 1)];
        let per_second = row.iter().sum::<f64>() / 60.0;
        // An age and a second of back-off each: 12,000 / 121 s, four standard deviations.
        assert!((per_second - 99.2).abs() < 8.0, "minute {minute}: {per_second}");
    }
}

/// What the warm-up dropped belongs to no metric.
#[test]
fn drops_of_the_warm_up_are_nobodys() {
    let scenario = with(cluster(1_000, 2, "round_robin"), "warmup", "1m");
    let events = json!([{"at": "30s", "disconnect": {"fraction": 0.5}}]);
    let early = run(&with(scenario.clone(), "events", events), 0);
    assert!(early.storm.is_none() && early.drops_per_client.is_empty());
    let events = json!([
        {"at": "30s", "disconnect": {"fraction": 0.5}},
        {"at": "90s", "disconnect": {"fraction": 0.1}},
    ]);
    let run = run(&with(scenario, "events", events), 0);
    assert_eq!(metric(&run, "drops_per_client"), 1.0);
    assert_eq!(metric(&run, "drops_per_client_max"), 1.0);
    assert_eq!(metric(&run, "recovery_time"), 1.001);
}

/// The first sample that finds the cluster balanced, not the last that did not.
#[test]
fn a_cluster_is_balanced_when_a_sample_first_finds_it_so() {
    let scenario = with(cluster(100, 1, "least_connections"), "sample_every", "10s");
    let scenario =
        with(scenario, "clients.arrivals", json!({"ramp": {"clients": 600, "over": "10m"}}));
    let run = run(&with(scenario, "events", json!([{"at": "60s", "add": 1}])), 0);
    // 160 on the first; one a second to the second: 131 and more from 191 s on.
    assert_eq!(at(&run, SeriesId::ServersReady, 10), 2.0);
    assert_eq!(metric(&run, "time_to_balance"), 140.0, "the sample at 200 s");
}
