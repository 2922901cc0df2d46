//! The warm-up that pilot runs found, in words.

use super::label;
use super::terminal::choose;
use crate::chart::words::span;
use crate::plan::warmup::Found;
use crate::stats::{PointResults, Results};

/// How many points of a sweep are named.
const NAMED: usize = 3;

/// What was found, in a sentence; nothing where every warm-up is stated.
pub fn found(results: &Results) -> Option<String> {
    let points: Vec<(&PointResults, &Found)> =
        results.points.iter().filter_map(|point| Some((point, point.found.as_ref()?))).collect();
    let (first, how) = points.first()?;
    let pilots = format!("{} pilot runs of each policy", how.pilots);
    let is_one = points.len() == results.points.len() && !vary(results);
    if is_one && first.warmup.is_zero() {
        return Some(format!("By MSER-5 in {pilots} no warm-up is needed."));
    }
    if is_one {
        let longest =
            longest(&points).map_or_else(String::new, |name| format!("; {name} takes longest"));
        let length = length(first);
        return Some(format!("The warm-up of {length} was found by MSER-5 in {pilots}{longest}."));
    }
    let mut named: Vec<String> = points
        .iter()
        .take(NAMED)
        .map(|(point, _)| format!("{} at {}", length(point), choose::label(point)))
        .collect();
    if points.len() > NAMED {
        named.push(format!("{} more", points.len() - NAMED));
    }
    let named = label::listed(&named);
    Some(format!("Warm-ups were found by MSER-5 in {pilots}: {named}."))
}

/// Whether points have different warm-ups, of which some were found.
pub fn vary(results: &Results) -> bool {
    let mut warmups = results.points.iter().map(|point| point.warmup);
    let first = warmups.next();
    let is_found = results.points.iter().any(|point| point.found.is_some());
    is_found && warmups.any(|warmup| Some(warmup) != first)
}

/// The policy that takes longest at all of these, where it is not the only one.
fn longest<'a>(points: &[(&PointResults, &'a Found)]) -> Option<&'a str> {
    let (first, how) = points.first()?;
    let name = how.longest.as_deref().filter(|_| first.cases.len() > 1)?;
    points.iter().all(|(_, other)| other.longest.as_deref() == Some(name)).then_some(name)
}

fn length(point: &PointResults) -> String {
    if point.warmup.is_zero() { "none".to_owned() } else { span(point.warmup.as_secs_f64()) }
}
