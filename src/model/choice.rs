//! Which servers an event or an autoscaler takes.

use super::purpose;
use super::server::{Server, Stage};
use super::simulation::Simulation;
use super::witness::Witness;
use crate::plan::Which;
use crate::policy::termination::{Candidate, Pick};
use crate::routing::{BackendId, Membership};

impl<W: Witness> Simulation<'_, W> {
    /// The servers that a crash takes, in order of birth: of a zone, or of those named, all
    /// that there are, whether they boot, are ready, drain or are down already; otherwise of
    /// those that are ready.
    pub fn struck(&self, event: u32, which: &Which) -> Vec<u32> {
        match which {
            Which::Servers(_) | Which::Zone(_) => {
                self.chosen(event, which, |server| server.stage != Stage::Gone)
            }
            _ => self.victims(event, which),
        }
    }

    /// The servers that an event hits, of those that are ready; in order of birth.
    /// `event` tells random choices of one another.
    pub fn victims(&self, event: u32, which: &Which) -> Vec<u32> {
        self.chosen(event, which, Server::is_ready)
    }

    /// The servers that leave, of those that are ready or on their way to it; in order of birth.
    pub fn leaving(&self, event: u32, which: &Which) -> Vec<u32> {
        self.chosen(event, which, Server::is_wanted)
    }

    fn chosen(&self, event: u32, which: &Which, may_be: impl Fn(&Server) -> bool) -> Vec<u32> {
        let mut chosen: Vec<u32> = (0..self.servers.len() as u32)
            .filter(|server| may_be(&self.servers[*server as usize]))
            .collect();
        let luck = |server: &u32| {
            self.draws.at(purpose::VICTIM, u64::from(event), u64::from(*server)).bits()
        };
        let held = |server: &u32| self.servers[*server as usize].connections;
        let count = match which {
            Which::Newest(count) => {
                chosen.drain(..chosen.len().saturating_sub(*count as usize));
                *count
            }
            Which::Oldest(count) => *count,
            Which::Random(count) => {
                chosen.sort_by_key(luck);
                *count
            }
            Which::Fewest(count) => {
                chosen.sort_by_key(|server| (held(server), luck(server)));
                *count
            }
            Which::Most(count) => {
                chosen.sort_by_key(|server| (u32::MAX - held(server), luck(server)));
                *count
            }
            Which::Cheapest(count) => {
                let shares = self.owned_shares();
                chosen.sort_by(|a, b| {
                    let share = |server: &u32| shares.get(*server as usize).copied().unwrap_or(0.0);
                    let by_share = share(a).total_cmp(&share(b));
                    by_share.then((held(a), luck(a)).cmp(&(held(b), luck(b))))
                });
                *count
            }
            Which::ReplicaSet(count) => {
                chosen = self.ordered(Pick::ReplicaSet, &chosen, luck);
                *count
            }
            Which::Aws(count) => {
                chosen = self.ordered(Pick::AutoScalingGroup, &chosen, luck);
                *count
            }
            Which::Servers(named) => {
                chosen.retain(|server| named.contains(server));
                u32::MAX
            }
            Which::Zone(zone) => {
                chosen.retain(|server| self.servers[*server as usize].zone == *zone);
                u32::MAX
            }
        };
        chosen.truncate(count as usize);
        chosen.sort_unstable();
        chosen
    }

    /// Old servers in the order in which a `ReplicaSet` deletes them; chance by deploy.
    pub fn in_replica_set_order(&self, servers: &[u32]) -> Vec<u32> {
        let deploy = u64::from(self.generation);
        self.ordered(Pick::ReplicaSet, servers, |server| {
            self.draws.at(purpose::DEPLOY_VICTIM, deploy, u64::from(*server)).bits()
        })
    }

    /// The servers in the order in which a controller takes them.
    pub fn ordered(&self, pick: Pick, servers: &[u32], luck: impl Fn(&u32) -> u64) -> Vec<u32> {
        let mut candidates: Vec<Candidate> = servers
            .iter()
            .map(|server| {
                let at = &self.servers[*server as usize];
                // Those of the start have been there for long.
                let during = |time| (time > crate::engine::SimTime::ZERO).then_some(time);
                Candidate {
                    id: *server,
                    zone: at.zone,
                    ready: at.is_ready(),
                    ready_since: during(at.ready_since).filter(|_| at.is_ready()),
                    born: during(at.born),
                    version: at.generation,
                    connections: at.connections,
                    chance: luck(server),
                }
            })
            .collect();
        pick.sort(self.now, &mut candidates);
        candidates.iter().map(|candidate| candidate.id).collect()
    }

    /// The share of the keys that each server owns, by index: what changes owner when it
    /// leaves. Empty where keys have no owners.
    fn owned_shares(&self) -> Vec<f64> {
        if !self.owners {
            return Vec::new();
        }
        let share = |server: usize| {
            if !self.servers[server].is_ready() {
                return 0.0;
            }
            let mut without: Membership = self.membership.clone();
            without.leave(BackendId::new(server as u32));
            self.tier.moved_share(&without)
        };
        (0..self.servers.len()).map(share).collect()
    }
}
