//! For a terminal: one line a policy, then what limits the answer.

use super::question;
use crate::plan::Find;
use crate::plan::find::{Grid, Kind, Turn};
use crate::report::label::listed;
use crate::report::terminal::TerminalOptions;
use crate::report::terminal::line::{Glyphs, Line, NAME, Paint, columns, left, right, wrap};
use crate::report::terminal::number::{decimals_for, grouped};
use crate::report::validity::of_few;
use crate::stats::{Tipping, TippingCase};

/// Spaces between columns.
const GAP: &str = "   ";

/// The columns behind the policy's name, and whether their texts end in one line.
const COLUMNS: [(&str, bool); 6] = [
    ("tipping point", true),
    ("", false),
    ("lowest", true),
    ("highest", true),
    ("cut off", false),
    ("runs", true),
];

/// The answer as people read it; ends with a line feed.
pub fn render(tipping: &Tipping, options: &TerminalOptions) -> String {
    let glyphs = Glyphs::new(options.ascii);
    let mut lines = vec![Line::of(Paint::Bold, glyphs.clean(&tipping.name))];
    lines.extend(wrap(Paint::Plain, &glyphs.clean(&tipping.description), options.width));
    lines.extend(wrap(
        Paint::Muted,
        &format!("Looked for: {}", glyphs.clean(&question(&tipping.find))),
        options.width,
    ));
    lines.push(Line::default());
    lines.extend(table(tipping, &glyphs));
    lines.push(Line::default());
    lines.extend(wrap(Paint::Muted, &notes(tipping, &glyphs), options.width));
    for warning in warnings(tipping) {
        lines.extend(wrap(Paint::Alert, &glyphs.clean(&warning), options.width));
    }
    lines.iter().map(|line| line.paint(options.width, options.color) + "\n").collect()
}

/// How values of the varied field are written, all in one unit.
struct Format {
    factor: f64,
    unit: &'static str,
    /// Of values that were tried.
    tried: usize,
    /// Of means and intervals.
    mean: usize,
}

impl Format {
    fn of(tipping: &Tipping) -> Self {
        let grid = &tipping.find.grid;
        let (factor, unit) = scale(grid);
        let values = [grid.first, grid.precision, grid.last];
        let tried = values.map(|value| decimals_of(value * factor)).into_iter().max();
        let tried = tried.unwrap_or(0);
        let is_exact = |case: &TippingCase| {
            let ends = case.ci95.map_or([case.mean; 2], |interval| interval.map(Some));
            ends[0] == ends[1] && ends[0].is_none_or(|value| (value * factor).fract() == 0.0)
        };
        let is_exact = grid.kind == Kind::Whole && tipping.cases.iter().all(is_exact);
        let mean = if is_exact { 0 } else { decimals_for(grid.precision * factor, 2) };
        Self { factor, unit, tried, mean: mean.max(tried) }
    }

    fn tried(&self, value: f64) -> String {
        grouped(value * self.factor, self.tried)
    }

    fn mean(&self, value: f64) -> String {
        grouped(value * self.factor, self.mean)
    }

    /// A bound of which one side is certain, rounded to that side only.
    fn bound(&self, value: f64, decimals: usize, round: fn(f64) -> f64) -> String {
        let scale = (0..decimals).fold(1.0, |scale, _| scale * 10.0);
        let scaled = value * self.factor * scale;
        let nearest = scaled.round();
        // What has so few decimals has them but for the last bits.
        let is_whole = (scaled - nearest).abs() <= 1e-9 * scaled.abs().max(1.0);
        grouped(if is_whole { nearest } else { round(scaled) } / scale, decimals)
    }

