//! How the connections of one run spread over its servers, old and new, over time.

use crate::chart::cases::Case;
use crate::stats::{SeriesId, ServerLife};

/// Points of a drawn series, at most.
const MOST_BINS: usize = 480;

/// Five numbers of a group of servers at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Connections on the idlest.
    pub minimum: f64,
    /// First quartile.
    pub lower: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub upper: f64,
    /// Connections on the busiest.
    pub maximum: f64,
    /// Servers alive.
    pub servers: usize,
}

/// Servers that joined at the start, or after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// How many there were over the run.
    pub servers: usize,
    /// Time in seconds and spread, cut into stretches where some server of the group lived.
    pub stretches: Vec<Vec<(f64, Spread)>>,
}

/// What a panel of the load chart draws.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadSeries {
    /// The servers of the start.
    pub old: Group,
    /// Those that came later.
    pub new: Group,
    /// Connections ÷ ready servers, cut into stretches of as many servers.
    pub fair: Vec<Vec<(f64, f64)>>,
    /// Connections on the busiest server at any drawn instant.
    pub highest: f64,
    /// Servers alive at the end.
    pub servers_at_end: usize,
    /// Seconds from one drawn instant to the next, for which a sample holds.
    pub bin: f64,
}

impl LoadSeries {
    /// Fair share at the end; `None` with no server left.
    pub fn fair_at_end(&self) -> Option<f64> {
        self.fair.last()?.last().map(|(_, share)| *share).filter(|_| self.servers_at_end > 0)
    }

    /// Connections on the busiest server at the end.
    pub fn busiest_at_end(&self) -> Option<f64> {
        let of = |group: &Group| group.at_end(self.end()).map(|spread| spread.maximum);
        [of(&self.old), of(&self.new)].into_iter().flatten().reduce(f64::max)
    }

    /// The median of the new servers at the end.
    pub fn newest_at_end(&self) -> Option<f64> {
        self.new.at_end(self.end()).map(|spread| spread.median)
    }

    /// How many of a group live at the end.
    pub fn left_at_end(&self, group: &Group) -> usize {
        let alive = group.at_end(self.end()).filter(|_| self.servers_at_end > 0);
        alive.map_or(0, |spread| spread.servers)
    }

    fn end(&self) -> f64 {
        let last =
            |group: &Group| group.stretches.last().and_then(|stretch| stretch.last()).map(|p| p.0);
        [last(&self.old), last(&self.new)].into_iter().flatten().fold(0.0, f64::max)
    }
}

impl Group {
    fn at_end(&self, end: f64) -> Option<Spread> {
        let (time, spread) = self.stretches.last()?.last()?;
        (*time >= end).then_some(*spread)
    }

    /// Adds an instant; `joined` is when the group began to live, if it did since the one before.
    fn push(&mut self, time: f64, spread: Option<Spread>, alive_before: bool, joined: Option<f64>) {
        let Some(spread) = spread else { return };
        if !alive_before || self.stretches.is_empty() {
            let nothing = Spread {
                minimum: 0.0,
                lower: 0.0,
                median: 0.0,
                upper: 0.0,
                maximum: 0.0,
                ..spread
            };
            let first = match joined {
                Some(joined) if joined > 0.0 => (joined.min(time), nothing),
                _ => (0.0, spread),
            };
            self.stretches.push(vec![first]);
        }
        if let Some(stretch) = self.stretches.last_mut() {
            stretch.push((time, spread));
        }
    }
}

/// Reads the shown run of a case; `None` when it has no server or no step. Costs
/// O(bins x servers x log servers).
pub fn load_series(case: &Case<'_>) -> Option<LoadSeries> {
    let servers = &case.found.servers;
    let steps = servers.connections.len();
    if steps == 0 || servers.lives.is_empty() || case.step() <= 0.0 {
        return None;
    }
    let stride = steps.div_ceil(MOST_BINS);
    let mut series = LoadSeries {
        old: Group { servers: count(&servers.lives, false), stretches: Vec::new() },
        new: Group { servers: count(&servers.lives, true), stretches: Vec::new() },
        fair: Vec::new(),
        highest: 0.0,
        servers_at_end: 0,
        bin: stride as f64 * case.step(),
    };
    let mut before = (0.0, 0, [false, false]);
    for last in (0..steps.div_ceil(stride)).map(|bin| ((bin + 1) * stride).min(steps) - 1) {
        let time = (last + 1) as f64 * case.step();
        let row = &servers.connections[last];
        let old = spread(&servers.lives, row, time, false);
        let new = spread(&servers.lives, row, time, true);
        series.old.push(time, old, before.2[0], None);
        series.new.push(time, new, before.2[1], joined(&servers.lives, before.0, time));
        let alive = old.map_or(0, |s| s.servers) + new.map_or(0, |s| s.servers);
        let (ready, share) = fair_share(case, last);
        if let Some(share) = share {
            if ready != before.1 {
                // The run begins before its first sample, which is the nearest to that.
                series.fair.push(if before.0 > 0.0 { Vec::new() } else { vec![(0.0, share)] });
            }
            if let Some(stretch) = series.fair.last_mut() {
                stretch.push((time, share));
            }
        }
        let busiest = [old, new].into_iter().flatten().map(|spread| spread.maximum);
        series.highest = busiest.fold(series.highest, f64::max);
        series.servers_at_end = alive;
        before = (time, ready, [old.is_some(), new.is_some()]);
    }
    (!series.fair.is_empty()).then_some(series)
}

