//! The way in: a file and what the command line changes about it, as a plan.

use std::path::Path as FilePath;

use serde_json::Value;

use super::diagnostic::{Code, Diagnostic, Source, Span};
use super::document::Document;
use super::enclosed::Places;
use super::files::{self, Files};
use super::find::Search;
use super::kept::Kept;
use super::path::Path;
use super::sweep::Sweep;
use super::validate::{self, Meaning};
use super::{digest, read, render, set, suggest, world};
use crate::plan::{Budget, Identity, Plan, Point};

/// After so many faults of a sweep's points no further points are read, nor are faults compared
/// with each other any more: no more are shown.
const ENOUGH_FAULTS: usize = render::MOST_SHOWN;

/// (path, JSON text of the value) of each swept field.
pub type Setting = Vec<(String, String)>;

/// What the scenario means where these fields are set.
type Combination = (Setting, Identity, Meaning);

/// What the command line changes about a scenario.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `PATH=VALUE`, applied in order.
    pub set: Vec<String>,
    /// The names of the policies to keep; all when empty.
    pub policies: Vec<String>,
    /// The seed, in place of the scenario's.
    pub seed: Option<u64>,
    /// The number of repetitions, in place of what the scenario says.
    pub replications: Option<u32>,
    /// Whether one run of the scenario is looked at, not its results: its points are then those of
    /// the whole scenario, as they are written there, whichever policies are kept.
    pub one_run: bool,
}

/// Reads a scenario file. Files named in it are relative to its folder.
///
/// # Errors
/// The file cannot be read; or the first fault of its structure; or every fault of
/// its meaning. [`Code::is_input_output`] tells the first kind apart.
pub fn load(path: &FilePath, overrides: &Overrides) -> Result<Plan, Vec<Diagnostic>> {
    let text = text_of(path)?;
    read_text(&path.display().to_string(), text, folder_of(path), overrides)
}

/// The text of a file.
pub fn text_of(path: &FilePath) -> Result<String, Vec<Diagnostic>> {
    let bytes = std::fs::read(path).map_err(|error| vec![cannot_read(path, &error)])?;
    let name = path.display().to_string();
    String::from_utf8(bytes).map_err(|error| vec![files::not_text(&name, &error)])
}

/// The folder that a scenario's files are relative to.
pub fn folder_of(path: &FilePath) -> &FilePath {
    path.parent().unwrap_or(FilePath::new(""))
}

/// Reads a scenario from its text. `name` is what diagnostics call it.
///
/// # Errors
/// As [`load`].
pub fn read_text(
    name: &str,
    text: impl Into<String>,
    folder: &FilePath,
    overrides: &Overrides,
) -> Result<Plan, Vec<Diagnostic>> {
    let read = read(name, text, folder, overrides)?;
    match read.plan.find.clone() {
        None => Ok(read.plan),
        Some(find) => Search::new(read, find).map(Search::into_plan),
    }
}

/// A scenario that was read: what it means, and what that was made of.
#[derive(Debug)]
pub struct Read {
    /// What would run.
    pub plan: Plan,
    /// Its text and what the command line changed.
    pub document: Document,
    /// The files that it names.
    pub files: Files,
    /// The names of the policies to keep; all when empty.
    pub keep: Vec<String>,
}

