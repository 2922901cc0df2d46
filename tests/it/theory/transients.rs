//! Queues that are not in equilibrium, and a closed population.

use serde_json::{Value, json};

use super::support::{Scenario, burst, chi_square_of, expected, passes, poisson, secs};
use ringstorm::observe::Observations;
use ringstorm::stats::SeriesId;

fn started_with(initial: u32, rate: f64, work: Value, step: f64, steps: u32) -> Scenario {
    let arrivals = json!([burst(initial), poisson(rate)]);
    let duration = step * f64::from(steps);
    Scenario::queue(duration, arrivals, 1, work).set("sample_every", secs(step))
}

/// For how many sampling steps the worker works without a pause, the last one in part.
/// Exact where work is constant and as long as a step.
fn steps_until_idle(run: &Observations) -> f64 {
    let busy = run.series.row(SeriesId::Utilisation);
    busy.iter()
        .position(|share| *share < 1.0)
        .map_or(f64::INFINITY, |step| step as f64 + busy[step])
}

/// The pause is found to a sampling step, a tenth of a standard error of the mean.
#[test]
fn a_backlog_drains_in_the_time_of_a_busy_period_q_busy_m_a_b() {
    passes(&["Q-BUSY-M-a", "Q-BUSY-M-b"]);
}

/// With constant work the number served is Borel-Tanner:
/// P(n) = k / n x (rate n)^(n - k) e^(-rate n) / (n - k)!.
#[test]
fn with_constant_work_the_number_served_is_borel_tanner_q_busy_d_a_b() {
    for (id, initial, rate, steps) in [("Q-BUSY-D-a", 10, 0.5, 120), ("Q-BUSY-D-b", 3, 0.8, 250)] {
        let scenario =
            started_with(initial, rate, "1s".into(), 1.0, steps).set("replications", 5_000);
        // A pause that begins with a step's end shows in the next step.
        let served: Vec<u64> = scenario.run(|run| steps_until_idle(run).floor() as u64);
        let law: Vec<f64> = (0..steps)
            .map(|n| {
                if n < initial {
                    return 0.0;
                }
                let (n, k) = (f64::from(n), f64::from(initial));
                let more = n - k;
                libm::exp(
                    libm::log(k / n) + more * libm::log(rate * n)
                        - rate * n
                        - libm::lgamma(more + 1.0),
                )
            })
            .collect();
        assert!((law[initial as usize] / expected(id, "P_no_extra") - 1.0).abs() < 1e-9);
        chi_square_of(id, &served, &law);
    }
}

#[test]
fn a_queue_forgets_how_it_started_as_slowly_as_theory_says_q_trans_a_b() {
    passes(&["Q-TRANS-a", "Q-TRANS-b"]);
}

/// Connections that are closed at an age and come back at once: ages are constant with
/// jitter 0 and uniform from 0 to twice the mean with jitter 1. The law must not matter.
///
/// The seed is 2: under seed 1 the busy share misses the threshold of 0.00025 (p = 0.00015).
/// As the acceptance test asks, that was repeated with a fresh seed at four times the
/// length: p = 0.58 and 0.82, and no other quantity below 0.18.
#[test]
fn in_a_closed_population_only_the_mean_age_matters_q_closed_a() {
    passes(&["Q-CLOSED-a", "Q-CLOSED-a-uniform"]);
}
