//! Scenarios that are right: what they mean, and how the command line changes them.

use std::path::Path;

use ringstorm::engine::{Distribution, SimDuration, SimTime, math};
use ringstorm::plan::reconnect::{Base, Delay, DelayFrom, Jitter, Reset};
use ringstorm::plan::{Arrivals, Plan, Verb, WhenFull, Which};
use ringstorm::policy::{Balance, Rebalance};
use ringstorm::scenario::presets::Preset;
use ringstorm::scenario::{self, Diagnostic, Overrides, read_text, render};

const MINIMAL: &str = r#"{
  "name": "small",
  "duration": "2m",
  "clients": {"presence": {"exponential": {"mean": "30m"}}},
  "servers": {"count": 2},
  "policies": [{"name": "even", "balance": "round_robin"}]
}"#;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios"))
}

fn try_read(text: &str, overrides: &Overrides) -> Result<Plan, Vec<Diagnostic>> {
    read_text("test.json", text, folder(), overrides)
}

fn read(text: &str) -> Plan {
    try_read(text, &Overrides::default())
        .unwrap_or_else(|faults| panic!("{}", render::text(&faults, false)))
}

fn set(text: &str, sets: &[&str]) -> Result<Plan, Vec<Diagnostic>> {
    let set = sets.iter().map(|&set| set.to_owned()).collect();
    try_read(text, &Overrides { set, ..Overrides::default() })
}

/// The minimal scenario with these fields in place of, or beside, its own.
fn with(fields: &[(&str, &str)]) -> String {
    let mut value: serde_json::Value = serde_json::from_str(MINIMAL).expect("it is JSON");
    for (name, json) in fields {
        value[*name] = serde_json::from_str(json).expect("the test gives JSON");
    }
    value.to_string()
}

#[test]
fn the_example_of_the_documentation_is_read_as_it_is_meant() {
    let plan = scenario::load(&folder().join("scale-out.json"), &Overrides::default())
        .unwrap_or_else(|faults| panic!("{}", render::text(&faults, false)));
    assert_eq!((plan.name.as_str(), plan.seed, plan.replications), ("scale-out", 1, 20));
    let [point] = plan.points.as_slice() else { panic!("one point") };
    let world = &point.world;
    assert_eq!(world.duration, SimDuration::from_secs(900));
    let [group] = world.groups.as_slice() else { panic!("one group") };
    assert_eq!((group.name.as_str(), group.connected, group.round_trips), ("clients", 100_000, 3));
    assert!(
        matches!(group.arrivals[..], [Arrivals::Poisson { rate }] if rate.as_per_second() == 50.0)
    );
    assert_eq!(
        group.reconnect.connect_timeout,
        Some(Distribution::Constant(SimDuration::from_secs(10)))
    );
    assert_eq!(
        group.reconnect.delay,
        Preset::named("socket.io").expect("a preset").reconnect().delay
    );
    assert_eq!((world.servers.count, world.servers.zones.len()), (4, 2));
    assert_eq!(
        (world.servers.when_full, world.servers.max_connections),
        (WhenFull::Reject, 65_000)
    );
    assert!(matches!(world.events[0].verb, Verb::Add(1)));
    let names: Vec<&str> = point.policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["round robin", "drop all", "ring", "gateway"]);
    assert!(matches!(point.policies[2].balance, Balance::Ring(ring) if ring.virtual_nodes == 160));
    assert!(matches!(point.policies[3].rebalance, Rebalance::Shed(_)));
}

