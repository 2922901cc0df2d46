//! Files that a scenario names: traces of arrivals, and samples.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::string::FromUtf8Error;
use std::sync::Arc;

use super::diagnostic::{Code, Diagnostic, Source, Span};
use super::digest;
use super::path::Path;
use super::suggest;
use super::validate::Checker;
use crate::engine::{Distribution, SimDuration, SimTime};
use crate::plan::TraceRow;

/// The files beside a scenario. Each is read once, however many points name it.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    traces: BTreeMap<String, Arc<[TraceRow]>>,
    samples: BTreeMap<String, Distribution>,
    texts: BTreeMap<String, String>,
    digests: BTreeMap<String, String>,
}

impl Files {
    /// Those in the folder of a scenario.
    pub fn beside(folder: &std::path::Path) -> Self {
        Self {
            folder: folder.to_owned(),
            traces: BTreeMap::new(),
            samples: BTreeMap::new(),
            texts: BTreeMap::new(),
            digests: BTreeMap::new(),
        }
    }

    /// The digest of the text of a file that was read.
    pub fn digest(&self, file: &str) -> Option<&str> {
        self.digests.get(file).map(String::as_str)
    }

    /// Where the files lie that were read.
    pub fn paths(&self) -> impl Iterator<Item = PathBuf> {
        self.texts.keys().map(|file| self.folder.join(file))
    }

    /// The text of a file that was read.
    pub fn text(&self, file: &str) -> Option<&str> {
        self.texts.get(file).map(String::as_str)
    }
}

impl Checker<'_> {
    /// The arrivals in a file, sorted by time; nothing if it is wrong, which is reported.
    pub fn trace(&mut self, path: &Path, file: &str) -> Option<Arc<[TraceRow]>> {
        if let Some(rows) = self.files.traces.get(file) {
            return Some(Arc::clone(rows));
        }
        let table = self.table(path, file, &["at", "key", "presence"])?;
        let rows: Result<Vec<TraceRow>, Diagnostic> =
            table.rows.iter().map(|row| trace_row(&table, row)).collect();
        let mut rows = rows.map_err(|fault| self.report(fault)).ok()?;
        if rows.is_empty() {
            self.no_rows(path, &table, "rows");
            return None;
        }
        rows.sort_by_key(|row| row.at);
        let rows: Arc<[TraceRow]> = rows.into();
        self.files.traces.insert(file.to_owned(), Arc::clone(&rows));
        Some(rows)
    }

    /// The measured times in a file; nothing if it is wrong, which is reported.
    pub fn samples(&mut self, path: &Path, file: &str) -> Option<Distribution> {
        if let Some(samples) = self.files.samples.get(file) {
            return Some(samples.clone());
        }
        let table = self.table(path, file, &["value"])?;
        let values: Result<Vec<f64>, Diagnostic> = table
            .rows
            .iter()
            .map(|row| table.required_time(row, "value").map(SimDuration::as_secs_f64))
            .collect();
        let values = values.map_err(|fault| self.report(fault)).ok()?;
        let Ok(samples) = Distribution::from_samples(values) else {
            // Every value was read as a duration, so all that can be wrong is that there is none.
            self.no_rows(path, &table, "values");
            return None;
        };
        self.files.samples.insert(file.to_owned(), samples.clone());
        Some(samples)
    }

    fn no_rows(&mut self, path: &Path, table: &Table, what: &str) {
        let message = format!("`{}` has no {what}", table.source.name);
        let fault = self.at(path, Code::BadTrace, message, "expected one row at least");
        self.report(fault);
    }

    fn table(&mut self, path: &Path, file: &str, valid: &[&'static str]) -> Option<Table> {
        let place = self.files.folder.join(file);
        let bytes = match std::fs::read(&place) {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = format!("cannot read `{}`: {}", place.display(), reason(&error));
                let help = "files named in a scenario are relative to the scenario's folder";
                let fault = self.at(path, Code::CannotRead, message, "named here").with_help(help);
                self.report(fault);
                return None;
            }
        };
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let fault = not_text(&place.display().to_string(), &error).about(path);
                self.report(fault.at(self.document.value_span(path, "named here")));
                return None;
            }
        };
        self.files.digests.insert(file.to_owned(), digest::of_text(&text));
        self.files.texts.insert(file.to_owned(), text.clone());
        let source = Source::new(place.display().to_string(), text);
        Table::parse(&source, valid).map_err(|fault| self.report(fault)).ok()
    }
}

fn trace_row(table: &Table, row: &csv::StringRecord) -> Result<TraceRow, Diagnostic> {
    let key = table.cell(row, "key");
    // What an open quote makes of the rows behind it.
    if key.is_some_and(|key| key.contains(['\n', '\r'])) {
        return Err(table.fault(row, "in the column `key`: a line ends within quotes"));
    }
    Ok(TraceRow {
        at: SimTime::ZERO.after(table.required_time(row, "at")?),
        key: key.map(str::to_owned),
        presence: table.time(row, "presence")?,
    })
}

