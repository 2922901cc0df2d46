//! The story: a calm cluster, a server that joins, a calm cluster again.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ringstorm::routing::{BackendId, KeyHash, Membership, Ring, RingConfig, moved};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};

use self::broker::{Broker, Count};
use self::client::{Command, Report};
use self::server::ServerHandle;

mod broker;
mod client;
mod gateway;
mod redis;
mod server;

/// What can go wrong: sockets, and peers that answer nonsense.
pub type Failure = Box<dyn Error + Send + Sync>;

/// What a cluster is like.
pub struct Settings {
    /// Servers at first; one more joins.
    pub servers: usize,
    /// Clients, from the start to the end.
    pub clients: usize,
    /// Rooms; each client is in one.
    pub rooms: usize,
    /// Moved clients that a server closes in a second.
    pub closes_per_second: f64,
    /// The address of a Redis; without it the broker is in this process.
    pub redis: Option<String>,
    /// How long nothing may happen before whatever is missing counts as lost.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            servers: 3,
            clients: 200,
            rooms: 40,
            closes_per_second: 100.0,
            redis: None,
            patience: Duration::from_secs(10),
        }
    }
}

/// What has happened.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Messages that should have come in the calm phases.
    pub expected: usize,
    /// Of these, those that did not come.
    pub lost: usize,
    /// Messages that came twice, or to the wrong client.
    pub stray: usize,
    /// Clients whose owner changed when the server joined.
    pub moved: usize,
    /// Of these, those that were closed with code 1012 and came back.
    pub returned: usize,
    /// Closes that should not have been.
    pub needless_closes: usize,
    /// Clients that were not on their owner in a calm phase.
    pub misplaced: usize,
    /// Rooms with another number of subscriptions at the broker than servers in need.
    pub wrong_subscriptions: usize,
    /// First and last events that the broker was told.
    pub subscribes: usize,
    /// See there.
    pub unsubscribes: usize,
}

impl Outcome {
    /// What is wrong with it; nothing, if all went well.
    pub fn faults(&self) -> Vec<String> {
        let counts = [
            (self.lost, "messages were lost in a calm phase"),
            (self.stray, "messages came twice or to the wrong client"),
            (self.moved - self.returned, "moved clients did not come back after a close with 1012"),
            (self.needless_closes, "closes were needless"),
            (self.misplaced, "clients were on the wrong server"),
            (self.wrong_subscriptions, "rooms had the wrong subscriptions at the broker"),
            (self.subscribes.abs_diff(self.unsubscribes), "subscriptions were left at the end"),
            (usize::from(self.expected == 0 || self.moved == 0), "phase showed nothing"),
        ];
        let wrong = counts.iter().filter(|(count, _)| *count > 0);
        wrong.map(|(count, what)| format!("{count} {what}")).collect()
    }
}

/// The servers that there are, as each part of the cluster sees them.
pub struct View {
    members: Membership,
    ring: Ring,
    addresses: BTreeMap<BackendId, SocketAddr>,
}

impl View {
    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.ring.owner(KeyHash::of(key))
    }

    fn name(&self, id: BackendId) -> &str {
        self.members.get(id).map_or("nobody", |server| &server.address)
    }
}

/// Runs a cluster and tells what happens.
///
/// # Errors
/// A socket fails, or the Redis is not there.
pub async fn run(settings: &Settings, out: &mut impl Write) -> Result<Outcome, Failure> {
    let mut cluster = Cluster::start(settings).await?;
    let broker = cluster.broker.name();
    writeln!(out, "{} servers, a gateway, messages by {broker}", settings.servers)?;
    cluster.connect_clients().await?;
    cluster.tell_loads(out)?;
    cluster.calm_phase(out).await?;
    cluster.grow(out).await?;
    cluster.tell_loads(out)?;
    cluster.calm_phase(out).await?;
    cluster.finish(out).await
}

struct Client {
    key: String,
    room: String,
    server: String,
    commands: mpsc::UnboundedSender<Command>,
}

struct Cluster<'a> {
    settings: &'a Settings,
    broker: Broker,
    views: watch::Sender<Arc<View>>,
    servers: Vec<ServerHandle>,
    gateway: SocketAddr,
    clients: Vec<Client>,
    reports: mpsc::UnboundedReceiver<Report>,
    reporting: mpsc::UnboundedSender<Report>,
    outcome: Outcome,
}

