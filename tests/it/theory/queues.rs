//! Handshake queues in equilibrium: waits, lengths, what a full accept queue turns away.
//!
//! One unit of the catalogue's time is a second. Clients stay connected for good, so that
//! those present but not connected are those in the queue.

use serde_json::{Value, json};

use super::support::{
    Reading, Scenario, accept_means, exponential, metric, poisson, reading, secs,
};

/// An equilibrium: `replications` runs of `time` each after `warmup`.
fn steady(queue: Scenario, replications: u32, warmup: f64, time: f64) -> Scenario {
    queue
        .set("replications", replications)
        .set("warmup", secs(warmup))
        .set("duration", secs(warmup + time))
        .set("sample_every", secs(warmup + time))
}

fn queue(rate: f64, workers: u32, cost: Value) -> Scenario {
    Scenario::queue(1.0, poisson(rate), workers, cost)
}

/// What every queue is compared in: those in it, waiting or in service.
fn totals() -> Vec<(&'static str, Reading)> {
    vec![("W", metric("connect_mean")), ("L", metric("trying_mean"))]
}

/// And those waiting, where the runs are long enough for that.
fn waits() -> Vec<(&'static str, Reading)> {
    vec![("Wq", metric("handshake_wait_mean")), ("Lq", metric("queued_mean"))]
}

fn waited() -> Vec<(&'static str, Reading)> {
    vec![("P_wait", metric("waited_fraction"))]
}

/// Mean 1 and coefficient of variation 2, with balanced means.
fn hyperexponential() -> Value {
    let (p, fast, slow) = (0.887_298_334_6, 1.774_596_669, 0.225_403_330_8);
    json!({"hyperexponential": {
        "means": [secs(1.0 / fast), secs(1.0 / slow)],
        "weights": [p, 1.0 - p],
    }})
}

fn busy_workers(workers: f64) -> Reading {
    let share = metric("utilisation");
    reading(move |run| share(run) * workers)
}

#[test]
fn one_worker_with_random_work_is_m_m_1_q_mm1_a_b_d() {
    let readings = || {
        let more = vec![("rho", metric("utilisation")), ("W_p50", metric("connect_p50"))];
        [totals(), waits(), more].into_iter().flatten().collect::<Vec<_>>()
    };
    accept_means(
        "Q-MM1-a",
        &steady(queue(0.5, 1, exponential(1.0)), 100, 583.0, 20_000.0),
        &readings(),
    );
    accept_means(
        "Q-MM1-b",
        &steady(queue(0.8, 1, exponential(1.0)), 100, 4_487.0, 60_000.0),
        &readings(),
    );
    accept_means(
        "Q-MM1-d",
        &steady(queue(70.0, 1, exponential(0.01)), 100, 19.0, 300.0),
        &readings(),
    );
}

#[test]
fn several_workers_share_one_accept_queue_q_mmc_a_b_c() {
    let cases = [
        ("Q-MMc-a", 3.2, 4, 100.0, 22_000.0),
        ("Q-MMc-b", 8.0, 10, 100.0, 900.0),
        ("Q-MMc-c", 95.0, 100, 150.0, 270.0),
    ];
    for (id, rate, workers, warmup, time) in cases {
        let scenario = steady(queue(rate, workers, exponential(1.0)), 100, warmup, time);
        let mut readings = totals();
        readings.push(("mean_busy_workers", busy_workers(f64::from(workers))));
        if workers == 4 {
            readings.extend(waits());
            readings.push(("erlang_C", metric("waited_fraction")));
        }
        accept_means(id, &scenario, &readings);
    }
}

#[test]
fn constant_work_is_m_d_1_and_m_d_c_q_md1_a_b_q_mdc_a_b() {
    let cases = [
        ("Q-MD1-a", 0.5, 1, 500.0, 36_000.0),
        ("Q-MD1-b", 0.8, 1, 2_000.0, 70_000.0),
        ("Q-MDc-a", 1.6, 2, 500.0, 25_000.0),
        ("Q-MDc-b", 3.2, 4, 300.0, 10_000.0),
    ];
    for (id, rate, workers, warmup, time) in cases {
        let scenario = steady(queue(rate, workers, "1s".into()), 100, warmup, time);
        let mut readings: Vec<_> = [totals(), waited()].into_iter().flatten().collect();
        if id == "Q-MD1-a" {
            readings.extend(waits());
        }
        accept_means(id, &scenario, &readings);
    }
}

#[test]
fn waits_grow_with_the_second_moment_of_the_work_q_mg1_b_c_d() {
    general_work([
        ("Q-MG1-b", 0.7, hyperexponential(), 34_000.0),
        ("Q-MG1-c", 0.6, json!({"weibull": {"scale": "0.5s", "shape": 0.5}}), 34_000.0),
        ("Q-MG1-d", 0.8, json!({"uniform": {"min": "0s", "max": "2s"}}), 15_000.0),
    ]);
}

fn general_work<const N: usize>(cases: [(&str, f64, Value, f64); N]) {
    for (id, rate, work, time) in cases {
        let scenario = steady(queue(rate, 1, work), 100, 5_000.0, time);
        let mut readings = totals();
        readings.push(("rho", metric("utilisation")));
        accept_means(id, &scenario, &readings);
    }
}

