//! The copies of a scenario's files in its results, where the scenario that was run finds them.
//!
//! A file in the scenario's folder, or below it, has the same place in the results, unless a
//! result has its name. Any other goes to `files/`: what lies elsewhere on a machine does not lie
//! there on the next one. To run the scenario in the results moves none of them again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use serde_json::Value;

use super::files::Files;
use crate::plan::Enclosed;

/// How the names of results begin, up to their first dot.
const RESULTS: [&str; 11] = [
    "charts",
    "latency",
    "manifest",
    "replications",
    "report",
    "results",
    "scenario",
    "servers",
    "shard",
    "summary",
    "timeseries",
];

/// Where files that cannot keep their places go.
const FOLDER: &str = "files";

/// Where each file of a scenario lies in its results, by the name that the scenario has for it.
#[derive(Debug)]
pub struct Places(BTreeMap<String, String>);

impl Places {
    /// Of the files that this scenario names and that were read for it.
    pub fn of(scenario: &Value, files: &Files) -> Self {
        let mut named = BTreeSet::new();
        let mut scenario = scenario.clone();
        each_file("", &mut scenario, &mut |file| {
            if files.text(file).is_some() {
                named.insert(file.clone());
            }
        });
        let (staying, moving): (Vec<String>, Vec<String>) =
            named.into_iter().partition(|file| stays(file));
        let mut places: BTreeMap<String, String> =
            staying.into_iter().map(|file| (file.clone(), file)).collect();
        for file in moving {
            let place = free(&file, &places);
            places.insert(file, place);
        }
        Self(places)
    }

    /// Writes the new names into a scenario. Whether any name is new.
    pub fn rename(&self, scenario: &mut Value) -> bool {
        self.rename_at("", scenario)
    }

    /// The same for the value of a swept field, as JSON.
    pub fn rename_swept(&self, path: &str, json: &mut String) {
        let Ok(mut value) = serde_json::from_str(json) else { return };
        if self.rename_at(path, &mut value) {
            *json = value.to_string();
        }
    }

    fn rename_at(&self, path: &str, value: &mut Value) -> bool {
        let mut is_new = false;
        each_file(path, value, &mut |file| {
            if let Some(place) = self.0.get(file).filter(|place| *place != file) {
                file.clone_from(place);
                is_new = true;
            }
        });
        is_new
    }

    /// The copies, by their names there: another run of what lies there has the same.
    pub fn copies(&self, files: &Files) -> Vec<Enclosed> {
        let copy = |(file, name): (&String, &String)| {
            Some(Enclosed { name: name.clone(), text: files.text(file)?.to_owned() })
        };
        let mut copies: Vec<Enclosed> = self.0.iter().filter_map(copy).collect();
        copies.sort_by(|one, other| one.name.cmp(&other.name));
        copies
    }
}

/// Calls `change` for every name of a file in a value, which stands at the end of `path`: a text
/// in a field `file`, or among the values that a sweep has for one.
fn each_file(path: &str, value: &mut Value, change: &mut impl FnMut(&mut String)) {
    let is_file = path == "file" || path.ends_with(".file");
    match value {
        Value::String(text) if is_file => change(text),
        Value::Array(elements) => {
            let inside = if is_file { path } else { "" };
            for element in elements {
                each_file(inside, element, change);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                each_file(name, value, change);
            }
        }
        _ => {}
    }
}

/// Whether a file can have the same place in the results.
fn stays(file: &str) -> bool {
    let parts: Option<Vec<&str>> = Path::new(file)
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    let Some(parts) = parts else { return false };
    let Some(first) = parts.first().map(|part| part.to_lowercase()) else { return false };
    let stem = first.split('.').next().unwrap_or(&first);
    // Other spellings of the same path would be other names of one file.
    parts.join("/") == file && !RESULTS.contains(&stem) && file.to_lowercase() != FOLDER
}

/// A name in the folder that no other file has, whether or not case matters there.
fn free(file: &str, taken: &BTreeMap<String, String>) -> String {
    let name = Path::new(file).file_name().and_then(|name| name.to_str()).unwrap_or(FOLDER);
    let (stem, ending) = match name.rfind('.') {
        Some(dot) if dot > 0 => name.split_at(dot),
        _ => (name, ""),
    };
    let mut place = format!("{FOLDER}/{name}");
    let mut count = 1;
    while taken.values().any(|other| other.to_lowercase() == place.to_lowercase()) {
        count += 1;
        place = format!("{FOLDER}/{stem}-{count}{ending}");
    }
    place
}
