//! For how long any of several queues is full.

use super::Gauge;
use crate::engine::SimTime;

/// 1 while at least one queue is full. A queue becomes full until it is said no longer to be,
/// or, where that is foreseen, until a known instant. Instants are told in order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Saturation {
    /// Queues that are full until something is said of them.
    full: u64,
    /// Until when the last of the others is full.
    until: SimTime,
    /// Brought up to what is known by [`Saturation::settle`] alone.
    saturated: Gauge,
}

impl Saturation {
    /// A queue becomes full, or is no longer.
    pub fn set(&mut self, now: SimTime, full: bool) {
        self.settle(now);
        self.full = if full { self.full + 1 } else { self.full.saturating_sub(1) };
        if self.full > 0 {
            self.saturated.set(now, 1);
        } else if self.until <= now {
            self.saturated.set(now, 0);
        }
    }

    /// A queue becomes full, and is so until `until`.
    pub fn full_until(&mut self, now: SimTime, until: SimTime) {
        self.settle(now);
        self.until = self.until.max(until);
        self.saturated.set(now, 1);
    }

    /// Forgets for how long there has been a full one, not that there is one.
    pub fn restart(&mut self, now: SimTime) {
        self.settle(now);
        self.saturated.restart(now);
    }

    /// For how long there has been a full one, in nanoseconds.
    pub fn time(mut self, now: SimTime) -> u64 {
        self.settle(now);
        self.saturated.integral(now) as u64
    }

    /// What was full until a known instant is no longer, where that has passed.
    fn settle(&mut self, now: SimTime) {
        if self.full == 0 && self.until <= now {
            self.saturated.set(self.until, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The oracle looks at every nanosecond.
        #[test]
        fn it_is_the_length_of_a_union_of_intervals(
            queues in prop::collection::vec((0_u64..60, 0_u64..20, any::<bool>()), 0..12),
            restart in 0_u64..60,
        ) {
            let at = SimTime::from_nanos;
            let mut steps = vec![(restart, 3, 0)];
            for (from, length, foreseen) in queues.iter().copied() {
                let until = from + length;
                if foreseen {
                    steps.push((from, 0, until));
                } else {
                    steps.extend([(from, 1, until), (until, 2, 0)]);
                }
            }
            steps.sort_unstable();
            let mut saturation = Saturation::default();
            for (time, kind, until) in steps {
                match kind {
                    0 => saturation.full_until(at(time), at(until)),
                    1 => saturation.set(at(time), true),
                    2 => saturation.set(at(time), false),
                    _ => saturation.restart(at(time)),
                }
            }
            let covers = |now: &u64| queues.iter().any(|(from, length, _)| (*from..from + length).contains(now));
            let expected = (restart..90).filter(covers).count() as u64;
            prop_assert_eq!(saturation.time(at(90)), expected);
        }
    }
}
