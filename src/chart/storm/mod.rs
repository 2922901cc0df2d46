//! `reconnect-storm`: what happens after the first disruptive event, one column a policy.

mod labels;
pub mod recovery;
mod series;
mod words;

use super::axis::{self, TimeAxis, TimeStyle, ValueAxis};
use super::cases::{Case, Selection};
use super::figure::{Figure, Position, merged};
use super::layout::{self, Panel, Size};
use super::theme::Role;
use super::{events, finding, place::Ink};
use crate::stats::Results;
use recovery::Storms;
use series::{Bin, StormSeries, Window, window};

/// Middle of the first names of panels.
const FIRST_HEAD: f64 = 88.0;
/// From the middle of a name to the first plot.
const HEAD: f64 = 58.0;
/// From a plot to the plot below it, whose heading stands between them.
const ROW_GAP: f64 = 46.0;
/// From the lowest plot to the next block's names.
const BLOCK_GAP: f64 = 58.0;
const BELOW: f64 = 64.0;

/// A column: a case with its storm, and its plots.
pub struct Column<'a> {
    /// The case.
    pub case: &'a Case<'a>,
    /// Its storms; `None` when nobody was dropped.
    pub storms: Option<Storms>,
    /// What is drawn.
    pub series: StormSeries,
    /// Connects per second.
    pub rates: Panel,
    /// Clients offline.
    pub offline: Panel,
    /// Attempts in accept queues, when any chart of the selection has a backlog.
    pub queue: Option<Panel>,
}

/// Draws the chart of a selection, with its data; `None` when nobody was dropped in any case.
pub fn figure(
    results: &Results,
    selection: &Selection<'_>,
    size: Size,
) -> Option<(Figure, String)> {
    let storms: Vec<Option<Storms>> = selection.cases.iter().map(recovery::storms).collect();
    let window = window(&selection.cases, &storms)?;
    let columns = columns(selection, &storms, &window, size);
    let lowest = columns.iter().map(|column| column.lowest().bottom()).reduce(f64::max)?;
    let title = finding::storm_title(&selection.cases, &storms, size);
    let words = layout::Words {
        name: selection.file_stem("reconnect-storm"),
        alt: words::alt(&title, &columns),
        title,
        subtitles: words::subtitles(results, selection, &columns),
    };
    let mut figure = layout::sheet(words, size, lowest + BELOW);
    let mut inks = Vec::new();
    for column in &columns {
        inks.push(draw_column(&mut figure, column, results.replications));
    }
    labels::name_marks(&mut figure, &columns, &mut inks);
    layout::footer(&mut figure, &words::footers(results, selection, &columns));
    Some((figure, words::csv(&columns)))
}

impl Column<'_> {
    fn lowest(&self) -> &Panel {
        self.queue.as_ref().unwrap_or(&self.offline)
    }

    /// Whether the busiest second of the run is one of those that are drawn.
    pub fn peak_is_shown(&self) -> bool {
        let time = &self.rates.time;
        let drawn = |storms: &Storms| (time.start..=time.end).contains(&storms.busiest);
        self.storms.as_ref().is_some_and(drawn)
    }

    /// Whether the peak is drawn, but for what lies above the axis.
    pub fn peak_is_beyond(&self) -> bool {
        let above = |storms: &Storms| storms.peak > self.rates.value.top;
        self.peak_is_shown() && self.storms.as_ref().is_some_and(above)
    }

    /// Whether all its capacity lies above the axis.
    pub fn capacity_is_beyond(&self) -> bool {
        let top = self.rates.value.top;
        self.series.bins.iter().all(|bin| bin.capacity.is_some_and(|capacity| capacity > top))
    }

    fn is_first(&self) -> bool {
        self.rates.left <= layout::GUTTER
    }
}

