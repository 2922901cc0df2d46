//! How connections are accepted: gates, hints, memory, session state, login.

use super::checker::Checker;
use crate::engine::units::Bytes;
use crate::engine::{Distribution, SimDuration};
use crate::plan::accept::{
    Accept, Admit, AdmitLimit, Browser, Dependency, Memory, Readiness, Resume, SessionState,
    SlowStart, SynRetries, TierRetries, TierRules,
};
use crate::plan::{Servers, WhenFull};
use crate::policy::{Balance, RetryAfter};
use crate::scenario::diagnostic::Code;
use crate::scenario::path::Path;
use crate::scenario::schema::accept as typed;
use crate::scenario::schema::forms::{ShortOr, Unlimited, WordOr};
use crate::scenario::schema::{self, Scenario};

const USUAL_WAIT: SimDuration = SimDuration::from_secs(30);
const USUAL_CHECK: SimDuration = SimDuration::from_secs(10);
const USUAL_STORE_WORKERS: u64 = 64;
const NO_TIME: Distribution = Distribution::Constant(SimDuration::ZERO);

/// Try again later.
const USUAL_CODE: u16 = 1013;

/// HAProxy's: `retries 3`, and a second between two tries.
const USUAL_RETRIES: u64 = 3;
const USUAL_PAUSE: SimDuration = SimDuration::from_secs(1);

/// Envoy's, in percent of the weight: `min_weight_percent`.
const USUAL_MIN_WEIGHT: f64 = 0.1;

