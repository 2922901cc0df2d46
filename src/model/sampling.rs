//! What is read at the end of each sampling step, and at the end of the run.

use super::event::Event;
use super::simulation::Simulation;
use crate::observe::{Censored, SeriesId};
use crate::policy::Balance;
use crate::routing::BackendId;

/// Connections over the ready servers.
#[derive(Clone, Copy, Debug, Default)]
struct Spread {
    servers: u64,
    total: u64,
    busiest: u32,
    squares: f64,
}

impl Spread {
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

/// Max over mean at which a cluster counts as balanced.
const BALANCED: f64 = 1.1;

impl Simulation<'_> {
    fn spread(&self) -> Spread {
        self.servers.iter().filter(|server| server.is_ready()).fold(
            Spread::default(),
            |mut spread, server| {
                spread.servers += 1;
                spread.total += u64::from(server.connections);
                spread.busiest = spread.busiest.max(server.connections);
                spread.squares += f64::from(server.connections) * f64::from(server.connections);
                spread
            },
        )
    }

    /// A sampling step ends.
    pub fn sample(&mut self, step: u32) {
        let spread = self.spread();
        let width = self.record.width(step);
        let connected = self.record.connected.value();
        let trying = self.record.present.value() - connected;
        let utilisation = self.utilisation(width.as_nanos());
        let values = [
            (SeriesId::Connected, connected as f64),
            (SeriesId::Trying, trying as f64),
            (SeriesId::Queued, self.record.queued.value() as f64),
            (SeriesId::Utilisation, utilisation),
            (SeriesId::ServersReady, spread.servers as f64),
            (SeriesId::Imbalance, spread.imbalance().unwrap_or(1.0)),
            (SeriesId::Busiest, f64::from(spread.busiest)),
            (SeriesId::NewServers, self.new_servers()),
        ];
        for (id, value) in values {
            self.record.sample(step, id, value);
        }
        if let Some(imbalance) = spread.imbalance() {
            if self.record.counts_at(self.now) {
                self.record.counts.imbalance_time += imbalance * width.as_nanos() as f64;
                self.record.counts.imbalance_span += width.as_nanos();
            }
            let balanced = imbalance <= BALANCED;
            self.balance.balanced = Some(balanced);
            if !balanced {
                self.balance.last_unbalanced = Some(self.now);
            }
        }
        self.sample_messages(step);
        if step + 1 < self.record.steps() {
            self.at(self.sample_time(step + 1), Event::Sample { step: step + 1 });
        }
    }

    /// Mean connections of the servers that joined after the start.
    fn new_servers(&self) -> f64 {
        let first = self.plan.servers.count as usize;
        let joined = self.servers.iter().skip(first).filter(|server| server.is_ready());
        let (count, total) = joined.fold((0_u32, 0_u64), |(n, total), server| {
            (n + 1, total + u64::from(server.connections))
        });
        if count == 0 { 0.0 } else { total as f64 / f64::from(count) }
    }

    /// Share of the ready servers' workers that worked since the last sample; per
    /// server too, where every server is recorded.
    fn utilisation(&mut self, width_ns: u64) -> f64 {
        let workers = f64::from(self.plan.servers.handshake.workers);
        let mut busy_total = 0_u64;
        let mut ready = 0_u32;
        let mut shares = Vec::new();
        for (server, before) in self.servers.iter_mut().zip(&mut self.sampled.busy) {
            server.account(self.now);
            let busy = server.busy_time - std::mem::replace(before, server.busy_time);
            if server.is_ready() {
                busy_total += busy;
                ready += 1;
            }
            if self.record.detail.is_some() {
                shares.push((busy as f64 / (workers * width_ns as f64)) as f32);
            }
        }
        if let Some(detail) = &mut self.record.detail {
            detail.connections.push(self.servers.iter().map(|server| server.connections).collect());
            detail
                .queued
                .push(self.servers.iter().map(|server| server.queue.len() as u32).collect());
            detail.utilisation.push(shares);
        }
        if ready == 0 {
            0.0
        } else {
            busy_total as f64 / (workers * f64::from(ready) * width_ns as f64)
        }
    }

    /// Every server reports its load: connections, and attempts inside it.
    pub fn report(&mut self) {
        let Balance::Gateway(config) = &self.policy.balance else { return };
        let round: Vec<(BackendId, u32)> = (0_u32..)
            .zip(&self.servers)
            .filter(|(_, server)| server.is_ready())
            .map(|(index, server)| {
                (BackendId::new(index), server.connections.saturating_add(server.pending()))
            })
            .collect();
        self.reports.push_back(round);
        self.at(self.now.after(config.report_every), Event::Report);
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
                let balanced_at = self.balance.last_unbalanced.unwrap_or(changed);
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
            if client.state != super::client::State::Absent {
                self.record.client_ends(self.clients.drops(place));
            }
        }
    }
}
