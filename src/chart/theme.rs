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
    /// Load over fair share, in classes from 0 (far below) over 4 (fair) to 8 (far above).
    Diverging(u8),
    /// More of something, in classes from 0 (little) to 5 (most).
    Sequential(u8),
}

impl Role {
    /// Every role, each with a colour that no other role of its theme has but for a policy's
    /// marks and words, which may share one.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = [Self::Ground, Self::Ink, Self::Muted, Self::Axis, Self::Grid, Self::Alert];
        let hues = [Hue::Baseline, Hue::Ring, Hue::Bounded, Hue::Gateway, Hue::Other];
        plain
            .into_iter()
            .chain(hues.map(Self::Mark))
            .chain(hues.map(Self::Words))
            .chain((0..9).map(Self::Diverging))
            .chain((0..6).map(Self::Sequential))
    }
}

const DIVERGING_LIGHT: [u32; 9] = [
    0x1A_4F_9C, 0x3F_7C_C4, 0x84_B0_DF, 0xC4_DA_EF, 0xF1_F1_EE, 0xF8_D3_B0, 0xEE_9E_5F, 0xCF_64_20,
    0x8F_3A_06,
];

/// Its middle sinks into the ground.
const DIVERGING_DARK: [u32; 9] = [
    0xA9_D0_FF, 0x6F_A9_F2, 0x44_79_BE, 0x2B_4A_74, 0x23_2A_34, 0x61_40_1F, 0x9C_5C_1F, 0xD9_82_2F,
    0xFF_BE_7D,
];

const SEQUENTIAL_LIGHT: [u32; 6] =
    [0xEA_F2_FB, 0xBF_D8_F2, 0x86_B4_E3, 0x4C_87_C9, 0x21_5A_9E, 0x0E_35_66];

const SEQUENTIAL_DARK: [u32; 6] =
    [0x16_20_2E, 0x1D_3A_5F, 0x2A_5A_96, 0x4A_86_D0, 0x86_B8_F0, 0xD3_E7_FF];

/// The colour of a class; classes beyond the last are the last.
const fn class(classes: &[u32], index: u8) -> u32 {
    let last = classes.len() - 1;
    let index = index as usize;
    classes[if index < last { index } else { last }]
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
        Role::Diverging(index) => class(&DIVERGING_LIGHT, index),
        Role::Sequential(index) => class(&SEQUENTIAL_LIGHT, index),
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
        Role::Diverging(index) => class(&DIVERGING_DARK, index),
        Role::Sequential(index) => class(&SEQUENTIAL_DARK, index),
    }
}
