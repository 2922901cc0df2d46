//! Every metric of every policy, and every difference between policies.

use super::key_figures::cell;
use super::markup::{escaped, folded, scrolling, signed};
use super::palette;
use crate::report::label;
use crate::report::terminal::choose;
use crate::report::terminal::line::Glyphs;
use crate::report::terminal::number::Format;
use crate::stats::{
    Difference, DistanceToOne, METRICS, Metric, MetricResult, PointResults, Results,
};

/// Rows of a page's tables, that it stays small enough to be sent around: of a large
/// sweep the last points are left to the files.
const MOST_ROWS: usize = 2500;

/// The section with both tables for each point, folded.
pub fn section(results: &Results) -> String {
    let mut section = String::from("<section id=\"metrics\">\n<h2>All metrics</h2>\n");
    let mut rows = 0;
    let mut left_out = 0;
    for point in &results.points {
        rows += METRICS.len() + point.differences.len();
        if rows > MOST_ROWS && left_out + 1 < results.points.len() && rows > METRICS.len() * 8 {
            left_out += 1;
            continue;
        }
        section.push_str(&of_point(point));
    }
    if left_out > 0 {
        section.push_str(&format!(
            "<p class=\"note\">{left_out} more points of the sweep are in <code>summary.json</code>.</p>\n"
        ));
    }
    section.push_str("</section>\n");
    section
}

fn of_point(point: &PointResults) -> String {
    let at = choose::label(point);
    let at = if at.is_empty() { at } else { format!(" at {at}") };
    let metrics = scrolling(&format!("All metrics{at}"), &metrics_table(point));
    let mut text = folded("print", &format!("Every metric of every policy{at}"), &metrics);
    if !point.differences.is_empty() {
        let content = format!(
            "<p class=\"note\">Policy minus the other, replication by replication, with the 95% \
             interval (not adjusted) and the p value after Holm’s correction over all {} \
             differences. Semibold: significant at 5%.</p>\n{}",
            claims(point),
            scrolling(&format!("Differences{at}"), &differences_table(point)),
        );
        text.push_str(&folded("", &format!("Every difference between policies{at}"), &content));
    }
    text
}

/// How many differences are tested: of a metric that is best at 1 also that of the distances.
fn claims(point: &PointResults) -> usize {
    let distances = point.differences.iter().filter(|found| found.distance_to_one.is_some());
    point.differences.len() + distances.count()
}

/// The format of a metric for all policies of a point.
fn format_of(point: &PointResults, metric: &'static Metric, glyphs: &Glyphs) -> Option<Format> {
    let found: Vec<&MetricResult> =
        point.cases.iter().filter_map(|case| choose::find(case, metric)).collect();
    (!found.is_empty()).then(|| Format::of(metric, &found, glyphs))
}

fn metrics_table(point: &PointResults) -> String {
    let glyphs = Glyphs::new(false);
    let mut table = String::from(
        "<table class=\"all\"><thead><tr><th scope=\"col\">Metric</th><th scope=\"col\">Unit</th>",
    );
    for (index, case) in point.cases.iter().enumerate() {
        table.push_str(&format!(
            "<th scope=\"col\" class=\"number policy {}\" data-policy=\"{index}\">{}</th>",
            palette::class(case.hue),
            escaped(&case.policy)
        ));
    }
    table.push_str("</tr></thead><tbody>\n");
    for metric in METRICS {
        let Some(format) = format_of(point, metric, &glyphs) else { continue };
        let best = choose::best(point, metric);
        table.push_str(&format!(
            "<tr><th scope=\"row\"><code>{}</code><small>{}</small></th><td>{}</td>",
            metric.name,
            escaped(&described(metric)),
            if metric.is_yes_or_no() { "runs" } else { format.unit }
        ));
        for (index, case) in point.cases.iter().enumerate() {
            let found = choose::find(case, metric);
            let cell = cell(found, &format, best == Some(index), &glyphs);
            table.push_str(&cell.replacen("<td", &format!("<td data-policy=\"{index}\""), 1));
        }
        table.push_str("</tr>\n");
    }
    table.push_str("</tbody></table>");
    table
}

fn described(metric: &Metric) -> String {
    let direction = label::direction(metric);
    let summary = metric.summary;
    if direction.is_empty() { summary.to_owned() } else { format!("{summary}; {direction}") }
}

fn differences_table(point: &PointResults) -> String {
    let glyphs = Glyphs::new(false);
    let mut table = String::from(
        "<table class=\"all sortable\"><thead><tr><th scope=\"col\">Metric</th><th scope=\"col\">Policy</th>\
         <th scope=\"col\">minus</th><th scope=\"col\" class=\"number\">Difference</th>\
         <th scope=\"col\">Unit</th><th scope=\"col\" class=\"number\">95% interval</th>\
         <th scope=\"col\" class=\"number\">p</th><th scope=\"col\" class=\"number\">Pairs</th></tr></thead><tbody>\n",
    );
    for difference in &point.differences {
        let Some(metric) = Metric::named(difference.metric) else { continue };
        let Some(format) = format_of(point, metric, &glyphs) else { continue };
        let claim = Claim::of(difference);
        table.push_str(&difference_row(difference, metric.name, claim, &format));
        if let Some(DistanceToOne { mean, ci95, p_adjusted }) = difference.distance_to_one {
            let name = format!("{}, distance to 1", metric.name);
            let claim = Claim { mean, ci95, p_adjusted };
            table.push_str(&difference_row(difference, &name, claim, &format));
        }
    }
    table.push_str("</tbody></table>");
    table
}

/// What a row says.
#[derive(Clone, Copy)]
struct Claim {
    mean: f64,
    ci95: Option<[f64; 2]>,
    p_adjusted: Option<f64>,
}

impl Claim {
    fn of(difference: &Difference) -> Self {
        let Difference { mean, ci95, p_adjusted, .. } = *difference;
        Self { mean, ci95, p_adjusted }
    }
}

fn difference_row(difference: &Difference, name: &str, claim: Claim, format: &Format) -> String {
    let mean = signed(&format.difference(claim.mean));
    let clear = claim.p_adjusted.is_some_and(|p| p < 0.05);
    let mean = if clear { format!("<strong>{mean}</strong>") } else { mean };
    let interval = claim.ci95.map_or_else(String::new, |[low, high]| {
        let bound = |value| signed(&format.difference(value));
        format!("{} to {}", bound(low), bound(high))
    });
    format!(
        "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td><td>{}</td>\
         <td class=\"number\" data-value=\"{}\">{mean}</td><td>{}</td><td class=\"number\">{interval}</td>\
         <td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
        name,
        escaped(&difference.policy),
        escaped(&difference.against),
        claim.mean,
        format.unit,
        escaped(&probability(claim.p_adjusted)),
        difference.n,
    )
}

/// A p value in four decimals.
fn probability(p: Option<f64>) -> String {
    match p {
        None => String::new(),
        Some(p) if p < 0.0001 => "< 0.0001".to_owned(),
        Some(p) => format!("{p:.4}"),
    }
}
