//! From a bundle to a directory: the whole new result or the whole old one, never a mix.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempDir};

use super::{Bundle, ReportError};

use target::{Target, or_here};

mod target;

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
    let (made, aside) = hidden_below(&parent, target)?;
    fill(&aside, bundle, target)?;
    if exists {
        replace(aside, &parent, &path, target)?;
    } else {
        move_in(aside, &path, target)?;
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
    let (made, aside) = hidden_below(&parent, target)?;
    // Both are deleted again, what lies within first.
    drop(aside);
    drop(made);
    Ok(())
}

/// The whole bundle into a directory aside; errors speak of the target.
fn fill(aside: &TempDir, bundle: &Bundle, target: &Path) -> Result<(), ReportError> {
    let mut folders = BTreeSet::from([aside.path().to_owned()]);
    for (name, bytes) in bundle.iter() {
        let path = aside.path().join(name);
        // The folder of a file in the directory just made; a bundle's names have no `..`.
        let folder = path.parent().unwrap_or(aside.path());
        fs::create_dir_all(folder).map_err(failed("create", &target.join(name)))?;
        write_synced(&path, bytes).map_err(failed("write", &target.join(name)))?;
        folders.insert(folder.to_owned());
    }
    for folder in &folders {
        sync_directory(folder).map_err(failed("write", target))?;
    }
    Ok(())
}

/// What was tried, on what people named: a name that only we know would help nobody.
fn failed(action: &'static str, target: &Path) -> impl FnOnce(io::Error) -> ReportError {
    let path = target.to_owned();
    move |source| ReportError::Io { action, path, source: without_path(source) }
}

/// What the system said, without the temporary name that `tempfile` adds to it.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.rsplit_once(" at path ") {
        Some((said, _)) => io::Error::new(error.kind(), said),
        None => error,
    }
}

/// A directory beside the target and the parents that were made for it; both are deleted when
/// dropped. Another process may take the parents that it made away again, until something is in
/// them: they are then made once more.
fn hidden_below(parent: &Path, target: &Path) -> Result<(MadeParents, TempDir), ReportError> {
    /// Each is lost to another process that was at the same place at the same time.
    const MOST_TRIES: u32 = 1_000;
    let once = || -> Result<_, ReportError> {
        let made = MadeParents::of(parent)?;
        let aside = hidden_directory(parent, target)?;
        Ok((made, aside))
    };
    for _ in 1..MOST_TRIES {
        match once() {
            Err(ReportError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            done => return done,
        }
    }
    once()
}

/// A directory beside the target, which errors speak of.
fn hidden_directory(parent: &Path, target: &Path) -> Result<TempDir, ReportError> {
    let mut builder = Builder::new();
    builder.prefix(ASIDE);
    // Results are for everyone whom the user's mask lets in, unlike other temporary files.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(parent).map_err(failed("create", target))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the names in a directory durable, where the system can.
fn sync_directory(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    Ok(())
}

/// Swaps the new directory in; the old one comes back if that fails. `path` is where the target
/// leads.
fn replace(aside: TempDir, parent: &Path, path: &Path, target: &Path) -> Result<(), ReportError> {
    let old = hidden_directory(parent, target)?;
    let kept = old.path().join("old");
    fs::rename(path, &kept).map_err(failed("replace", target))?;
    if let Err(error) = move_in(aside, path, target) {
        fs::rename(&kept, path).map_err(|source| {
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

fn move_in(aside: TempDir, path: &Path, target: &Path) -> Result<(), ReportError> {
    fs::rename(aside.path(), path).map_err(failed("create", target))?;
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
            match fs::create_dir(path) {
                Ok(()) => parents.made.push(path.to_owned()),
                // Somebody else was quicker, and theirs it is.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
                Err(source) => {
                    return Err(ReportError::Io {
                        action: "create",
                        path: path.to_owned(),
                        source,
                    });
                }
            }
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
    stream(target, |out| out.write_all(bytes).map_err(failed("write", target)))
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
    let failed = |action| failed(action, target);
    if fs::metadata(target).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        let opened = OpenOptions::new().write(true).open(target);
        let mut there = BufWriter::new(opened.map_err(failed("write"))?);
        fill(&mut there)?;
        return Ok(there.flush().map_err(failed("write"))?);
    }
    let path = behind_links(target).map_err(failed("read"))?;
    let aside = file_aside(&path, target, fill)?;
    let kept = aside.persist(&path).map_err(|error| failed("replace")(error.error))?;
    Ok(readable(&kept).map_err(failed("write"))?)
}

/// A hidden file in the folder of `path`, filled and synced; deleted when dropped. Errors speak of
/// the target.
fn file_aside<E: From<ReportError>>(
    path: &Path,
    target: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<NamedTempFile, E> {
    let folder = or_here(path.parent().unwrap_or(Path::new("")));
    let aside = Builder::new().prefix(ASIDE).tempfile_in(folder);
    let mut out = BufWriter::new(aside.map_err(failed("create", target))?);
    fill(&mut out)?;
    let aside = out.into_inner().map_err(|error| failed("write", target)(error.into_error()))?;
    aside.as_file().sync_all().map_err(failed("write", target))?;
    Ok(aside)
}

/// Makes `target` this file where nothing is yet, not even a link: written and synced aside first,
/// so that a full disk leaves none that is half written.
///
/// # Errors
///
/// [`ReportError::Exists`]; or [`ReportError::Io`], and nothing is then at `target`.
pub fn new_file(bytes: &[u8], target: &Path) -> Result<(), ReportError> {
    if fs::symlink_metadata(target).is_ok() {
        return Err(ReportError::Exists { path: target.to_owned() });
    }
    let fill = |out: &mut dyn Write| out.write_all(bytes).map_err(failed("write", target));
    let aside = file_aside(target, target, fill)?;
    let kept = aside.persist_noclobber(target).map_err(|error| match error.error.kind() {
        // Somebody was quicker.
        io::ErrorKind::AlreadyExists => ReportError::Exists { path: target.to_owned() },
        _ => failed("create", target)(error.error),
    })?;
    readable(&kept).map_err(failed("write", target))
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
