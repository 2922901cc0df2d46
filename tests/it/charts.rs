//! Charts: what they say, where it stands, and that they are drawn at all.

mod by_name;
mod claims;
mod compared;
mod events;
mod frontier;
pub mod gallery;
mod message_figures;
mod messages;
mod numbers;
pub mod synthetic;
mod titles;
mod told;

use gallery::gallery;
use resvg::tiny_skia::Pixmap;
use ringstorm::chart::figure::{Figure, Label};
use ringstorm::chart::text::{Weight, has_glyph};
use ringstorm::chart::theme::{Role, Theme};
use ringstorm::chart::{self, Chart, draw_all, figures};
use ringstorm::policy::Hue;
use ringstorm::stats::Results;
use synthetic::{HUES, case, four_policies, point, results, three_storms};
use xxhash_rust::xxh3::xxh3_64;

fn chart_of(results: &Results, name: &str) -> Chart {
    let mut charts = draw_all(results).into_iter();
    charts.find(|chart| chart.name == name).expect("the results have data for it")
}

fn all_figures() -> Vec<(&'static str, Figure)> {
    let named = |(name, results): (&'static str, Results)| {
        figures(&results).into_iter().map(move |(figure, _)| (name, figure)).collect::<Vec<_>>()
    };
    gallery().into_iter().flat_map(named).collect()
}

#[test]
fn the_same_results_give_the_same_bytes_on_every_machine() {
    let mut small = four_policies(1);
    small.points[0].cases.truncate(1);
    let load = chart_of(&small, "load-distribution");
    let storm = chart_of(&three_storms(3), "reconnect-storm");
    let hashes = [&load.svg_light, &load.svg_dark, &load.csv, &storm.svg_light, &storm.csv]
        .map(|text| format!("{:016x}", xxh3_64(text.as_bytes())));
    assert_eq!(hashes, GOLDEN, "a chart changed: look at it before you accept it");
}

/// Of the SVG and CSV texts; a change of any mark changes them.
const GOLDEN: [&str; 5] = [
    "3aef92c654fe4447",
    "9d034ac6015c0235",
    "4bdebdb8f44dd08b",
    "47d8569cd36ec27e",
    "c4a7019ad689fd86",
];

#[test]
fn every_picture_is_1920_pixels_wide_and_opaque() {
    for chart in draw_all(&four_policies(1)).iter().chain(&draw_all(&three_storms(20))) {
        for svg in [&chart.svg_light, &chart.svg_dark] {
            let picture = Pixmap::decode_png(&chart::png(svg).unwrap()).unwrap();
            assert_eq!(picture.width(), chart::PNG_WIDTH);
            let sheet = resvg::usvg::Tree::from_str(svg, &resvg::usvg::Options::default());
            let ratio = sheet.unwrap().size().height() / 960.0;
            assert!((picture.height() as f32 - 1920.0 * ratio).abs() <= 1.0, "{}", chart.name);
            assert!(picture.pixels().iter().all(|pixel| pixel.alpha() == 255));
        }
    }
}

#[test]
fn a_picture_shows_its_ground_and_its_ink() {
    let chart = chart_of(&four_policies(1), "load-distribution");
    let picture = Pixmap::decode_png(&chart::png(&chart.svg_dark).unwrap()).unwrap();
    let ground = picture.pixels()[0];
    assert_eq!((ground.red(), ground.green(), ground.blue()), (0x10, 0x15, 0x1C));
    let orange = |p: &&resvg::tiny_skia::PremultipliedColorU8| {
        (p.red(), p.green(), p.blue()) == (0xED, 0x8B, 0x0E)
    };
    assert!(picture.pixels().iter().filter(orange).count() > 500);
}

#[test]
fn what_is_no_svg_is_an_error_and_no_panic() {
    assert!(matches!(chart::png("<svg"), Err(chart::ChartError::Parse(_))));
}

/// Panics with the texts that overlap, or the one that is cut off.
fn assert_readable(name: &str, figure: &Figure) {
    let labels: Vec<&Label> = figure.labels().collect();
    for (index, label) in labels.iter().enumerate() {
        let bounds = label.bounds();
        let inside = bounds.left >= 0.0
            && bounds.right <= figure.width
            && bounds.top >= 0.0
            && bounds.bottom <= figure.height;
        assert!(inside, "{name} {}: `{}` is cut off", figure.name, label.text);
        for other in &labels[index + 1..] {
            assert!(
                !bounds.overlaps(&other.bounds()),
                "{name} {}: `{}` overlaps `{}`",
                figure.name,
                label.text,
                other.text
            );
        }
    }
}

#[test]
fn no_two_labels_overlap_and_none_is_cut_off() {
    for (name, figure) in all_figures() {
        assert_readable(name, &figure);
    }
}

