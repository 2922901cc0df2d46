//! The findings of the scenarios that people read, each from its own file.

use std::path::Path;

use ringstorm::model;
use ringstorm::scenario::{Overrides, load};

use crate::theory::support::metric_of;

/// What a run says, by point and policy.
struct Found {
    at: String,
    policy: String,
    values: Vec<f64>,
}

/// Reads metrics from every run of a scenario, changed by `--set` arguments; of several
/// replications the mean.
fn found(file: &str, set: &[&str], metrics: &[&str]) -> Vec<Found> {
    let overrides = Overrides {
        set: set.iter().map(|&text| text.to_owned()).collect(),
        ..Overrides::default()
    };
    let path = Path::new("scenarios").join(file);
    let plan = load(&path, &overrides).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let runs = model::run_all(&plan, |_, run| {
        metrics.iter().map(|name| metric_of(&run, name)).collect::<Vec<f64>>()
    })
    .unwrap_or_else(|(id, broken)| panic!("{id:?}: {broken}"));
    let mut all = Vec::new();
    for (index, point) in plan.points.iter().enumerate() {
        for (number, policy) in point.policies.iter().enumerate() {
            let here: Vec<&Vec<f64>> = runs
                .iter()
                .filter(|(id, _)| id.point == index && id.policy == number)
                .map(|(_, values)| values)
                .collect();
            let mean = |column: usize| {
                here.iter().map(|values| values[column]).sum::<f64>() / here.len() as f64
            };
            all.push(Found {
                at: point.at.iter().map(|(_, value)| value.trim_matches('"')).collect(),
                policy: policy.name.clone(),
                values: (0..metrics.len()).map(mean).collect(),
            });
        }
    }
    all
}

fn of<'a>(found: &'a [Found], at: &str, policy: &str) -> &'a [f64] {
    let is_it = |one: &&Found| one.at == at && one.policy == policy;
    &found.iter().find(is_it).unwrap_or_else(|| panic!("no {policy} at {at}")).values
}

#[test]
fn rooms_interest_saves_a_quarter_of_the_copies_where_members_post() {
    let metrics = ["broker_copies_per_publish", "idle_copies_fraction", "lost_fraction"];
    let all = found("rooms.json", &["replications=2", "duration=90s"], &metrics);
    let [broadcast, interest, sharded] =
        ["broadcast", "interest", "sharded"].map(|policy| of(&all, "", policy));
    assert!((19.0..=20.0).contains(&broadcast[0]), "one of 20 servers crashes: {broadcast:?}");
    assert!((0.65..0.8).contains(&(interest[0] / broadcast[0])), "{interest:?} {broadcast:?}");
    assert_eq!(interest[0], sharded[0], "the same copies, from other nodes");
    // Nobody asks for a copy that nobody reads.
    assert_eq!(interest[1], 0.0);
    assert!((broadcast[0] * (1.0 - broadcast[1]) - interest[0]).abs() < 0.01);
    assert!(interest[2] == broadcast[2] && interest[2] > 0.0, "{interest:?} {broadcast:?}");
}

#[test]
fn presence_herd_a_room_on_one_server_keeps_its_own_members_out() {
    let metrics = ["delivery_p99", "connect_p99", "offline_fraction"];
    let all = found("presence-herd.json", &["replications=2"], &metrics);
    let (spread, owner) = (of(&all, "", "spread"), of(&all, "", "one owner"));
    assert!(spread[0] < 0.1 && owner[0] > 5.0, "{spread:?} {owner:?}");
    assert!(spread[1] < 1.0 && owner[1] > 5.0, "{spread:?} {owner:?}");
    assert!(owner[2] > 10.0 * spread[2], "{spread:?} {owner:?}");
}

#[test]
fn opal_915_dropping_clients_makes_a_storm_and_loses_more() {
    let metrics = ["dropped", "peak_attempt_rate", "lost_messages"];
    let all = found("field/opal-915.json", &["replications=2", "duration=60s"], &metrics);
    let keep = of(&all, "keep", "round robin");
    let drop = of(&all, "drop_clients", "round robin");
    assert!(keep[0] == 0.0 && drop[0] > 19_000.0, "{keep:?} {drop:?}");
    assert!(drop[1] > 1_000.0 * keep[1].max(1.0), "{keep:?} {drop:?}");
    assert!(drop[2] > 2.0 * keep[2], "{keep:?} {drop:?}");
}

#[test]
fn colocated_rooms_cost_one_copy_and_those_not_moved_hear_nothing_more() {
    let metrics =
        ["broker_copies_per_publish", "lost_to_split_brain", "lost_fraction", "misplaced"];
    let all = found("colocated-rooms.json", &["replications=3", "duration=2m"], &metrics);
    let [users, rooms, stay] = ["users on the ring", "rooms on the ring", "rooms, not moved"]
        .map(|policy| of(&all, "", policy));
    assert!(users[0] > 3.5 && rooms[0] == 1.0 && stay[0] == 1.0, "{users:?} {rooms:?} {stay:?}");
    assert!(users[1] == 0.0 && rooms[1] < 200.0, "{users:?} {rooms:?}");
    // A fifth of the rooms has another owner for half of the time.
    assert!(stay[1] > 10_000.0 && stay[2] > 0.05, "{stay:?}");
    assert!(
        (stay[3] - stay[2]).abs() < 0.03,
        "the share on wrong servers is what is lost: {stay:?}"
    );
}

#[test]
fn broadcast_wall_the_broker_is_full_at_198_servers_and_idle_with_interest() {
    let metrics = ["broker_utilisation", "delivery_p99", "broker_copies_per_publish"];
    let set = ["replications=1", "duration=4s"];
    let all = found("broadcast-wall.json", &set, &metrics);
    for (servers, load) in [("50", 0.26), ("100", 0.51), ("150", 0.76)] {
        let [utilisation, p99, copies] = of(&all, servers, "broadcast") else { panic!() };
        assert!((utilisation - load).abs() < 0.02, "{servers}: {utilisation}");
        assert!(*p99 < 0.005 && copies.to_string() == servers, "{servers}: {p99} {copies}");
    }
    let full = of(&all, "250", "broadcast");
    assert!(full[0] > 0.99 && full[1] > 0.5, "{full:?}");
    for servers in ["50", "250"] {
        let [utilisation, p99, copies] = of(&all, servers, "interest") else { panic!() };
        assert!(*utilisation < 0.04 && *p99 < 0.001 && *copies < 5.0, "{utilisation} {p99}");
    }
}
