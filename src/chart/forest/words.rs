//! The sentences of a forest, and its data as CSV.

use super::Forest;
use super::rows::{Entry, Row, Verdict};
use crate::chart::finding::{first_fitting, named};
use crate::chart::layout::Size;
use crate::chart::measure;
use crate::chart::table::Table;
use crate::chart::words::{compact, percent};
use crate::chart::{captions, cases};
use crate::stats::{CaseResults, PointResults, Results};

/// How often a policy is better and worse than the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Score {
    policy: usize,
    better: usize,
    worse: usize,
}

/// The finding: who is better than the first policy in how many metrics, and at what price.
pub fn title(forest: &Forest<'_>, replications: u32, size: Size) -> String {
    let base = &forest.names[0];
    let scores = (0..forest.others.len()).map(|policy| {
        let count = |verdict: Verdict| {
            forest.rows.iter().filter(|row| row.entries[policy].verdict() == verdict).count()
        };
        Score { policy, better: count(Verdict::Better), worse: count(Verdict::Worse) }
    });
    // Who differs in nothing is no best policy, however much worse the others are. Of equals the
    // first in the scenario's order.
    let clear = scores.filter(|score| score.better + score.worse > 0);
    let best = clear.reduce(|best, next| {
        let gain = |score: &Score| score.better.cast_signed() - score.worse.cast_signed();
        if gain(&next) > gain(&best) { next } else { best }
    });
    let Some(Score { policy, better, worse }) = best else {
        let titles = named(&[base], |n| format!("No policy differs clearly from {}", n[0]));
        return first_fitting(&titles, size);
    };
    let once = if replications > 1 { "" } else { "in one run, " };
    let total = forest.rows.len();
    let name = &forest.names[policy + 1];
    let outcome = match (better, worse) {
        (better, 0) => format!("in {better} of {total} metrics, worse in none"),
        (0, worse) => format!("in none of {total} metrics, worse in {worse}"),
        _ => format!("in {better} of {total} metrics, worse in {worse}"),
    };
    let mut titles =
        named(&[name, base], |n| format!("{once}{} is better than {} {outcome}", n[0], n[1]));
    titles.extend(named(&[name, base], |n| {
        format!("{once}{} against {}: better in {better}, worse in {worse}", n[0], n[1])
    }));
    let whose = if better > worse { "the best" } else { "one" };
    titles.push(format!("{once}{whose} policy is better {outcome}"));
    first_fitting(&titles, size)
}

/// The first policy's value, with its unit.
pub fn base_value(row: &Row) -> String {
    row.base.map_or_else(|| "cut off".to_owned(), |base| value(row, base))
}

/// A value with its unit; of a share below a tenth of a percent its own digits, as in tables.
fn value(row: &Row, value: f64) -> String {
    match row.metric.unit {
        "fraction" if value > 0.0 && value < 0.001 => format!("{}%", compact(100.0 * value)),
        _ => measure::value(row.metric, value),
    }
}

/// What stands in a policy's column.
pub fn entry(row: &Row, entry: &Entry) -> String {
    match entry {
        Entry::Relative(relative) if is_in_times(row) => factor(relative.change),
        Entry::Relative(relative) => signed_percent(relative.change),
        Entry::FromZero { value, .. } if *value == 0.0 => "0%".to_owned(),
        Entry::FromZero { value, .. } => format!("to {}", self::value(row, *value)),
        Entry::Alone(value) => self::value(row, *value),
        Entry::Cut { always: true } => "never".to_owned(),
        Entry::Cut { always: false } => "not always".to_owned(),
        Entry::Missing => "not measured".to_owned(),
    }
}

/// From ten times on a change is told as a factor, and all of its row are, to be compared.
fn is_in_times(row: &Row) -> bool {
    let is_large = |entry: &Entry| matches!(entry, Entry::Relative(found) if found.change >= 9.0);
    row.entries.iter().any(is_large)
}

