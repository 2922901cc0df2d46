//! The sentences of a storm chart, and its data as CSV.

use super::Column;
use super::recovery::{Outcome, Storms};
use crate::chart::captions;
use crate::chart::cases::Selection;
use crate::chart::table::Table;
use crate::chart::words;
use crate::stats::{Marker, Results};

/// What is drawn, of what scenario, from the fullest to the shortest.
pub fn subtitles(
    results: &Results,
    selection: &Selection<'_>,
    columns: &[Column<'_>],
) -> Vec<String> {
    let runs = match results.replications {
        0 | 1 => format!("one run, seed {}", results.seed),
        many => format!("{many} replications, seed {}", results.seed),
    };
    let hit = columns.iter().find(|column| column.storms.is_some());
    let trigger =
        hit.and_then(|column| column.storms.as_ref()).map_or(0.0, |storms| storms.trigger);
    let cause = hit.and_then(|column| {
        let distance = |marker: &Marker| (marker.at - trigger).abs();
        let near = |marker: &&Marker| distance(marker) <= column.case.step();
        let markers = column.case.point.markers.iter().filter(near);
        markers.min_by(|a, b| distance(a).total_cmp(&distance(b)))
    });
    let cause =
        cause.map_or_else(|| "the drops".to_owned(), |marker| format!("“{}”", marker.label));
    let clients = dropped(columns);
    let [capacity, in_short] = capacity(columns);
    let swept = captions::after_comma(selection.swept());
    let at = if columns.iter().any(|column| column.differs_in_trigger(trigger)) {
        String::new()
    } else {
        format!(" {cause} at {}", words::clock(trigger))
    };
    // Each column tells of the storm that took its policy longest.
    let what = "Reconnects in each policy's longest storm";
    let after = if at.is_empty() { what } else { "Reconnects after" };
    vec![
        format!("{after}{at}{swept}{clients}{capacity}, {runs}."),
        format!("{after}{at}{swept}{clients}{in_short}, {runs}."),
        format!("{after}{at}{swept}{clients}, {runs}."),
        format!("{after}{at}{swept}, {runs}."),
        format!("{what}{swept}, {runs}."),
    ]
}

/// The handshake capacity as the window begins, and as it ends where that is another, as the
/// line is labelled, where all columns have as much: in full, and in short.
fn capacity(columns: &[Column<'_>]) -> [String; 2] {
    let print_alike =
        |a: f64, b: f64| (a - b).abs() < 0.5 && words::compact(a) == words::compact(b);
    let ends =
        |column: &Column<'_>| [column.series.first_capacity(), column.series.last_capacity()];
    let [first, last] = ends(&columns[0]);
    let alike = columns
        .iter()
        .map(ends)
        .all(|ends| print_alike(ends[0], first) && print_alike(ends[1], last));
    if !alike || first.max(last) <= 0.0 {
        return Default::default();
    }
    let written = |capacity: f64| match capacity {
        few if few < 9.5 => words::compact(few),
        many => words::grouped(many.round() as u64),
    };
    let change = if print_alike(first, last) {
        written(first)
    } else {
        format!("{} → {}", written(first), written(last))
    };
    [format!(", handshake capacity {change} per second"), format!(", capacity {change} per s")]
}

/// How many were dropped, where all columns have as many; else how many clients there are,
/// if they are known: those that only arrive later are not.
fn dropped(columns: &[Column<'_>]) -> String {
    let clients = columns[0].case.point.clients;
    let same_clients = columns.iter().all(|column| column.case.point.clients == clients);
    let hit = || columns.iter().filter_map(|column| column.storms.as_ref());
    let dropped = hit().map(|storms| storms.dropped.round() as u64).max().unwrap_or(0);
    let same = hit().all(|storms| storms.dropped.round() as u64 == dropped);
    match (same, same_clients) {
        (true, true) if dropped <= clients => {
            let of = words::counted(clients, "client");
            format!(", {} of {of} dropped", words::grouped(dropped))
        }
        (true, true) if clients == 0 => format!(", {} dropped", words::grouped(dropped)),
        (_, true) if clients > 0 => format!(", {}", words::counted(clients, "client")),
        _ => String::new(),
    }
}

impl Column<'_> {
    fn differs_in_trigger(&self, trigger: f64) -> bool {
        let step = self.case.step().max(1.0);
        let differs = |storms: &Storms| {
            2 * storms.at_trigger <= storms.runs || (storms.trigger - trigger).abs() > step
        };
        self.storms.as_ref().is_some_and(differs)
    }
}

/// What the marks mean, from the fullest to the shortest.
pub fn footers(
    results: &Results,
    selection: &Selection<'_>,
    columns: &[Column<'_>],
) -> Vec<String> {
    let many = results.replications > 1;
    let lines = if many {
        format!("Medians of {} replications; band: central 95% of runs. ", results.replications)
    } else {
        String::new()
    };
    let unit = match (columns[0].rates.time.clock, columns[0].rates.time.end >= 3600.0) {
        (true, true) => "Time in h:mm:ss. ",
        (true, false) => "Time in minutes. ",
        _ => "",
    };
    let top = columns[0].rates.value.top;
    let beyond = columns.iter().any(Column::peak_is_beyond);
    let reaches = columns.iter().any(|column| column.series.highest_rate() > top);
    let cut = match (reaches, beyond) {
        (true, _) => format!(" Rates above {} are cut, marked ▲.", words::compact(top)),
        (false, true) => " ▲: a second above the axis.".to_owned(),
        (false, false) => String::new(),
    };
    let hit = || columns.iter().filter(|column| column.storms.is_some());
    let of = if hit().all(Column::peak_is_shown) { "" } else { " of the run" };
    let median = if many { ", median" } else { "" };
    let peak = format!("Begun: most in a second{of}{median}.");
    let areas = "Lower area: accepted; upper: rejected or timed out. ";
    let omitted = selection.omission();
    vec![
        format!("{lines}{unit}{areas}{peak}{cut}{omitted}"),
        format!("{lines}{unit}{peak}{cut}{omitted}"),
        format!("{lines}{peak}{cut}{omitted}"),
        format!("{lines}{}", omitted.trim_start()),
    ]
}

/// The title and the numbers of the first columns.
pub fn alt(title: &str, columns: &[Column<'_>]) -> String {
    let told = columns.iter().take(3).map(|column| match &column.storms {
        None => format!(" {}: no storm.", column.case.name),
        Some(storms) => {
            let peak = words::compact(storms.peak);
            let whose = if column.peak_is_shown() { "" } else { " in the whole run" };
            let outcome = storms.outcome.words();
            format!(" {}: {outcome}, up to {peak} attempts begun per s{whose}.", column.case.name)
        }
    });
    std::iter::once(format!("{title}.")).chain(told).collect()
}

/// The drawn series.
pub fn csv(columns: &[Column<'_>]) -> String {
    let mut table = Table::new(&[
        "point",
        "policy",
        "kind",
        "time_start_s",
        "time_end_s",
        "accepted_per_s_median",
        "refused_per_s_median",
        "capacity_per_s",
        "offline_median",
        "offline_low",
        "offline_high",
        "queued_median",
    ]);
    for column in columns {
        let kind = match column.storms.as_ref().map(|storms| &storms.outcome) {
            None => "no_storm",
            Some(Outcome::Back { .. }) => "back",
            Some(Outcome::Offline { .. }) => "offline",
        };
        for bin in &column.series.bins {
            table.key(column.case, kind);
            let capacity = bin.capacity.unwrap_or(f64::INFINITY);
            table.values([bin.start, bin.end, bin.accepted, bin.refused, capacity]);
            table.values([bin.offline, bin.offline_low, bin.offline_high, bin.queued]);
        }
    }
    table.finish()
}
