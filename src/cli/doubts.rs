//! What a scenario may say, and was hardly meant.

use std::path::PathBuf;

use super::arguments::Arguments;
use super::output;
use crate::chart::words::{counted, grouped};
use crate::engine::SimTime;
use crate::plan::{Arrivals, Plan, World};

/// Says of each scenario how much of its traces never happens, and who has no room at the start.
pub(super) fn warn(plans: &[(PathBuf, Plan)], arguments: &Arguments) {
    for (path, plan) in plans {
        let mut said: Vec<String> =
            plan.points.iter().flat_map(|point| of_world(&point.world)).collect();
        said.dedup();
        for text in said {
            output::warning(&format!("{}: {text}", path.display()), arguments);
        }
    }
}

fn of_world(world: &World) -> Vec<String> {
    late(world).into_iter().chain(without_room(world)).collect()
}

/// The clients connected at the start, where they are more than the servers take.
fn without_room(world: &World) -> Option<String> {
    let connected: u64 = world.groups.iter().map(|group| u64::from(group.connected)).sum();
    let servers = &world.servers;
    let room = u64::from(servers.count) * u64::from(servers.max_connections);
    let most = grouped(u64::from(servers.max_connections));
    (connected > room).then(|| {
        format!(
            "of {} at the start {} find no room: {} of at most {most} connections",
            counted(connected, "connected client"),
            grouped(connected - room),
            counted(u64::from(servers.count), "server"),
        )
    })
}

/// What each trace of a world has at or after its end.
fn late(world: &World) -> Vec<String> {
    let end = SimTime::ZERO.after(world.duration);
    let mut said = Vec::new();
    for group in &world.groups {
        for arrivals in &group.arrivals {
            let Arrivals::Trace { rows } = arrivals else { continue };
            // They are sorted, and may be many at many points.
            let late = (rows.len() - rows.partition_point(|row| row.at < end)) as u64;
            if late > 0 {
                said.push(format!(
                    "{} of the {} in a trace of `{}` come after the end of the run at {}",
                    grouped(late),
                    counted(rows.len() as u64, "arrival"),
                    group.name,
                    world.duration
                ));
            }
        }
    }
    said
}
