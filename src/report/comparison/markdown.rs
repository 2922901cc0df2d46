//! For a comment on a pull request: under 40 lines, noise folded.

use super::words::{by_policy, cells, counts, place, ranked, rule, some};
use crate::chart::words::capitalised;
use crate::compare::{Comparison, Row};
use crate::report::terminal::line::Glyphs;
use crate::stats::Verdict;

/// Rows of the table.
const MOST: usize = 15;
/// Policies of each kind that are named below it.
const FOLDED: usize = 6;

/// The comparison as Markdown (GitHub's and GitLab's), in fewer than 40 lines whatever was
/// compared; ends with a line feed.
pub fn render(comparison: &Comparison) -> String {
    let worse = comparison.count(Verdict::Worse);
    let headline = match worse {
        0 => "no regression".to_owned(),
        1 => "1 regression".to_owned(),
        many => format!("{many} regressions"),
    };
    let mut text = format!(
        "### ringstorm: {} - {headline}\n\n{}. {}\n\n",
        escape(&comparison.name),
        counts(comparison),
        sentence(&comparison.digests())
    );
    table(&mut text, comparison);
    for verdict in [Verdict::Missing, Verdict::NoBaseline] {
        if comparison.count(verdict) > 0 {
            text.push_str(&folded(comparison, verdict, 5));
            text.push('\n');
        }
    }
    text.push_str(&format!(
        "<details><summary>How this was compared, and what did not change</summary>\n\n{} {}\n",
        sentence(&comparison.method()),
        rule(comparison)
    ));
    for (verdict, most) in [(Verdict::Inconclusive, 60), (Verdict::Same, 0)] {
        if comparison.count(verdict) > 0 {
            text.push_str(&format!("\n{}", folded(comparison, verdict, most)));
        }
    }
    text.push_str("\n</details>\n");
    text
}

/// The rows of a verdict on one line: `Inconclusive: ring (imbalance, ...); drop all (...).`
/// With at most 0 names they are counted.
fn folded(comparison: &Comparison, verdict: Verdict, most: usize) -> String {
    let policies = by_policy(comparison, verdict);
    let mut told: Vec<String> = policies
        .iter()
        .take(FOLDED)
        .map(|(place, metrics)| {
            let named = some(metrics, most);
            let what = if most == 0 { metrics.len().to_string() } else { named };
            format!("{} ({what})", escape(place))
        })
        .collect();
    if policies.len() > FOLDED {
        told.push(format!("and {} more", policies.len() - FOLDED));
    }
    format!("{}: {}.\n", capitalised(verdict.words()), told.join("; "))
}

fn table(text: &mut String, comparison: &Comparison) {
    let rows: Vec<&Row> = [Verdict::Worse, Verdict::Changed, Verdict::Better]
        .into_iter()
        .flat_map(|verdict| ranked(comparison, verdict))
        .collect();
    if rows.is_empty() {
        return;
    }
    text.push_str("| | policy | metric | base | new | difference | |\n");
    text.push_str("|---|---|---|---:|---:|---:|---:|\n");
    let glyphs = Glyphs::new(false);
    for row in rows.iter().take(MOST) {
        let cells = cells(row, &glyphs);
        let verdict = match row.verdict {
            Verdict::Worse => "**worse**",
            other => other.words(),
        };
        text.push_str(&format!(
            "| {verdict} | {} | `{}` | {} | {} | {} | {} |\n",
            escape(&place(row)),
            row.metric.name,
            cells.base,
            cells.new,
            cells.difference,
            cells.relative
        ));
    }
    if rows.len() > MOST {
        text.push_str(&format!("\n{} more changes are not shown.\n", rows.len() - MOST));
    }
    text.push('\n');
}

/// A name of others, so that it neither ends a cell nor becomes markup.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '~' | '@' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ if character.is_control() => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}

fn sentence(text: &str) -> String {
    format!("{}.", capitalised(text))
}
