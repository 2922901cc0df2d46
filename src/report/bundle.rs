//! Result files in memory.

use std::collections::BTreeMap;
use std::path::{Component, Path};

/// Files by name, in the order of names. A name may hold folders (`charts/storm.svg`).
///
/// ```
/// use ringstorm::report::Bundle;
///
/// let mut bundle = Bundle::default();
/// bundle.insert("summary.json", "{}\n");
/// bundle.insert("charts/storm.svg", "<svg/>");
/// let names: Vec<&str> = bundle.iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["charts/storm.svg", "summary.json"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    files: BTreeMap<String, Vec<u8>>,
}

impl Bundle {
    /// Adds a file, or replaces the one of that name.
    ///
    /// # Panics
    ///
    /// If the name is empty, absolute or climbs (`..`): names are chosen by code, and none
    /// may point out of the results' directory.
    pub fn insert(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        let name = name.into();
        assert!(is_inside(&name), "`{name}` is no name of a file inside the results");
        self.files.insert(name, bytes.into());
    }

    /// The bytes of a file.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// Names and bytes, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }
}

/// Whether a name is of a file inside a directory.
pub(super) fn is_inside(name: &str) -> bool {
    let is_plain = |part| matches!(part, Component::Normal(_));
    !name.is_empty() && Path::new(name).components().all(is_plain)
}
