//! Those who are turned away, and when they come again.

use crate::engine::SimTime;
use crate::model::purpose;
use crate::model::simulation::Simulation;
use crate::policy::RetryAfter;

impl Simulation<'_> {
    /// The client learns at `known` that it is not connected (of an attempt that started at
    /// `start`), and was asked to come again later. Who honours that waits so long in place of
    /// its library's next delay; who has used up its library's attempts gives up all the same.
    pub fn retry_hinted(
        &mut self,
        place: u32,
        known: SimTime,
        start: SimTime,
        hint: Option<RetryAfter>,
    ) {
        let client = self.clients.get(place);
        let wait = hint
            .and_then(|hint| hint.wait(self.draw(client, purpose::RETRY_AFTER, client.attempt)));
        match wait {
            Some(wait) if self.library_wait(place, known).is_some() => {
                let client = self.clients.get_mut(place);
                client.retries = client.retries.saturating_add(1);
                self.schedule_attempt(place, known.after(wait));
            }
            _ => self.retry(place, known, start),
        }
    }
}
