//! Clients come, connect, are cut off, recover what they missed, and leave.

use super::Messages;
use super::membership::{self, Member};
use super::slow::{SlowClient, Written};
use crate::engine::SimTime;
use crate::plan::messaging::Pubsub;
use crate::routing::BackendId;
use crate::routing::pubsub::{Holder, Registry, Topic};

/// The channels of each client by its place, and how far it has read them: 8 bytes a
/// membership.
#[derive(Clone, Debug)]
pub struct Memberships {
    per_client: usize,
    channels: Vec<u32>,
    /// Of each, the channel's counter when the client was cut off.
    marks: Vec<u32>,
}

/// Messages to single clients, by the real registry.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    pub registry: Registry,
    /// By place: how many its client has missed since it was cut off.
    pub missed: Vec<u32>,
    /// By place: how many were written to its clients, modulo 2^32.
    pub sent: Vec<u32>,
    /// By place: the version of its client's registration; grows with each connection.
    versions: Vec<u64>,
    latest: u64,
}

/// How an absence ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The client is connected to a server.
    Back(u32),
    /// It has left, or the run is over.
    Never,
}

impl Memberships {
    pub const fn new(per_client: u32) -> Self {
        Self { per_client: per_client as usize, channels: Vec::new(), marks: Vec::new() }
    }

    fn range(&self, place: u32) -> std::ops::Range<usize> {
        let start = place as usize * self.per_client;
        start..start + self.per_client
    }

    fn grow(&mut self, place: u32) {
        let wanted = self.range(place).end;
        if self.channels.len() < wanted {
            self.channels.resize(wanted, 0);
            self.marks.resize(wanted, 0);
        }
    }
}

impl Inbox {
    fn grow(&mut self, place: u32) {
        let wanted = place as usize + 1;
        if self.missed.len() < wanted {
            self.missed.resize(wanted, 0);
            self.sent.resize(wanted, 0);
            self.versions.resize(wanted, 0);
        }
    }

    fn opened(&mut self, place: u32, entity: u64, server: BackendId) {
        self.latest += 1;
        self.versions[place as usize] = self.latest;
        self.registry.register(&entity.to_le_bytes(), server, self.latest);
    }

    fn closed(&mut self, place: u32, entity: u64, server: BackendId) {
        let holder = Holder { server, version: self.versions[place as usize] };
        let was_there = self.registry.remove(&entity.to_le_bytes(), holder);
        debug_assert!(was_there, "who is connected is registered");
    }
}

