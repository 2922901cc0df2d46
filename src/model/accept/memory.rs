//! What connections take of a server's memory, and servers that run out of it.

use crate::model::simulation::Simulation;
use crate::model::witness::Witness;
use crate::plan::accept::Memory;

impl<W: Witness> Simulation<'_, W> {
    /// Notes how much a server's memory holds now; whether that is more than it has.
    #[inline]
    pub fn is_out_of_memory(&mut self, server: u32) -> bool {
        let Some(memory) = self.rules().memory else { return false };
        let used = used(memory, self.servers[server as usize].connections);
        if self.record.counts_at(self.now) {
            let peak = self.record.counts.memory_peak.unwrap_or(0);
            self.record.counts.memory_peak = Some(peak.max(used));
        }
        used > memory.limit
    }

    /// Whether a server's memory has room for one connection more.
    pub fn has_memory(&self, server: u32) -> bool {
        let connections = self.servers[server as usize].connections;
        self.rules()
            .memory
            .is_none_or(|memory| used(memory, connections.saturating_add(1)) <= memory.limit)
    }

    /// The run begins, or its warm-up is over: what servers hold then is the first to be noted.
    pub fn note_memory(&mut self) {
        for server in 0..self.servers.len() as u32 {
            if self.servers[server as usize].is_up() {
                self.is_out_of_memory(server);
            }
        }
    }
}

/// What so many connections take.
const fn used(memory: Memory, connections: u32) -> u64 {
    memory.base.saturating_add(memory.per_connection.saturating_mul(connections as u64))
}
