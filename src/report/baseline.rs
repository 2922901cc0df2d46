//! A baseline: what later results are compared with, kept in a repository.

use serde_json::{Value, json};

use super::FORMAT;
use super::json::{list, number, object, spaced};
use crate::compare::{Record, RecordMetric, RecordPoint, RecordPolicy};

/// The baseline file: per-replication values with the thresholds, policies and metrics
/// sorted by name, one line a metric, so that a change shows as the lines that changed.
///
/// `threshold` is the relative one that comparisons with it use (0.05 for 5%).
pub fn baseline(record: &Record, threshold: f64) -> String {
    let scenario = json!({"name": record.name, "digest": record.digest});
    let mut text = format!(
        "{{\"format\": {FORMAT}, \"kind\": \"baseline\", \"scenario\": {},\n \"seed\": {}, \"replications\": {}, \
         \"threshold\": {},\n \"points\": [",
        spaced(&scenario),
        record.seed,
        record.replications,
        number(Some(threshold)),
    );
    list(&mut text, "\n  ", &record.points, point);
    text.push_str("\n ]\n}\n");
    text
}

fn point(text: &mut String, point: &RecordPoint) {
    let world = json!({"digest": point.world, "facts": object(&point.facts)});
    text.push_str(&format!("{{\"at\": {},\n   ", spaced(&object(&point.at))));
    if let Some(seconds) = point.warmup {
        let warmup = json!({"seconds": number(Some(seconds))});
        text.push_str(&format!("\"warmup\": {},\n   ", spaced(&warmup)));
    }
    text.push_str(&format!("\"world\": {},\n   \"policies\": [", spaced(&world)));
    let mut policies: Vec<&RecordPolicy> = point.policies.iter().collect();
    policies.sort_by(|a, b| a.name.cmp(&b.name));
    list(text, "\n   ", &policies, |text, policy| {
        let name = spaced(&Value::from(policy.name.as_str()));
        text.push_str(&format!("{{\"name\": {name}, \"metrics\": {{"));
        let mut metrics: Vec<&RecordMetric> = policy.metrics.iter().collect();
        metrics.sort_by_key(|found| found.metric.name);
        list(text, "\n     ", &metrics, |text, found| text.push_str(&metric(found)));
        text.push_str("\n   }}");
    });
    text.push_str("\n  ]}");
}

fn metric(found: &RecordMetric) -> String {
    let mut value = json!({
        "unit": found.metric.unit,
        "floor": number(Some(found.floor)),
    });
    if !found.cut_off.is_empty() {
        value["censored"] = found.censored().into();
        value["cut_off"] = found.cut_off.clone().into();
    }
    value["values"] = found.values.iter().map(|value| number(*value)).collect();
    format!("\"{}\": {}", found.metric.name, spaced(&value))
}
