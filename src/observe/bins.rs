//! Bins of equal width, found without a division.

/// Numbers the bins of one width from 0 on.
#[derive(Clone, Copy, Debug)]
pub struct Bins {
    width: u64,
    /// 2^64 / width, rounded down; for width 1 one less.
    inverse: u64,
}

impl Bins {
    /// Bins of this width, at least 1.
    pub fn new(width: u64) -> Self {
        let width = width.max(1);
        Self { width, inverse: u64::MAX / width }
    }

    /// The width of a bin.
    pub const fn width(self) -> u64 {
        self.width
    }

    /// The bin of `x`: `x / width`, rounded down. A product and a correction, where the
    /// processor's division takes several times as long.
    #[inline]
    pub const fn of(self, x: u64) -> u64 {
        // x / width - x * inverse / 2^64 is at most x / 2^64: rounded down, one too few at most.
        let bin = ((x as u128 * self.inverse as u128) >> 64) as u64;
        bin + (x - bin * self.width >= self.width) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_bin_is_a_quotient(x in any::<u64>(), bits in 0_u32..64, low in any::<u64>(), near in 0_u64..3) {
            let width = (low >> bits).max(1);
            let bins = Bins::new(width);
            prop_assert_eq!(bins.of(x), x / width);
            // Beside an edge, where a product may fall on the wrong side.
            let edge = (x / width * width).saturating_add(near).saturating_sub(1);
            prop_assert_eq!(bins.of(edge), edge / width);
        }
    }
}
