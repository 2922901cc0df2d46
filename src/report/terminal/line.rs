//! A line of text in parts, each with its paint; and the characters that may be used.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::policy::Hue;

/// Columns of a policy's name before it is cut.
pub const NAME: usize = 24;

/// How a part of a line looks, in the 16 colours that every terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// As it is.
    Plain,
    /// Bold.
    Bold,
    /// Less important.
    Muted,
    /// A warning.
    Alert,
    /// The colour of a policy.
    Policy(Hue),
}

impl Paint {
    /// The parameters of its ANSI sequence (SGR); empty for none.
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "1",
            Self::Muted | Self::Policy(Hue::Baseline) => "90",
            Self::Alert => "31",
            Self::Policy(Hue::Ring) => "34",
            Self::Policy(Hue::Bounded) => "36",
            Self::Policy(Hue::Gateway) => "33",
            Self::Policy(Hue::Other) => "35",
        }
    }
}

/// A line before it is painted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    parts: Vec<(Paint, String)>,
}

impl Line {
    /// A line of one part.
    pub fn of(paint: Paint, text: impl Into<String>) -> Self {
        Self { parts: vec![(paint, text.into())] }
    }

    /// Adds a part.
    pub fn push(&mut self, paint: Paint, text: impl Into<String>) {
        self.parts.push((paint, text.into()));
    }

    /// The line behind so many spaces.
    #[must_use]
    pub fn indented(mut self, spaces: usize) -> Self {
        self.parts.insert(0, (Paint::Plain, " ".repeat(spaces)));
        self
    }

    /// The line without trailing spaces, cut at `width` columns.
    pub fn paint(&self, width: usize, color: bool) -> String {
        let plain: String = self.parts.iter().map(|(_, text)| text.as_str()).collect();
        let mut left = columns(plain.trim_end()).min(width);
        let mut painted = String::new();
        for (paint, text) in &self.parts {
            let (kept, used) = take(text, left);
            left -= used;
            if color && !kept.trim().is_empty() && *paint != Paint::Plain {
                // Writing to a string cannot fail.
                let _ = write!(painted, "\u{1b}[{}m{kept}\u{1b}[0m", paint.code());
            } else {
                painted += kept;
            }
            if kept.len() < text.len() {
                break;
            }
        }
        painted
    }
}

/// The columns that a text takes on a terminal.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// The longest start of a text that fits, and the columns it takes.
fn take(text: &str, width: usize) -> (&str, usize) {
    let mut used = 0;
    for (index, character) in text.char_indices() {
        let next = used + character.width().unwrap_or(0);
        if next > width {
            return (&text[..index], used);
        }
        used = next;
    }
    (text, used)
}

/// `text` with spaces before it up to `width` columns.
pub fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}

/// `text` with spaces after it up to `width` columns.
pub fn left(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Breaks a text at spaces into lines of at most `width` columns; no line for no text.
pub fn wrap(paint: Paint, text: &str, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && columns(&line) + 1 + columns(word) > width {
            lines.push(Line::of(paint, std::mem::take(&mut line)));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    if !line.is_empty() {
        lines.push(Line::of(paint, line));
    }
    lines
}

/// The characters beyond letters and digits that a terminal may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    ascii: bool,
    /// Before half a width.
    pub plus_minus: &'static str,
    /// Before a value that is not exceeded.
    pub at_most: &'static str,
    /// Unit of a ratio.
    pub times: &'static str,
    /// In the place of a value that does not exist.
    pub missing: &'static str,
    /// An event in a sparkline.
    pub event: char,
    /// The levels of a sparkline, rising.
    pub levels: &'static [char],
    /// Where a name was cut.
    cut: char,
}

impl Glyphs {
    /// The set for a terminal.
    pub fn new(ascii: bool) -> Self {
        if ascii {
            Self {
                ascii,
                plus_minus: "+-",
                at_most: "<=",
                times: "x",
                missing: "-",
                event: '|',
                levels: &[' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'],
                cut: '~',
            }
        } else {
            Self {
                ascii,
                plus_minus: "±",
                at_most: "≤",
                times: "×",
                missing: "–",
                event: '│',
                levels: &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
                cut: '…',
            }
        }
    }

    /// A text of others as it may be shown: no control characters, which could move the
    /// cursor or change colours, and ASCII where only that is wanted.
    pub fn clean(&self, text: &str) -> String {
        let shown = |character: char| match character {
            '\n' | '\t' => ' ',
            '−' if self.ascii => '-',
            '×' if self.ascii => 'x',
            _ if character.is_control() || self.ascii && !character.is_ascii() => '?',
            _ => character,
        };
        text.chars().map(shown).collect()
    }

    /// A text that is cut to `width` columns, and says so.
    pub fn fit(&self, text: &str, width: usize) -> String {
        if columns(text) <= width {
            return text.to_owned();
        }
        let (kept, _) = take(text, width.saturating_sub(1));
        format!("{}{}", kept.trim_end(), self.cut)
    }
}
