//! The charts by name: which there are, in which order they are read, and one at a time.

use super::figure::Figure;
use super::layout::Size;
use super::theme::Theme;
use super::{cases, final_load, heat, latency_heat, load, storm, svg};
use crate::stats::Results;

/// Every kind of chart, in the order of reading. A sweep may have several of a kind, whose
/// names end with the number of the point: `load-distribution-3`.
pub const NAMES: [&str; 13] = [
    "load-distribution",
    "load-heat",
    "final-load",
    "reconnect-storm",
    "latency-heat",
    "forest",
    "moved",
    "sweep",
    "frontier",
    "phase",
    "broker",
    "delivery-cdf",
    "lost",
];

/// All charts that the results have data for, as values, each with the data that drew it;
/// on wide sheets.
pub fn figures(results: &Results) -> Vec<(Figure, String)> {
    NAMES.iter().flat_map(|kind| of_kind(results, kind, Size::Wide)).collect()
}

/// One chart by name, with the data that drew it: a kind (the first of them), or one with
/// its number. `None` when there is no such name or the results have no data for it.
pub fn figure(results: &Results, name: &str, size: Size) -> Option<(Figure, String)> {
    let kind = NAMES.iter().find(|kind| is_of(name, kind))?;
    let mut found = of_kind(results, kind, size).into_iter();
    if name == *kind { found.next() } else { found.find(|(figure, _)| figure.name == name) }
}

/// One chart by name as an SVG; see [`figure`].
pub fn draw(results: &Results, name: &str, theme: Theme, size: Size) -> Option<String> {
    figure(results, name, size).map(|(figure, _)| svg::render(&figure, theme))
}

/// What a chart shows, in words: its title and the numbers that carry it; see [`figure`].
pub fn alt_text(results: &Results, name: &str) -> Option<String> {
    figure(results, name, Size::Wide).map(|(figure, _)| figure.alt)
}

/// Whether a name is that of a kind, or of a numbered chart of it.
fn is_of(name: &str, kind: &str) -> bool {
    let Some(rest) = name.strip_prefix(kind) else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    rest.is_empty() || rest.strip_prefix('-').is_some_and(is_number)
}

fn of_kind(results: &Results, kind: &str, size: Size) -> Vec<(Figure, String)> {
    let selections = || cases::selections(results);
    match kind {
        "load-distribution" => {
            selections().iter().filter_map(|s| load::figure(results, s, size)).collect()
        }
        "load-heat" => selections().iter().filter_map(|s| heat::figure(results, s, size)).collect(),
        "latency-heat" => {
            selections().iter().filter_map(|s| latency_heat::figure(results, s, size)).collect()
        }
        "final-load" => {
            selections().iter().filter_map(|s| final_load::figure(results, s, size)).collect()
        }
        "reconnect-storm" => {
            selections().iter().filter_map(|s| storm::figure(results, s, size)).collect()
        }
        _ => Vec::new(),
    }
}
