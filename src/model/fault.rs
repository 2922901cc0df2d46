//! What goes wrong: crashes, lost networks, slow servers, parts out of order.

use super::accept::Step;
use super::change::Notice;
use super::client::{Client, State};
use super::event::Event;
use super::presence::Drop;
use super::purpose;
use super::server::{Handshake, Stage};
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::SimDuration;
use crate::observe::log::{Fact, Obstacle};
use crate::plan::{Abandoned, Heartbeat, Part, Return, Which};
use crate::routing::BackendId;

/// Bits of a ghost that tell its balancer instance; above them stands since which reset of
/// the instance's counts it is counted.
const GHOST_BITS: u32 = 10;
const GHOST_MASK: u32 = (1 << GHOST_BITS) - 1;

/// A network of clients that is gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blackout {
    /// The event that took it.
    pub event: u32,
    /// Each client is hit with this probability.
    pub fraction: f64,
    /// Only clients of this group.
    pub group: Option<u32>,
}

/// The parts that are out of order: how many outages each has, and how many of them lose
/// requests without an answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outages {
    pub gateway: OutOfOrder,
    pub balancer: OutOfOrder,
    pub session_store: OutOfOrder,
    pub login: OutOfOrder,
    pub broker: OutOfOrder,
}

/// One part.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OutOfOrder {
    pub outages: u32,
    silent: u32,
}

impl OutOfOrder {
    /// Whether requests are lost without an answer: while at least one outage is silent.
    pub const fn is_silent(self) -> bool {
        self.silent > 0
    }
}

impl Outages {
    const fn of(&mut self, part: Part) -> &mut OutOfOrder {
        match part {
            Part::Gateway => &mut self.gateway,
            Part::Balancer => &mut self.balancer,
            Part::SessionStore => &mut self.session_store,
            Part::Login => &mut self.login,
            Part::Broker => &mut self.broker,
        }
    }
}

