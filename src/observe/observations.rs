//! What one run leaves behind: totals, series, distributions.

use hdrhistogram::Histogram;

use super::services::Calls;
use super::{LatencyGrid, Messages, Survival};
use crate::engine::{SimDuration, SimTime};

/// What one run of one policy recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Observations {
    /// Totals after the warm-up.
    pub counts: Counts,
    /// Cluster-level series, one value a sampling step, from time 0.
    pub series: Series,
    /// Every server at every step; only for the replication that charts show.
    pub servers: Option<ServerSeries>,
    /// Connects by time and latency, from time 0; only for the replication that charts show.
    pub connects: Option<LatencyGrid>,
    /// Nanoseconds from a client's first attempt after arrival or drop until it is connected.
    pub connect: Histogram<u64>,
    /// Nanoseconds a handshake waited in the accept queue before a worker took it up.
    pub wait: Histogram<u64>,
    /// Nanoseconds from a drop by the cluster until the client is connected again.
    pub recovery: Histogram<u64>,
    /// The times to connect of all, where some were not watched to their end: who left, was still
    /// offline at the end of the run, or gave up.
    pub connect_survival: Option<Survival>,
    /// The same of the dropped.
    pub recovery_survival: Option<Survival>,
    /// How the clients came back after the first disruptive event; `None` when none was dropped.
    pub storm: Option<Recovery>,
    /// Times a client was dropped (only clients dropped at least once), by count.
    pub drops_per_client: Histogram<u64>,
    /// What became of messages; `None` where nobody sends any.
    pub messages: Option<Messages>,
    /// Digest of what the clients drew (arrivals, presence, round trips, work): equal under every policy.
    pub draws_digest: u64,
    /// Digest of every (time, event) of the run that was not foreseen.
    pub event_digest: u64,
    /// Events that happened, those that were foreseen included.
    pub events: u64,
}

/// Totals of a run after its warm-up. Integrals are in client- or server-nanoseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// The span they cover.
    pub span: SimDuration,
    /// Clients that arrived.
    pub arrivals: u64,
    /// Clients that left while connected or trying.
    pub departures: u64,
    /// Connection attempts started.
    pub attempts: u64,
    /// Attempts that opened a connection, as the client sees it.
    pub accepted: u64,
    /// Attempts turned away.
    pub rejected: u64,
    /// Attempts the client gave up on at its time-out.
    pub timed_out: u64,
    /// Attempts cut by a crash, a removal, or because no server was known.
    pub failed: u64,
    /// Attempts that ended because the client left.
    pub abandoned: u64,
    /// Attempts under way at the end, or waited for: of each client who still tries one.
    pub in_progress: u64,
    /// Clients who are present at the end, and wait until after it for their next attempt.
    pub beyond_end: u64,
    /// How long the clients of these two have been offline, summed, in client-nanoseconds.
    pub in_progress_time: u128,
    /// Clients that gave up for good.
    pub given_up: u64,
    /// Handshakes begun.
    pub handshakes: u64,
    /// Handshakes that found a worker idle.
    pub handshakes_without_wait: u64,
    /// Handshakes completed (or cut short) for a client that had gone: dead work.
    pub dead_handshakes: u64,
    /// Connections ended by the cluster: closes, resets, crashes.
    pub dropped: u64,
    /// Of these, closed by the rebalancing rule.
    pub moved: u64,
    /// Connections of the servers that left, at the membership changes: they move whatever the
    /// rebalancing rule does, and are no part of `moved`.
    pub displaced: u64,
    /// The fewest connections that had to move for the fair share, those of servers that left
    /// among them, summed over membership changes.
    pub moved_minimum: f64,
    /// Open connections at the membership changes, summed: what `moved` and `displaced` are
    /// fractions of.
    pub moved_of: u64,
    /// Distinct clients dropped at least once.
    pub clients_dropped: u64,
    /// Integral of clients present.
    pub present_time: u128,
    /// Integral of clients connected.
    pub connected_time: u128,
    /// Integral of attempts waiting in accept queues.
    pub queued_time: u128,
    /// Integral of busy handshake workers.
    pub busy_time: u128,
    /// Integral of handshake workers on ready servers.
    pub worker_time: u128,
    /// Integral of the servers that exist: booting, ready and draining ones.
    pub server_time: u128,
    /// Most servers at once.
    pub peak_servers: u32,
    /// Attempts in the busiest second.
    pub peak_attempts: u64,
    /// Time during which some accept queue was full.
    pub saturated_time: u64,
    /// Integral of max/mean connections over ready servers, in units of 1 x ns.
    pub imbalance_time: f64,
    /// Time over which `imbalance_time` was integrated (there were ready servers and connections).
    pub imbalance_span: u64,
    /// Max/mean connections over ready servers at the end.
    pub imbalance_end: Option<f64>,
    /// Population coefficient of variation of connections over ready servers at the end.
    pub imbalance_cv: Option<f64>,
    /// Connections on the busiest ready server at the end.
    pub busiest_end: Option<u64>,
    /// Connections on the newest server over the mean at the end; only when a server joined.
    pub newest_share: Option<f64>,
    /// Seconds from the last membership change until max/mean stays at or below 1.1.
    pub time_to_balance: Option<Censored>,
    /// Share of open connections that are not on their key's owner, time average; schemes with owners only.
    pub misplaced: Option<f64>,
    /// Attempts placed on a server that was not in service.
    pub stale_placements: u64,
    /// Servers killed because they failed their liveness probe.
    pub liveness_kills: u64,
    /// Time during which not all instances of the balancing tier knew the same servers.
    pub disagreement_time: u64,
    /// Connections that opened with their client's session; `None` where no state is kept.
    pub resumed: Option<u64>,
    /// Servers killed because they ran out of memory.
    pub memory_kills: u64,
    /// Most bytes that a server's memory held; `None` where it is not counted.
    pub memory_peak: Option<u64>,
    /// Attempts that waited in line at a server's gate or at the gateway, and went on.
    pub line_left: u64,
    /// Nanoseconds that they had waited there, summed.
    pub line_waited: u128,
    /// Tries of a balancer after a server's refusal.
    pub balancer_retries: u64,
    /// Calls to the session store.
    pub store: Calls,
    /// Calls to the login.
    pub login: Calls,
    /// Whether the balancing tier learns of changes late.
    pub is_told_late: bool,
    /// Whether the instances of the balancing tier may know different servers.
    pub may_disagree: bool,
    /// Whether servers have a liveness probe.
    pub is_probed: bool,
}