/// The columns, with the same scales for all.
fn columns<'a>(
    selection: &'a Selection<'a>,
    storms: &[Option<Storms>],
    window: &Window,
    size: Size,
) -> Vec<Column<'a>> {
    let cases = &selection.cases;
    let series: Vec<StormSeries> =
        cases.iter().map(|case| StormSeries::new(case, window)).collect();
    let most = |value: fn(&StormSeries) -> f64| series.iter().map(value).fold(0.0, f64::max);
    // Four fill a square and would leave a row of three with one below it.
    let across = if cases.len() == 4 { 2 } else { cases.len().clamp(1, size.most_columns()) };
    let places = layout::columns(size, across);
    let ticks = axis::most_ticks(places[0].1, window.end >= 3600.0);
    let time = axis::time_axis(window.start, window.end, ticks, TimeStyle::Clock);
    let heights = if cases.len() <= across { [190.0, 120.0, 64.0] } else { [120.0, 84.0, 56.0] };
    let rate =
        rate_axis(most(StormSeries::highest_rate), most(StormSeries::highest_capacity), heights[0]);
    let offline = axis::value_axis(most(StormSeries::most_offline), true, heights[1]);
    let backlog = most(StormSeries::most_queued);
    // Less than a hundredth of what is drawn above it would be a flat line.
    let queue = (backlog >= 1.0 && backlog >= 0.01 * offline.top)
        .then(|| axis::value_axis(backlog, true, heights[2]));
    let rows = if queue.is_some() { 3 } else { 2 };
    let inner: f64 = heights[..rows].iter().sum::<f64>() + ROW_GAP * (rows - 1) as f64;
    let mut columns = Vec::new();
    for (index, (case, series)) in cases.iter().zip(series).enumerate() {
        let place = places[index % across];
        let top = FIRST_HEAD + HEAD + (index / across) as f64 * (HEAD + inner + BLOCK_GAP);
        let second = top + heights[0] + ROW_GAP;
        let third = second + heights[1] + ROW_GAP;
        columns.push(Column {
            case,
            storms: storms[index].clone(),
            series,
            rates: plot(place, top, heights[0], &time, &rate),
            offline: plot(place, second, heights[1], &time, &offline),
            queue: queue.as_ref().map(|queue| plot(place, third, heights[2], &time, queue)),
        });
    }
    columns
}

fn plot(place: (f64, f64), top: f64, height: f64, time: &TimeAxis, value: &ValueAxis) -> Panel {
    let (time, value) = (time.clone(), value.clone());
    Panel { left: place.0, top, width: place.1, height, headroom: 0.0, time, value }
}

/// Of the capacity; where rates stay below, they would be a line on the floor beside it.
const AMPLE: f64 = 0.25;

/// An axis for all rates, cut at four times the capacity; without it where it is ample.
fn rate_axis(highest: f64, capacity: f64, height: f64) -> ValueAxis {
    if capacity > 0.0 && highest > 4.0 * capacity {
        axis::cut_axis(capacity)
    } else if highest > 0.0 && highest < AMPLE * capacity {
        axis::value_axis(highest, false, height)
    } else {
        axis::value_axis(highest.max(capacity), false, height)
    }
}

/// Draws a column and tells what covers its two upper plots.
fn draw_column(figure: &mut Figure, column: &Column<'_>, replications: u32) -> [Ink; 2] {
    let hue = column.case.found.hue;
    let rates = &column.rates;
    layout::panel_head(
        figure,
        (rates.left, rates.width),
        rates.top - HEAD,
        (&column.case.name, Role::Words(hue)),
        std::slice::from_ref(&column.case.found.reconnect),
    );
    let mut rate_ink = draw_rates(figure, column);
    labels::peak(figure, column);
    let mut offline_ink = draw_offline(figure, column, replications);
    labels::outcome(figure, column, replications, &mut offline_ink);
    if let Some(queue) = &column.queue {
        draw_queue(figure, column, queue);
    }
    if column.is_first() {
        labels::row_heading(figure, &column.rates, "Connects per second");
        labels::row_heading(figure, &column.offline, "Clients offline");
        if let Some(queue) = &column.queue {
            labels::row_heading(figure, queue, "Waiting in accept queues");
        }
    }
    if column.storms.is_none() {
        labels::no_storm(figure, column, &mut rate_ink);
    }
    [rate_ink, offline_ink]
}

