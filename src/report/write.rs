//! From a bundle to a directory: the whole new result or the whole old one, never a mix.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempDir};

use super::{Bundle, ReportError, manifest, shard};

/// Prefix of the hidden directories that a write uses beside its target.
const ASIDE: &str = ".ringstorm-";

/// Makes `target` hold exactly this bundle: every file is written and synced in a
/// directory aside, on the same file system, which then takes the target's place by a
/// rename. Missing parents are made.
///
/// Earlier results are replaced; a directory that holds anything else is refused, since
/// replacing it would delete files that are not ours.
///
/// # Errors
///
/// [`ReportError`]. What was at `target` is then untouched and nothing is left beside it,
/// except for [`ReportError::OldRemains`], where the new results are complete, and
/// [`ReportError::Stranded`], which takes two failures in a row.
pub fn write(bundle: &Bundle, target: &Path) -> Result<(), ReportError> {
    let Target { path, parent, exists } = Target::of(target)?;
    let made = MadeParents::of(&parent)?;
    let aside = write_aside(bundle, &parent, target)?;
    if exists {
        replace(aside, &parent, &path)?;
    } else {
        move_in(aside, &path)?;
    }
    made.keep();
    Ok(())
}

/// Whether [`write()`] could make `target` a result now, found out without leaving a trace: to be
/// asked before hours of work whose results would have nowhere to go.
///
/// # Errors
///
/// Those of [`write()`] that do not depend on the bundle.
pub fn check(target: &Path) -> Result<(), ReportError> {
    let Target { parent, .. } = Target::of(target)?;
    // Both are deleted again at the end.
    let _made = MadeParents::of(&parent)?;
    let _aside = hidden_directory(&parent)?;
    Ok(())
}

/// Where results go: a place that is free, or a directory that may be replaced.
struct Target {
    path: PathBuf,
    parent: PathBuf,
    exists: bool,
}

impl Target {
    fn of(target: &Path) -> Result<Self, ReportError> {
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
            check_replaceable(&path)?;
        }
        Ok(Self { path, parent, exists })
    }
}

/// A relative name without a folder lies in the current directory.
fn or_here(parent: &Path) -> &Path {
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

/// The whole bundle in a hidden directory beside the target, which errors speak of; deleted when
/// dropped.
fn write_aside(bundle: &Bundle, parent: &Path, target: &Path) -> Result<TempDir, ReportError> {
    let aside = hidden_directory(parent)?;
    let mut folders = BTreeSet::from([aside.path().to_owned()]);
    for (name, bytes) in bundle.iter() {
        let path = aside.path().join(name);
        // The folder of a file in the directory just made; a bundle's names have no `..`.
        let folder = path.parent().unwrap_or(aside.path());
        fs::create_dir_all(folder).map_err(|source| ReportError::Io {
            action: "create",
            path: target.join(name),
            source,
        })?;
        write_synced(&path, bytes).map_err(|source| ReportError::Io {
            action: "write",
            path: target.join(name),
            source,
        })?;
        folders.insert(folder.to_owned());
    }
    for folder in &folders {
        sync_directory(folder)?;
    }
    Ok(aside)
}

fn hidden_directory(parent: &Path) -> Result<TempDir, ReportError> {
    let mut builder = Builder::new();
    builder.prefix(ASIDE);
    // Results are for everyone whom the user's mask lets in, unlike other temporary files.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(parent).map_err(|source| ReportError::Io {
        action: "create",
        path: parent.to_owned(),
        source,
    })
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the names in a directory durable, where the system can.
fn sync_directory(directory: &Path) -> Result<(), ReportError> {
    #[cfg(unix)]
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(|source| {
        ReportError::Io { action: "write", path: directory.to_owned(), source }
    })?;
    Ok(())
}

