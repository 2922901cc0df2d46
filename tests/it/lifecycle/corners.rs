//! Where two rules meet: what one client sees of it, to the second.

use ringstorm::observe::{Observations, SeriesId};
use ringstorm::stats::{self, Measure};
use serde_json::{Value, json};

use super::support::{at, cluster, metric, run, with};

/// So many clients who come at once, `second` seconds after the start, to one server.
fn comers(clients: u32, second: u32, balance: Value) -> Value {
    let scenario = with(cluster(0, 1, "round_robin"), "policies.0.balance", balance);
    let burst = json!({"clients": clients, "at": format!("{second}s"), "within": "0s"});
    let scenario = with(scenario, "clients.arrivals", json!({"burst": burst}));
    let scenario = with(scenario, "clients.connect_timeout", "60s");
    with(scenario, "clients.syn_retries", "windows")
}

/// A gateway that is asked without a round trip.
fn gateway(extra: &Value) -> Value {
    let mut gateway = json!({"service": "0s", "round_trips": 0});
    for (field, value) in extra.as_object().into_iter().flatten() {
        gateway[field] = value.clone();
    }
    json!({"gateway": gateway})
}

/// The steps of a second in which a series is not zero, and its sum in each.
fn steps(run: &Observations, id: SeriesId) -> Vec<(usize, f64)> {
    let row = run.series.row(id).iter().copied().enumerate();
    row.filter(|(_, value)| *value > 0.0).collect()
}

/// Windows gives up 21 s after its first SYN, which goes when the gateway has answered.
#[test]
fn a_kernel_gives_up_when_it_is_time_after_its_first_syn_to_the_server() {
    let scenario = comers(2, 100, gateway(&json!({"service": "15s"})));
    let scenario = with(scenario, "clients.connect_timeout", "never");
    let scenario = with(scenario, "servers.accept_queue", 0);
    let scenario = with(scenario, "servers.when_full", "drop");
    let scenario = with(scenario, "servers.handshake", json!({"workers": 1, "cost": "30s"}));
    let run = run(&with(scenario, "duration", "145s"), 0);
    assert_eq!(steps(&run, SeriesId::TimedOut), [(136, 1.0)]);
}

/// An event takes the network from 9 s to 10.5 s: the SYN of 10 s goes again at 11 s, to a
/// gateway as to a balancer.
#[test]
fn a_syn_that_a_lost_network_swallowed_goes_again() {
    for balance in [json!("round_robin"), gateway(&Value::Null)] {
        let scenario = with(comers(1, 10, balance), "clients.syn_retries", "linux");
        let cut = json!([{"at": "9s", "disconnect": {"fraction": 1.0, "for": "1500ms"}}]);
        let run = run(&with(scenario, "events", cut), 0);
        assert_eq!(steps(&run, SeriesId::Accepted), [(11, 1.0)]);
    }
}

/// A handshake of 2 s from 9 s on: its client's network is gone from 10 s on. The work is done
/// for nothing, the client gives up, and comes again.
#[test]
fn an_attempt_inside_a_server_is_lost_with_its_clients_network() {
    let scenario = with(comers(1, 9, json!("round_robin")), "clients.connect_timeout", "20s");
    let scenario = with(scenario, "servers.handshake.cost", "2s");
    let cut = json!([{"at": "10s", "disconnect": {"fraction": 1.0, "for": "12s"}}]);
    let run = run(&with(scenario, "events", cut), 0);
    assert_eq!(run.counts.dead_handshakes, 1);
    assert_eq!(steps(&run, SeriesId::TimedOut), [(29, 1.0)]);
    assert_eq!(steps(&run, SeriesId::Accepted), [(32, 1.0)], "after a second and a handshake");
}

/// 30 s from the start of an attempt, though Windows gives it up after 21 s: a gateway that says
/// nothing, a server that died in the middle of the handshake.
#[test]
fn a_delay_from_the_start_is_that_whoever_gave_up() {
    let silent_gateway = json!({"outage": {"of": "gateway", "for": "35s", "silently": true}});
    let silent_server = json!({"crash": {"count": 1, "silently": true, "for": "20s"}});
    for (balance, mut event) in
        [(gateway(&Value::Null), silent_gateway), (json!("round_robin"), silent_server)]
    {
        event["at"] = json!("101s");
        let arrives = if balance.is_object() { 102 } else { 100 };
        let scenario = with(comers(1, arrives, balance), "servers.handshake.cost", "5s");
        let scenario = with(
            scenario,
            "clients.reconnect",
            json!({"fixed": {"delay": "30s"}, "delay_from": "start"}),
        );
        let run = run(&with(scenario, "events", json!([event])), 0);
        let again = arrives as usize + 30;
        let attempts = steps(&run, SeriesId::Attempts);
        assert_eq!(attempts[..2], [(again - 30, 1.0), (again, 1.0)]);
    }
}