/// Arrivals that are not Poisson do not see time averages: evenly spaced ones find the
/// worker busy in 63% of the cases, though it is busy for 80% of the time.
#[test]
fn renewal_arrivals_see_another_queue_than_time_does_q_gim1_a_b() {
    let cases = [
        ("Q-GIM1-a", json!("1.25s"), 38_000.0),
        ("Q-GIM1-b", json!({"erlang": {"mean": "1.25s", "k": 2}}), 46_000.0),
    ];
    for (id, interval, time) in cases {
        let arrivals = json!({"renewal": {"interval": interval}});
        let scenario =
            steady(Scenario::queue(1.0, arrivals, 1, exponential(1.0)), 100, 3_000.0, time);
        let more = vec![("Wq", metric("handshake_wait_mean")), ("W_p50", metric("connect_p50"))];
        let readings: Vec<_> = [totals(), waited(), more].into_iter().flatten().collect();
        accept_means(id, &scenario, &readings);
    }
}

fn shed() -> Reading {
    reading(|run| run.counts.rejected as f64 / run.counts.attempts as f64)
}

fn throughput() -> Reading {
    reading(|run| run.counts.accepted as f64 / run.counts.span.as_secs_f64())
}

/// In the accept queue or in service; who was turned away is present but not there.
fn inside(workers: f64) -> Reading {
    let (queued, busy) = (metric("queued_mean"), busy_workers(workers));
    reading(move |run| queued(run) + busy(run))
}

#[test]
fn a_full_accept_queue_turns_away_as_m_m_c_k_does_q_mmck_a_b_c_d() {
    let cases = [
        ("Q-MMcK-a", 3.0, 3, 5, 18_000.0),
        ("Q-MMcK-b", 1.2, 1, 9, 28_000.0),
        ("Q-MMcK-c", 50.0, 4, 16, 500.0),
        ("Q-MMcK-d", 0.9, 1, 4, 32_000.0),
    ];
    for (id, rate, workers, backlog, time) in cases {
        let scenario = steady(queue(rate, workers, exponential(1.0)), 100, 300.0, time)
            .set("servers.accept_queue", backlog);
        let readings = [
            ("shed_probability", shed()),
            ("throughput", throughput()),
            ("L", inside(f64::from(workers))),
            ("Lq", metric("queued_mean")),
            ("W_admitted", metric("connect_mean")),
            ("Wq_admitted", metric("handshake_wait_mean")),
            ("utilisation", metric("utilisation")),
            ("P_wait_given_admitted", metric("waited_fraction")),
        ];
        accept_means(id, &scenario, &readings);
    }
}

#[test]
fn without_an_accept_queue_only_the_mean_of_the_work_matters_q_erlb_a_c() {
    let lognormal = json!({"lognormal": {"mean": "1s", "cv": 2}});
    let cases = [
        ("Q-ERLB-a", 10.0, 10, vec![exponential(1.0), json!("1s"), lognormal], 2_800.0),
        ("Q-ERLB-c", 3.0, 5, vec![json!({"weibull": {"scale": "0.5s", "shape": 0.5}})], 12_000.0),
    ];
    erlang_loss(cases);
}

fn erlang_loss<const N: usize>(cases: [(&str, f64, u32, Vec<Value>, f64); N]) {
    for (id, rate, workers, works, time) in cases {
        for work in works {
            let scenario =
                steady(queue(rate, workers, work), 50, 50.0, time).set("servers.accept_queue", 0);
            let busy = busy_workers(f64::from(workers));
            accept_means(id, &scenario, &[("shed_probability", shed()), ("mean_busy", busy)]);
        }
    }
}

#[test]
fn constant_work_behind_a_short_queue_is_m_d_1_k_q_md1k_a_b() {
    for (id, rate, backlog, time) in
        [("Q-MD1K-a", 0.9, 4, 62_000.0), ("Q-MD1K-b", 1.2, 9, 26_000.0)]
    {
        let scenario = steady(queue(rate, 1, "1s".into()), 100, 300.0, time)
            .set("servers.accept_queue", backlog);
        let readings = [
            ("shed_probability", shed()),
            ("throughput", throughput()),
            ("L", inside(1.0)),
            ("W_admitted", metric("connect_mean")),
        ];
        accept_means(id, &scenario, &readings);
    }
}

#[test]
#[ignore = "two minutes: run it in release builds"]
fn heavy_load_and_heavy_tails_q_mm1_c_q_md1_c_q_mg1_a_q_erlb_b() {
    general_work([("Q-MG1-a", 0.7, json!({"lognormal": {"mean": "1s", "cv": 2}}), 150_000.0)]);
    accept_means(
        "Q-MM1-c",
        &steady(queue(0.9, 1, exponential(1.0)), 100, 18_987.0, 220_000.0),
        &totals(),
    );
    accept_means(
        "Q-MD1-c",
        &steady(queue(0.9, 1, "1s".into()), 100, 10_000.0, 400_000.0),
        &totals(),
    );
    erlang_loss([("Q-ERLB-b", 90.0, 100, vec![exponential(1.0), hyperexponential()], 9_000.0)]);
}