/// `× 12`, `× 0.8`.
fn factor(change: f64) -> String {
    format!("× {}", compact(change + 1.0))
}

/// A change with its sign: `+38.1%`, `−19.9%`.
pub fn signed_percent(change: f64) -> String {
    let size = percent(change.abs());
    match size.strip_prefix('<') {
        _ if size == "0%" => size,
        // Less than a tenth of a percent to either side is told without its sign.
        Some(_) => size,
        None if change < 0.0 => format!("−{size}"),
        None => format!("+{size}"),
    }
}

/// What is drawn, of what scenario, from the fullest to the shortest.
pub fn subtitles(results: &Results, point: &PointResults, forest: &Forest<'_>) -> Vec<String> {
    let base = &forest.base.policy;
    let at = match cases::values(results, point) {
        swept if swept.is_empty() => swept,
        swept => format!(", at {swept}"),
    };
    let runs = match results.replications {
        0 | 1 => "one run".to_owned(),
        many => format!("mean of {many} paired replications with 95% confidence intervals"),
    };
    vec![
        format!("Change against {base} on the same clients and draws{at}, {runs}."),
        format!("Change against {base}{at}, {runs}."),
        format!("Change against the first policy{at}, {runs}."),
        format!("Change against the first policy{at}, {}.", captions::runs(results)),
        format!("Change against the first policy{at}."),
    ]
}

/// What the marks mean, from the fullest to the shortest.
pub fn footers(results: &Results, omitted: &[CaseResults]) -> Vec<String> {
    let omitted = match omitted {
        [] => String::new(),
        [one] => format!(" Not drawn: {}.", one.policy),
        [one, rest @ ..] => format!(" Not drawn: {} and {} more.", one.policy, rest.len()),
    };
    let noise = if results.replications > 1 {
        "Hollow, grey: not clear of zero after Holm's correction over all comparisons."
    } else {
        "One run: no interval."
    };
    vec![
        format!(
            "Every metric is oriented so that left is better. {noise} Triangle: beyond the axis.{omitted}"
        ),
        format!("Left is better. {noise} Triangle: beyond the axis.{omitted}"),
        format!("Left is better. {noise}{omitted}"),
        format!("Left is better.{omitted}"),
    ]
}

/// The title and the three largest clear differences.
pub fn alt(title: &str, forest: &Forest<'_>) -> String {
    let mut found: Vec<(f64, String)> = Vec::new();
    for row in &forest.rows {
        for (case, entry) in forest.others.iter().zip(&row.entries) {
            let size = match entry {
                Entry::Relative(relative) => relative.worsening.abs(),
                _ => 0.0,
            };
            if entry.verdict() != Verdict::Open {
                let name = row.metric.words;
                let number = self::entry(row, entry);
                found.push((size, format!("{}: {name} {number}", case.policy)));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    captions::alt(title, found.into_iter().map(|(_, text)| text))
}

/// The drawn differences.
pub fn csv(number: Option<usize>, forest: &Forest<'_>) -> String {
    let mut table = Table::new(&[
        "point",
        "policy",
        "metric",
        "baseline_mean",
        "change_share",
        "worsening_share",
        "worsening_low",
        "worsening_high",
    ]);
    let number = number.unwrap_or(1);
    for row in &forest.rows {
        table.named(number, &forest.base.policy, row.metric.name);
        table.values([row.base.unwrap_or(f64::NAN)]);
        table.blanks(4);
        for (case, entry) in forest.others.iter().zip(&row.entries) {
            table.named(number, &case.policy, row.metric.name);
            table.values([row.base.unwrap_or(f64::NAN)]);
            if let Entry::Relative(relative) = entry {
                let [low, high] = relative.interval.unwrap_or([f64::NAN; 2]);
                table.values([relative.change, relative.worsening, low, high]);
            } else {
                table.blanks(4);
            }
        }
    }
    table.finish()
}
