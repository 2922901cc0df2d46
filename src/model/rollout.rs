//! Deploys: servers of a new version take the place of the old ones, step by step.
//!
//! A deploy is a controller that looks again whenever something has changed: a server is
//! ready, has been ready for long enough, or is gone.

use super::change::Notice;
use super::event::Event;
use super::server::Stage;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::{Distribution, SimDuration, SimTime};
use crate::observe::log::Fact;
use crate::plan::{Deploy, Verb, Way};
use crate::policy::rollout::{self, Limits, Sets};

/// A deploy under way.
#[derive(Clone, Debug)]
pub(super) struct Rollout {
    /// The event that began it.
    event: u32,
    /// The version that it brings.
    generation: u32,
    /// One by one: those still to be replaced, the next at the end.
    queue: Vec<u32>,
    /// One by one: what it waits for.
    waits: Waits,
    /// Canary: when the rest follows; [`SimTime::NEVER`] until the first are available.
    held_until: SimTime,
    /// When it looks again; an event of another time is not its own.
    looks_at: SimTime,
    /// Whether it is over.
    is_done: bool,
}

/// What replacing one server after the other waits for.
#[derive(Clone, Copy, Debug)]
enum Waits {
    /// Nothing: the next may leave.
    Nothing,
    /// This server is to be gone.
    Leaving(u32),
    /// This server is to be available, after this start of it.
    Arriving(u32, u32),
}

impl Rollout {
    /// Whether it is over.
    pub const fn is_done(&self) -> bool {
        self.is_done
    }
}

