//! `ringstorm report`: a result's charts and pages again, from its files alone.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::arguments::{Arguments, Charts, Picture, Report, Size, Theme};
use super::failure::Failure;
use super::files;
use super::inputs;
use super::output;
use super::records;
use crate::chart::{self, NAMES};
use crate::report::{self, archive, manifest, write};
use crate::scenario::nearest;
use crate::stats::Results;

/// Draws everything again, or one chart.
pub(super) fn report(command: &Report, arguments: &Arguments) -> Result<(), Failure> {
    let found = read(&command.results)?;
    if let Some(name) = &command.chart {
        return one(command, &found, name, arguments.quiet);
    }
    let Found { folder, results, digest, .. } = found;
    let out = command.out.as_deref().unwrap_or(&folder);
    write::check(out)?;
    let bundle = if command.charts == Charts::None {
        files::undrawn(&results, drawn_before(out, &digest)?)
    } else {
        files::all(&results, command.charts)?
    };
    report::write(&bundle, out)?;
    if arguments.quiet {
        return Ok(());
    }
    output::print(&format!("{} files in {}\n", bundle.iter().count(), out.display()))
}

/// What lies at a path.
struct Found {
    file: PathBuf,
    folder: PathBuf,
    results: Results,
    /// Of the file with the results.
    digest: String,
}

/// The results at a path, and the folder that they lie in.
fn read(path: &Path) -> Result<Found, Failure> {
    let none = |path| Failure::NoArchive { path };
    let (file, bytes) = records::bytes(path, archive::NAME, none)?;
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let folder = folder.to_owned();
    let listed = std::fs::read(folder.join(manifest::NAME)).ok();
    // Another file may be a copy of the results, or nothing of the kind: its digest is not theirs.
    let named = file.file_name().is_some_and(|name| name == archive::NAME);
    let listed = listed.filter(|_| named);
    let listed = listed.and_then(|text| manifest::digest_of(&text, archive::NAME));
    let digest = manifest::digest(&bytes);
    if listed.is_some_and(|listed| listed != digest) {
        return Err(Failure::Changed { path: file });
    }
    match archive::read(&bytes) {
        Ok(results) => Ok(Found { file, folder, results, digest }),
        Err(source) => Err(Failure::Archive { path: file, source }),
    }
}

/// What a folder holds that was drawn of the results with this digest: it is not stale, so
/// it stays where nothing is drawn. Nothing if the folder is of other results.
fn drawn_before(folder: &Path, digest: &str) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let Ok(text) = std::fs::read(folder.join(manifest::NAME)) else { return Ok(Vec::new()) };
    if manifest::digest_of(&text, archive::NAME).is_none_or(|listed| listed != digest) {
        return Ok(Vec::new());
    }
    let mut drawn = Vec::new();
    for name in manifest::listed(&text).unwrap_or_default() {
        let path = folder.join(&name);
        if files::is_drawn(&name) && path.exists() {
            let bytes = std::fs::read(&path).map_err(|source| Failure::Read { path, source })?;
            drawn.push((name, bytes));
        }
    }
    Ok(drawn)
}

/// One chart into a file, or to standard output.
fn one(command: &Report, found: &Found, name: &str, quiet: bool) -> Result<(), Failure> {
    let results = &found.results;
    let theme = match command.theme {
        Theme::Light => chart::theme::Theme::Light,
        Theme::Dark => chart::theme::Theme::Dark,
    };
    let size = match command.size {
        Size::Wide => chart::Size::Wide,
        Size::Half => chart::Size::Half,
    };
    let picture = picture(command)?;
    let svg = chart::draw(results, name, theme, size).ok_or_else(|| missing(results, name))?;
    let (bytes, ending) = match picture {
        Picture::Svg => (svg.into_bytes(), "svg"),
        Picture::Png => {
            let png = chart::png(&svg)
                .map_err(|source| Failure::Chart { scenario: results.name.clone(), source })?;
            (png, "png")
        }
    };
    let path = match &command.out {
        Some(path) if path.as_os_str() == "-" => return output::bytes(&bytes),
        Some(path) => path.clone(),
        None => PathBuf::from(format!("{name}.{ending}")),
    };
    inputs::kept(&path, [&found.file])?;
    write::file(&bytes, &path)?;
    if quiet { Ok(()) } else { output::print(&format!("{}\n", path.display())) }
}

/// The format that was asked for: in so many words, or by the ending of the file.
fn picture(command: &Report) -> Result<Picture, Failure> {
    let ending = command.out.as_deref().and_then(Path::extension).and_then(OsStr::to_str);
    let of_file = match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("svg") => Some(Picture::Svg),
        Some("png") => Some(Picture::Png),
        _ => None,
    };
    match (command.format, of_file) {
        (Some(asked), Some(of_file)) if asked != of_file => Err(Failure::Usage(
            "`--format` and the ending of `--out` name two formats; leave one of them out",
        )),
        (asked, of_file) => Ok(asked.or(of_file).unwrap_or(Picture::Svg)),
    }
}

/// Why a chart cannot be drawn: there is none of that name, or no data for it.
fn missing(results: &Results, name: &str) -> Failure {
    let drawn: Vec<String> =
        chart::figures(results).into_iter().map(|(figure, _)| figure.name).collect();
    if NAMES.contains(&name) {
        return Failure::NoChart { name: name.to_owned(), drawn };
    }
    let known = drawn.iter().map(String::as_str).chain(NAMES);
    let nearest = nearest(name, known).map(str::to_owned);
    Failure::Unknown { what: "chart", name: name.to_owned(), nearest, all: drawn }
}
