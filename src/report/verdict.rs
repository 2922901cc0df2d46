//! The answer in one sentence, as far as the data allow one.

use super::label::listed;
use super::terminal::choose;
use super::terminal::line::Glyphs;
use super::terminal::number::Format;
use crate::chart::Chart;
use crate::chart::words::{capitalised, from_to};
use crate::compare::USUAL_THRESHOLD;
use crate::stats::{Metric, MetricResult, PointResults, Results};

/// Something that clusters are judged by: the metric, what the best policy does, or several do,
/// and what stands before and behind the value.
struct Axis {
    metric: &'static str,
    one: &'static str,
    many: &'static str,
    before: &'static str,
    behind: &'static str,
}

/// Of the two on storms the first that a policy is clearly best in is told.
const AXES: [&[Axis]; 3] = [
    &[Axis {
        metric: "imbalance_end",
        one: "spreads",
        many: "spread",
        before: "the load best, busiest server",
        behind: " the mean",
    }],
    &[Axis {
        metric: "offline_fraction",
        one: "keeps",
        many: "keep",
        before: "clients connected best, offline",
        behind: " of the time",
    }],
    &[
        Axis {
            metric: "recovery_time",
            one: "recovers",
            many: "recover",
            before: "first, 99% back after",
            behind: "",
        },
        Axis {
            metric: "peak_attempt_rate",
            one: "has",
            many: "have",
            before: "the smallest peak of attempts,",
            behind: "",
        },
    ],
];

/// Axes that are told; more make no sentence.
const TOLD: usize = 2;

/// Metrics that are looked at where no axis has a clear best.
const KEY_FIGURES: usize = 8;

/// Of a policy's figures, so many are named.
const NAMED: usize = 3;

/// One sentence: which policy is better than every other, clear of noise, by what, and
/// which never recovers. Without a claim to make it is what the first chart shows, if one
/// was drawn.
pub fn verdict(results: &Results, charts: &[Chart]) -> String {
    let claim = match results.points.as_slice() {
        _ if results.replications < 2 => None,
        [point] => judged(point).or_else(|| wins(results, point)),
        points => wins_of_sweep(results, points),
    };
    let finding = charts.first().map(|chart| chart.title.clone());
    let claim = claim.or(finding).unwrap_or_else(|| unclaimed(results).to_owned());
    match lost(results) {
        Some(lost) => format!("{claim}; {lost}."),
        None => format!("{claim}."),
    }
}

/// What is said where there is neither a claim nor a chart.
fn unclaimed(results: &Results) -> &'static str {
    let mut cases = results.points.iter().flat_map(|point| &point.cases);
    if cases.all(|case| case.metrics.is_empty()) {
        "Nothing was measured"
    } else if results.replications < 2 {
        "One replication cannot tell a difference from chance"
    } else {
        "No policy is clearly better than every other in the key figures"
    }
}

/// `Gateway spreads the load best, busiest server 1.00 × (round robin 1.74 ×); ...`.
fn judged(point: &PointResults) -> Option<String> {
    let mut clauses: Vec<(Vec<usize>, String)> = Vec::new();
    let found = AXES.iter().filter_map(|axis| axis.iter().find_map(|one| clause(point, one)));
    for (leaders, clause) in found.take(TOLD) {
        match clauses.last_mut() {
            Some((last, text)) if *last == leaders => text.push_str(&format!(" and {clause}")),
            _ => {
                let whole = format!("{} {clause}", called(point, &leaders));
                clauses.push((leaders, whole));
            }
        }
    }
    let clauses: Vec<String> = clauses.into_iter().map(|(_, clause)| clause).collect();
    (!clauses.is_empty()).then(|| capitalised(&clauses.join("; ")))
}

/// `ring, gateway and shed`, or `ring, gateway and 3 more`.
fn called(point: &PointResults, policies: &[usize]) -> String {
    let names: Vec<&str> =
        policies.iter().map(|&index| point.cases[index].policy.as_str()).collect();
    match names.len().checked_sub(NAMED + 1) {
        None => listed(&names),
        Some(_) => {
            format!("{} and {} more", names[..NAMED - 1].join(", "), names.len() - NAMED + 1)
        }
    }
}

/// Whether two means differ by what a comparison of results would count: less nobody acts on.
fn differ(metric: &Metric, a: f64, b: f64) -> bool {
    (a - b).abs() > metric.floor.max(USUAL_THRESHOLD * a.abs().max(b.abs()))
}

/// The policy that is better than every other, clear of noise and by what a comparison counts:
/// where no values are told, nobody would see that the lead is nothing to act on.
fn winner(point: &PointResults, metric: &Metric) -> Option<usize> {
    let best = choose::best(point, metric)?;
    let lead = choose::cost(&point.cases[best], metric)?;
    let others = point.cases.iter().enumerate().filter(|(index, _)| *index != best);
    let matters = |case| choose::cost(case, metric).is_some_and(|cost| differ(metric, cost, lead));
    others.map(|(_, case)| case).all(matters).then_some(best)
}

