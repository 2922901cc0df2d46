//! The result table: what it says, and that it never breaks a terminal.

use insta::assert_snapshot;
use proptest::prelude::*;
use ringstorm::engine::{SimDuration, SimTime};
use ringstorm::observe::observations::Censored;
use ringstorm::observe::{Observations, Recovery, SeriesId};
use ringstorm::plan::{Event, Verb};
use ringstorm::policy::Hue;
use ringstorm::report::{TerminalOptions, render};
use ringstorm::stats::{Results, Sample, summarise};
use unicode_width::UnicodeWidthStr;

use super::synthetic::{SECOND, histogram, plan, quiet_run, servers};

const WIDE: TerminalOptions = TerminalOptions { width: 100, color: false, ascii: false };
const PIPED: TerminalOptions = TerminalOptions { width: 80, color: false, ascii: false };

/// A run of the article's kind: a server joins, `dropped` connections are closed at once
/// and come back over `back` seconds; chance moves both by a few percent.
fn scale_out(dropped: u64, share: f64, back: f64, replication: u32) -> Observations {
    let noise = f64::from(replication * 37 % 11) / 100.0 - 0.05;
    let mut run = quiet_run();
    let lost = (dropped as f64 * (1.0 + noise)) as u64;
    run.counts.dropped = lost;
    run.counts.clients_dropped = lost;
    run.counts.moved = lost;
    run.counts.moved_of = 1000;
    run.counts.moved_minimum = 500.0;
    run.counts.attempts = lost + 150;
    run.counts.accepted = lost + 150;
    run.counts.peak_attempts = lost / 2 + 3;
    run.counts.present_time = 100_000;
    run.counts.connected_time = 100_000 - u128::from(lost);
    run.counts.newest_share = Some(share * (1.0 + noise / 10.0));
    run.counts.imbalance_end = Some(2.0 - share * (1.0 + noise / 10.0));
    run.counts.peak_servers = 2;
    let slower = 150_000_000 + u64::from(replication) * 10_000_000;
    run.connect = histogram(&[[130_000_000; 300], [slower; 300]].concat());
    if lost > 0 {
        run.storm = Some(Recovery {
            trigger: SimTime::from_nanos(20 * SECOND),
            dropped: lost,
            time: Censored::At(back * (1.0 + noise)),
        });
        run.recovery = histogram(&[(back * 5e8) as u64, (back * 1e9) as u64]);
    }
    let offline = |step: usize| {
        // Sampled at the end of the step.
        let since = (step + 1) as f64 - 20.0;
        if since < 0.0 { 2.0 } else { 2.0 + lost as f64 * (1.0 - since / back).max(0.0) }
    };
    run.series.rows = vec![vec![0.0; 100]; SeriesId::ALL.len()];
    run.series.rows[SeriesId::Trying as usize] = (0..100).map(offline).collect();
    run.series.rows[SeriesId::Attempts as usize] =
        (0..100).map(|step| offline(step) / 4.0).collect();
    run
}

fn results(policies: &[(&str, Hue, u64, f64, f64)], replications: u32) -> Results {
    let names: Vec<&str> = policies.iter().map(|policy| policy.0).collect();
    let mut plan = plan(&names, replications);
    plan.name = "article".into();
    plan.description = "Server 1 holds 1,000 connections; server 2 joins.".into();
    let world = &mut plan.points[0].world;
    world.duration = SimDuration::from_secs(100);
    world.warmup = SimDuration::ZERO;
    world.events = vec![Event { at: SimTime::from_nanos(20 * SECOND), verb: Verb::Add(1) }];
    let samples = policies
        .iter()
        .map(|(_, _, dropped, share, back)| {
            (0..replications)
                .map(|replication| Sample::of(&scale_out(*dropped, *share, *back, replication)))
                .collect()
        })
        .collect();
    let lives = policies.iter().map(|_| servers()).collect();
    let mut results = summarise(&plan, vec![samples], vec![lives]);
    for (case, policy) in results.points[0].cases.iter_mut().zip(policies) {
        case.hue = policy.1;
    }
    results
}

fn article() -> Results {
    results(
        &[
            ("round robin", Hue::Baseline, 0, 0.08, 1.0),
            ("drop all", Hue::Baseline, 1000, 1.0, 30.0),
            ("ring", Hue::Ring, 500, 0.99, 12.0),
            ("gateway", Hue::Gateway, 480, 0.96, 60.0),
        ],
        20,
    )
}

