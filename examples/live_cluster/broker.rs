//! What carries messages from server to server: a Redis, or a router in this process.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringstorm::routing::pubsub::{Hops, Router, RouterConfig, Topic};
use ringstorm::routing::{BackendId, Membership};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::Failure;
use super::redis::{self, Address};
use super::server::Event;

/// What a broker tells a server.
pub enum Notice {
    Subscribed(String),
    Unsubscribed,
    /// A publish of its own is on its way.
    Published,
    Message {
        room: String,
        text: String,
    },
}

/// What a server tells its broker.
pub enum Request {
    Subscribe(String),
    Unsubscribe(String),
    Publish { room: String, text: String },
}

/// What has been counted, over all servers.
#[derive(Clone, Copy)]
pub enum Count {
    Subscribes,
    Unsubscribes,
    /// Copies of publishes that reached a server.
    Copies,
}

/// Counts that all links share.
#[derive(Clone, Default)]
pub struct Tally(Arc<[AtomicUsize; 3]>);

impl Tally {
    pub fn add(&self, count: Count, more: usize) {
        self.0[count as usize].fetch_add(more, Ordering::Relaxed);
    }
}

/// A server's way to the broker. What is said arrives in order.
pub struct Link {
    requests: UnboundedSender<Request>,
    tally: Tally,
}

impl Link {
    pub fn subscribe(&self, room: &str) {
        self.tally.add(Count::Subscribes, 1);
        self.send(Request::Subscribe(room.to_owned()));
    }

    pub fn unsubscribe(&self, room: &str) {
        self.tally.add(Count::Unsubscribes, 1);
        self.send(Request::Unsubscribe(room.to_owned()));
    }

    pub fn publish(&self, room: &str, text: &str) {
        self.send(Request::Publish { room: room.to_owned(), text: text.to_owned() });
    }

    fn send(&self, request: Request) {
        // A broker that has gone loses messages, and the story says how many.
        let _ = self.requests.send(request);
    }
}

/// The broker of a cluster.
pub struct Broker {
    kind: Kind,
    prefix: String,
    tally: Tally,
}

enum Kind {
    InProcess(Arc<Mutex<InProcess>>),
    Redis(Address),
}

struct InProcess {
    router: Router,
    servers: BTreeMap<BackendId, UnboundedSender<Event>>,
    hops: Hops,
}

fn locked(broker: &Mutex<InProcess>) -> MutexGuard<'_, InProcess> {
    broker.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Broker {
    /// The Redis at a URL, or else one in this process.
    ///
    /// # Errors
    /// The URL is none.
    pub fn open(redis: Option<&str>) -> Result<Self, Failure> {
        let nobody = Membership::new();
        let kind = match redis {
            Some(url) => Kind::Redis(Address::parse(url)?),
            None => Kind::InProcess(Arc::new(Mutex::new(InProcess {
                router: Router::build(&RouterConfig::Interest, &nobody, &nobody),
                servers: BTreeMap::new(),
                hops: Hops::default(),
            }))),
        };
        // A Redis may serve others as well.
        let prefix = format!("ringstorm:{}", std::process::id());
        Ok(Self { kind, prefix, tally: Tally::default() })
    }

    pub fn name(&self) -> String {
        match &self.kind {
            Kind::InProcess(_) => "a broker in this process".to_owned(),
            Kind::Redis(address) => format!("the Redis at {address}"),
        }
    }

    /// The channel of a room.
    pub fn room(&self, number: usize) -> String {
        format!("{}:room-{number}", self.prefix)
    }

    pub fn counted(&self, count: Count) -> usize {
        self.tally.0[count as usize].load(Ordering::Relaxed)
    }

    /// Follows a change of servers.
    pub fn update(&self, members: &Membership) {
        if let Kind::InProcess(broker) = &self.kind {
            locked(broker).router.update_servers(members);
        }
    }

    /// Links a server; what the broker has for it goes to its events.
    ///
    /// # Errors
    /// The Redis is not there.
    pub async fn connect(
        &self,
        server: BackendId,
        events: UnboundedSender<Event>,
    ) -> Result<Link, Failure> {
        let (requests, inbox) = mpsc::unbounded_channel();
        let tally = self.tally.clone();
        match &self.kind {
            Kind::InProcess(broker) => {
                locked(broker).servers.insert(server, events);
                tokio::spawn(carry(broker.clone(), server, inbox, tally.clone()));
            }
            Kind::Redis(address) => {
                redis::connect(address, inbox, events, tally.clone()).await?;
            }
        }
        Ok(Link { requests, tally })
    }

    /// How many servers have subscribed to each channel.
    ///
    /// # Errors
    /// The Redis does not say.
    pub async fn subscribers(&self, channels: &[&str]) -> Result<Vec<usize>, Failure> {
        match &self.kind {
            Kind::InProcess(broker) => {
                let InProcess { router, hops, .. } = &mut *locked(broker);
                let counts = channels.iter().map(|channel| {
                    router.route(channel.as_bytes(), None, hops);
                    hops.servers.len()
                });
                Ok(counts.collect())
            }
            Kind::Redis(address) => redis::subscribers(address, channels).await,
        }
    }
}

/// Does what a server asks for.
async fn carry(
    broker: Arc<Mutex<InProcess>>,
    server: BackendId,
    mut inbox: UnboundedReceiver<Request>,
    tally: Tally,
) {
    while let Some(request) = inbox.recv().await {
        let InProcess { router, servers, hops } = &mut *locked(&broker);
        let tell = |to: BackendId, notice| {
            // A server that has stopped wants nothing.
            servers.get(&to).map(|events| events.send(Event::Broker(notice)))
        };
        match request {
            Request::Subscribe(room) => {
                // A server that is not there yet, or not any more, gets nothing.
                let _ = router.subscribe(server, Topic::Channel(room.as_bytes()));
                tell(server, Notice::Subscribed(room));
            }
            Request::Unsubscribe(room) => {
                router.unsubscribe(server, Topic::Channel(room.as_bytes()));
                tell(server, Notice::Unsubscribed);
            }
            Request::Publish { room, text } => {
                router.route(room.as_bytes(), Some(server), hops);
                tally.add(Count::Copies, hops.broker_out() as usize);
                for &to in &hops.servers {
                    tell(to, Notice::Message { room: room.clone(), text: text.clone() });
                }
                tell(server, Notice::Published);
            }
        }
    }
}
