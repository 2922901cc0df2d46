//! Metrics that are old when they are used.

use std::collections::VecDeque;

use super::{ServerReading, Values};
use crate::engine::{SimDuration, SimTime};

/// Keeps what was reported until it is old enough to be seen.
///
/// Without a delay nothing is kept. With one, each check's values are copied, and the
/// youngest that are at least as old as the delay are seen: O(servers) a check.
#[derive(Clone, Debug)]
pub(super) struct Lag {
    delay: SimDuration,
    /// (when, what each server reported then, in order of birth), oldest first.
    kept: VecDeque<(SimTime, Vec<(u32, Values)>)>,
}

/// What is seen at a check.
#[derive(Clone, Copy, Debug)]
pub(super) enum Measured<'a> {
    /// What the servers report at this moment.
    Now(SimTime),
    /// What they reported then.
    Then(SimTime, &'a [(u32, Values)]),
    /// Nothing yet.
    Nothing,
}

impl Lag {
    pub(super) const fn new(delay: SimDuration) -> Self {
        Self { delay, kept: VecDeque::new() }
    }

    /// Takes in what is reported now; what is seen now.
    pub(super) fn pass(&mut self, now: SimTime, servers: &[ServerReading]) -> Measured<'_> {
        if self.delay.is_zero() {
            return Measured::Now(now);
        }
        let reports = servers.iter().filter_map(|server| Some((server.id, server.values?)));
        let is_old_enough = |at: SimTime| now.since(at) >= self.delay;
        // The youngest that is old enough stays in front; its predecessor's memory is used again.
        let mut memory = Vec::new();
        while self.kept.get(1).is_some_and(|(at, _)| is_old_enough(*at)) {
            memory = self.kept.pop_front().map(|(_, reports)| reports).unwrap_or_default();
        }
        memory.clear();
        memory.extend(reports);
        self.kept.push_back((now, memory));
        match self.kept.front() {
            Some((at, reports)) if is_old_enough(*at) => Measured::Then(*at, reports),
            _ => Measured::Nothing,
        }
    }
}

impl Measured<'_> {
    /// What is seen of a server, and when it was measured.
    pub(super) fn of(&self, server: &ServerReading) -> Option<(SimTime, Values)> {
        match self {
            Self::Now(now) => Some((*now, server.values?)),
            Self::Then(at, reports) => {
                let place = reports.binary_search_by_key(&server.id, |(id, _)| *id).ok()?;
                Some((*at, reports[place].1))
            }
            Self::Nothing => None,
        }
    }
}
