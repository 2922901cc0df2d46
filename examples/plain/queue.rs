//! W1: customers of one queue with one worker that is 90% busy (M/M/1), two events each.

use std::collections::VecDeque;

use ringstorm::engine::{Distribution, Draws, EventQueue, Purpose, SimDuration, SimTime};

const GAP: Purpose = Purpose::new(1);
const WORK: Purpose = Purpose::new(2);
const GAPS: Distribution = Distribution::Exponential { mean: 1.0 / 900.0 };
const WORKS: Distribution = Distribution::Exponential { mean: 0.001 };

/// The worker is done; the order is that of equal times.
const DONE: u64 = 0;
/// The next customer comes.
const COMES: u64 = 1;

/// Until so many customers are served, with an event for all that happens: how many came.
pub fn queue(customers: u32, draws: Draws) -> u32 {
    let (mut came, mut served) = (0, 0);
    let mut line: VecDeque<u32> = VecDeque::new();
    let mut events = EventQueue::default();
    events.push(SimTime::ZERO.after(gap(draws, 0)), COMES);
    while served < customers
        && let Some((now, event)) = events.pop()
    {
        if event == COMES {
            // Whom the worker serves stands in front.
            line.push_back(came);
            if line.len() == 1 {
                events.push(now.after(work(draws, came)), DONE);
            }
            came += 1;
            events.push(now.after(gap(draws, came)), COMES);
        } else {
            line.pop_front();
            served += 1;
            if let Some(next) = line.front() {
                events.push(now.after(work(draws, *next)), DONE);
            }
        }
    }
    came
}

/// The same without an event: each is served when it has come and the one before is gone
/// (Lindley 1952). When the last is.
pub fn foreseen(customers: u32, draws: Draws) -> SimTime {
    let (mut comes, mut free) = (SimTime::ZERO, SimTime::ZERO);
    for number in 0..customers {
        comes = comes.after(gap(draws, number));
        free = free.max(comes).after(work(draws, number));
    }
    free
}

fn gap(draws: Draws, number: u32) -> SimDuration {
    GAPS.sample(draws.at(GAP, 0, u64::from(number)))
}

fn work(draws: Draws, number: u32) -> SimDuration {
    WORKS.sample(draws.at(WORK, 0, u64::from(number)))
}
