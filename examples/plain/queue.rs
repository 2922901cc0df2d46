//! W1: customers of one queue with one worker that is 90% busy (M/M/1), two events each.

use std::collections::VecDeque;

use ringstorm::engine::{Distribution, Draws, EventQueue, Purpose, SimTime};

const GAP: Purpose = Purpose::new(1);
const WORK: Purpose = Purpose::new(2);
const GAPS: Distribution = Distribution::Exponential { mean: 1.0 / 900.0 };
const WORKS: Distribution = Distribution::Exponential { mean: 0.001 };

/// The worker is done; the order is that of equal times.
const DONE: u64 = 0;
/// The next customer comes.
const COMES: u64 = 1;

/// Until so many customers are served: how many came.
pub fn queue(customers: u32, draws: Draws) -> u32 {
    let (mut came, mut served) = (0, 0);
    let mut line: VecDeque<u32> = VecDeque::new();
    let mut events = EventQueue::default();
    let gap = |number: u32| GAPS.sample(draws.at(GAP, 0, u64::from(number)));
    let work = |number: u32| WORKS.sample(draws.at(WORK, 0, u64::from(number)));
    events.push(SimTime::ZERO.after(gap(0)), COMES);
    while served < customers
        && let Some((now, event)) = events.pop()
    {
        if event == COMES {
            // Whom the worker serves stands in front.
            line.push_back(came);
            if line.len() == 1 {
                events.push(now.after(work(came)), DONE);
            }
            came += 1;
            events.push(now.after(gap(came)), COMES);
        } else {
            line.pop_front();
            served += 1;
            if let Some(next) = line.front() {
                events.push(now.after(work(*next)), DONE);
            }
        }
    }
    came
}
