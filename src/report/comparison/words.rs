//! The cells and sentences that all forms share.

use crate::compare::{Basis, Comparison, Row, Summary};
use crate::report::terminal::line::Glyphs;
use crate::report::terminal::number::{decimals_for, grouped, scale};
use crate::stats::Verdict;

/// What is shown row by row, the most important first.
pub const TOLD: [Verdict; 4] =
    [Verdict::Worse, Verdict::Changed, Verdict::Better, Verdict::Inconclusive];

/// The texts of a row's numbers, all in one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// `1.05 ±0.02`; with its unit where no difference says it: `1.05 ±0.02 s`.
    pub base: String,
    /// Likewise.
    pub new: String,
    /// Both without half of their intervals.
    pub means: [String; 2],
    /// `+0.10 [+0.07, +0.13]`.
    pub difference: String,
    /// `+9.5%`; empty where the base is 0.
    pub relative: String,
    /// The p value of what is decided.
    pub p: String,
    /// What else must be known: the replications needed, what is compared.
    pub note: String,
}

impl Cells {
    /// The p value and what else must be known.
    pub fn notes(&self) -> String {
        let notes = [self.p.as_str(), self.note.as_str()];
        notes.into_iter().filter(|note| !note.is_empty()).collect::<Vec<&str>>().join(", ")
    }
}

/// The numbers of a row as text.
pub fn cells(row: &Row, glyphs: &Glyphs) -> Cells {
    let means = [row.base, row.new].map(|side| side.and_then(|side| side.mean));
    let largest = means.iter().flatten().fold(0.0_f64, |most, mean| most.max(mean.abs()));
    let (factor, unit) = match row.basis {
        Basis::Share => (100.0, "%"),
        Basis::Mean | Basis::MeanAtLeast | Basis::DistanceToOne => {
            scale(row.metric, largest, glyphs)
        }
    };
    let size = row.difference.map_or(largest, f64::abs);
    let size = if size > 0.0 { size } else { largest };
    let decimals = decimals_for(largest * factor, 3).max(decimals_for(size * factor, 2)).min(5);
    let number = |value: f64| grouped(value * factor, decimals);
    let signed = |value: f64| {
        let text = number(value);
        if text.starts_with('-') { text } else { format!("+{text}") }
    };
    let sides = [row.base, row.new].map(|side| one_side(side, row, unit, number, glyphs));
    let difference = row.difference.map_or_else(String::new, |difference| {
        let interval = row
            .ci95
            .map(|[low, high]| format!(" [{}, {}]", signed(low), signed(high)))
            .unwrap_or_default();
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        format!("{}{interval}{unit}", signed(difference))
    });
    let relative = match (row.basis, row.difference, means[0]) {
        (Basis::Mean | Basis::MeanAtLeast, Some(difference), Some(base)) if base.abs() > 0.0 => {
            let percent = 100.0 * difference / base.abs();
            format!("{}{}%", if percent < 0.0 { "" } else { "+" }, grouped(percent, 1))
        }
        _ => String::new(),
    };
    let [[base, base_mean], [new, new_mean]] = sides;
    let means = [base_mean, new_mean];
    Cells { base, new, means, difference, relative, p: p_value(row), note: note(row) }
}

/// A side's mean, with half of its interval and without.
fn one_side(
    found: Option<Summary>,
    row: &Row,
    unit: &str,
    number: impl Fn(f64) -> String,
    glyphs: &Glyphs,
) -> [String; 2] {
    let Some(summary) = found else { return [glyphs.missing, glyphs.missing].map(str::to_owned) };
    let Some(mean) = summary.mean else { return ["not by end"; 2].map(str::to_owned) };
    let unit = match row.basis {
        Basis::Share => "% of runs".to_owned(),
        _ if row.difference.is_some() || unit.is_empty() => String::new(),
        _ if unit == "%" || unit.ends_with("/s") => unit.to_owned(),
        _ => format!(" {unit}"),
    };
    let half = summary.ci95.map_or(0.0, |[low, high]| (high - low) / 2.0);
    let half = if half > 0.0 && row.basis != Basis::Share {
        format!(" {}{}", glyphs.plus_minus, number(half))
    } else {
        String::new()
    };
    let over = if row.is_at_least(&summary) { ">" } else { "" };
    let mean = format!("{over}{}", number(mean));
    [format!("{mean}{half}{unit}"), format!("{mean}{unit}")]
}

