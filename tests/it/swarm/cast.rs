//! A whole scenario: how long, who comes, over which policies.

use serde_json::{Value, json};

use super::dice::Dice;
use super::fleet::{self, Present};
use super::messages;
use super::plain;
use super::ways::{self, Around};

/// The scenario of a number: at most 200 clients, a few servers, two minutes.
pub fn scenario(number: u64) -> Value {
    let mut dice = Dice::new(number);
    let dice = &mut dice;
    let seconds = dice.between(5, 120);
    let groups = dice.pick(&[1, 1, 2]);
    let zones: Vec<&str> = dice.pick(&[vec!["a"], vec!["a", "b"], vec!["a", "b", "c"]]);
    let servers = dice.between(0, 6);
    let is_scaled = dice.one_in(3);
    let mut scenario = json!({
        "name": format!("swarm-{number}"),
        "seed": number,
        "replications": 1,
        "duration": format!("{seconds}s"),
        "sample_every": dice.pick(&["250ms", "1s", "4s"]),
        "clients": clients(dice, groups, seconds),
        "servers": fleet::servers(dice, servers, &zones),
        "policies": [],
    });
    dice.maybe(4, &mut scenario, "warmup", |dice| json!(format!("{}s", dice.below(seconds))));
    dice.maybe(2, &mut scenario, "balancer", fleet::balancer);
    dice.maybe(3, &mut scenario, "session_state", ways::state);
    dice.maybe(4, &mut scenario, "login", ways::login);
    if is_scaled {
        scenario["autoscaler"] = fleet::autoscaler(dice, seconds);
    }
    dice.maybe(3, &mut scenario, "messaging", messages::messaging);
    let messaging = scenario.get("messaging");
    let around = Around {
        is_weighted: scenario["balancer"].get("slow_start").is_some(),
        is_scaled,
        has_messages: messaging.is_some(),
        has_one_room: messaging.is_some_and(messages::has_one_room),
        seconds,
    };
    let policies = dice.between(1, 3);
    scenario["policies"] = (0..policies).map(|index| ways::policy(dice, index, around)).collect();
    let present = Present {
        servers,
        zones,
        has_groups: groups > 1,
        parts: parts(&scenario),
        is_scaled,
        is_named: !is_scaled,
    };
    scenario["events"] = present.events(dice, seconds);
    if is_plain(number) {
        plain::strip(&mut scenario);
    }
    scenario
}

/// Whether the runs of a scenario are plain ones, of which chance alone would draw few.
pub fn is_plain(number: u64) -> bool {
    number.is_multiple_of(6)
}

/// What can be out of order: parts that some policy has.
fn parts(scenario: &Value) -> Vec<&'static str> {
    let policies = scenario["policies"].as_array().unwrap();
    let any = |has: &dyn Fn(&Value) -> bool| policies.iter().any(has);
    let of = |policy: &Value, field: &str| {
        policy.get(field).or(scenario.get(field)).cloned().unwrap_or_default()
    };
    let is_gateway = |policy: &Value| {
        policy["balance"] == "gateway" || policy["balance"].get("gateway").is_some()
    };
    let mut parts = vec!["balancer"];
    for (part, is_there) in [
        ("gateway", any(&is_gateway)),
        ("session_store", any(&|policy| of(policy, "session_state").get("external").is_some())),
        ("login", any(&|policy| !of(policy, "login").is_null())),
        ("broker", scenario.get("messaging").is_some()),
    ] {
        if is_there {
            parts.push(part);
        }
    }
    parts
}

fn clients(dice: &mut Dice, groups: u64, seconds: u64) -> Value {
    let most = 200 / groups;
    if groups == 1 {
        return group(dice, most, seconds);
    }
    let group = |(index, name): (usize, &&str)| {
        let mut group = group(dice, most, seconds);
        group["name"] = json!(name);
        // One group at least is there at the start.
        if index == 0 {
            group["connected"] = json!(most / 2);
        }
        group
    };
    ["web", "mobile"].iter().enumerate().map(group).collect()
}

fn group(dice: &mut Dice, most: u64, seconds: u64) -> Value {
    let connected = dice.pick(&[0, 1, most / 4, most / 2]);
    let come = most - connected;
    let presence = dice.pick(&[2_000, 20_000, 200_000, 1_000_000_000]);
    let mut group = json!({"connected": connected, "presence": dice.law(presence)});
    dice.maybe(2, &mut group, "arrivals", |dice| arrivals(dice, come, seconds));
    dice.maybe(2, &mut group, "rtt", |dice| match dice.below(3) {
        0 => json!("0s"),
        _ => dice.law(80),
    });
    dice.maybe(4, &mut group, "round_trips", |dice| json!(dice.between(1, 5)));
    dice.maybe(2, &mut group, "connect_timeout", |dice| match dice.below(5) {
        0 => json!("never"),
        1 => dice.time(1, 100),
        2 => dice.law(2_000),
        _ => dice.time(200, 10_000),
    });
    dice.maybe(3, &mut group, "syn_retries", |dice| {
        json!(dice.pick(&["linux", "linux_old", "windows", "macos"]))
    });
    dice.maybe(
        4,
        &mut group,
        "network",
        |dice| json!({"loss": dice.pick(&["0%", "1%", "10%", "50%"])}),
    );
    dice.maybe(4, &mut group, "browser", |dice| json!(dice.pick(&["chrome", "firefox"])));
    dice.maybe(2, &mut group, "reconnect", ways::reconnect);
    dice.maybe(
        3,
        &mut group,
        "heartbeat",
        |dice| json!({"interval": dice.time(500, 20_000), "timeout": dice.time(100, 10_000)}),
    );
    group
}

fn arrivals(dice: &mut Dice, clients: u64, seconds: u64) -> Value {
    let rate = clients as f64 / seconds as f64;
    match dice.below(6) {
        0 => json!({"ramp": {"clients": clients, "over": format!("{seconds}s")}}),
        1 => json!({"burst": {
            "clients": clients, "at": dice.time(0, seconds * 900), "within": dice.pick(&["0s", "3s"])
        }}),
        2 => json!({"diurnal": {
            "mean": format!("{rate}/s"), "peak_over_trough": dice.between(1, 5), "period": "60s"
        }}),
        3 => json!([
            {"poisson": {"rate": format!("{rate}/s")}},
            {"burst": {"clients": 5, "at": "1s", "within": "0s"}},
        ]),
        4 => json!({"renewal": {"interval": dice.law(1_000 * seconds / clients.max(1))}}),
        _ => json!({"poisson": {"rate": format!("{rate}/s")}}),
    }
}
