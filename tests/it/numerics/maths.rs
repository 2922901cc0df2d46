//! Quantiles and special functions against values of forty digits (mpmath 1.3).

use proptest::prelude::*;
use ringstorm::engine::math::{exp, gamma_p, ln, normal_cdf, normal_quantile};

use super::agree;

/// (u, quantile of the standard normal).
const NORMAL_QUANTILES: [(f64, f64); 10] = [
    (1.0e-300, -37.047_096_299_361_2),
    (1.0e-16, -8.222_082_216_130_435),
    (1.0e-12, -7.034_483_825_301_132),
    (1.0e-6, -4.753_424_308_822_899),
    (0.0249, -1.961_677_869_063_786),
    (0.075, -1.439_531_470_938_456),
    (0.3, -0.524_400_512_708_040_8),
    (0.925, 1.439_531_470_938_456_1),
    (0.975, 1.959_963_984_540_053_8),
    (0.999_999, 4.753_424_308_817_087),
];

/// (shape, x, regularised lower incomplete gamma function).
const INCOMPLETE_GAMMAS: [(f64, f64, f64); 10] = [
    (0.5, 0.1, 0.345_279_153_981_423),
    (1.0, 1.0, 0.632_120_558_828_557_7),
    (2.0, 0.001, 4.996_667_916_333_403e-7),
    (2.0, 5.0, 0.959_572_318_005_487_1),
    (3.0, 3.0, 0.576_809_918_873_156_5),
    (11.0, 2.0, 8.308_224_368_484_213e-6),
    (11.0, 30.0, 0.999_977_651_224_261_5),
    (1001.0, 900.0, 0.000_490_632_732_857_593_9),
    (1001.0, 1001.0, 0.504_203_143_110_555_8),
    (1001.0, 1100.0, 0.998_824_769_431_863_5),
];

/// (x, e to the power of x).
const EXPONENTIALS: [(f64, f64); 10] = [
    (-699.5, 1.625_585_843_991_985_8e-304),
    (-36.7, 1.151_840_949_307_609_7e-16),
    (-7.25, 0.000_710_174_388_842_549),
    (-0.346_573_59, 0.707_106_781_384_518_1),
    (0.1, 1.105_170_918_075_647_7),
    (0.5, 1.648_721_270_700_128_2),
    (8.2, 3_640.950_307_332_352),
    (64.3, 8.416_570_903_282_957e27),
    (699.5, 6.151_628_372_601_221e303),
    (709.0, 8.218_407_461_554_972e307),
];

#[test]
fn exponentials_are_right_to_the_last_digit() {
    for (x, expected) in EXPONENTIALS {
        let measured = exp(x);
        assert!(agree(measured, expected, f64::EPSILON), "at {x}: {measured}, {expected}");
    }
    assert!(exp(0.0) == 1.0 && exp(-0.0) == 1.0);
    assert!(exp(-800.0) == 0.0 && exp(f64::NEG_INFINITY) == 0.0);
    assert!(exp(800.0).is_infinite() && exp(f64::INFINITY).is_infinite());
    assert!(exp(f64::NAN).is_nan());
}

#[test]
fn normal_quantiles_are_right_to_the_last_digits() {
    for (u, expected) in NORMAL_QUANTILES {
        let measured = normal_quantile(u);
        assert!(agree(measured, expected, 1e-15), "at {u}: {measured}, expected {expected}");
    }
    assert!(normal_quantile(0.5) == 0.0);
}

#[test]
fn incomplete_gammas_are_right_to_twelve_digits() {
    for (shape, x, expected) in INCOMPLETE_GAMMAS {
        let measured = gamma_p(shape, x);
        assert!(agree(measured, expected, 1e-12), "P({shape}, {x}): {measured}, {expected}");
    }
    assert!(gamma_p(2.0, 0.0) == 0.0 && gamma_p(2.0, f64::INFINITY) == 1.0);
}

proptest! {
    #![proptest_config(super::seeded())]

    #[test]
    fn logarithms_are_those_of_libm_bit_for_bit(bits in any::<u64>(), unit in 0.0..1.0_f64) {
        for x in [f64::from_bits(bits), unit, 1.0 - unit, 1.0 + unit] {
            let (ours, theirs) = (ln(x), libm::log(x));
            prop_assert!(ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan());
        }
    }

    /// Both are within a unit of the last place.
    #[test]
    fn exponentials_are_those_of_libm(x in -700.0..700.0_f64, small in -5.0..5.0_f64) {
        prop_assert!(agree(exp(x), libm::exp(x), 2.0 * f64::EPSILON));
        prop_assert!(agree(exp(small), libm::exp(small), 2.0 * f64::EPSILON));
    }

    /// The quantile's error of 1e-16 times its slope in the tails, where the
    /// distribution function is steepest in relative terms: |z| phi(z) / Phi(z) < 100.
    #[test]
    fn the_normal_quantile_inverts_the_distribution_function(u in 1e-12..1.0_f64) {
        prop_assume!(u < 1.0);
        prop_assert!(agree(normal_cdf(normal_quantile(u)), u, 1e-13));
    }

    #[test]
    fn normal_quantiles_are_symmetric(k in 1_u32..1 << 20) {
        // Multiples of 2^-21, so that both shares are exact.
        let u = f64::from(k) / f64::from(1 << 21);
        prop_assert!(normal_quantile(u) == -normal_quantile(1.0 - u));
    }
}
