//! Claims against what is drawn beside them: who is best, where things stand, what is meant.

use ringstorm::chart::figure::{Figure, Label, Mark};
use ringstorm::chart::theme::Role;
use ringstorm::chart::{Size, figure};
use ringstorm::engine::{SimDuration, SimTime};
use ringstorm::policy::Hue;
use ringstorm::report::markdown;
use ringstorm::stats::{
    Band, CaseResults, Difference, LatencyGrid, PointResults, Results, SeriesId,
};

use super::compared::{compare, compared, measured, swept};
use super::synthetic::{
    Storm, case, four_policies, life, marker, point, results, storm, three_storms,
};

fn drawn(results: &Results, name: &str) -> Figure {
    figure(results, name, Size::Wide).expect("the results have data for it").0
}

fn title(results: &Results, name: &str) -> String {
    drawn(results, name).title
}

fn texts(results: &Results, name: &str) -> Vec<String> {
    drawn(results, name).labels().map(|label| label.text.clone()).collect()
}

/// Policies of so many (drops per client, busiest ÷ mean), each run as given.
fn buys(policies: &[(&str, [f64; 3], [f64; 3])]) -> Results {
    let mut point = point(600, 5.0, 2, 1_000);
    for (name, dropped, busiest) in policies {
        let mut case = case(name, Hue::Ring);
        case.metrics = vec![
            measured("imbalance", busiest.map(Some).to_vec()),
            measured("dropped", dropped.map(|each| Some(1_000.0 * each)).to_vec()),
        ];
        point.cases.push(case);
    }
    results("buys", 3, vec![point])
}

fn difference(metric: &'static str, (policy, against): (&str, &str), p: f64) -> Difference {
    let (policy, against) = (policy.to_owned(), against.to_owned());
    let ci95 = Some([1.0, 2.0]);
    let p_adjusted = Some(p);
    Difference { metric, policy, against, mean: 1.5, ci95, p_adjusted, n: 3, distance_to_one: None }
}

#[test]
fn who_is_best_in_both_prints_no_more_than_anybody() {
    let calm = ("prefer new", [0.952, 0.956, 0.959], [2.07, 2.08, 2.09]);
    let even = ("gateway", [0.957, 0.959, 0.961], [1.012, 1.014, 1.016]);
    let bad = ("at once", [1.57, 1.571, 1.572], [1.48, 1.481, 1.482]);
    assert_eq!(
        title(&buys(&[calm, even, bad]), "frontier"),
        "No policy clearly beats gateway: 0.959 drops a client, busiest 1.01 ×"
    );
    let best = ("prefer new", [0.957, 0.959, 0.961], [2.07, 2.08, 2.09]);
    assert_eq!(
        title(&buys(&[best, even, bad]), "frontier"),
        "Gateway is best in both: 0.959 drops a client, busiest 1.01 × the mean"
    );
    // Noise tells two of them from the third, not from each other.
    let near = ("ring", [0.96, 0.9602, 0.9604], [1.011, 1.016, 1.018]);
    assert_eq!(
        title(&buys(&[near, even, bad]), "frontier"),
        "Gateway and ring are best in both: 0.959 to 0.96 drops a client, busiest 1.01 ×"
    );
}

#[test]
fn a_price_that_is_clear_from_end_to_end_is_told() {
    let mut found = buys(&[
        ("round robin", [0.0; 3], [1.78, 1.79, 1.8]),
        ("jump", [0.47, 0.49, 0.51], [1.01, 1.025, 1.04]),
        ("gateway", [0.497, 0.498, 0.499], [1.006, 1.007, 1.008]),
        ("drop all", [0.99, 1.0, 1.0], [1.0, 1.01, 1.02]),
    ]);
    let of = |policy, p| difference("dropped", (policy, "round robin"), p);
    found.points[0].differences = vec![of("jump", 0.052), of("gateway", 0.001)];
    assert_eq!(
        title(&found, "frontier"),
        "Busiest from 1.79 × (round robin) to 1.01 × (gateway) costs 0.498 drops a client"
    );
}

/// Makes a policy recover in no run.
fn never_recovers(case: &mut CaseResults, runs: usize) {
    case.metrics.push(measured("recovered", vec![Some(0.0); runs]));
    case.storms.iter_mut().for_each(|storm| storm.recovery = None);
}