impl Messages<'_> {
    /// A client is present from now on, not yet connected.
    pub fn came(&mut self, member: Member) {
        let place = member.place;
        self.memberships.grow(place);
        if let Some(inbox) = &mut self.inbox {
            inbox.grow(place);
            inbox.missed[place as usize] = 0;
        }
        if self.own.is_some() && self.channels.len() <= place as usize {
            self.channels.resize_with(place as usize + 1, Default::default);
        }
        let range = self.memberships.range(place);
        let channels = &mut self.memberships.channels[range.clone()];
        membership::draw(&self.plan.channels, self.draws, member, channels);
        for index in range {
            let channel = &mut self.channels[self.memberships.channels[index] as usize];
            channel.present += 1;
            self.memberships.marks[index] = channel.published;
        }
    }

    /// A client is connected, after an absence since `since`. At the start of the run its
    /// subscriptions are there already and cost nothing.
    pub fn opened(&mut self, now: SimTime, member: Member, server: u32, since: Option<SimTime>) {
        let place = member.place;
        if let Some(since) = since {
            self.end_absence(now, place, since, Ending::Back(server));
            let subscriptions = self.memberships.per_client as u64;
            let work = subscriptions.saturating_mul(self.plan.costs.subscribe.as_nanos());
            self.fan_outs[server as usize].work(now, work, &mut self.delivery);
        }
        for index in self.memberships.range(place) {
            let channel = self.memberships.channels[index];
            if self.channels[channel as usize].enter(server) {
                self.first_member(now, server, channel, since.is_some());
            }
        }
        if let Some(inbox) = &mut self.inbox {
            inbox.opened(place, member.entity, BackendId::new(server));
        }
        if let Some(slow) = &self.plan.slow
            && SlowClient::is_slow(slow, self.draws, member.entity)
        {
            self.slow.push(SlowClient::new(member, self.written(place, server)));
        }
    }

    /// A server has its first member of a channel, and tells the broker.
    fn first_member(&mut self, now: SimTime, server: u32, channel: u32, costs: bool) {
        self.fan_outs[server as usize].subscriptions += 1;
        let name = self.name(channel);
        let told = self.router.subscribe(BackendId::new(server), Topic::Channel(&name));
        if told == Ok(true) && costs {
            self.tell_broker(now, server, &name);
        }
    }

    /// A server has lost its last member of a channel.
    fn last_member(&mut self, now: SimTime, server: u32, channel: u32) {
        let fan_out = &mut self.fan_outs[server as usize];
        fan_out.subscriptions = fan_out.subscriptions.saturating_sub(1);
        let name = self.name(channel);
        if self.router.unsubscribe(BackendId::new(server), Topic::Channel(&name)) {
            self.tell_broker(now, server, &name);
        }
    }

    /// A subscribe or unsubscribe goes to the broker, if it can be reached. A server that has
    /// died tells nobody: the broker sees its link close.
    fn tell_broker(&mut self, now: SimTime, server: u32, name: &[u8]) {
        let fan_out = &self.fan_outs[server as usize];
        if now >= self.down_until && fan_out.is_attached && fan_out.is_up {
            let shard = self.shard(name);
            self.nodes.subscribe(now, server, shard, 1);
            self.record.subscribes += u64::from(self.counts_at(now));
        }
    }

    /// A client's connection to a server ends; it is still present. A server that has died
    /// does no work for it.
    pub fn closed(&mut self, now: SimTime, member: Member, server: u32) {
        let range = self.memberships.range(member.place);
        let unsubscribe = self.plan.costs.unsubscribe.as_nanos();
        let fan_out = &mut self.fan_outs[server as usize];
        if fan_out.is_up {
            let work = (range.len() as u64).saturating_mul(unsubscribe);
            fan_out.work(now, work, &mut self.delivery);
        }
        for index in range {
            let channel = self.memberships.channels[index];
            let state = &mut self.channels[channel as usize];
            self.memberships.marks[index] = state.published;
            if state.exit(server) {
                self.last_member(now, server, channel);
            }
        }
        if let Some(inbox) = &mut self.inbox {
            inbox.closed(member.place, member.entity, BackendId::new(server));
        }
    }

    /// A client is no longer present. `since`: since when it was not connected, if it was not.
    pub fn left(&mut self, now: SimTime, place: u32, since: Option<SimTime>) {
        if let Some(since) = since {
            self.end_absence(now, place, since, Ending::Never);
        }
        for index in self.memberships.range(place) {
            self.channels[self.memberships.channels[index] as usize].present -= 1;
        }
    }

    /// An absence is over: each message that was missed is recovered or lost.
    pub fn end_absence(&mut self, now: SimTime, place: u32, since: SimTime, ending: Ending) {
        let back = match ending {
            Ending::Back(server) => Some(server),
            Ending::Never => None,
        };
        let reader = back.filter(|server| self.reaches_history(now, *server));
        let history = self.plan.history.filter(|_| reader.is_some());
        let recovers = |missed: u32| {
            history
                .is_some_and(|history| now.since(since) <= history.reach && missed <= history.size)
        };
        let (mut missed, mut recovered) = (0_u64, 0_u64);
        for index in self.memberships.range(place) {
            let channel = self.memberships.channels[index];
            let published = self.channels[channel as usize].published;
            let here = published.wrapping_sub(self.memberships.marks[index]);
            self.memberships.marks[index] = published;
            missed += u64::from(here);
            if let Some(server) = reader
                && here > 0
                && recovers(here)
                && self.is_kept(server, channel, here)
            {
                recovered += u64::from(here);
                self.read_history(now, server, channel, u64::from(here));
            }
        }
        if let Some(inbox) = &mut self.inbox {
            let here = std::mem::take(&mut inbox.missed[place as usize]);
            missed += u64::from(here);
            // No room's server has what is for one client alone.
            let is_kept = self.kind != Pubsub::Colocated;
            recovered += if is_kept && recovers(here) { u64::from(here) } else { 0 };
        }
        self.ledger.pending -= missed;
        self.ledger.recovered += recovered;
        self.ledger.lost.offline += missed - recovered;
        // Without a history it was lost when it was published.
        self.step.lost += if self.plan.history.is_some() { missed - recovered } else { 0 };
        if self.counts_at(now) {
            self.record.missed.saturating_record(missed);
        }
        if let Some(server) = back {
            self.restore(now, server, recovered, missed > recovered);
        }
    }

    /// Whether a server can read what is kept of its clients' channels: it keeps it itself, or has
    /// a link to the broker.
    fn reaches_history(&self, now: SimTime, server: u32) -> bool {
        let is_linked = now >= self.down_until && self.fan_outs[server as usize].is_attached;
        self.kind == Pubsub::Colocated || is_linked
    }

    /// Whether so many of the latest messages of a channel are kept where a server reads them: at
    /// the broker, or at the server itself, which lost what it had when it last died, and never
    /// had what was published while the channel lived elsewhere, or nowhere.
    fn is_kept(&self, server: u32, channel: u32, latest: u32) -> bool {
        self.kind != Pubsub::Colocated || self.channels[channel as usize].is_kept(server, latest)
    }

    /// What a returning client has missed of a channel is read, where it is kept: at the server
    /// itself, which writes it in any case, or at the broker.
    fn read_history(&mut self, now: SimTime, server: u32, channel: u32, count: u64) {
        if self.kind != Pubsub::Colocated {
            let shard = self.shard(&self.name(channel));
            self.nodes.read_history(now, server, shard, count);
        }
    }

    /// What a returning client costs its server: what it recovers is written, and where a
    /// gap remains its state is loaded anew.
    fn restore(&mut self, now: SimTime, server: u32, recovered: u64, has_gap: bool) {
        let state_cost = self.plan.history.map_or(0, |history| history.state_cost.as_nanos());
        let loads = has_gap && state_cost > 0;
        let writing = recovered.saturating_mul(self.plan.costs.delivery.as_nanos());
        let work = writing.saturating_add(if loads { state_cost } else { 0 });
        self.fan_outs[server as usize].work(now, work, &mut self.delivery);
        self.record.state_loads += u64::from(loads && self.counts_at(now));
    }

    /// What a client's server has written to it, and to others there before it came. O(its
    /// channels x log of their servers).
    pub fn written(&self, place: u32, server: u32) -> Written {
        let mut all = Written::default();
        for channel in &self.memberships.channels[self.memberships.range(place)] {
            let (messages, writes) = self.channels[*channel as usize].written(server);
            all.messages = all.messages.wrapping_add(messages);
            all.writes = all.writes.wrapping_add(writes);
        }
        all.direct = self.inbox.as_ref().map_or(0, |inbox| inbox.sent[place as usize]);
        all
    }
}
