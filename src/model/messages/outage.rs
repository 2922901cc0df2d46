//! The broker is out of order, and servers come back to it.

use super::Messages;
use super::fan_out::FanOut;
use crate::engine::{SimDuration, SimTime};
use crate::model::purpose;
use crate::plan::messaging::{BrokerRetry, OnOutage, Pubsub};

impl Messages<'_> {
    /// Whether messages go through the broker.
    fn has_broker(&self) -> bool {
        self.kind != Pubsub::Colocated
    }

    /// Nobody reaches the broker for so long, and all servers lose their links to it. Gives
    /// when each server that was attached has one again, and whether servers close all
    /// their connections. O(servers x tries).
    pub fn lose_broker(
        &mut self,
        now: SimTime,
        lasting: SimDuration,
    ) -> (Vec<(u32, SimTime)>, bool) {
        if !self.has_broker() {
            return (Vec::new(), false);
        }
        self.down_until = self.down_until.max(now.after(lasting));
        self.outages += 1;
        let mut back = Vec::with_capacity(self.fan_outs.len());
        for server in 0..self.fan_outs.len() as u32 {
            self.detach(server);
            back.push((server, self.attaches(now, server)));
        }
        (back, self.plan.broker.on_outage == OnOutage::DropClients)
    }

    /// A server joins: it is attached at once, or at the instant that is returned if the
    /// broker cannot be reached.
    pub fn server_joined(&mut self, now: SimTime, server: u32) -> Option<SimTime> {
        let wanted = server as usize + 1;
        if self.fan_outs.len() < wanted {
            let (steps, costs) = (self.steps, &self.plan.costs);
            let in_order = self.in_order;
            self.fan_outs.resize_with(wanted, || FanOut::new(steps, costs, in_order));
        }
        if now >= self.down_until || !self.has_broker() {
            return None;
        }
        self.detach(server);
        Some(self.attaches(now, server))
    }

    /// A server's process runs.
    pub fn server_started(&mut self, server: u32) {
        self.fan_outs[server as usize].is_up = true;
    }

    /// A server's process ends, with its queue and what it keeps. O(channels) where servers keep
    /// what is published.
    pub fn server_ended(&mut self, now: SimTime, server: u32) {
        self.fan_outs[server as usize].end(now, &mut self.delivery);
        if !self.has_broker() {
            for channel in &mut self.channels {
                channel.forget(server);
            }
        }
    }

    fn detach(&mut self, server: u32) {
        let was_attached =
            std::mem::replace(&mut self.fan_outs[server as usize].is_attached, false);
        self.detached += u32::from(was_attached);
    }

    /// When a server that loses the broker now has it again: at its first try after the end of
    /// the outage, or of the run, after which nobody asks.
    fn attaches(&self, now: SimTime, server: u32) -> SimTime {
        let BrokerRetry { base, cap } = self.plan.broker.retry;
        let mut time = now;
        let mut longest = base;
        let until = self.down_until.min(SimTime::from_nanos(self.steps.end));
        let first = u64::from(self.outages) << 32;
        for retry in first.. {
            let draw = self.draws.at(purpose::BROKER_RETRY, u64::from(server), retry);
            time = time.after(longest.scaled(draw.unit()));
            longest = cap.min(longest.scaled(2.0));
            if time >= until {
                break;
            }
        }
        time
    }

    /// A server tries the broker and finds it, unless it has failed again: then it says again
    /// what it subscribes to, and publishes wait behind that.
    pub fn attach(&mut self, now: SimTime, server: u32) {
        let fan_out = &mut self.fan_outs[server as usize];
        if now < self.down_until || fan_out.is_attached {
            return;
        }
        fan_out.is_attached = true;
        self.detached -= 1;
        let count = fan_out.subscriptions;
        if self.kind == Pubsub::Broadcast || count == 0 {
            return;
        }
        self.record.subscribes += if self.counts_at(now) { count } else { 0 };
        if self.kind == Pubsub::Sharded {
            // Slots are spread evenly, so each node has about as many of its channels.
            let nodes = u64::from(self.plan.broker.nodes);
            for node in 0..nodes {
                let part = (count + node) / nodes;
                self.nodes.subscribe(now, server, Some(node as usize), part);
            }
        } else {
            self.nodes.subscribe(now, server, None, count);
        }
    }
}
