//! What is foreseen of handshakes is what happens: with and without foresight a run leaves the
//! same observations. (The swarm holds the two against each other in all that it draws.)

use std::path::Path;

use ringstorm::engine::Draws;
use ringstorm::model;
use ringstorm::observe::Observations;
use ringstorm::scenario::{Overrides, read_text};

/// A storm of 4,000 clients on servers that take 10 s for it; `servers` and `more` on top.
fn storm(servers: &str, policy: &str, more: &str) -> String {
    format!(
        r#"{{
          "name": "foresight", "seed": 3, "replications": 1, "duration": "40s", "sample_every": "250ms",
          "clients": {{"connected": 4000, "arrivals": {{"poisson": {{"rate": "20/s"}}}},
            "presence": {{"exponential": {{"mean": "60s"}}}},
            "rtt": {{"lognormal": {{"median": "40ms", "sigma": 0.5}}}},
            "connect_timeout": "1s", "reconnect": "reconnecting-websocket"}},
          "servers": {{"count": 4, {servers}}},
          "policies": [{{"name": "p", {policy}}}]{more}
        }}"#
    )
}

const SERVERS: &str = r#""accept_queue": 200, "max_connections": 950,
    "handshake": {"workers": 2, "cost": {"exponential": {"mean": "20ms"}}}"#;
const ROUND_ROBIN: &str = r#""balance": "round_robin""#;
const CUT: &str = r#", "events": [{"at": "5s", "disconnect": {"fraction": 1}}]"#;

/// Runs a scenario with foresight and without, which must not differ; what the first observed,
/// and whether anything was foreseen: then there were other events.
fn run(text: &str) -> (Observations, bool) {
    let plan =
        read_text("foresight.json", text.to_owned(), Path::new(""), &Overrides::default()).unwrap();
    let point = &plan.points[0];
    let draws = Draws::new(plan.seed, 0);
    let ahead = model::run(&point.world, &point.policies[0], draws, true).unwrap();
    let by_events = model::run_by_events(&point.world, &point.policies[0], draws, true).unwrap();
    let foresaw = ahead.event_digest != by_events.event_digest;
    let Observations { event_digest, events, .. } = ahead;
    assert_eq!(ahead, Observations { event_digest, events, ..by_events }, "{text}");
    (ahead, foresaw)
}

#[test]
fn a_storm_with_dead_work_is_foreseen_whatever_servers_do_with_it() {
    for abandoned in ["served", "skipped", "aborted"] {
        let abandoned = format!(r#", "abandoned": "{abandoned}"}}"#);
        let servers = SERVERS.replacen("}}}", &format!("}}}}{abandoned}"), 1);
        let (run, foresaw) = run(&storm(&servers, ROUND_ROBIN, CUT));
        assert!(foresaw, "{servers}");
        assert!(run.counts.timed_out > 100, "{servers}: {}", run.counts.timed_out);
        assert!(run.counts.rejected > 100, "{servers}: {}", run.counts.rejected);
        assert!(run.counts.saturated_time > 0, "{servers}");
    }
}

/// The places of one handshake, of a few, and of more workers than are kept in order, which are as
/// fast together.
#[test]
fn a_storm_is_foreseen_however_many_places_and_workers_servers_have() {
    for (places, workers) in [(1, 1), (1, 2), (2, 8), (3, 9), (200, 40)] {
        let handshake = format!(
            r#"{{"workers": {workers}, "cost": {{"exponential": {{"mean": "{}ms"}}}}}}"#,
            10 * workers
        );
        let servers = format!(r#""accept_queue": {places}, "handshake": {handshake}"#);
        let (run, foresaw) = run(&storm(&servers, ROUND_ROBIN, CUT));
        assert!(foresaw && run.counts.accepted > 1_000, "{servers}: {}", run.counts.accepted);
        assert!(run.counts.saturated_time > 0, "{servers}");
    }
}

#[test]
fn whoever_counts_connections_counts_those_of_dead_work_until_it_ends() {
    for balance in ["least_connections", "power_of_two", "haproxy_leastconn"] {
        let policy = format!(r#""balance": "{balance}", "balancer": {{"replicas": 3}}"#);
        let (run, foresaw) = run(&storm(SERVERS, &policy, CUT));
        assert!(foresaw && run.counts.dead_handshakes > 0, "{balance}");
    }
}

#[test]
fn what_disturbs_a_server_amid_its_queue_ends_what_it_foresaw() {
    let disturbances = [
        r#"{"at": "6s", "crash": {"count": 1}}"#,
        r#"{"at": "6s", "crash": {"count": 1, "silently": true}}"#,
        r#"{"at": "6s", "crash": {"servers": ["s2"], "for": "5s"}}"#,
        r#"{"at": "6s", "slow": {"servers": ["s1"], "factor": 5, "for": "3s"}}"#,
        r#"{"at": "6s", "remove": {"count": 1, "drain": "3s"}}"#,
        r#"{"at": "6s", "add": 2}"#,
        r#"{"at": "6s", "disconnect": {"fraction": 0.5, "silently": true}}"#,
        r#"{"at": "6s", "deploy": {"rolling": {"drain": "2s", "boot": "1s"}}}"#,
    ];
    for disturbance in disturbances {
        let events = CUT.replacen(']', &format!(", {disturbance}]"), 1);
        for policy in [ROUND_ROBIN, r#""balance": "ring", "rebalance": "moved""#] {
            let (_, foresaw) = run(&storm(SERVERS, policy, &events));
            assert!(foresaw, "{disturbance}");
        }
    }
}

#[test]
fn a_warm_up_may_end_amid_the_queue() {
    let warmup = format!(r#", "warmup": "5500ms"{CUT}"#);
    let (_, foresaw) = run(&storm(SERVERS, ROUND_ROBIN, &warmup));
    assert!(foresaw);
}

#[test]
fn the_run_may_end_amid_the_queue() {
    let text = storm(SERVERS, ROUND_ROBIN, CUT).replace("\"40s\"", "\"7s\"");
    let (run, foresaw) = run(&text);
    assert!(foresaw && run.counts.in_progress > 100, "{}", run.counts.in_progress);
}

#[test]
fn what_asks_others_before_a_connection_opens_is_not_foreseen() {
    let asks = [
        r#""balance": "round_robin", "login": {"workers": 9, "cost": "5ms"}"#,
        r#""balance": "round_robin", "admit": {"at_once": 20, "wait": "1s"}"#,
    ];
    for policy in asks {
        let (_, foresaw) = run(&storm(SERVERS, policy, CUT));
        assert!(!foresaw, "{policy}");
    }
}