#[test]
fn who_does_not_recover_is_not_alike_and_not_the_best() {
    let same = |name| (name, [0.5; 3], [1.2; 3]);
    let mut found = buys(&[same("one"), same("two"), ("stuck", [0.1; 3], [1.0; 3])]);
    never_recovers(&mut found.points[0].cases[2], 3);
    let alike = "Of those that recover, balance and drops are alike";
    assert!(title(&found, "frontier").starts_with(alike), "{}", title(&found, "frontier"));
    let mut found = compared(2, 5);
    let end = [("imbalance_end", [1.3, 1.0]), ("offline_fraction", [0.1, 0.5])];
    for (index, case) in found.points[0].cases.iter_mut().enumerate() {
        let own = 0.001 * (index + 1) as f64;
        let runs = |mean: f64| (0..5).map(|run| Some(mean + own * f64::from(run))).collect();
        case.metrics = end.map(|(name, means)| measured(name, runs(means[index]))).to_vec();
    }
    compare(&mut found.points[0]);
    let verdict = |found: &Results| markdown::render(found, &[], "png");
    let best = "Hash ring, 160 points spreads the load best";
    assert!(verdict(&found).contains(best), "{}", verdict(&found));
    never_recovers(&mut found.points[0].cases[1], 5);
    assert!(!verdict(&found).contains("spreads the load best"), "{}", verdict(&found));
    assert!(verdict(&found).contains("Round robin keeps clients connected best"));
}

/// A policy whose cluster has so many connected and offline clients in all steps.
fn steady(name: &str, point: &PointResults, (connected, offline): (f64, f64)) -> CaseResults {
    let mut case = case(name, Hue::Ring);
    let steps = (point.duration.as_secs_f64() / point.step.as_secs_f64()) as usize;
    for (id, value) in [(SeriesId::Connected, connected), (SeriesId::Trying, offline)] {
        let row = || vec![value; steps];
        let (mean, ci_low, ci_high) = (row(), row(), row());
        let (median, low, high) = (row(), row(), row());
        case.series.push(Band { id, mean, ci_low, ci_high, median, low, high });
    }
    case
}

#[test]
fn the_fair_share_of_those_who_are_all_here_does_not_change_with_a_storm() {
    let mut point = point(60, 1.0, 1, 45);
    let mut only = steady("only", &point, (10.0, 35.0));
    only.servers.lives = vec![life(0, 0.0, None)];
    // The shown run is back where the others are not.
    only.servers.connections =
        (0..60).map(|second| vec![if second < 30 { 45 } else { 20 }]).collect();
    point.cases.push(only);
    let found = results("here", 20, vec![point]);
    let csv = figure(&found, "load-distribution", Size::Wide).unwrap().1;
    let shares = || csv.lines().filter(|line| line.contains(",fair_share,"));
    assert!(shares().count() > 50 && shares().all(|line| line.contains(",45,")), "{csv}");
}

#[test]
fn a_fair_share_is_told_where_it_is_drawn() {
    // One server, and ever more clients on it.
    let mut point = point(600, 5.0, 1, 100);
    let mut only = case("only", Hue::Ring);
    only.servers.lives = vec![life(0, 0.0, None)];
    only.servers.connections = (1..=120).map(|step| vec![8 * step]).collect();
    point.cases.push(only);
    let figure = drawn(&results("place", 1, vec![point]), "load-distribution");
    let label = figure.labels().find(|label| label.text.starts_with("fair share")).unwrap();
    let told: f64 = label.text.trim_start_matches("fair share ").parse().unwrap();
    let plot = figure.plots().next().unwrap();
    let middle = f64::midpoint(label.bounds().left, label.bounds().right);
    let share = (middle - plot.bounds.left) / (plot.bounds.right - plot.bounds.left);
    assert!((told - 960.0 * share).abs() < 10.0, "{told} at {share} of 960");
}

#[test]
fn servers_of_which_none_is_left_are_counted_whole() {
    let mut point = point(600, 5.0, 2, 400);
    let mut only = case("only", Hue::Ring);
    only.servers.lives =
        vec![life(0, 0.0, Some(200.0)), life(1, 0.0, Some(300.0)), life(2, 100.0, None)];
    only.servers.connections = (0..120).map(|_| vec![100, 100, 200]).collect();
    point.cases.push(only);
    let labels = texts(&results("gone", 1, vec![point]), "load-distribution");
    assert!(labels.contains(&"2 old servers".to_owned()), "{labels:?}");
}

