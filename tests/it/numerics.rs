//! Quantities, portable mathematics and distributions.
#![allow(clippy::float_cmp, reason = "what is exact is tested to be exact")]
#![allow(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

mod catalogue; // the distributions of the validation catalogue, number by number
mod golden; // samples that never change
mod laws; // every distribution against its own closed forms and slow integration
mod maths; // quantiles and special functions against forty-digit values
mod oracle; // samples against those of another library
mod parameters; // ranges, messages and words
mod units; // quantities in text and JSON

use proptest::test_runner::{Config, RngSeed};
use ringstorm::engine::{Distribution, Draw, Draws, Purpose, SimDuration};

/// Kolmogorov's critical value at alpha 1e-4: D above it over the root of n is an error.
const KOLMOGOROV: f64 = 2.2253;

/// How many draws a test of a law takes.
const DRAWS: u64 = 100_000;

/// The draws of one test; another `purpose` gives unrelated ones.
fn draws(purpose: u16) -> impl Iterator<Item = Draw> {
    let draws = Draws::new(20, 3);
    (0..DRAWS).map(move |entity| draws.at(Purpose::new(purpose), entity, 0))
}

/// One or more of each kind of distribution, with a name for messages.
fn every_law() -> Vec<(&'static str, Distribution)> {
    let quantiles =
        Distribution::Quantiles { points: vec![(0.0, 0.0), (0.5, 0.035), (0.9, 0.08), (1.0, 0.4)] };
    let samples = Distribution::from_samples(vec![3.0, 0.5, 0.5, 8.0, 1.25]).unwrap();
    vec![
        ("constant", Distribution::Constant(SimDuration::from_millis(250))),
        ("exponential", Distribution::Exponential { mean: 2.0 }),
        ("uniform from 0", Distribution::Uniform { min: 0.0, max: 3.0 }),
        ("uniform", Distribution::Uniform { min: 1.0, max: 1.5 }),
        ("log-normal", Distribution::LogNormal { median: 0.04, sigma: 0.5 }),
        ("wide log-normal", Distribution::LogNormal { median: 30.0, sigma: 1.25 }),
        ("falling Weibull", Distribution::Weibull { scale: 30.0, shape: 0.5 }),
        ("rising Weibull", Distribution::Weibull { scale: 30.0, shape: 2.5 }),
        ("Pareto", Distribution::Pareto { scale: 6.0, shape: 2.5 }),
        ("one-phase Erlang", Distribution::Erlang { mean: 3.0, k: 1 }),
        ("Erlang", Distribution::Erlang { mean: 3.0, k: 40 }),
        (
            "hyperexponential",
            Distribution::HyperExponential { branches: vec![(0.7, 0.5), (0.1, 8.0), (0.2, 1.0)] },
        ),
        ("quantiles", quantiles),
        ("samples", samples),
    ]
}

/// The greatest distance between the empirical distribution function of `values` and
/// `cdf`, with jumps of `cdf` allowed.
fn kolmogorov_distance(mut values: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let mut distance: f64 = 0.0;
    let mut below = 0.0;
    for group in values.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
        let value = group[0];
        distance = distance.max((cdf(value.next_down()) - below / count).abs());
        below += group.len() as f64;
        distance = distance.max((cdf(value) - below / count).abs());
    }
    distance
}

/// Whether two numbers agree to a relative error.
fn agree(measured: f64, expected: f64, relative: f64) -> bool {
    (measured - expected).abs() <= relative * expected.abs()
}

/// The same 256 cases each time; a case that was once found wrong becomes a test by name.
fn seeded() -> Config {
    Config { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() }
}
