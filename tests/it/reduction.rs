//! From observations to results: what a metric is, when it exists, what may be claimed.

use std::collections::BTreeSet;

use hdrhistogram::Histogram;
use ringstorm::engine::SimDuration;
use ringstorm::observe::observations::Censored;
use ringstorm::observe::{Observations, SeriesId};
use ringstorm::stats::{
    Better, METRICS, Measure, Metric, PointResults, Results, Sample, measure, summarise,
};

use super::synthetic::{SECOND, histogram, plan, quiet_run, servers, storm_run, survival};

fn metric(run: &Observations, name: &str) -> Option<Measure> {
    assert!(Metric::named(name).is_some(), "no metric is named {name}");
    measure(run).into_iter().find(|found| found.metric.name == name).map(|found| found.measure)
}

/// One point; `runs[policy][replication]`.
fn reduce(runs: &[&[Observations]]) -> PointResults {
    let names: Vec<String> = (0..runs.len()).map(|index| format!("policy {index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let samples = runs.iter().map(|runs| runs.iter().map(Sample::of).collect()).collect();
    let lives = runs.iter().map(|_| servers()).collect();
    let plan = plan(&names, runs[0].len() as u32);
    let results: Results = summarise(&plan, vec![samples], vec![lives]);
    results.points.into_iter().next().unwrap()
}

fn dropped(count: u64) -> Observations {
    let mut run = quiet_run();
    run.counts.dropped = count;
    run
}

#[test]
fn every_metric_is_named_once_and_says_what_it_means() {
    let names: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(names.len(), METRICS.len());
    let units = ["fraction", "ratio", "s", "count", "per_s", "hours", "MiB"];
    let groups: Vec<&str> = METRICS.iter().map(|metric| metric.group).collect();
    assert!(groups.is_sorted_by_key(|group| {
        [
            "load",
            "disruption",
            "storm",
            "queue",
            "faults",
            "cost",
            "accept",
            "state",
            "login",
            "messages",
        ]
        .iter()
        .position(|name| name == group)
    }));
    for metric in METRICS {
        assert!(units.contains(&metric.unit), "{} is in {}", metric.name, metric.unit);
        assert!(!metric.summary.is_empty() && !metric.summary.ends_with('.'), "{}", metric.name);
    }
}

#[test]
fn a_metric_without_meaning_is_absent() {
    let run = quiet_run();
    for name in [
        "imbalance",
        "newest_share",
        "moved_fraction",
        "moved_over_minimum",
        "offline_fraction",
        "drops_per_client",
        "drops_per_client_p99",
        "attempts_per_connect",
        "recovery_time",
        "recovery_p50",
        "recovered",
        "connect_mean",
        "connect_p99",
        "handshake_wait_mean",
        "waited_fraction",
        "utilisation",
        "time_to_balance",
        "misplaced",
    ] {
        assert_eq!(metric(&run, name), None, "{name}");
    }
    for name in ["dropped", "attempts", "rejected", "saturated_seconds", "server_hours"] {
        assert_eq!(metric(&run, name), Some(Measure::Value(0.0)), "{name}");
    }
}

#[test]
fn shares_and_averages_are_taken_over_what_their_names_say() {
    let mut run = quiet_run();
    let counts = &mut run.counts;
    counts.present_time = 2000;
    counts.connected_time = 1500;
    counts.moved = 30;
    counts.moved_of = 120;
    counts.moved_minimum = 24.0;
    counts.handshakes = 8;
    counts.handshakes_without_wait = 6;
    counts.busy_time = 3;
    counts.worker_time = 4;
    counts.attempts = 12;
    counts.accepted = 8;
    counts.queued_time = 50 * u128::from(SECOND);
    counts.imbalance_time = 30.0;
    counts.imbalance_span = 20;
    counts.server_time = 7200 * u128::from(SECOND);
    counts.saturated_time = SECOND / 2;
    for (name, expected) in [
        ("offline_fraction", 0.25),
        ("moved_fraction", 0.25),
        ("moved_over_minimum", 1.25),
        ("waited_fraction", 0.25),
        ("utilisation", 0.75),
        ("attempts_per_connect", 1.5),
        ("queued_mean", 0.5),
        ("imbalance", 1.5),
        ("server_hours", 2.0),
        ("saturated_seconds", 0.5),
    ] {
        assert_eq!(metric(&run, name), Some(Measure::Value(expected)), "{name}");
    }
}

#[test]
fn ratios_that_are_not_finite_never_become_results() {
    let mut run = quiet_run();
    run.counts.newest_share = Some(f64::NAN);
    run.counts.imbalance_end = Some(f64::INFINITY);
    assert_eq!(metric(&run, "newest_share"), None);
    assert_eq!(metric(&run, "imbalance_end"), None);
}

#[test]
fn drops_per_client_count_only_clients_that_were_dropped() {
    let mut run = quiet_run();
    run.counts.dropped = 103;
    run.counts.clients_dropped = 100;
    let mut drops: Histogram<u64> = histogram(&[4]);
    drops.record_n(1, 99).unwrap();
    run.drops_per_client = drops;
    assert_eq!(metric(&run, "drops_per_client"), Some(Measure::Value(1.03)));
    assert_eq!(metric(&run, "drops_per_client_p99"), Some(Measure::Value(1.0)));
    assert_eq!(metric(&run, "drops_per_client_max"), Some(Measure::Value(4.0)));
}

#[test]
fn a_quantile_among_those_who_never_came_back_is_censored() {
    // Ten dropped; six came back after 1 to 6 s, and the run ended 100 s after the trigger.
    let run = storm_run(10, 6, Censored::Beyond(100.0));
    let Some(Measure::Value(median)) = metric(&run, "recovery_p50") else { panic!("a median") };
    assert!((median - 5.0).abs() < 0.01, "the fifth of ten, not the third of six: {median}");
    let Some(Measure::Censored(p99)) = metric(&run, "recovery_p99") else { panic!("cut off") };
    assert!((p99 - 100.0).abs() < 0.1, "no earlier than all that was watched: {p99}");
    assert_eq!(metric(&run, "recovery_time"), Some(Measure::Censored(100.0)));
    assert_eq!(metric(&run, "recovered"), Some(Measure::Value(0.0)));
}

#[test]
fn quantiles_of_a_storm_that_ended_are_those_of_the_clients_that_returned() {
    // One of the hundred left before it was back.
    let run = storm_run(100, 99, Censored::At(98.0));
    let Some(Measure::Value(p99)) = metric(&run, "recovery_p99") else { panic!("a quantile") };
    assert!((p99 - 99.0).abs() < 0.1, "{p99}");
    assert_eq!(metric(&run, "recovery_time"), Some(Measure::Value(98.0)));
    assert_eq!(metric(&run, "recovered"), Some(Measure::Value(1.0)));
}

#[test]
fn what_was_cut_off_is_counted_and_has_no_interval() {
    let point = reduce(&[&[
        storm_run(10, 10, Censored::At(9.0)),
        storm_run(10, 6, Censored::Beyond(100.0)),
        quiet_run(),
        storm_run(10, 10, Censored::At(11.0)),
    ]]);
    let case = &point.cases[0];
    let recovery =
        case.metrics.iter().find(|result| result.metric.name == "recovery_time").unwrap();
    assert_eq!(recovery.values, [Some(9.0), None, None, Some(11.0)]);
    assert_eq!((recovery.mean, recovery.ci95, recovery.censored), (Some(10.0), None, 1));
    assert_eq!((&recovery.cut_off, recovery.measured()), (&vec![1], 3));
    let replications: Vec<u32> = case.storms.iter().map(|storm| storm.replication).collect();
    assert_eq!(replications, [0, 1, 3]);
    assert_eq!(case.storms[1].recovery, None);
    // The 99% quantile of one run is unknown, so no mean of it is given; the median is known.
    let quantiles: Vec<f64> = case
        .latency
        .iter()
        .filter(|row| row.latency == "recovery")
        .map(|row| row.quantile)
        .collect();
    assert_eq!(quantiles, [0.5]);
    assert_eq!(case.latency.iter().find(|row| row.latency == "recovery").unwrap().n, 3);
}

/// A run in which `connected` clients took one second each, and others still try at its end, as
/// long as `tried` seconds.
fn tried_run(connected: usize, trying: u32, tried: u64) -> Observations {
    let mut run = quiet_run();
    run.connect = histogram(&vec![SECOND; connected]);
    run.connect_survival = survival(&run.connect, &vec![tried * SECOND; trying as usize]);
    run.counts.in_progress = u64::from(trying);
    run.counts.in_progress_time = u128::from(trying) * u128::from(tried * SECOND);
    run
}

#[test]
fn a_quantile_of_the_time_to_connect_is_a_bound_where_too_many_still_try() {
    let is_known = |run: &Observations, name| matches!(metric(run, name), Some(Measure::Value(_)));
    let known = |run: &Observations| ["connect_p50", "connect_p99"].map(|name| is_known(run, name));
    assert_eq!(known(&tried_run(99, 0, 1)), [true, true]);
    assert_eq!(known(&tried_run(99, 1, 1)), [true, true], "one in a hundred, no more");
    assert_eq!(known(&tried_run(98, 2, 1)), [true, false]);
    assert_eq!(known(&tried_run(49, 51, 1)), [false, false]);
}

#[test]
fn the_mean_time_to_connect_is_a_bound_where_those_who_still_try_make_it_longer() {
    let mean = |trying, tried| metric(&tried_run(98, trying, tried), "connect_mean").unwrap();
    let near = |measure: Measure, expected: f64| match measure {
        Measure::Value(seconds) => (seconds - expected).abs() < 0.001,
        Measure::Censored(_) => false,
    };
    assert!(near(mean(0, 0), 1.0));
    assert!(near(mean(2, 1), 1.0), "they have tried no longer than others");
    assert!(near(metric(&tried_run(1_000, 1, 10), "connect_mean").unwrap(), 1.0), "0.9%");
    // (98 x 1 + 2 x 9) / 100.
    let Measure::Censored(least) = mean(2, 9) else { panic!("cut off") };
    assert!((least - 1.16).abs() < 0.001, "{least}");
}

#[test]
fn quantiles_of_the_time_to_connect_are_given_as_far_as_they_are_known() {
    let point = reduce(&[&[tried_run(98, 0, 0), tried_run(98, 2, 1)]]);
    let rows = point.cases[0].latency.iter().filter(|row| row.latency == "connect");
    let quantiles: Vec<f64> = rows.map(|row| row.quantile).collect();
    assert_eq!(quantiles, [0.5, 0.75, 0.9, 0.95]);
}

#[test]
fn a_metric_that_never_ended_has_no_mean() {
    let never = storm_run(10, 0, Censored::Beyond(100.0));
    let point = reduce(&[&[never.clone(), never]]);
    let recovery =
        point.cases[0].metrics.iter().find(|result| result.metric.name == "recovery_time").unwrap();
    assert_eq!((recovery.mean, recovery.ci95, recovery.censored), (None, None, 2));
}

#[test]
fn censored_times_give_no_difference_but_whether_they_recovered_does() {
    let back = || storm_run(10, 10, Censored::At(9.0));
    let lost = || storm_run(10, 1, Censored::Beyond(100.0));
    let point = reduce(&[&[back(), back(), back()], &[lost(), lost(), lost()]]);
    let find = |name| point.differences.iter().find(|difference| difference.metric == name);
    assert_eq!(find("recovery_time"), None);
    let recovered = find("recovered").unwrap();
    assert_eq!((recovered.mean, recovered.p_adjusted), (-1.0, Some(0.0)));
    assert_eq!((recovered.policy.as_str(), recovered.against.as_str()), ("policy 1", "policy 0"));
    assert_eq!(recovered.ci95, Some([-1.0, -1.0]), "all runs are the same, so chance has no part");
}

/// 3 of 3 against 0 of 3, as any 3 against any 3: one of 20 ways to deal them, or its mirror.
#[test]
fn whether_they_recovered_is_told_by_fishers_test_where_chance_has_a_part() {
    let back = |dropped| storm_run(dropped, dropped, Censored::At(9.0));
    let lost = |dropped| storm_run(dropped, 1, Censored::Beyond(100.0));
    let point = reduce(&[&[back(10), back(11), back(12)], &[lost(10), lost(11), lost(12)]]);
    let find = |name| point.differences.iter().find(|difference| difference.metric == name);
    let recovered = find("recovered").unwrap();
    assert_eq!((recovered.mean, recovered.n), (-1.0, 3));
    // Holm's correction takes it beyond 1.
    assert_eq!(recovered.p_adjusted, Some(1.0));
    let [low, high] = recovered.ci95.unwrap();
    assert!(low == -1.0 && (-0.21..-0.20).contains(&high), "{high}");
    let dropped = find("dropped").unwrap();
    assert_eq!((dropped.mean, dropped.ci95), (0.0, Some([0.0, 0.0])));
}

#[test]
fn up_to_six_policies_are_compared_each_with_each_and_more_with_the_first() {
    let runs = [dropped(1), dropped(2)];
    let pairs = |policies: usize| -> Vec<(String, String)> {
        let point = reduce(&vec![&runs[..]; policies]);
        point
            .differences
            .iter()
            .filter(|difference| difference.metric == "dropped")
            .map(|difference| (difference.policy.clone(), difference.against.clone()))
            .collect()
    };
    assert_eq!(pairs(1), []);
    assert_eq!(pairs(6).len(), 15);
    let seven = pairs(7);
    assert_eq!(seven.len(), 6);
    assert!(seven.iter().all(|(_, against)| against == "policy 0"));
}

#[test]
fn policies_that_behave_alike_have_differences_of_exactly_0_with_p_1() {
    let runs = [dropped(3), dropped(5), dropped(8)];
    let point = reduce(&[&runs, &runs]);
    assert!(!point.differences.is_empty());
    for difference in &point.differences {
        assert_eq!(difference.mean, 0.0, "{}", difference.metric);
        assert_eq!(difference.ci95, Some([0.0, 0.0]), "{}", difference.metric);
        assert_eq!(difference.p_adjusted, Some(1.0), "{}", difference.metric);
    }
}

#[test]
fn one_replication_has_means_and_differences_but_no_intervals() {
    let point = reduce(&[&[dropped(3)], &[dropped(5)]]);
    let difference =
        point.differences.iter().find(|difference| difference.metric == "dropped").unwrap();
    assert_eq!((difference.mean, difference.ci95, difference.p_adjusted), (2.0, None, None));
    let band = &point.cases[0].series[0];
    assert_eq!((&band.ci_low, &band.ci_high), (&band.mean, &band.mean));
}

#[test]
fn bands_hold_the_mean_its_interval_and_the_spread_of_replications() {
    let with_connected = |value: f64| {
        let mut run = quiet_run();
        run.series.rows[SeriesId::Connected as usize] = vec![value; 4];
        run
    };
    let point = reduce(&[&[with_connected(3.0), with_connected(1.0), with_connected(2.0)]]);
    let band = &point.cases[0].series[SeriesId::Connected as usize];
    assert_eq!(band.id, SeriesId::Connected);
    assert_eq!((band.mean[3], band.median[3]), (2.0, 2.0));
    assert_eq!((band.low[0], band.high[0]), (1.05, 2.95));
    // t(0.975, 2) / sqrt(3); series are kept in six significant digits.
    assert!((band.ci_high[0] - 2.0 - 4.302_652_73 / 3.0_f64.sqrt()).abs() <= 5e-6);
    assert!((2.0 - band.ci_low[0] - 4.302_652_73 / 3.0_f64.sqrt()).abs() <= 5e-7);
}

#[test]
fn results_say_what_the_plan_was_about() {
    let point = reduce(&[&[quiet_run()]]);
    assert_eq!((point.clients, point.servers), (120, 2));
    assert_eq!(point.capacity_per_server, 2000.0);
    assert_eq!(point.mean_presence, 1800.0, "of the group that is largest by its arrivals");
    assert_eq!(point.cases[0].reconnect, "socket.io");
    assert_eq!(
        (point.duration, point.warmup),
        (SimDuration::from_secs(110), SimDuration::from_secs(10))
    );
    let labels: Vec<&str> = point.markers.iter().map(|marker| marker.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "+1 server",
            "+4 servers",
            "−2 servers",
            "zone b removed",
            "−1 crash",
            "−3 crashes",
            "zone a lost",
            "30% disconnected",
            "12.5% of mobile disconnected",
            "arrivals × 2.5",
        ]
    );
    assert_eq!(point.markers[3].at, 3.0);
}

#[test]
fn directions_are_those_that_operators_would_name() {
    let better = |name| Metric::named(name).unwrap().better;
    assert_eq!(better("imbalance"), Better::Lower);
    assert_eq!(better("recovered"), Better::Higher);
    assert_eq!(better("newest_share"), Better::NearerOne);
    assert_eq!(better("utilisation"), Better::Neither);
}
