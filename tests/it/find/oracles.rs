//! Tipping points that are known without a search.

use std::path::Path;

use ringstorm::scenario::{Overrides, read_text};
use ringstorm::stats::Measure;
use ringstorm::stats::interval::Estimate;
use ringstorm::stats::tipping::Turned;
use serde_json::json;

use super::support::{asked, read, run, searched};
use crate::theory::support::{FOR_EVER, Scenario};

/// Every client draws a uniform number once, and is cut off where that is below the fraction:
/// more than 250 of 1,000 are from the 251st smallest number on, which is 251/1,001 in the mean.
#[test]
fn a_share_tips_over_where_the_order_statistic_of_its_clients_is() {
    let scenario = Scenario::new(60.0)
        .set("clients.connected", 1000)
        .set("clients.reconnect", json!({"fixed": {"delay": "1ms"}}))
        .set("replications", 30)
        .set("events", json!([{"at": "30s", "disconnect": {"fraction": 0.5}}]));
    let criterion = json!({"metric": "peak_attempt_rate", "rises_above": 250});
    let find = asked("events[0].disconnect.fraction", json!([0, 1]), json!(0.001), criterion);
    let found = searched(&scenario, find);
    let (mean, expected) = (found.mean.unwrap(), 251.0 / 1_001.0);
    let error = (expected * (1.0 - expected) / 1_002.0_f64 / 30.0).sqrt();
    assert!((mean - expected).abs() < 3.3 * error + 0.000_5, "{mean}, not {expected} ± {error}");
    let [low, high] = found.ci95.unwrap();
    let half = (high - low) / 2.0;
    assert!((2.045 * error * 0.6..2.045 * error * 1.5).contains(&half), "± {half}");
    assert_eq!((found.below, found.above, found.wavering), (0, 0, 0));
}

/// Arrivals each 10 ms and a handshake of 10 ms + x leave a queue that grows by x a client. The
/// n-th waits n x, so the mean of the 6,000 / (1 + 100 x) that are served in a minute is above
/// 50 ms from about x = 16.7 us on, whatever the draws.
#[test]
fn a_deterministic_queue_tips_over_where_work_exceeds_its_worker() {
    let scenario = Scenario::new(60.0)
        .set("clients.arrivals", json!({"renewal": {"interval": "10ms"}}))
        .set("replications", 3);
    let criterion = json!({"metric": "handshake_wait_mean", "rises_above": 0.05});
    let find = asked("servers.handshake.cost", json!(["5ms", "20ms"]), json!("1us"), criterion);
    let found = searched(&scenario, find);
    let mean_wait = |excess: f64| excess * (60.0 / (0.01 + excess) - 1.0) / 2.0;
    let excess = (1..100).map(|us| f64::from(us) * 1e-6).find(|excess| mean_wait(*excess) > 0.05);
    let expected = 0.01 + excess.unwrap();
    let mean = found.mean.unwrap() * 1e-9;
    assert!((mean - expected).abs() <= 1e-6, "{mean} s, not {expected} s");
    // Nothing is drawn, so only the precision is unknown.
    let [low, high] = found.ci95.unwrap();
    assert!((high - low - 1_000.0).abs() < 1e-3, "{low} to {high}");
}

/// Two servers of one worker each serve 100 a second; above that, and only above, a queue grows
/// without end.
#[test]
fn an_arrival_rate_tips_over_at_the_capacity_of_the_servers() {
    let scenario = Scenario::new(300.0)
        .set("clients.arrivals", json!({"poisson": {"rate": "10/s"}}))
        .set("clients.presence", FOR_EVER)
        .set("servers.count", 2)
        .set("servers.handshake.cost", "20ms")
        .set("replications", 5);
    let criterion = json!({"metric": "handshake_wait_mean", "rises_above": 2});
    let rate = "clients.arrivals.poisson.rate";
    let found = searched(&scenario, asked(rate, json!(["50/s", "150/s"]), json!("1/s"), criterion));
    // A wait of 2 s in the mean of 300 s is a queue that grows by 4 s in all: 1.3% too much work.
    let mean = found.mean.unwrap();
    assert!((100.0..104.0).contains(&mean), "{mean} a second");
}

