//! KEDA: from many servers to none and back.

use ringstorm::policy::scale::{Controller, Reading};
use serde_json::json;

use super::support::{at, controller, decide, spread};

fn waiting(controller: &mut Controller, secs: u64, wanted: u32, waiting: u32) -> u32 {
    let servers = spread(wanted, 0);
    controller.decide(at(secs), &Reading { wanted, servers: &servers, waiting })
}

#[test]
fn the_last_servers_go_after_the_cooldown_and_the_first_comes_at_the_next_poll() {
    let mut keda = controller(json!({"keda": {"connections": 100}}));
    // Polls every 30 s; the cooldown of 300 s counts from the last active one, at 30 s.
    assert_eq!(decide(&mut keda, 30, 1, &spread(1, 80_000)), 1);
    for now in (45..=330).step_by(15) {
        assert_eq!(decide(&mut keda, now, 1, &spread(1, 0)), 1, "{now}");
    }
    assert_eq!(decide(&mut keda, 360, 1, &spread(1, 0)), 0);
    // Clients wait at the balancing tier, but only a poll sees them; the HPA is off at none.
    assert_eq!(waiting(&mut keda, 375, 0, 500), 0);
    assert_eq!(waiting(&mut keda, 390, 0, 500), 1);
}

#[test]
fn the_cooldown_means_nothing_between_one_and_many() {
    let mut keda = controller(json!({"keda": {
        "connections": 100, "cooldown": "1h",
        "behavior": {"scale_down": {"stabilization_window": "0s"}}}}));
    assert_eq!(decide(&mut keda, 15, 10, &spread(10, 150_000)), 2);
    // Nothing is left at all: the HPA goes to 1, and only the cooldown to none.
    assert_eq!(decide(&mut keda, 45, 2, &spread(2, 0)), 1);
    assert_eq!(decide(&mut keda, 60, 1, &spread(1, 0)), 1);
}

#[test]
fn a_trigger_is_active_above_its_activation_only() {
    let keda = || controller(json!({"keda": {"connections": 100, "activation": 5}}));
    assert_eq!(waiting(&mut keda(), 30, 0, 5), 0);
    assert_eq!(waiting(&mut keda(), 30, 0, 6), 1);
}

#[test]
fn the_sum_over_the_target_decides_and_a_minimum_is_kept() {
    let mut keda = controller(json!({"keda": {"connections": 100, "min": 2, "behavior": {}}}));
    assert_eq!(decide(&mut keda, 15, 3, &spread(3, 510_000)), 6);
    assert_eq!(waiting(&mut keda, 30, 0, 0), 2);
    for now in (45..=900).step_by(15) {
        assert!(decide(&mut keda, now, 2, &spread(2, 0)) >= 2, "{now}");
    }
}

#[test]
fn it_looks_at_every_poll_and_at_every_sync() {
    let keda = controller(json!({"keda": {"connections": 100, "polling_every": "40s"}}));
    let mut now = at(0);
    let mut looks = Vec::new();
    while looks.len() < 7 {
        now = keda.next_check(now);
        looks.push(now.as_secs_f64());
    }
    assert_eq!(looks, [15.0, 30.0, 40.0, 45.0, 60.0, 75.0, 80.0]);
}
