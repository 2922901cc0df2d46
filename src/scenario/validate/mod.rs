//! From what was typed to what is meant: all faults of meaning at once.
//!
//! | file | what it checks |
//! |---|---|
//! | `accept` | gates, hints, memory, session state, login |
//! | `checker` | what all share: ranges, choices, the list of faults |
//! | `clients` | groups, arrivals, time-outs |
//! | `laws` | distributions |
//! | `reconnect` | presets and formulas |
//! | `lifecycle` | boot, drain, deploys, probes |
//! | `servers` | servers, handshakes, the balancing tier |
//! | `messaging`, `broker` | channels, publishes, what carries them |
//! | `policies` | rules to place and to move |
//! | `events`, `fleet` | events against the servers of that time |
//! | `seats` | rules that place by seats against all servers that there may be |
//! | `budgets` | what must hold of the answers |
//! | `find` | what is varied until it tips over |
//! | `replications` | how many, or until what is known |
//! | `warmup` | stated, or whether it can be found |
//! | `size` | the memory that a run would need, and its arrivals |

mod accept;
mod broker;
mod budgets;
mod checker;
mod clients;
mod events;
mod find;
mod fleet;
mod laws;
mod lifecycle;
mod messaging;
mod policies;
mod reconnect;
mod replications;
mod seats;
mod servers;
mod size;
mod warmup;

pub use checker::Checker;
use checker::grouped;
use policies::Usual;

use super::diagnostic::{Code, Diagnostic};
use super::document::Document;
use super::files::Files;
use super::path::Path;
use super::schema::Scenario;
use super::template::is_name;
use crate::engine::SimDuration;
use crate::plan::{Budget, Find, Policy, Until, Warmup, World};
use crate::policy::Scale;

/// Most sampling steps of a run.
const MOST_STEPS: u64 = 1_000_000;

/// The sampling step of those who say nothing.
const USUAL_STEP: SimDuration = SimDuration::from_secs(1);

/// What a scenario means at one point of its sweep.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// The scenario's name.
    pub name: String,
    /// What it says of itself.
    pub description: String,
    /// The seed.
    pub seed: u64,
    /// Independent repetitions, or the most of them.
    pub replications: u32,
    /// When they are enough, if a run finds their number.
    pub until: Option<Until>,
    /// The world.
    pub world: World,
    /// Where its warm-up comes from.
    pub warmup: Warmup,
    /// The policies.
    pub policies: Vec<Policy>,
    /// What must hold of the answers.
    pub budgets: Vec<Budget>,
    /// Where its policies tip over, if that is asked.
    pub find: Option<Find>,
    /// Memory of its largest run, estimated on the high side, in bytes.
    pub bytes: u64,
    /// Servers that there may be in one run, one after the other.
    pub servers: u64,
}

