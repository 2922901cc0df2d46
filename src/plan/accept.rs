//! How connections are accepted: who waits at which door, what is remembered of a client,
//! and what its kernel and its browser add, as values.

use crate::engine::{Distribution, Rate, SimDuration, math};
use crate::policy::RetryAfter;

/// Everything between an attempt and an open connection that is a decision of whoever
/// runs the cluster, beside what [`super::Servers`] says of queue and work.
///
/// The default, [`Accept::NONE`], is a cluster with none of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Accept {
    /// What a server that is full tells those that it turns away.
    pub when_full: Option<RetryAfter>,
    /// The gate in front of a server's accept queue.
    pub admit: Option<Admit>,
    /// When a server takes no new connections because it holds too many.
    pub readiness: Option<Readiness>,
    /// What a server's memory is used for, and how much it has.
    pub memory: Option<Memory>,
    /// What is kept of a client between two connections.
    pub session_state: SessionState,
    /// What every handshake that resumes nothing asks, shared by the whole fleet.
    pub login: Option<Dependency>,
    /// What the balancing tier adds.
    pub tier: TierRules,
}

impl Accept {
    /// None of it.
    pub const NONE: Self = Self {
        when_full: None,
        admit: None,
        readiness: None,
        memory: None,
        session_state: SessionState::None,
        login: None,
        tier: TierRules { forgets_counts: false, slow_start: None, retries: None },
    };
}

impl Default for Accept {
    fn default() -> Self {
        Self::NONE
    }
}

/// When a client's kernel sends a SYN again that got no answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SynRetries {
    /// Linux 6.5 and later.
    #[default]
    Linux,
    /// Linux before 6.5, and RFC 6298.
    LinuxOld,
    /// Windows.
    Windows,
    /// macOS and iOS.
    MacOs,
}

/// Whose throttle of new WebSockets comes on top of a library's back-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    /// Chrome, and what is built on Chromium.
    Chrome,
    /// Firefox.
    Firefox,
}

/// A gate in front of each server's accept queue: those that it does not let through wait
/// in line, and are closed when they have waited too long or the line is full.
#[derive(Clone, Debug, PartialEq)]
pub struct Admit {
    /// How many it lets through.
    pub limit: AdmitLimit,
    /// How long one waits in line.
    pub wait: SimDuration,
    /// How many may wait in line.
    pub queue: u32,
    /// The close code; 1013 is "try again later".
    pub code: u16,
    /// What the close tells the client.
    pub retry_after: Option<RetryAfter>,
}

/// How many attempts a gate lets through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AdmitLimit {
    /// At most so many in the accept queue and in service together; at least 1.
    AtOnce(u32),
    /// A token bucket.
    Rate {
        /// Mean rate; positive.
        rate: Rate,
        /// How many at once after a pause; at least 1.
        burst: u32,
    },
}

/// A server that holds too many connections takes no new ones until its next check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Readiness {
    /// So many times the mean of the ready servers, weights counted; at least 1.
    pub refuse_above: f64,
    /// From one check to the next; positive.
    pub check_every: SimDuration,
    /// Whether it turns away what reaches it all the same, rather than only telling the
    /// balancing tier.
    pub rejects: bool,
    /// What it tells those that it turns away.
    pub retry_after: Option<RetryAfter>,
}

/// Memory of a server, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Without connections.
    pub base: u64,
    /// For each open connection.
    pub per_connection: u64,
    /// Above so much the server is killed.
    pub limit: u64,
}

/// What is kept of a client between two connections.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SessionState {
    /// Nothing is kept and nothing has to be rebuilt.
    #[default]
    None,
    /// In the server that held the connection: only a client that comes back to the same
    /// one, alive since, finds it.
    Local(Resume),
    /// In a store that every server asks.
    External {
        /// What resuming means.
        resume: Resume,
        /// The store.
        store: Dependency,
    },
}

/// How a session is resumed.
#[derive(Clone, Debug, PartialEq)]
pub struct Resume {
    /// For how long after a drop the session is kept.
    pub window: SimDuration,
    /// Work of a handshake that resumes its session, in place of the full one.
    pub resumed_cost: Distribution,
    /// Work that a handshake without a session adds to the full one.
    pub rebuild_cost: Distribution,
}

impl SessionState {
    /// How sessions are resumed, where they are.
    pub const fn resume(&self) -> Option<&Resume> {
        match self {
            Self::None => None,
            Self::Local(resume) | Self::External { resume, .. } => Some(resume),
        }
    }

    /// The store, where there is one.
    pub const fn store(&self) -> Option<&Dependency> {
        match self {
            Self::External { store, .. } => Some(store),
            Self::None | Self::Local(_) => None,
        }
    }
}

/// A service that handshakes wait for, first come first served: a login, a session store.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependency {
    /// Calls that it serves at once; at least 1.
    pub workers: u32,
    /// Time of one call in service.
    pub cost: Distribution,
    /// Calls that may wait.
    pub queue: u32,
    /// How long a server waits for the answer to a call; `None` waits for ever.
    pub timeout: Option<SimDuration>,
}

/// What the balancing tier adds to its scheme.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TierRules {
    /// Whether a change of the servers resets the scheme's connection counts to 0.
    pub forgets_counts: bool,
    /// How a new server's share grows; `None`: it is whole at once.
    pub slow_start: Option<SlowStart>,
    /// What the tier does with an attempt that a server refuses.
    pub retries: Option<TierRetries>,
}

/// How the weight of a new server grows to its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SlowStart {
    /// In proportion to the time since it joined (HAProxy `slowstart`, AWS ALB).
    Linear {
        /// For how long; positive.
        window: SimDuration,
    },
    /// Envoy's formula.
    Envoy {
        /// For how long; positive.
        window: SimDuration,
        /// Above 0; 1 is linear, more is faster at first.
        aggression: f64,
        /// Least share of its weight, in [0, 1].
        min_weight: f64,
    },
}

impl SlowStart {
    /// The share of its weight that a server has so long after it joined, in [0, 1].
    ///
    /// Sources: AWS ELB user guide, slow start mode ("linearly"); Envoy `slow_start.rst`:
    /// `max(min_weight, (max(t, 1 s) / window)^(1 / aggression))`.
    pub fn share(&self, elapsed: SimDuration) -> f64 {
        let window = self.window();
        if elapsed >= window {
            return 1.0;
        }
        match self {
            Self::Linear { .. } => elapsed.as_secs_f64() / window.as_secs_f64(),
            Self::Envoy { aggression, min_weight, .. } => {
                let factor = elapsed.as_secs_f64().max(1.0) / window.as_secs_f64();
                math::pow(factor, 1.0 / aggression).max(*min_weight).min(1.0)
            }
        }
    }

    /// For how long after its joining a server is below its weight.
    pub const fn window(&self) -> SimDuration {
        match self {
            Self::Linear { window } | Self::Envoy { window, .. } => *window,
        }
    }
}

/// A balancer that speaks the clients' protocol tries again when a server refuses a
/// connection: it is dead, full, or not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierRetries {
    /// How often; at least 1.
    pub count: u32,
    /// From a refusal to the next try.
    pub after: SimDuration,
    /// Whether it tries another server, rather than the same one.
    pub redispatch: bool,
}
