//! A balancer that tries again when a server refuses a connection.

use crate::engine::SimTime;
use crate::model::attempt::UNCHOSEN;
use crate::model::client::Client;
use crate::model::event::Event;
use crate::model::purpose;
use crate::model::simulation::Simulation;
use crate::model::witness::Witness;
use crate::observe::log::Fact;
use crate::routing::BackendId;

/// What the balancer has tried for an attempt.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tried {
    /// The attempt; another one has not been tried yet.
    attempt: u32,
    /// Tries after the first.
    times: u32,
    /// The server that refused last.
    server: u32,
}

impl<W: Witness> Simulation<'_, W> {
    /// Whether the balancer takes care of a refusal: it tries again, or its client gives up
    /// before it can.
    #[inline]
    pub fn tries_again(
        &mut self,
        place: u32,
        client: &Client,
        refused_by: BackendId,
        resends: u32,
        deadline: SimTime,
    ) -> bool {
        let Some(rules) = self.rules().tier.retries else { return false };
        if self.has_gateway() {
            return false;
        }
        let attempt = client.attempt;
        let before = self.accept.tried.get(place);
        let times = if before.attempt == attempt { before.times } else { 0 };
        if times >= rules.count {
            return false;
        }
        let server = refused_by.index() as u32;
        self.accept.tried.set(place, Tried { attempt, times: times + 1, server });
        self.accept.hold_back(place, rules.after);
        self.clients.set_server(place, UNCHOSEN);
        let time = self.now.after(rules.after);
        self.tell_client(place, client, None, Fact::TriesAgain { at: time });
        if time >= deadline {
            self.schedule_timeout(place, client, deadline);
        } else {
            self.at(time, Event::Reach { client: place, attempt, resends });
        }
        true
    }

    /// The backend for an attempt that reaches the balancer, or comes back to it refused.
    #[inline(always)]
    pub fn choose_or_redispatch(&mut self, place: u32, client: &Client) -> Option<BackendId> {
        let Some(rules) = self.rules().tier.retries else { return self.choose(client) };
        let tried = self.accept.tried.get(place);
        if tried.times == 0 || tried.attempt != client.attempt {
            return self.choose(client);
        }
        self.record.counts.balancer_retries += u64::from(self.record.counts_at(self.now));
        let refused_by = BackendId::new(tried.server);
        if !rules.redispatch {
            return Some(refused_by);
        }
        let draw = self.draw(client, purpose::REDISPATCH, client.attempt);
        self.choose_other(client, draw.again(u64::from(tried.times)), refused_by)
    }
}
