//! Who comes, when and for how long.

use schemars::JsonSchema;
use serde::Deserialize;

use super::accept::{Browser, SynRetries};
use super::forms::{Never, Nobody, OneOrMany, ShortOr, Steady, WordOr};
use super::law::{Law, Shape};
use super::reconnect::Reconnect;
use crate::engine::units::Fraction;
use crate::engine::{Rate, SimDuration};

/// A group of clients: those connected at the start, and those that come.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The group's name; needed in a list of groups, and only there.
    pub name: Option<String>,
    /// A remark for people.
    pub description: Option<String>,
    /// How many hold a connection at the start; 0 by default. What is left of
    /// their presence is drawn from its equilibrium.
    #[serde(default)]
    pub connected: u64,
    /// How more of them come; nobody by default. Several in a list add up.
    pub arrivals: Option<WordOr<Nobody, OneOrMany<Arrivals>>>,
    /// How long a client wants to be connected, whatever the cluster does.
    pub presence: Law,
    /// Round-trip time to the servers, drawn once per client; by default
    /// log-normal with median 40 ms and sigma 0.5. At most 4.29 s: what a law draws above
    /// that is cut to it, and no more than one in a hundred may be.
    pub rtt: Option<Law>,
    /// Round trips of one connection attempt: 3 by default, for TCP, TLS 1.3 and the upgrade.
    pub round_trips: Option<u64>,
    /// How long a client waits for an attempt to end, drawn per attempt, or
    /// `"never"` to wait for ever; by default what the library of the reconnect preset
    /// does, and `"10s"` where `reconnect` names none.
    pub connect_timeout: Option<ShortOr<WordOr<Never, SimDuration>, Shape>>,
    /// The network between these clients and the cluster, in place of the scenario's.
    pub network: Option<Network>,
    /// When a client's kernel sends a SYN again that the network lost or a full server dropped;
    /// `"linux"` by default.
    #[serde(default)]
    pub syn_retries: SynRetries,
    /// The browser that the clients run in, one process each; none by default.
    pub browser: Option<Browser>,
    /// How a client comes back after a drop or a failed attempt: `"socket.io"` by default.
    pub reconnect: Option<Reconnect>,
    /// How either side notices a connection that was lost silently; by default what the
    /// library of the reconnect preset does, and 30 s and 30 s where that is not known.
    pub heartbeat: Option<Heartbeat>,
}

/// A network that loses packets.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The share of a connection attempt's packets that is lost, each way: at most 0.5, and 0 by
    /// default. A SYN is sent again as `syn_retries` says; what follows after a time-out of one
    /// round trip and two more, or 200 ms if that is longer, doubled each time. Whether an open
    /// connection is lost is for `events` to say.
    pub loss: Option<Fraction>,
}

/// Pings over an open connection.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// From one ping to the next.
    pub interval: SimDuration,
    /// How long after the ping that is missing the other side counts as dead.
    pub timeout: SimDuration,
}

/// A way to come: exactly one of these.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Arrivals {
    /// At random, at a constant mean rate.
    Poisson {
        /// The mean rate, or `"steady"`.
        rate: WordOr<Steady, Rate>,
    },
    /// With independent times between them.
    Renewal {
        /// The law of the time between two.
        interval: Law,
    },
    /// Evenly spread from the start.
    Ramp {
        /// How many in all.
        clients: u64,
        /// From the start for so long.
        over: SimDuration,
    },
    /// Many in a short time, at random within it.
    Burst {
        /// How many.
        clients: u64,
        /// From when on.
        at: SimDuration,
        /// For how long; `"0s"` is all at once.
        within: SimDuration,
    },
    /// At random, at a rate that rises and falls over the day.
    Diurnal {
        /// The mean rate.
        mean: Rate,
        /// The highest rate over the lowest, 1 or more.
        peak_over_trough: f64,
        /// The length of the day; `"1d"` by default.
        period: Option<SimDuration>,
        /// When the rate is highest; at the start by default.
        peak_at: Option<SimDuration>,
    },
    /// From a file.
    Trace {
        /// A CSV file, relative to the scenario, with the column `at` (seconds,
        /// or durations with a unit), and if known `key` and `presence`.
        file: String,
    },
}
