//! Reading back what was written: a folder, the file in it that is wanted, or a baseline.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::compare::Record;
use crate::scenario::is_name;

/// The record at a path.
pub(super) fn read(path: &Path) -> Result<Record, Failure> {
    find(path).map(|(_, record)| record)
}

/// The same, and the file that it is in.
pub(super) fn find(path: &Path) -> Result<(PathBuf, Record), Failure> {
    let (file, bytes) = bytes(path, "summary.json", |path| Failure::NoResults { path })?;
    match Record::read(&String::from_utf8_lossy(&bytes)) {
        Ok(record) => Ok((file, record)),
        Err(source) => Err(Failure::Record { path: file, source }),
    }
}

/// Refuses results whose name no scenario can have: files and folders are called by it, wherever
/// it may lead.
pub(super) fn safe_name(path: &Path, name: &str) -> Result<(), Failure> {
    if is_name(name) {
        return Ok(());
    }
    Err(Failure::UnsafeName { path: path.to_owned(), name: name.to_owned() })
}

/// The file at a path, or the one of this name in the folder there, with what it holds. `none`
/// says that the folder has no such file.
pub(super) fn bytes(
    path: &Path,
    name: &str,
    none: impl FnOnce(PathBuf) -> Failure,
) -> Result<(PathBuf, Vec<u8>), Failure> {
    let file = if path.is_dir() { path.join(name) } else { path.to_owned() };
    match std::fs::read(&file) {
        Ok(bytes) => Ok((file, bytes)),
        Err(error) if path.is_dir() && error.kind() == std::io::ErrorKind::NotFound => {
            Err(none(path.to_owned()))
        }
        Err(source) => Err(Failure::Read { path: file, source }),
    }
}

/// Where a baseline lies where no scenario's file is known, as `new` has it: beside the
/// scenarios, where there is a folder of them.
pub(super) fn usual_baseline(name: &str) -> PathBuf {
    let folder = if Path::new("scenarios").is_dir() { "scenarios" } else { "" };
    baseline_beside(&Path::new(folder).join("scenario"), name)
}

/// Where the baseline of a scenario lies: `baselines/NAME.json` in the scenario's folder.
pub(super) fn baseline_beside(scenario: &Path, name: &str) -> PathBuf {
    scenario.parent().unwrap_or(Path::new("")).join("baselines").join(format!("{name}.json"))
}
