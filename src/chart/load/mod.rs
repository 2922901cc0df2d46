//! `load-distribution`: connections per server over time, one panel a policy.

pub mod spread;
mod words;

use super::axis::{self, TimeStyle, ValueAxis};
use super::cases::{Case, Selection};
use super::figure::{Anchor, Figure, Label, Position, merged};
use super::finding::{self, LoadFacts};
use super::layout::{self, Panel, Size};
use super::place::{self, Ink};
use super::theme::Role;
use super::{events, words as numbers};
use crate::policy::Hue;
use crate::stats::Results;
use crate::stats::SeriesId;
use spread::{Group, LoadSeries, Spread, load_series};

const FIRST_PLOT: f64 = 130.0;
const ROW_GAP: f64 = 76.0;
const BELOW: f64 = 74.0;
/// Space above the highest tick, for the names of events.
const HEADROOM: f64 = 16.0;

/// A panel with what it shows.
struct Shown<'a> {
    case: &'a Case<'a>,
    series: LoadSeries,
    facts: LoadFacts,
    panel: Panel,
}

/// Draws the chart of a selection, with its data; `None` when no case has a server series.
pub fn figure(
    results: &Results,
    selection: &Selection<'_>,
    size: Size,
) -> Option<(Figure, String)> {
    let shown = panels(selection, size);
    let bottom = shown.iter().map(|shown| shown.panel.bottom()).reduce(f64::max)?;
    let cases: Vec<Case<'_>> = shown.iter().map(|shown| shown.case.clone()).collect();
    let facts: Vec<LoadFacts> = shown.iter().map(|shown| shown.facts.clone()).collect();
    let title = finding::load_title(&cases, &facts, size);
    let words = layout::Words {
        name: selection.file_stem("load-distribution"),
        alt: words::alt(&title, &shown),
        title,
        subtitles: words::subtitles(results, selection, &shown),
    };
    let mut figure = layout::sheet(words, size, bottom + BELOW);
    let mut inks: Vec<Ink> = Vec::new();
    let mut named = events::Named::default();
    for shown in &shown {
        let names_events = named.is_due(shown.case.index);
        inks.push(draw_panel(&mut figure, shown, names_events));
    }
    name_marks(&mut figure, &shown, &mut inks);
    layout::footer(&mut figure, &words::footers(results, selection, &shown));
    Some((figure, words::csv(&shown)))
}

