//! The state of an autoscaler in a run.

use super::{Reading, Scale, hpa, keda, scheduled, step, target_tracking};
use crate::engine::SimTime;

/// The state of an autoscaler: what it remembers between its checks.
///
/// The model asks [`Controller::next_check`] when to look, and [`Controller::decide`]
/// how many servers are wanted then; it must make that many the wanted number.
///
/// ```
/// use ringstorm::engine::{SimDuration, SimTime};
/// use ringstorm::policy::Scale;
/// use ringstorm::policy::scale::{Controller, Phase, Reading, ServerReading, Values};
///
/// let scale: Scale =
///     serde_json::from_str(r#"{"hpa": {"target": {"connections": 50}, "max": 100}}"#)?;
/// let mut controller = Controller::new(&scale, 2).expect("there is an autoscaler");
/// let server = |id| ServerReading {
///     id,
///     phase: Phase::Running,
///     ready: true,
///     started: None,
///     ready_changed: None,
///     values: Some(Values { connections: 500_000, ..Values::default() }),
/// };
/// let now = controller.next_check(SimTime::ZERO);
/// assert_eq!(now, SimTime::ZERO + SimDuration::from_secs(15));
/// // 1,000 connections at 50 a server want 20; at most twice as many, or 4, are allowed at once.
/// let servers = [server(0), server(1)];
/// assert_eq!(controller.decide(now, &Reading { wanted: 2, servers: &servers, waiting: 0 }), 4);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Controller {
    rule: Rule,
}

#[derive(Clone, Debug)]
enum Rule {
    Hpa(hpa::State),
    Keda(keda::State),
    TargetTracking(target_tracking::State),
    Step(step::State),
    Scheduled(scheduled::State),
}

impl Controller {
    /// An autoscaler that has seen nothing yet, over so many servers; `None` for the rule
    /// `none`. The rule has passed [`Scale::validate`].
    pub fn new(scale: &Scale, started: u32) -> Option<Self> {
        let rule = match scale {
            Scale::None(_) => return None,
            Scale::Hpa(config) => Rule::Hpa(hpa::State::new(config)),
            Scale::Keda(config) => Rule::Keda(keda::State::new(config)),
            Scale::TargetTracking(config) => {
                Rule::TargetTracking(target_tracking::State::new(config))
            }
            Scale::Step(config) => Rule::Step(step::State::new(config)),
            Scale::Scheduled(config) => Rule::Scheduled(scheduled::State::new(config, started)),
        };
        Some(Self { rule })
    }

    /// When it looks next, strictly after `after`; [`SimTime::NEVER`] if it does not.
    /// The first look of a run is the next after its start.
    pub fn next_check(&self, after: SimTime) -> SimTime {
        match &self.rule {
            Rule::Hpa(state) => state.next_check(after),
            Rule::Keda(state) => state.next_check(after),
            Rule::TargetTracking(state) => state.next_check(after),
            Rule::Step(state) => state.next_check(after),
            Rule::Scheduled(state) => state.next_check(after),
        }
    }

    /// How many servers are wanted from `now` on. Times never go back from one call to
    /// the next. O(servers), and O(events within the longest window) for `hpa` and `keda`.
    pub fn decide(&mut self, now: SimTime, reading: &Reading<'_>) -> u32 {
        match &mut self.rule {
            Rule::Hpa(state) => state.decide(now, reading),
            Rule::Keda(state) => state.decide(now, reading),
            Rule::TargetTracking(state) => state.decide(now, reading),
            Rule::Step(state) => state.decide(now, reading),
            Rule::Scheduled(state) => state.decide(now, reading),
        }
    }
}

/// The next multiple of `period` strictly after `after`.
pub(super) const fn next_multiple(after: SimTime, period: crate::engine::SimDuration) -> SimTime {
    let period = if period.is_zero() { 1 } else { period.as_nanos() };
    let count = after.as_nanos() / period + 1;
    SimTime::from_nanos(period.saturating_mul(count))
}
