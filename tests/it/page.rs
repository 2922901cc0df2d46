//! The page and the summary for a pull request: structure, claims, bytes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use insta::assert_snapshot;
use ringstorm::chart::{Chart, draw_all};
use ringstorm::observe::observations::Censored;
use ringstorm::report::archive::{self, ArchiveError};
use ringstorm::report::{html, markdown};
use ringstorm::stats::{Results, Sample, SeriesId, summarise};
use roxmltree::{Document, Node, ParsingOptions};
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_64;

use super::charts::gallery::{gallery, many, sweep};
use super::cli::SMALL;
use super::report;
use super::synthetic::{plan, servers, storm_run};

fn page(results: &Results) -> String {
    html::page(results, &draw_all(results))
}

fn summary(results: &Results) -> String {
    markdown::render(results, &draw_all(results), "png")
}

fn parsed(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).unwrap()
}

fn with_id<'a>(document: &'a Document<'a>, id: &str) -> Node<'a, 'a> {
    let mut nodes = document.descendants();
    nodes.find(|node| node.attribute("id") == Some(id)).unwrap_or_else(|| panic!("no #{id}"))
}

fn named<'a>(node: Node<'a, 'a>, tag: &str) -> Vec<Node<'a, 'a>> {
    node.descendants()
        .filter(|node| node.has_tag_name(tag) || node.tag_name().name() == tag)
        .collect()
}

fn text(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(Node::is_text);
    texts.filter_map(|node| node.text()).collect::<Vec<_>>().join(" ")
}

/// Two policies in so many replications: the first drops `few`, the second `many`, each a
/// little more in each replication.
fn contrast(replications: u32, few: u64, many: u64) -> Results {
    let run = |dropped: u64, index: u32| {
        let time = 9.0 + dropped as f64 / 10.0;
        Sample::of(&storm_run(dropped + u64::from(index % 3), dropped, Censored::At(time)))
    };
    let of = |dropped| (0..replications).map(|index| run(dropped, index)).collect();
    let samples = vec![vec![of(few), of(many)]];
    summarise(&plan(&["calm", "wild"], replications), samples, vec![vec![servers(), servers()]])
}

#[test]
fn the_same_results_give_the_same_page_and_summary_on_every_machine() {
    let results = report::results();
    let hashes = [page(&results), summary(&results)]
        .map(|text| format!("{:016x}", xxh3_64(text.as_bytes())));
    // Look at the page before you accept another.
    assert_snapshot!("digests-of-page-and-summary", hashes.join("\n"));
}

#[test]
fn the_page_is_whole_without_its_script() {
    let results = contrast(10, 10, 40);
    let page = page(&results);
    let document = parsed(&page);
    assert_eq!(text(named(document.root(), "h1")[0]), "invented");
    for id in ["key-figures", "charts", "metrics", "method", "scenario"] {
        with_id(&document, id);
    }
    let figures = with_id(&document, "figures");
    let rows = named(figures, "tr").into_iter().filter(|row| row.has_attribute("data-policy"));
    assert_eq!(rows.count(), 2);
    let columns = named(named(figures, "thead")[0], "th").len();
    assert!((3..=7).contains(&columns), "two to six metrics: {columns}");
    let metrics = text(with_id(&document, "metrics"));
    for metric in &results.points[0].cases[0].metrics {
        assert!(metrics.contains(metric.metric.name), "{}", metric.metric.name);
    }
    assert!(text(with_id(&document, "scenario")).contains("{\"name\": \"invented\"}"));
    let method = text(with_id(&document, "method"));
    for said in ["Seed 7", "10 replications", env!("CARGO_PKG_VERSION"), &results.digest] {
        assert!(method.contains(said), "{said}");
    }
}

/// How many charts a page says that it has no room for.
fn left_out(page: &str) -> usize {
    let Some((_, told)) = page.split_once("This page has no room for ") else { return 0 };
    let (names, _) = told.split_once("; they lie beside it").unwrap();
    let more = names
        .rsplit_once(" and ")
        .map_or(0, |(_, more)| more.strip_suffix(" more").unwrap().parse().unwrap());
    names.matches("<code>").count() + more
}

#[test]
fn every_chart_has_a_name_a_description_and_its_data_and_every_id_is_unique() {
    for (name, results) in gallery() {
        let page = page(&results);
        let document = parsed(&page);
        let ids: Vec<&str> =
            document.descendants().filter_map(|node| node.attribute("id")).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}");
        let figures = named(document.root(), "figure");
        // What a page has no room for it names, or counts.
        assert_eq!(figures.len() + left_out(&page), draw_all(&results).len(), "{name}");
        for figure in figures {
            let svg = named(figure, "svg")[0];
            assert_eq!(svg.attribute("role"), Some("img"));
            for id in svg.attribute("aria-labelledby").unwrap().split(' ') {
                assert!(!text(with_id(&document, id)).is_empty(), "{name}: #{id}");
            }
            assert!(named(figure, "details").iter().any(|data| !named(*data, "td").is_empty()));
        }
    }
}

