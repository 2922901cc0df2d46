//! What each fact is in words: a short sentence whose subject is the client, the attempt or the
//! server that its line names.

use crate::chart::words::counted;
use crate::engine::{SimDuration, SimTime};
use crate::observe::Ended;
use crate::observe::log::{Dropped, Entry, Fact, Killer, Obstacle, Wait};
use crate::plan::{Part, Verb, Way, World};

/// What happens.
pub(super) fn what(entry: &Entry, world: &World) -> String {
    of_clients(entry, world)
        .or_else(|| of_attempts(entry))
        .or_else(|| of_servers(&entry.fact))
        .unwrap_or_else(|| of_the_cluster(&entry.fact, world))
}

/// How long it is from an entry until a time.
pub(super) fn from_now(entry: &Entry, until: SimTime) -> String {
    span(until.since(entry.time))
}

/// A client comes, waits, is connected, and leaves.
fn of_clients(entry: &Entry, world: &World) -> Option<String> {
    Some(match entry.fact {
        Fact::Came { group, rtt, leaves, initial } => {
            let came = if initial { "is there from the start" } else { "comes" };
            let group = match world.groups.as_slice() {
                [_] => String::new(),
                groups => format!(" in group {}", groups[group as usize].name),
            };
            format!(
                "{came}{group}, to stay for {}; round trip {}",
                from_now(entry, leaves),
                span(rtt)
            )
        }
        Fact::Placed => "is connected from the start".to_owned(),
        Fact::Waits { until, why } => {
            let why = match why {
                Wait::Backoff => "back-off",
                Wait::Hint => "as the close asked",
                Wait::RetryAfter => "as the refusal asked",
                Wait::Network => "for its network",
            };
            format!("waits for {} ({why})", from_now(entry, until))
        }
        Fact::Opened { offline, resumed } => {
            format!("connected after {}{}", span(offline), session(resumed))
        }
        Fact::Dropped { why, known } => {
            let heard = from_now(entry, known);
            format!("dropped: {}; the client hears of it {heard} later", dropped(why))
        }
        Fact::GivesUp => "gives up for good".to_owned(),
        Fact::Left { connected: true } => "leaves, connected until now".to_owned(),
        Fact::Left { connected: false } => "leaves, not connected".to_owned(),
        _ => return None,
    })
}

/// What is added where a session goes on.
pub(super) const fn session(resumed: bool) -> &'static str {
    if resumed { ", session resumed" } else { "" }
}

/// Why a connection is dropped.
pub(super) fn dropped(why: Dropped) -> String {
    match why {
        Dropped::ServerGone => "its server goes".to_owned(),
        Dropped::ServerLost => "its server is silently gone".to_owned(),
        Dropped::Network { silently: false } => "its network is lost".to_owned(),
        Dropped::Network { silently: true } => "its network is silently lost".to_owned(),
        Dropped::Moved => "moved by the policy".to_owned(),
        Dropped::Aged => "its connection is old".to_owned(),
        Dropped::Slow => "it reads too slowly".to_owned(),
        Dropped::NoBroker => "its server has lost the broker".to_owned(),
        Dropped::Drained { code } => format!("its server drains (code {code})"),
    }
}

/// What keeps an attempt from its server.
pub(super) const fn obstacle(why: Obstacle) -> &'static str {
    match why {
        Obstacle::Network => "the client's network is gone",
        Obstacle::Gateway => "the gateway is out of order",
        Obstacle::Balancer => "the balancer is out of order",
        Obstacle::NoToken => "the gateway has no token",
        Obstacle::NoServer => "no server is known that takes it",
        Obstacle::Closed => "nobody listens there",
        Obstacle::Dead => "the server is dead",
        Obstacle::NotReady => "the server holds too many",
        Obstacle::MaxConnections => "the server holds its most",
        Obstacle::Gate => "the gate lets nobody in",
        Obstacle::GateWait => "it waited too long at the gate",
        Obstacle::QueueFull => "the accept queue is full",
        Obstacle::Login => "the login refuses it",
    }
}

/// What an attempt loses by packets that do not arrive.
pub(super) fn lost(late: SimDuration) -> Option<String> {
    match late {
        SimDuration::ZERO => None,
        SimDuration::MAX => Some("none of its SYNs arrives".to_owned()),
        late => Some(format!("lost packets cost it {}", span(late))),
    }
}

