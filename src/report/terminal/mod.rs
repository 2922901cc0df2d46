//! The result table and its sparklines, as text for a terminal.
//!
//! `choose` decides what to show and what may be claimed, `number` how a number reads,
//! `table` and `sparkline` lay it out, `line` paints and clips: no line is ever wider than
//! asked for.

pub(super) mod choose;
pub(super) mod line;
pub(super) mod number;
mod sparkline;
mod table;

use std::fmt::Write;

use super::until;
use super::validity::{few_replications, unprintable};
use super::warmup;
use crate::stats::{CaseResults, Metric, PointResults, Results};
use line::{Glyphs, Line, Paint};
use number::{clock, grouped};

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalOptions {
    /// Columns that may be used; at least 60 for a table that can be read.
    pub width: usize,
    /// Whether ANSI colours (the 16 of every terminal) are used.
    pub color: bool,
    /// Whether only ASCII is used, for terminals that know no more.
    pub ascii: bool,
}

/// The results as people read them: what was run, the table of the metrics that differ, a
/// sparkline for each policy (without a sweep), and how sure all this is. Ends with a line
/// feed.
pub fn render(results: &Results, options: &TerminalOptions) -> String {
    let glyphs = Glyphs::new(options.ascii);
    let mut lines = headline(results, options, &glyphs);
    lines.push(Line::default());
    let table = table::table(results, options.width, &glyphs);
    let marked = table.marked;
    let missing = table.missing;
    let shown = table.metrics;
    lines.extend(table.lines);
    if let [point] = results.points.as_slice() {
        lines.extend(sparkline::sparklines(point, results.replications, options.width, &glyphs));
    }
    lines.push(Line::default());
    lines.extend(notes(results, marked, missing, options.width, &glyphs));
    for warning in warnings(results, &shown, &glyphs) {
        lines.extend(line::wrap(Paint::Alert, &warning, options.width));
    }
    lines.iter().map(|line| line.paint(options.width, options.color) + "\n").collect()
}

fn headline(results: &Results, options: &TerminalOptions, glyphs: &Glyphs) -> Vec<Line> {
    let mut lines = vec![Line::of(Paint::Bold, glyphs.clean(&results.name))];
    lines.extend(line::wrap(Paint::Plain, &glyphs.clean(&results.description), options.width));
    let is_one = !warmup::vary(results);
    let mut facts = results.points.iter().map(|point| facts(point, is_one));
    if let Some(first) = facts.next()
        && facts.all(|other| other == first)
    {
        lines.extend(line::wrap(Paint::Muted, &first, options.width));
    }
    lines
}

/// What every policy met, in one sentence; said only where all points of a sweep agree. Notes
/// tell of warm-ups that do not.
fn facts(point: &PointResults, has_warmup: bool) -> String {
    let mut facts = format!(
        "{} connected {}, {} {}, watched for {}",
        grouped(point.clients as f64, 0),
        if point.clients == 1 { "client" } else { "clients" },
        grouped(f64::from(point.servers), 0),
        if point.servers == 1 { "server" } else { "servers" },
        clock(point.duration.as_secs_f64()),
    );
    if has_warmup && !point.warmup.is_zero() {
        // Writing to a string cannot fail, here and below.
        let _ = write!(facts, ", the first {} not counted", clock(point.warmup.as_secs_f64()));
    }
    facts
}

/// Seed, replications, and the meaning of marks.
fn notes(
    results: &Results,
    marked: bool,
    missing: bool,
    width: usize,
    glyphs: &Glyphs,
) -> Vec<Line> {
    let n = results.replications;
    let mut text = format!("Seed {}, {n} ", results.seed);
    text += if n == 1 { "replication." } else { "replications." };
    if n > 1 {
        let _ = write!(text, " {} is half a 95% t interval.", glyphs.plus_minus);
    }
    if marked {
        text += " * is best, clear of noise (paired differences, Holm, 5%).";
    }
    if missing {
        let _ = write!(text, " {} is not measured.", glyphs.missing);
    }
    for found in until::found(results).into_iter().chain(warmup::found(results)) {
        let _ = write!(text, " {}", glyphs.clean(&found));
    }
    line::wrap(Paint::Muted, &text, width)
}

/// What limits the answer; of times that the end of a run cut off, those that are `shown`.
fn warnings(results: &Results, shown: &[&Metric], glyphs: &Glyphs) -> Vec<String> {
    let mut warnings = Vec::from_iter(few_replications(results));
    warnings.extend(until::warnings(results).iter().map(|warning| glyphs.clean(warning)));
    for point in &results.points {
        let at = choose::label(point);
        let at = if at.is_empty() { at } else { format!(" at {}", glyphs.clean(&at)) };
        for metric in shown {
            let cut_off = |case: &CaseResults| {
                let result = choose::find(case, metric).filter(|result| result.censored > 0)?;
                let (policy, runs) = (glyphs.clean(&case.policy), result.measured());
                Some(format!("{policy} in {} of {runs} runs", result.censored))
            };
            let cut_off: Vec<String> = point.cases.iter().filter_map(cut_off).collect();
            if !cut_off.is_empty() {
                warnings.push(format!(
                    "The end of the run cut off {} of {}{at}: it is longer than shown.",
                    metric.name,
                    cut_off.join(", "),
                ));
            }
        }
    }
    warnings.extend(unprintable(results).map(|warning| glyphs.clean(&warning)));
    warnings
}
