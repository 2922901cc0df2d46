//! Titles: what the data show, said no more strongly than they allow.
//!
//! Each kind of finding has several templates, from the fullest to the shortest;
//! the first that fits is used. A difference is claimed when it is clear of noise:
//! an interval of the paired difference without 0, or intervals that do not meet,
//! or, for recovery times, a sign test over paired replications. A single run has
//! no noise of its own to tell; its subtitle says that it is one run.

mod load;
mod noise;
mod storm;

pub use load::{LoadFacts, STILL_AWAY, load_title};
pub use noise::{metric_differs, sign_test};
pub use storm::storm_title;

use super::cases::Case;
use super::layout::{Size, TITLE_SIZE};
use super::name::Name;
use super::text::{self, Weight};
use super::words;

/// Characters of a title, at most.
pub const MOST_CHARACTERS: usize = 80;

/// Characters of a policy's name in a title, when the whole name does not fit.
const SHORT_NAME: usize = 20;

/// Who differs in nothing: policies, or the points of a sweep where there is one policy alone.
pub fn nobody<'a>(cases: impl IntoIterator<Item = &'a Case<'a>>) -> &'static str {
    let mut names = cases.into_iter().map(|case| (&case.found.policy, case.index));
    let Some((policy, index)) = names.next() else { return "No policy" };
    let mut elsewhere = false;
    let one = names.all(|(other, at)| {
        elsewhere |= at != index;
        other == policy
    });
    if one && elsewhere { "No point" } else { "No policy" }
}

/// A template with the whole names, then with shortened ones.
pub fn named(names: &[&Name], template: impl Fn(&[String]) -> String) -> Vec<String> {
    let whole: Vec<String> = names.iter().map(ToString::to_string).collect();
    let short = names.iter().map(|name| name.cut(|text| text.chars().count() <= SHORT_NAME));
    vec![template(&whole), template(&short.collect::<Vec<_>>())]
}

/// The first candidate that fits the sheet; the last one, cut, when none does.
pub fn first_fitting(candidates: &[String], size: Size) -> String {
    let candidates: Vec<String> =
        candidates.iter().map(|title| words::capitalised(title)).collect();
    let fits = |title: &&String| {
        title.chars().count() <= MOST_CHARACTERS
            && text::fits(title, TITLE_SIZE, Weight::SemiBold, size.text_width())
    };
    if let Some(title) = candidates.iter().find(fits) {
        return title.clone();
    }
    let last = candidates.last().map_or("", String::as_str);
    text::elided(last, TITLE_SIZE, Weight::SemiBold, size.text_width())
}
