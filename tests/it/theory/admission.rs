//! Who waits at which door: kernels that send again, gates and their lines, the gateway's
//! tokens, and those who are asked to come again later.

use ringstorm::observe::Observations;
use ringstorm::stats::SeriesId;
use serde_json::{Value, json};

use super::support::{Scenario, burst, mean_ci, metric_of, poisson, secs, steps_of};

/// One run of something that has no chance in it.
fn once(scenario: Scenario) -> Observations {
    scenario.set("replications", 1).run(Clone::clone).remove(0)
}

/// Comes back without a wait.
fn at_once() -> Value {
    json!({"fixed": {"delay": "0s"}, "attempts": 100})
}

/// A worker is busy with a first client for so long; a second one came at the same time, and its
/// SYN was dropped. It gets in with the first SYN after the worker is free, if there is one.
fn second_client(kernel: &str, busy: f64) -> Observations {
    once(
        Scenario::queue(400.0, burst(2), 1, secs(busy).into())
            .set("sample_every", "500ms")
            .set("clients.syn_retries", kernel)
            .set("servers.accept_queue", 0)
            .set("servers.when_full", "drop"),
    )
}

#[test]
fn a_dropped_syn_is_sent_again_on_the_kernels_schedule() {
    // Until when the worker is busy, and when the SYN that gets in is sent.
    let sent_after = [
        ("linux", [(0.5, 1), (2.5, 3), (3.5, 4), (5.5, 7), (12.0, 19), (20.0, 35), (40.0, 67)]),
        (
            "linux_old",
            [(0.5, 1), (2.5, 3), (3.5, 7), (7.5, 15), (16.0, 31), (32.0, 63), (62.5, 63)],
        ),
        ("windows", [(0.5, 3), (2.5, 3), (3.5, 9), (5.5, 9), (8.0, 9), (8.5, 9), (9.0, 9)]),
        ("macos", [(0.5, 1), (2.5, 3), (3.5, 4), (5.5, 7), (12.0, 19), (20.0, 35), (66.5, 67)]),
    ];
    for (kernel, cases) in sent_after {
        for (busy, sent) in cases {
            let run = second_client(kernel, busy);
            assert_eq!((run.counts.accepted, run.counts.timed_out), (2, 0), "{kernel} {busy}");
            // The connection opens when its own handshake is done.
            let opens = f64::from(sent) + busy;
            let bins: Vec<usize> = steps_of(&run, SeriesId::Accepted);
            assert_eq!(bins, [(busy * 2.0) as usize, (opens * 2.0) as usize], "{kernel} {busy}");
        }
    }
}

#[test]
fn a_kernel_gives_up_when_its_time_is_over() {
    for (kernel, seconds) in [("linux", 131), ("linux_old", 127), ("windows", 21), ("macos", 75)] {
        let run = second_client(kernel, 150.0);
        assert_eq!((run.counts.accepted, run.counts.timed_out), (1, 1), "{kernel}");
        assert_eq!(steps_of(&run, SeriesId::TimedOut), [seconds * 2], "{kernel}");
    }
}

/// So many clients at once at a server with workers for all of them and handshakes of 1 s.
fn gated(clients: u32, admit: Value) -> Scenario {
    Scenario::queue(60.0, burst(clients), 1_000, json!("1s"))
        .set("sample_every", "500ms")
        .set("servers.admit", admit)
}

#[test]
fn a_gate_lets_so_many_through_at_once_and_the_rest_in_turn() {
    let run = once(gated(100, json!({"at_once": 10})));
    assert_eq!(steps_of(&run, SeriesId::Accepted), (1..=10).map(|s| 2 * s).collect::<Vec<_>>());
    assert_eq!(run.counts.accepted, 100);
    // Ten each wait 1, 2, ... 9 s.
    assert!((metric_of(&run, "line_wait_mean") - 5.0).abs() < 1e-9);
}

#[test]
fn who_has_waited_too_long_in_line_is_turned_away() {
    let run = once(gated(100, json!({"at_once": 10, "wait": "4500ms"})));
    assert_eq!((run.counts.accepted, run.counts.rejected), (50, 50), "admitted at 0, 1, ... 4 s");
    assert_eq!(steps_of(&run, SeriesId::Rejected), [9], "at 4.5 s");
}

#[test]
fn a_line_has_so_many_places() {
    let run = once(gated(100, json!({"at_once": 10, "queue": 25})));
    assert_eq!((run.counts.accepted, run.counts.rejected), (35, 65));
    let nobody = once(gated(100, json!({"at_once": 10, "wait": "0s"})));
    assert_eq!((nobody.counts.accepted, nobody.counts.rejected), (10, 90));
}

