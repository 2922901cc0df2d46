//! Values as they are typed, and what is said of those that are wrong.

use std::num::IntErrorKind;
use std::str::FromStr;

use crate::engine::{Bytes, Fraction, SimDuration};

/// A whole number from 0 on.
pub(super) fn number<T: FromStr<Err = std::num::ParseIntError>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: std::num::ParseIntError| {
        match error.kind() {
            IntErrorKind::PosOverflow => "expected a smaller number",
            _ => "expected a whole number, 0 or more",
        }
        .to_owned()
    })
}

/// A number of threads.
pub(super) fn threads(text: &str) -> Result<u16, String> {
    let number = text.parse().ok().filter(|number| (1..=1_024).contains(number));
    number.ok_or_else(|| "expected a whole number from 1 to 1024".to_owned())
}

pub(super) fn size(text: &str) -> Result<Bytes, String> {
    text.parse().map_err(|error| format!("{error}"))
}

pub(super) fn share(text: &str) -> Result<Fraction, String> {
    text.parse().map_err(|error| format!("{error}"))
}

pub(super) fn client(text: &str) -> Result<u32, String> {
    numbered(text, 'c').ok_or_else(|| "clients are named c1, c2, ...".to_owned())
}

/// A server's index.
pub(super) fn server(text: &str) -> Result<u32, String> {
    let number = numbered(text, 's').ok_or("servers are named s1, s2, ...")?;
    Ok(number - 1)
}

/// A number from 1 on, with this letter before it or not.
fn numbered(text: &str, letter: char) -> Option<u32> {
    let digits = text.strip_prefix(letter).unwrap_or(text);
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| is_plain && *number > 0)
}

pub(super) fn duration(text: &str) -> Result<SimDuration, String> {
    text.parse().map_err(|error| format!("{error}"))
}
