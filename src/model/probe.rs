//! Liveness probes: answered through the accept queue, so that a server that is too busy
//! to answer is killed, and boots again. Kubernetes' crash loop.

use super::accept::Step;
use super::event::Event;
use super::purpose;
use super::server::Handshake;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::SimDuration;
use crate::observe::log::{Fact, Killer};

impl<W: Witness> Simulation<'_, W> {
    /// The first probe of a server that has become ready, at a drawn phase.
    pub fn schedule_probe(&mut self, server: u32) {
        let Some(liveness) = &self.plan.servers.liveness else { return };
        let boots = self.servers[server as usize].boots;
        let draw = self.draws.at(purpose::PROBE, u64::from(server), u64::from(boots));
        let first = self.now.after(liveness.after).after(liveness.every.scaled(draw.unit()));
        self.at(first, Event::Probe { server, boots });
    }

    /// A probe is sent: it waits for a worker as an attempt does. One that finds the accept
    /// queue full is refused, and fails when it is due.
    pub fn probe(&mut self, server: u32, boots: u32) {
        let Some(liveness) = &self.plan.servers.liveness else { return };
        let at = &mut self.servers[server as usize];
        if !at.is_ready() || at.boots != boots {
            return;
        }
        at.probe.number += 1;
        at.probe.answered = false;
        let number = at.probe.number;
        let has_room = at.busy() < self.plan.servers.handshake.workers
            || at.queue.len() < self.plan.servers.accept_queue as usize;
        let due = self.now.after(liveness.timeout);
        if has_room {
            at.probe.inside += 1;
            let draw = self.draws.at(purpose::PROBE_WORK, u64::from(server), u64::from(number));
            let handshake = Handshake {
                client: Handshake::PROBE,
                attempt: number,
                instance: 0,
                answer: SimDuration::ZERO,
                patience: due,
                start: self.now,
                since: self.now,
                work: liveness.cost.sample(draw),
                counted: 0,
                step: Step::Work,
                resumes: false,
            };
            self.admit(server, &handshake);
        }
        self.at(due, Event::ProbeDue { server, number });
        self.at(self.now.after(liveness.every), Event::Probe { server, boots });
    }

    /// A probe has been answered, in time or not.
    pub fn probe_answered(&mut self, server: u32, probe: &Handshake) {
        let at = &mut self.servers[server as usize];
        at.probe.inside -= 1;
        let in_time = self.now <= probe.patience;
        if at.probe.number == probe.attempt && in_time {
            at.probe.answered = true;
            at.probe.failures = 0;
        }
    }

    /// The answer to a probe is due: after so many failures in a row the server is killed.
    pub fn probe_due(&mut self, server: u32, number: u32) {
        let Some(liveness) = &self.plan.servers.liveness else { return };
        let at = &mut self.servers[server as usize];
        if !at.is_ready() || at.probe.number != number || at.probe.answered {
            return;
        }
        at.probe.failures += 1;
        let row = at.probe.failures;
        self.tell_server(server, Fact::ProbeFailed { row });
        if row >= liveness.fall {
            self.tell_server(server, Fact::Killed(Killer::Liveness));
            self.record.counts.liveness_kills += u64::from(self.record.counts_at(self.now));
            self.restart(server);
        }
    }
}
