//! Every way of spreading a publish behind the same calls.

use std::fmt;

use super::interest::InterestTable;
use super::sharded::{Handover, Sharded};
use super::topic::{Topic, TopicId};
use crate::routing::backend::{Backend, BackendId, BackendState};
use crate::routing::hash::KeyHash;
use crate::routing::membership::Membership;
use crate::routing::ring::{Ring, RingConfig};

/// Which router, with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouterConfig {
    /// Every server gets every publish: Socket.IO's classic Redis adapter, Phoenix.PubSub.
    Broadcast,
    /// Servers with a subscriber get it: Centrifugo, Redis SUBSCRIBE for each channel, NATS.
    Interest,
    /// The same over many brokers, each with a share of the slots: Redis 7 SPUBLISH.
    Sharded,
    /// A channel lives on one server, the owner of its name on a ring: Discord's guilds,
    /// Slack's channel servers. A room has one home however full that is: the ring's
    /// `bounded_load`, which says where connections are placed, plays no part. A server that
    /// drains is no home any more.
    Colocated(RingConfig),
}

/// How publishes find their servers; one value for the whole cluster.
///
/// A simulation has one; each server of a real cluster has its own, fed with the same
/// membership, and leaves to the broker what the broker knows: with Redis, `interest`
/// and `sharded` tell each server what to SUBSCRIBE to, and where.
///
/// Servers that are [`BackendState::Down`] are not there. Those that drain still have
/// connections: they get their copies and may subscribe, but for `colocated`. Its rooms have
/// their next home as soon as their server drains, and who is still connected to the old one
/// hears nothing more until it has moved. To keep rooms where they are until their members
/// have been closed, tell the router of the drain ([`Router::update_servers`]) only then.
///
/// | a server crashes | the router forgets ([`Router::crashed`]) | its clients |
/// |---|---|---|
/// | `broadcast` | nothing | reconnect anywhere, subscribe again |
/// | `interest`, `sharded` | its interests | reconnect anywhere, subscribe again: first events follow |
/// | `colocated` | nothing; the update moves its rooms | all members of its rooms reconnect to the next owner; nobody else notices |
///
/// | a broker crashes | then |
/// |---|---|
/// | `broadcast`, `interest` | all publishes are lost until it is back, and each server has to subscribe again to all that [`Router::each_subscription`] gives |
/// | `sharded` | the same for its slots; they go to the others by [`Router::update_brokers`], which lists what to subscribe to again |
/// | `colocated` | there is none |
///
/// ```
/// use ringstorm::routing::pubsub::{Home, Hops, Router, RouterConfig, SubscribeError, Topic};
/// use ringstorm::routing::{Membership, RingConfig};
///
/// let mut servers = Membership::new();
/// let ids = ["10.0.0.1:80", "10.0.0.2:80"].map(|address| servers.join(address, 1, None));
/// let rooms = RouterConfig::Colocated(RingConfig::default());
/// let mut router = Router::build(&rooms, &servers, &Membership::new());
///
/// let Home::At(owner) = router.home(b"room.7") else { panic!("rooms have owners") };
/// let other = if owner == ids[0] { ids[1] } else { ids[0] };
/// let refused = router.subscribe(other, Topic::Channel(b"room.7")).unwrap_err();
/// assert_eq!(refused, SubscribeError::NotOwner { server: other, owner: Some(owner) });
///
/// let mut hops = Hops::default();
/// router.route(b"room.7", Some(other), &mut hops);
/// assert_eq!((hops.servers.as_slice(), hops.straight()), ([owner].as_slice(), 1));
/// ```
#[derive(Clone, Debug)]
pub struct Router {
    // Members that are not down, ascending.
    servers: Vec<BackendId>,
    rules: Rules,
}

#[derive(Clone, Debug)]
enum Rules {
    Broadcast,
    Interest(InterestTable<BackendId>),
    Sharded(Sharded),
    Colocated(Ring),
}

/// Where those who subscribe to a channel have to be connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// To any server.
    Anywhere,
    /// To this one.
    At(BackendId),
    /// Nowhere: no server takes rooms.
    Nowhere,
}

/// By what a copy of a publish travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// Nothing: nobody is there to take it, and it is lost.
    #[default]
    Nothing,
    /// The only broker.
    Broker,
    /// One of many brokers.
    Shard(BackendId),
    /// From server to server.
    Straight,
}

/// The way of one publish. A buffer to be used again: it then needs no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hops {
    /// By what it travels.
    pub via: Via,
    /// The servers that get a copy, ascending.
    pub servers: Vec<BackendId>,
    straight: u32,
}

impl Hops {
    /// Copies that a broker takes in: 1, or 0 without a broker.
    pub const fn broker_in(&self) -> u32 {
        matches!(self.via, Via::Broker | Via::Shard(_)) as u32
    }

    /// Copies that a broker sends out.
    pub const fn broker_out(&self) -> u32 {
        self.broker_in() * self.servers.len() as u32
    }

    /// Copies that go from a server (or whoever publishes) to another without a broker.
    pub const fn straight(&self) -> u32 {
        self.straight
    }

