//! The digest of a scenario's meaning.

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

/// XXH3-64 of the canonical JSON: names sorted, no blanks, without `$schema`
/// and without descriptions. `xxh3:` and 16 hexadecimal digits.
///
/// Two texts that differ only in layout, order of fields or remarks have one digest.
pub fn of(scenario: &Value) -> String {
    let mut text = String::new();
    write(scenario, &mut text);
    of_text(&text)
}

/// XXH3-64 (seed 0) of a text: `xxh3:` and 16 hexadecimal digits.
pub fn of_text(text: &str) -> String {
    format!("xxh3:{:016x}", xxh3_64(text.as_bytes()))
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().filter(|(name, _)| !is_remark(name)).collect();
            fields.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (position, (name, value)) in fields.into_iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(elements) => {
            text.push('[');
            for (position, element) in elements.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write(element, text);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// Whether a field is for people and editors alone.
pub fn is_remark(name: &str) -> bool {
    matches!(name, "$schema" | "description")
}

#[cfg(test)]
mod tests {
    use super::of;
    use serde_json::json;

    #[test]
    fn layout_and_remarks_do_not_change_the_digest_and_values_do() {
        let one = json!({"b": [1, {"description": "x", "d": "e"}], "a": 2, "$schema": "s"});
        let same = json!({"a": 2, "b": [1, {"d": "e"}]});
        let other = json!({"a": 2, "b": [1, {"d": "f"}]});
        assert_eq!(of(&one), of(&same));
        assert_ne!(of(&one), of(&other));
        assert_eq!(of(&json!({"a": 1})), "xxh3:c5e3762ffc8453c6");
    }
}
