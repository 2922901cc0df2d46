//! A scenario to start from, and what it may be called.

/// A scenario named `name` that says in its descriptions what its parts mean.
/// It is valid where the name is: see [`Code::UnsafeName`](super::Code::UnsafeName).
pub fn template(name: &str) -> String {
    include_str!("template.json").replace("\"NAME\"", &serde_json::Value::from(name).to_string())
}

/// Whether this can be the name of a scenario, which is also that of the folder of its results.
pub fn is_name(name: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.len() <= 100
        && name.chars().all(is_safe)
}
