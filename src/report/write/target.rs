//! Where results go, and whether they may.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::report::{ReportError, manifest, shard};

/// Where results go: a place that is free, or a directory that may be replaced.
pub struct Target {
    pub path: PathBuf,
    pub parent: PathBuf,
    pub exists: bool,
}

impl Target {
    pub fn of(target: &Path) -> Result<Self, ReportError> {
        // A link to a directory stays a link: what it points to is replaced.
        let path = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let exists = fs::symlink_metadata(&path).is_ok();
        let parent = match path.parent() {
            Some(parent) if path.file_name().is_some() => or_here(parent).to_owned(),
            _ => return Err(ReportError::NotADirectory { path }),
        };
        if exists {
            if !path.is_dir() {
                return Err(ReportError::NotADirectory { path });
            }
            check_movable(&path, &parent, target)?;
            check_replaceable(&path)?;
        }
        Ok(Self { path, parent, exists })
    }
}

/// Refuses a directory that cannot be renamed, or should not: where the process stands in it, its
/// shell would be left in one that is gone, and no shell sees the new one under the old name.
fn check_movable(path: &Path, parent: &Path, target: &Path) -> Result<(), ReportError> {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    if here.is_ok_and(|here| here.starts_with(path)) {
        return Err(ReportError::Here { path: target.to_owned() });
    }
    if is_mount_point(path, parent) {
        return Err(ReportError::MountPoint { path: target.to_owned() });
    }
    Ok(())
}

/// Whether a file system begins at `path`, which lies in `parent`: a name that is busy. Linux has
/// a list of them, which a folder that is mounted elsewhere on its own file system is on, too.
#[cfg(unix)]
fn is_mount_point(path: &Path, parent: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::MetadataExt;
    let Ok(mounted) = fs::read("/proc/self/mountinfo") else {
        let device = |path: &Path| fs::metadata(path).map(|there| there.dev()).ok();
        return device(path) != device(parent);
    };
    // The fifth field is the place, in which a blank is `\040`.
    mounted.split(|byte| *byte == b'\n').any(|line| {
        line.split(|byte| *byte == b' ').nth(4).is_some_and(|place| {
            let place = String::from_utf8_lossy(place).replace("\\040", " ");
            place.as_bytes() == path.as_os_str().as_bytes()
        })
    })
}

#[cfg(not(unix))]
fn is_mount_point(_: &Path, _: &Path) -> bool {
    false
}

/// A relative name without a folder lies in the current directory.
pub fn or_here(parent: &Path) -> &Path {
    if parent.as_os_str().is_empty() { Path::new(".") } else { parent }
}

/// Refuses a directory with anything that its manifest does not list, a shard apart.
fn check_replaceable(target: &Path) -> Result<(), ReportError> {
    let path = target.join(manifest::NAME);
    let listed = match fs::read(&path) {
        Ok(text) => manifest::listed(&text).unwrap_or_default(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(ReportError::Io { action: "read", path, source }),
    };
    let mut ours: Vec<PathBuf> = listed.iter().map(|name| target.join(name)).collect();
    if !ours.is_empty() {
        ours.push(path);
    }
    // A shard is one file, which needs no manifest beside it.
    let path = target.join(shard::NAME);
    if is_shard(&path) {
        ours.push(path);
    }
    check_directory(target, &ours)
}

fn is_shard(path: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(shard::LONGEST_HEAD as u64).read_to_end(&mut beginning));
    read.is_ok() && shard::is_shard(&beginning)
}

fn check_directory(directory: &Path, ours: &[PathBuf]) -> Result<(), ReportError> {
    let failed = |source| ReportError::Io { action: "read", path: directory.to_owned(), source };
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let is_directory = entry.file_type().map_err(failed)?.is_dir();
        if is_directory && ours.iter().any(|file| file.starts_with(&path)) {
            check_directory(&path, ours)?;
        } else if is_directory || !ours.contains(&path) {
            return Err(ReportError::Foreign { path });
        }
    }
    Ok(())
}