/// What the scenario means.
///
/// # Errors
/// Every fault of meaning, in the order of the scenario's fields.
pub fn meaning(
    document: &Document,
    files: &mut Files,
    scenario: &Scenario,
) -> Result<Meaning, Vec<Diagnostic>> {
    let mut checker = Checker::new(document, files);
    let root = Path::root();
    checker.scenario_name(&root.field("name"), &scenario.name);
    let (replications, until) = checker.replications(scenario.replications.as_ref());
    let times = checker.times(scenario);
    // Without times that make sense nothing is too late, too long or too much.
    checker.end = times.as_ref().map_or(SimDuration::MAX, |times| times.duration);
    let network = scenario.network.unwrap_or_default();
    let loss = checker.loss(&root.field("network"), &network);
    let groups = checker.groups(&scenario.clients, loss);
    let servers = checker.servers(&scenario.servers);
    let balancer = checker.balancer(&root.field("balancer"), &scenario.balancer);
    let own = clients::own_settings(&scenario.clients);
    let scale = checker.autoscaler(&root.field("autoscaler"), scenario.autoscaler.as_ref());
    let accept = checker.accept(scenario, &servers);
    let usual = Usual {
        balancer: &balancer,
        scale: &scale,
        accept: &accept,
        servers: &servers,
        groups: &groups,
        own: &own,
    };
    let policies = checker.policies(&scenario.policies, &usual);
    let is_scaled = policies.iter().any(|policy| !matches!(policy.scale, Scale::None(_)));
    let is_counted = scenario.servers.count == u64::from(servers.count);
    let is_unknown = is_scaled || !is_counted;
    let (events, born) = checker.events(&scenario.events, &servers, &groups, is_unknown);
    if is_counted {
        checker.addresses_have_servers(&servers, born);
    }
    checker.seats_for_all(&policies, &servers, &events);
    let messaging = scenario.messaging.as_ref().map(|typed| checker.messaging(typed, &servers));
    checker.outages_have_their_part(&scenario.events, &policies, messaging.is_some());
    checker.messages_fit(scenario, &policies, messaging.as_ref());
    let budgets = checker.budgets(&scenario.budgets, &policies);
    let find = scenario.find.as_ref().and_then(|typed| checker.find(typed));
    let Some(Times { duration, warmup: (warmup, source), sample_every }) = times else {
        return Err(checker.into_faults());
    };
    let world = World { duration, warmup, sample_every, groups, servers, events, messaging };
    if source == Warmup::Sought {
        checker.warmup_can_be_found(&world, &scenario.events);
    }
    let scaled = policies.iter().map(|policy| policy.scale.most()).max().unwrap_or(0);
    let servers = born + scaled as usize;
    let size = checker.size(&world, &policies, servers);
    let faults = checker.into_faults();
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Meaning {
        name: scenario.name.clone(),
        description: scenario.description.clone().unwrap_or_default(),
        seed: scenario.seed.unwrap_or(1),
        replications,
        until,
        world,
        warmup: source,
        policies,
        budgets,
        find,
        bytes: size.bytes() as u64,
        servers: servers as u64,
    })
}

#[derive(Clone, Debug)]
struct Times {
    duration: SimDuration,
    warmup: (SimDuration, Warmup),
    sample_every: SimDuration,
}

impl Checker<'_> {
    /// The name is also that of a folder.
    fn scenario_name(&mut self, path: &Path, name: &str) {
        if is_name(name) {
            return;
        }
        let message = if name.is_empty() {
            "the scenario's name is empty".to_owned()
        } else {
            format!("`{name}` cannot be the name of the folder of the results")
        };
        let fault = self
            .at(path, Code::UnsafeName, message, "expected letters, digits, `-`, `_` and `.`")
            .with_help("begin with a letter or a digit, and use at most 100 characters");
        self.report(fault);
    }

    /// Duration, warm-up and sampling step; nothing if one of them is wrong.
    fn times(&mut self, scenario: &Scenario) -> Option<Times> {
        let root = Path::root();
        let (end, step) = (root.field("duration"), root.field("sample_every"));
        let duration = scenario.duration;
        if duration.is_zero() {
            self.positive(&end, duration);
            return None;
        }
        let warmup = self.warmup(scenario.warmup, duration);
        let mut is_right = true;
        // A run shorter than the usual step is one step long.
        let sample_every = scenario.sample_every.unwrap_or(USUAL_STEP.min(duration));
        let steps = duration.as_nanos().checked_div(sample_every.as_nanos());
        if sample_every.is_zero() || sample_every > duration {
            is_right = false;
            let expected = format!("more than 0s, at most `duration`, which is {duration}");
            self.out_of_range(&step, sample_every, &expected);
        } else if steps.is_some_and(|steps| steps > MOST_STEPS) {
            is_right = false;
            let least = SimDuration::from_nanos(duration.as_nanos().div_ceil(MOST_STEPS));
            let message = format!(
                "{duration} in steps of {sample_every} are {} steps; the limit is {}",
                grouped(steps.unwrap_or_default()),
                grouped(MOST_STEPS)
            );
            let fault = self
                .at(&step, Code::OutOfRange, message, format!("expected at least {least}"))
                .with_help("give a longer `sample_every`");
            self.report(fault);
        }
        let warmup = warmup.filter(|_| is_right)?;
        Some(Times { duration, warmup, sample_every })
    }
}