impl Checker<'_> {
    /// What the scenario says for every policy.
    pub fn accept(&mut self, typed: &Scenario, servers: &Servers) -> Accept {
        let root = Path::root();
        let path = root.field("servers");
        let rules = &typed.servers;
        let full = rules.when_full.as_ref();
        Accept {
            when_full: full.and_then(|full| self.full_hint(&path.field("when_full"), full)),
            admit: rules.admit.as_ref().map(|admit| self.admit(&path.field("admit"), admit)),
            readiness: rules
                .readiness
                .as_ref()
                .map(|readiness| self.readiness(&path.field("readiness"), readiness)),
            memory: rules.memory.map(|memory| self.memory(&path.field("memory"), memory)),
            session_state: typed.session_state.as_ref().map_or(SessionState::None, |state| {
                self.session_state(&root.field("session_state"), state, servers)
            }),
            login: typed.login.as_ref().map(|login| self.login(&root.field("login"), login)),
            tier: self.tier_rules(&root.field("balancer"), &typed.balancer),
        }
    }

    /// What a policy says in place of it.
    pub fn accept_under(
        &mut self,
        path: &Path,
        typed: &schema::Policy,
        usual: &Accept,
        servers: &Servers,
    ) -> Accept {
        let mut accept = usual.clone();
        if let Some(admit) = &typed.admit {
            accept.admit = Some(self.admit(&path.field("admit"), admit));
        }
        if let Some(readiness) = &typed.readiness {
            accept.readiness = Some(self.readiness(&path.field("readiness"), readiness));
        }
        if let Some(state) = &typed.session_state {
            let place = path.field("session_state");
            accept.session_state = self.session_state(&place, state, servers);
        }
        if let Some(login) = &typed.login {
            accept.login = Some(self.login(&path.field("login"), login));
        }
        if let Some(balancer) = &typed.balancer {
            let place = path.field("balancer");
            accept.tier = self.tier_rules(&place, balancer);
            if accept.tier.slow_start.is_some() && !starts_slowly(&typed.balance) {
                self.no_slow_start(&place.field("slow_start"), &path.field("balance"), typed);
            }
        }
        if !starts_slowly(&typed.balance) {
            accept.tier.slow_start = None;
        }
        accept
    }

    fn no_slow_start(&mut self, place: &Path, balance: &Path, typed: &schema::Policy) {
        let name = typed.balance.name();
        let message =
            format!("`{place}` goes by weight, but `{name}` does not place by weight alone");
        let balance = self.document.value_span(balance, "places otherwise");
        let fault = self
            .at(place, Code::BadPolicy, message, "has no effect here")
            .at(balance)
            .with_help("`slow_start` goes with `round_robin`, `random`, `least_connections` and `power_of_two`");
        self.report(fault);
    }

    fn full_hint(&mut self, path: &Path, typed: &typed::FullOrRule) -> Option<RetryAfter> {
        let ShortOr::Long(typed::FullRule::Reject(rejection)) = typed else { return None };
        let place = path.field("reject.retry_after");
        rejection.retry_after.map(|hint| self.retry_after(&place, hint))
    }

    /// A hint to come again later.
    pub fn retry_after(&mut self, path: &Path, typed: RetryAfter) -> RetryAfter {
        if typed.is_empty() {
            self.out_of_range(path, "no time at all", "`after` or `within` above 0s");
        }
        typed
    }

    fn hint(&mut self, path: &Path, typed: Option<RetryAfter>) -> Option<RetryAfter> {
        typed.map(|hint| self.retry_after(&path.field("retry_after"), hint))
    }

    fn admit(&mut self, path: &Path, typed: &typed::Admit) -> Admit {
        let ways = [("at_once", typed.at_once.is_some()), ("rate", typed.rate.is_some())];
        self.exactly_one(path, "the gate", &ways);
        let limit = match (typed.rate, typed.at_once) {
            (Some(rate), None) => {
                let place = path.field("rate");
                if rate.as_per_second() <= 0.0 {
                    self.out_of_range(&place, rate, "more than 0/s");
                }
                let burst = typed.burst.unwrap_or(1);
                let burst = self.count(&path.field("burst"), burst, 1..=u32::MAX);
                AdmitLimit::Rate { rate, burst }
            }
            (_, at_once) => {
                if let Some(burst) = typed.burst {
                    self.out_of_range(&path.field("burst"), burst, "to be left out without `rate`");
                }
                let place = path.field("at_once");
                AdmitLimit::AtOnce(self.count(&place, at_once.unwrap_or(1), 1..=u32::MAX))
            }
        };
        let code = typed.code.unwrap_or(u64::from(USUAL_CODE));
        let code = self.count(&path.field("code"), code, 1000..=4999);
        Admit {
            limit,
            wait: typed.wait.unwrap_or(USUAL_WAIT),
            queue: self.limit(&path.field("queue"), typed.queue, u32::MAX),
            code: u16::try_from(code).unwrap_or(USUAL_CODE),
            retry_after: self.hint(path, typed.retry_after),
        }
    }

    fn readiness(&mut self, path: &Path, typed: &typed::Readiness) -> Readiness {
        let check_every = typed.check_every.unwrap_or(USUAL_CHECK);
        let least = SimDuration::from_millis(1);
        let rejects = typed.rejects.unwrap_or(true);
        if !rejects && typed.retry_after.is_some() {
            let place = path.field("retry_after");
            self.out_of_range(&place, "given", "nothing, for nobody is turned away");
        }
        Readiness {
            refuse_above: self.number(&path.field("refuse_above"), typed.refuse_above, 1.0, 1e6),
            check_every: self.at_least(&path.field("check_every"), check_every, least),
            rejects,
            retry_after: self.hint(path, typed.retry_after),
        }
    }

    fn memory(&mut self, path: &Path, typed: typed::Memory) -> Memory {
        let (base, per_connection) = (typed.base.as_u64(), typed.per_connection.as_u64());
        let limit = typed.limit.map_or(u64::MAX, Bytes::as_u64);
        if limit < base.saturating_add(per_connection) {
            let expected = "room for the base and one connection";
            self.out_of_range(&path.field("limit"), Bytes::new(limit), expected);
        }
        Memory { base, per_connection, limit }
    }

    fn session_state(
        &mut self,
        path: &Path,
        typed: &typed::StateRule,
        servers: &Servers,
    ) -> SessionState {
        match typed {
            WordOr::Word(_) => SessionState::None,
            WordOr::Value(typed::SessionState::Local(local)) => {
                let path = path.field("local");
                SessionState::Local(Resume {
                    window: self.positive(&path.field("resume_window"), local.resume_window),
                    resumed_cost: self.work_law(
                        &path.field("resumed_cost"),
                        local.resumed_cost.as_ref(),
                        &servers.handshake.cost,
                    ),
                    rebuild_cost: self.work_law(
                        &path.field("rebuild_cost"),
                        local.rebuild_cost.as_ref(),
                        &NO_TIME,
                    ),
                })
            }
            WordOr::Value(typed::SessionState::External(external)) => {
                self.external(&path.field("external"), external, servers)
            }
        }
    }

    fn external(
        &mut self,
        path: &Path,
        typed: &typed::ExternalState,
        servers: &Servers,
    ) -> SessionState {
        let resume = Resume {
            window: self.positive(&path.field("resume_window"), typed.resume_window),
            resumed_cost: self.work_law(
                &path.field("resumed_cost"),
                typed.resumed_cost.as_ref(),
                &servers.handshake.cost,
            ),
            rebuild_cost: self.work_law(
                &path.field("rebuild_cost"),
                typed.rebuild_cost.as_ref(),
                &NO_TIME,
            ),
        };
        let workers = typed.workers.unwrap_or(USUAL_STORE_WORKERS);
        let store = Dependency {
            workers: self.count(&path.field("workers"), workers, 1..=100_000),
            cost: self.law(&path.field("latency"), &typed.latency),
            queue: self.limit(&path.field("queue"), typed.queue, u32::MAX),
            timeout: self.call_timeout(path, typed.timeout),
        };
        SessionState::External { resume, store }
    }

    fn login(&mut self, path: &Path, typed: &typed::Login) -> Dependency {
        Dependency {
            workers: self.count(&path.field("workers"), typed.workers, 1..=100_000),
            cost: self.law(&path.field("cost"), &typed.cost),
            queue: self.limit(&path.field("queue"), typed.queue, u32::MAX),
            timeout: self.call_timeout(path, typed.timeout),
        }
    }

    fn call_timeout(&mut self, path: &Path, typed: Option<SimDuration>) -> Option<SimDuration> {
        typed.map(|timeout| self.positive(&path.field("timeout"), timeout))
    }

    fn work_law(
        &mut self,
        path: &Path,
        typed: Option<&schema::Law>,
        usual: &Distribution,
    ) -> Distribution {
        typed.map_or_else(|| usual.clone(), |law| self.law(path, law))
    }

    fn tier_rules(&mut self, path: &Path, typed: &schema::Balancer) -> TierRules {
        let slow_start = typed.slow_start.map(|rule| self.slow_start(path, rule));
        let retries = typed.retries.map(|retries| {
            let place = path.field("retries.count");
            TierRetries {
                count: self.count(&place, retries.count.unwrap_or(USUAL_RETRIES), 1..=100),
                after: retries.after.unwrap_or(USUAL_PAUSE),
                redispatch: retries.redispatch.unwrap_or(true),
            }
        });
        TierRules { forgets_counts: typed.forgets_counts_on_update, slow_start, retries }
    }

    fn slow_start(&mut self, path: &Path, typed: typed::SlowStart) -> SlowStart {
        let path = path.field("slow_start");
        match typed {
            typed::SlowStart::Linear { window } => {
                SlowStart::Linear { window: self.positive(&path.field("linear.window"), window) }
            }
            typed::SlowStart::Envoy { window, aggression, min_weight } => {
                let aggression = aggression.unwrap_or(1.0);
                let place = path.field("envoy.aggression");
                if !(aggression > 0.0 && aggression <= 1e6) {
                    self.out_of_range(&place, aggression, "more than 0, up to 1,000,000");
                }
                SlowStart::Envoy {
                    window: self.positive(&path.field("envoy.window"), window),
                    aggression,
                    min_weight: min_weight
                        .map_or(USUAL_MIN_WEIGHT, crate::engine::units::Fraction::as_f64),
                }
            }
        }
    }

    /// A limit that may be lifted; `usual` where nothing is said.
    pub fn limit(&mut self, path: &Path, typed: Option<WordOr<Unlimited, u64>>, usual: u32) -> u32 {
        match typed {
            None => usual,
            Some(WordOr::Word(_)) => u32::MAX,
            Some(WordOr::Value(limit)) => self.count(path, limit, 0..=u32::MAX),
        }
    }
}

