//! Networks that lose packets, against closed forms.

use ringstorm::observe::{Observations, SeriesId};
use serde_json::{Value, json};

use super::support::{at, cluster, run, with};

/// Clients that come at once, to servers that take no time.
const MANY: u32 = 20_000;

/// Everybody comes at the start, 40 ms away, and waits for ever.
fn newcomers(loss: f64, balance: Value) -> Value {
    let scenario = with(cluster(0, 2, "round_robin"), "network", json!({"loss": loss}));
    let scenario = with(scenario, "policies.0.balance", balance);
    let clients = json!({
        "arrivals": {"burst": {"clients": MANY, "at": "0s", "within": "0s"}},
        "presence": "20000d", "rtt": "40ms", "connect_timeout": "never", "reconnect": "never",
    });
    let scenario = with(scenario, "clients", clients);
    with(with(scenario, "sample_every", "100ms"), "duration", "60s")
}

/// Connections open at the end of a step of 100 ms.
fn connected(run: &Observations, step: usize) -> f64 {
    at(run, SeriesId::Connected, step) / f64::from(MANY)
}

/// A share of the clients is what it should be, to four standard errors.
fn assert_share(measured: f64, expected: f64) {
    let error = (expected * (1.0 - expected) / f64::from(MANY)).sqrt();
    assert!((measured - expected).abs() < 4.0 * error, "{measured} for {expected} +- {error}");
}

/// Two round trips fail with chance q, as the packet or its answer is lost, the way of the third
/// with chance p; each goes again after 240 ms, 480 ms ..., a SYN after a second.
#[test]
fn attempts_are_late_by_what_tcp_waits() {
    let p = 0.1;
    let run = run(&newcomers(p, json!("round_robin")), 0);
    let (fails, arrives) = (1.0 - (1.0 - p) * (1.0 - p), (1.0 - p) * (1.0 - p));
    // Nothing lost: there after 100 ms.
    let at_once = arrives * arrives * (1.0 - p);
    assert_share(connected(&run, 2), at_once);
    // One packet after the SYN, once: after 340 ms.
    let once = at_once * (fails + p);
    assert_share(connected(&run, 4), at_once + once);
    // Two of them once each, after 580 ms; one twice, after 820 ms.
    let each_once = at_once * fails * p;
    assert_share(connected(&run, 6), at_once + once + each_once);
    let twice = at_once * (fails * fails + p * p);
    assert_share(connected(&run, 9), at_once + once + each_once + twice);
}

/// The mean over clients of what they wait: of K losses in a row, each with chance c, 2^K - 1
/// time-outs, which is c / (1 - 2c) in the mean.
#[test]
fn the_mean_time_to_connect_is_that_of_the_losses() {
    let p = 0.02;
    let scenario = with(newcomers(p, json!("round_robin")), "clients.syn_retries", "linux_old");
    let latency = run(&scenario, 0).connect;
    let fails = 1.0 - (1.0 - p) * (1.0 - p);
    let mean = |chance: f64| chance / (1.0 - 2.0 * chance);
    // (2^K - 1)^2 in the mean.
    let square = |c: f64| (1.0 - c) * (1.0 / (1.0 - 4.0 * c) - 2.0 / (1.0 - 2.0 * c)) + 1.0;
    let parts = [(1.0, fails), (0.24, fails), (0.24, p), (0.24, p)];
    let expected = 0.12 + parts.iter().map(|(wait, c)| wait * mean(*c)).sum::<f64>();
    let variance: f64 =
        parts.iter().map(|(wait, c)| wait * wait * (square(*c) - mean(*c).powi(2))).sum();
    let error = (variance / f64::from(MANY)).sqrt();
    let measured = latency.mean() / 1e9;
    assert!((measured - expected).abs() < 4.0 * error, "{measured} for {expected} +- {error}");
}

/// Windows sends three SYNs and gives up after 21 s; a gateway is asked over a connection before.
#[test]
fn a_kernel_gives_up_when_no_syn_arrives() {
    let windows = |balance: Value| {
        let scenario = with(newcomers(0.5, balance), "clients.syn_retries", "windows");
        let run = run(&with(scenario, "duration", "10m"), 0);
        assert_eq!(run.series.row(SeriesId::TimedOut)[..200].iter().sum::<f64>(), 0.0);
        run.counts.timed_out as f64 / f64::from(MANY)
    };
    let none_arrives = 0.75_f64.powi(3);
    assert_share(windows(json!("round_robin")), none_arrives);
    let asked_first = windows(json!({"gateway": {"report_every": "2s"}}));
    assert_share(asked_first, 1.0 - (1.0 - none_arrives).powi(2));
}

/// A group's network is its own; a scenario's that of the others.
#[test]
fn only_those_whose_network_loses_packets_are_late() {
    let group = |name: &str, network: Value| {
        json!({
            "name": name, "arrivals": {"burst": {"clients": 1_000, "at": "0s", "within": "0s"}},
            "presence": "20000d", "rtt": "40ms", "reconnect": "never", "network": network,
        })
    };
    let clients =
        json!([group("web", json!({"loss": 0})), group("mobile", json!({"loss": "50%"}))]);
    let late = with(newcomers(0.3, json!("ring")), "clients", clients);
    let after = at(&run(&late, 0), SeriesId::Connected, 2);
    // A thirty-second part of those who lose half.
    assert!((1_000.0..1_060.0).contains(&after), "{after}");
}