/// Down from 10 s for 10 s, and from 15 s for 20 s.
#[test]
fn a_server_that_is_struck_again_while_it_is_down_stays_down_for_longer() {
    let crash = |at: &str, extra: Value| {
        let mut crash = json!({"servers": ["s1"]});
        if !extra.is_null() {
            crash["for"] = extra;
        }
        json!({"at": at, "crash": crash})
    };
    let ready = |second_crash: Value, second| {
        let events = json!([crash("10s", json!("10s")), second_crash]);
        at(
            &run(&with(cluster(4, 2, "round_robin"), "events", events), 0),
            SeriesId::ServersReady,
            second,
        )
    };
    let longer = || crash("15s", json!("20s"));
    assert_eq!([ready(longer(), 34), ready(longer(), 36)], [1.0, 2.0]);
    assert_eq!(ready(crash("15s", json!("1s")), 19), 1.0);
    assert_eq!(ready(crash("15s", json!("1s")), 21), 2.0);
    assert_eq!(ready(crash("15s", Value::Null), 60), 1.0, "gone for good");
}

/// A deploy put another in its place while it was down.
#[test]
fn a_server_of_an_old_version_does_not_come_back_after_the_deploy() {
    for way in [json!({"rolling": {"surge": 1, "unavailable": 0}}), json!({"blue_green": {}})] {
        let events = json!([
            {"at": "10s", "crash": {"servers": ["s1"], "for": "60s"}},
            {"at": "20s", "deploy": way},
        ]);
        let run = run(&with(cluster(30, 3, "round_robin"), "events", events), 0);
        assert_eq!(at(&run, SeriesId::ServersReady, 120), 3.0);
    }
}

/// One a second goes on, and clients wait 3.5 s: three of ten waited and went on, 1, 2 and 3 s.
#[test]
fn the_wait_in_the_gateways_line_is_of_those_who_went_on() {
    let admission = json!({"admission": {"limit": 1, "per": "1s", "queue": 100}});
    let scenario = with(comers(10, 5, gateway(&admission)), "clients.reconnect", "never");
    let run = run(&with(scenario, "clients.connect_timeout", "3500ms"), 0);
    assert_eq!((run.counts.accepted, run.counts.line_left), (4, 3));
    assert!((metric(&run, "line_wait_mean") - 2.0).abs() < 1e-9);
}

/// Everybody is dropped three times in the warm-up, and has left by its end; those who come
/// later are dropped once.
#[test]
fn drops_of_clients_who_left_in_the_warm_up_are_not_counted() {
    let group = |name: &str, at: &str, presence: &str| {
        json!({
            "name": name, "presence": presence, "rtt": "0s",
            "arrivals": {"burst": {"clients": 10, "at": at, "within": "0s"}},
            "reconnect": {"fixed": {"delay": "100ms"}},
        })
    };
    let groups = json!([group("first", "0s", "8s"), group("second", "11s", "30s")]);
    let drop = |at: &str| json!({"at": at, "disconnect": {"fraction": 1.0}});
    let scenario = with(cluster(0, 2, "round_robin"), "clients", groups);
    let scenario = with(scenario, "warmup", "10s");
    let drops = json!([drop("2s"), drop("4s"), drop("6s"), drop("20s")]);
    let run = run(&with(scenario, "events", drops), 0);
    let of = |name| metric(&run, name);
    assert_eq!(
        [of("dropped"), of("drops_per_client"), of("drops_per_client_max")],
        [10.0, 1.0, 1.0]
    );
}

fn measured(run: &Observations, name: &str) -> Option<Measure> {
    let mut all = stats::measure(run).into_iter();
    all.find(|measured| measured.metric.name == name).map(|measured| measured.measure)
}

#[test]
fn a_change_of_the_warm_up_has_no_time_to_balance() {
    let scenario = with(cluster(100, 2, "round_robin"), "warmup", "10s");
    let time = |at: &str| {
        let events = json!([{"at": at, "add": 1}]);
        measured(&run(&with(scenario.clone(), "events", events), 0), "time_to_balance")
    };
    assert!(time("5s").is_none());
    assert!(matches!(time("15s"), Some(Measure::Censored(_))));
}

/// Firefox holds attempts back, some of them until after the end.
#[test]
fn an_attempt_counts_when_its_first_packet_leaves_before_the_end() {
    let scenario = with(cluster(100, 1, "round_robin"), "clients.browser", "firefox");
    let scenario = with(scenario, "duration", "60s");
    let crash = json!([{"at": "5s", "crash": {"count": 1}}]);
    let crashed = run(&with(scenario, "events", crash), 0);
    let each_step: f64 = crashed.series.row(SeriesId::Attempts).iter().sum();
    assert!(crashed.counts.attempts > 200);
    assert_eq!(crashed.counts.attempts as f64, each_step);
    // What happens at the last instant is of the last step.
    let each_second = with(
        cluster(0, 1, "round_robin"),
        "clients.arrivals",
        json!({"renewal": {"interval": "1s"}}),
    );
    let last = run(&with(each_second, "duration", "10s"), 0);
    assert_eq!(last.counts.attempts, 10);
    assert_eq!(steps(&last, SeriesId::Attempts)[8], (9, 2.0));
}

