//! What is read at the end of each sampling step, and at the end of the run.

use super::client::State;
use super::event::Event;
use super::purpose;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::observe::{Censored, Offline, SeriesId};
use crate::policy::Balance;
use crate::policy::balance::gateway::ReportTimes;
use crate::routing::BackendId;

/// Connections over the ready servers.
#[derive(Clone, Copy, Debug, Default)]
struct Spread {
    servers: u64,
    total: u64,
    busiest: u32,
    squares: f64,
}

/// What a look at every server finds.
#[derive(Clone, Copy, Debug, Default)]
struct Look {
    spread: Spread,
    /// Of the servers that joined after the start.
    joined: Spread,
    /// Busy worker time of the ready servers since the last sample, in nanoseconds.
    busy: u64,
    /// Connections of all servers.
    connected: u64,
    /// Attempts in all accept queues.
    queued: u64,
}

impl Spread {
    /// With one more server.
    fn and(mut self, connections: u32) -> Self {
        self.servers += 1;
        self.total += u64::from(connections);
        self.busiest = self.busiest.max(connections);
        self.squares += f64::from(connections) * f64::from(connections);
        self
    }

    fn mean(self) -> f64 {
        self.total as f64 / self.servers as f64
    }

    /// Max over mean; `None` without servers or connections.
    fn imbalance(self) -> Option<f64> {
        (self.total > 0).then(|| f64::from(self.busiest) / self.mean())
    }

    /// Population standard deviation over mean.
    fn variation(self) -> Option<f64> {
        let mean = self.mean();
        let variance = self.squares / self.servers as f64 - mean * mean;
        (self.total > 0).then(|| variance.max(0.0).sqrt() / mean)
    }
}

/// The servers that report, where all do at one time.
const ALL: u32 = u32::MAX;

/// Max over mean at which a cluster counts as balanced.
const BALANCED: f64 = 1.1;

