//! The page as a browser shows it: no request, no error, everything legible at every width,
//! on light and dark pages and on paper; and what its script adds.

mod devtools;

use std::fs;
use std::path::{Path, PathBuf};

use ringstorm::chart::draw_all;
use ringstorm::report::html::page;
use ringstorm::stats::Results;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::charts::gallery::gallery;
use super::report;
use devtools::Page;

/// The script that finds what is wrong with how a page looks.
fn inspection() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join("tests/it/browser/inspect.js")).unwrap()
}

/// A phone, a tablet and a desk, in px; dark at one of them, as colours do not
/// depend on the width.
const VIEWS: [(&str, u32); 4] = [("light", 400), ("light", 960), ("light", 1600), ("dark", 960)];

/// A4 without its margins, in px of 1/96 inch.
const PAPER: u32 = 702;

/// Runs a test in a browser. Where none is installed the test says so and is skipped,
/// unless it runs for a change that is to land (`CI`): there it fails.
#[expect(clippy::print_stdout, reason = "whoever skips a test must be told")]
fn in_browser<F: Future<Output = ()>>(test: impl FnOnce(PathBuf) -> F) {
    let Some(browser) = devtools::installed() else {
        assert!(std::env::var_os("CI").is_none(), "no Chromium: install the package `chromium`");
        println!("skipped: no Chromium on the PATH");
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test(browser));
}

/// Results of all shapes that a page must cope with.
const SHAPES: [&str; 6] = ["four", "storms", "eight", "thousand", "sweep", "long-names"];

/// Pages of these results, and of one with every metric, written into a folder.
fn pages(folder: &Path, shapes: &[&str]) -> Vec<(String, PathBuf)> {
    let mut all: Vec<(&str, Results)> = vec![("invented", report::results())];
    all.extend(gallery().into_iter().filter(|(name, _)| shapes.contains(name)));
    assert_eq!(all.len(), shapes.len() + 1);
    let write = |(name, results): (&str, Results)| {
        let file = folder.join(format!("{name}.html"));
        fs::write(&file, page(&results, &draw_all(&results))).unwrap();
        (name.to_owned(), file)
    };
    all.into_iter().map(write).collect()
}

async fn look(page: &mut Page, media: &str, scheme: &str, width: u32) {
    let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
    page.call("Emulation.setDeviceMetricsOverride", metrics).await;
    let scheme = json!([{"name": "prefers-color-scheme", "value": scheme}]);
    let media = json!({"media": media, "features": scheme});
    page.call("Emulation.setEmulatedMedia", media).await;
}

/// Messages of the console, exceptions, and requests for anything but the page itself.
fn misdeeds(page: &Page, file: &Path) -> Vec<String> {
    let own = format!("file://{}", file.display());
    let told = |(method, event): &(String, Value)| match method.as_str() {
        "Network.requestWillBeSent" => {
            let url = event["request"]["url"].as_str().unwrap_or_default();
            (url != own && !url.starts_with("data:")).then(|| format!("requests {url}"))
        }
        "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded" => {
            Some(format!("{method}: {event}"))
        }
        _ => None,
    };
    page.events.iter().filter_map(told).collect()
}

