//! Uniform bits that the caller passes in, turned into choices.
//!
//! The library has no generator: whoever calls passes 64 uniform bits with each
//! pick, so that a simulation can repeat it and a server can use what it has.

/// A whole number below `bound`, uniform if `chance` is; 0 for a bound of 0.
///
/// The high half of a product (Lemire, "Fast Random Integer Generation in an Interval",
/// 2019) without its rejection: the bias is below `bound` / 2^64.
pub(super) const fn below(chance: u64, bound: u64) -> u64 {
    ((chance as u128 * bound as u128) >> 64) as u64
}

/// [`below`] for bounds above 64 bits.
pub(super) const fn below_wide(chance: u64, bound: u128) -> u128 {
    let chance = chance as u128;
    let low = bound & (u64::MAX as u128);
    chance * (bound >> 64) + ((chance * low) >> 64)
}

/// The `index`th further 64 bits that follow from `chance` alone.
pub(super) const fn again(chance: u64, index: u64) -> u64 {
    mix(chance.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

/// A bijection of 64 bits with full avalanche.
///
/// Source: moremur (P. Evensen, "Stronger, better, morer, Moremur", 2019), a better
/// finaliser for `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014).
pub(super) const fn mix(mut x: u64) -> u64 {
    x ^= x >> 27;
    x = x.wrapping_mul(0x3C79_AC49_2BA7_B653);
    x ^= x >> 33;
    x = x.wrapping_mul(0x1C69_B3F7_4AC4_AE35);
    x ^ (x >> 27)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_below_a_bound_covers_it_from_end_to_end() {
        assert_eq!(below(0, 7), 0);
        assert_eq!(below(u64::MAX, 7), 6);
        assert_eq!(below(u64::MAX, 0), 0);
        assert_eq!(below(1 << 63, 7), 3);
    }

    #[test]
    fn wide_choices_agree_with_narrow_ones_and_reach_further() {
        for chance in [0, 1, 1 << 40, 1 << 63, u64::MAX] {
            for bound in [0, 1, 7, u64::MAX] {
                assert_eq!(below_wide(chance, u128::from(bound)), u128::from(below(chance, bound)));
            }
        }
        assert_eq!(below_wide(1 << 63, 1 << 127), 1 << 126);
        assert!(below_wide(u64::MAX, u128::MAX) > u128::MAX - (1 << 65));
    }
}
