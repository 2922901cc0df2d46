//! `ringstorm promote`: a result becomes the baseline.

use std::fs;

use super::arguments::Promote;
use super::failure::Failure;
use super::inputs;
use super::output;
use super::records;
use crate::compare::USUAL_THRESHOLD;
use crate::report::{self, write};

/// Writes the baseline of a result, in place of an earlier one.
pub(super) fn promote(command: &Promote) -> Result<(), Failure> {
    let (file, record) = records::find(&command.results)?;
    records::safe_name(&file, &record.name)?;
    let threshold = match command.threshold {
        Some(threshold) => threshold.as_f64(),
        None => record.threshold.unwrap_or(USUAL_THRESHOLD),
    };
    let path = command.to.clone().unwrap_or_else(|| records::usual_baseline(&record.name));
    // A baseline may have its threshold changed where it lies: nothing of it is lost.
    if record.threshold.is_none() {
        inputs::kept(&path, [&file])?;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        fs::create_dir_all(folder)
            .map_err(|source| Failure::Write { path: folder.to_owned(), source })?;
    }
    write::file(report::baseline(&record, threshold).as_bytes(), &path)?;
    output::print(&format!("{} is the baseline of {}\n", path.display(), record.name))
}
