//! What happened in a run, fact by fact, for whoever wants to read along.
//!
//! An entry is one fact at one time, of a client, a server or the cluster. Entries come in the
//! order of time; those of one instant in the order in which they came about. Nobody keeps them:
//! a [`Listener`] hears each once.

use std::ops::ControlFlow;

use super::Ended;
use crate::engine::{SimDuration, SimTime};

/// One fact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub time: SimTime,
    /// Whom it happens to: clients are numbered from 1 in the order in which they come, which is
    /// the same under every policy.
    pub client: Option<u32>,
    /// Which of the client's attempts it is about, from 1 on.
    pub attempt: Option<u32>,
    /// Where: the server's index, which is 0 for s1.
    pub server: Option<u32>,
    /// What.
    pub fact: Fact,
}

/// What happens. Of a client: as it finds out, where nothing else is said; of what is inside a
/// server: as the server finds out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fact {
    /// A client comes, or is there from the start.
    Came {
        /// Its group, an index into the world's.
        group: u32,
        /// Its round trip.
        rtt: SimDuration,
        /// When it wants to go.
        leaves: SimTime,
        /// Whether it is there from the start.
        initial: bool,
    },
    /// A client's connection is there from the start.
    Placed,
    /// A client waits with its next attempt.
    Waits {
        /// Until when, unless it leaves before.
        until: SimTime,
        /// What it follows.
        why: Wait,
    },
    /// An attempt starts.
    Attempt {
        /// Its browser holds it back for so long.
        held: SimDuration,
        /// How much later its request arrives for packets that are lost.
        late: SimDuration,
        /// When it counts as made: when its first packet leaves, or its client gives up before.
        counts: SimTime,
    },
    /// An attempt asks the gateway.
    Asks,
    /// The gateway has a token for it later: it waits in line.
    AwaitsToken {
        /// Until when.
        until: SimTime,
    },
    /// The gateway names a server.
    Named,
    /// The balancer passes an attempt on later: it has other things to do.
    HeldUp {
        /// When.
        until: SimTime,
    },
    /// An attempt is sent to a server, and reaches it if anybody is there.
    Reached,
    /// An attempt's packets are lost: nobody answers.
    Lost(Obstacle),
    /// A client's kernel will send again what got no answer.
    SendsAgain {
        /// When it reaches the balancer or the server.
        arrives: SimTime,
    },
    /// An attempt is refused: by the server if there is one, else on its way. Its client hears
    /// of it later, unless the balancer tries again.
    Refused(Obstacle),
    /// The balancer tries again after a refusal.
    TriesAgain {
        /// When.
        at: SimTime,
    },
    /// An attempt waits in line at a server's gate.
    InLine,
    /// The gate lets it through.
    LetThrough {
        /// It has waited so long.
        waited: SimDuration,
    },
    /// An attempt waits in the accept queue.
    Queued {
        /// So many wait before it.
        ahead: u32,
    },
    /// A worker takes an attempt up.
    WorkStarts {
        /// It has waited so long in the accept queue.
        waited: SimDuration,
    },
    /// The worker asks the session store, and waits.
    AsksStore,
    /// The worker asks the login, and waits.
    AsksLogin,
    /// The session is not to be had: it is built anew.
    Rebuilds,
    /// A worker has worked for a client that had given up or left.
    DeadWork,
    /// Nobody waits any more for an attempt whose turn it is: it is skipped.
    Skipped,
    /// An attempt is cut inside a server that goes.
    Cut,
    /// The connection opens.
    Opened {
        /// The client was offline for so long when it hears of it.
        offline: SimDuration,
        /// Whether with the session that it had before.
        resumed: bool,
    },
    /// An attempt ends without a connection, and its client knows.
    Ended(Ended),
    /// The cluster, or the network, ends a connection.
    Dropped {
        /// Why.
        why: Dropped,
        /// When the client knows.
        known: SimTime,
    },
    /// A client tries no more.
    GivesUp,
    /// A client's presence ends.
    Left {
        /// Whether it was connected.
        connected: bool,
    },
    /// A server notices that a client is silently gone.
    GhostNoticed,
    /// A server starts.
    Boots,
    /// A server takes connections.
    Ready,
    /// A server is to leave, and drains.
    Drains {
        /// It is reset after so long at the latest.
        grace: SimDuration,
    },
    /// A draining server takes no more.
    StopsAccepting,
    /// A server is to close connections.
    Closes {
        /// So many.
        count: u32,
    },
    /// A server is gone.
    Gone,
    /// A server dies.
    Crashed {
        /// Whether nobody hears of it.
        silently: bool,
    },
    /// A server ends, to start again in place.
    Restarts,
    /// A server does not answer its liveness probe in time.
    ProbeFailed {
        /// So many times in a row.
        row: u32,
    },
    /// A server is killed.
    Killed(Killer),
    /// A server's handshakes take so many times as long as usual from now on.
    Slowness(f64),
    /// A server holds too many connections, and takes no new ones; or it does again.
    Readiness {
        /// Whether it takes new ones.
        takes: bool,
    },
    /// An event of the scenario.
    Event {
        /// Its index.
        index: u32,
    },
    /// What an event of the scenario began is over.
    EventEnds {
        /// Its index.
        index: u32,
    },
    /// The balancing tier learns of a change of the servers.
    Learns {
        /// Which of its instances; `None`: all.
        instance: Option<u32>,
    },
    /// The autoscaler wants another number of servers.
    Scales {
        /// So many were wanted.
        from: u32,
        /// So many are now.
        to: u32,
    },
    /// A deploy is done.
    Deployed,
    /// The warm-up is over.
    WarmedUp,
}

