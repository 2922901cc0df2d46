//! `sweep`: the combinations of values to try, each a point.

use std::collections::BTreeMap;

use serde_json::Value;

use super::diagnostic::{Code, Diagnostic};
use super::document::Document;
use super::path::Path;
use super::set::{self, Origin};
use super::spans::Place;

/// Most points of a sweep.
const MOST_POINTS: usize = 10_000;

/// One swept field.
#[derive(Debug)]
struct Axis {
    /// As it is written.
    typed: String,
    origin: Origin,
    values: Vec<Value>,
    places: Vec<Place>,
}

/// All combinations of a scenario's sweep; one without anything set where there is none.
#[derive(Debug)]
pub struct Sweep {
    axes: Vec<Axis>,
    count: usize,
}

impl Sweep {
    /// The sweep that the document asks for. What has not the form of a sweep is
    /// left to the typed reading.
    ///
    /// # Errors
    /// Every field that cannot be swept, every empty list, or too many points; or every field
    /// that would not have the value that a point is named by, or that was given.
    pub fn of(document: &Document) -> Result<Self, Vec<Diagnostic>> {
        let axes = axes(document)?;
        let faults = overwritten(document, &axes);
        if !faults.is_empty() {
            return Err(faults);
        }
        let count = axes.iter().map(|axis| axis.values.len()).product();
        Ok(Self { axes, count })
    }

    /// How many combinations; at least 1.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// What the document itself has where the sweep sets something; nothing of a field that it
    /// leaves out.
    pub fn own(&self, document: &Document) -> Vec<(String, String)> {
        let mut value = document.value.clone();
        let own = self.axes.iter().filter_map(|axis| {
            let (path, _) = set::resolve(&mut value, &axis.typed, axis.origin.clone()).ok()?;
            let own = set::at(&mut value, &path)?;
            Some((axis.typed.clone(), own.to_string()))
        });
        own.collect()
    }

    /// Combination number `index`, the last field changing fastest: what is set,
    /// and the document with it.
    ///
    /// # Errors
    /// A path that leads nowhere.
    pub fn point(
        &self,
        document: &Document,
        index: usize,
    ) -> Result<(Vec<(String, String)>, Document), Diagnostic> {
        let mut document = document.clone();
        let mut at = Vec::with_capacity(self.axes.len());
        let mut slower = self.count;
        for axis in &self.axes {
            slower /= axis.values.len();
            let choice = index / slower % axis.values.len();
            let (value, stands) = (&axis.values[choice], &axis.places[choice]);
            let (path, origin) =
                set::resolve(&mut document.value, &axis.typed, axis.origin.clone())?;
            set::replace(&mut document, &path, value.clone(), &origin, stands.clone());
            at.push((axis.typed.clone(), value.to_string()));
        }
        Ok((at, document))
    }
}

fn axes(document: &Document) -> Result<Vec<Axis>, Vec<Diagnostic>> {
    let path = Path::root().field("sweep");
    let Some(Value::Object(fields)) = document.value.get("sweep") else { return Ok(Vec::new()) };
    let mut axes = Vec::with_capacity(fields.len());
    let mut faults = Vec::new();
    let mut count = 1_usize;
    for (typed, values) in fields {
        let Value::Array(values) = values else { return Ok(Vec::new()) };
        let place = path.field_exactly(typed);
        if let Err(fault) = may_be_swept(document, &place, typed, values) {
            faults.push(fault);
            continue;
        }
        count = count.saturating_mul(values.len());
        let origin = Origin::of(&document.name_span(&place, ""), typed, "sweep");
        let places = (0..values.len())
            .map(|index| Place::leaf(document.value_span(&place.index(index), "").range));
        axes.push(Axis {
            typed: typed.clone(),
            origin,
            places: places.collect(),
            values: values.clone(),
        });
    }
    if count > MOST_POINTS {
        let message = format!("the sweep has {count} points; the limit is {MOST_POINTS}");
        let span = document.value_span(&path, "all combinations of these");
        faults.push(Diagnostic::new(Code::BadSweep, message).about(&path).at(span));
    }
    if faults.is_empty() { Ok(axes) } else { Err(faults) }
}

