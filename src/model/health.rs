//! What the balancing tier's own health checks have found: instances that check learn of a
//! death, or of a server that is ready, by their checks alone, whatever they are told meanwhile.

use super::simulation::Simulation;
use super::witness::Witness;
use crate::routing::{BackendId, BackendState, Membership};

/// The servers as each instance of the tier knows them, where it checks them.
#[derive(Clone, Debug, Default)]
pub(super) struct Checked {
    /// Whether each server was up at the latest change.
    up: Vec<bool>,
    /// Of each instance (change, server): what its checks have yet to find.
    unfound: Vec<Vec<(u32, u32)>>,
    /// What each instance knows.
    known: Vec<Membership>,
}

impl Checked {
    /// Whether every check has found what there was to find.
    pub fn is_complete(&self) -> bool {
        self.unfound.iter().all(Vec::is_empty)
    }
}

impl<W: Witness> Simulation<'_, W> {
    /// Before anything happens every instance knows all servers.
    pub fn start_checks(&mut self) {
        if self.policy.balancer.health.is_none() {
            return;
        }
        let instances = self.tier.instances() as usize;
        self.checked.unfound = vec![Vec::new(); instances];
        self.checked.known = vec![self.membership.clone(); instances];
        self.servers_that_flipped();
    }

    /// The servers that came up or went down since the last call.
    fn servers_that_flipped(&mut self) -> Vec<u32> {
        let up = &mut self.checked.up;
        up.resize(self.servers.len(), false);
        let membership = &self.membership;
        let is_up = |server: u32| {
            let backend = membership.get(BackendId::new(server));
            backend.is_some_and(|backend| backend.state != BackendState::Down)
        };
        (0_u32..)
            .zip(up)
            .filter_map(|(server, up)| {
                (std::mem::replace(up, is_up(server)) != is_up(server)).then_some(server)
            })
            .collect()
    }

    /// A change of the servers, which checks have to find unless somebody tells of it.
    pub fn await_checks(&mut self, change: u32, is_told: bool) {
        if self.policy.balancer.health.is_none() {
            return;
        }
        let flipped = self.servers_that_flipped();
        if !is_told {
            for unfound in &mut self.checked.unfound {
                unfound.extend(flipped.iter().map(|server| (change, *server)));
            }
        }
    }

    /// The servers as an instance knows them from now on: as of change `newest`, but for what
    /// its checks have yet to find, which stays as it was. Those of `change` have found how
    /// its servers are now.
    pub fn found(&mut self, instance: u32, change: u32, newest: u32) -> Membership {
        let mut view = self.changes[(newest - self.first_change) as usize].clone();
        let instance = instance as usize;
        if self.policy.balancer.health.is_none() {
            return view;
        }
        let state = |membership: &Membership, server: u32| {
            let backend = membership.get(BackendId::new(server));
            backend.map_or(BackendState::Down, |backend| backend.state)
        };
        let unfound = &mut self.checked.unfound[instance];
        for (_, server) in unfound.extract_if(.., |(of, _)| *of == change) {
            view.set_state(BackendId::new(server), state(&self.membership, server));
        }
        for (_, server) in &*unfound {
            view.set_state(BackendId::new(*server), state(&self.checked.known[instance], *server));
        }
        self.checked.known[instance] = view.clone();
        view
    }
}