/// How many servers are ready at the end of a step, and the clients for each of them;
/// `None` without a server.
pub fn fair_share(case: &Case<'_>, step: usize) -> (usize, Option<f64>) {
    let lives = &case.found.servers.lives;
    let Some(row) = case.found.servers.connections.get(step) else { return (0, None) };
    let time = (step + 1) as f64 * case.step();
    let alive = lives.iter().zip(row).filter(|(life, _)| lives_at(life, time)).count();
    let ready = ready(case, step).unwrap_or(alive).min(alive);
    // Clients, not connections: a storm does not change what would be fair. How many are offline
    // is known over all replications only, whose storms may not be that of the shown run.
    let over_runs = |id| case.median(id).get(step).copied();
    let offline = over_runs(SeriesId::Trying).unwrap_or(0.0);
    let all = case.point.clients as f64;
    let are_all_here = !case.point.has_newcomers()
        && over_runs(SeriesId::Connected).is_some_and(|here| (here + offline - all).abs() < 1.0);
    let clients = if are_all_here { all } else { total(lives, row, time) + offline };
    (ready, (ready > 0).then(|| clients / ready as f64))
}

/// Servers ready at the end of a step, draining ones left out. The series is over all
/// replications; it tells of the shown one where they agree.
fn ready(case: &Case<'_>, step: usize) -> Option<usize> {
    let band = case.found.series.iter().find(|band| band.id == SeriesId::ServersReady)?;
    let (low, high) = (*band.low.get(step)?, *band.high.get(step)?);
    (low >= 1.0 && high - low < 1e-9).then_some(low as usize)
}

/// Whether a server joined after the start.
pub fn is_new(life: &ServerLife) -> bool {
    life.born.as_nanos() > 0
}

/// Whether a server is there at a time in seconds.
pub fn lives_at(life: &ServerLife, time: f64) -> bool {
    life.born.as_secs_f64() <= time && life.gone.as_secs_f64() > time
}

fn count(lives: &[ServerLife], new: bool) -> usize {
    lives.iter().filter(|life| is_new(life) == new).count()
}

/// When the first of the new servers joined within a stretch of time.
fn joined(lives: &[ServerLife], after: f64, until: f64) -> Option<f64> {
    let births = lives.iter().filter(|life| is_new(life)).map(|life| life.born.as_secs_f64());
    births.filter(|born| (after..=until).contains(born)).reduce(f64::min)
}

fn total(lives: &[ServerLife], row: &[u32], time: f64) -> f64 {
    lives.iter().zip(row).filter(|(life, _)| lives_at(life, time)).map(|(_, &n)| f64::from(n)).sum()
}

fn spread(lives: &[ServerLife], row: &[u32], time: f64, new: bool) -> Option<Spread> {
    let members = lives.iter().zip(row);
    let members = members.filter(|(life, _)| is_new(life) == new && lives_at(life, time));
    let mut loads: Vec<u32> = members.map(|(_, &connections)| connections).collect();
    loads.sort_unstable();
    let (first, last) = (*loads.first()?, *loads.last()?);
    let loads: Vec<f64> = loads.into_iter().map(f64::from).collect();
    Some(Spread {
        minimum: f64::from(first),
        lower: quantile(&loads, 0.25),
        median: quantile(&loads, 0.5),
        upper: quantile(&loads, 0.75),
        maximum: f64::from(last),
        servers: loads.len(),
    })
}

/// Type 7 of Hyndman and Fan (1996): linear between order statistics of sorted values; 0 without any.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let position = q * last as f64;
    let below = (position.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let (a, b) = (sorted[below], sorted[above]);
    let share = position - below as f64;
    // No arithmetic between equals, nor with an infinite neighbour that has no weight.
    if share <= 0.0 || a >= b { a } else { a + (b - a) * share }
}