/// A time that may have been cut off by the end of the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Censored {
    /// It happened after so many seconds.
    At(f64),
    /// It had not happened when the run ended, so many seconds on.
    Beyond(f64),
}

/// How clients came back after the first disruptive event.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovery {
    /// The event.
    pub trigger: SimTime,
    /// Connections that were dropped from then on.
    pub dropped: u64,
    /// From the trigger until 99% of the dropped were back (or had left).
    pub time: Censored,
}

/// The cluster-level series.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum SeriesId {
    /// Clients connected at the step's end.
    Connected,
    /// Clients present but not connected at the step's end.
    Trying,
    /// Attempts started per second.
    Attempts,
    /// Attempts that opened, per second.
    Accepted,
    /// Attempts turned away or cut, per second.
    Rejected,
    /// Attempts timed out, per second.
    TimedOut,
    /// Connections dropped by the cluster, per second.
    Dropped,
    /// Attempts in accept queues at the step's end.
    Queued,
    /// Share of the handshake workers of ready servers that worked, over the step.
    Utilisation,
    /// Servers ready at the step's end.
    ServersReady,
    /// Max/mean connections over ready servers at the step's end.
    Imbalance,
    /// Connections on the busiest ready server at the step's end.
    Busiest,
    /// Mean connections over the servers that joined after the start, at the step's end (0 before).
    NewServers,
    /// Messages published, per second. This and what follows: only where there are messages.
    Publishes,
    /// Copies of them sent to servers, per second.
    Copies,
    /// Messages written to connections, per second, at the time of their publish.
    Delivered,
    /// Messages lost, times their recipients, per second, when that is certain: at their publish,
    /// or, where a history may have them, when the recipient comes back, leaves, or the run ends.
    #[serde(rename = "missed")]
    Lost,
    /// Publishes at the broker, waiting and in service, at the step's end.
    BrokerQueue,
    /// Share of the CPUs of ready servers that messages took over the step.
    MessageShare,
}

