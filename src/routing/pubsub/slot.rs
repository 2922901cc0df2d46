//! The slots of Redis Cluster, and which broker has which.

use crate::routing::backend::BackendId;
use crate::routing::membership::Membership;

/// How many slots there are.
///
/// Source: `CLUSTER_SLOTS` in redis 7.0 `src/cluster.h`.
pub const SLOTS: u16 = 16_384;

/// CRC-16/XMODEM: polynomial 0x1021, nothing reflected, nothing added. 1 to 2.5 ns a
/// byte.
///
/// Source: Redis Cluster specification, appendix A; redis 7.0 `src/crc16.c`.
///
/// ```
/// assert_eq!(ringstorm::routing::pubsub::crc16(b"123456789"), 0x31C3);
/// ```
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| (crc << 8) ^ CRC[usize::from((crc >> 8) as u8 ^ byte)])
}

const CRC: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

/// The slot of a key or of a sharded channel.
///
/// If there is a `{` and a `}` after it, and something between the first of each, only
/// that is hashed: channels of one tag share a slot.
/// Source: Redis Cluster specification, "Hash tags"; redis 7.0 `src/cluster.c` (`keyHashSlot`).
///
/// ```
/// use ringstorm::routing::pubsub::slot;
/// assert_eq!(slot(b"foo"), 12182);
/// assert_eq!(slot(b"{room.7}.typing"), slot(b"room.7"));
/// ```
pub fn slot(name: &[u8]) -> u16 {
    crc16(tag(name)) & (SLOTS - 1)
}

fn tag(name: &[u8]) -> &[u8] {
    let position = |bytes: &[u8], wanted| bytes.iter().position(|&byte| byte == wanted);
    let Some(open) = position(name, b'{') else { return name };
    let inside = &name[open + 1..];
    match position(inside, b'}') {
        Some(close) if close > 0 => &inside[..close],
        _ => name,
    }
}

/// Which broker has which slot. 64 KiB.
///
/// Each eligible broker has its share by weight, rounded by largest remainders. A new
/// map gives out contiguous ranges in order of address; a change moves no more slots
/// than the new shares need, so a map depends on what it has been through: brokers and
/// servers must exchange it ([`SlotMap::owners`], [`SlotMap::set`]), as Redis Cluster does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotMap {
    owners: Vec<BackendId>,
}

/// A slot that has another broker than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotMove {
    /// Which.
    pub slot: u16,
    /// Who had it; `None` if nobody did.
    pub from: Option<BackendId>,
    /// Who has it; `None` if there is no broker.
    pub to: Option<BackendId>,
}

/// Owns the slots that nobody owns; ids of members are below it.
const NOBODY: BackendId = BackendId::new(u32::MAX);
const _: () = assert!(Membership::MAX_JOINS < NOBODY.number());

fn somebody(owner: BackendId) -> Option<BackendId> {
    (owner != NOBODY).then_some(owner)
}

/// How many slots a broker should have and how many of its own it keeps.
struct Share {
    broker: BackendId,
    due: usize,
    kept: usize,
}

impl SlotMap {
    /// The map of the eligible brokers.
    pub fn build(brokers: &Membership) -> Self {
        let mut map = Self { owners: vec![NOBODY; usize::from(SLOTS)] };
        map.update(brokers);
        map
    }

    /// The broker of a slot; `None` if there is none. Slots count modulo [`SLOTS`].
    #[inline]
    pub fn owner(&self, slot: u16) -> Option<BackendId> {
        somebody(self.owners[usize::from(slot & (SLOTS - 1))])
    }

    /// The brokers of all slots, from slot 0.
    pub fn owners(&self) -> impl ExactSizeIterator<Item = Option<BackendId>> {
        self.owners.iter().map(|&owner| somebody(owner))
    }

    /// Gives a slot to a broker, as a cluster said. Slots count modulo [`SLOTS`].
    pub fn set(&mut self, slot: u16, owner: Option<BackendId>) {
        self.owners[usize::from(slot & (SLOTS - 1))] = owner.unwrap_or(NOBODY);
    }

    /// How many slots a broker has. O(slots).
    pub fn held(&self, broker: BackendId) -> usize {
        self.owners.iter().filter(|&&owner| owner == broker).count()
    }

    /// Follows a change of membership, with as few moves as the new shares need; they
    /// are returned, slots ascending. The membership must be of the same history as the one
    /// before, as slots go by id. O(slots log brokers).
    pub fn update(&mut self, brokers: &Membership) -> Vec<SlotMove> {
        let mut shares = self.shares(brokers);
        shares.sort_unstable_by_key(|share| share.broker);
        let mut moving = Vec::new();
        for (slot, owner) in self.owners.iter().enumerate() {
            let share = shares.binary_search_by_key(owner, |share| share.broker);
            match share.ok().map(|place| &mut shares[place]) {
                Some(share) if share.kept < share.due => share.kept += 1,
                _ => moving.push(slot),
            }
        }
        let by_address = by_address(brokers);
        let takers = by_address.into_iter().flat_map(|broker| {
            let share = shares.binary_search_by_key(&broker, |share| share.broker);
            let open = share.map_or(0, |place| shares[place].due - shares[place].kept);
            std::iter::repeat_n(broker, open)
        });
        let takers = takers.chain(std::iter::repeat(NOBODY));
        let moves = moving.into_iter().zip(takers).filter_map(|(slot, taker)| {
            let before = std::mem::replace(&mut self.owners[slot], taker);
            let (from, to) = (somebody(before), somebody(taker));
            (from != to).then_some(SlotMove { slot: slot as u16, from, to })
        });
        moves.collect()
    }

    /// What each eligible broker is due: its share rounded down, and one more for those
    /// of the largest remainders. Among equal ones those who hold more keep more, so that
    /// rounding moves nothing; then by address.
    fn shares(&self, brokers: &Membership) -> Vec<Share> {
        let slots = u128::from(SLOTS);
        let total: u128 = brokers.eligible().map(|broker| u128::from(broker.weight)).sum();
        let mut held = vec![0_usize; brokers.id_count()];
        for owner in &self.owners {
            if let Some(count) = held.get_mut(owner.index()) {
                *count += 1;
            }
        }
        let mut ranked = Vec::new();
        for broker in by_address(brokers) {
            let weight = brokers.get(broker).map_or(0, |broker| u128::from(broker.weight));
            let due = (slots * weight / total) as usize;
            let beyond = held[broker.index()].saturating_sub(due);
            ranked.push((slots * weight % total, beyond > 0, Share { broker, due, kept: 0 }));
        }
        ranked
            .sort_by_key(|&(remainder, holds_more, _)| std::cmp::Reverse((remainder, holds_more)));
        let given: usize = ranked.iter().map(|(_, _, share)| share.due).sum();
        let left = if ranked.is_empty() { 0 } else { usize::from(SLOTS) - given };
        let mut shares: Vec<_> = ranked.into_iter().map(|(_, _, share)| share).collect();
        for share in shares.iter_mut().take(left) {
            share.due += 1;
        }
        shares
    }
}

/// The eligible brokers in the order of their addresses.
fn by_address(brokers: &Membership) -> Vec<BackendId> {
    let mut eligible: Vec<_> = brokers.eligible().collect();
    eligible.sort_unstable_by(|a, b| a.address.cmp(&b.address));
    eligible.into_iter().map(|broker| broker.id).collect()
}
