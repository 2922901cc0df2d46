//! The accept path beyond one queue and its workers: who waits where, and what is
//! remembered of whom. Each part is off, and costs a comparison, unless its rule is given.
//!
//! ```text
//!  client ─► [browser] ─► kernel ─► [gateway's tokens] ─► [balancer, tries again] ─► server
//!  server: [ready?] ─► [gate, its line] ─► accept queue ─► worker ─► [store | login] ─► open
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `syn` | when a kernel sends a SYN again |
//! | `browser` | the throttles of Chrome and Firefox |
//! | `hint` | those who are turned away, and when they come again |
//! | `tokens` | how many clients the gateway sends on |
//! | `redispatch` | a balancer that tries again |
//! | `proxy` | a balancer's own time for each attempt and each close |
//! | `gate` | admission to a server, and the line in front of it |
//! | `readiness` | servers that hold too many take no new ones |
//! | `tier` | what the balancing tier is shown: weights that grow, servers that are not ready |
//! | `steps` | what a handshake does after its own work: resume, rebuild, log in |
//! | `service` | the login and the session store: workers and a queue each |
//! | `memory` | what connections take, and servers that run out of it |

mod browser;
mod gate;
mod hint;
mod memory;
mod proxy;
mod readiness;
mod redispatch;
mod service;
mod steps;
mod syn;
mod tier;
mod tokens;

use self::browser::Throttle;
use self::gate::Gate;
pub use self::hint::Reply;
use self::proxy::Proxies;
use self::redispatch::Tried;
use self::service::Service;
pub use self::service::Which;
pub use self::steps::Step;
pub use self::syn::{Schedule, schedule};
use self::tier::View;
pub use self::tokens::Token;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::SimDuration;
use crate::observe::services;
use crate::plan::{self, World};
use crate::policy::{Balance, balance::gateway};
use crate::routing::{Membership, Pace};

/// What the accept path remembers of a run.
#[derive(Debug)]
pub(super) struct Accept<'a> {
    /// The rules.
    pub rules: &'a plan::Accept,
    /// What each client's browser remembers.
    throttles: Table<Throttle>,
    /// For how long each client's latest attempt was held back on its way: by its browser, in
    /// the gateway's line, by its balancer, between two tries of that, and while its question to
    /// the gateway was lost.
    held: Table<SimDuration>,
    /// What a balancer has tried for each client's latest attempt.
    tried: Table<Tried>,
    /// Since which of its instance's resets a client's connection is counted.
    counted: Table<u32>,
    /// The server that holds each client's session.
    homes: Table<u32>,
    login: Option<Service<'a>>,
    store: Option<Service<'a>>,
    /// The gateway's tokens, lane by lane.
    lanes: Vec<Pace>,
    /// Clients in line at the gateway.
    in_line: u32,
    gates: Vec<Gate>,
    /// Whether each server took new connections at its last check; true beyond the end.
    unready: Vec<bool>,
    /// Checks of readiness whose outcome was news.
    checks: u32,
    view: View,
    proxies: Proxies,
}

impl<'a> Accept<'a> {
    /// What there is at the start under a policy.
    pub fn new(plan: &'a World, policy: &'a plan::Policy) -> Self {
        let rules = &policy.accept;
        let browsers = plan.groups.iter().any(|group| group.browser.is_some());
        let (admission, asks_again) = match &policy.balance {
            Balance::Gateway(config) => (config.admission, plan.loses_questions()),
            _ => (None, false),
        };
        let queues = admission.is_some_and(|admission| admission.queue > 0);
        let tier = rules.tier;
        let proxies = Proxies::new(policy);
        let holds =
            browsers || queues || asks_again || tier.retries.is_some() || proxies.take_time();
        Self {
            rules,
            throttles: Table::new(browsers),
            held: Table::new(holds),
            tried: Table::new(tier.retries.is_some()),
            counted: Table::new(tier.forgets_counts),
            homes: Table::new(rules.session_state.resume().is_some()),
            login: rules.login.as_ref().map(Service::new),
            store: rules.session_state.store().map(Service::new),
            lanes: admission.map(lanes).unwrap_or_default(),
            in_line: 0,
            gates: Vec::new(),
            unready: Vec::new(),
            checks: 0,
            view: View::new(rules),
            proxies,
        }
    }