impl SeriesId {
    /// All of them, in the order of result files.
    pub const ALL: [Self; 19] = [
        Self::Connected,
        Self::Trying,
        Self::Attempts,
        Self::Accepted,
        Self::Rejected,
        Self::TimedOut,
        Self::Dropped,
        Self::Queued,
        Self::Utilisation,
        Self::ServersReady,
        Self::Imbalance,
        Self::Busiest,
        Self::NewServers,
        Self::Publishes,
        Self::Copies,
        Self::Delivered,
        Self::Lost,
        Self::BrokerQueue,
        Self::MessageShare,
    ];

    /// Whether only runs with messages have it.
    pub const fn is_of_messages(self) -> bool {
        self as usize >= Self::Publishes as usize && self as usize <= Self::MessageShare as usize
    }

    /// Its name in result files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Trying => "trying",
            Self::Attempts => "attempts_per_s",
            Self::Accepted => "accepted_per_s",
            Self::Rejected => "rejected_per_s",
            Self::TimedOut => "timed_out_per_s",
            Self::Dropped => "dropped_per_s",
            Self::Queued => "queued",
            Self::Utilisation => "utilisation",
            Self::ServersReady => "servers_ready",
            Self::Imbalance => "imbalance",
            Self::Busiest => "busiest",
            Self::NewServers => "new_servers_mean",
            Self::Publishes => "publishes_per_s",
            Self::Copies => "copies_per_s",
            Self::Delivered => "delivered_per_s",
            Self::Lost => "lost_per_s",
            Self::BrokerQueue => "broker_queue",
            Self::MessageShare => "message_share",
        }
    }
}

/// Cluster-level series of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Width of a step.
    pub step: SimDuration,
    /// One row for each of [`SeriesId::ALL`]; those of messages are empty where there are
    /// none, all others have the same length. Row
    /// values at index i belong to the step that ends at (i + 1) x step.
    pub rows: Vec<Vec<f64>>,
}

impl Series {
    /// The values of one series.
    pub fn row(&self, id: SeriesId) -> &[f64] {
        &self.rows[id as usize]
    }
}

/// Every server at every sampling step of one run.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ServerSeries {
    /// The servers, in order of birth.
    pub lives: Vec<ServerLife>,
    /// Connections, step by step: `connections[step][server]`; shorter rows while fewer servers had been born.
    pub connections: Vec<Vec<u32>>,
    /// Attempts in the accept queue, likewise.
    pub queued: Vec<Vec<u32>>,
    /// Share of the handshake workers that worked during the step, likewise.
    pub utilisation: Vec<Vec<f32>>,
}

/// What a server is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerState {
    /// It starts, or waits for its turn to start.
    Booting,
    /// It takes connections.
    Ready,
    /// It is about to leave.
    Draining,
    /// It died and will come back.
    Down,
}

impl ServerState {
    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Booting => "booting",
            Self::Ready => "ready",
            Self::Draining => "draining",
            Self::Down => "down",
        }
    }
}

/// When a server lived.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ServerLife {
    /// s1, s2, ...
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// When it first became ready; 0 for the first servers, [`SimTime::NEVER`] while it boots.
    pub born: SimTime,
    /// When it began to drain; [`SimTime::NEVER`] if it did not, or is back.
    pub drains: SimTime,
    /// When it left or died; [`SimTime::NEVER`] if it did not.
    pub gone: SimTime,
    /// Whether it died (rather than was removed).
    pub crashed: bool,
    /// From when on it was in which other state, in order of time, without what `born`,
    /// `drains` and `gone` say: empty for a server that is ready at once and stays so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<(SimTime, ServerState)>,
}

impl ServerLife {
    /// When it was there first, booting or ready.
    pub fn starts(&self) -> SimTime {
        self.changes.first().map_or(self.born, |(at, _)| self.born.min(*at))
    }

    /// What it does at a time between its start and its end.
    pub fn state_at(&self, at: SimTime) -> ServerState {
        if self.drains <= at {
            return ServerState::Draining;
        }
        let last = self.changes.iter().rev().find(|(since, _)| *since <= at);
        last.map_or(ServerState::Ready, |(_, state)| *state)
    }

    /// Another state begins.
    pub fn becomes(&mut self, state: ServerState, now: SimTime) {
        if self.drains != SimTime::NEVER {
            // A server that drained comes back: what was its last state is one of several.
            let drained = std::mem::replace(&mut self.drains, SimTime::NEVER);
            self.changes.push((drained, ServerState::Draining));
        }
        if state == ServerState::Draining {
            self.drains = now;
        } else if state != ServerState::Ready || !self.changes.is_empty() {
            self.changes.push((now, state));
        }
    }
}
