//! Result files: their exact bytes, and that no result is ever half written.

use std::fs;
use std::path::Path;
use std::sync::Barrier;

use insta::assert_snapshot;
use ringstorm::observe::observations::Censored;
use ringstorm::report::{
    Bundle, ReportError, TerminalOptions, archive, manifest, render, result_files, write,
};
use ringstorm::stats::{Results, Sample, summarise};

use super::synthetic::{plan, quiet_run, servers, storm_run};

/// Two policies, three replications; one of the second policy never recovers.
pub fn results() -> Results {
    let run = |dropped, back, time| Sample::of(&storm_run(dropped, back, time));
    let samples = vec![vec![
        vec![
            run(10, 10, Censored::At(9.0)),
            run(12, 12, Censored::At(11.0)),
            run(13, 13, Censored::At(12.5)),
        ],
        vec![
            run(20, 20, Censored::At(19.0)),
            run(22, 5, Censored::Beyond(100.0)),
            run(21, 21, Censored::At(20.0)),
        ],
    ]];
    let mut plan = plan(&["round robin", "drop \"all\", fast"], 3);
    plan.points[0].at = vec![
        ("clients.reconnect.exponential.cap".to_owned(), "\"5s\"".to_owned()),
        ("servers.count".to_owned(), "2".to_owned()),
    ];
    summarise(&plan, samples, vec![vec![servers(), servers()]])
}

fn text(bundle: &Bundle, name: &str) -> String {
    String::from_utf8(bundle.get(name).unwrap().to_vec()).unwrap()
}

/// The lines that hold one of these words.
fn lines(text: &str, words: &[&str]) -> String {
    let kept = text.lines().filter(|line| words.iter().any(|word| line.contains(word)));
    kept.collect::<Vec<&str>>().join("\n")
}

#[test]
fn the_summary_is_json_with_one_line_for_each_number() {
    let summary = text(&result_files(&results()), "summary.json");
    let parsed: serde_json::Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(parsed["points"][0]["policies"][1]["metrics"]["dropped"]["mean"], 21);
    let words = ["format", "seed", "replications", "at\"", "name", "\"dropped\"", "\"recover", "]"];
    let shown = lines(&summary, &words);
    let shown: Vec<&str> =
        shown.lines().filter(|line| !line.contains("\"values\": [0, 0, 0]")).collect();
    assert_snapshot!("summary", shown.join("\n"));
}

#[test]
fn the_tables_are_tidy() {
    let bundle = result_files(&results());
    assert_snapshot!("servers", text(&bundle, "servers.csv"));
    assert_snapshot!("latency", text(&bundle, "latency.csv"));
    let summary = text(&bundle, "summary.csv");
    assert_snapshot!("summary-csv", lines(&summary, &["point", "recover", ",dropped,"]));
    let replications = text(&bundle, "replications.csv");
    assert_snapshot!("replications", lines(&replications, &["point", "recovery_time"]));
    let series = text(&bundle, "timeseries.csv");
    assert_eq!(series.lines().count(), 1 + 2 * 13 * 4);
    assert!(series.starts_with("point,policy,series,t_s,mean,ci_low,ci_high\n"));
}

/// Of the second policy, replication 1 is cut off; here nobody is dropped in replication 2.
#[test]
fn a_replication_without_a_value_is_not_taken_for_one_that_was_cut_off() {
    let runs = |runs: [_; 3]| runs.iter().map(Sample::of).collect::<Vec<Sample>>();
    let back = || storm_run(20, 20, Censored::At(19.0));
    let cut = runs([back(), storm_run(22, 5, Censored::Beyond(100.0)), quiet_run()]);
    let samples = vec![vec![runs([back(), back(), back()]), cut]];
    let results = summarise(&plan(&["a", "b"], 3), samples, vec![vec![servers(), servers()]]);
    let bundle = result_files(&results);
    let replications = text(&bundle, "replications.csv");
    assert_eq!(
        lines(&replications, &[",b,recovery_time,"]),
        ",b,recovery_time,0,19\n,b,recovery_time,1,"
    );
    let summary: serde_json::Value = serde_json::from_str(&text(&bundle, "summary.json")).unwrap();
    let found = &summary["points"][0]["policies"][1]["metrics"]["recovery_time"];
    assert_eq!(found["values"], serde_json::json!([19, null, null]));
    assert_eq!((&found["censored"], &found["cut_off"]), (&1.into(), &serde_json::json!([1])));
    let said = render(&results, &TerminalOptions { width: 100, color: false, ascii: false });
    assert!(said.contains("b in 1 of 2 runs"), "{said}");
    // Read back, and from a version that did not say which.
    let again = archive::read(&archive::write(&results)).unwrap();
    assert_eq!(again, results);
    let mut older = results;
    older.points[0].cases[1].metrics.iter_mut().for_each(|metric| metric.cut_off.clear());
    let older = archive::read(&archive::write(&older)).unwrap();
    let found = older.points[0].cases[1].metrics.iter().find(|found| found.censored > 0).unwrap();
    assert!(found.is_cut_off(1) && !found.is_cut_off(0));
}