/// Reads a scenario from its text, but for the bounds of its `find`.
///
/// # Errors
/// As [`load`].
pub fn read(
    name: &str,
    text: impl Into<String>,
    folder: &FilePath,
    overrides: &Overrides,
) -> Result<Read, Vec<Diagnostic>> {
    let mut document = Document::parse(Source::new(name, text))?;
    apply(&mut document, overrides)?;
    let sweep = Sweep::of(&document)?;
    let mut files = Files::beside(folder);
    let mut meanings = Vec::with_capacity(sweep.count());
    let mut faults: Vec<Diagnostic> = Vec::new();
    for index in 0..sweep.count() {
        match point(&document, &sweep, index, &mut files) {
            Ok(meaning) => meanings.push(meaning),
            Err(found) => add_new(&mut faults, found),
        }
        if faults.len() >= ENOUGH_FAULTS {
            break;
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut own = sweep.own(&document);
    let kept = Kept::of(&document.value, &overrides.policies);
    if !overrides.one_run {
        narrow(kept, &mut meanings, &mut own);
    }
    let mut plan = assemble(&document, meanings, own, kept)?;
    plan.inputs = files.paths().collect();
    if !overrides.one_run {
        enclose(&mut plan, kept, &files);
    }
    Ok(Read { plan, document, files, keep: overrides.policies.clone() })
}

/// Adds what was found in the scenario with other values: what is wrong with all is said once.
pub fn add_new(faults: &mut Vec<Diagnostic>, found: Vec<Diagnostic>) {
    for fault in found {
        if faults.len() >= ENOUGH_FAULTS || !faults.contains(&fault) {
            faults.push(fault);
        }
    }
}

/// What the scenario means at one point of its sweep.
fn point(
    document: &Document,
    sweep: &Sweep,
    index: usize,
    files: &mut Files,
) -> Result<Combination, Vec<Diagnostic>> {
    let (at, document) = sweep.point(document, index).map_err(|fault| vec![fault])?;
    let (identity, meaning) = meaning(&document, files)?;
    Ok((at, identity, meaning))
}

/// What a document means, and its world.
fn meaning(document: &Document, files: &mut Files) -> Result<(Identity, Meaning), Vec<Diagnostic>> {
    let scenario = read::scenario(document)?;
    let meaning = validate::meaning(document, files, &scenario)?;
    Ok((world::world(&document.value, |file| files.digest(file)), meaning))
}

/// What runs where these fields of a document are set, under these policies alone (all when
/// none is named).
///
/// # Errors
/// As [`load`].
pub fn point_of(
    at: Setting,
    document: &Document,
    files: &mut Files,
    keep: &[String],
) -> Result<Point, Vec<Diagnostic>> {
    let (identity, meaning) = meaning(document, files)?;
    Ok(point_under(at, identity, meaning, keep))
}

fn point_under(at: Setting, identity: Identity, meaning: Meaning, keep: &[String]) -> Point {
    let Meaning { world, warmup, mut policies, bytes, servers, .. } = meaning;
    policies.retain(|policy| keep.is_empty() || keep.contains(&policy.name));
    Point { at, world, warmup, policies, bytes, servers, identity }
}

/// `--set`, `--seed` and `--replications`: every fault of them.
fn apply(document: &mut Document, overrides: &Overrides) -> Result<(), Vec<Diagnostic>> {
    let texts = overrides.set.iter();
    let faults: Vec<Diagnostic> =
        texts.filter_map(|text| set::apply(document, text).err()).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    if let Some(seed) = overrides.seed {
        set::give(document, "--seed", "seed", seed);
    }
    if let Some(count) = overrides.replications {
        set::give(document, "--replications", "replications", u64::from(count));
    }
    Ok(())
}

/// Leaves of the points that differ in policies alone that are not kept the first, and takes what
/// is swept of such policies out of all.
fn narrow(kept: Kept<'_>, meanings: &mut Vec<Combination>, own: &mut Setting) {
    if kept.is_whole() {
        return;
    }
    let left = |setting: Setting| -> Setting {
        let named = |(path, value): (String, String)| Some((kept.path(&path)?, value));
        setting.into_iter().filter_map(named).collect()
    };
    *own = left(std::mem::take(own));
    let Some(first) = meanings.first().map(|(at, ..)| at.clone()) else { return };
    meanings.retain(|(at, ..)| {
        at.iter().zip(&first).all(|(here, first)| here == first || kept.path(&here.0).is_some())
    });
    for (at, ..) in meanings {
        *at = left(std::mem::take(at));
    }
}

fn assemble(
    document: &Document,
    meanings: Vec<Combination>,
    own: Setting,
    kept: Kept<'_>,
) -> Result<Plan, Vec<Diagnostic>> {
    let Some((_, _, first)) = meanings.first() else {
        // An empty list in a sweep was refused before.
        return Err(vec![Diagnostic::new(Code::BadSweep, "the sweep has no points")]);
    };
    let names: Vec<&str> = first.policies.iter().map(|policy| policy.name.as_str()).collect();
    let faults: Vec<Diagnostic> = kept
        .names()
        .iter()
        .filter(|name| !names.contains(&name.as_str()))
        .map(|name| unknown_policy(document, name, &names))
        .collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    let value = kept.scenario();
    let text = match document.unchanged_text() {
        Some(text) if kept.is_whole() => text.to_owned(),
        _ => format!("{value:#}\n"),
    };
    let asked = first.budgets.len();
    let is_held = |budget: &&Budget| budget.policies().all(|name| kept.has(name));
    let budgets: Vec<Budget> = first.budgets.iter().filter(is_held).cloned().collect();
    let mut plan = Plan {
        name: first.name.clone(),
        description: first.description.clone(),
        text,
        seed: first.seed,
        replications: first.replications,
        until: first.until.clone(),
        points: Vec::with_capacity(meanings.len()),
        own,
        digest: digest_of(value),
        left_out: asked - budgets.len(),
        budgets,
        files: Vec::new(),
        inputs: Vec::new(),
        find: first.find.clone().filter(|find| kept.path(&find.vary).is_some()),
    };
    for (at, identity, meaning) in meanings {
        plan.points.push(point_under(at, identity, meaning, kept.names()));
    }
    Ok(plan)
}

/// The digest of what is run.
fn digest_of(mut scenario: Value) -> String {
    if let Value::Object(fields) = &mut scenario {
        // What is asked of the answers does not change them.
        fields.shift_remove("budgets");
        fields.shift_remove("find");
    }
    digest::of(&scenario)
}

/// Encloses the files that are named in what is left of the scenario, by the names that they have
/// in the results.
fn enclose(plan: &mut Plan, kept: Kept<'_>, files: &Files) {
    let mut value = kept.scenario();
    let places = Places::of(&value, files);
    plan.files = places.copies(files);
    if !places.rename(&mut value) {
        return;
    }
    plan.text = format!("{value:#}\n");
    plan.digest = digest_of(value);
    let settings = plan.points.iter_mut().map(|point| &mut point.at).chain([&mut plan.own]);
    for (path, json) in settings.flatten() {
        places.rename_swept(path, json);
    }
}

fn unknown_policy(document: &Document, name: &str, names: &[&str]) -> Diagnostic {
    let path = Path::root().field("policies");
    Diagnostic::new(Code::UnknownPolicy, format!("the scenario has no policy `{name}`"))
        .about(&path)
        .at(Span::new(&Source::new("--policy", name), 0..name.len(), "no such policy"))
        .with_help_if(suggest::help("policy", name, names.iter().copied()))
        .at(document.name_span(&path, "its policies"))
}

fn cannot_read(path: &FilePath, error: &std::io::Error) -> Diagnostic {
    let message = format!("cannot read `{}`: {}", path.display(), files::reason(error));
    let missing = error.kind() == std::io::ErrorKind::NotFound;
    Diagnostic::new(Code::CannotRead, message).with_help_if(if missing {
        near_file(path)
    } else {
        None
    })
}

/// What may be meant in place of a file that is not there.
fn near_file(path: &FilePath) -> Option<String> {
    if let Ok(leads) = std::fs::read_link(path) {
        return Some(format!("it is a link to `{}`, where nothing is", leads.display()));
    }
    let wanted = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(FilePath::new("."))).ok()?;
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    let near = near_name(wanted, &names)?;
    Some(format!("there is a file with a similar name: `{}`", path.with_file_name(near).display()))
}

/// The nearest of the names of files: an ending that they share makes no two of them similar.
fn near_name(wanted: &str, names: &[String]) -> Option<String> {
    let (stem, ending) = wanted.split_at(wanted.rfind('.').unwrap_or(wanted.len()));
    let stems = names.iter().filter_map(|name| name.strip_suffix(ending));
    match suggest::nearest(stem, stems) {
        Some(near) => Some(format!("{near}{ending}")),
        None => {
            let others = names.iter().filter(|name| !name.ends_with(ending));
            suggest::nearest(wanted, others.map(String::as_str)).map(str::to_owned)
        }
    }
}
