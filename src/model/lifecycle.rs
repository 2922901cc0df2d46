//! Servers are born, boot, die and start again.
//!
//! A server keeps its index for life; one that restarts in place keeps its address,
//! and with it its keys. Backends of the routing library share the index: a server
//! joins the membership when it is born, as `Down` while it boots.

use super::change::Notice;
use super::event::Event;
use super::presence::Drop;
use super::purpose;
use super::rollout::Rollout;
use super::server::{Server, Stage};
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::{Distribution, SimTime};
use crate::observe::log::Fact;
use crate::observe::{ServerLife, ServerState};
use crate::plan::server_name;
use crate::routing::{BackendId, BackendState};

impl<W: Witness> Simulation<'_, W> {
    /// So many servers of a version are born and start, in the order of their numbers;
    /// `boot` in place of the usual law. Whether one of them is ready at once.
    pub fn start_servers(
        &mut self,
        count: u32,
        generation: u32,
        boot: Option<&Distribution>,
    ) -> bool {
        let mut any_ready = false;
        for _ in 0..count {
            let server = self.give_birth(generation);
            any_ready |= self.start(server, boot);
        }
        any_ready
    }

    /// A server is born, and does not run yet.
    pub fn give_birth(&mut self, generation: u32) -> u32 {
        let index = self.servers.len();
        let servers = &self.plan.servers;
        let zone = index % servers.zones.len();
        let weight = servers.weights[index % servers.weights.len()];
        let address = servers.addresses.get(index).cloned().unwrap_or_else(|| {
            format!("server-{:016x}", self.draws.at(purpose::ADDRESS, index as u64, 0).bits())
        });
        self.membership.join(&address, weight, Some(&servers.zones[zone]));
        self.servers.push(Server::new(zone as u32, weight, self.now, generation));
        self.sampled.busy.push(0);
        self.message_server_joined(index as u32);
        self.count_server();
        if let Some(detail) = &mut self.record.detail {
            detail.lives.push(ServerLife {
                name: server_name(index as u32),
                zone: servers.zones[zone].clone(),
                born: SimTime::NEVER,
                drains: SimTime::NEVER,
                gone: SimTime::NEVER,
                crashed: false,
                changes: Vec::new(),
            });
        }
        index as u32
    }

    /// There is one server more.
    fn count_server(&mut self) {
        self.record.servers.add(self.now, 1);
        let present = self.record.servers.value() as u32;
        self.record.counts.peak_servers = self.record.counts.peak_servers.max(present);
    }

    /// A server starts. Whether it is ready at once.
    pub fn start(&mut self, server: u32, boot: Option<&Distribution>) -> bool {
        let at = &mut self.servers[server as usize];
        at.stage = Stage::Booting;
        at.is_silent = false;
        at.boots += 1;
        let boots = at.boots;
        let law = boot.unwrap_or(&self.plan.servers.boot.time);
        let time = law.sample(self.draws.at(purpose::BOOT, u64::from(server), u64::from(boots)));
        if time.is_zero() && self.booting.under_way == 0 {
            self.be_ready(server);
            return true;
        }
        self.membership.set_state(BackendId::new(server), BackendState::Down);
        self.note_state(server, ServerState::Booting);
        self.tell_server(server, Fact::Boots);
        self.booting.waiting.push_back((server, boots, time));
        self.boot_next();
        false
    }

    /// Boots those that wait, as far as their number is limited.
    fn boot_next(&mut self) {
        while self.booting.under_way < self.plan.servers.boot.at_once {
            let Some((server, boots, time)) = self.booting.waiting.pop_front() else { return };
            let at = &self.servers[server as usize];
            if at.stage == Stage::Booting && at.boots == boots {
                self.booting.under_way += 1;
                let ready = self.now.after(time);
                // Even beyond the end of the run: the place is taken until then.
                self.at(ready, Event::Booted { server, boots });
            }
        }
    }

    /// A boot is over, of a server that may have died meanwhile.
    pub fn booted(&mut self, server: u32, boots: u32) {
        self.booting.under_way -= 1;
        let at = &self.servers[server as usize];
        if at.stage == Stage::Booting && at.boots == boots {
            // What follows is the work of this moment, not of when the boot began; a deploy
            // is one disruption from its start to its end.
            if self.rollouts.iter().all(Rollout::is_done) {
                self.record.disrupted(self.now);
            }
            self.be_ready(server);
            self.changed(Notice::Rise);
            self.poke_rollouts();
        }
        self.boot_next();
    }

    /// A server is ready.
    pub fn be_ready(&mut self, server: u32) {
        let at = &mut self.servers[server as usize];
        at.stage = Stage::Ready;
        at.ready_since = self.now;
        at.boots = at.boots.max(1);
        at.drain = None;
        at.probe.failures = 0;
        at.probe.answered = true;
        self.membership.set_state(BackendId::new(server), BackendState::Ready);
        self.message_server_started(server);
        self.record.workers.add(self.now, u64::from(self.plan.servers.handshake.workers));
        if let Some(detail) = &mut self.record.detail {
            let life = &mut detail.lives[server as usize];
            life.born = life.born.min(self.now);
        }
        self.note_state(server, ServerState::Ready);
        self.tell_server(server, Fact::Ready);
        self.schedule_probe(server);
        self.schedule_reports(Some(server));
    }

    /// A server's state is another, for the record.
    pub fn note_state(&mut self, server: u32, state: ServerState) {
        if let Some(detail) = &mut self.record.detail {
            detail.lives[server as usize].becomes(state, self.now);
        }
    }

    /// These servers end or go down: what they hold is lost. They leave the membership
    /// if they are gone for good.
    pub fn end_servers(&mut self, victims: &[u32], stage: Stage, crashed: bool, silently: bool) {
        for server in victims {
            self.take_out(*server, stage, crashed, silently);
        }
        self.count_ended(victims);
        let why = if silently { Drop::Silent } else { Drop::Lost };
        let hit: Vec<u32> = self
            .clients
            .connected()
            .filter(|(place, _)| !self.servers[self.clients.server(*place) as usize].is_up())
            .map(|(place, _)| place)
            .collect();
        for place in hit {
            self.drop_connection(place, why);
        }
        for server in victims {
            self.cut_handshakes(*server, silently);
            for ghost in std::mem::take(&mut self.servers[*server as usize].ghosts) {
                self.uncount_ghost(*server, ghost);
            }
        }
    }

    /// Servers end with what they hold: of those that the tier takes for serving it is counted
    /// when the tier learns better, of the others it was when they took their leave.
    fn count_ended(&mut self, victims: &[u32]) {
        let (mut open, mut ends) = (0, false);
        for (backend, _) in &self.moved_for {
            let at = &mut self.servers[backend.index()];
            open += u64::from(at.connections);
            if victims.contains(&(backend.index() as u32)) {
                at.ended += at.connections;
                ends = true;
            }
        }
        if ends {
            self.open_before = self.open_before.max(open);
        }
    }

    fn take_out(&mut self, server: u32, stage: Stage, crashed: bool, silently: bool) {
        let at = &mut self.servers[server as usize];
        let (was_up, was_there) = (at.is_up(), at.is_up() || at.stage == Stage::Booting);
        at.stage = stage;
        at.is_silent = silently;
        self.tell_server(server, end_of(stage, crashed, silently));
        self.message_server_ended(server);
        let at = &mut self.servers[server as usize];
        at.ready_since = SimTime::NEVER;
        at.accepts = false;
        at.drain = None;
        at.closing.clear();
        at.closing_list += 1;
        if was_up {
            self.record.workers.sub(self.now, u64::from(self.plan.servers.handshake.workers));
        }
        let id = BackendId::new(server);
        // Whoever checks keeps the line of a server that died, and finds it dead.
        let is_found_dead = crashed && self.policy.balancer.health.is_some();
        if stage == Stage::Gone && !is_found_dead {
            self.membership.leave(id);
        } else {
            self.membership.set_state(id, BackendState::Down);
        }
        if was_there && matches!(stage, Stage::Gone | Stage::Down) {
            self.record.servers.sub(self.now, 1);
        }
        if stage == Stage::Down {
            self.note_state(server, ServerState::Down);
        }
        if let Some(detail) = &mut self.record.detail
            && stage == Stage::Gone
        {
            let life = &mut detail.lives[server as usize];
            life.gone = self.now;
            life.crashed = crashed;
            life.born = life.born.min(self.now);
        }
    }

    /// A server that was down is started again, with its address, unless a deploy that is over has
    /// put another in its place.
    pub fn revive(&mut self, server: u32) {
        let at = &self.servers[server as usize];
        if at.stage != Stage::Down {
            return;
        }
        let is_old = at.generation < self.generation && self.deploy_under_way().is_none();
        let here = || self.servers.iter().filter(|server| server.is_wanted()).count();
        if is_old && here() >= self.wanted as usize {
            self.end_servers(&[server], Stage::Gone, false, false);
            return self.changed(Notice::Told);
        }
        self.count_server();
        let ready = self.start(server, None);
        if ready {
            self.changed(Notice::Rise);
        }
        self.poke_rollouts();
    }

    /// A server is killed and starts again in place at once: a crash loop's one turn.
    pub fn restart(&mut self, server: u32) {
        self.record.disrupted(self.now);
        self.end_servers(&[server], Stage::Booting, true, false);
        let ready = self.start(server, None);
        self.changed(if ready { Notice::Rise } else { Notice::Fall { silently: false } });
    }
}

/// How a server ends that comes to this stage.
const fn end_of(stage: Stage, crashed: bool, silently: bool) -> Fact {
    match stage {
        Stage::Booting => Fact::Restarts,
        _ if crashed => Fact::Crashed { silently },
        _ => Fact::Gone,
    }
}