impl<W: Witness> Simulation<'_, W> {
    fn spread(&self) -> Spread {
        let ready = self.servers.iter().filter(|server| server.is_ready());
        ready.fold(Spread::default(), |spread, server| spread.and(server.connections))
    }

    /// A sampling step ends.
    pub fn sample(&mut self, step: u32) {
        let width = self.record.width(step);
        let Look { spread, joined, busy, connected, queued } = self.look(width.as_nanos());
        let trying = self.record.present.value() - connected;
        let workers = f64::from(self.plan.servers.handshake.workers) * spread.servers as f64;
        let utilisation = if spread.servers == 0 {
            0.0
        } else {
            busy as f64 / (workers * width.as_nanos() as f64)
        };
        let values = [
            (SeriesId::Connected, connected as f64),
            (SeriesId::Trying, trying as f64),
            (SeriesId::Queued, queued as f64),
            (SeriesId::Utilisation, utilisation),
            (SeriesId::ServersReady, spread.servers as f64),
            (SeriesId::Imbalance, spread.imbalance().unwrap_or(1.0)),
            (SeriesId::Busiest, f64::from(spread.busiest)),
            (SeriesId::NewServers, if joined.servers == 0 { 0.0 } else { joined.mean() }),
        ];
        for (id, value) in values {
            self.record.sample(step, id, value);
        }
        if let Some(imbalance) = spread.imbalance() {
            if self.record.counts_until(self.now) {
                self.record.counts.imbalance_time += imbalance * width.as_nanos() as f64;
                self.record.counts.imbalance_span += width.as_nanos();
            }
            let balanced = imbalance <= BALANCED;
            if self.balance.balanced == Some(false) && balanced {
                self.balance.balanced_since = Some(self.now);
            }
            self.balance.balanced = Some(balanced);
        }
        self.sample_messages(step);
        self.record.pass(self.now);
        if step + 1 < self.record.steps() {
            self.at(self.sample_time(step + 1), Event::Sample { step: step + 1 });
        }
    }

    /// Looks at each server once at the end of a step, and records it where every server is.
    fn look(&mut self, width_ns: u64) -> Look {
        let first = self.plan.servers.count as usize;
        let available = f64::from(self.plan.servers.handshake.workers) * width_ns as f64;
        let mut look = Look::default();
        let records = self.record.detail.is_some();
        let size = if records { self.servers.len() } else { 0 };
        let (mut held, mut queued) = (Vec::with_capacity(size), Vec::with_capacity(size));
        let mut shares = Vec::with_capacity(size);
        let servers = self.servers.iter_mut().zip(&mut self.sampled.busy).enumerate();
        for (index, (server, before)) in servers {
            let seen = server.seen(self.now);
            let busy = seen.busy_time - std::mem::replace(before, seen.busy_time);
            look.connected += u64::from(seen.connections);
            look.queued += u64::from(seen.queued);
            if server.is_ready() {
                look.busy += busy;
                look.spread = look.spread.and(seen.connections);
                if index >= first {
                    look.joined = look.joined.and(seen.connections);
                }
            }
            if records {
                held.push(seen.connections);
                queued.push(seen.queued);
                shares.push((busy as f64 / available) as f32);
            }
        }
        if let Some(detail) = &mut self.record.detail {
            detail.connections.push(held);
            detail.queued.push(queued);
            detail.utilisation.push(shares);
        }
        look
    }

    /// The servers will report their loads for the first time: all of them, or the one that is ready.
    pub fn schedule_reports(&mut self, server: Option<u32>) {
        let Balance::Gateway(config) = &self.policy.balance else { return };
        let (server, boots, phase) = match (config.report_times, server) {
            (ReportTimes::Together, None) => (ALL, 0, 1.0),
            (ReportTimes::Apart, Some(server)) => {
                let boots = self.servers[server as usize].boots;
                let draw = self.draws.at(purpose::REPORT, u64::from(server), u64::from(boots));
                (server, boots, draw.unit())
            }
            _ => return,
        };
        let first = self.now.after(config.report_every.scaled(phase));
        self.at(first, Event::Report { server, boots });
    }

    /// A server reports its load, or all do: connections, and attempts inside it.
    pub fn report(&mut self, server: u32, boots: u32) {
        let Balance::Gateway(config) = &self.policy.balance else { return };
        if server != ALL {
            let at = &self.servers[server as usize];
            if !at.is_ready() || at.boots != boots {
                return;
            }
        }
        let those = if server == ALL {
            0..self.servers.len() as u32
        } else {
            server..server.saturating_add(1)
        };
        let round: Vec<(BackendId, u32)> = those
            .map(|index| (index, &self.servers[index as usize]))
            .filter(|(_, at)| at.is_ready())
            .map(|(index, at)| (BackendId::new(index), at.load()))
            .collect();
        self.reports.push_back(round);
        self.at(self.now.after(config.report_every), Event::Report { server, boots });
        if config.report_delay.is_zero() {
            self.reports_arrive();
        } else {
            let round = self.reports.len() as u32;
            self.at(self.now.after(config.report_delay), Event::ReportArrives { round });
        }
    }

    /// The oldest round of reports reaches the gateway.
    pub fn reports_arrive(&mut self) {
        let sent = match &self.policy.balance {
            Balance::Gateway(config) => config.report_delay.as_nanos(),
            _ => 0,
        };
        for (backend, load) in self.reports.pop_front().unwrap_or_default() {
            self.tier.report(backend, load, self.now.as_nanos().saturating_sub(sent));
        }
    }

    /// What is read once, at the end of the run.
    pub fn read_end(&mut self) {
        let spread = self.spread();
        let counts = &mut self.record.counts;
        counts.imbalance_end = spread.imbalance();
        counts.imbalance_cv = spread.variation();
        counts.busiest_end = (spread.servers > 0).then_some(u64::from(spread.busiest));
        let mut newest = self.servers.iter().skip(self.plan.servers.count as usize);
        counts.newest_share = newest
            .rfind(|server| server.is_ready())
            .filter(|_| spread.total > 0)
            .map(|server| f64::from(server.connections) / spread.mean());
        counts.time_to_balance =
            self.balance.changed.zip(self.balance.balanced).map(|(changed, balanced)| {
                let balanced_at = self.balance.balanced_since.unwrap_or(changed);
                if balanced {
                    Censored::At(balanced_at.since(changed).as_secs_f64())
                } else {
                    Censored::Beyond(self.end.since(changed).as_secs_f64())
                }
            });
        if self.owners {
            let connected = self.record.connected.integral(self.end);
            let misplaced = self.record.misplaced.integral(self.end);
            self.record.counts.misplaced =
                (connected > 0).then(|| misplaced as f64 / connected as f64);
        }
        for (place, client) in self.clients.iter() {
            let waits = match client.state {
                State::Trying => true,
                State::Idle => client.offline != Offline::GaveUp,
                State::Absent | State::Connected => false,
            };
            if waits {
                let offline = self.end.since(client.since);
                self.record.counts.in_progress_time += u128::from(offline.as_nanos());
                self.record.counts.beyond_end += u64::from(client.state == State::Idle);
                self.record.still_offline(self.end, client.since, client.offline);
            }
            if client.state != State::Absent {
                self.record.client_ends(self.clients.drops(place));
            }
        }
    }
}
