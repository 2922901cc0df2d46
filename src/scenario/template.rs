//! A scenario to start from, and what it may be called.

/// The file that a template names as its schema, in its own folder.
pub const SCHEMA_FILE: &str = "scenario.schema.json";

/// A scenario named `name` that says in its descriptions what its parts mean. It names the schema
/// where that lies in its folder, as an editor complains of one that is missing.
/// It is valid where the name is: see [`Code::UnsafeName`](super::Code::UnsafeName).
pub fn template(name: &str, has_schema: bool) -> String {
    let schema = format!("{{\n  \"$schema\": \"{SCHEMA_FILE}\",\n");
    let opening = if has_schema { &schema } else { "{\n" };
    let text = include_str!("template.json").replacen("{\n", opening, 1);
    text.replace("\"NAME\"", &serde_json::Value::from(name).to_string())
}

/// Whether this can be the name of a scenario, which is also that of the folder of its results.
pub fn is_name(name: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.len() <= 100
        && name.chars().all(is_safe)
}