/// The middles of the dots of recoveries.
fn dots(figure: &Figure) -> Vec<(f64, f64)> {
    let dots = figure.marks.iter().filter_map(|mark| match mark {
        Mark::Dot { centre, role: Role::Ink, .. } => Some(*centre),
        _ => None,
    });
    dots.collect()
}

/// Five runs of one policy that has everybody back 1.8 s after each of these triggers.
fn quick(triggers: [f64; 5]) -> Results {
    let mut point = point(300, 1.0, 10, 10_000);
    let mut only = case("only", Hue::Baseline);
    let (back, overload) = (Some(1.8), 0.0);
    let shape = Storm { trigger: 60.0, dropped: 5_000.0, back, overload, peak: 900.0, queued: 0.0 };
    storm(&mut only, &point, 5, shape);
    for (storm, trigger) in only.storms.iter_mut().zip(triggers) {
        (storm.trigger, storm.recovery) = (trigger, Some(1.8));
    }
    point.cases.push(only);
    results("quick", 5, vec![point])
}

#[test]
fn everybody_is_back_where_the_dot_of_the_recovery_stands() {
    let figure = drawn(&quick([60.0; 5]), "reconnect-storm");
    let offline = figure.plots().nth(1).unwrap().bounds;
    let [dot] = dots(&figure).try_into().unwrap();
    assert!(offline.bottom - dot.1 < 0.05 * (offline.bottom - offline.top), "{dot:?} {offline:?}");
}

#[test]
fn storms_at_several_times_have_no_one_recovery_to_point_at() {
    let scattered = quick([60.0, 60.0, 90.0, 150.0, 200.0]);
    assert_eq!(dots(&drawn(&scattered, "reconnect-storm")), []);
    let texts = texts(&scattered, "reconnect-storm");
    assert!(texts[1].starts_with("Reconnects in each policy's longest storm"), "{}", texts[1]);
    // What most runs have is drawn, not what lies between them.
    let csv = figure(&scattered, "reconnect-storm", Size::Wide).unwrap().1;
    let first: f64 = csv.lines().nth(1).unwrap().split(',').nth(3).unwrap().parse().unwrap();
    assert!(first <= 60.0, "{first}");
}

#[test]
fn a_capacity_below_one_a_second_is_not_none() {
    let mut found = quick([60.0; 5]);
    found.points[0].capacity_per_server = 0.003_33;
    let subtitle = &texts(&found, "reconnect-storm")[1];
    assert!(subtitle.contains("capacity 0.0333 → 0.0233 per s"), "{subtitle}");
}

#[test]
fn clients_that_every_policy_leaves_offline_are_told_of_every_policy() {
    let mut point = point(300, 1.0, 2, 100);
    for name in ["round robin", "ring"] {
        let mut case = steady(name, &point, (2.0, 98.0));
        case.servers.lives = vec![life(0, 0.0, None), life(1, 0.0, None)];
        case.servers.connections = (0..300).map(|_| vec![1, 1]).collect();
        point.cases.push(case);
    }
    let template = three_storms(1).points[0].cases[0].storms[0].clone();
    point.cases[1].storms = vec![template];
    let found = results("away", 1, vec![point]);
    assert_eq!(
        title(&found, "reconnect-storm"),
        "98% of clients are offline at 5:00, whatever the policy"
    );
    assert_eq!(title(&found, "final-load"), "Every policy ends even, with 98% of clients offline");
}

#[test]
fn others_end_where_they_have_their_clients_back() {
    let mut point = point(300, 1.0, 2, 200);
    let names = ["gateway one", "ring", "round robin"];
    for (name, held) in names.into_iter().zip([[10, 20], [40, 60], [30, 170]]) {
        let here = f64::from(held[0] + held[1]);
        let mut case = steady(name, &point, (here, 200.0 - here));
        case.servers.lives = vec![life(0, 0.0, None), life(1, 0.0, None)];
        case.servers.connections = (0..300).map(|_| held.to_vec()).collect();
        point.cases.push(case);
    }
    assert_eq!(
        title(&results("others", 1, vec![point]), "final-load"),
        "Gateway one and 1 more leave up to 85% offline; others end at 0.30 to 1.70 ×"
    );
}

