//! Which cases share a chart.

use super::name::Name;
use super::swept;
use crate::stats::{CaseResults, MetricResult, PointResults, Results, SeriesId};

/// Panels that one chart holds at most.
const MOST_PANELS: usize = 12;

/// Cases of several points that still share a chart.
const MOST_SHARED: usize = 6;

/// One panel's worth: a policy at a point.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// What the panel is called: the policy, with the swept values where points share a chart.
    pub name: Name,
    /// Index of the point.
    pub index: usize,
    /// The point.
    pub point: &'a PointResults,
    /// The policy's results.
    pub found: &'a CaseResults,
}

/// One chart's worth.
#[derive(Clone, Debug)]
pub struct Selection<'a> {
    /// Number of the point, from 1, where each point has a chart of its own.
    pub number: Option<usize>,
    /// The swept values of a chart of one point: `count 12, drop 0.3`; empty without a sweep.
    swept: String,
    /// The panels, in the scenario's order.
    pub cases: Vec<Case<'a>>,
    /// Names of the cases that found no room.
    pub omitted: Vec<String>,
}

impl Case<'_> {
    /// A metric of the case, if its runs have it.
    pub fn metric(&self, name: &str) -> Option<&MetricResult> {
        self.found.metrics.iter().find(|result| result.metric.name == name)
    }

    /// The mean of a metric, if it has one.
    pub fn mean(&self, name: &str) -> Option<f64> {
        self.metric(name)?.mean.filter(|mean| mean.is_finite())
    }

    /// Whether it has a rule that closes connections to move them.
    pub fn rebalances(&self) -> bool {
        self.found.rebalance != "none"
    }

    /// Whether its rule closes connections for their age: at any time, so that those it closes
    /// are no share of those that were open at the membership changes.
    pub fn closes_by_age(&self) -> bool {
        self.found.rebalance == "max_age"
    }

    /// The share of connections moved; `None` also where its rule closes them for their age.
    pub fn moved(&self) -> Option<f64> {
        self.mean("moved_fraction").filter(|_| !self.closes_by_age())
    }

    /// Of how many runs with a storm how many had 99% of the dropped back by their end:
    /// (back, runs).
    pub fn recoveries(&self) -> Option<(usize, usize)> {
        let known = || self.metric("recovered").into_iter().flat_map(|m| m.values.iter().flatten());
        let back = known().filter(|value| **value > 0.5).count();
        (known().count() > 0).then(|| (back, known().count()))
    }

    /// How a case that does not recover in every run does: `never recovers`.
    pub fn stuck(&self) -> Option<String> {
        match self.recoveries()? {
            (back, runs) if back == runs => None,
            (_, 1) => Some("does not recover".to_owned()),
            (0, _) => Some("never recovers".to_owned()),
            (back, runs) => Some(format!("recovers in {back} of {runs} runs")),
        }
    }

    /// The median over replications of a cluster-level series; empty without it.
    pub fn median(&self, id: SeriesId) -> &[f64] {
        let band = self.found.series.iter().find(|band| band.id == id);
        band.map_or(&[], |band| &band.median)
    }

    /// Width of a sampling step, in seconds.
    pub fn step(&self) -> f64 {
        self.point.step.as_secs_f64()
    }

    /// How long a run was watched, in seconds.
    pub fn length(&self) -> f64 {
        self.point.duration.as_secs_f64()
    }
}

impl Selection<'_> {
    /// A chart's name: its kind, and its number where there are several.
    pub fn file_stem(&self, kind: &str) -> String {
        match self.number {
            Some(number) => format!("{kind}-{number}"),
            None => kind.to_owned(),
        }
    }

    /// The swept values of a chart of one point: `count 12, drop 0.3`; empty without a sweep.
    pub fn swept(&self) -> &str {
        &self.swept
    }

    /// What the footer says of cases that found no room; empty when all did.
    pub fn omission(&self) -> String {
        match self.omitted.as_slice() {
            [] => String::new(),
            [one] => format!(" Not drawn: {one}."),
            [one, rest @ ..] => format!(" Not drawn: {one} and {} more.", rest.len()),
        }
    }
}

