//! Where labels go: the first of several places that is free of ink and of other labels.
//!
//! A rule, not a solver: a few candidates around the thing that is named, tested
//! against boxes that cover what has been drawn.

use super::figure::{Bounds, Label, Position};

/// A piece of a line is covered by boxes no longer than this, in px.
const PIECE: f64 = 6.0;

/// What covers a panel so far.
#[derive(Clone, Debug)]
pub struct Ink {
    within: Bounds,
    lines: Vec<Bounds>,
    bands: Vec<Bounds>,
    labels: Vec<Bounds>,
    marks: Vec<Bounds>,
}

impl Ink {
    /// Nothing yet, in a rectangle that no label may leave.
    pub fn new(within: Bounds) -> Self {
        Self { within, lines: Vec::new(), bands: Vec::new(), labels: Vec::new(), marks: Vec::new() }
    }

    /// A line is drawn.
    pub fn line(&mut self, points: &[Position]) {
        for pair in points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let pieces = (dx.abs().max(dy.abs()) / PIECE).ceil().max(1.0);
            for index in 0..pieces as u32 {
                let (a, b) = (f64::from(index) / pieces, f64::from(index + 1) / pieces);
                self.lines.push(spanned(
                    (from.0 + a * dx, from.1 + a * dy),
                    (from.0 + b * dx, from.1 + b * dy),
                ));
            }
        }
    }

    /// The space between two lines over the same x is filled.
    pub fn band(&mut self, upper: &[Position], lower: &[Position]) {
        for (above, below) in upper.windows(2).zip(lower.windows(2)) {
            let first = spanned(above[0], below[1]);
            let second = spanned(above[1], below[0]);
            self.bands.push(Bounds {
                left: first.left,
                right: first.right,
                top: first.top.min(second.top),
                bottom: first.bottom.max(second.bottom),
            });
        }
    }

    /// A label is written.
    pub fn label(&mut self, label: &Label) {
        let Bounds { left, right, top, bottom } = label.bounds().grown(2.0);
        // Nearer than this two labels on a line read as one.
        self.labels.push(Bounds { left: left - 6.0, right: right + 6.0, top, bottom });
    }

    /// A mark is drawn that no label may ever cover.
    pub fn mark(&mut self, bounds: Bounds) {
        self.marks.push(bounds);
    }

    /// Whether a straight line meets no label.
    pub fn is_free_of_labels(&self, line: [Position; 2]) -> bool {
        let mut pieces = Self::new(self.within);
        pieces.line(&line);
        !pieces.lines.iter().any(|piece| self.labels.iter().any(|label| label.overlaps(piece)))
    }

    /// Whether a label may stand here.
    pub fn allows(&self, label: &Label, demand: Demand) -> bool {
        let bounds = label.bounds();
        let clear = bounds.grown(2.0);
        let free_of = |others: &[Bounds]| !others.iter().any(|other| other.overlaps(&clear));
        self.within.holds(&bounds)
            && !self.labels.iter().chain(&self.marks).any(|other| other.overlaps(&bounds))
            && (demand == Demand::NoLabel || free_of(&self.lines))
            && (demand != Demand::Nothing || free_of(&self.bands))
    }
}

/// What a label may not cover; strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Neither lines, bands nor labels.
    Nothing,
    /// Neither lines nor labels; a band is light enough to be written on.
    NoLine,
    /// No other label.
    NoLabel,
}

impl Demand {
    /// From the strictest to the laxest.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::NoLine, Self::NoLabel];

    /// The label as it must look when it stands on what this allows.
    pub fn dress(self, label: Label) -> Label {
        if self == Self::Nothing { label } else { label.with_halo() }
    }
}

/// Finds a place for a label: over all panels in order, the first candidate that
/// covers nothing; if it is `needed`, else the first that covers bands, or lines, with a
/// rim. The answer is the panel and the label; `None` when it fits nowhere.
pub fn find(inks: &mut [Ink], candidates: &[Vec<Label>], needed: bool) -> Option<(usize, Label)> {
    let demands = if needed { &Demand::ALL[..] } else { &Demand::ALL[..1] };
    let (panel, label) = demands.iter().find_map(|&demand| {
        candidates.iter().enumerate().find_map(|(panel, labels)| {
            let allowed = labels.iter().find(|label| inks[panel].allows(label, demand))?;
            Some((panel, demand.dress(allowed.clone())))
        })
    })?;
    inks[panel].label(&label);
    Some((panel, label))
}

fn spanned(a: Position, b: Position) -> Bounds {
    Bounds { left: a.0.min(b.0), right: a.0.max(b.0), top: a.1.min(b.1), bottom: a.1.max(b.1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::theme::Role;

    #[test]
    fn labels_on_a_line_do_not_read_as_one() {
        let mut ink = Ink::new(Bounds { left: 0.0, top: 0.0, right: 400.0, bottom: 40.0 });
        let first = Label::new("fair share 482", (10.0, 20.0), Role::Ink);
        ink.label(&first);
        let after = |gap: f64| {
            let second = Label::new("1 old server", (first.bounds().right + gap, 20.0), Role::Ink);
            ink.allows(&second, Demand::Nothing)
        };
        assert!(!after(4.0) && after(12.0));
    }
}
