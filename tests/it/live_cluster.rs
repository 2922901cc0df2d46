use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::net::TcpListener;
use std::process::Stdio;

use ringstorm::routing::{KeyHash, Membership, Ring, RingConfig};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use self::cluster::{Outcome, Settings};

#[path = "../../examples/live_cluster/mod.rs"]
mod cluster;

fn small(redis: Option<String>) -> Settings {
    Settings { clients: 60, rooms: 12, closes_per_second: 200.0, redis, ..Settings::default() }
}

/// The server of each client, by the ring alone.
fn owners(servers: usize, clients: usize) -> Vec<String> {
    let mut members = Membership::new();
    for number in 0..servers {
        members.join(&format!("server-{number}"), 1, None);
    }
    let ring = Ring::build(&RingConfig::default(), &members);
    let owner = |client| {
        let id = ring.owner(KeyHash::of(format!("client-{client}").as_bytes())).unwrap();
        members.get(id).unwrap().address.clone()
    };
    (0..clients).map(owner).collect()
}

/// Runs a small cluster; its numbers have to be those that can be told beforehand.
async fn check(redis: Option<String>) {
    let settings = small(redis);
    let mut story = Vec::new();
    let outcome = cluster::run(&settings, &mut story).await.unwrap();
    let story = String::from_utf8(story).unwrap();
    assert_eq!(outcome.faults(), Vec::<String>::new(), "{story}");

    let members = settings.clients / settings.rooms;
    let before = owners(settings.servers, settings.clients);
    let after = owners(settings.servers + 1, settings.clients);
    let moved = before.iter().zip(&after).filter(|(old, new)| old != new).count();
    // Rooms gain a server when the first of their clients comes to it, and nobody goes back.
    let needs: BTreeSet<(usize, &String)> = [&before, &after]
        .into_iter()
        .flat_map(|owners| owners.iter().enumerate())
        .map(|(client, server)| (client % settings.rooms, server))
        .collect();
    let expected = Outcome {
        expected: 2 * settings.clients * members,
        moved,
        returned: moved,
        subscribes: needs.len(),
        unsubscribes: needs.len(),
        ..Outcome::default()
    };
    assert_eq!(outcome, expected, "{story}");
    assert!(story.contains("closed with code 1012"), "{story}");
    assert!(
        story.ends_with(&format!("as it should be: 0 of {} deliveries lost\n", expected.expected))
    );
}

#[tokio::test]
async fn a_server_joins_and_only_its_clients_move_and_nothing_is_lost_in_the_calm() {
    check(None).await;
}

#[tokio::test]
async fn the_same_happens_when_messages_go_through_a_real_redis() {
    match Redis::start().await {
        Some(redis) => check(Some(redis.url.clone())).await,
        None if std::env::var("CI").is_ok_and(|ci| !ci.is_empty()) => {
            panic!("redis-server is not installed, and CI has to test against a real one")
        }
        None => {
            // Not `eprintln`: the test harness would keep that to itself.
            let text = "NOT TESTED against a real Redis: redis-server is not installed";
            writeln!(std::io::stderr(), "{text}").unwrap();
        }
    }
}

/// A redis-server of its own, gone when dropped.
struct Redis {
    url: String,
    _process: Child,
}

impl Redis {
    /// Starts one on a free port; `None` if there is no such program.
    async fn start() -> Option<Self> {
        for _ in 0..5 {
            let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
            let options = format!("--port {port} --bind 127.0.0.1 --appendonly no --save");
            let spawned = Command::new("redis-server")
                .args(options.split(' '))
                .arg("")
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn();
            let mut process = match spawned {
                Ok(process) => process,
                Err(error) if error.kind() == ErrorKind::NotFound => return None,
                Err(error) => panic!("redis-server does not start: {error}"),
            };
            let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains("Ready to accept connections") {
                    // Reads on, so that a full pipe never stops the server.
                    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                    return Some(Self {
                        url: format!("redis://127.0.0.1:{port}"),
                        _process: process,
                    });
                }
            }
            // It has ended: somebody else was faster to take the port.
        }
        panic!("redis-server found no port");
    }
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_an_error_that_says_so() {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let settings = small(Some(format!("redis://127.0.0.1:{port}")));
    let error = cluster::run(&settings, &mut Vec::new()).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("no Redis at 127.0.0.1:{port}: ")), "{error}");
}

#[test]
fn whatever_goes_wrong_is_a_fault() {
    let good = Outcome { expected: 10, moved: 3, returned: 3, ..Outcome::default() };
    assert_eq!(good.faults(), Vec::<String>::new());
    let spoil: [fn(&mut Outcome); 9] = [
        |outcome| outcome.lost = 1,
        |outcome| outcome.stray = 1,
        |outcome| outcome.returned = 2,
        |outcome| outcome.needless_closes = 1,
        |outcome| outcome.misplaced = 1,
        |outcome| outcome.wrong_subscriptions = 1,
        |outcome| outcome.subscribes = 1,
        |outcome| outcome.expected = 0,
        |outcome| (outcome.moved, outcome.returned) = (0, 0),
    ];
    for spoil in spoil {
        let mut outcome = Outcome { ..good };
        spoil(&mut outcome);
        assert_eq!(outcome.faults().len(), 1, "{outcome:?}");
    }
}