/// Swaps the new directory in; the old one comes back if that fails.
fn replace(aside: TempDir, parent: &Path, target: &Path) -> Result<(), ReportError> {
    let failed = |source| ReportError::Io { action: "replace", path: target.to_owned(), source };
    let old = hidden_directory(parent)?;
    let kept = old.path().join("old");
    fs::rename(target, &kept).map_err(failed)?;
    if let Err(error) = move_in(aside, target) {
        fs::rename(&kept, target).map_err(|source| {
            // Better a hidden directory than a lost result.
            ReportError::Stranded { path: old.keep(), source }
        })?;
        return Err(error);
    }
    // The new name must be durable before the old files go. The results are complete even
    // where this fails, so that is no error.
    let _ = sync_directory(parent);
    let path = old.path().to_owned();
    old.close().map_err(|source| ReportError::OldRemains { path, source })
}

fn move_in(aside: TempDir, target: &Path) -> Result<(), ReportError> {
    fs::rename(aside.path(), target).map_err(|source| ReportError::Io {
        action: "create",
        path: target.to_owned(),
        source,
    })?;
    // It has another name now: there is nothing to delete under the old one.
    let _ = aside.keep();
    Ok(())
}

/// Parents that were made for a write, deleted again unless it succeeds.
struct MadeParents {
    /// From the outermost to the innermost.
    made: Vec<PathBuf>,
}

impl MadeParents {
    fn of(parent: &Path) -> Result<Self, ReportError> {
        let missing: Vec<&Path> = parent
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
            .collect();
        let mut parents = Self { made: Vec::new() };
        for path in missing.into_iter().rev() {
            fs::create_dir(path).map_err(|source| ReportError::Io {
                action: "create",
                path: path.to_owned(),
                source,
            })?;
            parents.made.push(path.to_owned());
        }
        Ok(parents)
    }

    fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for MadeParents {
    fn drop(&mut self) {
        for path in self.made.iter().rev() {
            // Only an empty directory can be removed so; somebody else may have used it.
            let _ = fs::remove_dir(path);
        }
    }
}

/// Makes `target` this file: as [`stream`] does.
///
/// # Errors
///
/// [`ReportError`]; a file at `target` is then untouched.
pub fn file(bytes: &[u8], target: &Path) -> Result<(), ReportError> {
    stream(target, |out| {
        let path = target.to_owned();
        out.write_all(bytes).map_err(|source| ReportError::Io { action: "write", path, source })
    })
}

/// Makes `target` the file that `fill` writes bit by bit: written and synced aside, then renamed
/// over what was there. A link stays a link: what it leads to is replaced. What is no file, as a
/// pipe or a device, is not replaced but written to.
///
/// # Errors
///
/// [`ReportError`], or what `fill` says; a file at `target` is then untouched.
pub fn stream<E: From<ReportError>>(
    target: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |action| {
        let path = target.to_owned();
        move |source| ReportError::Io { action, path, source }
    };
    if fs::metadata(target).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        let opened = OpenOptions::new().write(true).open(target);
        let mut there = BufWriter::new(opened.map_err(failed("write"))?);
        fill(&mut there)?;
        return Ok(there.flush().map_err(failed("write"))?);
    }
    let path = behind_links(target).map_err(failed("read"))?;
    let folder = or_here(path.parent().unwrap_or(Path::new("")));
    let aside = Builder::new().prefix(ASIDE).tempfile_in(folder).map_err(failed("create"))?;
    let mut out = BufWriter::new(aside);
    fill(&mut out)?;
    let aside = out.into_inner().map_err(|error| failed("write")(error.into_error()))?;
    aside.as_file().sync_all().map_err(failed("write"))?;
    let kept = aside.persist(&path).map_err(|error| failed("replace")(error.error))?;
    Ok(readable(&kept).map_err(failed("write"))?)
}

/// Where a chain of links leads, whether or not something is there; the path itself where it is
/// no link.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if !fs::symlink_metadata(&path).is_ok_and(|there| there.is_symlink()) {
            return Ok(path);
        }
        // What a link says is relative to the folder that it lies in.
        let next = fs::read_link(&path)?;
        path = or_here(path.parent().unwrap_or(Path::new(""))).join(next);
    }
    Err(io::Error::other("too many links that lead to links"))
}

/// Temporary files are for their maker alone; results are for everybody who may read the folder.
#[cfg(unix)]
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &File) -> io::Result<()> {
    Ok(())
}
