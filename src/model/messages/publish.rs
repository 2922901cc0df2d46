//! A publish on its way: copies, deliveries, and what is lost.

use super::Messages;
use super::fan_out::{Copy, FanOut};
use crate::engine::SimTime;
use crate::model::purpose;
use crate::plan::messaging::Pubsub;
use crate::routing::pubsub::{Hops, Via};

impl Messages<'_> {
    /// A message is published to a channel. O(servers that get a copy, or have a member).
    pub fn publish(&mut self, now: SimTime, channel: u32) {
        let number = self.published;
        self.published += 1;
        self.step.publishes += 1;
        self.record.publishes += u64::from(self.counts_at(now));
        let mut hops = std::mem::take(&mut self.hops);
        self.router.route(&self.name(channel), None, &mut hops);
        if self.detached > 0 && hops.via != Via::Straight {
            hops.servers.retain(|server| self.fan_outs[server.index()].is_attached);
        }
        if self.goes_out(now, number, &hops) {
            self.spread(now, number, channel, &hops);
        } else {
            let present = u64::from(self.channels[channel as usize].present);
            self.ledger.owed += present;
            self.ledger.lost.broker += present;
            self.step.lost += present;
        }
        self.hops = hops;
    }

    /// Whether the broker takes a publish, where it needs one.
    fn goes_out(&mut self, now: SimTime, number: u64, hops: &Hops) -> bool {
        let entry = match hops.via {
            Via::Nothing | Via::Straight => return true,
            Via::Shard(node) => Ok(node.index()),
            Via::Broker => Err(self.draws.at(purpose::ENTRY, 0, number)),
        };
        let servers = hops.servers.iter().map(|server| server.number());
        now >= self.down_until && self.nodes.publish(now, entry, servers)
    }

    /// Copies go to servers, and servers write to their recipients.
    fn spread(&mut self, now: SimTime, number: u64, channel: u32, hops: &Hops) {
        let counts = self.counts_at(now);
        let (shard, is_straight) = match hops.via {
            Via::Shard(node) => (Some(node.index()), false),
            via => (None, via == Via::Straight),
        };
        let straight = now.after(self.plan.broker.latency).as_nanos();
        let state = &mut self.channels[channel as usize];
        if self.kind == Pubsub::Colocated {
            let mut owner = hops.servers.iter().map(|server| server.number());
            state.keep(owner.find(|server| self.fan_outs[*server as usize].is_up));
        }
        state.published = state.published.wrapping_add(1);
        let mut locals = state.locals.iter_mut().peekable();
        let (mut delivered, mut idle) = (0_u64, 0_u64);
        let mut unreached = Unreached::default();
        for server in hops.servers.iter().map(|server| server.number()) {
            while let Some(local) = locals.next_if(|local| local.server < server) {
                unreached.add(&self.fan_outs, is_straight, local.server, local.members);
            }
            let here = locals.next_if(|local| local.server == server);
            let recipients = here.as_ref().map_or(0, |local| local.members);
            delivered += u64::from(recipients);
            idle += u64::from(recipients == 0);
            let arrival =
                if is_straight { straight } else { self.nodes.next_arrival(server, shard) };
            let copy = Copy { published: now, arrival, recipients, counts };
            let fan_out = &mut self.fan_outs[server as usize];
            if !fan_out.is_up {
                // Nobody is there, and nobody takes it in.
                continue;
            }
            fan_out.send(now, copy, &mut self.delivery);
            let mut writes = 1;
            if self.plan.duplicates > 0.0 && !is_straight {
                let draw = self.draws.at(purpose::DUPLICATE, number, u64::from(server));
                if draw.unit() < self.plan.duplicates {
                    fan_out.send(now, Copy { counts: false, ..copy }, &mut self.delivery);
                    self.record.duplicates += u64::from(counts) * u64::from(recipients);
                    writes = 2;
                }
            }
            if let Some(local) = here {
                local.messages = local.messages.wrapping_add(1);
                local.writes = local.writes.wrapping_add(writes);
            }
        }
        for local in locals {
            unreached.add(&self.fan_outs, is_straight, local.server, local.members);
        }
        let (present, connected) = (u64::from(state.present), u64::from(state.connected));
        let offline = present - connected;
        self.ledger.owed += present;
        self.ledger.pending += offline;
        self.ledger.delivered += delivered;
        self.ledger.lost.broker += unreached.detached;
        self.ledger.lost.misrouted += unreached.misrouted;
        let copies = hops.servers.len() as u64;
        self.step.copies += copies;
        self.step.delivered += delivered;
        self.step.lost += unreached.detached + unreached.misrouted;
        self.step.lost += if self.plan.history.is_none() { offline } else { 0 };
        if counts {
            self.record.copies += copies;
            self.record.idle_copies += idle;
        }
    }

    /// A message is sent to one client who is present, by the registry.
    pub fn send(&mut self, now: SimTime, place: u32, entity: u64) {
        let counts = self.counts_at(now);
        self.published += 1;
        self.step.publishes += 1;
        self.record.publishes += u64::from(counts);
        self.ledger.owed += 1;
        let Some(inbox) = &mut self.inbox else { return };
        let mut hops = std::mem::take(&mut self.hops);
        inbox.registry.route(&entity.to_le_bytes(), None, &mut hops);
        if let [server] = hops.servers.as_slice() {
            let arrival = now.after(self.plan.broker.latency).as_nanos();
            let copy = Copy { published: now, arrival, recipients: 1, counts };
            self.fan_outs[server.index()].send(now, copy, &mut self.delivery);
            let sent = &mut inbox.sent[place as usize];
            *sent = sent.wrapping_add(1);
            self.record.copies += u64::from(counts);
            self.step.copies += 1;
            self.step.delivered += 1;
            self.ledger.delivered += 1;
        } else {
            inbox.missed[place as usize] += 1;
            self.ledger.pending += 1;
            self.step.lost += u64::from(self.plan.history.is_none());
        }
        self.hops = hops;
    }
}

/// Connected members whose server gets no copy.
#[derive(Clone, Copy, Debug, Default)]
struct Unreached {
    detached: u64,
    misrouted: u64,
}

impl Unreached {
    fn add(&mut self, fan_outs: &[FanOut], is_straight: bool, server: u32, members: u32) {
        let is_attached = is_straight || fan_outs[server as usize].is_attached;
        let cause = if is_attached { &mut self.misrouted } else { &mut self.detached };
        *cause += u64::from(members);
    }
}
