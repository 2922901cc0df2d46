//! What a rule without parameters consists of.

/// Makes the `INFO` and the empty `Config` of a rule over a scheme without parameters.
macro_rules! plain {
    (name: $name:literal, hue: $hue:ident, scheme: $scheme:ident, summary: $summary:literal $(,)?) => {
        /// What people are told of it.
        pub const INFO: $crate::policy::Info =
            $crate::policy::Info { name: $name, summary: $summary, hue: $crate::policy::Hue::$hue };

        /// It has no parameters.
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(deny_unknown_fields)]
        pub struct Config {}

        impl Config {
            /// Nothing can be out of range.
            pub(super) const fn validate(self) -> Vec<$crate::policy::Fault> {
                Vec::new()
            }

            pub(super) const fn scheme(self) -> $crate::routing::SchemeConfig {
                $crate::routing::SchemeConfig::$scheme
            }
        }
    };
}

pub(super) use plain;
