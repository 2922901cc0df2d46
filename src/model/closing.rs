//! Closing connections to move them: who, in what order, how fast.

use super::client::{Client, State};
use super::event::Event;
use super::presence::Drop;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::{SimDuration, SimTime};
use crate::observe::log::Fact;
use crate::policy::Rebalance;
use crate::routing::{BackendId, Excess, Holding, KeyHash, Order, excess};

/// A connection to be closed, in the order of closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Victim {
    server: u32,
    rank: u64,
    place: u32,
    attempt: u32,
}

impl<W: Witness> Simulation<'_, W> {
    /// Closes every connection for which `closes(place, owner, server)` holds.
    pub fn close_where(&mut self, closes: impl Fn(u32, Option<BackendId>, BackendId) -> bool) {
        let owners = self.owners;
        let victims: Vec<Victim> = self
            .clients
            .connected()
            .filter(|(place, client)| {
                let server = self.clients.server(*place);
                // One that drains closes all by its own plan.
                if !self.servers[server as usize].is_ready() {
                    return false;
                }
                let owner = owners.then(|| self.tier.owner(self.key(client).bytes())).flatten();
                closes(*place, owner, BackendId::new(server))
            })
            .map(|(place, client)| self.victim(place, &client))
            .collect();
        self.assign(victims);
    }

    /// A draining server closes everything, so many each time.
    pub fn close_server(&mut self, server: u32, interval: SimDuration, batch: u32) {
        let mut victims: Vec<Victim> = self
            .clients
            .connected()
            .filter(|(place, _)| self.clients.server(*place) == server)
            .map(|(place, client)| self.victim(place, &client))
            .collect();
        victims.sort_unstable();
        let at = &mut self.servers[server as usize];
        at.closing.clear();
        at.closing.extend(victims.iter().rev().map(|victim| (victim.place, victim.attempt)));
        at.closing_interval = interval;
        at.closing_batch = batch;
        at.closing_list += 1;
        at.next_close = self.now;
        let list = at.closing_list;
        if !victims.is_empty() {
            self.tell_server(server, Fact::Closes { count: victims.len() as u32 });
        }
        if interval.is_zero() {
            self.close_all(server);
        } else if !victims.is_empty() {
            self.at(self.now, Event::Close { server, list });
        }
    }

    /// Servers compare their loads, and those too far above the fair share shed.
    pub fn check(&mut self) {
        let Rebalance::Shed(config) = &self.policy.rebalance else { return };
        self.at_before_end(self.now.after(config.check_every), Event::Check);
        let mut loads: Vec<Holding> = (0_u32..)
            .zip(&self.servers)
            .filter(|(_, server)| server.is_ready())
            .map(|(index, server)| Holding {
                backend: BackendId::new(index),
                connections: server.connections,
                weight: server.weight,
            })
            .collect();
        let is_haunted =
            config.ghosts_until.is_none_or(|until| self.now < SimTime::ZERO.after(until));
        if is_haunted && !loads.is_empty() {
            // They drag the fair share down, and hold nothing that could be closed.
            let ids = (self.servers.len() as u32..).take(config.ghosts as usize);
            loads.extend(ids.map(|id| Holding {
                backend: BackendId::new(id),
                connections: 0,
                weight: 1,
            }));
        }
        let mut wanted = vec![0_usize; self.servers.len()];
        for Excess { backend, close } in excess(&loads, config.tolerance.as_f64(), config.minimum) {
            wanted[backend.index()] = close as usize;
        }
        self.keep_lists_under_way(&mut wanted);
        if wanted.iter().all(|count| *count == 0) {
            return;
        }
        let mut victims: Vec<Victim> = self
            .clients
            .connected()
            .filter(|(place, _)| wanted[self.clients.server(*place) as usize] > 0)
            .map(|(place, client)| self.victim(place, &client))
            .collect();
        victims.sort_unstable();
        victims.retain(|victim| {
            let wanted = &mut wanted[victim.server as usize];
            let chosen = *wanted > 0;
            *wanted = wanted.saturating_sub(1);
            chosen
        });
        self.assign(victims);
    }

    /// A server that is still closing goes on with its list, cut to what is wanted now.
    fn keep_lists_under_way(&mut self, wanted: &mut [usize]) {
        for (server, wanted) in self.servers.iter_mut().zip(wanted) {
            if server.closing.is_empty() || !server.is_ready() {
                continue;
            }
            let surplus = server.closing.len().saturating_sub(*wanted);
            // The next to be closed stand at the end.
            server.closing.drain(..surplus);
            *wanted = 0;
        }
    }

    fn victim(&self, place: u32, client: &Client) -> Victim {
        let pacing = self.policy.rebalance.pacing();
        let order = pacing.map_or(Order::Random, |pacing| pacing.order.rule());
        let key = KeyHash::of(self.key(client).bytes());
        let rank = order.rank(key, client.since.as_nanos());
        Victim { server: self.clients.server(place), rank, place, attempt: client.attempt }
    }

    /// Gives every server its list of closes, in place of the one that it had.
    fn assign(&mut self, mut victims: Vec<Victim>) {
        victims.sort_unstable();
        for list in victims.chunk_by(|a, b| a.server == b.server) {
            let server = list[0].server;
            let interval = self.interval(server);
            self.tell_server(server, Fact::Closes { count: list.len() as u32 });
            let at = &mut self.servers[server as usize];
            at.closing.clear();
            at.closing.extend(list.iter().rev().map(|victim| (victim.place, victim.attempt)));
            at.closing_interval = interval;
            at.closing_batch = 1;
            at.closing_counts = true;
            at.closing_list += 1;
            let (first, list) = (at.next_close.max(self.now), at.closing_list);
            if interval.is_zero() {
                self.close_all(server);
            } else {
                self.at(first, Event::Close { server, list });
            }
        }
    }

    /// The time between two closes of a server.
    fn interval(&self, server: u32) -> SimDuration {
        if let Rebalance::Shed(config) = &self.policy.rebalance
            && let Some(fraction) = config.fraction_per_second
        {
            let held = f64::from(self.servers[server as usize].connections);
            return SimDuration::from_secs_f64(1.0 / (fraction.as_f64() * held));
        }
        let pace = self.policy.rebalance.pacing().and_then(|pacing| pacing.pace);
        pace.map_or(SimDuration::ZERO, crate::engine::Rate::interval)
    }

    fn close_all(&mut self, server: u32) {
        while self.close_one(server) {}
    }

    /// Closes the next connection of a server's list that is still there; false if none is.
    fn close_one(&mut self, server: u32) -> bool {
        let why = match &self.servers[server as usize].drain {
            Some(drain) => Drop::of(drain),
            None => Drop::Moved(self.policy.rebalance.pacing().and_then(|pacing| pacing.hint)),
        };
        while let Some((place, attempt)) = self.servers[server as usize].closing.pop() {
            let client = self.clients.get(place);
            if client.state == State::Connected && client.attempt == attempt {
                self.drop_connection(place, why);
                return true;
            }
        }
        false
    }

    /// A server's pace allows its next close.
    pub fn close_next(&mut self, server: u32, list: u32) {
        for _ in 0..self.servers[server as usize].closing_batch {
            if self.servers[server as usize].closing_list != list || !self.close_one(server) {
                return;
            }
        }
        let at = &mut self.servers[server as usize];
        at.next_close = self.now.after(at.closing_interval);
        let next = at.next_close;
        if !at.closing.is_empty() {
            self.at(next, Event::Close { server, list });
        }
    }
}
