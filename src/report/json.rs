//! `summary.json`: one line for each metric and difference, so that a change of one number
//! is a change of one line.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::{FORMAT, until};
use crate::stats::{CaseResults, Difference, MetricResult, PointResults, Results};

/// The summary. Numbers are the shortest that read back as the same float; keys are in a
/// fixed order. A value that was cut off or does not exist in a replication is `null`, and
/// `censored` says how many were cut off, `cut_off` which.
pub fn summary(results: &Results) -> String {
    let mut text = String::new();
    let scenario = json!({"name": results.name, "digest": results.digest});
    push(&mut text, format_args!("{{\"format\": {FORMAT}, \"scenario\": {},", spaced(&scenario)));
    push(&mut text, format_args!(" \"seed\": {},", results.seed));
    push(&mut text, format_args!(" \"replications\": {},", results.replications));
    if let Some(until) = until::value(results) {
        push(&mut text, format_args!(" \"until\": {},", spaced(&until)));
    }
    text.push_str("\n \"points\": [");
    list(&mut text, "\n  ", &results.points, point);
    text.push_str("\n ]\n}\n");
    text
}

fn point(text: &mut String, point: &PointResults) {
    push(text, format_args!("{{\"at\": {},\n   ", spaced(&object(&point.at))));
    let world = json!({"digest": point.identity.digest, "facts": object(&point.identity.facts)});
    if let Some(found) = warmup(point) {
        push(text, format_args!("\"warmup\": {},\n   ", spaced(&found)));
    }
    push(text, format_args!("\"world\": {},\n   \"policies\": [", spaced(&world)));
    list(text, "\n   ", &point.cases, case);
    text.push_str("\n  ],\n  \"differences\": [");
    list(text, "\n   ", &point.differences, |text, difference| {
        text.push_str(&spaced(&difference_value(difference)));
    });
    text.push_str("\n  ]}");
}

/// The warm-up that was found; nothing where it is stated.
fn warmup(point: &PointResults) -> Option<Value> {
    let found = point.found.as_ref()?;
    Some(json!({
        "seconds": number(Some(point.warmup.as_secs_f64())),
        "found_by": "mser5",
        "pilots": found.pilots,
        "longest": found.longest,
    }))
}

/// Paths and JSON texts of their values, as JSON where they are.
pub(super) fn object(values: &[(String, String)]) -> Value {
    let values = values.iter().map(|(path, text)| {
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()));
        (path.clone(), value)
    });
    Value::Object(values.collect())
}

fn case(text: &mut String, case: &CaseResults) {
    let name = spaced(&Value::from(case.policy.as_str()));
    push(text, format_args!("{{\"name\": {name}, \"metrics\": {{"));
    list(text, "\n     ", &case.metrics, |text, result| {
        let value = spaced(&metric_value(result));
        push(text, format_args!("\"{}\": {value}", result.metric.name));
    });
    text.push_str("\n   }}");
}

fn metric_value(result: &MetricResult) -> Value {
    let mut value = Map::new();
    value.insert("unit".to_owned(), result.metric.unit.into());
    value.insert("better".to_owned(), result.metric.better.name().into());
    value.insert("mean".to_owned(), number(result.mean));
    value.insert("ci95".to_owned(), interval(result.ci95));
    if result.censored > 0 {
        value.insert("censored".to_owned(), result.censored.into());
        value.insert("cut_off".to_owned(), result.cut_off.clone().into());
    }
    let values = result.values.iter().map(|value| number(*value)).collect();
    value.insert("values".to_owned(), Value::Array(values));
    Value::Object(value)
}

fn difference_value(difference: &Difference) -> Value {
    let mut value = json!({
        "metric": difference.metric,
        "policy": difference.policy,
        "against": difference.against,
        "mean": number(Some(difference.mean)),
        "ci95": interval(difference.ci95),
        "p_adjusted": number(difference.p_adjusted),
        "n": difference.n,
    });
    if let Some(distance) = difference.distance_to_one {
        value["distance_to_one"] = json!({
            "mean": number(Some(distance.mean)),
            "ci95": interval(distance.ci95),
            "p_adjusted": number(distance.p_adjusted),
        });
    }
    value
}

pub(super) fn interval(interval: Option<[f64; 2]>) -> Value {
    interval.map_or(Value::Null, |[low, high]| {
        Value::Array(vec![number(Some(low)), number(Some(high))])
    })
}

/// A float; whole numbers without a fraction. No negative zero: it is the same number.
pub(super) fn number(value: Option<f64>) -> Value {
    // 2^53: up to there every whole float is that integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Some(value) if value.fract() == 0.0 && value.abs() <= EXACT => (value as i64).into(),
        Some(value) => value.into(),
        None => Value::Null,
    }
}

/// Items between commas, each after `lead` (a line break and its indent).
pub(super) fn list<T>(
    text: &mut String,
    lead: &str,
    items: &[T],
    mut write: impl FnMut(&mut String, &T),
) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(lead);
        write(text, item);
    }
}

pub(super) fn push(text: &mut String, part: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(part);
}

/// JSON on one line, with a space after each comma and colon.
pub(super) fn spaced(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let quoted = |key: &String| Value::from(key.as_str());
            let fields = fields.iter().map(|(key, v)| format!("{}: {}", quoted(key), spaced(v)));
            format!("{{{}}}", fields.collect::<Vec<String>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(spaced).collect::<Vec<String>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}
