//! What can go wrong when results are written.

use std::io;
use std::path::PathBuf;

/// Why results were not written. What was there before is then untouched, but for the last
/// two, which say where it is.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The target is a file, or cannot name a directory.
    #[error("`{}` is not a directory", path.display())]
    NotADirectory {
        /// The target.
        path: PathBuf,
    },
    /// The target holds something that earlier results do not account for; replacing it
    /// would delete that.
    #[error(
        "`{}` holds `{}`, which is no part of a result, so it is not replaced; move that away or \
         choose another folder",
        path.parent().unwrap_or(path).display(),
        path.file_name().map_or(path.as_path(), std::path::Path::new).display()
    )]
    Foreign {
        /// The first such file or directory.
        path: PathBuf,
    },
    /// The process stands in the target, which results take the place of as a whole.
    #[error(
        "`{}` is the folder that ringstorm was started in, or lies above it, and results take the \
         place of the whole folder; start ringstorm elsewhere or choose another folder",
        path.display()
    )]
    Here {
        /// The target.
        path: PathBuf,
    },
    /// The target cannot be renamed, as a file system begins there.
    #[error(
        "`{}` is a mount point, and results take the place of the whole folder; choose a folder in \
         it, such as `{}`",
        path.display(),
        path.join("results").display()
    )]
    MountPoint {
        /// The target.
        path: PathBuf,
    },
    /// What would be written for the first time is there.
    #[error("`{}` exists already; nothing was written", path.display())]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// A file or directory could not be made, written, read or renamed.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: `create`, `write`, `read`, `replace`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The new results are in place, but the old ones could not be deleted.
    #[error("the old results remain in `{}`: {source}", path.display())]
    OldRemains {
        /// Where they are now.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The new results could not take their place, nor the old ones go back to it.
    #[error("the earlier results could not be put back, they are in `{}`: {source}", path.display())]
    Stranded {
        /// Where they are now.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
