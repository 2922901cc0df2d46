//! Each client's story is a path through its states.

use std::collections::BTreeMap;

use rayon::prelude::*;
use ringstorm::observe::Ended;
use ringstorm::observe::log::{Entry, Fact};

use super::{COUNT, plan, told};

/// What a client is doing, as its story has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Away,
    Trying,
    Connected,
    GaveUp,
    Left,
}

/// A client, as far as its story has been read.
#[derive(Clone, Copy, Debug)]
struct Story {
    state: State,
    attempt: u32,
    server: Option<u32>,
}

impl Story {
    /// What the next fact of its story makes of a client; `None` where that cannot be.
    fn then(self, entry: &Entry) -> Option<Self> {
        let of_this_attempt = entry.attempt == Some(self.attempt);
        let to = |state, allowed: bool| allowed.then_some(Self { state, ..self });
        match entry.fact {
            Fact::Placed | Fact::Opened { .. } => {
                let begins = match entry.fact {
                    Fact::Placed => self.state == State::Away && self.attempt == 0,
                    _ => self.state == State::Trying && of_this_attempt,
                };
                let allowed = begins && entry.server.is_some();
                allowed.then_some(Self { state: State::Connected, server: entry.server, ..self })
            }
            Fact::Waits { until, .. } => {
                to(State::Away, self.state == State::Away && until >= entry.time)
            }
            Fact::Attempt { .. } => {
                let allowed = self.state == State::Away && entry.attempt == Some(self.attempt + 1);
                allowed.then_some(Self { state: State::Trying, attempt: self.attempt + 1, ..self })
            }
            Fact::Asks
            | Fact::AwaitsToken { .. }
            | Fact::Named
            | Fact::HeldUp { .. }
            | Fact::Reached
            | Fact::Lost(_)
            | Fact::SendsAgain { .. }
            | Fact::TriesAgain { .. } => {
                to(State::Trying, self.state == State::Trying && of_this_attempt)
            }
            Fact::Ended(Ended::Abandoned) => to(State::Away, self.state == State::Trying),
            Fact::Ended(_) => to(State::Away, self.state == State::Trying && of_this_attempt),
            Fact::Dropped { known, .. } => {
                let allowed = self.state == State::Connected
                    && entry.server == self.server
                    && known >= entry.time;
                to(State::Away, allowed)
            }
            Fact::GivesUp => to(State::GaveUp, self.state == State::Away),
            Fact::Left { connected } => {
                let is_there = self.state != State::Left;
                to(State::Left, is_there && connected == (self.state == State::Connected))
            }
            // What a server does for an attempt may outlive that.
            Fact::Refused(_)
            | Fact::InLine
            | Fact::LetThrough { .. }
            | Fact::Queued { .. }
            | Fact::WorkStarts { .. }
            | Fact::AsksStore
            | Fact::AsksLogin
            | Fact::Rebuilds
            | Fact::DeadWork
            | Fact::Skipped
            | Fact::Cut => {
                let is_known = entry.attempt.is_some_and(|attempt| attempt <= self.attempt);
                to(self.state, self.state != State::Left && is_known)
            }
            _ => None,
        }
    }
}

#[test]
fn every_story_is_one_that_can_happen() {
    (0..COUNT).into_par_iter().for_each(|number| {
        let plan = plan(number);
        for policy in 0..plan.points[0].policies.len() {
            let (log, _) = told(&plan, policy);
            let mut stories: BTreeMap<u32, Story> = BTreeMap::new();
            for entry in &log {
                let Some(client) = entry.client else { continue };
                let before = stories.get(&client).copied();
                let next = match (before, entry.fact) {
                    (None, Fact::Came { .. }) => {
                        Some(Story { state: State::Away, attempt: 0, server: None })
                    }
                    (before, _) => before.and_then(|before| before.then(entry)),
                };
                let Some(next) = next else {
                    panic!("scenario {number}, policy {policy}: {before:?} and then {entry:?}")
                };
                stories.insert(client, next);
            }
        }
    });
}
