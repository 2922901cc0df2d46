//! One WebSocket server: who is connected, who is in which room, who has to go.
//!
//! One task owns all state and never waits for a socket; each connection has a task that
//! does nothing but read and write. Clients say `hello KEY`, `subscribe ROOM`,
//! `publish ROOM TEXT`, and hear `ready SERVER` and `message TEXT`.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use ringstorm::routing::pubsub::{ConnectionId, InterestTable, Topic};
use ringstorm::routing::{BackendId, Held, KeyHash, Order, Pace, moved};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{oneshot, watch};
use tokio::time::{Duration, Instant, sleep_until};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};

use super::broker::{Broker, Link, Notice};
use super::{Failure, View, client};

/// What reaches a server's task.
pub enum Event {
    /// A connection has said `hello`.
    Opened { key: String, outbox: UnboundedSender<Outgoing>, id: oneshot::Sender<ConnectionId> },
    /// A connection has said something else.
    Said { from: ConnectionId, text: String },
    /// A connection has gone.
    Closed(ConnectionId),
    /// The broker has something for this server.
    Broker(Notice),
    /// Somebody wants to know when the broker has confirmed all that came before.
    Settle(oneshot::Sender<()>),
}

/// What a connection's task has to send.
pub enum Outgoing {
    Text(String),
    Restart,
}

/// A running server.
pub struct ServerHandle {
    pub address: SocketAddr,
    events: UnboundedSender<Event>,
}

impl ServerHandle {
    /// Waits until all that reached the server before is done and confirmed.
    pub async fn settle(&self) {
        let (settled, waiting) = oneshot::channel();
        if self.events.send(Event::Settle(settled)).is_ok() {
            // An error says that the server has stopped: nothing is left to wait for.
            drop(waiting.await);
        }
    }
}

/// Starts a server on a free port of loopback.
///
/// # Errors
/// There is no port, or no broker.
pub async fn start(
    id: BackendId,
    closes_per_second: f64,
    broker: &Broker,
    views: watch::Receiver<Arc<View>>,
) -> Result<ServerHandle, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let (events, inbox) = mpsc::unbounded_channel();
    let link = broker.connect(id, events.clone()).await?;
    let view = views.borrow().clone();
    let server = Server {
        id,
        view,
        views,
        broker: link,
        connections: BTreeMap::new(),
        opened: 0,
        interests: InterestTable::new(),
        unconfirmed: 0,
        joining: BTreeMap::new(),
        settling: Vec::new(),
        leaving: VecDeque::new(),
        pace: Pace::new(closes_per_second, 1),
        started: Instant::now(),
    };
    tokio::spawn(server.run(inbox));
    let to_server = events.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let events = to_server.clone();
            // A connection that breaks is a connection that is closed.
            tokio::spawn(async move { drop(serve(stream, &events).await) });
        }
    });
    Ok(ServerHandle { address, events })
}

/// Reads and writes one connection until either side closes it.
async fn serve(stream: TcpStream, events: &UnboundedSender<Event>) -> Result<(), Failure> {
    let mut socket = accept_async(stream).await?;
    let hello = socket.next().await.ok_or("closed before hello")??.into_text()?;
    let key = hello.strip_prefix("hello ").ok_or("no hello")?.to_owned();
    let (outbox, outgoing) = mpsc::unbounded_channel();
    let (id, assigned) = oneshot::channel();
    events.send(Event::Opened { key, outbox, id })?;
    let from = assigned.await?;
    let result = relay(&mut socket, from, outgoing, events).await;
    events.send(Event::Closed(from))?;
    while let Some(Ok(_)) = socket.next().await {}
    result
}

async fn relay(
    socket: &mut WebSocketStream<TcpStream>,
    from: ConnectionId,
    mut outgoing: UnboundedReceiver<Outgoing>,
    events: &UnboundedSender<Event>,
) -> Result<(), Failure> {
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    events.send(Event::Said { from, text: text.to_string() })?;
                }
                Some(Ok(Message::Close(_))) | None => return Ok(()),
                Some(message) => drop(message?),
            },
            next = outgoing.recv() => match next {
                Some(Outgoing::Text(text)) => socket.send(Message::text(text)).await?,
                Some(Outgoing::Restart) => {
                    let reason = "your owner has changed".into();
                    let frame = CloseFrame { code: client::RESTART.into(), reason };
                    return Ok(socket.close(Some(frame)).await?);
                }
                None => return Ok(()),
            },
        }
    }
}

struct Connection {
    key: String,
    opened: Instant,
    outbox: UnboundedSender<Outgoing>,
}

/// Who waits for the broker to confirm a room, and for how many confirmations.
#[derive(Default)]
struct Joining {
    outstanding: usize,
    waiting: Vec<ConnectionId>,
}

struct Server {
    id: BackendId,
    views: watch::Receiver<Arc<View>>,
    view: Arc<View>,
    broker: Link,
    connections: BTreeMap<ConnectionId, Connection>,
    opened: u32,
    interests: InterestTable<ConnectionId>,
    unconfirmed: usize,
    joining: BTreeMap<String, Joining>,
    settling: Vec<oneshot::Sender<()>>,
    leaving: VecDeque<(Instant, ConnectionId)>,
    pace: Pace,
    started: Instant,
}

