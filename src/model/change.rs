//! What happens to the cluster: the scenario's events, and the tier learning of them.

use super::client::State;
use super::event::Event;
use super::presence::Drop;
use super::purpose;
use super::server::Stage;
use super::simulation::Simulation;
use crate::plan::{Verb, Which};
use crate::policy::Rebalance;
use crate::routing::BackendId;

impl Simulation<'_> {
    /// An event of the scenario happens.
    pub fn script(&mut self, index: u32) {
        let verb = &self.plan.events[index as usize].verb;
        if !matches!(verb, Verb::Load { .. }) {
            self.trigger = Some(self.now);
        }
        match verb {
            Verb::Add(count) => {
                for _ in 0..*count {
                    self.add_server();
                }
                self.changed();
            }
            Verb::Remove(which) => self.end_servers(index, which, false),
            Verb::Crash(which) => self.end_servers(index, which, true),
            Verb::Disconnect { fraction, group } => self.disconnect_some(index, *fraction, *group),
            // Arrivals knew of it from the start.
            Verb::Load { .. } => {}
        }
    }

    /// The servers have changed; the tier learns of it after its propagation delay.
    fn changed(&mut self) {
        self.changes.push(self.membership.clone());
        let change = (self.changes.len() - 1) as u32;
        self.at(self.now.after(self.policy.balancer.propagation), Event::Propagate { change });
    }

    /// The tier learns of a change, and the policy moves what it moves.
    pub fn propagate(&mut self, change: u32) {
        let before = self.owners_before();
        self.tier.update(&self.changes[change as usize]);
        self.balance.changed = Some(self.now);
        self.balance.last_unbalanced = None;
        self.balance.balanced = None;
        self.count_minimum();
        self.recount_misplaced();
        match &self.policy.rebalance {
            Rebalance::DropAll(_) => self.close_where(|_, _, _| true),
            Rebalance::Moved(_) => self.close_where(|place, owner, server| {
                let same = before.get(place as usize).is_some_and(|before| *before == owner);
                owner != Some(server) && !same
            }),
            Rebalance::None(_) | Rebalance::Shed(_) | Rebalance::MaxAge(_) => {}
        }
    }

    /// Who owned each client's key until now, by place. Only where a bound on loads
    /// keeps connections away from their owners: they are not to be closed for that.
    fn owners_before(&self) -> Vec<Option<BackendId>> {
        let moves = matches!(self.policy.rebalance, Rebalance::Moved(_));
        if !moves || !self.policy.balance.has_state() {
            return Vec::new();
        }
        self.clients.iter().map(|(_, client)| self.tier.owner(self.key(&client).bytes())).collect()
    }

    /// The fewest closes that reach the fair share from here: what servers hold above theirs.
    fn count_minimum(&mut self) {
        let ready = || self.servers.iter().filter(|server| server.is_ready());
        let weight: f64 = ready().map(|server| f64::from(server.weight)).sum();
        let total: f64 = ready().map(|server| f64::from(server.connections)).sum();
        let above = |share: f64, held: u32| (f64::from(held) - share).max(0.0);
        let minimum: f64 = ready()
            .map(|server| above(total * f64::from(server.weight) / weight, server.connections))
            .sum();
        if self.record.counts_at(self.now) && weight > 0.0 {
            self.record.counts.moved_minimum += minimum;
            self.record.counts.moved_of += total as u64;
        }
    }

    /// Owners have changed: which connections are not on theirs now?
    fn recount_misplaced(&mut self) {
        if !self.owners {
            return;
        }
        let misplaced = self
            .clients
            .connected()
            .filter(|(place, client)| {
                let server = BackendId::new(self.clients.server(*place));
                self.tier.owner(self.key(client).bytes()) != Some(server)
            })
            .count();
        self.record.misplaced.set(self.now, misplaced as u64);
    }

    /// Servers leave or die: what they hold ends at once.
    fn end_servers(&mut self, event: u32, which: &Which, crashed: bool) {
        let victims = self.victims(event, which);
        for server in &victims {
            let at = &mut self.servers[*server as usize];
            at.stage = Stage::Gone;
            at.closing.clear();
            let gone = self.membership.leave(BackendId::new(*server));
            debug_assert!(gone, "a ready server is a member");
            self.record.servers.sub(self.now, 1);
            self.record.workers.sub(self.now, u64::from(self.plan.servers.handshake.workers));
            if let Some(detail) = &mut self.record.detail {
                detail.lives[*server as usize].gone = self.now;
                detail.lives[*server as usize].crashed = crashed;
            }
        }
        let hit: Vec<u32> = self
            .clients
            .connected()
            .filter(|(place, _)| !self.servers[self.clients.server(*place) as usize].is_ready())
            .map(|(place, _)| place)
            .collect();
        for place in hit {
            self.drop_connection(place, Drop::Lost);
        }
        for server in victims {
            self.cut_handshakes(server);
        }
        self.changed();
    }

    /// The servers that an event hits, in order of birth.
    fn victims(&self, event: u32, which: &Which) -> Vec<u32> {
        let mut ready: Vec<u32> = (0..self.servers.len() as u32)
            .filter(|server| self.servers[*server as usize].is_ready())
            .collect();
        match which {
            Which::Newest(count) => {
                ready.drain(..ready.len().saturating_sub(*count as usize));
            }
            Which::Oldest(count) => ready.truncate(*count as usize),
            Which::Random(count) => {
                let luck = |server: &u32| {
                    self.draws.at(purpose::VICTIM, u64::from(event), u64::from(*server)).bits()
                };
                ready.sort_by_key(luck);
                ready.truncate(*count as usize);
                ready.sort_unstable();
            }
            Which::Servers(named) => ready.retain(|server| named.contains(server)),
            Which::Zone(zone) => {
                ready.retain(|server| self.servers[*server as usize].zone == *zone);
            }
        }
        ready
    }

    /// Each connected client, or each of a group, is cut off with the same probability.
    fn disconnect_some(&mut self, event: u32, fraction: f64, group: Option<u32>) {
        // No list of those that are hit: one drop changes nothing that is asked of the next.
        for place in 0..self.clients.places() {
            let client = self.clients.get(place);
            let stream = &self.streams[client.stream as usize];
            let chance = || {
                let entity = stream.entity(client.number);
                self.draws.at(purpose::DISCONNECT, entity, u64::from(event)).unit()
            };
            if client.state == State::Connected
                && group.is_none_or(|group| stream.group == group)
                && chance() < fraction
            {
                self.drop_connection(place, Drop::Lost);
            }
        }
    }
}
