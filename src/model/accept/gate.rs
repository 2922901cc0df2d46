//! Admission to a server: a gate in front of its accept queue, and the line in front of the gate.
//!
//! The line is first come first served. Whoever waits holds a place in the balancer's count
//! and among what the server holds, as an upgraded connection does that is not served yet.

use super::Reply;
use crate::engine::SimTime;
use crate::model::event::Event;
use crate::model::server::Handshake;
use crate::model::simulation::Simulation;
use crate::model::witness::Witness;
use crate::observe::log::{Fact, Obstacle};
use crate::plan::accept::{Admit, AdmitLimit};
use crate::routing::{BackendId, Pace};

/// What a server's gate remembers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    pace: Pace,
    /// When it looks at its line again; an event of another time is not its own.
    looks_at: SimTime,
}

impl Gate {
    fn new(limit: AdmitLimit) -> Self {
        let pace = match limit {
            AdmitLimit::AtOnce(_) => Pace::new(f64::INFINITY, 1),
            AdmitLimit::Rate { rate, burst } => Pace::new(rate.as_per_second(), burst),
        };
        Self { pace, looks_at: SimTime::NEVER }
    }
}

impl<W: Witness> Simulation<'_, W> {
    fn gate(&mut self, server: u32, limit: AdmitLimit) -> &mut Gate {
        let gates = &mut self.accept.gates;
        if gates.len() <= server as usize {
            gates.resize(server as usize + 1, Gate::new(limit));
        }
        &mut gates[server as usize]
    }

    /// Whether a server's gate, if it has one, lets an attempt through that arrives now.
    #[inline]
    pub fn passes_gate(&mut self, server: u32) -> bool {
        let Some(admit) = &self.rules().admit else { return true };
        self.servers[server as usize].line.is_empty() && self.gate_opens(server, admit.limit)
    }

    /// Whether the gate lets one through now, and if so books it.
    fn gate_opens(&mut self, server: u32, limit: AdmitLimit) -> bool {
        if let AdmitLimit::AtOnce(most) = limit {
            return self.servers[server as usize].inside() < most;
        }
        let now = self.now.as_nanos();
        let gate = self.gate(server, limit);
        let mut pace = gate.pace;
        let opens = pace.next(now) <= now;
        if opens {
            gate.pace = pace;
        }
        opens
    }

    /// An attempt that the gate does not let through waits in line, or is turned away.
    pub fn wait_in_line(&mut self, server: u32, handshake: Handshake) {
        let Some(admit) = &self.rules().admit else { return };
        if self.servers[server as usize].line.len() >= admit.queue as usize || admit.wait.is_zero()
        {
            self.tell_inside(server, &handshake, Fact::Refused(Obstacle::Gate));
            return self.turn_away(&handshake, Reply::close(admit.code, admit.retry_after));
        }
        self.tier.opened(handshake.instance, BackendId::new(server));
        self.servers[server as usize].line.push_back(handshake);
        self.tell_inside(server, &handshake, Fact::InLine);
        self.expire(&handshake);
        self.look_again(server, admit);
    }

    /// Lets through who may go, closes who has waited too long. Called when the gate may
    /// have opened.
    #[inline]
    pub fn move_line(&mut self, server: u32) {
        let Some(admit) = &self.rules().admit else { return };
        while let Some(front) = self.servers[server as usize].line.front().copied() {
            let dead = front.is_abandoned(self.now, self.plan.servers.handshake.abandoned);
            if !dead && !self.gate_opens(server, admit.limit) {
                break;
            }
            self.servers[server as usize].line.pop_front();
            if dead {
                self.tell_inside(server, &front, Fact::Skipped);
                self.uncount(&front, server);
            } else {
                let waited = self.now.since(front.since);
                self.record.left_line(self.now, waited);
                self.tell_inside(server, &front, Fact::LetThrough { waited });
                self.enter_from_line(server, Handshake { since: self.now, ..front });
            }
        }
        while let Some(front) = self.servers[server as usize].line.front().copied()
            && front.since.after(admit.wait) <= self.now
        {
            self.servers[server as usize].line.pop_front();
            self.uncount(&front, server);
            self.tell_inside(server, &front, Fact::Refused(Obstacle::GateWait));
            self.turn_away(&front, Reply::close(admit.code, admit.retry_after));
        }
        self.look_again(server, admit);
    }

    fn enter_from_line(&mut self, server: u32, handshake: Handshake) {
        if self.is_full(server) {
            self.uncount(&handshake, server);
            self.tell_inside(server, &handshake, Fact::Refused(Obstacle::QueueFull));
            self.turn_away(&handshake, Reply::later(self.rules().when_full));
        } else {
            // Its time-out has been on the list since it joined the line.
            self.enter(server, &handshake);
        }
    }

    /// Has the gate look at its line when the first in it has waited long enough or the next
    /// token comes, whichever is first.
    fn look_again(&mut self, server: u32, admit: &Admit) {
        let Some(front) = self.servers[server as usize].line.front() else { return };
        let closes = front.since.after(admit.wait);
        let now = self.now.as_nanos();
        let gate = self.gate(server, admit.limit);
        let token = match admit.limit {
            AdmitLimit::AtOnce(_) => SimTime::NEVER,
            AdmitLimit::Rate { .. } => SimTime::from_nanos({ gate.pace }.next(now)),
        };
        let next = closes.min(token);
        if gate.looks_at != next {
            gate.looks_at = next;
            self.at(next, Event::Gate { server });
        }
    }

    /// A gate looks at its line.
    pub fn look_at_line(&mut self, server: u32) {
        let Some(gate) = self.accept.gates.get_mut(server as usize) else { return };
        if gate.looks_at == self.now {
            gate.looks_at = SimTime::NEVER;
            self.move_line(server);
            self.leave_if_empty(server);
        }
    }
}
