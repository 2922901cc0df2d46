//! Servers, balancing tier, autoscalers, and what happens to them.

use serde_json::{Value, json};

use super::dice::Dice;
use super::ways;

pub fn servers(dice: &mut Dice, count: u64, zones: &[&str]) -> Value {
    let workers = dice.between(1, 4);
    let cost = dice.pick(&[1, 20, 400, 3_000]);
    let abandoned = dice.pick(&["served", "skipped", "aborted"]);
    let mut servers = json!({
        "count": count,
        "zones": zones,
        "handshake": {"workers": workers, "cost": dice.law(cost), "abandoned": abandoned},
    });
    match dice.below(4) {
        0 => servers["weight"] = json!(dice.between(1, 3)),
        1 => servers["weights"] = json!([1, 2, 5]),
        _ => {}
    }
    dice.maybe(5, &mut servers, "addresses", |_| {
        json!(["10.0.0.1:80", "10.0.0.2:80"][..count.min(2) as usize])
    });
    dice.maybe(2, &mut servers, "accept_queue", |dice| match dice.below(3) {
        0 => json!("unlimited"),
        _ => json!(dice.between(1, 30)),
    });
    dice.maybe(2, &mut servers, "when_full", ways::full);
    dice.maybe(3, &mut servers, "max_connections", |dice| json!(dice.between(1, 100)));
    dice.maybe(4, &mut servers, "admit", ways::admit);
    dice.maybe(5, &mut servers, "readiness", ways::readiness);
    dice.maybe(3, &mut servers, "memory", |dice| {
        let mut memory = json!({"base": "10KiB", "per_connection": "1KiB"});
        dice.maybe(2, &mut memory, "limit", |dice| json!(format!("{}KiB", dice.between(11, 90))));
        memory
    });
    dice.maybe(2, &mut servers, "boot", |dice| dice.law(3_000));
    dice.maybe(4, &mut servers, "boot_at_once", |dice| json!(dice.between(1, 3)));
    dice.maybe(3, &mut servers, "drain", drain);
    dice.maybe(4, &mut servers, "liveness", |dice| {
        let timeout = dice.between(50, 1_000);
        json!({
            "every": dice.time(timeout, 5_000), "timeout": format!("{timeout}ms"),
            "fall": dice.between(1, 3), "after": dice.time(0, 3_000), "cost": dice.law(2),
        })
    });
    servers
}

/// How a server leaves.
pub fn drain(dice: &mut Dice) -> Value {
    let grace = dice.between(10, 20_000);
    if dice.one_in(2) {
        return json!(format!("{grace}ms"));
    }
    let mut drain = json!({"grace": format!("{grace}ms")});
    dice.maybe(3, &mut drain, "wait", |dice| dice.time(0, grace));
    dice.maybe(2, &mut drain, "hint", ways::hint);
    dice.maybe(3, &mut drain, "code", |dice| json!(dice.pick(&[1000, 1001, 1012])));
    drain["close"] = match dice.below(5) {
        0 => json!("spread"),
        1 => json!({"pace": format!("{}/s", dice.between(1, 50))}),
        2 => json!({"batch": {"size": dice.between(1, 10), "every": dice.time(10, 2_000)}}),
        3 => json!("at_once"),
        _ => json!("never"),
    };
    drain
}

pub fn balancer(dice: &mut Dice) -> Value {
    let mut tier = json!({"replicas": dice.between(1, 4)});
    dice.maybe(2, &mut tier, "propagation", |dice| dice.law(2_000));
    dice.maybe(3, &mut tier, "health", |dice| {
        json!({
            "interval": dice.time(100, 5_000), "timeout": dice.time(10, 5_000),
            "fall": dice.between(1, 4), "rise": dice.between(1, 4),
        })
    });
    dice.maybe(3, &mut tier, "prefer_new", |_| json!(true));
    dice.maybe(3, &mut tier, "forgets_counts_on_update", |_| json!(true));
    dice.maybe(4, &mut tier, "attempt_cost", |dice| dice.time(0, 20));
    dice.maybe(4, &mut tier, "close_cost", |dice| dice.time(0, 20));
    dice.maybe(5, &mut tier, "slow_start", |dice| match dice.below(2) {
        0 => json!({"linear": {"window": dice.time(100, 30_000)}}),
        _ => json!({"envoy": {"window": dice.time(100, 30_000), "aggression": 1.5}}),
    });
    dice.maybe(3, &mut tier, "retries", |dice| {
        json!({
            "count": dice.between(1, 4), "after": dice.time(0, 1_000), "redispatch": dice.one_in(2),
        })
    });
    tier
}

pub fn autoscaler(dice: &mut Dice, seconds: u64) -> Value {
    let connections = dice.between(1, 60);
    let target = match dice.below(3) {
        0 => json!({"cpu": 0.5}),
        1 => json!({"handshake_utilisation": 0.5}),
        _ => json!({"connections": connections}),
    };
    match dice.below(5) {
        0 => json!({"hpa": {
            "target": target, "min": 1, "max": 6, "sync_every": dice.time(500, 15_000),
            "metric_delay": dice.time(0, 20_000), "downscale_stabilization": dice.time(0, 30_000),
            "pick": dice.pick(&["newest", "oldest", "fewest", "kubernetes", "aws"]),
        }}),
        1 => json!({"keda": {
            "connections": connections, "max": 6, "polling_every": "5s", "sync_every": "3s",
            "cooldown": dice.time(0, 20_000), "downscale_stabilization": "5s",
        }}),
        2 => json!({"target_tracking": {
            "target": target, "max": 6, "period": "2s", "out_datapoints": 2, "in_datapoints": 3,
            "warmup": dice.time(0, 10_000),
        }}),
        3 => json!({"step": {
            "metric": "connections", "max": 6, "period": "2s", "warmup": "3s",
            "cooldown": dice.time(0, 20_000),
            "scale_out": {"threshold": connections, "steps": [{"from": 0.0, "by": 1}]},
            "scale_in": {"threshold": connections / 2, "steps": [{"to": 0.0, "by": -1}]},
        }}),
        _ => {
            let at = dice.between(1, seconds);
            json!({"scheduled": {"changes": [
                {"at": "500ms", "servers": dice.below(6)},
                {"at": format!("{at}s"), "servers": dice.below(6)},
            ]}})
        }
    }
}

