//! `AnchorHash`: consistent hashing within a fixed capacity.

use super::backend::BackendId;
use super::chance::{again, below};
use super::connections::Connections;
use super::hash::KeyHash;
use super::membership::Membership;
use super::scheme::Rules;
use super::seats::{MAX_SEATS, Seating, Seats};

/// How many can ever be seated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnchorConfig {
    /// The largest sum of weights that will be needed: 1 to 2^24. A tenth above the
    /// usual sum is fastest; ten times as much costs two or three more steps. Where it is
    /// too small, those who join last own nothing: [`Anchor::without_room`] names them.
    pub capacity: u32,
}

impl Default for AnchorConfig {
    fn default() -> Self {
        Self { capacity: 1_024 }
    }
}

/// Keys are hashed over all seats that may ever be taken; where one is empty, again over
/// those that were taken when it was left.
///
/// For clusters of any size whose largest is known: a look-up in one or two steps, equal
/// shares, the least possible moves for any one joining or leaving, whoever it is.
///
/// The state is a history: which seats were left in which order. Routers agree if they
/// followed the same changes in the same order; one that starts afresh from the present
/// membership may route differently ([`disagreement`](super::disagreement) tells).
/// A backend of weight w takes w seats. Those for whom there is no room own nothing, or
/// too little: [`Anchor::without_room`].
///
/// Cost: 1 + ln(capacity / seated) steps; O(1) for each seat taken or left. Memory: 24
/// bytes a seat and some 60 a backend. Balance: exact. Disruption: minimal.
///
/// Source: Mendelson, Vargaftik, Barabash, Lorenz, Keslassy and Orda, "`AnchorHash`: A
/// Scalable Consistent Hash", IEEE/ACM Transactions on Networking 29(2), 2021,
/// algorithm 3.
///
/// ```
/// use ringstorm::routing::{Anchor, AnchorConfig, KeyHash, Membership};
///
/// let mut cluster = Membership::new();
/// let ids = ["a", "b", "c"].map(|address| cluster.join(address, 1, None));
/// let mut anchor = Anchor::build(&AnchorConfig { capacity: 3 }, &cluster);
/// let owner = anchor.owner(KeyHash::of(b"alice")).unwrap();
///
/// cluster.leave(if owner == ids[0] { ids[1] } else { ids[0] });
/// anchor.follow(&cluster);
/// assert_eq!(anchor.owner(KeyHash::of(b"alice")), Some(owner));
///
/// let late = ["d", "e"].map(|address| cluster.join(address, 1, None));
/// anchor.follow(&cluster);
/// assert_eq!(anchor.without_room(), [late[1]]);
/// ```
#[derive(Clone, Debug)]
pub struct Anchor {
    seats: Seats<Table>,
}

impl Anchor {
    /// The eligible backends, seated in order of joining.
    pub fn build(config: &AnchorConfig, membership: &Membership) -> Self {
        let capacity = config.capacity.clamp(1, MAX_SEATS);
        Self { seats: Seats::new(Table::new(capacity), membership) }
    }

    /// Follows a change of membership, of the same history as the one before
    /// ([`Scheme::update`](super::Scheme::update)): seats go by id, and addresses play no part.
    pub fn follow(&mut self, membership: &Membership) {
        self.seats.update(membership);
    }

    /// The owner of a key with this hash; `None` if nobody is seated.
    #[inline]
    pub fn owner(&self, hash: KeyHash) -> Option<BackendId> {
        self.seats.owner(hash.bits())
    }

    /// Backends that have fewer seats than their weight, as all are taken; in order of
    /// joining.
    pub fn without_room(&self) -> &[BackendId] {
        self.seats.standing()
    }
}

impl Rules for Anchor {
    type Config = AnchorConfig;
    const HAS_OWNERS: bool = true;

    fn build(config: &AnchorConfig, membership: &Membership) -> Self {
        Self::build(config, membership)
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        self.follow(membership);
    }

