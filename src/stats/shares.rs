//! Two shares of runs side by side: how many said yes, of those that said anything.

use super::chance::Chance;
use super::proportion::{fisher, newcombe_of_multiple, wilson};

/// Yes, and of how many.
type Count = (u32, u32);

/// What two kinds of runs said.
///
/// They are compared as independent runs: of pairs that met the same draws, and so tend to agree,
/// that is careful. An exact test of pairs (`McNemar`'s) goes by those alone that disagree, and
/// with fewer than six of them finds nothing at 5%. Only where every pair agrees there is nothing
/// to be careful about, nor where chance has no part in the runs.
///
/// ```
/// use ringstorm::stats::chance::Chance;
/// use ringstorm::stats::shares::Shares;
///
/// let (all, none) = ([Some(true); 2], [Some(false); 2]);
/// let two = Shares::of(&all, &none, true, Chance::Plays).expect("both said something");
/// // Two runs against two prove nothing: one of the six ways to deal them, or its mirror.
/// assert!(two.difference() == 1.0 && two.p() > 0.3 && two.interval()[0] < 0.1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    new: Count,
    base: Count,
    is_exact: bool,
    agree: bool,
}

impl Shares {
    /// Of what each run said, `None` where it had nothing to say. `is_paired`: run by run they met
    /// the same draws. `None` where all of one side said nothing.
    pub fn of(
        new: &[Option<bool>],
        base: &[Option<bool>],
        is_paired: bool,
        chance: Chance,
    ) -> Option<Self> {
        let agree = is_paired && new == base;
        let (new, base) = (count(new), count(base));
        let is_exact = chance == Chance::Absent;
        (new.1 > 0 && base.1 > 0).then_some(Self { new, base, is_exact, agree })
    }

    /// The share of the new ones minus that of the others.
    pub fn difference(&self) -> f64 {
        share(self.new) - share(self.base)
    }

    /// The 95% interval of the difference: Newcombe's.
    pub fn interval(&self) -> [f64; 2] {
        self.interval_of_multiple(1.0)
    }

    /// The same of the share of the new ones minus a multiple of the others'.
    pub fn interval_of_multiple(&self, factor: f64) -> [f64; 2] {
        let interval = if self.is_exact {
            Some([share(self.new) - factor * share(self.base); 2])
        } else if self.agree {
            // Both are the same share, of which so much is left.
            let left = |[low, high]: [f64; 2]| {
                let ends = [(1.0 - factor) * low, (1.0 - factor) * high];
                if factor > 1.0 { [ends[1], ends[0]] } else { ends }
            };
            wilson(self.new.0, self.new.1).map(left)
        } else {
            newcombe_of_multiple(self.new, self.base, factor)
        };
        // Neither is of nothing: nobody else can make one.
        interval.unwrap_or([f64::NEG_INFINITY, f64::INFINITY])
    }

    /// Two-sided p value of "both shares are the same": Fisher's.
    pub fn p(&self) -> f64 {
        match (self.agree, self.is_exact) {
            (true, _) => 1.0,
            (false, true) => f64::from(u8::from(self.difference() == 0.0)),
            (false, false) => fisher(self.new, self.base),
        }
    }
}

fn count(said: &[Option<bool>]) -> Count {
    let known = || said.iter().flatten();
    (known().filter(|yes| **yes).count() as u32, known().count() as u32)
}

fn share((yes, n): Count) -> f64 {
    f64::from(yes) / f64::from(n)
}
