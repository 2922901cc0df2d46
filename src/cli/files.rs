//! Every file of a result, from the results alone: the same after a run and when it is
//! drawn again. Where nothing is drawn there are no charts and no page; the summary for a
//! pull request needs neither.

use rayon::prelude::*;

use super::arguments::Charts;
use super::failure::Failure;
use crate::chart::{self, Chart};
use crate::report::{self, Bundle, html, markdown};
use crate::stats::Results;

/// Result files, charts, page and summary; last the manifest of all of them.
pub(super) fn all(results: &Results, charts: Charts) -> Result<Bundle, Failure> {
    if charts == Charts::None {
        return Ok(undrawn(results, Vec::new()));
    }
    let mut bundle = report::result_files(results);
    let drawn = chart::draw_all(results);
    add_charts(&mut bundle, &drawn, charts);
    bundle.insert(html::NAME, html::page(results, &drawn));
    let pictures = if charts == Charts::Svg { "svg" } else { "png" };
    bundle.insert(markdown::NAME, markdown::render(results, &drawn, pictures));
    if matches!(charts, Charts::Png | Charts::Both) {
        for (name, png) in raster(results, &drawn)? {
            bundle.insert(name, png);
        }
    }
    report::manifest::add(&mut bundle, results);
    Ok(bundle)
}

/// The same without drawing; `before`, with names, is what was drawn of these results before.
pub(super) fn undrawn(results: &Results, before: Vec<(String, Vec<u8>)>) -> Bundle {
    let mut bundle = report::result_files(results);
    bundle.insert(markdown::NAME, markdown::render(results, &[], "svg"));
    for (name, bytes) in before {
        bundle.insert(name, bytes);
    }
    report::manifest::add(&mut bundle, results);
    bundle
}

/// Whether a file of this name is drawn, or shows what is.
pub(super) fn is_drawn(name: &str) -> bool {
    let is_chart = |file: &str| !file.contains(['/', '\\']) && !matches!(file, "" | "." | "..");
    matches!(name, html::NAME | markdown::NAME)
        || name.strip_prefix("charts/").is_some_and(is_chart)
}

fn add_charts(bundle: &mut Bundle, drawn: &[Chart], charts: Charts) {
    for chart in drawn {
        bundle.insert(format!("charts/{}.csv", chart.name), chart.csv.clone());
        bundle.insert(format!("charts/{}.txt", chart.name), format!("{}\n", chart.alt));
        if matches!(charts, Charts::Svg | Charts::Both) {
            bundle.insert(format!("charts/{}.svg", chart.name), chart.svg_light.clone());
            bundle.insert(format!("charts/{}-dark.svg", chart.name), chart.svg_dark.clone());
        }
    }
}

/// The PNG files of all charts.
fn raster(results: &Results, charts: &[Chart]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let pictures: Vec<(String, &str)> = charts
        .iter()
        .flat_map(|chart| {
            [
                (format!("charts/{}.png", chart.name), chart.svg_light.as_str()),
                (format!("charts/{}-dark.png", chart.name), chart.svg_dark.as_str()),
            ]
        })
        .collect();
    pictures
        .into_par_iter()
        .map(|(name, svg)| {
            chart::png(svg)
                .map(|png| (name, png))
                .map_err(|source| Failure::Chart { scenario: results.name.clone(), source })
        })
        .collect()
}