/// Whether a path is of what makes the scenario itself, whatever its values.
pub fn is_the_same_everywhere(typed: &str) -> bool {
    const WHOLE: [&str; 8] =
        ["name", "description", "seed", "replications", "budgets", "sweep", "find", "$schema"];
    let first = typed.split(['.', '[']).next().unwrap_or(typed);
    let is_name = typed.ends_with("].name") || matches!(typed, "policies" | "clients.name");
    WHOLE.contains(&first) || is_name
}

fn may_be_swept(
    document: &Document,
    place: &Path,
    typed: &str,
    values: &[Value],
) -> Result<(), Diagnostic> {
    let (message, span) = if is_the_same_everywhere(typed) {
        let message = format!("`{typed}` cannot be swept: it is the same at every point");
        (message, document.name_span(place, "cannot be swept"))
    } else if values.is_empty() {
        let message = format!("the sweep of `{typed}` has no values");
        (message, document.value_span(place, "expected at least one value"))
    } else if let Some((first, again)) = repeated(values) {
        let message = format!("the sweep of `{typed}` has the value {} twice", values[again]);
        let span = |index, label| document.value_span(&place.index(index), label);
        let fault = Diagnostic::new(Code::BadSweep, message).about(&place.index(again));
        return Err(fault.at(span(again, "again here")).at(span(first, "the first one")));
    } else {
        return Ok(());
    };
    Err(Diagnostic::new(Code::BadSweep, message).about(place).at(span))
}

/// What one value of the sweep would take the place of, without a word: a part of another, or
/// what was given with `--set`.
fn overwritten(document: &Document, axes: &[Axis]) -> Vec<Diagnostic> {
    let mut value = document.value.clone();
    let mut faults = Vec::new();
    let mut before: Vec<(Path, &Axis)> = Vec::with_capacity(axes.len());
    let place = |axis: &Axis, label: &str| {
        document.name_span(&Path::root().field("sweep").field_exactly(&axis.typed), label)
    };
    for axis in axes {
        // A path that leads nowhere is told of where its first value is put.
        let resolved = set::resolve(&mut value, &axis.typed, axis.origin.clone());
        let Ok((path, _)) = resolved else { continue };
        if let Some(change) = document.change_within(&path, "given here") {
            let message = format!(
                "`--set` gives `{path}` a value, but the sweep of `{}` gives it others at its points",
                axis.typed
            );
            let fault = Diagnostic::new(Code::BadSet, message)
                .about(&path)
                .at(change)
                .at(place(axis, "swept here"))
                .with_help("`--set sweep={}` leaves the whole sweep out");
            faults.push(fault);
        }
        let overlaps =
            |other: &Path| path.beneath(other).is_some() || other.beneath(&path).is_some();
        if let Some((other, first)) = before.iter().find(|(other, _)| overlaps(other)) {
            let is =
                if *other == path { "they are one field" } else { "one is a part of the other" };
            let message =
                format!("`{}` and `{}` cannot both be swept: {is}", first.typed, axis.typed);
            let fault = Diagnostic::new(Code::BadSweep, message)
                .about(&Path::root().field("sweep"))
                .at(place(axis, "overlaps with the other"))
                .at(place(first, "the other"))
                .with_help("sweep one of them, with whole values");
            faults.push(fault);
        }
        set::put(&mut value, &path, axis.values[0].clone());
        before.push((path, axis));
    }
    faults
}

/// Where the first value that is there twice stands, first and again: its points would be one
/// and the same, and nobody could tell their results apart.
fn repeated(values: &[Value]) -> Option<(usize, usize)> {
    let mut seen = BTreeMap::new();
    values.iter().enumerate().find_map(|(index, value)| {
        seen.insert(value.to_string(), index).map(|first| (first, index))
    })
}
