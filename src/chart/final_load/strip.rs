//! The servers at the end of the shown run, from the busiest to the idlest.

use crate::chart::cases::Case;
use crate::chart::load::spread::{fair_share, is_new, lives_at};

/// A server at the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Server {
    /// Its connections over the fair share.
    pub load: f64,
    /// Whether it joined after the start.
    pub is_new: bool,
}

/// All servers of a case, and how far they should lie apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// From the busiest to the idlest; at least two.
    pub servers: Vec<Server>,
    /// The mean of their loads: the share of the clients that are connected.
    pub mean: f64,
    /// Standard deviation of their loads over the mean.
    pub spread: f64,
    /// The same as mathematics has it for a ring without a bound.
    pub expected: Option<f64>,
    /// No server takes more than this times the mean.
    pub bound: Option<f64>,
}

impl Strip {
    /// The busiest server's load over fair share.
    pub fn busiest(&self) -> f64 {
        self.servers.first().map_or(0.0, |server| server.load)
    }

    /// The idlest server's load over fair share.
    pub fn idlest(&self) -> f64 {
        self.servers.last().map_or(0.0, |server| server.load)
    }
}

/// Reads the end of the shown run; `None` with fewer than two servers left.
pub fn strip(case: &Case<'_>) -> Option<Strip> {
    let found = &case.found.servers;
    let last = found.connections.len().checked_sub(1)?;
    let row = &found.connections[last];
    let share = fair_share(case, last).1.filter(|share| *share > 0.0)?;
    let time = (last + 1) as f64 * case.step();
    let alive = found.lives.iter().zip(row).filter(|(life, _)| lives_at(life, time));
    let mut servers: Vec<Server> = alive
        .map(|(life, &held)| Server { load: f64::from(held) / share, is_new: is_new(life) })
        .collect();
    if servers.len() < 2 {
        return None;
    }
    servers.sort_by(|a, b| b.load.total_cmp(&a.load));
    let count = servers.len() as f64;
    let mean = servers.iter().map(|server| server.load).sum::<f64>() / count;
    let squares = servers.iter().map(|server| (server.load - mean) * (server.load - mean));
    let deviation = (squares.sum::<f64>() / count).sqrt();
    let bound = case.found.expected.bound;
    let expected = case.found.expected.points.filter(|_| bound.is_none());
    Some(Strip {
        expected: expected.map(|points| ring_spread(count, f64::from(points), share)),
        bound,
        mean,
        spread: if mean > 0.0 { deviation / mean } else { 0.0 },
        servers,
    })
}

/// Standard deviation over mean of the connections of `servers` servers of `points` points
/// each, of which each holds `connections` on average.
///
/// A server owns V of the nV spacings of a ring, a Beta(V, (n − 1) V) share of it, whose
/// variance over its squared mean is (n − 1) / (nV + 1), about 1/V; and its clients are a
/// binomial draw, which adds (1 − 1/n) over their mean number.
///
/// Source: David and Nagaraja, Order Statistics (2003), section 6.4 (spacings).
pub fn ring_spread(servers: f64, points: f64, connections: f64) -> f64 {
    let arcs = (servers - 1.0) / (servers * points + 1.0);
    let draws = (1.0 - 1.0 / servers) / connections;
    (arcs + draws).sqrt()
}
