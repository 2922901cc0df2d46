//! Gateway discovery: clients ask an HTTP endpoint, which knows the servers'
//! reported loads, where to connect.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::SimDuration;
use crate::policy::{Fault, Hue, Info, RetryAfter};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "gateway",
    summary: "clients ask an HTTP endpoint that knows the servers' reported loads",
    hue: Hue::Gateway,
};

/// Parameters of `gateway`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How a server is chosen from the board of reports.
    pub select: Select,
    /// How often each server reports its load.
    pub report_every: SimDuration,
    /// Whether all servers report at one time.
    pub report_times: ReportTimes,
    /// How long a report is on its way.
    pub report_delay: SimDuration,
    /// Reports older than this are not used; "0s": all are.
    pub expire_after: SimDuration,
    /// Whether the gateway counts the clients that it sends somewhere until the next report.
    pub optimistic: bool,
    /// Gateway instances, each with its own board and counts, 1 to 1,000.
    pub replicas: u32,
    /// Round trips of one gateway request, 0 to 100: 3 for a fresh HTTPS connection, 1 for one kept alive.
    pub round_trips: u32,
    /// Time to serve one gateway request.
    pub service: SimDuration,
    /// How many clients the gateway sends on; all by default. Clients whose session can be
    /// resumed are not counted.
    pub admission: Option<Admission>,
}

/// A token bucket over all gateway instances together: who finds no token waits in line at
/// the gateway, or is told to come again.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// So many `per` span, and at once after a pause; 1 or more.
    pub limit: u32,
    /// The span.
    pub per: SimDuration,
    /// Clients are dealt out over so many lanes, by number, and each lane admits its part of the
    /// limit; 1 by default. Discord's `max_concurrency` identifies per 5 s, one for each
    /// remainder of the shard's number, are limit = lanes.
    #[serde(default = "one_lane")]
    pub lanes: u32,
    /// How many may wait in line for a token; nobody by default. Waiting counts against the
    /// client's `connect_timeout`.
    #[serde(default)]
    pub queue: u32,
    /// What those hear that are turned away; without it their library decides.
    pub retry_after: Option<RetryAfter>,
}

const fn one_lane() -> u32 {
    1
}

/// When servers report: the periodic and the individual update of M. Mitzenmacher ("How Useful Is
/// Old Information?", 2000).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportTimes {
    /// All at one time, as where the gateway asks them all.
    #[default]
    Together,
    /// Each at times of its own, as where servers push: first within an interval of when it is ready.
    /// Between two reports of others, whoever has just reported may look emptiest to everybody.
    Apart,
}

/// How a server is chosen from the board of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    /// The lowest reported load per weight.
    LeastLoaded,
    /// The lower of two drawn at random.
    PowerOfTwo,
    /// At random, in proportion to how far each is below the fullest, by load per weight.
    WeightedHeadroom,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            select: Select::LeastLoaded,
            report_every: SimDuration::from_secs(2),
            report_times: ReportTimes::Together,
            report_delay: SimDuration::ZERO,
            expire_after: SimDuration::ZERO,
            optimistic: true,
            replicas: 1,
            round_trips: 3,
            service: SimDuration::from_millis(1),
            admission: None,
        }
    }
}

impl Config {
    pub(super) fn validate(self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.report_every < SimDuration::from_millis(1) {
            faults.push(Fault::new(
                "report_every",
                format!("must be at least 1ms, met {}", self.report_every),
            ));
        }
        if !(1..=1_000).contains(&self.replicas) {
            faults
                .push(Fault::new("replicas", format!("must be 1 to 1,000, met {}", self.replicas)));
        }
        if self.round_trips > 100 {
            faults.push(Fault::new(
                "round_trips",
                format!("must be 0 to 100, met {}", self.round_trips),
            ));
        }
        faults.extend(self.admission.and_then(Admission::fault));
        faults
    }
}

impl Admission {
    fn fault(self) -> Option<Fault> {
        let (limit, lanes) = (self.limit, self.lanes);
        if limit == 0 {
            return Some(Fault::new("admission", "admits nobody: `limit` must be at least 1"));
        }
        if self.per.is_zero() {
            return Some(Fault::new("admission", "has no span: `per` must be above 0s"));
        }
        if lanes == 0 || !limit.is_multiple_of(lanes) {
            let message =
                format!("deals a limit of {limit} over {lanes} lanes: it must divide evenly");
            return Some(Fault::new("admission", message));
        }
        let hint = self.retry_after?;
        hint.is_empty().then(|| {
            Fault::new("admission", "asks for no wait: give `after` or `within` in `retry_after`")
        })
    }
}
