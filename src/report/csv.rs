//! The tidy tables: one observation a row, the same columns whatever was run.

use std::fmt::{Display, Write};

use csv::Writer;

use crate::engine::SimTime;
use crate::stats::{self, CaseResults, PointResults, Results};

/// `summary.csv`: point, policy, metric, unit, mean, `ci_low`, `ci_high`, n (how many
/// replications have a value). Empty where there is no mean or interval.
pub fn summary(results: &Results) -> Vec<u8> {
    let mut table =
        Table::new(&["point", "policy", "metric", "unit", "mean", "ci_low", "ci_high", "n"]);
    for (point, case) in cases(results) {
        for result in &case.metrics {
            let n = result.values.iter().flatten().count();
            let [low, high] = bounds(result.ci95);
            table.row(&[
                &point,
                &case.policy,
                result.metric.name,
                result.metric.unit,
                &exact(result.mean),
                &exact(low),
                &exact(high),
                &n.to_string(),
            ]);
        }
    }
    table.finish()
}

/// `replications.csv`: point, policy, metric, replication, value. A replication without a
/// value has no row; one that was cut off has an empty value.
pub fn replications(results: &Results) -> Vec<u8> {
    let mut table = Table::new(&["point", "policy", "metric", "replication", "value"]);
    for (point, case) in cases(results) {
        for result in &case.metrics {
            for (replication, value) in result.values.iter().enumerate() {
                if value.is_none() && !result.is_cut_off(replication) {
                    continue;
                }
                let replication = replication.to_string();
                let value = exact(*value);
                table.row(&[&point, &case.policy, result.metric.name, &replication, &value]);
            }
        }
    }
    table.finish()
}

/// `timeseries.csv`: point, policy, series, `t_s` (the end of the step), mean, `ci_low`,
/// `ci_high`; six significant digits.
pub fn time_series(results: &Results) -> Vec<u8> {
    let mut table = Table::new(&["point", "policy", "series", "t_s", "mean", "ci_low", "ci_high"]);
    for (label, point) in points(results) {
        for (case, band) in
            point.cases.iter().flat_map(|case| case.series.iter().map(move |band| (case, band)))
        {
            for (step, mean) in band.mean.iter().enumerate() {
                table.row(&[
                    &label,
                    &case.policy,
                    band.id.name(),
                    &time(point, step),
                    &rounded(Some(*mean)),
                    &rounded(band.ci_low.get(step).copied()),
                    &rounded(band.ci_high.get(step).copied()),
                ]);
            }
        }
    }
    table.finish()
}

/// `servers.csv`: point, policy, `t_s`, server, state, connections, queued, utilisation, of
/// replication 0. A server has rows from the start of its first boot, one a step: its state
/// is `booting`, `ready`, `draining` or `down` (it died and will come back) at the end of
/// the step. The last row, of the step in which it ends for good, says `removed` or `crashed`.
pub fn servers(results: &Results) -> Vec<u8> {
    let mut table = Table::new(&[
        "point",
        "policy",
        "t_s",
        "server",
        "state",
        "connections",
        "queued",
        "utilisation",
    ]);
    for (label, point) in points(results) {
        for case in &point.cases {
            server_rows(&mut table, &label, point, case);
        }
    }
    table.finish()
}

fn server_rows(table: &mut Table, label: &str, point: &PointResults, case: &CaseResults) {
    let servers = &case.servers;
    let step_nanos = point.step.as_nanos();
    // Millions of rows: cells keep their memory, and their text where a number stays.
    let (mut held, mut waiting) = (Cell::default(), Cell::default());
    let mut busy = Cell::default();
    for (step, connections) in servers.connections.iter().enumerate() {
        let ends = time(point, step);
        let start = step_nanos.saturating_mul(step as u64);
        let end = start.saturating_add(step_nanos);
        for (index, life) in servers.lives.iter().enumerate() {
            let (starts, gone) = (life.starts().as_nanos(), life.gone.as_nanos());
            let Some(count) = connections.get(index) else { continue };
            if starts > end || gone <= start && step > 0 {
                continue;
            }
            let state = match (gone <= end, life.crashed) {
                (false, _) => life.state_at(SimTime::from_nanos(end)).name(),
                (true, true) => "crashed",
                (true, false) => "removed",
            };
            let queued = servers.queued.get(step).and_then(|row| row.get(index)).copied();
            let utilisation = servers.utilisation.get(step).and_then(|row| row.get(index));
            let share = utilisation.map(|share| stats::rounded(f64::from(*share)));
            table.row(&[
                label,
                &case.policy,
                &ends,
                &life.name,
                state,
                held.of(Some(*count)),
                waiting.of(queued),
                busy.of(share),
            ]);
        }
    }
}

