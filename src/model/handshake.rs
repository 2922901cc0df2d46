//! Handshakes: an accept queue in front of workers, first come first served.

use super::accept::Reply;
use super::event::Event;
use super::server::Handshake;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::{SimDuration, SimTime};
use crate::observe::log::{Fact, Killer, Obstacle};
use crate::plan::reconnect::Reset;
use crate::routing::BackendId;

impl<W: Witness> Simulation<'_, W> {
    /// A server with room takes an attempt.
    #[inline(always)]
    pub fn admit(&mut self, server: u32, handshake: &Handshake) {
        if !handshake.is_probe() {
            self.tier.opened(handshake.instance, BackendId::new(server));
        }
        let in_time = self.enter(server, handshake);
        if !in_time {
            self.expire(handshake);
        }
    }

    /// Whether a server has neither an idle worker nor room in its accept queue.
    #[inline]
    pub fn is_full(&self, server: u32) -> bool {
        let at = &self.servers[server as usize];
        if at.ahead.is_on() {
            return at.ahead.is_full(self.now);
        }
        at.busy() >= self.plan.servers.handshake.workers
            && at.queue.len() >= self.plan.servers.accept_queue as usize
    }

    /// Whether a server holds as many connections and attempts as it may.
    #[inline]
    pub fn holds_most(&mut self, server: u32) -> bool {
        let limits = &self.plan.servers;
        let at = &mut self.servers[server as usize];
        at.holds(limits.max_connections, self.now, limits.handshake.workers)
    }

    /// Into service, or into the accept queue. Whether the client is sure to hear in time.
    #[inline(always)]
    pub fn enter(&mut self, server: u32, handshake: &Handshake) -> bool {
        if self.looks_ahead(server) {
            self.enter_ahead(server, handshake)
        } else {
            self.enter_queue(server, handshake)
        }
    }

    /// The same of a server that works event by event.
    #[inline(never)]
    fn enter_queue(&mut self, server: u32, handshake: &Handshake) -> bool {
        let limits = &self.plan.servers;
        let is_foreseen = self.is_foreseen(server, handshake);
        if self.servers[server as usize].busy() < limits.handshake.workers {
            return self.serve(server, *handshake) && !self.asks_services();
        }
        let queue = &mut self.servers[server as usize].queue;
        queue.push_back(*handshake);
        let waiting = queue.len();
        let full = waiting == limits.accept_queue as usize;
        self.record.queued.add(self.now, 1);
        if full {
            self.record.queue_full(self.now, true);
        }
        self.tell_inside(server, handshake, Fact::Queued { ahead: waiting as u32 - 1 });
        is_foreseen
    }

    /// Whether the client of a handshake that enters now is sure to hear in time, so that its
    /// time-out need not be watched: a quarter of the events of a storm whose queues are short.
    #[inline]
    fn is_foreseen(&mut self, server: u32, handshake: &Handshake) -> bool {
        if !self.foresees {
            return false;
        }
        let work = self.slowed_work(server, handshake.work);
        let workers = self.plan.servers.handshake.workers;
        let done = self.servers[server as usize].book(self.now, work, workers);
        handshake.in_time(done)
    }

    /// A server's handshakes take longer or shorter from now on: those that wait may not be
    /// done when it was foreseen.
    pub fn speed_changed(&mut self, server: u32) {
        let at = &mut self.servers[server as usize];
        at.lose_track();
        let waits = |waiting: &&Handshake| waiting.patience >= self.now;
        let waiting: Vec<Handshake> = at.queue.iter().filter(waits).copied().collect();
        for handshake in &waiting {
            self.expire(handshake);
        }
    }

    /// The client of a handshake gives up when its patience ends, unless it leaves then.
    pub fn expire(&mut self, handshake: &Handshake) {
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
    #[inline]
    pub fn serve(&mut self, server: u32, handshake: Handshake) -> bool {
        let at = &mut self.servers[server as usize];
        at.working.add(self.now, 1);
        let worker = at.idle.pop().unwrap_or_else(|| {
            at.workers.push(None);
            (at.workers.len() - 1) as u32
        });
        self.record.busy.add(self.now, 1);
        self.note_last_worker(server, true);
        if !handshake.is_probe() {
            self.record.handshake(self.now, self.now.since(handshake.since));
        }
        let waited = self.now.since(handshake.since);
        self.tell_inside(server, &handshake, Fact::WorkStarts { waited });
        let finish = self.set_to_work(server, worker, handshake);
        handshake.in_time(finish)
    }

    /// A worker works at a handshake from now on; until when, if nobody gives it up.
    #[inline]
    pub fn set_to_work(&mut self, server: u32, worker: u32, handshake: Handshake) -> SimTime {
        let work = self.slowed_work(server, handshake.work);
        let handshake = Handshake { since: self.now, work, ..handshake };
        self.servers[server as usize].workers[worker as usize] = Some(handshake);
        self.at(self.is_done_at(&handshake), Event::Complete { server, worker });
        self.now.after(work)
    }

    /// When a worker is done with a handshake, or drops it.
    pub fn is_done_at(&self, handshake: &Handshake) -> SimTime {
        let abandoned = self.plan.servers.handshake.abandoned;
        handshake.is_done_at(handshake.since, handshake.work, abandoned)
    }

    /// A worker has done its work; the handshake may have to wait for a service yet.
    pub fn complete(&mut self, server: u32, worker: u32) {
        // A server that started again in place may have set the worker to other work since.
        let work = self.servers[server as usize].at_work(worker);
        if work.is_none_or(|work| self.is_done_at(work) != self.now) {
            return;
        }
        if !(self.asks_services() && self.goes_on(server, worker)) {
            self.finish(server, worker);
        }
    }

    /// Takes a worker off its handshake; nothing if the server went, and its handshakes were cut then.
    #[inline]
    fn release(&mut self, server: u32, worker: u32) -> Option<Handshake> {
        let at = &mut self.servers[server as usize];
        let handshake = at.workers.get_mut(worker as usize).and_then(Option::take)?;
        at.working.sub(self.now, 1);
        at.idle.push(worker);
        self.record.busy.sub(self.now, 1);
        Some(handshake)
    }

    /// Without an accept queue a server is full while its last worker is at work: a worker has
    /// been taken, or is free again.
    #[inline]
    fn note_last_worker(&mut self, server: u32, taken: bool) {
        if self.plan.servers.accept_queue == 0 {
            self.note_full_without_queue(server, taken);
        }
    }

    #[inline(never)]
    fn note_full_without_queue(&mut self, server: u32, taken: bool) {
        let busy = self.servers[server as usize].busy() + u32::from(!taken);
        if busy == self.plan.servers.handshake.workers {
            self.record.queue_full(self.now, taken);
        }
    }

    /// A worker is done: the connection opens, or the work was for nothing.
    #[inline]
    pub fn finish(&mut self, server: u32, worker: u32) {
        let Some(handshake) = self.release(server, worker) else { return };
        self.note_last_worker(server, false);
        // Without network delay, work is aborted at the very instant until which its client waits.
        if handshake.is_probe() {
            self.probe_answered(server, &handshake);
            return self.serve_next(server);
        }
        let is_whole = handshake.since.after(handshake.work) <= self.now;
        if is_whole && handshake.in_time(self.now) {
            self.open(server, &handshake);
        } else {
            debug_assert!(
                handshake.patience >= self.now
                    || self.live(handshake.client, handshake.attempt).is_none(),
                "a client whose answer comes too late has given up"
            );
            self.record.counts.dead_handshakes += u64::from(self.record.counts_at(self.now));
            self.tell_inside(server, &handshake, Fact::DeadWork);
            self.uncount(&handshake, server);
        }
        self.serve_next(server);
        self.leave_if_empty(server);
    }

    /// The work of a handshake that is taken up now.
    #[inline]
    pub fn slowed_work(&self, server: u32, work: SimDuration) -> SimDuration {
        if W::PLAIN {
            return work;
        }
        let at = &self.servers[server as usize];
        let slowness = at.slowness * at.message_slowdown;
        // Unscaled work keeps its nanoseconds.
        if slowness.to_bits() == 1.0_f64.to_bits() { work } else { work.scaled(slowness) }
    }

    /// A worker is done with a handshake that the login has turned away.
    pub fn finish_refused(&mut self, server: u32, worker: u32) {
        let Some(handshake) = self.release(server, worker) else { return };
        self.note_last_worker(server, false);
        self.uncount(&handshake, server);
        self.tell_inside(server, &handshake, Fact::Refused(Obstacle::Login));
        self.turn_away(&handshake, Reply::later(self.rules().when_full));
        self.serve_next(server);
        self.leave_if_empty(server);
    }

    /// Takes an attempt that opened nothing off its balancer's count.
    #[inline]
    pub fn uncount(&mut self, handshake: &Handshake, server: u32) {
        self.tier.closed_since(handshake.instance, handshake.counted, BackendId::new(server));
    }

    /// A worker is free: the next in the accept queue is taken up, and the gate's line moves on.
    #[inline]
    fn serve_next(&mut self, server: u32) {
        self.take_up_next(server);
        self.move_line(server);
    }

    /// Takes up the next in the accept queue whose client is still there, or,
    /// where dead work is done in full, simply the next.
    #[inline]
    fn take_up_next(&mut self, server: u32) {
        if self.servers[server as usize].ahead.is_on() {
            // Whoever takes up what is still before a disturbance is foreseen.
            return;
        }
        let limits = &self.plan.servers;
        while let Some(handshake) = self.servers[server as usize].queue.pop_front() {
            let left = self.servers[server as usize].queue.len();
            self.record.queued.sub(self.now, 1);
            if left + 1 == limits.accept_queue as usize {
                self.record.queue_full(self.now, false);
            }
            if !handshake.is_abandoned(self.now, limits.handshake.abandoned) {
                self.serve(server, handshake);
                return;
            }
            self.pass_over(server, &handshake);
        }
    }

    /// Nobody waits any more for a handshake that was next. Apart, so that the loop around it
    /// has nothing to keep in registers for a second turn that hardly ever comes.
    #[cold]
    #[inline(never)]
    fn pass_over(&mut self, server: u32, handshake: &Handshake) {
        self.tell_inside(server, handshake, Fact::Skipped);
        if handshake.is_probe() {
            self.probe_answered(server, handshake);
        } else {
            self.uncount(handshake, server);
        }
    }

    /// A connection opens.
    #[inline(always)]
    pub fn open(&mut self, server: u32, handshake: &Handshake) {
        let place = handshake.client;
        debug_assert!(
            self.live(place, handshake.attempt).is_some(),
            "an answer in time finds its client waiting"
        );
        let heard = self.now.after(handshake.answer);
        let stream = self.clients.stream(place);
        let resets = self.origins[usize::from(stream)].reconnect.reset == Reset::OnOpen;
        let (since, why) = self.clients.connect(place, server, self.now, resets);
        self.trying -= 1;
        self.servers[server as usize].connections += 1;
        self.record.accepted(self.now, heard, since, why);
        self.record.resumed(self.now, handshake.resumes);
        let fact = Fact::Opened { offline: heard.since(since), resumed: handshake.resumes };
        if W::LISTENS {
            self.tell_client(place, &self.clients.get(place), Some(server), fact);
        }
        self.remember_home(place, server, handshake.counted);
        self.browser_opened(place, heard);
        self.message_opened(place, Some(since));
        self.note_misplaced(place, true);
        self.schedule_aging(place, false);
        self.close_later(server, place);
        if self.is_out_of_memory(server) {
            self.record.counts.memory_kills += u64::from(self.record.counts_at(self.now));
            self.tell_server(server, Fact::Killed(Killer::Memory));
            self.restart(server);
        }
    }

    /// Keeps the count of connections that are not on their key's owner, where there are owners.
    #[inline]
    pub fn note_misplaced(&mut self, place: u32, opens: bool) {
        if self.owners {
            self.compare_with_owner(place, opens);
        }
    }

    #[inline(never)]
    fn compare_with_owner(&mut self, place: u32, opens: bool) {
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
        let limits = &self.plan.servers;
        let at = &mut self.servers[server as usize];
        if limits.accept_queue == 0 && at.busy() == limits.handshake.workers {
            self.record.queue_full(self.now, false);
        }
        at.working.set(self.now, 0);
        let line = std::mem::take(&mut at.line);
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
        for handshake in in_service.into_iter().chain(waiting).chain(line) {
            if handshake.is_probe() {
                continue;
            }
            self.tell_inside(server, &handshake, Fact::Cut);
            if !silently {
                self.uncount(&handshake, server);
                self.cut(&handshake);
                continue;
            }
            match self.cut_silently(&handshake) {
                Some(until) if self.policy.balance.goes_by_counts() => {
                    self.count_until(until, server, handshake.counted, handshake.instance);
                }
                _ => self.uncount(&handshake, server),
            }
        }
    }
}