#[test]
fn few_connects_are_not_none() {
    let mut found = compared(2, 5);
    for case in &mut found.points[0].cases {
        case.metrics.clear();
        let mut few = LatencyGrid::new(
            SimTime::ZERO + SimDuration::from_secs(900),
            SimDuration::from_secs(1),
        );
        few.opened(3, SimDuration::from_secs(1));
        case.connects = Some(few);
    }
    let texts = texts(&found, "latency-heat");
    assert_eq!(texts[0], "Too few clients connect to tell how long it takes");
    assert!(!texts.iter().any(|text| text.contains("quantile")), "{texts:?}");
}

#[test]
fn all_who_do_not_recover_at_a_value_are_told() {
    let mut found = swept();
    for point in &mut found.points {
        let worst = point.at[0].1 == "\"5s\"";
        for (index, case) in point.cases.iter_mut().enumerate() {
            let is_cut = worst && index > 0;
            let share = if is_cut { 0.0 } else { 1.0 };
            case.metrics.push(measured("recovered", vec![Some(share); 10]));
            let time = if is_cut { vec![None; 10] } else { vec![Some(40.0 + index as f64); 10] };
            case.metrics.retain(|result| result.metric.name != "recovery_time");
            case.metrics.push(measured("recovery_time", time));
        }
    }
    let told = title(&found, "sweep");
    assert!(
        told.starts_with("Hash ring, 160 points and bounded ring, 1.05 never recover"),
        "{told}"
    );
}

#[test]
fn one_server_with_everything_is_no_even_load() {
    let mut point = point(60, 1.0, 11, 1_100);
    for (name, piled) in [("piled", true), ("spread", false)] {
        let mut case = case(name, Hue::Ring);
        case.servers.lives = (0..11).map(|index| life(index, 0.0, None)).collect();
        let row = |server: usize| match (piled, server) {
            (true, 0) => 1_100,
            (true, _) => 0,
            (false, 0..5) => 120,
            (false, 5) => 100,
            (false, _) => 80,
        };
        case.servers.connections = (0..60).map(|_| (0..11).map(row).collect()).collect();
        point.cases.push(case);
    }
    assert_eq!(
        title(&results("piled", 1, vec![point]), "load-heat"),
        "Over 10% off fair share: 100% of server time with piled, 90.9% with spread"
    );
}

#[test]
fn what_all_policies_move_is_told_of_all() {
    let of = |moved: [f64; 3]| {
        let mut found = compared(3, 5);
        for (case, moved) in found.points[0].cases.iter_mut().zip(moved) {
            case.metrics.retain(|m| !m.metric.name.starts_with("moved"));
            case.metrics.push(measured("moved_fraction", vec![Some(moved); 5]));
            let over = if moved > 0.0 { moved / 0.5 } else { 0.0 };
            case.metrics.push(measured("moved_over_minimum", vec![Some(over); 5]));
        }
        title(&found, "moved")
    };
    let all = "Every policy moves 49.3% of connections; an even load takes 50%";
    assert_eq!(of([0.493; 3]), all);
    let some = "2 policies move 49.3% of connections; an even load takes 50%";
    assert_eq!(of([0.0, 0.493, 0.493]), some);
}

#[test]
fn what_is_on_the_frontier_lies_above_what_is_beaten() {
    let found = buys(&[
        ("calm", [0.1; 3], [1.4; 3]),
        ("best", [0.5; 3], [1.1; 3]),
        ("beaten", [0.502; 3], [1.101; 3]),
    ]);
    let figure = drawn(&found, "frontier");
    // Each is a rim of the ground with its own mark on it, and a hollow one has a hole.
    let ground = |mark: &Mark| {
        matches!(mark, Mark::Dot { role: Role::Ground, .. } | Mark::Area { role: Role::Ground, .. })
    };
    let last = figure.marks.iter().rposition(ground).unwrap();
    let hole = matches!(&figure.marks[last - 1], Mark::Dot { .. } | Mark::Area { .. })
        && !ground(&figure.marks[last - 1]);
    assert!(!hole, "the last point that is drawn is hollow");
}

#[test]
fn events_of_two_kinds_have_their_own_times() {
    let mut found = quick([60.0; 5]);
    found.points[0].markers = vec![marker(5.0, "30% disconnected"), marker(12.0, "rolling deploy")];
    found.points[0].cases[0].servers.lives = vec![life(0, 0.0, None)];
    found.points[0].cases[0].servers.connections = (0..300).map(|_| vec![10]).collect();
    let texts = texts(&found, "load-distribution");
    let told = "30% disconnected at 0:05, rolling deploy at 0:12".to_owned();
    assert!(texts.contains(&told), "{texts:?}");
}

