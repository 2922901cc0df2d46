//! A number that changes at instants, with its integral over time.

use crate::engine::SimTime;

/// A count whose time average is wanted. The integral is exact.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauge {
    value: u64,
    since: SimTime,
    integral: u128,
}

impl Gauge {
    /// The value now.
    #[inline]
    pub const fn value(&self) -> u64 {
        self.value
    }

    /// The value becomes `value`.
    #[inline]
    pub fn set(&mut self, now: SimTime, value: u64) {
        self.integral += u128::from(self.value) * u128::from(now.since(self.since).as_nanos());
        self.since = now;
        self.value = value;
    }

    /// The value grows by `amount`.
    #[inline]
    pub fn add(&mut self, now: SimTime, amount: u64) {
        self.set(now, self.value + amount);
    }

    /// The value shrinks by `amount`; a value below zero is a broken invariant of the caller.
    #[inline]
    pub fn sub(&mut self, now: SimTime, amount: u64) {
        debug_assert!(self.value >= amount, "a gauge went below zero");
        self.set(now, self.value.saturating_sub(amount));
    }

    /// Forgets what has been integrated so far, not the value.
    pub const fn restart(&mut self, now: SimTime) {
        self.integral = 0;
        self.since = now;
    }

    /// The integral until `now`, in value-nanoseconds.
    pub fn integral(&self, now: SimTime) -> u128 {
        self.integral + u128::from(self.value) * u128::from(now.since(self.since).as_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integral_is_the_area_under_the_steps_since_the_restart() {
        let at = SimTime::from_nanos;
        let mut gauge = Gauge::default();
        gauge.add(at(10), 3);
        gauge.restart(at(20));
        gauge.sub(at(25), 1);
        assert_eq!(gauge.integral(at(30)), 3 * 5 + 2 * 5);
    }
}
