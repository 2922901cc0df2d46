//! Bins of equal width, found without a division.

/// Numbers the bins of one width from 0 on.
#[derive(Clone, Copy, Debug)]
pub struct Bins {
    width: u64,
    /// 2^(62 + shift) / width, rounded up: below 2^63 + 2.
    inverse: u64,
    /// The least with 2^shift >= width.
    shift: u32,
}

impl Bins {
    /// What is binned is below this: 146 years of nanoseconds, and no run is longer than 100.
    const END: u64 = 1 << 62;

    /// Bins of this width, at least 1.
    pub fn new(width: u64) -> Self {
        let width = width.max(1);
        // All that is binned is in the first of wider ones.
        let divisor = width.min(Self::END);
        let shift = divisor.next_power_of_two().trailing_zeros();
        let inverse = ((u128::from(Self::END) << shift) / u128::from(divisor)) as u64 + 1;
        Self { width, inverse, shift }
    }

    /// The width of a bin.
    pub const fn width(self) -> u64 {
        self.width
    }

    /// The bin of `x`, which is below 2^62: `x / width`, rounded down. A product and a shift, where
    /// the processor's division takes several times as long (Granlund and Montgomery, "Division
    /// by invariant integers using multiplication", PLDI 1994, theorem 4.2).
    #[inline]
    pub const fn of(self, x: u64) -> u64 {
        debug_assert!(x < Self::END, "a time beyond all runs");
        ((((x << 2) as u128 * self.inverse as u128) >> 64) as u64) >> self.shift
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_bin_is_a_quotient(x in 0..Bins::END, bits in 1_u32..64, low in any::<u64>(), near in 0_u64..3) {
            let width = (low >> bits).max(1);
            for width in [width, width.next_power_of_two().max(2) - 1, 1 << width.ilog2()] {
                let bins = Bins::new(width);
                prop_assert_eq!(bins.of(x), x / width);
                // Beside an edge, where a product may fall on the wrong side.
                let edge = (x / width * width + near).saturating_sub(1).min(Bins::END - 1);
                prop_assert_eq!(bins.of(edge), edge / width);
                prop_assert_eq!(bins.of(Bins::END - 1), (Bins::END - 1) / width);
            }
        }
    }
}