#[test]
fn a_gate_of_tokens_lets_a_burst_through_and_then_one_at_a_time() {
    let run = once(gated(20, json!({"rate": "2/s", "burst": 5})));
    // Five at once, then one each half second; each opens a second later.
    let opened: Vec<f64> = run.series.row(SeriesId::Accepted).iter().take(20).copied().collect();
    let expected: Vec<f64> = (0..20)
        .map(|bin| {
            if bin == 2 {
                10.0
            } else if (3..=17).contains(&bin) {
                2.0
            } else {
                0.0
            }
        })
        .collect();
    assert_eq!(opened, expected);
}

/// With a burst of 1 the gate starts them as a queue with service of 1 / rate does: Pollaczek and
/// Khinchine's mean wait of those who wait is 1 / (2 mu (1 - rho)).
#[test]
fn the_line_of_a_gate_of_tokens_is_the_queue_of_m_d_1() {
    let (rate, arrivals) = (10.0, 8.0);
    let runs = Scenario::queue(20_000.0, poisson(arrivals), 1_000, json!("0s"))
        .set("warmup", "100s")
        .set("servers.admit", json!({"rate": "10/s", "wait": "10m"}))
        .run(|run| metric_of(run, "line_wait_mean"));
    let expected = 1.0 / (2.0 * rate * (1.0 - arrivals / rate));
    mean_ci("line of M/D/1", Some(0.05), &[("mean wait of the waiting", expected, runs)]);
}

/// A server that takes nobody, and one client that tries on.
fn hopeless(retry_after: &Value, reconnect: &Value) -> Observations {
    once(
        Scenario::queue(100.5, burst(1), 1, json!("0s"))
            .set("sample_every", "500ms")
            .set("clients.reconnect", reconnect.clone())
            .set("servers.max_connections", 0)
            .set("servers.when_full", json!({"reject": {"retry_after": retry_after}})),
    )
}

#[test]
fn who_honours_a_retry_after_comes_again_when_it_says() {
    let each_second = json!({"fixed": {"delay": "1s"}});
    let run = hopeless(&json!({"after": "10s"}), &each_second);
    assert_eq!(steps_of(&run, SeriesId::Attempts), (0..=10).map(|k| 20 * k).collect::<Vec<_>>());
    let ignored = hopeless(&json!({"after": "10s", "honoured": 0}), &each_second);
    assert_eq!(ignored.counts.attempts, 101, "by its library alone");
}

#[test]
fn a_retry_after_gives_no_library_more_attempts_than_it_has() {
    let three = json!({"fixed": {"delay": "1s"}, "attempts": 3});
    let run = hopeless(&json!({"after": "10s"}), &three);
    assert_eq!((run.counts.attempts, run.counts.given_up), (4, 1));
}

/// Waits are 10 s and U(0, 20 s) for three in four, 1 s for the others: 15.25 s in the mean.
#[test]
fn some_honour_a_retry_after_and_the_others_go_by_their_library() {
    let runs = Scenario::queue(20_000.0, burst(50), 1, json!("0s"))
        .set("clients.reconnect", json!({"fixed": {"delay": "1s"}}))
        .set("servers.max_connections", 0)
        .set(
            "servers.when_full",
            json!({"reject": {"retry_after": {"after": "10s", "within": "20s", "honoured": 0.75}}}),
        )
        .run(|run| 20_000.0 * 50.0 / run.counts.attempts as f64);
    mean_ci("Retry-After", Some(0.01), &[("interval between attempts", 15.25, runs)]);
}

/// Clients who all ask the gateway at the start, with `admission`.
fn asking(clients: u32, admission: &Value) -> Scenario {
    Scenario::queue(60.0, burst(clients), 1_000, json!("0s"))
        .set("sample_every", "500ms")
        .balance(json!({"gateway": {"service": "0s", "admission": admission}}))
}

#[test]
fn discords_identify_limit_admits_one_of_each_lane_every_five_seconds() {
    let admission = json!({"limit": 16, "per": "5s", "lanes": 16, "queue": 1_000});
    let run = once(asking(64, &admission));
    assert_eq!(steps_of(&run, SeriesId::Accepted), [0, 10, 20, 30], "0, 5, 10 and 15 s");
    assert_eq!(run.series.row(SeriesId::Accepted)[10], 32.0, "16 in half a second");
    assert!((metric_of(&run, "line_wait_mean") - 10.0).abs() < 1e-9, "16 each: 5, 10 and 15 s");
}

#[test]
fn one_lane_refills_token_by_token() {
    let run = once(asking(32, &json!({"limit": 16, "per": "8s", "queue": 1_000})));
    let opened = steps_of(&run, SeriesId::Accepted);
    assert_eq!(opened, (0..=16).collect::<Vec<_>>(), "16 at once, then one each half second");
}

