//! Invented runs and results, small enough to check by hand.

use hdrhistogram::Histogram;
use ringstorm::engine::{Distribution, Rate, SimDuration, SimTime};
use ringstorm::observe::observations::Censored;
use ringstorm::observe::{
    Counts, Observations, Recovery, Series, SeriesId, ServerLife, ServerSeries, Survival,
};
use ringstorm::plan::reconnect::{Delay, DelayFrom, Reset};
use ringstorm::plan::{
    Abandoned, Accept, Arrivals, Balancer, Boot, Event, Group, Handshake, Heartbeat, Identity,
    Plan, Point, Policy, Pubsub, Reconnect, Servers, SynRetries, Verb, Warmup, WhenFull, Which,
    World,
};
use ringstorm::policy::{Balance, Rebalance, Scale};

pub const SECOND: u64 = 1_000_000_000;

pub fn histogram(values: &[u64]) -> Histogram<u64> {
    let mut histogram = Histogram::new(3).unwrap();
    for value in values {
        histogram.record(*value).unwrap();
    }
    histogram
}

/// Times that ended, and others that were watched for so many nanoseconds each and had not.
pub fn survival(ended: &Histogram<u64>, watched: &[u64]) -> Option<Survival> {
    (!watched.is_empty()).then(|| Survival::of(ended, &histogram(watched), 0))
}

/// A run in which nothing happened to anybody.
pub fn quiet_run() -> Observations {
    Observations {
        counts: Counts { span: SimDuration::from_secs(100), ..Counts::default() },
        series: Series {
            step: SimDuration::from_secs(1),
            rows: SeriesId::ALL
                .map(|id| vec![0.0; if id.is_of_messages() { 0 } else { 4 }])
                .to_vec(),
        },
        servers: None,
        connects: None,
        connect: histogram(&[]),
        wait: histogram(&[]),
        recovery: histogram(&[]),
        connect_survival: None,
        recovery_survival: None,
        storm: None,
        drops_per_client: histogram(&[]),
        messages: None,
        draws_digest: 1,
        event_digest: 2,
        events: 3,
    }
}

/// A run in which `dropped` connections were lost after 10 s and `back` of them returned,
/// one each second. Of the others the run saw no end, if it ended before the storm did; otherwise
/// they left at once.
pub fn storm_run(dropped: u64, back: u64, time: Censored) -> Observations {
    let returns: Vec<u64> = (1..=back).map(|second| second * SECOND).collect();
    let mut run = quiet_run();
    run.counts.dropped = dropped;
    run.counts.clients_dropped = dropped;
    run.recovery = histogram(&returns);
    let watched = match time {
        Censored::At(_) => 0,
        Censored::Beyond(seconds) => (seconds * 1e9) as u64,
    };
    run.recovery_survival = survival(&run.recovery, &vec![watched; (dropped - back) as usize]);
    run.storm = Some(Recovery { trigger: SimTime::from_nanos(10 * SECOND), dropped, time });
    run
}

/// Two servers, of which the second crashes in the third step, over four steps.
pub fn servers() -> ServerSeries {
    let life = |name: &str, gone, crashed| ServerLife {
        name: name.to_owned(),
        zone: "a".to_owned(),
        born: SimTime::ZERO,
        gone,
        drains: SimTime::NEVER,
        crashed,
        changes: Vec::new(),
    };
    ServerSeries {
        lives: vec![
            life("s1", SimTime::NEVER, false),
            life("s2", SimTime::from_nanos(5 * SECOND / 2), true),
        ],
        connections: vec![vec![10, 12], vec![10, 12], vec![10, 0], vec![22, 0]],
        queued: vec![vec![0, 0], vec![0, 1], vec![7, 0], vec![0, 0]],
        utilisation: vec![vec![0.0, 0.5], vec![0.25, 0.5], vec![1.0, 0.0], vec![0.1, 0.0]],
    }
}