    /// Whether handshakes may wait for a service before they are done.
    const fn asks_services(&self) -> bool {
        self.login.is_some() || self.store.is_some()
    }

    /// A place has a new client, of whom nothing is remembered.
    #[inline]
    fn forget(&mut self, place: u32) {
        self.throttles.set(place, Throttle::default());
        self.held.set(place, SimDuration::ZERO);
        self.tried.set(place, Tried::default());
        self.counted.set(place, 0);
        self.homes.set(place, u32::MAX);
    }

    /// For how long a client's latest attempt was held back so far.
    #[inline]
    pub fn held_back(&self, place: u32) -> SimDuration {
        self.held.get(place)
    }

    /// A client's latest attempt is held back for so much longer.
    pub fn hold_back(&mut self, place: u32, by: SimDuration) {
        let held = self.held.get(place);
        self.held.set(place, held.saturating_add(by));
    }

    /// The servers that the tier knows, where somebody asks for that.
    pub fn known(&self, instance: u32) -> Option<&Membership> {
        self.view.known(instance)
    }
}

impl<W: Witness> Simulation<'_, W> {
    /// A place has a new client, of whom nothing is remembered.
    #[inline]
    pub fn forget_client(&mut self, place: u32) {
        if !W::PLAIN {
            self.accept.forget(place);
        }
    }

    /// A connection opens at `server`: where it is counted, and where its session lives.
    #[inline]
    pub fn remember_home(&mut self, place: u32, server: u32, counted: u32) {
        if !W::PLAIN {
            self.accept.counted.set(place, counted);
            self.accept.homes.set(place, server);
        }
    }

    /// Since which reset a client's connection is counted.
    #[inline]
    pub fn counted(&self, place: u32) -> u32 {
        if W::PLAIN { 0 } else { self.accept.counted.get(place) }
    }

    /// Whether handshakes may wait for a service before they are done.
    #[inline]
    pub fn asks_services(&self) -> bool {
        !W::PLAIN && self.accept.asks_services()
    }

    /// Before anything happens: the tier is shown the servers, and metrics learn what there is.
    pub fn start_accept(&mut self) {
        let instances = if self.policy.balancer.disagrees() { self.tier.instances() } else { 1 };
        self.accept.view.start(&self.membership, instances);
        self.show_tier();
        self.foresees = self.can_foresee();
        let state = &self.accept.rules.session_state;
        self.record.counts.resumed = state.resume().map(|_| 0);
        let store = state.store().map_or(0, |store| store.workers);
        let login = self.accept.rules.login.as_ref().map_or(0, |login| login.workers);
        self.record.services.has_workers(services::STORE, store);
        self.record.services.has_workers(services::LOGIN, login);
    }
}

fn lanes(admission: gateway::Admission) -> Vec<Pace> {
    let each = admission.limit / admission.lanes.max(1);
    let rate = f64::from(each) / admission.per.as_secs_f64();
    vec![Pace::new(rate, each); admission.lanes as usize]
}

/// One row for each client's place; no memory while it is off.
#[derive(Clone, Debug)]
struct Table<T> {
    on: bool,
    rows: Vec<T>,
}

impl<T: Copy + Default> Table<T> {
    const fn new(on: bool) -> Self {
        Self { on, rows: Vec::new() }
    }

    /// The row; the default where nothing was written.
    #[inline]
    fn get(&self, place: u32) -> T {
        self.rows.get(place as usize).copied().unwrap_or_default()
    }

    #[inline]
    fn set(&mut self, place: u32, row: T) {
        if !self.on {
            return;
        }
        let place = place as usize;
        if place >= self.rows.len() {
            self.rows.resize(place + 1, T::default());
        }
        self.rows[place] = row;
    }
}
