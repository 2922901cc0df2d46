//! Clients that read slowly: what they have not read piles up at their servers, and those
//! who are too far behind are closed (Centrifugo: queue of 1 MB, close code 3008 "slow").

use super::Messages;
use super::membership::Member;
use crate::engine::{Draws, SimDuration};
use crate::model::client::{Clients, State};
use crate::model::purpose;
use crate::plan::messaging::{Pubsub, SlowConsumers};

/// A slow client that is connected: 32 bytes, for these alone.
#[derive(Clone, Copy, Debug)]
pub struct SlowClient {
    place: u32,
    /// The attempt that opened its connection.
    attempt: u32,
    /// Publishes to its channels until the latest sampling step.
    seen: u64,
    /// What its server holds for it, in bytes.
    held: f64,
    /// How much of that had come when the warm-up ended; it is read first.
    early: f64,
}

impl SlowClient {
    /// Whether a client reads slowly.
    pub fn is_slow(plan: &SlowConsumers, draws: Draws, entity: u64) -> bool {
        draws.at(purpose::SLOW, entity, 0).unit() < plan.fraction
    }

    /// A client that has just connected, when so much has been published to its channels.
    pub const fn new(member: Member, seen: u64) -> Self {
        let Member { place, attempt, .. } = member;
        Self { place, attempt, seen, held: 0.0, early: 0.0 }
    }

    /// Whether its connection is still open.
    fn is_here(&self, clients: &Clients) -> bool {
        let now = clients.get(self.place);
        now.state == State::Connected && now.attempt == self.attempt
    }
}

impl Messages<'_> {
    /// The buffers of slow clients at the end of a sampling step: what came in the step less
    /// what was read. Gives the places of those to be closed; what is in their buffers is lost.
    ///
    /// Direct messages are not in it. What is published while its server has no link to the broker
    /// does not reach a client: by the link at the end of the step. O(slow clients x their
    /// channels).
    pub fn sample_slow(&mut self, clients: &Clients, width: SimDuration) -> Vec<u32> {
        let Some(plan) = self.plan.slow else { return Vec::new() };
        let bytes = f64::from(self.plan.publish.bytes);
        let read = plan.drain * width.as_secs_f64();
        let mut closing = Vec::new();
        let mut slow = std::mem::take(&mut self.slow);
        slow.retain_mut(|client| {
            if !client.is_here(clients) {
                return false;
            }
            self.pile_up(client, clients.server(client.place), bytes);
            client.held = (client.held - read).max(0.0);
            client.early = (client.early - read).max(0.0);
            let is_over = client.held > plan.buffer as f64;
            if is_over {
                closing.push((client.place, client.held - client.early));
            }
            !is_over
        });
        self.slow = slow;
        for (_, late) in &closing {
            let unread = ((late / bytes.max(1.0)) as u64).min(self.ledger.delivered);
            self.ledger.delivered -= unread;
            self.ledger.lost.slow += unread;
        }
        closing.into_iter().map(|(place, _)| place).collect()
    }

    /// What has come for a slow client since it was last looked at.
    fn pile_up(&self, client: &mut SlowClient, server: u32, bytes: f64) {
        let seen = self.seen(client.place);
        if self.kind == Pubsub::Colocated || self.fan_outs[server as usize].is_attached {
            client.held += (seen - client.seen) as f64 * bytes;
        }
        client.seen = seen;
    }

    /// The warm-up is over: what slow clients have not read by then counts as delivered, whatever
    /// becomes of them.
    pub fn start_counting_slow(&mut self, clients: &Clients) {
        let bytes = f64::from(self.plan.publish.bytes);
        let mut slow = std::mem::take(&mut self.slow);
        for client in &mut slow {
            if client.is_here(clients) {
                self.pile_up(client, clients.server(client.place), bytes);
                client.early = client.held;
            }
        }
        self.slow = slow;
    }
}
