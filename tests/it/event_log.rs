//! The event log: it says what the run counts, each client's story is one that can happen, and
//! the commands that print it.

mod commands;
mod stories;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use rayon::prelude::*;
use ringstorm::engine::{Draws, SimTime};
use ringstorm::model;
use ringstorm::observe::log::{Dropped, Entry, Fact, Killer, Listener, Obstacle};
use ringstorm::observe::{Counts, Ended, Observations};
use ringstorm::plan::Plan;
use ringstorm::scenario::{Overrides, read_text};

use super::swarm::cast;

/// So many random scenarios are read along.
const COUNT: u64 = 30;

/// Everything that happens.
#[derive(Default)]
struct All(Vec<Entry>);

impl Listener for All {
    fn wants(&mut self, _: &Entry) -> bool {
        true
    }

    fn hear(&mut self, entry: &Entry) -> ControlFlow<()> {
        self.0.push(*entry);
        ControlFlow::Continue(())
    }
}

fn plan(number: u64) -> Plan {
    let text = cast::scenario(number).to_string();
    read_text("swarm.json", text, Path::new(""), &Overrides::default()).unwrap()
}

/// The log of a policy's first replication, and what was recorded of it.
fn told(plan: &Plan, policy: usize) -> (Vec<Entry>, Observations) {
    let point = &plan.points[0];
    let mut all = All::default();
    let draws = Draws::new(plan.seed, 0);
    let run = model::run_told(&point.world, &point.policies[policy], draws, &mut all);
    (all.0, run.unwrap().unwrap())
}

/// When clients in the gateway's line got their tokens: those who had not given up before, or left.
fn tokens(log: &[Entry]) -> impl Iterator<Item = SimTime> {
    let mut awaited: BTreeMap<u32, SimTime> = BTreeMap::new();
    let mut taken = Vec::new();
    for entry in log {
        let Some(client) = entry.client else { continue };
        let goes = match entry.fact {
            Fact::AwaitsToken { until } => {
                // That of a connection which has opened, and was dropped since.
                taken.extend(awaited.insert(client, until));
                continue;
            }
            Fact::Left { .. } | Fact::Ended(Ended::Abandoned) => true,
            Fact::Ended(_) => false,
            _ => continue,
        };
        let until = awaited.remove(&client);
        let in_time = |until: &SimTime| *until < entry.time || *until == entry.time && !goes;
        taken.extend(until.filter(in_time));
    }
    taken.into_iter().chain(awaited.into_values())
}

/// Where a client's latest attempt stands.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is true or not of an attempt")]
struct Stand {
    /// A gateway named its server.
    is_named: bool,
    /// It has been placed, or may have been, and not anew since.
    is_placed: bool,
    /// Its balancer will try again.
    tries: bool,
    /// What meets it now follows from a placement of its own.
    is_news: bool,
}

impl Stand {
    /// What more is counted of an attempt, as it goes on.
    fn goes_on(&mut self, fact: Fact) -> &'static [&'static str] {
        match fact {
            Fact::Attempt { .. } => *self = Self::default(),
            Fact::Named => (self.is_named, self.is_placed) = (true, false),
            Fact::TriesAgain { .. } => (self.is_placed, self.tries) = (false, true),
            // Whether a lost SYN came to the server that was named, only the network knows.
            Fact::SendsAgain { .. } if self.is_named => self.is_placed = true,
            Fact::Lost(Obstacle::Network | Obstacle::Balancer) if !self.is_named => {
                self.is_placed = false;
            }
            Fact::Reached | Fact::Refused(Obstacle::NoServer) => {
                self.is_news = !std::mem::replace(&mut self.is_placed, true);
                if std::mem::take(&mut self.tries) {
                    return &["balancer retries"];
                }
            }
            Fact::Refused(Obstacle::Closed) | Fact::Lost(Obstacle::Dead) if self.is_news => {
                return &["stale placements"];
            }
            _ => {}
        }
        &[]
    }
}

