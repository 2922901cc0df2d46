//! When clients come: one stream for each entry of a group's `arrivals`.
//!
//! A stream knows the time of its next client only; times are drawn by address
//! (group, entry, index), so they are the same under every policy.

use std::sync::Arc;

use super::purpose;
use crate::engine::{Distribution, Draws, SimDuration, SimTime, math};
use crate::plan::{Arrivals, TraceRow};

/// A source of clients of one group.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The group, an index into `World::groups`.
    pub group: u32,
    /// The stream's address in the random space: no two share it.
    pub space: u64,
    /// Number of its next client.
    pub next: u32,
    source: Source,
    /// Where the source stands, in nanoseconds; its meaning is the source's.
    position: f64,
}

#[derive(Clone, Debug)]
enum Source {
    /// Those who are there at the start.
    Initial,
    Poisson {
        rate: f64,
    },
    Renewal {
        interval: Distribution,
    },
    Ramp {
        clients: u32,
        over: f64,
    },
    Burst {
        clients: u32,
        at: SimTime,
        within: f64,
    },
    Diurnal {
        peak: f64,
        depth: f64,
        period: f64,
        peak_at: f64,
        tries: u64,
    },
    Trace {
        rows: Arc<[TraceRow]>,
    },
}

/// Spans in which random arrivals are multiplied.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// (start, end, factor), in order of the scenario; overlapping factors multiply.
    spans: Vec<(SimTime, SimTime, f64)>,
}

impl Load {
    /// Adds a span.
    pub fn add(&mut self, from: SimTime, lasting: SimDuration, factor: f64) {
        self.spans.push((from, from.after(lasting), factor));
    }

    /// The factor at `now`, and until when it holds.
    fn factor(&self, now: SimTime) -> (f64, SimTime) {
        let mut factor = 1.0;
        let mut until = SimTime::NEVER;
        for &(from, to, by) in &self.spans {
            if now < from {
                until = until.min(from);
            } else if now < to {
                factor *= by;
                until = until.min(to);
            }
        }
        (factor, until)
    }

    /// When `amount` nanoseconds at factor 1 have passed from `now` on.
    #[inline]
    fn advance(&self, now: SimTime, amount: f64) -> SimTime {
        if self.spans.is_empty() {
            return now.after(SimDuration::from_nanos_f64(amount));
        }
        self.advance_through(now, amount)
    }

    #[inline(never)]
    fn advance_through(&self, mut now: SimTime, mut amount: f64) -> SimTime {
        loop {
            let (factor, until) = self.factor(now);
            let room = until.since(now).as_nanos() as f64 * factor;
            if until == SimTime::NEVER || room >= amount {
                return if factor > 0.0 {
                    now.after(SimDuration::from_nanos_f64(amount / factor))
                } else {
                    SimTime::NEVER
                };
            }
            amount -= room;
            now = until;
        }
    }
}

impl Stream {
    /// Those who are connected at the start.
    pub fn initial(group: u32) -> Self {
        Self { group, space: space(group, 0), next: 0, source: Source::Initial, position: 0.0 }
    }

    /// Entry `entry` (from 0) of a group's arrivals.
    pub fn new(group: u32, entry: u32, arrivals: &Arrivals) -> Self {
        let nanos = |duration: SimDuration| duration.as_nanos() as f64;
        let source = match arrivals {
            Arrivals::Poisson { rate } => Source::Poisson { rate: rate.as_per_second() },
            Arrivals::Renewal { interval } => Source::Renewal { interval: interval.clone() },
            Arrivals::Ramp { clients, over } => {
                Source::Ramp { clients: *clients, over: nanos(*over) }
            }
            Arrivals::Burst { clients, at, within } => {
                Source::Burst { clients: *clients, at: *at, within: nanos(*within) }
            }
            Arrivals::Diurnal { mean, peak_over_trough, period, peak_at } => {
                // mean (1 + a cos): peak over trough is (1 + a) / (1 - a).
                let depth = if peak_over_trough.is_finite() {
                    (peak_over_trough - 1.0) / (peak_over_trough + 1.0)
                } else {
                    1.0
                };
                Source::Diurnal {
                    peak: mean.as_per_second() * (1.0 + depth),
                    depth,
                    period: nanos(*period),
                    peak_at: nanos(*peak_at),
                    tries: 0,
                }
            }
            Arrivals::Trace { rows } => Source::Trace { rows: Arc::clone(rows) },
        };
        Self { group, space: space(group, entry + 1), next: 0, source, position: 0.0 }
    }

