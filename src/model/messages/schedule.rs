//! When something is published, and to whom: drawn by number, so the same under every
//! policy.

use super::Messages;
use crate::engine::{Draws, Purpose, SimDuration, math};
use crate::model::purpose;

/// Messages to single clients, at random times and each client at the same rate.
///
/// A block of places in the table of clients has a Poisson stream of its own, each event
/// for one of its places; nothing comes of an event for an empty place. So each place has
/// an independent Poisson stream however the table grows, and no client an event of its own.
/// The first block is one place, and each further one has as many as all before it: fewer
/// than half of the events are for places that nobody has had.
#[derive(Clone, Debug)]
pub struct Personal {
    /// To each client, per second.
    rate: f64,
    purpose: Purpose,
    /// Events of each block so far.
    blocks: Vec<u64>,
}

impl Personal {
    pub const fn new(rate: f64, purpose: Purpose) -> Self {
        Self { rate, purpose, blocks: Vec::new() }
    }

    /// Where a block begins, and how many places it has.
    const fn span(block: u32) -> (u32, u32) {
        match block {
            0 => (0, 1),
            _ => (1 << (block - 1), 1 << (block - 1)),
        }
    }

    /// The block to be opened before a client can be in `place`.
    pub fn opens(&mut self, place: u32) -> Option<u32> {
        let next = self.blocks.len() as u32;
        (self.rate > 0.0 && place >= Self::span(next).0).then(|| {
            self.blocks.push(0);
            next
        })
    }

    /// How long until the next event of a block.
    pub fn wait(&self, draws: Draws, block: u32) -> SimDuration {
        let draw = draws.at(self.purpose, u64::from(block), 2 * self.blocks[block as usize]);
        gap(self.rate * f64::from(Self::span(block).1), draw.unit())
    }

    /// The place that an event of a block is for.
    pub fn whom(&mut self, draws: Draws, block: u32) -> u32 {
        let (start, size) = Self::span(block);
        let events = &mut self.blocks[block as usize];
        let draw = draws.at(self.purpose, u64::from(block), 2 * *events + 1);
        *events += 1;
        start + draw.below(u64::from(size)) as u32
    }
}

impl Messages<'_> {
    /// How long until burst `burst`, from the one before.
    pub fn until_burst(&self, burst: u32) -> SimDuration {
        let publish = &self.plan.publish;
        let rate = publish.rate / f64::from(publish.burst);
        let draw = self.draws.at(purpose::PUBLISH, 0, u64::from(burst));
        gap(rate, draw.unit())
    }

    /// How long between two publishes of a burst; `None` after the last.
    pub fn within_burst(&self, number: u32) -> Option<SimDuration> {
        let publish = &self.plan.publish;
        (number + 1 < publish.burst)
            .then(|| publish.within.scaled(1.0 / f64::from(publish.burst - 1)))
    }

    /// The channel of a burst.
    pub fn channel_of(&self, burst: u32) -> u32 {
        let draw = self.draws.at(purpose::PUBLISHED_TO, 0, u64::from(burst));
        match &self.plan.publish.popularity {
            Some(shares) => shares.pick(draw),
            None => draw.below(u64::from(self.plan.channels.count)) as u32,
        }
    }
}

/// An exponential time at `rate` per second; without end at rate 0.
fn gap(rate: f64, unit: f64) -> SimDuration {
    if rate > 0.0 {
        SimDuration::from_nanos_f64(-math::ln(unit) / rate * 1e9)
    } else {
        SimDuration::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_every_place_once() {
        let mut next = 0;
        for block in 0..25 {
            let (start, size) = Personal::span(block);
            assert_eq!(start, next);
            next = start + size;
        }
        assert_eq!(next, 1 << 24);
    }

    #[test]
    fn a_block_is_opened_when_the_first_client_comes_into_it() {
        let mut stream = Personal::new(1.0, purpose::OWN);
        assert_eq!(stream.opens(0), Some(0));
        assert_eq!(stream.opens(0), None);
        let opened: Vec<u32> = (1..1_024).filter_map(|place| stream.opens(place)).collect();
        assert_eq!(opened, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(Personal::new(0.0, purpose::OWN).opens(0), None, "nothing ever comes");
    }
}
