//! Conservation laws, checked at every sampling step of every run, in release
//! builds too. A broken law is a bug of ringstorm and stops the run.

use thiserror::Error;

use super::server::Server;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::SimTime;
use crate::routing::BackendId;

/// A law of the model that did not hold.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("at {time} under policy `{policy}`: {law}: {left} is not {right}")]
pub struct BrokenLaw {
    /// What should have held.
    pub law: &'static str,
    /// When it did not.
    pub time: SimTime,
    /// The policy of the run.
    pub policy: String,
    /// One side.
    pub left: u64,
    /// The other.
    pub right: u64,
}

impl<W: Witness> Simulation<'_, W> {
    /// Checks the laws that must hold between any two events. Cost: a pass over the servers.
    ///
    /// # Errors
    /// The first law that does not hold; the run must not go on.
    pub fn check_laws(&self) -> Result<(), BrokenLaw> {
        let totals = self.record.totals;
        let (mut connections, mut queued, mut busy) = (0, 0, 0);
        for (index, server) in (0_u32..).zip(&self.servers) {
            connections += u64::from(server.connections);
            queued += server.queue.len() as u64 + server.ahead.unsettled_waiting();
            busy += u64::from(server.busy());
            self.check_balancer_count(index, server)?;
        }
        let laws: [(&'static str, u64, u64); 5] = [
            (
                "attempts = accepted + rejected + timed out + cut + abandoned + in progress",
                totals.attempts,
                totals.accepted + totals.ended + self.trying,
            ),
            (
                "clients that came = clients that left + clients present",
                totals.came,
                totals.left + self.record.present.value(),
            ),
            (
                "connected clients = sum of the servers' connections",
                self.record.connected.value(),
                connections,
            ),
            ("attempts waiting = sum of the accept queues", self.record.queued.value(), queued),
            ("workers at work = sum over the servers", self.record.busy.value(), busy),
        ];
        for (law, left, right) in laws {
            if left != right {
                return Err(self.broken(law, left, right));
            }
        }
        self.check_messages(false)
    }

    /// A balancer that counts connections counts those that a server holds, waiting ones included, and
    /// those that it does not answer.
    fn check_balancer_count(&self, index: u32, server: &Server) -> Result<(), BrokenLaw> {
        let Some(counted) = self.tier.connections(BackendId::new(index)) else { return Ok(()) };
        let held = u64::from(server.held_now(self.now)) + u64::from(server.unanswered);
        if counted == held || !server.is_ready() {
            return Ok(());
        }
        let law = "balancer's count = connections + attempts inside a server";
        Err(self.broken(law, counted, held))
    }

    pub fn broken(&self, law: &'static str, left: u64, right: u64) -> BrokenLaw {
        BrokenLaw { law, time: self.now, policy: self.policy.name.clone(), left, right }
    }
}