    /// The row of client `number`, for a stream that has a trace.
    pub fn row(&self, number: u32) -> Option<&TraceRow> {
        match &self.source {
            Source::Trace { rows } => rows.get(number as usize),
            _ => None,
        }
    }

    /// The address of client `number` in the random space.
    pub const fn entity(&self, number: u32) -> u64 {
        entity(self.space, number)
    }

    /// When the next client comes, the one with number `self.next`; `None` when
    /// no more do. To be called once for each.
    pub fn next_arrival(&mut self, draws: Draws, load: &Load) -> Option<SimTime> {
        let number = self.next;
        let draw = draws.at(purpose::ARRIVAL, self.space, u64::from(number));
        let now = SimTime::from_nanos(self.position as u64);
        match &mut self.source {
            Source::Initial => None,
            Source::Poisson { rate } if *rate <= 0.0 => None,
            Source::Poisson { rate } => {
                let gap = -math::ln(draw.unit()) / *rate * 1e9;
                Some(self.step(load.advance(now, gap)))
            }
            Source::Renewal { interval } => {
                let gap = interval.sample(draw).as_nanos() as f64;
                Some(self.step(load.advance(now, gap)))
            }
            Source::Ramp { clients, over } => (number < *clients).then(|| {
                let share = (f64::from(number) + 0.5) / f64::from(*clients);
                SimTime::from_nanos((*over * share) as u64)
            }),
            Source::Burst { clients, at, within } => {
                let left = clients.checked_sub(number).filter(|left| *left > 0)?;
                // Order statistics of uniforms, one after the other: the least of
                // `left` uniforms on [p, 1] lies at p + (1 - p) (1 - u^(1/left)).
                let least = 1.0 - math::pow(draw.unit(), 1.0 / f64::from(left));
                self.position += (1.0 - self.position) * least;
                Some(at.after(SimDuration::from_nanos_f64(*within * self.position)))
            }
            Source::Diurnal { .. } => self.next_diurnal(draws, load),
            Source::Trace { rows } => rows.get(number as usize).map(|row| row.at),
        }
    }

    /// By thinning (Lewis and Shedler 1979): candidates at the peak rate, each
    /// kept with the probability rate(t) / peak.
    fn next_diurnal(&mut self, draws: Draws, load: &Load) -> Option<SimTime> {
        let Source::Diurnal { peak, depth, period, peak_at, ref mut tries } = self.source else {
            return None;
        };
        if peak <= 0.0 {
            return None;
        }
        let mut now = SimTime::from_nanos(self.position as u64);
        loop {
            let gap = -math::ln(draws.at(purpose::ARRIVAL, self.space, *tries).unit()) / peak * 1e9;
            let keep = draws.at(purpose::THINNING, self.space, *tries).unit();
            *tries += 1;
            now = load.advance(now, gap);
            if now == SimTime::NEVER {
                return None;
            }
            let phase = (now.as_nanos() as f64 - peak_at) / period;
            let rate = (1.0 + depth * math::cos(std::f64::consts::TAU * phase)) / (1.0 + depth);
            if keep < rate {
                return Some(self.step(now));
            }
        }
    }

    /// Remembers where the source stands. Below 2^53 ns (104 days) exact.
    const fn step(&mut self, time: SimTime) -> SimTime {
        self.position = time.as_nanos() as f64;
        time
    }
}

/// The address of client `number` of a stream.
pub const fn entity(space: u64, number: u32) -> u64 {
    space | number as u64
}

/// Groups and entries get disjoint ranges of addresses.
const fn space(group: u32, entry: u32) -> u64 {
    ((group as u64) << 48) | ((entry as u64) << 32)
}
