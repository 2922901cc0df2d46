//! How a client comes back: the state machine of a real library, as values.
//!
//! The delays themselves are computed by `model::backoff`.

use crate::engine::math::pow;
use crate::engine::{Distribution, SimDuration};

/// How a client behaves after a drop or a failed attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconnect {
    /// What people call it: a preset's name, or `custom`.
    pub name: String,
    /// The wait before retry n (n = 0 for the first after a drop or a failure).
    pub delay: Delay,
    /// Retries in a row, without an open connection between, after which the
    /// client gives up for good; `None` never gives up; 0 never retries.
    pub attempts: Option<u32>,
    /// When the retry counter starts again from 0.
    pub reset: Reset,
    /// What the wait is counted from.
    pub delay_from: DelayFrom,
    /// How long a client waits for an attempt, drawn per attempt; `None` waits for ever.
    pub connect_timeout: Option<Distribution>,
    /// How a silent loss is noticed.
    pub heartbeat: Heartbeat,
    /// Close codes after which the client does not come back.
    pub stops_on: Vec<u16>,
}

impl Reconnect {
    /// About how long a client waits between two attempts once it has failed many times, its
    /// time-out included, in seconds; infinite where it waits for ever for an attempt.
    pub fn late_period_secs(&self) -> f64 {
        let timeout = self.connect_timeout.as_ref().map_or(f64::INFINITY, Distribution::mean_secs);
        timeout + self.delay.late_secs()
    }
}

/// Failures in a row that count as many: most laws have reached their cap by then.
const MANY: u32 = 12;

impl Delay {
    /// The mean wait after many failures, about.
    fn late_secs(&self) -> f64 {
        let secs = SimDuration::as_secs_f64;
        let grown =
            |base: f64, factor: f64, cap: f64| (base * pow(factor, f64::from(MANY))).min(cap);
        match self {
            Self::Exponential { base, factor, cap, jitter, .. } => {
                let base = match base {
                    Base::Fixed(base) => secs(*base),
                    Base::OncePerClient(min, max) => 0.5 * (secs(*min) + secs(*max)),
                };
                jitter.mean_secs(grown(base, *factor, secs(*cap)))
            }
            Self::Steps { delays, tail, jitter } => {
                let last = tail.or(delays.last().copied()).unwrap_or_default();
                jitter.mean_secs(secs(last))
            }
            Self::Decorrelated { base, cap } => 0.5 * (secs(*base) + secs(*cap)),
            Self::MinPlusFullJitter { min, base, factor, max } => {
                secs(*min) + 0.5 * grown(secs(*base), *factor, secs(*max))
            }
            Self::Linear { step } => secs(*step) * f64::from(MANY),
            Self::Uniform { min, max } => 0.5 * (secs(*min) + secs(*max)),
            Self::Ably { suspended_delay, .. } => secs(*suspended_delay),
            Self::Poll { base, growth, max_exponent, .. } => {
                secs(*base) * pow(*growth, f64::from((*max_exponent).min(MANY)))
            }
        }
    }
}

impl Jitter {
    /// The mean of a wait of so many seconds.
    fn mean_secs(self, wait: f64) -> f64 {
        let secs = SimDuration::as_secs_f64;
        match self {
            Self::None | Self::Exponential | Self::PlusMinus(_) | Self::SocketIo => wait,
            Self::Full => 0.5 * wait,
            Self::Equal => 0.75 * wait,
            Self::Additive(min, max) => wait + 0.5 * (secs(min) + secs(max)),
            Self::Multiplicative(low, high) => wait * 0.5 * (low + high),
        }
    }
}

/// Pings over an open connection. A side that hears nothing takes the connection for
/// dead after what is left of the interval (uniform, for phases are spread) and the time-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// From one ping to the next.
    pub interval: SimDuration,
    /// How long after a ping that should have come, or been answered, the peer counts as dead.
    pub timeout: SimDuration,
}

impl Heartbeat {
    /// Where nothing else is known: 30 s and 30 s (Phoenix).
    pub const USUAL: Self =
        Self { interval: SimDuration::from_secs(30), timeout: SimDuration::from_secs(30) };
}

