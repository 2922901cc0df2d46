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
    if let Some(Cut { policies, never, at }) = first_cut(shown, sweep) {
        let (one, many, nobody) = match (never, is_one_run(sweep)) {
            (true, true) => ("does not recover", "do not recover", "recovers"),
            (true, false) => ("never recovers", "never recover", "ever recovers"),
            _ => ("does not always recover", "do not always recover", "always recovers"),
        };
        let name = |policy: usize| &sweep.names[policy];
        titles.extend(match policies.as_slice() {
            [only] => {
                named(&[name(*only), &called], |n| format!("{} {one} at {} {at}", n[0], n[1]))
            }
            all if all.len() == sweep.policies.len() => {
                named(&[&called], |n| format!("No policy {nobody} at {} {at}", n[0]))
            }
            [first, second] => named(&[name(*first), name(*second), &called], |n| {
                format!("{} and {} {many} at {} {at}", n[0], n[1], n[2])
            }),
            some => {
                named(&[&called], |n| format!("{} policies {many} at {} {at}", some.len(), n[0]))
            }
        });
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

/// Who does not recover where.
struct Cut {
    policies: Vec<usize>,
    /// Whether no run of theirs does.
    never: bool,
    /// The value of the parameter.
    at: String,
}

/// The policies of which a run was cut off at the value of the parameter that is the first to cut
/// any off.
fn first_cut(shown: &[Shown], sweep: &Sweep<'_>) -> Option<Cut> {
    let of = |name: &str| shown.iter().find(|shown| shown.curves.metric.name == name);
    let curves = &of("recovery_time")?.curves.curves;
    let is_cut = |point: &&Point| point.mean.is_none();
    // All values cut off tell nothing of the parameter.
    let telling = curves.iter().filter(|curve| curve.iter().any(|point| point.mean.is_some()));
    let cuts = telling.filter_map(|curve| curve.iter().find(is_cut));
    let at = cuts.map(|point| point.at).reduce(f64::min)?;
    let here =
        |curve: &[Point]| curve.iter().find(|point| point.at.total_cmp(&at).is_eq()).copied();
    let all = curves.iter().enumerate();
    let cut = all.filter(|(_, curve)| here(curve).is_some_and(|point| point.mean.is_none()));
    let policies: Vec<usize> = cut.map(|(policy, _)| policy).collect();
    let recovered = of("recovered").map(|shown| &shown.curves.curves);
    let never = policies.iter().all(|policy| {
        let share = recovered.and_then(|curves| here(&curves[*policy])?.mean);
        share.is_some_and(|share| share <= 0.0)
    });
    let value = sweep.parameter.values.iter().find(|value| value.number == Some(at))?;
    Some(Cut { policies, never, at: value.text.clone() })
}

fn is_one_run(sweep: &Sweep<'_>) -> bool {
    let mut metrics = sweep.policies.iter().flat_map(|(case, _)| &case.metrics);
    metrics.all(|result| result.values.len() <= 1)
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
