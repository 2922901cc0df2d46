//! Titles: what is claimed, and what is not.

use ringstorm::chart::finding::{MOST_CHARACTERS, sign_test};
use ringstorm::chart::{draw_all, text};
use ringstorm::stats::{Band, CaseResults, Difference, Results, SeriesId};

use super::gallery::{calm, gallery, many};
use super::synthetic::{four_policies, metric, three_storms};

fn title(results: &Results, name: &str) -> String {
    let mut charts = draw_all(results).into_iter();
    charts.find(|chart| chart.name == name).expect("the results have data for it").title
}

fn load_title(results: &Results) -> String {
    title(results, "load-distribution")
}

fn storm_title(results: &Results) -> String {
    title(results, "reconnect-storm")
}

/// The same load facts under both of two policies, but for what is given.
fn two_policies(replications: u32, facts: [(&'static str, [f64; 2], f64); 3]) -> Results {
    let mut found = four_policies(replications);
    found.points[0].cases.truncate(2);
    "modulo".clone_into(&mut found.points[0].cases[0].policy);
    "ring".clone_into(&mut found.points[0].cases[1].policy);
    for (index, case) in found.points[0].cases.iter_mut().enumerate() {
        let half = |half: f64| (replications > 1).then_some(half);
        case.metrics = facts
            .iter()
            .map(|(name, values, noise)| metric(name, values[index], half(*noise)))
            .collect();
    }
    found
}

#[test]
fn every_title_is_short_and_fits_the_sheet() {
    for (name, results) in gallery() {
        for chart in draw_all(&results) {
            let title = &chart.title;
            assert!(
                !title.is_empty() && title.chars().count() <= MOST_CHARACTERS,
                "{name}: {title}"
            );
            assert!(text::fits(title, 19.0, text::Weight::SemiBold, 912.0), "{name}: {title}");
            assert!(!title.ends_with('.'), "{name}: {title}");
            assert!(chart.alt.starts_with(title.as_str()), "{name}: {}", chart.alt);
        }
    }
}

#[test]
fn new_servers_that_are_left_behind_come_first() {
    assert_eq!(
        load_title(&four_policies(20)),
        "Bounded ring, 1.05 moves 26.1%; round robin leaves the newest server at 8%"
    );
}

#[test]
fn what_went_with_a_crashed_server_fills_no_new_one() {
    let facts = [
        ("newest_share", [0.97, 0.5], 0.001),
        ("imbalance_end", [1.05, 1.05], 0.001),
        ("moved_fraction", [0.125, 0.125], 0.001),
    ];
    let mut found = two_policies(20, facts);
    assert!(load_title(&found).starts_with("Modulo fills the newest server by moving 12.5%"));
    found.points[0].cases[0].rebalance = "none".to_owned();
    let told = "The newest server ends at 97% of fair share with modulo, 50% with ring";
    assert_eq!(load_title(&found), told);
    found.points[0].cases.truncate(1);
    assert_eq!(load_title(&found), "Modulo ends with 1.05 × fair share on the busiest server");
}

#[test]
fn a_busier_server_is_told_when_new_ones_are_filled() {
    let found = two_policies(
        20,
        [
            ("newest_share", [0.97, 0.98], 0.001),
            ("imbalance_end", [1.21, 1.05], 0.01),
            ("moved_fraction", [0.9, 0.25], 0.01),
        ],
    );
    assert_eq!(
        load_title(&found),
        "Busiest server: 1.21 × fair share with modulo, 1.05 × with ring"
    );
}

#[test]
fn what_moved_is_told_when_the_spread_is_alike() {
    let found = two_policies(
        20,
        [
            ("newest_share", [0.97, 0.98], 0.001),
            ("imbalance_end", [1.06, 1.05], 0.001),
            ("moved_fraction", [0.9, 0.248], 0.01),
        ],
    );
    assert_eq!(load_title(&found), "Modulo moves 90% of connections, ring moves 24.8%");
}

#[test]
fn intervals_that_meet_are_no_finding() {
    let found = two_policies(
        20,
        [
            ("newest_share", [0.5, 0.6], 0.2),
            ("imbalance_end", [1.21, 1.05], 0.2),
            ("moved_fraction", [0.9, 0.8], 0.1),
        ],
    );
    assert_eq!(load_title(&found), "No policy differs clearly in how load is spread");
}

/// Every server of a case holds so many at the end, and so many clients are connected to none.
fn ends_with(case: &mut CaseResults, each: u32, away: f64) {
    let last = case.servers.connections.last_mut().unwrap();
    last.fill(each);
    let connected = f64::from(each) * last.len() as f64;
    let steps = case.servers.connections.len();
    case.series.retain(|band| !matches!(band.id, SeriesId::Connected | SeriesId::Trying));
    for (id, value) in [(SeriesId::Connected, connected), (SeriesId::Trying, away)] {
        let row = vec![value; steps];
        let [mean, ci_low, ci_high] = [row.clone(), row.clone(), row.clone()];
        let [median, low, high] = [row.clone(), row.clone(), row];
        case.series.push(Band { id, mean, ci_low, ci_high, median, low, high });
    }
}

#[test]
fn clients_that_are_still_away_are_told_where_load_is_alike() {
    let alike = |offline_noise: f64| {
        let mut found = two_policies(
            20,
            [
                ("newest_share", [1.0, 1.0], 0.001),
                ("imbalance_end", [1.0, 1.0], 0.001),
                ("offline_fraction", [0.2, 0.01], offline_noise),
            ],
        );
        let servers = found.points[0].cases[0].servers.connections.last().unwrap().len() as f64;
        ends_with(&mut found.points[0].cases[0], 700, 300.0 * servers);
        ends_with(&mut found.points[0].cases[1], 1000, 0.0);
        found
    };
    let found = alike(0.01);
    let away = "Load spreads alike, but 30% of clients are still away with modulo";
    assert_eq!(load_title(&found), away);
    let away = "Every policy ends even, but with modulo 30% of clients are away (this run)";
    assert_eq!(title(&found, "final-load"), away);
    let found = alike(0.2);
    assert_eq!(load_title(&found), "No policy differs clearly in how load is spread");
}

#[test]
fn spreads_that_noise_hides_are_not_alike_while_clients_are_away() {
    let mut found = two_policies(
        20,
        [
            ("newest_share", [1.0, 1.0], 0.001),
            ("imbalance_end", [1.0, 1.3], 0.2),
            ("offline_fraction", [0.2, 0.01], 0.01),
        ],
    );
    let servers = found.points[0].cases[0].servers.connections.last().unwrap().len() as f64;
    ends_with(&mut found.points[0].cases[0], 700, 300.0 * servers);
    ends_with(&mut found.points[0].cases[1], 1000, 0.0);
    let told = "No policy differs clearly in spread; 30% of clients are away with modulo";
    assert_eq!(load_title(&found), told);
}

#[test]
fn what_is_told_of_the_fair_share_is_no_work_of_clients_who_are_away() {
    let told = |newest: [f64; 2], busiest: [f64; 2], moved: [f64; 2], online: [u32; 2]| {
        let facts = [
            ("newest_share", newest, 0.02),
            ("imbalance_end", busiest, 0.02),
            ("moved_fraction", moved, 0.001),
        ];
        let mut found = two_policies(20, facts);
        let servers = found.points[0].cases[0].servers.connections.last().unwrap().len() as f64;
        for (case, each) in found.points[0].cases.iter_mut().zip(online) {
            ends_with(case, each, (1000.0 - f64::from(each)) * servers);
        }
        load_title(&found)
    };
    // Of the fair share 54.5% and 53.9%, which nothing has tested.
    assert_eq!(
        told([1.028, 0.539], [1.05, 1.3], [1.0, 0.0], [530, 1000]),
        "The newest server ends at 102.8% of the mean with modulo, 53.9% with ring"
    );
    // Of the fair share 0.9 and 1.1, in the other order.
    assert_eq!(
        told([1.0, 1.0], [1.5, 1.1], [0.2, 0.2], [600, 1000]),
        "Busiest server: 1.5 × the mean with modulo, 1.1 × with ring"
    );
    // Of the fair share 25% and 55%, most of which is who came back.
    assert_eq!(
        told([0.55, 0.5], [1.2, 1.2], [0.2, 0.2], [1000, 500]),
        "The newest server ends at 55% of the mean with modulo, 50% with ring"
    );
    // A few who are away change nothing of it.
    assert_eq!(
        told([1.0, 0.06], [1.05, 1.3], [0.2, 0.0], [970, 1000]),
        "Modulo fills the newest server by moving 20%; ring leaves it at 6%"
    );
}

#[test]
fn titles_and_panels_count_the_same_fair_share_while_clients_are_away() {
    let mut found = two_policies(
        20,
        [
            ("newest_share", [1.0, 1.0], 0.001),
            ("imbalance_end", [1.5, 1.1], 0.001),
            ("offline_fraction", [0.3, 0.3], 0.001),
        ],
    );
    let servers = found.points[0].cases[0].servers.connections.last().unwrap().len() as f64;
    for case in &mut found.points[0].cases {
        ends_with(case, 700, 300.0 * servers);
    }
    let told = "Busiest server: 1.05 × fair share with modulo, 0.77 × with ring";
    assert_eq!(load_title(&found), told);
    found.points[0].cases.remove(0);
    let told = "Ring ends with 0.77 × fair share on the busiest server";
    assert_eq!(load_title(&found), told);
    let drawn = draw_all(&found).into_iter().find(|chart| chart.name == "load-distribution");
    let alt = drawn.unwrap().alt;
    assert!(alt.contains("busiest server 0.77 × fair share"), "{alt}");
}

#[test]
fn a_paired_difference_overrules_intervals_that_meet() {
    let mut found = two_policies(
        20,
        [
            ("newest_share", [0.97, 0.98], 0.2),
            ("imbalance_end", [1.21, 1.05], 0.2),
            ("moved_fraction", [0.9, 0.9], 0.1),
        ],
    );
    let mut difference = Difference {
        metric: "imbalance_end",
        policy: "ring".to_owned(),
        against: "modulo".to_owned(),
        mean: -0.16,
        ci95: Some([-0.2, -0.12]),
        p_adjusted: Some(0.001),
        n: 20,
        distance_to_one: None,
    };
    found.points[0].differences = vec![difference.clone()];
    assert!(load_title(&found).starts_with("Busiest server: 1.21 × fair share with modulo"));
    difference.p_adjusted = Some(0.2);
    found.points[0].differences = vec![difference];
    assert_eq!(load_title(&found), "No policy differs clearly in how load is spread");
}

#[test]
fn a_single_run_tells_what_it_showed() {
    let found = two_policies(
        1,
        [
            ("newest_share", [0.97, 0.98], 0.0),
            ("imbalance_end", [1.21, 1.05], 0.0),
            ("moved_fraction", [0.9, 0.25], 0.0),
        ],
    );
    assert_eq!(
        load_title(&found),
        "Busiest server: 1.21 × fair share with modulo, 1.05 × with ring"
    );
}

#[test]
fn a_policy_alone_is_told_alone() {
    let mut found = four_policies(20);
    found.points[0].cases.drain(..1);
    found.points[0].cases.truncate(1);
    assert_eq!(
        load_title(&found),
        "Hash ring, 160 points ends with 1.12 × fair share on the busiest server"
    );
}

#[test]
fn who_never_recovers_is_set_against_who_does() {
    assert_eq!(
        storm_title(&three_storms(20)),
        "99% are back after 2:47 with gateway pacing; with no jitter 72% are not"
    );
}

#[test]
fn the_fastest_recovery_is_set_against_the_slowest() {
    assert_eq!(
        storm_title(&many(8)),
        "99% are back after 59 s with policy number 1, after 3:17 with policy number 8"
    );
}

#[test]
fn a_policy_that_drops_nobody_is_named() {
    assert_eq!(
        storm_title(&calm()),
        "Gateway pacing drops nobody; worst: no jitter leaves 72% of the dropped offline"
    );
}

#[test]
fn recoveries_that_change_places_from_run_to_run_are_no_finding() {
    let mut found = three_storms(20);
    found.points[0].cases.remove(0);
    let peaks = found.points[0].cases.iter_mut().flat_map(|case| &mut case.storms);
    peaks.for_each(|storm| storm.peak_attempt_rate = 1000.0);
    for (index, case) in found.points[0].cases.iter_mut().enumerate() {
        for storm in &mut case.storms {
            let odd = storm.replication % 2 == u32::try_from(index).unwrap();
            storm.recovery = Some(if odd { 100.0 } else { 101.0 });
        }
    }
    assert!(
        storm_title(&found).starts_with("No policy differs clearly in recovery: 99% back after")
    );
}

#[test]
fn peaks_are_told_when_recoveries_are_alike() {
    let mut found = three_storms(20);
    found.points[0].cases.remove(0);
    for storm in found.points[0].cases.iter_mut().flat_map(|case| &mut case.storms) {
        storm.recovery = Some(100.0);
    }
    assert_eq!(
        storm_title(&found),
        "Recovery is alike; full jitter peaks at 53.9k per s, gateway pacing at 2.8k"
    );
}

#[test]
fn recoveries_that_noise_hides_are_not_alike() {
    let mut found = three_storms(3);
    found.points[0].cases.remove(0);
    let named = [("fast", 2_020.0), ("c", 304.0)];
    for (case, (name, peak)) in found.points[0].cases.iter_mut().zip(named) {
        name.clone_into(&mut case.policy);
        case.storms.iter_mut().for_each(|storm| storm.peak_attempt_rate = peak);
    }
    let difference = |policy: &str, against: &str| Difference {
        metric: "peak_attempt_rate",
        policy: policy.to_owned(),
        against: against.to_owned(),
        mean: -1_716.0,
        ci95: Some([-1_800.0, -1_600.0]),
        p_adjusted: Some(0.01),
        n: 3,
        distance_to_one: None,
    };
    found.points[0].differences = vec![difference("c", "fast")];
    // Back after 3:31 and after 2:43.
    assert_eq!(
        storm_title(&found),
        "No policy differs clearly in recovery; fast peaks at 2.02k per s, c at 304"
    );
    let cases = ["full jitter", "gateway pacing"];
    for (case, name) in found.points[0].cases.iter_mut().zip(cases) {
        name.clone_into(&mut case.policy);
    }
    found.points[0].differences = vec![difference(cases[1], cases[0])];
    assert_eq!(
        storm_title(&found),
        "Attempts peak at 2.02k per s with full jitter, at 304 with gateway pacing"
    );
}

#[test]
fn three_runs_are_enough_against_a_policy_that_never_recovers() {
    assert_eq!(
        storm_title(&three_storms(3)),
        "99% are back after 2:43 with gateway pacing; with no jitter 72% are not"
    );
}

#[test]
fn three_runs_are_too_few_to_tell_two_recoveries_apart() {
    let mut found = three_storms(3);
    found.points[0].cases.remove(0);
    for storm in found.points[0].cases.iter_mut().flat_map(|case| &mut case.storms) {
        storm.peak_attempt_rate = 1000.0;
    }
    assert_eq!(
        storm_title(&found),
        "No policy differs clearly in recovery: 99% back after 2:43 to 3:31"
    );
    found.points[0].differences = vec![Difference {
        metric: "recovery_time",
        policy: "gateway pacing".to_owned(),
        against: "full jitter".to_owned(),
        mean: -48.0,
        ci95: Some([-60.0, -36.0]),
        p_adjusted: Some(0.01),
        n: 3,
        distance_to_one: None,
    }];
    assert!(storm_title(&found).starts_with("99% are back after 2:43 with gateway pacing"));
}

#[test]
fn the_sign_test_has_its_textbook_values() {
    // 2 x (1/2)^5; 2 x (1 + 10) / 2^10; a draw.
    assert!((sign_test(0, 5) - 0.0625).abs() < 1e-12);
    assert!((sign_test(9, 1) - 22.0 / 1024.0).abs() < 1e-12);
    assert!((sign_test(3, 3) - 1.0).abs() < 1e-12);
    assert!((sign_test(0, 0) - 1.0).abs() < 1e-12);
    assert!(sign_test(600, 400) <= 0.05 && sign_test(505, 495) > 0.05);
}
