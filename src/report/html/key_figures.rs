//! The table that answers first: policies against six metrics.

use super::markup::{escaped, scrolling, signed};
use super::palette;
use crate::chart::words::capitalised;
use crate::report::label;
use crate::report::terminal::choose;
use crate::report::terminal::line::Glyphs;
use crate::report::terminal::number::Format;
use crate::stats::{CaseResults, Metric, MetricResult, PointResults, Results};

/// Metrics of the table.
const MOST: usize = 6;

/// A metric with the format that all of its values share.
struct Column {
    metric: &'static Metric,
    format: Format,
}

/// The section with the table.
pub fn section(results: &Results) -> String {
    let glyphs = Glyphs::new(false);
    let columns = columns(results, &glyphs);
    let mut table =
        format!("<table id=\"figures\" class=\"sortable\">\n<thead>{}</thead>\n", head(&columns));
    for point in &results.points {
        table.push_str(&body(point, &columns, &glyphs));
    }
    table.push_str("</table>");
    format!(
        "<section id=\"key-figures\">\n<h2>Key figures</h2>\n{}<p class=\"note\">{}</p>\n</section>\n",
        scrolling("Key figures", &table),
        escaped(&note(results)),
    )
}

fn columns(results: &Results, glyphs: &Glyphs) -> Vec<Column> {
    let mut metrics = choose::metrics(results, MOST);
    metrics.sort_by_key(|metric| choose::position(metric));
    let column = |metric| {
        let cases = results.points.iter().flat_map(|point| &point.cases);
        let found: Vec<&MetricResult> =
            cases.filter_map(|case| choose::find(case, metric)).collect();
        Column { metric, format: Format::of(metric, &found, glyphs) }
    };
    metrics.into_iter().map(column).collect()
}

fn head(columns: &[Column]) -> String {
    let mut head = String::from("<tr><th scope=\"col\">Policy</th>");
    for column in columns {
        let unit = match (column.metric.is_yes_or_no(), column.format.unit) {
            (true, _) => "runs".to_owned(),
            (false, "") => String::new(),
            (false, "×") => "×".to_owned(),
            (false, unit) => unit.to_owned(),
        };
        let direction = label::direction(column.metric);
        let parts: Vec<&str> =
            [unit.as_str(), direction].into_iter().filter(|part| !part.is_empty()).collect();
        head.push_str(&format!(
            "<th scope=\"col\" class=\"number\" title=\"{}\">{}<small>{}</small></th>",
            escaped(&format!("{}: {}", column.metric.name, column.metric.summary)),
            escaped(&capitalised(column.metric.words)),
            escaped(&parts.join(", ")),
        ));
    }
    head.push_str("</tr>");
    head
}

fn body(point: &PointResults, columns: &[Column], glyphs: &Glyphs) -> String {
    let mut body = String::from("<tbody>\n");
    let label = choose::label(point);
    if !label.is_empty() {
        body.push_str(&format!(
            "<tr class=\"point\"><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>\n",
            columns.len() + 1,
            escaped(&label)
        ));
    }
    let best: Vec<Option<usize>> =
        columns.iter().map(|column| choose::best(point, column.metric)).collect();
    for (index, case) in point.cases.iter().enumerate() {
        body.push_str(&format!(
            "<tr data-policy=\"{index}\"><th scope=\"row\" class=\"policy {}\">{}<small>{}</small></th>",
            palette::class(case.hue),
            escaped(&case.policy),
            escaped(&rules(case)),
        ));
        for (column, best) in columns.iter().zip(&best) {
            let found = choose::find(case, column.metric);
            body.push_str(&cell(found, &column.format, *best == Some(index), glyphs));
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</tbody>\n");
    body
}

/// How the policy places and moves: `ring + moved`, or `ring` where it moves nobody.
fn rules(case: &CaseResults) -> String {
    match case.rebalance.as_str() {
        "none" => case.balance.clone(),
        rebalance => format!("{} + {rebalance}", case.balance),
    }
}

/// A value with its interval below it; for sorting, the value as it is.
pub fn cell(found: Option<&MetricResult>, format: &Format, best: bool, glyphs: &Glyphs) -> String {
    let Some(result) = found else {
        return "<td class=\"number missing\">not measured</td>".to_owned();
    };
    let value = escaped(&signed(&format.write(Some(result), glyphs).value));
    let value = if best { format!("<strong>{value}</strong>") } else { value };
    let interval = match format.interval(result) {
        Some([low, high]) => {
            format!("<small>{} to {}</small>", signed(&low), signed(&high))
        }
        None => String::new(),
    };
    let sorted = result.mean.map_or_else(String::new, |mean| format!(" data-value=\"{mean}\""));
    format!("<td class=\"number\"{sorted}>{value}{interval}</td>")
}

fn note(results: &Results) -> String {
    if results.replications < 2 {
        return "Values of the one run of each policy.".to_owned();
    }
    let compared = results.points.iter().any(|point| point.cases.len() > 1);
    let best = if compared {
        " Semibold: better than every other policy, clear of noise (paired differences, Holm, 5%)."
    } else {
        ""
    };
    format!("Means of {} replications, with 95% intervals below.{best}", results.replications)
}
