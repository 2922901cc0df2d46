//! A scenario's text as JSON, with the place of every value.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::diagnostic::{Code, Diagnostic, Source, Span};
use super::path::{Path, Step};
use super::spans::{Field, Place};

/// A scenario's JSON, and for every value the text that it came from.
#[derive(Clone, Debug)]
pub struct Document {
    /// What is read: the text's value after every change.
    pub value: Value,
    source: Arc<Source>,
    root: Arc<Place>,
    layers: Vec<Layer>,
}

/// A value that stands in for what the text says at `path`.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What it replaces.
    pub path: Path,
    /// The text it came from: a `--set`, or the scenario's own `sweep`.
    pub source: Arc<Source>,
    /// Where that text names the field.
    pub name: Range<usize>,
    /// Where its value stands.
    pub value: Place,
}

impl Document {
    /// Reads strict JSON.
    ///
    /// # Errors
    /// The first fault of syntax, or every field that an object has twice.
    pub fn parse(source: Arc<Source>) -> Result<Self, Vec<Diagnostic>> {
        let value = parse_json(&source).map_err(|fault| vec![fault])?;
        let root = Place::of_valid_json(&source.text, 0);
        let mut faults = Vec::new();
        report_duplicates(&root, &Path::root(), &source, &mut faults);
        if faults.is_empty() {
            Ok(Self { value, source, root: Arc::new(root), layers: Vec::new() })
        } else {
            Err(faults)
        }
    }

    /// Notes that the value at the layer's path came from elsewhere.
    pub fn overlay(&mut self, layer: Layer) {
        self.layers.push(layer);
    }

    /// Where something was put at `path` or within it, in place of what the text says.
    pub fn change_within(&self, path: &Path, label: impl Into<String>) -> Option<Span> {
        let layer = self.layers.iter().rev().find(|layer| layer.path.beneath(path).is_some())?;
        Some(Span::new(&layer.source, layer.name.clone(), label))
    }

    /// The text that was read, as long as nothing stands in for a part of it.
    pub fn unchanged_text(&self) -> Option<&str> {
        self.layers.is_empty().then_some(&self.source.text)
    }

    /// The place of the value at `path`, or of the nearest value around it.
    pub fn value_span(&self, path: &Path, label: impl Into<String>) -> Span {
        let (source, place, _) = self.locate(path);
        Span::new(source, place.range.clone(), label)
    }

    /// The place of the field's name, where `path` leads to a field; else as [`Self::value_span`].
    pub fn name_span(&self, path: &Path, label: impl Into<String>) -> Span {
        let (source, place, name) = self.locate(path);
        Span::new(source, name.unwrap_or_else(|| place.range.clone()), label)
    }

    /// The source, place and name of `path` in the newest layer that covers it,
    /// or as near as its text goes.
    fn locate(&self, path: &Path) -> (&Arc<Source>, &Place, Option<Range<usize>>) {
        for layer in self.layers.iter().rev() {
            if let Some(rest) = path.beneath(&layer.path) {
                let (place, name) = descend(&layer.value, rest, Some(&layer.name));
                return (&layer.source, place, name);
            }
        }
        let (place, name) = descend(&self.root, path.steps(), None);
        (&self.source, place, name)
    }

    /// The place to say that something is missing from an object: its name, or its first bracket.
    pub fn opening_span(&self, path: &Path, label: impl Into<String>) -> Span {
        let (source, place, name) = self.locate(path);
        let bracket = place.range.start..place.range.start + 1;
        Span::new(source, name.unwrap_or(bracket), label)
    }

    /// The place of one value in the scenario's own text, if it is there.
    pub fn own_place(&self, path: &Path) -> Option<&Place> {
        path.steps().iter().try_fold(self.root.as_ref(), Place::step)
    }
}

/// Follows the steps as far as they lead. The name is that of the last field, if all led on.
fn descend<'a>(
    start: &'a Place,
    steps: &[Step],
    start_name: Option<&Range<usize>>,
) -> (&'a Place, Option<Range<usize>>) {
    let mut place = start;
    let mut name = start_name.cloned();
    for step in steps {
        name = match step {
            Step::Field(field) => place.name(field),
            Step::Index(_) => None,
        };
        match place.step(step) {
            Some(next) => place = next,
            None => return (place, name),
        }
    }
    (place, name)
}

