//! Ranges of parameters, and distributions in words.

use ringstorm::engine::{Distribution, SimDuration};

use super::every_law;

fn hyper(branches: &[(f64, f64)]) -> Distribution {
    Distribution::HyperExponential { branches: branches.to_vec() }
}

fn quantiles(points: &[(f64, f64)]) -> Distribution {
    Distribution::Quantiles { points: points.to_vec() }
}

#[test]
fn parameters_in_range_are_accepted() {
    for (name, law) in every_law() {
        assert_eq!(law.validate(), Ok(()), "{name}");
    }
    // A jump: an eighth of all take exactly 2 s.
    let jump = quantiles(&[(0.0, 1.0), (0.5, 2.0), (0.625, 2.0), (1.0, 3.0)]);
    assert_eq!(jump.validate(), Ok(()));
    assert_eq!(Distribution::LogNormal { median: 1.0, sigma: 0.0 }.validate(), Ok(()));
}

#[test]
fn a_parameter_out_of_range_is_named_with_its_value_and_range() {
    let time = "more than 0 s, at most 3155760000 s (100 years)";
    let any_time = "0 to 3155760000 s (100 years)";
    let (nan, infinite) = (f64::NAN, f64::INFINITY);
    let cases = [
        (Distribution::Exponential { mean: 0.0 }, "mean", "exponential", "0", time),
        (Distribution::Exponential { mean: nan }, "mean", "exponential", "NaN", time),
        (Distribution::Exponential { mean: infinite }, "mean", "exponential", "inf", time),
        (Distribution::Uniform { min: -1.0, max: 1.0 }, "min", "uniform", "-1", any_time),
        (Distribution::Uniform { min: 2.0, max: 1.0 }, "max", "uniform", "1", "at least `min`"),
        (Distribution::LogNormal { median: -2.0, sigma: 1.0 }, "median", "lognormal", "-2", time),
        (
            Distribution::LogNormal { median: 2.0, sigma: -0.5 },
            "sigma",
            "lognormal",
            "-0.5",
            "0 to 10",
        ),
        (Distribution::Weibull { scale: 1.0, shape: 0.0 }, "shape", "weibull", "0", "0.1 to 100"),
        (Distribution::Pareto { scale: 0.0, shape: 2.0 }, "scale", "pareto", "0", time),
        (Distribution::Pareto { scale: 1.0, shape: nan }, "shape", "pareto", "NaN", "0.1 to 100"),
        (Distribution::Erlang { mean: 1.0, k: 0 }, "k", "erlang", "0", "1 to 1000"),
        (Distribution::Erlang { mean: 1.0, k: 1_001 }, "k", "erlang", "1001", "1 to 1000"),
        (hyper(&[]), "means", "hyperexponential", "0", "at least one"),
        (hyper(&[(0.5, 1.0), (0.25, 1.0)]), "weights", "hyperexponential", "0.75", "a sum of 1"),
        (hyper(&[(1.5, 1.0)]), "weights[0]", "hyperexponential", "1.5", "0 to 1"),
        (hyper(&[(0.5, 1.0), (0.5, 0.0)]), "means[1]", "hyperexponential", "0", time),
        (quantiles(&[(0.0, 1.0)]), "points", "quantiles", "1", "at least two"),
        (quantiles(&[]), "points", "quantiles", "0", "at least two"),
        (
            quantiles(&[(0.1, 1.0), (1.0, 2.0)]),
            "probability[0]",
            "quantiles",
            "0.1",
            "0 for the first",
        ),
        (
            quantiles(&[(0.0, 1.0), (0.9, 2.0)]),
            "probability[1]",
            "quantiles",
            "0.9",
            "1 for the last",
        ),
        (
            quantiles(&[(0.0, 1.0), (0.5, 3.0), (1.0, 2.0)]),
            "seconds[2]",
            "quantiles",
            "2",
            "no less than the one before",
        ),
        (
            quantiles(&[(0.0, 1.0), (0.5, 2.0), (0.5, 2.0), (1.0, 3.0)]),
            "probability[2]",
            "quantiles",
            "0.5",
            "more than the one before",
        ),
    ];
    for (law, parameter, distribution, value, expected) in cases {
        let message = law.validate().unwrap_err().to_string();
        let wanted = format!(
            "`{parameter}` of the {distribution} distribution is {value}: expected {expected}"
        );
        assert_eq!(message, wanted);
    }
}

#[test]
fn samples_may_come_in_any_order_and_are_kept_with_their_sums() {
    let law = Distribution::from_samples(vec![3.0, 1.0, 2.0]).unwrap();
    let Distribution::Samples { values, cumulative } = law else { panic!("not samples") };
    assert_eq!((&values[..], &cumulative[..]), (&[1.0, 2.0, 3.0][..], &[1.0, 3.0, 6.0][..]));
}

#[test]
fn a_bad_sample_is_named_by_its_place_as_given() {
    let error = Distribution::from_samples(vec![3.0, f64::NAN, 2.0]).unwrap_err();
    assert_eq!(error.name(), "samples[1]");
    let error = Distribution::from_samples(vec![3.0, 2.0, -1.0]).unwrap_err();
    assert_eq!((error.name(), error.value), ("samples[2]".into(), -1.0));
    assert!(Distribution::from_samples(Vec::new()).is_err());
}

#[test]
fn a_distribution_says_what_it_is() {
    let said = |law: Distribution| law.to_string();
    let constant = |nanos| said(Distribution::Constant(SimDuration::from_nanos(nanos)));
    assert_eq!(constant(0), "constant 0 s");
    assert_eq!(constant(7), "constant 7 ns");
    assert_eq!(constant(90_000_000_000), "constant 1.5 min");
    assert_eq!(constant(250_000), "constant 250 us");
    assert_eq!(said(Distribution::Exponential { mean: 1_800.0 }), "exponential, mean 30 min");
    assert_eq!(said(Distribution::Uniform { min: 0.0, max: 5.0 }), "uniform, 0 s to 5 s");
    assert_eq!(
        said(Distribution::LogNormal { median: 0.04, sigma: 0.5 }),
        "log-normal, median 40 ms, sigma 0.5"
    );
    assert_eq!(
        said(Distribution::Weibull { scale: 172_800.0, shape: 0.5 }),
        "Weibull, scale 2 d, shape 0.5"
    );
    assert_eq!(
        said(Distribution::Pareto { scale: 1.0 / 3.0, shape: 2.5 }),
        "Pareto, minimum 333.3 ms, shape 2.5"
    );
    assert_eq!(said(Distribution::Erlang { mean: 7_200.0, k: 3 }), "Erlang, mean 2 h, 3 phases");
    assert_eq!(said(hyper(&[(0.5, 1.0), (0.5, 3.0)])), "hyperexponential, mean 2 s, 2 branches");
    assert_eq!(said(quantiles(&[(0.0, 0.035), (1.0, 0.2)])), "from quantiles, 35 ms to 200 ms");
    let samples = Distribution::from_samples(vec![1.0, 2.0]).unwrap();
    assert_eq!(said(samples), "one of 2 samples, mean 1.5 s");
}
