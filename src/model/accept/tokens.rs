//! How many clients the gateway sends on: a token bucket, in lanes.
//!
//! Discord's identify limit (discord-api-docs developers/events/gateway.mdx): `max_concurrency`
//! identifies per 5 s, one for each remainder of the shard's number; a resumed session does
//! not count.

use super::Reply;
use crate::engine::SimTime;
use crate::model::client::Client;
use crate::model::event::Event;
use crate::model::simulation::Simulation;
use crate::model::witness::Witness;
use crate::observe::log::Fact;
use crate::policy::Balance;

/// What the gateway's tokens say to a client.
#[derive(Clone, Copy, Debug)]
pub enum Token {
    /// There is one.
    Taken,
    /// It is to wait in line.
    Later,
    /// It is turned away.
    None(Reply),
}

impl<W: Witness> Simulation<'_, W> {
    /// A client asks the gateway: whether there is a token for it. One that waits in line has
    /// its token booked, and asks again when that is due.
    pub fn take_token(&mut self, place: u32, client: &Client, deadline: SimTime) -> Token {
        let Balance::Gateway(config) = &self.policy.balance else { return Token::Taken };
        let Some(admission) = config.admission else { return Token::Taken };
        if self.has_session(place) {
            return Token::Taken;
        }
        let lane = client.number as usize % self.accept.lanes.len().max(1);
        let now = self.now.as_nanos();
        let mut tokens = self.accept.lanes[lane];
        let due = tokens.next(now);
        if due > now && self.accept.in_line >= admission.queue {
            return Token::None(Reply::later(admission.retry_after));
        }
        self.accept.lanes[lane] = tokens;
        if due <= now {
            return Token::Taken;
        }
        let due = SimTime::from_nanos(due);
        self.accept.in_line += 1;
        self.accept.hold_back(place, due.since(self.now));
        // Whoever gives up before, or leaves, does not go on.
        if due <= deadline && due < client.leaves && due <= self.end {
            self.record.left_line(due, due.since(self.now));
        }
        let attempt = client.attempt;
        self.tell_client(place, client, None, Fact::AwaitsToken { until: due });
        self.at(due, Event::Ask { client: place, attempt, has_token: true });
        if deadline < due {
            self.schedule_timeout(place, client, deadline);
        }
        Token::Later
    }

    /// A client leaves the gateway's line, whether or not it is still there to go on.
    pub fn leave_line(&mut self) {
        self.accept.in_line = self.accept.in_line.saturating_sub(1);
    }
}
