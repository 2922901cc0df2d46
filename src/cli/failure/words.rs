//! The parts of a sentence that depend on what is in them.

use std::path::Path;

use crate::engine::SimDuration;
use crate::scenario::Diagnostic;
use crate::scenario::render::MOST_SHOWN;

pub(super) fn summary(diagnostics: &[Diagnostic]) -> String {
    match diagnostics.len() {
        1 => "1 fault found; nothing was run".to_owned(),
        many if many > MOST_SHOWN => {
            format!(
                "{many} faults found, of which the first {MOST_SHOWN} are shown; nothing was run"
            )
        }
        many => format!("{many} faults found; nothing was run"),
    }
}

/// The names in backticks; `none` where there are none.
pub(in crate::cli) fn listed<T: AsRef<str>>(names: &[T], none: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    if quoted.is_empty() { none.to_owned() } else { quoted.join(", ") }
}

/// ` at path = value`; nothing without a sweep.
pub(super) fn named_point(at: &str) -> String {
    if at.is_empty() { String::new() } else { format!(" at `{at}`") }
}

/// What pilot runs have watched.
pub(super) fn watched_span(watched: SimDuration, is_cut: bool) -> String {
    format!("the {watched} {}", if is_cut { "before the first event" } else { "of the run" })
}

/// What makes that longer.
pub(super) const fn longer(is_cut: bool) -> &'static str {
    if is_cut { "let the first event come later" } else { "give a longer `duration`" }
}

/// How many of something there are, and their names.
pub(super) fn there(come: &str, letter: char, count: u32) -> String {
    match count {
        0 => format!("no {come}"),
        1 => format!("there is only {letter}1"),
        many => format!("{many} {come}, {letter}1 to {letter}{many}"),
    }
}

/// The first of many points.
pub(super) fn few(points: &[String]) -> String {
    const MOST: usize = 8;
    if matches!(points, [only] if only.is_empty()) {
        return " it has no sweep".to_owned();
    }
    let mut shown = String::new();
    for point in points.iter().take(MOST) {
        shown += &format!("\n  {point}");
    }
    match points.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown}\n  and {more} more"),
    }
}

/// A similar name, or else all that there are.
pub(super) fn known(what: &str, nearest: Option<&str>, all: &[String]) -> String {
    if nearest.is_some() || all.is_empty() {
        return near(nearest);
    }
    format!("; the {what}s are {}", listed(all, "none"))
}

/// That there is a similar name, if there is one.
pub(in crate::cli) fn near(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; there is a similar one: `{name}`"))
}

/// What else a file is called.
pub(super) fn named_as(target: &Path, input: &Path) -> String {
    if target == input { String::new() } else { format!(" as `{}`", input.display()) }
}

/// An amount of memory in the largest unit that it has one of.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        1_000_000.. => format!("{} MB", bytes / 1_000_000),
        1_000.. => format!("{} kB", bytes / 1_000),
        _ => format!("{bytes} bytes"),
    }
}
