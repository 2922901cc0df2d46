//! Every assignment of every recording.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use ringstorm::routing::compat::RedisSlot;
use ringstorm::routing::{BackendId, BackendState, Membership, SchemeConfig};

use super::configuration::{Cluster, folder, rows};

/// Assignments that agree, and the first that does not.
#[derive(Default)]
struct Agreement {
    agree: usize,
    wrong: Option<String>,
}

impl Agreement {
    fn note(&mut self, name: &str, key: &str, ours: &str, recorded: &str) {
        if ours == recorded {
            self.agree += 1;
        } else if self.wrong.is_none() {
            self.wrong = Some(format!("{name}: `{key}` is on {ours}, recorded {recorded}"));
        }
    }
}

/// What a request for a recorded key shows to the hash.
fn hashed(name: &str, key: &str) -> String {
    if name.starts_with("haproxy-uri_default") {
        "/t".to_owned()
    } else if name.starts_with("haproxy-uri_whole") {
        format!("/t?user={key}")
    } else {
        key.to_owned()
    }
}

/// Keys one after the other; connections are short and never counted.
fn keys(name: &str, cluster: &Cluster) -> Agreement {
    let mut agreement = Agreement::default();
    let mut scheme = cluster.scheme();
    for row in rows(name) {
        let text = hashed(name, &row[0]);
        let picked = scheme.pick(text.as_bytes(), 0);
        if scheme.has_owners() {
            assert_eq!(scheme.owner(text.as_bytes()), picked, "{name}: the owner is picked");
        }
        agreement.note(name, &row[0], cluster.port(picked), &row[1]);
    }
    agreement
}

/// Connections that are held: opened where the scheme says, closed where they are.
fn held(name: &str, cluster: &Cluster) -> Agreement {
    let mut agreement = Agreement::default();
    let mut scheme = cluster.scheme();
    let mut open = BTreeMap::new();
    for row in rows(name) {
        let (event, key) = (&row[1], &row[2]);
        let backend = if event == "open" {
            let picked = scheme.pick(key.as_bytes(), 0).unwrap();
            scheme.opened(picked);
            open.insert(key.clone(), picked);
            picked
        } else {
            let held = open.remove(key).unwrap();
            scheme.closed(held);
            held
        };
        agreement.note(name, key, cluster.port(Some(backend)), &row[3]);
    }
    agreement
}

fn computed(name: &str, servers: u32) -> Agreement {
    let scheme = |name| Cluster::even(SchemeConfig::named(name).unwrap(), servers);
    match name.rsplit_once('-').unwrap().0 {
        "computed-envoy_ringhash" => keys(name, &scheme("envoy_ring_hash")),
        "computed-envoy_maglev" => keys(name, &scheme("envoy_maglev")),
        "computed-ketama" => keys(name, &scheme("ketama")),
        other => panic!("no scheme for {other}"),
    }
}

fn slots(name: &str) -> Agreement {
    let mut agreement = Agreement::default();
    for row in rows(name) {
        let slot = RedisSlot::slot(row[0].as_bytes()).to_string();
        agreement.note(name, &row[0], &slot, &row[1]);
    }
    agreement
}

/// All recordings but those of `jump`, which is a scheme of ours with another key hash.
fn names() -> BTreeSet<String> {
    let files = fs::read_dir(folder()).unwrap();
    files
        .filter_map(|file| {
            file.unwrap().file_name().to_str().unwrap().strip_suffix(".csv").map(str::to_owned)
        })
        .filter(|name| !name.starts_with("computed-jump"))
        .collect()
}

fn check(name: &str) -> Agreement {
    let servers = || name.rsplit_once('-').unwrap().1.parse().unwrap();
    if name.starts_with("redis") {
        slots(name)
    } else if name.starts_with("computed") {
        computed(name, servers())
    } else if name.contains("-held_") {
        held(name, &Cluster::recorded(name))
    } else {
        keys(name, &Cluster::recorded(name))
    }
}

#[test]
fn every_assignment_of_every_recording_agrees() {
    let mut wrong = Vec::new();
    let mut agree = 0;
    let names = names();
    for name in &names {
        let agreement = check(name);
        agree += agreement.agree;
        wrong.extend(agreement.wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // 9 sequences of 1,100, 2,022 slots, and 2,000 keys in each of the others.
    assert_eq!(agree, (names.len() - 10) * 2000 + 9 * 1100 + 2022);
}

/// What happened to a cluster.
type Happening = fn(&mut Membership);

#[test]
fn a_scheme_that_is_updated_agrees_with_the_recording_of_the_new_configuration() {
    // From, to, and what happened to the second server.
    let changes: [(&str, &str, Happening); 4] = [
        ("nginx-consistent-5", "nginx-consistent_down2-5", down),
        ("nginx-consistent-5", "nginx-consistent_removed2-5", leave),
        ("haproxy-default-5", "haproxy-default_disabled2-5", down),
        ("haproxy-default-5", "haproxy-default_removed2_autoid-5", leave),
    ];
    for (from, to, change) in changes {
        let mut cluster = Cluster::recorded(from);
        let mut scheme = cluster.scheme();
        change(&mut cluster.membership);
        scheme.update(&cluster.membership);
        for row in rows(to) {
            let owner = scheme.owner(row[0].as_bytes());
            assert_eq!(cluster.port(owner), row[1], "{from} to {to}: {}", row[0]);
        }
    }
}

fn second(membership: &Membership) -> BackendId {
    membership.find("127.0.0.1:9002").unwrap().id
}

fn down(membership: &mut Membership) {
    membership.set_state(second(membership), BackendState::Down);
}

fn leave(membership: &mut Membership) {
    membership.leave(second(membership));
}
