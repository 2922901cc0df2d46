//! The work of `scenarios/scale/w1.json` and `w3.json` on desque, as its examples use it:
//! a boxed event for each thing that happens.
//!
//! `desque-peer w1 CUSTOMERS` or `desque-peer w3 CLIENTS`; prints what was done.

use std::collections::VecDeque;

use desque::serial::{Event, Simulation};
use desque::{Result, SimState, SimTime};

/// Nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Time(u64);

impl SimTime for Time {}

/// Workers, places in the accept queue and the client's patience in the storm.
const WORKERS: usize = 4;
const BACKLOG: usize = 512;
const PATIENCE: u64 = 5_000_000_000;
const CLIENTS_PER_SERVER: usize = 10_000;

#[derive(Debug, Default)]
struct Server {
    busy: usize,
    queue: VecDeque<(usize, u32)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Client {
    attempt: u32,
    retries: u32,
    connected: bool,
}

#[derive(Debug)]
struct World {
    servers: Vec<Server>,
    clients: Vec<Client>,
    next: usize,
    left: usize,
    attempts: u64,
    random: u64,
}

impl SimState<Time> for World {
    fn is_complete(&self, _: &Time) -> bool {
        self.left == 0
    }
}

impl World {
    fn new(servers: usize, clients: usize, left: usize) -> Self {
        Self {
            servers: (0..servers).map(|_| Server::default()).collect(),
            clients: vec![Client::default(); clients],
            next: 0,
            left,
            attempts: 0,
            random: 1,
        }
    }

    /// Uniform in (0, 1]: SplitMix64.
    fn unit(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((z ^ (z >> 31)) >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> u64 {
        (-self.unit().ln() * mean) as u64
    }
}

fn after(sim: &Simulation<World, Time>, delay: u64) -> Time {
    Time(sim.current_time().0 + delay)
}

// W1: one queue.

#[derive(Debug)]
struct Arrive;
#[derive(Debug)]
struct Serve;

impl Event<World, Time> for Arrive {
    fn execute(&mut self, sim: &mut Simulation<World, Time>) -> Result {
        sim.state_mut().attempts += 1;
        if sim.state().servers[0].busy == 0 {
            sim.state_mut().servers[0].busy = 1;
            begin(sim)?;
        } else {
            sim.state_mut().servers[0].queue.push_back((0, 0));
        }
        let gap = sim.state_mut().exponential(1e9 / 900.0);
        let time = after(sim, gap);
        sim.schedule(Self, time)
    }
}

impl Event<World, Time> for Serve {
    fn execute(&mut self, sim: &mut Simulation<World, Time>) -> Result {
        sim.state_mut().left -= 1;
        match sim.state_mut().servers[0].queue.pop_front() {
            Some(_) => begin(sim),
            None => {
                sim.state_mut().servers[0].busy = 0;
                Ok(())
            }
        }
    }
}

fn begin(sim: &mut Simulation<World, Time>) -> Result {
    let work = sim.state_mut().exponential(1e6);
    let time = after(sim, work);
    sim.schedule(Serve, time)
}

// W3: the storm.

#[derive(Debug)]
struct Attempt(usize);
#[derive(Debug)]
struct Done {
    server: usize,
    client: usize,
    attempt: u32,
}
#[derive(Debug)]
struct TimeOut {
    client: usize,
    attempt: u32,
}

impl Event<World, Time> for Attempt {
    fn execute(&mut self, sim: &mut Simulation<World, Time>) -> Result {
        let id = self.0;
        let world = sim.state_mut();
        world.attempts += 1;
        world.clients[id].attempt += 1;
        let attempt = world.clients[id].attempt;
        let server = world.next;
        world.next = (server + 1) % world.servers.len();
        let at = &mut world.servers[server];
        if at.busy < WORKERS {
            at.busy += 1;
            serve(sim, server, id, attempt)?;
        } else if at.queue.len() < BACKLOG {
            at.queue.push_back((id, attempt));
        } else {
            return retry(sim, id);
        }
        let time = after(sim, PATIENCE);
        sim.schedule(TimeOut { client: id, attempt }, time)
    }
}

fn serve(
    sim: &mut Simulation<World, Time>,
    server: usize,
    client: usize,
    attempt: u32,
) -> Result {
    let work = sim.state_mut().exponential(5e6);
    let time = after(sim, work);
    sim.schedule(Done { server, client, attempt }, time)
}

fn retry(sim: &mut Simulation<World, Time>, id: usize) -> Result {
    let world = sim.state_mut();
    let most = 1e9 * f64::from(1_u32 << world.clients[id].retries.min(5));
    world.clients[id].retries += 1;
    let wait = (most.min(30e9) * world.unit()) as u64;
    let time = after(sim, wait);
    sim.schedule(Attempt(id), time)
}

impl Event<World, Time> for Done {
    fn execute(&mut self, sim: &mut Simulation<World, Time>) -> Result {
        let world = sim.state_mut();
        let client = &mut world.clients[self.client];
        if !client.connected && client.attempt == self.attempt {
            client.connected = true;
            world.left -= 1;
        }
        match world.servers[self.server].queue.pop_front() {
            Some((client, attempt)) => serve(sim, self.server, client, attempt),
            None => {
                world.servers[self.server].busy -= 1;
                Ok(())
            }
        }
    }
}

impl Event<World, Time> for TimeOut {
    fn execute(&mut self, sim: &mut Simulation<World, Time>) -> Result {
        let client = sim.state().clients[self.client];
        if client.connected || client.attempt != self.attempt {
            return Ok(());
        }
        retry(sim, self.client)
    }
}

fn main() -> Result {
    let arguments: Vec<String> = std::env::args().collect();
    let count: usize = arguments[2].parse().expect("the second argument is a number");
    let sim = match arguments[1].as_str() {
        "w1" => {
            let mut sim = Simulation::new(World::new(1, 0, count), Time(0));
            sim.schedule(Arrive, Time(0))?;
            sim.run()?;
            sim
        }
        _ => {
            let servers = count.div_ceil(CLIENTS_PER_SERVER);
            let mut sim = Simulation::new(World::new(servers, count, count), Time(0));
            for client in 0..count {
                let back = (sim.state_mut().unit() * 10e9) as u64;
                sim.schedule(Attempt(client), Time(back))?;
            }
            sim.run()?;
            sim
        }
    };
    println!("{}", sim.state().attempts);
    Ok(())
}