fn draw_rates(figure: &mut Figure, column: &Column<'_>) -> Ink {
    let (panel, series) = (&column.rates, &column.series);
    let mark = Role::Mark(column.case.found.hue);
    let mut ink = Ink::new(panel.bounds());
    panel.under(figure, column.is_first());
    events::draw(figure, panel, &column.case.point.markers, false, &mut ink);
    let accepted = steps(panel, series, |bin| bin.accepted);
    let all = steps(panel, series, |bin| bin.accepted + bin.refused);
    let zero = vec![
        (panel.right_of(&accepted), panel.bottom()),
        (panel.left_of(&accepted), panel.bottom()),
    ];
    ink.band(&all, &steps(panel, series, |_| 0.0));
    let between: Vec<Position> =
        all.iter().copied().chain(accepted.iter().rev().copied()).collect();
    figure.area(between, Role::Alert, 0.30);
    figure.area(accepted.iter().copied().chain(zero).collect(), mark, 0.55);
    for stretch in series.refused_stretches() {
        let mut rim = steps_of(panel, stretch, |bin| bin.accepted + bin.refused);
        let ends = stretch.first().zip(stretch.last());
        if let Some((first, last)) = ends {
            rim.insert(0, panel.at(first.start, first.accepted));
            rim.push(panel.at(last.end, last.accepted));
        }
        figure.line(rim, Role::Alert, 1.0);
    }
    figure.line(accepted, mark, 1.4);
    let on_axis = |stretch: &&[Bin]| stretch[0].capacity.is_some_and(|c| c <= panel.value.top);
    for stretch in series.capacity_stretches().filter(on_axis) {
        let capacity = steps_of(panel, stretch, |bin| bin.capacity.unwrap_or(0.0));
        ink.line(&capacity);
        figure.reference(capacity);
    }
    panel.over(figure, false);
    ink
}

fn draw_offline(figure: &mut Figure, column: &Column<'_>, replications: u32) -> Ink {
    let (panel, series) = (&column.offline, &column.series);
    let mark = Role::Mark(column.case.found.hue);
    let mut ink = Ink::new(panel.bounds());
    panel.under(figure, column.is_first());
    events::draw(figure, panel, &column.case.point.markers, false, &mut ink);
    if replications > 1 {
        let upper = steps(panel, series, |bin| bin.offline_high);
        let lower = steps(panel, series, |bin| bin.offline_low);
        ink.band(&upper, &lower);
        figure.area(upper.into_iter().chain(lower.into_iter().rev()).collect(), mark, 0.25);
    }
    let median = merged(steps(panel, series, |bin| bin.offline));
    ink.line(&median);
    figure.line(median, mark, 1.8);
    panel.over(figure, column.queue.is_none());
    ink
}

fn draw_queue(figure: &mut Figure, column: &Column<'_>, panel: &Panel) {
    let mut ink = Ink::new(panel.bounds());
    panel.under(figure, column.is_first());
    events::draw(figure, panel, &column.case.point.markers, false, &mut ink);
    let line = merged(steps(panel, &column.series, |bin| bin.queued));
    figure.line(line, Role::Mark(column.case.found.hue), 1.8);
    panel.over(figure, true);
}

/// A rate is constant within its bin, and a state is known as it begins: two points a bin.
fn steps(panel: &Panel, series: &StormSeries, value: fn(&Bin) -> f64) -> Vec<Position> {
    steps_of(panel, &series.bins, value)
}

fn steps_of(panel: &Panel, bins: &[Bin], value: fn(&Bin) -> f64) -> Vec<Position> {
    bins.iter()
        .flat_map(|bin| [panel.at(bin.start, value(bin)), panel.at(bin.end, value(bin))])
        .collect()
}

impl Panel {
    fn left_of(&self, points: &[Position]) -> f64 {
        points.first().map_or(self.left, |point| point.0)
    }

    fn right_of(&self, points: &[Position]) -> f64 {
        points.last().map_or(self.right(), |point| point.0)
    }
}
