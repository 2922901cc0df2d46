//! Colours by role, for light and for dark pages.
//!
//! The marks of the five hues and alert were chosen for the greatest least
//! distance in `OKLab` under normal, deuteran, protan and tritan sight
//! (Machado 2009, severity 1). Colour never carries a meaning alone: each panel
//! is also named, and each mark labelled or described.

use crate::policy::Hue;

/// The page a chart is drawn for. Both have an opaque ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on white.
    Light,
    /// Light ink on near black.
    Dark,
}

/// What a colour is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The page itself; also the halo of labels that lie on data.
    Ground,
    /// Titles, new servers, reference lines.
    Ink,
    /// Secondary text.
    Muted,
    /// Axis lines, ticks and event rules.
    Axis,
    /// Grid lines, meant to be barely seen.
    Grid,
    /// Rejected, lost, never recovers. Never a policy.
    Alert,
    /// Lines and areas of a policy.
    Mark(Hue),
    /// Text in a policy's colour.
    Words(Hue),
}

impl Theme {
    /// The colour of a role as 0xRRGGBB.
    pub const fn colour(self, role: Role) -> u32 {
        match self {
            Self::Light => light(role),
            Self::Dark => dark(role),
        }
    }

    /// The colour of a role as `#RRGGBB`.
    pub fn hex(self, role: Role) -> String {
        format!("#{:06X}", self.colour(role))
    }
}

const fn light(role: Role) -> u32 {
    match role {
        Role::Ground => 0xFF_FF_FF,
        Role::Ink => 0x14_18_1F,
        Role::Muted => 0x5A_62_70,
        Role::Axis => 0x8C_94_A0,
        Role::Grid => 0xE4_E7_EB,
        Role::Alert => 0x80_0B_1B,
        Role::Mark(Hue::Baseline) | Role::Words(Hue::Baseline) => 0x61_64_70,
        Role::Mark(Hue::Ring) | Role::Words(Hue::Ring) => 0x2E_68_E1,
        Role::Mark(Hue::Bounded) => 0x19_A7_94,
        Role::Words(Hue::Bounded) => 0x0C_7B_6C,
        Role::Mark(Hue::Gateway) => 0xCC_67_01,
        Role::Words(Hue::Gateway) => 0xA8_54_00,
        Role::Mark(Hue::Other) | Role::Words(Hue::Other) => 0x53_25_85,
    }
}

const fn dark(role: Role) -> u32 {
    match role {
        Role::Ground => 0x10_15_1C,
        Role::Ink => 0xE8_EB_F0,
        Role::Muted => 0xA0_A8_B5,
        Role::Axis => 0x5D_66_73,
        Role::Grid => 0x26_2D_38,
        Role::Alert => 0xE5_48_4D,
        Role::Mark(Hue::Baseline) | Role::Words(Hue::Baseline) => 0x8A_8E_9B,
        Role::Mark(Hue::Ring) | Role::Words(Hue::Ring) => 0x4F_7B_F0,
        Role::Mark(Hue::Bounded) | Role::Words(Hue::Bounded) => 0x84_DD_BF,
        Role::Mark(Hue::Gateway) | Role::Words(Hue::Gateway) => 0xED_8B_0E,
        Role::Mark(Hue::Other) | Role::Words(Hue::Other) => 0xD1_92_FF,
    }
}
