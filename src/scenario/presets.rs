//! How the reconnecting code of real libraries behaves: one table for scenarios
//! and for `ringstorm presets`.

use crate::engine::{Distribution, SimDuration};
use crate::plan::reconnect::{Base, Delay, DelayFrom, Jitter, Reset};
use crate::plan::{Heartbeat, Reconnect};

mod table;

pub use table::PRESETS;

/// The reconnect behaviour of a library, a protocol or a paper.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name in scenarios.
    pub name: &'static str,
    /// One line for people: the formula, n counting retries from 0, U uniform in [0, 1).
    pub summary: &'static str,
    /// Where it was read.
    pub source: &'static str,
    /// How long the client waits for an attempt; `None` where the library has no limit of its own.
    pub connect_timeout: Option<SimDuration>,
    rule: fn() -> Rule,
}

/// A rule of the table without its name. Most libraries never give up, count
/// again once a connection opens, and wait from the end of the failed attempt.
struct Rule {
    delay: Delay,
    attempts: Option<u32>,
    reset: Reset,
    delay_from: DelayFrom,
    heartbeat: Heartbeat,
    stops_on: &'static [u16],
}

impl Preset {
    /// The preset of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// What it does.
    pub fn reconnect(&self) -> Reconnect {
        let Rule { delay, attempts, reset, delay_from, heartbeat, stops_on } = (self.rule)();
        let connect_timeout = self.connect_timeout.map(Distribution::Constant);
        Reconnect {
            name: self.name.to_owned(),
            delay,
            attempts,
            reset,
            delay_from,
            connect_timeout,
            heartbeat,
            stops_on: stops_on.to_vec(),
        }
    }
}

impl Rule {
    const fn usual(delay: Delay) -> Self {
        Self {
            delay,
            attempts: None,
            reset: Reset::OnOpen,
            delay_from: DelayFrom::End,
            heartbeat: Heartbeat::USUAL,
            stops_on: &[],
        }
    }

    const fn giving_up_after(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    const fn counting_again_after(mut self, uptime: SimDuration) -> Self {
        self.reset = Reset::AfterUptime(uptime);
        self
    }

    /// Pings every `interval`, and takes its peer for dead `timeout` after one that is missing.
    const fn pinging(mut self, interval: SimDuration, timeout: SimDuration) -> Self {
        self.heartbeat = Heartbeat { interval, timeout };
        self
    }

    const fn stopping_on(mut self, codes: &'static [u16]) -> Self {
        self.stops_on = codes;
        self
    }

    const fn waiting_from_the_start(mut self) -> Self {
        self.delay_from = DelayFrom::Start;
        self
    }
}

/// The same wait every time.
pub(super) fn fixed(delay: SimDuration, jitter: Jitter) -> Delay {
    Delay::Steps { delays: vec![delay], tail: Some(delay), jitter }
}

const fn exponential(base: SimDuration, factor: f64, cap: SimDuration, jitter: Jitter) -> Delay {
    Delay::Exponential { base: Base::Fixed(base), factor, cap, jitter, first: None }
}
