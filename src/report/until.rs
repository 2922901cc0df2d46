//! Whether a run that was to find the number of its replications has found it, in words.

use serde_json::{Value, json};

use super::label::{self, listed};
use super::terminal::choose;
use super::terminal::number::{grouped, short};
use crate::plan::{Until, Width};
use crate::stats::{CaseResults, Metric, PointResults, Results, Standing};

/// How many policies are named.
const NAMED: usize = 3;

/// What was asked, without a full stop: `recovery_time is known to within 5%`.
pub fn question(until: &Until) -> String {
    let unit = match until.width {
        Width::Relative(_) => "",
        Width::Absolute(_) => Metric::named(&until.metric).map_or("", label::unit),
    };
    format!("{until}{unit}")
}

/// The same, looking back. (No metric's name has a blank.)
fn afterwards(until: &Until) -> String {
    question(until).replacen(" is ", " was ", 1)
}

/// That it was found, in a sentence; nothing where the number was given, or not found.
pub fn found(results: &Results) -> Option<String> {
    let until = results.until.as_ref()?;
    let of = |standing: fn(&Standing) -> bool| {
        cases(results, until).filter(move |(_, _, found)| standing(found))
    };
    if of(|found| *found != Standing::Reached && *found != Standing::Absent).next().is_some() {
        return None;
    }
    let without: Vec<String> =
        of(|found| *found == Standing::Absent).map(|(point, case, _)| name(point, case)).collect();
    let reach = if without.is_empty() { "every policy" } else { "every policy that has one" };
    let most = grouped(f64::from(until.at_most), 0);
    let mut text = format!(
        "Replications went on, to {most} at most, until {} under {reach}.",
        afterwards(until)
    );
    if !without.is_empty() {
        let names = shortened(without);
        text += &format!(" Without one: {names}.");
    }
    Some(text)
}

/// What is not known as well as was asked, and by how much.
pub fn warnings(results: &Results) -> Vec<String> {
    let Some(until) = &results.until else { return Vec::new() };
    let (n, metric) = (f64::from(results.replications), &until.metric);
    let mut warnings = Vec::new();
    let mut wide: Vec<(f64, String)> = Vec::new();
    let (mut few, mut cut_off) = (Vec::new(), Vec::new());
    for (point, case, standing) in cases(results, until) {
        let name = name(point, case);
        match standing {
            Standing::Wide { half, enough, mean } => {
                wide.push((
                    half / enough,
                    format!("{name} {}", distance(until, half, enough, mean)),
                ));
            }
            Standing::Few(known) => few.push(format!("{name} ({known})")),
            Standing::CutOff(many) => cut_off.push(format!("{name} ({many})")),
            Standing::Reached | Standing::Absent => {}
        }
    }
    wide.sort_by(|a, b| b.0.total_cmp(&a.0));
    let of = grouped(n, 0);
    if let Some((ratio, _)) = wide.first() {
        // A run goes on to the most while any may still be reached. Intervals shrink as the
        // square root of the number.
        let needed = n * ratio * ratio;
        let would = if needed < 1e6 {
            format!(" About {} would do.", short(needed.max(n + 1.0).ceil()))
        } else {
            String::new()
        };
        let names = shortened(wide.into_iter().map(|(_, text)| text).collect());
        let asked = afterwards(until);
        warnings.push(format!(
            "Replications ended at {of}, the most allowed, before {asked}: {names}.{would}"
        ));
    }
    if !few.is_empty() {
        let (least, names) = (Until::LEAST, shortened(few));
        warnings.push(format!(
            "Too few of {of} runs have {metric} ({least} are needed) under {names}."
        ));
    }
    if !cut_off.is_empty() {
        let names = shortened(cut_off);
        warnings.push(format!(
            "The end of the run cut off {metric} in some of {of} runs, so that no number of \
             replications makes it known, under {names}. A longer duration may."
        ));
    }
    warnings
}

/// As files say it; nothing where the number was given.
pub fn value(results: &Results) -> Option<Value> {
    let until = results.until.as_ref()?;
    let mut value = json!(until);
    if let Value::Object(fields) = &mut value {
        let is_known = |found: Standing| matches!(found, Standing::Reached | Standing::Absent);
        let reached = cases(results, until).all(|(_, _, found)| is_known(found));
        fields.insert("reached".to_owned(), reached.into());
    }
    Some(value)
}

fn cases<'a>(
    results: &'a Results,
    until: &'a Until,
) -> impl Iterator<Item = (&'a PointResults, &'a CaseResults, Standing)> {
    let of_point = move |point: &'a PointResults| {
        let standing = move |case| (point, case, Standing::of_case(until, case));
        point.cases.iter().map(standing)
    };
    results.points.iter().flat_map(of_point)
}

fn name(point: &PointResults, case: &CaseResults) -> String {
    let label = choose::label(point);
    if label.is_empty() { case.policy.clone() } else { format!("{} at {label}", case.policy) }
}

/// `±8.1% of its mean, where ±4.8% is enough`.
fn distance(until: &Until, half: f64, enough: f64, mean: f64) -> String {
    match until.width {
        Width::Relative(_) if mean == 0.0 => "has the mean 0, which no share is of".to_owned(),
        Width::Relative(_) => format!(
            "±{}% of its mean, where ±{}% is enough",
            short(half / mean.abs() * 100.0),
            short(enough / mean.abs() * 100.0)
        ),
        Width::Absolute(_) => {
            let unit = Metric::named(&until.metric).map_or("", label::unit);
            format!("±{}{unit}", short(half))
        }
    }
}

/// Up to [`NAMED`] of them, and how many more there are.
fn shortened(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    if more > 0 {
        names.truncate(NAMED);
        names.push(format!("{more} more"));
    }
    listed(&names)
}
