//! A scenario to start from.

/// A scenario named `name` that says in its descriptions what its parts mean.
/// It is valid where the name is: see [`Code::UnsafeName`](super::Code::UnsafeName).
pub fn template(name: &str) -> String {
    include_str!("template.json").replace("\"NAME\"", &serde_json::Value::from(name).to_string())
}
