//! The services that handshakes wait for: the login and the session store. Each is a FIFO
//! queue in front of workers, shared by the whole fleet.
//!
//! A call is not taken back: what its server no longer waits for is skipped when its turn
//! comes, and finished in vain if it was begun.

use std::collections::VecDeque;

use super::Step;
use crate::engine::{SimDuration, SimTime};
use crate::model::event::Event;
use crate::model::purpose;
use crate::model::simulation::Simulation;
use crate::model::witness::Witness;
use crate::observe::log::Fact;
use crate::plan::accept::Dependency;

/// Which service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The session store.
    Store,
    /// The login.
    Login,
}

impl Which {
    /// Its number in events.
    pub const fn number(self) -> u32 {
        match self {
            Self::Store => 0,
            Self::Login => 1,
        }
    }

    /// The service of this number.
    pub const fn numbered(number: u32) -> Self {
        if number == 0 { Self::Store } else { Self::Login }
    }

    /// What a handshake is at while it waits for it.
    const fn step(self) -> Step {
        match self {
            Self::Store => Step::Store,
            Self::Login => Step::Login,
        }
    }
}

/// A service.
#[derive(Clone, Debug)]
pub(super) struct Service<'a> {
    rules: &'a Dependency,
    up: bool,
    /// What each of its workers is at; as long as there were ever busy ones.
    workers: Vec<Option<Call>>,
    /// Idle ones among `workers`.
    idle: Vec<u32>,
    queue: VecDeque<Call>,
}

/// A call by a worker of a server, for the handshake that it is at.
#[derive(Clone, Copy, Debug)]
struct Call {
    server: u32,
    worker: u32,
    client: u32,
    attempt: u32,
    since: SimTime,
    /// Its time in service.
    cost: SimDuration,
    /// In service: until when.
    until: SimTime,
}

impl<'a> Service<'a> {
    /// A service that is up and idle.
    pub const fn new(rules: &'a Dependency) -> Self {
        Self { rules, up: true, workers: Vec::new(), idle: Vec::new(), queue: VecDeque::new() }
    }

    fn busy(&self) -> usize {
        self.workers.len() - self.idle.len()
    }
}

impl<'a, W: Witness> Simulation<'a, W> {
    fn service(&mut self, which: Which) -> Option<&mut Service<'a>> {
        match which {
            Which::Store => self.accept.store.as_mut(),
            Which::Login => self.accept.login.as_mut(),
        }
    }

    /// A worker calls a service for the handshake that it is at. False, and nothing is under
    /// way, where the service is not up or has no place in its queue.
    pub fn call(&mut self, which: Which, server: u32, worker: u32) -> bool {
        let now = self.now;
        let Some(handshake) = self.servers[server as usize].at_work(worker).copied() else {
            return false;
        };
        let purpose = match which {
            Which::Store => purpose::STORE,
            Which::Login => purpose::LOGIN,
        };
        let draw = self.draw(&self.clients.get(handshake.client), purpose, handshake.attempt);
        let Some(service) = self.service(which) else { return false };
        let call = Call {
            server,
            worker,
            client: handshake.client,
            attempt: handshake.attempt,
            since: now,
            cost: service.rules.cost.sample(draw),
            until: now,
        };
        let is_idle = service.busy() < service.rules.workers as usize;
        if !service.up || (!is_idle && service.queue.len() >= service.rules.queue as usize) {
            self.record.call_refused(now, which.number());
            return false;
        }
        let timeout = service.rules.timeout;
        if !is_idle {
            service.queue.push_back(call);
        }
        if let Some(slot) = self.servers[server as usize].at_work_mut(worker) {
            slot.step = which.step();
            slot.since = now;
            slot.work = SimDuration::ZERO;
        }
        let fact = match which {
            Which::Store => Fact::AsksStore,
            Which::Login => Fact::AsksLogin,
        };
        self.tell_inside(server, &handshake, fact);
        if let Some(timeout) = timeout {
            self.at(now.after(timeout), Event::Overdue { server, worker });
        }
        if is_idle {
            self.take_up(which, call);
        }
        true
    }

    /// A worker of the service takes a call up.
    fn take_up(&mut self, which: Which, call: Call) {
        let now = self.now;
        let Some(service) = self.service(which) else { return };
        let until = now.after(call.cost);
        let worker = service.idle.pop().unwrap_or_else(|| {
            service.workers.push(None);
            (service.workers.len() - 1) as u32
        });
        service.workers[worker as usize] = Some(Call { until, ..call });
        self.record.call_begins(now, which.number(), now.since(call.since));
        self.at(until, Event::Answer { service: which.number(), worker });
    }

    /// A service's worker is done with a call.
    pub fn answer(&mut self, number: u32, worker: u32) {
        let which = Which::numbered(number);
        let now = self.now;
        let Some(service) = self.service(which) else { return };
        let Some(slot) = service.workers.get_mut(worker as usize) else { return };
        // After an outage the worker may be at a later call.
        let Some(call) = slot.take_if(|call| call.until == now) else { return };
        service.idle.push(worker);
        self.record.call_ends(now, number);
        self.call_next(which);
        if self.waits_for(which, &call) {
            self.answered(which, call.server, call.worker);
        }
    }

    /// The next call whose server still waits.
    fn call_next(&mut self, which: Which) {
        while let Some(call) = self.service(which).and_then(|service| service.queue.pop_front()) {
            if self.waits_for(which, &call) {
                return self.take_up(which, call);
            }
        }
    }

    /// Whether a call's worker still waits for this call.
    fn waits_for(&self, which: Which, call: &Call) -> bool {
        self.servers[call.server as usize].at_work(call.worker).is_some_and(|handshake| {
            handshake.client == call.client
                && handshake.attempt == call.attempt
                && handshake.step == which.step()
        })
    }

    /// A worker may have waited for an answer for as long as it does.
    pub fn overdue(&mut self, server: u32, worker: u32) {
        let Some(handshake) = self.servers[server as usize].at_work(worker).copied() else {
            return;
        };
        let which = match handshake.step {
            Step::Store => Which::Store,
            Step::Login => Which::Login,
            Step::Work | Step::Rebuild => return,
        };
        let now = self.now;
        let timeout = self.service(which).and_then(|service| service.rules.timeout);
        if timeout.is_some_and(|timeout| handshake.since.after(timeout) == now) {
            self.record.call_refused(now, which.number());
            self.unanswered(which, server, worker);
        }
    }

    /// The session store goes out of order, or is back.
    pub fn set_store_up(&mut self, up: bool) {
        self.set_up(Which::Store, up);
    }

    /// The login goes out of order, or is back.
    pub fn set_login_up(&mut self, up: bool) {
        self.set_up(Which::Login, up);
    }

    /// What a service has of calls when it goes out of order fails at once, the longest
    /// waiting first.
    fn set_up(&mut self, which: Which, up: bool) {
        let now = self.now;
        let Some(service) = self.service(which) else { return };
        service.up = up;
        if up {
            return;
        }
        let mut calls: Vec<Call> = service.workers.drain(..).flatten().collect();
        let in_service = calls.len();
        service.idle.clear();
        calls.extend(service.queue.drain(..));
        calls.sort_by_key(|call| call.since);
        for _ in 0..in_service {
            self.record.call_ends(now, which.number());
        }
        for call in calls {
            if self.waits_for(which, &call) {
                self.record.call_refused(now, which.number());
                self.unanswered(which, call.server, call.worker);
            }
        }
    }
}
