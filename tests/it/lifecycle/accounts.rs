//! What metrics count, and what they do not: each against a sum that is done by hand.

use serde_json::{Value, json};

use super::support::{at, cluster, metric, run, with};
use ringstorm::observe::SeriesId;

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
}

fn events(scenario: Value, events: Value) -> Value {
    with(scenario, "events", events)
}

/// A thousand clients that are back within the second after the drop.
#[test]
fn the_peak_is_of_a_second_that_begins_with_the_storm() {
    for drop in ["10s", "10.25s", "10.5s", "10.99s"] {
        let soon = json!({"steps": {"delays": ["990ms"], "tail": "990ms", "jitter": "full"}});
        let scenario = with(cluster(1_000, 2, "round_robin"), "clients.reconnect", soon);
        let scenario = events(scenario, json!([{"at": drop, "disconnect": {"fraction": 1.0}}]));
        near(metric(&run(&scenario, 0), "peak_attempt_rate"), 1_000.0);
    }
}

/// Both of two servers end: all of 100 connections end with theirs, and none had a choice.
#[test]
fn where_all_servers_go_all_connections_move() {
    let crash = json!([{"at": "10s", "crash": {"count": 2, "for": "5s"}}]);
    let run = run(&events(cluster(100, 2, "round_robin"), crash), 0);
    assert_eq!((run.counts.displaced, run.counts.moved_of), (100, 100));
    near(metric(&run, "moved_over_minimum"), 1.0);
}

/// Four servers of 100 start again in place, one after the other, without a moment's pause: each
/// time those of one end, 100 of 400, 200, 300 or what it holds by then.
#[test]
fn a_server_that_starts_again_in_place_ends_its_connections_then_and_not_later() {
    let deploy = json!({"at": "10s", "deploy": {"one_by_one": {"in_place": true, "pause": "5s"}}});
    let alone = run(&events(cluster(400, 4, "least_connections"), json!([deploy.clone()])), 0);
    assert_eq!(
        alone.counts.displaced, alone.counts.dropped,
        "all that were dropped were so displaced"
    );
    assert_eq!(alone.counts.moved_of, 4 * 400);
    let remove = json!({"at": "300s", "remove": {"servers": ["s1"]}});
    let both = run(&events(cluster(400, 4, "least_connections"), json!([deploy, remove])), 0);
    let held = both.counts.displaced - alone.counts.displaced;
    assert_eq!(held, both.counts.dropped - alone.counts.dropped, "none of those of before");
    assert_eq!(both.counts.moved_of, 5 * 400);
}

/// 25 of 100 end with their server, whenever the balancer hears of it: that they are on others by
/// then makes them no more than they are.
#[test]
fn a_tier_that_is_told_late_counts_nobody_twice() {
    for propagation in ["0s", "100ms", "10s"] {
        let scenario =
            with(cluster(100, 4, "round_robin"), "balancer", json!({"propagation": propagation}));
        let run = run(&events(scenario, json!([{"at": "10s", "crash": 1}])), 0);
        assert_eq!((run.counts.displaced, run.counts.moved_of), (25, 100), "{propagation}");
    }
}

/// A list of closes that a change before the end of the warm-up began.
#[test]
fn what_a_change_before_the_warm_up_moves_is_no_part_of_what_later_ones_do() {
    let scenario = with(cluster(200, 4, "ring"), "warmup", "10s");
    let rule = json!({"drop_all": {"pace": "2/s"}});
    let scenario = with(scenario, "policies.0.rebalance", rule);
    let run = run(&events(scenario, json!([{"at": "9s", "add": 1}])), 0);
    assert!(run.counts.dropped > 100, "{}", run.counts.dropped);
    assert_eq!((run.counts.moved, run.counts.moved_of), (0, 0));
}

/// One client, one attempt, nine SYNs to a server that is silently dead.
#[test]
fn a_syn_that_is_sent_again_is_placed_once() {
    let scenario = with(cluster(0, 2, "round_robin"), "balancer", json!({"propagation": "9m"}));
    let burst = json!({"burst": {"clients": 2, "at": "100s", "within": "0s"}});
    let scenario = with(scenario, "clients.arrivals", burst);
    let scenario = with(scenario, "clients.connect_timeout", "200s");
    let scenario = with(scenario, "clients.reconnect", "never");
    let crash = json!([{"at": "50s", "crash": {"count": 1, "silently": true}}]);
    let run = run(&events(scenario, crash), 0);
    assert_eq!(run.counts.accepted, 1);
    near(metric(&run, "stale_placements"), 1.0);
}

/// Clients come each second, stay, and never try twice; one of two servers dies silently, and
/// nobody tells the balancer. An attempt that waits five seconds for an answer is counted as long,
/// so that a dead server holds five, and never draws all.
#[test]
fn a_balancer_counts_attempts_that_a_server_does_not_answer() {
    for balance in ["least_connections", "haproxy_leastconn", "nginx_least_conn"] {
        let scenario = with(cluster(0, 2, balance), "balancer", json!({"propagation": "9m"}));
        let scenario = with(scenario, "clients.arrivals", json!({"renewal": {"interval": "1s"}}));
        let scenario = with(scenario, "clients.connect_timeout", "5s");
        let scenario = with(scenario, "clients.reconnect", "never");
        let crash = json!([{"at": "10ms", "crash": {"servers": ["s2"], "silently": true}}]);
        let run = run(&events(with(scenario, "duration", "100s"), crash), 0);
        let held = at(&run, SeriesId::Connected, 100);
        assert!((5.0..=6.0).contains(&held), "as many as wait for the dead one: {held} {balance}");
    }
}

