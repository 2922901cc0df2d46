//! How long a client waits before it tries again: the formulas of real libraries.
//!
//! Pure functions of the law, the retry's number and the client's own draws.
//! The sources stand with the presets (`scenario::presets`); retry 0 waits
//! base x factor^0.

use super::purpose;
use crate::engine::{Draw, Draws, SimDuration, math};
use crate::plan::reconnect::{Base, Delay, Jitter, Reconnect};

/// The client and the moment that a wait is drawn for.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// The replication's random numbers.
    pub draws: Draws,
    /// The client's address in them.
    pub entity: u64,
    /// Number of the client's next attempt: the index of this wait's draw.
    pub attempt: u32,
    /// Retries since the counter was reset: 0 for the first.
    pub retry: u32,
    /// For how long the client has been offline.
    pub offline: SimDuration,
}

/// The wait before a retry; `None` when the client gives up instead.
///
/// Cost: one draw and a power; for decorrelated jitter one draw per retry so far,
/// since each wait depends on the one before and none is stored.
#[inline(always)]
pub fn wait(reconnect: &Reconnect, at: Retry) -> Option<SimDuration> {
    if reconnect.attempts.is_some_and(|limit| at.retry >= limit) {
        return None;
    }
    let draw = at.draws.at(purpose::BACKOFF, at.entity, u64::from(at.attempt));
    let unit = draw.unit();
    let nanos = match &reconnect.delay {
        Delay::Exponential { base, factor, cap, jitter, first } => {
            return Some(exponential(at, draw, (*base, *factor, *cap), *jitter, *first));
        }
        Delay::Steps { delays, tail, jitter } => {
            let delay = delays.get(at.retry as usize).copied().or(*tail)?;
            return Some(jittered(delay, SimDuration::MAX, *jitter, draw));
        }
        Delay::Decorrelated { base, cap } => decorrelated(at, nanos(*base), nanos(*cap)),
        Delay::MinPlusFullJitter { min, base, factor, max } => {
            let width = (nanos(*base) * power(*factor, at.retry)).min(nanos(*max));
            (nanos(*min) + unit * width).min(nanos(*max))
        }
        Delay::Linear { step } => nanos(*step) * f64::from(at.retry + 1),
        Delay::Uniform { min, max } => nanos(*min) + unit * (nanos(*max) - nanos(*min)),
        Delay::Ably { base, suspended_after, suspended_delay } => {
            if at.retry == 0 {
                0.0
            } else if at.offline >= *suspended_after {
                nanos(*suspended_delay)
            } else {
                let coefficient = (f64::from(at.retry + 2) / 3.0).min(2.0);
                nanos(*base) * coefficient * (0.8 + 0.2 * unit)
            }
        }
        Delay::Poll { base, growth, max_exponent, first_jitter, later_jitter } => {
            let jitter = if at.retry == 0 { *first_jitter } else { *later_jitter };
            nanos(*base) * power(*growth, at.retry.min(*max_exponent)) * (1.0 + jitter * unit)
        }
    };
    Some(SimDuration::from_nanos_f64(nanos))
}

fn nanos(duration: SimDuration) -> f64 {
    duration.as_nanos() as f64
}

/// `factor^exponent`, by libm for growth that is not a power of two.
fn power(factor: f64, exponent: u32) -> f64 {
    match (factor, exponent) {
        (_, 0) => 1.0,
        // Exact, and most of what is asked for.
        (2.0, 1..=1_023) => f64::from_bits(u64::from(1_023 + exponent) << 52),
        _ => math::pow(factor, f64::from(exponent)),
    }
}

fn exponential(
    at: Retry,
    draw: Draw,
    (base, factor, cap): (Base, f64, SimDuration),
    jitter: Jitter,
    first: Option<(SimDuration, SimDuration)>,
) -> SimDuration {
    let exponent = match first {
        Some((min, max)) if at.retry == 0 => {
            return SimDuration::from_nanos_f64(
                nanos(min) + draw.unit() * (nanos(max) - nanos(min)),
            );
        }
        Some(_) => at.retry - 1,
        None => at.retry,
    };
    let base = match base {
        Base::Fixed(base) => nanos(base),
        Base::OncePerClient(min, max) => {
            let once = at.draws.at(purpose::BACKOFF_ONCE, at.entity, 0).unit();
            nanos(min) + once * (nanos(max) - nanos(min))
        }
    };
    let growth = power(factor, exponent);
    if jitter == Jitter::SocketIo && (base / 1e6 * growth).is_infinite() {
        return socket_io_beyond_numbers(cap, draw.unit());
    }
    jittered(SimDuration::from_nanos_f64(base * growth), cap, jitter, draw)
}