    /// The mean of a policy's tipping points, or what is certain of it.
    fn answer(&self, case: &TippingCase, glyphs: &Glyphs) -> [String; 2] {
        let Some(mean) = case.mean else {
            // Where all were cut off, the mean is at least a bound, and not a mean at all.
            let is_bound = (case.below + case.above) as usize == case.searched.len();
            let decimals = if is_bound { self.tried } else { self.mean };
            let text = match case.within {
                [Some(low), _] => format!(">{}", self.bound(low, decimals, f64::floor)),
                [None, Some(high)] => {
                    format!("{}{}", glyphs.at_most, self.bound(high, decimals, f64::ceil))
                }
                [None, None] => glyphs.missing.to_owned(),
            };
            return [text, String::new()];
        };
        let half = case.ci95.map(|[low, high]| (high - low) / 2.0).filter(|half| *half > 0.0);
        let half = half.map(|half| format!("{}{}", glyphs.plus_minus, self.mean(half)));
        [self.mean(mean), half.unwrap_or_default()]
    }
}

/// The factor and the unit for values of a grid.
fn scale(grid: &Grid) -> (f64, &'static str) {
    const KIB: f64 = 1_024.0;
    let largest = grid.last.abs();
    match grid.kind {
        Kind::Number | Kind::Whole => (1.0, ""),
        Kind::Share => (100.0, "%"),
        Kind::Rate => (1.0, "/s"),
        Kind::Duration if largest < 1e3 => (1.0, "ns"),
        Kind::Duration if largest < 1e6 => (1e-3, "us"),
        Kind::Duration if largest < 1e9 => (1e-6, "ms"),
        Kind::Duration if largest < 6e12 => (1e-9, "s"),
        Kind::Duration => (1e-9 / 60.0, "min"),
        Kind::Size if largest < KIB => (1.0, "B"),
        Kind::Size if largest < KIB * KIB => (1.0 / KIB, "KiB"),
        Kind::Size if largest < KIB * KIB * KIB => (1.0 / KIB / KIB, "MiB"),
        Kind::Size => (1.0 / KIB / KIB / KIB, "GiB"),
    }
}

/// Decimals that a number needs, up to 6.
fn decimals_of(number: f64) -> usize {
    let mut scaled = number;
    for decimals in 0..6 {
        if (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1.0) {
            return decimals;
        }
        scaled *= 10.0;
    }
    6
}

fn table(tipping: &Tipping, glyphs: &Glyphs) -> Vec<Line> {
    let format = Format::of(tipping);
    let names: Vec<String> =
        tipping.cases.iter().map(|case| glyphs.fit(&glyphs.clean(&case.policy), NAME)).collect();
    let name = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    let rows: Vec<[String; 6]> =
        tipping.cases.iter().map(|case| cells(case, tipping, &format, glyphs)).collect();
    let mut units = COLUMNS.map(|_| "");
    for column in [0, 2, 3] {
        units[column] = format.unit;
    }
    let widths: Vec<usize> = (0..COLUMNS.len())
        .map(|column| {
            let head = columns(COLUMNS[column].0);
            rows.iter().map(|row| columns(&row[column])).fold(head, usize::max)
        })
        .collect();
    let set = |line: &mut Line, paint: Paint, column: usize, text: &str| {
        let is_right = COLUMNS[column].1;
        let text = if is_right { right(text, widths[column]) } else { left(text, widths[column]) };
        // What follows the sign belongs to the value before it.
        line.push(paint, format!("{}{text}", if column == 1 { " " } else { GAP }));
    };
    let mut lines = vec![Line::of(Paint::Plain, " ".repeat(name))];
    for (column, (head, _)) in COLUMNS.iter().enumerate() {
        set(&mut lines[0], Paint::Plain, column, head);
    }
    if !format.unit.is_empty() {
        let mut line = Line::of(Paint::Plain, " ".repeat(name));
        for (column, unit) in units.iter().enumerate() {
            set(&mut line, Paint::Muted, column, unit);
        }
        lines.push(line);
    }
    for ((case, text), row) in tipping.cases.iter().zip(&names).zip(&rows) {
        let mut line = Line::of(Paint::Policy(case.hue), left(text, name));
        for (column, text) in row.iter().enumerate() {
            let paint = if column < 2 { Paint::Bold } else { Paint::Muted };
            set(&mut line, paint, column, text);
        }
        lines.push(line);
    }
    lines
}

