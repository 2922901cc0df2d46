//! The autoscaler looks at the servers and says how many are wanted; servers start and leave.

use super::change::Notice;
use super::event::Event;
use super::purpose;
use super::server::Stage;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::SimTime;
use crate::observe::log::Fact;
use crate::policy::Scale;
use crate::policy::scale::{Controller, Phase, Reading, ServerReading, Values};

/// An autoscaler in a run.
#[derive(Clone, Debug)]
pub(super) struct Autoscaler {
    controller: Controller,
    /// What it is told, reused from check to check.
    readings: Vec<ServerReading>,
    /// When it looked last, and the busy time of each server then.
    looked: SimTime,
    busy: Vec<u64>,
    /// How often it has looked: the index of its choices by chance.
    checks: u32,
}

impl Autoscaler {
    /// The autoscaler of a policy over so many servers; `None` where there is none.
    pub fn new(scale: &Scale, started: u32) -> Option<Box<Self>> {
        let controller = Controller::new(scale, started)?;
        let (readings, busy) = (Vec::new(), Vec::new());
        Some(Box::new(Self { controller, readings, looked: SimTime::ZERO, busy, checks: 0 }))
    }
}

impl<W: Witness> Simulation<'_, W> {
    /// The first check of the autoscaler.
    pub fn schedule_scaling(&mut self) {
        if let Some(autoscaler) = &self.autoscaler {
            let next = autoscaler.controller.next_check(self.now);
            self.at_before_end(next, Event::Scale);
        }
    }

    /// The autoscaler looks.
    pub fn scale(&mut self) {
        let Some(mut autoscaler) = self.autoscaler.take() else { return };
        self.read_servers(&mut autoscaler);
        let inside: u64 = self.servers.iter().map(|server| u64::from(server.attempts())).sum();
        let reading = Reading {
            wanted: self.wanted,
            servers: &autoscaler.readings,
            waiting: self.trying.saturating_sub(inside) as u32,
        };
        let wanted = autoscaler.controller.decide(self.now, &reading);
        let next = autoscaler.controller.next_check(self.now);
        autoscaler.checks += 1;
        let checks = autoscaler.checks;
        self.autoscaler = Some(autoscaler);
        self.at_before_end(next, Event::Scale);
        self.follow(wanted, checks);
    }

    /// What the servers report at a check.
    fn read_servers(&mut self, autoscaler: &mut Autoscaler) {
        let width = self.now.since(autoscaler.looked).as_nanos();
        let all = width.saturating_mul(u64::from(self.plan.servers.handshake.workers)).max(1);
        autoscaler.looked = self.now;
        autoscaler.busy.resize(self.servers.len(), 0);
        autoscaler.readings.clear();
        for (index, server) in (0_u32..).zip(&self.servers) {
            let before = &mut autoscaler.busy[index as usize];
            let until_now = server.busy_time(self.now);
            let busy = until_now - std::mem::replace(before, until_now);
            let phase = match server.stage {
                Stage::Booting => Phase::Starting,
                Stage::Ready => Phase::Running,
                Stage::Draining => Phase::Leaving,
                Stage::Down | Stage::Gone => continue,
            };
            // Those of the start have run for long.
            let known = |time: SimTime| (time > SimTime::ZERO).then_some(time);
            let utilisation = (u128::from(busy) * 1_000 / u128::from(all)) as u64;
            // A worker that shares its CPU is busy for longer than it computes.
            let handshakes = utilisation as f64 / server.message_slowdown;
            let cpu = (handshakes + 1_000.0 * server.message_share).min(1_000.0) as u64;
            autoscaler.readings.push(ServerReading {
                id: index,
                phase,
                ready: server.is_ready(),
                started: known(server.born),
                ready_changed: if server.ready_since == SimTime::NEVER {
                    known(server.born)
                } else {
                    known(server.ready_since)
                },
                values: (phase != Phase::Starting).then_some(Values {
                    connections: u64::from(server.connections) * 1_000,
                    handshake_utilisation: utilisation,
                    cpu,
                }),
            });
        }
    }

    /// So many servers are wanted: the difference starts or leaves. A rolling deploy that is under
    /// way works towards the new number itself; beside others what lacks starts at once, and what
    /// is too many stays until they are over.
    fn follow(&mut self, wanted: u32, check: u32) {
        if wanted != self.wanted {
            self.tell(Fact::Scales { from: self.wanted, to: wanted });
        }
        self.wanted = wanted;
        if let Some(deploy) = self.deploy_under_way() {
            for (lacking, version) in self.lacking_beside(deploy) {
                self.scale_out(lacking, version);
            }
            return self.poke_rollouts();
        }
        let here: Vec<u32> = (0..self.servers.len() as u32)
            .filter(|server| self.servers[*server as usize].is_wanted())
            .collect();
        let count = here.len() as u32;
        if count == wanted {
            return;
        }
        if count < wanted {
            return self.scale_out(wanted - count, self.generation);
        }
        self.record.disrupted(self.now);
        let pick = self.policy.scale.pick();
        let leaving = self.ordered(pick, &here, |server| {
            self.draws.at(purpose::SCALE_VICTIM, u64::from(check), u64::from(*server)).bits()
        });
        for server in leaving.into_iter().take((count - wanted) as usize) {
            self.send_away(server, None, false);
        }
    }

    fn scale_out(&mut self, count: u32, generation: u32) {
        self.record.disrupted(self.now);
        let ready = self.start_servers(count, generation, None);
        self.changed(if ready { Notice::Rise } else { Notice::Told });
    }
}
