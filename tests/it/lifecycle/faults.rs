//! What goes wrong, and who notices when.

use ringstorm::observe::SeriesId;
use serde_json::{Value, json};

use super::support::{at, cluster, held, metric, run, with};

/// Two servers, round robin, heartbeats every 20 s with 10 s of patience.
fn pinging() -> Value {
    with(
        cluster(10_000, 2, "round_robin"),
        "clients.heartbeat",
        json!({"interval": "20s", "timeout": "10s"}),
    )
}

/// Phases are uniform: clients of a host that is silently lost notice 10 s to 30 s later,
/// as many in each second.
#[test]
fn a_silent_crash_is_noticed_by_heartbeats_evenly_over_the_interval() {
    let scenario = with(
        pinging(),
        "events",
        json!([
            {"at": "10s", "crash": {"servers": ["s2"], "silently": true}},
        ]),
    );
    let run = run(&scenario, 0);
    // Back 1 s after they notice: half of them by 10 + 10 + 10 + 1 s.
    assert_eq!(at(&run, SeriesId::Connected, 20), 5_000.0);
    for (second, share) in [(26, 0.25), (31, 0.5), (36, 0.75), (42, 1.0)] {
        let back = (at(&run, SeriesId::Connected, second) - 5_000.0) / 5_000.0;
        assert!((back - share).abs() < 0.02, "{second}: {back}");
    }
    assert_eq!(held(&run), [10_000, 0]);
}

/// A reset is heard of at once.
#[test]
fn a_crash_by_reset_is_noticed_at_once() {
    let scenario = with(pinging(), "events", json!([{"at": "10s", "crash": {"servers": ["s2"]}}]));
    let run = run(&scenario, 0);
    assert_eq!(at(&run, SeriesId::Connected, 10), 5_000.0);
    assert_eq!(at(&run, SeriesId::Connected, 12), 10_000.0);
}

/// A dead host answers no SYN: attempts placed there wait for the client's time-out, until
/// the balancer's checks have failed three times.
#[test]
fn health_checks_take_their_time_to_notice_a_dead_host() {
    let scenario = with(pinging(), "clients.connect_timeout", "4s");
    let scenario =
        with(scenario, "clients.arrivals", json!({"ramp": {"clients": 6_000, "over": "10m"}}));
    let scenario = with(
        scenario,
        "balancer",
        json!({"health": {"interval": "10s", "timeout": "2s", "fall": 3}}),
    );
    let scenario = with(
        scenario,
        "events",
        json!([
            {"at": "60s", "crash": {"servers": ["s2"], "silently": true}},
        ]),
    );
    let run = run(&scenario, 0);
    // Noticed between 22 s and 32 s later: until then half of ten a second, and half of
    // those that come back, meet silence.
    let first_minute: f64 = run.series.row(SeriesId::TimedOut)[..62].iter().sum();
    assert_eq!(first_minute, 0.0);
    assert!(run.counts.timed_out > 100, "{}", run.counts.timed_out);
    let late: f64 = run.series.row(SeriesId::TimedOut)[100..].iter().sum();
    assert_eq!(late, 0.0, "32 s + 4 s later everybody knows");
}

/// Instances whose checks have their own phases disagree for a while: at most one interval.
#[test]
fn balancer_instances_learn_of_a_change_at_different_times() {
    let scenario = with(
        cluster(10_000, 4, "ring"),
        "balancer",
        json!({
            "replicas": 8, "propagation": {"uniform": {"min": "1s", "max": "11s"}},
        }),
    );
    let scenario = with(scenario, "events", json!([{"at": "60s", "add": 1}]));
    let shared = run(&scenario, 0);
    // The expected range of 8 uniform times over 10 s is 10 x 7/9 s.
    let apart = metric(&shared, "disagreement_time");
    assert!((4.0..10.0).contains(&apart), "{apart}");
    let constant = with(scenario, "balancer.propagation", "5s");
    assert!(!run(&constant, 0).counts.may_disagree);
}

