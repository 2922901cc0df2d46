//! `report.md`: the summary for a pull request, in 40 lines at most.

use super::SCENARIO;
use super::comparison::markdown::escape;
use super::terminal::choose;
use super::terminal::line::Glyphs;
use super::terminal::number::Format;
use super::{until, validity, verdict, warmup};
use crate::chart::Chart;
use crate::stats::{Metric, MetricResult, PointResults, Results};

/// Its name.
pub const NAME: &str = "report.md";

/// Metrics that are looked at.
const METRICS: usize = 14;
/// Rows of the table, of one point or of a sweep.
const MOST_ROWS: usize = 14;
/// Columns for policies; a sweep's rows have as many metrics.
const MOST_COLUMNS: usize = 8;
/// Warnings that are told; more are counted.
const MOST_WARNINGS: usize = 4;

/// The summary in Markdown (GitHub's and GitLab's); ends with a line feed. `pictures` is
/// the format of the chart files beside it, `svg` or `png`.
pub fn render(results: &Results, charts: &[Chart], pictures: &str) -> String {
    let mut text = format!(
        "### ringstorm: {}\n\n{}\n\n",
        escape(&results.name),
        escape(&verdict::verdict(results, charts))
    );
    for warning in told(validity::warnings(results)) {
        text.push_str(&format!("> {}\n", escape(&warning)));
    }
    let (table, folded) = match results.points.as_slice() {
        [point] => of_point(results, point),
        points => of_sweep(results, points),
    };
    text.push_str(&format!("\n{table}\n{folded}"));
    if let Some(chart) = leading(charts) {
        text.push_str(&picture(chart, pictures));
    }
    text.push_str(&format!(
        "Seed {}, {} replication{}, scenario `{}`, ringstorm {}; again: `ringstorm run {SCENARIO} --out ../again`\n",
        results.seed,
        results.replications,
        if results.replications == 1 { "" } else { "s" },
        results.digest,
        env!("CARGO_PKG_VERSION"),
    ));
    text
}

fn told(mut warnings: Vec<String>) -> Vec<String> {
    let more = warnings.len().saturating_sub(MOST_WARNINGS);
    if more > 0 {
        warnings.truncate(MOST_WARNINGS);
        warnings.push(format!("{more} more warnings are in the report."));
    }
    warnings
}

/// The chart that says most: the storm, else the first.
fn leading(charts: &[Chart]) -> Option<&Chart> {
    charts.iter().find(|chart| chart.name == "reconnect-storm").or(charts.first())
}

fn picture(chart: &Chart, format: &str) -> String {
    let attribute = |text: &str| escape(text).replace('"', "&quot;").replace('\\', "");
    format!(
        "<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"charts/{name}-dark.{format}\">\
         <img src=\"charts/{name}.{format}\" width=\"960\" alt=\"{alt}\"></picture>\n\n",
        name = chart.name,
        alt = attribute(&chart.alt),
    )
}