/// What a waiting client follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Its library's back-off.
    Backoff,
    /// What the close said.
    Hint,
    /// What the refusal said.
    RetryAfter,
    /// Its network, which is to come back.
    Network,
}

/// What keeps an attempt from its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The client's own network is gone.
    Network,
    /// The gateway is out of order.
    Gateway,
    /// The balancer is out of order.
    Balancer,
    /// The gateway has no token.
    NoToken,
    /// No server is known that takes connections.
    NoServer,
    /// The server does not listen.
    Closed,
    /// The server is dead, and nobody was told.
    Dead,
    /// The server holds too many connections beside the others.
    NotReady,
    /// The server holds as many as it may.
    MaxConnections,
    /// The server's gate has no place in line.
    Gate,
    /// It has waited too long at the gate.
    GateWait,
    /// The accept queue is full.
    QueueFull,
    /// The login refuses, or is out of order.
    Login,
}

/// Why a connection is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// Its server goes, and resets it.
    ServerGone,
    /// Its server is silently gone.
    ServerLost,
    /// The client's network is gone.
    Network {
        /// Whether neither side hears of it before its heartbeat.
        silently: bool,
    },
    /// The rebalancing rule moves it.
    Moved,
    /// It has reached its age.
    Aged,
    /// It reads too slowly.
    Slow,
    /// Its server has lost the broker.
    NoBroker,
    /// Its server drains, and closes it with this code.
    Drained {
        /// The close code.
        code: u16,
    },
}

/// What kills a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Killer {
    /// It failed its liveness probe too often.
    Liveness,
    /// It ran out of memory.
    Memory,
}

/// Who hears what happens in a run.
pub trait Listener {
    /// Whether it wants to hear of this. What it does not is not kept for it until its time.
    fn wants(&mut self, entry: &Entry) -> bool;

    /// After this time it wants nothing more, and the run need not go on for it.
    fn until(&self) -> SimTime {
        SimTime::NEVER
    }

    /// It hears of it; the run need not go on for it after a break.
    fn hear(&mut self, entry: &Entry) -> ControlFlow<()>;
}

impl Fact {
    /// Its name in logs that programs read.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Came { .. } => "came",
            Self::Placed => "placed",
            Self::Waits { .. } => "waits",
            Self::Attempt { .. } => "attempt",
            Self::Asks => "asks_gateway",
            Self::AwaitsToken { .. } => "awaits_token",
            Self::Named => "named",
            Self::HeldUp { .. } => "held_up",
            Self::Reached => "reached",
            Self::Lost(_) => "lost",
            Self::SendsAgain { .. } => "sends_again",
            Self::Refused(_) => "refused",
            Self::TriesAgain { .. } => "tries_again",
            Self::InLine => "in_line",
            Self::LetThrough { .. } => "let_through",
            Self::Queued { .. } => "queued",
            Self::WorkStarts { .. } => "work_starts",
            Self::AsksStore => "asks_store",
            Self::AsksLogin => "asks_login",
            Self::Rebuilds => "rebuilds",
            Self::DeadWork => "dead_work",
            Self::Skipped => "skipped",
            Self::Cut => "cut",
            Self::Opened { .. } => "opened",
            Self::Ended(Ended::Rejected) => "rejected",
            Self::Ended(Ended::TimedOut) => "timed_out",
            Self::Ended(Ended::Failed) => "failed",
            Self::Ended(Ended::Abandoned) => "abandoned",
            Self::Dropped { .. } => "dropped",
            Self::GivesUp => "gives_up",
            Self::Left { .. } => "left",
            Self::GhostNoticed => "ghost_noticed",
            Self::Boots => "boots",
            Self::Ready => "ready",
            Self::Drains { .. } => "drains",
            Self::StopsAccepting => "stops_accepting",
            Self::Closes { .. } => "closes",
            Self::Gone => "gone",
            Self::Crashed { .. } => "crashed",
            Self::Restarts => "restarts",
            Self::ProbeFailed { .. } => "probe_failed",
            Self::Killed(_) => "killed",
            Self::Slowness(_) => "slowness",
            Self::Readiness { .. } => "readiness",
            Self::Event { .. } => "event",
            Self::EventEnds { .. } => "event_ends",
            Self::Learns { .. } => "learns",
            Self::Scales { .. } => "scales",
            Self::Deployed => "deployed",
            Self::WarmedUp => "warmed_up",
        }
    }
}

impl Wait {
    /// Its name in logs that programs read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Backoff => "backoff",
            Self::Hint => "hint",
            Self::RetryAfter => "retry_after",
            Self::Network => "network",
        }
    }
}

impl Obstacle {
    /// Its name in logs that programs read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Gateway => "gateway",
            Self::Balancer => "balancer",
            Self::NoToken => "no_token",
            Self::NoServer => "no_server",
            Self::Closed => "closed",
            Self::Dead => "dead",
            Self::NotReady => "not_ready",
            Self::MaxConnections => "max_connections",
            Self::Gate => "gate",
            Self::GateWait => "gate_wait",
            Self::QueueFull => "queue_full",
            Self::Login => "login",
        }
    }
}

impl Dropped {
    /// Its name in logs that programs read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServerGone => "server_gone",
            Self::ServerLost => "server_lost",
            Self::Network { .. } => "network",
            Self::Moved => "moved",
            Self::Aged => "aged",
            Self::Slow => "slow",
            Self::NoBroker => "no_broker",
            Self::Drained { .. } => "drained",
        }
    }
}

impl Killer {
    /// Its name in logs that programs read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Memory => "memory",
        }
    }
}