#[test]
fn the_fonts_have_every_character_that_charts_use() {
    for character in "0123456789−×÷→▲“”…·%<>:;,.()".chars() {
        assert!(has_glyph(character, Weight::Regular), "{character} in regular");
        assert!(has_glyph(character, Weight::SemiBold), "{character} in semibold");
    }
    // A character that a font lacks is written as a question mark, and charts ask nothing.
    for (name, figure) in all_figures().iter().filter(|(name, _)| *name != "long-names") {
        let asking = figure.labels().find(|label| label.text.contains('?'));
        assert_eq!(asking, None, "{name}");
    }
}

#[test]
fn texts_and_marks_stand_out_from_the_ground_in_both_themes() {
    for theme in [Theme::Light, Theme::Dark] {
        for role in [Role::Ink, Role::Muted, Role::Alert].into_iter().chain(HUES.map(Role::Words)) {
            let found = contrast(theme, role);
            assert!(found >= 4.5, "text {role:?} in {theme:?}: {found:.2}");
        }
        for role in [Role::Axis].into_iter().chain(HUES.map(Role::Mark)) {
            let found = contrast(theme, role);
            assert!(found >= 2.95, "mark {role:?} in {theme:?}: {found:.2}");
        }
        assert!(contrast(theme, Role::Grid) < 1.5, "the grid stays behind");
    }
}

