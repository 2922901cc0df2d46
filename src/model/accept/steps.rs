//! What a handshake does after its own work: resume a session, rebuild it, log in.
//!
//! ```text
//!  to be resumed, in the server:  resumed work ─► open
//!  to be resumed, in the store:   resumed work ─► store ─► open
//!                                                   └─ no answer: full work + rebuild ─► login ─► open
//!  nothing to resume:             full work + rebuild ─► login ─► open
//! ```
//!
//! The worker is held until the end, as by a server that awaits its login inside the
//! handshake; so a slow login takes the servers' workers, too.

use super::Which;
use crate::engine::{Draw, SimDuration};
use crate::model::client::Client;
use crate::model::purpose;
use crate::model::server::Handshake;
use crate::model::simulation::Simulation;
use crate::model::witness::Witness;
use crate::observe::Offline;
use crate::observe::log::Fact;
use crate::plan::SessionState;

/// What a handshake is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// Its first work.
    #[default]
    Work,
    /// It waits for the session store.
    Store,
    /// The work of a handshake that hoped to resume in vain.
    Rebuild,
    /// It waits for the login.
    Login,
}

impl<W: Witness> Simulation<'_, W> {
    /// Whether a client that reaches `server` finds its session: it was dropped less than the
    /// window ago, and the server or the store has it.
    pub fn resumes(&self, place: u32, server: u32) -> bool {
        match &self.rules().session_state {
            SessionState::None => false,
            SessionState::Local(_) => {
                self.accept.homes.get(place) == server && self.has_session(place)
            }
            SessionState::External { .. } => self.has_session(place),
        }
    }

    /// Whether a client claims a session: it was dropped less than the window ago, and, as far
    /// as sessions live in servers, its server is there.
    pub fn has_session(&self, place: u32) -> bool {
        let rules = &self.rules().session_state;
        let Some(resume) = rules.resume() else { return false };
        let client = self.clients.get(place);
        let is_kept =
            client.offline != Offline::Came && self.now.since(client.since) < resume.window;
        is_kept && (rules.store().is_some() || self.is_home_alive(place, &client))
    }

    /// Whether the server that held a client's connection has been up ever since.
    fn is_home_alive(&self, place: u32, client: &Client) -> bool {
        let home = self.accept.homes.get(place) as usize;
        let home = self.servers.get(home);
        home.is_some_and(|server| server.is_up() && server.ready_since <= client.since)
    }

    /// The first work of a handshake.
    pub fn work(&self, client: &Client, resumes: bool) -> SimDuration {
        let draw = self.draw(client, purpose::WORK, client.attempt);
        match self.rules().session_state.resume() {
            None => self.plan.servers.handshake.cost.sample(draw),
            Some(resume) if resumes => resume.resumed_cost.sample(draw),
            Some(_) => self.full_work(client, draw),
        }
    }

    /// The work of a handshake that resumes nothing: the full cost and the rebuilding.
    fn full_work(&self, client: &Client, draw: Draw) -> SimDuration {
        let full = self.plan.servers.handshake.cost.sample(draw);
        let Some(resume) = self.rules().session_state.resume() else { return full };
        let rebuild = self.draw(client, purpose::REBUILD, client.attempt);
        full.saturating_add(resume.rebuild_cost.sample(rebuild))
    }

    /// A worker has done a handshake's work: whether the handshake goes on elsewhere, and
    /// holds the worker.
    pub fn goes_on(&mut self, server: u32, worker: u32) -> bool {
        let Some(handshake) = self.servers[server as usize].at_work(worker).copied() else {
            return false;
        };
        let is_whole = handshake.since.after(handshake.work) <= self.now;
        let is_given_up = handshake.is_abandoned(self.now, self.plan.servers.handshake.abandoned);
        if handshake.is_probe() || !is_whole || is_given_up {
            return false;
        }
        match handshake.step {
            Step::Work if handshake.resumes => {
                if self.accept.store.is_none() {
                    return false;
                }
                if !self.call(Which::Store, server, worker) {
                    self.rebuild(server, worker, &handshake);
                }
                true
            }
            Step::Work | Step::Rebuild => {
                if self.accept.login.is_none() {
                    return false;
                }
                if !self.call(Which::Login, server, worker) {
                    self.finish_refused(server, worker);
                }
                true
            }
            Step::Store | Step::Login => false,
        }
    }

    /// A service answered a worker.
    pub fn answered(&mut self, which: Which, server: u32, worker: u32) {
        debug_assert!(
            self.servers[server as usize].at_work(worker).is_some(),
            "{which:?} answers a worker that waits"
        );
        self.finish(server, worker);
    }

    /// A service fails a worker that waits for it.
    pub fn unanswered(&mut self, which: Which, server: u32, worker: u32) {
        let Some(handshake) = self.servers[server as usize].at_work(worker).copied() else {
            return;
        };
        match which {
            Which::Store => self.rebuild(server, worker, &handshake),
            Which::Login => self.finish_refused(server, worker),
        }
    }

    /// The store has nothing for a handshake: it does the work of one without a session.
    fn rebuild(&mut self, server: u32, worker: u32, handshake: &Handshake) {
        let client = Client { attempt: handshake.attempt, ..self.clients.get(handshake.client) };
        let draw = self.draw(&client, purpose::WORK, handshake.attempt).again(0);
        let work = self.full_work(&client, draw);
        let handshake = Handshake { resumes: false, step: Step::Rebuild, work, ..*handshake };
        self.tell_inside(server, &handshake, Fact::Rebuilds);
        self.set_to_work(server, worker, handshake);
    }
}
