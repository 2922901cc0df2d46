//! Every chart by its name, on both sheets, and what each must show.

use resvg::tiny_skia::Pixmap;
use ringstorm::chart::theme::{Role, Theme};
use ringstorm::chart::{self, NAMES, Size, figures};
use ringstorm::engine::{SimDuration, SimTime};
use ringstorm::stats::{LATENCY_ROWS, LatencyGrid, Results};
use xxhash_rust::xxh3::xxh3_64;

use super::assert_readable;
use super::compared::{compared, plane, swept};
use super::gallery::gallery;
use super::messages::{self, with_messages};

/// Results that between them have every chart but those of messages.
fn small() -> [(&'static str, Results); 3] {
    [("compared", compared(3, 5)), ("swept", swept()), ("plane", plane(2))]
}

#[test]
fn every_kind_of_chart_has_the_bytes_that_were_looked_at() {
    let mut lines = String::new();
    let messages = ("messages", with_messages(5), &messages::KINDS[..]);
    let others = small().map(|(name, results)| (name, results, &NAMES[..]));
    for (name, results, kinds) in others.into_iter().chain([messages]) {
        for kind in kinds {
            let Some((figure, csv)) = chart::figure(&results, kind, Size::Wide) else { continue };
            let light = chart::svg::render(&figure, Theme::Light);
            let dark = chart::svg::render(&figure, Theme::Dark);
            let half = chart::draw(&results, kind, Theme::Light, Size::Half).unwrap();
            let hashes = [light, dark, half, csv].map(|text| xxh3_64(text.as_bytes()));
            let [light, dark, half, csv] = hashes;
            lines.push_str(&format!(
                "{name} {} {light:016x} {dark:016x} {half:016x} {csv:016x}\n",
                figure.name
            ));
        }
    }
    insta::assert_snapshot!(lines);
}

#[test]
fn a_chart_is_found_by_its_kind_and_by_its_number() {
    let results = super::gallery::sweep(4);
    for (figure, _) in figures(&results) {
        let (found, _) = chart::figure(&results, &figure.name, Size::Wide).unwrap();
        assert_eq!(found, figure);
    }
    let first = chart::figure(&results, "load-heat", Size::Wide).unwrap().0;
    assert_eq!(first.name, "load-heat-1");
    for unknown in ["", "load", "load-heat-", "load-heat-x", "load-heat5", "load-heat-5"] {
        assert_eq!(chart::figure(&results, unknown, Size::Wide), None, "{unknown}");
    }
}

#[test]
fn every_chart_is_drawn_where_its_data_exist_and_nowhere_else() {
    let has = |results: &Results, kind: &str| chart::figure(results, kind, Size::Wide).is_some();
    let drawn = |results: &Results| NAMES.into_iter().filter(|kind| has(results, kind)).collect();
    let of_one_point: Vec<&str> = drawn(&compared(3, 5));
    assert_eq!(
        of_one_point,
        [
            "load-distribution",
            "load-heat",
            "final-load",
            "reconnect-storm",
            "latency-heat",
            "forest",
            "moved",
            "frontier"
        ]
    );
    assert!(has(&swept(), "sweep") && !has(&swept(), "phase"));
    assert!(has(&plane(1), "phase") && !has(&plane(1), "sweep"));
    assert!(!has(&compared(1, 5), "forest"), "a policy alone has nothing to differ from");
}

#[test]
fn half_sheets_are_as_readable_as_wide_ones() {
    for (name, results) in gallery() {
        for kind in NAMES {
            if let Some((figure, _)) = chart::figure(&results, kind, Size::Half) {
                assert!((figure.width - 720.0).abs() < 1e-9, "{name} {kind}");
                assert_readable(name, &figure);
            }
        }
    }
}

#[test]
fn every_policy_of_a_comparison_has_its_colour() {
    let results = compared(4, 5);
    for kind in ["final-load", "forest", "moved", "frontier"] {
        let svg = chart::draw(&results, kind, Theme::Dark, Size::Wide).unwrap();
        for case in &results.points[0].cases {
            let words = Theme::Dark.hex(Role::Words(case.hue));
            assert!(svg.contains(&words), "{kind}: {}", case.policy);
        }
    }
}

#[test]
fn more_than_64_servers_are_first_shown_as_rows() {
    let names = |results: &Results| figures(results)[0].0.name.clone();
    assert_eq!(names(&super::gallery::thousand()), "load-heat");
    assert_eq!(names(&compared(2, 5)), "load-distribution");
}

#[test]
fn a_sweep_of_many_points_shows_what_spans_them_and_the_rest_by_name() {
    let results = plane(1);
    let names: Vec<String> = figures(&results).into_iter().map(|(figure, _)| figure.name).collect();
    assert_eq!(names, ["phase"]);
    assert!(chart::figure(&swept(), "forest-6", Size::Wide).is_some());
}

#[test]
fn a_phase_diagram_marks_the_scenarios_own_point_where_it_was_run() {
    let marks = |results: &Results| -> Vec<(f64, f64)> {
        let (figure, _) = chart::figure(results, "phase", Size::Wide).unwrap();
        figure
            .labels()
            .filter(|label| label.text == "this scenario")
            .map(|label| label.at)
            .collect()
    };
    let results = plane(2);
    let marked = marks(&results);
    assert_eq!(marked.len(), 2, "one a panel");
    // 24% is the third of twelve values across; 10 s the fourth of seven up.
    let (figure, _) = chart::figure(&results, "phase", Size::Wide).unwrap();
    let tick = |text: &str| figure.labels().find(|label| label.text == text).unwrap().at;
    assert!((marked[0].0 - 14.0 - tick("0.24").0).abs() < 1e-9);
    assert!((marked[0].1 - tick("10 s").1).abs() < 1e-9);
    for own in
        [vec![], vec![(results.own[0].0.clone(), "\"25%\"".to_owned()), results.own[1].clone()]]
    {
        assert!(marks(&Results { own, ..results.clone() }).is_empty(), "it was not run");
    }
}

#[test]
fn a_heat_map_as_a_picture_has_cells_of_its_classes() {
    let svg = chart::draw(&compared(2, 5), "load-heat", Theme::Light, Size::Half).unwrap();
    let picture = Pixmap::decode_png(&chart::png(&svg).unwrap()).unwrap();
    assert_eq!(picture.width(), 1440);
    for class in [0, 4, 8] {
        let [_, red, green, blue] = Theme::Light.colour(Role::Diverging(class)).to_be_bytes();
        let same = |p: &&resvg::tiny_skia::PremultipliedColorU8| {
            (p.red(), p.green(), p.blue()) == (red, green, blue)
        };
        let count = picture.pixels().iter().filter(same).count();
        assert!(count > 500, "class {class}: {count} pixels");
    }
}

#[test]
fn a_run_that_never_recovers_is_said_in_the_titles() {
    let title =
        |results: &Results, kind: &str| chart::figure(results, kind, Size::Wide).unwrap().0.title;
    assert_eq!(
        title(&swept(), "sweep"),
        "Bounded ring, 1.05 does not always recover at reconnect cap 5 s"
    );
    assert_eq!(
        title(&plane(1), "phase"),
        "From disconnect fraction 0.16 on, a reconnect cap of 1 s or less never recovers"
    );
}

#[test]
fn no_title_says_that_a_policy_wins_which_is_worse_more_often() {
    let long = super::gallery::long_compared();
    for size in [Size::Wide, Size::Half] {
        let title = chart::figure(&long, "forest", size).unwrap().0.title;
        assert!(!title.contains("beats"), "{title}");
        assert!(title.contains('2') && title.contains('7'), "{title}");
    }
}

#[test]
fn alt_texts_begin_with_the_title_and_carry_numbers() {
    for (name, results) in small() {
        for (figure, _) in figures(&results) {
            let alt = chart::alt_text(&results, &figure.name).unwrap();
            let rest = alt.strip_prefix(&figure.title).unwrap();
            assert!(rest.chars().any(|c| c.is_ascii_digit()), "{name} {}: {alt}", figure.name);
        }
    }
}

#[test]
fn connects_are_counted_in_fifths_of_a_decade() {
    let at = |seconds: u64| SimTime::ZERO + SimDuration::from_secs(seconds);
    let mut grid = LatencyGrid::new(at(1000), SimDuration::from_secs(1));
    // 1,000 steps in at most 480 columns: three steps a column.
    assert_eq!((grid.column, grid.columns()), (SimDuration::from_secs(3), 334));
    let bins = grid.bins();
    let column = |seconds: u64| bins.of(at(seconds).as_nanos());
    for (millis, row) in [(0, 0), (1, 0), (2, 1), (10, 5), (100, 10), (999, 14), (1000, 15)] {
        grid.opened(column(3), SimDuration::from_millis(millis));
        let nanos = millis * 1_000_000;
        assert!(row == 0 || LatencyGrid::row_start(row) <= nanos, "{millis} ms");
        assert!(nanos < LatencyGrid::row_start(row + 1), "{millis} ms");
    }
    grid.opened(column(5), SimDuration::from_secs(3600));
    grid.timed_out(column(999));
    grid.opened(column(1002), SimDuration::from_secs(1));
    assert_eq!(grid.rows(1)[..2], [2, 1]);
    assert_eq!(grid.rows(1)[LATENCY_ROWS - 1], 1);
    assert_eq!(grid.timed_out.last(), Some(&1));
    assert_eq!(grid.opened.iter().sum::<u32>(), 8, "what comes after the end is not counted");
}
