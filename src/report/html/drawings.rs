//! The charts of a page, each with its data.

use super::markup::{escaped, folded, scrolling};
use super::palette::Palette;
use crate::chart::figure::Plot;
use crate::chart::svg::UNITS_PER_PX;
use crate::chart::{Chart, NAMES};

/// Charts that a page has no room for are named as far as so many; the folder has all.
const MOST_NAMED: usize = 3;

/// Rows of data under a chart; its CSV has all.
const MOST_ROWS: usize = 100;

/// The charts, with their data, that a page has room for in so many bytes, and the names of those
/// that it has not.
pub fn section(charts: &[Chart], palette: &mut Palette, room: usize) -> String {
    let mut order: Vec<&Chart> = charts.iter().collect();
    order.sort_by_key(|chart| (is_of_a_point(&chart.name), rank(&chart.name)));
    let mut section = String::new();
    let mut left_out = Vec::new();
    for chart in order {
        let figure = figure(chart, palette);
        if section.len() + figure.len() > room {
            left_out.push(format!("<code>charts/{}.svg</code>", escaped(&chart.name)));
        } else {
            section.push_str(&figure);
        }
    }
    if section.is_empty() {
        return String::new();
    }
    if !left_out.is_empty() {
        let more = match left_out.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        left_out.truncate(MOST_NAMED);
        section.push_str(&format!(
            "<p class=\"note\">This page has no room for {}{more}; they lie beside it.</p>\n",
            left_out.join(", ")
        ));
    }
    format!("<section id=\"charts\">\n<h2>Charts</h2>\n{section}</section>\n")
}

/// Whether a chart shows one point of a sweep, as its number says: after those that show all.
fn is_of_a_point(name: &str) -> bool {
    name.ends_with(|last: char| last.is_ascii_digit())
}

/// The place of a chart on the page: what may be claimed first, then the order of reading.
fn rank(name: &str) -> usize {
    let is_of = |kind: &&str| {
        let rest = name.strip_prefix(*kind);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    if is_of(&"forest") {
        return 0;
    }
    NAMES.iter().position(is_of).map_or(usize::MAX, |position| position + 1)
}

fn figure(chart: &Chart, palette: &mut Palette) -> String {
    let drawing = palette.named(&chart.svg_light, &chart.svg_dark);
    let drawing = with_plots(&drawing, &chart.plots);
    format!(
        "<figure id=\"{name}\">\n<figcaption>{title}</figcaption>\n{drawing}{data}</figure>\n",
        name = escaped(&format!("chart-{}", chart.name)),
        title = escaped(&chart.title),
        drawing = scrolling(&format!("Chart: {}", chart.title), &drawing),
        data = data(chart),
    )
}

/// The drawing with the rectangles of its plots, unseen, for the script.
fn with_plots(drawing: &str, plots: &[Plot]) -> String {
    let drawing = drawing.trim_end();
    let Some(open) = drawing.strip_suffix("</svg>") else { return drawing.to_owned() };
    let units = |px: f64| (px * UNITS_PER_PX).round();
    let rectangles = plots.iter().map(|plot| {
        let bounds = plot.bounds;
        format!(
            "<rect class=\"plot\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" \
             data-start=\"{}\" data-end=\"{}\" fill=\"none\"/>\n",
            units(bounds.left),
            units(bounds.top),
            units(bounds.right - bounds.left),
            units(bounds.bottom - bounds.top),
            plot.start,
            plot.end
        )
    });
    format!("{open}{}</svg>", rectangles.collect::<String>())
}

/// The numbers that drew a chart, as a table of at most [`MOST_ROWS`].
fn data(chart: &Chart) -> String {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(chart.csv.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().filter_map(Result::ok).collect();
    let Some((header, rows)) = records.split_first().filter(|(_, rows)| !rows.is_empty()) else {
        return String::new();
    };
    let every = rows.len().div_ceil(MOST_ROWS).max(1);
    let mut table = String::from("<table class=\"data\"><thead><tr>");
    for field in header {
        table.push_str(&format!("<th scope=\"col\">{}</th>", escaped(&field.replace('_', " "))));
    }
    table.push_str("</tr></thead><tbody>\n");
    for row in rows.iter().step_by(every) {
        table.push_str("<tr>");
        for field in row {
            table.push_str(&cell(field));
        }
        table.push_str("</tr>\n");
    }
    table.push_str("</tbody></table>");
    let file = format!("<code>charts/{}.csv</code>", escaped(&chart.name));
    let note = match every {
        1 => format!("All rows of {file}."),
        _ => format!("Every {} row; all {} are in {file}.", ordinal(every), rows.len()),
    };
    let content = format!(
        "<p class=\"note\">{note}</p>\n{}",
        scrolling(&format!("Data of the chart: {}", chart.title), &table)
    );
    folded("data", "Data of this chart", &content)
}

/// A number in six significant digits at most, or a text as it is.
fn cell(field: &str) -> String {
    match field.parse::<f64>() {
        Ok(value) => format!("<td class=\"number\">{}</td>", crate::stats::rounded(value)),
        Err(_) => format!("<td>{}</td>", escaped(field)),
    }
}

fn ordinal(number: usize) -> String {
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}
