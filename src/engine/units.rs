//! How people write quantities: `"250ms"`, `"200/s"`, `"5%"`, `"16KiB"`.
//!
//! | type | text | units |
//! |---|---|---|
//! | [`SimDuration`] | `"1.5s"` | ns, us, ms, s, m, h, d |
//! | [`Rate`] | `"200/s"`, `"1.5k/s"` | /s, /m, /h, /d |
//! | [`Fraction`] | `0.05` or `"5%"` | % or none |
//! | [`Bytes`] | `"16KiB"` | B, kB, MB, GB, TB, KiB, MiB, GiB, TiB |
//!
//! A number is plain digits with an optional decimal part: no sign, exponent,
//! space or separator. What is read is exact where the target can hold it, else
//! the nearest value. Each type is written as the shortest of these texts, which
//! reads back as the same value. JSON and its schema are in `json`, messages in `error`.

use std::fmt;
use std::str::FromStr;

use super::time::{Rate, SimDuration};

mod error;
mod json;

pub use error::{Quantity, QuantityError};

/// A share of a whole: from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Fraction(f64);

/// A size in memory or on the wire, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(u64);

/// 100 Julian years, well inside [`SimDuration::MAX`], so that sums do not overflow.
const LONGEST: SimDuration = SimDuration::from_secs(36_525 * 86_400);

/// A petabyte, in the binary sense.
const LARGEST: Bytes = Bytes(1 << 50);

/// The highest rate: one a nanosecond.
const FASTEST: f64 = 1e9;

const DURATION_UNITS: [(&str, u64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

const SIZE_UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Seconds in what a rate is counted by.
const RATE_UNITS: [(&str, f64); 4] = [("/s", 1.0), ("/m", 60.0), ("/h", 3_600.0), ("/d", 86_400.0)];

impl Fraction {
    /// Nothing of it.
    pub const ZERO: Self = Self(0.0);
    /// All of it.
    pub const ONE: Self = Self(1.0);

    /// This share; `None` unless from 0 to 1.
    pub fn new(share: f64) -> Option<Self> {
        // Adding zero makes -0 into 0, which is written without a sign.
        (0.0..=1.0).contains(&share).then_some(Self(share + 0.0))
    }

    /// The share, from 0 to 1.
    pub const fn as_f64(self) -> f64 {
        self.0
    }
}

impl Bytes {
    /// So many bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// How many bytes.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl FromStr for SimDuration {
    type Err = QuantityError;

    /// Reads `"250ms"`, `"1.5s"`, `"2d"`; rounds to the nearest nanosecond.
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let nanos = whole(Quantity::Duration, text, &DURATION_UNITS, LONGEST.as_nanos())?;
        Ok(Self::from_nanos(nanos))
    }
}

impl FromStr for Bytes {
    type Err = QuantityError;

    /// Reads `"200B"`, `"4MB"` (millions), `"16KiB"` (of 1,024); rounds to the nearest byte.
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        whole(Quantity::Size, text, &SIZE_UNITS, LARGEST.0).map(Self)
    }
}

impl FromStr for Rate {
    type Err = QuantityError;

    /// Reads `"200/s"`, `"30/m"`, `"1.5k/s"` (k: thousand, M: million).
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let expected = Quantity::Rate;
        let (number, rest) = split(expected, text)?;
        let (exponent, unit) = match rest.as_bytes().first() {
            Some(b'k') => ("e3", &rest[1..]),
            Some(b'M') => ("e6", &rest[1..]),
            _ => ("", rest),
        };
        let seconds = unit_size(expected, text, unit, &RATE_UNITS)?;
        let times = decimal(expected, text, number, exponent)? / seconds;
        if times > FASTEST {
            return Err(QuantityError::TooLarge { expected, text: text.into() });
        }
        if times == 0.0 && !is_zero(number) {
            return Err(QuantityError::TooSmall { expected, text: text.into() });
        }
        Self::per_second(times).ok_or_else(|| not_a_number(expected, text))
    }
}

impl FromStr for Fraction {
    type Err = QuantityError;

    /// Reads `"5%"` and `"0.05"`.
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let expected = Quantity::Fraction;
        let (number, unit) = split(expected, text)?;
        let exponent =
            if unit.is_empty() { "" } else { unit_size(expected, text, unit, &[("%", "e-2")])? };
        let share = decimal(expected, text, number, exponent)?;
        if share == 0.0 && !is_zero(number) {
            return Err(QuantityError::TooSmall { expected, text: text.into() });
        }
        Self::new(share).ok_or_else(|| QuantityError::TooLarge { expected, text: text.into() })
    }
}

