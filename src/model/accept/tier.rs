//! What the balancing tier is shown of the servers: weights that grow, and who is not ready.

use std::collections::VecDeque;

use crate::engine::{SimDuration, SimTime};
use crate::model::event::Event;
use crate::model::simulation::Simulation;
use crate::plan::Accept;
use crate::plan::accept::SlowStart;
use crate::routing::{BackendState, Membership};

/// How often weights grow.
const STEP: SimDuration = SimDuration::from_secs(1);

/// Weights under slow start are counted in thousandths of a unit, all the time, so that the
/// credits of round robin keep their meaning.
const PARTS: f64 = 1_000.0;

/// The tier's picture of the servers.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// Whether the tier is shown anything but the membership.
    on: bool,
    slow_start: Option<SlowStart>,
    /// The membership that the tier last learnt.
    learned: Membership,
    /// When the tier learnt of each backend; zero for those of the start.
    joined: Vec<SimTime>,
    /// Who was not ready at checks that the tier has yet to learn of, oldest first.
    on_the_way: VecDeque<Vec<bool>>,
    unready: Vec<bool>,
    /// Whether a step of growing weights is scheduled.
    growing: bool,
}

impl View {
    /// Nothing to show yet.
    pub fn new(rules: &Accept) -> Self {
        let tier = rules.tier;
        Self {
            on: tier.slow_start.is_some() || tier.retries.is_some() || rules.readiness.is_some(),
            slow_start: tier.slow_start,
            learned: Membership::new(),
            joined: Vec::new(),
            on_the_way: VecDeque::new(),
            unready: Vec::new(),
            growing: false,
        }
    }

    /// The tier knows the servers of the start, which are no new ones.
    pub fn start(&mut self, membership: &Membership) {
        if self.on {
            self.learn(membership, SimTime::ZERO);
        }
    }

    /// The membership that the tier last learnt.
    pub const fn known(&self) -> &Membership {
        &self.learned
    }

    fn learn(&mut self, membership: &Membership, now: SimTime) {
        self.learned = membership.clone();
        let born = membership.iter().last().map_or(0, |last| last.id.index() + 1);
        if self.joined.len() < born {
            self.joined.resize(born, now);
        }
    }

    /// Whether some server's weight still grows.
    fn grows(&self, now: SimTime) -> bool {
        self.slow_start.is_some_and(|rule| {
            self.learned.iter().any(|backend| {
                let joined = self.joined[backend.id.index()];
                joined != SimTime::ZERO && now.since(joined) < rule.window()
            })
        })
    }

    /// The membership as it is shown now.
    fn shown(&self, now: SimTime) -> Membership {
        let mut shown = self.learned.clone();
        for backend in &self.learned {
            let index = backend.id.index();
            if let Some(rule) = self.slow_start {
                let joined = self.joined[index];
                let share =
                    if joined == SimTime::ZERO { 1.0 } else { rule.share(now.since(joined)) };
                let weight = (f64::from(backend.weight) * share * PARTS).round().max(1.0);
                shown.set_weight(backend.id, weight as u32);
            }
            if self.unready.get(index).copied().unwrap_or(false)
                && backend.state == BackendState::Ready
            {
                shown.set_state(backend.id, BackendState::Draining);
            }
        }
        shown
    }
}

impl Simulation<'_> {
    /// The tier learns of a change of the servers.
    pub fn tell_tier(&mut self, change: u32) {
        let membership = &self.changes[change as usize];
        if self.accept.view.on {
            self.accept.view.learn(membership, self.now);
            self.show_tier();
        } else {
            self.tier.update(membership);
        }
        if self.accept.rules.tier.forgets_counts {
            self.tier.forget_counts();
        }
    }

    /// Shows the tier the servers as it knows them now.
    pub fn show_tier(&mut self) {
        if !self.accept.view.on {
            return;
        }
        self.tier.update(&self.accept.view.shown(self.now));
        if !self.accept.view.growing && self.accept.view.grows(self.now) {
            self.accept.view.growing = true;
            self.at(self.now.after(STEP), Event::Grow);
        }
    }

    /// Weights have grown for a step.
    pub fn grow(&mut self) {
        self.accept.view.growing = false;
        self.show_tier();
    }

    /// Servers have told who of them is not ready; the tier hears of it after its delay.
    pub fn show_readiness(&mut self, unready: Vec<bool>) {
        self.accept.view.on_the_way.push_back(unready);
        let delay = self.policy.balancer.propagation;
        if delay.is_zero() {
            self.readiness_arrives();
        } else {
            self.at(self.now.after(delay), Event::ReadinessArrives);
        }
    }

    /// The tier hears who is not ready.
    pub fn readiness_arrives(&mut self) {
        if let Some(unready) = self.accept.view.on_the_way.pop_front() {
            self.accept.view.unready = unready;
            self.show_tier();
            self.recount_misplaced();
        }
    }
}
