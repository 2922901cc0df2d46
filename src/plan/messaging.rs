//! Messages: who belongs to which channel, what is published, and what it costs.

use std::sync::Arc;

use crate::engine::{Draw, SimDuration, math};

/// The messages of a world and what carries them.
#[derive(Clone, Debug)]
pub struct Messaging {
    /// The channels and who belongs to them.
    pub channels: Channels,
    /// What is published to them.
    pub publish: Publish,
    /// Messages to single clients.
    pub direct: Option<Direct>,
    /// Those between the servers.
    pub broker: Broker,
    /// What messages cost a server.
    pub costs: MessageCosts,
    /// What a returning client can recover; `None`: nothing.
    pub history: Option<History>,
    /// Clients that read slowly; `None`: all read as fast as the servers write.
    pub slow: Option<SlowConsumers>,
    /// The share of a broker's copies that arrives twice, in [0, 1].
    pub duplicates: f64,
}

impl Messaging {
    /// Messages per second while so many clients are present.
    pub fn rate(&self, clients: f64) -> f64 {
        let direct = self.direct.map_or(0.0, |direct| direct.rate * clients);
        direct + if self.is_personal() { self.publish.rate * clients } else { self.publish.rate }
    }

    /// Whether each client has a channel of its own.
    pub const fn is_personal(&self) -> bool {
        matches!(self.channels.sizes, Sizes::OnePerClient)
    }
}

/// Channels and memberships. A client's channels are drawn by its address, so they are
/// the same under every policy.
#[derive(Clone, Debug)]
pub struct Channels {
    /// How many; 0 where each client has its own.
    pub count: u32,
    /// How many channels a client belongs to, all different: 1 to 1,000, at most `count`.
    pub per_client: u32,
    /// How members spread over channels.
    pub sizes: Sizes,
}

/// How members spread over channels.
#[derive(Clone, Debug)]
pub enum Sizes {
    /// Evenly: every `count` memberships of a stream of clients take each channel once.
    Fixed,
    /// Each membership is a draw with these shares; the largest channel comes first.
    Drawn(Shares),
    /// Each client has a channel of its own, and no other belongs to it.
    OnePerClient,
}

/// What is published.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Publishes per second over all channels; with [`Sizes::OnePerClient`], to the
    /// channel of each present client.
    pub rate: f64,
    /// Which channel a publish goes to; `None`: each is as likely.
    pub popularity: Option<Shares>,
    /// The payload of one, in bytes.
    pub bytes: u32,
    /// Publishes of one burst, to one channel; 1: they come singly.
    pub burst: u32,
    /// How long a burst lasts, its publishes evenly spread.
    pub within: SimDuration,
}

/// Messages to single clients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Direct {
    /// To each present client, per second.
    pub rate: f64,
    /// The payload, in bytes.
    pub bytes: u32,
}

/// The broker: nodes that each serve one message at a time, first come first served.
#[derive(Clone, Debug, PartialEq)]
pub struct Broker {
    /// How many; at least 1. Under `sharded` each has a share of the channels. Otherwise
    /// they are one cluster that copies every publish to every node.
    pub nodes: u32,
    /// A node's work to take a publish in.
    pub cost_in: SimDuration,
    /// A node's work for each copy that it sends to a server.
    pub cost_out: SimDuration,
    /// A node's work to send a publish to another node, and that one's to take it.
    pub cost_bus: SimDuration,
    /// A node's work for one subscribe or unsubscribe.
    pub cost_subscribe: SimDuration,
    /// Time on a node's link per copy; zero: the link is no limit.
    pub link: SimDuration,
    /// From a publisher to the broker, and from the broker to a server.
    pub latency: SimDuration,
    /// Publishes that may wait at a node; more are lost. `u32::MAX`: no limit.
    pub queue_limit: u32,
    /// What servers do when the broker is out of order.
    pub on_outage: OnOutage,
    /// How a server comes back to the broker.
    pub retry: BrokerRetry,
}

/// What servers do when they lose the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnOutage {
    /// They keep their clients, who miss what is published meanwhile.
    Keep,
    /// They close every connection (permitio/opal, pull request 915).
    DropClients,
}

/// Full jitter between tries: retry n comes after a uniform part of min(cap, base x 2^n).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokerRetry {
    /// The longest first wait; positive.
    pub base: SimDuration,
    /// The longest wait; at least `base`.
    pub cap: SimDuration,
}

/// What messages cost a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageCosts {
    /// To take a copy in and look up who is meant.
    pub receive: SimDuration,
    /// To write it to one local recipient.
    pub delivery: SimDuration,
    /// To add one subscription of a client.
    pub subscribe: SimDuration,
    /// To remove one.
    pub unsubscribe: SimDuration,
    /// Cores that write at once, 1 or more; they share the CPUs with the handshake workers.
    pub workers: u32,
}

/// What a returning client can recover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// For so long after it was cut off.
    pub reach: SimDuration,
    /// So many messages of a channel. `u32::MAX`: no limit.
    pub size: u32,
    /// Work of its server to load the state anew where history does not reach back; zero:
    /// the client goes on with a gap.
    pub state_cost: SimDuration,
}

