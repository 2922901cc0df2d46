//! Clients who give up: time-outs on the completion of a handshake, and what servers do then.
//!
//! Ours is a time-out on the completion. A server that skips the dead takes up exactly the
//! same handshakes as one whose clients limit their wait, so that quantities of work begun
//! agree with both conventions; where the conventions differ, the sojourn's is the one read.

use serde_json::json;

use super::support::{
    Reading, Scenario, accept_means, exponential, metric, poisson, reading, secs,
};

fn impatient(rate: f64, workers: u32, work: f64, abandoned: &str, time: f64) -> Scenario {
    Scenario::queue(1.0, poisson(rate), workers, exponential(work))
        .set("replications", 50)
        .set("warmup", secs(100.0 * work))
        .set("duration", secs(100.0 * work + time))
        .set("sample_every", secs(100.0 * work + time))
        .set("servers.handshake.abandoned", abandoned)
}

fn per_attempt(count: fn(&ringstorm::observe::Counts) -> u64) -> Reading {
    reading(move |run| count(&run.counts) as f64 / run.counts.attempts as f64)
}

fn per_second(count: fn(&ringstorm::observe::Counts) -> u64) -> Reading {
    reading(move |run| count(&run.counts) as f64 / run.counts.span.as_secs_f64())
}

fn dead_share() -> Reading {
    reading(|run| run.counts.dead_handshakes as f64 / run.counts.handshakes as f64)
}

const LATE: &[(&str, f64, u32, &str, f64)] = &[
    ("Q-MMc+D-a", 0.8, 1, "3s", 15_500.0),
    ("Q-MMc+D-b", 1.2, 1, "2s", 9_500.0),
    ("Q-MMc+D-c", 2.7, 3, "2s", 22_000.0),
];

#[test]
fn a_server_that_skips_the_dead_still_finishes_dead_work_q_mmc_d_a_b_c() {
    for &(id, rate, workers, timeout, time) in LATE {
        let scenario =
            impatient(rate, workers, 1.0, "skipped", time).set("clients.connect_timeout", timeout);
        let readings = [
            ("P_sojourn_over_tau", per_attempt(|counts| counts.timed_out)),
            (
                "P_wait_over_tau",
                reading(|run| 1.0 - run.counts.handshakes as f64 / run.counts.attempts as f64),
            ),
            ("P_no_wait", per_attempt(|counts| counts.handshakes_without_wait)),
            ("mean_wait_of_served", metric("handshake_wait_mean")),
            ("served_rate", per_second(|counts| counts.handshakes)),
            ("goodput_sojourn_deadline", per_second(|counts| counts.accepted)),
            ("dead_work_fraction_of_served", dead_share()),
        ];
        accept_means(id, &scenario, &readings);
    }
}

#[test]
fn dead_work_that_is_done_in_full_doubles_the_time_outs_q_mmc_d_a_c() {
    for &(id, rate, workers, timeout, _) in &[LATE[0], LATE[2]] {
        let scenario = impatient(rate, workers, 1.0, "served", 32_000.0)
            .set("clients.connect_timeout", timeout);
        let readings = [
            ("dead_work_variant:P_sojourn_over_tau", per_attempt(|counts| counts.timed_out)),
            ("dead_work_variant:goodput_sojourn_deadline", per_second(|counts| counts.accepted)),
        ];
        accept_means(id, &scenario, &readings);
    }
}

#[test]
fn work_that_is_aborted_with_its_client_costs_fewest_time_outs_q_mmc_d_a_b() {
    for &(id, rate, workers, timeout, _) in &LATE[..2] {
        let scenario = impatient(rate, workers, 1.0, "aborted", 16_000.0)
            .set("clients.connect_timeout", timeout);
        accept_means(
            id,
            &scenario,
            &[("abort_in_service_variant:P_timeout", per_attempt(|counts| counts.timed_out))],
        );
    }
}

/// Erlang A limits the wait, we limit the sojourn; a server that skips the dead begins the
/// same handshakes under both, and finishes them all.
#[test]
fn exponential_patience_loses_as_many_as_erlang_a_q_mmc_m_a_b_c() {
    let cases =
        [("Q-MMc+M-a", 0.8, 1, "2s"), ("Q-MMc+M-b", 1.5, 1, "1s"), ("Q-MMc+M-c", 12.0, 10, "2s")];
    for (id, rate, workers, patience) in cases {
        let scenario = impatient(rate, workers, 1.0, "skipped", 5_000.0)
            .set("clients.connect_timeout", json!({"exponential": {"mean": patience}}));
        let begun = |run: &ringstorm::observe::Observations| run.counts.handshakes as f64;
        let readings = [
            ("P_abandon", reading(move |run| 1.0 - begun(run) / run.counts.attempts as f64)),
            (
                "P_wait",
                reading(|run| {
                    1.0 - run.counts.handshakes_without_wait as f64 / run.counts.attempts as f64
                }),
            ),
            ("goodput", per_second(|counts| counts.handshakes)),
        ];
        accept_means(id, &scenario, &readings);
    }
}

#[test]
fn behind_a_short_queue_an_attempt_has_three_fates_q_deadk_a_b() {
    for (id, rate, time) in [("Q-DEADK-a", 120.0, 2_300.0), ("Q-DEADK-b", 80.0, 150.0)] {
        let scenario = impatient(rate, 1, 0.01, "served", time)
            .set("servers.accept_queue", 39)
            .set("clients.connect_timeout", "300ms");
        let mut readings = vec![
            ("P_success", per_attempt(|counts| counts.accepted)),
            ("goodput", per_second(|counts| counts.accepted)),
            ("utilisation", metric("utilisation")),
        ];
        if rate > 100.0 {
            readings.push(("P_shed", per_attempt(|counts| counts.rejected)));
            readings.push(("P_timeout", per_attempt(|counts| counts.timed_out)));
            readings.push(("dead_work_rate", per_second(|counts| counts.dead_handshakes)));
        }
        accept_means(id, &scenario, &readings);
    }
}
