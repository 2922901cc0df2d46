//! What every rule has, and the list that makes a closed enum of them.

use std::borrow::Cow;

use super::Hue;

/// What people are told of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// The name in scenarios.
    pub name: &'static str,
    /// One line for `ringstorm policies`.
    pub summary: &'static str,
    /// The colour family of its charts.
    pub hue: Hue,
}

/// A parameter out of range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field, relative to the rule: `virtual_nodes`, `behavior.scale_up.policies`.
    pub field: Cow<'static, str>,
    /// What is wrong with it: lower case, no full stop.
    pub message: String,
}

impl Fault {
    /// A fault of `field`.
    pub(super) fn new(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Makes a closed enum of rules, each variant holding its file's `Config`.
///
/// In JSON a rule is its bare name, with every parameter at its default, or one
/// object: `"ring"` or `{"ring": {"virtual_nodes": 160}}`. The form is written
/// out here, not derived, because serde's untagged enums lose the line, the
/// column and the field path of an error.
macro_rules! rules {
    ($(#[$doc:meta])* $name:ident, $what:literal: $($variant:ident => $module:ident),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name {
            $(#[doc = concat!("See [`", stringify!($module), "`].")] $variant($module::Config),)+
        }

        impl $name {
            /// What people are told of each rule, in the order of the list.
            pub const INFOS: &'static [$crate::policy::Info] = &[$($module::INFO),+];
            /// Their names.
            pub const NAMES: &'static [&'static str] = &[$($module::INFO.name),+];

            /// What people are told of this rule.
            pub const fn info(&self) -> $crate::policy::Info {
                match self { $(Self::$variant(_) => $module::INFO,)+ }
            }

            /// Its name in scenarios.
            pub const fn name(&self) -> &'static str {
                self.info().name
            }

            /// Every parameter that is out of range.
            pub fn validate(&self) -> Vec<$crate::policy::Fault> {
                match self { $(Self::$variant(config) => config.validate(),)+ }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;

                impl<'de> serde::de::Visitor<'de> for Visitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!($what, ": its name, or one object {\"name\": {..}}"))
                    }

                    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<$name, E> {
                        let defaults = serde::de::value::MapDeserializer::<_, E>::new(
                            std::iter::empty::<(&str, &str)>(),
                        );
                        $(if name == $module::INFO.name {
                            return serde::Deserialize::deserialize(defaults).map($name::$variant);
                        })+
                        Err(E::unknown_variant(name, $name::NAMES))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        use serde::de::Error;
                        let Some(name) = map.next_key::<String>()? else {
                            return Err(A::Error::custom(concat!("expected ", $what, ", met an empty object")));
                        };
                        let rule = 'rule: {
                            $(if name == $module::INFO.name {
                                break 'rule $name::$variant(map.next_value()?);
                            })+
                            return Err(A::Error::unknown_variant(&name, $name::NAMES));
                        };
                        match map.next_key::<String>()? {
                            None => Ok(rule),
                            Some(other) => Err(A::Error::custom(format_args!(
                                concat!($what, " stands alone in its object, met `{}` and `{}`"), name, other
                            ))),
                        }
                    }
                }

                deserializer.deserialize_any(Visitor)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                // A bare name stands for defaults, so it is none of a rule that has to be told more.
                let may_be_bare = |name: &&str| {
                    let bare = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(*name);
                    <Self as serde::Deserialize>::deserialize(bare).is_ok()
                };
                let names: Vec<&str> = Self::NAMES.iter().copied().filter(may_be_bare).collect();
                let mut forms = vec![serde_json::json!({"enum": names})];
                $({
                    let config = generator.subschema_for::<$module::Config>();
                    forms.push(serde_json::json!({
                        "type": "object",
                        "description": $module::INFO.summary,
                        "properties": {$module::INFO.name: config},
                        "required": [$module::INFO.name],
                        "additionalProperties": false,
                    }));
                })+
                schemars::json_schema!({"anyOf": forms})
            }
        }
    };
}

pub(super) use rules;
