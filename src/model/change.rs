//! What happens to the cluster: the scenario's events, and the tier learning of them.

use super::event::Event;
use super::purpose;
use super::server::{Server, Stage};
use super::simulation::{Simulation, eligible};
use super::witness::Witness;
use crate::engine::SimDuration;
use crate::observe::log::Fact;
use crate::plan::{Drain, Verb, Which};
use crate::policy::Rebalance;
use crate::routing::{BackendId, BackendState, Membership};

/// How the balancing tier comes to know of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// Somebody tells it.
    Told,
    /// A server has become ready; its checks must succeed first, where it has any.
    Rise,
    /// A server died; its checks must fail first, where it has any.
    Fall {
        /// Whether its checks get no answer, rather than a refusal.
        silently: bool,
    },
}

impl<W: Witness> Simulation<'_, W> {
    /// An event of the scenario happens.
    pub fn script(&mut self, index: u32) {
        let plan = self.plan;
        let verb = &plan.events[index as usize].verb;
        self.tell(Fact::Event { index });
        if !matches!(verb, Verb::Load { .. }) {
            self.record.disrupted(self.now);
        }
        match verb {
            Verb::Add(count) => {
                self.wanted += count;
                let ready = self.start_servers(*count, self.generation, None);
                self.changed(if ready { Notice::Rise } else { Notice::Told });
            }
            Verb::Remove { which, drain } => self.remove(index, which, *drain),
            Verb::Crash { which, silently, lasting } => {
                self.crash(index, which, *silently, *lasting);
            }
            Verb::Deploy(deploy) => self.deploy(index, deploy),
            Verb::Disconnect { fraction, group, silently, back } => {
                self.cut_off(index, *fraction, *group, *silently, *back);
            }
            Verb::Slow { which, factor, lasting } => self.slow(index, which, *factor, *lasting),
            Verb::Outage { of, lasting, silently } => {
                self.outage(index, *of, *lasting, *silently);
            }
            // Arrivals knew of it from the start.
            Verb::Load { .. } => {}
        }
    }

    /// What an event of the scenario began is over.
    pub fn script_end(&mut self, index: u32) {
        let plan = self.plan;
        self.record.disrupted(self.now);
        self.tell(Fact::EventEnds { index });
        match &plan.events[index as usize].verb {
            Verb::Crash { .. } => self.power_returns(index),
            Verb::Disconnect { .. } => self.blackouts.retain(|blackout| blackout.event != index),
            Verb::Slow { .. } => self.slow_ends(index),
            Verb::Outage { of, silently, .. } => self.outage_ends(*of, *silently),
            Verb::Add(_) | Verb::Remove { .. } | Verb::Deploy(_) | Verb::Load { .. } => {}
        }
    }

    /// Servers leave.
    fn remove(&mut self, event: u32, which: &Which, drain: Option<Drain>) {
        let victims = self.leaving(event, which);
        self.wanted = self.wanted.saturating_sub(victims.len() as u32);
        if self.drain_of(drain).is_none() {
            self.end_servers(&victims, Stage::Gone, false, false);
            return self.changed(Notice::Told);
        }
        for server in victims {
            self.send_away(server, drain, false);
        }
    }

    /// The servers have changed; the tier learns of it in its time. Changes of one instant
    /// are one, where all instances learn at the same time: a thousand servers that boot
    /// together are not a thousand memberships.
    pub fn changed(&mut self, notice: Notice) {
        self.message_servers_changed();
        let view = self.tier_view();
        if self.changed_at == Some(self.now)
            && let Some(latest) = self.changes.back_mut()
        {
            *latest = view;
            return;
        }
        self.changes.push_back(view);
        let change = self.first_change + self.changes.len() as u32 - 1;
        self.await_checks(change, notice == Notice::Told);
        let balancer = &self.policy.balancer;
        if !balancer.disagrees() {
            self.changed_at = Some(self.now);
            let delay = balancer.propagation.sample(self.draws.at(purpose::PROPAGATION, 0, 0));
            return self.at(self.now.after(delay), Event::Propagate { change });
        }
        for instance in 0..self.tier.instances() {
            let delay = self.notice_delay(notice, change, instance);
            self.at(self.now.after(delay), Event::Learn { change, instance });
        }
    }

    /// When an instance learns of a change: it is told, or its own checks notice.
    fn notice_delay(&self, notice: Notice, change: u32, instance: u32) -> SimDuration {
        let balancer = &self.policy.balancer;
        let address = (u64::from(change), u64::from(instance));
        let draw = self.draws.at(purpose::PROPAGATION, address.0, address.1);
        let told = balancer.propagation.sample(draw);
        let Some(health) = balancer.health else { return told };
        let phase = self.draws.at(purpose::HEALTH, address.0, address.1).unit();
        // The next check comes after what is left of the interval; the last of a row so
        // many intervals later. One that is refused fails at once, one without an answer when
        // its time-out is over.
        let checks = |row: u32| {
            let whole = health.interval.as_nanos().saturating_mul(u64::from(row) - 1);
            health.interval.scaled(phase).saturating_add(SimDuration::from_nanos(whole))
        };
        match notice {
            Notice::Told => told,
            Notice::Rise => told.saturating_add(checks(health.rise)),
            Notice::Fall { silently } => {
                let timeout = if silently { health.timeout } else { SimDuration::ZERO };
                told.saturating_add(checks(health.fall)).saturating_add(timeout)
            }
        }
    }

    /// The servers as the tier is told of them.
    fn tier_view(&self) -> Membership {
        let mut view = self.membership.clone();
        if self.policy.balancer.prefer_new {
            let newest = self.servers.iter().filter(|server| server.is_ready());
            let newest = newest.map(|server| server.generation).max().unwrap_or(0);
            for (index, server) in (0_u32..).zip(&self.servers) {
                if server.is_ready() && server.generation < newest {
                    view.set_state(BackendId::new(index), BackendState::Draining);
                }
            }
        }
        view
    }

    /// One instance of the tier learns of a change. Of one that is told it knows all that
    /// went before; what its checks find, they find when it is its turn.
    pub fn learn(&mut self, change: u32, instance: u32) {
        let known = &mut self.known[instance as usize];
        if *known > change && self.policy.balancer.health.is_none() {
            return;
        }
        *known = (*known).max(change + 1);
        let newest = *known - 1;
        self.tell(Fact::Learns { instance: Some(instance) });
        let before = if instance == 0 { self.owners_before() } else { Vec::new() };
        let slowest = self.known.iter().copied().min().unwrap_or(0);
        let membership = self.found(instance, change, newest);
        self.tell_instance(instance, &membership);
        if instance == 0 {
            if let Some(messages) = &mut self.messages {
                messages.rooms_follow(&membership);
            }
            self.has_new_owners |= self.recount_misplaced();
            if !before.is_empty() {
                self.owners_known = before;
            }
        }
        let all_alike =
            self.known.iter().all(|known| *known == slowest) && self.checked.is_complete();
        let differ = self.known.len() > 1 && !all_alike;
        self.record.disagreement.set(self.now, u64::from(differ));
        while self.first_change + 1 < slowest {
            self.changes.pop_front();
            self.first_change += 1;
        }
        if all_alike {
            let before = std::mem::take(&mut self.owners_known);
            self.move_connections(&before);
        }
    }

    /// The tier learns of a change, and the policy moves what it moves.
    pub fn propagate(&mut self, change: u32) {
        self.tell(Fact::Learns { instance: None });
        let before = self.owners_before();
        // What changes from now on is another change, even at this instant.
        self.changed_at = self.changed_at.filter(|at| *at < self.now);
        while self.first_change < change {
            self.changes.pop_front();
            self.first_change += 1;
        }
        self.tell_tier();
        if let Some(messages) = &mut self.messages {
            messages.rooms_follow(&self.changes[0]);
        }
        self.has_new_owners |= self.recount_misplaced();
        self.move_connections(&before);
    }

    /// The whole tier knows the servers: the policy moves what it moves, if others take
    /// connections now, or own keys. `before` holds the owners until now, where they are needed.
    fn move_connections(&mut self, before: &[Option<BackendId>]) {
        let has_new_owners = std::mem::take(&mut self.has_new_owners);
        let eligible = self.changes.front().map(eligible).unwrap_or_default();
        if eligible == self.moved_for {
            let restarted = |at: &Server| at.ended > 0 && at.is_ready();
            if eligible.iter().any(|(backend, _)| restarted(&self.servers[backend.index()])) {
                // In place and at once: nobody takes connections who did not, and yet some ended.
                self.count_minimum(&eligible);
            }
            if !has_new_owners {
                // A server that boots, or is gone after its drain, changes nothing for anybody,
                // unless owners go by the servers' places in a list, as `nginx_hash` has them.
                return;
            }
        } else {
            let before_it = std::mem::replace(&mut self.moved_for, eligible);
            self.balance.changed = Some(self.now);
            self.balance.balanced_since = None;
            self.balance.balanced = None;
            self.count_minimum(&before_it);
            if let Rebalance::DropAll(_) = &self.policy.rebalance {
                return self.close_where(|_, _, _| true);
            }
        }
        if let Rebalance::Moved(_) = &self.policy.rebalance {
            self.close_where(|place, owner, server| {
                let same = before.get(place as usize).is_some_and(|before| *before == owner);
                owner != Some(server) && !same
            });
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

    /// The fewest connections that must move for the fair share: all of the servers that leave or
    /// start again, and what the others hold above theirs of all that were open. `before` is who
    /// served until now.
    ///
    /// Of four servers with 750 each that become three, the fourth's 750 must move, and nobody
    /// else: the fair share is 1,000 now. Of three with 1,000 each that become four, 250 of each.
    fn count_minimum(&mut self, before: &[(BackendId, u32)]) {
        let mut stays = vec![false; self.servers.len()];
        for (backend, _) in &self.moved_for {
            let index = backend.index();
            stays[index] = self.servers[index].is_ready();
        }
        let mut displaced = 0;
        for (backend, _) in before {
            let index = backend.index();
            let server = &mut self.servers[index];
            displaced += u64::from(std::mem::take(&mut server.ended));
            if !stays[index] {
                displaced += u64::from(server.connections);
            }
        }
        let open_before = std::mem::take(&mut self.open_before);
        let staying = || self.servers.iter().zip(&stays).filter(|(_, stays)| **stays);
        let weight: f64 = staying().map(|(server, _)| f64::from(server.weight)).sum();
        let held: u64 = staying().map(|(server, _)| u64::from(server.connections)).sum();
        // Where the tier learns late, some whose server ended are on others by now: all that were
        // open then are all that there are.
        let total =
            if open_before == 0 { held + displaced } else { open_before.max(held).max(displaced) };
        let above = |share: f64, held: u32| (f64::from(held) - share).max(0.0);
        let excess: f64 = staying()
            .map(|(server, _)| {
                above(total as f64 * f64::from(server.weight) / weight, server.connections)
            })
            .sum();
        if self.record.counts_at(self.now) {
            self.record.counts.displaced += displaced;
            self.record.counts.moved_minimum += displaced as f64 + excess;
            self.record.counts.moved_of += total;
        }
    }

    /// Owners may have changed: which connections are not on theirs now? Whether these are more.
    pub fn recount_misplaced(&mut self) -> bool {
        if !self.owners {
            return false;
        }
        let misplaced = self
            .clients
            .connected()
            .filter(|(place, client)| {
                let server = BackendId::new(self.clients.server(*place));
                self.tier.owner(self.key(client).bytes()) != Some(server)
            })
            .count() as u64;
        let has_new_owners = misplaced > self.record.misplaced.value();
        self.record.misplaced.set(self.now, misplaced);
        has_new_owners
    }
}
