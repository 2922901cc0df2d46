//! The sentences of a heat map of loads, and its data as CSV.

use super::Shown;
use super::grid::Grid;
use crate::chart::captions;
use crate::chart::cases::{Case, Selection};
use crate::chart::finding::{first_fitting, named};
use crate::chart::layout::Size;
use crate::chart::table::Table;
use crate::chart::words::{percent, ratio};
use crate::stats::Results;

/// What is remarkable of loads: too much and too little, or, where nobody has too much, too
/// little. Too much alone would praise who piles all clients on one server.
#[derive(Clone, Copy)]
struct Remark {
    /// `over 10% off fair share`.
    words: &'static str,
    /// The same in a panel's fact line: `over 10% off`.
    short: &'static str,
    of: fn(&Grid) -> f64,
}

const OFF: Remark = Remark {
    words: "over 10% off fair share",
    short: "over 10% off",
    of: |grid| grid.hot + grid.cold,
};
const UNDER: Remark =
    Remark { words: "under 0.9 × fair share", short: "under 0.9 ×", of: |grid| grid.cold };

fn remark(shown: &[Shown<'_>]) -> Remark {
    if shown.iter().all(|shown| shown.grid.hot < 0.0005) { UNDER } else { OFF }
}

/// The finding: whose servers are hot (or cold) for how much of their time.
pub fn title(shown: &[Shown<'_>], size: Size) -> String {
    let Remark { words, of, .. } = remark(shown);
    let by_share = |a: &&Shown<'_>, b: &&Shown<'_>| of(&a.grid).total_cmp(&of(&b.grid));
    let (Some(low), Some(high)) = (shown.iter().min_by(by_share), shown.iter().max_by(by_share))
    else {
        return String::new();
    };
    let (least, most) = (percent(of(&low.grid)), percent(of(&high.grid)));
    let candidates = if of(&high.grid) <= 0.0 {
        vec!["Every server stays within a tenth of its fair share".to_owned()]
    } else if shown.len() == 1 {
        let mut titles = named(&[&high.case.name], |n| {
            format!("With {}, servers are {words} {most} of the time", n[0])
        });
        titles.push(format!("Servers are {words} {most} of the time"));
        titles
    } else if least == most {
        vec![
            format!("Servers are {words} {most} of the time with every policy"),
            format!("{words}: {most} of server time with every policy"),
        ]
    } else {
        let mut titles = named(&[&high.case.name, &low.case.name], |n| {
            format!("{words}: {most} of server time with {}, {least} with {}", n[0], n[1])
        });
        titles.push(format!("{words}: {least} to {most} of server time"));
        titles
    };
    first_fitting(&candidates, size)
}

/// The line under a panel's name, from the fullest to the shortest.
pub fn fact_lines(shown: &Shown<'_>, all: &[Shown<'_>]) -> Vec<String> {
    let Remark { short, of, .. } = remark(all);
    let share = percent(of(&shown.grid));
    let mut lines = Vec::new();
    if let Some(busiest) = shown.grid.busiest.map(ratio) {
        lines.push(format!("{short} for {share} of server time · busiest {busiest} at the end"));
        lines.push(format!("{short} {share} of time · busiest {busiest}"));
        lines.push(format!("busiest {busiest}"));
    }
    lines.push(format!("{short} {share} of time"));
    lines
}

/// What is drawn, of what scenario, from the fullest to the shortest.
pub fn subtitles(results: &Results, selection: &Selection<'_>, shown: &[Shown<'_>]) -> Vec<String> {
    let cases: Vec<&Case<'_>> = shown.iter().map(|shown| shown.case).collect();
    let world = captions::shared_world(&cases);
    let swept = captions::after_comma(selection.swept());
    let run = captions::shown_run(results);
    let what = "Connections of each server ÷ fair share (clients ÷ servers)";
    vec![
        format!("{what}{swept}{world}. {run}"),
        format!("Connections of each server ÷ fair share{swept}{world}. {run}"),
        format!("Connections of each server ÷ fair share{swept}. {run}"),
        format!("Each server's load ÷ fair share{swept}. {run}"),
    ]
}

/// What the marks mean, from the fullest to the shortest.
pub fn footers(selection: &Selection<'_>, shown: &[Shown<'_>]) -> Vec<String> {
    let pool = shown.iter().map(|shown| shown.grid.pool).max().unwrap_or(1);
    let rows = if pool > 1 {
        format!(
            "A row is {pool} servers of neighbouring rank: the most loaded in the upper half of a group, the least in the lower. "
        )
    } else {
        "A row is a server. ".to_owned()
    };
    let short = if pool > 1 { format!("A row is {pool} servers. ") } else { rows.clone() };
    let omitted = selection.omission();
    let omitted = omitted.trim_start();
    vec![
        format!("{rows}Sorted by load at the end. {omitted}"),
        format!("{short}Sorted by load at the end. {omitted}"),
        format!("{short}{omitted}"),
    ]
}

/// The title and the numbers of the first panels.
pub fn alt(title: &str, shown: &[Shown<'_>]) -> String {
    captions::alt(
        title,
        shown.iter().map(|one| {
            let facts = fact_lines(one, shown).into_iter().next().unwrap_or_default();
            format!("{}: {facts}", one.case.name)
        }),
    )
}

/// The drawn cells: one line a stretch of one class.
pub fn csv(shown: &[Shown<'_>]) -> String {
    let mut table = Table::new(&[
        "point",
        "policy",
        "group",
        "row",
        "time_start_s",
        "time_end_s",
        "class",
        "load_over_fair_share_mean",
    ]);
    for shown in shown {
        for (index, row) in shown.grid.rows.iter().enumerate() {
            let group = if row.is_new { "new" } else { "old" };
            for stretch in row.stretches() {
                table.key(shown.case, group);
                let edges = &shown.grid.edges;
                table.values([(index + 1) as f64, edges[stretch.first], edges[stretch.end]]);
                let load = (stretch.load * 1e4).round() / 1e4;
                table.values([f64::from(stretch.class), load]);
            }
        }
    }
    table.finish()
}