    pub(super) fn clear(&mut self) {
        self.via = Via::Nothing;
        self.servers.clear();
        self.straight = 0;
    }

    pub(super) fn straight_to(&mut self, server: BackendId, from: Option<BackendId>) {
        self.via = Via::Straight;
        self.servers.push(server);
        self.straight = u32::from(from != Some(server));
    }
}

/// Why a server cannot subscribe; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscribeError {
    /// Patterns go beyond what this router looks at: a broker has some slots only, an
    /// owner some rooms only.
    NoPatterns {
        /// The router.
        router: &'static str,
    },
    /// The server is no member, or down.
    NotThere {
        /// The server.
        server: BackendId,
    },
    /// The channel lives on another server.
    NotOwner {
        /// The server that asked.
        server: BackendId,
        /// Where the channel lives; `None` if no server takes rooms.
        owner: Option<BackendId>,
    },
}

impl Router {
    /// The router of these servers and, for `sharded`, these brokers; nobody has
    /// subscribed.
    pub fn build(config: &RouterConfig, servers: &Membership, brokers: &Membership) -> Self {
        Self::seeded(config, servers, brokers, 0)
    }

    /// The same, with this seed of the hash by which its table finds a channel.
    ///
    /// Names may come from clients, who could choose many of one hash: then give a number
    /// that they do not know, such as one drawn at start. No answer depends on it, so that
    /// each server may have its own; homes, slots and brokers go by fixed hashes.
    pub fn seeded(
        config: &RouterConfig,
        servers: &Membership,
        brokers: &Membership,
        seed: u64,
    ) -> Self {
        let rules = match config {
            RouterConfig::Broadcast => Rules::Broadcast,
            RouterConfig::Interest => Rules::Interest(InterestTable::seeded(seed)),
            RouterConfig::Sharded => Rules::Sharded(Sharded::seeded(brokers, seed)),
            RouterConfig::Colocated(config) => {
                let rooms = RingConfig { bounded_load: None, ..config.clone() };
                Rules::Colocated(Ring::build(&rooms, servers))
            }
        };
        Self { servers: there(servers).map(|server| server.id).collect(), rules }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self.rules {
            Rules::Broadcast => "broadcast",
            Rules::Interest(_) => "interest",
            Rules::Sharded(_) => "sharded",
            Rules::Colocated(_) => "colocated",
        }
    }

    /// A server has its first local subscriber of a topic. Whether a broker has to be
    /// told: not if it has been already, and never with `broadcast` and `colocated`.
    ///
    /// # Errors
    /// [`SubscribeError`] says when; then nothing has changed.
    pub fn subscribe(&mut self, server: BackendId, topic: Topic) -> Result<bool, SubscribeError> {
        if self.servers.binary_search(&server).is_err() {
            return Err(SubscribeError::NotThere { server });
        }
        let Topic::Channel(channel) = topic else {
            return match &mut self.rules {
                Rules::Broadcast => Ok(false),
                Rules::Interest(table) => Ok(add(table, server, topic)),
                Rules::Sharded(_) | Rules::Colocated(_) => {
                    Err(SubscribeError::NoPatterns { router: self.name() })
                }
            };
        };
        match &mut self.rules {
            Rules::Broadcast => Ok(false),
            Rules::Interest(table) => Ok(add(table, server, topic)),
            Rules::Sharded(sharded) => Ok(add(&mut sharded.interests, server, topic)),
            Rules::Colocated(ring) => match ring.owner(KeyHash::of(channel)) {
                Some(owner) if owner == server => Ok(false),
                owner => Err(SubscribeError::NotOwner { server, owner }),
            },
        }
    }

    /// A server has lost its last local subscriber of a topic. Whether a broker has to
    /// be told.
    pub fn unsubscribe(&mut self, server: BackendId, topic: Topic) -> bool {
        let Some(table) = self.interests_mut() else { return false };
        let was_there = table.contains(server, topic);
        table.unsubscribe(server, topic);
        was_there
    }

    /// The way of a publish, sent by a server or, without `from`, by somebody else.
    ///
    /// With a broker the publisher's own server gets its copy from there too, if it
    /// wants one. No allocation once the buffer is large enough.
    pub fn route(&self, channel: &[u8], from: Option<BackendId>, hops: &mut Hops) {
        hops.clear();
        match &self.rules {
            Rules::Broadcast => {
                hops.via = Via::Broker;
                hops.servers.extend_from_slice(&self.servers);
            }
            Rules::Interest(table) => {
                hops.via = Via::Broker;
                table.recipients(channel, &mut hops.servers);
                hops.servers.sort_unstable();
            }
            Rules::Sharded(sharded) => {
                if let Some(broker) = sharded.broker(channel) {
                    hops.via = Via::Shard(broker);
                    sharded.interests.recipients(channel, &mut hops.servers);
                    hops.servers.sort_unstable();
                }
            }
            Rules::Colocated(ring) => {
                if let Some(owner) = ring.owner(KeyHash::of(channel)) {
                    hops.straight_to(owner, from);
                }
            }
        }
    }

