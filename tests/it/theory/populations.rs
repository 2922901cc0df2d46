//! Connected populations with instant handshakes: M/G/infinity.

use ringstorm::stats::SeriesId;

use super::special;
use super::support::{at_step, chi_square_of, expected, passes, passes_and};

/// Where to look: in mean presences, and in steps of a quarter of one.
const TIMES: [(&str, usize); 4] = [("0.25", 1), ("0.5", 2), ("1", 4), ("2", 8)];

#[test]
fn an_empty_cluster_fills_as_the_law_of_presence_says_q_mminf_q_mginf() {
    let last = [("3", 12), ("5", 20)];
    for (id, last) in [
        ("Q-MMinf-a", last[0]),
        ("Q-MMinf-b", last[0]),
        ("Q-MGinf-a", last[1]),
        ("Q-MGinf-b", last[1]),
        ("Q-MGinf-c", last[1]),
    ] {
        let times: Vec<(&str, usize)> = TIMES.into_iter().chain([last]).collect();
        let runs = passes_and(id, |run| {
            times
                .iter()
                .map(|(_, step)| at_step(run, SeriesId::Connected, *step) as u64)
                .collect::<Vec<u64>>()
        });
        for (index, (time, _)) in times.iter().enumerate() {
            let name = format!("mean_at_{time}T_from_empty");
            let sample: Vec<u64> = runs[0].iter().map(|run| run[index]).collect();
            let law = special::poisson(expected(id, &name), 2_000);
            chi_square_of(&format!("{id} {name}"), &sample, &law);
        }
    }
}

/// Whoever is connected at the start has been for a while: with residual lives the mean
/// stays where it is from the first instant on, whatever the law.
#[test]
fn a_cluster_that_starts_in_equilibrium_stays_there_q_mginf() {
    passes(&[
        "Q-MMinf-a-steady",
        "Q-MMinf-b-steady",
        "Q-MGinf-a-steady",
        "Q-MGinf-b-steady",
        "Q-MGinf-c-steady",
    ]);
}

/// The same numbers who all come at time 0 are fresh, and their number is another one for a long while.
#[test]
fn fresh_clients_are_not_an_equilibrium_q_mginf() {
    passes(&["Q-MGinf-a-fresh", "Q-MGinf-b-fresh", "Q-MGinf-c-fresh"]);
}