/// A CSV file with a header. The first column named is required.
struct Table {
    source: Arc<Source>,
    columns: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Table {
    fn parse(source: &Arc<Source>, valid: &[&'static str]) -> Result<Self, Diagnostic> {
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source.text.as_bytes());
        let header = reader.headers().map_err(|error| not_csv(source, &error))?;
        let columns: Vec<String> = header.iter().map(str::to_owned).collect();
        check_columns(source, &columns, valid)?;
        let rows: Result<Vec<_>, _> = reader.records().collect();
        let rows = rows.map_err(|error| not_csv(source, &error))?;
        Ok(Self { source: Arc::clone(source), columns, rows })
    }

    /// The text in a column, if there is one.
    fn cell<'a>(&self, row: &'a csv::StringRecord, column: &str) -> Option<&'a str> {
        let index = self.columns.iter().position(|name| name == column)?;
        row.get(index).filter(|text| !text.is_empty())
    }

    /// The time in a column, if there is one: seconds, or a duration with its unit.
    fn time(
        &self,
        row: &csv::StringRecord,
        column: &str,
    ) -> Result<Option<SimDuration>, Diagnostic> {
        let Some(text) = self.cell(row, column) else { return Ok(None) };
        let is_plain =
            text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
        let with_unit = if is_plain { format!("{text}s") } else { text.to_owned() };
        let time = with_unit.parse::<SimDuration>();
        time.map(Some)
            .map_err(|error| self.fault(row, &format!("in the column `{column}`: {error}")))
    }

    fn required_time(
        &self,
        row: &csv::StringRecord,
        column: &str,
    ) -> Result<SimDuration, Diagnostic> {
        let time = self.time(row, column)?;
        time.ok_or_else(|| self.fault(row, &format!("no value in the column `{column}`")))
    }

    fn fault(&self, row: &csv::StringRecord, reason: &str) -> Diagnostic {
        let line = row.position().map_or(1, csv::Position::line);
        let message = format!("line {line} of `{}`: {reason}", self.source.name);
        Diagnostic::new(Code::BadTrace, message).at(line_span(&self.source, line, "this row"))
    }
}

fn check_columns(
    source: &Arc<Source>,
    columns: &[String],
    valid: &[&'static str],
) -> Result<(), Diagnostic> {
    let at_header = |message: String| {
        Diagnostic::new(Code::BadTrace, message).at(line_span(source, 1, "the header"))
    };
    for (position, name) in columns.iter().enumerate() {
        if columns[..position].contains(name) {
            return Err(at_header(format!("`{}` has two columns `{name}`", source.name)));
        }
        if !valid.contains(&name.as_str()) {
            let fault = at_header(format!("`{}` has an unknown column `{name}`", source.name));
            return Err(fault.with_help_if(suggest::help("column", name, valid.iter().copied())));
        }
    }
    if columns.iter().any(|name| name == valid[0]) {
        return Ok(());
    }
    Err(at_header(format!("`{}` has no column `{}`", source.name, valid[0])))
}

fn not_csv(source: &Arc<Source>, error: &csv::Error) -> Diagnostic {
    let line = error.position().map_or(1, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!(
            "line {line} of `{}` has {len} columns, the header has {expected_len}",
            source.name
        ),
        _ => format!("line {line} of `{}` is not CSV", source.name),
    };
    Diagnostic::new(Code::BadTrace, message).at(line_span(source, line, "this row"))
}

/// A whole line, counted from 1, without its end.
fn line_span(source: &Arc<Source>, line: u64, label: &str) -> Span {
    let before = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = source.text.split_inclusive('\n').take(before).map(str::len).sum();
    let length = source.text[start..].lines().next().map_or(0, str::len);
    Span::new(source, start..start + length, label)
}

/// What is no text, and where: its first byte that begins no character.
pub fn not_text(name: &str, error: &FromUtf8Error) -> Diagnostic {
    let bytes = error.as_bytes();
    let at = error.utf8_error().valid_up_to();
    let utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    let message = if utf16 {
        format!("`{name}` is UTF-16, not UTF-8")
    } else {
        let before = String::from_utf8_lossy(&bytes[..at]);
        let (line, column) = Source::new(name, before).line_and_column(at);
        let byte = bytes.get(at).copied().unwrap_or_default();
        format!(
            "`{name}` is not UTF-8 text: at line {line}, column {column} stands the byte \
             0x{byte:02X}, which begins no character"
        )
    };
    Diagnostic::new(Code::NotText, message).with_help("save the file as UTF-8")
}

/// Why a file cannot be read, in words that are the same on every platform.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}
