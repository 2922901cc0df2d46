//! Clients come, leave and are dropped.

use super::backoff::{self, Retry};
use super::client::{Client, State};
use super::event::{ATTEMPT_MASK, Event};
use super::purpose;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::{Distribution, SimDuration, SimTime};
use crate::observe::log::{self, Fact, Wait};
use crate::observe::{Ended, Offline};
use crate::plan::reconnect::{DelayFrom, Reset};
use crate::plan::{Drain, LONGEST_RTT};
use crate::policy::Rebalance;
use crate::policy::rebalance::{Hint, max_age};
use crate::routing::BackendId;

/// Why the cluster ends a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Drop {
    /// A crash, a removal or a network fault.
    Lost,
    /// Its server has lost the broker, and serves nobody without.
    NoBroker,
    /// It reads too slowly: what waits for it is more than its server holds for anybody.
    Slow,
    /// A host or its network is lost: nobody hears of it before the next heartbeat.
    Silent,
    /// The client's own network is gone.
    Network {
        /// Whether neither side hears of it before its next heartbeat.
        silently: bool,
        /// When the client's network is back and it tries at once.
        online: Option<SimTime>,
    },
    /// A rebalancing rule, with what its close tells the client.
    Moved(Option<Hint>),
    /// Its connection has reached its age, with what its close tells the client.
    Aged(Option<Hint>),
    /// A server that takes its leave, with its close code and what the close tells the client.
    Drained(u16, Option<Hint>),
}

impl Drop {
    /// The close of a draining server.
    pub const fn of(drain: &Drain) -> Self {
        Self::Drained(drain.code, drain.hint)
    }

    /// The same for the log.
    const fn reason(self) -> log::Dropped {
        match self {
            Self::Lost => log::Dropped::ServerGone,
            Self::NoBroker => log::Dropped::NoBroker,
            Self::Slow => log::Dropped::Slow,
            Self::Silent => log::Dropped::ServerLost,
            Self::Network { silently, .. } => log::Dropped::Network { silently },
            Self::Moved(_) => log::Dropped::Moved,
            Self::Aged(_) => log::Dropped::Aged,
            Self::Drained(code, _) => log::Dropped::Drained { code },
        }
    }
}