impl<W: Witness> Simulation<'_, W> {
    /// Servers die.
    pub fn crash(
        &mut self,
        event: u32,
        which: &Which,
        silently: bool,
        lasting: Option<SimDuration>,
    ) {
        let stage_of = |server: &u32| self.servers[*server as usize].stage;
        // Those that are down already stay so for longer, or for ever.
        let (down, up): (Vec<u32>, Vec<u32>) = self
            .struck(event, which)
            .into_iter()
            .partition(|server| stage_of(server) == Stage::Down);
        let (mut leaving, victims): (Vec<u32>, Vec<u32>) = up.into_iter().partition(|server| {
            stage_of(server) == Stage::Draining && !self.servers[*server as usize].restarts
        });
        if lasting.is_none() {
            self.powerless.retain(|(_, server)| !down.contains(server));
            leaving.extend(&down);
        }
        let stage = if lasting.is_some() { Stage::Down } else { Stage::Gone };
        self.end_servers(&victims, stage, true, silently);
        // Nobody starts what was on its way out.
        self.end_servers(&leaving, Stage::Gone, true, silently);
        self.changed(Notice::Fall { silently });
        if let Some(lasting) = lasting {
            let hit = victims.into_iter().chain(down);
            self.powerless.extend(hit.map(|server| (event, server)));
            self.at(self.now.after(lasting), Event::ScriptEnd { index: event });
        }
    }

    /// Servers that a crash took for a while start again.
    pub fn power_returns(&mut self, event: u32) {
        let (back, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.powerless).into_iter().partition(|(of, _)| *of == event);
        self.powerless = left;
        for (_, server) in back {
            if !self.powerless.iter().any(|(_, still)| *still == server) {
                self.revive(server);
            }
        }
    }

    /// Each connected client, or each of a group, is cut off with the same probability.
    pub fn cut_off(
        &mut self,
        event: u32,
        fraction: f64,
        group: Option<u32>,
        silently: bool,
        back: Option<Return>,
    ) {
        let blackout = Blackout { event, fraction, group };
        let until = back.map(|back| self.now.after(back.after));
        if let Some(until) = until {
            self.lose_attempts(&blackout);
            self.blackouts.push(blackout);
            self.at(until, Event::ScriptEnd { index: event });
        }
        // No list of those that are hit: one drop changes nothing that is asked of the next.
        for place in 0..self.clients.places() {
            let client = self.clients.get(place);
            if client.state != State::Connected || !self.is_hit(&client, &blackout) {
                continue;
            }
            let online = back.zip(until).map(|(back, until)| {
                let entity = self.entity(&client);
                let unit = self.draws.at(purpose::RETURN, entity, u64::from(event)).unit();
                until.after(back.within.scaled(unit))
            });
            self.drop_client(place, client, Drop::Network { silently, online });
        }
    }

    /// Attempts inside servers whose clients' network goes: no answer comes, so each is given up
    /// at its time-out, and what is done for it is for nothing, of which its server knows nothing.
    fn lose_attempts(&mut self, blackout: &Blackout) {
        for server in 0..self.servers.len() {
            let is_hit = |handshake: &Handshake| {
                let client = self.live(handshake.client, handshake.attempt);
                client.is_some_and(|client| self.is_hit(&client, blackout))
            };
            let inside = self.servers[server].handshakes();
            let hits: Vec<bool> =
                inside.map(|handshake| !handshake.is_probe() && is_hit(handshake)).collect();
            let mut lost = Vec::new();
            for (handshake, is_hit) in self.servers[server].handshakes_mut().zip(hits) {
                if is_hit {
                    handshake.answer = SimDuration::MAX;
                    lost.push(*handshake);
                }
            }
            if !lost.is_empty() && self.plan.servers.handshake.abandoned != Abandoned::Served {
                self.go_on_working(server as u32);
            }
            for handshake in &lost {
                self.tell_inside(server as u32, handshake, Fact::Lost(Obstacle::Network));
                self.cut_silently(handshake);
            }
        }
    }

    /// A server that might have noticed that clients are gone does not now: what it does for them
    /// takes as long as for others, and those behind them wait for longer.
    fn go_on_working(&mut self, server: u32) {
        self.speed_changed(server);
        for worker in 0..self.servers[server as usize].workers.len() as u32 {
            let is_lost = |work: &&Handshake| {
                let works = matches!(work.step, Step::Work | Step::Rebuild);
                works && work.answer == SimDuration::MAX
            };
            let lost = self.servers[server as usize].at_work(worker).filter(is_lost).copied();
            if let Some(lost) = lost {
                self.at(self.is_done_at(&lost), Event::Complete { server, worker });
            }
        }
    }

    /// Whether a network that is gone is that of this client.
    fn is_hit(&self, client: &Client, blackout: &Blackout) -> bool {
        let stream = &self.streams[client.stream as usize];
        if blackout.group.is_some_and(|group| stream.group != group) {
            return false;
        }
        if blackout.fraction >= 1.0 {
            return true;
        }
        let entity = stream.entity(client.number);
        let draw = self.draws.at(purpose::DISCONNECT, entity, u64::from(blackout.event));
        draw.unit() < blackout.fraction
    }

    /// Whether the packets of a client are lost now.
    #[inline]
    pub fn is_cut_off(&self, client: &Client) -> bool {
        !W::PLAIN && self.blackouts.iter().any(|blackout| self.is_hit(client, blackout))
    }

    /// How long a client takes to notice that its connection is silently gone: what is
    /// left of the interval between two pings, and the time-out.
    pub fn detection(&self, client: &Client) -> SimDuration {
        let unit = self.draw(client, purpose::HEARTBEAT, client.attempt).unit();
        overdue(self.group(client).1.heartbeat, unit)
    }

    /// A connection's network is silently gone: the server keeps what is left of it, and
    /// its balancer the count, until the server's heartbeat notices.
    pub fn leave_ghost(&mut self, place: u32, client: &Client) {
        self.note_misplaced(place, false);
        self.message_closed(place);
        let (server, instance) = (self.clients.server(place), self.instance(client));
        let unit = self.draw(client, purpose::SERVER_HEARTBEAT, client.attempt).unit();
        let noticed = self.now.after(overdue(self.group(client).1.heartbeat, unit));
        let counted = self.counted(place);
        let at = &mut self.servers[server as usize];
        at.connections -= 1;
        at.ghosts.push(counted << GHOST_BITS | instance);
        let boots = at.boots;
        self.at(noticed, Event::Ghost { server, boots, instance });
    }

    /// A server notices that a client is gone, unless it has started again since.
    pub fn lay_ghost(&mut self, server: u32, boots: u32, instance: u32) {
        let at = &mut self.servers[server as usize];
        let of_instance = |ghost: &u32| ghost & GHOST_MASK == instance;
        let place = at.ghosts.iter().position(of_instance);
        if at.boots & 0xFFFF == boots
            && let Some(place) = place
        {
            let ghost = at.ghosts.swap_remove(place);
            self.tell_server(server, Fact::GhostNoticed);
            self.uncount_ghost(server, ghost);
        }
    }

    /// What is left of a connection is off its balancer's count.
    pub fn uncount_ghost(&mut self, server: u32, ghost: u32) {
        let (instance, counted) = (ghost & GHOST_MASK, ghost >> GHOST_BITS);
        self.tier.closed_since(instance, counted, BackendId::new(server));
    }

    /// Handshakes take longer on some servers.
    pub fn slow(&mut self, event: u32, which: &Which, factor: f64, lasting: SimDuration) {
        let victims = self.victims(event, which);
        self.slowed.extend(victims.into_iter().map(|server| (event, server, factor)));
        self.set_slowness();
        self.at(self.now.after(lasting), Event::ScriptEnd { index: event });
    }

    /// They are as fast as before.
    pub fn slow_ends(&mut self, event: u32) {
        self.slowed.retain(|(of, _, _)| *of != event);
        self.set_slowness();
    }

    fn set_slowness(&mut self) {
        let mut slowness = vec![1.0; self.servers.len()];
        for (_, server, factor) in &self.slowed {
            slowness[*server as usize] *= factor;
        }
        for (server, slowness) in (0_u32..).zip(slowness) {
            let before = std::mem::replace(&mut self.servers[server as usize].slowness, slowness);
            if before.to_bits() != slowness.to_bits() {
                self.tell_server(server, Fact::Slowness(slowness));
                self.speed_changed(server);
            }
        }
    }

    /// A part of the service is out of order.
    pub fn outage(&mut self, event: u32, part: Part, lasting: SimDuration, silently: bool) {
        let state = self.outages.of(part);
        state.outages += 1;
        state.silent += u32::from(silently);
        self.set_service_up(part, false);
        if part == Part::Broker {
            self.broker_outage(lasting);
        }
        self.at(self.now.after(lasting), Event::ScriptEnd { index: event });
    }

    /// It is back, unless another outage goes on.
    pub fn outage_ends(&mut self, part: Part, silently: bool) {
        let state = self.outages.of(part);
        state.outages -= 1;
        state.silent -= u32::from(silently);
        if state.outages == 0 {
            self.set_service_up(part, true);
        }
    }

    /// The services that handshakes wait for know themselves whether they are up.
    fn set_service_up(&mut self, part: Part, up: bool) {
        match part {
            Part::Gateway | Part::Balancer | Part::Broker => {}
            Part::SessionStore => self.set_store_up(up),
            Part::Login => self.set_login_up(up),
        }
    }
}

/// What is left of the interval between two pings, and the time-out.
fn overdue(heartbeat: Heartbeat, unit: f64) -> SimDuration {
    heartbeat.interval.scaled(unit).saturating_add(heartbeat.timeout)
}
