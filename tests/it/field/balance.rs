//! Servers that join, and load that does not follow.

use ringstorm::observe::SeriesId;

use super::support::{Answers, series};

/// 3,000 connections on three of six: the fewest to move are 1,500.
#[test]
fn piko_176_closes_more_than_the_fewest_because_some_return_to_full_nodes() {
    let file = "field/piko-176.json";
    let answers = Answers::of(file, 4, &[]);
    let random = "shed 0.5%/s, come back at random";
    let emptiest = "shed 0.5%/s, come back to the emptiest";
    assert!(answers.mean("no rebalancing", "imbalance_end") > 1.9);
    for policy in [random, emptiest] {
        assert!(answers.mean(policy, "imbalance_end") < 1.201, "within 20% of the mean");
    }
    // Half of those that come back at random come back to a full node.
    let twice = answers.mean(random, "dropped") / answers.mean(emptiest, "dropped");
    assert!((twice - 2.0).abs() < 0.1, "{twice}");
    let within = |policy: &str| {
        let imbalance = series(file, &[], policy, SeriesId::Imbalance);
        let last = imbalance.iter().rposition(|ratio| *ratio > 1.2).unwrap();
        last as f64 + 1.0 - 60.0
    };
    // A full node loses at least 3 and at most 5 of its 400 too many a second; at random it
    // gets half of them back.
    let (slow, fast) = (within(random), within(emptiest));
    assert!((75.0..135.0).contains(&fast), "{fast} s");
    assert!(slow > 1.5 * fast && slow < 3.0 * fast, "{slow} s and {fast} s");
}

#[test]
fn piko_322_sheds_for_ever_until_the_ghost_is_forgotten() {
    let closes = |policy: &str| {
        let closed = series("field/piko-322.json", &[], policy, SeriesId::Dropped);
        let minute = |from: usize| closed[from..from + 60].iter().sum::<f64>();
        (minute(30), minute(500))
    };
    let (early, late) = closes("with the ghost");
    assert!(early > 100.0 && late > 100.0, "closed a minute: {early}, later {late}");
    let (early, late) = closes("ghost expired after 2 min");
    assert!(early > 100.0, "{early}");
    assert_eq!(late, 0.0);
}

/// Eviction balances in seconds and closes many more than it must; a readiness gate closes
/// nothing and waits for clients to come and go.
fn three_ways(file: &str, set: &[&str]) {
    let answers = Answers::of(file, 3, set);
    let (evict, gate) = ("evict 500/s", "refuse above 1.1 x mean");
    assert!(answers.is_cut_off("nothing", "time_to_balance"));
    assert_eq!(answers.mean("nothing", "dropped"), 0.0);
    assert_eq!(answers.mean(gate, "dropped"), 0.0);
    assert!(answers.mean(evict, "moved_over_minimum") > 1.5);
    assert!(answers.mean(evict, "newest_share") > 0.85);
    let shares = ["nothing", gate].map(|policy| answers.mean(policy, "newest_share"));
    assert!(shares[1] > shares[0] + 0.15, "{shares:?}");
}

#[test]
fn emqx_rebalance_evicts_at_a_rate() {
    three_ways("field/emqx-rebalance.json", &["clients.connected=9000"]);
}

#[test]
fn hpa_connections_adds_servers_that_stay_empty() {
    let answers = Answers::of("field/hpa-connections.json", 2, &[]);
    assert_eq!(answers.mean("hpa alone", "peak_servers"), 6.0);
    // The target is 1,000 a server, and that is the average: the oldest holds twice as much.
    assert!(answers.mean("hpa alone", "busiest_end") > 2_000.0);
    assert!(answers.mean("hpa alone", "newest_share") < 0.1);
    assert!(answers.mean("hpa and shedding", "busiest_end") <= 1_101.0);
}

/// A fifth server owns about a fifth of the keys; those that were open stay where they were.
#[test]
fn envoy_2819_leaves_open_connections_off_their_owner() {
    let answers = Answers::of("field/envoy-2819.json", 4, &[]);
    let astray = answers.mean("connections stay", "misplaced");
    assert!((0.1..0.4).contains(&astray), "{astray}");
    assert_eq!(answers.mean("connections stay", "dropped"), 0.0);
    // Four minutes later everything has moved.
    let late = Answers::of("field/envoy-2819.json", 4, &["warmup=5m"]);
    assert!(late.mean("connections stay", "misplaced") > 0.1);
    assert_eq!(late.mean("moved keys are dropped", "misplaced"), 0.0);
}
