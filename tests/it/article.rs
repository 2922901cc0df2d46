//! The claims of the article "Why WebSockets are hard to scale", from its scenario.

use std::path::Path;

use ringstorm::observe::{Observations, SeriesId};
use ringstorm::plan::Plan;
use ringstorm::scenario::{Overrides, load};
use ringstorm::{engine::Draws, model};

const REPLICATIONS: u32 = 400;

/// The scenario with the second server joining at the very start, where exactly
/// 1,000 clients are connected.
fn plan(duration: &str) -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/article.json");
    let set = [
        "events[0].at=0s".to_owned(),
        "policies[gateway].rebalance.shed.check_every=1s".to_owned(),
        "sample_every=1s".to_owned(),
        format!("duration={duration}"),
    ];
    load(&path, &Overrides { set: set.to_vec(), ..Overrides::default() }).unwrap()
}

fn runs(plan: &Plan, policy: &str, replications: u32) -> Vec<Observations> {
    let point = &plan.points[0];
    let policy = point.policies.iter().find(|other| other.name == policy).unwrap();
    (0..replications)
        .map(|replication| {
            model::run(&point.world, policy, Draws::new(plan.seed, replication), false).unwrap()
        })
        .collect()
}

fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

fn dropped(runs: &[Observations]) -> Vec<f64> {
    runs.iter().map(|run| run.counts.dropped as f64).collect()
}

#[test]
fn round_robin_without_rebalancing_closes_nothing() {
    assert!(runs(&plan("20s"), "round robin", 20).iter().all(|run| run.counts.dropped == 0));
}

#[test]
fn drop_all_closes_a_thousand() {
    assert!(runs(&plan("20s"), "drop all", 20).iter().all(|run| run.counts.dropped == 1_000));
}

/// Server 2 of 2 owns a share Beta(160, 160) of the ring, and 1,000 clients fall
/// into it independently: beta-binomial, mean 500, sd 32.06 (H-ADD-b: fixed arcs
/// would give 15.8).
#[test]
fn the_ring_closes_500_with_the_spread_that_arc_lengths_predict() {
    let closed = dropped(&runs(&plan("2s"), "ring", REPLICATIONS));
    let (mean, sd) = mean_and_sd(&closed);
    let expected_sd = 32.063_02;
    let n = f64::from(REPLICATIONS);
    // z = 3.9: one seeded test in 10,000 would fail by chance.
    assert!((mean - 500.0).abs() < 3.9 * expected_sd / n.sqrt(), "mean {mean}");
    // The standard error of a standard deviation is about sd / sqrt(2 n).
    assert!((sd - expected_sd).abs() < 3.9 * expected_sd / (2.0 * n).sqrt(), "sd {sd}");
    assert!(closed.iter().all(|count| (374.0..=626.0).contains(count)), "H-ADD-a's 99.9% interval");
}

/// The check comes a second after the server has joined; until then one client in
/// two runs comes or goes.
#[test]
fn the_gateway_closes_500() {
    let closed = dropped(&runs(&plan("1900ms"), "gateway", 40));
    let (mean, sd) = mean_and_sd(&closed);
    assert!((mean - 500.0).abs() < 1.5, "mean {mean}, sd {sd}");
    assert!(closed.iter().all(|count| (count - 500.0).abs() < 6.0), "{closed:?}");
}

#[test]
fn the_gateway_ends_within_its_tolerance() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/article.json");
    let plan = load(&path, &Overrides::default()).unwrap();
    for run in runs(&plan, "gateway", 20) {
        let imbalance = run.counts.imbalance_end.unwrap();
        assert!(imbalance <= 1.05, "{imbalance}");
    }
}

/// L-RR-a: of lambda = N / T arrivals the new server gets one in n + 1, and they
/// stay for T: lambda T / (n + 1) (1 - exp(-t / T)).
#[test]
fn without_rebalancing_the_new_server_fills_as_the_closed_form_says() {
    let plan = plan("30m");
    let step = plan.points[0].world.sample_every.as_secs_f64();
    let runs = runs(&plan, "round robin", 60);
    let presence = 1_800.0;
    for (share_of_presence, expected) in [(0.1, 47.581_29), (0.5, 196.734_7), (1.0, 316.060_3)] {
        let index = (share_of_presence * presence / step) as usize - 1;
        let held: Vec<f64> =
            runs.iter().map(|run| run.series.row(SeriesId::NewServers)[index]).collect();
        let (mean, sd) = mean_and_sd(&held);
        let half = 3.9 * sd / (runs.len() as f64).sqrt();
        assert!(half < 0.1 * expected, "a wide interval proves nothing: {half}");
        assert!((mean - expected).abs() < half, "{share_of_presence} T: {mean}, not {expected}");
    }
}
