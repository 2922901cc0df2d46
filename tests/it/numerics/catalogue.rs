//! Cases D-exp, D-logn, D-weib, D-par and D-h2 of the validation catalogue
//! (`tests/data/distributions.json`): values of ten digits from elementary integrals,
//! the equilibrium being (1 / mean) times the integral of the survival.

use ringstorm::engine::Distribution;
use serde_json::Value;

use super::{DRAWS, agree, draws};

/// One row of the catalogue.
struct Case {
    id: String,
    law: Distribution,
    expected: Value,
}

/// Where the probabilities are taken, in means, as the catalogue writes them.
const MEANS: [(&str, f64); 5] = [("0.1", 0.1), ("0.5", 0.5), ("1", 1.0), ("3", 3.0), ("10", 10.0)];

/// Parameters and values have ten digits; the steepest dependence is tenfold.
const TEN_DIGITS: f64 = 1e-8;

/// Two-sided normal quantile at alpha 1e-4.
const Z: f64 = 3.8906;

impl Case {
    fn number(&self, name: &str) -> f64 {
        self.expected[name].as_f64().unwrap()
    }

    /// (seconds, probability of more, probability of a residual of at most) at each of [`MEANS`].
    fn probabilities(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        MEANS.iter().map(|(text, means)| {
            let survival = self.number(&format!("sf_at_{text}_mean"));
            let equilibrium = self.number(&format!("equilibrium_cdf_at_{text}_mean"));
            (means * self.number("mean"), survival, equilibrium)
        })
    }
}

fn cases() -> Vec<Case> {
    let rows: Value = serde_json::from_str(include_str!("../../data/distributions.json")).unwrap();
    let rows = rows.as_array().unwrap();
    let case = |row: &Value| Case {
        id: row["id"].as_str().unwrap().to_owned(),
        law: law(&row["params"]),
        expected: row["expected"].clone(),
    };
    let cases: Vec<Case> = rows.iter().map(case).collect();
    assert_eq!(cases.len(), 5);
    cases
}

fn law(params: &Value) -> Distribution {
    let number = |name: &str| params[name].as_f64().unwrap();
    match params["kind"].as_str().unwrap() {
        "exponential" => Distribution::Exponential { mean: number("mean") },
        "lognormal" => Distribution::LogNormal { median: number("median"), sigma: number("sigma") },
        "weibull" => Distribution::Weibull { scale: number("scale"), shape: number("shape") },
        "pareto" => Distribution::Pareto { scale: number("minimum"), shape: number("alpha") },
        "h2" => {
            let first = number("p1");
            let means = (1.0 / number("rate1"), 1.0 / number("rate2"));
            Distribution::HyperExponential {
                branches: vec![(first, means.0), (1.0 - first, means.1)],
            }
        }
        other => panic!("the catalogue has a new kind: {other}"),
    }
}

#[test]
fn closed_forms_give_the_values_of_the_catalogue() {
    for case in cases() {
        let Case { id, law, .. } = &case;
        assert_eq!(law.validate(), Ok(()), "{id}");
        assert!(agree(law.mean_secs(), case.number("mean"), TEN_DIGITS), "{id}: mean");
        assert!(agree(law.cdf(case.number("median")), 0.5, TEN_DIGITS), "{id}: median");
        assert!(agree(law.cdf(case.number("p99")), 0.99, TEN_DIGITS), "{id}: p99");
        for (secs, survival, equilibrium) in case.probabilities() {
            let measured = 1.0 - law.cdf(secs);
            assert!(agree(measured, survival, TEN_DIGITS), "{id}: survival {measured}");
            let measured = law.equilibrium_cdf(secs);
            assert!(agree(measured, equilibrium, TEN_DIGITS), "{id}: equilibrium {measured}");
        }
    }
}

/// The number of `values` of at most `secs` is binomial; the half is for its steps.
fn is_share(values: &[f64], secs: f64, probability: f64) -> bool {
    let count = values.len() as f64;
    let met = values.iter().filter(|&&value| value <= secs).count() as f64;
    let sd = (count * probability * (1.0 - probability)).sqrt();
    (met - count * probability).abs() <= Z * sd + 0.5
}

#[test]
fn samples_and_residuals_fall_where_the_catalogue_says() {
    for (number, case) in (400..).zip(cases()) {
        let Case { id, law, .. } = &case;
        let samples: Vec<f64> = draws(number).map(|draw| law.sample(draw).as_secs_f64()).collect();
        let residuals: Vec<f64> =
            draws(number + 100).map(|draw| law.residual(draw).as_secs_f64()).collect();
        assert!(is_share(&samples, case.number("median"), 0.5), "{id}: median");
        assert!(is_share(&samples, case.number("p99"), 0.99), "{id}: p99");
        for (secs, survival, equilibrium) in case.probabilities() {
            assert!(is_share(&samples, secs, 1.0 - survival), "{id}: samples up to {secs} s");
            assert!(is_share(&residuals, secs, equilibrium), "{id}: residuals up to {secs} s");
        }
    }
}

/// Not the Pareto: without a third moment, no normal error of the mean (the catalogue's note).
#[test]
fn mean_samples_and_mean_residuals_are_those_of_the_catalogue() {
    for (number, case) in (600..).zip(cases()).filter(|(_, case)| case.id != "D-par") {
        let Case { id, law, .. } = &case;
        let count = DRAWS as f64;
        let measured = draws(number).map(|draw| law.sample_secs(draw)).sum::<f64>() / count;
        let error = Z * case.number("sd") / count.sqrt();
        assert!((measured - case.number("mean")).abs() <= error, "{id}: mean {measured}");
        let residuals: Vec<f64> = draws(number + 100).map(|draw| law.residual_secs(draw)).collect();
        let measured = residuals.iter().sum::<f64>() / count;
        let squares: f64 = residuals.iter().map(|secs| (secs - measured).powi(2)).sum();
        let error = Z * (squares / count / count).sqrt();
        let expected = case.number("mean_residual");
        assert!((measured - expected).abs() <= error, "{id}: mean residual {measured}");
    }
}
