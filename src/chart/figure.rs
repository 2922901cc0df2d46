//! What to draw, as a value: marks in px, in painting order.
//!
//! Charts turn results into a [`Figure`]; `svg` turns a figure into bytes. Between
//! the two, tests can ask where everything lies.

use super::text::{self, Weight};
use super::theme::Role;

/// A place on the figure: px from its left and from its top.
pub type Position = (f64, f64);

/// A drawing of a fixed size.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// File stem; also the root of the ids within the SVG.
    pub name: String,
    /// The finding.
    pub title: String,
    /// The finding and the numbers that carry it, for those who cannot see it.
    pub alt: String,
    /// Width in px.
    pub width: f64,
    /// Height in px.
    pub height: f64,
    /// From the lowest to the topmost.
    pub marks: Vec<Mark>,
}

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A filled outline.
    Area {
        /// Its corners.
        outline: Vec<Position>,
        /// Its colour.
        role: Role,
        /// In [0, 1].
        opacity: f64,
    },
    /// Filled rectangles of one colour, whose edges meet without seams: keep them on whole px.
    Cells {
        /// Where they are.
        cells: Vec<Bounds>,
        /// Their colour.
        role: Role,
    },
    /// A line through points.
    Line {
        /// Its points.
        points: Vec<Position>,
        /// Its colour.
        role: Role,
        /// Its width in px.
        width: f64,
        /// Lengths on and off in px; solid without.
        dash: Option<(f64, f64)>,
    },
    /// A filled circle.
    Dot {
        /// Its centre.
        centre: Position,
        /// Its radius in px.
        radius: f64,
        /// Its colour.
        role: Role,
    },
    /// A text.
    Text(Label),
    /// Where a plot over time lies; draws nothing.
    Plot(Plot),
}

/// A plot over time: what a reader of the drawing must know to point at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    /// Its rectangle.
    pub bounds: Bounds,
    /// Seconds from the start of the run at its left edge.
    pub start: f64,
    /// Seconds at its right edge.
    pub end: f64,
}

/// Which point of a text stands at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// A text of one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// What it says; viewers take characters that the bundled font lacks from another.
    pub text: String,
    /// Where its anchor is; the height is the middle of its capitals.
    pub at: Position,
    /// Size in px.
    pub size: f64,
    /// Strength.
    pub weight: Weight,
    /// What stands at `at`.
    pub anchor: Anchor,
    /// Its colour.
    pub role: Role,
    /// Whether a rim in the ground's colour sets it off from what lies below.
    pub halo: bool,
}

impl Label {
    /// A regular text of 11 px that begins at a position.
    pub fn new(text: impl AsRef<str>, at: Position, role: Role) -> Self {
        Self {
            text: text::harmless(text.as_ref()),
            at,
            size: 11.0,
            weight: Weight::Regular,
            anchor: Anchor::Start,
            role,
            halo: false,
        }
    }

    /// The same in another size.
    #[must_use]
    pub fn sized(self, size: f64) -> Self {
        Self { size, ..self }
    }

    /// The same in semibold.
    #[must_use]
    pub fn strong(self) -> Self {
        Self { weight: Weight::SemiBold, ..self }
    }

    /// The same with another anchor.
    #[must_use]
    pub fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// The same elsewhere.
    #[must_use]
    pub fn moved(self, at: Position) -> Self {
        Self { at, ..self }
    }

    /// The same with a rim.
    #[must_use]
    pub fn with_halo(self) -> Self {
        Self { halo: true, ..self }
    }

    /// Width in px.
    pub fn width(&self) -> f64 {
        text::width(&self.text, self.size, self.weight)
    }

    /// The box it covers, ascenders and descenders included.
    pub fn bounds(&self) -> Bounds {
        let width = self.width();
        let left = match self.anchor {
            Anchor::Start => self.at.0,
            Anchor::Middle => self.at.0 - width / 2.0,
            Anchor::End => self.at.0 - width,
        };
        // Inter's ascenders end 0.40 em above the middle of its capitals, descenders 0.57 below it.
        Bounds {
            left,
            right: left + width,
            top: self.at.1 - 0.45 * self.size,
            bottom: self.at.1 + 0.57 * self.size,
        }
    }
}

/// A rectangle in px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Bounds {
    /// Whether two rectangles share more than an edge.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// Whether `other` lies within this one.
    pub fn holds(&self, other: &Self) -> bool {
        self.left <= other.left
            && other.right <= self.right
            && self.top <= other.top
            && other.bottom <= self.bottom
    }

    /// The rectangle with so many px more on each side.
    #[must_use]
    pub fn grown(self, by: f64) -> Self {
        Self {
            left: self.left - by,
            top: self.top - by,
            right: self.right + by,
            bottom: self.bottom + by,
        }
    }
}

/// A line of steps without the points within a level stretch.
pub fn merged(points: Vec<Position>) -> Vec<Position> {
    let level = |a: &Position, b: &Position| a.1.total_cmp(&b.1).is_eq();
    let mut kept: Vec<Position> = Vec::with_capacity(points.len());
    for point in points {
        match kept.as_mut_slice() {
            [.., before, last] if level(before, last) && level(last, &point) => *last = point,
            _ => kept.push(point),
        }
    }
    kept
}

impl Figure {
    /// The texts, in painting order.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.marks.iter().filter_map(|mark| match mark {
            Mark::Text(label) => Some(label),
            _ => None,
        })
    }

    /// The plots over time.
    pub fn plots(&self) -> impl Iterator<Item = &Plot> {
        self.marks.iter().filter_map(|mark| match mark {
            Mark::Plot(plot) => Some(plot),
            _ => None,
        })
    }

    /// Adds a filled outline; one of fewer than three corners is nothing.
    pub fn area(&mut self, outline: Vec<Position>, role: Role, opacity: f64) {
        if outline.len() > 2 {
            self.marks.push(Mark::Area { outline, role, opacity });
        }
    }

    /// Adds rectangles of one colour.
    pub fn cells(&mut self, cells: Vec<Bounds>, role: Role) {
        if !cells.is_empty() {
            self.marks.push(Mark::Cells { cells, role });
        }
    }

    /// Adds a rectangle.
    pub fn rectangle(&mut self, bounds: Bounds, role: Role, opacity: f64) {
        let Bounds { left, top, right, bottom } = bounds;
        let outline = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        self.area(outline, role, opacity);
    }

    /// Adds a line; one of fewer than two points is nothing.
    pub fn line(&mut self, points: Vec<Position>, role: Role, width: f64) {
        if points.len() > 1 {
            self.marks.push(Mark::Line { points, role, width, dash: None });
        }
    }

    /// Adds a dashed line of 4 px on, 3 px off: a reference, never data.
    pub fn reference(&mut self, points: Vec<Position>) {
        let dash = Some((4.0, 3.0));
        if points.len() > 1 {
            self.marks.push(Mark::Line { points, role: Role::Ink, width: 1.2, dash });
        }
    }

    /// Adds a text.
    pub fn text(&mut self, label: Label) {
        if !label.text.is_empty() {
            self.marks.push(Mark::Text(label));
        }
    }
}