/// Open from 16 s on, silently lost at 18 s, which its client notices 10 to 30 s later: to it
/// the connection was open for more than 5 s, so it begins anew with a second.
#[test]
fn a_connection_was_up_until_its_client_noticed_its_loss() {
    let scenario = with(
        comers(1, 1, json!("round_robin")),
        "clients.heartbeat",
        json!({"interval": "20s", "timeout": "10s"}),
    );
    let backoff = json!({"exponential": {"base": "1s", "factor": 2, "cap": "60s"}, "reset": "5s"});
    let scenario = with(scenario, "clients.reconnect", backoff);
    let events = json!([
        {"at": "0s", "outage": {"of": "balancer", "for": "10s"}},
        {"at": "18s", "disconnect": {"fraction": 1.0, "silently": true}},
    ]);
    let run = run(&with(scenario, "events", events), 0);
    let opened = steps(&run, SeriesId::Accepted);
    assert_eq!(opened.len(), 2);
    assert_eq!(opened[0], (16, 1.0));
    assert!((28..51).contains(&opened[1].0), "{opened:?}: 16 s later if it went on");
}

/// It made its one attempt; a hint when to come again does not change that.
#[test]
fn a_client_that_never_reconnects_does_not_for_a_hint() {
    let scenario = with(cluster(2, 2, "round_robin"), "clients.reconnect", "never");
    let aged = json!({"max_age": {"age": "20s", "hint": {"within": "1s"}}});
    let run = run(&with(scenario, "policies.0.rebalance", aged), 0);
    assert_eq!((run.counts.dropped, run.counts.given_up, run.counts.attempts), (2, 2, 0));
}

/// History would still have it, but nobody reads it.
#[test]
fn what_clients_missed_who_never_came_back_is_lost() {
    let scenario = with(cluster(100, 1, "round_robin"), "clients.reconnect", "never");
    let messaging =
        json!({"channels": {"count": 1}, "publish": {"rate": "10/s"}, "history": "1000s"});
    let scenario = with(scenario, "messaging", messaging);
    let crash = json!([{"at": "30s", "crash": {"count": 1}}]);
    let run = run(&with(with(scenario, "events", crash), "duration", "60s"), 0);
    let messages = run.messages.as_ref().unwrap();
    assert_eq!(messages.recovered, 0);
    // About 10 a second for 30 s to each of 100.
    assert!((20_000..40_000).contains(&messages.lost.offline), "{}", messages.lost.offline);
}

/// Half of the clients wait until after the end: their time to connect is longer than the run.
#[test]
fn the_mean_time_to_connect_knows_of_those_who_wait_until_after_the_end() {
    let group = |name: &str, delay: &str| {
        json!({
            "name": name, "connected": 50, "presence": "1000h", "rtt": "0s",
            "reconnect": {"fixed": {"delay": delay}},
        })
    };
    let mean = |delay: &str| {
        let groups = json!([group("soon", "1s"), group("late", delay)]);
        let scenario = with(cluster(0, 1, "round_robin"), "clients", groups);
        let cut = json!([{"at": "10s", "disconnect": {"fraction": 1.0}}]);
        let run = run(&with(with(scenario, "events", cut), "duration", "60s"), 0);
        match measured(&run, "connect_mean").unwrap() {
            Measure::Censored(least) => least,
            Measure::Value(value) => panic!("{value} is known"),
        }
    };
    // (50 x 1 + 50 x 50) / 100 s.
    for delay in ["51s", "1000s"] {
        assert!((mean(delay) - 25.5).abs() < 0.3, "{delay}: {}", mean(delay));
    }
}

#[test]
fn one_balancer_does_not_disagree_with_itself() {
    let crash = |at: &str, server: &str| json!({"at": at, "crash": {"servers": [server]}});
    let scenario = with(
        cluster(40, 4, "round_robin"),
        "events",
        json!([crash("10s", "s1"), crash("12s", "s2")]),
    );
    let health = |replicas| json!({"replicas": replicas, "health": {"interval": "2s", "fall": 3}});
    let apart = |replicas| {
        let run = run(&with(scenario.clone(), "balancer", health(replicas)), 0);
        metric(&run, "disagreement_time")
    };
    assert_eq!(apart(1), 0.0);
    assert!(apart(3) > 0.0);
}