/// The number at the start of a text, digits with an optional decimal part, and the rest.
fn split(expected: Quantity, text: &str) -> Result<(&str, &str), QuantityError> {
    let is_number_part = |c: char| c.is_ascii_digit() || c == '.';
    let end = text.find(|c: char| !is_number_part(c)).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (integer, decimals) = number.split_once('.').unwrap_or((number, "0"));
    if integer.is_empty() || decimals.is_empty() || decimals.contains('.') {
        let negative = text.strip_prefix('-').is_some_and(|rest| split(expected, rest).is_ok());
        return Err(if negative {
            QuantityError::Negative { expected, text: text.into() }
        } else {
            not_a_number(expected, text)
        });
    }
    Ok((number, unit))
}

fn not_a_number(expected: Quantity, text: &str) -> QuantityError {
    QuantityError::NotANumber { expected, text: text.into() }
}

fn unit_size<T: Copy>(
    expected: Quantity,
    text: &str,
    unit: &str,
    units: &[(&str, T)],
) -> Result<T, QuantityError> {
    let found = units.iter().find(|(name, _)| *name == unit);
    found.map(|&(_, size)| size).ok_or_else(|| {
        let text = text.into();
        if unit.is_empty() {
            QuantityError::NoUnit { expected, text }
        } else if is_exponent(unit) {
            QuantityError::Exponent { expected, text }
        } else {
            QuantityError::UnknownUnit { expected, unit: unit.into(), text }
        }
    })
}

/// Whether what follows a number goes on with it, as in `1e6`.
fn is_exponent(rest: &str) -> bool {
    let Some(power) = rest.strip_prefix(['e', 'E']) else { return false };
    power.strip_prefix(['+', '-']).unwrap_or(power).starts_with(|c: char| c.is_ascii_digit())
}

/// The float nearest to `number` times the power of ten that `exponent` says.
fn decimal(
    expected: Quantity,
    text: &str,
    number: &str,
    exponent: &str,
) -> Result<f64, QuantityError> {
    format!("{number}{exponent}").parse().map_err(|_| not_a_number(expected, text))
}

/// Whether a number has no digit but 0.
fn is_zero(number: &str) -> bool {
    number.bytes().all(|digit| matches!(digit, b'0' | b'.'))
}

/// Reads a quantity that is counted in whole parts, in integers throughout.
fn whole(
    expected: Quantity,
    text: &str,
    units: &[(&str, u64)],
    limit: u64,
) -> Result<u64, QuantityError> {
    /// 10^20 times the largest unit fits into 128 bits; digits beyond weigh less
    /// than a millionth of the smallest part.
    const MOST_DECIMALS: usize = 20;
    let (number, unit) = split(expected, text)?;
    let size = u128::from(unit_size(expected, text, unit, units)?);
    let (integer, decimals) = number.split_once('.').unwrap_or((number, ""));
    let decimals = &decimals[..decimals.len().min(MOST_DECIMALS)];
    let digits = |part: &str| {
        part.bytes().try_fold(0_u128, |sum, digit| {
            sum.checked_mul(10)?.checked_add(u128::from(digit - b'0'))
        })
    };
    let too_large = || QuantityError::TooLarge { expected, text: text.into() };
    let parts = digits(integer).and_then(|n| n.checked_mul(size)).ok_or_else(too_large)?;
    let scale = 10_u128.pow(decimals.len() as u32);
    let rest = (digits(decimals).ok_or_else(too_large)? * size + scale / 2) / scale;
    let total = parts.checked_add(rest).ok_or_else(too_large)?;
    if total > u128::from(limit) {
        return Err(too_large());
    }
    if total == 0 && !is_zero(number) {
        return Err(QuantityError::TooSmall { expected, text: text.into() });
    }
    Ok(total as u64)
}

impl fmt::Display for Fraction {
    /// As a percentage, exactly: `5%`, `0.25%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The shortest decimal of the share with its point moved by two: the product
        // with 100 would show rounding (0.07 * 100 = 7.000000000000001).
        let share = self.0.to_string();
        let Some((_, decimals)) = share.split_once('.') else {
            return write!(f, "{share}{}%", if self.0 == 0.0 { "" } else { "00" });
        };
        let decimals = format!("{decimals:0<2}");
        let (percent, rest) = decimals.split_at(2);
        let percent = percent.trim_start_matches('0');
        f.write_str(if percent.is_empty() { "0" } else { percent })?;
        if rest.is_empty() { f.write_str("%") } else { write!(f, ".{rest}%") }
    }
}

impl fmt::Display for Bytes {
    /// In the unit that needs the smallest whole number: `16KiB`, `4MB`, `200B`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = SIZE_UNITS.iter().filter(|(_, size)| self.0.is_multiple_of(*size));
        let (unit, size) = fits.max_by_key(|(_, size)| *size).unwrap_or(&SIZE_UNITS[0]);
        let (unit, size) = if self.0 == 0 { ("B", 1) } else { (*unit, *size) };
        write!(f, "{}{unit}", self.0 / size)
    }
}
