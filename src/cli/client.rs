//! `ringstorm client`: the life of one client under every policy.

use std::ops::ControlFlow;

use super::arguments::{Arguments, Client, LifeFormat};
use super::failure::Failure;
use super::one::{self, Chosen};
use super::output;
use crate::observe::log::{Entry, Fact, Listener};
use crate::plan::RunId;
use crate::report::log::client as named;
use crate::report::log::life::{self, Lives};

/// Runs every policy until the client has left, and prints its lives.
pub(super) fn client(command: &Client, arguments: &Arguments) -> Result<(), Failure> {
    let Chosen { plan, point } = one::choose(&command.one, &command.policy, arguments)?;
    let mut lives = Vec::new();
    for policy in 0..plan.points[point].policies.len() {
        let id = RunId { point, policy, replication: command.one.replication };
        let mut following = Following { client: command.id, came: 0, entries: Vec::new() };
        one::listen(&command.one, &plan, id, &mut following)?;
        if following.entries.is_empty() {
            return Err(Failure::NoClient { name: named(command.id), count: following.came });
        }
        lives.push(following.entries);
    }
    let replication = command.one.replication;
    let lives = Lives { plan: &plan, point, replication, client: command.id, lives };
    match command.format {
        LifeFormat::Text => {
            output::print(&life::render(&lives, &output::terminal(arguments.color)))
        }
        LifeFormat::Json => output::print(&life::json(&lives)),
    }
}

/// Follows one client until it has left.
struct Following {
    client: u32,
    /// How many clients have come.
    came: u32,
    entries: Vec<Entry>,
}

impl Listener for Following {
    fn wants(&mut self, entry: &Entry) -> bool {
        if let (Fact::Came { .. }, Some(number)) = (entry.fact, entry.client) {
            self.came = self.came.max(number);
        }
        entry.client == Some(self.client)
    }

    fn hear(&mut self, entry: &Entry) -> ControlFlow<()> {
        self.entries.push(*entry);
        match entry.fact {
            Fact::Left { .. } => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}