#[test]
fn who_finds_no_token_and_no_place_is_told_to_come_again() {
    let admission = json!({"limit": 10, "per": "5s", "lanes": 10, "queue": 0,
        "retry_after": {"after": "5s"}});
    let run = once(asking(30, &admission).set("clients.reconnect", at_once()));
    assert_eq!((run.counts.accepted, run.counts.rejected), (30, 20 + 10));
    assert_eq!(steps_of(&run, SeriesId::Accepted), [0, 10, 20]);
}

#[test]
fn waiting_at_the_gateway_counts_against_the_time_out() {
    let admission = json!({"limit": 1, "per": "5s", "queue": 100});
    let run = once(asking(5, &admission).set("clients.connect_timeout", "12s"));
    assert_eq!((run.counts.accepted, run.counts.timed_out), (3, 2), "at 0, 5 and 10 s");
}

#[test]
fn sessions_that_can_be_resumed_take_no_token() {
    let admission = json!({"limit": 1, "per": "1m"});
    let state = json!({"external": {"resume_window": "1m", "latency": "0s"}});
    let scenario = asking(0, &admission)
        .set("clients.connected", 100)
        .set("clients.presence", "20000d")
        .set("clients.reconnect", at_once())
        .set("events", json!([{"at": "10s", "disconnect": {"fraction": 1}}]));
    let resumed = once(scenario.clone().set("session_state", state));
    assert_eq!((resumed.counts.accepted, resumed.counts.rejected), (100, 0));
    let limited = once(scenario.set("clients.reconnect", "never"));
    assert_eq!(limited.counts.accepted, 0, "they do not even try");
}

#[test]
fn a_server_that_runs_out_of_memory_is_killed_with_all_that_it_holds_and_starts_again() {
    let scenario =
        Scenario::queue(10.0, json!({"ramp": {"clients": 10, "over": "5s"}}), 1, json!("0s")).set(
            "servers.memory",
            json!({"base": "100MiB", "per_connection": "1MiB", "limit": "105MiB"}),
        );
    let run = once(scenario.clone());
    assert_eq!((run.counts.accepted, run.counts.dropped), (10, 6), "the sixth is one too many");
    assert_eq!((metric_of(&run, "memory_peak"), metric_of(&run, "memory_kills")), (106.0, 1.0));
    let enough = once(scenario.set("servers.memory.limit", "110MiB"));
    assert_eq!((enough.counts.accepted, enough.counts.dropped), (10, 0));
}

#[test]
fn a_server_holds_no_more_at_the_start_than_its_memory_does() {
    let memory = json!({"base": "100MiB", "per_connection": "1MiB", "limit": "105MiB"});
    let scenario = Scenario::queue(10.0, json!("none"), 1, json!("0s"))
        .set("clients.connected", 6)
        .set("servers.memory", memory);
    let run = once(scenario);
    assert_eq!((metric_of(&run, "memory_peak"), metric_of(&run, "memory_kills")), (106.0, 1.0));
}

#[test]
fn what_a_warmup_leaves_in_memory_is_part_of_its_peak() {
    let scenario = Scenario::queue(20.0, burst(50), 1, json!("0s"))
        .set("warmup", "10s")
        .set("servers.memory", json!({"base": "100MiB", "per_connection": "1MiB"}));
    assert_eq!(metric_of(&once(scenario), "memory_peak"), 150.0);
}

#[test]
fn a_library_that_stops_on_the_gates_close_code_does_not_come_back() {
    let come_back = |code: u32| {
        let run = once(
            gated(20, json!({"at_once": 10, "wait": "0s", "code": code}))
                .set("clients.reconnect", "graphql-ws"),
        );
        (run.counts.accepted, run.counts.given_up)
    };
    assert_eq!(come_back(1013), (20, 0));
    assert_eq!(come_back(1011), (10, 10), "fatal for graphql-ws");
}

/// In an outage, clients of a library with a fixed retry of 200 ms and no jitter: Chrome spreads them
/// over seconds once it has seen 15 failures of theirs, Firefox sooner.
#[test]
fn a_browser_slows_its_clients_down_in_an_outage() {
    let attempts = |browser: Option<&str>| {
        let scenario = Scenario::queue(110.0, burst(200), 1, json!("0s"))
            .set("clients.reconnect", json!({"fixed": {"delay": "200ms"}}))
            .set("servers.max_connections", 0);
        let run = once(match browser {
            Some(browser) => scenario.set("clients.browser", browser),
            None => scenario,
        });
        run.counts.attempts as f64 / 200.0
    };
    assert_eq!(attempts(None), 551.0);
    // Exponents 1, 2, ... 16 take 15 retries of 200 ms and 0.2 + ... + 1.5 s; then 3.2 s each.
    let chrome = attempts(Some("chrome"));
    assert!((44.0..=52.0).contains(&chrome), "{chrome}");
    // Delays of 300 ms x 1.5^n, counted from the failure, on top of nothing: whichever is longer.
    let firefox = attempts(Some("firefox"));
    assert!((12.0..=15.0).contains(&firefox), "{firefox}");
}
