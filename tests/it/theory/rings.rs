//! Consistent-hash rings, with fresh addresses and fresh keys in each replication: one ring
//! is one draw, so that everything here is about many.

use super::special;
use super::support::{chi_square_of, metric_of, passes, passes_and};

/// A new server takes a Beta(v, v n) share of the space, so the keys that move are beta-binomial.
#[test]
fn a_server_more_moves_a_beta_binomial_number_of_keys_h_add_a_b_c_d_e() {
    let cases = [
        ("H-ADD-a", 1_000, 1, 100),
        ("H-ADD-b", 1_000, 1, 160),
        ("H-ADD-c", 1_000, 1, 1_000),
        ("H-ADD-d", 10_000, 4, 160),
        ("H-ADD-e", 100_000, 10, 160),
    ];
    for (id, connections, servers, virtual_nodes) in cases {
        let moved = passes_and(id, |run| {
            // Who moves goes to the newest server, and to no other.
            let newest =
                metric_of(run, "newest_share") * f64::from(connections) / f64::from(servers + 1);
            assert!((newest - run.counts.moved as f64).abs() < 1e-6, "{id}: {newest}");
            assert_eq!(run.counts.dropped, run.counts.moved);
            run.counts.moved
        });
        if moved[0].len() >= 500 {
            let v = f64::from(virtual_nodes);
            let law = special::beta_binomial(connections, v, v * f64::from(servers));
            chi_square_of(id, &moved[0], &law);
        }
    }
}

#[test]
fn the_busiest_ring_server_is_a_dirichlet_maximum_h_maxconn_a_b_c() {
    passes(&["H-MAXCONN-a", "H-MAXCONN-b", "H-MAXCONN-c"]);
}
