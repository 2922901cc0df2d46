//! What titles and labels must not claim: the best of who never recovers, an effect before
//! its cause, a difference that is none, one name for two policies.

use ringstorm::chart::{draw_all, figure};
use ringstorm::engine::SimDuration;
use ringstorm::policy::Hue;
use ringstorm::stats::{Results, SeriesId};

use super::compared::{compare, compared, measured};
use super::synthetic::{Storm, case, life, point, results, storm, three_storms};

fn title(results: &Results, name: &str) -> String {
    let mut charts = draw_all(results).into_iter();
    charts.find(|chart| chart.name == name).expect("the results have data for it").title
}

fn labels(results: &Results, name: &str) -> Vec<String> {
    let (figure, _) = figure(results, name, ringstorm::chart::Size::Wide).unwrap();
    figure.labels().map(|label| label.text.clone()).collect()
}

/// Five runs of three policies; the last one recovers in so many, and would be best.
fn stuck(back: usize) -> Results {
    let mut found = compared(3, 5);
    let point = &mut found.points[0];
    for (index, case) in point.cases.iter_mut().enumerate() {
        let back = if index == 2 { back } else { 5 };
        let runs = (0..5).map(|run| Some(if run < back { 1.0 } else { 0.0 })).collect();
        case.metrics.push(measured("recovered", runs));
        if index == 2 {
            case.metrics.retain(|m| !matches!(m.metric.name, "imbalance" | "dropped"));
            case.metrics.push(measured("imbalance", vec![Some(1.0); 5]));
            case.metrics.push(measured("dropped", vec![Some(10.0); 5]));
        }
    }
    found
}

#[test]
fn who_does_not_always_recover_is_marked_and_never_the_best() {
    for (back, words) in [(0, "never recovers"), (2, "recovers in 2 of 5 runs")] {
        let found = stuck(back);
        let frontier = title(&found, "frontier");
        assert!(!frontier.contains("Bounded"), "{frontier}");
        assert!(!frontier.contains("bounded"), "{frontier}");
        let marked = format!("bounded ring, 1.05 ({words})");
        assert!(labels(&found, "frontier").contains(&marked), "{marked}");
        let latency = title(&found, "latency-heat");
        assert!(latency.ends_with(&format!("bounded ring, 1.05 {words}")), "{latency}");
    }
}

#[test]
fn one_policy_that_is_stuck_at_two_points_is_not_two_policies() {
    let mut found = stuck(0);
    found.points[0].cases.remove(1);
    let mut calm = stuck(5).points.remove(0);
    calm.cases.truncate(1);
    let mut other = found.points[0].clone();
    other.cases.remove(0);
    found.points[0].cases.remove(0);
    found.points.extend([other, calm]);
    for (point, count) in found.points.iter_mut().zip(["3", "4", "5"]) {
        point.at = vec![("servers.count".to_owned(), count.to_owned())];
        for case in point.cases.iter_mut().filter(|case| case.policy != "round robin") {
            case.policy = "ring".to_owned();
        }
    }
    let latency = title(&found, "latency-heat");
    assert!(latency.ends_with("ring never recovers at 2 points"), "{latency}");
}

#[test]
fn no_frontier_is_told_between_points_that_print_alike() {
    let mut found = compared(3, 5);
    for (index, case) in found.points[0].cases.iter_mut().enumerate() {
        case.metrics.retain(|m| !matches!(m.metric.name, "imbalance" | "dropped"));
        let small = 0.000_1 * index as f64;
        case.metrics.push(measured("imbalance", vec![Some(1.2 - small); 5]));
        let dropped = 1_000.0 + 50_000.0 * index as f64;
        case.metrics.push(measured("dropped", vec![Some(dropped); 5]));
    }
    found.points[0].differences.clear();
    assert_eq!(title(&found, "frontier"), "Balance is alike; drops are 0.00833 to 0.842 a client");
}

#[test]
fn nobody_is_offline_before_the_trigger() {
    let found = three_storms(20);
    let charts = draw_all(&found);
    let storm = charts.iter().find(|chart| chart.name == "reconnect-storm").unwrap();
    let trigger = found.points[0].cases[0].storms[0].trigger;
    let capacity = |line: &str| line.split(',').nth(7).unwrap().to_owned();
    let rows = || storm.csv.lines().filter(|line| line.starts_with("1,no jitter,"));
    let before = rows().filter(|line| {
        let start: f64 = line.split(',').nth(3).unwrap().parse().unwrap();
        start < trigger
    });
    let full = capacity(rows().next().unwrap());
    let mut count = 0;
    for line in before {
        assert_eq!(line.split(',').nth(8), Some("0"), "{line}");
        assert_eq!(capacity(line), full, "{line}");
        count += 1;
    }
    assert!(count > 5, "{count}");
}

