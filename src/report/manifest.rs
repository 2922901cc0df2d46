//! `manifest.json`: what a directory of results holds, with digests.

use std::fmt::Write;

use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

use super::{Bundle, FORMAT, until};
use crate::stats::Results;

/// Its name.
pub const NAME: &str = "manifest.json";

/// Adds the manifest of all that the bundle holds. Call it last.
pub fn add(bundle: &mut Bundle, results: &Results) {
    let text = manifest(bundle, results);
    bundle.insert(NAME, text);
}

fn manifest(bundle: &Bundle, results: &Results) -> String {
    let scenario = json!({"name": results.name, "digest": results.digest});
    let mut text = format!(
        "{{\n  \"format\": {FORMAT},\n  \"program\": \"ringstorm\",\n  \"version\": \"{}\",\n  \
         \"scenario\": {scenario},\n  \"seed\": {},\n  \"replications\": {},\n",
        env!("CARGO_PKG_VERSION"),
        results.seed,
        results.replications,
    );
    // Writing to a string cannot fail, here and below.
    if let Some(until) = until::value(results) {
        let _ = writeln!(text, "  \"until\": {until},");
    }
    text.push_str("  \"files\": {");
    let mut separator = "";
    for (name, bytes) in bundle.iter().filter(|(name, _)| *name != NAME) {
        let entry = json!({"bytes": bytes.len(), "digest": digest(bytes)});
        let name = Value::from(name);
        let _ = write!(text, "{separator}\n    {name}: {entry}");
        separator = ",";
    }
    text.push_str("\n  }\n}\n");
    text
}

/// `xxh3:` and the XXH3-64 digest (seed 0) in 16 hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    format!("xxh3:{:016x}", xxh3_64(bytes))
}

/// The digest that a manifest lists for a file; `None` if it lists none.
pub fn digest_of(text: &[u8], name: &str) -> Option<String> {
    let manifest: Value = serde_json::from_slice(text).ok()?;
    Some(manifest.get("files")?.get(name)?.get("digest")?.as_str()?.to_owned())
}

/// The names that a manifest lists; `None` if the text is no manifest of ours.
pub fn listed(text: &[u8]) -> Option<Vec<String>> {
    let manifest: Value = serde_json::from_slice(text).ok()?;
    (manifest.get("program")? == "ringstorm").then_some(())?;
    Some(manifest.get("files")?.as_object()?.keys().cloned().collect())
}