/// Ten connections of each of two servers; one dies silently, whose clients will notice after the
/// run. Six more come, and are placed in turn, since its balancer hears of nothing.
#[test]
fn a_balancer_counts_connections_of_a_silent_server_until_their_clients_notice() {
    let late = json!({"propagation": "9m"});
    let scenario = with(cluster(20, 2, "least_connections"), "balancer", late);
    let heartbeat = json!({"interval": "1m", "timeout": "1m"});
    let scenario = with(scenario, "clients.heartbeat", heartbeat);
    let scenario = with(scenario, "clients.arrivals", json!({"renewal": {"interval": "10s"}}));
    let scenario = with(scenario, "clients.connect_timeout", "10m");
    let crash = json!([{"at": "5s", "crash": {"servers": ["s2"], "silently": true}}]);
    let run = run(&events(with(scenario, "duration", "65s"), crash), 0);
    near(metric(&run, "stale_placements"), 3.0);
}

/// Without a server, and with a browser that holds attempts back for longer than clients stay.
#[test]
fn an_attempt_counts_while_its_client_is_there() {
    let scenario = with(cluster(0, 0, "round_robin"), "clients.browser", "firefox");
    let burst = json!({"burst": {"clients": 50, "at": "100s", "within": "0s"}});
    let scenario = with(scenario, "clients.arrivals", burst);
    let scenario = with(scenario, "clients.reconnect", "immediate");
    let scenario = with(scenario, "clients.rtt", "2ms");
    let run = run(&with(scenario, "clients.presence", "8s"), 0);
    let row = run.series.row(SeriesId::Attempts);
    assert!(run.counts.attempts > 250, "{}", run.counts.attempts);
    assert!(row[109..].iter().all(|attempts| *attempts <= 0.0), "all have left at 108 s");
}

/// Who leaves before the next try is not tried for.
#[test]
fn a_balancer_tries_again_when_it_does() {
    let scenario = with(cluster(0, 1, "round_robin"), "servers.accept_queue", 0);
    let scenario = with(scenario, "servers.handshake", json!({"workers": 1, "cost": "500ms"}));
    let burst = json!({"burst": {"clients": 50, "at": "5s", "within": "0s"}});
    let scenario = with(scenario, "clients.arrivals", burst);
    let scenario = with(scenario, "balancer", json!({"retries": {"count": 3, "after": "1s"}}));
    for (presence, retries) in [("700ms", 0), ("1500ms", 49)] {
        let run = run(&with(scenario.clone(), "clients.presence", presence), 0);
        assert_eq!(run.counts.balancer_retries, retries, "{presence}");
    }
}

/// Nobody hears of the drop before everybody has left: nobody gives up, whatever a library would do.
#[test]
fn who_leaves_before_it_hears_of_its_drop_gives_nothing_up() {
    for reconnect in ["never", "immediate"] {
        let scenario = with(cluster(50, 2, "round_robin"), "clients.reconnect", reconnect);
        let scenario = with(scenario, "clients.rtt", "2ms");
        let scenario = with(scenario, "clients.presence", "20s");
        let heartbeat = json!({"interval": "30s", "timeout": "30s"});
        let scenario = with(scenario, "clients.heartbeat", heartbeat);
        let drop = json!([{"at": "1ms", "disconnect": {"fraction": 1.0, "silently": true}}]);
        let run = run(&events(scenario, drop), 0);
        near(metric(&run, "given_up"), 0.0);
        near(metric(&run, "recovered"), 1.0);
    }
}

/// More than half of those who come find nobody and give up: no median is known, but the mean of
/// those who do not.
#[test]
fn who_gives_up_is_slower_than_everybody() {
    let scenario = with(cluster(0, 1, "round_robin"), "clients.reconnect", "never");
    let bursts = json!([
        {"burst": {"clients": 40, "at": "5s", "within": "0s"}},
        {"burst": {"clients": 60, "at": "15s", "within": "0s"}},
    ]);
    let scenario = with(scenario, "clients.arrivals", bursts);
    let run = run(&events(scenario, json!([{"at": "10s", "crash": 1}])), 0);
    let is_known = |name: &str| {
        let all = ringstorm::stats::measure(&run);
        let found = all.iter().find(|measured| measured.metric.name == name).unwrap().measure;
        matches!(found, ringstorm::stats::Measure::Value(_))
    };
    assert_eq!(run.counts.given_up, 100, "those who were dropped, too");
    assert!(!is_known("connect_p50") && !is_known("recovery_p50"));
    assert!(is_known("connect_mean"), "of those who do not give up");
}

/// A server that nobody has connected to holds what it holds.
#[test]
fn memory_is_counted_from_the_start() {
    let scenario = with(
        cluster(0, 2, "round_robin"),
        "servers.memory",
        json!({
            "limit": "1GiB", "base": "100MiB", "per_connection": "10KiB"
        }),
    );
    near(metric(&run(&scenario, 0), "memory_peak"), 100.0);
}