/// An attempt on its way, and inside a server.
fn of_attempts(entry: &Entry) -> Option<String> {
    Some(match entry.fact {
        Fact::Attempt { held, late, .. } => {
            let held = match held {
                SimDuration::ZERO => String::new(),
                held => format!("; its browser holds it back for {}", span(held)),
            };
            let late = lost(late).map(|late| format!("; {late}")).unwrap_or_default();
            format!("tries to connect{held}{late}")
        }
        Fact::Asks => "asks the gateway".to_owned(),
        Fact::AwaitsToken { until } => {
            format!("waits for {} in the gateway's line", from_now(entry, until))
        }
        Fact::Named => "the gateway names this server".to_owned(),
        Fact::HeldUp { until } => {
            format!("the balancer is busy, and passes it on in {}", from_now(entry, until))
        }
        Fact::Reached => "comes to the server".to_owned(),
        Fact::Lost(why) => format!("no answer: {}", obstacle(why)),
        Fact::SendsAgain { arrives } => {
            format!("its kernel sends again, there in {}", from_now(entry, arrives))
        }
        Fact::Refused(why) => format!("refused: {}", obstacle(why)),
        Fact::TriesAgain { at } => {
            format!("the balancer tries again in {}", from_now(entry, at))
        }
        Fact::InLine => "waits in line at the gate".to_owned(),
        Fact::LetThrough { waited } => format!("let through the gate after {}", span(waited)),
        Fact::Queued { ahead } => format!("waits in the accept queue, {ahead} before it"),
        Fact::WorkStarts { waited } if waited.is_zero() => "a worker takes it up".to_owned(),
        Fact::WorkStarts { waited } => format!("a worker takes it up after {}", span(waited)),
        Fact::AsksStore => "waits for the session store".to_owned(),
        Fact::AsksLogin => "waits for the login".to_owned(),
        Fact::Rebuilds => "no session to be had: it is built anew".to_owned(),
        Fact::DeadWork => "dead work: its client is no longer there".to_owned(),
        Fact::Skipped => "skipped: its client is no longer there".to_owned(),
        Fact::Cut => "cut: the server goes".to_owned(),
        Fact::Ended(Ended::Rejected) => "the client hears that it is rejected".to_owned(),
        Fact::Ended(Ended::Failed) => "the client hears that it failed".to_owned(),
        Fact::Ended(Ended::TimedOut) => "the client gives this attempt up: timed out".to_owned(),
        Fact::Ended(Ended::Abandoned) => "abandoned: the client goes".to_owned(),
        _ => return None,
    })
}

fn of_servers(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::GhostNoticed => "notices that a client is silently gone".to_owned(),
        Fact::Boots => "boots".to_owned(),
        Fact::Ready => "is ready".to_owned(),
        Fact::Drains { grace } => format!("drains, for {} at most", span(*grace)),
        Fact::StopsAccepting => "takes no more connections".to_owned(),
        Fact::Closes { count } => {
            format!("is to close {}", counted(u64::from(*count), "connection"))
        }
        Fact::Gone => "is gone".to_owned(),
        Fact::Crashed { silently: false } => "crashes".to_owned(),
        Fact::Crashed { silently: true } => "is silently gone".to_owned(),
        Fact::Restarts => "ends, to start again".to_owned(),
        Fact::ProbeFailed { row } => format!("fails its liveness probe, {row} in a row"),
        Fact::Killed(Killer::Liveness) => "is killed: not alive".to_owned(),
        Fact::Killed(Killer::Memory) => "is killed: out of memory".to_owned(),
        Fact::Slowness(factor) => format!("handshakes take {factor} times as long as usual"),
        Fact::Readiness { takes: true } => "takes new connections again".to_owned(),
        Fact::Readiness { takes: false } => "holds too many: takes no new ones".to_owned(),
        _ => return None,
    })
}

fn of_the_cluster(fact: &Fact, world: &World) -> String {
    match fact {
        Fact::Event { index } => format!("event {index} of the scenario: {}", verb(*index, world)),
        Fact::EventEnds { index } => {
            format!("event {index} of the scenario is over: {}", verb(*index, world))
        }
        Fact::Learns { instance: None } => "the balancer learns of a change".to_owned(),
        Fact::Learns { instance: Some(instance) } => {
            format!("the balancer's instance {} learns of a change", instance + 1)
        }
        Fact::Scales { from, to } => format!("the autoscaler wants {to} servers, not {from}"),
        Fact::Deployed => "the deploy is done".to_owned(),
        Fact::WarmedUp => "the warm-up is over".to_owned(),
        other => other.kind().to_owned(),
    }
}

/// What an event of the scenario is called there.
pub(super) fn verb(index: u32, world: &World) -> &'static str {
    world.events.get(index as usize).map_or("", |event| named(&event.verb))
}

const fn named(verb: &Verb) -> &'static str {
    match verb {
        Verb::Add(_) => "add",
        Verb::Remove { .. } => "remove",
        Verb::Crash { .. } => "crash",
        Verb::Disconnect { .. } => "disconnect",
        Verb::Deploy(deploy) => match deploy.way {
            Way::Rolling { .. } => "deploy, rolling",
            Way::OneByOne { .. } => "deploy, one by one",
            Way::BlueGreen => "deploy, blue-green",
            Way::Canary { .. } => "deploy, canary",
        },
        Verb::Slow { .. } => "slow",
        Verb::Outage { of, .. } => match of {
            Part::Gateway => "outage of the gateway",
            Part::Balancer => "outage of the balancer",
            Part::SessionStore => "outage of the session store",
            Part::Login => "outage of the login",
            Part::Broker => "outage of the broker",
        },
        Verb::Load { .. } => "load",
    }
}

/// A length of time as a reader of a log wants it: three to five digits.
pub(super) fn span(duration: SimDuration) -> String {
    let seconds = duration.as_secs_f64();
    if duration.is_zero() {
        "0 s".to_owned()
    } else if seconds < 0.001 {
        format!("{:.3} ms", seconds * 1e3)
    } else if seconds < 0.9995 {
        format!("{:.1} ms", seconds * 1e3)
    } else if seconds < 3_600.0 {
        format!("{seconds:.2} s")
    } else if seconds < 172_800.0 {
        format!("{:.2} h", seconds / 3_600.0)
    } else if seconds < 1e10 {
        format!("{:.1} d", seconds / 86_400.0)
    } else {
        "ever".to_owned()
    }
}
