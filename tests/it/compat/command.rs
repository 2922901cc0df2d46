//! `ringstorm route`: recordings through the command, and what it says of wrong input.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use ringstorm::routing::SchemeConfig;

use super::configuration::folder;

/// Runs `route` with keys on standard input.
fn route(arguments: &[&str], keys: &str) -> Output {
    let mut child = Command::new(cargo_bin!("ringstorm"))
        .arg("route")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever finds its arguments wrong does not read on.
    let _ = child.stdin.take().unwrap().write_all(keys.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What the command writes if it succeeds, with backends by port, as recordings have them.
fn routed(arguments: &[&str], recording: &str) -> (String, String) {
    let path = folder().join(format!("{recording}.csv"));
    let mut arguments = arguments.to_vec();
    arguments.extend(["--keys", path.to_str().unwrap()]);
    let output = route(&arguments, "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let ports = text(&output.stdout).replace("127.0.0.1:", "");
    (ports, fs::read_to_string(path).unwrap())
}

#[test]
fn recordings_are_reproduced_on_the_command_line_byte_for_byte() {
    const B: [&str; 10] = [
        "--backend",
        "127.0.0.1:9001",
        "--backend",
        "127.0.0.1:9002",
        "--backend",
        "127.0.0.1:9003",
        "--backend",
        "127.0.0.1:9004",
        "--backend",
        "127.0.0.1:9005",
    ];
    let mut weighted = B;
    (weighted[3], weighted[5], weighted[9]) =
        ("127.0.0.1:9002=2", "127.0.0.1:9003=3", "127.0.0.1:9005=2");
    let mut down = B;
    down[3] = "127.0.0.1:9002@down";
    let with_ids = [
        "--backend",
        "127.0.0.1:9001#1",
        "--backend",
        "127.0.0.1:9003#3",
        "--backend",
        "127.0.0.1:9004#4",
        "--backend",
        "127.0.0.1:9005#5",
    ];
    let cases: [(&str, &[&str], &[&str], &str); 9] = [
        ("nginx_consistent", &[], &down, "nginx-consistent_down2-5"),
        ("nginx_least_conn", &[], &B, "nginx-held_leastconn-5"),
        ("nginx_round_robin", &[], &weighted, "nginx-roundrobin_weighted-5"),
        ("haproxy_round_robin", &[], &weighted, "haproxy-roundrobin_weighted-5"),
        ("haproxy_consistent", &["hash=crc32"], &B, "haproxy-crc32-5"),
        ("haproxy_consistent", &["avalanche=true", "hash=crc32"], &B, "haproxy-crc32_avalanche-5"),
        ("haproxy_consistent", &[], &with_ids, "haproxy-default_removed2_explicitid-5"),
        (
            "haproxy_consistent",
            &["hash-balance-factor=125"],
            &weighted,
            "haproxy-held_balance125_weighted-5",
        ),
        ("envoy_ring_hash", &["minimum_ring_size=1024"], &B, "computed-envoy_ringhash-5"),
    ];
    for (scheme, options, backends, recording) in cases {
        let mut arguments = vec!["--scheme", scheme];
        arguments.extend_from_slice(backends);
        arguments.extend(options.iter().flat_map(|option| ["--option", option]));
        let (ours, recorded) = routed(&arguments, recording);
        assert!(ours == recorded, "{recording} differs");
    }
}

#[test]
fn every_scheme_routes_keys_and_connections_the_same_way_each_time() {
    let mut keys = "key\n".to_owned();
    let mut events = "event,key\n".to_owned();
    for k in 0..50 {
        writeln!(keys, "user-{k}").unwrap();
        writeln!(events, "open,user-{}", k % 20).unwrap();
        if k % 3 == 2 {
            writeln!(events, "close,user-{}", (k - 2) % 20).unwrap();
        }
    }
    for scheme in SchemeConfig::NAMES {
        let arguments = ["--scheme", scheme, "--backend", "a", "--backend", "b=2"];
        for input in [&keys, &events] {
            let [first, second] = [(); 2].map(|()| route(&arguments, input));
            assert_eq!(first.status.code(), Some(0), "{scheme}: {}", text(&first.stderr));
            assert_eq!(first.stdout, second.stdout, "{scheme}");
            let lines = text(&first.stdout).lines().count();
            assert_eq!(lines, input.lines().count(), "{scheme}");
            assert!(
                text(&first.stdout).lines().skip(1).all(|line| line.ends_with([',', 'a', 'b']))
            );
        }
    }
}

#[test]
fn a_close_ends_the_oldest_connection_of_its_key() {
    let events = "event,key\nopen,x\nopen,x\nclose,x\nclose,x\n";
    let output = route(&["--scheme", "round_robin", "--backend", "a", "--backend", "b"], events);
    let expected = "seq,event,key,backend\n0,open,x,a\n1,open,x,b\n2,close,x,a\n3,close,x,b\n";
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn where_nobody_takes_connections_the_backend_is_empty() {
    let output = route(&["--scheme", "ring", "--backend", "a@draining"], "key\nx\n\"\"\n");
    assert_eq!(text(&output.stdout), "key,backend\nx,\n,\n");
    let events = "key,event\nx,open\nx,close\n";
    let output = route(&["--scheme", "ring", "--backend", "a=0"], events);
    assert_eq!(text(&output.stdout), "seq,event,key,backend\n0,open,x,\n1,close,x,\n");
}

/// Nothing is routed by these arguments, and this is why.
fn are_refused(cases: &[(&[&str], &str)]) {
    for (arguments, expected) in cases {
        let output = route(arguments, "key\n");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(text(&output.stderr), format!("error: {expected}\n"));
        assert_eq!(text(&output.stdout), "");
    }
}

#[test]
fn wrong_arguments_are_refused_with_the_nearest_name() {
    let cases: [(&[&str], &str); 14] = [
        (
            &["--scheme", "nginx_consistant", "--backend", "a"],
            "unknown scheme `nginx_consistant`; there is a similar one: `nginx_consistent`",
        ),
        (
            &["--scheme", "ring", "--backend", "a", "--option", "virtual_node=3"],
            "`ring` has no option `virtual_node`; there is a similar one: `virtual_nodes`",
        ),
        (
            &["--scheme", "haproxy_consistent", "--backend", "a", "--option", "x=3"],
            "`haproxy_consistent` has no option `x`; it has `hash`, `avalanche`, `balance_factor`",
        ),
        (
            &["--scheme", "ketama", "--backend", "a", "--option", "hash=md5"],
            "`ketama` has no option `hash`; it has none",
        ),
        (
            &["--scheme", "ring", "--backend", "a", "--option", "virtual_nodes"],
            "the option `virtual_nodes` has no value: write NAME=VALUE",
        ),
        (
            &["--scheme", "haproxy_consistent", "--backend", "a", "--option", "hash=md5"],
            "the option `hash` is `md5`; it takes `sdbm`, `djb2`, `wt6` or `crc32`",
        ),
        (
            &["--scheme", "haproxy_consistent", "--backend", "a", "--option", "balance_factor=90"],
            "the option `balance_factor` is `90`; it takes 0, or a whole number above 100",
        ),
        (
            &["--scheme", "envoy_maglev", "--backend", "a", "--option", "table_size=65536"],
            "the option `table_size` is `65536`; it takes a prime up to 5000011",
        ),
        (
            &["--scheme", "ring", "--backend", "a@dwn"],
            "the backend `a@dwn`: its state is `dwn`; it is `ready`, `draining`, `down` or \
             `disabled`; there is a similar one: `down`",
        ),
        (
            &["--scheme", "ring", "--backend", "a=x"],
            "the backend `a=x`: its weight is `x`; it takes whole numbers from 0 to 4294967295",
        ),
        (
            &["--scheme", "haproxy_leastconn", "--backend", "a=257"],
            "the backend `a=257`: its weight is 257; HAProxy takes at most 256",
        ),
        (
            &["--scheme", "ring", "--backend", "a#3"],
            "the backend `a#3`: it has an id, and the servers of `ring` have none",
        ),
        (
            &["--scheme", "haproxy_consistent", "--backend", "a#3", "--backend", "b#3"],
            "the backend `b#3`: another has the id 3 too",
        ),
        (
            &["--scheme", "ring", "--backend", "a", "--backend", "a=2"],
            "the backend `a=2`: another has this address too",
        ),
    ];
    are_refused(&cases);
}

#[test]
fn a_scheme_that_cannot_have_what_was_asked_for_is_refused() {
    let cases: [(&[&str], &str); 5] = [
        (
            &["--scheme", "ring_hash", "--backend", "a"],
            "unknown scheme `ring_hash`; there is a similar one: `envoy_ring_hash`",
        ),
        (
            &["--scheme", "ring", "--backend", "a", "--option", "virtual_nodes=4000000000"],
            "the ring would have 4000000000 points; at most 16777216 are made",
        ),
        (
            &["--scheme", "maglev", "--backend", "a", "--option", "slots=5000012"],
            "the option `slots` is `5000012`; it takes a whole number from 1 to 5000011",
        ),
        (
            &["--scheme", "anchor", "--backend", "a", "--option", "capacity=16777217"],
            "the option `capacity` is `16777217`; it takes a whole number from 1 to 16777216",
        ),
        (
            &[
                "--scheme",
                "anchor",
                "--backend",
                "a=2",
                "--backend",
                "b=2",
                "--backend",
                "c",
                "--option",
                "capacity=3",
            ],
            "there is no room for `b`, `c`: the weights add up to more than there are seats",
        ),
    ];
    are_refused(&cases);
}

#[test]
fn wrong_keys_are_refused_with_their_line() {
    let cases = [
        ("k\nx\n", "the keys have no column `key`; their first line names `k`"),
        ("", "the keys have no column `key`; their first line names nothing"),
        ("event,key\nopen\n", "line 2 of the keys has 1 fields and the first line 2"),
        (
            "event,key\nopen,x\nopne,y\n",
            "line 3 of the keys: the event is `opne`; it is `open` or `close`",
        ),
        ("event,key\nopen,x\nclose,y\n", "line 3 of the keys: no connection of `y` is open"),
    ];
    for (keys, expected) in cases {
        let output = route(&["--scheme", "ring", "--backend", "a"], keys);
        assert_eq!(output.status.code(), Some(2), "{keys:?}");
        assert_eq!(text(&output.stderr), format!("error: {expected}\n"));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_no_fault_of_the_command_line() {
    for path in ["/no/such/file", env!("CARGO_MANIFEST_DIR")] {
        let output = route(&["--scheme", "ring", "--backend", "a", "--keys", path], "");
        assert_eq!(output.status.code(), Some(3));
        assert!(text(&output.stderr).starts_with("error: cannot read"));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let keys = format!("key\n{}", "x\n".repeat(100_000));
    let mut child = Command::new(cargo_bin!("ringstorm"))
        .args(["route", "--scheme", "ring", "--backend", "a"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let _ = child.stdin.take().unwrap().write_all(keys.as_bytes());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}