/// The network of a group is gone for a minute; then all of it tries within 10 s.
#[test]
fn a_group_whose_network_is_gone_comes_back_together() {
    let group = |name: &str| {
        json!({
            "name": name, "connected": 1_000, "presence": "20000d", "rtt": "0s",
            "reconnect": {"fixed": {"delay": "1s"}},
        })
    };
    let scenario = with(cluster(0, 2, "round_robin"), "clients", json!([group("a"), group("b")]));
    let cut = json!({"fraction": 1.0, "group": "b", "for": "60s", "back_within": "10s"});
    let scenario = with(scenario, "events", json!([{"at": "10s", "disconnect": cut}]));
    let run = run(&scenario, 0);
    assert_eq!(at(&run, SeriesId::Connected, 69), 1_000.0);
    let half = at(&run, SeriesId::Connected, 75);
    assert!((half - 1_500.0).abs() < 70.0, "{half}: sd 16");
    assert_eq!(at(&run, SeriesId::Connected, 81), 2_000.0);
    assert_eq!(run.counts.attempts, 1_000, "nobody tries without a network");
}

/// A server keeps what is left of a connection whose network is silently gone until its own
/// heartbeat notices: until then it takes the place of somebody who comes.
#[test]
fn ghosts_take_their_places_until_the_server_notices() {
    let cut = |silently: bool| {
        let scenario = with(pinging(), "policies.0.balance", "least_connections");
        let scenario = with(scenario, "servers.max_connections", 6_000);
        let burst = json!({"burst": {"clients": 7_000, "at": "15s", "within": "0s"}});
        let scenario = with(scenario, "clients.arrivals", burst);
        let event = json!({"fraction": 0.5, "silently": silently, "for": "5m"});
        let scenario = with(scenario, "events", json!([{"at": "10s", "disconnect": event}]));
        run(&with(scenario, "duration", "60s"), 0)
    };
    // Half of 10,000 are cut off, and half of those who come have no network either: 3,500 +- 42
    // try, and there are 2 x 6,000 places, of which 5,000 are taken, or 10,000 with the ghosts.
    assert_eq!(cut(false).counts.rejected, 0);
    let silent = cut(true);
    let turned_away = silent.series.row(SeriesId::Rejected)[15];
    assert!((turned_away - 1_500.0).abs() < 200.0, "{turned_away}");
    let connected = *silent.series.row(SeriesId::Connected).last().unwrap();
    assert!((connected - 8_500.0).abs() < 300.0, "{connected}: when the ghosts are gone");
}

#[test]
fn a_zone_that_is_lost_for_a_while_comes_back_with_its_addresses() {
    let scenario = with(cluster(9_000, 9, "ring"), "servers.zones", json!(["a", "b", "c"]));
    let scenario = with(scenario, "servers.boot", "10s");
    let scenario = with(scenario, "policies.0.rebalance", "moved");
    let scenario =
        with(scenario, "events", json!([{"at": "60s", "crash": {"zone": "b", "for": "2m"}}]));
    let run = run(&scenario, 0);
    assert_eq!(at(&run, SeriesId::ServersReady, 61), 6.0);
    assert_eq!(at(&run, SeriesId::ServersReady, 189), 6.0);
    assert_eq!(at(&run, SeriesId::ServersReady, 191), 9.0);
    let before = run.servers.as_ref().unwrap().connections[30].clone();
    assert_eq!(held(&run), before, "every key is back with its owner");
}

