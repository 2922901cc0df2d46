//! Back-off: its delays one by one, the storms that it makes, and its price under contention.

use std::path::Path;

use ringstorm::engine::{Draws, Purpose, SimDuration};
use ringstorm::model::backoff::{self, Retry};
use ringstorm::plan::Reconnect;
use ringstorm::scenario::{self, Overrides};
use ringstorm::stats::SeriesId;
use ringstorm::stats::interval::Estimate;
use serde_json::{Value, json};

use super::support::{
    Scenario, burst, chi_square, expected, metric_of, passes, passes_and, row, secs,
};

/// How many clients are followed; the catalogue's million would take a minute here.
const CLIENTS: u64 = 200_000;

/// Whether an attempt fails is ours to draw; no purpose of the model has this number.
const FAILURE: Purpose = Purpose::new(60_000);

/// The rule that a scenario's text means.
fn rule(text: &Value) -> Reconnect {
    let scenario = Scenario::new(1.0).set("clients.reconnect", text.clone()).text();
    let plan = scenario::read_text("rule.json", scenario, Path::new(""), &Overrides::default())
        .unwrap_or_else(|faults| panic!("{faults:#?}"));
    plan.points[0].world.groups[0].reconnect.clone()
}

fn waits(rule: &Reconnect, draws: &Draws, entity: u64) -> impl Iterator<Item = f64> {
    (0..).map_while(move |retry| {
        let at =
            Retry { draws: *draws, entity, attempt: retry + 1, retry, offline: SimDuration::ZERO };
        backoff::wait(rule, at).map(SimDuration::as_secs_f64)
    })
}

/// The catalogue's `mean_ci` over single clients: within 4 standard errors.
fn within_4_errors(what: &str, sample: &[f64], value: f64) {
    let estimate = Estimate::of(sample).unwrap();
    let error = 4.0 * estimate.standard_error();
    // Sums of whole nanoseconds, ten digits in the catalogue.
    let slack = 1e-9 * value.max(1.0);
    assert!(
        (estimate.mean - value).abs() <= error + slack,
        "{what}: {value} against {} ± {error}",
        estimate.mean
    );
}