#[test]
fn a_page_asks_for_nothing_from_outside_and_its_policy_forbids_it() {
    let page = page(&contrast(10, 10, 40));
    let document = parsed(&page);
    for node in document.descendants() {
        for name in ["src", "href", "srcset", "action", "data"] {
            let target = node.attribute(name);
            assert!(target.is_none_or(|target| target.starts_with("data:")), "{target:?}");
        }
    }
    for part in page.split("url(").skip(1) {
        assert!(part.starts_with("data:"));
    }
    assert!(!page.contains("@import"));
    let policy = document
        .descendants()
        .find_map(|node| node.attribute("http-equiv").and_then(|_| node.attribute("content")));
    let policy = policy.unwrap();
    assert!(policy.starts_with("default-src 'none';") && policy.contains("script-src 'sha256-"));
    let scripts = named(document.root(), "script");
    assert_eq!(scripts.len(), 1, "the one that the policy knows");
}

#[test]
fn colours_in_drawings_have_names_so_that_dark_pages_and_paper_can_redefine_them() {
    for (name, results) in gallery() {
        let page = page(&results);
        let document = parsed(&page);
        for svg in named(document.root(), "svg") {
            for node in svg.descendants() {
                for attribute in ["fill", "stroke"].iter().filter_map(|name| node.attribute(*name))
                {
                    assert!(!attribute.starts_with('#'), "{name}: {attribute}");
                }
            }
        }
    }
}

#[test]
fn names_of_others_stay_text() {
    let mut results = contrast(3, 10, 40);
    let evil = "</code><script>alert(\"1\")</script>&amp;\u{1}";
    results.name = evil.to_owned();
    results.scenario = evil.to_owned();
    results.description = evil.to_owned();
    results.points[0].cases[0].policy = evil.to_owned();
    let page = page(&results);
    let document = parsed(&page);
    assert_eq!(named(document.root(), "script").len(), 1);
    assert!(text(with_id(&document, "scenario")).contains("<script>alert(\"1\")</script>&amp;"));
    let summary = summary(&results);
    assert!(!summary.contains("<script"), "{summary}");
}

#[test]
fn only_what_is_clear_of_noise_is_semibold_and_told() {
    let clear = page(&contrast(10, 10, 40));
    let document = parsed(&clear);
    let best: Vec<String> =
        named(with_id(&document, "figures"), "strong").into_iter().map(text).collect();
    assert!(best.contains(&"10.9".to_owned()), "connections dropped: {best:?}");
    assert!(clear.contains("Calm recovers first, 99% back after 10 s (wild 13 s)."));
    // The same in every replication of both: nothing is better.
    let alike = page(&contrast(10, 10, 10));
    assert!(named(with_id(&parsed(&alike), "figures"), "strong").is_empty());
    // One run each cannot be clear of noise.
    let once = page(&contrast(1, 10, 40));
    assert!(named(with_id(&parsed(&once), "figures"), "strong").is_empty());
}

#[test]
fn what_limits_the_results_is_said_on_top() {
    let limits = |results: &Results| {
        let page = page(results);
        let document = parsed(&page);
        let asides = named(document.root(), "aside");
        asides.first().map_or_else(String::new, |aside| text(*aside))
    };
    assert_eq!(limits(&contrast(10, 10, 40)), "");
    assert!(limits(&contrast(1, 10, 40)).contains("One replication"));
    assert!(limits(&contrast(3, 10, 40)).contains("Only 3 replications"));
    let cut_off = limits(&report::results());
    assert!(
        cut_off.contains("time until 99% are back of drop \"all\", fast (1 of 3 runs)"),
        "{cut_off}"
    );
    let mut wide = contrast(10, 10, 40);
    let dropped = wide.points[0].cases[1].metrics.iter_mut();
    let dropped = dropped.into_iter().find(|found| found.metric.name == "dropped").unwrap();
    dropped.ci95 = Some([20.0, 60.0]);
    let told = limits(&wide);
    assert!(told.contains("connections dropped of wild (±49%)"), "{told}");
}

#[test]
fn a_warm_up_that_is_too_short_is_told_and_a_steady_start_is_not() {
    let with_start = |start: fn(usize) -> f64| {
        let mut results = contrast(10, 10, 40);
        results.points[0].warmup = ringstorm::engine::SimDuration::ZERO;
        results.points[0].markers.truncate(1);
        results.points[0].markers[0].at = 200.0;
        let bands = &mut results.points[0].cases[1].series;
        let queued = bands.iter_mut().find(|band| band.id == SeriesId::Queued).unwrap();
        queued.mean = (0..300).map(start).collect();
        page(&results).contains("A warm-up is missing: by MSER-5, ")
    };
    assert!(with_start(|step| if step < 60 { 500.0 - 8.0 * step as f64 } else { 20.0 }));
    assert!(!with_start(|step| 20.0 + (step % 7) as f64));
    // What comes after the event is its answer, not a warm-up.
    assert!(!with_start(|step| if step < 200 { 20.0 } else { 900.0 }));
}