/// Whether the rule places by weight alone, so that a weight that grows means a share that grows.
const fn starts_slowly(balance: &Balance) -> bool {
    matches!(
        balance,
        Balance::RoundRobin(_)
            | Balance::Random(_)
            | Balance::LeastConnections(_)
            | Balance::PowerOfTwo(_)
    )
}

/// What becomes of an attempt that finds the accept queue full.
pub fn when_full(typed: Option<&typed::FullOrRule>) -> WhenFull {
    match typed {
        Some(ShortOr::Short(typed::WhenFull::Drop)) => WhenFull::Drop,
        None | Some(ShortOr::Short(typed::WhenFull::Reject) | ShortOr::Long(_)) => WhenFull::Reject,
    }
}

/// The schedule of a client's kernel.
pub const fn syn_retries(typed: typed::SynRetries) -> SynRetries {
    match typed {
        typed::SynRetries::Linux => SynRetries::Linux,
        typed::SynRetries::LinuxOld => SynRetries::LinuxOld,
        typed::SynRetries::Windows => SynRetries::Windows,
        typed::SynRetries::MacOs => SynRetries::MacOs,
    }
}

/// The browser of a group's clients.
pub fn browser(typed: Option<typed::Browser>) -> Option<Browser> {
    typed.map(|browser| match browser {
        typed::Browser::Chrome => Browser::Chrome,
        typed::Browser::Firefox => Browser::Firefox,
    })
}