/// What the log says of what the run counts, by name.
fn counted(log: &[Entry], from: SimTime, end: SimTime) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    let went_on = tokens(log).filter(|until| (from..=end).contains(until)).count() as u64;
    if went_on > 0 {
        counts.insert("left a line", went_on);
    }
    let mut stands: BTreeMap<Option<u32>, Stand> = BTreeMap::new();
    // Servers with a list of closes that was made since the warm-up.
    let mut close = BTreeSet::new();
    for entry in log {
        let time = match entry.fact {
            Fact::Attempt { counts, .. } => counts,
            _ => entry.time,
        };
        let more = stands.entry(entry.client).or_default().goes_on(entry.fact);
        match entry.fact {
            Fact::WarmedUp => close.clear(),
            Fact::Closes { .. } => {
                close.insert(entry.server);
            }
            _ => {}
        }
        if !(from..=end).contains(&time) {
            continue;
        }
        let names: &[&str] = match entry.fact {
            Fact::Came { initial: false, .. } => &["arrivals"],
            Fact::Left { .. } => &["departures"],
            Fact::Attempt { .. } => &["attempts"],
            Fact::Opened { resumed: true, .. } => &["accepted", "resumed"],
            Fact::Opened { .. } => &["accepted"],
            Fact::Ended(Ended::Rejected) => &["rejected"],
            Fact::Ended(Ended::TimedOut) => &["timed out"],
            Fact::Ended(Ended::Failed) => &["failed"],
            Fact::Ended(Ended::Abandoned) => &["abandoned"],
            Fact::GivesUp => &["given up"],
            Fact::WorkStarts { waited } if waited.is_zero() => &["handshakes", "without wait"],
            Fact::WorkStarts { .. } => &["handshakes"],
            Fact::DeadWork => &["dead handshakes"],
            Fact::Dropped { why: Dropped::Aged, .. } => &["dropped", "moved"],
            Fact::Dropped { why: Dropped::Moved, .. } if close.contains(&entry.server) => {
                &["dropped", "moved"]
            }
            Fact::Dropped { .. } => &["dropped"],
            Fact::Killed(Killer::Liveness) => &["liveness kills"],
            Fact::Killed(Killer::Memory) => &["memory kills"],
            Fact::LetThrough { .. } => &["left a line"],
            _ => &[],
        };
        for name in names.iter().chain(more) {
            *counts.entry(*name).or_insert(0) += 1;
        }
    }
    counts
}

/// The same from what was recorded; without what never happened.
fn recorded(counts: &Counts) -> BTreeMap<&'static str, u64> {
    let all = [
        ("arrivals", counts.arrivals),
        ("departures", counts.departures),
        ("attempts", counts.attempts),
        ("accepted", counts.accepted),
        ("resumed", counts.resumed.unwrap_or(0)),
        ("rejected", counts.rejected),
        ("timed out", counts.timed_out),
        ("failed", counts.failed),
        ("abandoned", counts.abandoned),
        ("given up", counts.given_up),
        ("handshakes", counts.handshakes),
        ("without wait", counts.handshakes_without_wait),
        ("dead handshakes", counts.dead_handshakes),
        ("dropped", counts.dropped),
        ("moved", counts.moved),
        ("stale placements", counts.stale_placements),
        ("liveness kills", counts.liveness_kills),
        ("memory kills", counts.memory_kills),
        ("balancer retries", counts.balancer_retries),
        ("left a line", counts.line_left),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

#[test]
fn the_log_says_what_the_run_counts_and_listening_changes_nothing() {
    (0..COUNT).into_par_iter().for_each(|number| {
        let plan = plan(number);
        let point = &plan.points[0];
        for (index, policy) in point.policies.iter().enumerate() {
            let (log, observations) = told(&plan, index);
            let name = format!("scenario {number} under `{}`", policy.name);
            let draws = Draws::new(plan.seed, 0);
            let alone = model::run_by_events(&point.world, policy, draws, false).unwrap();
            assert!(observations == alone, "{name}");
            assert!(log.is_sorted_by_key(|entry| entry.time), "{name}");
            let from = SimTime::ZERO.after(point.world.warmup);
            let end = SimTime::ZERO.after(point.world.duration);
            assert_eq!(counted(&log, from, end), recorded(&observations.counts), "{name}");
            let all = counted(&log, SimTime::ZERO, SimTime::NEVER);
            let of = |name: &str| all.get(name).copied().unwrap_or(0);
            let ended = ["accepted", "rejected", "timed out", "failed", "abandoned"].map(of);
            let in_progress = of("attempts") - ended.iter().sum::<u64>();
            assert_eq!(in_progress, observations.counts.in_progress, "{name}");
        }
    });
}

#[test]
fn clients_have_the_same_names_under_every_policy() {
    for number in 0..COUNT / 4 {
        let plan = plan(number);
        let comes = |policy| {
            let (log, _) = told(&plan, policy);
            let came = |entry: &Entry| matches!(entry.fact, Fact::Came { .. });
            log.into_iter().filter(came).collect::<Vec<Entry>>()
        };
        let first = comes(0);
        let numbers: Vec<u32> = first.iter().filter_map(|entry| entry.client).collect();
        assert_eq!(numbers, (1..=first.len() as u32).collect::<Vec<u32>>());
        for policy in 1..plan.points[0].policies.len() {
            assert_eq!(comes(policy), first, "scenario {number}");
        }
    }
}
