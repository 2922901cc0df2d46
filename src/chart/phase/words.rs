//! The sentences of a phase diagram, and its data as CSV.

use super::cells::{Cell, Phase};
use super::{Axes, Shown};
use crate::chart::finding::{first_fitting, named};
use crate::chart::layout::Size;
use crate::chart::table::Table;
use crate::chart::words::duration;
use crate::chart::{captions, cases};
use crate::stats::Results;

/// The finding: where the border lies for one policy, or how much of the plane each loses.
pub fn title(shown: &[Shown<'_>], axes: &Axes, size: Size) -> String {
    let lost = |shown: &&Shown<'_>| shown.phase.counts().1;
    let (Some(best), Some(worst)) = (shown.iter().min_by_key(lost), shown.iter().max_by_key(lost))
    else {
        return String::new();
    };
    let (total, never) = worst.phase.counts();
    let (across, up) = (&axes.across.name, &axes.up.name);
    let mut titles = Vec::new();
    if never == 0 {
        let slowest = shown.iter().flat_map(Shown::cells).filter_map(|(_, cell)| match cell {
            Cell::Back { after, .. } => Some(after),
            _ => None,
        });
        let slowest = duration(slowest.fold(0.0, f64::max));
        titles
            .push(format!("Every combination recovers; the slowest has 99% back after {slowest}"));
        return first_fitting(&titles, size);
    }
    if shown.len() == 1 {
        titles.extend(border(&worst.phase, axes));
        titles.push(format!("{never} of {total} combinations of {across} and {up} never recover"));
        titles.push(format!("{never} of {total} combinations never recover"));
        return first_fitting(&titles, size);
    }
    let fewest = best.phase.counts().1;
    let names = [&worst.phase.name, &best.phase.name];
    if fewest == never {
        titles.push(format!("{never} of {total} combinations never recover, with every policy"));
    } else {
        titles.extend(named(&names, |n| {
            let few = if fewest == 0 { "none".to_owned() } else { fewest.to_string() };
            format!(
                "{never} of {total} combinations never recover with {}, {few} with {}",
                n[0], n[1]
            )
        }));
        titles.push(format!("{fewest} to {never} of {total} combinations never recover"));
    }
    first_fitting(&titles, size)
}

/// Says where the region begins, if it lies in a corner: from some value across on, all values
/// up to some height, and never fewer of them further on.
fn border(phase: &Phase<'_>, axes: &Axes) -> Vec<String> {
    let columns = axes.across.values.len();
    let rows = axes.up.values.len();
    let never = |x: usize, y: usize| phase.cells[y][x].is_never();
    let depths = |from_below: bool| -> Option<Vec<usize>> {
        (0..columns)
            .map(|x| {
                let count = (0..rows).filter(|&y| never(x, y)).count();
                let row = |depth: usize| if from_below { depth } else { rows - 1 - depth };
                (0..count).all(|depth| never(x, row(depth))).then_some(count)
            })
            .collect()
    };
    for from_below in [true, false] {
        let Some(depths) = depths(from_below) else { continue };
        let Some(first) = depths.iter().position(|depth| *depth > 0) else { continue };
        if depths[first..].windows(2).any(|pair| pair[1] < pair[0]) {
            continue;
        }
        let at = &axes.across.values[first].text;
        let depth = depths[first];
        let row = if from_below { depth - 1 } else { rows - depth };
        let limit = &axes.up.values[row].text;
        let side = if from_below { "or less" } else { "or more" };
        let (across, up) = (&axes.across.name, &axes.up.name);
        if depth == rows {
            return vec![format!("From {across} {at} on, nothing recovers")];
        }
        return vec![
            format!("From {across} {at} on, a {up} of {limit} {side} never recovers"),
            format!("From {across} {at} on, {up} {limit} {side} never recovers"),
            format!("From {at} on, {limit} {side} never recovers"),
        ];
    }
    Vec::new()
}

/// The line under a panel's name.
pub fn fact_lines(phase: &Phase<'_>) -> Vec<String> {
    match phase.counts() {
        (0, _) => vec!["nobody was dropped".to_owned()],
        (total, 0) => vec![format!("all {total} combinations recover"), "all recover".to_owned()],
        (total, never) => vec![
            format!("{never} of {total} combinations never recover"),
            format!("{never} of {total} never recover"),
            format!("{never} of {total}"),
        ],
    }
}

/// The classes in words: `under 10 s`, `10 to 20 s`, ..., `over 2 min`.
pub fn classes(edges: &[f64; 5]) -> Vec<String> {
    let last = edges[4];
    let unit = if last >= 14_400.0 {
        (3600.0, "h")
    } else if last >= 300.0 {
        (60.0, "min")
    } else {
        (1.0, "s")
    };
    let number = |edge: f64| crate::chart::words::compact(edge / unit.0);
    let mut texts = vec![format!("under {} {}", number(edges[0]), unit.1)];
    texts
        .extend(edges.windows(2).map(|pair| format!("{} to {}", number(pair[0]), number(pair[1]))));
    texts.push(format!("over {} {}", number(last), unit.1));
    texts
}

/// What is drawn, of what scenario, from the fullest to the shortest.
pub fn subtitles(results: &Results, axes: &Axes) -> Vec<String> {
    let runs = captions::runs_each(results, "a cell");
    let (across, up) = (&axes.across.name, &axes.up.name);
    let world = captions::shared_world(&cases::all(results).iter().collect::<Vec<_>>());
    vec![
        format!("Time until 99% of the dropped are back, by {across} and {up}{world}, {runs}."),
        format!("Time until 99% of the dropped are back, by {across} and {up}, {runs}."),
        format!("Time until 99% of the dropped are back; {runs}."),
        format!("Time until 99% are back; {runs}."),
    ]
}

/// What the marks mean, from the fullest to the shortest.
pub fn footers(results: &Results, shown: &[Shown<'_>]) -> Vec<String> {
    let median = if results.replications > 1 { "Cell: median run. " } else { "" };
    let roomy = shown.iter().filter(|shown| shown.has_room_for_shares());
    let mixed = roomy.flat_map(Shown::cells).any(|(_, cell)| cell.metastable().is_some());
    let share =
        if mixed { "Number: share of runs that recovers, where chance decides. " } else { "" };
    let length = results.points.first().map_or(0.0, |point| point.duration.as_secs_f64());
    let never = format!("Never: not by the end of the run, at {}.", duration(length));
    vec![format!("{median}{share}{never}"), format!("{median}{never}"), never]
}

/// The title and the counts of the first panels.
pub fn alt(title: &str, shown: &[Shown<'_>]) -> String {
    captions::alt(
        title,
        shown.iter().map(|shown| {
            let facts = fact_lines(&shown.phase).into_iter().next().unwrap_or_default();
            format!("{}: {facts}", shown.phase.case.policy)
        }),
    )
}

/// The drawn cells.
pub fn csv(shown: &[Shown<'_>], axes: &Axes) -> String {
    let mut table = Table::new(&[
        "policy",
        "across",
        "across_value",
        "up",
        "up_value",
        "kind",
        "recovery_s_median",
        "recovered_share",
    ]);
    for shown in shown {
        for ((x, y), cell) in shown.cells() {
            let (kind, after, share) = match cell {
                Cell::Calm => ("calm", f64::NAN, f64::NAN),
                Cell::Back { after, share } => ("back", after, share),
                Cell::Never { share } => ("never", f64::NAN, share),
            };
            table.texts([
                &*shown.phase.case.policy,
                &axes.across.path,
                &axes.across.values[x].text,
                &axes.up.path,
                &axes.up.values[y].text,
                kind,
            ]);
            table.values([after, share]);
        }
    }
    table.finish()
}