impl Server {
    async fn run(mut self, mut inbox: UnboundedReceiver<Event>) {
        let mut views = self.views.clone();
        loop {
            let next_close = self.leaving.front().map(|&(at, _)| at);
            tokio::select! {
                event = inbox.recv() => match event {
                    Some(event) => self.handle(event),
                    None => return,
                },
                changed = views.changed() => match changed {
                    Ok(()) => self.follow(),
                    Err(_) => return,
                },
                () = sleep_until(next_close.unwrap_or(self.started)), if next_close.is_some() => {
                    self.close_next();
                }
            }
            if self.unconfirmed == 0 {
                for settled in self.settling.drain(..) {
                    // Who asked may have stopped waiting.
                    let _ = settled.send(());
                }
            }
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Opened { key, outbox, id } => {
                let connection = ConnectionId::new(self.opened);
                self.opened += 1;
                self.connections
                    .insert(connection, Connection { key, opened: Instant::now(), outbox });
                // If the connection has gone meanwhile, `Closed` follows.
                let _ = id.send(connection);
                if self.views.has_changed().unwrap_or(false) {
                    self.follow();
                }
                if self.owner(connection) != Some(self.id) {
                    self.send_away(connection);
                }
            }
            Event::Said { from, text } => self.hear(from, &text),
            Event::Closed(id) => self.forget(id),
            Event::Broker(notice) => self.notice(notice),
            Event::Settle(settled) => self.settling.push(settled),
        }
    }

    fn hear(&mut self, from: ConnectionId, text: &str) {
        if !self.connections.contains_key(&from) {
            return;
        }
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        match verb {
            "subscribe" => self.subscribe(from, rest),
            "publish" => {
                let (room, text) = rest.split_once(' ').unwrap_or((rest, ""));
                self.broker.publish(room, text);
                self.unconfirmed += 1;
            }
            _ => self.send_away(from),
        }
    }

    /// The first local subscriber of a room makes the server subscribe.
    fn subscribe(&mut self, from: ConnectionId, room: &str) {
        if self.interests.subscribe(from, Topic::Channel(room.as_bytes())) {
            self.broker.subscribe(room);
            self.unconfirmed += 1;
            self.joining.entry(room.to_owned()).or_default().outstanding += 1;
        }
        match self.joining.get_mut(room) {
            Some(joining) => joining.waiting.push(from),
            None => self.greet(from),
        }
    }

    fn greet(&self, id: ConnectionId) {
        self.send(id, Outgoing::Text(format!("ready {}", self.view.name(self.id))));
    }

    fn send(&self, id: ConnectionId, outgoing: Outgoing) {
        if let Some(connection) = self.connections.get(&id) {
            // A task that has ended has reported, or will, that its connection is closed.
            let _ = connection.outbox.send(outgoing);
        }
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Subscribed(room) => {
                self.unconfirmed -= 1;
                let Some(joining) = self.joining.get_mut(&room) else { return };
                joining.outstanding -= 1;
                if joining.outstanding == 0 {
                    let waiting = std::mem::take(&mut joining.waiting);
                    self.joining.remove(&room);
                    for id in waiting {
                        self.greet(id);
                    }
                }
            }
            Notice::Unsubscribed | Notice::Published => self.unconfirmed -= 1,
            Notice::Message { room, text } => {
                let mut recipients = Vec::new();
                self.interests.recipients(room.as_bytes(), &mut recipients);
                for id in recipients {
                    self.send(id, Outgoing::Text(format!("message {text}")));
                }
            }
        }
    }

    /// Takes a connection off all tables. The last local subscriber of a room makes the
    /// server unsubscribe.
    fn forget(&mut self, id: ConnectionId) {
        self.connections.remove(&id);
        let (broker, unconfirmed) = (&self.broker, &mut self.unconfirmed);
        self.interests.closed(id, |topic| {
            broker.unsubscribe(&String::from_utf8_lossy(topic.name()));
            *unconfirmed += 1;
        });
    }

    fn send_away(&mut self, id: ConnectionId) {
        self.send(id, Outgoing::Restart);
        self.forget(id);
    }

    fn owner(&self, id: ConnectionId) -> Option<BackendId> {
        self.view.owner(self.connections.get(&id)?.key.as_bytes())
    }

    /// Follows a change of servers: whoever has another owner now will be closed, in
    /// random order and at the pace.
    fn follow(&mut self) {
        let new = self.views.borrow_and_update().clone();
        let old = std::mem::replace(&mut self.view, new);
        let held = self.connections.iter().map(|(&id, connection)| (id, &connection.key));
        let moving = moved(held, |key| old.owner(key), |key| self.view.owner(key));
        let mut moving: Vec<Held<ConnectionId>> = moving
            .filter(|one| one.to != self.id)
            .filter_map(|one| {
                let Connection { key, opened, .. } = self.connections.get(&one.connection)?;
                let opened_ns = opened.duration_since(self.started).as_nanos() as u64;
                let key = KeyHash::of(key.as_bytes());
                Some(Held { connection: one.connection, key, opened_ns })
            })
            .collect();
        Order::Random.arrange(&mut moving);
        let now_ns = self.started.elapsed().as_nanos() as u64;
        for one in moving {
            let at = self.started + Duration::from_nanos(self.pace.next(now_ns));
            self.leaving.push_back((at, one.connection));
        }
    }

    fn close_next(&mut self) {
        let Some((_, id)) = self.leaving.pop_front() else { return };
        // Another change may have brought it home.
        if self.owner(id).is_some_and(|owner| owner != self.id) {
            self.send_away(id);
        }
    }
}
