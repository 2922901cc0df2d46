//! The charts by name: which there are, in which order they are read, and one at a time.

use super::figure::Figure;
use super::layout::Size;
use super::messages::{Frame, Messages};
use super::theme::Theme;
use super::{
    cases, final_load, forest, frontier, heat, latency_heat, load, messages, moved, phase, storm,
    svg, sweep,
};
use crate::stats::{PointResults, Results};

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

/// With more servers than this, every one as a row tells more than their quartiles.
const MANY_SERVERS: usize = 64;

/// Of a sweep with more points than this, a page shows only what spans the points; those
/// of one point can be had by name.
const MOST_POINTS: usize = 12;

/// All charts that the results have data for, as values, each with the data that drew it;
/// on wide sheets. In the order of [`NAMES`], but for more than 64 servers, where the heat
/// map comes before the quartiles. A sweep of more than 12 points has only those charts
/// that span its points.
pub fn figures(results: &Results) -> Vec<(Figure, String)> {
    let mut names = NAMES;
    let cases = || results.points.iter().flat_map(|point| &point.cases);
    if cases().any(|case| case.servers.lives.len() > MANY_SERVERS) {
        names.swap(0, 1);
    }
    let spans = |name: &&str| matches!(*name, "sweep" | "frontier" | "phase");
    let few = results.points.len() <= MOST_POINTS;
    let shown = names.iter().filter(|name| few || spans(name));
    shown.flat_map(|kind| of_kind(results, kind, Size::Wide)).collect()
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
        "forest" => points(results)
            .filter_map(|(number, point)| forest::figure(results, point, number, size))
            .collect(),
        "final-load" => {
            selections().iter().filter_map(|s| final_load::figure(results, s, size)).collect()
        }
        "moved" => selections().iter().filter_map(|s| moved::figure(results, s, size)).collect(),
        "sweep" => sweep::figure(results, size).into_iter().collect(),
        "frontier" => frontier::figure(results, size).into_iter().collect(),
        "phase" => phase::figure(results, size).into_iter().collect(),
        "reconnect-storm" => {
            selections().iter().filter_map(|s| storm::figure(results, s, size)).collect()
        }
        "broker" => of_messages(results, size, messages::broker::figure),
        "delivery-cdf" => of_messages(results, size, messages::delivery::figure),
        "lost" => of_messages(results, size, messages::lost::figure),
        _ => Vec::new(),
    }
}

/// The points, with their numbers from 1 where there are several.
fn points(results: &Results) -> impl Iterator<Item = (Option<usize>, &PointResults)> {
    let several = results.points.len() > 1;
    results
        .points
        .iter()
        .enumerate()
        .map(move |(index, point)| (several.then_some(index + 1), point))
}

/// Draws a chart of messages.
type DrawMessages = fn(&[Messages], &Frame, Size) -> Option<(Figure, String)>;

/// The charts of messages of a kind.
fn of_messages(results: &Results, size: Size, draw: DrawMessages) -> Vec<(Figure, String)> {
    let selections = cases::selections(results);
    let drawn = selections.iter().filter_map(|selection| {
        let messages: Vec<Messages> = selection.cases.iter().map(Messages::of).collect();
        draw(&messages, &Frame::of(results, selection), size)
    });
    drawn.collect()
}
