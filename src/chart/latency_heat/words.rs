//! The sentences of a heat map of connect latency, and its data as CSV.

use super::Shown;
use super::grid::{row_start, seconds};
use crate::chart::captions;
use crate::chart::cases::{Case, Selection};
use crate::chart::finding::{first_fitting, metric_differs, named, nobody};
use crate::chart::layout::Size;
use crate::chart::table::Table;
use crate::chart::words::{counted, duration};
use crate::stats::{LATENCY_ROWS, Results};

/// The label of a tick at so many rows: `10 ms`, `1 s`.
pub fn tick(row: f64) -> String {
    let seconds = seconds(row);
    if seconds < 0.9 {
        format!("{} ms", (seconds * 1000.0).round() as u64)
    } else {
        format!("{} s", seconds.round() as u64)
    }
}

/// The finding: whose slowest hundredth waits how long.
pub fn title(shown: &[Shown<'_>], size: Size) -> String {
    let p99 = |shown: &Shown<'_>| shown.case.mean("connect_p99").or_else(|| slowest(shown));
    let mut known: Vec<(&Shown<'_>, f64)> =
        shown.iter().filter_map(|shown| Some((shown, p99(shown)?))).collect();
    known.sort_by(|a, b| a.1.total_cmp(&b.1));
    // Who never connects has no latency: those who did must not make a stuck policy look fast.
    if known.iter().any(|(shown, _)| shown.case.stuck().is_some()) {
        return stuck_title(&known, size);
    }
    let (Some(&(fast, low)), Some(&(slow, high))) = (known.first(), known.last()) else {
        let any = shown.iter().flat_map(|shown| &shown.columns).any(|column| column.count() > 0);
        let none = if any {
            "Too few clients connect to tell how long it takes"
        } else {
            "No client connects"
        };
        return none.to_owned();
    };
    let (low, high) = (duration(low), duration(high));
    let candidates = if known.len() == 1 {
        let mut titles = named(&[&slow.case.name], |n| {
            format!("With {}, 99% of connects take {high} or less", n[0])
        });
        titles.push(format!("99% of connects take {high} or less"));
        titles
    } else if low != high && metric_differs(slow.case, fast.case, "connect_p99") {
        let mut titles = named(&[&slow.case.name, &fast.case.name], |n| {
            format!("1 in 100 connects takes {high} or more with {}, {low} with {}", n[0], n[1])
        });
        titles.extend(named(&[&slow.case.name, &fast.case.name], |n| {
            format!("p99 connect latency: {high} with {}, {low} with {}", n[0], n[1])
        }));
        titles.push(format!("p99 connect latency is {low} to {high}"));
        titles
    } else {
        let nobody = nobody(shown.iter().map(|shown| shown.case));
        vec![format!("{nobody} differs clearly in p99 connect latency")]
    };
    first_fitting(&candidates, size)
}

/// The finding where some policies do not recover in every run: they have no p99 to compare.
fn stuck_title(known: &[(&Shown<'_>, f64)], size: Size) -> String {
    let stuck: Vec<(&Shown<'_>, String)> =
        known.iter().filter_map(|(shown, _)| Some((*shown, shown.case.stuck()?))).collect();
    let never = || stuck.iter().all(|(shown, _)| shown.case.recoveries().is_some_and(|r| r.0 == 0));
    let recovering = known.iter().rev().find(|(shown, _)| shown.case.stuck().is_none());
    let (Some((slow, high)), Some((first, words))) = (recovering, stuck.first()) else {
        let how = if never() { "recovers" } else { "always recovers" };
        return format!("No policy {how}: only those who connected are counted");
    };
    let end = |name: &str| match stuck.len() {
        1 => format!("{name} {words}"),
        _ => several_stuck(&stuck, never()),
    };
    let high = duration(*high);
    let mut titles = named(&[&slow.case.name, &first.case.name], |n| {
        format!("1 in 100 connects takes {high} or more with {}; {}", n[0], end(&n[1]))
    });
    titles.extend(named(&[&first.case.name], |n| {
        format!("1 in 100 connects takes {high} or more; {}", end(&n[0]))
    }));
    first_fitting(&titles, size)
}

/// `2 policies never recover`, or `ring never recovers at 2 points`: points are no policies.
fn several_stuck(stuck: &[(&Shown<'_>, String)], never: bool) -> String {
    let mut policies: Vec<&str> =
        stuck.iter().map(|(shown, _)| shown.case.found.policy.as_str()).collect();
    policies.sort_unstable();
    policies.dedup();
    let (one, many) = if never {
        ("never recovers", "never recover")
    } else {
        ("does not always recover", "do not always recover")
    };
    let first = stuck.first().map(|(shown, _)| shown.case.index);
    let at_one_point = stuck.iter().all(|(shown, _)| Some(shown.case.index) == first);
    match policies.as_slice() {
        // A title has no room for more.
        [only] if only.chars().count() > 20 => {
            format!("one policy {one} at {} points", stuck.len())
        }
        [only] => format!("{only} {one} at {} points", stuck.len()),
        all if at_one_point => format!("{} policies {many}", all.len()),
        all => format!("{} policies {many} at some points", all.len()),
    }
}

/// The 99% quantile of the shown run, in seconds, from its cells.
fn slowest(shown: &Shown<'_>) -> Option<f64> {
    let mut whole = shown.columns.first()?.clone();
    whole.opened = [0; LATENCY_ROWS];
    for column in &shown.columns {
        for (sum, count) in whole.opened.iter_mut().zip(column.opened) {
            *sum += count;
        }
    }
    whole.quantile(0.99).map(seconds)
}

/// The line under a panel's name, from the fullest to the shortest.
pub fn fact_lines(shown: &Shown<'_>) -> Vec<String> {
    let named = |name: &str, text: &str| {
        shown.case.mean(name).map(|seconds| format!("{text} {}", duration(seconds)))
    };
    // As metrics, without the warm-up.
    let warmup = shown.case.point.warmup.as_secs_f64();
    let after = shown.columns.iter().filter(|column| column.start >= warmup);
    let timed_out: u64 = after.map(|column| column.timed_out).sum();
    // The quantiles are means over all runs.
    let runs = shown.case.metric("connect_p99").map_or(0, |result| result.values.len());
    let this = if runs > 1 { " (this run)" } else { "" };
    let timed_out = (timed_out > 0).then(|| format!("{}{this}", counted(timed_out, "time-out")));
    let (p50, p99) = (named("connect_p50", "p50"), named("connect_p99", "p99"));
    let joined =
        |parts: Vec<Option<String>>| parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    vec![joined(vec![p50.clone(), p99.clone(), timed_out]), joined(vec![p50, p99])]
}

/// What is drawn, of what scenario, from the fullest to the shortest.
pub fn subtitles(results: &Results, selection: &Selection<'_>, shown: &[Shown<'_>]) -> Vec<String> {
    let cases: Vec<&Case<'_>> = shown.iter().map(|shown| shown.case).collect();
    let world = captions::shared_world(&cases);
    let swept = captions::after_comma(selection.swept());
    let run = captions::shown_run(results);
    let what =
        "From when a client comes or is dropped until it is connected, by the time it connects";
    vec![
        format!("{what}{swept}{world}. {run}"),
        format!("{what}{swept}. {run}"),
        format!("Time to connect, by the time it connects{swept}. {run}"),
        format!("Time to connect{swept}. {run}"),
    ]
}

/// What the marks mean, from the fullest to the shortest.
pub fn footers(selection: &Selection<'_>, shown: &[Shown<'_>]) -> Vec<String> {
    let timeouts = if shown.iter().any(|shown| shown.scale.timeouts) {
        "Upper row: attempts that timed out. "
    } else {
        ""
    };
    let omitted = selection.omission();
    let omitted = omitted.trim_start();
    let mut columns = shown.iter().flat_map(|shown| &shown.columns);
    let (lines, short) = if columns.any(|column| column.quantile(0.5).is_some()) {
        (
            "Lines: median and 99% quantile of a column with ten connects or more. ",
            "Lines: p50 and p99 of a column. ",
        )
    } else {
        ("", "")
    };
    vec![
        format!("{lines}{timeouts}{omitted}"),
        format!("{short}{timeouts}{omitted}"),
        format!("{timeouts}{omitted}"),
    ]
}

/// The title and the numbers of the first panels.
pub fn alt(title: &str, shown: &[Shown<'_>]) -> String {
    captions::alt(
        title,
        shown.iter().map(|shown| {
            let facts = fact_lines(shown).into_iter().next().unwrap_or_default();
            if facts.is_empty() { String::new() } else { format!("{}: {facts}", shown.case.name) }
        }),
    )
}

/// The drawn cells that hold something; one line each.
pub fn csv(shown: &[Shown<'_>]) -> String {
    let mut table = Table::new(&[
        "point",
        "policy",
        "kind",
        "time_start_s",
        "time_end_s",
        "latency_start_s",
        "count",
    ]);
    for shown in shown {
        for column in &shown.columns {
            let cells = column.opened.iter().enumerate().filter(|(_, count)| **count > 0);
            for (row, count) in cells {
                table.key(shown.case, "opened");
                table.values([column.start, column.end, row_start(row), *count as f64]);
            }
            if column.timed_out > 0 {
                table.key(shown.case, "timed_out");
                table.values([column.start, column.end]);
                table.blanks(1);
                table.values([column.timed_out as f64]);
            }
        }
    }
    table.finish()
}
