//! What limits the answer: said on top of every page, below every table.

use super::label;
use super::terminal::choose;
use super::until;
use crate::chart::text::printable;
use crate::chart::words::span;
use crate::stats::warmup::{SERIES, drift};
use crate::stats::{Band, CaseResults, METRICS, Metric, MetricResult, PointResults, Results};

/// With fewer replications the intervals are too wide to decide much.
const FEW: u32 = 5;

/// Key figures whose interval reaches farther than this share of their mean have not
/// converged.
const WIDE: f64 = 0.1;

/// How many key figures are looked at, and how many are named.
const KEY_FIGURES: usize = 6;
const NAMED: usize = 3;

/// Sentences on what limits the results, the gravest first; none where nothing does.
pub fn warnings(results: &Results) -> Vec<String> {
    let mut warnings = Vec::from_iter(few_replications(results));
    warnings.extend(until::warnings(results));
    warnings.extend(results.points.iter().filter_map(cut_off));
    if results.replications >= FEW {
        warnings.extend(not_converged(results));
    }
    warnings.extend(results.points.iter().filter_map(warm_up));
    warnings.extend(unprintable(results));
    warnings
}

/// Which names a picture does not show whole: it has the bundled fonts alone.
pub fn unprintable(results: &Results) -> Option<String> {
    let of_point = |point: &'_ PointResults| {
        let policies = point.cases.iter().map(|case| case.policy.clone());
        policies.chain(point.markers.iter().map(|marker| marker.label.clone())).collect::<Vec<_>>()
    };
    let marks = |text: &str| text.matches('?').count();
    let mut names: Vec<String> = results.points.iter().flat_map(of_point).collect();
    names.retain(|name| marks(&printable(name)) > marks(name));
    names.sort_unstable();
    names.dedup();
    let list = first_of(&names, ", ", " and")?;
    Some(format!("PNG pictures have a question mark for what their fonts lack, in: {list}."))
}

/// The first of many, and how many more there are; nothing of none.
fn first_of(all: &[String], between: &str, and: &str) -> Option<String> {
    let named = all.get(..all.len().min(NAMED)).filter(|named| !named.is_empty())?.join(between);
    Some(match all.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named}{and} {more} more"),
    })
}

/// What so few replications leave open; nothing where there are enough.
pub fn few_replications(results: &Results) -> Option<String> {
    of_few(results.replications)
}

/// The same for so many replications.
pub fn of_few(replications: u32) -> Option<String> {
    match replications {
        1 => Some("One replication: nothing here says what chance may change.".to_owned()),
        few if few < FEW => Some(format!("Only {few} replications: the intervals are wide.")),
        _ => None,
    }
}

/// ` at path = value`; nothing without a sweep.
fn place(point: &PointResults) -> String {
    let label = choose::label(point);
    if label.is_empty() { label } else { format!(" at {label}") }
}

/// Which times the end of the run cut off, metric by metric.
fn cut_off(point: &PointResults) -> Option<String> {
    let of_metric = |metric: &Metric| {
        let policies: Vec<String> = point
            .cases
            .iter()
            .filter_map(|case| {
                let result = choose::find(case, metric).filter(|found| found.censored > 0)?;
                let runs = result.measured();
                Some(format!("{} ({} of {runs} runs)", case.policy, result.censored))
            })
            .collect();
        (!policies.is_empty()).then(|| format!("{} of {}", metric.words, label::listed(&policies)))
    };
    let is_cut = |metric: &Metric| of_metric(metric).is_some();
    let whole = METRICS.iter().find(|metric| metric.name == "recovery_time").is_some_and(is_cut);
    // Where the storm as a whole is not over, its quantiles say nothing more.
    let told = METRICS.iter().filter(|metric| !(whole && metric.name.starts_with("recovery_p")));
    let cut: Vec<String> = told.filter_map(of_metric).collect();
    let named = first_of(&cut, "; ", "; and")?;
    Some(format!("Cut off by the end of the run{}, so longer than shown: {named}.", place(point)))
}

/// Which key figures are known too roughly.
fn not_converged(results: &Results) -> Option<String> {
    let mut wide: Vec<(f64, String)> = Vec::new();
    for metric in choose::metrics(results, KEY_FIGURES) {
        for point in &results.points {
            for case in &point.cases {
                let share = choose::find(case, metric).and_then(relative_half_width);
                if let Some(share) = share.filter(|share| *share > WIDE) {
                    let figure = metric.words;
                    let of = format!("{figure} of {}{}", case.policy, place(point));
                    wide.push((share, format!("{of} (±{:.0}%)", share * 100.0)));
                }
            }
        }
    }
    wide.sort_by(|a, b| b.0.total_cmp(&a.0));
    let figures: Vec<String> = wide.into_iter().map(|(_, text)| text).collect();
    let named = first_of(&figures, ", ", " and")?;
    Some(format!("Not converged, more replications would tell: {named}."))
}

/// Half the interval over the mean, where the interval is wider than anybody would act on.
fn relative_half_width(result: &MetricResult) -> Option<f64> {
    let ([low, high], mean) = (result.ci95?, result.mean?);
    let half = (high - low) / 2.0;
    let matters = half > result.metric.floor && !result.metric.is_yes_or_no();
    (matters && mean.abs() > 0.0).then(|| half / mean.abs())
}

/// Whether MSER-5 would forget more of the start than the scenario's warm-up does. Of one that
/// it found itself it says nothing: asked again it would look at the same runs without their
/// start, and what little is left of a drift there is what it chose to leave.
fn warm_up(point: &PointResults) -> Option<String> {
    if point.found.is_some() {
        return None;
    }
    let drifting = |case: &CaseResults| {
        let bands = case.series.iter().filter(|band| SERIES.contains(&band.id));
        bands.filter_map(|band| start_to_forget(point, band)).max()
    };
    let found = point.cases.iter().filter_map(|case| Some((drifting(case)?, case)));
    let (steps, case) = found.max_by_key(|(steps, _)| *steps)?;
    let reach = span(point.step.as_secs_f64() * steps as f64);
    let (place, policy) = (place(point), &case.policy);
    let looks = if point.warmup.is_zero() {
        format!("A warm-up is missing{place}")
    } else {
        format!("The warm-up of {} looks too short{place}", span(point.warmup.as_secs_f64()))
    };
    Some(format!("{looks}: by MSER-5, {policy} is not in its steady state before {reach}."))
}

/// The step up to which MSER-5 forgets the series, where it drifts before it; only what
/// comes between the warm-up and the first event is looked at, as an event's answer is no
/// warm-up.
fn start_to_forget(point: &PointResults, band: &Band) -> Option<usize> {
    let step = point.step.as_secs_f64();
    let first_event = point.markers.first().map_or(f64::INFINITY, |marker| marker.at);
    let start = (point.warmup.as_secs_f64() / step) as usize;
    let end = band.mean.len().min((first_event / step) as usize);
    Some(start + drift(band.mean.get(start..end)?)?.observations)
}
