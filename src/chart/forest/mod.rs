//! `forest`: paired differences from the first policy, a row a metric.

mod marks;
mod rows;
mod words;

use super::figure::{Anchor, Figure, Label};
use super::layout::{self, Size};
use super::name::Name;
use super::shape::Shape;
use super::text::{self, Weight};
use super::theme::Role;
use super::{axis, cases};
use crate::stats::{CaseResults, PointResults, Results};
use rows::{Entry, Row};

/// Middle of the first row's height.
const FIRST_ROW: f64 = 148.0;
/// Of a row.
const ROW: f64 = 41.0;
/// Below the last row: the axis and the footer.
const BELOW: f64 = 74.0;
/// With more policies than this besides the first, each has a column of its own.
const MOST_TOGETHER: usize = 3;

/// A column of numbers needs as much, in px.
const NARROWEST: f64 = 62.0;

/// The parts of the sheet.
#[derive(Clone, Debug)]
struct Sheet {
    /// Right edge of the first policy's values.
    base_right: f64,
    /// One plot for all policies, or one for each: left edge and width.
    plots: Vec<(f64, f64)>,
    /// Right edges of the columns of numbers; within the plots when each policy has one.
    columns: Vec<f64>,
    /// Width of a column of numbers.
    column_width: f64,
    /// The axis goes from minus this to this.
    reach: f64,
    /// Upper edge of the rows.
    top: f64,
    /// Lower edge of the rows.
    bottom: f64,
}

/// A point's comparison.
struct Forest<'a> {
    base: &'a CaseResults,
    others: &'a [CaseResults],
    /// What the policies are called, the first one's name first.
    names: Vec<Name>,
    shapes: Vec<Shape>,
    rows: Vec<Row>,
    sheet: Sheet,
}

/// Draws the chart of a point, with its data; `number` where there are several points.
/// `None` with fewer than two policies, or when they do not differ in anything.
pub fn figure(
    results: &Results,
    point: &PointResults,
    number: Option<usize>,
    size: Size,
) -> Option<(Figure, String)> {
    let (base, others) = point.cases.split_first()?;
    let rows = rows::rows(point);
    let (left, right) = room(size);
    let (others, omitted) =
        others.split_at(others.len().min(((right - left) / NARROWEST) as usize));
    if others.is_empty() || rows.is_empty() {
        return None;
    }
    let sheet = sheet(&rows, others.len(), size);
    // Of all policies, so that each has the shape that it has in other charts.
    let hues: Vec<_> = point.cases.iter().map(|case| case.hue).collect();
    let shapes = Shape::all_of(&hues).split_off(1);
    let names = cases::names(&point.cases);
    let forest = Forest { base, others, names, shapes, rows, sheet };
    let title = words::title(&forest, results.replications, size);
    let words = layout::Words {
        name: number.map_or_else(|| "forest".to_owned(), |number| format!("forest-{number}")),
        alt: words::alt(&title, &forest),
        title,
        subtitles: words::subtitles(results, point, &forest),
    };
    let mut figure = layout::sheet(words, size, forest.sheet.bottom + BELOW);
    draw_heads(&mut figure, &forest);
    draw_table(&mut figure, &forest);
    marks::draw_axes(&mut figure, &forest);
    for (index, row) in forest.rows.iter().enumerate() {
        marks::draw_row(&mut figure, &forest, row, forest.middle(index));
    }
    layout::footer(&mut figure, &words::footers(results, omitted));
    Some((figure, words::csv(number, &forest)))
}

impl Forest<'_> {
    /// The middle of a row.
    fn middle(&self, index: usize) -> f64 {
        self.sheet.top + (index as f64 + 0.5) * ROW
    }

    fn is_together(&self) -> bool {
        self.sheet.plots.len() == 1
    }

    fn others(&self) -> impl Iterator<Item = (&CaseResults, Shape)> {
        self.others.iter().zip(self.shapes.iter().copied())
    }
}

/// Right edge of the first policy's values.
const fn base_right(size: Size) -> f64 {
    match size {
        Size::Wide => 312.0,
        Size::Half => 252.0,
    }
}

/// Left and right edge of what is drawn of the other policies.
fn room(size: Size) -> (f64, f64) {
    (base_right(size) + 22.0, size.width() - layout::MARGIN)
}

