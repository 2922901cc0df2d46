//! For scripts: one line a case.

use serde_json::{Value, json};

use super::{expected, name, verdict};
use crate::report::FORMAT;
use crate::report::json::{list, number, spaced};
use crate::validation::{Check, Finding, Outcome, Test};

/// The outcomes as JSON. `expected` is a number, or the bounds of a range; of a range,
/// `measured` counts the values outside, and of intervals it is the share that holds `expected`.
pub fn render(outcomes: &[Outcome<'_>]) -> String {
    let failed = outcomes.iter().filter(|outcome| !outcome.passes()).count();
    let head = json!({
        "format": FORMAT,
        "kind": "validation",
        "passed": outcomes.len() - failed,
        "failed": failed,
    });
    let mut text = spaced(&head);
    text.pop();
    text.push_str(", \"cases\": [");
    list(&mut text, "\n  ", outcomes, |text, outcome| text.push_str(&spaced(&case(outcome))));
    text.push_str("\n]}\n");
    text
}

fn case(outcome: &Outcome<'_>) -> Value {
    let case = outcome.case;
    let checks = case.checks.iter().zip(&outcome.findings);
    json!({
        "id": case.id,
        "title": case.title,
        "source": case.source,
        "verdict": if outcome.passes() { "pass" } else { "fail" },
        "round": outcome.round,
        "seed": outcome.seed,
        "replications": outcome.replications,
        "checks": checks.map(|(check, finding)| value(check, finding)).collect::<Vec<Value>>(),
    })
}

fn value(check: &Check, finding: &Finding) -> Value {
    let bounds: Vec<Value> =
        expected(&check.test).into_iter().map(|bound| number(Some(bound))).collect();
    let expected = match (&check.test, bounds.as_slice()) {
        (Test::Inside { .. }, _) | (_, []) => Value::Array(bounds),
        (_, [value, ..]) => value.clone(),
    };
    json!({
        "what": check.what,
        "policy": check.policy,
        "against": check.against,
        "measure": check.measure,
        "test": name(&check.test),
        "expected": expected,
        "measured": number(finding.measured),
        "half_width": number(finding.half_width),
        "p": number(finding.p),
        "verdict": verdict(finding.fault),
    })
}
