//! A JSON value as a Rust type, with errors that are data.
//!
//! serde's formats turn an error into a sentence at once, and a reader of the
//! sentence would have to guess the field, its place and the valid names again.
//! This deserializer over [`serde_json::Value`] keeps them: the path grows as the
//! error leaves each value that it was raised in.

use std::fmt::{self, Display};
use std::iter;

use serde::de::value::{BorrowedStrDeserializer, MapDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde_json::Value;
use serde_json::map::Iter as Entries;

use super::path::{Path, Step};

pub use handed::{List, Object, Text};

mod handed;

/// Why a value is not of the type.
#[derive(Debug)]
pub struct Mismatch {
    /// From the fault outwards.
    steps: Vec<Step>,
    /// What is wrong there.
    pub kind: Kind,
}

/// What is wrong with one value.
#[derive(Debug)]
pub enum Kind {
    /// The object has a field that it cannot have.
    UnknownField {
        /// The field.
        name: String,
        /// Those it can have.
        valid: &'static [&'static str],
    },
    /// The object lacks a field.
    MissingField {
        /// The field.
        name: &'static str,
    },
    /// The text (or the only field's name) is none of a few names.
    UnknownName {
        /// What it is.
        name: String,
        /// What it can be.
        valid: &'static [&'static str],
    },
    /// It is of another JSON type, or a number that the type cannot hold.
    WrongType {
        /// What it is.
        met: String,
        /// What it should be.
        expected: String,
    },
    /// The object that stands for one choice has more than one field.
    SecondChoice {
        /// The field that is too much.
        name: String,
    },
    /// What a type says for itself, as a sentence.
    Other(String),
}

/// The value as a `T`.
///
/// # Errors
/// The first mismatch, depth first in the order of the text.
pub fn from_value<'de, T: de::Deserialize<'de>>(value: &'de Value) -> Result<T, Mismatch> {
    T::deserialize(Typed(value))
}

impl Mismatch {
    fn new(kind: Kind) -> Self {
        Self { steps: Vec::new(), kind }
    }

    fn within(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Where it is.
    pub fn path(&self) -> Path {
        Path::new(self.steps.iter().rev().cloned().collect())
    }
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.path(), self.kind)
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(Kind::Other(message.to_string()))
    }

    fn invalid_type(met: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let is_whole = matches!(expected.as_str(), "u32" | "u64");
        let expected = if is_whole && is_too_large(met) {
            "a smaller whole number".to_owned()
        } else {
            plainly(&expected)
        };
        Self::new(Kind::WrongType { met: in_words(met), expected })
    }

    fn invalid_value(met: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(met, expected)
    }

    fn unknown_variant(name: &str, valid: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownName { name: name.to_owned(), valid })
    }

    fn unknown_field(name: &str, valid: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownField { name: name.to_owned(), valid })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(Kind::MissingField { name })
    }
}

/// What was met, in the words of JSON.
fn in_words(met: Unexpected<'_>) -> String {
    match met {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        // Written without it, 500.0 would look like what is expected.
        Unexpected::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
            format!("the number {value:.1}")
        }
        Unexpected::Float(value) => format!("the number {}", written(value)),
        Unexpected::Str(text) => format!("the text \"{text}\""),
        Unexpected::Unit => "`null`".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "an object".to_owned(),
        Unexpected::UnitVariant => "a name alone".to_owned(),
        Unexpected::NewtypeVariant | Unexpected::TupleVariant | Unexpected::StructVariant => {
            "an object with a name".to_owned()
        }
        other => other.to_string(),
    }
}

/// A number as people would write it: not with 300 digits.
pub fn written(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-6..1e15).contains(&magnitude) {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}

/// Whether all that is wrong with a whole number is that the type ends before it.
fn is_too_large(met: Unexpected<'_>) -> bool {
    match met {
        Unexpected::Unsigned(_) => true,
        Unexpected::Float(number) => number >= u64::MAX as f64,
        _ => false,
    }
}

/// What serde's own types expect, in the words of JSON. Where a type ends means nothing to people:
/// the limits of a field are those that its check names.
fn plainly(expected: &str) -> String {
    match expected {
        "u32" | "u64" => "a whole number, 0 or more".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a string" => "a text in double quotes".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        "unit variant" => "a name alone".to_owned(),
        "newtype variant" | "tuple variant" | "struct variant" => {
            "an object {\"NAME\": ...}".to_owned()
        }
        other if other.starts_with("struct ") => "an object".to_owned(),
        other if other.starts_with("enum ") => "a name".to_owned(),
        other => other.to_owned(),
    }
}

#[derive(Clone, Copy)]
struct Typed<'de>(&'de Value);