fn cells(case: &TippingCase, tipping: &Tipping, format: &Format, glyphs: &Glyphs) -> [String; 6] {
    let grid = &tipping.find.grid;
    let brackets = || case.searched.iter().filter_map(|searched| searched.bracket(grid));
    let lowest = brackets().map(|[low, _]| low).min_by(f64::total_cmp);
    let highest = brackets().map(|[_, high]| high).max_by(f64::total_cmp);
    let tried = |value: Option<f64>| {
        value.map_or_else(|| glyphs.missing.to_owned(), |value| format.tried(value))
    };
    let cut_off: Vec<String> = [(case.below, "below"), (case.above, "above")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, side)| format!("{count} {side}"))
        .collect();
    let cut_off = if cut_off.is_empty() { "none".to_owned() } else { cut_off.join(", ") };
    let [mean, half] = format.answer(case, glyphs);
    [mean, half, tried(lowest), tried(highest), cut_off, grouped(case.runs as f64, 0)]
}

fn notes(tipping: &Tipping, glyphs: &Glyphs) -> String {
    let grid = &tipping.find.grid;
    let n = tipping.replications;
    let mut text = format!("Seed {}, {n} ", tipping.seed);
    text += if n == 1 { "replication." } else { "replications, the same draws at every value." };
    let has_interval = tipping.cases.iter().any(|case| case.ci95.is_some());
    if has_interval {
        let plus_minus = glyphs.plus_minus;
        text += &format!(" {plus_minus} is half a 95% t interval and half the precision.");
    }
    if tipping.cases.iter().any(|case| case.below > 0) {
        text += &format!(" Below: tipped over at {} already.", grid.kind.written(grid.first));
    }
    if tipping.cases.iter().any(|case| case.above > 0) {
        text += &format!(" Above: not tipped over at {}.", grid.kind.written(grid.last));
    }
    text + " It is assumed that a replication tips over once between the bounds."
}

/// What limits the answer, the gravest first.
fn warnings(tipping: &Tipping) -> Vec<String> {
    let Find { vary, grid, turn, .. } = &tipping.find;
    let metric = tipping.metric.name;
    let [first, last] = [grid.first, grid.last].map(|value| grid.kind.written(value));
    let other = match turn {
        Turn::FallsBelow(_) => "rises_above",
        Turn::RisesAbove(_) => "falls_below",
    };
    let replications = u64::from(tipping.replications);
    let told = [
        told(tipping, "replications", |case| (u64::from(case.backwards), replications)).map(|of| {
            format!(
                "In {of}, {metric} turns the other way round between {first} and {last}: ask for \
                 `{other}`."
            )
        }),
        told(tipping, "replications", |case| (u64::from(case.wavering), replications)).map(|of| {
            format!(
                "In {of}, {metric} went back as {vary} rose: it may cross the limit more than once."
            )
        }),
        told(tipping, "runs", |case| (case.unmeasured, case.runs))
            .map(|of| format!("In {of}, there was no {metric}: they count as not tipped over.")),
        told(tipping, "runs", |case| (case.unsure, case.runs)).map(|of| {
            format!(
                "In {of}, the end of the run cut {metric} off below the limit: it counts as above \
                 it."
            )
        }),
    ];
    of_few(tipping.replications).into_iter().chain(told.into_iter().flatten()).collect()
}

/// `3 of 20 runs of a and 1 of 20 runs of b`; nothing where it is none of any.
fn told(
    tipping: &Tipping,
    what: &str,
    count: impl Fn(&TippingCase) -> (u64, u64),
) -> Option<String> {
    let of_policies: Vec<String> = tipping
        .cases
        .iter()
        .map(|case| (case, count(case)))
        .filter(|(_, (some, _))| *some > 0)
        .map(|(case, (some, all))| format!("{some} of {all} {what} of {}", case.policy))
        .collect();
    (!of_policies.is_empty()).then(|| listed(&of_policies))
}
