//! What all charts share: the sheet with its title and footer, and panels with axes.

use super::axis::{TimeAxis, ValueAxis};
use super::figure::{Anchor, Bounds, Figure, Label, Mark, Plot, Position};
use super::name::Name;
use super::text::{self, Weight};
use super::theme::Role;

/// The sheet that a chart is drawn on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// 960 px wide: documents and pages.
    #[default]
    Wide,
    /// 720 px wide: slides, and half a page.
    Half,
}

impl Size {
    /// Width of the sheet in px.
    pub const fn width(self) -> f64 {
        match self {
            Self::Wide => 960.0,
            Self::Half => 720.0,
        }
    }

    /// Room for a title or a subtitle, in px.
    pub const fn text_width(self) -> f64 {
        self.width() - 2.0 * MARGIN
    }

    /// Room for plots beside the gutter, in px.
    pub const fn plot_width(self) -> f64 {
        self.width() - MARGIN - GUTTER
    }

    /// Panels beside each other, at most.
    pub const fn most_columns(self) -> usize {
        match self {
            Self::Wide => 3,
            Self::Half => 2,
        }
    }
}

/// Left and right of titles and footers.
pub const MARGIN: f64 = 24.0;
/// Left edge of the first column of panels; labels of the y axis stand before it.
pub const GUTTER: f64 = 70.0;
/// Size of titles.
pub const TITLE_SIZE: f64 = 19.0;

const SUBTITLE_SIZE: f64 = 12.5;
const NOTE_SIZE: f64 = 10.5;
const SIGNATURE: &str = "ringstorm";

/// Left edge and width of each of `columns` panels beside each other.
pub fn columns(size: Size, columns: usize) -> Vec<(f64, f64)> {
    let columns = columns.max(1);
    let gap = if columns > 2 { 24.0 } else { 38.0 };
    let count = columns as f64;
    let width = ((size.plot_width() - gap * (count - 1.0)) / count).floor();
    (0..columns).map(|index| (GUTTER + index as f64 * (width + gap), width)).collect()
}

/// What a sheet says of itself.
pub struct Words {
    /// The chart's name.
    pub name: String,
    /// What it shows, for those who do not see it.
    pub alt: String,
    /// The finding.
    pub title: String,
    /// What is drawn, from the fullest to the shortest.
    pub subtitles: Vec<String>,
}

/// An empty sheet with its heading.
pub fn sheet(words: Words, size: Size, height: f64) -> Figure {
    let Words { name, alt, title, subtitles } = words;
    let (width, marks) = (size.width(), Vec::new());
    let mut figure = Figure { name, title, alt, width, height, marks };
    heading(&mut figure, &subtitles);
    figure
}

/// Writes the title and the first subtitle that fits.
fn heading(figure: &mut Figure, subtitles: &[String]) {
    let title = figure.title.clone();
    figure.text(Label::new(title, (MARGIN, 30.0), Role::Ink).sized(TITLE_SIZE).strong());
    let subtitle = text::first_that_fits(
        subtitles.iter().map(String::as_str),
        SUBTITLE_SIZE,
        Weight::Regular,
        figure.width - 2.0 * MARGIN,
    );
    figure.text(Label::new(subtitle, (MARGIN, 54.0), Role::Muted).sized(SUBTITLE_SIZE));
}

/// Writes the first footer that fits, and who drew it.
pub fn footer(figure: &mut Figure, notes: &[String]) {
    let middle = figure.height - 20.0;
    let signature = Label::new(SIGNATURE, (figure.width - MARGIN, middle), Role::Muted)
        .sized(NOTE_SIZE)
        .strong()
        .anchored(Anchor::End);
    let available = figure.width - 2.0 * MARGIN - signature.width() - 20.0;
    let note = text::first_that_fits(
        notes.iter().map(String::as_str),
        NOTE_SIZE,
        Weight::Regular,
        available,
    );
    figure.text(Label::new(note, (MARGIN, middle), Role::Muted).sized(NOTE_SIZE));
    figure.text(signature);
}

/// A plot with its axes: from values to px.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Left edge.
    pub left: f64,
    /// Upper edge; values may end lower, see `headroom`.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// How far below `top` the axis' highest value lies.
    pub headroom: f64,
    /// Time, from left to right.
    pub time: TimeAxis,
    /// Values, upwards.
    pub value: ValueAxis,
}

impl Panel {
    /// Where an instant lies, in px.
    pub fn x(&self, seconds: f64) -> f64 {
        let share = (seconds - self.time.start) / (self.time.end - self.time.start);
        self.left + share.clamp(0.0, 1.0) * self.width
    }

    /// Where a value lies, in px; what is above the axis is cut.
    pub fn y(&self, value: f64) -> f64 {
        let share = (value / self.value.top).clamp(0.0, 1.0);
        self.bottom() - share * (self.height - self.headroom)
    }

    /// A point of a series.
    pub fn at(&self, seconds: f64, value: f64) -> Position {
        (self.x(seconds), self.y(value))
    }

    /// Right edge.
    pub fn right(&self) -> f64 {
        self.left + self.width
    }

    /// The line of zero.
    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// The plot's rectangle.
    pub fn bounds(&self) -> Bounds {
        Bounds { left: self.left, top: self.top, right: self.right(), bottom: self.bottom() }
    }

    /// Grid and labels of the value axis: what lies under the data.
    pub fn under(&self, figure: &mut Figure, labelled: bool) {
        for tick in &self.value.ticks {
            let y = self.y(tick.value);
            if tick.value > 0.0 {
                figure.line(vec![(self.left, y), (self.right(), y)], Role::Grid, 0.7);
            }
            if labelled {
                let label = Label::new(&tick.label, (self.left - 8.0, y), Role::Muted);
                figure.text(label.anchored(Anchor::End));
            }
        }
    }

    /// The time axis: what lies over the data.
    pub fn over(&self, figure: &mut Figure, labelled: bool) {
        let bottom = self.bottom();
        let (start, end) = (self.time.start, self.time.end);
        figure.marks.push(Mark::Plot(Plot { bounds: self.bounds(), start, end }));
        figure.line(vec![(self.left, bottom), (self.right(), bottom)], Role::Axis, 1.0);
        for tick in self.time.ticks.iter().filter(|_| labelled) {
            let x = self.x(tick.value);
            figure.line(vec![(x, bottom), (x, bottom + 4.0)], Role::Axis, 1.0);
            let label = Label::new(&tick.label, (x, bottom + 14.0), Role::Muted);
            let spill = label.width() / 2.0 > self.right() - x;
            figure.text(if spill {
                label.moved((self.right(), bottom + 14.0)).anchored(Anchor::End)
            } else {
                label.anchored(Anchor::Middle)
            });
        }
    }
}

/// The name of a panel and a line below it, each as far as it fits.
pub fn panel_head(
    figure: &mut Figure,
    panel: (f64, f64),
    middle: f64,
    name: (&Name, Role),
    facts: &[String],
) {
    let (left, width) = panel;
    let name_text = name.0.within(13.5, Weight::SemiBold, width);
    figure.text(Label::new(name_text, (left, middle), name.1).sized(13.5).strong());
    let facts = facts.iter().map(String::as_str);
    let fact = text::first_that_fits(facts, 11.0, Weight::Regular, width);
    figure.text(Label::new(fact, (left, middle + 17.0), Role::Muted));
}