/// Clients that read slowly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlowConsumers {
    /// The share of the clients, in [0, 1].
    pub fraction: f64,
    /// What each reads, in bytes per second; positive.
    pub drain: f64,
    /// What a server holds for one before it closes the connection, in bytes.
    pub buffer: u64,
}

/// How servers share messages under a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pubsub {
    /// Every server gets every publish.
    Broadcast,
    /// Servers with a subscriber get it.
    #[default]
    Interest,
    /// The same over brokers that each have a share of the slots.
    Sharded,
    /// A channel lives on the server that owns its name; its members connect there.
    Colocated,
}

impl Pubsub {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Broadcast, Self::Interest, Self::Sharded, Self::Colocated];

    /// Its name in scenarios and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::Interest => "interest",
            Self::Sharded => "sharded",
            Self::Colocated => "colocated",
        }
    }
}

/// Probabilities of 0, 1, 2, ..., drawn by inverse transform.
///
/// A table of first guesses makes a draw O(1) on average: two cache misses for a million
/// outcomes, where a search by halves has some fifteen. 12 bytes an outcome.
#[derive(Clone, Debug)]
pub struct Shares {
    /// Sums of the probabilities; the last is 1.
    cumulative: Arc<[f64]>,
    /// For each of as many equal parts of [0, 1): the first outcome that reaches into it.
    guide: Arc<[u32]>,
}

impl Shares {
    /// Shares in proportion to these weights: at least one of them, all finite, none
    /// negative, and some positive.
    pub fn of(weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = weights
            .iter()
            .map(|weight| {
                sum += weight;
                sum / total
            })
            .collect();
        if let Some(last) = cumulative.last_mut() {
            *last = 1.0;
        }
        let parts = cumulative.len();
        let mut outcome = 0;
        let guide = (0..parts)
            .map(|part| {
                let from = part as f64 / parts as f64;
                while cumulative[outcome] <= from {
                    outcome += 1;
                }
                outcome as u32
            })
            .collect();
        Self { cumulative: cumulative.into(), guide }
    }

    /// Zipf's law: the weight of rank r, from 1, is r^-exponent.
    pub fn zipf(count: u32, exponent: f64) -> Self {
        let weights: Vec<f64> =
            (1..=count).map(|rank| math::pow(f64::from(rank), -exponent)).collect();
        Self::of(&weights)
    }

    /// Weights at the evenly spaced quantiles of a log-normal law, the largest first.
    pub fn log_normal(count: u32, sigma: f64) -> Self {
        let weight = |rank: u32| {
            let above = (f64::from(rank) + 0.5) / f64::from(count);
            math::exp(sigma * math::normal_quantile(1.0 - above))
        };
        Self::of(&(0..count).map(weight).collect::<Vec<f64>>())
    }

    /// How many outcomes there are.
    pub fn len(&self) -> usize {
        self.cumulative.len()
    }

    /// Whether there is none: never.
    pub fn is_empty(&self) -> bool {
        self.cumulative.is_empty()
    }

    /// The probability of an outcome; 0 beyond the last.
    pub fn share(&self, outcome: u32) -> f64 {
        let at = |index: usize| self.cumulative.get(index).copied();
        let below = (outcome as usize).checked_sub(1).and_then(at).unwrap_or(0.0);
        at(outcome as usize).map_or(0.0, |upto| upto - below)
    }

    /// An outcome. The guess is the first that can be meant; few are passed from there.
    pub fn pick(&self, draw: Draw) -> u32 {
        let unit = draw.unit();
        let part = (unit * self.guide.len() as f64) as usize;
        let mut outcome = self.guide[part.min(self.guide.len() - 1)] as usize;
        while self.cumulative[outcome] <= unit {
            outcome += 1;
        }
        outcome as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Draws, Purpose};

    #[test]
    fn a_guided_draw_finds_what_a_search_finds() {
        let shares = Shares::zipf(1_000, 1.0);
        for index in 0..20_000 {
            let draw = Draws::new(1, 0).at(Purpose::new(1), 0, index);
            let found = shares.cumulative.partition_point(|upto| *upto <= draw.unit());
            assert_eq!(shares.pick(draw) as usize, found);
        }
    }

    /// Row P-ZIPF-a of the validation catalogue: normalised harmonic numbers.
    #[test]
    fn p_zipf_a_the_hottest_of_1000_channels_has_13_percent_and_ten_have_39() {
        let shares = Shares::zipf(1_000, 1.0);
        assert!((shares.share(0) - 0.133_592_130_5).abs() < 1e-9);
        let ten: f64 = (0..10).map(|rank| shares.share(rank)).sum();
        assert!((ten - 0.391_287_109_2).abs() < 1e-9);
        assert!(shares.share(1_000) <= 0.0, "there is no such channel");
    }

    #[test]
    fn a_log_normal_law_without_spread_is_even() {
        let shares = Shares::log_normal(4, 0.0);
        for outcome in 0..4 {
            assert!((shares.share(outcome) - 0.25).abs() < 1e-12);
        }
    }
}
