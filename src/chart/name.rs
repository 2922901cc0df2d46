//! What cases are called, and how a name is cut so that what tells it from the others stays.
//!
//! Names of policies and sweeps often begin alike: `round robin, on outage keep` and `round
//! robin, on outage close`. Cut at the end, both would say `round robin, on out…`.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::text::{self, Weight, beginning, tidy};

/// The name of one of several cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    whole: String,
    /// Where the word begins in which it parts from the name most like it.
    apart: usize,
    /// Bytes of that word which both have.
    common: usize,
    /// All names of the chart, this one among them.
    all: Arc<[String]>,
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.whole
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.whole)
    }
}

impl From<&str> for Name {
    fn from(whole: &str) -> Self {
        Self { whole: whole.to_owned(), ..Self::default() }
    }
}

impl Name {
    /// Names that stand in one chart, in their order. Costs O(names²).
    pub fn all(names: &[String]) -> Vec<Self> {
        let all: Arc<[String]> = names.into();
        let among = |whole: &String| {
            let others = names.iter().filter(|other| *other != whole);
            let shared = others.map(|other| common(whole, other)).max().unwrap_or(0);
            let apart = whole[..shared].rfind([' ', '/', '_', '-']).map_or(0, |at| at + 1);
            Self { whole: whole.clone(), apart, common: shared - apart, all: Arc::clone(&all) }
        };
        names.iter().map(among).collect()
    }

    /// The whole name, or as much as fits and is no other name cut like that: of its beginning,
    /// or of its beginning and of its end, which holds what tells it from the others. Costs
    /// O(length² x names) at worst.
    pub fn cut(&self, fits: impl Fn(&str) -> bool) -> String {
        if fits(&self.whole) {
            return self.whole.clone();
        }
        let is_good = |text: &str| fits(text) && self.is_told_by(text);
        let from_start = beginning(&self.whole, &fits).1;
        if self.is_told_by(&from_start) {
            return from_start;
        }
        if let Some(text) = self.middle_out(self.apart, is_good) {
            return text;
        }
        // As little of the beginning as tells whose name it is, and as much of the rest as fits.
        let (head, tail) = self.whole.split_at(self.apart);
        let word = head.find(' ').unwrap_or(head.len());
        let word = ends(head).take_while(|end| *end <= word).take(7).last().unwrap_or(0);
        let both = beginning(&format!("{}…{tail}", &head[..word]), &fits);
        if both.0 >= word + "…".len() + self.common + 4 && self.is_told_by(&both.1) {
            return both.1;
        }
        // Names may part in several words: more of the end tells more.
        let earlier = head.rmatch_indices([' ', '/', '_', '-']).map(|(at, _)| at + 1);
        let more = earlier.filter(|at| *at < self.apart);
        if let Some(text) = more.into_iter().find_map(|at| self.middle_out(at, is_good)) {
            return text;
        }
        let tail = format!("…{tail}");
        if fits(&tail) { tail } else { beginning(&tail, &fits).1 }
    }

    /// The end from a byte on, and before it as much of the beginning as is good: three characters
    /// at least, as less tells nobody whose name it is.
    fn middle_out(&self, from: usize, is_good: impl Fn(&str) -> bool) -> Option<String> {
        let (head, tail) = self.whole.split_at(from);
        let cuts = ends(head).rev().map(|end| tidy(head, end));
        let mut told = cuts.take_while(|kept| kept.chars().count() >= 3);
        told.find_map(|kept| Some(format!("{kept}…{tail}")).filter(|text| is_good(text)))
    }

    /// The name on a line of so many px.
    pub fn within(&self, size: f64, weight: Weight, available: f64) -> String {
        self.cut(|text| text::fits(text, size, weight, available))
    }