impl<'a> Cluster<'a> {
    async fn start(settings: &'a Settings) -> Result<Self, Failure> {
        let members = Membership::new();
        let ring = Ring::build(&RingConfig::default(), &members);
        let view = View { members, ring, addresses: BTreeMap::new() };
        let (views, _) = watch::channel(Arc::new(view));
        let (reporting, reports) = mpsc::unbounded_channel();
        let gateway = gateway::start(views.subscribe()).await?;
        let mut cluster = Self {
            settings,
            broker: Broker::open(settings.redis.as_deref())?,
            views,
            servers: Vec::new(),
            gateway,
            clients: Vec::new(),
            reports,
            reporting,
            outcome: Outcome::default(),
        };
        for _ in 0..settings.servers {
            cluster.add_server().await?;
        }
        Ok(cluster)
    }

    fn view(&self) -> Arc<View> {
        self.views.borrow().clone()
    }

    /// Starts a server and tells all others. Names, not ports, are hashed, so that each
    /// run tells the same story.
    async fn add_server(&mut self) -> Result<BackendId, Failure> {
        let old = self.view();
        let mut members = old.members.clone();
        let id = members.join(&format!("server-{}", self.servers.len()), 1, None);
        let ring = old.ring.updated(&members);
        self.broker.update(&members);
        let pace = self.settings.closes_per_second;
        let handle = server::start(id, pace, &self.broker, self.views.subscribe()).await?;
        let mut addresses = old.addresses.clone();
        addresses.insert(id, handle.address);
        self.servers.push(handle);
        self.views.send_replace(Arc::new(View { members, ring, addresses }));
        Ok(id)
    }

    async fn connect_clients(&mut self) -> Result<(), Failure> {
        for number in 0..self.settings.clients {
            let (commands, inbox) = mpsc::unbounded_channel();
            let key = format!("client-{number}");
            let room = self.broker.room(number % self.settings.rooms.max(1));
            let client = client::Client { number, key: key.clone(), room: room.clone() };
            tokio::spawn(client::live(client, self.gateway, inbox, self.reporting.clone()));
            self.clients.push(Client { key, room, server: String::new(), commands });
        }
        let mut waiting: BTreeSet<usize> = (0..self.clients.len()).collect();
        while !waiting.is_empty() {
            match self.report().await? {
                Some(Report::Ready { client, server }) => {
                    self.clients[client].server = server;
                    waiting.remove(&client);
                }
                Some(Report::Closed { .. }) => self.outcome.needless_closes += 1,
                Some(_) => {}
                None => return Err(format!("{} clients never connected", waiting.len()).into()),
            }
        }
        Ok(())
    }

    /// What a client says next; `None` if all are silent for too long.
    async fn report(&mut self) -> Result<Option<Report>, Failure> {
        match timeout(self.settings.patience, self.reports.recv()).await {
            Ok(Some(Report::Failed { client, why })) => {
                Err(format!("client {client}: {why}").into())
            }
            Ok(report) => Ok(report),
            Err(_) => Ok(None),
        }
    }

    fn tell_loads(&self, out: &mut impl Write) -> Result<(), Failure> {
        let view = self.view();
        let loads = view.members.iter().map(|server| {
            let held = self.clients.iter().filter(|client| client.server == server.address);
            format!("{} {}", server.address, held.count())
        });
        writeln!(out, "  clients: {}", loads.collect::<Vec<_>>().join(", "))?;
        Ok(())
    }

    /// Each client says one thing to its room; each member has to hear it once.
    async fn calm_phase(&mut self, out: &mut impl Write) -> Result<(), Failure> {
        self.check_places().await?;
        let copies_before = self.broker.counted(Count::Copies);
        let mut awaited = BTreeSet::new();
        for speaker in &self.clients {
            let text = format!("hello from {}", speaker.key);
            for (number, listener) in self.clients.iter().enumerate() {
                if listener.room == speaker.room {
                    awaited.insert((number, text.clone()));
                }
            }
            speaker.commands.send(Command::Publish(text))?;
        }
        let expected = awaited.len();
        while !awaited.is_empty() {
            match self.report().await? {
                Some(Report::Received { client, text }) => {
                    self.outcome.stray += usize::from(!awaited.remove(&(client, text)));
                }
                Some(Report::Closed { .. }) => self.outcome.needless_closes += 1,
                Some(_) => {}
                None => break,
            }
        }
        self.outcome.expected += expected;
        self.outcome.lost += awaited.len();
        self.settle().await;
        let copies = self.broker.counted(Count::Copies) - copies_before;
        writeln!(
            out,
            "calm: {} messages, {expected} deliveries, {} lost; \
             {:.2} copies a message to {} servers",
            self.clients.len(),
            awaited.len(),
            copies as f64 / self.clients.len() as f64,
            self.servers.len(),
        )?;
        Ok(())
    }

