//! Session state and the login: who resumes, what a handshake costs, who waits for whom.

use ringstorm::observe::Observations;
use ringstorm::stats::SeriesId;
use serde_json::{Value, json};

use super::support::{Scenario, burst, exponential, mean_ci, metric_of, poisson, secs, steps_of};

fn once(scenario: Scenario) -> Observations {
    scenario.set("replications", 1).run(Clone::clone).remove(0)
}

/// Comes back without a wait.
fn at_once() -> Value {
    json!({"fixed": {"delay": "0s"}, "attempts": 100})
}

/// Clients on four servers who are all cut off at 10 s and come back at once.
fn cut_off(clients: u32, state: Value) -> Scenario {
    Scenario::new(60.0)
        .set("sample_every", "500ms")
        .set("clients.connected", clients)
        .set("clients.reconnect", at_once())
        .set("servers.count", 4)
        .set("servers.handshake", json!({"workers": 10_000, "cost": "2s"}))
        .set("session_state", state)
        .set("events", json!([{"at": "10s", "disconnect": {"fraction": 1}}]))
}

fn local(window: &str) -> Value {
    json!({"local": {"resume_window": window, "resumed_cost": "500ms", "rebuild_cost": "3s"}})
}

fn external(window: &str) -> Value {
    json!({"external": {"resume_window": window, "resumed_cost": "500ms", "rebuild_cost": "3s",
        "latency": "0s"}})
}

#[test]
fn local_state_is_found_by_those_who_come_back_to_their_server() {
    let sticky = once(cut_off(1_000, local("1m")).balance("ring"));
    assert_eq!(metric_of(&sticky, "resume_fraction"), 1.0, "a key has one owner");
    assert_eq!(steps_of(&sticky, SeriesId::Accepted), [21], "at 10.5 s");
    let runs =
        cut_off(1_000, local("1m")).balance("random").run(|run| metric_of(run, "resume_fraction"));
    mean_ci("local state, random placement", None, &[("resumed", 0.25, runs)]);
}

#[test]
fn who_does_not_resume_pays_the_full_handshake_and_the_rebuilding() {
    let run = once(cut_off(1_000, local("1m")).balance("random"));
    assert_eq!(steps_of(&run, SeriesId::Accepted), [21, 30], "at 10.5 s and at 10 + 2 + 3 s");
}

#[test]
fn a_store_lets_everybody_resume_wherever_they_come_back() {
    let run = once(cut_off(1_000, external("1m")).balance("random"));
    assert_eq!(metric_of(&run, "resume_fraction"), 1.0);
    assert_eq!(steps_of(&run, SeriesId::Accepted), [21]);
}

#[test]
fn a_session_is_kept_for_its_window_and_no_longer() {
    // They come back 5 s after the drop.
    let after_5s = json!({"fixed": {"delay": "5s"}});
    for (window, resumed) in [("5s", 0.0), ("5001ms", 1.0)] {
        for state in [local(window), external(window)] {
            let scenario = cut_off(100, state).set("clients.reconnect", after_5s.clone());
            let run = once(scenario.balance("ring"));
            assert_eq!(metric_of(&run, "resume_fraction"), resumed, "{window}");
        }
    }
}

#[test]
fn a_server_takes_its_sessions_with_it_and_a_store_does_not() {
    let crash = json!([{"at": "10s", "crash": {"servers": ["s1"]}}]);
    for (state, resumed) in [(local("1m"), 0.0), (external("1m"), 1.0)] {
        let run = once(cut_off(400, state).balance("ring").set("events", crash.clone()));
        assert!(run.counts.dropped > 0);
        assert_eq!(metric_of(&run, "resume_fraction"), resumed);
    }
}

#[test]
fn a_new_client_has_nothing_to_resume() {
    let scenario = Scenario::queue(60.0, burst(10), 100, json!("2s"))
        .set("sample_every", "500ms")
        .set("session_state", external("1m"));
    let run = once(scenario);
    assert_eq!(steps_of(&run, SeriesId::Accepted), [10], "2 + 3 s");
}