/// M/D/1 at half load: four times as slow it is at twice its capacity and the queue grows by
/// half of what comes.
#[test]
fn a_slow_server_takes_longer_for_what_it_begins_meanwhile() {
    let scenario = with(
        cluster(0, 1, "round_robin"),
        "servers.handshake",
        json!({"workers": 1, "cost": "10ms"}),
    );
    let scenario = with(scenario, "clients.connect_timeout", "never");
    let scenario = with(scenario, "servers.accept_queue", "unlimited");
    let scenario =
        with(scenario, "clients.arrivals", json!({"ramp": {"clients": 30_000, "over": "10m"}}));
    let scenario = with(
        scenario,
        "events",
        json!([
            {"at": "100s", "slow": {"count": 1, "factor": 4, "for": "60s"}},
        ]),
    );
    let run = run(&scenario, 0);
    assert_eq!(at(&run, SeriesId::Queued, 99), 0.0);
    // 50 a second come, 25 are done: 1,500 wait after a minute; then 50 more are done than come.
    let queued = at(&run, SeriesId::Queued, 160);
    assert!((queued - 1_500.0).abs() < 5.0, "{queued}");
    assert!(at(&run, SeriesId::Queued, 185) > 200.0);
    assert_eq!(at(&run, SeriesId::Queued, 195), 0.0);
}

#[test]
fn an_outage_of_the_balancer_turns_attempts_away_or_leaves_them_waiting() {
    let outage = |silently: bool| {
        let scenario = with(cluster(1_000, 2, "round_robin"), "clients.connect_timeout", "3s");
        with(
            scenario,
            "events",
            json!([
                {"at": "10s", "outage": {"of": "balancer", "for": "30s", "silently": silently}},
                {"at": "20s", "disconnect": {"fraction": 1.0}},
            ]),
        )
    };
    let refused = run(&outage(false), 0);
    assert_eq!(refused.counts.failed, 19 * 1_000, "at 21, 22, ... 39 s; at 40 s it is back");
    let silent = run(&outage(true), 0);
    assert_eq!(silent.counts.failed, 0);
    assert!(silent.counts.timed_out >= 4_000, "{}", silent.counts.timed_out);
    for run in [refused, silent] {
        assert_eq!(*run.series.row(SeriesId::Connected).last().unwrap(), 1_000.0);
    }
}

#[test]
fn an_outage_of_the_gateway_is_felt_by_those_who_ask_it() {
    let outage = |balance: &str| {
        let policies = json!([
            {"name": "first", "balance": balance}, {"name": "gateway", "balance": "gateway"}
        ]);
        with(
            with(cluster(1_000, 2, balance), "policies", policies),
            "events",
            json!([
                {"at": "10s", "outage": {"of": "gateway", "for": "30s"}},
                {"at": "20s", "disconnect": {"fraction": 1.0}},
            ]),
        )
    };
    let gateway = run(&outage("gateway"), 0);
    assert_eq!(gateway.counts.failed, 19 * 1_000);
    // The metric is what the series shows: whoever is turned away, by whom it be.
    let in_time: f64 = gateway.series.row(SeriesId::Rejected).iter().sum();
    assert_eq!((metric(&gateway, "rejected"), in_time), (19_000.0, 19_000.0));
    assert_eq!(run(&outage("round_robin"), 0).counts.failed, 0);
}

/// Refused checks fail at once: the third in a row comes two to three intervals after the
/// death (HAProxy behind a process that died: 2.1 s at an interval of 1 s).
#[test]
fn checks_that_are_refused_do_not_wait_for_their_time_out() {
    let scenario = cluster(10, 2, "round_robin");
    let scenario =
        with(scenario, "clients.arrivals", json!({"ramp": {"clients": 6_000, "over": "10m"}}));
    let scenario = with(scenario, "balancer", json!({"health": {"interval": "10s", "fall": 3}}));
    let scenario = with(scenario, "events", json!([{"at": "1m", "crash": {"servers": ["s2"]}}]));
    for replication in 0..5 {
        let run = run(&scenario, replication);
        let refused = run.series.row(SeriesId::Rejected);
        let last = refused.iter().rposition(|rate| *rate > 0.0).unwrap();
        assert!((79..=91).contains(&last), "{last}");
    }
}