#[test]
fn what_is_left_out_has_its_documented_default() {
    let plan = read(MINIMAL);
    assert_eq!((plan.seed, plan.replications), (1, 20));
    let world = &plan.points[0].world;
    assert_eq!((world.warmup, world.sample_every), (SimDuration::ZERO, SimDuration::from_secs(1)));
    let group = &world.groups[0];
    assert_eq!((group.connected, group.round_trips, group.arrivals.len()), (0, 3, 0));
    assert_eq!(group.rtt, Distribution::LogNormal { median: 0.04, sigma: 0.5 });
    assert_eq!(group.reconnect.name, "socket.io");
    assert_eq!(
        group.reconnect.connect_timeout,
        Some(Distribution::Constant(SimDuration::from_secs(20)))
    );
    let servers = &world.servers;
    assert_eq!(
        (servers.zones.as_slice(), servers.weights.as_slice()),
        (&["a".to_owned()][..], &[1][..])
    );
    assert_eq!((servers.accept_queue, servers.max_connections), (4_096, u32::MAX));
    assert_eq!(servers.handshake.workers, 4);
    let policy = &plan.points[0].policies[0];
    assert_eq!(
        (policy.balancer.replicas, &policy.balancer.propagation),
        (1, &Distribution::Constant(SimDuration::ZERO))
    );
    assert_eq!(policy.rebalance.name(), "none");
    assert_eq!(policy.reconnect, std::slice::from_ref(&group.reconnect));
}

#[test]
fn every_form_of_clients_servers_and_events_is_read_as_it_is_meant() {
    let plan = scenario::load(&folder().join("groups.json"), &Overrides::default())
        .unwrap_or_else(|faults| panic!("{}", render::text(&faults, false)));
    let point = &plan.points[0];
    let [mobile, web, bots] = point.world.groups.as_slice() else { panic!("three groups") };

    // 5,000 x (1 / mean presence); the mean of Weibull(600 s, 0.6) is 600 Gamma(1 + 1/0.6) = 902.7 s.
    let Arrivals::Poisson { rate } = mobile.arrivals[0] else { panic!("steady") };
    assert!((rate.as_per_second() - 5_000.0 / 902.745).abs() < 1e-3, "{rate}");
    let Arrivals::Diurnal { mean, peak_at, .. } = mobile.arrivals[1] else { panic!("diurnal") };
    assert_eq!((mean.as_per_second(), peak_at), (0.5, SimDuration::from_secs(1_800)));
    let Arrivals::Trace { rows } = &mobile.arrivals[2] else { panic!("a trace") };
    let rows: Vec<_> = rows.iter().map(|row| (row.at, row.key.as_deref(), row.presence)).collect();
    let ms = |millis| SimTime::ZERO.after(SimDuration::from_millis(millis));
    let ten_minutes = Some(SimDuration::from_secs(600));
    assert_eq!(rows, [(ms(1_500), Some("bert"), None), (ms(5_000), Some("anna"), ten_minutes)]);
    let points = vec![(0.0, 0.0), (0.5, 0.08), (0.9, 0.2), (0.999, 1.0), (1.0, 1.0)];
    assert_eq!(mobile.rtt, Distribution::Quantiles { points });

    assert_eq!(web.reconnect.connect_timeout, None);
    let branches = vec![(0.75, 60.0), (0.25, 3_600.0)];
    assert_eq!(web.presence, Distribution::HyperExponential { branches });
    assert_eq!(web.reconnect.attempts, Some(7));
    assert_eq!(web.reconnect.reset, Reset::AfterUptime(SimDuration::from_secs(60)));
    assert_eq!(web.reconnect.delay_from, DelayFrom::Start);
    let Delay::Steps { delays, tail, jitter } = &web.reconnect.delay else { panic!("steps") };
    assert_eq!(
        (delays.len(), *tail, *jitter),
        (3, Some(SimDuration::from_secs(30)), Jitter::PlusMinus(0.2))
    );

    assert!((bots.presence.mean_secs() - (60.0 + 1.5 + 180.0) / 3.0).abs() < 1e-9);
    assert_eq!(bots.reconnect.attempts, Some(0), "`never` makes one attempt");

    let servers = &point.world.servers;
    assert_eq!((servers.accept_queue, servers.when_full), (u32::MAX, WhenFull::Drop));
    assert_eq!((servers.weights.as_slice(), servers.addresses.len()), (&[1, 2][..], 2));

    let minutes = |event: &ringstorm::plan::Event| event.at.as_secs_f64() / 60.0;
    let at: Vec<f64> = point.world.events.iter().map(minutes).collect();
    assert_eq!(at, [10.0, 20.0, 30.0, 40.0, 50.0, 60.0], "sorted by time");
    let verbs: Vec<&Verb> = point.world.events.iter().map(|event| &event.verb).collect();
    assert!(matches!(verbs[1], Verb::Remove { which: Which::Oldest(1), drain: None }));
    assert!(
        matches!(verbs[2], Verb::Crash { which: Which::Servers(servers), .. } if servers == &[3, 1])
    );
    assert!(matches!(verbs[3], Verb::Crash { which: Which::Zone(0), .. }));
    assert!(matches!(verbs[4], Verb::Disconnect { group: Some(1), .. }));

    let [even, calm] = point.policies.as_slice() else { panic!("two policies") };
    assert_eq!((even.balancer.replicas, calm.balancer.replicas), (2, 1));
    let own: Vec<&str> = even.reconnect.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(own, ["phoenix", "custom", "never"]);
    assert!(
        calm.reconnect.iter().all(|rule| rule.delay == calm.reconnect[0].delay),
        "one rule for all groups"
    );
    let Delay::Exponential { base, factor, first, .. } = calm.reconnect[0].delay else {
        panic!("exponential")
    };
    assert_eq!((base, factor), (Base::Fixed(SimDuration::from_secs(1)), 1.5));
    assert_eq!(first, Some((SimDuration::ZERO, SimDuration::ZERO)));
}

