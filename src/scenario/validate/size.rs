//! How much memory a run would need, so that what cannot be run is refused before it starts.

use super::checker::{Checker, Load, grouped};
use crate::engine::SimDuration;
use crate::plan::messaging::{Messaging, Sizes};
use crate::plan::{Policy, Verb, World};
use crate::policy::Balance;
use crate::scenario::diagnostic::Code;
use crate::scenario::path::Path;

/// The most that one run may take.
const LIMIT: f64 = 16.0 * GIB;

const GIB: f64 = 1_073_741_824.0;

/// A client's record (40), its event (16), and what its place keeps when it is used again (8).
const BYTES_PER_CLIENT: f64 = 64.0;

/// An attempt in an accept queue; a queue that grows has twice the room at most.
const BYTES_PER_WAITING: f64 = 2.0 * 64.0;
/// What is remembered of a client in tables of their own: what its browser has seen, what a
/// balancer has tried for it, where it is counted, where its session lives.
const BYTES_OF_A_BROWSER: f64 = 40.0;
const BYTES_OF_TRIES: f64 = 20.0;
const BYTES_OF_A_NUMBER: f64 = 4.0;

/// A server's record, its empty queues and its row in a load board.
const BYTES_PER_SERVER: f64 = 1_024.0;

/// A worker's next free time.
const BYTES_PER_WORKER: f64 = 8.0;

/// A point on a ring, and its share of the direct table.
const BYTES_PER_VIRTUAL_NODE: f64 = 32.0;

/// The cluster-level series at one sampling step: up to 16 of them.
const BYTES_PER_STEP: f64 = 128.0;

/// Connections, queue and utilisation of one server at one sampling step.
const BYTES_PER_SERVER_STEP: f64 = 12.0;

/// A channel's counts, its popularity and its name.
const BYTES_PER_CHANNEL: f64 = 96.0;

/// A client's membership: the channel, and how far it has been read.
const BYTES_PER_MEMBERSHIP: f64 = 8.0;

/// A server's interest in a channel, here and in the router.
const BYTES_PER_INTEREST: f64 = 160.0;

/// A client in the registry of those who get direct messages.
const BYTES_PER_REGISTERED: f64 = 82.0;

/// Latency histograms and the rest that does not grow.
const BYTES_FIXED: f64 = 16.0 * 1_048_576.0;

/// What one run needs, by cause, in bytes. An estimate on the high side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Clients that are expected to be present at the same time, at most.
    pub clients: f64,
    /// Bytes for them.
    pub client_bytes: f64,
    /// Bytes for the recorded series.
    pub series_bytes: f64,
    /// Bytes for servers, their workers, virtual nodes and accept queues.
    pub server_bytes: f64,
    /// Bytes for channels, memberships and interests.
    pub message_bytes: f64,
}

impl Size {
    fn new(clients: f64, servers: f64, world: &World, policies: &[Policy]) -> Self {
        let steps = world.duration.as_secs_f64() / world.sample_every.as_secs_f64();
        let weights = &world.servers.weights;
        let total_weight: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let virtual_nodes = policies.iter().map(virtual_nodes).fold(0.0, f64::max);
        let workers = f64::from(world.servers.handshake.workers);
        let waiting = clients.min(servers * f64::from(world.servers.accept_queue));
        Self {
            clients,
            client_bytes: clients * (BYTES_PER_CLIENT + remembered(world, policies)),
            series_bytes: steps * (BYTES_PER_STEP + servers * BYTES_PER_SERVER_STEP),
            server_bytes: servers
                * (BYTES_PER_SERVER
                    + workers * BYTES_PER_WORKER
                    + total_weight / weights.len() as f64 * virtual_nodes * BYTES_PER_VIRTUAL_NODE)
                + waiting * BYTES_PER_WAITING,
            message_bytes: world
                .messaging
                .as_ref()
                .map_or(0.0, |messaging| message_bytes(messaging, clients, servers)),
        }
    }

    /// All of it.
    pub fn bytes(&self) -> f64 {
        self.client_bytes + self.series_bytes + self.server_bytes + self.message_bytes + BYTES_FIXED
    }
}

