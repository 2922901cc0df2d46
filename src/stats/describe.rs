//! What results say of the plan itself: events by name, and the facts that charts draw
//! as reference lines.

use super::results::Marker;
use crate::plan::{Arrivals, Event, Group, Part, Verb, Way, Which, World};

/// The events as charts name them, in their order.
pub fn markers(world: &World) -> Vec<Marker> {
    world
        .events
        .iter()
        .map(|event| Marker { at: event.at.as_secs_f64(), label: label(world, event) })
        .collect()
}

fn label(world: &World, event: &Event) -> String {
    match &event.verb {
        Verb::Add(count) => format!("+{}", counted(*count, "server", "servers")),
        Verb::Remove { which: Which::Zone(zone), .. } => {
            format!("zone {} removed", zone_name(world, *zone))
        }
        Verb::Remove { which, drain: None } => {
            format!("−{}", counted(size(which), "server", "servers"))
        }
        Verb::Remove { which, drain: Some(_) } => format!("drain {}", size(which)),
        Verb::Crash { which: Which::Zone(zone), .. } => {
            format!("zone {} lost", zone_name(world, *zone))
        }
        Verb::Crash { which, .. } => format!("−{}", counted(size(which), "crash", "crashes")),
        Verb::Deploy(deploy) => match deploy.way {
            Way::Rolling { .. } => "rolling deploy".to_owned(),
            Way::OneByOne { .. } => "deploy one by one".to_owned(),
            Way::BlueGreen => "blue-green deploy".to_owned(),
            Way::Canary { .. } => "canary deploy".to_owned(),
        },
        Verb::Disconnect { fraction, group, .. } => {
            let of = group
                .and_then(|index| world.groups.get(index as usize))
                .map_or_else(String::new, |group| format!(" of {}", group.name));
            // Two decimals at most: "0.1 + 0.2" must not print 15 digits.
            let percent = (fraction * 1e4).round() / 100.0;
            format!("{percent}%{of} disconnected")
        }
        Verb::Slow { which: Which::Zone(zone), factor, .. } => {
            format!("zone {} {factor} × slower", zone_name(world, *zone))
        }
        Verb::Slow { which, factor, .. } => {
            format!("{} {factor} × slower", counted(size(which), "server", "servers"))
        }
        Verb::Outage { of: Part::Gateway, .. } => "gateway out".to_owned(),
        Verb::Outage { of: Part::Balancer, .. } => "balancer out".to_owned(),
        Verb::Outage { of: Part::SessionStore, .. } => "session store out".to_owned(),
        Verb::Outage { of: Part::Login, .. } => "login out".to_owned(),
        Verb::Outage { of: Part::Broker, .. } => "broker out".to_owned(),
        Verb::Load { factor, .. } => format!("arrivals × {factor}"),
    }
}

fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn zone_name(world: &World, zone: u32) -> &str {
    world.servers.zones.get(zone as usize).map_or("?", String::as_str)
}

/// How many servers an event hits; a zone is named, not counted.
fn size(which: &Which) -> u32 {
    match which {
        Which::Newest(count)
        | Which::Oldest(count)
        | Which::Random(count)
        | Which::Fewest(count)
        | Which::Most(count)
        | Which::Cheapest(count)
        | Which::ReplicaSet(count)
        | Which::Aws(count) => *count,
        Which::Servers(servers) => servers.len() as u32,
        Which::Zone(_) => 0,
    }
}

/// Index of the group with the most clients: connected at the start or expected to arrive
/// while the run is watched; the first of equals.
pub fn largest_group(world: &World) -> usize {
    let duration = world.duration.as_secs_f64();
    let mut largest = (0, f64::NEG_INFINITY);
    for (index, group) in world.groups.iter().enumerate() {
        let clients = expected_clients(group, duration);
        if clients > largest.1 {
            largest = (index, clients);
        }
    }
    largest.0
}

fn expected_clients(group: &Group, duration: f64) -> f64 {
    let arrivals = group.arrivals.iter().map(|arrivals| match arrivals {
        Arrivals::Poisson { rate } => rate.as_per_second() * duration,
        Arrivals::Renewal { interval } => duration / interval.mean_secs(),
        Arrivals::Ramp { clients, .. } | Arrivals::Burst { clients, .. } => f64::from(*clients),
        Arrivals::Diurnal { mean, .. } => mean.as_per_second() * duration,
        Arrivals::Trace { rows } => rows.len() as f64,
    });
    f64::from(group.connected) + arrivals.sum::<f64>()
}

/// Handshakes per second that one server can do; infinite when they cost nothing.
pub fn capacity_per_server(world: &World) -> f64 {
    let handshake = &world.servers.handshake;
    f64::from(handshake.workers) / handshake.cost.mean_secs()
}
