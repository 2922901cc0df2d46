//! Clients that read slowly: what they have not read piles up at their servers, and those
//! who are too far behind are closed (Centrifugo: queue of 1 MB, close code 3008 "slow").

use super::Messages;
use super::membership::Member;
use crate::engine::{Draws, SimDuration};
use crate::model::client::{Clients, State};
use crate::model::purpose;
use crate::plan::messaging::SlowConsumers;

/// A slow client that is connected: 72 bytes, for these alone.
#[derive(Clone, Copy, Debug)]
pub struct SlowClient {
    place: u32,
    /// The attempt that opened its connection.
    attempt: u32,
    /// What had been written at the latest sampling step.
    seen: Written,
    /// Messages that came since it connected, and bytes, duplicates among them.
    messages: f64,
    bytes: f64,
    /// What its server holds for it, in bytes.
    held: f64,
    /// How much of that had come when the warm-up ended; it is read first.
    early: f64,
}

/// What a server has written to one connection of its channels, modulo 2^32.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written {
    /// Messages of its channels.
    pub messages: u32,
    /// How often one of these was written, duplicates among them.
    pub writes: u32,
    /// Messages to this client alone.
    pub direct: u32,
}

impl Written {
    /// What was written since.
    const fn since(self, earlier: Self) -> Self {
        Self {
            messages: self.messages.wrapping_sub(earlier.messages),
            writes: self.writes.wrapping_sub(earlier.writes),
            direct: self.direct.wrapping_sub(earlier.direct),
        }
    }
}

impl SlowClient {
    /// Whether a client reads slowly.
    pub fn is_slow(plan: &SlowConsumers, draws: Draws, entity: u64) -> bool {
        draws.at(purpose::SLOW, entity, 0).unit() < plan.fraction
    }

    /// A client that has just connected, when so much has been written on its channels.
    pub const fn new(member: Member, seen: Written) -> Self {
        let Member { place, attempt, .. } = member;
        Self { place, attempt, seen, messages: 0.0, bytes: 0.0, held: 0.0, early: 0.0 }
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
    /// What its server gets no copy of does not reach a client; what it recovers is not in its
    /// buffer. O(slow clients x their channels x log of the servers of these).
    pub fn sample_slow(&mut self, clients: &Clients, width: SimDuration) -> Vec<u32> {
        let Some(plan) = self.plan.slow else { return Vec::new() };
        let read = plan.drain * width.as_secs_f64();
        let mut closing = Vec::new();
        let mut slow = std::mem::take(&mut self.slow);
        slow.retain_mut(|client| {
            if !client.is_here(clients) {
                return false;
            }
            self.pile_up(client, clients.server(client.place));
            client.held = (client.held - read).max(0.0);
            client.early = (client.early - read).max(0.0);
            let is_over = client.held > plan.buffer as f64;
            if is_over {
                // Its messages are of two sizes, and some are there twice: as of all that came.
                let late = client.held - client.early;
                closing.push((client.place, late * client.messages / client.bytes.max(1.0)));
            }
            !is_over
        });
        self.slow = slow;
        for (_, late) in &closing {
            let unread = (*late as u64).min(self.ledger.delivered);
            self.ledger.delivered -= unread;
            self.ledger.lost.slow += unread;
            self.step.lost += unread;
        }
        closing.into_iter().map(|(place, _)| place).collect()
    }

    /// What has come for a slow client since it was last looked at.
    fn pile_up(&self, client: &mut SlowClient, server: u32) {
        let seen = self.written(client.place, server);
        let Written { messages, writes, direct } = seen.since(client.seen);
        client.seen = seen;
        let each = self.plan.direct.map_or(0, |direct| direct.bytes);
        let bytes = f64::from(writes) * f64::from(self.plan.publish.bytes)
            + f64::from(direct) * f64::from(each);
        client.messages += f64::from(messages) + f64::from(direct);
        client.bytes += bytes;
        client.held += bytes;
    }

    /// The warm-up is over: what slow clients have not read by then counts as delivered, whatever
    /// becomes of them.
    pub fn start_counting_slow(&mut self, clients: &Clients) {
        let mut slow = std::mem::take(&mut self.slow);
        for client in &mut slow {
            if client.is_here(clients) {
                self.pile_up(client, clients.server(client.place));
                client.early = client.held;
            }
        }
        self.slow = slow;
    }
}
