//! What the balancing tier is shown of the servers: weights that grow, and who is not ready.

use std::collections::VecDeque;

use crate::engine::{SimDuration, SimTime};
use crate::model::event::Event;
use crate::model::purpose;
use crate::model::simulation::Simulation;
use crate::model::witness::Witness;
use crate::plan::Accept;
use crate::plan::accept::SlowStart;
use crate::routing::{BackendState, Membership};

/// How often weights grow.
const STEP: SimDuration = SimDuration::from_secs(1);

/// Weights under slow start are counted in thousandths of a unit, all the time, so that the
/// credits of round robin keep their meaning.
const PARTS: f64 = 1_000.0;

/// What the tier is shown of the servers.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// Whether the tier is shown anything but the membership.
    on: bool,
    slow_start: Option<SlowStart>,
    /// What each instance knows; one for all where they learn at the same time.
    pictures: Vec<Picture>,
    /// Who was not ready at checks that the tier has yet to learn of, oldest first.
    on_the_way: VecDeque<Vec<bool>>,
    unready: Vec<bool>,
    /// Whether a step of growing weights is scheduled.
    growing: bool,
}

/// The servers as an instance knows them.
#[derive(Clone, Debug, Default)]
struct Picture {
    learned: Membership,
    /// When each backend, by index, became ready as far as is known: zero for those that were
    /// ready at the start, nothing for those that are not.
    ready_since: Vec<Option<SimTime>>,
}

impl Picture {
    fn learn(&mut self, membership: &Membership, now: SimTime) {
        let mut ready_since = Vec::with_capacity(self.ready_since.len());
        for backend in membership {
            let index = backend.id.index();
            ready_since.resize(index, None);
            let before = self.ready_since.get(index).copied().flatten();
            ready_since.push((backend.state != BackendState::Down).then(|| before.unwrap_or(now)));
        }
        self.ready_since = ready_since;
        self.learned = membership.clone();
    }

    /// For how long a backend has been ready; nothing for those of the start, and those that are not.
    fn age(&self, index: usize, now: SimTime) -> Option<SimDuration> {
        let since = self.ready_since.get(index).copied().flatten()?;
        (since != SimTime::ZERO).then(|| now.since(since))
    }
}

impl View {
    /// Nothing to show yet.
    pub fn new(rules: &Accept) -> Self {
        let tier = rules.tier;
        Self {
            on: tier.slow_start.is_some() || tier.retries.is_some() || rules.readiness.is_some(),
            slow_start: tier.slow_start,
            pictures: Vec::new(),
            on_the_way: VecDeque::new(),
            unready: Vec::new(),
            growing: false,
        }
    }

    /// So many instances know the servers of the start, which are no new ones.
    pub fn start(&mut self, membership: &Membership, instances: u32) {
        if self.on {
            let mut picture = Picture::default();
            picture.learn(membership, SimTime::ZERO);
            self.pictures = vec![picture; instances as usize];
        }
    }

    /// The servers that an instance knows, where somebody asks for that.
    pub fn known(&self, instance: u32) -> Option<&Membership> {
        let picture = self.pictures.get(instance as usize).or_else(|| self.pictures.first());
        picture.map(|picture| &picture.learned)
    }

    /// Whether some server's weight still grows.
    fn grows(&self, now: SimTime) -> bool {
        self.slow_start.is_some_and(|rule| {
            let grows = |picture: &Picture| {
                (0..picture.ready_since.len())
                    .any(|index| picture.age(index, now).is_some_and(|age| age < rule.window()))
            };
            self.pictures.iter().any(grows)
        })
    }

    /// What an instance is shown of its picture.
    fn shown(&self, picture: &Picture, now: SimTime) -> Membership {
        let mut shown = picture.learned.clone();
        for backend in &picture.learned {
            let index = backend.id.index();
            if let Some(rule) = self.slow_start {
                let share = picture.age(index, now).map_or(1.0, |age| rule.share(age));
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

impl<W: Witness> Simulation<'_, W> {
    /// The whole tier learns of the oldest change of the servers that it does not know.
    pub fn tell_tier(&mut self) {
        let membership = &self.changes[0];
        if self.accept.view.on {
            for picture in &mut self.accept.view.pictures {
                picture.learn(membership, self.now);
            }
            self.show_tier();
        } else {
            self.tier.update(membership);
        }
        if self.accept.rules.tier.forgets_counts {
            self.tier.forget_counts(None);
        }
    }

    /// One instance learns of servers.
    pub fn tell_instance(&mut self, instance: u32, membership: &Membership) {
        if self.accept.view.on {
            if let Some(picture) = self.accept.view.pictures.get_mut(instance as usize) {
                picture.learn(membership, self.now);
            }
            self.show_tier();
        } else {
            self.tier.update_one(instance, membership);
        }
        if self.accept.rules.tier.forgets_counts {
            self.tier.forget_counts(Some(instance));
        }
    }

    /// Shows the tier the servers as it knows them now.
    pub fn show_tier(&mut self) {
        let view = &self.accept.view;
        if !view.on {
            return;
        }
        if let [all] = view.pictures.as_slice() {
            self.tier.update(&view.shown(all, self.now));
        } else {
            for (instance, picture) in (0_u32..).zip(&view.pictures) {
                self.tier.update_one(instance, &view.shown(picture, self.now));
            }
        }
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

    /// Servers have told who of them is not ready; the tier hears of it after its delay, all
    /// instances at the same time: that of the first for this check.
    pub fn show_readiness(&mut self, unready: Vec<bool>) {
        self.accept.view.on_the_way.push_back(unready);
        self.accept.checks += 1;
        let draw = self.draws.at(purpose::READINESS, u64::from(self.accept.checks), 0);
        let delay = self.policy.balancer.propagation.sample(draw);
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
