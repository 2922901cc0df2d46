//! Those who are turned away, and when they come again.

use crate::engine::SimTime;
use crate::model::client::Client;
use crate::model::purpose;
use crate::model::simulation::Simulation;
use crate::model::witness::Witness;
use crate::observe::log::Wait;
use crate::policy::RetryAfter;

/// What whoever is turned away hears, beyond that.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reply {
    /// When to come again.
    retry_after: Option<RetryAfter>,
    /// The code of the close, where the connection was upgraded already.
    code: Option<u16>,
}

impl Reply {
    /// To come again later, if anything.
    pub const fn later(retry_after: Option<RetryAfter>) -> Self {
        Self { retry_after, code: None }
    }

    /// A close with this code.
    pub const fn close(code: u16, retry_after: Option<RetryAfter>) -> Self {
        Self { retry_after, code: Some(code) }
    }
}

impl<W: Witness> Simulation<'_, W> {
    /// The client learns at `known` that it is not connected (of an attempt that started at
    /// `start`), and hears a reply. Who honours a Retry-After waits so long in place of its
    /// library's next delay; who has used up its library's attempts, or hears a code after
    /// which its library stops, gives up all the same.
    #[inline]
    pub fn retry_hearing(
        &mut self,
        place: u32,
        client: &mut Client,
        known: SimTime,
        start: SimTime,
        reply: Reply,
    ) {
        let (_, reconnect) = self.group(client);
        if reply.code.is_some_and(|code| reconnect.stops_on.contains(&code)) {
            return self.give_up(place, client, known);
        }
        let wait = reply
            .retry_after
            .and_then(|hint| hint.wait(self.draw(client, purpose::RETRY_AFTER, client.attempt)));
        self.retry_after(place, client, known, start, wait, Wait::RetryAfter);
    }
}
