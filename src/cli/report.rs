//! `ringstorm report`: a result's charts and pages again, from its files alone.

use std::path::{Path, PathBuf};

use super::arguments::{Arguments, Picture, Report, Size, Theme};
use super::failure::Failure;
use super::files;
use super::output;
use crate::chart::{self, NAMES};
use crate::report::{self, archive, manifest, write};
use crate::scenario::nearest;
use crate::stats::Results;

/// Draws everything again, or one chart.
pub(super) fn report(command: &Report, arguments: &Arguments) -> Result<(), Failure> {
    let (folder, results) = read(&command.results)?;
    if let Some(name) = &command.chart {
        return one(command, &results, name, arguments.quiet);
    }
    let out = command.out.as_deref().unwrap_or(&folder);
    let bundle = files::all(&results, command.charts)?;
    report::write(&bundle, out)?;
    if arguments.quiet {
        return Ok(());
    }
    output::print(&format!("{} files in {}\n", bundle.iter().count(), out.display()))
}

/// The results at a path, and the folder that they lie in.
fn read(path: &Path) -> Result<(PathBuf, Results), Failure> {
    let file = if path.is_dir() { path.join(archive::NAME) } else { path.to_owned() };
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) if path.is_dir() && error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::NoArchive { path: path.to_owned() });
        }
        Err(source) => return Err(Failure::Read { path: file, source }),
    };
    let listed = std::fs::read(folder.join(manifest::NAME)).ok();
    let digest = listed.and_then(|text| manifest::digest_of(&text, archive::NAME));
    if digest.is_some_and(|digest| digest != manifest::digest(&bytes)) {
        return Err(Failure::Changed { path: file });
    }
    let results =
        archive::read(&bytes).map_err(|source| Failure::Archive { path: file, source })?;
    Ok((folder, results))
}

/// One chart into a file, or to standard output.
fn one(command: &Report, results: &Results, name: &str, quiet: bool) -> Result<(), Failure> {
    let theme = match command.theme {
        Theme::Light => chart::theme::Theme::Light,
        Theme::Dark => chart::theme::Theme::Dark,
    };
    let size = match command.size {
        Size::Wide => chart::Size::Wide,
        Size::Half => chart::Size::Half,
    };
    let svg = chart::draw(results, name, theme, size).ok_or_else(|| missing(results, name))?;
    let (bytes, ending) = match command.format {
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
    write::file(&bytes, &path)?;
    if quiet { Ok(()) } else { output::print(&format!("{}\n", path.display())) }
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
    Failure::Unknown { what: "chart", name: name.to_owned(), nearest }
}
