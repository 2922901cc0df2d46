//! Bounded loads as Envoy has them, for its ring and its Maglev table alike.

use super::hosts::Host;
use crate::routing::backend::BackendId;
use crate::routing::connections::{Connections, Recount};
use crate::routing::membership::Membership;

/// `hash_balance_factor`: who takes the place of a host that holds too much. 16 bytes a
/// host, and 4 for the order in which others are asked.
#[derive(Clone, Debug)]
pub(super) struct Bounded {
    factor: u32,
    hosts: Vec<(BackendId, f64)>,
    active: u32,
    // Room for the order in which hosts are asked.
    order: Vec<u32>,
}

impl Bounded {
    /// No bound if the factor is 0.
    pub(super) fn of(factor: u32, hosts: &[Host<'_>]) -> Self {
        let kept = if factor == 0 { &[] } else { hosts };
        let hosts: Vec<(BackendId, f64)> = kept.iter().map(|host| (host.id, host.weight)).collect();
        Self { factor, active: 0, order: Vec::with_capacity(hosts.len()), hosts }
    }

    /// Counts afresh what all hosts of the cluster hold.
    pub(super) fn recount_all(&mut self, held: &Connections, membership: &Membership) {
        let counts = membership.iter().map(|backend| held.to(backend.id));
        self.active = counts.fold(0, u32::wrapping_add);
    }

    /// Whether there is a bound at all.
    pub(super) const fn is_on(&self) -> bool {
        self.factor > 0
    }

    pub(super) fn recounted(&mut self, recount: Recount) {
        self.active = self.active.wrapping_sub(recount.before).wrapping_add(recount.after);
    }

    pub(super) fn forgot_counts(&mut self) {
        self.active = 0;
    }

    /// The host itself if it may take one more; else the first that may, in an order
    /// that the hash alone decides; else the least loaded for its weight.
    ///
    /// Source: `BoundedLoadHashingLoadBalancer::chooseHost` in Envoy
    /// `thread_aware_lb_impl.cc`.
    pub(super) fn choose(&mut self, held: &Connections, hash: u64, host: BackendId) -> BackendId {
        let Ok(own) = self.hosts.binary_search_by_key(&host, |&(id, _)| id) else { return host };
        let own_factor = self.overload(held, own);
        if own_factor <= 1.0 {
            return host;
        }
        // The generator takes 32 bits of the hash as its seed.
        let mut random = Mt19937::new(hash as u32);
        self.order.clear();
        self.order.extend(0..self.hosts.len() as u32);
        let (mut least, mut least_factor) = (host, own_factor);
        for place in 0..self.order.len() {
            let step = random.below((self.order.len() - place) as u32);
            self.order.swap(place, place + step as usize);
            let other = self.order[place] as usize;
            if other == own {
                continue;
            }
            let factor = self.overload(held, other);
            if factor <= 1.0 {
                return self.hosts[other].0;
            }
            if factor < least_factor {
                (least, least_factor) = (self.hosts[other].0, factor);
            }
        }
        least
    }

    /// What a host holds over its slots; it takes one more up to 1.
    fn overload(&self, held: &Connections, place: usize) -> f64 {
        let (id, weight) = self.hosts[place];
        let total_slots =
            self.active.wrapping_add(1).wrapping_mul(self.factor).wrapping_add(99) / 100;
        let slots = (f64::from(total_slots) * weight).ceil().max(1.0);
        f64::from(held.to(id)) / slots
    }

    pub(super) fn bytes(&self) -> usize {
        self.hosts.capacity() * size_of::<(BackendId, f64)>()
            + self.order.capacity() * size_of::<u32>()
    }
}

/// The Mersenne Twister, 32 bits: `std::mt19937`.
///
/// Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998; the
/// parameters of ISO C++ [rand.predef].
struct Mt19937 {
    state: [u32; 624],
    at: usize,
}

impl Mt19937 {
    fn new(seed: u32) -> Self {
        let mut state = [seed; 624];
        for index in 1..624 {
            let before = state[index - 1];
            state[index] =
                (before ^ (before >> 30)).wrapping_mul(1_812_433_253).wrapping_add(index as u32);
        }
        Self { state, at: 624 }
    }

    fn twist(&mut self) {
        for index in 0..624 {
            let joined =
                (self.state[index] & 0x8000_0000) | (self.state[(index + 1) % 624] & 0x7FFF_FFFF);
            let mixed = (joined >> 1) ^ if joined & 1 == 1 { 0x9908_B0DF } else { 0 };
            self.state[index] = self.state[(index + 397) % 624] ^ mixed;
        }
        self.at = 0;
    }

    fn next(&mut self) -> u32 {
        if self.at == 624 {
            self.twist();
        }
        let mut word = self.state[self.at];
        self.at += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9D2C_5680;
        word ^= (word << 15) & 0xEFC6_0000;
        word ^ (word >> 18)
    }

    /// A number below `bound` (above 0), every one as likely.
    fn below(&mut self, bound: u32) -> u32 {
        let part = (1_u64 << 32) / u64::from(bound);
        loop {
            let drawn = u64::from(self.next()) / part;
            if drawn < u64::from(bound) {
                return drawn as u32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ten_thousandth_number_of_the_default_seed_is_that_of_the_standard() {
        // ISO C++ [rand.predef]: the 10000th invocation of a default-constructed
        // mt19937 (seed 5489) gives 4123659995.
        let mut random = Mt19937::new(5489);
        assert_eq!((0..10_000).map(|_| random.next()).last(), Some(4_123_659_995));
    }

    #[test]
    fn every_number_below_a_bound_is_drawn() {
        let mut random = Mt19937::new(1);
        for bound in 1..20 {
            let drawn: std::collections::BTreeSet<u32> =
                (0..400).map(|_| random.below(bound)).collect();
            assert_eq!(drawn, (0..bound).collect());
        }
    }
}
