//! `--set PATH=VALUE`: one value of the scenario, replaced before it is read.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::diagnostic::{Code, Diagnostic, Source, Span};
use super::document::{Document, Layer, report_duplicates};
use super::path::{Path, Step};
use super::spans::Place;
use super::suggest;

/// Where a change comes from, for its diagnostics.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The text that holds the path.
    pub source: Arc<Source>,
    /// The path in it.
    pub path: Range<usize>,
    /// The code of a path that leads nowhere.
    pub code: Code,
}

impl Origin {
    /// A path that the document spells at `span`: within its quotes, if it is quoted and nothing
    /// in it is escaped. Else its diagnostics show the path alone, under the name `called`.
    pub fn of(span: &Span, typed: &str, called: &str) -> Self {
        let whole = span.range.clone();
        let inner = whole.start + 1..whole.end.saturating_sub(1);
        let is_here = |range: &Range<usize>| span.source.text.get(range.clone()) == Some(typed);
        let code = Code::BadPath;
        match [inner, whole].into_iter().find(is_here) {
            Some(path) => Self { source: Arc::clone(&span.source), path, code },
            None => Self { source: Source::new(called, typed), path: 0..typed.len(), code },
        }
    }
}

/// Applies one `PATH=VALUE`. VALUE is JSON, or else plain text.
///
/// # Errors
/// A text that is not `PATH=VALUE`, a path that leads nowhere, or a field given twice
/// within VALUE; every value of the document is then unchanged.
pub fn apply(document: &mut Document, text: &str) -> Result<(), Diagnostic> {
    let source = Source::new("--set", text);
    let Some((typed, written)) = halves(text).filter(|(path, _)| !path.is_empty()) else {
        return Err(Diagnostic::new(Code::BadSet, format!("`{text}` is not PATH=VALUE"))
            .at(Span::new(&source, 0..text.len(), "expected PATH=VALUE"))
            .with_help("for example `--set clients.connected=1000`"));
    };
    let start = typed.len() + 1;
    let (value, stands) = match serde_json::from_str::<Value>(written) {
        Ok(value) => (value, Place::of_valid_json(written, start)),
        Err(_) => (Value::from(written), Place::leaf(start..text.len())),
    };
    let origin = Origin { source, path: 0..typed.len(), code: Code::BadPath };
    let (path, origin) = resolve(&mut document.value, typed, origin)?;
    let mut twice = Vec::new();
    report_duplicates(&stands, &path, &origin.source, &mut twice);
    if let Some(fault) = twice.into_iter().next() {
        return Err(fault);
    }
    replace(document, &path, value, &origin, stands);
    Ok(())
}

/// Gives a field of the scenario a number that an option of its own says.
pub fn give(document: &mut Document, option: &str, field: &str, number: u64) {
    let text = number.to_string();
    let stands = Place::leaf(0..text.len());
    let origin = Origin { source: Source::new(option, text), path: 0..0, code: Code::BadPath };
    replace(document, &Path::root().field(field), Value::from(number), &origin, stands);
}

/// PATH and VALUE; an equals sign in brackets belongs to an element's name.
fn halves(text: &str) -> Option<(&str, &str)> {
    let mut is_name = false;
    let sign = text.find(|c| {
        is_name = if is_name { c != ']' } else { c == '[' };
        c == '=' && !is_name
    })?;
    Some((&text[..sign], &text[sign + 1..]))
}

/// Puts a value where `path` leads, which [`resolve`] has found to exist.
pub fn replace(document: &mut Document, path: &Path, value: Value, origin: &Origin, stands: Place) {
    put(&mut document.value, path, value);
    let name = origin.path.clone();
    let source = Arc::clone(&origin.source);
    document.overlay(Layer { path: path.clone(), source, name, value: stands });
}

/// Puts a value where `path` leads; nothing happens where it leads nowhere.
pub fn put(root: &mut Value, path: &Path, value: Value) {
    match (path.steps().last(), parent_of(root, path)) {
        (Some(Step::Field(name)), Some(Value::Object(fields))) => {
            fields.insert(name.clone(), value);
        }
        (Some(Step::Index(index)), Some(Value::Array(elements))) => {
            if let Some(element) = elements.get_mut(*index) {
                *element = value;
            }
        }
        _ => {}
    }
}

/// The value where a path leads.
pub fn at<'a>(root: &'a mut Value, path: &Path) -> Option<&'a mut Value> {
    follow(root, path.steps())
}

fn parent_of<'a>(value: &'a mut Value, path: &Path) -> Option<&'a mut Value> {
    let (_, before) = path.steps().split_last()?;
    follow(value, before)
}

fn follow<'a>(value: &'a mut Value, steps: &[Step]) -> Option<&'a mut Value> {
    steps.iter().try_fold(value, child)
}

fn child<'a>(value: &'a mut Value, step: &Step) -> Option<&'a mut Value> {
    match step {
        Step::Field(name) => value.get_mut(name.as_str()),
        Step::Index(index) => value.get_mut(*index),
    }
}

/// The path that a text spells in this value, and the place of its last step. A
/// bare name that stands for an object with every parameter at its default, such
/// as `"ring"`, becomes that object where the path goes into it.
///
/// # Errors
/// A step that leads nowhere; only the last may be a new field.
pub fn resolve(
    root: &mut Value,
    typed: &str,
    mut origin: Origin,
) -> Result<(Path, Origin), Diagnostic> {
    let parts = split(typed, &origin)?;
    let count = parts.len();
    let mut value = root;
    let mut path = Path::root();
    for (position, part) in parts.into_iter().enumerate() {
        let is_last = position + 1 == count;
        if let (Part::Field(name), Value::String(text)) = (&part.what, &*value)
            && name == text
        {
            *value = serde_json::json!({ name.as_str(): {} });
        }
        let step = match part.what {
            Part::Field(name) => field(value, &path, name, part.range.clone(), is_last, &origin)?,
            Part::Element(name) => element(value, &path, &name, part.range.clone(), &origin)?,
        };
        path = match &step {
            Step::Field(name) => path.field_exactly(name),
            Step::Index(index) => path.index(*index),
        };
        if is_last {
            let start = origin.path.start;
            origin.path = start + part.range.start..start + part.range.end;
            break;
        }
        // The step was found just above.
        let Some(next) = child(value, &step) else { break };
        value = next;
    }
    Ok((path, origin))
}