    /// Where those who subscribe to a channel have to be connected. To find who has to
    /// move after an update, compare with a clone made before, by
    /// [`moved`](crate::routing::moved).
    pub fn home(&self, channel: &[u8]) -> Home {
        let Rules::Colocated(ring) = &self.rules else { return Home::Anywhere };
        ring.owner(KeyHash::of(channel)).map_or(Home::Nowhere, Home::At)
    }

    /// The broker of a channel, where there are many.
    pub fn broker(&self, channel: &[u8]) -> Option<BackendId> {
        match &self.rules {
            Rules::Sharded(sharded) => sharded.broker(channel),
            _ => None,
        }
    }

    /// A server has crashed, or has started anew: its interests are forgotten until it
    /// subscribes again. How many they were.
    pub fn crashed(&mut self, server: BackendId) -> usize {
        let Some(table) = self.interests_mut() else { return 0 };
        let before = table.len();
        table.closed(server, |_| {});
        before - table.len()
    }

    /// Follows a change of servers: those that have left or are down count as crashed, and
    /// rooms of those and of servers that drain move. How many interests were forgotten.
    /// The membership must be of the same history as the one before
    /// ([`Scheme::update`](crate::routing::Scheme::update)): interests go by id.
    pub fn update_servers(&mut self, servers: &Membership) -> usize {
        let before = std::mem::take(&mut self.servers);
        self.servers = there(servers).map(|server| server.id).collect();
        if let Rules::Colocated(ring) = &mut self.rules {
            *ring = ring.updated(servers);
        }
        let gone = before.into_iter().filter(|id| self.servers.binary_search(id).is_err());
        gone.collect::<Vec<_>>().into_iter().map(|server| self.crashed(server)).sum()
    }

    /// Follows a change of brokers; nothing happens but with `sharded`.
    ///
    /// A publish to a channel whose slot has moved finds no server at the new broker
    /// until they have subscribed there, as the answer lists. The membership must be of the
    /// same history as the one before: slots go by id.
    pub fn update_brokers(&mut self, brokers: &Membership) -> Handover {
        match &mut self.rules {
            Rules::Sharded(sharded) => sharded.update(brokers),
            _ => Handover::default(),
        }
    }

    /// Calls with each server and what it has subscribed to at a broker (at the only
    /// one for `None`): what to say again when that broker has started anew.
    pub fn each_subscription(
        &self,
        broker: Option<BackendId>,
        mut each: impl FnMut(BackendId, Topic<'_>),
    ) {
        let Some(table) = self.interests() else { return };
        for id in table.topics() {
            let Some(topic) = table.topic(id) else { continue };
            if broker.is_none() || self.broker(topic.name()) == broker {
                table.subscribers(id).iter().for_each(|&server| each(server, topic));
            }
        }
    }

    /// The topic of an id in a [`Handover`], until the next change.
    pub fn topic(&self, id: TopicId) -> Option<Topic<'_>> {
        self.interests()?.topic(id)
    }

    /// Channel -> servers, where the router keeps that.
    pub fn interests(&self) -> Option<&InterestTable<BackendId>> {
        match &self.rules {
            Rules::Interest(table) => Some(table),
            Rules::Sharded(sharded) => Some(&sharded.interests),
            Rules::Broadcast | Rules::Colocated(_) => None,
        }
    }

    fn interests_mut(&mut self) -> Option<&mut InterestTable<BackendId>> {
        match &mut self.rules {
            Rules::Interest(table) => Some(table),
            Rules::Sharded(sharded) => Some(&mut sharded.interests),
            Rules::Broadcast | Rules::Colocated(_) => None,
        }
    }

    /// Heap memory.
    pub fn bytes(&self) -> usize {
        let rules = match &self.rules {
            Rules::Broadcast => 0,
            Rules::Interest(table) => table.bytes(),
            Rules::Sharded(sharded) => sharded.bytes(),
            Rules::Colocated(ring) => ring.bytes(),
        };
        self.servers.capacity() * size_of::<BackendId>() + rules
    }
}

/// Members that can hold connections.
fn there(servers: &Membership) -> impl Iterator<Item = &Backend> {
    servers.iter().filter(|server| server.state != BackendState::Down)
}

/// Adds an interest; whether it is new.
fn add(table: &mut InterestTable<BackendId>, server: BackendId, topic: Topic) -> bool {
    let before = table.len();
    table.subscribe(server, topic);
    table.len() > before
}

impl fmt::Display for SubscribeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPatterns { router } => {
                write!(
                    out,
                    "`{router}` has no wildcard subscriptions; `interest` and `broadcast` do"
                )
            }
            Self::NotThere { server } => write!(out, "server {} is not there", server.number()),
            Self::NotOwner { server, owner: Some(owner) } => {
                let (server, owner) = (server.number(), owner.number());
                write!(out, "server {server} does not own the channel, server {owner} does")
            }
            Self::NotOwner { owner: None, .. } => write!(out, "no server takes channels"),
        }
    }
}

impl std::error::Error for SubscribeError {}