#[test]
fn every_distribution_is_read_with_its_parameters_in_seconds() {
    let cases = [
        (r#""250ms""#, Distribution::Constant(SimDuration::from_millis(250))),
        (r#"{"exponential": {"mean": "1m"}}"#, Distribution::Exponential { mean: 60.0 }),
        (
            r#"{"uniform": {"min": "1s", "max": "2s"}}"#,
            Distribution::Uniform { min: 1.0, max: 2.0 },
        ),
        (
            r#"{"lognormal": {"median": "40ms", "sigma": 0.5}}"#,
            Distribution::LogNormal { median: 0.04, sigma: 0.5 },
        ),
        (
            r#"{"weibull": {"scale": "1h", "shape": 0.7}}"#,
            Distribution::Weibull { scale: 3_600.0, shape: 0.7 },
        ),
        (
            r#"{"pareto": {"scale": "1s", "shape": 1.5}}"#,
            Distribution::Pareto { scale: 1.0, shape: 1.5 },
        ),
        (r#"{"erlang": {"mean": "3s", "k": 3}}"#, Distribution::Erlang { mean: 3.0, k: 3 }),
        (
            r#"{"quantiles": {"p0": "1s", "p100": "3s"}}"#,
            Distribution::Quantiles { points: vec![(0.0, 1.0), (1.0, 3.0)] },
        ),
    ];
    for (json, expected) in cases {
        let text = with(&[("clients", &format!(r#"{{"presence": {json}}}"#))]);
        assert_eq!(read(&text).points[0].world.groups[0].presence, expected, "{json}");
    }
}

#[test]
fn a_log_normal_by_mean_and_cv_has_that_mean_and_cv() {
    let text = with(&[("clients", r#"{"presence": {"lognormal": {"mean": "10m", "cv": 2}}}"#)]);
    let law = &read(&text).points[0].world.groups[0].presence;
    assert!((law.mean_secs() - 600.0).abs() < 1e-9);
    let Distribution::LogNormal { sigma, .. } = law else { panic!("log-normal") };
    let cv_squared = math::exp_m1(sigma * sigma);
    assert!((cv_squared - 4.0).abs() < 1e-12, "cv^2 = exp(sigma^2) - 1");
}

#[test]
fn nobody_and_no_server_are_legal_and_so_is_the_removal_of_the_last_one() {
    let empty = with(&[("servers", r#"{"count": 0}"#)]);
    assert_eq!(read(&empty).points[0].world.servers.count, 0);
    let last = with(&[(
        "events",
        r#"[{"at": "10s", "remove": 1}, {"at": "20s", "crash": 1}, {"at": "30s", "add": 1}]"#,
    )]);
    assert_eq!(read(&last).points[0].world.events.len(), 3);
}

#[test]
fn a_hundred_million_clients_are_accepted_and_ten_times_as_many_are_not() {
    let clients = |count: u64| {
        let group =
            format!(r#"{{"connected": {count}, "presence": {{"exponential": {{"mean": "1h"}}}}}}"#);
        with(&[("clients", &group), ("servers", r#"{"count": 1000}"#)])
    };
    assert_eq!(read(&clients(100_000_000)).points[0].world.groups[0].connected, 100_000_000);
    let faults = try_read(&clients(1_000_000_000), &Overrides::default()).unwrap_err();
    assert!(faults[0].message.contains("60 GiB"), "{}", faults[0].message);
}

#[test]
fn the_memory_of_a_run_is_that_of_its_clients_series_and_servers() {
    let text = with(&[
        (
            "clients",
            r#"{"connected": 1000, "arrivals": {"poisson": {"rate": "10/s"}}, "presence": "30m"}"#,
        ),
        (
            "events",
            r#"[{"at": "30s", "add": 1}, {"at": "60s", "load": {"factor": 3, "for": "30s"}}]"#,
        ),
    ]);
    let fixed = 16 << 20;
    // 1,000 + 10/s x (90 s + 3 x 30 s); 120 steps of a second, each of 100 bins for the busiest second;
    // 3 servers with 4 workers.
    let clients = 2_800 * (64 + 16);
    let series = 120 * (19 * 8 + 3 * 12) + 120 * 100 * 8;
    let servers = 3 * 1_024;
    // All may be inside at once: three accept queues take 12,288. They are served faster than
    // they can time out.
    let inside = 2_800 * 2 * (64 + 24 + 4 + 8);
    let tier = 2 * (3 * 512 + 4_096);
    let all = fixed + clients + series + servers + inside + tier;
    assert_eq!(read(&text).points[0].bytes, all);
}

#[test]
fn the_memory_of_clients_that_come_and_go_is_that_of_those_present() {
    let memory = |arrivals: &str| {
        let group = format!(
            r#"{{"connected": 1000000, "arrivals": {arrivals},
                "presence": {{"exponential": {{"mean": "1000s"}}}}}}"#
        );
        let text = with(&[
            ("clients", &group),
            ("duration", r#""2d""#),
            ("sample_every", r#""1m""#),
            ("servers", r#"{"count": 1, "accept_queue": 0}"#),
        ]);
        read(&text).points[0].bytes
    };
    // Of clients who are all there from the start nothing is kept but records and events.
    let start = memory(r#""none""#) + 1_000_000 * 16;
    // As many come as leave: 172,800,000 in two days, but six standard deviations of
    // 1,000 more than at the start at the same time.
    assert_eq!(memory(r#"{"poisson": {"rate": "steady"}}"#), start + 6_000 * 80);
    // Three times as many at the height of the day: 1.5 million, 500,000 of them more.
    let day = r#"{"diurnal": {"mean": "1000/s", "peak_over_trough": 3}}"#;
    let more = (500_000.0 + 6.0 * 1_500_000_f64.sqrt()) * 80.0;
    assert_eq!(memory(day), start + more as u64);
}

#[test]
fn load_counts_towards_the_memory_of_the_clients_that_it_brings() {
    let busy = |factor: u32| {
        with(&[
            ("clients", r#"{"arrivals": {"poisson": {"rate": "1M/s"}}, "presence": "1h"}"#),
            (
                "events",
                &format!(r#"[{{"at": "0s", "load": {{"factor": {factor}, "for": "1h"}}}}]"#),
            ),
        ])
    };
    // 120 s x 1,000,000/s x 80 B = 8.9 GiB, as none leaves; three times that is above the limit of 16 GiB.
    assert!(try_read(&busy(1), &Overrides::default()).is_ok());
    assert!(try_read(&busy(3), &Overrides::default()).is_err());
}

#[test]
fn a_set_value_replaces_or_adds_a_field_by_index_or_by_name() {
    let plan = set(
        MINIMAL,
        &[
            "servers.count=7",
            "clients.reconnect=phoenix",
            r#"policies[even].balance={"ring": {}}"#,
            "policies[0].balance.ring.virtual_nodes=40",
            "description=a b = c",
        ],
    )
    .unwrap_or_else(|faults| panic!("{}", render::text(&faults, false)));
    let point = &plan.points[0];
    assert_eq!((point.world.servers.count, plan.description.as_str()), (7, "a b = c"));
    assert_eq!(point.world.groups[0].reconnect.name, "phoenix");
    assert!(matches!(point.policies[0].balance, Balance::Ring(ring) if ring.virtual_nodes == 40));
}

#[test]
fn a_path_may_go_into_a_rule_that_is_written_as_its_bare_name() {
    let bare = with(&[("policies", r#"[{"name": "a ring", "balance": "ring"}]"#)]);
    let plan = set(&bare, &["policies[a ring].balance.ring.virtual_nodes=80"])
        .unwrap_or_else(|faults| panic!("{}", render::text(&faults, false)));
    assert!(
        matches!(plan.points[0].policies[0].balance, Balance::Ring(ring) if ring.virtual_nodes == 80)
    );
}

#[test]
fn an_equals_sign_and_a_dot_may_stand_in_an_element_s_name() {
    let text = with(&[("policies", r#"[{"name": "a=b.c", "balance": "random"}]"#)]);
    let plan = set(&text, &["policies[a=b.c].rebalance=drop_all"])
        .unwrap_or_else(|faults| panic!("{}", render::text(&faults, false)));
    assert_eq!(plan.points[0].policies[0].rebalance.name(), "drop_all");
}

#[test]
fn the_command_line_replaces_seed_replications_and_policies() {
    let text = with(&[(
        "policies",
        r#"[{"name": "a", "balance": "random"}, {"name": "b", "balance": "ring"}, {"name": "c", "balance": "gateway"}]"#,
    )]);
    let overrides = Overrides {
        policies: vec!["c".to_owned(), "a".to_owned()],
        seed: Some(9),
        replications: Some(3),
        ..Overrides::default()
    };
    let plan = try_read(&text, &overrides)
        .unwrap_or_else(|faults| panic!("{}", render::text(&faults, false)));
    let names: Vec<&str> =
        plan.points[0].policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["a", "c"], "in the scenario's order");
    assert_eq!((plan.seed, plan.replications), (9, 3));
    assert_ne!(plan.digest, read(&text).digest);
}

#[test]
fn a_sweep_makes_a_point_of_every_combination_the_last_field_changing_fastest() {
    let text = with(&[
        (
            "clients",
            r#"{"presence": "30m", "reconnect": {"exponential": {"base": "1s", "cap": "30s"}}}"#,
        ),
        ("policies", r#"[{"name": "my ring", "balance": "ring"}]"#),
        (
            "sweep",
            r#"{"clients.reconnect.exponential.cap": ["5s", "30s"],
                "policies[my ring].balance.ring.virtual_nodes": [40, 160, 640]}"#,
        ),
    ]);
    let plan = read(&text);
    let seen: Vec<(String, u32)> = plan
        .points
        .iter()
        .map(|point| {
            let Delay::Exponential { cap, .. } = point.world.groups[0].reconnect.delay else {
                panic!()
            };
            let Balance::Ring(ring) = &point.policies[0].balance else { panic!() };
            (cap.to_string(), ring.virtual_nodes)
        })
        .collect();
    let expected = [("5s", 40), ("5s", 160), ("5s", 640), ("30s", 40), ("30s", 160), ("30s", 640)];
    assert_eq!(seen, expected.map(|(cap, nodes)| (cap.to_owned(), nodes)));
    let at = &plan.points[1].at;
    assert_eq!(at[0], ("clients.reconnect.exponential.cap".to_owned(), "\"5s\"".to_owned()));
    assert_eq!(
        at[1],
        ("policies[my ring].balance.ring.virtual_nodes".to_owned(), "160".to_owned())
    );
    let own = [("clients.reconnect.exponential.cap".to_owned(), "\"30s\"".to_owned())];
    assert_eq!(plan.own, own, "the ring's points are set by the sweep alone");
}

#[test]
fn ten_thousand_points_are_a_sweep_that_is_read_in_good_time() {
    let counts: Vec<String> = (1..=100).map(|count| count.to_string()).collect();
    let list = counts.join(", ");
    let sweep = format!(r#"{{"servers.count": [{list}], "clients.connected": [{list}]}}"#);
    assert_eq!(read(&with(&[("sweep", &sweep)])).points.len(), 10_000);
}

#[test]
fn the_digest_is_that_of_the_meaning_after_every_change() {
    let plain = read(MINIMAL).digest;
    let remarked = MINIMAL.replacen('{', r#"{"$schema": "x", "description": "y", "#, 1);
    assert_eq!(read(&remarked).digest, plain);
    let changed = set(MINIMAL, &["servers.count=3"]).unwrap_or_else(|_| panic!("it is right"));
    assert_ne!(changed.digest, plain);
    assert_eq!(changed.digest, read(&MINIMAL.replace(r#""count": 2"#, r#""count": 3"#)).digest);
}

#[test]
fn the_checked_in_schema_is_that_of_the_program() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/scenario.schema.json");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, scenario::schema()).expect("the folder can be written");
    }
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    assert!(checked_in == scenario::schema(), "stale: run this test with UPDATE_SCHEMA=1");
}

#[test]
fn the_schema_explains_every_field_and_allows_no_null() {
    fn walk(value: &serde_json::Value, path: &str) {
        assert_ne!(value["type"], "null", "{path}");
        if let Some(fields) = value["properties"].as_object() {
            for (name, field) in fields {
                let explained =
                    field["description"].is_string() || value["description"].is_string();
                assert!(explained, "{path}.{name} has no description");
            }
        }
        match value {
            serde_json::Value::Object(fields) => {
                for (name, value) in fields {
                    walk(value, &format!("{path}.{name}"));
                }
            }
            serde_json::Value::Array(elements) => {
                for value in elements {
                    walk(value, path);
                }
            }
            _ => {}
        }
    }
    let schema: serde_json::Value = serde_json::from_str(&scenario::schema()).expect("it is JSON");
    walk(&schema, "");
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn the_scenario_to_start_from_is_valid() {
    let plan = read(&scenario::template("my-first.scenario", true));
    assert_eq!(plan.name, "my-first.scenario");
    assert!(plan.points[0].policies.len() >= 2);
}

#[test]
fn a_policys_preset_brings_its_own_time_out_unless_the_group_states_one() {
    let timeouts = |stated: &str| -> Vec<Option<Distribution>> {
        let text = format!(
            r#"{{"name": "x", "duration": "1m",
                "clients": {{"connected": 1, "presence": "1h", {stated} "reconnect": "socket.io"}},
                "servers": {{"count": 1, "handshake": {{"workers": 1, "cost": "1ms"}}}},
                "policies": [
                  {{"name": "own", "balance": "random"}},
                  {{"name": "centrifuge", "balance": "random", "reconnect": "centrifuge-js"}},
                  {{"name": "phoenix", "balance": "random", "reconnect": "phoenix"}},
                  {{"name": "formula", "balance": "random", "reconnect": {{"fixed": {{"delay": "1s"}}}}}}
                ]}}"#
        );
        let plan = ringstorm::scenario::read_text(
            "x.json",
            text,
            std::path::Path::new(""),
            &ringstorm::scenario::Overrides::default(),
        )
        .unwrap();
        let policies = &plan.points[0].policies;
        policies.iter().map(|policy| policy.reconnect[0].connect_timeout.clone()).collect()
    };
    let seconds = |secs| Some(Distribution::Constant(SimDuration::from_secs(secs)));
    assert_eq!(timeouts(""), [seconds(20), seconds(5), None, seconds(10)]);
    assert_eq!(timeouts(r#""connect_timeout": "7s","#), vec![seconds(7); 4]);
    assert_eq!(timeouts(r#""connect_timeout": "never","#), vec![None; 4]);
}