/// The policies that are best in a metric, and what may be said of them, with the worst for
/// contrast: the one that is clearly best, and those that it leads by less than a comparison
/// counts.
fn clause(point: &PointResults, axis: &Axis) -> Option<(Vec<usize>, String)> {
    let metric = Metric::named(axis.metric)?;
    let best = choose::best(point, metric)?;
    let glyphs = Glyphs::new(false);
    let found: Vec<&MetricResult> =
        point.cases.iter().filter_map(|case| choose::find(case, metric)).collect();
    let mean = |index: usize| choose::find(&point.cases[index], metric)?.mean;
    let by_mean =
        |a: &usize, b: &usize| mean(*a).partial_cmp(&mean(*b)).unwrap_or(std::cmp::Ordering::Equal);
    let lead = mean(best)?;
    let leaders: Vec<usize> = (0..point.cases.len())
        .filter(|&index| mean(index).is_some_and(|mean| !differ(metric, mean, lead)))
        .collect();
    let worst = (0..point.cases.len()).max_by(by_mean)?;
    let last = leaders.iter().copied().max_by(by_mean)?;
    if leaders.contains(&worst) {
        return None;
    }
    let format = Format::of(metric, &found, &glyphs);
    let number =
        |index: usize| format.write(choose::find(&point.cases[index], metric), &glyphs).value;
    let gap = if format.unit.starts_with('%') || format.unit.ends_with("/s") { "" } else { " " };
    let unit = format!("{gap}{}", format.unit);
    let clause = format!(
        "{} {} {}{unit}{} ({} {}{unit})",
        if leaders.len() == 1 { axis.one } else { axis.many },
        axis.before,
        from_to(&number(best), &number(last)),
        axis.behind,
        point.cases[worst].policy,
        number(worst)
    );
    Some((leaders, clause))
}

/// `gateway is clearly best in a and b, ring in c`.
fn wins(results: &Results, point: &PointResults) -> Option<String> {
    let mut won: Vec<Vec<&str>> = vec![Vec::new(); point.cases.len()];
    for metric in choose::metrics(results, KEY_FIGURES) {
        if let Some(best) = winner(point, metric) {
            won[best].push(metric.words);
        }
    }
    let mut order: Vec<usize> = (0..won.len()).filter(|&index| !won[index].is_empty()).collect();
    // Stable: of equals the scenario's first comes first.
    order.sort_by_key(|&index| std::cmp::Reverse(won[index].len()));
    let clauses: Vec<String> = order
        .iter()
        .enumerate()
        .map(|(rank, &index)| {
            let is = if rank == 0 { " is clearly best" } else { "" };
            format!("{}{is} in {}", point.cases[index].policy, named(&won[index]))
        })
        .collect();
    (!clauses.is_empty()).then(|| capitalised(&clauses.join("; ")))
}

fn named(figures: &[&str]) -> String {
    match figures.len().checked_sub(NAMED + 1) {
        None => listed(figures),
        Some(_) => {
            format!("{} and {} more figures", figures[..NAMED].join(", "), figures.len() - NAMED)
        }
    }
}

/// `gateway is clearly best in a at 5 of 8 points; ring in b at 3`.
fn wins_of_sweep(results: &Results, points: &[PointResults]) -> Option<String> {
    let mut clauses: Vec<(usize, String)> = Vec::new();
    // What is claimed stands in every table.
    for metric in choose::metrics(results, choose::OF_A_SWEEP) {
        let winners: Vec<&str> = points
            .iter()
            .filter_map(|point| Some(point.cases[winner(point, metric)?].policy.as_str()))
            .collect();
        let count = |policy: &str| winners.iter().filter(|winner| **winner == policy).count();
        let mut best: Option<(usize, &str)> = None;
        for &policy in &winners {
            if best.is_none_or(|(most, _)| count(policy) > most) {
                best = Some((count(policy), policy));
            }
        }
        if let Some((most, policy)) = best {
            let at = format!("at {most} of {} points", points.len());
            clauses.push((most, format!("{policy} is clearly best in {} {at}", metric.words)));
        }
    }
    clauses.sort_by_key(|(most, _)| std::cmp::Reverse(*most));
    let told: Vec<String> = clauses.into_iter().take(2).map(|(_, clause)| clause).collect();
    (!told.is_empty()).then(|| capitalised(&told.join("; ")))
}

/// Which policies leave runs that never recover: `with ring, 3 of 20 runs never recover`.
fn lost(results: &Results) -> Option<String> {
    let mut told = Vec::new();
    for point in &results.points {
        for case in &point.cases {
            let lost = case.storms.iter().filter(|storm| storm.recovery.is_none()).count();
            if lost > 0 {
                told.push((lost, case.storms.len(), case.policy.clone()));
            }
        }
    }
    match told.as_slice() {
        [] => None,
        [(lost, runs, policy)] if *runs == 1 && *lost == 1 => {
            Some(format!("with {policy}, the cluster does not recover by the end"))
        }
        all if results.points.len() > 1 => {
            let lost: usize = all.iter().map(|(lost, _, _)| lost).sum();
            let runs: usize =
                results.points.iter().flat_map(|p| &p.cases).map(|c| c.storms.len()).sum();
            Some(format!("{lost} of {runs} storms are not over by the end"))
        }
        all if all.iter().all(|(lost, runs, _)| lost == runs) => {
            let policies: Vec<String> = all.iter().map(|(_, _, policy)| policy.clone()).collect();
            Some(format!("no run of {} recovers by the end", listed(&policies)))
        }
        all => {
            let runs: Vec<String> = all
                .iter()
                .map(|(lost, runs, policy)| format!("{lost} of {runs} runs of {policy}"))
                .collect();
            Some(format!("{} do not recover by the end", listed(&runs)))
        }
    }
}
