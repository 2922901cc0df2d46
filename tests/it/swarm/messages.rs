//! Messages between clients.

use serde_json::{Value, json};

use super::dice::Dice;

pub fn messaging(dice: &mut Dice) -> Value {
    let mut messaging = json!({});
    let is_own = dice.one_in(5);
    messaging["channels"] = match dice.below(3) {
        _ if is_own => json!({"sizes": "one_per_client"}),
        0 => json!({"count": 20, "per_client": dice.between(1, 3)}),
        1 => json!({"count": dice.between(1, 40), "sizes": {"zipf": 1.0}}),
        _ => json!({"count": 10, "sizes": {"lognormal": {"sigma": 1.0}}}),
    };
    messaging["publish"] = json!({"rate": "0.2/s"});
    if !is_own {
        let publish = &mut messaging["publish"];
        dice.maybe(3, publish, "per", |_| json!("all"));
        dice.maybe(3, publish, "bursts", |_| json!({"publishes": 5, "within": "1s"}));
        dice.maybe(3, publish, "popularity", |dice| {
            dice.pick(&[json!("size"), json!({"zipf": 1.0}), json!("even")])
        });
    }
    dice.maybe(3, &mut messaging, "direct", |_| json!({"rate": "0.05/s"}));
    dice.maybe(2, &mut messaging, "broker", |dice| {
        let mut broker = json!({"nodes": dice.between(1, 3), "cost_in": dice.time(0, 30)});
        dice.maybe(2, &mut broker, "on_outage", |dice| json!(dice.pick(&["keep", "drop_clients"])));
        dice.maybe(3, &mut broker, "queue_limit", |dice| json!(dice.below(20)));
        dice.maybe(3, &mut broker, "latency", |dice| dice.time(0, 300));
        dice.maybe(3, &mut broker, "bandwidth", |_| json!("2KiB"));
        broker
    });
    for cost in ["receive_cost", "delivery_cost", "subscribe_cost", "unsubscribe_cost"] {
        dice.maybe(4, &mut messaging, cost, |dice| dice.time(0, 40));
    }
    dice.maybe(2, &mut messaging, "history", |dice| match dice.below(2) {
        0 => dice.time(100, 30_000),
        _ => json!({"reach": "10s", "size": dice.below(9), "state_cost": dice.time(0, 20)}),
    });
    if dice.one_in(4) {
        messaging["slow_consumers"] = json!({"fraction": 0.3, "drain": "20B"});
        messaging["output_buffer"] = json!("1KiB");
    }
    dice.maybe(4, &mut messaging, "duplicates", |_| json!(0.1));
    messaging
}

/// Whether rooms may live on a ring: one shared room for each client.
pub fn has_one_room(messaging: &Value) -> bool {
    let channels = &messaging["channels"];
    channels["sizes"] != "one_per_client" && channels["per_client"].as_u64().unwrap_or(1) == 1
}
