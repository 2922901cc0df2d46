//! A warm-up that pilot runs find.

use serde::{Deserialize, Serialize};

use super::{Plan, Point, RunId, World};
use crate::engine::{SimDuration, SimTime};

/// Pilot runs of each policy at a point: replications 0 to 4.
///
/// The noise of one run hides a start that drifts; what all of them show is no chance. Five are
/// what Welch's procedure begins with.
///
/// Source: Law, Simulation Modeling and Analysis (2015), section 9.5.1.
pub const PILOTS: u32 = 5;

/// Where the warm-up of a point comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Warmup {
    /// The scenario states it.
    #[default]
    Stated,
    /// Pilot runs are to find it. Until then the world has none, and no run of it is an answer.
    Sought,
    /// Pilot runs found it, and the world has it.
    Found(Found),
}

/// How a warm-up was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Pilot runs of each policy.
    pub pilots: u32,
    /// The policy that takes longest; `None` where none needs a warm-up, or several need as much.
    pub longest: Option<String>,
}

impl Plan {
    /// Whether the warm-up of a point is still to be found.
    pub fn seeks_warmup(&self) -> bool {
        self.points.iter().any(|point| point.warmup == Warmup::Sought)
    }

    /// A plan of the pilot runs that find the warm-ups, and which runs of it these are. Points
    /// keep their numbers; one whose warm-up is known has no pilot runs.
    pub fn pilots(&self) -> (Self, Vec<RunId>) {
        let points = self.points.iter().map(Point::pilot).collect();
        let runs = RunId::of(self, 0..PILOTS)
            .into_iter()
            .filter(|run| self.points[run.point].warmup == Warmup::Sought)
            .collect();
        (Self { points, ..self.clone() }, runs)
    }
}

impl Point {
    /// What its pilot runs watch: the same clients with the same draws, from which nothing is
    /// left out, as long as nothing happens to the cluster.
    fn pilot(&self) -> Self {
        let mut pilot = self.clone();
        let step = self.world.sample_every;
        let length = step.as_nanos().saturating_mul(self.world.undisturbed_steps());
        if length > 0 {
            pilot.world.duration = SimDuration::from_nanos(length);
        }
        pilot.world.events.clear();
        pilot
    }
}

impl World {
    /// Whole sampling steps before its first event, or of the run where there is none. What
    /// follows on an event is an answer, and no part of the start.
    pub fn undisturbed_steps(&self) -> u64 {
        let end = SimTime::ZERO.after(self.duration);
        let end = self.events.first().map_or(end, |event| event.at.min(end));
        end.since(SimTime::ZERO).as_nanos() / self.sample_every.as_nanos().max(1)
    }
}
