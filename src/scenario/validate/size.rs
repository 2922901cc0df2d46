//! How much memory a run would need, and how many arrivals it would have, so that what cannot be
//! run is refused before it starts.

use super::checker::{Checker, Demand, Load, grouped};
use crate::engine::{SimDuration, SimTime};
use crate::observe::{SeriesId, busiest};
use crate::plan::messaging::{Messaging, Sizes};
use crate::plan::{Policy, Reconnect, Verb, World};
use crate::policy::{Balance, Rebalance, Scale, Tier};
use crate::scenario::diagnostic::Code;
use crate::scenario::path::Path;
use crate::scenario::typed::written;

/// The most that one run may take.
const LIMIT: f64 = 16.0 * GIB;

const GIB: f64 = 1_073_741_824.0;

/// The highest rate of arrivals, per second, that of a typed rate too: time goes in steps of a
/// nanosecond, so that above it a run would no longer get on.
const FASTEST: f64 = 1e9;

/// Most arrivals that a field may ask for in one run, a day of a processor's work or more.
const MOST_ARRIVALS: f64 = 1e11;

/// A client's record (32) and its event (16).
const BYTES_PER_CLIENT: f64 = 48.0;

/// Who a client is (12), and that its place can be used again (4): kept where the clients are not
/// one crowd, all there from the start.
const BYTES_PER_IDENTITY: f64 = 16.0;

/// An attempt inside a server, in its line, its accept queue or at a worker, with what was foreseen
/// of it and of half another that has ended, the worker's place among the idle and the booked; a
/// list that grows has twice the room at most.
const BYTES_PER_INSIDE: f64 = 2.0 * (64.0 + 1.5 * 16.0 + 4.0 + 8.0);

/// A client's further event, where it has more than its next attempt ahead of it: that it
/// leaves, that its connection has reached its age.
const BYTES_PER_EVENT: f64 = 16.0;

/// A connection in a list of those to be closed, and while the list is made.
const BYTES_PER_CLOSE: f64 = 24.0 + 2.0 * 8.0;

/// The owners of a client's key before and after a change, where closes go by them.
const BYTES_PER_OWNER: f64 = 2.0 * 8.0;
/// What is remembered of a client in tables of their own: what its browser has seen, what a
/// balancer has tried for it, where it is counted, where its session lives.
const BYTES_OF_A_BROWSER: f64 = 40.0;
const BYTES_OF_TRIES: f64 = 20.0;
const BYTES_OF_A_NUMBER: f64 = 4.0;

/// A server's record, its empty queues and its row in a load board.
const BYTES_PER_SERVER: f64 = 1_024.0;

/// A server in the membership that an instance of the balancing tier knows, where instances
/// may know different ones.
const BYTES_PER_KNOWN: f64 = 160.0;

/// The cluster-level series at one sampling step.
const BYTES_PER_STEP: f64 = 8.0 * SeriesId::ALL.len() as f64;

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

/// A copy on its way to a server, in a list that has twice the room at most, and how many of
/// these are kept for a server.
const BYTES_PER_COPY: f64 = 2.0 * 24.0;
const MOST_COMING: f64 = 4_096.0;

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
    /// Bytes for servers, and the attempts inside them.
    pub server_bytes: f64,
    /// Bytes for the balancing tier: the structures of its instances.
    pub tier_bytes: f64,
    /// Bytes for channels, memberships and interests.
    pub message_bytes: f64,
}

impl Size {
    fn new(clients: f64, servers: f64, world: &World, policies: &[Policy]) -> Self {
        let seconds = world.duration.as_secs_f64();
        let steps = seconds / world.sample_every.as_secs_f64();
        let inside = inside(clients, servers, world, policies);
        Self {
            clients,
            client_bytes: clients * (BYTES_PER_CLIENT + remembered(world, policies)),
            series_bytes: steps * (BYTES_PER_STEP + servers * BYTES_PER_SERVER_STEP)
                + busiest::most_bytes(SimTime::ZERO.after(world.duration)),
            server_bytes: servers * BYTES_PER_SERVER + inside * BYTES_PER_INSIDE,
            tier_bytes: tier_bytes(servers, world, policies),
            message_bytes: world
                .messaging
                .as_ref()
                .map_or(0.0, |messaging| message_bytes(messaging, clients, servers, seconds)),
        }
    }

    /// All of it.
    pub fn bytes(&self) -> f64 {
        let growing = self.client_bytes + self.series_bytes + self.server_bytes;
        growing + self.tier_bytes + self.message_bytes + BYTES_FIXED
    }
}