/// The panels, with one scale for all.
fn panels<'a>(selection: &'a Selection<'a>, size: Size) -> Vec<Shown<'a>> {
    let found: Vec<(&Case<'_>, LoadSeries)> =
        selection.cases.iter().filter_map(|case| Some((case, load_series(case)?))).collect();
    let count = found.len();
    let across = match count {
        0 | 1 => 1,
        3 => 3,
        2..=6 => 2,
        _ => 3,
    };
    let across = across.min(size.most_columns());
    let columns = layout::columns(size, across);
    let height = if count <= across { 260.0 } else { 152.0 };
    let end = found.iter().map(|(case, _)| case.length()).fold(0.0, f64::max);
    let highest = found.iter().map(|(_, series)| highest(series)).fold(0.0, f64::max);
    let most = axis::most_ticks(columns[0].1, false);
    let time = axis::time_axis(0.0, end, most, TimeStyle::Elapsed);
    let value = axis::value_axis(highest, true, height - HEADROOM);
    found
        .into_iter()
        .enumerate()
        .map(|(index, (case, series))| {
            let (left, width) = columns[index % across];
            let top = FIRST_PLOT + (index / across) as f64 * (height + ROW_GAP);
            let (time, value) = (time.clone(), ValueAxis::clone(&value));
            let panel = Panel { left, top, width, height, headroom: HEADROOM, time, value };
            Shown { case, facts: facts(case, &series), series, panel }
        })
        .collect()
}

fn highest(series: &LoadSeries) -> f64 {
    series.fair.iter().flatten().map(|point| point.1).fold(series.highest, f64::max)
}

/// From the metrics, so that chart and tables agree; else from the shown run.
fn facts(case: &Case<'_>, series: &LoadSeries) -> LoadFacts {
    let fair = series.fair_at_end().filter(|fair| *fair > 0.0);
    let over_fair = |connections: Option<f64>| Some(connections? / fair?);
    let last = |id| case.median(id).last().copied().unwrap_or(0.0);
    let (connected, offline) = (last(SeriesId::Connected), last(SeriesId::Trying));
    let online = if connected > 0.0 { connected / (connected + offline) } else { 1.0 };
    let over_mean = |connections| over_fair(connections).map(|of_fair| of_fair / online);
    LoadFacts {
        moved: case.moved(),
        busiest: case.mean("imbalance_end").or_else(|| over_mean(series.busiest_at_end())),
        newest: case.mean("newest_share").or_else(|| over_mean(series.newest_at_end())),
        online,
    }
}

/// Draws a panel and tells what covers it.
fn draw_panel(figure: &mut Figure, shown: &Shown<'_>, names_events: bool) -> Ink {
    let (panel, series) = (&shown.panel, &shown.series);
    let mut ink = Ink::new(panel.bounds());
    let hue = shown.case.found.hue;
    layout::panel_head(
        figure,
        (panel.left, panel.width),
        panel.top - 31.0,
        (&shown.case.name, Role::Words(hue)),
        &words::fact_lines(&shown.facts),
    );
    panel.under(figure, is_first_column(panel));
    events::draw(figure, panel, &shown.case.point.marks(), names_events, &mut ink);
    for (group, role) in groups(series, hue) {
        draw_bands(figure, shown, group, role, &mut ink);
    }
    for stretch in &series.fair {
        let points = merged(held(shown, stretch, |share| *share));
        ink.line(&points);
        figure.reference(points);
    }
    for (group, role) in groups(series, hue) {
        for stretch in &group.stretches {
            let median = merged(held(shown, stretch, |spread| spread.median));
            ink.line(&median);
            figure.line(median, role, 1.8);
        }
    }
    panel.over(figure, true);
    ink
}

fn is_first_column(panel: &Panel) -> bool {
    panel.left <= layout::GUTTER
}

fn groups(series: &LoadSeries, hue: Hue) -> [(&Group, Role); 2] {
    [(&series.old, Role::Mark(hue)), (&series.new, Role::Ink)]
}

fn draw_bands(figure: &mut Figure, shown: &Shown<'_>, group: &Group, role: Role, ink: &mut Ink) {
    if group.servers < 2 {
        return;
    }
    for stretch in &group.stretches {
        let outer = (
            held(shown, stretch, |spread| spread.maximum),
            held(shown, stretch, |spread| spread.minimum),
        );
        let inner = (
            held(shown, stretch, |spread| spread.upper),
            held(shown, stretch, |spread| spread.lower),
        );
        ink.band(&outer.0, &outer.1);
        figure.area(closed(outer), role, 0.16);
        figure.area(closed(inner), role, 0.30);
    }
}

/// A stretch as steps: a sample shows how things are at its instant, and holds until the next,
/// so that nothing is drawn before its cause.
fn held<T>(shown: &Shown<'_>, stretch: &[(f64, T)], value: fn(&T) -> f64) -> Vec<Position> {
    let nexts = stretch.iter().skip(1).map(|(time, _)| *time);
    let end = stretch.last().map(|(time, _)| time + shown.series.bin);
    let steps = stretch.iter().zip(nexts.chain(end));
    let at = |time: f64, sample: &T| shown.panel.at(time, value(sample));
    steps.flat_map(|((time, sample), next)| [at(*time, sample), at(next, sample)]).collect()
}

fn closed((upper, lower): (Vec<Position>, Vec<Position>)) -> Vec<Position> {
    merged(upper).into_iter().chain(merged(lower).into_iter().rev()).collect()
}

/// Names each kind of mark once, in the first panel where there is room.
fn name_marks(figure: &mut Figure, shown: &[Shown<'_>], inks: &mut [Ink]) {
    let group_name = |shown: &Shown<'_>, new: bool| {
        let group = if new { &shown.series.new } else { &shown.series.old };
        let noun = match (new, shown.series.new.servers) {
            (true, _) => "new server",
            (false, 0) => "server",
            (false, _) => "old server",
        };
        match shown.series.left_at_end(group) {
            0 => numbers::counted(group.servers as u64, noun),
            left if left == group.servers => numbers::counted(left as u64, noun),
            left => format!("{left} of {}", numbers::counted(group.servers as u64, noun)),
        }
    };
    let old = |shown: &Shown<'_>| {
        let label = Label::new(group_name(shown, false), (0.0, 0.0), words_role(shown)).strong();
        beside(shown, &shown.series.old.stretches, &label, Side::Either)
    };
    let new = |shown: &Shown<'_>| {
        let label = Label::new(group_name(shown, true), (0.0, 0.0), Role::Ink).strong();
        beside(shown, &shown.series.new.stretches, &label, Side::Either)
    };
    let busiest = |shown: &Shown<'_>| extreme(shown, "busiest", Side::Above);
    let idlest = |shown: &Shown<'_>| extreme(shown, "idlest", Side::Below);
    let mut write = |candidates: Vec<Vec<Label>>, needed: bool| {
        if let Some((_, label)) = place::find(inks, &candidates, needed) {
            figure.text(label);
        }
    };
    write(shown.iter().map(old).collect(), true);
    write(shown.iter().map(new).collect(), true);
    write(shown.iter().map(fair_places).collect(), true);
    write(shown.iter().map(busiest).collect(), false);
    write(shown.iter().map(idlest).collect(), false);
}