/// The same results at each of two points of a sweep.
fn swept() -> Results {
    let mut results = article();
    let mut second = results.points[0].clone();
    for case in &mut second.cases {
        case.metrics.retain(|result| result.metric.name != "moved_over_minimum");
    }
    results.points[0].at =
        vec![("clients.reconnect.exponential.cap".to_owned(), "\"5s\"".to_owned())];
    second.at = vec![("clients.reconnect.exponential.cap".to_owned(), "\"30s\"".to_owned())];
    results.points.push(second);
    results
}

#[test]
fn the_table_shows_what_differs_with_intervals_and_marks_what_is_clear() {
    assert_snapshot!("table", render(&article(), &PIPED));
}

#[test]
fn policies_go_down_where_they_do_not_fit_across() {
    assert_snapshot!("table-60", render(&article(), &TerminalOptions { width: 60, ..PIPED }));
}

#[test]
fn a_sweep_has_one_block_with_a_heading_for_each_point() {
    assert_snapshot!("sweep", render(&swept(), &PIPED));
}

#[test]
fn a_plain_terminal_gets_ascii_only() {
    let text = render(&article(), &TerminalOptions { ascii: true, ..WIDE });
    assert!(text.is_ascii());
    assert_snapshot!("ascii", text);
}

#[test]
fn colours_belong_to_policies_and_bold_to_what_is_clear() {
    let colored = render(&article(), &TerminalOptions { color: true, ..WIDE });
    let header = colored.lines().find(|line| line.contains("gateway")).unwrap();
    assert!(header.contains("\u{1b}[34m") && header.contains("\u{1b}[33m"), "{header:?}");
    assert!(colored.lines().any(|line| line.contains("\u{1b}[1m") && line.contains(" *")));
    assert_eq!(strip(&colored), render(&article(), &WIDE), "colour changes no character");
}

/// Without its colour sequences.
fn strip(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        plain += &rest[..start];
        let end = rest[start..].find('m').unwrap();
        rest = &rest[start + end + 1..];
    }
    plain + rest
}

#[test]
fn no_value_is_called_best_that_chance_may_have_made() {
    let same = results(&[("one", Hue::Ring, 500, 0.9, 9.0), ("two", Hue::Ring, 500, 0.9, 9.0)], 20);
    assert!(!render(&same, &WIDE).contains('*'));
    let once = results(&[("one", Hue::Ring, 500, 0.9, 9.0), ("two", Hue::Ring, 5, 0.9, 9.0)], 1);
    let text = render(&once, &WIDE);
    assert!(!text.contains('*') && !text.contains('±'), "{text}");
    assert!(text.contains("One replication"), "{text}");
}

#[test]
fn who_is_nearer_to_one_is_told_by_the_distance_of_each_run() {
    let row = |results: &Results| {
        let text = render(results, &WIDE);
        text.lines().find(|line| line.starts_with("newest_share")).unwrap().to_owned()
    };
    let across =
        results(&[("one", Hue::Ring, 500, 0.9, 9.0), ("two", Hue::Ring, 500, 1.2, 9.0)], 20);
    assert!(row(&across).contains('*'));
    // 0.9 and 1.1 are as far from it, however clearly they differ.
    let alike =
        results(&[("one", Hue::Ring, 500, 0.9, 9.0), ("two", Hue::Ring, 500, 1.1, 9.0)], 20);
    assert!(!row(&alike).contains('*'));
    // The mean of 0.5 and 1.5 is 1, but no run is near to it.
    let run = |share: f64, replication| {
        let mut run = scale_out(500, 1.0, 9.0, replication);
        run.counts.newest_share = Some(share + f64::from(replication) / 1_000.0);
        Sample::of(&run)
    };
    let even = (0..20).map(|replication| run(0.9, replication)).collect();
    let uneven = |replication: u32| run([0.5, 1.5][replication as usize % 2], replication);
    let samples = vec![vec![even, (0..20).map(uneven).collect()]];
    let lumpy = summarise(&plan(&["even", "uneven"], 20), samples, vec![vec![servers(); 2]]);
    assert!(row(&lumpy).contains("0.91 ±0.00 *"), "{}", row(&lumpy));
    let found = lumpy.points[0].differences.iter().find(|found| found.metric == "newest_share");
    let found = found.unwrap();
    let distance = found.distance_to_one.unwrap();
    assert!((found.mean - 0.1).abs() < 0.01 && found.p_adjusted.unwrap() > 0.05, "{found:?}");
    assert!((distance.mean - 0.41).abs() < 0.02 && distance.p_adjusted.unwrap() < 1e-6);
}

