//! Messages: from what was typed to what is meant.

use super::checker::{Checker, grouped};
use crate::engine::{Bytes, Rate, SimDuration};
use crate::plan::messaging::{
    Channels, Direct, MessageCosts, Messaging, Publish, Pubsub, Shares, Sizes, SlowConsumers,
};
use crate::plan::{Policy, Servers};
use crate::policy::Balance;
use crate::scenario::diagnostic::{Code, Diagnostic};
use crate::scenario::path::Path;
use crate::scenario::schema;
use crate::scenario::schema::messaging as typed;

/// Most channels of a run, and most memberships of one client.
const MOST_CHANNELS: u32 = 10_000_000;
const MOST_MEMBERSHIPS: u32 = 1_000;

/// Most publishes per second, and most bursts of a run: their numbers have 32 bits.
const FASTEST: f64 = 1e8;
const MOST_BURSTS: f64 = 4e9;

/// Most messages to single clients in a run, a day of a processor's work or more.
const MOST_PERSONAL: f64 = 1e11;

/// Longest burst, in publishes: an event carries the number in 26 bits.
const LONGEST_BURST: u32 = 1_000_000;

/// Largest payload: 1 GiB.
const LARGEST: u64 = 1 << 30;

const USUAL_BYTES: Bytes = Bytes::new(200);
const USUAL_BUFFER: Bytes = Bytes::new(1 << 20);

/// A copy is parsed in about 2 us; each recipient costs 5 to 20 us, each subscription
/// 20 to 50 us, estimates from the costs of system calls and of JSON.
const USUAL_RECEIVE: SimDuration = SimDuration::from_nanos(2_000);
const USUAL_DELIVERY: SimDuration = SimDuration::from_nanos(10_000);
const USUAL_SUBSCRIBE: SimDuration = SimDuration::from_nanos(20_000);
const USUAL_UNSUBSCRIBE: SimDuration = SimDuration::from_nanos(5_000);

