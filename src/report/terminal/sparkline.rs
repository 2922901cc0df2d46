//! One sparkline for each policy, on one scale.

use super::line::{Glyphs, Line, NAME, Paint, columns, left, wrap};
use super::number::{clock, short};
use crate::observe::SeriesId;
use crate::stats::{Band, CaseResults, Marker, PointResults};

/// Cells of a sparkline.
const CELLS: usize = 40;
/// Events that are named; more are counted.
const EVENTS: usize = 3;

/// Clients offline where clients were dropped, else the connections of the busiest
/// server; nothing where that is always 0.
pub fn sparklines(
    point: &PointResults,
    replications: u32,
    width: usize,
    glyphs: &Glyphs,
) -> Vec<Line> {
    let stormy = point.cases.iter().any(|case| !case.storms.is_empty());
    let (id, what) = if stormy {
        (SeriesId::Trying, "Clients offline")
    } else {
        (SeriesId::Busiest, "Connections of the busiest server")
    };
    let names: Vec<String> =
        point.cases.iter().map(|case| glyphs.fit(&glyphs.clean(&case.policy), NAME)).collect();
    let name = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    let bands: Vec<Option<&Band>> = point.cases.iter().map(|case| band(case, id)).collect();
    let steps = bands.iter().flatten().map(|band| band.mean.len()).max().unwrap_or(0);
    let markers = point.marks();
    let room = width.saturating_sub(name + 2 + markers.len().min(CELLS));
    let cells = steps.min(CELLS).min(room);
    let highest = bands.iter().flatten().flat_map(|band| &band.mean).copied().fold(0.0, f64::max);
    if cells == 0 || highest <= 0.0 {
        return Vec::new();
    }
    let of =
        if replications > 1 { format!(", mean of {replications} runs") } else { String::new() };
    let end = clock(point.duration.as_secs_f64());
    let heading = format!("{what}{of}: 0 to {}, over {end}", short(highest));
    let mut lines = vec![Line::default()];
    lines.extend(headings(&heading, &markers, width, glyphs));
    let at = event_cells(&markers, point.step.as_secs_f64(), steps, cells);
    for ((case, name_text), band) in point.cases.iter().zip(&names).zip(bands) {
        let values = band.map_or_else(Vec::new, |band| binned(&band.mean, steps, cells));
        let mut line = Line::of(Paint::Policy(case.hue), left(name_text, name + 2));
        line.push(Paint::Policy(case.hue), drawn(&values, highest, &at, glyphs));
        lines.push(line);
    }
    lines
}

fn band(case: &CaseResults, id: SeriesId) -> Option<&Band> {
    case.series.iter().find(|band| band.id == id)
}

/// What is drawn, and what the rules in it are: "│ 1:00 +1 server, 2:00 −1 crash".
fn headings(heading: &str, markers: &[Marker], width: usize, glyphs: &Glyphs) -> Vec<Line> {
    if markers.is_empty() {
        return wrap(Paint::Plain, heading, width);
    }
    let named: Vec<String> = markers
        .iter()
        .take(EVENTS)
        .map(|marker| format!("{} {}", clock(marker.at), glyphs.clean(&marker.label)))
        .collect();
    let more = match markers.len().saturating_sub(EVENTS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let events = format!("{} {}{more}", glyphs.event, named.join(", "));
    let together = format!("{heading}; {events}");
    if columns(&together) <= width {
        return vec![Line::of(Paint::Plain, together)];
    }
    let mut lines = wrap(Paint::Plain, heading, width);
    lines.extend(wrap(Paint::Plain, &events, width));
    lines
}

/// The cells before which an event is drawn, each once, rising: those with the first sample
/// that shows it. A sample is taken at the end of its step, after what happens then.
fn event_cells(markers: &[Marker], step: f64, steps: usize, cells: usize) -> Vec<usize> {
    let cell_of = |marker: &Marker| {
        // A time in seconds is not exact; a part in a million of a step is no step.
        let sample = (marker.at / step - 1e-6).ceil() as usize;
        let sample = sample.saturating_sub(1);
        (0..cells).find(|&cell| sample < first_sample(cell + 1, steps, cells)).unwrap_or(cells)
    };
    let mut at: Vec<usize> = markers.iter().map(cell_of).collect();
    at.dedup();
    at
}

/// The first sample of a cell.
const fn first_sample(cell: usize, steps: usize, cells: usize) -> usize {
    cell * steps / cells
}

/// The highest value in each cell, so that no peak is lost.
fn binned(values: &[f64], steps: usize, cells: usize) -> Vec<f64> {
    let bound = |cell: usize| first_sample(cell, steps, cells).min(values.len());
    (0..cells)
        .map(|cell| values[bound(cell)..bound(cell + 1)].iter().copied().fold(0.0, f64::max))
        .collect()
}

fn drawn(values: &[f64], highest: f64, events: &[usize], glyphs: &Glyphs) -> String {
    let top = glyphs.levels.len() - 1;
    let mut text = String::new();
    for (cell, value) in values.iter().enumerate() {
        if events.contains(&cell) {
            text.push(glyphs.event);
        }
        let level = (value / highest * top as f64).round() as usize;
        text.push(glyphs.levels[level.min(top)]);
    }
    if events.contains(&values.len()) {
        text.push(glyphs.event);
    }
    text
}
