//! Connected populations with instant handshakes: M/G/infinity.

use serde_json::{Value, json};

use super::special;
use super::support::{
    Scenario, at_step, burst, chi_square_of, expected, exponential, mean_ci, poisson, secs,
};
use ringstorm::stats::SeriesId;

fn population(rate: f64, presence: &Value, step: f64, steps: u32) -> Scenario {
    Scenario::new(step * f64::from(steps))
        .set("clients.arrivals", poisson(rate))
        .set("clients.presence", presence.clone())
        .set("sample_every", secs(step))
        .set("replications", 200)
}

fn weibull() -> Value {
    json!({"weibull": {"scale": "30s", "shape": 0.5}})
}

fn lognormal() -> Value {
    json!({"lognormal": {"mean": "60s", "cv": 2}})
}

/// Case, rate, presence and its mean, and when to look: in mean presences and in steps of a
/// quarter of one.
type Case = (&'static str, f64, Value, f64, Vec<(&'static str, usize)>);

fn cases() -> Vec<Case> {
    let early = [("0.25", 1), ("0.5", 2), ("1", 4), ("2", 8)];
    let with = |last| early.into_iter().chain([last]).collect::<Vec<_>>();
    vec![
        ("Q-MMinf-a", 10.0, exponential(60.0), 60.0, with(("3", 12))),
        ("Q-MMinf-b", 100.0, exponential(10.0), 10.0, with(("3", 12))),
        ("Q-MGinf-a", 10.0, weibull(), 60.0, with(("5", 20))),
        ("Q-MGinf-b", 10.0, lognormal(), 60.0, with(("5", 20))),
        ("Q-MGinf-c", 10.0, json!("60s"), 60.0, with(("5", 20))),
    ]
}

#[test]
fn an_empty_cluster_fills_as_the_law_of_presence_says_q_mminf_q_mginf() {
    for (id, rate, presence, mean, times) in cases() {
        let steps = times.last().map_or(1, |time| time.1);
        let runs = population(rate, &presence, mean / 4.0, steps as u32).run(|run| {
            times.iter().map(|time| at_step(run, SeriesId::Connected, time.1)).collect::<Vec<_>>()
        });
        let names: Vec<String> =
            times.iter().map(|(time, _)| format!("mean_at_{time}T_from_empty")).collect();
        let quantities: Vec<(&str, f64, Vec<f64>)> = names
            .iter()
            .enumerate()
            .map(|(index, name)| {
                (name.as_str(), expected(id, name), runs.iter().map(|run| run[index]).collect())
            })
            .collect();
        mean_ci(id, None, &quantities);
        for (name, mean, sample) in quantities {
            let sample: Vec<u64> = sample.iter().map(|connected| *connected as u64).collect();
            chi_square_of(&format!("{id} {name}"), &sample, &special::poisson(mean, 2_000));
        }
    }
}

/// Whoever is connected at the start has been for a while: with residual lives the mean
/// stays where it is from the first instant on, whatever the law.
#[test]
fn a_cluster_that_starts_in_equilibrium_stays_there_q_mginf() {
    for (id, _, presence, mean, times) in cases() {
        let population_mean = expected(id, "mean");
        let steps = times.last().map_or(1, |time| time.1);
        let runs = population(1.0, &presence, mean / 4.0, steps as u32)
            .set("clients.connected", population_mean as u64)
            .set("clients.arrivals", json!({"poisson": {"rate": "steady"}}))
            .run(|run| {
                times
                    .iter()
                    .map(|time| at_step(run, SeriesId::Connected, time.1))
                    .collect::<Vec<_>>()
            });
        let quantities: Vec<(&str, f64, Vec<f64>)> = times
            .iter()
            .enumerate()
            .map(|(index, (name, _))| {
                (*name, population_mean, runs.iter().map(|run| run[index]).collect())
            })
            .collect();
        mean_ci(id, None, &quantities);
    }
}

/// The same numbers who all come at time 0 are fresh, and their number is another one for a long while.
#[test]
fn fresh_clients_are_not_an_equilibrium_q_mginf() {
    for (id, rate, presence, mean, _) in cases().split_off(2) {
        let times = [("0.25", 1), ("1", 4), ("5", 20)];
        let runs = population(rate, &presence, mean / 4.0, 20)
            .set("clients.arrivals", json!([burst(600), poisson(rate)]))
            .run(|run| times.map(|time| at_step(run, SeriesId::Connected, time.1)));
        let names =
            times.map(|(time, _)| format!("mean_at_{time}T_if_started_with_600_FRESH_sessions"));
        let quantities: Vec<(&str, f64, Vec<f64>)> = names
            .iter()
            .enumerate()
            .map(|(index, name)| {
                (name.as_str(), expected(id, name), runs.iter().map(|run| run[index]).collect())
            })
            .collect();
        mean_ci(id, None, &quantities);
    }
}
