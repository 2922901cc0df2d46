//! What is recorded of the services that handshakes wait for: the session store and the login.

use super::Gauge;
use crate::engine::{SimDuration, SimTime};

/// Calls to one service, after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Workers of the service; 0 where there is none.
    pub workers: u32,
    /// Calls that a worker took up.
    pub begun: u64,
    /// Nanoseconds that they had waited in the queue, summed.
    pub waited: u128,
    /// Calls that were turned away, lost in an outage or given up on.
    pub refused: u64,
    /// Integral of busy workers, in nanoseconds.
    pub busy_time: u128,
}

/// The number of the session store, in [`Services`].
pub const STORE: u32 = 0;

/// The number of the login.
pub const LOGIN: u32 = 1;

/// Both services.
#[derive(Clone, Copy, Debug, Default)]
pub struct Services {
    calls: [Calls; 2],
    busy: [Gauge; 2],
}

impl Services {
    /// A service has so many workers.
    pub const fn has_workers(&mut self, number: u32, workers: u32) {
        self.calls[number as usize].workers = workers;
    }

    /// A worker takes a call up that has waited so long; whether it counts for metrics.
    pub fn begins(&mut self, now: SimTime, number: u32, waited: SimDuration, counts: bool) {
        self.busy[number as usize].add(now, 1);
        let calls = &mut self.calls[number as usize];
        if counts {
            calls.begun += 1;
            calls.waited += u128::from(waited.as_nanos());
        }
    }

    /// A worker is done with a call, or it was lost in an outage.
    pub fn ends(&mut self, now: SimTime, number: u32) {
        self.busy[number as usize].sub(now, 1);
    }

    /// A call has no answer.
    pub const fn refused(&mut self, number: u32, counts: bool) {
        self.calls[number as usize].refused += counts as u64;
    }

    /// Integrals start again.
    pub fn restart(&mut self, now: SimTime) {
        for gauge in &mut self.busy {
            gauge.restart(now);
        }
    }

    /// What was recorded until `end`: of the store, of the login.
    pub fn finish(&self, end: SimTime) -> [Calls; 2] {
        let [store, login] = self.calls;
        [
            Calls { busy_time: self.busy[STORE as usize].integral(end), ..store },
            Calls { busy_time: self.busy[LOGIN as usize].integral(end), ..login },
        ]
    }
}