/// The text as a JSON value; the fault says line, column and what was expected.
fn parse_json(source: &Arc<Source>) -> Result<Value, Diagnostic> {
    if source.text.starts_with('\u{feff}') {
        let visible = source.text.trim_start_matches('\u{feff}');
        let width = visible.chars().next().map_or(0, char::len_utf8);
        let source = Source::new(source.name.as_str(), visible);
        return Err(Diagnostic::new(Code::NotText, "the file begins with a byte order mark")
            .at(Span::new(&source, 0..width, "an invisible mark stands before this"))
            .with_help("save the file as UTF-8 without a byte order mark"));
    }
    if source.text.trim().is_empty() {
        return Err(Diagnostic::new(Code::Syntax, format!("`{}` is empty", source.name))
            .at(Span::new(source, 0..0, "expected `{`"))
            .with_help("`ringstorm new NAME` writes a scenario to start from"));
    }
    serde_json::from_str(&source.text).map_err(|error| syntax_fault(source, &error))
}

fn syntax_fault(source: &Arc<Source>, error: &serde_json::Error) -> Diagnostic {
    let mut at = byte_of(&source.text, error.line(), error.column());
    let reason = error.to_string();
    let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
    let is_comment = matches!(source.text.as_bytes().get(at.start), Some(b'/' | b'#'));
    let (message, help) = match reason {
        _ if is_comment && !error.is_eof() => {
            ("there are no comments in JSON", Some("say it in a field `description`"))
        }
        "trailing comma" => {
            let comma = source.text[..at.start].rfind(',').unwrap_or(at.start);
            at = comma..comma + 1;
            ("a comma after the last element", Some("remove the comma"))
        }
        "key must be a string" => {
            ("expected the name of a field", Some("names of fields stand in double quotes"))
        }
        "expected value" => (
            "expected a value",
            Some("a value is a text in double quotes, a number, true, false, a list or an object"),
        ),
        "EOF while parsing a string" => ("the text ends inside a string", None),
        "EOF while parsing a list" => ("the text ends inside a list", None),
        "EOF while parsing an object" => ("the text ends inside an object", None),
        "EOF while parsing a value" => ("the text ends where a value is expected", None),
        "recursion limit exceeded" => ("values are nested more than 127 deep", None),
        "number out of range" => ("the number is too large for any quantity", None),
        "trailing characters" => ("there is more after the end of the scenario", None),
        other => (other, None),
    };
    let label = if error.is_eof() { "the text ends here" } else { "" };
    Diagnostic::new(Code::Syntax, format!("not valid JSON: {message}"))
        .at(Span::new(source, at, label))
        .with_help_if(help.map(str::to_owned))
}

/// The character at `serde_json`'s line and column, which is the last byte that it read.
fn byte_of(text: &str, line: usize, column: usize) -> Range<usize> {
    let line_start: usize =
        text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut start = (line_start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let width = text[start..].chars().next().map_or(0, char::len_utf8);
    start..start + width
}

/// Reports every field that an object within `place` has twice.
pub fn report_duplicates(
    place: &Place,
    path: &Path,
    source: &Arc<Source>,
    faults: &mut Vec<Diagnostic>,
) {
    let mut seen: BTreeMap<&str, &Field> = BTreeMap::new();
    for field in place.fields() {
        let here = path.field_exactly(&field.name);
        let first = *seen.entry(field.name.as_str()).or_insert(field);
        if !std::ptr::eq(first, field) {
            let message = format!("`{here}` is given twice");
            faults.push(
                Diagnostic::new(Code::DuplicateField, message)
                    .about(&here)
                    .at(Span::new(source, field.name_range.clone(), "given again here"))
                    .at(Span::new(source, first.name_range.clone(), "given first here"))
                    .with_help("remove one of the two"),
            );
        }
        report_duplicates(&field.value, &here, source, faults);
    }
    for (index, element) in place.elements().iter().enumerate() {
        report_duplicates(element, &path.index(index), source, faults);
    }
}