/// Ten are cut off at once; the store serves one call a second.
fn slow_store(store: &Value) -> Observations {
    let mut state =
        json!({"resume_window": "1m", "resumed_cost": "0s", "latency": "1s", "workers": 1});
    for (name, value) in store.as_object().unwrap() {
        state[name] = value.clone();
    }
    once(
        cut_off(10, json!({"external": state}))
            .set("servers.handshake", json!({"workers": 10_000, "cost": "0s"})),
    )
}

#[test]
fn the_store_serves_its_calls_one_after_the_other() {
    let run = slow_store(&json!({}));
    assert_eq!(steps_of(&run, SeriesId::Accepted), (11..=20).map(|s| 2 * s).collect::<Vec<_>>());
    assert!((metric_of(&run, "store_wait_mean") - 4.5).abs() < 1e-9, "0, 1, ... 9 s");
    assert!((metric_of(&run, "store_utilisation") - 10.0 / 60.0).abs() < 1e-9);
}

#[test]
fn whoever_the_store_does_not_answer_in_time_does_without_it() {
    let run = slow_store(&json!({"timeout": "3500ms", "rebuild_cost": "20s"}));
    assert_eq!(metric_of(&run, "resume_fraction"), 0.3);
    assert_eq!(metric_of(&run, "store_refused"), 7.0);
    // The fourth call was begun and is finished in vain; the rest are skipped.
    assert!((metric_of(&run, "store_utilisation") - 4.0 / 60.0).abs() < 1e-9);
    assert_eq!(steps_of(&run, SeriesId::Accepted), [22, 24, 26, 67], "10 + 3.5 + 20 s");
}

#[test]
fn a_store_without_room_for_a_call_costs_its_client_the_full_handshake() {
    let run = slow_store(&json!({"queue": 4, "rebuild_cost": "30s"}));
    assert_eq!(metric_of(&run, "resume_fraction"), 0.5, "one in service and four in its queue");
    assert_eq!(metric_of(&run, "store_refused"), 5.0);
}

/// Behind servers without a queue of their own the login is an M/M/c queue (what a station with
/// workers for all lets through is a Poisson stream again: Burke 1956, Mirasol 1963).
#[test]
fn the_login_behind_servers_with_workers_for_all_is_a_queue_of_its_own() {
    // Erlang's C for rho = 0.8: 0.8 with one worker; 0.8^2 / (1 + 0.8) x 2 = 32 / 45 with two.
    for (workers, delayed) in [(1_u32, 0.8), (2, 32.0 / 45.0)] {
        let rate = 8.0 * f64::from(workers);
        let runs = Scenario::queue(8_100.0, poisson(rate), 10_000, exponential(0.05))
            .set("warmup", "100s")
            .set("login", json!({"workers": workers, "cost": exponential(0.1)}))
            .run(|run| [metric_of(run, "login_wait_mean"), metric_of(run, "login_utilisation")]);
        let column = |index: usize| runs.iter().map(|run| run[index]).collect::<Vec<f64>>();
        let wait = delayed * 0.1 / (f64::from(workers) * 0.2);
        let quantities = [("wait", wait, column(0)), ("utilisation", 0.8, column(1))];
        mean_ci("login M/M/c", Some(0.05), &quantities);
    }
}

/// A worker is held for its own work and for the login, so that k workers make at most
/// k / (work + login) handshakes a second, and the login at most c / login.
#[test]
fn whatever_is_scarcer_bounds_the_handshakes() {
    for (workers, logins, most) in [(16, 1, 10), (4, 64, 20), (2, 64, 10), (64, 3, 30)] {
        let scenario = Scenario::queue(110.0, burst(10_000), workers, json!("100ms"))
            .set("warmup", "10s")
            .set("login", json!({"workers": logins, "cost": "100ms"}));
        let run = once(scenario);
        let rate = run.counts.accepted as f64 / 100.0;
        assert!(
            (rate - f64::from(most)).abs() <= 0.01 * f64::from(most),
            "{workers} {logins}: {rate}"
        );
    }
}

