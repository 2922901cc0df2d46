//! Every message owed is delivered, recovered, lost, or missed by somebody who may still
//! come back for it.

use crate::observe::messages::Lost;

/// Messages times recipients since the start of the run, warm-up included: what the
/// conservation law is about. Each side is counted where it happens, never as the
/// difference of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// To everybody present when it was published.
    pub owed: u64,
    /// Written to a connection.
    pub delivered: u64,
    /// Read from history.
    pub recovered: u64,
    /// Gone.
    pub lost: Lost,
    /// Missed by clients who are present and not connected.
    pub pending: u64,
}

impl Ledger {
    /// What has become of the messages: equal to what was owed.
    pub const fn accounted(self) -> u64 {
        self.delivered + self.recovered + self.lost.total() + self.pending
    }

    /// What has happened since `earlier`, what was pending then included.
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            owed: self.owed - earlier.owed + earlier.pending,
            // What slow clients had in their buffers then stays delivered, read or not.
            delivered: self.delivered.saturating_sub(earlier.delivered),
            recovered: self.recovered - earlier.recovered,
            lost: Lost {
                offline: self.lost.offline - earlier.lost.offline,
                broker: self.lost.broker - earlier.lost.broker,
                misrouted: self.lost.misrouted - earlier.lost.misrouted,
                slow: self.lost.slow - earlier.lost.slow,
            },
            pending: self.pending,
        }
    }
}
