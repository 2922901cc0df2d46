//! The steps of a Kubernetes Deployment's rolling update, as pure functions.
//!
//! A rolling update has two sets of servers: the old version's, which shrinks, and the
//! new version's, which grows. [`Limits`] says by how much there may be more or fewer
//! servers than wanted on the way, [`next`] what is done at one look at them.
//!
//! Source: kubernetes `pkg/controller/deployment/rolling.go` and
//! `pkg/controller/deployment/util/deployment_util.go`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use crate::engine::{SimDuration, SimTime};

/// Servers, as a number or as whole percents of those wanted: `1` or `"25%"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Servers(u32),
    /// So many percent, at most 100.
    Percent(u32),
}

/// How many servers more or fewer than wanted there may be during an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The servers wanted, before and after.
    pub wanted: u32,
    /// So many more may exist.
    pub surge: u32,
    /// So many fewer may be available.
    pub unavailable: u32,
}

/// The two sets at a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sets {
    /// Servers of the old version, without those that leave.
    pub old: u32,
    /// How many of them are available: see [`is_available`].
    pub old_available: u32,
    /// Servers of the new version.
    pub new: u32,
    /// How many of them are available.
    pub new_available: u32,
}

/// The sizes that the two sets shall have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Of the old version: fewer than now, or the same.
    pub old: u32,
    /// Of the new version: more than now, or the same.
    pub new: u32,
}

impl Amount {
    /// How many of `wanted`, a part of one counted as none.
    pub fn rounded_down(self, wanted: u32) -> u32 {
        match self {
            Self::Servers(servers) => servers,
            Self::Percent(percent) => (u64::from(wanted) * u64::from(percent) / 100) as u32,
        }
    }

    /// How many of `wanted`, a part of one counted as one.
    pub fn rounded_up(self, wanted: u32) -> u32 {
        match self {
            Self::Servers(servers) => servers,
            Self::Percent(percent) => (u64::from(wanted) * u64::from(percent)).div_ceil(100) as u32,
        }
    }
}

impl Limits {
    /// The limits for so many servers: a surge is rounded up, the unavailable down; where
    /// both come to none, one may be unavailable, or nothing would ever move.
    ///
    /// Of 10 servers 25% are 3 more and 2 fewer; of 1, 1 more and none fewer.
    ///
    /// Source: `ResolveFenceposts` and `MaxUnavailable`.
    pub fn new(wanted: u32, surge: Amount, unavailable: Amount) -> Self {
        let surge = surge.rounded_up(wanted);
        let unavailable = match unavailable.rounded_down(wanted) {
            0 if surge == 0 => 1,
            unavailable => unavailable,
        };
        Self { wanted, surge, unavailable: unavailable.min(wanted) }
    }

    /// The fewest that must be available.
    const fn least(&self) -> u32 {
        self.wanted - self.unavailable
    }
}

/// What is done at one look: the new set grows if it can; if it cannot, the old one
/// shrinks if it can. It is looked at again after each change, until [`is_done`].
///
/// Source: `rolloutRolling`.
pub fn next(limits: Limits, sets: Sets) -> Sizes {
    let Limits { wanted, surge, .. } = limits;
    let room = (wanted + surge).saturating_sub(sets.old + sets.new);
    // `NewRSNewReplicas`.
    let grown = sets.new + room.min(wanted.saturating_sub(sets.new));
    if grown == sets.new {
        Sizes { old: sets.old - leaving(limits, sets), new: sets.new }
    } else {
        Sizes { old: sets.old, new: grown }
    }
}

/// How many of the old set go: first those that are not available, then so many that
/// enough stay available. New servers that are not available yet hold old ones back.
///
/// Source: `reconcileOldReplicaSets`, `cleanupUnhealthyReplicas`,
/// `scaleDownOldReplicaSetsForRollingUpdate`.
fn leaving(limits: Limits, sets: Sets) -> u32 {
    let needed = limits.least() + (sets.new - sets.new_available);
    let most = (sets.old + sets.new).saturating_sub(needed);
    if most == 0 {
        return 0;
    }
    let unhealthy = most.min(sets.old - sets.old_available);
    let spare = (sets.old_available + sets.new_available).saturating_sub(limits.least());
    unhealthy + spare.min(sets.old - unhealthy)
}

/// Whether the update is over: all servers are new, as many as wanted, and available.
pub const fn is_done(limits: Limits, sets: Sets) -> bool {
    sets.old == 0 && sets.new == limits.wanted && sets.new_available == sets.new
}

/// Whether a server that has been ready since then counts as available: it has been for
/// `min_ready`. `None` is not ready.
///
/// Source: `minReadySeconds`, kubernetes `pkg/api/v1/pod/util.go`, `IsPodAvailable`.
pub fn is_available(now: SimTime, ready_since: Option<SimTime>, min_ready: SimDuration) -> bool {
    ready_since.is_some_and(|since| now >= since + min_ready)
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Servers(servers) => write!(f, "{servers}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// Reads a number or a percentage.
struct AmountVisitor;

impl Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of servers, or whole percents such as \"25%\"")
    }

    fn visit_u64<E: Error>(self, servers: u64) -> Result<Amount, E> {
        u32::try_from(servers)
            .map(Amount::Servers)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(servers), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
        let digits = text.strip_suffix('%').filter(|digits| {
            (1..=3).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
        });
        digits
            .and_then(|digits| digits.parse().ok())
            .filter(|percent| *percent <= 100)
            .map(Amount::Percent)
            .ok_or_else(|| match text.parse::<u32>() {
                Ok(servers) => E::custom(format_args!(
                    "\"{text}\" is a text: write {servers} for a number of servers, or \"{servers}%\" \
                     for a share of them"
                )),
                Err(_) => E::custom(format_args!("`{text}` is no percentage from 0% to 100%")),
            })
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number of servers, or whole percents of those wanted.",
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": u32::MAX},
                {"type": "string", "pattern": r"^[0-9]{1,3}%$"},
            ],
            "examples": [1, "25%"],
        })
    }
}
