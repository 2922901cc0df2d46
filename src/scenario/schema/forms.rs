//! Values that people may write in more than one form.
//!
//! The forms are told apart by their JSON type, by hand: serde's untagged enums
//! would try one after the other and lose where an error was.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};

use crate::scenario::suggest;
use crate::scenario::typed::{List, Object, Text};

/// A text or number, or else an object that says more.
#[derive(Clone, Debug, PartialEq)]
pub enum ShortOr<S, L> {
    /// Text, number, true or false.
    Short(S),
    /// Object.
    Long(L),
}

/// One object, or a list of them.
#[derive(Clone, Debug, PartialEq)]
pub enum OneOrMany<T> {
    /// One object.
    One(Box<T>),
    /// A list.
    Many(Vec<T>),
}

/// One certain word, or a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WordOr<W, T> {
    /// The word.
    Word(W),
    /// The value.
    Value(T),
}

/// A word that stands in place of a value.
pub trait Word: Default {
    /// As it is written.
    const TEXT: &'static str;
    /// The same, as the list of the texts that are right.
    const TEXTS: &'static [&'static str];
    /// What it means.
    const MEANING: &'static str;
}

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident $text:literal)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name;

        impl Word for $name {
            const TEXT: &'static str = $text;
            const TEXTS: &'static [&'static str] = &[$text];
            const MEANING: &'static str = concat!($($doc),+);
        }
    )+};
}

words! {
    /// For ever.
    Never "never"
    /// Without limit.
    Unlimited "unlimited"
    /// As often as clients leave: connected / mean presence, so that their number stays.
    Steady "steady"
    /// As soon as a connection opens.
    OnOpen "on_open"
    /// Nobody comes.
    Nobody "none"
    /// Nothing is kept, and nothing has to be rebuilt.
    Stateless "none"
    /// As long as the cluster drifts: MSER-5 finds it from pilot runs, one for all policies.
    Auto "auto"
}

struct ShortOrVisitor<S, L>(PhantomData<(S, L)>);

/// Hands every scalar but text on to `S`.
macro_rules! scalars_to_short {
    ($($visit:ident $scalar:ty),+) => {$(
        fn $visit<E: Error>(self, value: $scalar) -> Result<Self::Value, E> {
            S::deserialize(value.into_deserializer()).map(ShortOr::Short)
        }
    )+};
}

/// An object whose first name was read already.
struct Begun<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Begun<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(first.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

impl<'de, S: Deserialize<'de>, L: Deserialize<'de>> Visitor<'de> for ShortOrVisitor<S, L> {
    type Value = ShortOr<S, L>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or an object")
    }

    scalars_to_short! { visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64 }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        S::deserialize(Text::new(text)).map(ShortOr::Short)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        L::deserialize(Object::new(map)).map(ShortOr::Long)
    }
}

impl<'de, S: Deserialize<'de>, L: Deserialize<'de>> Deserialize<'de> for ShortOr<S, L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShortOrVisitor(PhantomData))
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(Object::new(map)).map(|one| OneOrMany::One(Box::new(one)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(List::new(list)).map(OneOrMany::Many)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

struct WordOrVisitor<W, T>(PhantomData<(W, T)>);

macro_rules! scalars_to_value {
    ($($visit:ident $scalar:ty),+) => {$(
        fn $visit<E: Error>(self, value: $scalar) -> Result<Self::Value, E> {
            T::deserialize(value.into_deserializer()).map(WordOr::Value)
        }
    )+};
}

impl<'de, W: Word, T: Deserialize<'de>> Visitor<'de> for WordOrVisitor<W, T> {
    type Value = WordOr<W, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" or a value", W::TEXT)
    }

    scalars_to_value! { visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64 }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text == W::TEXT {
            return Ok(WordOr::Word(W::default()));
        }
        if suggest::nearest(text, W::TEXTS.iter().copied()).is_some() {
            return Err(E::unknown_variant(text, W::TEXTS));
        }
        T::deserialize(Text::new(text)).map(WordOr::Value)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let first = map.next_key::<String>()?;
        if first.as_deref() == Some(W::TEXT) {
            let met = format!("an object {{\"{}\": ...}}", W::TEXT);
            let expected = format!("the text \"{}\" alone", W::TEXT);
            return Err(A::Error::invalid_type(Unexpected::Other(&met), &expected.as_str()));
        }
        T::deserialize(Object::new(Begun { first, map })).map(WordOr::Value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        T::deserialize(List::new(list)).map(WordOr::Value)
    }
}

impl<'de, W: Word, T: Deserialize<'de>> Deserialize<'de> for WordOr<W, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordOrVisitor(PhantomData))
    }
}

/// A schema that stands where it is used, so that it needs no name of its own.
macro_rules! inline_schema {
    ($(<$($parameter:ident: $bound:path),+> $target:ty => |$generator:ident| $schema:expr;)+) => {$(
        impl<$($parameter: $bound),+> JsonSchema for $target {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($target).into()
            }

            fn schema_id() -> Cow<'static, str> {
                std::any::type_name::<Self>().into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )+};
}

inline_schema! {
    <S: JsonSchema, L: JsonSchema> ShortOr<S, L> => |generator| json_schema!({
        "anyOf": [generator.subschema_for::<S>(), generator.subschema_for::<L>()]
    });
    <T: JsonSchema> OneOrMany<T> => |generator| json_schema!({
        "anyOf": [generator.subschema_for::<T>(), generator.subschema_for::<Vec<T>>()]
    });
    <W: Word, T: JsonSchema> WordOr<W, T> => |generator| json_schema!({
        "anyOf": [
            {"const": W::TEXT, "description": W::MEANING.trim()},
            generator.subschema_for::<T>()
        ]
    });
}