/// One row a metric, one column a policy: the metrics in which some pair of policies
/// differs beyond noise; the others are named below.
fn of_point(results: &Results, point: &PointResults) -> (String, String) {
    let glyphs = Glyphs::new(false);
    let (clear, alike): (Vec<&Metric>, Vec<&Metric>) = choose::metrics(results, METRICS)
        .into_iter()
        .partition(|metric| point.cases.len() < 2 || choose::differs_clearly(point, metric));
    let columns = point.cases.len().min(MOST_COLUMNS);
    let mut table = String::new();
    if !clear.is_empty() {
        table.push_str("| metric |");
        for case in &point.cases[..columns] {
            table.push_str(&format!(" {} |", escape(&case.policy)));
        }
        table.push_str(&format!("\n|---|{}\n", "---:|".repeat(columns)));
    }
    let mut rows = clear.clone();
    rows.truncate(MOST_ROWS);
    rows.sort_by_key(|metric| choose::position(metric));
    for metric in rows {
        let found: Vec<&MetricResult> =
            point.cases.iter().filter_map(|case| choose::find(case, metric)).collect();
        let format = Format::of(metric, &found, &glyphs);
        table.push_str(&format!("| {} |", escape(&named(metric, &format))));
        let best = choose::best(point, metric);
        for (index, case) in point.cases[..columns].iter().enumerate() {
            let result = choose::find(case, metric);
            table.push_str(&format!(" {} |", value(result, &format, best == Some(index), &glyphs)));
        }
        table.push('\n');
    }
    if clear.is_empty() {
        table.push_str("No policy differs from another beyond noise.\n");
    }
    let mut notes = Vec::new();
    if point.cases.len() > columns {
        let rest: Vec<String> =
            point.cases[columns..].iter().map(|case| escape(&case.policy)).collect();
        notes.push(format!("Not in the table: {}.", rest.join(", ")));
    }
    if !alike.is_empty() && !clear.is_empty() {
        let names: Vec<&str> = alike.iter().map(|metric| metric.words).collect();
        notes.push(format!("Not beyond noise: {}.", escape(&names.join(", "))));
    }
    (table, folded(results, notes))
}

/// One row a policy and point, with the metrics that say most.
fn of_sweep(results: &Results, points: &[PointResults]) -> (String, String) {
    let glyphs = Glyphs::new(false);
    let metrics = choose::metrics(results, choose::OF_A_SWEEP);
    let formats: Vec<Format> = metrics
        .iter()
        .map(|metric| {
            let cases = points.iter().flat_map(|point| &point.cases);
            let found: Vec<&MetricResult> =
                cases.filter_map(|case| choose::find(case, metric)).collect();
            Format::of(metric, &found, &glyphs)
        })
        .collect();
    let mut table = String::from("| point | policy |");
    for (metric, format) in metrics.iter().zip(&formats) {
        table.push_str(&format!(" {} |", escape(&named(metric, format))));
    }
    table.push_str(&format!("\n|---|---|{}\n", "---:|".repeat(metrics.len())));
    let total: usize = points.iter().map(|point| point.cases.len()).sum();
    let rows = points.iter().flat_map(|point| {
        point.cases.iter().enumerate().map(move |(index, case)| (point, index, case))
    });
    for (point, index, case) in rows.take(MOST_ROWS) {
        table.push_str(&format!(
            "| {} | {} |",
            escape(&choose::label(point)),
            escape(&case.policy)
        ));
        for (metric, format) in metrics.iter().zip(&formats) {
            let best = choose::best(point, metric) == Some(index);
            let result = choose::find(case, metric);
            table.push_str(&format!(" {} |", value(result, format, best, &glyphs)));
        }
        table.push('\n');
    }
    let mut notes = Vec::new();
    if total > MOST_ROWS {
        notes.push(format!("{} more rows are in summary.csv.", total - MOST_ROWS));
    }
    (table, folded(results, notes))
}

fn named(metric: &Metric, format: &Format) -> String {
    let words = metric.words;
    if format.unit.is_empty() { words.to_owned() } else { format!("{words}, {}", format.unit) }
}

fn value(result: Option<&MetricResult>, format: &Format, best: bool, glyphs: &Glyphs) -> String {
    let written = format.write(result, glyphs);
    let text = format!("{}{}", written.value, written.half_width).replacen('-', "−", 1);
    let text = escape(&text);
    if best { format!("**{text}**") } else { text }
}

fn folded(results: &Results, notes: Vec<String>) -> String {
    let mut lines = notes;
    let found = until::found(results).into_iter().chain(warmup::found(results));
    lines.extend(found.map(|found| escape(&found)));
    if results.replications > 1 {
        lines.push(
            "Means with half of a 95% t interval; bold: better than every other policy, clear of \
             noise (paired differences, Holm, 5%)."
                .to_owned(),
        );
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("<details><summary>What else</summary>\n\n{}\n\n</details>\n\n", lines.join(" "))
}