/// The wait `delay` under a cap, changed by chance. socket.io alone applies the
/// cap after the jitter, so that late retries lose it.
#[inline(always)]
fn jittered(delay: SimDuration, cap: SimDuration, jitter: Jitter, draw: Draw) -> SimDuration {
    let capped = nanos(delay.min(cap));
    let unit = draw.unit();
    SimDuration::from_nanos_f64(match jitter {
        Jitter::None => return delay.min(cap),
        Jitter::Full => capped * unit,
        Jitter::Exponential => -capped * math::ln(1.0 - unit),
        Jitter::Equal => capped / 2.0 * (1.0 + unit),
        Jitter::PlusMinus(fraction) => capped * (1.0 + fraction * (2.0 * unit - 1.0)),
        Jitter::Additive(min, max) => capped + nanos(min) + unit * (nanos(max) - nanos(min)),
        Jitter::Multiplicative(low, high) => capped * (low + unit * (high - low)),
        Jitter::SocketIo => return socket_io(delay, unit).min(cap),
    })
}

/// socket.io's backo2 (packages/socket.io-client/lib/contrib/backo2.ts): one
/// random number gives both the size and, by the parity of floor(10 r), the sign
/// of the deviation, so the first delay has gaps. Whole milliseconds.
fn socket_io(delay: SimDuration, unit: f64) -> SimDuration {
    let ms = delay.as_nanos() / 1_000_000;
    let deviation = (unit * 0.5 * ms as f64) as u64;
    let even = ((unit * 10.0) as u64).is_multiple_of(2);
    let ms = if even { ms - deviation } else { ms.saturating_add(deviation) };
    SimDuration::from_millis(ms)
}

/// The same where the delay is `Infinity` (from the 1,016th retry on): with the deviation
/// taken off it is `NaN`, for which a timer does not wait; with it added the cap.
fn socket_io_beyond_numbers(cap: SimDuration, unit: f64) -> SimDuration {
    let even = ((unit * 10.0) as u64).is_multiple_of(2);
    if even { SimDuration::ZERO } else { cap }
}

/// AWS: each wait is uniform between the base and three times the wait before it.
/// The waits of this run of retries are drawn again from their addresses.
fn decorrelated(at: Retry, base: f64, cap: f64) -> f64 {
    let first = at.attempt.wrapping_sub(at.retry);
    let mut previous = base;
    for retry in 0..=at.retry {
        let index = u64::from(first.wrapping_add(retry));
        let unit = at.draws.at(purpose::BACKOFF, at.entity, index).unit();
        previous = (base + unit * (3.0 * previous - base)).min(cap);
    }
    previous
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::reconnect::{DelayFrom, Heartbeat, Reset};

    /// After 85 minutes of failures socket.io's delay is `Infinity`, and one wait in two `NaN`.
    #[test]
    fn socket_io_tries_at_once_every_other_time_when_its_delay_has_left_the_numbers() {
        let cap = SimDuration::from_secs(5);
        let reconnect = Reconnect {
            name: "socket.io".to_owned(),
            delay: Delay::Exponential {
                base: Base::Fixed(SimDuration::from_secs(1)),
                factor: 2.0,
                cap,
                jitter: Jitter::SocketIo,
                first: None,
            },
            attempts: None,
            reset: Reset::OnOpen,
            delay_from: DelayFrom::End,
            connect_timeout: None,
            heartbeat: Heartbeat::USUAL,
            stops_on: Vec::new(),
        };
        let waits_at = |retry: u32| -> Vec<SimDuration> {
            let at = |entity| Retry {
                draws: Draws::new(1, 0),
                entity,
                attempt: retry + 1,
                retry,
                offline: SimDuration::ZERO,
            };
            (0..1_000).filter_map(|entity| wait(&reconnect, at(entity))).collect()
        };
        // 1,000 ms x 2^1014 is the last that is a number.
        assert!(waits_at(1_014).iter().all(|wait| *wait == cap));
        let waits = waits_at(1_015);
        let at_once = waits.iter().filter(|wait| wait.is_zero()).count();
        assert!((450..550).contains(&at_once), "{at_once}");
        assert!(waits.iter().all(|wait| wait.is_zero() || *wait == cap));
    }
}