/// Contrast ratio with the ground. Source: WCAG 2.2, definitions of contrast ratio and relative luminance.
fn contrast(theme: Theme, role: Role) -> f64 {
    let luminance = |role: Role| {
        let [_, red, green, blue] = theme.colour(role).to_be_bytes().map(|byte| {
            let share = f64::from(byte) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (a, b) = (luminance(role), luminance(Role::Ground));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn two_policies_of_a_theme_never_look_the_same() {
    for theme in [Theme::Light, Theme::Dark] {
        for (index, hue) in HUES.iter().enumerate() {
            assert_ne!(theme.colour(Role::Mark(*hue)), theme.colour(Role::Alert));
            for other in &HUES[index + 1..] {
                assert_ne!(theme.colour(Role::Mark(*hue)), theme.colour(Role::Mark(*other)));
            }
        }
    }
}

#[test]
fn a_single_run_has_no_band_over_replications_and_says_so() {
    let once = chart_of(&three_storms(1), "reconnect-storm");
    assert!(!once.svg_light.contains("opacity=\"0.25\""));
    assert!(once.svg_light.contains("one run, seed 1."));
    let often = chart_of(&three_storms(20), "reconnect-storm");
    assert!(often.svg_light.contains("opacity=\"0.25\""));
    assert!(often.svg_light.contains("20 replications, seed 1."));
}

#[test]
fn spread_over_servers_and_over_replications_never_share_a_chart() {
    for chart in gallery().iter().flat_map(|(_, results)| draw_all(results)) {
        let over_servers = chart.svg_light.contains("opacity=\"0.16\"");
        let over_replications = chart.svg_light.contains("opacity=\"0.25\"");
        assert!(!(over_servers && over_replications), "{}", chart.name);
    }
}

#[test]
fn results_without_data_give_no_chart() {
    let mut empty = point(60, 1.0, 2, 100);
    assert_eq!(draw_all(&results("none", 1, Vec::new())), []);
    empty.cases.push(case("ring", Hue::Ring));
    assert_eq!(draw_all(&results("no steps", 1, vec![empty])), []);
}

#[test]
fn a_chart_of_storms_needs_somebody_who_was_dropped() {
    let mut calm = three_storms(20);
    for case in &mut calm.points[0].cases {
        case.storms.clear();
    }
    let names: Vec<String> = draw_all(&calm).into_iter().map(|chart| chart.name).collect();
    assert_eq!(names, ["load-distribution", "load-heat", "final-load"]);
}

#[test]
fn a_policy_without_a_storm_shares_the_chart_and_says_so() {
    let svg = chart_of(&gallery::calm(), "reconnect-storm").svg_light;
    assert_eq!(svg.matches("no storm: nobody was dropped").count(), 1);
}

#[test]
fn points_with_many_cases_have_a_chart_each() {
    let names = |results: &Results| {
        draw_all(results).into_iter().map(|chart| chart.name).collect::<Vec<_>>()
    };
    assert_eq!(
        names(&gallery::sweep(3)),
        ["load-distribution", "load-heat", "final-load", "reconnect-storm"]
    );
    let numbered = |kind: &str| (1..=4).map(|number| format!("{kind}-{number}")).collect();
    let expected: Vec<Vec<String>> =
        ["load-distribution", "load-heat", "final-load", "reconnect-storm"].map(numbered).to_vec();
    assert_eq!(names(&gallery::sweep(4)), expected.concat());
}

#[test]
fn cases_beyond_twelve_are_named_in_the_footer() {
    let svg = chart_of(&gallery::many(14), "load-distribution").svg_light;
    assert!(svg.contains("Not drawn: policy number 13 and 1 more."));
    assert!(svg.contains(">policy number 12</text>"));
    assert!(!svg.contains(">policy number 13</text>"));
}

#[test]
fn a_median_that_is_censored_is_told_in_alert() {
    let storm = chart_of(&three_storms(20), "reconnect-storm");
    let alert = Theme::Light.hex(Role::Alert);
    let line = |text: &str| {
        let mut texts = storm.svg_light.lines().filter(|line| line.starts_with("<text"));
        texts.find(|line| line.contains(text)).unwrap()
    };
    assert!(line("72% of the dropped still offline at 5:00").contains(&alert));
    assert!(!line("99% back after").contains(&alert));
}

#[test]
fn a_range_of_runs_that_reaches_the_end_is_over_something() {
    let svg = chart_of(&gallery::rolling(), "reconnect-storm").svg_light;
    assert!(svg.contains("to over 55:00"));
}

#[test]
fn no_shape_makes_a_chart_panic_or_draw_what_is_not_a_number() {
    for (name, results) in gallery::edges() {
        for chart in draw_all(&results) {
            for text in [&chart.svg_light, &chart.csv, &chart.title, &chart.alt] {
                assert!(!text.contains("NaN") && !text.contains("inf"), "{name} {}", chart.name);
            }
            assert!(chart::png(&chart.svg_light).is_ok(), "{name} {}", chart.name);
        }
    }
}

#[test]
fn the_data_that_drew_a_chart_come_with_it() {
    let results = three_storms(20);
    let load = chart_of(&results, "load-distribution").csv;
    assert!(load.starts_with("point,policy,group,time_s,servers,connections_min,"));
    assert!(load.contains("\n1,no jitter,old,"));
    assert!(load.contains("\n1,gateway pacing,fair_share,"));
    let storm = chart_of(&results, "reconnect-storm").csv;
    // Three policies, 300 steps, a header.
    assert_eq!(storm.lines().count(), 1 + 3 * 300);
    let fields = |line: &str| line.split(',').count();
    assert!(storm.lines().all(|line| fields(line) == 12));
}

#[test]
fn ids_are_unique_between_themes_and_texts_are_escaped() {
    let chart = chart_of(&gallery::long_names(), "load-distribution");
    assert!(chart.svg_light.contains("id=\"load-distribution-title\""));
    assert!(chart.svg_dark.contains("id=\"load-distribution-dark-title\""));
    let mut short = four_policies(1);
    "a <&> b".clone_into(&mut short.points[0].cases[0].policy);
    let svg = chart_of(&short, "load-distribution").svg_light;
    assert!(svg.contains("a &lt;&amp;&gt; b") && !svg.contains("a <&> b"));
}

#[test]
fn names_in_any_script_are_text_in_a_drawing_and_marked_in_a_picture() {
    let named = |name: &str| {
        let mut found = four_policies(1);
        name.clone_into(&mut found.points[0].cases[0].policy);
        chart_of(&found, "load-distribution").svg_light
    };
    let svg = named("环 ring 🚀");
    assert!(svg.contains(">环 ring 🚀</text>") && !svg.contains('?'));
    // A picture has the bundled fonts alone, and no hole where they lack a character.
    assert_eq!(chart::png(&svg).unwrap(), chart::png(&named("? ring ?")).unwrap());
    assert!(named("right \u{202e} left \u{7}").contains("right ? left ?"));
}

/// Whether a picture is asked for: all are, unless `RINGSTORM_CHARTS_OF` lists parts of names.
fn is_asked_for(stem: &str) -> bool {
    std::env::var("RINGSTORM_CHARTS_OF")
        .map_or(true, |parts| parts.split(',').any(|part| stem.contains(part)))
}

#[test]
#[ignore = "writes half sheets to look at, into the folder that RINGSTORM_CHARTS names"]
fn the_gallery_is_written_on_half_sheets() {
    let folder = std::env::var("RINGSTORM_CHARTS").expect("RINGSTORM_CHARTS names a folder");
    for (name, results) in gallery() {
        for kind in chart::NAMES {
            let stem = format!("{name}-{kind}-half");
            let drawn = is_asked_for(&stem)
                .then(|| chart::draw(&results, kind, Theme::Light, chart::Size::Half));
            if let Some(svg) = drawn.flatten() {
                std::fs::write(format!("{folder}/{stem}.png"), chart::png(&svg).unwrap()).unwrap();
            }
        }
    }
}

#[test]
#[ignore = "writes pictures to look at, into the folder that RINGSTORM_CHARTS names"]
fn the_gallery_is_written() {
    let folder = std::env::var("RINGSTORM_CHARTS").expect("RINGSTORM_CHARTS names a folder");
    for (name, results) in gallery().into_iter().chain(gallery::edges()) {
        for chart in draw_all(&results) {
            for (theme, svg) in [("", &chart.svg_light), ("-dark", &chart.svg_dark)] {
                let stem = format!("{folder}/{name}-{}{theme}", chart.name);
                if !is_asked_for(&stem) {
                    continue;
                }
                std::fs::write(format!("{stem}.svg"), svg).unwrap();
                std::fs::write(format!("{stem}.png"), chart::png(svg).unwrap()).unwrap();
            }
            std::fs::write(format!("{folder}/{name}-{}.csv", chart.name), &chart.csv).unwrap();
        }
    }
}
