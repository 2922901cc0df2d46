//! Consistent-hash rings, with fresh addresses and fresh keys in each replication: one ring
//! is one draw, so that everything here is about many.

use serde_json::{Value, json};

use super::special;
use super::support::{Scenario, chi_square_of, expected, mean_ci, metric_of, mostly_inside, row};

fn ring(virtual_nodes: u32) -> Value {
    json!({"ring": {"virtual_nodes": virtual_nodes}})
}

/// Held connections; a server more after a second, and whoever it owns is moved.
fn grown(connections: u32, servers: u32, rule: Value) -> Scenario {
    Scenario::new(2.0)
        .set("clients.connected", connections)
        .set("clients.reconnect", "immediate")
        .set("clients.rtt", "1ms")
        .set("servers.count", servers)
        .balance(rule)
        .set("policies.0.rebalance", "moved")
        .set("events", json!([{"at": "1s", "add": 1}]))
}

/// A new server takes a Beta(v, v n) share of the space, so the keys that move are beta-binomial.
#[test]
fn a_server_more_moves_a_beta_binomial_number_of_keys_h_add_a_b_c_d_e() {
    let cases = [
        ("H-ADD-a", 1_000, 1, 100, 500),
        ("H-ADD-b", 1_000, 1, 160, 500),
        ("H-ADD-c", 1_000, 1, 1_000, 500),
        ("H-ADD-d", 10_000, 4, 160, 500),
        ("H-ADD-e", 100_000, 10, 160, 40),
    ];
    for (id, connections, servers, virtual_nodes, replications) in cases {
        let moved = grown(connections, servers, ring(virtual_nodes))
            .set("replications", replications)
            .run(|run| {
                // Who moves goes to the newest server, and to no other.
                let newest = metric_of(run, "newest_share") * f64::from(connections)
                    / f64::from(servers + 1);
                assert!((newest - run.counts.moved as f64).abs() < 1e-6, "{id}: {newest}");
                assert_eq!(run.counts.dropped, run.counts.moved);
                run.counts.moved as f64
            });
        let interval = row(id, "interval_999");
        mostly_inside(id, &moved, interval[0].as_f64().unwrap(), interval[1].as_f64().unwrap());
        let (mean, sd) = (expected(id, "mean_moved"), expected(id, "sd_moved"));
        let squares = moved.iter().map(|count| (count - mean) * (count - mean)).collect();
        let counts: Vec<u64> = moved.iter().map(|count| *count as u64).collect();
        let mut quantities = vec![("mean_moved", mean, moved)];
        if replications >= 500 {
            // Fewer squares are too skewed for Student's t.
            quantities.push(("variance", sd * sd, squares));
        }
        mean_ci(id, None, &quantities);
        if replications >= 500 {
            let v = f64::from(virtual_nodes);
            let law = special::beta_binomial(connections, v, v * f64::from(servers));
            chi_square_of(id, &counts, &law);
        }
    }
}

#[test]
fn the_busiest_ring_server_is_a_dirichlet_maximum_h_maxconn_a_b_c() {
    for (id, servers, connections, virtual_nodes) in [
        ("H-MAXCONN-a", 2, 1_000, 100),
        ("H-MAXCONN-b", 5, 10_000, 160),
        ("H-MAXCONN-c", 10, 10_000, 160),
    ] {
        let busiest = Scenario::new(0.001)
            .set("clients.connected", connections)
            .set("servers.count", servers)
            .balance(ring(virtual_nodes))
            .set("replications", 500)
            .run(|run| metric_of(run, "busiest_end"));
        mostly_inside(id, &busiest, expected(id, "q0005"), expected(id, "q9995"));
        let (mean, sd) = (expected(id, "E_max"), expected(id, "sd_max"));
        let squares = busiest.iter().map(|most| (most - mean) * (most - mean)).collect();
        mean_ci(id, None, &[("E_max", mean, busiest), ("variance", sd * sd, squares)]);
    }
}