impl Checker<'_> {
    /// What a run of the largest policy needs; reports what is above the limit. It
    /// goes by what was typed, for a count in the plan ends at 32 bits.
    pub fn size(&mut self, world: &World, policies: &[Policy], servers_born: usize) -> Size {
        let load = load_of(world);
        let they_end = self.arrivals_end(load);
        let clients = self.demands.iter().map(|demand| demand.clients(load)).sum();
        let size = Size::new(clients, servers_born as f64, world, policies);
        if they_end && let Some(messaging) = &world.messaging {
            self.personal_messages_end(messaging, clients, world.duration);
        }
        // What rates without bounds would take follows from them.
        if they_end && size.bytes() > LIMIT {
            self.too_large(&size, load);
        }
        size
    }

    /// Reports rates that come to more than a run can get through: those that a steady state, a
    /// law, a peak or `load` events make of what was typed. Whether there is none.
    fn arrivals_end(&mut self, load: Load) -> bool {
        let mut they_end = true;
        let rates: Vec<Demand> =
            self.demands.iter().filter(|demand| demand.is_rate).cloned().collect();
        for demand in rates {
            let path = &demand.path;
            let highest = demand.amount * demand.peak * load.highest;
            let expected = demand.amount * load.seconds;
            let (code, met, limit, label) = if highest > FASTEST {
                let met = format!("{} arrivals a second at its highest", rounded(highest));
                (Code::OutOfRange, met, FASTEST, "too many at once")
            } else if expected > MOST_ARRIVALS {
                let met = format!("{} arrivals in the whole run", rounded(expected));
                (Code::TooLarge, met, MOST_ARRIVALS, "too many to get through")
            } else {
                continue;
            };
            let message = format!("`{path}` comes to {met}; the limit is {}", rounded(limit));
            let help = format!("`load` events multiply it by up to {}", written(load.highest));
            let help = (load.highest > 1.0).then_some(help);
            let fault = self.at(path, code, message, label).with_help_if(help);
            self.report(fault);
            they_end = false;
        }
        they_end
    }

    fn too_large(&mut self, size: &Size, load: Load) {
        let most = self.demands.iter().max_by(|a, b| a.clients(load).total_cmp(&b.clients(load)));
        let most_clients = LIMIT / (BYTES_PER_CLIENT + BYTES_PER_IDENTITY);
        let most_clients = most_clients as u64 / 1_000_000 * 1_000_000;
        let field = |path: &str| Path::root().field(path);
        let parts = [
            (
                size.client_bytes,
                format!("{} clients", rounded(size.clients)),
                most.map(|demand| demand.path.clone()).unwrap_or_default(),
                format!("a run holds up to {} clients", grouped(most_clients)),
            ),
            (
                size.series_bytes,
                "the recorded series".to_owned(),
                field("sample_every"),
                "take a longer `sample_every`, or fewer servers".to_owned(),
            ),
            (
                size.server_bytes,
                "the servers".to_owned(),
                field("servers.count"),
                "take fewer servers, or a shorter `accept_queue`".to_owned(),
            ),
            (
                size.tier_bytes,
                "the balancing tier".to_owned(),
                field("policies"),
                "take fewer virtual nodes, slots, seats or instances".to_owned(),
            ),
            (
                size.message_bytes,
                "the messages".to_owned(),
                field("messaging.channels"),
                "take fewer channels, memberships or servers".to_owned(),
            ),
        ];
        let Some((_, cause, path, help)) = parts.into_iter().max_by(|a, b| a.0.total_cmp(&b.0))
        else {
            return;
        };
        let message = format!(
            "one run needs about {} of memory, most of it for {cause}; the limit is {}",
            in_gib(size.bytes()),
            in_gib(LIMIT)
        );
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
    let crowds = world.groups.iter().filter(|group| group.connected > 0).count();
    let one_crowd = crowds == 1 && world.groups.iter().all(|group| group.arrivals.is_empty());
    let leaves = world.groups.iter().any(|group| {
        // What is left of a presence at the start is no shorter in the mean than half of it.
        group.presence.mean_secs() < 100.0 * world.duration.as_secs_f64()
    });
    let drains = world
        .events
        .iter()
        .any(|event| matches!(event.verb, Verb::Remove { .. } | Verb::Deploy { .. }));
    let of_policy = |policy: &Policy| {
        let accept = &policy.accept;
        let ages = matches!(policy.rebalance, Rebalance::MaxAge(_));
        let moves = !ages && !matches!(policy.rebalance, Rebalance::None(_));
        let closes = moves || drains || !matches!(policy.scale, Scale::None(_));
        // Its line, or what swallows questions, holds attempts back.
        let waits_for_gateway = match &policy.balance {
            Balance::Gateway(config) => config.admission.is_some() || world.loses_questions(),
            _ => false,
        };
        let by_owner =
            matches!(policy.rebalance, Rebalance::Moved(_)) && policy.balance.has_state();
        [
            (ages, BYTES_PER_EVENT),
            (closes, BYTES_PER_CLOSE),
            (by_owner, BYTES_PER_OWNER),
            (accept.tier.retries.is_some(), BYTES_OF_TRIES),
            (accept.tier.forgets_counts, BYTES_OF_A_NUMBER),
            (accept.session_state.resume().is_some(), BYTES_OF_A_NUMBER),
            (waits_for_gateway, 2.0 * BYTES_OF_A_NUMBER),
        ]
        .into_iter()
        .map(|(is_kept, bytes)| if is_kept { bytes } else { 0.0 })
        .sum::<f64>()
    };
    let most = policies.iter().map(of_policy).fold(0.0, f64::max);
    most + if in_browsers { BYTES_OF_A_BROWSER } else { 0.0 }
        + if leaves { BYTES_PER_EVENT } else { 0.0 }
        + if one_crowd { 0.0 } else { BYTES_PER_IDENTITY }
}