#[test]
fn times_that_the_end_cut_off_are_never_shown_as_numbers() {
    let lost = |replication: u32| {
        let mut run = scale_out(1000, 1.0, 30.0, replication);
        run.storm.as_mut().unwrap().time = Censored::Beyond(80.0);
        Sample::of(&run)
    };
    let back = |replication| Sample::of(&scale_out(1000, 1.0, 30.0, replication));
    let plan = plan(&["never", "sometimes", "always"], 3);
    let samples = vec![vec![
        (0..3).map(lost).collect(),
        vec![back(0), lost(1), back(2)],
        (0..3).map(back).collect(),
    ]];
    let results = summarise(&plan, samples, vec![vec![servers(); 3]]);
    let text = render(&results, &WIDE);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("recover")).collect();
    assert_snapshot!("censored", rows.join("\n"));
    assert!(
        text.contains("cut off recovery_time of never in 3 of 3 runs, sometimes in 1"),
        "{text}"
    );
    assert!(text.contains("Only 3 replications"), "{text}");
}

#[test]
fn only_of_what_is_shown_it_is_said_that_the_end_cut_it_off() {
    let mut results = article();
    let of = |case: &mut ringstorm::stats::CaseResults| {
        let found = case.metrics.iter_mut().find(|found| found.metric.name == "server_hours");
        found.unwrap().censored = 3;
    };
    results.points[0].cases.iter_mut().for_each(of);
    let text = render(&results, &WIDE);
    assert!(!text.contains("server_hours") && !text.contains("cut off"), "{text}");
}

#[test]
fn who_is_offline_for_long_is_told_where_policies_are_alike_in_it() {
    let mut results = article();
    let set = |results: &mut Results, share: f64| {
        for case in &mut results.points[0].cases {
            let mut metrics = case.metrics.iter_mut();
            let found = metrics.find(|found| found.metric.name == "offline_fraction").unwrap();
            (found.mean, found.ci95) = (Some(share), Some([share, share]));
        }
    };
    set(&mut results, 0.04);
    assert!(!render(&results, &WIDE).contains("offline_fraction"));
    set(&mut results, 0.06);
    assert!(render(&results, &WIDE).contains("offline_fraction"));
}

#[test]
fn a_point_with_a_long_name_ends_in_dots() {
    let mut results = swept();
    results.points[0].at[0].1 = format!("{{\"grace\":\"{}\"}}", "1".repeat(90));
    let text = render(&results, &PIPED);
    let cut = text.lines().find(|line| line.contains("grace")).unwrap();
    assert!(cut.ends_with('…') && cut.width() <= 80, "{cut}");
}

#[test]
fn names_cannot_steer_the_terminal() {
    let results = results(&[("a\u{1b}[31m\r\nb", Hue::Ring, 5, 0.9, 9.0)], 2);
    let text = render(&results, &WIDE);
    assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
}

#[test]
fn results_without_policies_or_points_still_render() {
    let mut none = article();
    none.points[0].cases.clear();
    none.points[0].differences.clear();
    assert!(render(&none, &PIPED).starts_with("article\n"));
    none.points.clear();
    assert!(render(&none, &PIPED).starts_with("article\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_line_is_ever_wider_than_the_terminal(
        names in proptest::collection::vec("\\PC{1,40}", 1..7),
        description in "\\PC{0,200}",
        width in 60_usize..200,
        scale in prop_oneof![Just(1e-9), Just(1.0), Just(1e7), Just(1e300)],
        color: bool,
        ascii: bool,
    ) {
        let policies: Vec<(&str, Hue, u64, f64, f64)> = names
            .iter()
            .enumerate()
            .map(|(index, name)| (name.as_str(), Hue::Other, index as u64 * 100, 0.5, 9.0))
            .collect();
        let mut results = results(&policies, 3);
        results.description = description;
        for result in results.points[0].cases.iter_mut().flat_map(|case| &mut case.metrics) {
            result.mean = result.mean.map(|mean| mean * scale);
            result.ci95 = result.ci95.map(|interval| interval.map(|bound| bound * scale));
        }
        let text = render(&results, &TerminalOptions { width, color, ascii });
        for line in strip(&text).lines() {
            prop_assert!(line.width() <= width, "{} > {width}: {line:?}", line.width());
            prop_assert_eq!(line.trim_end(), line);
        }
        if ascii {
            prop_assert!(text.is_ascii());
        }
        let last = results.points[0].clone();
        results.points.push(last);
        for line in strip(&render(&results, &TerminalOptions { width, color, ascii })).lines() {
            prop_assert!(line.width() <= width);
        }
    }
}
