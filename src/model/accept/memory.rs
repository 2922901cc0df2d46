//! What connections take of a server's memory, and servers that run out of it.

use crate::model::simulation::Simulation;
use crate::model::witness::Witness;

impl<W: Witness> Simulation<'_, W> {
    /// Notes how much a server's memory holds now; whether that is more than it has.
    #[inline]
    pub fn is_out_of_memory(&mut self, server: u32) -> bool {
        let Some(memory) = self.rules().memory else { return false };
        let connections = u64::from(self.servers[server as usize].connections);
        let used = memory.base.saturating_add(memory.per_connection.saturating_mul(connections));
        if self.record.counts_at(self.now) {
            let peak = self.record.counts.memory_peak.unwrap_or(0);
            self.record.counts.memory_peak = Some(peak.max(used));
        }
        used > memory.limit
    }
}
