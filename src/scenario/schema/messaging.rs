//! Messages between clients of different servers.

use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::{ShortOr, Unlimited, WordOr};
use crate::engine::units::{Bytes, Fraction};
use crate::engine::{Rate, SimDuration};
use crate::scenario::brokers::BrokerName;

/// Messages: channels and who belongs to them, what is published, and what it costs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Messaging {
    /// The channels and who belongs to them.
    #[serde(default)]
    pub channels: Channels,
    /// What is published to them.
    #[serde(default)]
    pub publish: Publish,
    /// Messages to single clients, by a registry of who is where; none by default.
    pub direct: Option<Direct>,
    /// The broker between the servers: a preset, or an object. By default one node that
    /// takes 2 us for a publish and 1 us for each copy, 200 us away.
    pub broker: Option<ShortOr<BrokerName, Broker>>,
    /// A server's work to take a copy in and look up who is meant; `"2us"` by default.
    pub receive_cost: Option<SimDuration>,
    /// A server's work to write a message to one recipient; `"10us"` by default. Of all work here
    /// it alone is shared by several `delivery_workers`.
    pub delivery_cost: Option<SimDuration>,
    /// A server's work to add one subscription of a client; `"20us"` by default.
    pub subscribe_cost: Option<SimDuration>,
    /// A server's work to remove one; `"5us"` by default.
    pub unsubscribe_cost: Option<SimDuration>,
    /// How many cores of a server write messages at once, at most its handshake workers,
    /// with whom they share the CPUs; 1 by default.
    pub delivery_workers: Option<u64>,
    /// What a returning client can recover: for so long after it was cut off, or an object
    /// that says more. The broker keeps it, and must be there. Under `colocated` the server that a
    /// room lives on keeps it, in memory: what was published before it died, or while the room
    /// lived elsewhere or nowhere, is lost, and so are direct messages. Nothing by default.
    pub history: Option<ShortOr<SimDuration, History>>,
    /// Clients that read slowly; none by default.
    pub slow_consumers: Option<SlowConsumers>,
    /// What a server holds for one client before it closes the connection as too slow;
    /// `"1MiB"` by default.
    pub output_buffer: Option<Bytes>,
    /// The share of the broker's copies that arrives twice; none by default.
    #[serde(default)]
    pub duplicates: Fraction,
}

/// Channels and who belongs to them. A client keeps its channels as long as it is present.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// How many; 1,000 by default. Not beside `"one_per_client"`.
    pub count: Option<u64>,
    /// To how many a client belongs, all different; 1 by default.
    pub per_client: Option<u64>,
    /// How members spread over channels; `"fixed"` by default.
    #[serde(default)]
    pub sizes: Sizes,
}

/// How members spread over channels.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sizes {
    /// All are of one size.
    #[default]
    Fixed,
    /// Each client has a channel of its own, as a user's notifications.
    OnePerClient,
    /// The size of rank r is in proportion to r to the power of minus this exponent, 0 to 10.
    Zipf(f64),
    /// Sizes are log-normal.
    #[serde(rename = "lognormal")]
    LogNormal {
        /// Standard deviation of the natural logarithm, 0 to 10.
        sigma: f64,
    },
}

/// What is published, at random times.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// The mean rate; `"1/s"` by default.
    pub rate: Option<Rate>,
    /// What the rate is of; `"channel"` by default.
    #[serde(default)]
    pub per: Per,
    /// Which channels are published to more than others; `"even"` by default.
    #[serde(default)]
    pub popularity: Popularity,
    /// The size of a message, for `bandwidth` and `slow_consumers`; `"200B"` by default.
    pub bytes: Option<Bytes>,
    /// Publishes come in bursts; singly by default.
    pub bursts: Option<Bursts>,
}

/// What a rate is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Of each channel, on average over the channels.
    #[default]
    Channel,
    /// Of all channels together.
    All,
}

/// Which channels are published to more than others.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Popularity {
    /// None.
    #[default]
    Even,
    /// In proportion to their sizes: every member publishes as much.
    Size,
    /// Rank r in proportion to r to the power of minus this exponent, 0 to 10; the
    /// largest channel is the most popular.
    Zipf(f64),
}

/// Publishes in bursts, each to one channel. The mean rate stays what it is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bursts {
    /// Publishes of one burst, 2 or more.
    pub publishes: u64,
    /// How long it lasts; they are evenly spread.
    pub within: SimDuration,
}

/// Messages to single clients, at random times.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Direct {
    /// The mean rate to each client.
    pub rate: Rate,
    /// The size of a message, for `slow_consumers`: it does not go through the broker; `"200B"` by
    /// default.
    pub bytes: Option<Bytes>,
}

/// The broker: nodes that each serve one message at a time, first come first served.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    /// A preset that says what is not said here.
    pub preset: Option<BrokerName>,
    /// How many nodes; 1 by default. With `"pubsub": "sharded"` each has a share of the
    /// channels; otherwise every publish is copied to every node.
    pub nodes: Option<u64>,
    /// A node's work to take a publish in; `"2us"` by default.
    pub cost_in: Option<SimDuration>,
    /// A node's work for each copy that it sends to a server; `"1us"` by default.
    pub cost_out: Option<SimDuration>,
    /// A node's work to send a publish to another node, and that node's work to take it;
    /// what `cost_out` is by default.
    pub cost_bus: Option<SimDuration>,
    /// A node's work for a subscribe or an unsubscribe; what `cost_in` is by default.
    pub cost_subscribe: Option<SimDuration>,
    /// What a node can send per second; unlimited by default.
    pub bandwidth: Option<WordOr<Unlimited, Bytes>>,
    /// From a publisher to the broker, and again from the broker to a server; `"200us"` by default.
    pub latency: Option<SimDuration>,
    /// Publishes that may wait at a node before more are lost; unlimited by default.
    pub queue_limit: Option<WordOr<Unlimited, u64>>,
    /// What servers do when they lose the broker; `"keep"` by default.
    pub on_outage: Option<OnOutage>,
    /// How a server comes back to the broker: after a random part of `base`, twice `base`,
    /// and so on up to `cap`; 100 ms to 5 s by default.
    pub retry: Option<Retry>,
}

/// What servers do when they lose the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnOutage {
    /// They keep their clients, who miss what is published meanwhile.
    Keep,
    /// They close every connection.
    DropClients,
}

/// Waits between tries, each a random part of the longest.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// The longest first wait.
    pub base: SimDuration,
    /// The longest wait of all.
    pub cap: SimDuration,
}

/// What a returning client can recover.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// For so long after it was cut off.
    pub reach: SimDuration,
    /// So many messages of a channel; unlimited by default.
    pub size: Option<WordOr<Unlimited, u64>>,
    /// Work of its server to load the state anew where history does not reach back; by
    /// default the client goes on with a gap.
    #[serde(default)]
    pub state_cost: SimDuration,
}

/// Clients that read slowly: what they do not read in time piles up at their servers.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlowConsumers {
    /// The share of the clients.
    pub fraction: Fraction,
    /// What each reads in a second.
    pub drain: Bytes,
}

/// How servers share messages under a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pubsub {
    /// Every server gets every publish, through the broker.
    Broadcast,
    /// Servers with a subscriber get it, through the broker.
    Interest,
    /// The same, through the broker node that has the channel's slot.
    Sharded,
    /// A channel lives on the server that owns its name on the ring; its members are
    /// routed by the channel, and no broker is needed.
    Colocated,
}
