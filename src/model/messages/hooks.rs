//! Where the rest of the world calls in. Without messages each is one test of a pointer.

use super::membership::Member;
use super::presence::Ending;
use crate::engine::{SimDuration, SimTime};
use crate::model::client::{Client, State};
use crate::model::event::Event;
use crate::model::laws::BrokenLaw;
use crate::model::presence::Drop;
use crate::model::simulation::Simulation;
use crate::model::witness::Witness;
use crate::observe::SeriesId;
use crate::plan::Pubsub;

impl<W: Witness> Simulation<'_, W> {
    /// A client as memberships know it.
    pub fn member(&self, place: u32, client: &Client) -> Member {
        let stream = &self.streams[client.stream as usize];
        Member {
            entity: stream.entity(client.number),
            space: stream.space,
            number: client.number,
            place,
            attempt: client.attempt,
        }
    }

    /// The servers are there and clients may come: what is published begins.
    pub fn start_messages(&mut self) {
        let Some(messages) = &mut self.messages else { return };
        self.record.watch_messages();
        messages.router.update_servers(&self.membership);
        if messages.plan.channels.count > 0 {
            let wait = messages.until_burst(0);
            self.at(self.now.after(wait), Event::Publish { burst: 0, number: 0 });
        }
    }

    /// The servers have changed. Interests follow at once, as brokers see links close.
    pub fn message_servers_changed(&mut self) {
        if let Some(messages) = &mut self.messages
            && messages.kind != Pubsub::Colocated
        {
            messages.router.update_servers(&self.membership);
        }
    }

    /// A server joins.
    pub fn message_server_joined(&mut self, server: u32) {
        let now = self.now;
        let joined =
            self.messages.as_mut().and_then(|messages| messages.server_joined(now, server));
        if let Some(time) = joined {
            self.at(time, Event::Attach { server });
        }
    }

    /// A server's process runs.
    pub fn message_server_started(&mut self, server: u32) {
        if let Some(messages) = &mut self.messages {
            messages.server_started(server);
        }
    }

    /// A server's process ends.
    pub fn message_server_ended(&mut self, server: u32) {
        if let Some(messages) = &mut self.messages {
            messages.server_ended(self.now, server);
        }
    }

    /// A client is present from now on.
    pub fn message_came(&mut self, place: u32) {
        if !self.has_messages() {
            return;
        }
        let member = self.member(place, &self.clients.get(place));
        let Some(messages) = &mut self.messages else { return };
        messages.came(member);
        let own = messages.own.as_mut().and_then(|stream| stream.opens(place));
        let direct = messages.direct.as_mut().and_then(|stream| stream.opens(place));
        for (block, is_own) in [(own, true), (direct, false)] {
            if let Some(block) = block {
                self.schedule_personal(block, is_own);
            }
        }
    }

    fn schedule_personal(&mut self, block: u32, is_own: bool) {
        let Some(messages) = &self.messages else { return };
        let stream = if is_own { &messages.own } else { &messages.direct };
        let Some(stream) = stream else { return };
        let time = self.now.after(stream.wait(self.draws, block));
        self.at(time, Event::Personal { block, is_own });
    }

    /// A client's connection opens, after an absence since `since`; `None`: at the start.
    pub fn message_opened(&mut self, place: u32, since: Option<SimTime>) {
        if !self.has_messages() {
            return;
        }
        let client = self.clients.get(place);
        let (member, server) = (self.member(place, &client), self.clients.server(place));
        if let Some(messages) = &mut self.messages {
            messages.opened(self.now, member, server, since);
        }
    }

    /// A client's connection ends.
    pub fn message_closed(&mut self, place: u32) {
        if !self.has_messages() {
            return;
        }
        let client = self.clients.get(place);
        let (member, server) = (self.member(place, &client), self.clients.server(place));
        if let Some(messages) = &mut self.messages {
            messages.closed(self.now, member, server);
        }
    }

    /// A client's presence ends; `offline` says since when it was not connected, if it was not.
    pub fn message_left(&mut self, place: u32, offline: Option<SimTime>) {
        if !self.has_messages() {
            return;
        }
        if let Some(messages) = &mut self.messages {
            messages.left(self.now, place, offline);
        }
    }

    /// A publish of a burst goes out.
    pub fn publish(&mut self, burst: u32, number: u32) {
        let now = self.now;
        let Some(messages) = &mut self.messages else { return };
        let channel = messages.channel_of(burst);
        messages.publish(now, channel);
        let next_of_burst = messages.within_burst(number);
        let next_burst = (number == 0)
            .then(|| (burst.wrapping_add(1), messages.until_burst(burst.wrapping_add(1))));
        if let Some(wait) = next_of_burst {
            self.at(now.after(wait), Event::Publish { burst, number: number + 1 });
        }
        if let Some((burst, wait)) = next_burst {
            self.at(now.after(wait), Event::Publish { burst, number: 0 });
        }
    }

    /// A message goes to one client of a block of places, if somebody is there.
    pub fn personal(&mut self, block: u32, is_own: bool) {
        let (now, draws) = (self.now, self.draws);
        let Some(messages) = &mut self.messages else { return };
        let stream = if is_own { &mut messages.own } else { &mut messages.direct };
        let Some(stream) = stream else { return };
        let place = stream.whom(draws, block);
        if let Some(client) = self.clients.find(place)
            && client.state != State::Absent
        {
            let entity = self.streams[client.stream as usize].entity(client.number);
            if is_own {
                messages.publish(now, place);
            } else {
                messages.send(now, place, entity);
            }
        }
        self.schedule_personal(block, is_own);
    }

    /// The broker is out of order for so long.
    pub fn broker_outage(&mut self, lasting: SimDuration) {
        let now = self.now;
        let Some(messages) = &mut self.messages else { return };
        let (back, drops) = messages.lose_broker(now, lasting);
        for (server, time) in back {
            self.at(time, Event::Attach { server });
        }
        if drops {
            let connected: Vec<u32> = self.clients.connected().map(|(place, _)| place).collect();
            for place in connected {
                self.drop_connection(place, Drop::NoBroker);
            }
        }
    }

    /// A server tries the broker again.
    pub fn attach(&mut self, server: u32) {
        if let Some(messages) = &mut self.messages {
            messages.attach(self.now, server);
        }
    }

    /// The warm-up is over.
    pub fn start_counting_messages(&mut self) {
        if let Some(messages) = &mut self.messages {
            messages.start_counting_slow(&self.clients);
            messages.start_counting(self.now);
        }
    }

    /// A sampling step ends: shares of the CPUs, series, slow clients.
    pub fn sample_messages(&mut self, step: u32) {
        let width = self.record.width(step);
        let cpus = self.plan.servers.handshake.workers;
        let Some(messages) = &mut self.messages else { return };
        let (mut used, mut ready) = (0.0, 0_u32);
        for (server, fan_out) in self.servers.iter_mut().zip(&mut messages.fan_outs) {
            let handshakes = (server.busy_time(self.now), cpus);
            let costs = &messages.plan.costs;
            let span = (step, width.as_nanos());
            fan_out.arrive(self.now, &mut messages.delivery);
            let shares = fan_out.sample(span, costs, handshakes);
            server.message_slowdown = shares.slowdown;
            server.message_share = shares.messages;
            if server.is_ready() {
                used += shares.messages;
                ready += 1;
            }
        }
        messages.nodes.close(step);
        let (held, longest) = messages.nodes.held(self.now);
        let counts = messages.counts_at(self.now);
        let record = &mut messages.record;
        record.longest_queue = record.longest_queue.max(if counts { longest } else { 0 });
        if self.record.counts_until(self.now) {
            let span = width.as_nanos() as f64 * f64::from(cpus);
            record.cpu_time += used * span;
            record.cpus += f64::from(ready) * span;
        }
        let closing = messages.sample_slow(&self.clients, width);
        messages.record.slow_closed += if counts { closing.len() as u64 } else { 0 };
        let super::Step { publishes, copies, delivered, lost } = std::mem::take(&mut messages.step);
        let per_second = |count: u64| count as f64 / width.as_secs_f64();
        for (id, value) in [
            (SeriesId::Publishes, per_second(publishes)),
            (SeriesId::Copies, per_second(copies)),
            (SeriesId::Delivered, per_second(delivered)),
            (SeriesId::Lost, per_second(lost)),
            (SeriesId::BrokerQueue, held as f64),
            (SeriesId::MessageShare, if ready == 0 { 0.0 } else { used / f64::from(ready) }),
        ] {
            self.record.sample(step, id, value);
        }
        for place in closing {
            self.drop_connection(place, Drop::Slow);
        }
    }

    /// The run is over: whoever is not connected has not got what it has missed. Where it might
    /// have come back for it, it is lost in the last sampling step.
    pub fn end_messages(&mut self) {
        let Some(messages) = &mut self.messages else { return };
        for (place, client) in self.clients.iter() {
            if matches!(client.state, State::Trying | State::Idle) {
                messages.end_absence(self.now, place, client.since, Ending::Never);
            }
        }
        let lost = std::mem::take(&mut messages.step.lost);
        if let Some(last) = self.record.steps().checked_sub(1) {
            let width = self.record.width(last).as_secs_f64();
            self.record.add(last, SeriesId::Lost, lost as f64 / width);
        }
    }

    /// Every message owed is accounted for; at the end nothing is pending.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn check_messages(&self, is_over: bool) -> Result<(), BrokenLaw> {
        let Some(messages) = &self.messages else { return Ok(()) };
        let ledger = messages.ledger;
        if ledger.owed != ledger.accounted() {
            let law = "messages owed = delivered + recovered + lost + missed and pending";
            return Err(self.broken(law, ledger.owed, ledger.accounted()));
        }
        if is_over && ledger.pending != 0 {
            let law = "messages missed = sum of what each absent client missed";
            return Err(self.broken(law, ledger.pending, 0));
        }
        Ok(())
    }
}