fn formulas(base: f64, cap: f64, tries: u32) -> [(&'static str, Value); 5] {
    let exponential = |jitter: &str| json!({"exponential": {"base": secs(base), "cap": secs(cap), "jitter": jitter}, "attempts": tries});
    [
        ("fixed", json!({"fixed": {"delay": secs(base)}, "attempts": tries})),
        ("exponential", exponential("none")),
        ("full_jitter", exponential("full")),
        ("equal_jitter", exponential("equal")),
        (
            "decorrelated",
            json!({"decorrelated": {"base": secs(base), "cap": secs(cap)}, "attempts": tries}),
        ),
    ]
}

const BACKOFFS: [(&str, f64, f64, f64, u32); 3] = [
    ("R-BACKOFF-a", 0.5, 1.0, 30.0, 8),
    ("R-BACKOFF-b", 0.3, 0.1, 10.0, 5),
    ("R-BACKOFF-c", 0.8, 0.5, 20.0, 6),
];

#[test]
fn delays_add_up_as_each_formula_says_r_backoff_a_b_c() {
    for (id, failure, base, cap, attempts) in BACKOFFS {
        let draws = Draws::new(1, 0);
        for (name, text) in formulas(base, cap, attempts - 1) {
            let limited = rule(&text);
            let unlimited = Reconnect { attempts: None, ..limited.clone() };
            let mut totals = Vec::new();
            let mut given_up = Vec::new();
            for client in 0..CLIENTS {
                let fails = |attempt: u64| draws.at(FAILURE, client, attempt).unit() < failure;
                let failures = (0..10_000).take_while(|attempt| fails(*attempt)).count();
                totals.push(waits(&unlimited, &draws, client).take(failures).sum());
                if client % 4 == 0 {
                    assert_eq!(waits(&limited, &draws, client).count() as u32, attempts - 1);
                    given_up.push(waits(&limited, &draws, client).sum());
                }
            }
            let what = format!("{name}:mean_total_delay_unlimited");
            within_4_errors(&format!("{id} {what}"), &totals, expected(id, &what));
            let what = format!("{name}:mean_delay_given_give_up");
            within_4_errors(&format!("{id} {what}"), &given_up, expected(id, &what));
        }
    }
}

#[test]
fn decorrelated_delays_grow_to_the_cap_one_by_one_r_backoff_a_b_c() {
    for (id, _, base, cap, _) in BACKOFFS {
        let draws = Draws::new(2, 0);
        let rule = rule(&json!({"decorrelated": {"base": secs(base), "cap": secs(cap)}}));
        let delays: Vec<Vec<f64>> = (0..CLIENTS / 4)
            .map(|client| waits(&rule, &draws, client).take(11).collect())
            .collect();
        for retry in [0, 1, 2, 3, 5, 10] {
            let sample: Vec<f64> = delays.iter().map(|delays| delays[retry]).collect();
            let what = format!("decorrelated:mean_delay_{retry}");
            within_4_errors(&format!("{id} {what}"), &sample, expected(id, &what));
        }
    }
}

/// 10,000 clients are cut off after a second; attempts by step of `step` seconds from then on.
fn after_a_cut(reconnect: Value, step: f64) -> Scenario {
    Scenario::new(15.0)
        .set("sample_every", secs(step))
        .set("clients.connected", 10_000)
        .set("clients.reconnect", reconnect)
        .set("events", json!([{"at": "1s", "disconnect": {"fraction": "100%"}}]))
}

fn attempts_by_step(scenario: &Scenario, step: f64) -> Vec<Vec<u64>> {
    let first = (1.0 / step).round() as usize;
    scenario.run(|run| {
        let rates = &run.series.row(SeriesId::Attempts)[first..];
        rates.iter().map(|rate| (rate * step).round() as u64).collect()
    })
}

fn exponential_2s(jitter: &str) -> Value {
    json!({"exponential": {"base": "2s", "cap": "30s", "jitter": jitter}})
}

/// Delays from an interval make attempts that are even over it, and nowhere else.
#[test]
fn a_storm_has_the_density_of_its_delays_r_rate_a() {
    let cases = [
        ("uniform 0..10", json!({"fixed": {"delay": "10s", "jitter": "full"}}), 1.0, 0..10),
        ("full jitter of 2 s", exponential_2s("full"), 0.1, 0..20),
        ("equal jitter of 2 s", exponential_2s("equal"), 0.1, 10..20),
    ];
    for (what, reconnect, step, steps) in cases {
        let runs = attempts_by_step(&after_a_cut(reconnect, step), step);
        let width = steps.len();
        let mut sums = vec![0; width];
        for run in runs {
            let inside: u64 = run[steps.clone()].iter().sum();
            assert_eq!((inside, run.iter().sum()), (10_000, 10_000_u64), "{what}");
            for (sum, count) in sums.iter_mut().zip(&run[steps.clone()]) {
                *sum += count;
            }
        }
        chi_square(&format!("R-RATE-a {what}"), &sums, &vec![1.0 / width as f64; width]);
    }
}

#[test]
fn without_jitter_everybody_comes_back_in_one_instant_r_rate_a() {
    for run in attempts_by_step(&after_a_cut(exponential_2s("none"), 1.0), 1.0) {
        assert_eq!(row("R-RATE-a", "no_jitter_2:count_at_2s"), run[2]);
    }
}

#[test]
fn the_busiest_second_of_a_uniform_storm_is_a_multinomial_maximum_r_rate_a() {
    passes(&["R-RATE-a"]);
}

fn contention(clients: u32, reconnect: &Value) -> Scenario {
    Scenario::queue(400.0, burst(clients), 1, "10ms".into())
        .set("servers.accept_queue", 0)
        .set("clients.reconnect", reconnect.clone())
}

#[test]
fn jitter_is_what_ends_contention_r_contend_a() {
    for (id, clients) in [("R-CONTEND-a-20", 20), ("R-CONTEND-a-100", 100)] {
        for accepted in passes_and(id, |run| run.counts.accepted).into_iter().flatten() {
            assert_eq!(accepted, clients, "{id}");
        }
    }
}

/// In lockstep one client gets in at each round: N (N + 1) / 2 attempts.
#[test]
fn without_jitter_clients_stay_in_lockstep_r_contend_a() {
    let rule = json!({"exponential": {"base": "25ms", "cap": "2s"}});
    for clients in [20, 100] {
        let path = format!("N={clients}:exponential");
        let end = secs(expected("R-CONTEND-a", &format!("{path}/last_completion/mean")));
        let until = |end: String| {
            let scenario =
                contention(clients, &rule).set("duration", end.clone()).set("sample_every", end);
            scenario.run(|run| (run.counts.accepted, run.counts.attempts))[0]
        };
        let totals = until(end);
        assert_eq!(totals.0, u64::from(clients));
        assert_eq!(
            totals.1 as f64,
            expected("R-CONTEND-a", &format!("{path}/total_attempts/mean"))
        );
        let nanos =
            (expected("R-CONTEND-a", &format!("{path}/last_completion/mean")) * 1e9).round();
        assert_eq!(until(format!("{}ns", nanos - 1.0)).0, u64::from(clients) - 1);
    }
}

/// The catalogue's fixed point is exact as the mean back-off grows, whatever its law: here
/// it is uniform from 0 to 20,000 service times.
#[test]
fn long_back_off_makes_retries_a_second_poisson_stream_r_amp_a_b_c() {
    passes(&["R-AMP-a", "R-AMP-b", "R-AMP-c"]);
}

/// Linux sends a SYN again after 3, 9, 21, 45 and 93 s in all, and a lost answer follows the same
/// doubling from 3 s: with half of all packets lost, the mean of each part is a sum of halves.
#[test]
fn an_answer_that_is_lost_again_and_again_takes_as_long_as_its_retransmissions() {
    let scenario = Scenario::new(2_000.0)
        .set("clients.arrivals", burst(4_000))
        .set("clients.rtt", "1s")
        .set("clients.syn_retries", "linux_old")
        .set("clients.round_trips", 1)
        .set("clients.network", json!({"loss": 0.5}))
        .set("servers.handshake.workers", 10_000);
    for mean in scenario.run(|run| metric_of(run, "connect_mean")) {
        let halves: f64 =
            (0..6).map(|lost| 3.0 * (f64::from(1 << lost) - 1.0) / f64::from(2 << lost)).sum();
        assert!(mean > 1.0 + 1.7 * halves, "{mean} {halves}");
    }
}
