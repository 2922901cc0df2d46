//! Text -> checked scenario -> [`Plan`](crate::plan::Plan).
//!
//! ```text
//! bytes --document--> JSON with places --set, sweep--> JSON --typed, read--> schema --validate--> Plan
//! ```
//!
//! | file | what it does |
//! |---|---|
//! | `schema` | the JSON, field by field, no logic; editors complete from it |
//! | `document`, `spans`, `path` | strict JSON with the bytes of every value and name |
//! | `set`, `sweep`, `find` | values replaced on the command line, values to try, and a value to look for |
//! | `typed`, `read` | JSON -> schema; structure stops at the first fault |
//! | `validate` | schema -> plan; meaning reports all faults at once |
//! | `presets` | how real libraries reconnect |
//! | `brokers` | what real brokers carry |
//! | `files`, `enclosed` | traces and samples, and their copies in the results |
//! | `diagnostic`, `code`, `render`, `suggest` | what is wrong, as data and as text |
//! | `kept` | what is left where only some policies are run |
//! | `load`, `template` | the way in, a scenario to start from |
//! | `digest`, `world` | its identity, and what of it is no decision |
//!
//! Nothing here panics on any input, and nothing is accepted and then ignored:
//! an unknown field, `null`, and a field given twice are errors.

pub mod brokers;
mod code;
pub mod diagnostic;
mod digest;
mod document;
mod enclosed;
mod files;
mod find;
mod kept;
mod load;
mod path;
pub mod presets;
mod read;
pub mod render;
pub mod schema;
mod set;
mod spans;
mod suggest;
mod sweep;
mod template;
mod typed;
mod validate;
mod world;

pub use code::Code;
pub use diagnostic::{Diagnostic, Source, Span};
pub use find::Search;
pub use load::{Overrides, load, read_text};
pub use suggest::nearest;
pub use template::{SCHEMA_FILE, is_name, template};

/// The JSON Schema (draft 2020-12) of scenarios, as text that ends with a line end.
pub fn schema() -> String {
    use schemars::generate::SchemaSettings;
    let generator = SchemaSettings::draft2020_12()
        .with_transform(schemars::transform::RecursiveTransform(refuse_null))
        .into_generator();
    let schema = generator.into_root_schema_for::<schema::Scenario>();
    let mut text = format!("{:#}", schema.as_value());
    text.push('\n');
    text
}

/// An optional field may be absent, but `null` is no value of it.
fn refuse_null(schema: &mut schemars::Schema) {
    let is_null = |value: &serde_json::Value| value == "null" || value["type"] == "null";
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(serde_json::Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| !is_null(name));
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(serde_json::Value::Array(forms)) = object.get_mut("anyOf") {
        forms.retain(|form| !is_null(form));
        if let [serde_json::Value::Object(only)] = forms.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            for (name, value) in only {
                object.entry(name).or_insert(value);
            }
        }
    }
    if object.get("default").is_some_and(serde_json::Value::is_null) {
        object.remove("default");
    }
}
