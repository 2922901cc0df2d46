//! A scenario at any value of the field that its `find` varies.

use std::path::Path as FilePath;
use std::sync::Arc;

use serde_json::Value;

use super::diagnostic::{Code, Diagnostic};
use super::document::{Document, Layer};
use super::load::{self, Overrides, Read};
use super::path::Path;
use super::set::{self, Origin};
use super::spans::Place;
use super::world::plain_number;
use crate::plan::find::Kind;
use crate::plan::{Find, Plan, Point};

/// A scenario with a search, which is right at both bounds of it.
#[derive(Debug)]
pub struct Search {
    read: Read,
    find: Find,
    /// What runs at the first and at the last value.
    bounds: [Point; 2],
}

impl Search {
    /// Reads a scenario file that has a `find`.
    ///
    /// # Errors
    /// As [`load`](super::load()); or the scenario has no `find`.
    pub fn load(path: &FilePath, overrides: &Overrides) -> Result<Self, Vec<Diagnostic>> {
        let (name, text) = (path.display().to_string(), load::text_of(path)?);
        Self::read_text(&name, text, load::folder_of(path), overrides)
    }

    /// Reads it from its text. `name` is what diagnostics call it.
    ///
    /// # Errors
    /// As [`Search::load`].
    pub fn read_text(
        name: &str,
        text: impl Into<String>,
        folder: &FilePath,
        overrides: &Overrides,
    ) -> Result<Self, Vec<Diagnostic>> {
        let read = load::read(name, text, folder, overrides)?;
        match read.plan.find.clone() {
            Some(find) => Self::new(read, find),
            None => Err(vec![nothing_to_find(&read)]),
        }
    }

    /// The search that a scenario asks for.
    ///
    /// # Errors
    /// Every fault that the scenario has where the field is at one of its bounds.
    pub(super) fn new(mut read: Read, find: Find) -> Result<Self, Vec<Diagnostic>> {
        let first = point(&mut read, &find, 0);
        let last = point(&mut read, &find, find.grid.steps());
        match (first, last) {
            (Ok(first), Ok(last)) => Ok(Self { read, find, bounds: [first, last] }),
            (Err(faults), Ok(_)) | (Ok(_), Err(faults)) => Err(faults),
            (Err(mut faults), Err(more)) => {
                load::add_new(&mut faults, more);
                Err(faults)
            }
        }
    }

    /// The scenario as it stands, which is what runs without the search.
    pub const fn plan(&self) -> &Plan {
        &self.read.plan
    }

    /// The same, for those who do not search.
    pub fn into_plan(self) -> Plan {
        self.read.plan
    }

    /// What is looked for.
    pub const fn find(&self) -> &Find {
        &self.find
    }

    /// What runs at the first and at the last value.
    pub const fn bounds(&self) -> &[Point; 2] {
        &self.bounds
    }

    /// What runs at the value of this number.
    ///
    /// # Errors
    /// Every fault that the scenario has there.
    pub fn point(&mut self, step: u64) -> Result<Point, Vec<Diagnostic>> {
        point(&mut self.read, &self.find, step)
    }
}

fn point(read: &mut Read, find: &Find, step: u64) -> Result<Point, Vec<Diagnostic>> {
    let root = Path::root().field("find");
    let mut document = read.document.clone();
    let vary = document.value_span(&root.field("vary"), "");
    let origin = Origin::of(&vary, &find.vary, "find");
    let (path, origin) =
        set::resolve(&mut document.value, &find.vary, origin).map_err(|fault| vec![fault])?;
    let value = json(find.grid.kind, find.grid.value(step));
    set::put(&mut document.value, &path, value.clone());
    document.overlay(layer(&document, path, &origin, step, find.grid.steps()));
    load::point_of(
        vec![(find.vary.clone(), value.to_string())],
        &document,
        &mut read.files,
        &read.keep,
    )
}

/// What is wrong with a value is shown at the bound that it is, or at both.
fn layer(document: &Document, path: Path, origin: &Origin, step: u64, steps: u64) -> Layer {
    let between = Path::root().field("find.between");
    let place = match step {
        0 => between.index(0),
        last if last >= steps => between.index(1),
        _ => between,
    };
    let value = document.value_span(&place, "");
    // A layer is of one text; `--set` may have given only one of the two.
    let is_here = Arc::ptr_eq(&value.source, &origin.source);
    let name = if is_here { origin.path.clone() } else { value.range.clone() };
    Layer { path, source: value.source, name, value: Place::leaf(value.range) }
}

/// The value as the field is written in a scenario.
fn json(kind: Kind, value: f64) -> Value {
    match kind {
        Kind::Number | Kind::Whole => plain_number(value),
        Kind::Share | Kind::Duration | Kind::Rate | Kind::Size => kind.written(value).into(),
    }
}

fn nothing_to_find(Read { document, .. }: &Read) -> Diagnostic {
    let root = Path::root();
    let vary = root.field("find.vary");
    if let Some(field) = document.value["find"]["vary"].as_str() {
        let message = format!("`find` varies `{field}`, of a policy that `--policy` leaves out");
        return Diagnostic::new(Code::BadFind, message)
            .about(&vary)
            .at(document.value_span(&vary, "nothing that is run has this"));
    }
    Diagnostic::new(Code::MissingField, "missing field `find` in the scenario")
        .about(&root)
        .at(document.opening_span(&root, "expected a field `find`"))
        .with_help("`ringstorm explain bad-find` shows what it looks like")
}
