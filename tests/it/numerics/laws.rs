//! Every distribution against its own closed forms, and those against slow integration.

use proptest::prelude::*;
use ringstorm::engine::math::{exp_m1, ln_1p};
use ringstorm::engine::{Distribution, Draw, SimDuration};

use super::{DRAWS, KOLMOGOROV, agree, draws, every_law, kolmogorov_distance};

#[test]
fn samples_follow_the_distribution_function() {
    for (number, (name, law)) in (100..).zip(every_law()) {
        let values = draws(number).map(|draw| law.sample_secs(draw)).collect();
        let distance = kolmogorov_distance(values, |secs| law.cdf(secs));
        assert!(distance < KOLMOGOROV / (DRAWS as f64).sqrt(), "{name}: {distance}");
    }
}

#[test]
fn residuals_follow_the_equilibrium_distribution() {
    for (number, (name, law)) in (200..).zip(every_law()) {
        let values = draws(number).map(|draw| law.residual_secs(draw)).collect();
        let distance = kolmogorov_distance(values, |secs| law.equilibrium_cdf(secs));
        assert!(distance < KOLMOGOROV / (DRAWS as f64).sqrt(), "{name}: {distance}");
    }
}

/// The integral of `f` from 0 to `end` by the midpoint rule over `steps`, which is even
/// in the logarithm of 1 + x / unit, so that heads and tails are both met finely.
fn integral(f: impl Fn(f64) -> f64, unit: f64, end: f64, steps: u32) -> f64 {
    let width = ln_1p(end / unit) / f64::from(steps);
    let place = |step: f64| unit * exp_m1(step * width);
    (0..steps)
        .map(|step| {
            let step = f64::from(step);
            f(place(step + 0.5)) * (place(step + 1.0) - place(step))
        })
        .sum()
}

/// The oracle knows the distribution function alone: the mean is the integral of the
/// survival, and the equilibrium distribution its share up to a place. A jump costs up to
/// the width of one of the 20,000 steps: 20 / 20,000 of a place, so 1e-3.
#[test]
fn means_and_equilibria_are_integrals_of_the_survival() {
    for (name, law) in every_law() {
        let mean = law.mean_secs();
        let survival = |secs: f64| 1.0 - law.cdf(secs);
        // The tail beyond 1e8 means is below 1e-12 of a mean for each law here.
        let whole = integral(survival, mean, 1e8 * mean, 20_000);
        assert!(agree(whole, mean, 1e-3), "{name}: mean {mean}, integral {whole}");
        for means in [0.01, 0.1, 0.5, 0.9, 1.1, 2.0, 5.0] {
            let end = means * mean;
            let expected = integral(survival, mean, end, 20_000) / mean;
            let measured = law.equilibrium_cdf(end);
            assert!(agree(measured, expected, 1e-4), "{name} at {end}: {measured}, {expected}");
        }
    }
}

#[test]
fn distribution_functions_rise_from_0_to_1() {
    for (name, law) in every_law() {
        assert!(law.cdf(-1.0) == 0.0 && law.equilibrium_cdf(-1.0) == 0.0, "{name}");
        assert!(law.cdf(f64::INFINITY) == 1.0, "{name}");
        assert!(law.equilibrium_cdf(f64::INFINITY) == 1.0, "{name}");
        for cdf in [Distribution::cdf, Distribution::equilibrium_cdf] {
            let values: Vec<f64> = (0..2_000)
                .map(|step| cdf(&law, law.mean_secs() * 1e-3 * f64::from(step).powi(2) / 100.0))
                .collect();
            // A sum of rounded terms may fall by a few parts in 1e-13.
            assert!(values.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12), "{name}");
            assert!(values.iter().all(|value| (0.0..=1.0 + 1e-12).contains(value)), "{name}");
        }
    }
}

#[test]
fn a_sample_is_the_time_in_seconds_rounded_once() {
    for (number, (name, law)) in (300..).zip(every_law()) {
        for draw in draws(number).take(100) {
            let (time, secs) = (law.sample(draw), law.sample_secs(draw));
            assert_eq!(time, SimDuration::from_secs_f64(secs), "{name}");
            assert_eq!(law.residual(draw), SimDuration::from_secs_f64(law.residual_secs(draw)));
        }
    }
}

#[test]
fn the_extreme_draws_give_finite_times_that_are_not_negative() {
    for (name, law) in every_law() {
        for bits in [0, 1, 1 << 11, 1 << 12, u64::MAX / 2, u64::MAX - 1, u64::MAX] {
            let draw = Draw::from_bits(bits);
            for secs in [law.sample_secs(draw), law.residual_secs(draw)] {
                assert!(secs.is_finite() && secs >= 0.0, "{name}, draw {bits:#x}: {secs}");
            }
        }
    }
}

#[test]
fn what_is_left_of_an_infinite_mean_never_ends() {
    let law = Distribution::Pareto { scale: 1.0, shape: 1.0 };
    assert!(law.mean_secs().is_infinite());
    assert_eq!(law.residual(Draw::from_bits(1 << 63)), SimDuration::MAX);
    assert!(law.equilibrium_cdf(1e9) == 0.0);
}

#[test]
fn nothing_is_left_of_no_time() {
    let samples = Distribution::from_samples(vec![0.0, 0.0]).unwrap();
    let points = vec![(0.0, 0.0), (1.0, 0.0)];
    for law in [
        Distribution::Constant(SimDuration::ZERO),
        Distribution::Uniform { min: 0.0, max: 0.0 },
        Distribution::Quantiles { points },
        samples,
    ] {
        let draw = Draw::from_bits(u64::MAX);
        assert_eq!(law.validate(), Ok(()));
        assert_eq!((law.sample(draw), law.residual(draw)), (SimDuration::ZERO, SimDuration::ZERO));
        assert!(law.equilibrium_cdf(0.0) == 1.0);
    }
}

/// Laws of one uniform number, where common draws keep two policies in step.
fn monotone_laws() -> impl Iterator<Item = (&'static str, Distribution)> {
    every_law().into_iter().filter(|(_, law)| {
        !matches!(law, Distribution::Erlang { .. } | Distribution::HyperExponential { .. })
    })
}

proptest! {
    #![proptest_config(super::seeded())]

    #[test]
    fn a_greater_draw_never_gives_a_shorter_time(a: u64, b: u64) {
        let (low, high) = (Draw::from_bits(a.min(b)), Draw::from_bits(a.max(b)));
        for (name, law) in monotone_laws() {
            prop_assert!(law.sample(low) <= law.sample(high), "{name}");
        }
    }

    /// Neighbouring draws straddle the joints of the normal quantile, too.
    #[test]
    fn a_draw_one_step_up_is_shorter_by_rounding_at_most(
        place in prop_oneof![any::<u64>(), near(0.075), near(0.925), near(0.999_999_999_986_1)],
    ) {
        let (low, high) = (Draw::from_bits(place), Draw::from_bits(place.saturating_add(1 << 12)));
        for (name, law) in monotone_laws() {
            let (low, high) = (law.sample_secs(low), law.sample_secs(high));
            prop_assert!(low <= high * (1.0 + 1e-14), "{name}: {low}, {high}");
        }
    }
}

/// Draws whose unit is within 100 steps of `unit`.
fn near(unit: f64) -> impl Strategy<Value = u64> {
    let centre = (unit * 2.0_f64.powi(64)) as u64;
    (0_u64..200).prop_map(move |step| centre.saturating_add(step << 12).saturating_sub(100 << 12))
}