    /// Waits until each server has done what it was told and the broker has confirmed it.
    async fn settle(&self) {
        for server in &self.servers {
            server.settle().await;
        }
    }

    /// Each client has to be on its owner, and the broker has to know exactly the
    /// servers that each room needs.
    async fn check_places(&mut self) -> Result<(), Failure> {
        self.settle().await;
        let view = self.view();
        let mut needed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut misplaced = 0;
        for client in &self.clients {
            let owner = view.owner(client.key.as_bytes()).map(|id| view.name(id));
            misplaced += usize::from(owner != Some(&client.server));
            needed.entry(&client.room).or_default().insert(&client.server);
        }
        let rooms: Vec<&str> = needed.keys().copied().collect();
        let known = self.broker.subscribers(&rooms).await?;
        let wrong = needed.values().zip(known).filter(|(servers, known)| servers.len() != *known);
        self.outcome.wrong_subscriptions += wrong.count();
        self.outcome.misplaced += misplaced;
        Ok(())
    }

    /// Adds a server; exactly the clients that it owns now have to be closed and to
    /// come back.
    async fn grow(&mut self, out: &mut impl Write) -> Result<(), Failure> {
        let old = self.view();
        let started = Instant::now();
        let joined = self.add_server().await?;
        let new = self.view();
        let held = self.clients.iter().enumerate().map(|(number, client)| (number, &client.key));
        let moving = moved(held, |key| old.owner(key), |key| new.owner(key));
        let moving: BTreeSet<usize> = moving.map(|one| one.connection).collect();
        let name = new.name(joined);
        writeln!(
            out,
            "{name} joins: {} of {} clients are its own now",
            moving.len(),
            self.clients.len()
        )?;
        let (mut closed, mut back) = (BTreeSet::new(), BTreeSet::new());
        while back.len() < moving.len() {
            match self.report().await? {
                Some(Report::Closed { client, code }) => {
                    let is_due = moving.contains(&client) && code == Some(client::RESTART);
                    let is_first = is_due && closed.insert(client);
                    self.outcome.needless_closes += usize::from(!is_first);
                }
                Some(Report::Ready { client, server }) => {
                    if closed.contains(&client) && server == name {
                        back.insert(client);
                    }
                    self.clients[client].server = server;
                }
                Some(_) => {}
                None => break,
            }
        }
        self.outcome.moved = moving.len();
        self.outcome.returned = back.len();
        writeln!(
            out,
            "  {} closed with code {}, {} back on {name} after {:.1} s, \
             at most {} closes a second and server",
            closed.len(),
            client::RESTART,
            back.len(),
            started.elapsed().as_secs_f64(),
            self.settings.closes_per_second,
        )?;
        Ok(())
    }

    /// All clients leave; no subscription may stay behind.
    async fn finish(mut self, out: &mut impl Write) -> Result<Outcome, Failure> {
        self.check_places().await?;
        for client in &self.clients {
            client.commands.send(Command::Leave)?;
        }
        let mut left = 0;
        while left < self.clients.len() {
            match self.report().await? {
                Some(Report::Left) => left += 1,
                Some(Report::Closed { .. }) => self.outcome.needless_closes += 1,
                Some(Report::Received { .. }) => self.outcome.stray += 1,
                Some(_) => {}
                None => return Err("clients cannot leave".into()),
            }
        }
        self.settle().await;
        let rooms: BTreeSet<&str> = self.clients.iter().map(|client| &*client.room).collect();
        let rooms: Vec<&str> = rooms.into_iter().collect();
        let known = self.broker.subscribers(&rooms).await?;
        self.outcome.wrong_subscriptions += known.iter().filter(|&&known| known > 0).count();
        self.outcome.subscribes = self.broker.counted(Count::Subscribes);
        self.outcome.unsubscribes = self.broker.counted(Count::Unsubscribes);
        writeln!(
            out,
            "all left: {} SUBSCRIBE and {} UNSUBSCRIBE for {} clients in {} rooms",
            self.outcome.subscribes,
            self.outcome.unsubscribes,
            self.clients.len(),
            rooms.len(),
        )?;
        let verdict = if self.outcome.faults().is_empty() { "as it should be" } else { "wrong" };
        writeln!(
            out,
            "{verdict}: {} of {} deliveries lost",
            self.outcome.lost, self.outcome.expected
        )?;
        Ok(self.outcome)
    }
}
