//! The hashes of `hash-type`.

/// A hash function of `hash-type METHOD FUNCTION`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HaproxyHash {
    /// sdbm's: the default. Close keys get close hashes.
    #[default]
    Sdbm,
    /// Bernstein's, times 33.
    Djb2,
    /// Willy Tarreau's.
    Wt6,
    /// CRC-32 as zlib and Ethernet have it.
    Crc32,
}

/// `hash-type`: a function, and whether its result is mixed once more.
///
/// ```
/// use ringstorm::routing::compat::{HaproxyHash, HaproxyHashType};
///
/// let plain = HaproxyHashType { function: HaproxyHash::Crc32, avalanche: false };
/// assert_eq!(plain.hash(b"123456789"), 0xCBF4_3926);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HaproxyHashType {
    /// The function.
    pub function: HaproxyHash,
    /// Whether `avalanche` follows it.
    pub avalanche: bool,
}

impl HaproxyHashType {
    /// The hash of a key. About 1 ns a byte.
    pub fn hash(&self, key: &[u8]) -> u32 {
        let hash = self.function.hash(key);
        if self.avalanche { full_hash(hash) } else { hash }
    }
}

impl HaproxyHash {
    /// The hash of a key, all sums modulo 2^32.
    ///
    /// Source: HAProxy 2.6 `src/hash.c`.
    pub fn hash(self, key: &[u8]) -> u32 {
        match self {
            Self::Sdbm => key.iter().fold(0_u32, |hash, &byte| {
                (hash << 6)
                    .wrapping_add(hash << 16)
                    .wrapping_sub(hash)
                    .wrapping_add(u32::from(byte))
            }),
            Self::Djb2 => key
                .iter()
                .fold(5381_u32, |hash, &byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte))),
            Self::Wt6 => wt6(key),
            Self::Crc32 => crc32fast::hash(key),
        }
    }
}

/// Two halves that each take every byte and change places turned by steps that depend
/// on what they are.
///
/// Source: `hash_wt6` in HAProxy 2.6 `src/hash.c`.
fn wt6(key: &[u8]) -> u32 {
    let (mut h0, mut h1) = (0xA53C_965A_u32, 0x5CA6_953A_u32);
    let (mut step0, mut step1) = (6, 18);
    for &byte in key {
        let byte = u32::from(byte);
        let (left, right) = (!(h0 ^ byte), !h1.wrapping_add(byte));
        (h0, h1) = (right.rotate_left(step0), left.rotate_left(step1));
        let t = ((h0 >> 16) ^ h1) & 0xFFFF;
        (step0, step1) = (t & 0x1F, t >> 11);
    }
    h0 ^ h1
}

/// Mixes 32 bits so that each result bit depends on all.
///
/// Source: Bob Jenkins, "Integer hashing", full avalanche in six shifts, times a prime;
/// `full_hash` in HAProxy 2.6 `include/haproxy/intops.h`.
pub(super) const fn full_hash(mut a: u32) -> u32 {
    a = a.wrapping_add(0x7ED5_5D16).wrapping_add(a << 12);
    a = (a ^ 0xC761_C23C) ^ (a >> 19);
    a = a.wrapping_add(0x1656_67B1).wrapping_add(a << 5);
    a = a.wrapping_add(0xD3A2_646C) ^ (a << 9);
    a = a.wrapping_add(0xFD70_46C5).wrapping_add(a << 3);
    a = (a ^ 0xB55A_4F09) ^ (a >> 16);
    a.wrapping_mul(3_221_225_473)
}
