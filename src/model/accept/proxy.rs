//! A balancer's own time: each instance does one thing after the other, passing attempts on
//! and tearing connections down. One that tears down 2,000 connections serves nothing else
//! meanwhile, which is what recordings behind HAProxy show.

use crate::engine::{SimDuration, SimTime};
use crate::model::client::Client;
use crate::model::event::Event;
use crate::model::simulation::Simulation;
use crate::model::witness::Witness;
use crate::observe::log::Fact;
use crate::plan::Policy;

/// When each instance has done what it has to do.
#[derive(Clone, Debug)]
pub(super) struct Proxies {
    attempt_cost: SimDuration,
    close_cost: SimDuration,
    /// None where both cost nothing.
    free_at: Vec<SimTime>,
}

impl Proxies {
    /// The idle instances of a policy's balancer; there is none in front of a gateway's servers.
    pub fn new(policy: &Policy) -> Self {
        let (attempt_cost, close_cost) = (policy.balancer.attempt_cost, policy.balancer.close_cost);
        let costs = !(attempt_cost.is_zero() && close_cost.is_zero());
        let instances = if costs && policy.balance.scheme().is_some() {
            policy.balancer.replicas as usize
        } else {
            0
        };
        Self { attempt_cost, close_cost, free_at: vec![SimTime::ZERO; instances] }
    }

    /// Whether there is any whose time counts.
    pub const fn take_time(&self) -> bool {
        !self.free_at.is_empty()
    }

    /// An instance works for so long, after what it has to do already: until when.
    fn work(&mut self, proxy: usize, now: SimTime, cost: SimDuration) -> SimTime {
        let free_at = &mut self.free_at[proxy];
        *free_at = (*free_at).max(now).after(cost);
        *free_at
    }
}

impl<W: Witness> Simulation<'_, W> {
    /// Whether there is a balancer whose own time counts.
    #[inline]
    pub const fn proxies_take_time(&self) -> bool {
        !W::PLAIN && self.accept.proxies.take_time()
    }

    /// An attempt reaches its balancer: whether it has to wait until the balancer passes it
    /// on. Who gives up before that is not passed on, but takes the balancer's time.
    #[inline(never)]
    pub fn waits_for_proxy(
        &mut self,
        place: u32,
        client: &Client,
        resends: u32,
        deadline: SimTime,
    ) -> bool {
        let proxy = self.proxy(client);
        let proxies = &mut self.accept.proxies;
        let cost = proxies.attempt_cost;
        let passed = proxies.work(proxy, self.now, cost);
        self.accept.hold_back(place, passed.since(self.now));
        if passed == self.now {
            return false;
        }
        self.tell_client(place, client, None, Fact::HeldUp { until: passed });
        if passed >= deadline {
            self.schedule_timeout(place, client, deadline);
        } else {
            let attempt = client.attempt;
            self.at(passed, Event::Forward { client: place, attempt, resends });
        }
        true
    }

    /// A client's connection ends: when its balancer has torn it down, and passed that on.
    #[inline]
    pub fn proxy_closes(&mut self, client: &Client) -> SimTime {
        if !self.proxies_take_time() {
            return self.now;
        }
        let proxy = self.proxy(client);
        let cost = self.accept.proxies.close_cost;
        self.accept.proxies.work(proxy, self.now, cost)
    }

    /// The instance that a client's latest attempt went through, also where one scheme stands
    /// for all of them.
    fn proxy(&self, client: &Client) -> usize {
        self.drawn_instance(client, self.accept.proxies.free_at.len() as u32) as usize
    }
}