impl<W: Witness> Simulation<'_, W> {
    /// A deploy begins. A later one takes over from one that is still under way.
    pub fn deploy(&mut self, event: u32, deploy: &Deploy) {
        for rollout in &mut self.rollouts {
            rollout.is_done = true;
        }
        self.generation += 1;
        let mut queue: Vec<u32> = (0..self.servers.len() as u32)
            .filter(|server| self.servers[*server as usize].is_wanted())
            .collect();
        queue.reverse();
        let generation = self.generation;
        self.rollouts.push(Rollout {
            event,
            generation,
            queue,
            waits: Waits::Nothing,
            held_until: SimTime::NEVER,
            looks_at: SimTime::NEVER,
            is_done: false,
        });
        if deploy.way == Way::BlueGreen {
            let ready = self.start_servers(self.wanted, generation, deploy.boot.as_ref());
            if ready {
                self.changed(Notice::Rise);
            }
        }
        self.poke_rollouts();
    }

    /// The deploy that is under way.
    pub fn deploy_under_way(&self) -> Option<u32> {
        let found = self.rollouts.iter().position(|rollout| !rollout.is_done)?;
        Some(found as u32)
    }

    /// How many servers, and of which version, an autoscaler starts beside a deploy that does not
    /// work towards the number wanted itself. Blue and green grow both, so that whoever takes over
    /// is large enough; beside canaries the old version grows, which serves until they have
    /// proved themselves; one by one the new one.
    pub fn lacking_beside(&self, rollout: u32) -> Vec<(u32, u32)> {
        let state = &self.rollouts[rollout as usize];
        let Verb::Deploy(deploy) = &self.plan.events[state.event as usize].verb else {
            return Vec::new();
        };
        let (old, new) = (state.generation - 1, state.generation);
        let here = || self.servers.iter().filter(|server| server.is_wanted());
        let all = here().count() as u32;
        let green = here().filter(|server| server.generation >= new).count() as u32;
        let sets = match deploy.way {
            Way::Rolling { .. } => Vec::new(),
            Way::Canary { .. } if state.held_until <= self.now => Vec::new(),
            Way::Canary { .. } => vec![(all, old)],
            Way::BlueGreen => vec![(all - green, old), (green, new)],
            Way::OneByOne { .. } => {
                let is_away = match state.waits {
                    Waits::Nothing => false,
                    Waits::Leaving(server) | Waits::Arriving(server, _) => {
                        !self.servers[server as usize].is_wanted()
                    }
                };
                vec![(all + u32::from(is_away), new)]
            }
        };
        let lacking = |(here, version): (u32, u32)| (self.wanted.saturating_sub(here), version);
        sets.into_iter().map(lacking).filter(|(count, _)| *count > 0).collect()
    }

    /// Something has changed: deploys under way look again.
    pub fn poke_rollouts(&mut self) {
        for rollout in 0..self.rollouts.len() as u32 {
            if !self.rollouts[rollout as usize].is_done {
                self.look_at(rollout, self.now);
            }
        }
    }

    /// A deploy looks again at `time`, unless it does so before: then it says again when.
    fn look_at(&mut self, rollout: u32, time: SimTime) {
        let looks_at = &mut self.rollouts[rollout as usize].looks_at;
        if time < *looks_at {
            *looks_at = time;
            self.at(time, Event::Rollout { rollout });
        }
    }

    /// A deploy looks, and goes on as far as it may.
    pub fn roll(&mut self, rollout: u32) {
        let state = &mut self.rollouts[rollout as usize];
        if state.is_done || state.looks_at != self.now {
            return;
        }
        state.looks_at = SimTime::NEVER;
        let plan = self.plan;
        let event = self.rollouts[rollout as usize].event;
        let Verb::Deploy(deploy) = &plan.events[event as usize].verb else { return };
        match deploy.way {
            Way::Rolling { surge, unavailable } => {
                self.roll_to_the_end(rollout, deploy, Limits::new(self.wanted, surge, unavailable));
            }
            Way::OneByOne { in_place, pause } => {
                self.replace_next(rollout, deploy, in_place, pause);
            }
            Way::BlueGreen => self.switch(rollout, deploy),
            Way::Canary { servers, hold, surge, unavailable } => {
                let limits = Limits::new(self.wanted, surge, unavailable);
                if self.rollouts[rollout as usize].held_until <= self.now {
                    self.roll_to_the_end(rollout, deploy, limits);
                } else {
                    self.send_canaries(rollout, deploy, limits, servers, hold);
                }
            }
        }
    }

    /// Kubernetes' rolling update, as far as it goes now.
    fn roll_to_the_end(&mut self, rollout: u32, deploy: &Deploy, limits: Limits) {
        loop {
            let (sets, old) = self.survey(rollout, deploy);
            if rollout::is_done(limits, sets) {
                return self.be_deployed(rollout);
            }
            let sizes = rollout::next(limits, sets);
            if sizes.new > sets.new {
                self.bring_up(rollout, deploy, sizes.new - sets.new);
            } else if sizes.old < sets.old {
                for server in old.into_iter().take((sets.old - sizes.old) as usize) {
                    self.send_away(server, deploy.drain, false);
                }
            } else {
                return;
            }
        }
    }

    /// The first few new servers, each in the place of an old one; then they are watched.
    fn send_canaries(
        &mut self,
        rollout: u32,
        deploy: &Deploy,
        limits: Limits,
        servers: u32,
        hold: SimDuration,
    ) {
        let canaries = servers.min(limits.wanted);
        let (sets, old) = self.survey(rollout, deploy);
        if sets.new < canaries {
            self.bring_up(rollout, deploy, canaries - sets.new);
        }
        let (sets, _) = self.survey(rollout, deploy);
        let held_until = self.rollouts[rollout as usize].held_until;
        if held_until != SimTime::NEVER {
            return self.look_at(rollout, held_until);
        }
        if sets.new_available < canaries {
            return;
        }
        let until = self.now.after(hold);
        self.rollouts[rollout as usize].held_until = until;
        self.look_at(rollout, until);
        let spare = (sets.old + sets.new).saturating_sub(limits.wanted);
        for server in old.into_iter().take(spare as usize) {
            self.send_away(server, deploy.drain, false);
        }
    }

    /// So many servers of the new version start.
    fn bring_up(&mut self, rollout: u32, deploy: &Deploy, count: u32) {
        let generation = self.rollouts[rollout as usize].generation;
        let ready = self.start_servers(count, generation, deploy.boot.as_ref());
        if ready {
            self.changed(Notice::Rise);
        }
    }

    /// Blue-green: when all new servers are available, all old ones leave.
    fn switch(&mut self, rollout: u32, deploy: &Deploy) {
        let (sets, old) = self.survey(rollout, deploy);
        if sets.new_available < sets.new || sets.new == 0 {
            return;
        }
        self.be_deployed(rollout);
        for server in old {
            self.send_away(server, deploy.drain, false);
        }
    }

    /// One by one: goes on as far as nothing is to be waited for.
    fn replace_next(&mut self, rollout: u32, deploy: &Deploy, in_place: bool, pause: SimDuration) {
        loop {
            let state = &mut self.rollouts[rollout as usize];
            let next = match state.waits {
                Waits::Nothing => {
                    let Some(server) = state.queue.pop() else {
                        return self.be_deployed(rollout);
                    };
                    if !self.servers[server as usize].is_wanted() {
                        continue;
                    }
                    let boots = self.servers[server as usize].boots;
                    self.send_away(server, deploy.drain, in_place);
                    if in_place { Waits::Arriving(server, boots) } else { Waits::Leaving(server) }
                }
                Waits::Leaving(server) => {
                    if self.servers[server as usize].stage != Stage::Gone {
                        return;
                    }
                    self.bring_up(rollout, deploy, 1);
                    Waits::Arriving(self.servers.len() as u32 - 1, 0)
                }
                Waits::Arriving(server, boots) => {
                    let at = &self.servers[server as usize];
                    let (is_lost, is_fresh) =
                        (matches!(at.stage, Stage::Down | Stage::Gone), at.boots > boots);
                    let least = deploy.min_ready.saturating_add(pause);
                    let arrived = is_fresh && self.is_available(rollout, server, least);
                    if !arrived && !is_lost {
                        return;
                    }
                    Waits::Nothing
                }
            };
            self.rollouts[rollout as usize].waits = next;
        }
    }

    fn be_deployed(&mut self, rollout: u32) {
        self.rollouts[rollout as usize].is_done = true;
        self.tell(Fact::Deployed);
    }

    /// The boot time of a server that a deploy restarts in place.
    pub fn boot_of_restart(&self, server: u32) -> Option<Distribution> {
        let rollout = self.rollouts.iter().rev().find(|rollout| match rollout.waits {
            Waits::Arriving(arriving, _) => arriving == server,
            _ => !rollout.is_done,
        })?;
        match &self.plan.events[rollout.event as usize].verb {
            Verb::Deploy(deploy) => deploy.boot.clone(),
            _ => None,
        }
    }

    /// Whether a server of the new version counts as available; if only time is missing,
    /// the deploy looks again then.
    fn is_available(&mut self, rollout: u32, server: u32, least: SimDuration) -> bool {
        let at = &self.servers[server as usize];
        if !at.is_ready() {
            return false;
        }
        let from = at.ready_since.after(least);
        if from <= self.now {
            return true;
        }
        self.look_at(rollout, from);
        false
    }

    /// The servers as Kubernetes' controller counts them, and the old ones in the order
    /// in which a `ReplicaSet` deletes them.
    fn survey(&mut self, rollout: u32, deploy: &Deploy) -> (Sets, Vec<u32>) {
        let generation = self.rollouts[rollout as usize].generation;
        let mut sets = Sets { old: 0, old_available: 0, new: 0, new_available: 0 };
        let mut old = Vec::new();
        for server in 0..self.servers.len() as u32 {
            let at = &self.servers[server as usize];
            if !at.is_wanted() {
                continue;
            }
            let (is_new, is_ready) = (at.generation >= generation, at.is_ready());
            if is_new {
                sets.new += 1;
                sets.new_available +=
                    u32::from(self.is_available(rollout, server, deploy.min_ready));
            } else {
                sets.old += 1;
                sets.old_available += u32::from(is_ready);
                old.push(server);
            }
        }
        (sets, self.in_replica_set_order(&old))
    }
}
