//! What cases are called, and how a name is cut so that what tells it from the others stays.
//!
//! Names of policies and sweeps often begin alike: `round robin, on outage keep` and `round
//! robin, on outage close`. Cut at the end, both would say `round robin, on out…`.

use std::fmt;
use std::ops::Deref;

use super::text::{self, Weight, beginning};

/// The name of one of several cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    whole: String,
    /// Bytes that the name most like this one begins with too.
    shared: usize,
    /// Where the word begins in which they part.
    apart: usize,
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
        let among = |whole: &String| {
            let others = names.iter().filter(|other| *other != whole);
            let shared = others.map(|other| common(whole, other)).max().unwrap_or(0);
            let word = whole[..shared].rfind([' ', '/', '_', '-']).map_or(0, |at| at + 1);
            Self { whole: whole.clone(), shared, apart: word }
        };
        names.iter().map(among).collect()
    }

    /// The whole name, or as much as fits: of its beginning, or, where another name begins
    /// so too, of its beginning and of what follows from where they part.
    pub fn cut(&self, fits: impl Fn(&str) -> bool) -> String {
        if fits(&self.whole) {
            return self.whole.clone();
        }
        let (kept, from_start) = beginning(&self.whole, &fits);
        let tail = &self.whole[self.apart..];
        if kept > self.shared || tail.is_empty() {
            return from_start;
        }
        let head = &self.whole[..self.apart];
        let middle_out = ends(head).map(|end| format!("{}…{tail}", head[..end].trim_end()));
        // Less of the beginning than three characters tells nobody whose name it is.
        let told = middle_out.filter(|text| text.chars().take_while(|c| *c != '…').count() >= 3);
        if let Some(text) = told.rev().find(|text| fits(text)) {
            return text;
        }
        // As little of the beginning as tells whose name it is, and as much of the rest as fits.
        let word = head.find(' ').unwrap_or(head.len());
        let word = ends(head).take_while(|end| *end <= word).take(7).last().unwrap_or(0);
        let both = beginning(&format!("{}…{tail}", &head[..word]), &fits);
        if both.0 >= word + "…".len() + (self.shared - self.apart) + 4 {
            return both.1;
        }
        let tail = format!("…{tail}");
        if fits(&tail) { tail } else { beginning(&tail, &fits).1 }
    }

    /// The name on a line of so many px.
    pub fn within(&self, size: f64, weight: Weight, available: f64) -> String {
        self.cut(|text| text::fits(text, size, weight, available))
    }

    /// The name in at most two lines of so many px.
    pub fn lines(&self, size: f64, weight: Weight, available: f64) -> Vec<String> {
        let lines = text::wrapped(&self.whole, size, weight, available);
        let is_cut = lines.last().is_some_and(|line| line.ends_with('…'));
        let kept: usize = lines.iter().map(|line| line.trim_end_matches('…').len() + 1).sum();
        let head = self.whole[..self.apart].trim_end();
        if !is_cut || kept > self.shared + 1 || head.is_empty() {
            return lines;
        }
        let elided = |text: &str| text::elided(text, size, weight, available);
        vec![elided(head), elided(&self.whole[self.apart..])]
    }
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
        assert_eq!(cut(&outage, 20), ["round robin, on…keep", "round robin, o…close", "ring"]);
        assert_eq!(cut(&outage[..1], 20), ["round robin, on out…"]);
    }

    #[test]
    fn a_name_that_is_told_by_its_beginning_keeps_that() {
        let names = ["gateway discovery that counts", "maglev table of 65,537 entries"];
        assert_eq!(cut(&names, 20), ["gateway discovery t…", "maglev table of 65,…"]);
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
}
