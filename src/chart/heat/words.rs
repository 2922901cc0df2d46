//! The sentences of a heat map of loads, and its data as CSV.

use super::Shown;
use super::grid::{Grid, HOT};
use crate::chart::captions;
use crate::chart::cases::{Case, Selection};
use crate::chart::finding::{first_fitting, named};
use crate::chart::layout::Size;
use crate::chart::table::Table;
use crate::chart::words::{percent, ratio};
use crate::stats::Results;

/// The finding: whose servers are hot for how much of their time.
pub fn title(shown: &[Shown<'_>], size: Size) -> String {
    let limit = ratio(HOT);
    let by_heat = |a: &&Shown<'_>, b: &&Shown<'_>| a.grid.hot.total_cmp(&b.grid.hot);
    let (Some(low), Some(high)) = (shown.iter().min_by(by_heat), shown.iter().max_by(by_heat))
    else {
        return String::new();
    };
    let (least, most) = (percent(low.grid.hot), percent(high.grid.hot));
    let candidates = if high.grid.hot <= 0.0 {
        vec![format!("No server is ever over {limit} fair share")]
    } else if shown.len() == 1 {
        let mut titles = named(&[&high.case.name], |n| {
            format!("With {}, servers are over {limit} fair share {most} of the time", n[0])
        });
        titles.push(format!("Servers are over {limit} fair share {most} of the time"));
        titles
    } else if least == most {
        vec![
            format!("Servers are over {limit} fair share {most} of the time with every policy"),
            format!("Over {limit} fair share: {most} of server time with every policy"),
        ]
    } else {
        let mut titles = named(&[&high.case.name, &low.case.name], |n| {
            format!(
                "Over {limit} fair share: {most} of server time with {}, {least} with {}",
                n[0], n[1]
            )
        });
        titles.push(format!("Over {limit} fair share: {least} to {most} of server time"));
        titles
    };
    first_fitting(&candidates, size)
}

/// The line under a panel's name, from the fullest to the shortest.
pub fn fact_lines(grid: &Grid) -> Vec<String> {
    let hot = percent(grid.hot);
    let limit = ratio(HOT);
    let mut lines = Vec::new();
    if let Some(busiest) = grid.busiest.map(ratio) {
        lines.push(format!("over {limit} for {hot} of server time · busiest {busiest} at the end"));
        lines.push(format!("over {limit} {hot} of time · busiest {busiest}"));
        lines.push(format!("busiest {busiest}"));
    }
    lines.push(format!("over {limit} {hot} of time"));
    lines
}

/// What is drawn, of what scenario, from the fullest to the shortest.
pub fn subtitles(results: &Results, selection: &Selection<'_>, shown: &[Shown<'_>]) -> Vec<String> {
    let cases: Vec<&Case<'_>> = shown.iter().map(|shown| shown.case).collect();
    let world = captions::shared_world(&cases);
    let swept = captions::after_comma(&selection.swept());
    let run = captions::shown_run(results);
    let what = "Connections of each server ÷ fair share (clients ÷ servers)";
    vec![
        format!("{what}{swept}{world}. {run}"),
        format!("Connections of each server ÷ fair share{swept}{world}. {run}"),
        format!("Connections of each server ÷ fair share{swept}. {run}"),
        format!("Each server's load ÷ fair share. {run}"),
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
        shown.iter().map(|shown| {
            let facts = fact_lines(&shown.grid).into_iter().next().unwrap_or_default();
            format!("{}: {facts}", shown.case.name)
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
