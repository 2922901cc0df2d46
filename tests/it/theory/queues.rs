//! Handshake queues in equilibrium: waits, lengths, what a full accept queue turns away.
//!
//! One unit of the catalogue's time is a second. Clients stay connected for good, so that
//! those present but not connected are those in the queue.

use super::support::passes;

#[test]
fn one_worker_with_random_work_is_m_m_1_q_mm1_a_b_d() {
    passes(&["Q-MM1-a", "Q-MM1-b", "Q-MM1-d"]);
}

#[test]
fn several_workers_share_one_accept_queue_q_mmc_a_b_c() {
    passes(&["Q-MMc-a", "Q-MMc-b", "Q-MMc-c"]);
}

#[test]
fn constant_work_is_m_d_1_and_m_d_c_q_md1_a_b_q_mdc_a_b() {
    passes(&["Q-MD1-a", "Q-MD1-b", "Q-MDc-a", "Q-MDc-b"]);
}

#[test]
fn waits_grow_with_the_second_moment_of_the_work_q_mg1_b_c_d() {
    passes(&["Q-MG1-b", "Q-MG1-c", "Q-MG1-d"]);
}

/// Arrivals that are not Poisson do not see time averages: evenly spaced ones find the
/// worker busy in 63% of the cases, though it is busy for 80% of the time.
#[test]
fn renewal_arrivals_see_another_queue_than_time_does_q_gim1_a_b() {
    passes(&["Q-GIM1-a", "Q-GIM1-b"]);
}

#[test]
fn a_full_accept_queue_turns_away_as_m_m_c_k_does_q_mmck_a_b_c_d() {
    passes(&["Q-MMcK-a", "Q-MMcK-b", "Q-MMcK-c", "Q-MMcK-d"]);
}

#[test]
fn without_an_accept_queue_only_the_mean_of_the_work_matters_q_erlb_a_c() {
    passes(&["Q-ERLB-a", "Q-ERLB-a-constant", "Q-ERLB-a-lognormal", "Q-ERLB-c"]);
}

#[test]
fn constant_work_behind_a_short_queue_is_m_d_1_k_q_md1k_a_b() {
    passes(&["Q-MD1K-a", "Q-MD1K-b"]);
}

#[test]
#[ignore = "two minutes: run it in release builds"]
fn heavy_load_and_heavy_tails_q_mm1_c_q_md1_c_q_mg1_a_q_erlb_b() {
    passes(&["Q-MG1-a", "Q-MM1-c", "Q-MD1-c", "Q-ERLB-b", "Q-ERLB-b-two-kinds"]);
}
