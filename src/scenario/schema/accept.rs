//! How connections are accepted: gates, hints, memory, session state, login.

use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::{ShortOr, Stateless, Unlimited, WordOr};
use super::law::Law;
use crate::engine::units::{Bytes, Fraction};
use crate::engine::{Rate, SimDuration};
use crate::policy::RetryAfter;

/// When a client's kernel sends a SYN again that got no answer, and when it gives up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SynRetries {
    /// Linux 6.5 and later: after 1, 2, 3, 4, 5, 7, 11, 19, 35 and 67 s; gives up at 131 s.
    #[default]
    Linux,
    /// Linux before 6.5 and RFC 6298: after 1, 3, 7, 15, 31 and 63 s; gives up at 127 s.
    LinuxOld,
    /// Windows: after 3 and 9 s; gives up at 21 s.
    Windows,
    /// macOS and iOS: after 1, 2, 3, 4, 5, 7, 11, 19, 35 and 67 s; gives up at 75 s.
    #[serde(rename = "macos")]
    MacOs,
}

/// A browser whose own throttle of new WebSockets comes on top of the library's back-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Browser {
    /// Chrome: a delay that grows with the failures of the last 2 to 4 minutes, up to 1 to 5 s.
    Chrome,
    /// Firefox: 200 to 400 ms after a failure, x 1.5 for each further one, up to 60 s.
    Firefox,
}

/// What happens to an attempt that finds the accept queue full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// It is turned away: the client knows after a round trip.
    #[default]
    Reject,
    /// Its first packet is lost: the client's kernel sends it again (see `syn_retries` of the clients).
    Drop,
}

/// The same, with what is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FullRule {
    /// It is turned away: the client knows after a round trip.
    Reject(Rejection),
}

/// What a server tells those that it turns away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// When to come again; without it the client's library decides. It goes with a full
    /// accept queue and with `max_connections`.
    pub retry_after: Option<RetryAfter>,
}

/// Either form.
pub type FullOrRule = ShortOr<WhenFull, FullRule>;

/// A gate in front of each server's accept queue: exactly one of `at_once` and `rate`. Those
/// that it does not let through wait in line, and are closed when they have waited too long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["at_once"]}, {"required": ["rate"]}]))]
pub struct Admit {
    /// At most so many in the accept queue and in service together; 1 or more.
    pub at_once: Option<u64>,
    /// So many a second: a token bucket.
    pub rate: Option<Rate>,
    /// With `rate`: how many at once after a pause; 1 by default.
    pub burst: Option<u64>,
    /// How long one waits in line before it is closed; `"30s"` by default.
    pub wait: Option<SimDuration>,
    /// How many may wait in line; unlimited by default.
    pub queue: Option<WordOr<Unlimited, u64>>,
    /// The close code, 1000 to 4999; 1013 (try again later) by default.
    pub code: Option<u64>,
    /// What the close tells the client; without it its library decides.
    pub retry_after: Option<RetryAfter>,
}

/// A server that holds too many connections takes no new ones until its next check.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Readiness {
    /// So many times the mean over the ready servers (for its weight); 1 or more.
    pub refuse_above: f64,
    /// From one check to the next; `"10s"` by default.
    pub check_every: Option<SimDuration>,
    /// Whether the server itself turns away what reaches it all the same; it does by
    /// default. Without, it only tells the balancing tier, as a failing readiness probe does.
    pub rejects: Option<bool>,
    /// What it tells those that it turns away; without it their library decides.
    pub retry_after: Option<RetryAfter>,
}

/// What a server's memory is used for.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Without connections; nothing by default.
    #[serde(default)]
    pub base: Bytes,
    /// For each open connection.
    pub per_connection: Bytes,
    /// Above so much the server is killed (out of memory); never by default.
    pub limit: Option<Bytes>,
}

/// What is kept of a client between two connections: `"none"` by default.
pub type StateRule = WordOr<Stateless, SessionState>;

/// Where sessions live.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SessionState {
    /// In the server that held the connection: only a client that comes back to the same
    /// one, alive since, resumes.
    Local(LocalState),
    /// In a store that every server asks: a client resumes wherever it comes back.
    External(ExternalState),
}

/// Sessions in the servers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalState {
    /// For how long after a drop a session is kept.
    pub resume_window: SimDuration,
    /// Work of a handshake that resumes, in place of `servers.handshake.cost`; the same by default.
    pub resumed_cost: Option<Law>,
    /// Work that a handshake without a session adds; nothing by default.
    pub rebuild_cost: Option<Law>,
}

/// Sessions in a store.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalState {
    /// For how long after a drop a session is kept.
    pub resume_window: SimDuration,
    /// Work of a handshake that resumes, in place of `servers.handshake.cost`; the same by default.
    pub resumed_cost: Option<Law>,
    /// Work that a handshake without a session adds; nothing by default. One that hoped for
    /// the store in vain does it after its first work, with the full cost.
    pub rebuild_cost: Option<Law>,
    /// Time of one call in service.
    pub latency: Law,
    /// Calls that the store serves at once; 64 by default.
    pub workers: Option<u64>,
    /// Calls that may wait; unlimited by default. One more fails at once.
    pub queue: Option<WordOr<Unlimited, u64>>,
    /// How long a handshake waits for an answer; for ever by default.
    pub timeout: Option<SimDuration>,
}

/// A service of the whole fleet that every handshake that resumes nothing asks: it holds its
/// worker meanwhile, and is turned away when the service is out, full or too slow.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Calls that it serves at once; 1 or more.
    pub workers: u64,
    /// Time of one call in service.
    pub cost: Law,
    /// Calls that may wait; unlimited by default. One more fails at once.
    pub queue: Option<WordOr<Unlimited, u64>>,
    /// How long a handshake waits for the answer; for ever by default. What the
    /// service has begun it does all the same; a call that still waits there is passed over.
    pub timeout: Option<SimDuration>,
}

/// How the share of a new server grows. It goes with balance rules that place by weight
/// alone: `round_robin`, `random`, `least_connections` and `power_of_two`; others ignore it.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SlowStart {
    /// In proportion to the time since it joined (HAProxy, AWS ALB).
    Linear {
        /// Until it has its whole weight.
        window: SimDuration,
    },
    /// Envoy's formula: `max(min_weight, (t / window)^(1 / aggression))`.
    Envoy {
        /// Until it has its whole weight.
        window: SimDuration,
        /// 1 (linear) by default; more is faster at first.
        aggression: Option<f64>,
        /// Least share of its weight; 0.1 by default.
        min_weight: Option<Fraction>,
    },
}

/// The balancer tries again when a server refuses a connection: nobody listens there, or it is full,
/// or not ready. Silence is no refusal.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retries {
    /// How often, 1 to 100; 3 by default.
    pub count: Option<u64>,
    /// From a refusal to the next try; `"1s"` by default, as HAProxy waits.
    pub after: Option<SimDuration>,
    /// Whether it tries another server; it does by default.
    pub redispatch: Option<bool>,
}