#[test]
fn pages_are_legible_at_every_width_in_light_and_dark_and_ask_for_nothing() {
    in_browser(async |browser| {
        let folder = TempDir::new().unwrap();
        let mut page = Page::open(&browser).await;
        let mut wrong = Vec::new();
        for (name, file) in pages(folder.path(), &SHAPES) {
            page.show(&file).await;
            for (scheme, width) in VIEWS {
                look(&mut page, "screen", scheme, width).await;
                for fault in page.run(&inspection()).await.as_array().unwrap() {
                    wrong.push(format!("{name}, {scheme}, {width} px: {fault}"));
                }
            }
            let misdeeds = misdeeds(&page, &file);
            wrong.extend(misdeeds.into_iter().map(|misdeed| format!("{name}: {misdeed}")));
        }
        page.close().await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn everything_unfolded_is_legible_too() {
    in_browser(async |browser| {
        let folder = TempDir::new().unwrap();
        let mut page = Page::open(&browser).await;
        let mut wrong = Vec::new();
        for (name, file) in pages(folder.path(), &["sweep", "long-names"]) {
            page.show(&file).await;
            page.run("document.querySelectorAll('details').forEach(d => { d.open = true; })").await;
            for width in [400, 1600] {
                look(&mut page, "screen", "dark", width).await;
                for fault in page.run(&inspection()).await.as_array().unwrap() {
                    wrong.push(format!("{name}, {width} px: {fault}"));
                }
            }
        }
        page.close().await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn paper_is_light_and_loses_nothing_at_its_edge() {
    in_browser(async |browser| {
        let folder = TempDir::new().unwrap();
        let mut page = Page::open(&browser).await;
        for (name, file) in pages(folder.path(), &["four", "long-names"]) {
            page.show(&file).await;
            // A reader whose system is dark prints on white paper all the same.
            look(&mut page, "print", "dark", PAPER).await;
            let ground = page.run("getComputedStyle(document.body).backgroundColor").await;
            assert_eq!(ground, "rgb(255, 255, 255)", "{name}");
            let faults = page.run(&inspection()).await;
            assert_eq!(faults, json!([]), "{name} on paper");
            let printed = page.call("Page.printToPDF", json!({"preferCSSPageSize": true})).await;
            let pdf = printed["data"].as_str().unwrap();
            // `%PDF-` in base 64.
            assert!(pdf.starts_with("JVBERi") && pdf.len() > 20_000, "{name}");
        }
        page.close().await;
    });
}

#[test]
fn the_script_sorts_hides_and_points_at_one_instant_in_all_plots() {
    in_browser(async |browser| {
        let folder = TempDir::new().unwrap();
        let mut page = Page::open(&browser).await;
        let file = folder.path().join("four.html");
        let (_, results) = gallery().into_iter().find(|(name, _)| *name == "four").unwrap();
        fs::write(&file, ringstorm::report::html::page(&results, &draw_all(&results))).unwrap();
        page.show(&file).await;
        look(&mut page, "screen", "light", 960).await;
        sorts(&mut page).await;
        hides(&mut page).await;
        points(&mut page).await;
        assert_eq!(misdeeds(&page, &file), Vec::<String>::new());
        page.close().await;
    });
}

async fn sorts(page: &mut Page) {
    let values = "Array.from(document.querySelectorAll('#figures tbody tr')).map(r => \
                  r.children[1].dataset.value === undefined ? Infinity : Number(r.children[1].dataset.value))";
    let click = "document.querySelectorAll('#figures thead button')[1].click()";
    let sorted = |values: &Value, rising: bool| {
        let values: Vec<f64> =
            values.as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        assert!(values.len() > 2, "{values:?}");
        values.windows(2).all(|pair| if rising { pair[0] <= pair[1] } else { pair[0] >= pair[1] })
    };
    for rising in [true, false] {
        page.run(click).await;
        let values = page.run(values).await;
        assert!(sorted(&values, rising), "{values}");
    }
}

async fn hides(page: &mut Page) {
    let shown = "document.querySelectorAll('#figures tr[data-policy]:not(.hidden)').length";
    let veils = "document.querySelectorAll('.veil:not(.hidden)').length";
    let before = page.run(shown).await.as_u64().unwrap();
    page.run("document.querySelector('.tools button').click()").await;
    assert_eq!(page.run(shown).await, before - 1);
    assert!(page.run(veils).await.as_u64().unwrap() > 0, "its panels are veiled");
    page.run("document.querySelector('.tools button').click()").await;
    assert_eq!(page.run(shown).await, before);
    assert_eq!(page.run(veils).await, 0);
}

async fn points(page: &mut Page) {
    let middle = "(function () { var plot = document.querySelector('figure svg .plot'); \
                  plot.scrollIntoView({block: 'center'}); \
                  var box = plot.getBoundingClientRect(); \
                  return [box.left + box.width / 2, box.top + box.height / 2]; })()";
    let at = page.run(middle).await;
    let event = json!({"type": "mouseMoved", "x": at[0], "y": at[1]});
    page.call("Input.dispatchMouseEvent", event).await;
    let cursors = "[document.querySelectorAll('.cursor:not(.hidden)').length, \
                   document.querySelector('.moment').textContent, \
                   Number(document.querySelector('.plot').dataset.end)]";
    let told = page.run(cursors).await;
    assert!(told[0].as_u64().unwrap() >= 4, "one instant in every plot: {told}");
    // Half of the run, as a clock shows it.
    let half = told[2].as_f64().unwrap() / 2.0;
    let (minutes, seconds) = told[1].as_str().unwrap().split_once(':').unwrap();
    let said: f64 = minutes.parse::<f64>().unwrap() * 60.0 + seconds.parse::<f64>().unwrap();
    assert!((said - half).abs() <= 0.01 * half, "{told}");
}
