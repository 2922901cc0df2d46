//! What a quantity should have looked like, and what is wrong with a text that is none.

use std::fmt;

/// What a text should have said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A [`SimDuration`](crate::engine::SimDuration).
    Duration,
    /// A [`Rate`](crate::engine::Rate).
    Rate,
    /// A [`Fraction`](crate::engine::Fraction).
    Fraction,
    /// [`Bytes`](crate::engine::Bytes).
    Size,
}

/// Why a text is not the quantity that it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// It does not begin with a plain decimal number, or is empty.
    NotANumber {
        /// What it should have been.
        expected: Quantity,
        /// The whole text.
        text: String,
    },
    /// It is a number alone.
    NoUnit {
        /// What it should have been.
        expected: Quantity,
        /// The whole text.
        text: String,
    },
    /// What follows the number is no unit of this quantity.
    UnknownUnit {
        /// What it should have been.
        expected: Quantity,
        /// What follows the number.
        unit: String,
        /// The whole text.
        text: String,
    },
    /// Its number has an exponent.
    Exponent {
        /// What it should have been.
        expected: Quantity,
        /// The whole text.
        text: String,
    },
    /// It is below zero.
    Negative {
        /// What it should have been.
        expected: Quantity,
        /// The whole text.
        text: String,
    },
    /// It is above [`Quantity::limit`].
    TooLarge {
        /// What it should have been.
        expected: Quantity,
        /// The whole text.
        text: String,
    },
    /// It is not zero, but rounds to it.
    TooSmall {
        /// What it should have been.
        expected: Quantity,
        /// The whole text.
        text: String,
    },
}

impl Quantity {
    /// Its name: `duration`, `rate`, `fraction`, `size`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duration => "duration",
            Self::Rate => "rate",
            Self::Fraction => "fraction",
            Self::Size => "size",
        }
    }

    /// A text that reads as one.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Duration => "30s",
            Self::Rate => "200/s",
            Self::Fraction => "5%",
            Self::Size => "16KiB",
        }
    }

    /// The units that may follow the number, for people.
    pub const fn units(self) -> &'static str {
        match self {
            Self::Duration => "ns, us, ms, s, m, h, d",
            Self::Rate => "/s, /m, /h, /d",
            Self::Fraction => "%",
            Self::Size => "B, kB, MB, GB, TB, KiB, MiB, GiB, TiB",
        }
    }

    /// The largest one that is read.
    pub const fn limit(self) -> &'static str {
        match self {
            Self::Duration => "36525d (100 years)",
            Self::Rate => "1000000000/s",
            Self::Fraction => "1, which is 100%",
            Self::Size => "1024TiB",
        }
    }

    /// The unit that people most likely left out.
    const fn usual_unit(self) -> &'static str {
        match self {
            Self::Duration => "s",
            Self::Rate => "/s",
            Self::Fraction => "%",
            Self::Size => "B",
        }
    }
}

/// Whether it is a unit but for blanks around it.
fn is_after_blank(expected: Quantity, unit: &str) -> bool {
    let bare = unit.trim();
    let is_rate = expected == Quantity::Rate;
    let plain = if is_rate { bare.trim_start_matches(['k', 'M']).trim_start() } else { bare };
    bare != unit && expected.units().split(", ").any(|known| known == plain)
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber { expected, text } => write!(
                f,
                "`{text}` is not a {expected}: expected a number and a unit, such as \"{}\"; units are {}",
                expected.example(),
                expected.units()
            ),
            Self::NoUnit { expected, text } => write!(
                f,
                "{expected} without a unit: write \"{text}{}\"; units are {}",
                expected.usual_unit(),
                expected.units()
            ),
            Self::UnknownUnit { expected, unit, text } if is_after_blank(*expected, unit) => {
                let whole: String = text.split_whitespace().collect();
                write!(f, "a blank stands in the {expected} `{text}`: write \"{whole}\"")
            }
            Self::UnknownUnit { expected, unit, text } => write!(
                f,
                "unknown unit `{unit}` in the {expected} `{text}`; units are {}",
                expected.units()
            ),
            Self::Exponent { expected, text } => write!(
                f,
                "{expected} `{text}` has an exponent: write the number with all its digits, such \
                 as \"{}\"; units are {}",
                expected.example(),
                expected.units()
            ),
            Self::Negative { expected, text } => {
                write!(f, "{expected} `{text}` is negative: expected 0 or more")
            }
            Self::TooLarge { expected, text } => {
                write!(f, "{expected} `{text}` is too large: the limit is {}", expected.limit())
            }
            Self::TooSmall { expected, text } => {
                write!(f, "{expected} `{text}` is too small to tell from 0")
            }
        }
    }
}

impl std::error::Error for QuantityError {}
