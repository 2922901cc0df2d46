//! `MementoHash`: jump hash that remembers who has left.

use super::backend::BackendId;
use super::chance::{again, below};
use super::connections::Connections;
use super::hash::KeyHash;
use super::jump::jump;
use super::membership::Membership;
use super::scheme::Rules;
use super::seats::{MAX_SEATS, Seating, Seats};

/// Jump hash over all seats ever taken; where one is empty, a hash over those that were
/// taken when it was left.
///
/// For clusters that mostly grow and lose somebody in the middle now and then: no
/// capacity to fix, equal shares, the least possible moves for any one joining or
/// leaving. Slower than [`Anchor`](super::Anchor), as every look-up begins with a jump.
///
/// The state is a history, as that of `Anchor`: routers must follow the same changes in
/// the same order. A backend of weight w takes w seats; at most 2^24 are taken in all, and
/// those for whom there is no room own nothing, or too little: [`Memento::without_room`].
///
/// Cost: O(log n), 27 to 65 ns, and a few steps for seats that are empty; O(1) for each
/// seat taken or left. Memory: 12 bytes a seat and some 60 a backend. Balance: exact.
/// Disruption: minimal.
///
/// Source: Coluzzi, Brocco, Contu and Leidi, "`MementoHash`: A Stateful, Minimal Memory,
/// Best Performing Consistent Hash Algorithm", arXiv 2306.09783, 2023.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let ids = ["a", "b", "c"].map(|address| cluster.join(address, 1, None));
/// let mut scheme = Scheme::build(&SchemeConfig::Memento, &cluster);
/// let owner = scheme.owner(b"alice").unwrap();
/// cluster.leave(if owner == ids[0] { ids[1] } else { ids[0] });
/// scheme.update(&cluster);
/// assert_eq!(scheme.owner(b"alice"), Some(owner));
/// ```
#[derive(Clone, Debug)]
pub struct Memento {
    seats: Seats<Table>,
}

impl Memento {
    /// The eligible backends, seated in order of joining.
    pub fn build(membership: &Membership) -> Self {
        Self { seats: Seats::new(Table::default(), membership) }
    }

    /// Follows a change of membership, of the same history as the one before
    /// ([`Scheme::update`](super::Scheme::update)): seats go by id, and addresses play no part.
    pub fn follow(&mut self, membership: &Membership) {
        self.seats.update(membership);
    }

    /// The owner of a key with this hash; `None` if nobody is seated.
    pub fn owner(&self, hash: KeyHash) -> Option<BackendId> {
        self.seats.owner(hash.bits())
    }

    /// Backends that have fewer seats than their weight, as 2^24 are taken; in order of
    /// joining.
    pub fn without_room(&self) -> &[BackendId] {
        self.seats.standing()
    }
}

impl Rules for Memento {
    type Config = ();
    const HAS_OWNERS: bool = true;

    fn build((): &(), membership: &Membership) -> Self {
        Self::build(membership)
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        self.follow(membership);
    }

    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.owner(KeyHash::of(key))
    }

    fn without_room(&self) -> &[BackendId] {
        self.without_room()
    }

    fn bytes(&self) -> usize {
        self.seats.bytes()
    }

    fn most_bytes((): &(), _: u64, weight: u64) -> u64 {
        weight.min(u64::from(MAX_SEATS)).saturating_mul(32)
    }
}

/// For each seat, whether it is taken, and if not, how many were after it was left,
/// which is also the seat that stands in for it (the paper's c).
#[derive(Clone, Debug, Default)]
struct Table {
    stand_ins: Vec<u32>,
    left: Vec<u32>,
}

/// In the place of a stand-in: the seat is taken.
const TAKEN: u32 = u32::MAX;

impl Seating for Table {
    fn take(&mut self) -> Option<u32> {
        if let Some(seat) = self.left.pop() {
            self.stand_ins[seat as usize] = TAKEN;
            return Some(seat);
        }
        self.stand_ins.push(TAKEN);
        Some(self.stand_ins.len() as u32 - 1)
    }

    fn leave(&mut self, seat: u32) {
        if self.left.is_empty() && seat as usize + 1 == self.stand_ins.len() {
            self.stand_ins.pop();
            return;
        }
        let taken = self.stand_ins.len() - self.left.len();
        self.stand_ins[seat as usize] = taken as u32 - 1;
        self.left.push(seat);
    }

    fn find(&self, hash: u64) -> u32 {
        let mut seat = jump(hash, self.stand_ins.len() as u64) as u32;
        loop {
            let taken = self.stand_ins[seat as usize];
            if taken == TAKEN {
                return seat;
            }
            let mut next = below(again(hash, u64::from(seat)), u64::from(taken)) as u32;
            loop {
                let stand_in = self.stand_ins[next as usize];
                if stand_in == TAKEN || stand_in < taken {
                    break;
                }
                next = stand_in;
            }
            seat = next;
        }
    }

    fn bytes(&self) -> usize {
        (self.stand_ins.capacity() + self.left.capacity()) * 4
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::seats::oracle::{Written, hash};
    use super::*;

    proptest! {
        #[test]
        fn a_look_up_is_what_the_written_orders_say(
            steps in prop::collection::vec(any::<Option<prop::sample::Index>>(), 0..60),
        ) {
            let mut table = Table::default();
            let mut written = Written::full(0);
            let mut seats = 0;
            for step in steps {
                match step {
                    Some(which) if written.seated().len() > 1 => {
                        let seat = written.seated()[which.index(written.seated().len())];
                        table.leave(seat);
                        if written.nobody_left() && seat + 1 == seats {
                            seats -= 1;
                            written = Written::full(seats);
                        } else {
                            written.leave(seat);
                        }
                    }
                    _ => {
                        let taken = table.take();
                        if written.nobody_left() {
                            written.append(seats);
                            prop_assert_eq!(taken, Some(seats));
                            seats += 1;
                        } else {
                            prop_assert_eq!(taken, written.take());
                        }
                    }
                }
                for index in 0..if seats == 0 { 0 } else { 100 } {
                    let hash = hash(index);
                    let first = jump(hash, u64::from(seats)) as u32;
                    prop_assert_eq!(table.find(hash), written.find(hash, first));
                }
            }
        }
    }
}