/// What an instance is told of other servers does not tell it of a death that its checks
/// have not found yet, nor of a server that has just become ready.
#[test]
fn an_unrelated_change_keeps_no_check_from_its_time() {
    let timed_out = |events: Value| {
        let scenario = with(pinging(), "clients.connect_timeout", "4s");
        let scenario =
            with(scenario, "clients.arrivals", json!({"ramp": {"clients": 6_000, "over": "10m"}}));
        let checks = json!({"health": {"interval": "10s", "timeout": "2s", "fall": 3, "rise": 2}});
        let scenario = with(scenario, "balancer", checks);
        let scenario = with(scenario, "servers.boot", "5m");
        run(&with(scenario, "events", events), 0).counts.timed_out
    };
    let crash = json!({"at": "60s", "crash": {"servers": ["s2"], "silently": true}});
    let alone = timed_out(json!([crash]));
    let beside = timed_out(json!([crash, {"at": "63s", "add": 1}]));
    assert!(alone > 100, "{alone}");
    assert_eq!(alone, beside);
}

/// A zone that is lost takes all that is there: what boots, and what drains.
#[test]
fn a_zone_takes_its_booting_and_its_draining_servers_with_it() {
    let scenario = cluster(4_000, 4, "round_robin");
    let scenario = with(scenario, "servers.zones", json!(["a", "b"]));
    let scenario = with(scenario, "servers.boot", "30s");
    let events = json!([
        {"at": "50s", "add": 1},
        {"at": "55s", "remove": {"servers": ["s1"], "drain": {"grace": "5m", "close": "never"}}},
        {"at": "60s", "crash": {"zone": "a"}},
    ]);
    let run = run(&with(scenario, "events", events), 0);
    // s1 drained, s3 was ready, s5 booted; s2 and s4 are of zone b.
    assert_eq!(at(&run, SeriesId::ServersReady, 100), 2.0);
    assert_eq!(run.counts.dropped, 2_000);
    assert_eq!(held(&run), [0, 2_000, 0, 2_000, 0]);
}

/// A loud outage inside a silent one does not end its silence.
#[test]
fn outages_that_overlap_are_silent_as_long_as_one_is() {
    let scenario = with(cluster(10, 2, "round_robin"), "clients.connect_timeout", "1s");
    let scenario = with(scenario, "clients.reconnect", "never");
    let scenario =
        with(scenario, "clients.arrivals", json!({"ramp": {"clients": 6_000, "over": "10m"}}));
    let events = json!([
        {"at": "1m", "outage": {"of": "balancer", "for": "2m", "silently": true}},
        {"at": "70s", "outage": {"of": "balancer", "for": "10s"}},
    ]);
    let run = run(&with(scenario, "events", events), 0);
    let sum =
        |id: SeriesId, from: usize, to: usize| run.series.row(id)[from..to].iter().sum::<f64>();
    assert_eq!(sum(SeriesId::Rejected, 62, 182), 0.0);
    assert_eq!(sum(SeriesId::TimedOut, 85, 170), 850.0, "ten a second, as before the other began");
}

/// A server that comes back is there beside those that were added meanwhile.
#[test]
fn the_most_servers_count_those_that_start_again() {
    let scenario = cluster(400, 4, "round_robin");
    let events = json!([
        {"at": "10s", "crash": {"servers": ["s1"], "for": "20s"}},
        {"at": "15s", "add": 1},
    ]);
    assert_eq!(run(&with(scenario, "events", events), 0).counts.peak_servers, 5);
}

/// Controllers take what does not serve yet before what does.
#[test]
fn a_server_that_boots_can_be_removed() {
    let removed = |remove: Value| {
        let scenario = with(cluster(400, 4, "round_robin"), "servers.boot", "30s");
        let events = json!([{"at": "10s", "add": 1}, {"at": "20s", "remove": remove}]);
        let run = run(&with(scenario, "events", events), 0);
        (run.counts.dropped, at(&run, SeriesId::ServersReady, 100))
    };
    assert_eq!(removed(json!({"servers": ["s5"]})), (0, 4.0));
    assert_eq!(removed(json!({"count": 1, "pick": "kubernetes"})), (0, 4.0));
}