/// `latency.csv`: point, policy, latency, quantile, `mean_s`, `ci_low`, `ci_high`, n; six
/// significant digits.
pub fn latency(results: &Results) -> Vec<u8> {
    let mut table =
        Table::new(&["point", "policy", "latency", "quantile", "mean_s", "ci_low", "ci_high", "n"]);
    for (point, case) in cases(results) {
        for row in &case.latency {
            let [low, high] = bounds(row.ci95);
            table.row(&[
                &point,
                &case.policy,
                &row.latency,
                &row.quantile.to_string(),
                &rounded(Some(row.mean)),
                &rounded(low),
                &rounded(high),
                &row.n.to_string(),
            ]);
        }
    }
    table.finish()
}

/// The text of a number, or of none, which is empty.
#[derive(Default)]
struct Cell<T> {
    number: Option<T>,
    text: String,
}

impl<T: PartialEq + Copy + Display> Cell<T> {
    fn of(&mut self, number: Option<T>) -> &str {
        if number != self.number {
            self.number = number;
            self.text.clear();
            if let Some(number) = number {
                // Memory cannot fail.
                let _ = write!(self.text, "{number}");
            }
        }
        &self.text
    }
}

/// A table in memory.
pub(super) struct Table {
    writer: Writer<Vec<u8>>,
}

impl Table {
    pub(super) fn new(columns: &[&str]) -> Self {
        let mut table = Self { writer: Writer::from_writer(Vec::new()) };
        table.row(columns);
        table
    }

    pub(super) fn row(&mut self, fields: &[&str]) {
        // Memory cannot fail, and every row of a table has the same length.
        let written = self.writer.write_record(fields);
        debug_assert!(written.is_ok(), "a row differs in length from its header");
    }

    pub(super) fn finish(self) -> Vec<u8> {
        // Flushing to memory cannot fail.
        self.writer.into_inner().unwrap_or_default()
    }
}

/// Each point with its label: `path=value` of each swept value, empty without a sweep.
fn points(results: &Results) -> impl Iterator<Item = (String, &PointResults)> {
    results.points.iter().map(|point| {
        let values: Vec<String> =
            point.at.iter().map(|(path, value)| format!("{path}={value}")).collect();
        (values.join(" "), point)
    })
}

fn cases(results: &Results) -> impl Iterator<Item = (String, &CaseResults)> {
    points(results)
        .flat_map(|(label, point)| point.cases.iter().map(move |case| (label.clone(), case)))
}

pub(super) fn bounds(interval: Option<[f64; 2]>) -> [Option<f64>; 2] {
    interval.map_or([None, None], |[low, high]| [Some(low), Some(high)])
}

/// The end of a step, in seconds.
fn time(point: &PointResults, step: usize) -> String {
    let nanos = u128::from(point.step.as_nanos()) * (step as u128 + 1);
    // The last step may be a part of one.
    exact(Some(nanos.min(u128::from(point.duration.as_nanos())) as f64 / 1e9))
}

/// The shortest text that reads back as the same float; empty for nothing.
pub(super) fn exact(value: Option<f64>) -> String {
    // Adding zero turns −0 into 0.
    value.map_or_else(String::new, |value| (value + 0.0).to_string())
}

/// Six significant digits: enough for any chart, and a third of the bytes.
fn rounded(value: Option<f64>) -> String {
    exact(value.map(stats::rounded))
}
