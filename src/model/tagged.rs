//! Instants with a word of two bits above them.

use crate::engine::SimTime;

/// Bits of an instant: 146 years, and no run is longer than 100.
const INSTANT_BITS: u32 = 62;

/// An instant, and which of four it is of something else: 8 bytes, in what there is one of for
/// each client or handshake.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tagged(u64);

impl Tagged {
    /// The last instant that fits.
    pub const LAST: SimTime = SimTime::from_nanos((1 << INSTANT_BITS) - 1);

    /// An instant, at most [`Self::LAST`], with the number of what it is, below 4.
    #[inline]
    pub const fn new(time: SimTime, tag: u8) -> Self {
        debug_assert!(time.as_nanos() <= Self::LAST.as_nanos(), "an instant after all runs");
        debug_assert!(tag < 4, "two bits");
        Self(time.as_nanos() | (tag as u64) << INSTANT_BITS)
    }

    /// The instant.
    #[inline]
    pub const fn time(self) -> SimTime {
        SimTime::from_nanos(self.0 & Self::LAST.as_nanos())
    }

    /// The number of what it is.
    #[inline]
    pub const fn tag(self) -> u8 {
        (self.0 >> INSTANT_BITS) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_and_its_tag_are_read_as_they_were_written() {
        for time in [SimTime::ZERO, SimTime::from_nanos(7), Tagged::LAST] {
            for tag in 0..4 {
                let tagged = Tagged::new(time, tag);
                assert_eq!((tagged.time(), tagged.tag()), (time, tag));
            }
        }
    }
}
