//! How often equal runs are called different, and how often real changes are found.
//!
//! Everything is seeded: a count is the same in each run of the tests.

use ringstorm::compare::compare;
use ringstorm::stats::Verdict;

use super::support::{record, row};

const PAIRS: u64 = 200;

/// A crash of one of three servers: storms, queues and counts of every kind.
const EQUAL: &str = r#"{
  "name": "equal", "replications": 6, "duration": "20s",
  "clients": {
    "connected": 90, "presence": {"exponential": {"mean": "2m"}},
    "arrivals": {"poisson": {"rate": "steady"}}, "connect_timeout": "2s",
    "reconnect": {"exponential": {"base": "1s", "factor": 2, "cap": "5s", "jitter": "full"}}
  },
  "servers": {"count": 3, "handshake": {"workers": 1, "cost": {"lognormal": {"median": "20ms", "sigma": 0.5}}}},
  "policies": [
    {"name": "ring", "balance": "ring", "rebalance": "moved"},
    {"name": "round robin", "balance": "round_robin"}
  ],
  "events": [{"at": "5s", "crash": {"count": 1}}]
}"#;

#[test]
fn two_hundred_pairs_of_equal_runs_give_no_more_alarms_than_the_level() {
    let alarms = (0..PAIRS)
        .filter(|pair| {
            let base = record(EQUAL, &[], 1_000 + 2 * pair);
            let new = record(EQUAL, &[], 1_001 + 2 * pair);
            let comparison = compare(&base, &new, 0.05).unwrap();
            assert!(comparison.family > 30, "{}", comparison.family);
            let claims = [Verdict::Worse, Verdict::Better, Verdict::Changed];
            claims.iter().any(|claim| comparison.count(*claim) > 0)
        })
        .count();
    // The level is 5% of the pairs, whatever the number of metrics: 17 or fewer of 200 with
    // a probability of 98.7% even at the level itself.
    assert!(alarms <= 17, "{alarms} false alarms in {PAIRS} pairs");
}

/// Connecting takes what a handshake takes, and nothing else.
const COST: &str = r#"{
  "name": "cost", "replications": 6, "duration": "5s",
  "clients": {"connected": 0, "presence": "1h", "rtt": "1us", "reconnect": "immediate",
    "arrivals": {"poisson": {"rate": "40/s"}}},
  "servers": {"count": 2, "handshake": {"workers": 100, "cost": {"lognormal": {"median": "100ms", "sigma": 0.1}}}},
  "policies": [{"name": "round robin", "balance": "round_robin"}]
}"#;

/// (worse, same) verdicts on the time to connect, of 200 pairs with other seeds.
fn found(median: &str) -> (usize, usize) {
    let set = format!("servers.handshake.cost.lognormal.median={median}");
    let verdicts: Vec<Verdict> = (0..PAIRS)
        .map(|pair| {
            let base = record(COST, &[], 5_000 + 2 * pair);
            let new = record(COST, &[&set], 5_001 + 2 * pair);
            let comparison = compare(&base, &new, 0.05).unwrap();
            row(&comparison, "round robin", "connect_mean").verdict
        })
        .collect();
    let count = |verdict| verdicts.iter().filter(|other| **other == verdict).count();
    (count(Verdict::Worse), count(Verdict::Same))
}

#[test]
fn a_change_of_the_thresholds_size_is_found_half_of_the_time_and_never_waved_through() {
    let (worse, same) = found("105ms");
    // Half of 200, give or take three standard deviations; `same` at most 2.5%, likewise.
    assert!((79..=121).contains(&worse), "{worse} of {PAIRS} are found");
    assert!(same <= 12, "{same} of {PAIRS} are passed as the same");
}

#[test]
fn a_change_beyond_the_threshold_by_half_an_interval_is_found_nearly_always() {
    // The interval of the mean of 6 x 200 handshakes on each side reaches some 1% to each
    // side: 97.5% of changes of 6% are found, and more of larger ones.
    let (worse, same) = found("106500us");
    assert!(worse >= 190, "{worse} of {PAIRS} are found");
    assert_eq!(same, 0);
}
