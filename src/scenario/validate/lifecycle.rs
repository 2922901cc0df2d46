//! The life of servers: boot, drain, deploys, probes and checks.

use super::checker::Checker;
use crate::engine::{Distribution, SimDuration};
use crate::plan::{Boot, Close, Deploy, Drain, Health, Heartbeat, Liveness, Way};
use crate::policy::rollout::Amount;
use crate::scenario::diagnostic::Code;
use crate::scenario::path::Path;
use crate::scenario::schema::forms::{ShortOr, WordOr};
use crate::scenario::schema::{clients, law, lifecycle as typed, servers};

/// The registered range of close codes, and those for libraries and applications (RFC 6455, 7.4.2).
const CLOSE_CODES: std::ops::RangeInclusive<u32> = 1_000..=4_999;

/// Going away (RFC 6455, 7.4.1).
const GOING_AWAY: u64 = 1_001;

impl Checker<'_> {
    /// How servers come to life.
    pub fn boot(&mut self, path: &Path, servers: &servers::Servers) -> Boot {
        let at_once = match servers.boot_at_once {
            None | Some(WordOr::Word(_)) => u32::MAX,
            Some(WordOr::Value(limit)) => {
                self.count(&path.field("boot_at_once"), limit, 1..=u32::MAX)
            }
        };
        let time = self.law_or(&path.field("boot"), servers.boot.as_ref(), SimDuration::ZERO);
        Boot { time, at_once }
    }

    /// The law at `path`, or a constant where nothing is said.
    pub fn law_or(
        &mut self,
        path: &Path,
        typed: Option<&law::Law>,
        usual: SimDuration,
    ) -> Distribution {
        typed.map_or(Distribution::Constant(usual), |law| self.law(path, law))
    }

    /// The probe at `path`, with Kubernetes' defaults.
    pub fn liveness(&mut self, path: &Path, typed: &typed::Liveness) -> Liveness {
        let every = typed.every.unwrap_or(SimDuration::from_secs(10));
        let timeout = typed.timeout.unwrap_or(SimDuration::from_secs(1));
        let every = self.positive(&path.field("every"), every);
        let timeout = self.positive(&path.field("timeout"), timeout);
        if timeout > every {
            let expected = format!("at most `every`, which is {every}");
            self.out_of_range(&path.field("timeout"), timeout, &expected);
        }
        Liveness {
            every,
            timeout,
            fall: self.count(&path.field("fall"), typed.fall.unwrap_or(3), 1..=1_000),
            after: typed.after,
            cost: self.law_or(
                &path.field("cost"),
                typed.cost.as_ref(),
                SimDuration::from_millis(1),
            ),
        }
    }

    /// The balancer's checks at `path`.
    pub fn health(&mut self, path: &Path, typed: &typed::Health) -> Health {
        let interval = typed.interval.unwrap_or(SimDuration::from_secs(2));
        let interval = self.positive(&path.field("interval"), interval);
        Health {
            interval,
            timeout: typed.timeout.unwrap_or(interval),
            fall: self.count(&path.field("fall"), typed.fall.unwrap_or(3), 1..=1_000),
            rise: self.count(&path.field("rise"), typed.rise.unwrap_or(2), 1..=1_000),
        }
    }

    /// The heartbeat at `path`.
    pub fn heartbeat(&mut self, path: &Path, typed: clients::Heartbeat) -> Heartbeat {
        let clients::Heartbeat { interval, timeout } = typed;
        Heartbeat { interval, timeout: self.positive(&path.field("timeout"), timeout) }
    }

    /// The drain at `path`; a bare duration closes evenly over it.
    pub fn drain(&mut self, path: &Path, typed: &ShortOr<SimDuration, typed::Drain>) -> Drain {
        let typed = match typed {
            ShortOr::Short(grace) => {
                let grace = self.positive(path, *grace);
                let (wait, close, hint) = (SimDuration::ZERO, Close::Spread, None);
                return Drain { grace, wait, close, code: GOING_AWAY as u16, hint };
            }
            ShortOr::Long(typed) => typed,
        };
        let grace = self.positive(&path.field("grace"), typed.grace);
        if typed.wait > grace {
            let expected = format!("at most the grace period of {grace}");
            self.out_of_range(&path.field("wait"), typed.wait, &expected);
        }
        let code = typed.code.unwrap_or(GOING_AWAY);
        let code = self.count(&path.field("code"), code, CLOSE_CODES);
        Drain {
            grace,
            wait: typed.wait,
            close: self.close(&path.field("close"), typed.close),
            code: code as u16,
            hint: typed.hint,
        }
    }

    fn close(&mut self, path: &Path, typed: Option<typed::Close>) -> Close {
        match typed {
            None | Some(typed::Close::Spread) => Close::Spread,
            Some(typed::Close::Pace(rate)) => {
                if rate.as_per_second() <= 0.0 {
                    self.out_of_range(&path.field("pace"), rate, "more than 0/s");
                }
                Close::Pace(rate)
            }
            Some(typed::Close::Batch { size, every }) => {
                let path = path.field("batch");
                Close::Batch {
                    size: self.count(&path.field("size"), size, 1..=u32::MAX),
                    every: self.positive(&path.field("every"), every),
                }
            }
            Some(typed::Close::AtOnce) => Close::AtOnce,
            Some(typed::Close::Never) => Close::Never,
        }
    }

    /// The deploy at `path`.
    pub fn deploy(&mut self, path: &Path, typed: &typed::Deploy) -> Deploy {
        match typed {
            typed::Deploy::Rolling(rolling) => {
                let path = path.field("rolling");
                let (surge, unavailable) = self.margins(&path, rolling.surge, rolling.unavailable);
                let way = Way::Rolling { surge, unavailable };
                self.deploy_by(
                    &path,
                    way,
                    rolling.drain.as_ref(),
                    rolling.boot.as_ref(),
                    rolling.min_ready,
                )
            }
            typed::Deploy::OneByOne(one) => {
                let way = Way::OneByOne { in_place: one.in_place, pause: one.pause };
                let path = path.field("one_by_one");
                self.deploy_by(&path, way, one.drain.as_ref(), one.boot.as_ref(), one.min_ready)
            }
            typed::Deploy::BlueGreen(both) => {
                let path = path.field("blue_green");
                self.deploy_by(
                    &path,
                    Way::BlueGreen,
                    both.drain.as_ref(),
                    both.boot.as_ref(),
                    both.min_ready,
                )
            }
            typed::Deploy::Canary(canary) => {
                let path = path.field("canary");
                let (surge, unavailable) = self.margins(&path, canary.surge, canary.unavailable);
                let way = Way::Canary {
                    servers: self.count(
                        &path.field("servers"),
                        canary.servers.unwrap_or(1),
                        1..=super::servers::MOST_SERVERS,
                    ),
                    hold: canary.hold,
                    surge,
                    unavailable,
                };
                self.deploy_by(
                    &path,
                    way,
                    canary.drain.as_ref(),
                    canary.boot.as_ref(),
                    canary.min_ready,
                )
            }
        }
    }

    /// By how many servers a rolling update may be off at `path`. Not by none at all, as nothing
    /// could ever move.
    ///
    /// Source: kubernetes `pkg/apis/apps/validation/validation.go`, `ValidateRollingUpdateDeployment`.
    fn margins(
        &mut self,
        path: &Path,
        surge: Option<Amount>,
        unavailable: Option<Amount>,
    ) -> (Amount, Amount) {
        const NONE: [Amount; 2] = [Amount::Servers(0), Amount::Percent(0)];
        let margins = (amount(surge), amount(unavailable));
        if NONE.contains(&margins.0) && NONE.contains(&margins.1) {
            let message = format!("`{path}` allows no server more and no server less than wanted");
            let surge = self.document.value_span(&path.field("surge"), "none more");
            let unavailable = path.field("unavailable");
            let fault = self
                .at(&unavailable, Code::OutOfRange, message, "none less: nothing could ever move")
                .at(surge)
                .with_help("give one of `surge` and `unavailable` more than 0, as Kubernetes asks");
            self.report(fault);
        }
        margins
    }

    fn deploy_by(
        &mut self,
        path: &Path,
        way: Way,
        drain: Option<&ShortOr<SimDuration, typed::Drain>>,
        boot: Option<&law::Law>,
        min_ready: SimDuration,
    ) -> Deploy {
        Deploy {
            way,
            drain: drain.map(|drain| self.drain(&path.field("drain"), drain)),
            boot: boot.map(|law| self.law(&path.field("boot"), law)),
            min_ready,
        }
    }
}

/// Kubernetes' 25% where nothing is said.
fn amount(typed: Option<Amount>) -> Amount {
    typed.unwrap_or(Amount::Percent(25))
}
