//! Arrivals of traces that come too late for the run.

use std::path::PathBuf;

use super::arguments::Arguments;
use super::output;
use crate::chart::words::{counted, grouped};
use crate::engine::SimTime;
use crate::plan::{Arrivals, Plan, World};

/// Says of each scenario how much of its traces never happens.
pub(super) fn warn(plans: &[(PathBuf, Plan)], arguments: &Arguments) {
    for (path, plan) in plans {
        let mut said: Vec<String> =
            plan.points.iter().flat_map(|point| late(&point.world)).collect();
        said.dedup();
        for text in said {
            output::warning(&format!("{}: {text}", path.display()), arguments);
        }
    }
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
