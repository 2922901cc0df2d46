//! Where policies tip over: as a table for a terminal, as JSON and CSV for scripts.

pub mod csv;
pub mod json;
pub mod text;

use super::label;
use crate::plan::Find;
use crate::plan::find::Kind;
use crate::stats::Metric;

/// What is looked for, in a sentence without its full stop.
pub fn question(find: &Find) -> String {
    let unit = Metric::named(&find.metric).map_or("", label::unit);
    format!("the lowest {find}{unit}")
}

/// What a value is multiplied by in files, and the name of the unit that it is then in.
const fn unit(kind: Kind) -> (f64, &'static str) {
    match kind {
        Kind::Number => (1.0, "number"),
        Kind::Whole => (1.0, "count"),
        Kind::Share => (1.0, "fraction"),
        Kind::Duration => (1e-9, "s"),
        Kind::Rate => (1.0, "per_s"),
        Kind::Size => (1.0, "bytes"),
    }
}