impl<'de> IntoDeserializer<'de, Mismatch> for Typed<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Typed<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => {
                if let Some(value) = number.as_u64() {
                    visitor.visit_u64(value)
                } else if let Some(value) = number.as_i64() {
                    visitor.visit_i64(value)
                } else {
                    // Without arbitrary precision every other number is a float.
                    visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN))
                }
            }
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(elements) => {
                visitor.visit_seq(Elements { left: elements.iter(), index: 0 })
            }
            Value::Object(fields) => {
                let mut entries = Fields { left: fields.iter(), current: None };
                let result = visitor.visit_map(&mut entries)?;
                match entries.left.next() {
                    None => Ok(result),
                    Some((name, _)) => {
                        Err(Mismatch::new(Kind::SecondChoice { name: name.clone() }))
                    }
                }
            }
        }
    }

    /// A field that is there has a value: `null` is none.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    /// A struct is an object, never the list of its values.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        if self.0.is_object() {
            self.deserialize_any(visitor)
        } else {
            Err(wrong_type(self.0, "an object".to_owned()))
        }
    }

    /// A variant is a bare name, or an object with its name as the only field.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(Variant { name, value: None }),
            Value::Object(fields) => {
                let mut entries = fields.iter();
                match (entries.next(), entries.next()) {
                    (Some((name, value)), None) => {
                        visitor.visit_enum(Variant { name, value: Some(value) })
                    }
                    (_, Some((name, _))) => {
                        Err(Mismatch::new(Kind::SecondChoice { name: name.clone() }))
                    }
                    (None, None) => Err(wrong_type(self.0, one_of(variants))),
                }
            }
            other => Err(wrong_type(other, one_of(variants))),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

fn one_of(variants: &[&str]) -> String {
    let names: Vec<String> = variants.iter().map(|name| format!("`{name}`")).collect();
    format!("one of {}", names.join(", "))
}

fn wrong_type(met: &Value, expected: String) -> Mismatch {
    let met = match met {
        Value::Null => "`null`".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text \"{text}\""),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(fields) if fields.is_empty() => "an empty object".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    Mismatch::new(Kind::WrongType { met, expected })
}

struct Elements<'de> {
    left: std::slice::Iter<'de, Value>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mismatch> {
        let Some(value) = self.left.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        let element = seed.deserialize(Typed(value));
        element.map(Some).map_err(|mismatch| mismatch.within(Step::Index(index)))
    }
}

struct Fields<'de> {
    left: Entries<'de>,
    current: Option<(&'de str, &'de Value)>,
}

impl<'de> MapAccess<'de> for &mut Fields<'de> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mismatch> {
        let Some((name, value)) = self.left.next() else { return Ok(None) };
        self.current = Some((name, value));
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let (name, value) = self.current.take().unwrap_or(("", &Value::Null));
        let field = seed.deserialize(Typed(value));
        field.map_err(|mismatch| mismatch.within(Step::Field(name.to_owned())))
    }
}

struct Variant<'de> {
    name: &'de str,
    value: Option<&'de Value>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Mismatch;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Mismatch> {
        let name: StrDeserializer<'_, Mismatch> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> Variant<'de> {
    fn inside(&self, mismatch: Mismatch) -> Mismatch {
        mismatch.within(Step::Field(self.name.to_owned()))
    }

    /// What stands beside the name; nothing where it stands alone.
    fn content(&self) -> Option<Typed<'de>> {
        self.value.map(Typed)
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        match self.value {
            None => Ok(()),
            Some(value) => {
                Err(self.inside(wrong_type(value, format!("the text \"{}\" alone", self.name))))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mismatch> {
        let Some(content) = self.content() else {
            return Err(bare(self.name, &seed.deserialize(nothing())));
        };
        seed.deserialize(content).map_err(|mismatch| self.inside(mismatch))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let Some(content) = self.content() else {
            return Err(bare(self.name, &visitor.visit_map(nothing())));
        };
        content.deserialize_any(visitor).map_err(|mismatch| self.inside(mismatch))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let Some(content) = self.content() else {
            return Err(bare(self.name, &visitor.visit_map(nothing())));
        };
        content.deserialize_struct("", fields, visitor).map_err(|mismatch| self.inside(mismatch))
    }
}

/// An object without fields.
type Nothing<'de> = MapDeserializer<'de, iter::Empty<(&'de str, &'de str)>, Mismatch>;

fn nothing<'de>() -> Nothing<'de> {
    MapDeserializer::new(iter::empty())
}

/// A name stands alone whose choice says more. What its content makes of an object without
/// fields tells the first field that it needs.
fn bare<E: de::Error, T>(name: &str, of_nothing: &Result<T, Mismatch>) -> E {
    let content = match of_nothing {
        Ok(_) => "{}".to_owned(),
        Err(Mismatch { kind: Kind::MissingField { name }, .. }) => format!("{{\"{name}\": ...}}"),
        Err(_) => "...".to_owned(),
    };
    let expected = format!("an object {{\"{name}\": {content}}}");
    E::invalid_type(Unexpected::Str(name), &expected.as_str())
}
