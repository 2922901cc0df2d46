//! Clients who give up: time-outs on the completion of a handshake, and what servers do then.
//!
//! Ours is a time-out on the completion. A server that skips the dead takes up exactly the
//! same handshakes as one whose clients limit their wait, so that quantities of work begun
//! agree with both conventions; where the conventions differ, the sojourn's is the one read.

use super::support::passes;

#[test]
fn a_server_that_skips_the_dead_still_finishes_dead_work_q_mmc_d_a_b_c() {
    passes(&["Q-MMc+D-a", "Q-MMc+D-b", "Q-MMc+D-c"]);
}

#[test]
fn dead_work_that_is_done_in_full_doubles_the_time_outs_q_mmc_d_a_c() {
    passes(&["Q-MMc+D-a-served", "Q-MMc+D-c-served"]);
}

#[test]
fn work_that_is_aborted_with_its_client_costs_fewest_time_outs_q_mmc_d_a_b() {
    passes(&["Q-MMc+D-a-aborted", "Q-MMc+D-b-aborted"]);
}

/// Erlang A limits the wait, we limit the sojourn; a server that skips the dead begins the
/// same handshakes under both, and finishes them all.
#[test]
fn exponential_patience_loses_as_many_as_erlang_a_q_mmc_m_a_b_c() {
    passes(&["Q-MMc+M-a", "Q-MMc+M-b", "Q-MMc+M-c"]);
}

#[test]
fn behind_a_short_queue_an_attempt_has_three_fates_q_deadk_a_b() {
    passes(&["Q-DEADK-a", "Q-DEADK-b"]);
}
