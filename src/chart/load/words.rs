//! The sentences of a load chart, and its data as CSV.

use super::Shown;
use crate::chart::captions;
use crate::chart::cases::Selection;
use crate::chart::finding::LoadFacts;
use crate::chart::table::Table;
use crate::chart::words;
use crate::stats::Results;

/// The line under a panel's name, from the fullest to the shortest; what is remarkable comes
/// first, and says of what it is a share.
pub fn fact_lines(facts: &LoadFacts) -> Vec<String> {
    let moved = facts.moved.map(|moved| format!("{} moved", words::percent(moved)));
    let busiest = |noun: &str, of: &str| {
        facts.busiest_of_fair().map(|ratio| format!("busiest{noun} {}{of}", words::ratio(ratio)))
    };
    let newest = |noun: &str, of: &str| {
        let newest = facts.newest_of_fair().map(words::percent);
        newest.map(|share| format!("newest{noun} at {share}{of}"))
    };
    let of_fair = " of fair share";
    let lines = if facts.leaves_newest_behind() {
        vec![
            vec![newest(" server", of_fair), moved.clone(), busiest(" server", " fair share")],
            vec![newest(" server", of_fair), moved.clone(), busiest("", "")],
            vec![newest(" server", of_fair), moved],
            vec![newest("", of_fair)],
        ]
    } else {
        vec![
            vec![moved.clone(), busiest(" server", " fair share"), newest(" server", of_fair)],
            vec![moved.clone(), busiest(" server", " fair share"), newest("", "")],
            vec![moved.clone(), busiest(" server", " fair share")],
            vec![moved, busiest("", "")],
        ]
    };
    lines
        .into_iter()
        .map(|parts| parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
        .collect()
}

/// What is drawn, of what scenario, from the fullest to the shortest.
pub fn subtitles(results: &Results, selection: &Selection<'_>, shown: &[Shown<'_>]) -> Vec<String> {
    let runs = match results.replications {
        0 | 1 => format!("One run, seed {}.", results.seed),
        many => format!("One run of {many}, seed {}.", results.seed),
    };
    let first = shown[0].case.point;
    let same = |same: bool, text: String| if same { text } else { String::new() };
    let points = || shown.iter().map(|shown| shown.case.point);
    let ends = shown[0].series.servers_at_end;
    let all_end_alike = shown.iter().all(|shown| shown.series.servers_at_end == ends);
    let servers = if all_end_alike && u64::from(first.servers) != ends as u64 {
        format!(
            ", {} → {}",
            words::grouped(first.servers.into()),
            words::counted(ends as u64, "server")
        )
    } else {
        format!(", {}", words::counted(first.servers.into(), "server"))
    };
    let servers = same(points().all(|point| point.servers == first.servers), servers);
    let clients = captions::shared_clients(&shown.iter().map(|s| s.case).collect::<Vec<_>>());
    let one_presence =
        points().all(|point| point.mean_presence.to_bits() == first.mean_presence.to_bits());
    let presence = if one_presence && first.mean_presence.is_finite() && first.mean_presence > 0.0 {
        format!(", mean presence {}", words::span(first.mean_presence))
    } else {
        String::new()
    };
    let swept = captions::after_comma(selection.swept());
    vec![
        format!("Connections per server{swept}{servers}{clients}{presence}. {runs}"),
        format!("Connections per server{swept}{servers}{clients}. {runs}"),
        format!("Connections per server{swept}. {runs}"),
        format!("Connections per server{swept}."),
    ]
}

/// What the marks mean, from the fullest to the shortest.
pub fn footers(results: &Results, selection: &Selection<'_>, shown: &[Shown<'_>]) -> Vec<String> {
    let banded = shown.iter().any(|s| s.series.old.servers.max(s.series.new.servers) > 1);
    let (marks, short) = if banded {
        (
            "Line: median server. Dark band: middle half of servers. Light band: idlest to busiest.",
            "Line: median server. Bands: middle half, and all servers.",
        )
    } else {
        ("Line: the server.", "Line: the server.")
    };
    let metrics = shown.iter().any(|shown| !shown.case.found.metrics.is_empty());
    let means = if results.replications > 1 && metrics {
        format!(" Numbers: means of {} runs.", results.replications)
    } else {
        String::new()
    };
    let omitted = selection.omission();
    vec![
        format!("{marks} Dashed: fair share, clients ÷ servers.{means}{omitted}"),
        format!("{marks} Dashed: fair share.{means}{omitted}"),
        format!("{short} Dashed: fair share.{means}{omitted}"),
        format!("{short}{means}{omitted}"),
        format!("{}{means}", omitted.trim_start()),
    ]
}

/// The title and the numbers of the first panels.
pub fn alt(title: &str, shown: &[Shown<'_>]) -> String {
    let told = shown.iter().take(3).filter_map(|shown| {
        let facts =
            fact_lines(&shown.facts).into_iter().next().filter(|facts| !facts.is_empty())?;
        Some(format!(" {}: {facts}.", shown.case.name))
    });
    std::iter::once(format!("{title}.")).chain(told).collect()
}

/// The drawn series.
pub fn csv(shown: &[Shown<'_>]) -> String {
    let mut table = Table::new(&[
        "point",
        "policy",
        "group",
        "time_s",
        "servers",
        "connections_min",
        "connections_q1",
        "connections_median",
        "connections_q3",
        "connections_max",
    ]);
    for shown in shown {
        for (group, name) in [(&shown.series.old, "old"), (&shown.series.new, "new")] {
            for (time, s) in group.stretches.iter().flatten() {
                table.key(shown.case, name);
                let values = [s.servers as f64, s.minimum, s.lower, s.median, s.upper, s.maximum];
                table.values(std::iter::once(*time).chain(values));
            }
        }
        for (time, share) in shown.series.fair.iter().flatten() {
            table.key(shown.case, "fair_share");
            table.values([*time]);
            table.blanks(3);
            table.values([*share]);
            table.blanks(2);
        }
    }
    table.finish()
}