impl Checker<'_> {
    /// The messages of the scenario.
    pub fn messaging(&mut self, typed: &typed::Messaging, servers: &Servers) -> Messaging {
        let path = Path::root().field("messaging");
        let channels = self.channels(&path.field("channels"), &typed.channels);
        let publish = self.publish(&path.field("publish"), &typed.publish, &channels);
        let bytes = publish.bytes;
        let workers = typed.delivery_workers.unwrap_or(1);
        let most = servers.handshake.workers;
        Messaging {
            publish,
            direct: typed.direct.map(|direct| self.direct(&path.field("direct"), direct)),
            broker: self.broker(&path.field("broker"), typed.broker.as_ref(), bytes),
            costs: MessageCosts {
                receive: typed.receive_cost.unwrap_or(USUAL_RECEIVE),
                delivery: typed.delivery_cost.unwrap_or(USUAL_DELIVERY),
                subscribe: typed.subscribe_cost.unwrap_or(USUAL_SUBSCRIBE),
                unsubscribe: typed.unsubscribe_cost.unwrap_or(USUAL_UNSUBSCRIBE),
                workers: self.count(&path.field("delivery_workers"), workers, 1..=most),
            },
            history: typed
                .history
                .as_ref()
                .map(|history| self.history(&path.field("history"), history)),
            slow: self.slow_consumers(&path, typed),
            duplicates: typed.duplicates.as_f64(),
            channels,
        }
    }

    fn channels(&mut self, path: &Path, typed: &typed::Channels) -> Channels {
        let per_client = typed.per_client.unwrap_or(1);
        if typed.sizes == typed::Sizes::OnePerClient {
            for (field, is_there) in
                [("count", typed.count.is_some()), ("per_client", typed.per_client.is_some())]
            {
                if is_there {
                    let message =
                        format!("`{path}` has `{field}`, but each client has a channel of its own");
                    let span = self.document.name_span(&path.field(field), "one too many");
                    let sizes = self.document.value_span(&path.field("sizes"), "says how many");
                    let fault =
                        Diagnostic::new(Code::ChooseOne, message).about(path).at(span).at(sizes);
                    self.report(fault);
                }
            }
            return Channels { count: 0, per_client: 1, sizes: Sizes::OnePerClient };
        }
        let count =
            self.count(&path.field("count"), typed.count.unwrap_or(1_000), 1..=MOST_CHANNELS);
        let most = MOST_MEMBERSHIPS.min(count);
        let per_client = self.count(&path.field("per_client"), per_client, 1..=most);
        let sizes = match typed.sizes {
            typed::Sizes::Fixed | typed::Sizes::OnePerClient => Sizes::Fixed,
            typed::Sizes::Zipf(exponent) => {
                let path = path.field("sizes.zipf");
                Sizes::Drawn(Shares::zipf(count, self.number(&path, exponent, 0.0, 10.0)))
            }
            typed::Sizes::LogNormal { sigma } => {
                let path = path.field("sizes.lognormal.sigma");
                Sizes::Drawn(Shares::log_normal(count, self.number(&path, sigma, 0.0, 10.0)))
            }
        };
        Channels { count, per_client, sizes }
    }

    fn publish(&mut self, path: &Path, typed: &typed::Publish, channels: &Channels) -> Publish {
        let own = matches!(channels.sizes, Sizes::OnePerClient);
        let each = typed.rate.map_or(1.0, Rate::as_per_second);
        let rate = match typed.per {
            typed::Per::Channel if !own => each * f64::from(channels.count),
            typed::Per::Channel | typed::Per::All => each,
        };
        if own {
            for (field, is_there) in [
                ("bursts", typed.bursts.is_some()),
                ("popularity", typed.popularity != typed::Popularity::Even),
                ("per", typed.per == typed::Per::All),
            ] {
                if is_there {
                    let message =
                        format!("`{path}` has `{field}`, but each client has a channel of its own");
                    let span = self.document.name_span(&path.field(field), "means nothing here");
                    self.report(Diagnostic::new(Code::ChooseOne, message).about(path).at(span));
                }
            }
        }
        let popularity = match (&typed.popularity, &channels.sizes) {
            (typed::Popularity::Size, Sizes::Drawn(shares)) => Some(shares.clone()),
            (typed::Popularity::Even | typed::Popularity::Size, _) => None,
            (typed::Popularity::Zipf(exponent), _) => {
                let exponent = self.number(&path.field("popularity.zipf"), *exponent, 0.0, 10.0);
                Some(Shares::zipf(channels.count.max(1), exponent))
            }
        };
        let bursts = path.field("bursts.publishes");
        let burst =
            typed.bursts.map_or(1, |typed| self.count(&bursts, typed.publishes, 2..=LONGEST_BURST));
        let seconds = self.end.as_secs_f64();
        let bursts = rate / f64::from(burst) * seconds;
        // Of one channel for each client it is a rate of each, see `personal_messages_end`.
        if !own && (rate > FASTEST || (self.end != SimDuration::MAX && bursts > MOST_BURSTS)) {
            let met = format!("{rate} publishes a second for {}", self.end);
            let (fastest, most) = (grouped(FASTEST as u64), grouped(MOST_BURSTS as u64));
            let expected = format!("at most {fastest} a second and {most} in all");
            self.out_of_range(&path.field("rate"), met, &expected);
        }
        Publish {
            rate,
            popularity,
            bytes: self.payload(&path.field("bytes"), typed.bytes),
            burst,
            within: typed.bursts.map_or(SimDuration::ZERO, |typed| typed.within),
        }
    }

    /// Reports rates of messages to single clients that are more than a run can get through with
    /// so many of them at the same time.
    pub fn personal_messages_end(
        &mut self,
        messaging: &Messaging,
        clients: f64,
        duration: SimDuration,
    ) {
        let own = messaging.is_personal().then_some(messaging.publish.rate);
        let direct = messaging.direct.map(|direct| direct.rate);
        for (part, rate) in [("publish", own), ("direct", direct)] {
            let in_all = rate.unwrap_or(0.0) * clients;
            if in_all > FASTEST || in_all * duration.as_secs_f64() > MOST_PERSONAL {
                let [met, clients] = [in_all, clients].map(|count| grouped(count.round() as u64));
                let met = format!("{met} messages a second to {clients} clients, for {duration}");
                let (fastest, most) = (grouped(FASTEST as u64), grouped(MOST_PERSONAL as u64));
                let expected = format!("at most {fastest} a second and {most} in all");
                let path = Path::root().field("messaging").field(part).field("rate");
                self.out_of_range(&path, met, &expected);
            }
        }
    }

    fn payload(&mut self, path: &Path, typed: Option<Bytes>) -> u32 {
        let bytes = typed.unwrap_or(USUAL_BYTES);
        if bytes.as_u64() > LARGEST {
            self.out_of_range(path, bytes, "at most 1GiB");
        }
        // At most 2^30.
        bytes.as_u64().min(LARGEST) as u32
    }

    fn direct(&mut self, path: &Path, typed: typed::Direct) -> Direct {
        let rate = typed.rate.as_per_second();
        let rate = self.number(&path.field("rate"), rate, 0.0, 1e6);
        Direct { rate, bytes: self.payload(&path.field("bytes"), typed.bytes) }
    }

    fn slow_consumers(&mut self, path: &Path, typed: &typed::Messaging) -> Option<SlowConsumers> {
        let slow = typed.slow_consumers?;
        let drain = slow.drain.as_u64();
        if drain == 0 {
            self.out_of_range(&path.field("slow_consumers.drain"), "0B", "more than 0B");
        }
        Some(SlowConsumers {
            fraction: slow.fraction.as_f64(),
            drain: drain.max(1) as f64,
            buffer: typed.output_buffer.unwrap_or(USUAL_BUFFER).as_u64(),
        })
    }

    /// Reports what does not go with the messages, or with there being none.
    pub fn messages_fit(
        &mut self,
        scenario: &schema::Scenario,
        policies: &[Policy],
        messaging: Option<&Messaging>,
    ) {
        self.pubsub_fits(&scenario.policies, policies, messaging);
    }

    /// Reports a way of sharing messages that does not go with the rest of its policy.
    fn pubsub_fits(
        &mut self,
        typed: &[schema::Policy],
        policies: &[Policy],
        messaging: Option<&Messaging>,
    ) {
        for (index, (typed, policy)) in typed.iter().zip(policies).enumerate() {
            if typed.pubsub.is_none() {
                continue;
            }
            let place = Path::root().field("policies").index(index);
            let path = place.field("pubsub");
            let Some(messaging) = messaging else {
                let message = format!("`{path}` says how messages spread, but there are none");
                let fault = self
                    .at(&path, Code::BadPolicy, message, "no messages")
                    .with_help("give the scenario `messaging`, or leave `pubsub` out");
                self.report(fault);
                continue;
            };
            if policy.pubsub == Pubsub::Colocated {
                self.colocated_fits(&place, policy, messaging);
            }
        }
    }

    /// Rooms live on the ring's owners, and a connection is on one server: so each client
    /// has one room, and the rule that places it is the ring.
    fn colocated_fits(&mut self, place: &Path, policy: &Policy, messaging: &Messaging) {
        let path = place.field("pubsub");
        let is_ring =
            matches!(&policy.balance, Balance::Ring(config) if config.bounded_load.is_none());
        if !is_ring {
            let name = policy.balance.name();
            let message = format!("`{path}` is `colocated`, but `{name}` does not place by a ring");
            let balance = self.document.value_span(&place.field("balance"), "this places clients");
            let fault = self
                .at(&path, Code::BadPolicy, message, "rooms live on a ring")
                .at(balance)
                .with_help("`colocated` goes with `ring` without `bounded_load`");
            self.report(fault);
        }
        let Channels { per_client, ref sizes, .. } = messaging.channels;
        if per_client > 1 || matches!(sizes, Sizes::OnePerClient) {
            let message = format!("`{path}` is `colocated`, which needs one room for each client");
            let channels = Path::root().field("messaging.channels");
            let span = self.document.value_span(&channels, "other channels here");
            let fault = self
                .at(&path, Code::BadPolicy, message, "a connection is on one server")
                .at(span)
                .with_help("let each client belong to one shared channel: `\"per_client\": 1`");
            self.report(fault);
        }
    }
}
