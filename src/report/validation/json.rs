//! For scripts: one line a case.

use serde_json::{Value, json};

use super::{expected, name, verdict};
use crate::report::FORMAT;
use crate::report::json::{list, number, spaced};
use crate::validation::{Case, Check, Finding, Outcome, Test};

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

/// The cases as a JSON list, one line each: what they test and what is expected, with no outcome.
pub fn catalogue(cases: &[&Case]) -> String {
    let mut text = "[".to_owned();
    list(&mut text, "\n  ", cases, |text, case| text.push_str(&spaced(&listed(case))));
    text.push_str("\n]\n");
    text
}

fn listed(case: &Case) -> Value {
    json!({
        "id": case.id,
        "title": case.title,
        "source": case.source,
        "long": case.long,
        "checks": case.checks.iter().map(asked).collect::<Vec<Value>>(),
    })
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
    let mut value = asked(check);
    value["measured"] = number(finding.measured);
    value["half_width"] = number(finding.half_width);
    value["p"] = number(finding.p);
    value["verdict"] = verdict(finding.fault).into();
    value
}

/// What a check asks and expects: a number, or the bounds of a range.
fn asked(check: &Check) -> Value {
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
    })
}
