//! A sweep of two parameters as cells: how the storms of each combination end.

use crate::chart::cases;
use crate::chart::load::spread::quantile;
use crate::chart::name::Name;
use crate::chart::swept::{Parameter, parameters};
use crate::stats::{CaseResults, Results};

/// Fewer runs than this share recover: the combination never does.
const NEVER: f64 = 0.05;

/// More runs than this share recover: the combination does.
const ALWAYS: f64 = 0.95;

/// How a combination ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// It was not run, or nobody was dropped.
    Calm,
    /// The median run has 99% back after so many seconds, and this share of runs recovers.
    Back {
        /// Seconds from the trigger, median over runs.
        after: f64,
        /// From more than half to 1.
        share: f64,
    },
    /// The median run does not recover, and this share of runs does.
    Never {
        /// From 0 to less than a half.
        share: f64,
    },
}

impl Cell {
    /// Whether the median run does not recover.
    pub const fn is_never(self) -> bool {
        matches!(self, Self::Never { .. })
    }

    /// The share of runs that recovers, where chance decides.
    pub fn metastable(self) -> Option<f64> {
        match self {
            Self::Back { share, .. } | Self::Never { share } => {
                (NEVER..=ALWAYS).contains(&share).then_some(share)
            }
            Self::Calm => None,
        }
    }
}

/// A policy's combinations.
#[derive(Clone, Debug)]
pub struct Phase<'a> {
    /// The policy.
    pub case: &'a CaseResults,
    /// What it is called.
    pub name: Name,
    /// `cells[y][x]`, in the order of the parameters' values.
    pub cells: Vec<Vec<Cell>>,
}

impl Phase<'_> {
    /// Combinations that were run, and those of them that never recover.
    pub fn counts(&self) -> (usize, usize) {
        let all = || self.cells.iter().flatten().filter(|cell| **cell != Cell::Calm);
        (all().count(), all().filter(|cell| cell.is_never()).count())
    }
}

/// The two parameters that vary: the one with more values goes across.
pub fn axes(results: &Results) -> Option<(Parameter, Parameter)> {
    let [first, second] = <[Parameter; 2]>::try_from(parameters(results)).ok()?;
    Some(if second.values.len() > first.values.len() { (second, first) } else { (first, second) })
}

/// The policies' combinations; empty when no run of any had a storm.
pub fn phases<'a>(results: &'a Results, across: &Parameter, up: &Parameter) -> Vec<Phase<'a>> {
    let policies = results.points.first().map_or(&[][..], |point| &point.cases);
    let names = cases::names(policies);
    let phase = |(policy, case): (usize, &'a CaseResults)| {
        let mut cells = vec![vec![Cell::Calm; across.values.len()]; up.values.len()];
        for point in &results.points {
            let place = (across.index_at(point), up.index_at(point), point.cases.get(policy));
            if let (Some(x), Some(y), Some(case)) = place {
                cells[y][x] = cell(case);
            }
        }
        Phase { case, name: names[policy].clone(), cells }
    };
    let phases: Vec<Phase<'_>> = policies.iter().enumerate().map(phase).collect();
    let any = phases.iter().any(|phase| phase.counts().0 > 0);
    if any { phases } else { Vec::new() }
}

fn cell(case: &CaseResults) -> Cell {
    let storms = &case.storms;
    if storms.is_empty() {
        return Cell::Calm;
    }
    let mut times: Vec<f64> =
        storms.iter().map(|storm| storm.recovery.unwrap_or(f64::INFINITY)).collect();
    times.sort_by(f64::total_cmp);
    let back = times.iter().filter(|time| time.is_finite()).count();
    let share = back as f64 / times.len() as f64;
    let after = quantile(&times, 0.5);
    if after.is_finite() { Cell::Back { after, share } } else { Cell::Never { share } }
}

/// Edges of classes of recovery time, in seconds; five of them make six classes.
const SCALES: [[f64; 5]; 6] = [
    [0.5, 1.0, 2.0, 5.0, 10.0],
    [2.0, 5.0, 10.0, 20.0, 60.0],
    [10.0, 20.0, 30.0, 60.0, 120.0],
    [60.0, 120.0, 300.0, 600.0, 1800.0],
    [600.0, 1800.0, 3600.0, 7200.0, 14_400.0],
    [14_400.0, 43_200.0, 86_400.0, 172_800.0, 345_600.0],
];

/// The scale that tells most of the recovery times apart.
pub fn scale(phases: &[Phase<'_>]) -> [f64; 5] {
    let times: Vec<f64> = phases
        .iter()
        .flat_map(|phase| phase.cells.iter().flatten())
        .filter_map(|cell| match cell {
            Cell::Back { after, .. } => Some(*after),
            _ => None,
        })
        .collect();
    let told = |edges: &[f64; 5]| {
        let mut counts = [0_usize; 6];
        for time in &times {
            counts[usize::from(class(edges, *time))] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or(0);
        (counts.iter().filter(|count| **count > 0).count(), times.len() - most)
    };
    // Of equals the first: maximum by key takes the last.
    SCALES.iter().rev().copied().max_by_key(|edges| told(edges)).unwrap_or(SCALES[3])
}

/// The class of a recovery time.
pub fn class(edges: &[f64; 5], seconds: f64) -> u8 {
    edges.iter().filter(|edge| seconds >= **edge).count() as u8
}
