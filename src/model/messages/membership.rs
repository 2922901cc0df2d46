//! Who belongs to which channel, drawn by the client's address.

use crate::engine::{Draw, Draws};
use crate::model::purpose;
use crate::plan::messaging::{Channels, Sizes};

/// Redraws of a membership that a client already has, before it takes the next channel free.
const REDRAWS: u64 = 64;

/// A client as memberships know it.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its address in the random space.
    pub entity: u64,
    /// The address of its stream.
    pub space: u64,
    /// Its number within its stream.
    pub number: u32,
    /// Its place in the table of clients.
    pub place: u32,
    /// Its latest attempt.
    pub attempt: u32,
}

/// Writes the channels of a client into `channels`, one for each place, all different.
/// O(`per_client`^2) comparisons, and a draw each.
pub fn draw(plan: &Channels, draws: Draws, member: Member, channels: &mut [u32]) {
    for index in 0..channels.len() {
        let (before, rest) = channels.split_at_mut(index);
        rest[0] = one(plan, draws, member, index as u32, before);
    }
}

/// The only channel of a client that has one, wherever it is.
pub fn only(plan: &Channels, draws: Draws, member: Member) -> u32 {
    one(plan, draws, member, 0, &[])
}

fn one(plan: &Channels, draws: Draws, member: Member, index: u32, before: &[u32]) -> u32 {
    let is_new = |channel: u32| !before.contains(&channel);
    let mut channel = match &plan.sizes {
        Sizes::OnePerClient => return member.place,
        Sizes::Fixed => dealt(plan, draws, member, index),
        Sizes::Drawn(shares) => {
            let draw = draws.at(purpose::MEMBERSHIP, member.entity, u64::from(index));
            let tries = (0..REDRAWS).map(|again| draw.again(again));
            let mut found = std::iter::once(draw).chain(tries).map(|draw| shares.pick(draw));
            found.find(|channel| is_new(*channel)).unwrap_or_default()
        }
    };
    while !is_new(channel) {
        channel = (channel + 1) % plan.count;
    }
    channel
}

/// Memberships are dealt like cards: each round of `count` of them is a fresh order of all
/// channels, so that sizes differ by at most one a stream and who meets whom is chance.
fn dealt(plan: &Channels, draws: Draws, member: Member, index: u32) -> u32 {
    let count = u64::from(plan.count);
    let card = u64::from(member.number) * u64::from(plan.per_client) + u64::from(index);
    let order = draws.at(purpose::DEAL, member.space, card / count);
    permuted(order, (card % count) as u32, plan.count)
}

/// Where `index` goes in a random order of `count`: a Feistel network of four rounds over
/// the next even number of bits, walked until it is back in range (fewer than four times on
/// average). Source: Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002.
fn permuted(order: Draw, index: u32, count: u32) -> u32 {
    let bits = u32::BITS - count.saturating_sub(1).leading_zeros();
    let half = bits.div_ceil(2);
    let mask = (1_u64 << half) - 1;
    let mut value = u64::from(index);
    loop {
        let (mut left, mut right) = (value >> half, value & mask);
        for round in 0..4 {
            let mixed = order.again(round << 32 | right).bits() & mask;
            (left, right) = (right, left ^ mixed);
        }
        value = left << half | right;
        if value < u64::from(count) {
            return value as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::messaging::Shares;

    fn member(number: u32) -> Member {
        Member { entity: u64::from(number), space: 0, number, place: number, attempt: 0 }
    }

    #[test]
    fn a_deal_gives_every_channel_one_card_of_each_round() {
        for count in [1_u32, 2, 3, 7, 64, 1_000] {
            for round in 0..3 {
                let order = Draws::new(1, 0).at(purpose::DEAL, 0, round);
                let mut seen = vec![false; count as usize];
                for index in 0..count {
                    seen[permuted(order, index, count) as usize] = true;
                }
                assert!(seen.iter().all(|found| *found), "{count} in round {round}");
            }
        }
    }

    #[test]
    fn fixed_sizes_are_equal_and_no_client_has_a_channel_twice() {
        let plan = Channels { count: 30, per_client: 3, sizes: Sizes::Fixed };
        let mut sizes = [0_u32; 30];
        for number in 0..1_000 {
            let mut channels = [0; 3];
            draw(&plan, Draws::new(1, 0), member(number), &mut channels);
            for (index, channel) in channels.into_iter().enumerate() {
                assert!(!channels[..index].contains(&channel));
                sizes[channel as usize] += 1;
            }
        }
        // A client whose cards are of two rounds may hold one channel twice and take the next.
        assert!(sizes.iter().all(|size| size.abs_diff(100) <= 8), "{sizes:?}");
    }

    #[test]
    fn who_belongs_to_all_channels_gets_each_once_though_they_are_drawn() {
        let sizes = Sizes::Drawn(Shares::zipf(20, 3.0));
        let plan = Channels { count: 20, per_client: 20, sizes };
        let mut channels = [0; 20];
        draw(&plan, Draws::new(1, 0), member(7), &mut channels);
        channels.sort_unstable();
        assert!(channels.into_iter().eq(0..20));
    }
}
