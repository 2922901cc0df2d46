//! The one hash of keys.
//!
//! XXH3-64 with seed 0 (Y. Collet, xxHash 0.8 specification), for every scheme that is
//! not a copy of somebody else's. It is fixed for ever: two processes, on any machine
//! and in any version of this library, give a key the same hash, and `tests/it/routing`
//! holds golden values. A hasher seeded at random would make two routers disagree on
//! nearly every key.

use xxhash_rust::xxh3::xxh3_64;

use super::chance;

/// The hash of a key: 64 uniform bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(u64);

impl KeyHash {
    /// The hash of this key. About 2 ns for a key of 16 bytes.
    ///
    /// ```
    /// use ringstorm::routing::KeyHash;
    /// assert_eq!(KeyHash::of(b"client-0").bits(), 0x33b4_e191_2be6_4d62);
    /// ```
    #[inline]
    pub fn of(key: &[u8]) -> Self {
        Self(xxh3_64(key))
    }

    /// The hash with these bits, for callers that hash elsewhere.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Its bits.
    pub const fn bits(self) -> u64 {
        self.0
    }
}

/// The order in which a random choice among keys takes this one: unrelated to where the
/// key stands on a ring.
pub(super) const fn shuffled(hash: KeyHash) -> u64 {
    chance::mix(hash.0 ^ 0x5851_F42D_4C95_7F2D)
}
