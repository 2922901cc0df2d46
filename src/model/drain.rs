//! A server takes its leave: it stops accepting, closes what it holds at a pace, and what
//! is left when its grace period is over is reset.

use super::change::Notice;
use super::client::{Client, State};
use super::event::Event;
use super::presence::Drop;
use super::server::Stage;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::SimDuration;
use crate::observe::ServerState;
use crate::observe::log::Fact;
use crate::plan::{Close, Drain};
use crate::routing::{BackendId, BackendState};

impl<W: Witness> Simulation<'_, W> {
    /// How a server leaves: by the policy's drain where it has one, else by `asked`, else as
    /// servers usually do. `None`: it closes everything at once and is gone.
    pub fn drain_of(&self, asked: Option<Drain>) -> Option<Drain> {
        self.policy.drain.or(asked).or(self.plan.servers.drain)
    }

    /// A server leaves, as [`Simulation::drain_of`] says. `restarts` starts it again in
    /// place when it is empty.
    pub fn send_away(&mut self, server: u32, drain: Option<Drain>, restarts: bool) {
        if !self.servers[server as usize].is_wanted() {
            return;
        }
        let drain = self.drain_of(drain);
        let at = &mut self.servers[server as usize];
        at.restarts = restarts;
        let Some(drain) = drain.filter(|_| at.stage == Stage::Ready) else {
            self.be_gone(server);
            return;
        };
        at.stage = Stage::Draining;
        at.drain = Some(drain);
        at.accepts = !drain.wait.is_zero();
        let boots = at.boots;
        self.membership.set_state(BackendId::new(server), BackendState::Draining);
        self.note_state(server, ServerState::Draining);
        self.tell_server(server, Fact::Drains { grace: drain.grace });
        self.changed(Notice::Told);
        self.at(self.now.after(drain.grace), Event::Deadline { server, boots });
        if drain.wait.is_zero() {
            self.say_farewell(server, boots);
        } else {
            self.at(self.now.after(drain.wait), Event::Farewell { server, boots });
        }
    }

    /// A draining server stops accepting and begins to close.
    pub fn say_farewell(&mut self, server: u32, boots: u32) {
        let at = &mut self.servers[server as usize];
        let Some(drain) = at.drain.filter(|_| at.boots == boots && at.stage == Stage::Draining)
        else {
            return;
        };
        at.accepts = false;
        let (interval, batch) = pace(&drain, at.connections);
        self.tell_server(server, Fact::StopsAccepting);
        if drain.close != Close::Never {
            self.close_server(server, interval, batch);
        }
        self.leave_if_empty(server);
    }

    /// The grace period is over.
    pub fn grace_is_over(&mut self, server: u32, boots: u32) {
        let at = &self.servers[server as usize];
        if at.stage == Stage::Draining && at.boots == boots {
            self.be_gone(server);
        }
    }

    /// A draining server with nothing left is gone before its grace period is over.
    #[inline]
    pub fn leave_if_empty(&mut self, server: u32) {
        let at = &self.servers[server as usize];
        if at.stage == Stage::Draining && !at.accepts && at.connections == 0 && at.pending() == 0 {
            self.be_gone(server);
        }
    }

    /// What is left is reset, and the server is gone, or starts again in place.
    fn be_gone(&mut self, server: u32) {
        let restarts = self.servers[server as usize].restarts;
        let stage = if restarts { Stage::Booting } else { Stage::Gone };
        self.end_servers(&[server], stage, false, false);
        if restarts {
            let boot = self.boot_of_restart(server);
            self.start(server, boot.as_ref());
        }
        self.changed(Notice::Told);
        self.poke_rollouts();
    }

    /// A connection that opens on a draining server joins those to be closed, as the last.
    #[inline(always)]
    pub fn close_later(&mut self, server: u32, place: u32) {
        let at = &self.servers[server as usize];
        if at.stage == Stage::Draining && !at.accepts {
            self.close_in_turn(server, place);
        }
    }

    fn close_in_turn(&mut self, server: u32, place: u32) {
        let Client { attempt, state, .. } = self.clients.get(place);
        debug_assert_eq!(state, State::Connected);
        let at = &mut self.servers[server as usize];
        let Some(drain) = at.drain else { return };
        match drain.close {
            Close::Never => {}
            Close::AtOnce => self.drop_connection(place, Drop::of(&drain)),
            Close::Spread | Close::Pace(_) | Close::Batch { .. } => {
                let idle = at.closing.is_empty();
                at.closing.insert(0, (place, attempt));
                if idle {
                    at.closing_list += 1;
                    let (time, list) = (at.next_close.max(self.now), at.closing_list);
                    self.at(time, Event::Close { server, list });
                }
            }
        }
    }
}

/// The time between two closes of a server that holds so many, and how many are closed each time.
fn pace(drain: &Drain, connections: u32) -> (SimDuration, u32) {
    match drain.close {
        Close::Spread => {
            let left = drain.grace.as_nanos() - drain.wait.as_nanos().min(drain.grace.as_nanos());
            (SimDuration::from_nanos(left / u64::from(connections.max(1))), 1)
        }
        Close::Pace(rate) => (rate.interval(), 1),
        Close::Batch { size, every } => (every, size),
        Close::AtOnce | Close::Never => (SimDuration::ZERO, 1),
    }
}