pub fn policy(name: &str) -> Policy {
    Policy {
        name: name.to_owned(),
        description: String::new(),
        balance: Balance::RoundRobin(ringstorm::policy::balance::round_robin::Config {}),
        rebalance: Rebalance::None(ringstorm::policy::rebalance::none::Config {}),
        reconnect: vec![reconnect("small group"), reconnect("socket.io")],
        accept: Accept::default(),
        balancer: Balancer {
            replicas: 1,
            propagation: Distribution::Constant(SimDuration::ZERO),
            health: None,
            prefer_new: false,
            attempt_cost: SimDuration::ZERO,
            close_cost: SimDuration::ZERO,
        },
        drain: None,
        scale: Scale::None(ringstorm::policy::scale::none::Config {}),
        pubsub: Pubsub::Interest,
    }
}

fn reconnect(name: &str) -> Reconnect {
    Reconnect {
        name: name.to_owned(),
        delay: Delay::Linear { step: SimDuration::from_secs(1) },
        attempts: None,
        reset: Reset::OnOpen,
        delay_from: DelayFrom::End,
        connect_timeout: None,
        heartbeat: Heartbeat::USUAL,
        stops_on: Vec::new(),
    }
}

fn group(name: &str, connected: u32, rate: f64, mean: f64) -> Group {
    Group {
        name: name.to_owned(),
        connected,
        arrivals: vec![Arrivals::Poisson { rate: Rate::per_second(rate).unwrap() }],
        presence: Distribution::Exponential { mean },
        rtt: Distribution::Constant(SimDuration::from_millis(40)),
        round_trips: 3,
        loss: 0.0,
        syn_retries: SynRetries::Linux,
        browser: None,
        reconnect: reconnect("socket.io"),
    }
}

fn remove(which: Which) -> Verb {
    Verb::Remove { which, drain: None }
}

fn crash(which: Which) -> Verb {
    Verb::Crash { which, silently: false, lasting: None }
}

fn disconnect(fraction: f64, group: Option<u32>) -> Verb {
    Verb::Disconnect { fraction, group, silently: false, back: None }
}

/// Two groups, of which the second is larger by its arrivals, and one event of each kind.
pub fn world() -> World {
    let events = [
        Verb::Add(1),
        Verb::Add(4),
        remove(Which::Newest(2)),
        remove(Which::Zone(1)),
        crash(Which::Servers(vec![0])),
        crash(Which::Random(3)),
        crash(Which::Zone(0)),
        disconnect(0.3, None),
        disconnect(0.125, Some(1)),
        Verb::Load { factor: 2.5, lasting: SimDuration::from_secs(3) },
    ];
    World {
        duration: SimDuration::from_secs(110),
        warmup: SimDuration::from_secs(10),
        sample_every: SimDuration::from_secs(1),
        groups: vec![group("bots", 100, 0.0, 60.0), group("mobile", 20, 5.0, 1800.0)],
        servers: Servers {
            count: 2,
            zones: vec!["a".to_owned(), "b".to_owned()],
            weights: vec![1],
            addresses: Vec::new(),
            accept_queue: 16,
            when_full: WhenFull::Reject,
            max_connections: 1000,
            handshake: Handshake {
                workers: 4,
                cost: Distribution::Constant(SimDuration::from_millis(2)),
                abandoned: Abandoned::Served,
            },
            boot: Boot { time: Distribution::Constant(SimDuration::ZERO), at_once: u32::MAX },
            drain: None,
            liveness: None,
        },
        events: events
            .into_iter()
            .enumerate()
            .map(|(index, verb)| Event { at: SimTime::from_nanos(index as u64 * SECOND), verb })
            .collect(),
        messaging: None,
    }
}

pub fn plan(policies: &[&str], replications: u32) -> Plan {
    Plan {
        name: "invented".to_owned(),
        description: "Two servers, one of which crashes.".to_owned(),
        text: "{\"name\": \"invented\"}\n".to_owned(),
        seed: 7,
        replications,
        until: None,
        points: vec![Point {
            warmup: Warmup::Stated,
            at: Vec::new(),
            world: world(),
            policies: policies.iter().map(|name| policy(name)).collect(),
            bytes: 0,
            servers: 0,
            identity: Identity {
                digest: "xxh3:00000000000000aa".to_owned(),
                facts: vec![("duration".to_owned(), "\"100s\"".to_owned())],
            },
        }],
        own: Vec::new(),
        digest: "xxh3:0123456789abcdef".to_owned(),
        budgets: Vec::new(),
        left_out: 0,
        files: Vec::new(),
        inputs: Vec::new(),
        find: None,
    }
}