#[test]
fn a_search_finds_what_a_run_at_every_value_finds() {
    let scenario = Scenario::new(120.0)
        .set("clients.connected", 300)
        .set("clients.connect_timeout", "2s")
        .set("clients.reconnect", "socket.io")
        .set("servers.accept_queue", 200)
        .set("servers.handshake.cost", json!({"exponential": {"mean": "20ms"}}))
        .set("replications", 4)
        .set("events", json!([{"at": "10s", "disconnect": {"fraction": 1.0}}]));
    let criterion = json!({"metric": "recovery_time", "rises_above": 10});
    let cost = "servers.handshake.cost.exponential.mean";
    let find = asked(cost, json!(["1ms", "40ms"]), json!("2ms"), criterion);
    let found = searched(&scenario, find.clone());
    let mut search = read(&scenario, find);
    let grid = search.find().grid;
    for (replication, searched) in (0..).zip(&found.searched) {
        let is_met = |measure: Option<Measure>| match measure {
            Some(Measure::Value(seconds)) => seconds > 10.0,
            Some(Measure::Censored(_)) => true,
            None => false,
        };
        let met: Vec<bool> =
            (0..=grid.steps()).map(|step| is_met(run(&mut search, step, 0, replication))).collect();
        let first = met.iter().position(|met| *met).unwrap() as u64;
        assert!(first > 0 && met[first as usize..].iter().all(|met| *met), "{met:?}");
        assert_eq!(searched.turned, Turned::After(first - 1));
    }
    let middles: Vec<f64> = found
        .searched
        .iter()
        .map(|searched| {
            searched.bracket(&grid).map(|[low, high]| f64::midpoint(low, high)).unwrap()
        })
        .collect();
    assert_eq!(found.mean, Estimate::of(&middles).map(|estimate| estimate.mean));
}

#[test]
fn every_kind_of_quantity_is_written_as_its_field_is() {
    let scenario = Scenario::new(60.0)
        .set("clients.connected", 10)
        .set("servers.memory", json!({"base": "1MiB", "per_connection": "1KiB"}))
        .set("events", json!([{"at": "30s", "disconnect": {"fraction": 0.5}}]))
        .set("policies.0.balance", "ring");
    let criterion = || json!({"metric": "recovered", "falls_below": 0.5});
    let cases = [
        ("servers.count", json!([1, 5]), json!(1), "3"),
        ("events[0].disconnect.fraction", json!([0, 1]), json!(0.25), "0.5"),
        ("events[0].disconnect.fraction", json!(["0%", "40%"]), json!("10%"), "\"20%\""),
        ("duration", json!(["1m", "3m"]), json!("30s"), "\"2m\""),
        ("clients.rtt", json!(["1ms", "2ms"]), json!("250us"), "\"1500us\""),
        ("servers.memory.base", json!(["1KiB", "2KiB"]), json!("256B"), "\"1536B\""),
        ("policies[only].balance.ring.virtual_nodes", json!([10, 50]), json!(10), "30"),
    ];
    for (vary, between, precision, middle) in cases {
        let mut search = read(&scenario, asked(vary, between, precision, criterion()));
        assert_eq!(search.find().grid.steps(), 4, "{vary}");
        let point = search.point(2).unwrap();
        assert_eq!(point.at, [(vary.to_owned(), middle.to_owned())]);
    }
    let rate = scenario.clone().set("clients.arrivals", json!({"poisson": {"rate": "1/s"}}));
    let find =
        asked("clients.arrivals.poisson.rate", json!(["60/m", "3/s"]), json!("0.5/s"), criterion());
    assert_eq!(read(&rate, find).point(2).unwrap().at[0].1, "\"2/s\"");
}

#[test]
fn what_is_looked_for_changes_neither_the_run_nor_its_identity() {
    let scenario = Scenario::new(60.0).set("clients.connected", 10);
    let criterion = json!({"metric": "dropped", "rises_above": 5});
    let find = asked("servers.count", json!([1, 5]), json!(1), criterion);
    let plan = |scenario: &Scenario| {
        read_text("x.json", scenario.text(), Path::new(""), &Overrides::default()).unwrap()
    };
    let (without, with) = (plan(&scenario), plan(&scenario.clone().set("find", find)));
    assert_eq!(without.digest, with.digest);
    assert_eq!(without.points[0].identity, with.points[0].identity);
    assert!(without.find.is_none() && with.find.is_some());
}