    #[inline]
    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.owner(KeyHash::of(key))
    }

    fn without_room(&self) -> &[BackendId] {
        self.without_room()
    }

    fn bytes(&self) -> usize {
        self.seats.bytes()
    }

    fn most_bytes(config: &AnchorConfig, _: u64, weight: u64) -> u64 {
        let capacity = u64::from(config.capacity.clamp(1, MAX_SEATS));
        // Four arrays of all seats; of those taken, who sits there and who has which.
        capacity.saturating_mul(24).saturating_add(weight.min(capacity).saturating_mul(16))
    }
}

/// The arrays of the paper. An anchor of 0 means that the seat is taken; the last seat
/// that is left keeps it, and [`Seats`] knows that nobody sits there.
#[derive(Clone, Debug)]
struct Table {
    // A and K side by side, as a look-up needs both.
    steps: Vec<Step>,
    // W: the taken seats, in the first `taken` places; L: the place of each seat in it.
    order: Vec<u32>,
    places: Vec<u32>,
    // R: the seats that were left, latest last.
    left: Vec<u32>,
    taken: u32,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    /// A: how many seats were taken just after this one was left; 0 if it is taken.
    anchor: u32,
    /// K: who took its place in the order.
    successor: u32,
}

impl Table {
    fn new(capacity: u32) -> Self {
        Self {
            steps: (0..capacity).map(|seat| Step { anchor: seat, successor: seat }).collect(),
            order: (0..capacity).collect(),
            places: (0..capacity).collect(),
            left: (0..capacity).rev().collect(),
            taken: 0,
        }
    }
}

impl Seating for Table {
    fn take(&mut self) -> Option<u32> {
        let seat = self.left.pop()?;
        let at = seat as usize;
        let taken = self.taken as usize;
        self.steps[at].anchor = 0;
        self.places[self.order[taken] as usize] = self.taken;
        self.order[self.places[at] as usize] = seat;
        self.steps[at].successor = seat;
        self.taken += 1;
        Some(seat)
    }

    fn leave(&mut self, seat: u32) {
        let at = seat as usize;
        self.left.push(seat);
        self.taken -= 1;
        let last = self.order[self.taken as usize];
        self.steps[at] = Step { anchor: self.taken, successor: last };
        self.order[self.places[at] as usize] = last;
        self.places[last as usize] = self.places[at];
    }

    #[inline]
    fn find(&self, hash: u64) -> u32 {
        let mut seat = below(hash, self.steps.len() as u64) as u32;
        loop {
            let anchor = self.steps[seat as usize].anchor;
            if anchor == 0 {
                return seat;
            }
            let mut next = below(again(hash, u64::from(seat)), u64::from(anchor)) as u32;
            while self.steps[next as usize].anchor >= anchor {
                next = self.steps[next as usize].successor;
            }
            seat = next;
        }
    }

    fn bytes(&self) -> usize {
        self.steps.capacity() * size_of::<Step>()
            + (self.order.capacity() + self.places.capacity() + self.left.capacity()) * 4
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
            capacity in 1..24_u32, steps in prop::collection::vec(any::<Option<prop::sample::Index>>(), 0..60),
        ) {
            let mut table = Table::new(capacity);
            let mut written = Written::full(capacity);
            for seat in (0..capacity).rev() {
                written.leave(seat);
            }
            for step in steps {
                match step {
                    Some(which) if written.seated().len() > 1 => {
                        let seat = written.seated()[which.index(written.seated().len())];
                        table.leave(seat);
                        written.leave(seat);
                    }
                    _ => prop_assert_eq!(table.take(), written.take()),
                }
                for index in 0..if written.seated().is_empty() { 0 } else { 100 } {
                    let hash = hash(index);
                    let first = below(hash, u64::from(capacity)) as u32;
                    prop_assert_eq!(table.find(hash), written.find(hash, first));
                }
            }
        }
    }
}
