//! A number that changes at instants, with its integral over time.

use crate::engine::SimTime;

/// A count whose time average is wanted. The integral is exact.
///
/// It is kept as the sum of every change times its instant, which takes a change an
/// addition: a change of `c` at `t` adds `c * (now - t)` to the integral until `now`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauge {
    value: u64,
    /// The sum of change times instant, modulo 2^128.
    moment: u128,
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
        if value > self.value {
            self.add(now, value - self.value);
        } else if value < self.value {
            self.sub(now, self.value - value);
        }
    }

    /// The value grows by `amount`.
    #[inline]
    pub const fn add(&mut self, now: SimTime, amount: u64) {
        self.value += amount;
        self.moment = self.moment.wrapping_add(area(amount, now));
    }

    /// The value shrinks by `amount`; a value below zero is a broken invariant of the caller.
    #[inline]
    pub fn sub(&mut self, now: SimTime, amount: u64) {
        debug_assert!(self.value >= amount, "a gauge went below zero");
        let amount = amount.min(self.value);
        self.value -= amount;
        self.moment = self.moment.wrapping_sub(area(amount, now));
    }

    /// The value is one higher from one instant until another: both known, so that it need not
    /// be said at either. Until the second has passed, the integral is not to be asked for.
    #[inline]
    pub const fn add_between(&mut self, from: SimTime, until: SimTime) {
        self.moment = self.moment.wrapping_sub(until.since(from).as_nanos() as u128);
    }

    /// Forgets what has been integrated so far, not the value.
    pub const fn restart(&mut self, now: SimTime) {
        self.moment = area(self.value, now);
    }

    /// The integral until `now`, in value-nanoseconds.
    pub const fn integral(&self, now: SimTime) -> u128 {
        area(self.value, now).wrapping_sub(self.moment)
    }
}

/// A value times the time since the start.
const fn area(value: u64, now: SimTime) -> u128 {
    value as u128 * now.as_nanos() as u128
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
        gauge.set(at(40), 7);
        gauge.set(at(41), 0);
        assert_eq!(gauge.integral(at(90)), 3 * 5 + 2 * 15 + 7);
        gauge.add_between(at(95), at(98));
        assert_eq!((gauge.value(), gauge.integral(at(98))), (0, 3 * 5 + 2 * 15 + 7 + 3));
    }
}