/// Who is there, as far as the scenario knows.
pub struct Present {
    pub servers: u64,
    pub zones: Vec<&'static str>,
    pub has_groups: bool,
    /// What can be out of order.
    pub parts: Vec<&'static str>,
    pub is_scaled: bool,
    /// Whether the first server is there for sure.
    pub is_named: bool,
}

impl Present {
    /// Up to eight events, in order.
    pub fn events(mut self, dice: &mut Dice, seconds: u64) -> Value {
        let count = dice.below(9);
        let mut times: Vec<u64> = (0..count).map(|_| dice.below(seconds * 1_000)).collect();
        times.sort_unstable();
        // Some happen at the same instant.
        if dice.one_in(3) {
            for time in &mut times {
                *time -= *time % 10_000;
            }
        }
        let event = |at: u64| {
            let mut event = self.event(dice, seconds);
            event["at"] = json!(format!("{at}ms"));
            event
        };
        times.into_iter().map(event).collect()
    }

    fn event(&mut self, dice: &mut Dice, seconds: u64) -> Value {
        let lasting = dice.time(1, seconds * 500);
        match dice.below(9) {
            0 => {
                let count = dice.between(1, 2);
                self.servers += count;
                json!({"add": count})
            }
            1 if self.servers > 0 => {
                let mut which = self.which(dice, true);
                dice.maybe(2, &mut which, "drain", drain);
                json!({"remove": which})
            }
            2 if self.servers > 0 => {
                let lasts = dice.one_in(2);
                let mut which = self.which(dice, !lasts);
                if lasts {
                    which["for"] = lasting;
                }
                dice.maybe(2, &mut which, "silently", |_| json!(true));
                json!({"crash": which})
            }
            3 => {
                self.is_named = false;
                json!({"deploy": deploy(dice)})
            }
            4 if self.servers > 0 => {
                let mut which = self.which(dice, false);
                which["factor"] = json!(dice.pick(&[0.5, 3.0, 50.0]));
                which["for"] = lasting;
                json!({"slow": which})
            }
            5 => {
                let of = dice.pick(&self.parts);
                let silently = matches!(of, "gateway" | "balancer") && dice.one_in(2);
                json!({"outage": {"of": of, "for": lasting, "silently": silently}})
            }
            6 => json!({"load": {"factor": dice.pick(&[0.0, 2.0]), "for": lasting}}),
            _ => self.disconnect(dice, &lasting),
        }
    }

    fn disconnect(&self, dice: &mut Dice, lasting: &Value) -> Value {
        let mut cut = json!({"fraction": dice.share(), "silently": dice.one_in(2)});
        if self.has_groups {
            dice.maybe(2, &mut cut, "group", |_| json!("web"));
        }
        if dice.one_in(2) {
            cut["for"] = lasting.clone();
            dice.maybe(2, &mut cut, "back_within", |dice| dice.time(0, 10_000));
        }
        json!({"disconnect": cut})
    }

    /// Some servers, for good or for a while.
    fn which(&mut self, dice: &mut Dice, for_good: bool) -> Value {
        if self.is_named && dice.one_in(3) {
            if for_good {
                self.servers -= 1;
                self.is_named = false;
            }
            return json!({"servers": ["s1"]});
        }
        if self.is_scaled && dice.one_in(3) {
            return json!({"zone": dice.pick(&self.zones)});
        }
        let count = dice.between(1, self.servers);
        if for_good && !self.is_scaled {
            self.servers -= count;
            self.is_named = false;
        }
        json!({"count": count, "pick": dice.pick(&[
            "newest", "oldest", "random", "fewest", "most", "ring_cheapest", "kubernetes", "aws",
        ])})
    }
}

fn deploy(dice: &mut Dice) -> Value {
    let mut how = json!({});
    dice.maybe(2, &mut how, "drain", drain);
    dice.maybe(2, &mut how, "boot", |dice| dice.law(2_000));
    dice.maybe(2, &mut how, "min_ready", |dice| dice.time(0, 5_000));
    match dice.below(4) {
        0 => {
            how["surge"] = dice.pick(&[json!(0), json!(1), json!("50%")]);
            how["unavailable"] = dice.pick(&[json!(0), json!(1), json!("50%"), json!("100%")]);
            // Nothing could ever move.
            if how["surge"] == json!(0) && how["unavailable"] == json!(0) {
                how["unavailable"] = json!(1);
            }
            json!({"rolling": how})
        }
        1 => {
            dice.maybe(2, &mut how, "in_place", |_| json!(true));
            how["pause"] = dice.time(0, 3_000);
            json!({"one_by_one": how})
        }
        2 => json!({"blue_green": how}),
        _ => {
            how["hold"] = dice.time(0, 10_000);
            how["servers"] = json!(dice.between(1, 2));
            json!({"canary": how})
        }
    }
}
