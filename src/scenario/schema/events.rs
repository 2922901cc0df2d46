//! What happens to the cluster.

use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::ShortOr;
use super::lifecycle::{Deploy, Drain};
use crate::engine::SimDuration;
use crate::engine::units::Fraction;

/// Something that happens at a time: exactly one of `add`, `remove`, `crash`, `deploy`,
/// `disconnect`, `slow`, `outage` and `load`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["add"]}, {"required": ["remove"]}, {"required": ["crash"]},
    {"required": ["deploy"]}, {"required": ["disconnect"]}, {"required": ["slow"]},
    {"required": ["outage"]}, {"required": ["load"]}
]))]
pub struct Event {
    /// When, from the start.
    pub at: SimDuration,
    /// A remark for people.
    pub description: Option<String>,
    /// So many servers are started; each is ready after `servers.boot`.
    pub add: Option<u64>,
    /// Servers leave: so many of the newest, or those that an object picks. At once
    /// unless `drain` says how.
    pub remove: Option<ShortOr<u64, Remove>>,
    /// Servers die, and their connections are reset: so many of the newest, or those that an object picks.
    pub crash: Option<ShortOr<u64, Crash>>,
    /// The servers are replaced by new ones.
    pub deploy: Option<Deploy>,
    /// A share of the open connections is lost.
    pub disconnect: Option<Disconnect>,
    /// Handshakes take longer for a while.
    pub slow: Option<Slow>,
    /// A part of the service is out of order for a while.
    pub outage: Option<Outage>,
    /// Arrivals are multiplied for a while.
    pub load: Option<Load>,
}

/// Declares an object that picks servers by `count` (with `pick`), `servers` or `zone`, and
/// says something of its own; `flatten` would lose where an error is.
macro_rules! picks {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[$meta:meta])+ $field:ident: $kind:ty,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[schemars(extend("oneOf" = [
            {"required": ["count"]}, {"required": ["servers"]}, {"required": ["zone"]}
        ]))]
        pub struct $name {
            /// How many.
            pub count: Option<u64>,
            /// Which of those present; the newest by default.
            pub pick: Option<Pick>,
            /// These, by name: s1, s2, ... in order of birth.
            pub servers: Option<Vec<String>>,
            /// All in this zone.
            pub zone: Option<String>,
            $($(#[$meta])+ pub $field: $kind,)+
        }

        impl $name {
            /// Its choice of servers alone.
            pub fn which(&self) -> Which<'_> {
                Which {
                    count: self.count,
                    pick: self.pick,
                    servers: self.servers.as_deref(),
                    zone: self.zone.as_deref(),
                }
            }
        }
    };
}

picks! {
    /// Servers leave: `count` (with `pick`), `servers` or `zone`, and how.
    Remove {
        /// How they leave: a duration over which they close their connections evenly, or an
        /// object. Without it they close everything at once and are gone.
        drain: Option<ShortOr<SimDuration, Drain>>,
    }
}

picks! {
    /// Servers die: `count` (with `pick`), `servers` or `zone`, and how.
    Crash {
        /// Whether nobody is told: clients notice by their heartbeat, the balancer by its
        /// `health` checks. Otherwise every connection is reset at once.
        #[serde(default)]
        silently: bool,
        /// They start again after so long; never by default.
        #[serde(rename = "for")]
        lasting: Option<SimDuration>,
    }
}

picks! {
    /// Handshakes take longer for a while: on which servers, and by how much.
    Slow {
        /// So many times as long, for handshakes begun meanwhile.
        factor: f64,
        /// For so long.
        #[serde(rename = "for")]
        lasting: SimDuration,
    }
}

/// Which servers, as typed.
#[derive(Clone, Copy, Debug)]
pub struct Which<'a> {
    /// How many.
    pub count: Option<u64>,
    /// Which of those present.
    pub pick: Option<Pick>,
    /// These, by name.
    pub servers: Option<&'a [String]>,
    /// All in this zone.
    pub zone: Option<&'a str>,
}

/// Which of the servers present are picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The latest born first.
    Newest,
    /// The earliest born first.
    Oldest,
    /// At random, drawn in each replication.
    Random,
    /// Those with the fewest connections first.
    Fewest,
    /// Those with the most connections first.
    Most,
    /// Those that own the least of the keys first: taking them away moves the fewest clients.
    RingCheapest,
    /// As a Kubernetes `ReplicaSet` deletes its pods: not ready first, then by how recently
    /// they became ready (on a log scale), so the newest and emptiest.
    Kubernetes,
    /// As AWS Auto Scaling groups by default: the zone with the most servers, then the oldest version.
    Aws,
}

/// A share of the open connections is lost.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disconnect {
    /// Each connection is hit with this probability.
    pub fraction: Fraction,
    /// Only clients of this group.
    pub group: Option<String>,
    /// Whether neither side hears of it: both notice by their heartbeats.
    #[serde(default)]
    pub silently: bool,
    /// Their network is gone for so long; back at once by default.
    #[serde(rename = "for")]
    pub lasting: Option<SimDuration>,
    /// When the network is there again each tries at once, at random within so long:
    /// all at the same instant by default.
    pub back_within: Option<SimDuration>,
}

/// A part of the service is out of order for a while.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// Which part.
    pub of: Part,
    /// For so long.
    #[serde(rename = "for")]
    pub lasting: SimDuration,
    /// Whether requests are lost without an answer; refused at once by default.
    #[serde(default)]
    pub silently: bool,
}

/// A part of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The gateway that clients ask.
    Gateway,
    /// The balancing tier.
    Balancer,
    /// The store of `session_state`: handshakes that hoped to resume do without.
    SessionStore,
    /// The `login`: handshakes that need it are turned away.
    Login,
    /// The broker between the servers.
    Broker,
}

/// Arrivals at random times are multiplied for a while: `poisson`, `renewal` and `diurnal` ones.
/// A `ramp`, a `burst` and a `trace` say how many come, and when.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// By so much; 0 or more.
    pub factor: f64,
    /// For so long.
    #[serde(rename = "for")]
    pub lasting: SimDuration,
}