#[test]
fn ample_capacity_leaves_the_axis_to_the_rates() {
    let mut found = three_storms(20);
    found.points[0].capacity_per_server *= 1_000.0;
    let beyond = |text: &String| text.starts_with("capacity") && text.ends_with("beyond the axis");
    assert_eq!(labels(&found, "reconnect-storm").iter().filter(|text| beyond(text)).count(), 1);
}

#[test]
fn a_swept_object_is_called_by_what_differs() {
    let mut found = compared(4, 5);
    let mut other = found.points[0].clone();
    let rolling = |share: &str| {
        let json = format!(r#"{{"surge":"25%","unavailable":{share},"drain":{{"grace":"30s"}}}}"#);
        vec![("events[0].deploy.rolling".to_owned(), json)]
    };
    found.points[0].at = rolling(r#""25%""#);
    other.at = rolling("1");
    found.points.push(other);
    for (chart, told) in [("forest-1", "unavailable 25%"), ("forest-2", "unavailable 1")] {
        let subtitle = &labels(&found, chart)[1];
        assert!(subtitle.contains(told) && !subtitle.contains("surge"), "{subtitle}");
    }
}

#[test]
fn charts_over_time_show_where_the_warm_up_ends_and_count_from_there() {
    let mut point = point(60, 1.0, 2, 200);
    let mut only = case("only", Hue::Baseline);
    only.servers.lives = vec![life(0, 0.0, None), life(1, 0.0, None)];
    let held = |second| if second < 30 { vec![150, 50] } else { vec![100, 100] };
    only.servers.connections = (0..60).map(held).collect();
    point.cases.push(only);
    let mut found = results("warm", 1, vec![point]);
    assert!(title(&found, "load-heat").contains("over 10% off fair share"));
    found.points[0].warmup = SimDuration::from_secs(31);
    assert!(title(&found, "load-heat").contains("within a tenth of its fair share"));
    for chart in ["load-heat", "load-distribution"] {
        let named = labels(&found, chart).into_iter().filter(|text| text == "warm-up over");
        assert_eq!(named.count(), 1, "{chart}");
    }
}

#[test]
fn the_bound_of_runs_that_are_cut_off_is_how_long_they_were_watched() {
    for (trigger, told) in [(30.0, "over 4:30"), (300.0, "beyond the end")] {
        let mut found = three_storms(5);
        let cut = &mut found.points[0].cases[1].storms[4];
        (cut.recovery, cut.trigger) = (None, trigger);
        let labels = labels(&found, "reconnect-storm");
        let range = labels.iter().find(|text| text.starts_with("95%") && text.ends_with(told));
        assert!(range.is_some(), "{told}: {labels:?}");
    }
}

#[test]
fn the_worst_range_of_loads_holds_every_server_that_is_drawn() {
    let mut found = compared(3, 5);
    let names =
        ["one", "another", "the last"].map(|name| format!("{name} with a long name to tell"));
    let cases = found.points[0].cases.iter_mut().zip(names);
    for (index, (case, name)) in cases.enumerate() {
        case.policy = name;
        let last = case.servers.connections.last_mut().unwrap();
        let even = 120_000.0 / last.len() as f64;
        // The second has the idlest server, the first the larger deviation.
        for (server, held) in last.iter_mut().enumerate() {
            let load = match (index, server) {
                (0, server) => [0.85, 1.15][server % 2],
                (1, 0) => 0.78,
                _ => 1.0,
            };
            *held = (even * load) as u32;
        }
    }
    let told = title(&found, "final-load");
    assert_eq!(
        told,
        "Servers end within 0.79 to 1.15 × fair share at worst, 1.00 × at best (this run)"
    );
}

#[test]
fn nobody_is_the_best_of_a_sweep_by_less_than_anybody_would_act_on() {
    let verdict = |lead: f64| {
        let of = |level: f64| {
            let mut point = compared(2, 5).points.remove(0);
            for (index, case) in point.cases.iter_mut().enumerate() {
                let run =
                    |run: u32| Some(level + index as f64 * lead * (1.0 + 0.01 * f64::from(run)));
                case.metrics = vec![measured("offline_fraction", (0..5).map(run).collect())];
            }
            point.at = vec![("network.loss".to_owned(), level.to_string())];
            compare(&mut point);
            point
        };
        let found = results("sweep", 5, vec![of(0.01), of(0.02)]);
        ringstorm::report::markdown::render(&found, &[], "png")
    };
    let claim = "Round robin is clearly best in time offline at 2 of 2 points.";
    assert!(verdict(0.002).contains(claim), "{}", verdict(0.002));
    // A comparison of results calls less than a twentieth the same.
    assert!(!verdict(0.000_6).contains("at 2 of 2"), "{}", verdict(0.000_6));
    assert!(!verdict(0.000_001).contains("clearly best"), "{}", verdict(0.000_001));
}

#[test]
fn who_leads_by_less_than_a_comparison_counts_shares_the_lead() {
    let verdict = |recoveries: [f64; 3]| {
        let mut point = compared(3, 5).points.remove(0);
        for (slope, (case, time)) in (1_u32..).zip(point.cases.iter_mut().zip(recoveries)) {
            let run = |run: u32| Some(time + 0.01 * f64::from(slope * run));
            case.metrics = vec![measured("recovery_time", (0..5).map(run).collect())];
            case.storms.clear();
        }
        compare(&mut point);
        ringstorm::report::markdown::render(&results("lead", 5, vec![point]), &[], "png")
    };
    let shared = verdict([226.0, 228.0, 300.0]);
    let told =
        "Round robin and hash ring, 160 points recover first, 99% back after 226.0 to 228.0 s";
    assert!(shared.contains(told), "{shared}");
    let alone = verdict([200.0, 228.0, 300.0]);
    assert!(alone.contains("Round robin recovers first, 99% back after 200.0 s"), "{alone}");
    let none = verdict([226.0, 228.0, 230.0]);
    assert!(!none.contains("first"), "{none}");
}

#[test]
fn a_share_below_a_tenth_of_a_percent_has_its_digits_and_a_row_one_kind_of_change() {
    let mut found = compared(3, 5);
    for (case, share) in found.points[0].cases.iter_mut().zip([0.000_064, 0.002_2, 0.000_455]) {
        case.metrics = vec![measured("offline_fraction", vec![Some(share); 5])];
    }
    compare(&mut found.points[0]);
    let labels = labels(&found, "forest");
    for told in ["0.0064%", "× 34.4", "× 7.11"] {
        assert!(labels.contains(&told.to_owned()), "{told}: {labels:?}");
    }
}

#[test]
fn a_peak_that_is_not_drawn_is_told_as_that_of_the_whole_run() {
    let mut point = point(1800, 1.0, 10, 10_000);
    let mut only = case("only", Hue::Baseline);
    let (back, overload) = (Some(60.0), 0.0);
    let peak =
        Storm { trigger: 1200.0, dropped: 5_000.0, back, overload, peak: 900.0, queued: 0.0 };
    storm(&mut only, &point, 5, peak);
    point.cases.push(only);
    let mut found = results("peaks", 5, vec![point]);
    let peaks = |found: &Results| {
        let labels = labels(found, "reconnect-storm").into_iter();
        labels.filter(|text| text.to_lowercase().contains("begun")).collect::<Vec<_>>().join("|")
    };
    assert!(!peaks(&found).contains("run:"), "{}", peaks(&found));
    for band in &mut found.points[0].cases[0].series {
        band.median[100] = 5_000.0;
    }
    let told = peaks(&found);
    assert!(told.contains("whole run: up to ") && told.contains("a second of the run"), "{told}");
}

#[test]
fn what_goes_with_a_server_is_moved_and_had_to_be() {
    // One of five servers leaves: its fifth goes, and a hash by modulo moves four fifths.
    let mut found = compared(2, 20);
    for (case, (rule, moved)) in
        found.points[0].cases.iter_mut().zip([("none", 0.2), ("moved", 0.8)])
    {
        rule.clone_into(&mut case.rebalance);
        case.metrics.retain(|m| !m.metric.name.starts_with("moved"));
        case.metrics.push(measured("moved_fraction", vec![Some(moved); 20]));
        case.metrics.push(measured("moved_over_minimum", vec![Some(moved / 0.2); 20]));
    }
    compare(&mut found.points[0]);
    let told = "Round robin moves 20%, hash ring, 160 points moves 80%; an even load takes 20%";
    assert_eq!(title(&found, "moved"), told);
    assert!(labels(&found, "moved").contains(&"20% of 20% needed".to_owned()));
    // Where nobody rebalances there is nothing to compare.
    found.points[0].cases[1].rebalance = "none".to_owned();
    assert!(figure(&found, "moved", ringstorm::chart::Size::Wide).is_none());
}

#[test]
fn each_policy_is_told_with_the_minimum_of_its_own() {
    let mut found = compared(3, 20);
    let told = [("round robin", 0.068, 0.32), ("drop", 1.0, 0.504), ("still", 0.0, 0.0)];
    for (case, (name, moved, minimum)) in found.points[0].cases.iter_mut().zip(told) {
        name.clone_into(&mut case.policy);
        case.metrics.retain(|m| !m.metric.name.starts_with("moved"));
        let over = if moved > 0.0 { moved / minimum } else { 0.0 };
        case.metrics.push(measured("moved_fraction", vec![Some(moved); 20]));
        case.metrics.push(measured("moved_over_minimum", vec![Some(over); 20]));
    }
    compare(&mut found.points[0]);
    let told = "Round robin moves 6.8% (32% needed), drop moves 100% (50.4% needed)";
    assert_eq!(title(&found, "moved"), told);
    // Who moved nobody has none of his own, and the mean of the others' is nobody's.
    let labels = labels(&found, "moved");
    assert!(!labels.iter().any(|text| text.starts_with("0%, needed")), "{labels:?}");
}

#[test]
fn what_happens_within_a_second_is_told_in_milliseconds() {
    let mut found = three_storms(5);
    let point = &mut found.points[0];
    point.cases.truncate(1);
    point.duration = SimDuration::from_secs_f64(0.3);
    point.step = SimDuration::from_secs_f64(0.001);
    point.markers[0].at = 0.03;
    point.cases[0].storms.iter_mut().for_each(|storm| storm.trigger = 0.03);
    let told = "With no jitter, 72% of the dropped still offline at 300 ms";
    assert_eq!(title(&found, "reconnect-storm"), told);
    let subtitle = &labels(&found, "reconnect-storm")[1];
    assert!(subtitle.contains(" at 30 ms"), "{subtitle}");
}

#[test]
fn who_only_gets_worse_is_told_although_another_policy_differs_in_nothing() {
    let told = |worst: [f64; 5]| {
        let mut found = compared(3, 5);
        let runs = [[1.2; 5], [1.2; 5], worst];
        for (case, runs) in found.points[0].cases.iter_mut().zip(runs) {
            case.metrics = vec![measured("imbalance", runs.map(Some).to_vec())];
        }
        compare(&mut found.points[0]);
        title(&found, "forest")
    };
    let worse = told([1.5, 1.51, 1.52, 1.53, 1.54]);
    assert!(worse.contains("ounded ring") && worse.contains("worse in 1"), "{worse}");
    let noise = told([1.1, 1.3, 1.2, 1.15, 1.3]);
    assert_eq!(noise, "No policy differs clearly from round robin");
}

#[test]
fn what_is_closed_for_its_age_is_no_share_of_what_was_open_at_the_changes() {
    let mut found = compared(3, 5);
    let point = &mut found.points[0];
    point.cases[2].rebalance = "max_age".to_owned();
    point.cases[2].metrics.retain(|m| !m.metric.name.starts_with("moved"));
    point.cases[2].metrics.push(measured("moved_fraction", vec![Some(10.1); 5]));
    compare(point);
    let told = title(&found, "moved");
    assert!(told.starts_with("Hash ring, 160 points moves 2"), "{told}");
    let note = "Not drawn, as it closes for age: bounded ring, 1.05.";
    let notes = labels(&found, "moved");
    assert!(notes.iter().any(|text| text.contains(note)), "{notes:?}");
    let panels = labels(&found, "load-distribution");
    assert!(!panels.iter().any(|text| text.contains("1010%")), "{panels:?}");
    // Where every rule is such there is nothing to draw.
    found.points[0].cases.remove(1);
    found.points[0].cases[0].rebalance = "max_age".to_owned();
    assert!(figure(&found, "moved", ringstorm::chart::Size::Wide).is_none());
}

#[test]
fn newcomers_are_not_counted_among_the_dropped_who_are_offline() {
    let mut found = three_storms(5);
    let point = &mut found.points[0];
    point.cases.truncate(1);
    for band in &mut point.cases[0].series {
        let last = match band.id {
            SeriesId::Connected => 900_000.0,
            SeriesId::Trying => 300_000.0,
            _ => continue,
        };
        for row in [&mut band.median, &mut band.low, &mut band.high] {
            *row.last_mut().unwrap() = last;
        }
    }
    let told = |found: &Results| labels(found, "reconnect-storm").join("|");
    assert!(told(&found).contains("100% of the dropped still offline at 5:00"), "{}", told(&found));
    let fact = |path: &str| (path.to_owned(), "1".to_owned());
    found.points[0].identity.facts = vec![fact("clients[0].arrivals.poisson.rate")];
    assert!(told(&found).contains("25% of clients offline at 5:00"), "{}", told(&found));
    assert!(!told(&found).contains("of the dropped"), "{}", told(&found));
    // Nobody comes.
    found.points[0].identity.facts = vec![fact("clients[0].arrivals")];
    assert!(told(&found).contains("100% of the dropped"), "{}", told(&found));
}
