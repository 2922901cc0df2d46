//! How the numbers came about, and how to have them again.

use super::markup::{escaped, folded};
use super::palette;
use crate::chart::words::span;
use crate::report::terminal::number::grouped;
use crate::report::{SCENARIO, until, warmup};
use crate::stats::{PointResults, Results};

/// The sections on the method and with the scenario's text.
pub fn section(results: &Results) -> String {
    let mut section = String::from("<section id=\"method\">\n<h2>Method</h2>\n<dl>\n");
    for (term, description) in facts(results) {
        section.push_str(&format!("<dt>{}</dt><dd>{description}</dd>\n", escaped(term)));
    }
    section.push_str("</dl>\n");
    section.push_str(&policies(results));
    section.push_str("</section>\n");
    let text = format!("<pre><code>{}</code></pre>\n", escaped(results.scenario.trim_end()));
    section.push_str("<section id=\"scenario\">\n<h2>Scenario</h2>\n");
    section.push_str(&folded("print", &format!("{}.json as it was run", results.name), &text));
    section.push_str("</section>\n");
    section
}

/// Terms with their descriptions as markup.
fn facts(results: &Results) -> Vec<(&'static str, String)> {
    let version = env!("CARGO_PKG_VERSION");
    let mut facts = vec![(
        "Randomness",
        format!(
            "Seed {}; {}. In a replication every policy meets the same clients with the same draws.",
            results.seed,
            counted(u64::from(results.replications), "replication")
        ),
    )];
    if let Some(found) = until::found(results) {
        facts.push(("Replications", escaped(&found)));
    }
    let is_one = !warmup::vary(results);
    if let Some(runs) = same(results, |point| watched(point, is_one)) {
        facts.push(("Runs", runs));
    }
    if let Some(found) = warmup::found(results) {
        facts.push(("Warm-up", escaped(&found)));
    }
    facts.extend([
        (
            "Statistics",
            "Intervals are 95% Student t intervals of the mean over replications (Wilson’s for \
             shares of runs). Differences are t intervals, paired by replication (Newcombe’s and \
             Fisher’s test of shares of runs); p values are Holm’s over all metrics and pairs of a \
             point, each point for itself. n differences that are all equal have a p value of \
             2 × 2⁻ⁿ (sign test), and an interval from six on, unless every replication of both \
             policies is the same in every metric. Of metrics that are best at 1, the distance of \
             each run says who is better. A time that the end of the run cut off counts as longer \
             than shown and is never averaged."
                .to_owned(),
        ),
        (
            "Scenario",
            format!("{} <code>{}</code>", escaped(&results.name), escaped(&results.digest)),
        ),
        ("Program", format!("ringstorm {version}")),
        (
            "Again",
            format!(
                "<code>ringstorm run {SCENARIO} --out ../again</code> in the folder of this page gives \
                 the same bytes, beside it."
            ),
        ),
    ]);
    facts
}

/// `is_one`: all points have the same warm-up.
fn watched(point: &PointResults, is_one: bool) -> String {
    let warmup = if !is_one {
        "the warm-up not counted".to_owned()
    } else if point.warmup.is_zero() {
        "no warm-up".to_owned()
    } else {
        format!("the first {} not counted", span(point.warmup.as_secs_f64()))
    };
    format!(
        "{} simulated, {warmup}, series sampled every {}.",
        span(point.duration.as_secs_f64()),
        span(point.step.as_secs_f64())
    )
}

/// What all points say alike.
fn same(results: &Results, say: impl Fn(&PointResults) -> String) -> Option<String> {
    let mut said = results.points.iter().map(say);
    let first = said.next()?;
    said.all(|other| other == first).then_some(first)
}

/// What everybody met, in one line: clients, servers, time, replications.
pub fn setting(results: &Results) -> String {
    let world = |point: &PointResults| {
        format!(
            "{} · {} · {}",
            counted(point.clients, "connected client"),
            counted(u64::from(point.servers), "server"),
            span(point.duration.as_secs_f64())
        )
    };
    let runs = counted(u64::from(results.replications), "replication");
    let points = match results.points.len() {
        1 => String::new(),
        many => format!("{many} points · "),
    };
    match same(results, world) {
        Some(world) => format!("{world} · {points}{runs} · seed {}", results.seed),
        None => format!("{points}{runs} · seed {}", results.seed),
    }
}

fn counted(count: u64, one: &str) -> String {
    format!("{} {one}{}", grouped(count as f64, 0), if count == 1 { "" } else { "s" })
}

/// What each policy is.
fn policies(results: &Results) -> String {
    let Some(point) = results.points.first() else { return String::new() };
    let mut table = String::from(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Policies\"><table>\
         <thead><tr><th scope=\"col\">Policy</th><th scope=\"col\">Places by</th>\
         <th scope=\"col\">Moves by</th><th scope=\"col\">Clients come back as</th></tr></thead><tbody>\n",
    );
    for (index, case) in point.cases.iter().enumerate() {
        let said = match case.description.as_str() {
            "" => String::new(),
            text => format!("<small>{}</small>", escaped(text)),
        };
        table.push_str(&format!(
            "<tr data-policy=\"{index}\"><th scope=\"row\" class=\"policy {}\">{}{said}</th>\
             <td><code>{}</code></td><td><code>{}</code></td><td>{}</td></tr>\n",
            palette::class(case.hue),
            escaped(&case.policy),
            escaped(&case.balance),
            escaped(&case.rebalance),
            escaped(&case.reconnect),
        ));
    }
    table.push_str("</tbody></table></div>\n");
    table
}