/// Places for the name of the fair share, each with the share that it has there.
fn fair_places(shown: &Shown<'_>) -> Vec<Label> {
    let Some(end) = shown.series.fair_at_end() else { return Vec::new() };
    let labelled = |share: f64| {
        let text = format!("fair share {}", numbers::compact(share));
        Label::new(text, (0.0, 0.0), Role::Ink)
    };
    let place = |of_width: f64| {
        let middle = middle(&shown.panel, &labelled(end), of_width);
        let is_before = |point: &(f64, f64)| shown.panel.x(point.0) <= middle;
        let mut stretches = shown.series.fair.iter().rev();
        let stretch = stretches.find(|stretch| stretch.first().is_some_and(is_before));
        let Some(stretch) = stretch else { return Vec::new() };
        let here = stretch.iter().rev().find(|point| is_before(point)).map_or(end, |point| point.1);
        // As high as at the end to the eye: the number that the rest of the chart counts by.
        let is_as_at_end = (shown.panel.y(here) - shown.panel.y(end)).abs() < 3.0;
        let label = labelled(if is_as_at_end { end } else { here });
        let flat: Vec<_> = stretch.iter().map(|&(time, share)| (time, level(share))).collect();
        beside_at(shown, &[flat], &label, Side::Either, of_width)
    };
    PLACES.into_iter().flat_map(place).collect()
}

fn words_role(shown: &Shown<'_>) -> Role {
    Role::Words(shown.case.found.hue)
}

/// On which side of a band a label may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Above,
    Below,
    Either,
}

/// Places for the name of the edge of a band, where the band is wide enough to have one.
fn extreme(shown: &Shown<'_>, text: &str, side: Side) -> Vec<Label> {
    let wide = |(_, spread): &&(f64, Spread)| {
        let (top, bottom) = (shown.panel.y(spread.maximum), shown.panel.y(spread.minimum));
        spread.servers > 1 && bottom - top >= 14.0
    };
    let stretches = shown.series.old.stretches.iter();
    let wide: Vec<Vec<_>> =
        stretches.map(|stretch| stretch.iter().filter(wide).copied().collect()).collect();
    beside(shown, &wide, &Label::new(text, (0.0, 0.0), words_role(shown)), side)
}

/// Places for a label beside a band: at the right end, then further left.
fn beside(
    shown: &Shown<'_>,
    stretches: &[Vec<(f64, Spread)>],
    label: &Label,
    side: Side,
) -> Vec<Label> {
    let at = |of_width: f64| beside_at(shown, stretches, label, side, of_width);
    PLACES.into_iter().flat_map(at).collect()
}

/// Where labels beside a band may stand, from the left end of the panel (0) to its right end.
const PLACES: [f64; 6] = [1.0, 0.8, 0.6, 0.4, 0.2, 0.0];

/// The middle of a label at such a part of the panel's width.
fn middle(panel: &Panel, label: &Label, of_width: f64) -> f64 {
    let half = label.width() / 2.0;
    let (first, last) = (panel.left + half + 4.0, panel.right() - half - 4.0);
    first + of_width * (last - first)
}

/// The places above and below a band at such a part of the panel's width; none where it is not.
fn beside_at(
    shown: &Shown<'_>,
    stretches: &[Vec<(f64, Spread)>],
    label: &Label,
    side: Side,
    of_width: f64,
) -> Vec<Label> {
    let panel = &shown.panel;
    let (middle, reach) = (middle(panel, label, of_width), label.width() / 2.0 + 4.0);
    let (mut top, mut bottom) = (f64::INFINITY, f64::NEG_INFINITY);
    for (time, spread) in stretches.iter().flatten() {
        if (panel.x(*time) - middle).abs() <= reach {
            top = top.min(panel.y(spread.maximum));
            bottom = bottom.max(panel.y(spread.minimum));
        }
    }
    if top > bottom {
        return Vec::new();
    }
    let centred = |y: f64| label.clone().moved((middle, y)).anchored(Anchor::Middle);
    let above = (side != Side::Below).then(|| centred(top - 4.0 - 0.57 * label.size));
    let below = (side != Side::Above).then(|| centred(bottom + 4.0 + 0.45 * label.size));
    above.into_iter().chain(below).collect()
}

/// A spread of one value.
fn level(value: f64) -> Spread {
    let (minimum, lower, median, upper, maximum) = (value, value, value, value, value);
    Spread { minimum, lower, median, upper, maximum, servers: 1 }
}