/// When the retry counter starts again from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// As soon as a connection opens.
    OnOpen,
    /// Once a connection has been open for so long.
    AfterUptime(SimDuration),
}

/// What the wait before a retry is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelayFrom {
    /// The moment the client learns that the attempt failed.
    End,
    /// The moment the attempt started; a retry never starts before the failure is known.
    Start,
}

/// The law of the wait before retry n = 0, 1, 2, ...; U is uniform in [0, 1).
#[derive(Clone, Debug, PartialEq)]
pub enum Delay {
    /// `jitter(min(cap, base x factor^n))`; `jitter` may come before the cap.
    Exponential {
        /// Wait before the first retry, where nothing else says so.
        base: Base,
        /// Growth per retry; at least 1.
        factor: f64,
        /// Longest wait before jitter (see `Jitter`).
        cap: SimDuration,
        /// How chance changes it.
        jitter: Jitter,
        /// The wait before retry 0, uniform between the two, where it differs
        /// from the formula; retry n then waits as n - 1 would.
        first: Option<(SimDuration, SimDuration)>,
    },
    /// A table, then its tail for ever; without a tail the client gives up after the table.
    Steps {
        /// Waits before retries 0, 1, ...; not empty.
        delays: Vec<SimDuration>,
        /// Wait after the table's end.
        tail: Option<SimDuration>,
        /// How chance changes it.
        jitter: Jitter,
    },
    /// `min(cap, U(base, 3 x previous))`, previous = base at first (AWS).
    Decorrelated {
        /// Least wait.
        base: SimDuration,
        /// Longest wait.
        cap: SimDuration,
    },
    /// `min(max, min + U x min(max, base x factor^n))` (centrifuge-js).
    MinPlusFullJitter {
        /// Least wait.
        min: SimDuration,
        /// First width.
        base: SimDuration,
        /// Growth.
        factor: f64,
        /// Longest wait.
        max: SimDuration,
    },
    /// `step x (n + 1)` (linear).
    Linear {
        /// Step.
        step: SimDuration,
    },
    /// `U(min, max)` each time.
    Uniform {
        /// Least wait.
        min: SimDuration,
        /// Longest wait.
        max: SimDuration,
    },
    /// ably-js: retry 0 at once (at most one a second), then
    /// `base x min((k + 2) / 3, 2) x U[0.8, 1]` for k = n; once offline for
    /// `suspended_after`, every `suspended_delay`.
    Ably {
        /// 15 s.
        base: SimDuration,
        /// 120 s.
        suspended_after: SimDuration,
        /// 30 s.
        suspended_delay: SimDuration,
    },
    /// `ActionCable`'s poll: `base x growth^min(n, max_exponent) x (1 + j x U)`,
    /// j = `first_jitter` for n = 0, else `later_jitter`.
    Poll {
        /// 6 s.
        base: SimDuration,
        /// 1.15.
        growth: f64,
        /// 10.
        max_exponent: u32,
        /// 1.0.
        first_jitter: f64,
        /// 0.15.
        later_jitter: f64,
    },
}

/// Where the exponential starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Base {
    /// The same for every client.
    Fixed(SimDuration),
    /// Uniform between the two, drawn once per client (reconnecting-websocket).
    OncePerClient(SimDuration, SimDuration),
}

/// How chance changes a wait d.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jitter {
    /// Not at all.
    None,
    /// `U x d`.
    Full,
    /// `d/2 + U x d/2`.
    Equal,
    /// Exponential with mean d (queueing theory's memoryless retry).
    Exponential,
    /// `d x (1 + fraction x (2U - 1))`, after the cap.
    PlusMinus(f64),
    /// `d + U(min, max)`.
    Additive(SimDuration, SimDuration),
    /// `d x (lo + U x (hi - lo))`.
    Multiplicative(f64, f64),
    /// socket.io's backo2: deviation floor(U x 0.5 x d ms), the parity of floor(10 U)
    /// picks its sign (even: minus), then the cap.
    SocketIo,
}
