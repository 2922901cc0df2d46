//! The same storm where it is known what becomes of an attempt when it is let in, as nothing but
//! the server's queue and workers decides it: one event an attempt.

use std::collections::VecDeque;

use ringstorm::engine::{Draws, EventQueue, SimTime};

use super::storm::{COST, CUT, Outcome, PATIENCE, WORK, WORKERS, wait};

#[derive(Clone, Default)]
struct Server {
    /// When each worker is done with all that was let in.
    booked: [SimTime; WORKERS],
    /// The turns of those let in last, as many as may wait: all of these do if the first does.
    turns: VecDeque<SimTime>,
}

impl Server {
    /// When it is the turn of what is let in now; `None` if it is full.
    fn turn(&mut self, now: SimTime, backlog: usize) -> Option<SimTime> {
        if self.turns.len() == backlog {
            if *self.turns.front()? > now {
                return None;
            }
            self.turns.pop_front();
        }
        let turn = self.booked[0].max(now);
        self.turns.push_back(turn);
        Some(turn)
    }

    /// The worker that is free first is at work until `done` (Kiefer and Wolfowitz 1955).
    fn book(&mut self, done: SimTime) {
        let mut later = done;
        for worker in 1..WORKERS {
            let next = self.booked[worker];
            self.booked[worker - 1] = later.min(next);
            later = later.max(next);
        }
        self.booked[WORKERS - 1] = later;
    }
}

/// Cuts so many clients of so many servers; until all are back.
pub fn storm(clients: u32, servers: u32, backlog: usize, draws: Draws) -> Outcome {
    let mut events = EventQueue::with_capacity(clients as usize);
    let mut servers = vec![Server::default(); servers as usize];
    let mut outcome = Outcome::default();
    for client in 0..clients {
        retry(&mut events, draws, CUT, client, 0);
    }
    let mut next = 0;
    while let Some((now, event)) = events.pop() {
        let (client, attempt) = ((event >> 32) as u32, event as u32);
        outcome.attempts += 1;
        let server = next;
        next = if server + 1 == servers.len() { 0 } else { server + 1 };
        let at = &mut servers[server];
        let Some(turn) = at.turn(now, backlog) else {
            outcome.refused += 1;
            retry(&mut events, draws, now, client, attempt);
            continue;
        };
        let work = COST.sample(draws.at(WORK, u64::from(client), u64::from(attempt)));
        let (done, deadline) = (turn.after(work), now.after(PATIENCE));
        at.book(done);
        if done <= deadline {
            outcome.lasted = outcome.lasted.max(done.since(CUT));
        } else {
            outcome.timed_out += 1;
            retry(&mut events, draws, deadline, client, attempt);
        }
    }
    outcome
}

/// A client that has made so many attempts learns at `known` that it has to make one more.
fn retry(events: &mut EventQueue, draws: Draws, known: SimTime, client: u32, made: u32) {
    events.push(
        known.after(wait(draws, client, made)),
        u64::from(client) << 32 | u64::from(made + 1),
    );
}