/// Attempts inside the servers at the same time, at most: as many as there are places, or one
/// a client and what piles up. An attempt whose client gave up stays until its turn comes, and
/// its client tries again meanwhile: where all clients do so, wait after wait, and the servers
/// do less, the rest piles up for as long as the run goes on.
fn inside(clients: f64, servers: f64, world: &World, policies: &[Policy]) -> f64 {
    let limits = &world.servers;
    let line = |policy: &Policy| policy.accept.admit.as_ref().map_or(0, |admit| admit.queue);
    let line = f64::from(policies.iter().map(line).max().unwrap_or(0));
    let (queue, workers) = (f64::from(limits.accept_queue), f64::from(limits.handshake.workers));
    let slowest = world.events.iter().map(|event| match event.verb {
        Verb::Slow { factor, .. } => factor,
        _ => 1.0,
    });
    let work = limits.handshake.cost.mean_secs() * slowest.fold(1.0, f64::max);
    let done = f64::from(limits.count) * workers / work.max(1e-9);
    let tries = |reconnect: &Reconnect| {
        let most = reconnect.attempts.map_or(f64::INFINITY, f64::from);
        (world.duration.as_secs_f64() / reconnect.late_period_secs().max(1e-9)).min(most)
    };
    let tries = policies.iter().flat_map(|policy| &policy.reconnect).map(tries);
    let attempts = clients * tries.fold(0.0, f64::max);
    let piled_up = (attempts - done * world.duration.as_secs_f64()).max(0.0);
    (servers * (line + queue + workers)).min(clients + piled_up)
}

/// The balancing tier of the policy whose tier is the largest.
fn tier_bytes(servers: f64, world: &World, policies: &[Policy]) -> f64 {
    let weights = &world.servers.weights;
    let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
    let weight = servers * total / weights.len() as f64;
    let of_policy = |policy: &Policy| {
        let (replicas, disagrees) = (policy.balancer.replicas, policy.balancer.disagrees());
        let known = if disagrees { f64::from(replicas) * servers * BYTES_PER_KNOWN } else { 0.0 };
        let (backends, weight) = (servers as u64, weight.ceil() as u64);
        let tier = Tier::most_bytes(&policy.balance, replicas, disagrees, backends, weight);
        tier as f64 + known
    };
    policies.iter().map(of_policy).fold(0.0, f64::max)
}

/// A server has at most one interest in each channel, and one for each of its clients' memberships.
fn message_bytes(messaging: &Messaging, clients: f64, servers: f64, seconds: f64) -> f64 {
    let memberships = clients * f64::from(messaging.channels.per_client);
    let channels = match messaging.channels.sizes {
        Sizes::OnePerClient => clients,
        Sizes::Fixed | Sizes::Drawn(_) => f64::from(messaging.channels.count),
    };
    let coming = (messaging.rate(clients) * seconds).min(MOST_COMING);
    let registered = if messaging.direct.is_some() { clients } else { 0.0 };
    channels * BYTES_PER_CHANNEL
        + memberships * BYTES_PER_MEMBERSHIP
        + memberships.min(channels * servers) * BYTES_PER_INTEREST
        + registered * BYTES_PER_REGISTERED
        + servers * coming * BYTES_PER_COPY
}

fn in_gib(bytes: f64) -> String {
    format!("{} GiB", rounded(bytes / GIB))
}

fn rounded(number: f64) -> String {
    // `as` saturates: what is beyond 64 bits is far beyond every limit.
    if number >= 1e18 { format!("{number:e}") } else { grouped(number.round() as u64) }
}