impl<W: Witness> Simulation<'_, W> {
    /// The next client of a stream comes, and the one after it is scheduled.
    pub fn arrive(&mut self, stream: u32) {
        let number = self.streams[stream as usize].next;
        self.streams[stream as usize].next += 1;
        let (place, mut client) = self.come(stream, number, false);
        self.schedule_attempt(place, &mut client, self.now);
        self.schedule_arrival(stream as usize);
    }

    pub fn schedule_arrival(&mut self, stream: usize) {
        if let Some(time) = self.streams[stream].next_arrival(self.draws, &self.load) {
            let event = Event::Arrive { stream: stream as u32 };
            if time <= self.end {
                self.coming.push(time, event.pack());
            }
        }
    }

    /// A client is present from now on. One of the start has been for a while:
    /// what is left of its presence follows the law of residual lives. Its place, and itself.
    #[inline(always)]
    pub fn come(&mut self, stream: u32, number: u32, initial: bool) -> (u32, Client) {
        let from = &self.streams[stream as usize];
        let entity = from.entity(number);
        let group = &self.plan.groups[from.group as usize];
        let draw = self.draws.at(purpose::PRESENCE, entity, 0);
        let presence = match from.row(number).and_then(|row| row.presence) {
            Some(given) => given,
            None if initial => group.presence.residual(draw),
            None => group.presence.sample(draw),
        };
        let rtt = group.rtt.sample_with(|| self.draws.at(purpose::RTT, entity, 0));
        let leaves = self.now.after(presence);
        let rtt = rtt.min(LONGEST_RTT).as_nanos() as u32;
        let mut client = Client {
            leaves,
            since: self.now,
            number,
            rtt,
            attempt: 0,
            first: 0,
            retries: 0,
            stream: stream as u16,
            state: State::Idle,
            offline: Offline::Came,
        };
        let place = self.clients.insert(&mut client);
        self.forget_client(place);
        let first = client.first & ATTEMPT_MASK;
        self.at(leaves, Event::Leave { client: place, first });
        self.record.arrival(self.now, initial);
        if W::LISTENS {
            self.witness.takes_place(place, self.record.totals.came as u32);
            let rtt = SimDuration::from_nanos(u64::from(rtt));
            let group = self.streams[stream as usize].group;
            self.tell_client(place, &client, None, Fact::Came { group, rtt, leaves, initial });
        }
        let facts = [self.now.as_nanos(), presence.as_nanos(), u64::from(rtt)];
        self.draws_digest = self.draws_digest.wrapping_add(fold(entity, facts));
        self.message_came(place);
        (place, client)
    }

    /// A client's presence ends.
    pub fn leave(&mut self, place: u32, first: u32) {
        let client = self.clients.get(place);
        if client.state == State::Absent || client.first & ATTEMPT_MASK != first {
            return;
        }
        match client.state {
            State::Connected => {
                self.record.connected.sub(self.now, 1);
                self.disconnect(place, &client);
            }
            State::Trying => {
                self.trying -= 1;
                self.record.attempt_ended(self.now, Ended::Abandoned);
                self.tell_client(place, &client, None, Fact::Ended(Ended::Abandoned));
            }
            State::Idle | State::Absent => {}
        }
        if client.state != State::Connected {
            self.record.left_offline(self.now, client.since, client.offline);
        }
        let offline = (client.state != State::Connected).then_some(client.since);
        self.message_left(place, offline);
        self.record.departure(self.now, self.clients.drops(place));
        let server = self.clients.server(place);
        let connected = client.state == State::Connected;
        self.tell_client(place, &client, connected.then_some(server), Fact::Left { connected });
        self.clients.remove(place);
        // A server that goes for this drops whoever it still holds: not a client that has left.
        if client.state == State::Connected {
            self.leave_if_empty(server);
        }
    }

    /// Takes a connection off its server and off its balancer's count: when its balancer has
    /// torn it down.
    #[inline]
    fn disconnect(&mut self, place: u32, client: &Client) -> SimTime {
        let torn_down = self.take_off(place, client);
        let (server, instance) = (self.clients.server(place), self.instance(client));
        self.tier.closed_since(instance, self.counted(place), BackendId::new(server));
        torn_down
    }

    /// Takes a connection off its server, not off its balancer's count.
    #[inline]
    fn take_off(&mut self, place: u32, client: &Client) -> SimTime {
        self.note_misplaced(place, false);
        self.message_closed(place);
        self.servers[self.clients.server(place) as usize].connections -= 1;
        self.proxy_closes(client)
    }

    /// The cluster, or the network, ends a connection; the client hears of it half a round
    /// trip later, once its balancer has torn it down, or by its heartbeat, and comes back as
    /// its library does.
    #[inline(never)]
    pub fn drop_connection(&mut self, place: u32, why: Drop) {
        self.drop_client(place, self.clients.get(place), why);
    }

    /// The same of a client that has just been looked at.
    #[inline(always)]
    pub fn drop_client(&mut self, place: u32, mut client: Client, why: Drop) {
        let stays_counted = why == Drop::Silent && self.policy.balance.goes_by_counts();
        let torn_down = if let Drop::Network { silently: true, .. } = why {
            self.leave_ghost(place, &client);
            self.now
        } else if stays_counted {
            self.take_off(place, &client)
        } else {
            self.disconnect(place, &client)
        };
        let moved = match why {
            Drop::Aged(_) => true,
            Drop::Moved(_) => self.servers[self.clients.server(place) as usize].closing_counts,
            _ => false,
        };
        let singly = matches!(why, Drop::Aged(_) | Drop::Slow);
        self.record.dropped(self.now, moved, !singly);
        let (_, reconnect) = self.group(&client);
        let unnoticed = match why {
            Drop::Silent | Drop::Network { silently: true, .. } => self.detection(&client),
            Drop::Network { online: Some(_), .. } => half(&client),
            _ => torn_down.since(self.now).saturating_add(half(&client)),
        };
        let known = self.now.after(unnoticed);
        if stays_counted {
            let (server, instance) = (self.clients.server(place), self.instance(&client));
            let counted = self.counted(place);
            self.count_until(known.min(client.leaves), server, counted, instance);
        }
        // To the client it was open until it noticed.
        if let Reset::AfterUptime(least) = reconnect.reset
            && known.since(client.since) >= least
        {
            client.retries = 0;
        }
        client.since = self.now;
        client.offline = if singly { Offline::Singly } else { Offline::Dropped };
        client.state = State::Idle;
        self.clients.count_drop(place);
        let server = self.clients.server(place);
        let fact = Fact::Dropped { why: why.reason(), known };
        self.tell_client(place, &client, Some(server), fact);
        match why {
            Drop::Lost
            | Drop::NoBroker
            | Drop::Slow
            | Drop::Silent
            | Drop::Network { online: None, .. } => {
                self.browser_lost(place, known);
                self.retry(place, &mut client, known, known);
            }
            // An `online` event: the libraries try at once, with a fresh count.
            Drop::Network { online: Some(online), .. } => {
                self.browser_lost(place, known);
                let until = online.max(known);
                self.foretell(place, &client, known, Fact::Waits { until, why: Wait::Network });
                self.schedule_attempt(place, &mut client, until);
            }
            Drop::Drained(code, _) if reconnect.stops_on.contains(&code) => {
                self.give_up(place, &client, known);
            }
            Drop::Moved(hint) | Drop::Aged(hint) | Drop::Drained(_, hint) => {
                self.come_back(place, &mut client, hint, known);
            }
        }
        self.leave_if_empty(self.clients.server(place));
    }

    /// A client that was asked to go comes back, unless its library would not: within the hint's
    /// window if it honours that, else as its library does.
    fn come_back(&mut self, place: u32, client: &mut Client, hint: Option<Hint>, known: SimTime) {
        let wait = hint.and_then(|hint| self.hinted(client, hint));
        self.retry_after(place, client, known, known, wait, Wait::Hint);
    }

    /// A client tries again after the wait that it was told, unless its library would not try at
    /// all; without one as its library does. As [`Self::retry`]: it learns of it at `known`, of an
    /// attempt that started at `start`.
    #[inline(always)]
    pub fn retry_after(
        &mut self,
        place: u32,
        client: &mut Client,
        known: SimTime,
        start: SimTime,
        wait: Option<SimDuration>,
        why: Wait,
    ) {
        match wait {
            Some(wait) if self.library_wait(client, known).is_some() => {
                let until = known.after(wait);
                self.foretell(place, client, known, Fact::Waits { until, why });
                self.schedule_retry(place, client, until);
            }
            _ => self.retry(place, client, known, start),
        }
    }

    /// The client's next attempt starts at `start`, and counts as a retry.
    #[inline(always)]
    pub fn schedule_retry(&mut self, place: u32, client: &mut Client, start: SimTime) {
        client.retries = client.retries.saturating_add(1);
        self.schedule_attempt(place, client, start);
    }

    /// A client does not come back; it is written back, as one that nobody waits for: a storm
    /// that dropped it is not over for its leaving.
    pub fn give_up(&mut self, place: u32, client: &Client, known: SimTime) {
        self.foretell(place, client, known, Fact::GivesUp);
        // One that leaves before it hears of its drop gives nothing up.
        let hears = known < client.leaves && known <= self.end;
        let offline = if hears { Offline::GaveUp } else { client.offline };
        self.clients.put(place, &Client { offline, ..*client });
        if hears {
            self.record.gives_up(known, client.offline);
        }
    }

    /// The wait of a client that honours the hint.
    fn hinted(&self, client: &Client, hint: Hint) -> Option<SimDuration> {
        let draw = self.draw(client, purpose::HINT, client.attempt.wrapping_add(1));
        (draw.unit() < hint.honoured.as_f64()).then(|| hint.within.scaled(draw.again(0).unit()))
    }

    /// The client learns at `known` that it is not connected (of an attempt that
    /// started at `start`), and schedules its next attempt or gives up.
    #[inline(always)]
    pub fn retry(&mut self, place: u32, client: &mut Client, known: SimTime, start: SimTime) {
        let (_, reconnect) = self.group(client);
        let Some(wait) = self.library_wait(client, known) else {
            return self.give_up(place, client, known);
        };
        let from = match reconnect.delay_from {
            DelayFrom::End => known,
            DelayFrom::Start => start,
        };
        let until = from.after(wait).max(known);
        self.foretell(place, client, known, Fact::Waits { until, why: Wait::Backoff });
        self.schedule_retry(place, client, until);
    }

    /// How long a client's library waits that learns at `known` that it is not connected;
    /// `None` when it gives up.
    #[inline(always)]
    pub fn library_wait(&self, client: &Client, known: SimTime) -> Option<SimDuration> {
        let (_, reconnect) = self.group(client);
        let at = Retry {
            draws: self.draws,
            entity: self.entity(client),
            attempt: client.attempt.wrapping_sub(client.first).wrapping_add(1),
            retry: u32::from(client.retries),
            offline: known.since(client.since),
        };
        backoff::wait(reconnect, at)
    }

    /// Draws the age at which a new connection is closed, under `max_age`. One of the start
    /// has been open for a while: what is left follows the law of residual lives.
    #[inline]
    pub fn schedule_aging(&mut self, place: u32, initial: bool) {
        if !W::PLAIN
            && let Rebalance::MaxAge(config) = &self.policy.rebalance
        {
            self.draw_age(place, config, initial);
        }
    }

    #[inline(never)]
    fn draw_age(&mut self, place: u32, config: &max_age::Config, initial: bool) {
        let client = self.clients.get(place);
        let draw = self.draw(&client, purpose::AGE, client.attempt);
        let jitter = config.jitter.as_f64();
        let age = if initial {
            let mean = config.age.as_secs_f64();
            let (min, max) = (mean * (1.0 - jitter), mean * (1.0 + jitter));
            Distribution::Uniform { min, max }.residual(draw)
        } else {
            config.age.scaled(1.0 + jitter * (2.0 * draw.unit() - 1.0))
        };
        let attempt = client.attempt;
        if self.now.after(age) < client.leaves {
            self.at(self.now.after(age), Event::Aged { client: place, attempt });
        }
    }

    /// A connection has reached its age.
    pub fn age(&mut self, place: u32, attempt: u32) {
        let client = self.clients.get(place);
        if client.state == State::Connected && client.attempt & ATTEMPT_MASK == attempt {
            let hint = self.policy.rebalance.pacing().and_then(|pacing| pacing.hint);
            self.drop_connection(place, Drop::Aged(hint));
        }
    }
}

/// Half a client's round trip.
pub(super) const fn half(client: &Client) -> SimDuration {
    SimDuration::from_nanos(client.rtt as u64 / 2)
}

/// A hash of what a client drew; summed, so that the order does not matter.
fn fold(entity: u64, facts: [u64; 3]) -> u64 {
    facts.iter().fold(entity ^ 0x9E37_79B9_7F4A_7C15, |hash, fact| {
        (hash ^ fact).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(29)
    })
}