#[test]
fn a_page_stays_small_enough_to_be_sent_around() {
    for results in [many(14), sweep(60)] {
        let bytes = page(&results).len();
        assert!(bytes < 2_000_000, "{} has {bytes} bytes", results.name);
    }
}

/// What shows the whole sweep comes first, and what has no room is counted.
#[test]
fn a_page_of_a_large_sweep_shows_what_is_of_all_points_and_stays_small() {
    let (_, results) = gallery().into_iter().find(|(name, _)| *name == "swept").unwrap();
    let mut charts = draw_all(&results);
    let heaviest = charts.iter().max_by_key(|chart| chart.svg_light.len()).unwrap().clone();
    charts.extend(
        (101..=200)
            .map(|point| Chart { name: format!("load-distribution-{point}"), ..heaviest.clone() }),
    );
    let page = html::page(&results, &charts);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    let document = parsed(&page);
    let drawn: Vec<&str> = named(document.root(), "figure")
        .into_iter()
        .filter_map(|figure| figure.attribute("id"))
        .collect();
    assert_eq!(drawn.len() + left_out(&page), charts.len());
    assert!(left_out(&page) > 50, "{}", left_out(&page));
    let is_of_all = |id: &&str| !id.ends_with(|last: char| last.is_ascii_digit());
    assert!(drawn.contains(&"chart-sweep"), "{drawn:?}");
    assert!(drawn.is_sorted_by_key(|id| !is_of_all(id)), "{drawn:?}");
}

#[test]
fn a_summary_fits_a_comment() {
    let mut all = gallery();
    all.push(("invented", report::results()));
    all.push(("contrast", contrast(10, 10, 40)));
    all.push(("large", sweep(60)));
    for (name, results) in all {
        let summary = summary(&results);
        let lines = summary.lines().count();
        assert!(lines <= 40, "{name} has {lines} lines");
        let last = summary.lines().last().unwrap();
        assert!(last.contains(&results.digest) && last.contains("ringstorm run"), "{last}");
        let pictures = usize::from(!draw_all(&results).is_empty());
        assert_eq!(summary.matches("<picture>").count(), pictures, "{name}");
        // Every row of a table has as many cells as its head.
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let rows: Vec<&str> = summary.lines().filter(|line| line.starts_with('|')).collect();
        assert!(rows.windows(2).all(|pair| cells(pair[0]) == cells(pair[1])), "{summary}");
    }
}

#[test]
fn a_summary_tells_what_is_beyond_noise_and_folds_the_rest() {
    let summary = summary(&contrast(10, 10, 40));
    let (told, folded) = summary.split_once("<details>").unwrap();
    assert!(told.contains("| connections dropped | **10.9 ±0.6** | 40.9 ±0.6 |"), "{told}");
    assert!(!told.contains("runs that recovered") && folded.contains("Means with half"));
}

#[test]
fn results_read_back_are_those_that_were_written() {
    let mut all = vec![report::results(), contrast(10, 10, 40)];
    all[0].points[0].mean_presence = f64::INFINITY;
    for results in all {
        let bytes = archive::write(&results);
        let again = archive::read(&bytes).unwrap();
        assert_eq!(format!("{results:?}"), format!("{again:?}"));
        assert_eq!(bytes, archive::write(&again));
    }
}

#[test]
fn a_file_that_is_no_result_is_refused_with_its_reason() {
    let good = String::from_utf8(archive::write(&report::results())).unwrap();
    let refused = |text: &str| archive::read(text.as_bytes()).unwrap_err();
    assert!(matches!(refused("{}"), ArchiveError::Foreign));
    assert!(matches!(refused("[1"), ArchiveError::Foreign));
    let newer = good.replacen("\"format\":1", "\"format\":9", 1);
    assert!(matches!(refused(&newer), ArchiveError::Format { found: 9 }));
    let unknown = good.replace("\"metric\":\"dropped\"", "\"metric\":\"droped\"");
    assert_eq!(
        refused(&unknown).to_string().split(" at line").next().unwrap(),
        "it cannot be read: there is no metric `droped`"
    );
    let uneven = good.replacen("\"mean\":[", "\"mean\":[7.5,", 1);
    assert!(matches!(refused(&uneven), ArchiveError::Inconsistent(_)));
    let cut = &good[..good.len() / 2];
    assert!(matches!(refused(cut), ArchiveError::Foreign));
}

