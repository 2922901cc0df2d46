//! Which cases share a chart.

use crate::stats::{CaseResults, MetricResult, PointResults, Results, SeriesId};

/// Panels that one chart holds at most.
const MOST_PANELS: usize = 12;

/// Cases of several points that still share a chart.
const MOST_SHARED: usize = 6;

/// One panel's worth: a policy at a point.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// What the panel is called: the policy, with the swept values where points share a chart.
    pub name: String,
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
    pub fn swept(&self) -> String {
        match (self.number, self.cases.first()) {
            (Some(_), Some(case)) => values(case.point),
            _ => String::new(),
        }
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
        let cases = results.points.iter().enumerate();
        let cases = cases.flat_map(|(index, point)| of_point(index, point, swept)).collect();
        return vec![limited(None, cases)];
    }
    let points = results.points.iter().enumerate();
    points.map(|(index, point)| limited(Some(index + 1), of_point(index, point, false))).collect()
}

/// Every policy at every point; named with the swept values when there are several points.
pub fn all(results: &Results) -> Vec<Case<'_>> {
    let swept = results.points.len() > 1;
    let points = results.points.iter().enumerate();
    points.flat_map(|(index, point)| of_point(index, point, swept)).collect()
}

fn of_point(index: usize, point: &PointResults, with_values: bool) -> Vec<Case<'_>> {
    let named = |found: &CaseResults| {
        let values = values(point);
        if with_values && !values.is_empty() {
            format!("{}, {values}", found.policy)
        } else {
            found.policy.clone()
        }
    };
    point.cases.iter().map(|found| Case { name: named(found), index, point, found }).collect()
}

/// The last part of each path with its value: `count 12, drop 0.3`; empty without a sweep.
pub fn values(point: &PointResults) -> String {
    let one = |(path, value): &(String, String)| {
        let field = path.rsplit('.').next().unwrap_or(path).replace('_', " ");
        format!("{field} {}", value.trim_matches('"'))
    };
    point.at.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn limited(number: Option<usize>, mut cases: Vec<Case<'_>>) -> Selection<'_> {
    let rest = cases.split_off(cases.len().min(MOST_PANELS));
    let omitted = rest.into_iter().map(|case| case.name).collect();
    Selection { number, cases, omitted }
}
