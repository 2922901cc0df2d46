//! The answer in one sentence, as far as the data allow one.

use super::label::{listed, sentence, words};
use super::terminal::choose;
use crate::chart::Chart;
use crate::stats::{PointResults, Results};

/// Key figures that a verdict is drawn from.
const KEY_FIGURES: usize = 8;

/// Of a policy or of a figure, so many are named.
const NAMED: usize = 3;

/// One sentence: which policy is better than every other in what, clear of noise, and
/// which never recovers. Without a claim to make it is what the first chart shows.
pub fn verdict(results: &Results, charts: &[Chart]) -> String {
    let compared = results.points.iter().any(|point| point.cases.len() > 1);
    let claim = match results.points.as_slice() {
        _ if !compared || results.replications < 2 => None,
        [point] => wins(results, point),
        points => wins_of_sweep(results, points),
    };
    let finding = charts.iter().map(|chart| chart.title.clone()).next();
    let claim = claim.or(finding).unwrap_or_else(|| "Nothing was measured".to_owned());
    match lost(results) {
        Some(lost) => format!("{claim}; {lost}."),
        None => format!("{claim}."),
    }
}

/// `gateway is clearly best in a and b, ring in c`.
fn wins(results: &Results, point: &PointResults) -> Option<String> {
    let mut won: Vec<Vec<String>> = vec![Vec::new(); point.cases.len()];
    for metric in choose::metrics(results, KEY_FIGURES) {
        if let Some(best) = choose::best(point, metric) {
            won[best].push(words(metric));
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
    (!clauses.is_empty()).then(|| sentence(&clauses.join("; ")))
}

fn named(figures: &[String]) -> String {
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
    for metric in choose::metrics(results, KEY_FIGURES) {
        let winners: Vec<&str> = points
            .iter()
            .filter_map(|point| Some(point.cases[choose::best(point, metric)?].policy.as_str()))
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
            clauses.push((most, format!("{policy} is clearly best in {} {at}", words(metric))));
        }
    }
    clauses.sort_by_key(|(most, _)| std::cmp::Reverse(*most));
    let told: Vec<String> = clauses.into_iter().take(2).map(|(_, clause)| clause).collect();
    (!told.is_empty()).then(|| sentence(&told.join("; ")))
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
