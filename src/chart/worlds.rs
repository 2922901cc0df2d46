//! The worlds of a sweep: who could have been chosen instead of whom.
//!
//! A sweep varies decisions (policies, server settings, back-off) and the world (who comes,
//! which events). Decisions of one world are alternatives; nobody chooses between two worlds,
//! so what is better in one of them was not bought in the other.

use std::collections::BTreeMap;

use super::cases::{self, Case};
use super::swept;
use crate::stats::{PointResults, Results};

/// All worlds of a sweep.
#[derive(Debug)]
pub struct Worlds<'a> {
    /// What tells them apart, where it is one thing: `network loss`; `None` of one world alone.
    pub parameter: Option<String>,
    /// In the order of their first points.
    pub all: Vec<World<'a>>,
}

/// The points of one world, and what was decided there.
#[derive(Debug)]
pub struct World<'a> {
    /// What tells it from the other worlds: `loss 0.05`; empty of a world alone.
    pub value: String,
    /// Every policy under every decision, named with what of the decisions is swept.
    pub cases: Vec<Case<'a>>,
}

/// The worlds of some results, each with its alternatives.
pub fn worlds(results: &Results) -> Worlds<'_> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut points: Vec<Vec<&PointResults>> = Vec::new();
    let mut world_of: Vec<usize> = Vec::with_capacity(results.points.len());
    for point in &results.points {
        let number = *numbers.entry(point.identity.digest.as_str()).or_insert(points.len());
        points.resize_with(points.len().max(number + 1), Vec::new);
        points[number].push(point);
        world_of.push(number);
    }
    let swept = swept::parameters(results);
    let (decided, given): (Vec<_>, Vec<_>) = swept
        .into_iter()
        .partition(|parameter| points.iter().any(|world| varies(world, &parameter.path)));
    let is_decided = |path: &str| decided.iter().any(|parameter| parameter.path == path);
    let is_given = |path: &str| given.iter().any(|parameter| parameter.path == path);
    let mut all: Vec<World<'_>> = Vec::with_capacity(points.len());
    for (index, world) in points.iter().enumerate() {
        let value = cases::values_at(results, world[0], is_given);
        let is_taken = all.iter().any(|other| other.value == value);
        let value = match points.len() {
            1 => String::new(),
            // A swept object may hold a decision and a part of the world at the same time.
            _ if value.is_empty() || is_taken => format!("world {}", index + 1),
            _ => value,
        };
        all.push(World { value, cases: Vec::new() });
    }
    for case in cases::told_by(results, |point| cases::values_at(results, point, is_decided)) {
        all[world_of[case.index]].cases.push(case);
    }
    let parameter = match given.as_slice() {
        [one] => Some(one.name.clone()),
        _ => None,
    };
    Worlds { parameter, all }
}

/// Whether a path has several values at some points.
fn varies(points: &[&PointResults], path: &str) -> bool {
    let mut values = points.iter().map(|point| swept::set_at(&point.at, path));
    let first = values.next();
    values.any(|value| Some(value) != first)
}
