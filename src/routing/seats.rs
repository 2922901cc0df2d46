//! Backends on numbered seats, for hashes that know numbers only.

use std::collections::BTreeMap;

use super::backend::BackendId;
use super::membership::Membership;

/// A consistent hash over numbered seats that are taken and left one at a time.
pub(super) trait Seating {
    /// Opens the seat that was left last, or the next new one; `None` if all are taken.
    fn take(&mut self) -> Option<u32>;

    /// Closes a taken seat.
    fn leave(&mut self, seat: u32);

    /// The seat of a hash; some closed seat while none is taken.
    fn find(&self, hash: u64) -> u32;

    /// Heap memory.
    fn bytes(&self) -> usize;
}

/// Who sits where: a backend of weight w on w seats.
#[derive(Clone, Debug)]
pub(super) struct Seats<S> {
    seating: S,
    sitters: Vec<BackendId>,
    held: BTreeMap<BackendId, Vec<u32>>,
    taken: usize,
    standing: Vec<BackendId>,
}

/// The most seats, whatever the weights.
pub(super) const MAX_SEATS: u32 = 1 << 24;

impl<S: Seating> Seats<S> {
    /// The eligible backends in order of joining, on the seats of an empty hall.
    pub(super) fn new(seating: S, membership: &Membership) -> Self {
        let mut seats = Self {
            seating,
            sitters: Vec::new(),
            held: BTreeMap::new(),
            taken: 0,
            standing: Vec::new(),
        };
        seats.update(membership);
        seats
    }

    /// Those who leave or shrink leave their latest seats; then those who come or grow
    /// take seats; each in order of joining.
    pub(super) fn update(&mut self, membership: &Membership) {
        let wanted = |id: BackendId| {
            membership
                .get(id)
                .filter(|backend| backend.is_eligible())
                .map_or(0, |backend| backend.weight as usize)
        };
        for (id, seats) in &mut self.held {
            for seat in seats.drain(wanted(*id).min(seats.len())..).rev() {
                self.seating.leave(seat);
                self.taken -= 1;
            }
        }
        self.held.retain(|_, seats| !seats.is_empty());
        self.standing.clear();
        for backend in membership.eligible() {
            if !self.seat(backend.id, backend.weight as usize) {
                self.standing.push(backend.id);
            }
        }
    }

    /// Takes seats up to a number; whether there were enough.
    fn seat(&mut self, id: BackendId, wanted: usize) -> bool {
        let seats = self.held.entry(id).or_default();
        while seats.len() < wanted {
            let free = (self.taken < MAX_SEATS as usize).then(|| self.seating.take()).flatten();
            let Some(seat) = free else { break };
            let place = seat as usize;
            if self.sitters.len() <= place {
                self.sitters.resize(place + 1, id);
            }
            self.sitters[place] = id;
            seats.push(seat);
            self.taken += 1;
        }
        let enough = seats.len() == wanted;
        if seats.is_empty() {
            self.held.remove(&id);
        }
        enough
    }

    /// Who owns a hash; `None` while no seat is taken.
    #[inline]
    pub(super) fn owner(&self, hash: u64) -> Option<BackendId> {
        if self.taken == 0 {
            return None;
        }
        self.sitters.get(self.seating.find(hash) as usize).copied()
    }

    /// Those who have fewer seats than their weight, for want of room.
    pub(super) fn standing(&self) -> &[BackendId] {
        &self.standing
    }

    /// Heap memory.
    pub(super) fn bytes(&self) -> usize {
        let seats: usize = self.held.values().map(|seats| seats.capacity() * 4 + 40).sum();
        self.seating.bytes() + seats + (self.sitters.capacity() + self.standing.capacity()) * 4
    }
}

#[cfg(test)]
pub(super) mod oracle {
    //! What a seating computes, told slowly: whoever leaves a seat writes down who is
    //! seated just then, in an order where the last takes the place of the one who left.

    use crate::routing::chance::{again, below};
    use crate::routing::hash::KeyHash;

    pub(crate) struct Written {
        order: Vec<u32>,
        left: Vec<(u32, Vec<u32>)>,
    }

    impl Written {
        /// All of these seats taken.
        pub(crate) fn full(seats: u32) -> Self {
            Self { order: (0..seats).collect(), left: Vec::new() }
        }

        /// A seat that was never taken before is taken.
        pub(crate) fn append(&mut self, seat: u32) {
            self.order.push(seat);
        }

        pub(crate) fn leave(&mut self, seat: u32) {
            let place = self.order.iter().position(|&other| other == seat).unwrap();
            self.order.swap_remove(place);
            self.left.push((seat, self.order.clone()));
        }

        /// The seat left last is taken again: all is as before it was left.
        pub(crate) fn take(&mut self) -> Option<u32> {
            let (seat, _) = self.left.pop()?;
            let mut order = self.order.clone();
            // Undo `leave`: find the order that gives this one when the seat leaves.
            for place in 0..=order.len() {
                let mut before = order.clone();
                if place == order.len() {
                    before.push(seat);
                } else {
                    let moved = std::mem::replace(&mut before[place], seat);
                    before.push(moved);
                }
                if self.is_consistent(&before) {
                    order = before;
                    break;
                }
            }
            self.order = order;
            Some(seat)
        }

        /// Whether an order is what those who left before wrote down, or the full one.
        fn is_consistent(&self, order: &[u32]) -> bool {
            match self.left.last() {
                Some((_, written)) => written == order,
                None => order.is_sorted(),
            }
        }

        pub(crate) fn nobody_left(&self) -> bool {
            self.left.is_empty()
        }

        pub(crate) fn seated(&self) -> &[u32] {
            &self.order
        }

        pub(crate) fn find(&self, hash: u64, first: u32) -> u32 {
            let mut seat = first;
            while let Some((_, written)) = self.left.iter().find(|(left, _)| *left == seat) {
                let place = below(again(hash, u64::from(seat)), written.len() as u64);
                seat = written[place as usize];
            }
            seat
        }
    }

    /// The `index`th hash to try.
    pub(crate) fn hash(index: u64) -> u64 {
        KeyHash::of(&index.to_le_bytes()).bits()
    }
}
