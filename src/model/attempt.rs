//! A connection attempt, from the client's start to the servers' answer.

use super::client::{Client, State};
use super::event::{ATTEMPT_MASK, Event};
use super::presence::half;
use super::purpose;
use super::server::{Door, Handshake};
use super::simulation::Simulation;
use crate::engine::{SimDuration, SimTime};
use crate::observe::Ended;
use crate::plan::WhenFull;
use crate::policy::Balance;
use crate::routing::BackendId;

/// When a Linux client sends its SYN again, in seconds after the first, and
/// when it gives up (Linux 6.5 and later, ip-sysctl: `tcp_syn_retries` 6,
/// `tcp_syn_linear_timeouts` 4).
const SYN_SECONDS: [u64; 11] = [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67];
const SYN_GIVES_UP: SimDuration = SimDuration::from_secs(131);

/// When an attempt started and until when its client waits.
#[derive(Clone, Copy, Debug)]
struct Course {
    start: SimTime,
    deadline: SimTime,
}

impl Simulation<'_> {
    /// From the start of an attempt until the client's question reaches the gateway.
    fn to_gateway(&self, client: &Client) -> SimDuration {
        let Balance::Gateway(config) = &self.policy.balance else { return SimDuration::ZERO };
        trips(client, config.round_trips).saturating_add(config.service)
    }

    /// From the start of an attempt until its request reaches the servers: all
    /// its round trips but the last half, after the gateway's where there is one.
    fn lead(&self, client: &Client) -> SimDuration {
        let gateway = match &self.policy.balance {
            Balance::Gateway(config) => {
                full_trips(client, config.round_trips).saturating_add(config.service)
            }
            _ => SimDuration::ZERO,
        };
        let (group, _) = self.group(client);
        gateway.saturating_add(trips(client, group.round_trips))
    }

    /// Until when the client waits for its attempt.
    fn deadline(&self, client: &Client, start: SimTime) -> SimTime {
        match &self.group(client).1.connect_timeout {
            None => SimTime::NEVER,
            Some(law) => {
                start.after(law.sample(self.draw(client, purpose::TIMEOUT, client.attempt)))
            }
        }
    }

    /// The client's next attempt starts at `start`, if it is still present then.
    ///
    /// Nothing can keep a waiting client from its attempt but its leaving, whose
    /// time is known; so the attempt is counted, and the first event that it needs scheduled, at once.
    pub fn schedule_attempt(&mut self, place: u32, start: SimTime) {
        let mut client = self.clients.get(place);
        if start >= client.leaves || start > self.end {
            return;
        }
        client.attempt = client.attempt.wrapping_add(1);
        client.state = State::Trying;
        self.clients.put(place, &client);
        let attempt = client.attempt;
        self.trying += 1;
        self.record.attempt(start);
        let deadline = self.deadline(&client, start);
        let reach = start.after(self.lead(&client));
        if deadline < reach {
            self.schedule_timeout(place, deadline);
        } else if self.tier.is_gateway() {
            let asked = start.after(self.to_gateway(&client));
            self.at(asked, Event::Ask { client: place, attempt });
        } else {
            self.at(reach, Event::Reach { client: place, attempt, resends: 0 });
        }
    }

    /// The client gives its attempt up at `deadline`, unless it leaves before.
    fn schedule_timeout(&mut self, place: u32, deadline: SimTime) {
        let client = self.clients.get(place);
        let attempt = client.attempt;
        if deadline < client.leaves {
            self.at(deadline, Event::Timeout { client: place, attempt });
        }
    }

    /// Whether an event still concerns the client's running attempt.
    fn is_live(&self, place: u32, attempt: u32) -> bool {
        let client = self.clients.get(place);
        client.state == State::Trying && client.attempt & ATTEMPT_MASK == attempt & ATTEMPT_MASK
    }

    /// The client gives up its attempt.
    pub fn time_out(&mut self, place: u32, attempt: u32) {
        if !self.is_live(place, attempt) {
            return;
        }
        let client = self.clients.get(place);
        // The time-out was drawn for this attempt: drawn again it tells the start.
        let start = match &self.group(&client).1.connect_timeout {
            None => self.now,
            Some(law) => {
                let waited = law.sample(self.draw(&client, purpose::TIMEOUT, client.attempt));
                SimTime::from_nanos(
                    self.now.as_nanos() - waited.as_nanos().min(self.now.as_nanos()),
                )
            }
        };
        let course = Course { start, deadline: self.now };
        self.fail(place, Ended::TimedOut, self.now, course);
    }

    /// The client's question reaches the gateway.
    pub fn ask(&mut self, place: u32, attempt: u32) {
        if !self.is_live(place, attempt) {
            return;
        }
        let client = self.clients.get(place);
        if self.outages.gateway.outages > 0 || self.is_cut_off(&client) {
            return self.ask_nobody(place);
        }
        let reach =
            self.now.after(half(&client)).after(trips(&client, self.group(&client).0.round_trips));
        match self.choose(&client) {
            Some(backend) => {
                self.clients.set_server(place, backend.index() as u32);
                let attempt = client.attempt;
                self.at(reach, Event::Reach { client: place, attempt, resends: 0 });
            }
            None => self.turned_away(place),
        }
    }

    /// The gateway is out of order, or the client's network is.
    fn ask_nobody(&mut self, place: u32) {
        let client = self.clients.get(place);
        if self.outages.gateway.is_silent || self.is_cut_off(&client) {
            let start = back(self.now, self.to_gateway(&client));
            let gives_up = start.after(SYN_GIVES_UP).min(self.deadline(&client, start));
            self.schedule_timeout(place, gives_up);
        } else {
            self.turned_away(place);
        }
    }

    /// The gateway has no server for a client, and says so.
    fn turned_away(&mut self, place: u32) {
        let client = self.clients.get(place);
        let start = back(self.now, self.to_gateway(&client));
        let course = Course { start, deadline: self.deadline(&client, start) };
        self.fail(place, Ended::Failed, self.now.after(half(&client)), course);
    }

    /// The request of an attempt reaches the servers.
    pub fn reach(&mut self, place: u32, attempt: u32, resends: u32) {
        if !self.is_live(place, attempt) {
            return;
        }
        let client = self.clients.get(place);
        let sent = SimDuration::from_secs(SYN_SECONDS[resends as usize % SYN_SECONDS.len()]);
        let start = back(self.now, self.lead(&client).saturating_add(sent));
        let course = Course { start, deadline: self.deadline(&client, start) };
        if self.is_cut_off(&client) {
            return self.resend(place, resends, course);
        }
        if self.outages.balancer.outages > 0 && !self.tier.is_gateway() {
            return if self.outages.balancer.is_silent {
                self.resend(place, resends, course)
            } else {
                self.fail(place, Ended::Failed, self.now.after(half(&client)), course)
            };
        }
        let backend = if self.tier.is_gateway() {
            Some(BackendId::new(self.clients.server(place)))
        } else {
            self.choose(&client)
        };
        let heard = self.now.after(half(&client));
        let Some(backend) = backend else {
            return self.fail(place, Ended::Failed, heard, course);
        };
        let server = &self.servers[backend.index()];
        match server.door() {
            Door::Open => {}
            Door::Closed => {
                self.record.counts.stale_placements += u64::from(self.record.counts_at(self.now));
                return self.fail(place, Ended::Failed, heard, course);
            }
            Door::Dead => {
                self.record.counts.stale_placements += u64::from(self.record.counts_at(self.now));
                return self.resend(place, resends, course);
            }
        }
        let held = server.held();
        if held >= self.plan.servers.max_connections {
            return self.fail(place, Ended::Rejected, heard, course);
        }
        let idle = server.busy() < self.plan.servers.handshake.workers;
        if !idle && server.queue.len() >= self.plan.servers.accept_queue as usize {
            return match self.plan.servers.when_full {
                WhenFull::Reject => self.fail(place, Ended::Rejected, heard, course),
                WhenFull::Drop => self.resend(place, resends, course),
            };
        }
        let handshake = self.handshake(place, course);
        self.admit(backend.index() as u32, handshake);
    }

    /// What the server knows of an admitted attempt.
    fn handshake(&self, place: u32, course: Course) -> Handshake {
        let client = self.clients.get(place);
        let work = self.draw(&client, purpose::WORK, client.attempt);
        Handshake {
            client: place,
            attempt: client.attempt,
            instance: self.instance(&client),
            half: client.rtt / 2,
            patience: course.deadline.min(client.leaves),
            start: course.start,
            since: self.now,
            work: self.plan.servers.handshake.cost.sample(work),
        }
    }

    /// The SYN was lost: the client's kernel sends it again.
    fn resend(&mut self, place: u32, resends: u32, course: Course) {
        let client = self.clients.get(place);
        let next = SYN_SECONDS.get(resends as usize + 1);
        let again = next.map_or(SYN_GIVES_UP, |seconds| {
            SimDuration::from_secs(*seconds).saturating_add(self.lead(&client))
        });
        let time = course.start.after(again);
        if time >= course.deadline {
            self.schedule_timeout(place, course.deadline);
        } else if next.is_none() {
            self.fail(place, Ended::TimedOut, time, course);
        } else {
            let attempt = client.attempt;
            self.at(time, Event::Reach { client: place, attempt, resends: resends + 1 });
        }
    }

    /// An attempt that was cut inside a server: the client hears of it half a round trip
    /// later, or, if the server died silently, at its time-out.
    pub fn cut(&mut self, handshake: &Handshake, silently: bool) {
        if !self.is_live(handshake.client, handshake.attempt) {
            return;
        }
        let client = self.clients.get(handshake.client);
        let start = handshake.start;
        let course = Course { start, deadline: self.deadline(&client, start) };
        if silently {
            let gives_up = start.after(SYN_GIVES_UP).max(self.now).min(course.deadline);
            self.schedule_timeout(handshake.client, gives_up);
        } else {
            self.fail(handshake.client, Ended::Failed, self.now.after(half(&client)), course);
        }
    }

    /// The attempt has failed, and the client knows at `known`; at its deadline if that comes first.
    fn fail(&mut self, place: u32, how: Ended, known: SimTime, course: Course) {
        let (how, known) =
            if known > course.deadline { (Ended::TimedOut, course.deadline) } else { (how, known) };
        let mut client = self.clients.get(place);
        if known >= client.leaves || known > self.end {
            // It leaves first, or the run ends first: the attempt stays under way until then.
            return;
        }
        client.state = State::Idle;
        self.clients.put(place, &client);
        self.trying -= 1;
        self.record.attempt_ended(known, how);
        self.retry(place, known, course.start);
    }
}

/// `time` so long before, but not before the start of the run.
const fn back(time: SimTime, by: SimDuration) -> SimTime {
    SimTime::from_nanos(time.as_nanos().saturating_sub(by.as_nanos()))
}

/// So many round trips of a client, without the last half.
const fn trips(client: &Client, round_trips: u32) -> SimDuration {
    let half = client.rtt as u64 / 2;
    SimDuration::from_nanos((client.rtt as u64 * round_trips as u64).saturating_sub(half))
}

/// So many round trips of a client.
const fn full_trips(client: &Client, round_trips: u32) -> SimDuration {
    SimDuration::from_nanos(client.rtt as u64 * round_trips as u64)
}
