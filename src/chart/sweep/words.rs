//! The sentences of a sweep, and its data as CSV.

use super::curves::Point;
use super::{Shown, Sweep};
use crate::chart::finding::{first_fitting, named};
use crate::chart::layout::Size;
use crate::chart::measure;
use crate::chart::name::Name;
use crate::chart::table::Table;
use crate::chart::{captions, cases};
use crate::stats::Results;

/// How a metric of a policy changes from the least value of the parameter to the most.
struct Change<'a> {
    shown: &'a Shown,
    policy: usize,
    first: Point,
    last: Point,
    /// The larger over the smaller.
    factor: f64,
}

/// The finding: where runs stop to recover, else the largest clear change.
pub fn title(shown: &[Shown], sweep: &Sweep<'_>, size: Size) -> String {
    let parameter = &sweep.parameter;
    let called = Name::from(parameter.name.as_str());
    let mut titles = Vec::new();
    if let Some((policy, at)) = first_cut(shown, sweep) {
        titles.extend(named(&[&sweep.names[policy], &called], |n| {
            format!("{} does not always recover at {} {at}", n[0], n[1])
        }));
        titles.extend(named(&[&called], |n| format!("Not every run recovers at {} {at}", n[0])));
        return first_fitting(&titles, size);
    }
    let Some(change) = largest(shown) else {
        titles.extend(named(&[&called], |n| format!("Nothing changes clearly with {}", n[0])));
        return first_fitting(&titles, size);
    };
    let metric = change.shown.curves.metric;
    // `time to connect, p99`: what of it, if there is room.
    let (name, of_it) = metric.words.split_once(", ").unwrap_or((metric.words, ""));
    let whole = format!("{name} ({of_it})");
    let calls = if of_it.is_empty() { vec![name] } else { vec![whole.as_str(), name] };
    let value = |point: Point| measure::value(metric, point.mean.unwrap_or(0.0));
    let text = |point: Point| {
        let near = |value: &&crate::chart::swept::Value| value.number == Some(point.at);
        parameter.values.iter().find(near).map_or_else(String::new, |value| value.text.clone())
    };
    let policy = &sweep.names[change.policy];
    let (from, to) = (value(change.first), value(change.last));
    // What both are in is said once.
    let unit = match metric.unit {
        "ratio" => " ×",
        "per_s" => " per s",
        _ => "",
    };
    let from = from.strip_suffix(unit).unwrap_or(&from);
    let (least, most) = (text(change.first), text(change.last));
    let one = sweep.policies.len() == 1;
    if !one {
        titles.extend(calls.iter().flat_map(|name| {
            named(&[policy, &called], |n| {
                format!("{}: {name} {from} → {to} from {} {least} to {most}", n[0], n[1])
            })
        }));
    }
    titles.extend(calls.iter().flat_map(|name| {
        named(&[&called], |n| format!("{name}: {from} → {to} from {} {least} to {most}", n[0]))
    }));
    first_fitting(&titles, size)
}

/// The first policy, and the value of the parameter, at which a run was cut off.
fn first_cut(shown: &[Shown], sweep: &Sweep<'_>) -> Option<(usize, String)> {
    let shown = shown.iter().find(|shown| shown.curves.metric.name == "recovery_time")?;
    let cut = shown.curves.curves.iter().enumerate().find_map(|(policy, curve)| {
        let is_cut = |point: &&Point| point.mean.is_none();
        // All values cut off tell nothing of the parameter.
        let some = curve.iter().any(|point| point.mean.is_some());
        curve.iter().find(is_cut).filter(|_| some).map(|point| (policy, point.at))
    });
    let (policy, at) = cut?;
    let value = sweep.parameter.values.iter().find(|value| value.number == Some(at))?;
    Some((policy, value.text.clone()))
}

/// The largest change between the ends whose intervals do not meet.
fn largest(shown: &[Shown]) -> Option<Change<'_>> {
    let mut best: Option<Change<'_>> = None;
    for shown in shown {
        for (policy, curve) in shown.curves.curves.iter().enumerate() {
            let (Some(&first), Some(&last)) = (curve.first(), curve.last()) else { continue };
            let (Some(a), Some(b)) = (first.mean, last.mean) else { continue };
            let apart = match (first.interval, last.interval) {
                (Some(a), Some(b)) => a[1] < b[0] || b[1] < a[0],
                _ => a.total_cmp(&b).is_ne(),
            };
            let (low, high) = (a.min(b), a.max(b));
            let apart = apart && high - low > shown.curves.metric.floor;
            let factor = if low > 0.0 { high / low } else { 1.0 };
            if apart && best.as_ref().is_none_or(|best| factor > best.factor) {
                best = Some(Change { shown, policy, first, last, factor });
            }
        }
    }
    best
}

/// What is drawn, of what scenario, from the fullest to the shortest.
pub fn subtitles(results: &Results, sweep: &Sweep<'_>) -> Vec<String> {
    let parameter = &sweep.parameter;
    let runs = captions::runs_each(results, "a value");
    let world = captions::shared_world(&cases::all(results).iter().collect::<Vec<_>>());
    let count = parameter.values.len();
    vec![
        format!("{count} values of {} ({}){world}, {runs}.", parameter.name, parameter.path),
        format!("{count} values of {}{world}, {runs}.", parameter.name),
        format!("{count} values of {}, {runs}.", parameter.name),
        format!("{count} values, {runs}."),
    ]
}

/// What the marks mean, from the fullest to the shortest.
pub fn footers(results: &Results, shown: &[Shown]) -> Vec<String> {
    let band = if results.replications > 1 { " Band: 95% interval of the mean." } else { "" };
    let points = || shown.iter().flat_map(|shown| shown.curves.curves.iter().flatten());
    let cut = if points().any(|point| point.mean.is_none()) {
        " Triangle above a plot: cut off by the end of a run."
    } else {
        ""
    };
    vec![
        format!("Points: simulated values; lines only lead the eye.{band}{cut}"),
        format!("Points: simulated values.{band}{cut}"),
        format!("{}{cut}", band.trim_start()),
    ]
}

/// The title and the ends of the first panels.
pub fn alt(title: &str, shown: &[Shown], sweep: &Sweep<'_>) -> String {
    let told = shown.iter().filter_map(|shown| {
        let metric = shown.curves.metric;
        let curve = shown.curves.curves.first()?;
        let ends = [curve.first()?.mean, curve.last()?.mean];
        let [first, last] =
            ends.map(|mean| mean.map_or("cut off".to_owned(), |m| measure::value(metric, m)));
        let policy = &sweep.policies.first()?.0.policy;
        Some(format!("{policy}: {} {first} to {last}", metric.words))
    });
    captions::alt(title, told)
}

/// The drawn points.
pub fn csv(shown: &[Shown], sweep: &Sweep<'_>) -> String {
    let mut table =
        Table::new(&["policy", "metric", "parameter", "value", "mean", "ci_low", "ci_high"]);
    for shown in shown {
        for (curve, (case, _)) in shown.curves.curves.iter().zip(&sweep.policies) {
            for point in curve {
                let metric = shown.curves.metric.name;
                table.texts([&case.policy, metric, &sweep.parameter.path]);
                let [low, high] = point.interval.unwrap_or([f64::NAN; 2]);
                table.values([point.at, point.mean.unwrap_or(f64::NAN), low, high]);
            }
        }
    }
    table.finish()
}