fn p_value(row: &Row) -> String {
    match (row.verdict, row.p_adjusted) {
        (Verdict::Inconclusive, _) | (_, None) => String::new(),
        (_, Some(p)) if p < 0.0001 => "p < 0.0001".to_owned(),
        (_, Some(p)) => format!("p = {p:.4}"),
    }
}

fn note(row: &Row) -> String {
    let mut notes = Vec::new();
    match (row.verdict, row.replications_needed, row.p_adjusted) {
        (Verdict::Inconclusive, Some(needed), _) => {
            notes.push(format!("needs about {} replications", grouped(f64::from(needed), 0)));
        }
        (Verdict::Inconclusive, None, None) => notes.push("needs two replications".to_owned()),
        (Verdict::Inconclusive, None, Some(_)) if row.basis != Basis::MeanAtLeast => {
            notes.push("more replications do not decide it".to_owned());
        }
        _ => {}
    }
    match row.basis {
        Basis::DistanceToOne => notes.push("distance to 1".to_owned()),
        Basis::Share if !row.metric.is_yes_or_no() => {
            notes.push("runs not cut off".to_owned());
        }
        Basis::MeanAtLeast => {
            let sides = [row.base, row.new].into_iter().flatten();
            notes.extend(sides.filter(|side| row.is_at_least(side)).map(|side| {
                let runs = if side.n == 1 { "run" } else { "runs" };
                format!("{} of {} {runs} cut off", side.censored, side.n)
            }));
        }
        Basis::Share | Basis::Mean => {}
    }
    notes.join(", ")
}

/// `policy`, with its point where there is a sweep.
pub fn place(row: &Row) -> String {
    if row.at.is_empty() { row.policy.clone() } else { format!("{} at {}", row.policy, row.at) }
}

/// The rows of a verdict, those farthest beyond the tolerance first.
pub fn ranked(comparison: &Comparison, verdict: Verdict) -> Vec<&Row> {
    let mut rows: Vec<&Row> = comparison.rows_with(verdict).collect();
    let size = |row: &Row| row.difference.unwrap_or_default().abs() / row.tolerance.max(1e-300);
    rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
    rows
}

/// `2 worse, 1 better, 140 same`.
pub fn counts(comparison: &Comparison) -> String {
    let all = [
        Verdict::Worse,
        Verdict::Missing,
        Verdict::Changed,
        Verdict::Better,
        Verdict::Inconclusive,
        Verdict::NoBaseline,
        Verdict::Same,
    ];
    let counted = all.into_iter().map(|verdict| (comparison.count(verdict), verdict.words()));
    let told: Vec<String> =
        counted.filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}")).collect();
    told.join(", ")
}

/// The rule by which a change counts, in a sentence.
pub fn rule(comparison: &Comparison) -> String {
    format!(
        "A change counts beyond {} of the base and the metric's floor, when it is significant at 5% \
         after Holm's correction over {} tests.",
        percent(comparison.threshold),
        comparison.family
    )
}

/// `5%`, `0.5%`.
pub fn percent(share: f64) -> String {
    let text = grouped(100.0 * share, 2);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The rows of a verdict, folded to one entry a policy: (place, metrics).
pub fn by_policy(comparison: &Comparison, verdict: Verdict) -> Vec<(String, Vec<&'static str>)> {
    let mut found: Vec<(String, Vec<&'static str>)> = Vec::new();
    for row in comparison.rows_with(verdict) {
        let place = place(row);
        match found.iter_mut().find(|(other, _)| *other == place) {
            Some((_, metrics)) => metrics.push(row.metric.name),
            None => found.push((place, vec![row.metric.name])),
        }
    }
    found
}

/// A few names, and how many more.
pub fn some(names: &[&str], most: usize) -> String {
    let mut text = names.iter().take(most).copied().collect::<Vec<&str>>().join(", ");
    if names.len() > most {
        text.push_str(&format!(" and {} more", names.len() - most));
    }
    text
}

/// One sentence on a row, without its verdict: `1.05 ±0.02 -> 1.15 ±0.03, +0.10 [..] (+9.5%)`.
pub fn changes(row: &Row, glyphs: &Glyphs) -> String {
    let cells = cells(row, glyphs);
    let mut text = format!("{} -> {}", cells.base, cells.new);
    if !cells.difference.is_empty() {
        text.push_str(&format!(", {}", cells.difference));
    }
    if !cells.relative.is_empty() {
        text.push_str(&format!(" ({})", cells.relative));
    }
    let notes = cells.notes();
    if !notes.is_empty() {
        text.push_str(&format!("; {notes}"));
    }
    text
}
