//! Reading results back: a folder, its `summary.json`, or a baseline.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::compare::Record;

/// The record at a path.
pub(super) fn read(path: &Path) -> Result<Record, Failure> {
    let file = if path.is_dir() { path.join("summary.json") } else { path.to_owned() };
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) if path.is_dir() && error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::NoResults { path: path.to_owned() });
        }
        Err(source) => return Err(Failure::Read { path: file, source }),
    };
    Record::read(&String::from_utf8_lossy(&bytes))
        .map_err(|source| Failure::Record { path: file, source })
}

/// Where the baseline of a scenario lies: `baselines/NAME.json` in the scenario's folder.
pub(super) fn baseline_beside(scenario: &Path, name: &str) -> PathBuf {
    scenario.parent().unwrap_or(Path::new("")).join("baselines").join(format!("{name}.json"))
}