/// The charts of a kind: one for all cases, or one a point when they are many.
pub fn selections(results: &Results) -> Vec<Selection<'_>> {
    let total: usize = results.points.iter().map(|point| point.cases.len()).sum();
    let swept = results.points.len() > 1;
    if !swept || total <= MOST_SHARED {
        return vec![limited(None, String::new(), everywhere(results))];
    }
    let points = results.points.iter().enumerate();
    let of_one = |(index, point)| {
        limited(Some(index + 1), values(results, point), of_point(index, point, ""))
    };
    points.map(of_one).collect()
}

/// Every policy at every point; named with the swept values when there are several points.
pub fn all(results: &Results) -> Vec<Case<'_>> {
    named_apart(everywhere(results))
}

/// Every policy at every point, named with what of the point is to be told.
pub fn told_by(results: &Results, values: impl Fn(&PointResults) -> String) -> Vec<Case<'_>> {
    let points = results.points.iter().enumerate();
    named_apart(points.flat_map(|(index, point)| of_point(index, point, &values(point))).collect())
}

/// What the policies of a point are called.
pub fn names(cases: &[CaseResults]) -> Vec<Name> {
    Name::all(&cases.iter().map(|case| case.policy.clone()).collect::<Vec<_>>())
}

fn everywhere(results: &Results) -> Vec<Case<'_>> {
    let swept = results.points.len() > 1;
    let points = results.points.iter().enumerate();
    let of_one = |(index, point)| {
        let values = if swept { values(results, point) } else { String::new() };
        of_point(index, point, &values)
    };
    points.flat_map(of_one).collect()
}

fn of_point<'a>(index: usize, point: &'a PointResults, values: &str) -> Vec<Case<'a>> {
    let named = |found: &CaseResults| match values {
        "" => Name::from(found.policy.as_str()),
        values => Name::from(format!("{}, {values}", found.policy).as_str()),
    };
    point.cases.iter().map(|found| Case { name: named(found), index, point, found }).collect()
}

/// The last part of each path with its value: `count 12, drop 0.3`; of a value that is an
/// object what tells it from those of other points. Empty without a sweep.
pub fn values(results: &Results, point: &PointResults) -> String {
    values_at(results, point, |_| true)
}

/// The same of some of the paths.
pub fn values_at(results: &Results, point: &PointResults, told: impl Fn(&str) -> bool) -> String {
    let one = |(path, value): &(String, String)| {
        let alternatives = results.points.iter().filter_map(|point| swept::set_at(&point.at, path));
        if let Some(parts) = swept::differing(value, &alternatives.collect::<Vec<_>>()) {
            return parts;
        }
        let field = path.rsplit('.').next().unwrap_or(path).replace('_', " ");
        format!("{field} {}", value.trim_matches('"'))
    };
    let told = point.at.iter().filter(|(path, _)| told(path));
    told.map(one).collect::<Vec<_>>().join(", ")
}

fn limited(number: Option<usize>, swept: String, mut cases: Vec<Case<'_>>) -> Selection<'_> {
    let rest = cases.split_off(cases.len().min(MOST_PANELS));
    let omitted = rest.into_iter().map(|case| case.name.to_string()).collect();
    Selection { number, swept, cases: named_apart(cases), omitted }
}

/// The same cases, each knowing what tells its name from the others'.
fn named_apart(mut cases: Vec<Case<'_>>) -> Vec<Case<'_>> {
    let whole: Vec<String> = cases.iter().map(|case| case.name.to_string()).collect();
    for (case, name) in cases.iter_mut().zip(Name::all(&whole)) {
        case.name = name;
    }
    cases
}
