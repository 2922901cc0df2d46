//! Configuration files of nginx and HAProxy, read as far as the recordings use them.

use std::fs;
use std::path::{Path, PathBuf};

use ringstorm::routing::compat::{
    HaproxyConsistentConfig, HaproxyHash, HaproxyHashType, HaproxyMapBasedConfig,
};
use ringstorm::routing::{BackendId, BackendState, Membership, Scheme, SchemeConfig};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// A recording: its lines as fields, without the header.
pub fn rows(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder().join(format!("{name}.csv"))).unwrap();
    let fields = |line: &str| line.split(',').map(str::to_owned).collect();
    text.lines().skip(1).map(fields).collect()
}

/// Servers with ports 9001, 9002, ... and the scheme over them.
pub struct Cluster {
    pub membership: Membership,
    pub config: SchemeConfig,
}

impl Cluster {
    /// `count` servers of weight 1.
    pub fn even(config: SchemeConfig, count: u32) -> Self {
        let mut membership = Membership::new();
        for k in 1..=count {
            membership.join(&format!("127.0.0.1:{}", 9000 + k), 1, None);
        }
        Self { membership, config }
    }

    /// The cluster that a recording's configuration describes.
    pub fn recorded(name: &str) -> Self {
        let path = folder().join(format!("{name}.conf"));
        let text = fs::read_to_string(path).unwrap();
        if name.starts_with("nginx") { nginx(&text) } else { haproxy(&text) }
    }

    pub fn scheme(&self) -> Scheme {
        Scheme::build(&self.config, &self.membership)
    }

    /// The port of a backend, as recordings write it.
    pub fn port(&self, id: Option<BackendId>) -> &str {
        let backend = id.and_then(|id| self.membership.get(id));
        backend.map_or("none", |backend| backend.address.rsplit(':').next().unwrap())
    }
}

fn join(membership: &mut Membership, address: &str, weight: Option<u32>, down: bool) {
    let id = membership.join(address, weight.unwrap_or(1), None);
    if down {
        membership.set_state(id, BackendState::Down);
    }
}

fn nginx(text: &str) -> Cluster {
    let mut config = SchemeConfig::NginxRoundRobin;
    let mut membership = Membership::new();
    for line in text.lines().filter_map(|line| line.trim().strip_suffix(';')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["hash", _, "consistent"] => config = SchemeConfig::NginxConsistent,
            ["hash", _] => config = SchemeConfig::NginxHash,
            ["least_conn"] => config = SchemeConfig::NginxLeastConn,
            ["server", address, options @ ..] => {
                let weight = options.iter().find_map(|option| option.strip_prefix("weight="));
                let weight = weight.map(|weight| weight.parse().unwrap());
                join(&mut membership, address, weight, options.contains(&"down"));
            }
            _ => {}
        }
    }
    Cluster { membership, config }
}

fn haproxy(text: &str) -> Cluster {
    let mut membership = Membership::new();
    let mut consistent = HaproxyConsistentConfig::default();
    let mut config = None;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["balance", "roundrobin"] => config = Some(SchemeConfig::HaproxyRoundRobin),
            ["balance", "leastconn"] => config = Some(SchemeConfig::HaproxyLeastconn),
            ["hash-type", "map-based"] => {
                config = Some(SchemeConfig::HaproxyMapBased(HaproxyMapBasedConfig::default()));
            }
            ["hash-type", "consistent", function, rest @ ..] => {
                let avalanche = rest == ["avalanche"];
                consistent.hash = HaproxyHashType { function: named(function), avalanche };
            }
            ["hash-balance-factor", factor] => consistent.balance_factor = factor.parse().unwrap(),
            ["server", _, address, options @ ..] => {
                let option = |name| {
                    let at = options.iter().position(|&option| option == name)?;
                    Some(options[at + 1].parse().unwrap())
                };
                join(&mut membership, address, option("weight"), options.contains(&"disabled"));
                if let Some(id) = option("id") {
                    consistent.ids.insert((*address).to_owned(), id);
                }
            }
            _ => {}
        }
    }
    let config = config.unwrap_or(SchemeConfig::HaproxyConsistent(consistent));
    Cluster { membership, config }
}

fn named(function: &str) -> HaproxyHash {
    match function {
        "sdbm" => HaproxyHash::Sdbm,
        "djb2" => HaproxyHash::Djb2,
        "wt6" => HaproxyHash::Wt6,
        "crc32" => HaproxyHash::Crc32,
        other => panic!("HAProxy has no hash {other}"),
    }
}
