//! Drains: what is closed when, and what the clients make of it.

use ringstorm::observe::SeriesId;
use serde_json::{Value, json};

use super::support::{at, cluster, held, run, with};

fn removal(drain: impl Into<Value>) -> Value {
    let drain = drain.into();
    with(
        cluster(1_000, 2, "round_robin"),
        "events",
        json!([{"at": "10s", "remove": {"count": 1, "drain": drain}}]),
    )
}

fn dropped_by(run: &ringstorm::observe::Observations, second: usize) -> f64 {
    run.series.row(SeriesId::Dropped)[..second].iter().sum()
}

#[test]
fn a_bare_duration_spreads_the_closes_evenly_over_it() {
    let run = run(&removal(json!("50s")), 0);
    for second in [20, 30, 40, 50] {
        let expected = (second as f64 - 10.0) * 10.0;
        assert!((dropped_by(&run, second) - expected).abs() <= 1.0, "{second}");
    }
    assert_eq!(dropped_by(&run, 60), 500.0);
    assert_eq!(held(&run), [1_000, 0]);
}

/// Phoenix closes batches of 10,000 every 2 s; here 100 every 2 s, at 10, 12, ... s.
#[test]
fn batches_come_at_their_interval() {
    let drain = json!({"grace": "1m", "close": {"batch": {"size": 100, "every": "2s"}}});
    let run = run(&removal(drain), 0);
    let closes: Vec<f64> = run.series.row(SeriesId::Dropped)[8..20].to_vec();
    assert_eq!(closes, [0.0, 0.0, 100.0, 0.0, 100.0, 0.0, 100.0, 0.0, 100.0, 0.0, 100.0, 0.0]);
}

/// What is left at the end of the grace period is reset.
#[test]
fn a_pace_too_slow_for_the_grace_period_ends_in_a_reset() {
    let run = run(&removal(json!({"grace": "10s", "close": {"pace": "10/s"}})), 0);
    assert!((dropped_by(&run, 20) - 100.0).abs() <= 1.0);
    assert_eq!(dropped_by(&run, 21), 500.0);
    assert_eq!(at(&run, SeriesId::ServersReady, 11), 1.0);
}

/// AWS' deregistration delay: nobody is closed, whoever is still there after it is cut.
#[test]
fn a_drain_that_never_closes_waits_for_the_grace_period() {
    let run = run(&removal(json!({"grace": "5m", "close": "never"})), 0);
    assert_eq!(dropped_by(&run, 309), 0.0);
    assert_eq!(run.counts.dropped, 500);
}

#[test]
fn an_empty_server_does_not_wait_for_the_end_of_its_grace_period() {
    let run = run(&removal(json!({"grace": "5m", "close": "at_once"})), 0);
    let life = &run.servers.as_ref().unwrap().lives[1];
    assert!((life.gone.as_secs_f64() - 10.0).abs() < 1e-9, "{life:?}");
    assert!(!life.crashed);
}

/// A pre-stop sleep: until the balancer knows, new connections still find an open door.
#[test]
fn a_pre_stop_wait_longer_than_the_propagation_turns_nobody_away() {
    let scenario = |wait: &str| {
        let drain = json!({"grace": "30s", "wait": wait, "close": "at_once"});
        let scenario = with(removal(drain), "balancer", json!({"propagation": "5s"}));
        let arrivals = json!({"ramp": {"clients": 6_000, "over": "60s"}});
        with(scenario, "clients.arrivals", arrivals)
    };
    let careful = run(&scenario("6s"), 0);
    assert_eq!(careful.counts.stale_placements, 0);
    assert_eq!(careful.counts.failed, 0);
    // Without it half of the arrivals of 5 s meet a closed door, and so do those that were
    // dropped and come back 1 s later, again and again.
    let naive = run(&scenario("0s"), 0);
    assert!(naive.counts.stale_placements >= 250, "{}", naive.counts.stale_placements);
    assert_eq!(naive.counts.stale_placements, naive.counts.failed);
}

/// Phoenix does not come back after close code 1000, nor does graphql-ws.
#[test]
fn some_libraries_do_not_come_back_after_some_codes() {
    let drained = |library: &str, code: u32| {
        let drain = json!({"grace": "10s", "code": code, "close": "at_once"});
        let scenario = with(removal(drain), "clients.reconnect", library);
        let run = run(&with(scenario, "clients.rtt", "10ms"), 0);
        (run.counts.given_up, held(&run)[0])
    };
    assert_eq!(drained("phoenix", 1000), (500, 500));
    assert_eq!(drained("phoenix", 1001), (0, 1_000));
    assert_eq!(drained("graphql-ws", 1011), (500, 500));
    assert_eq!(drained("socket.io", 1000), (0, 1_000));
}

/// IANA's advice for code 1012: come back within 5 to 30 s; here a hint that half of the
/// clients honour, the others come back after 1 s.
#[test]
fn a_hint_spreads_those_who_honour_it() {
    let hint = json!({"within": "100s", "honoured": 0.5});
    let run =
        run(&removal(json!({"grace": "1m", "close": "at_once", "code": 1012, "hint": hint})), 0);
    let back = at(&run, SeriesId::Connected, 12) - 500.0;
    assert!((back - 250.0).abs() < 40.0, "{back}: sd 11");
    let later = at(&run, SeriesId::Connected, 60) - 500.0;
    assert!((later - 375.0).abs() < 40.0, "{later}: half of the other half");
}

#[test]
fn a_policy_may_drain_in_its_own_way() {
    let scenario = removal(json!({"grace": "1m", "close": "at_once"}));
    let scenario = with(scenario, "policies.0.drain", "50s");
    assert!(dropped_by(&run(&scenario, 0), 20) < 150.0);
}

#[test]
fn victims_are_chosen_as_asked() {
    let gone = |pick: &str, balance: &str| {
        let scenario = with(cluster(4_000, 4, balance), "servers.boot", "0s");
        let scenario = with(
            scenario,
            "events",
            json!([
                {"at": "10s", "disconnect": {"fraction": 0.5}},
                {"at": "20s", "add": 1},
                {"at": "60s", "remove": {"count": 1, "pick": pick}},
            ]),
        );
        let run = run(&scenario, 0);
        let lives = &run.servers.as_ref().unwrap().lives;
        let gone: Vec<usize> = (0..lives.len())
            .filter(|server| lives[*server].gone < ringstorm::engine::SimTime::NEVER)
            .collect();
        assert_eq!(gone.len(), 1);
        gone[0]
    };
    assert_eq!(gone("newest", "round_robin"), 4);
    assert_eq!(gone("oldest", "round_robin"), 0);
    assert_eq!(gone("fewest", "round_robin"), 4, "the new one is empty");
    assert_ne!(gone("most", "round_robin"), 4);
    assert_eq!(gone("kubernetes", "round_robin"), 4, "ready most recently");
    assert_ne!(gone("aws", "round_robin"), 4, "the oldest");
}

/// The connections of a draining server, one after the other, end with their clients' presence;
/// the last takes the server with it, and is not dropped by it.
#[test]
fn the_last_client_of_a_draining_server_leaves_and_is_not_dropped() {
    let scenario = removal(json!({"grace": "9m", "close": "never"}));
    let scenario = with(scenario, "clients.presence", "30s");
    let run = run(&scenario, 0);
    assert_eq!(run.counts.dropped, 0);
    assert_eq!(run.counts.departures, 1_000);
    assert_eq!(held(&run), [0, 0]);
}