fn sheet(rows: &[Row], others: usize, size: Size) -> Sheet {
    let (left, right) = room(size);
    let (plots, columns, column_width) = if others <= MOST_TOGETHER {
        let width: f64 = if size == Size::Wide { 104.0 } else { 80.0 };
        let plot_right = right - others as f64 * width - 6.0;
        let columns = (1..=others).map(|index| right - (others - index) as f64 * width).collect();
        (vec![(left, plot_right - left)], columns, width - 12.0)
    } else {
        let width = ((right - left) / others as f64).floor();
        let left = right - others as f64 * width + 10.0;
        let plots = (0..others).map(|index| (left + index as f64 * width, width - 10.0));
        let plots: Vec<(f64, f64)> = plots.collect();
        let columns = plots.iter().map(|(left, width)| left + width).collect();
        (plots, columns, width - 10.0)
    };
    let ends = rows.iter().flat_map(|row| &row.entries).flat_map(|entry| match entry {
        Entry::Relative(relative) => {
            let [low, high] = relative.interval.unwrap_or([relative.worsening; 2]);
            [low.abs(), high.abs()]
        }
        _ => [0.0; 2],
    });
    let most = ends.map(|end| end.min(1.0)).fold(0.0, f64::max);
    let reach = [0.01, 0.05, 0.1, 0.25, 0.5].into_iter().find(|reach| most <= *reach);
    Sheet {
        base_right: base_right(size),
        plots,
        columns,
        column_width,
        reach: reach.unwrap_or(1.0),
        top: FIRST_ROW - ROW / 2.0,
        bottom: FIRST_ROW - ROW / 2.0 + rows.len() as f64 * ROW,
    }
}

/// Names the policies above their columns, each with its shape.
fn draw_heads(figure: &mut Figure, forest: &Forest<'_>) {
    let sheet = &forest.sheet;
    let middle = sheet.top - 22.0;
    let room = sheet.base_right - layout::MARGIN;
    let name = forest.names[0].within(12.0, Weight::SemiBold, room);
    let at = (sheet.base_right, middle);
    figure.text(
        Label::new(name, at, Role::Words(forest.base.hue))
            .sized(12.0)
            .strong()
            .anchored(Anchor::End),
    );
    let room = sheet.column_width - 12.0;
    let heads = |size: f64| {
        let names = forest.names.iter().skip(1);
        names.map(|name| name.lines(size, Weight::SemiBold, room)).collect::<Vec<_>>()
    };
    let cut = |size: &f64| heads(*size).concat().iter().filter(|line| line.contains('…')).count();
    // Smaller only where that keeps more of them whole.
    let size = [12.0, 11.0, 10.5].into_iter().min_by_key(cut).unwrap_or(12.0);
    for (((case, shape), right), lines) in forest.others().zip(&sheet.columns).zip(heads(size)) {
        let count = lines.len();
        let mut left = *right;
        for (index, line) in lines.into_iter().enumerate() {
            let y = middle - 15.0 * (count - 1 - index) as f64;
            let label = Label::new(line, (*right, y), Role::Words(case.hue))
                .sized(size)
                .strong()
                .anchored(Anchor::End);
            left = left.min(label.bounds().left);
            figure.text(label);
        }
        let at = (left - 9.0, middle - 7.5 * (count - 1) as f64);
        marks::draw_mark(figure, at, shape, Role::Mark(case.hue), false);
    }
}

/// The lines between rows, the metrics' names and the first policy's values.
fn draw_table(figure: &mut Figure, forest: &Forest<'_>) {
    let sheet = &forest.sheet;
    let right = figure.width - layout::MARGIN;
    for (index, row) in forest.rows.iter().enumerate() {
        let y = forest.middle(index);
        if index > 0 {
            let same = forest.rows[index - 1].group == row.group;
            let (role, width) = if same { (Role::Grid, 0.7) } else { (Role::Axis, 0.7) };
            let y = y - ROW / 2.0;
            figure.line(vec![(layout::MARGIN, y), (right, y)], role, width);
        }
        let value = words::base_value(row);
        let value = Label::new(value, (sheet.base_right, y), Role::Muted).sized(12.0);
        let value = value.anchored(Anchor::End);
        let room = value.bounds().left - layout::MARGIN - 8.0;
        let name = super::measure::name(row.metric);
        let name = text::elided(&name, 12.5, Weight::Regular, room);
        figure.text(Label::new(name, (layout::MARGIN, y), Role::Ink).sized(12.5));
        figure.text(value);
    }
}

/// The ticks of the axis: 0, and up to two on each side.
fn ticks(reach: f64, is_wide: bool) -> Vec<axis::Tick> {
    let steps: &[f64] = if is_wide { &[-1.0, -0.5, 0.0, 0.5, 1.0] } else { &[-1.0, 0.0, 1.0] };
    let tick = |share: &f64| {
        let value = share * reach;
        axis::Tick { value, label: words::signed_percent(value) }
    };
    steps.iter().map(tick).collect()
}