#[test]
fn nobody_who_is_never_connected_is_spread() {
    let mut found = four_policies(5);
    for case in &mut found.points[0].cases {
        case.metrics.clear();
        case.servers.connections.iter_mut().for_each(|row| row.fill(0));
    }
    assert_eq!(title(&found, "load-distribution"), "No client is connected at any time");
}

#[test]
fn an_axis_of_little_more_than_one_value_has_several_ticks() {
    let connects = |low: f64, high: f64| {
        let mut found = compared(2, 5);
        for case in &mut found.points[0].cases {
            let end = SimTime::ZERO + SimDuration::from_secs(900);
            let mut grid = LatencyGrid::new(end, SimDuration::from_secs(1));
            (0..100).for_each(|_| grid.opened(3, SimDuration::from_secs_f64(low)));
            (0..100).for_each(|_| grid.opened(3, SimDuration::from_secs_f64(high)));
            case.connects = Some(grid);
        }
        let labels = texts(&found, "latency-heat");
        let is_tick = |text: &String| ["1 s", "2 s", "5 s", "10 s"].contains(&text.as_str());
        let mut ticks: Vec<String> = labels.into_iter().filter(is_tick).collect();
        ticks.dedup();
        ticks.join(" ")
    };
    assert_eq!(connects(1.5, 4.0), "1 s 2 s 5 s 10 s");
    assert_eq!(connects(0.015, 4.0), "1 s 10 s", "of three decades");
}

#[test]
fn the_names_of_lines_stay_off_the_row_of_what_timed_out() {
    let mut found = compared(1, 5);
    let end = SimTime::ZERO + SimDuration::from_secs(900);
    let mut grid = LatencyGrid::new(end, SimDuration::from_secs(1));
    for column in 0..900 {
        (0..20).for_each(|_| grid.opened(column, SimDuration::from_secs(60)));
        grid.timed_out(column);
    }
    found.points[0].cases[0].connects = Some(grid);
    let figure = drawn(&found, "latency-heat");
    let of = |text: &str| figure.labels().find(|label| label.text == text).map(Label::bounds);
    let row = of("timed out").unwrap();
    for name in ["p50", "p99"] {
        let named = of(name).is_some_and(|name| name.top < row.bottom && name.bottom > row.top);
        assert!(!named, "{name} stands on it");
    }
}

/// Whether a mark is a triangle that points right or left: a value beyond the axis, or the hole in
/// a hollow one.
fn is_pointed(mark: &Mark) -> bool {
    matches!(mark, Mark::Area { outline, .. }
        if matches!(outline[..], [tip, a, b] if a.0 == b.0 && tip.1 != a.1 && tip.1 != b.1))
}

#[test]
fn what_is_not_clear_of_nothing_has_a_hollow_mark() {
    let mut found = compared(2, 5);
    let dropped = [[0.0; 5], [0.0, 900.0, 0.0, 0.0, 300.0]];
    for (case, dropped) in found.points[0].cases.iter_mut().zip(dropped) {
        case.metrics = vec![measured("dropped", dropped.map(Some).to_vec())];
    }
    let triangles = |found: &mut Results| {
        compare(&mut found.points[0]);
        drawn(found, "forest").marks.iter().filter(|mark| is_pointed(mark)).count()
    };
    assert_eq!(triangles(&mut found), 2, "the triangle and its hole");
    let clear = [900.0, 901.0, 902.0, 903.0, 904.0].map(Some).to_vec();
    found.points[0].cases[1].metrics = vec![measured("dropped", clear)];
    assert_eq!(triangles(&mut found), 1, "a filled one");
}

#[test]
fn names_that_pictures_do_not_show_whole_are_warned_of() {
    let told = |name: &str| {
        let mut found = four_policies(5);
        name.clone_into(&mut found.points[0].cases[1].policy);
        let page = markdown::render(&found, &[], "png");
        page.lines().find(|line| line.contains("question mark")).map(str::to_owned)
    };
    assert_eq!(told("ring, as in Zürich?"), None);
    assert!(told("环 ring").is_some_and(|line| line.ends_with("in: 环 ring.")));
}
