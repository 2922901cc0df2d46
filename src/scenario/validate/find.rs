//! `find`: what is varied until it tips over.
//!
//! The kind of the field is that of the two bounds as they are written. That the field takes
//! such values is known once it holds them: both bounds are read and checked as the scenario
//! is (`load`).

use serde_json::{Value, json};

use super::checker::Checker;
use crate::engine::units::{Bytes, Fraction};
use crate::engine::{Rate, SimDuration};
use crate::plan::Find;
use crate::plan::find::{Grid, Kind, Turn};
use crate::scenario::diagnostic::{Code, Diagnostic};
use crate::scenario::path::Path;
use crate::scenario::schema::Scenario;
use crate::scenario::schema::find::{Criterion, Find as Typed, Quantity};
use crate::scenario::set::{self, Origin};
use crate::scenario::sweep::is_the_same_everywhere;
use crate::scenario::typed;
use crate::scenario::world::plain_number;

impl Checker<'_> {
    /// The search that is asked; nothing if it is wrong, which is reported.
    pub fn find(&mut self, typed: &Typed) -> Option<Find> {
        let path = Path::root().field("find");
        self.no_sweep(&path);
        let field = self.quantity_field(&path.field("vary"), &typed.vary);
        let bounds = self.bounds(&path.field("between"), &typed.between);
        let turn = self.turn(&path.field("where"), &typed.criterion);
        let precision = self.amount(&path.field("precision"), &typed.precision);
        let (kind, first, last) = bounds?;
        let (field, holder) = field?;
        let is_whole = kind == Kind::Number && takes_whole_numbers_only(holder, &field, first);
        let kind = if is_whole { Kind::Whole } else { kind };
        let precision = self.precision(&path, typed, precision?, (kind, first, last))?;
        let grid = Grid { kind, first, last, precision };
        Some(Find {
            vary: typed.vary.clone(),
            grid,
            metric: typed.criterion.metric.clone(),
            turn: turn?,
        })
    }

    fn no_sweep(&mut self, path: &Path) {
        if self.document.value.get("sweep").is_none() {
            return;
        }
        let message = "a scenario has `find` or `sweep`, not both";
        let sweep = Path::root().field("sweep");
        let fault = Diagnostic::new(Code::BadFind, message)
            .about(path)
            .at(self.document.name_span(path, "a search is of one world"))
            .at(self.document.name_span(&sweep, "these are many"))
            .with_help("take one of them out; `--set PATH=VALUE` repeats a search elsewhere");
        self.report(fault);
    }

    /// The place of the field, which takes quantities; and a scenario that has such a place.
    fn quantity_field(&mut self, path: &Path, typed: &str) -> Option<(Path, Value)> {
        if is_the_same_everywhere(typed) {
            let message = format!("`{typed}` cannot be varied: it makes the scenario itself");
            let fault = self.at(path, Code::BadFind, message, "cannot be varied");
            self.report(fault);
            return None;
        }
        let origin = Origin::of(&self.document.value_span(path, ""), typed, "find");
        let mut value = self.document.value.clone();
        let field = match set::resolve(&mut value, typed, origin) {
            Ok((field, _)) => field,
            Err(fault) => {
                self.report(fault.about(path));
                return None;
            }
        };
        let (is, help) = match set::at(&mut value, &field).cloned() {
            Some(object @ Value::Object(_)) => {
                let inside = first_inside(&object);
                let help =
                    (!inside.is_empty()).then(|| format!("vary a field of it: `{typed}{inside}`"));
                ("an object, and ".to_owned(), help)
            }
            Some(Value::Array(_)) => {
                ("a list, and ".to_owned(), Some(format!("vary a part of it: `{typed}[0]...`")))
            }
            _ if !takes_no_quantity(&mut value.clone(), &field) => return Some((field, value)),
            Some(scalar) => (format!("{scalar}, and "), None),
            None => (String::new(), None),
        };
        let message = format!("`{typed}` cannot be varied: it is {is}no quantity");
        let fault = self
            .at(path, Code::BadFind, message, "no quantity")
            .at(self.document.value_span(&field, "this one"))
            .with_help_if(help);
        self.report(fault);
        None
    }

    /// What the two bounds are, and the lower and the upper one.
    fn bounds(&mut self, path: &Path, typed: &[Quantity]) -> Option<(Kind, f64, f64)> {
        let [low, high] = typed else {
            let message = format!("`{path}` has {} values: expected two", typed.len());
            let label = "expected the lowest and the highest value";
            let fault = self.at(path, Code::BadFind, message, label);
            self.report(fault);
            return None;
        };
        let (first, last) = (path.index(0), path.index(1));
        let (lowest, highest) = (self.amount(&first, low), self.amount(&last, high));
        let ((kind, lowest), (other, highest)) = (lowest?, highest?);
        if kind != other {
            let message = format!("one bound is {}, the other {}", kind.words(), other.words());
            let fault = self
                .at(&last, Code::BadFind, message, other.words())
                .at(self.document.value_span(&first, kind.words()))
                .with_help("write both as the field is written");
            self.report(fault);
            return None;
        }
        if lowest >= highest {
            let message = format!("`{path}` goes from {low} to {high}: expected a rise");
            let label = format!("expected more than {low}");
            let fault = self.at(&last, Code::BadFind, message, label).with_help_if(
                (lowest > highest).then(|| format!("write the lower bound first: [{high}, {low}]")),
            );
            self.report(fault);
            return None;
        }
        Some((kind, lowest, highest))
    }

    /// What an amount is, and how much: nanoseconds, bytes, times per second, a share, a number.
    fn amount(&mut self, path: &Path, typed: &Quantity) -> Option<(Kind, f64)> {
        let text = match typed {
            Quantity::Number(number) => return Some((Kind::Number, *number)),
            Quantity::Text(text) => text,
        };
        if let Ok(time) = text.parse::<SimDuration>() {
            return Some((Kind::Duration, time.as_nanos() as f64));
        }
        if let Ok(rate) = text.parse::<Rate>() {
            return Some((Kind::Rate, rate.as_per_second()));
        }
        if let Ok(size) = text.parse::<Bytes>() {
            return Some((Kind::Size, size.as_u64() as f64));
        }
        // Without its sign a share is written as a number, without quotes.
        if let Some(share) = text.parse::<Fraction>().ok().filter(|_| text.ends_with('%')) {
            return Some((Kind::Share, share.as_f64()));
        }
        let message = format!("`{path}`: \"{text}\" is no quantity");
        let fault = self
            .at(path, Code::BadQuantity, message, "expected a number, or a text with a unit")
            .with_help("units make \"250ms\" a duration, \"30/s\" a rate, \"16KiB\" a size, \"5%\" a share");
        self.report(fault);
        None
    }

    /// The criterion; its metric exists.
    fn turn(&mut self, path: &Path, typed: &Criterion) -> Option<Turn> {
        let metric = path.field("metric");
        let span = self.document.value_span(&metric, "no such metric");
        self.known_metric(&metric, span, &typed.metric);
        let (below, above) = (typed.falls_below, typed.rises_above);
        let sides = [("falls_below", below.is_some()), ("rises_above", above.is_some())];
        self.exactly_one(path, "the criterion", &sides)?;
        below.map(Turn::FallsBelow).or(above.map(Turn::RisesAbove))
    }

    /// The distance of the values that are tried.
    fn precision(
        &mut self,
        path: &Path,
        typed: &Typed,
        (met, precision): (Kind, f64),
        (kind, first, last): (Kind, f64, f64),
    ) -> Option<f64> {
        let path = path.field("precision");
        let is_number = |kind| matches!(kind, Kind::Number | Kind::Whole);
        if met != kind && !(is_number(met) && is_number(kind)) {
            let message = format!(
                "the bounds are written as {}, the precision as {}",
                kind.words(),
                met.words()
            );
            let bounds =
                self.document.value_span(&Path::root().field("find.between"), "the bounds");
            let fault = self
                .at(&path, Code::BadFind, message, format!("expected {}", kind.words()))
                .at(bounds);
            self.report(fault);
            return None;
        }
        let finest = Grid::FINEST * first.abs().max(last.abs());
        let expected = if precision <= 0.0 {
            "more than 0".to_owned()
        } else if precision > last - first {
            format!("at most {}, the distance of the bounds", kind.written(last - first))
        } else if kind == Kind::Whole && precision.fract() > 0.0 {
            format!("a whole number, as `{}` is one", typed.vary)
        } else if precision < finest {
            "at least a billionth of the larger bound".to_owned()
        } else {
            return Some(precision);
        };
        self.out_of_range(&path, &typed.precision, &expected);
        None
    }
}

/// The way from an object to the first value in it: `.exponential.mean`.
fn first_inside(value: &Value) -> String {
    let first = value.as_object().and_then(|fields| fields.iter().next());
    first.map_or_else(String::new, |(name, value)| format!(".{name}{}", first_inside(value)))
}

/// Whether the field, which is there, takes neither numbers nor texts with units.
fn takes_no_quantity(holder: &mut Value, field: &Path) -> bool {
    let some = [json!(1), json!(0.5), json!("1s"), json!("1/s"), json!("1KiB"), json!("1%")];
    some.into_iter().all(|quantity| {
        set::put(holder, field, quantity);
        // A field that is not there is refused where it would stand.
        typed::from_value::<Scenario>(holder).is_err_and(|mismatch| mismatch.path() == *field)
    })
}

/// Whether the field takes a whole number, and not the half above it.
fn takes_whole_numbers_only(mut holder: Value, field: &Path, near: f64) -> bool {
    let mut is_taken = |number: f64| {
        set::put(&mut holder, field, plain_number(number));
        typed::from_value::<Scenario>(&holder).is_ok()
    };
    is_taken(near.floor()) && !is_taken(near.floor() + 0.5)
}