#[test]
fn time_series_keep_six_significant_digits() {
    let mut results = results();
    results.points[0].cases[0].series[0].mean[0] = 123_456_789.0;
    results.points[0].cases[0].series[0].ci_low[0] = -0.000_012_345_678;
    results.points[0].cases[0].series[0].ci_high[0] = -0.0;
    let series = text(&result_files(&results), "timeseries.csv");
    let row = series.lines().nth(1).unwrap();
    assert!(row.ends_with(",connected,1,123457000,-0.0000123457,0"), "{row}");
}

#[test]
fn the_manifest_lists_every_file_with_its_digest_and_nothing_of_the_machine() {
    let results = results();
    let mut bundle = Bundle::default();
    bundle.insert("charts/storm.svg", "<svg/>");
    bundle.insert("summary.json", "{}\n");
    manifest::add(&mut bundle, &results);
    let text = text(&bundle, manifest::NAME);
    let expected = format!(
        r#"{{
  "format": 1,
  "program": "ringstorm",
  "version": "{}",
  "scenario": {{"name":"invented","digest":"xxh3:0123456789abcdef"}},
  "seed": 7,
  "replications": 3,
  "files": {{
    "charts/storm.svg": {{"bytes":6,"digest":"{}"}},
    "summary.json": {{"bytes":3,"digest":"{}"}}
  }}
}}
"#,
        env!("CARGO_PKG_VERSION"),
        manifest::digest(b"<svg/>"),
        manifest::digest(b"{}\n"),
    );
    assert_eq!(text, expected);
    let once = bundle.clone();
    manifest::add(&mut bundle, &results);
    assert_eq!(bundle, once, "the manifest does not list itself");
}

#[test]
#[should_panic(expected = "no name of a file inside the results")]
fn a_bundle_takes_no_name_that_leads_out_of_it() {
    Bundle::default().insert("../summary.json", "");
}

/// A small bundle with a manifest.
fn bundle(content: &str) -> Bundle {
    let mut bundle = Bundle::default();
    bundle.insert("charts/storm.svg", content);
    bundle.insert("summary.json", content);
    manifest::add(&mut bundle, &results());
    bundle
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn results_are_written_with_their_folders_and_missing_parents() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("results/deep/invented");
    write(&bundle("one"), &target).unwrap();
    assert_eq!(names(&target), ["charts", "manifest.json", "summary.json"]);
    assert_eq!(fs::read_to_string(target.join("charts/storm.svg")).unwrap(), "one");
    assert_eq!(names(&place.path().join("results/deep")), ["invented"]);
}

#[test]
fn new_results_take_the_place_of_old_ones_whole() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("invented");
    let mut old = Bundle::default();
    old.insert("only-in-the-old.csv", "old");
    manifest::add(&mut old, &results());
    write(&old, &target).unwrap();
    write(&bundle("two"), &target).unwrap();
    assert_eq!(names(&target), ["charts", "manifest.json", "summary.json"]);
    assert_eq!(fs::read_to_string(target.join("summary.json")).unwrap(), "two");
    assert_eq!(names(place.path()), ["invented"], "nothing is left beside it");
}

#[test]
fn an_empty_directory_is_taken() {
    let place = tempfile::tempdir().unwrap();
    write(&bundle("one"), place.path()).unwrap();
    assert_eq!(names(place.path()), ["charts", "manifest.json", "summary.json"]);
}

#[test]
fn old_results_survive_a_write_that_fails() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("invented");
    write(&bundle("old"), &target).unwrap();
    let mut broken = bundle("new");
    broken.insert("x".repeat(300), "no file system takes such a name");
    let error = write(&broken, &target).unwrap_err();
    // It names what was asked for, and not the folder aside.
    assert!(error.to_string().contains(target.to_str().unwrap()), "{error}");
    assert!(matches!(error, ReportError::Io { action: "write", .. }), "{error}");
    assert_eq!(fs::read_to_string(target.join("summary.json")).unwrap(), "old");
    assert_eq!(names(place.path()), ["invented"], "nothing is left beside it");
}

#[test]
fn a_first_write_that_fails_leaves_nothing_not_even_parents() {
    let place = tempfile::tempdir().unwrap();
    let mut broken = bundle("new");
    broken.insert("x".repeat(300), "");
    write(&broken, &place.path().join("results/deep/invented")).unwrap_err();
    assert!(names(place.path()).is_empty());
}

#[test]
fn a_file_in_the_way_is_an_error_and_stays() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("invented");
    fs::write(&file, "mine").unwrap();
    let error = write(&bundle("new"), &file).unwrap_err();
    assert_eq!(error.to_string(), format!("`{}` is not a directory", file.display()));
    let error = write(&bundle("new"), &file.join("below")).unwrap_err();
    assert!(matches!(error, ReportError::Io { .. }), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(names(place.path()), ["invented"]);
}

