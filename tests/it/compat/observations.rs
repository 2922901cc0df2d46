//! What the recordings show about the schemes: each of these stands in their docs.

use std::collections::BTreeMap;

use ringstorm::routing::compat::{HaproxyConsistentConfig, HaproxyHash, HaproxyHashType};
use ringstorm::routing::{BackendId, Scheme, SchemeConfig};

use super::configuration::{Cluster, rows};

const KEYS: usize = 2000;

/// Where each key is: by its recording's port.
fn recorded(name: &str) -> Vec<String> {
    rows(name).into_iter().map(|row| row[1].clone()).collect()
}

/// Where each key would be on so many equal servers.
fn owners(scheme: &str, servers: u32) -> Vec<String> {
    let cluster = Cluster::even(SchemeConfig::named(scheme).unwrap(), servers);
    let scheme = cluster.scheme();
    (0..KEYS)
        .map(|k| cluster.port(scheme.owner(format!("user-{k}").as_bytes())).to_owned())
        .collect()
}

/// The share of keys that move, in percent to a tenth.
fn moved(before: &[String], after: &[String]) -> String {
    let moved = before.iter().zip(after).filter(|(before, after)| before != after).count();
    format!("{:.1}", 100.0 * moved as f64 / before.len() as f64)
}

/// The share of keys that move to a server that was there already.
fn needless(before: &[String], after: &[String], joined: &str) -> String {
    let pairs = before.iter().zip(after);
    let moved = pairs.filter(|(before, after)| before != after && *after != joined).count();
    format!("{:.1}", 100.0 * moved as f64 / before.len() as f64)
}

#[test]
fn from_three_to_four_servers_nginx_moves_21_8_percent_consistently_and_75_8_plainly() {
    let before = recorded("nginx-consistent-3");
    let after = recorded("nginx-consistent-4");
    assert_eq!(moved(&before, &after), "21.8");
    assert_eq!(needless(&before, &after, "9004"), "0.0");
    assert_eq!([owners("nginx_consistent", 3), owners("nginx_consistent", 4)], [before, after]);
    assert_eq!(moved(&recorded("nginx-hashmod-3"), &recorded("nginx-hashmod-4")), "75.8");
    assert_eq!(moved(&owners("nginx_hash", 3), &owners("nginx_hash", 4)), "75.8");
}

#[test]
fn from_three_to_four_servers_haproxy_moves_28_1_percent_consistently_and_74_9_plainly() {
    let before = recorded("haproxy-default-3");
    let after = recorded("haproxy-default-4");
    assert_eq!(moved(&before, &after), "28.1");
    assert_eq!(needless(&before, &after, "9004"), "0.0");
    let ours = [owners("haproxy_consistent", 3), owners("haproxy_consistent", 4)];
    assert_eq!(ours, [before, after]);
    assert_eq!(moved(&owners("haproxy_map_based", 3), &owners("haproxy_map_based", 4)), "74.9");
}

#[test]
fn a_server_marked_down_moves_the_same_keys_as_a_line_removed_from_nginx() {
    assert_eq!(recorded("nginx-consistent_down2-5"), recorded("nginx-consistent_removed2-5"));
}

/// The share of keys that move when the second of five HAProxy servers is removed.
fn moved_by_removal(ids: BTreeMap<String, u32>) -> String {
    let config = HaproxyConsistentConfig { ids, ..HaproxyConsistentConfig::default() };
    let mut cluster = Cluster::even(SchemeConfig::HaproxyConsistent(config), 5);
    let mut scheme = cluster.scheme();
    let all = |cluster: &Cluster, scheme: &Scheme| -> Vec<String> {
        (0..KEYS)
            .map(|k| cluster.port(scheme.owner(format!("user-{k}").as_bytes())).to_owned())
            .collect()
    };
    let before = all(&cluster, &scheme);
    cluster.membership.leave(BackendId::new(1));
    scheme.update(&cluster.membership);
    moved(&before, &all(&cluster, &scheme))
}

#[test]
fn without_ids_a_removed_line_moves_65_5_percent_of_haproxys_keys_and_with_them_15_8() {
    assert_eq!(moved_by_removal(BTreeMap::new()), "65.5");
    let ids = (1..=5).map(|k| (format!("127.0.0.1:{}", 9000 + k), k)).collect();
    assert_eq!(moved_by_removal(ids), "15.8");
}

#[test]
fn sdbm_without_avalanche_puts_1900_of_2000_sequential_keys_on_one_haproxy_server() {
    let hash = HaproxyHashType { function: HaproxyHash::Sdbm, avalanche: false };
    let config = HaproxyConsistentConfig { hash, ..HaproxyConsistentConfig::default() };
    let cluster = Cluster::even(SchemeConfig::HaproxyConsistent(config), 3);
    let scheme = cluster.scheme();
    let mut counts = [0; 3];
    for k in 0..KEYS {
        counts[scheme.owner(format!("user-{k}").as_bytes()).unwrap().index()] += 1;
    }
    assert_eq!(counts.iter().max(), Some(&1900));
}

#[test]
fn from_three_to_four_hosts_envoys_ring_moves_36_percent_10_6_of_them_needlessly() {
    let (before, after) = (owners("envoy_ring_hash", 3), owners("envoy_ring_hash", 4));
    assert_eq!(format!("{:.0}", moved(&before, &after).parse::<f64>().unwrap()), "36");
    assert_eq!(needless(&before, &after, "9004"), "10.6");
}

/// How many tunnels each server holds after 600 were opened, and after 200 were closed.
fn tunnels(name: &str) -> ([u32; 5], [u32; 5]) {
    let cluster = Cluster::recorded(name);
    let mut scheme = cluster.scheme();
    let mut held = [0; 5];
    let mut opened = [0; 5];
    for row in rows(name).into_iter().take(800) {
        let id = if row[1] == "open" {
            let id = scheme.pick(row[2].as_bytes(), 0).unwrap();
            scheme.opened(id);
            held[id.index()] += 1;
            opened[id.index()] += 1;
            id
        } else {
            let id = cluster.membership.find(&format!("127.0.0.1:{}", row[3])).unwrap().id;
            scheme.closed(id);
            held[id.index()] -= 1;
            id
        };
        assert_eq!(scheme.connections(id), held[id.index()]);
    }
    (opened, held)
}

#[test]
fn a_bound_of_125_brings_the_peak_of_600_tunnels_from_142_to_138_and_never_moves_one() {
    let (unbounded, _) = tunnels("haproxy-held_balance0-5");
    assert_eq!(unbounded.iter().max(), Some(&142));
    let (opened, left) = tunnels("haproxy-held_balance125-5");
    assert_eq!(opened.iter().max(), Some(&138));
    // 400 are left; the fullest server lost its own only.
    assert_eq!(left.iter().sum::<u32>(), 400);
    assert!(opened.iter().zip(left).all(|(&opened, left)| left <= opened));
}

#[test]
fn one_hot_key_300_times_under_a_bound_of_125_fills_four_of_five_servers() {
    let config =
        HaproxyConsistentConfig { balance_factor: 125, ..HaproxyConsistentConfig::default() };
    let cluster = Cluster::even(SchemeConfig::HaproxyConsistent(config), 5);
    let mut scheme = cluster.scheme();
    let mut held = [0; 5];
    for _ in 0..300 {
        let id = scheme.pick(b"hot", 0).unwrap();
        scheme.opened(id);
        held[id.index()] += 1;
    }
    held.sort_unstable();
    assert_eq!(held, [0, 75, 75, 75, 75]);
}
