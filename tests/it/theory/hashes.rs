//! The other hashes: jump, rendezvous, Maglev, modulo, and rings with bounded loads.

use serde_json::{Value, json};

use super::special;
use super::support::{Scenario, chi_square_of, expected, mean_ci, metric_of, passes, passes_and};

/// Held connections; a change after a second, and whoever has another owner then is moved.
fn changed(connections: u32, servers: u32, rule: Value, change: &Value) -> Scenario {
    let mut event = json!({"at": "1s"});
    event.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    Scenario::new(2.0)
        .set("clients.connected", connections)
        .set("clients.reconnect", "immediate")
        .set("clients.rtt", "1ms")
        .set("servers.count", servers)
        .balance(rule)
        .set("policies.0.rebalance", "moved")
        .set("events", json!([event]))
}

/// Held connections, and those on the busiest server.
fn busiest(connections: u32, servers: u32, rule: Value, replications: u32) -> Vec<f64> {
    Scenario::new(0.001)
        .set("clients.connected", connections)
        .set("servers.count", servers)
        .balance(rule)
        .set("replications", replications)
        .run(|run| metric_of(run, "busiest_end"))
}

/// Even shares: a binomial number of keys moves, all of them to the new server.
#[test]
fn hashes_with_even_shares_move_a_binomial_number_h_jump_a_b_c() {
    for (id, connections, servers) in
        [("H-JUMP-a", 1_000, 1), ("H-JUMP-b", 10_000, 4), ("H-JUMP-c", 1_000, 9)]
    {
        let policies = passes_and(id, |run| {
            let mean = f64::from(connections) / f64::from(servers + 1);
            let newest = metric_of(run, "newest_share") * mean;
            assert!((newest - run.counts.moved as f64).abs() < 1e-6, "{id}: {newest}");
            run.counts.moved
        });
        for moved in policies {
            let law = special::binomial(connections, 1.0 / f64::from(servers + 1));
            chi_square_of(id, &moved, &law);
        }
    }
}

/// A Maglev table moves a few more than it must.
#[test]
fn maglev_moves_nearly_the_fewest_h_maglev_a() {
    passes(&["H-MAGLEV-a-2", "H-MAGLEV-a-5", "H-MAGLEV-a-10", "H-MAGLEV-a-100"]);
}

/// From n to m servers 1 - min / lcm of the keys move: a binomial number, as keys are even.
#[test]
fn hashing_modulo_the_servers_moves_nearly_all_h_mod_a() {
    const KEYS: u32 = 20_000;
    let changes =
        [(1, 2), (2, 3), (3, 4), (4, 5), (10, 11), (4, 8), (4, 6), (6, 4), (5, 4), (10, 15)];
    for (from, to) in changes {
        let change =
            if to > from { json!({"add": to - from}) } else { json!({"remove": from - to}) };
        let dropped =
            changed(KEYS, from, "mod_hash".into(), &change).run(|run| run.counts.dropped as f64);
        let share = expected("H-MOD-a", &format!("{from}->{to}"));
        let all = dropped.len() as f64 * f64::from(KEYS);
        let sd = (all * share * (1.0 - share)).sqrt();
        let z = (dropped.iter().sum::<f64>() - all * share) / sd;
        assert!(special::normal_tail(z) >= 1e-4, "{from}->{to}: z = {z}");
    }
}

/// Jump can only take away its last server at the least cost; to take out another renumbers
/// those after it.
#[test]
fn jump_loses_least_with_its_newest_server_l_scalein_a() {
    let id = "L-SCALEIN-a";
    let cases = [
        ("jump_last_server_fraction", "s5"),
        ("jump_bucket_0_taken_out_and_later_ones_renumbered: moved_fraction", "s1"),
        ("jump_bucket_2_taken_out_and_later_ones_renumbered: moved_fraction", "s3"),
    ];
    for (name, server) in cases {
        let dropped = changed(10_000, 5, "jump".into(), &json!({"remove": {"servers": [server]}}))
            .set("replications", 100)
            .run(|run| run.counts.dropped as f64 / 10_000.0);
        mean_ci(id, None, &[(name, expected(id, name), dropped)]);
    }
}

#[test]
fn the_busiest_server_of_even_shares_is_a_multinomial_maximum_h_maxconn_d() {
    passes(&["H-MAXCONN-d"]);
}

/// The cap ceil(c m / n) in exact arithmetic; a ring of one point a server is so uneven that
/// it is met.
#[test]
fn bounded_loads_meet_the_exact_cap_and_never_pass_it_h_cap_a() {
    for (connections, servers, factor) in [
        (8, 4, "1.25"),
        (10, 11, "1.1"),
        (100, 2, "1.1"),
        (200, 2, "1.1"),
        (600, 5, "1.25"),
        (1, 10, "1.25"),
        (100, 3, "1.2"),
        (999, 7, "1.1"),
        (4, 4, "1.0"),
        (30, 10, "1.1"),
        (7, 7, "1.3"),
    ] {
        let cap = expected("H-CAP-a", &format!("m={connections} n={servers} c={factor}/cap"));
        let number: f64 = factor.parse().unwrap();
        let rule = json!({"ring": {"virtual_nodes": 1, "bounded_load": number}});
        let most = busiest(connections, servers, rule, 20);
        let highest = most.into_iter().fold(0.0, f64::max);
        assert_eq!(highest, cap, "m={connections} n={servers} c={factor}");
    }
}
