//! Plain runs: between an attempt and its server stands a balancer, and nothing else.
//!
//! Most runs are plain. What the others need, a gateway, gates, browsers, losses, messages, is
//! asked for at a score of places on the way of each attempt. Each of these, here or where its
//! part is, looks at [`Witness::PLAIN`] first, so that a plain run is compiled without them: a fifth
//! of the instructions of a reconnect storm. The results are those of [`super::run_by_events`], which asks them all; a test holds the two equal over
//! random scenarios.

use super::client::Client;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::SimDuration;
use crate::plan::{self, Verb};
use crate::policy::{Balance, Rebalance, Tier};

/// The rules of a plain run.
static NO_RULES: plan::Accept = plan::Accept::NONE;

/// Whether a run of a policy in a world is plain: it has no gateway, one instance at most of a
/// balancer that takes no time, no rules but those of queue and workers, no browsers, losses,
/// messages or `max_age`, and nothing is slow or out of order for a while. What is asked here is
/// what runs that are plain leave out.
pub fn is_plain(world: &plan::World, policy: &plan::Policy) -> bool {
    let balancer = &policy.balancer;
    let has_one_balancer = !matches!(policy.balance, Balance::Gateway(_))
        && Tier::count(&policy.balance, balancer.replicas, balancer.disagrees()) == 1
        && balancer.attempt_cost.is_zero()
        && balancer.close_cost.is_zero();
    let goes_wrong = |verb: &Verb| match verb {
        Verb::Disconnect { back, .. } => back.is_some(),
        Verb::Slow { .. } | Verb::Outage { .. } => true,
        Verb::Add(_)
        | Verb::Remove { .. }
        | Verb::Crash { .. }
        | Verb::Deploy(_)
        | Verb::Load { .. } => false,
    };
    has_one_balancer
        && policy.accept == NO_RULES
        && !matches!(policy.rebalance, Rebalance::MaxAge(_))
        && world.groups.iter().all(|group| group.loss <= 0.0 && group.browser.is_none())
        && world.messaging.is_none()
        && !world.events.iter().any(|event| goes_wrong(&event.verb))
}

impl<'a, W: Witness> Simulation<'a, W> {
    /// How connections are accepted.
    #[inline]
    pub fn rules(&self) -> &'a plan::Accept {
        if W::PLAIN { &NO_RULES } else { self.accept.rules }
    }

    /// Whether clients ask a gateway first.
    #[inline]
    pub fn has_gateway(&self) -> bool {
        !W::PLAIN && self.tier.is_gateway()
    }

    /// Whether messages are sent.
    #[inline]
    pub fn has_messages(&self) -> bool {
        !W::PLAIN && self.messages.is_some()
    }

    /// Whether balancers are out of order.
    #[inline]
    pub fn has_no_balancer(&self) -> bool {
        !W::PLAIN && self.outages.balancer.outages > 0 && !self.tier.is_gateway()
    }

    /// Whether a client's network loses packets.
    #[inline]
    pub fn loses(&self, client: &Client) -> bool {
        !W::PLAIN && self.is_lossy && self.group(client).0.loss > 0.0
    }

    /// For how long a client's latest attempt was held back so far.
    #[inline]
    pub fn held_back(&self, place: u32) -> SimDuration {
        if W::PLAIN { SimDuration::ZERO } else { self.accept.held_back(place) }
    }
}