    /// The name in at most two lines of so many px.
    pub fn lines(&self, size: f64, weight: Weight, available: f64) -> Vec<String> {
        let lines = text::wrapped(&self.whole, size, weight, available);
        let is_cut = lines.last().is_some_and(|line| line.ends_with('…'));
        if !is_cut || self.is_told_by(&lines.join("…")) {
            return lines;
        }
        let elided = |text: &str| text::elided(text, size, weight, available);
        let broken = |at: usize| {
            let (head, tail) = self.whole.split_at(at);
            vec![elided(head.trim_end()), elided(tail)]
        };
        // Of a name that goes on where another ends, what tells it comes later.
        let later = self.whole.match_indices(' ').map(|(at, _)| at + 1);
        let breaks = std::iter::once(self.apart).chain(later.filter(|at| *at > self.apart));
        let mut told = breaks.filter(|at| *at > 0).map(broken);
        let told = told.find(|parts| self.is_told_by(&parts.join("…")));
        told.unwrap_or_else(|| vec![self.within(size, weight, available)])
    }

    /// Whether no other name of the chart could be cut to this text.
    fn is_told_by(&self, text: &str) -> bool {
        let mut others = self.all.iter().filter(|other| **other != self.whole);
        !others.any(|other| may_be(text, other))
    }
}

/// Whether a text is a name with something left out at each ellipsis.
fn may_be(text: &str, name: &str) -> bool {
    let mut parts = text.split('…');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Bytes of a common beginning.
fn common(a: &str, b: &str) -> usize {
    let pairs = a.chars().zip(b.chars());
    pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

/// Where a text may be cut.
fn ends(text: &str) -> impl DoubleEndedIterator<Item = usize> {
    text.char_indices().map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(names: &[&str], most: usize) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Name::all(&names).iter().map(|name| name.cut(|text| text.chars().count() <= most)).collect()
    }

    #[test]
    fn names_that_begin_alike_are_cut_where_they_do_not() {
        let outage = ["round robin, on outage keep", "round robin, on outage close", "ring"];
        assert_eq!(cut(&outage, 20), ["round robin, on…keep", "round robin…close", "ring"]);
        assert_eq!(cut(&outage[..1], 20), ["round robin, on out…"]);
    }

    #[test]
    fn a_name_that_is_told_by_its_beginning_keeps_that() {
        let names = ["gateway discovery that counts", "maglev table of 65,537 entries"];
        assert_eq!(cut(&names, 20), ["gateway discovery…", "maglev table of…"]);
    }

    #[test]
    fn what_differs_may_itself_be_cut() {
        let names = ["ring with unavailable 25% of them", "ring with unavailable 1 and no more"];
        assert_eq!(cut(&names, 12), ["ring…25% of…", "ring…1 and…"]);
        assert_eq!(cut(&names, 8), ["…25% of…", "…1 and…"]);
    }

    #[test]
    fn the_beginning_of_another_name_is_a_name() {
        assert_eq!(cut(&["ring", "ring, moved keys"], 10), ["ring", "ring, mov…"]);
    }

    #[test]
    fn a_name_that_goes_on_where_another_ends_is_broken_before_what_it_adds() {
        let names = ["least connections", "least connections, shed"].map(str::to_owned);
        let names = Name::all(&names);
        let lines = names[1].lines(12.0, Weight::SemiBold, 80.0);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("least con") && lines[1] == "shed", "{lines:?}");
    }

    #[test]
    fn names_that_part_in_several_words_stay_apart() {
        let grid = ["round robin, cap 5s, queue 10", "round robin, cap 5s, queue 20"];
        let other = ["round robin, cap 60s, queue 10", "round robin, cap 60s, queue 20"];
        let names = [grid, other].concat();
        let expected = [
            "round…5s, queue 10",
            "round…5s, queue 20",
            "round…60s, queue 10",
            "round…60s, queue 20",
        ];
        assert_eq!(cut(&names, 20), expected);
        let brackets =
            ["ring (160 points) shed", "ring (160 points) keep", "ring (40 points) shed"];
        for most in 14..22 {
            let mut cut = cut(&brackets, most);
            cut.dedup();
            assert_eq!(cut.len(), 3, "{cut:?}");
        }
    }
}
