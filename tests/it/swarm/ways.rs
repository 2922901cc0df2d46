//! Policies and what they may say: rules, reconnects, gates, sessions, logins.

use ringstorm::policy::Balance;
use ringstorm::scenario::presets::PRESETS;
use serde_json::{Value, json};

use super::dice::Dice;
use super::fleet;

/// What of its scenario a policy has to go with.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Around {
    pub is_weighted: bool,
    pub is_scaled: bool,
    pub has_messages: bool,
    pub has_one_room: bool,
    pub seconds: u64,
}

pub fn policy(dice: &mut Dice, index: u64, around: Around) -> Value {
    let balance = balance(dice, around.is_weighted);
    let rule = serde_json::from_value::<Balance>(balance.clone()).unwrap();
    let has_owners = rule.has_owners();
    let mut policy = json!({"name": format!("policy {index}"), "balance": balance});
    dice.maybe(2, &mut policy, "rebalance", |dice| rebalance(dice, has_owners));
    dice.maybe(4, &mut policy, "reconnect", reconnect);
    dice.maybe(4, &mut policy, "drain", fleet::drain);
    dice.maybe(5, &mut policy, "admit", admit);
    dice.maybe(5, &mut policy, "readiness", readiness);
    dice.maybe(5, &mut policy, "session_state", state);
    dice.maybe(6, &mut policy, "login", login);
    if !around.is_weighted {
        dice.maybe(5, &mut policy, "balancer", |dice| {
            let mut balancer = fleet::balancer(dice);
            balancer.as_object_mut().unwrap().remove("slow_start");
            balancer
        });
    }
    if around.is_scaled {
        // One policy at least scales, or events would have to know who is there.
        dice.maybe(3, &mut policy, "autoscaler", |dice| match dice.below(4) {
            0 if index > 0 => json!("none"),
            _ => fleet::autoscaler(dice, around.seconds),
        });
    }
    if around.has_messages {
        let is_plain_ring = matches!(&rule, Balance::Ring(ring) if ring.bounded_load.is_none());
        let ways = ["broadcast", "interest", "sharded", "colocated"];
        let count = if is_plain_ring && around.has_one_room { 4 } else { 3 };
        dice.maybe(2, &mut policy, "pubsub", |dice| json!(dice.pick(&ways[..count])));
    }
    policy
}

/// Any rule; one that places by weight alone where a slow start wants it.
fn balance(dice: &mut Dice, weighted: bool) -> Value {
    if weighted {
        return json!(dice.pick(&["round_robin", "random", "least_connections", "power_of_two"]));
    }
    let name = dice.pick(Balance::NAMES);
    match (name, dice.one_in(2)) {
        ("ring", true) => json!({"ring": {"virtual_nodes": 40, "bounded_load": 1.25}}),
        ("power_of_two", true) => json!({"power_of_two": {"with_replacement": true}}),
        ("haproxy_consistent", true) => json!({"haproxy_consistent": {"balance_factor": 150}}),
        ("envoy_ring_hash", true) => json!({"envoy_ring_hash": {"balance_factor": 125}}),
        ("gateway", true) => gateway(dice),
        _ => json!(name),
    }
}

fn gateway(dice: &mut Dice) -> Value {
    let mut gateway = json!({
        "select": dice.pick(&["least_loaded", "power_of_two", "weighted_headroom"]),
        "report_every": dice.time(100, 5_000),
        "report_times": dice.pick(&["together", "apart"]),
        "report_delay": dice.time(0, 3_000),
        "optimistic": dice.one_in(2),
        "replicas": dice.between(1, 3),
        "round_trips": dice.below(4),
        "service": dice.time(0, 20),
    });
    dice.maybe(2, &mut gateway, "expire_after", |dice| dice.time(500, 10_000));
    dice.maybe(2, &mut gateway, "admission", |dice| {
        let lanes = dice.between(1, 4);
        let mut admission = json!({
            "limit": lanes * dice.between(1, 10), "per": dice.time(200, 5_000), "lanes": lanes,
            "queue": dice.pick(&[0, 3, 100]),
        });
        dice.maybe(2, &mut admission, "retry_after", retry_after);
        admission
    });
    json!({"gateway": gateway})
}

