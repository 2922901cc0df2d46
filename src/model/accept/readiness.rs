//! Servers that hold too many connections take no new ones until their next check.
//!
//! As `VerneMQ` has it (PR 2484): above a threshold times the cluster's mean a server answers
//! its readiness probe with 503, so that the balancer sends new connections elsewhere.

use crate::model::event::Event;
use crate::model::simulation::Simulation;
use crate::model::witness::Witness;
use crate::observe::log::Fact;

impl<W: Witness> Simulation<'_, W> {
    /// The first check, if there is any.
    pub fn schedule_readiness(&mut self) {
        if let Some(readiness) = &self.rules().readiness {
            self.at(self.now.after(readiness.check_every), Event::Readiness);
        }
    }

    /// Every server compares its load with the mean.
    pub fn check_readiness(&mut self) {
        let Some(readiness) = &self.rules().readiness else { return };
        self.at(self.now.after(readiness.check_every), Event::Readiness);
        let ready = || self.servers.iter().filter(|server| server.is_ready());
        let held: f64 = ready().map(|server| f64::from(server.connections)).sum();
        let weight: f64 = ready().map(|server| f64::from(server.weight)).sum();
        let most = readiness.refuse_above * held / weight.max(1.0);
        let unready: Vec<bool> = self
            .servers
            .iter()
            .map(|server| f64::from(server.connections) > most * f64::from(server.weight))
            .collect();
        let told = |flags: &[bool], server: usize| flags.get(server).copied().unwrap_or(false);
        let changed = (0..unready.len())
            .any(|server| told(&unready, server) != told(&self.accept.unready, server));
        if W::LISTENS {
            for server in 0..unready.len() {
                let is_unready = told(&unready, server);
                if is_unready != told(&self.accept.unready, server) {
                    self.tell_server(server as u32, Fact::Readiness { takes: !is_unready });
                }
            }
        }
        if changed {
            self.accept.unready.clone_from(&unready);
            self.show_readiness(unready);
        }
    }

    /// Whether a server takes new connections, as far as its own check says.
    #[inline]
    pub fn refuses(&self, server: u32) -> bool {
        self.rules().readiness.is_some_and(|readiness| readiness.rejects)
            && self.accept.unready.get(server as usize).copied().unwrap_or(false)
    }
}