impl Checker<'_> {
    /// What a run of the largest policy needs; reports what is above the limit. It
    /// goes by what was typed, for a count in the plan ends at 32 bits.
    pub fn size(&mut self, world: &World, policies: &[Policy], servers_born: usize) -> Size {
        let load = load_of(world);
        let clients = self.demands.iter().map(|demand| demand.clients(load)).sum();
        let size = Size::new(clients, servers_born as f64, world, policies);
        if size.bytes() > LIMIT {
            self.too_large(&size, load);
        }
        size
    }

    fn too_large(&mut self, size: &Size, load: Load) {
        let parts = [
            (size.client_bytes, format!("{} clients", rounded(size.clients))),
            (size.series_bytes, "the recorded series".to_owned()),
            (size.server_bytes, "the servers".to_owned()),
            (size.message_bytes, "the messages".to_owned()),
        ];
        let largest = parts.iter().max_by(|a, b| a.0.total_cmp(&b.0));
        let cause = largest.map_or("", |(_, cause)| cause.as_str());
        let message = format!(
            "one run needs about {} of memory, most of it for {cause}; the limit is {}",
            in_gib(size.bytes()),
            in_gib(LIMIT)
        );
        let others = size.client_bytes.max(size.series_bytes).max(size.server_bytes);
        let (path, help) = if size.message_bytes > others {
            let help = "take fewer channels, memberships or servers".to_owned();
            (Path::root().field("messaging.channels"), help)
        } else if size.client_bytes >= size.series_bytes.max(size.server_bytes) {
            let most =
                self.demands.iter().max_by(|a, b| a.clients(load).total_cmp(&b.clients(load)));
            let most_clients = (LIMIT / BYTES_PER_CLIENT) as u64 / 1_000_000 * 1_000_000;
            let help = format!("a run holds up to {} clients", grouped(most_clients));
            (most.map(|demand| demand.path.clone()).unwrap_or_default(), help)
        } else if size.series_bytes >= size.server_bytes {
            let help = "take a longer `sample_every`, or fewer servers".to_owned();
            (Path::root().field("sample_every"), help)
        } else {
            let help = "take fewer servers, workers or virtual nodes".to_owned();
            (Path::root().field("servers.count"), help)
        };
        let fault = self.at(&path, Code::TooLarge, message, "takes most of it").with_help(help);
        self.report(fault);
    }
}

/// What rates of arrivals are multiplied by: the product of the factors that are active.
fn load_of(world: &World) -> Load {
    let end = world.duration.as_secs_f64();
    let loads: Vec<(f64, f64, f64)> = world
        .events
        .iter()
        .filter_map(|event| match event.verb {
            Verb::Load { factor, lasting } => {
                let from = event.at.as_secs_f64();
                Some((from, from + SimDuration::as_secs_f64(lasting), factor))
            }
            _ => None,
        })
        .collect();
    let mut edges: Vec<f64> = loads.iter().flat_map(|&(from, to, _)| [from, to]).collect();
    edges.extend([0.0, end]);
    edges.sort_by(f64::total_cmp);
    let mut load = Load { seconds: 0.0, highest: 1.0 };
    for pair in edges.windows(2) {
        let (from, to) = (pair[0].min(end), pair[1].min(end));
        let active = loads.iter().filter(|(start, stop, _)| *start <= from && from < *stop);
        let factor: f64 = active.map(|(_, _, factor)| factor).product();
        load.seconds += (to - from) * factor;
        load.highest = load.highest.max(factor);
    }
    load
}

/// Bytes of a client beyond its record, under the policy that remembers most.
fn remembered(world: &World, policies: &[Policy]) -> f64 {
    let in_browsers = world.groups.iter().any(|group| group.browser.is_some());
    let of_policy = |policy: &Policy| {
        let accept = &policy.accept;
        let tries = if accept.tier.retries.is_some() { BYTES_OF_TRIES } else { 0.0 };
        let counted = if accept.tier.forgets_counts { BYTES_OF_A_NUMBER } else { 0.0 };
        let home = accept.session_state.resume().map_or(0.0, |_| BYTES_OF_A_NUMBER);
        tries + counted + home
    };
    let most = policies.iter().map(of_policy).fold(0.0, f64::max);
    most + if in_browsers { BYTES_OF_A_BROWSER } else { 0.0 }
}

/// A server has at most one interest in each channel, and one for each of its clients' memberships.
fn message_bytes(messaging: &Messaging, clients: f64, servers: f64) -> f64 {
    let memberships = clients * f64::from(messaging.channels.per_client);
    let channels = match messaging.channels.sizes {
        Sizes::OnePerClient => clients,
        Sizes::Fixed | Sizes::Drawn(_) => f64::from(messaging.channels.count),
    };
    let registered = if messaging.direct.is_some() { clients } else { 0.0 };
    channels * BYTES_PER_CHANNEL
        + memberships * BYTES_PER_MEMBERSHIP
        + memberships.min(channels * servers) * BYTES_PER_INTEREST
        + registered * BYTES_PER_REGISTERED
}

fn virtual_nodes(policy: &Policy) -> f64 {
    match &policy.balance {
        Balance::Ring(ring) => f64::from(ring.virtual_nodes) * f64::from(policy.balancer.replicas),
        _ => 0.0,
    }
}

fn in_gib(bytes: f64) -> String {
    format!("{} GiB", rounded(bytes / GIB))
}

fn rounded(number: f64) -> String {
    // `as` saturates: what is beyond 64 bits is far beyond every limit.
    if number >= 1e18 { format!("{number:e}") } else { grouped(number.round() as u64) }
}
