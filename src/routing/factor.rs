//! A factor that is exact in decimals.

/// A factor of at least 0 in whole millionths.
///
/// A float would do for most, and go wrong where it matters: 1.1 x 100 / 2 > 55 in
/// binary floating point, so that a cap of 55 becomes 56. All comparisons with a factor
/// are made in integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor(u64);

impl Factor {
    /// One.
    pub const ONE: Self = Self(Self::SCALE);

    /// Millionths in one.
    pub const SCALE: u64 = 1_000_000;

    /// So many millionths.
    pub const fn from_millionths(millionths: u64) -> Self {
        Self(millionths)
    }

    /// The nearest factor to a float; 0 for NaN and below, at most 2^64 - 1 millionths.
    ///
    /// ```
    /// use ringstorm::routing::Factor;
    /// assert_eq!(Factor::nearest(1.25).millionths(), 1_250_000);
    /// assert_eq!(Factor::nearest(-1.0).millionths(), 0);
    /// ```
    pub fn nearest(factor: f64) -> Self {
        // The cast saturates, and makes 0 of NaN.
        Self((factor * Self::SCALE as f64).round() as u64)
    }

    /// Its millionths.
    pub const fn millionths(self) -> u64 {
        self.0
    }
}