#[test]
fn a_directory_with_files_of_others_is_never_replaced() {
    let place = tempfile::tempdir().unwrap();
    let foreign = |error: ReportError| match error {
        ReportError::Foreign { path } => path,
        other => panic!("{other}"),
    };
    // A directory that never held results.
    let home = place.path().join("home");
    fs::create_dir(&home).unwrap();
    fs::write(home.join("thesis.tex"), "years").unwrap();
    let path = foreign(write(&bundle("new"), &home).unwrap_err());
    assert!(path.ends_with("home/thesis.tex"));
    // Results with a note beside them, at the top or in a folder.
    for note in ["notes.md", "charts/notes.md", "mine/notes.md"] {
        let target = place.path().join(note.replace('/', "-"));
        write(&bundle("old"), &target).unwrap();
        fs::create_dir_all(target.join(note).parent().unwrap()).unwrap();
        fs::write(target.join(note), "keep").unwrap();
        foreign(write(&bundle("new"), &target).unwrap_err());
        assert_eq!(fs::read_to_string(target.join(note)).unwrap(), "keep");
        assert_eq!(fs::read_to_string(target.join("summary.json")).unwrap(), "old");
    }
    // A damaged manifest vouches for nothing.
    let target = place.path().join("damaged");
    write(&bundle("old"), &target).unwrap();
    fs::write(target.join("manifest.json"), "{").unwrap();
    foreign(write(&bundle("new"), &target).unwrap_err());
}

#[cfg(unix)]
#[test]
fn a_link_to_results_stays_a_link() {
    let place = tempfile::tempdir().unwrap();
    let (real, link) = (place.path().join("real"), place.path().join("link"));
    write(&bundle("old"), &real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    write(&bundle("new"), &link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(real.join("summary.json")).unwrap(), "new");
}

#[test]
fn whether_results_can_be_written_is_known_before_and_asking_leaves_no_trace() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path().join("home");
    fs::create_dir(&home).unwrap();
    fs::write(home.join("thesis.tex"), "years").unwrap();
    write(&bundle("old"), &place.path().join("invented")).unwrap();
    let judged = |name: &str| write::check(&place.path().join(name));
    assert!(matches!(judged("home"), Err(ReportError::Foreign { .. })));
    assert!(matches!(judged("home/thesis.tex"), Err(ReportError::NotADirectory { .. })));
    assert!(matches!(judged("home/thesis.tex/below"), Err(ReportError::Io { .. })));
    judged("invented").unwrap();
    judged("results/deep/invented").unwrap();
    assert_eq!(names(place.path()), ["home", "invented"]);
    assert_eq!(names(&home), ["thesis.tex"]);
}

/// As a batch system starts them: some only ask, and take away what they made for it.
#[test]
fn many_at_once_into_parents_that_are_not_there_yet_all_succeed() {
    for _ in 0..40 {
        let place = tempfile::tempdir().unwrap();
        let parent = place.path().join("results/deep");
        let start = Barrier::new(8);
        std::thread::scope(|scope| {
            for worker in 0..8 {
                let (parent, start) = (&parent, &start);
                scope.spawn(move || {
                    let target = parent.join(format!("part-{worker}"));
                    start.wait();
                    for _ in 0..5 {
                        write::check(&target).unwrap();
                    }
                    write(&bundle("one"), &target).unwrap();
                });
            }
        });
        assert_eq!(names(&parent).len(), 8);
        assert_eq!(names(place.path()), ["results"]);
    }
}

#[cfg(unix)]
#[test]
fn a_file_behind_links_is_replaced_and_the_links_stay() {
    use std::os::unix::fs::symlink;
    let place = tempfile::tempdir().unwrap();
    let (folder, first) = (place.path().join("folder"), place.path().join("first"));
    fs::create_dir(&folder).unwrap();
    // The second link is relative to its own folder, and leads to a file that is not there yet.
    symlink(folder.join("second"), &first).unwrap();
    symlink("real.svg", folder.join("second")).unwrap();
    for content in ["one", "two"] {
        write::file(content.as_bytes(), &first).unwrap();
        assert_eq!(fs::read_to_string(folder.join("real.svg")).unwrap(), content);
    }
    assert!(fs::symlink_metadata(&first).unwrap().is_symlink());
    assert_eq!(names(&folder), ["real.svg", "second"]);
    symlink("loop", folder.join("loop")).unwrap();
    write::file(b"three", &folder.join("loop")).unwrap_err();
    assert_eq!(names(&folder), ["loop", "real.svg", "second"]);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_written_to_and_stays_a_pipe() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let place = tempfile::tempdir().unwrap();
    let (pipe, link) = (place.path().join("pipe"), place.path().join("link"));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    symlink("pipe", &link).unwrap();
    for target in [&pipe, &link] {
        let heard = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        // Opening waits for the reader, so nothing is lost however late it is.
        write::file(b"<svg/>", target).unwrap();
        assert_eq!(heard.join().unwrap(), "<svg/>");
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    }
    assert_eq!(names(place.path()), ["link", "pipe"], "nothing is left beside it");
}
