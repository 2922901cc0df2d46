//! Handshakes: an accept queue in front of workers, first come first served.

use super::client::State;
use super::event::{ATTEMPT_MASK, Event};
use super::server::Handshake;
use super::simulation::Simulation;
use crate::engine::SimDuration;
use crate::plan::Abandoned;
use crate::plan::reconnect::Reset;
use crate::routing::BackendId;

impl Simulation<'_> {
    /// A server with room takes an attempt: into service, or into its accept queue.
    pub fn admit(&mut self, server: u32, handshake: Handshake) {
        if !handshake.is_probe() {
            self.tier.opened(handshake.instance, BackendId::new(server));
        }
        let limits = &self.plan.servers;
        if self.servers[server as usize].busy() < limits.handshake.workers {
            let in_time = self.serve(server, handshake);
            if !in_time {
                self.expire(&handshake);
            }
            return;
        }
        let queue = &mut self.servers[server as usize].queue;
        queue.push_back(handshake);
        let full = queue.len() == limits.accept_queue as usize;
        self.record.queued.add(self.now, 1);
        if full {
            self.record.queue_full(self.now, true);
        }
        self.expire(&handshake);
    }

    /// The client of a handshake gives up when its patience ends, unless it leaves then.
    fn expire(&mut self, handshake: &Handshake) {
        if handshake.is_probe() {
            return;
        }
        let client = self.clients.get(handshake.client);
        if handshake.patience < client.leaves {
            let event = Event::Timeout { client: handshake.client, attempt: handshake.attempt };
            self.at(handshake.patience, event);
        }
    }

    /// A worker takes a handshake up. Whether the client will hear of its end in time.
    fn serve(&mut self, server: u32, handshake: Handshake) -> bool {
        let work = self.slowed_work(server, handshake.work);
        let handshake = Handshake { work, ..handshake };
        let finish = self.now.after(work);
        let done = if self.plan.servers.handshake.abandoned == Abandoned::Aborted {
            finish.min(handshake.noticed().max(self.now))
        } else {
            finish
        };
        let at = &mut self.servers[server as usize];
        at.account(self.now);
        let worker = at.idle.pop().unwrap_or_else(|| {
            at.workers.push(None);
            (at.workers.len() - 1) as u32
        });
        at.workers[worker as usize] = Some(Handshake { since: self.now, ..handshake });
        self.record.busy.add(self.now, 1);
        if !handshake.is_probe() {
            self.record.handshake(self.now, self.now.since(handshake.since));
        }
        self.at(done, Event::Complete { server, worker });
        handshake.in_time(finish)
    }

    /// A worker is done: the connection opens, or the work was for nothing.
    pub fn complete(&mut self, server: u32, worker: u32) {
        let at = &mut self.servers[server as usize];
        at.account(self.now);
        let Some(handshake) = at.workers.get_mut(worker as usize).and_then(Option::take) else {
            // The server went; its handshakes were cut then.
            return;
        };
        at.idle.push(worker);
        self.record.busy.sub(self.now, 1);
        // Without network delay, work is aborted at the very instant until which its client waits.
        if handshake.is_probe() {
            self.probe_answered(server, &handshake);
            return self.serve_next(server);
        }
        let is_whole = handshake.since.after(handshake.work) <= self.now;
        if is_whole && handshake.in_time(self.now) {
            self.open(server, &handshake);
        } else {
            self.record.counts.dead_handshakes += u64::from(self.record.counts_at(self.now));
            self.tier.closed(handshake.instance, BackendId::new(server));
        }
        self.serve_next(server);
        self.leave_if_empty(server);
    }

    /// The work of a handshake that is taken up now.
    fn slowed_work(&self, server: u32, work: SimDuration) -> SimDuration {
        let slowness = self.servers[server as usize].slowness;
        if slowness > 1.0 || slowness < 1.0 { work.scaled(slowness) } else { work }
    }

    /// Takes up the next in the accept queue whose client is still there, or,
    /// where dead work is done in full, simply the next.
    fn serve_next(&mut self, server: u32) {
        let limits = &self.plan.servers;
        while let Some(handshake) = self.servers[server as usize].queue.pop_front() {
            let left = self.servers[server as usize].queue.len();
            self.record.queued.sub(self.now, 1);
            if left + 1 == limits.accept_queue as usize {
                self.record.queue_full(self.now, false);
            }
            let dead =
                limits.handshake.abandoned != Abandoned::Served && handshake.noticed() <= self.now;
            if dead && handshake.is_probe() {
                self.probe_answered(server, &handshake);
                continue;
            }
            if dead {
                self.tier.closed(handshake.instance, BackendId::new(server));
                continue;
            }
            self.serve(server, handshake);
            return;
        }
    }

    /// A connection opens.
    fn open(&mut self, server: u32, handshake: &Handshake) {
        let place = handshake.client;
        let mut client = self.clients.get(place);
        let (_, reconnect) = self.group(&client);
        debug_assert!(
            client.state == State::Trying
                && client.attempt & ATTEMPT_MASK == handshake.attempt & ATTEMPT_MASK,
            "an answer in time finds its client waiting"
        );
        let heard = self.now.after(SimDuration::from_nanos(u64::from(handshake.half)));
        let offline = heard.since(client.since);
        let was_dropped = client.dropped;
        client.state = State::Connected;
        client.since = self.now;
        client.dropped = false;
        if reconnect.reset == Reset::OnOpen {
            client.retries = 0;
        }
        self.clients.put(place, &client);
        self.clients.set_server(place, server);
        self.trying -= 1;
        self.servers[server as usize].connections += 1;
        self.record.accepted(self.now, offline, was_dropped);
        self.note_misplaced(place, true);
        self.schedule_aging(place);
        self.close_later(place);
    }

    /// Keeps the count of connections that are not on their key's owner, where there are owners.
    pub fn note_misplaced(&mut self, place: u32, opens: bool) {
        if !self.owners {
            return;
        }
        let client = self.clients.get(place);
        let owner = self.tier.owner(self.key(&client).bytes());
        if owner == Some(BackendId::new(self.clients.server(place))) {
            return;
        }
        if opens {
            self.record.misplaced.add(self.now, 1);
        } else {
            self.record.misplaced.sub(self.now, 1);
        }
    }

    /// The attempts inside a server that goes are cut; `silently` without their clients' hearing of it.
    pub fn cut_handshakes(&mut self, server: u32, silently: bool) {
        let at = &mut self.servers[server as usize];
        at.account(self.now);
        let waiting = std::mem::take(&mut at.queue);
        let workers = std::mem::take(&mut at.workers);
        at.idle.clear();
        at.probe.inside = 0;
        self.record.queued.sub(self.now, waiting.len() as u64);
        if waiting.len() == self.plan.servers.accept_queue as usize && !waiting.is_empty() {
            self.record.queue_full(self.now, false);
        }
        let in_service: Vec<Handshake> = workers.into_iter().flatten().collect();
        self.record.busy.sub(self.now, in_service.len() as u64);
        for handshake in in_service.into_iter().chain(waiting) {
            if handshake.is_probe() {
                continue;
            }
            self.tier.closed(handshake.instance, BackendId::new(server));
            self.cut(&handshake, silently);
        }
    }
}