fn ringstorm(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(cargo_bin!("ringstorm")).args(arguments).current_dir(folder).output().unwrap()
}

fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder with results of a small scenario in `results/small`.
fn run() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("small.json"), SMALL).unwrap();
    let output = ringstorm(folder.path(), &["run", "small.json", "--charts", "svg", "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    folder
}

fn bytes_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for place in [folder.to_owned(), folder.join("charts")] {
        for entry in fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                all.push((
                    path.file_name().unwrap().to_str().unwrap().to_owned(),
                    fs::read(path).unwrap(),
                ));
            }
        }
    }
    all.sort();
    all
}

#[test]
fn a_result_drawn_again_is_the_same_byte_for_byte() {
    let folder = run();
    let results = folder.path().join("results/small");
    let before = bytes_of(&results);
    let names: Vec<&str> = before.iter().map(|(name, _)| name.as_str()).collect();
    for name in ["report.html", "report.md", "results.json", "scenario.json"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    // From the results alone: everything else is gone.
    for (name, _) in &before {
        if !["results.json", "manifest.json"].contains(&name.as_str()) {
            let _ = fs::remove_file(results.join(name));
            let _ = fs::remove_file(results.join("charts").join(name));
        }
    }
    let output = ringstorm(folder.path(), &["report", "results/small", "--charts", "svg"]);
    assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    assert_eq!(bytes_of(&results), before);
    // A scenario in the results runs again.
    let again =
        ["run", "results/small/scenario.json", "--charts", "svg", "--quiet", "--out", "again"];
    let output = ringstorm(folder.path(), &again);
    assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    assert_eq!(bytes_of(&folder.path().join("again")), before);
}

#[test]
fn what_the_command_line_changed_is_in_the_scenario_of_the_results() {
    let folder = run();
    let set = [
        "run",
        "small.json",
        "--set",
        "clients.connected=150",
        "--policy",
        "ring",
        "--out",
        "set",
        "--quiet",
    ];
    assert_eq!(ringstorm(folder.path(), &set).status.code(), Some(0));
    let text = fs::read_to_string(folder.path().join("set/scenario.json")).unwrap();
    assert!(text.contains("\"connected\": 150") && !text.contains("round robin"), "{text}");
    let again = ["run", "set/scenario.json", "--out", "again", "--quiet"];
    assert_eq!(ringstorm(folder.path(), &again).status.code(), Some(0));
    let before = bytes_of(&folder.path().join("set"));
    assert_eq!(bytes_of(&folder.path().join("again")), before);
}

#[test]
fn one_chart_is_drawn_by_name_theme_size_and_format() {
    let folder = run();
    let draw = |more: &[&str]| {
        let arguments =
            [&["report", "results/small", "--chart", "load-distribution"], more].concat();
        let output = ringstorm(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", error(&output));
        output.stdout
    };
    draw(&[]);
    let drawn = fs::read(folder.path().join("load-distribution.svg")).unwrap();
    let ours = folder.path().join("results/small/charts/load-distribution.svg");
    assert_eq!(drawn, fs::read(ours).unwrap());
    let dark = draw(&["--theme", "dark", "--size", "half", "-o", "-"]);
    let dark = String::from_utf8(dark).unwrap();
    assert!(dark.contains("width=\"720\"") && dark.contains("#10151C"), "{}", &dark[..300]);
    draw(&["--format", "png", "-o", "chart.png"]);
    let png = fs::read(folder.path().join("chart.png")).unwrap();
    assert_eq!(&png[1..4], b"PNG");
}

#[test]
fn what_cannot_be_drawn_says_why_and_writes_nothing() {
    let folder = run();
    let fails = |arguments: &[&str], code: i32, reason: &str| {
        let output = ringstorm(folder.path(), arguments);
        let error = error(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(reason), "{arguments:?}: {error}");
    };
    let chart = |name| ["report", "results/small", "--chart", name];
    fails(&chart("load-distributoin"), 2, "there is a similar one: `load-distribution`");
    fails(&chart("phase"), 2, "no data for the chart `phase`; they have `load-distribution`");
    fails(&["report", "."], 2, "has no results.json to draw from");
    fails(&["report", "nowhere"], 3, "cannot read `nowhere`");
    fails(&["report", "results/small", "--theme", "dark"], 2, "--chart");
    let before = bytes_of(&folder.path().join("results/small"));
    let path = folder.path().join("results/small/results.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("\"seed\":1", "\"seed\":2", 1)).unwrap();
    fails(&["report", "results/small"], 2, "is not as it was written");
    fs::write(&path, text).unwrap();
    assert_eq!(bytes_of(&folder.path().join("results/small")), before);
    assert!(!folder.path().join("phase.svg").exists());
}
