//! For scripts: one line a row.

use serde_json::{Value, json};

use crate::compare::rows::Pairing;
use crate::compare::{Comparison, FORMAT, Row, Side, Summary};
use crate::report::json::{interval, list, number, spaced};
use crate::stats::Verdict;

/// The JSON Schema (draft 2020-12) of what [`render`] gives.
pub const SCHEMA: &str = include_str!("comparison.schema.json");

/// The comparison as JSON. `failed` says whether the command ends with 1.
pub fn render(comparison: &Comparison, failed: bool) -> String {
    let (pairing, pairs) = match comparison.pairing {
        Pairing::ByReplication { common } => ("by_replication", Some(common)),
        Pairing::Independent => ("independent", None),
    };
    let counted = |verdict: Verdict| comparison.count(verdict);
    let head = json!({
        "format": FORMAT,
        "kind": "comparison",
        "scenario": comparison.name,
        "base": side(&comparison.base),
        "new": side(&comparison.new),
        "pairing": pairing,
        "pairs": pairs,
        "equal": comparison.equal,
        "threshold": number(Some(comparison.threshold)),
        "family": comparison.family,
        "failed": failed,
        "counts": {
            "worse": counted(Verdict::Worse),
            "better": counted(Verdict::Better),
            "same": counted(Verdict::Same),
            "changed": counted(Verdict::Changed),
            "inconclusive": counted(Verdict::Inconclusive),
            "no_baseline": counted(Verdict::NoBaseline),
            "missing": counted(Verdict::Missing),
        },
    });
    let mut text = spaced(&head);
    text.pop();
    text.push_str(", \"rows\": [");
    list(&mut text, "\n  ", &comparison.rows, |text, row| text.push_str(&spaced(&value(row))));
    text.push_str("\n]}\n");
    text
}

fn side(side: &Side) -> Value {
    json!({"digest": side.digest, "seed": side.seed, "replications": side.replications})
}

fn value(row: &Row) -> Value {
    json!({
        "at": row.at,
        "policy": row.policy,
        "metric": row.metric.name,
        "unit": row.metric.unit,
        "better": row.metric.better.name(),
        "basis": row.basis.name(),
        "base": row.base.map(summary),
        "new": row.new.map(summary),
        "difference": number(row.difference),
        "ci95": interval(row.ci95),
        "p": number(row.p),
        "p_adjusted": number(row.p_adjusted),
        "tolerance": number(Some(row.tolerance)),
        "verdict": row.verdict.name(),
        "replications_needed": row.replications_needed,
    })
}

fn summary(side: Summary) -> Value {
    json!({
        "mean": number(side.mean),
        "ci95": interval(side.ci95),
        "n": side.n,
        "censored": side.censored,
    })
}