#[test]
fn a_login_without_room_turns_handshakes_away() {
    let scenario = Scenario::queue(60.0, burst(20), 100, json!("0s"))
        .set("sample_every", "500ms")
        .set("login", json!({"workers": 1, "cost": "1s", "queue": 4}));
    let run = once(scenario.clone());
    assert_eq!((run.counts.accepted, run.counts.rejected), (5, 15));
    let run = once(scenario.set("login.queue", "unlimited").set("login.timeout", "5500ms"));
    assert_eq!((run.counts.accepted, run.counts.rejected), (5, 15), "by 5.5 s");
    assert_eq!(steps_of(&run, SeriesId::Rejected), [11]);
    assert_eq!(metric_of(&run, "login_refused"), 15.0);
}

#[test]
fn who_resumes_does_not_log_in() {
    let scenario = cut_off(100, external("1m")).set("login", json!({"workers": 1, "cost": "1h"}));
    let run = once(scenario);
    assert_eq!(run.counts.accepted, 100);
    assert_eq!(metric_of(&run, "login_utilisation"), 0.0);
}

#[test]
fn a_client_that_gave_up_is_logged_in_all_the_same_where_nobody_notices() {
    let login = |abandoned: &str| {
        let scenario = Scenario::queue(60.0, burst(10), 100, json!("2s"))
            .set("clients.connect_timeout", secs(1.0))
            .set("servers.handshake.abandoned", abandoned)
            .set("login", json!({"workers": 100, "cost": "6s"}));
        metric_of(&once(scenario), "login_utilisation")
    };
    assert!((login("served") - 10.0 * 6.0 / (100.0 * 60.0)).abs() < 1e-9);
    assert_eq!(login("skipped"), 0.0);
}

fn outage(of: &str, lasting: &str) -> Value {
    json!([
        {"at": "5s", "outage": {"of": of, "for": lasting}},
        {"at": "10s", "disconnect": {"fraction": 1}}
    ])
}

#[test]
fn while_the_store_is_out_nobody_resumes() {
    let scenario = cut_off(100, external("1m")).balance("random");
    for (lasting, resumed) in [("4s", 1.0), ("1m", 0.0)] {
        let run = once(scenario.clone().set("events", outage("session_store", lasting)));
        assert_eq!(metric_of(&run, "resume_fraction"), resumed, "{lasting}");
        assert_eq!(run.counts.accepted, 100);
    }
}

#[test]
fn while_the_login_is_out_everybody_is_turned_away() {
    let scenario = cut_off(100, json!("none"))
        .set("clients.reconnect", json!({"fixed": {"delay": "1s"}}))
        .set("servers.handshake", json!({"workers": 10_000, "cost": "0s"}))
        .set("login", json!({"workers": 100, "cost": "100ms"}))
        .set("events", outage("login", "10200ms"));
    let run = once(scenario);
    // They try at 11, 12, 13, 14 and 15 s in vain, and at 16 s the login is back.
    assert_eq!((run.counts.accepted, run.counts.rejected), (100, 500));
    assert_eq!(steps_of(&run, SeriesId::Accepted), [32]);
}

#[test]
fn calls_that_a_service_is_at_when_it_goes_out_are_lost() {
    let scenario = cut_off(10, json!("none"))
        .set("servers.handshake", json!({"workers": 10_000, "cost": "0s"}))
        .set("clients.reconnect", json!({"fixed": {"delay": "0s"}, "attempts": 1}))
        .set("login", json!({"workers": 1, "cost": "1s"}))
        .set(
            "events",
            json!([
                {"at": "10s", "disconnect": {"fraction": 1}},
                {"at": "12500ms", "outage": {"of": "login", "for": "10s"}}
            ]),
        );
    let run = once(scenario);
    assert_eq!((run.counts.accepted, run.counts.rejected, run.counts.given_up), (2, 8, 8));
    assert!((metric_of(&run, "login_utilisation") - 2.5 / 60.0).abs() < 1e-9);
}