fn rebalance(dice: &mut Dice, has_owners: bool) -> Value {
    let mut rule = json!({});
    dice.maybe(2, &mut rule, "hint", hint);
    let mut paced = rule.clone();
    dice.maybe(2, &mut paced, "pace", |dice| json!(format!("{}/s", dice.between(1, 50))));
    dice.maybe(2, &mut paced, "order", |dice| json!(dice.pick(&["random", "oldest", "newest"])));
    match dice.below(if has_owners { 6 } else { 4 }) {
        0 => json!("none"),
        1 => {
            rule["age"] = dice.time(500, 60_000);
            json!({"max_age": rule})
        }
        2 => {
            paced["tolerance"] = json!(dice.share());
            paced["check_every"] = dice.time(200, 10_000);
            paced["minimum"] = json!(dice.below(20));
            if paced.get("pace").is_none() {
                dice.maybe(2, &mut paced, "fraction_per_second", |dice| json!(dice.share()));
            }
            json!({"shed": paced})
        }
        3 => json!({"drop_all": paced}),
        _ => json!({"moved": paced}),
    }
}

pub fn hint(dice: &mut Dice) -> Value {
    json!({"within": dice.time(0, 5_000), "honoured": dice.share()})
}

fn retry_after(dice: &mut Dice) -> Value {
    json!({
        "after": dice.time(1, 4_000), "within": dice.time(0, 4_000), "honoured": dice.share(),
    })
}

pub fn reconnect(dice: &mut Dice) -> Value {
    let jitter = match dice.below(5) {
        0 => json!("none"),
        1 => json!("full"),
        2 => json!("equal"),
        3 => json!("exponential"),
        _ => json!({"plus_minus": 0.3}),
    };
    let base = dice.time(10, 3_000);
    let mut rule = match dice.below(6) {
        // One tries again at once for ever, which is refused where a round trip may take no time.
        0 => {
            let names = PRESETS.iter().map(|preset| preset.name);
            let names: Vec<&str> = names.filter(|name| *name != "uber-ramen").collect();
            return json!(dice.pick(&names));
        }
        1 => return json!("never"),
        2 => json!({"fixed": {"delay": base, "jitter": jitter}}),
        3 => json!({"decorrelated": {"base": base, "cap": "10s"}}),
        4 => json!({"steps": {"delays": [base, "3s", "1s"], "tail": "2s", "jitter": jitter}}),
        _ => json!({"exponential": {"base": base, "cap": "20s", "jitter": jitter}}),
    };
    dice.maybe(4, &mut rule, "attempts", |dice| json!(dice.between(1, 8)));
    dice.maybe(3, &mut rule, "reset", |dice| dice.time(100, 10_000));
    dice.maybe(3, &mut rule, "delay_from", |dice| json!(dice.pick(&["start", "end"])));
    rule
}

pub fn admit(dice: &mut Dice) -> Value {
    let mut gate = if dice.one_in(2) {
        json!({"at_once": dice.between(1, 10)})
    } else {
        json!({"rate": format!("{}/s", dice.between(1, 40)), "burst": dice.between(1, 10)})
    };
    dice.maybe(2, &mut gate, "wait", |dice| dice.time(10, 10_000));
    dice.maybe(2, &mut gate, "queue", |dice| json!(dice.below(30)));
    dice.maybe(2, &mut gate, "retry_after", retry_after);
    gate
}

pub fn readiness(dice: &mut Dice) -> Value {
    let mut gate = json!({"refuse_above": dice.pick(&[1.0, 1.1, 2.0])});
    dice.maybe(2, &mut gate, "check_every", |dice| dice.time(100, 10_000));
    if dice.one_in(3) {
        gate["rejects"] = json!(false);
    } else {
        dice.maybe(2, &mut gate, "retry_after", retry_after);
    }
    gate
}

pub fn full(dice: &mut Dice) -> Value {
    match dice.below(3) {
        0 => json!("reject"),
        1 => json!("drop"),
        _ => json!({"reject": {"retry_after": retry_after(dice)}}),
    }
}

pub fn state(dice: &mut Dice) -> Value {
    let mut state = json!({"resume_window": dice.time(100, 60_000)});
    dice.maybe(2, &mut state, "resumed_cost", |dice| dice.law(2));
    dice.maybe(2, &mut state, "rebuild_cost", |dice| dice.law(50));
    match dice.below(4) {
        0 => json!("none"),
        1 => json!({"local": state}),
        _ => {
            state["latency"] = dice.law(20);
            service(dice, &mut state);
            json!({"external": state})
        }
    }
}

pub fn login(dice: &mut Dice) -> Value {
    let mut login = json!({"workers": dice.between(1, 4), "cost": dice.law(50)});
    service(dice, &mut login);
    login
}

/// What every service that a handshake asks may say.
fn service(dice: &mut Dice, service: &mut Value) {
    dice.maybe(2, service, "workers", |dice| json!(dice.between(1, 4)));
    dice.maybe(2, service, "queue", |dice| json!(dice.below(20)));
    dice.maybe(2, service, "timeout", |dice| dice.time(5, 3_000));
}
