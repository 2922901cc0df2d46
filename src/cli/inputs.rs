//! What a command reads it never writes over.

use std::path::{Path, PathBuf};

use super::failure::Failure;

/// Refuses to write a file that is read, whatever paths and links lead to it.
///
/// A hard link is another matter: a write takes its place, and leaves the other name what it was.
pub(super) fn kept<'a>(
    target: &Path,
    inputs: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<(), Failure> {
    let Ok(path) = target.canonicalize() else { return Ok(()) };
    // A terminal or a pipe may well be both.
    if !path.is_file() {
        return Ok(());
    }
    let is_target = |input: &&PathBuf| input.canonicalize().is_ok_and(|input| input == path);
    match inputs.into_iter().find(is_target) {
        Some(input) => Err(Failure::Input { target: target.to_owned(), input: input.clone() }),
        None => Ok(()),
    }
}