struct Placed {
    what: Part,
    range: Range<usize>,
}

enum Part {
    Field(String),
    Element(String),
}

/// `policies[ring].balance` is policies, the element ring, balance.
fn split(typed: &str, origin: &Origin) -> Result<Vec<Placed>, Diagnostic> {
    if typed.is_empty() {
        return Err(nowhere(origin, 0..0, "it is empty"));
    }
    let mut parts = Vec::new();
    let mut at = 0;
    while at < typed.len() {
        let rest = &typed[at..];
        if let Some(inside) = rest.strip_prefix('[') {
            let Some(length) = inside.find(']') else {
                return Err(nowhere(origin, at..typed.len(), "`[` without `]`"));
            };
            let range = at + 1..at + 1 + length;
            parts.push(Placed { what: Part::Element(typed[range.clone()].to_owned()), range });
            at += length + 2;
        } else {
            let begins = if at > 0 { rest.strip_prefix('.') } else { Some(rest) };
            let Some(name) = begins else {
                return Err(nowhere(origin, at..typed.len(), "expected `.` or `[`"));
            };
            at = typed.len() - name.len();
            let length = name.find(['.', '[']).unwrap_or(name.len());
            if length == 0 {
                return Err(nowhere(origin, at..at, "expected the name of a field"));
            }
            parts.push(Placed {
                what: Part::Field(name[..length].to_owned()),
                range: at..at + length,
            });
            at += length;
        }
    }
    Ok(parts)
}

fn field(
    value: &Value,
    path: &Path,
    name: String,
    range: Range<usize>,
    is_last: bool,
    origin: &Origin,
) -> Result<Step, Diagnostic> {
    let here = spoken(path);
    match value {
        Value::Object(fields) if is_last || fields.contains_key(&name) => Ok(Step::Field(name)),
        Value::Object(fields) => {
            let names = fields.keys().map(String::as_str);
            let help = suggest::nearest(&name, names).map_or_else(
                || "only the last field of a path may be new".to_owned(),
                |near| format!("there is a field with a similar name: `{near}`"),
            );
            Err(nowhere(origin, range, &format!("{here} has no field `{name}`")).with_help(help))
        }
        Value::Array(elements) => {
            let example = elements.first().and_then(|element| element.get("name"));
            let example = example.and_then(Value::as_str).unwrap_or("0");
            let fault = nowhere(origin, range, &format!("{here} is a list: say which element"));
            Err(fault.with_help(format!("write `{path}[{example}].{name}`")))
        }
        other => Err(nowhere(
            origin,
            range,
            &format!("{here} is {}, and has no fields", in_words(other)),
        )),
    }
}

/// The policy into which a path leads: its index, how the path means it, and what follows.
pub fn policy<'a>(root: &Value, typed: &'a str) -> Option<(usize, &'a str, &'a str)> {
    let (element, rest) = typed.strip_prefix("policies[")?.split_once(']')?;
    let policies = root.get("policies")?.as_array()?;
    Some((position(policies.iter(), element)?, element, rest))
}

/// Where the element stands that has this `name`, or else this index.
pub fn position<'v>(
    mut elements: impl Iterator<Item = &'v Value> + Clone,
    name: &str,
) -> Option<usize> {
    let count = elements.clone().count();
    let is_named = |element: &Value| element.get("name").and_then(Value::as_str) == Some(name);
    elements
        .position(is_named)
        .or_else(|| name.parse::<usize>().ok().filter(|index| *index < count))
}

/// An element by its index, or by its `name`.
fn element(
    value: &Value,
    path: &Path,
    name: &str,
    range: Range<usize>,
    origin: &Origin,
) -> Result<Step, Diagnostic> {
    let here = spoken(path);
    let Value::Array(elements) = value else {
        let message = format!("{here} is {}, and has no elements", in_words(value));
        return Err(nowhere(origin, range, &message));
    };
    let names = || elements.iter().filter_map(|element| element.get("name")?.as_str());
    if let Some(index) = position(elements.iter(), name) {
        return Ok(Step::Index(index));
    }
    match name.parse::<usize>() {
        Ok(index) => {
            let fault = nowhere(origin, range, &format!("{here} has no element {index}"));
            Err(fault.with_help(format!("it has {}, counted from 0", elements.len())))
        }
        Err(_) => {
            let fault = nowhere(origin, range, &format!("{here} has no element named `{name}`"));
            Err(fault.with_help_if(suggest::help("element", name, names())))
        }
    }
}

fn nowhere(origin: &Origin, range: Range<usize>, reason: &str) -> Diagnostic {
    let start = origin.path.start;
    let range = start + range.start..start + range.end;
    let typed = &origin.source.text[origin.path.clone()];
    Diagnostic::new(origin.code, format!("the path `{typed}` leads nowhere: {reason}"))
        .at(Span::new(&origin.source, range, "leads nowhere"))
}

fn spoken(path: &Path) -> String {
    if path.is_root() { "the scenario".to_owned() } else { format!("`{path}`") }
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        scalar => scalar.to_string(),
    }
}
