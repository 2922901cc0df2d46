//! A connection attempt, from the client's start to the servers' answer.

use super::accept::{Reply, Step};
use super::client::{Client, State};
use super::event::{ATTEMPT_MASK, Event};
use super::purpose;
use super::server::{Door, Handshake};
use super::simulation::Simulation;
use super::witness::Witness;
use crate::engine::{Distribution, SimDuration, SimTime};
use crate::observe::Ended;
use crate::observe::log::{Fact, Obstacle};
use crate::plan::WhenFull;
use crate::policy::RetryAfter;
use crate::routing::BackendId;

/// When an attempt started and until when its client waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    pub start: SimTime,
    pub deadline: SimTime,
}

impl<W: Witness> Simulation<'_, W> {
    /// How long the client waits for its attempt; [`SimDuration::MAX`] for ever.
    #[inline]
    fn patience(&self, client: &Client) -> SimDuration {
        let library = match &self.group(client).1.connect_timeout {
            None => SimDuration::MAX,
            Some(Distribution::Constant(timeout)) => *timeout,
            Some(law) => self.drawn_timeout(client, law),
        };
        if self.loses(client) { library.min(self.kernel_patience(client)) } else { library }
    }

    /// Until when the client waits for its attempt.
    #[inline]
    pub(super) fn deadline(&self, client: &Client, start: SimTime) -> SimTime {
        start.after(self.patience(client))
    }

    /// How long the client waits for its attempt.
    #[inline(never)]
    fn drawn_timeout(&self, client: &Client, law: &Distribution) -> SimDuration {
        law.sample_with(|| self.draw(client, purpose::TIMEOUT, client.attempt))
    }

    /// The client's next attempt starts at `start`, if it is still present then.
    ///
    /// Nothing can keep a waiting client from its attempt but its leaving, whose
    /// time is known; so the attempt is counted, and the first event that it needs scheduled, at once.
    /// The client is written back in any case.
    #[inline(always)]
    pub fn schedule_attempt(&mut self, place: u32, client: &mut Client, start: SimTime) {
        if start >= client.leaves || start > self.end {
            // It leaves before, or the run ends before either.
            return self.clients.put(place, client);
        }
        client.attempt = client.attempt.wrapping_add(1);
        client.state = State::Trying;
        self.clients.put(place, client);
        self.trying += 1;
        let held = self.hold_back_by_browser(place, start);
        let deadline = self.deadline(client, start);
        // What its browser holds back is an attempt when its first packet leaves.
        let counts = start.after(held).min(deadline).min(client.leaves);
        self.record.attempt(counts);
        if W::LISTENS {
            let late = self.lost_time(client);
            self.foretell(place, client, start, Fact::Attempt { held, late, counts });
        }
        let reach = start.after(self.lead(place, client, 0));
        if deadline < reach {
            self.schedule_timeout(place, client, deadline);
        } else if self.has_gateway() {
            let asked = start.after(self.to_gateway(place, client));
            self.at(asked, Event::Ask { client: place, attempt: client.attempt, has_token: false });
        } else {
            self.at(reach, Event::Reach { client: place, attempt: client.attempt, resends: 0 });
        }
    }

    /// The client gives its attempt up at `deadline`, unless it leaves before.
    pub fn schedule_timeout(&mut self, place: u32, client: &Client, deadline: SimTime) {
        if deadline < client.leaves {
            self.at(deadline, Event::Timeout { client: place, attempt: client.attempt });
        }
    }

    /// The client that an event concerns, if this is still its running attempt.
    pub fn live(&self, place: u32, attempt: u32) -> Option<Client> {
        let client = self.clients.get(place);
        let is_live = client.state == State::Trying
            && client.attempt & ATTEMPT_MASK == attempt & ATTEMPT_MASK;
        is_live.then_some(client)
    }

    /// The client gives up its attempt.
    pub fn time_out(&mut self, place: u32, attempt: u32) {
        let Some(mut client) = self.live(place, attempt) else { return };
        // The time-out was drawn for this attempt: drawn again it tells the start.
        let start = match self.patience(&client) {
            SimDuration::MAX => self.now,
            patience => back(self.now, patience),
        };
        let course = Course { start, deadline: self.now };
        self.fail(place, &mut client, Ended::TimedOut, self.now, course);
    }

    /// The request of an attempt reaches the balancer, or the server that the gateway named;
    /// or the balancer has `passed` it on.
    pub fn reach(&mut self, place: u32, attempt: u32, resends: u32, passed: bool) {
        let Some(mut client) = self.live(place, attempt) else { return };
        let course = self.course(place, &client, resends);
        if passed || !self.is_held_up(place, &mut client, resends, course) {
            self.come_to_server(place, &mut client, resends, course);
        }
    }

    /// Whether an attempt does not come to a server now: its packets are lost, or its balancer
    /// is out of order, or busy.
    #[inline]
    fn is_held_up(
        &mut self,
        place: u32,
        client: &mut Client,
        resends: u32,
        course: Course,
    ) -> bool {
        if self.is_cut_off(client) {
            self.tell_client(place, client, None, Fact::Lost(Obstacle::Network));
            self.resend(place, client, None, resends, course);
            return true;
        }
        if self.has_no_balancer() {
            if self.outages.balancer.is_silent() {
                self.tell_client(place, client, None, Fact::Lost(Obstacle::Balancer));
                self.resend(place, client, None, resends, course);
            } else {
                self.tell_client(place, client, None, Fact::Refused(Obstacle::Balancer));
                let heard = self.now.after(self.answer_takes(client));
                self.fail(place, client, Ended::Failed, heard, course);
            }
            return true;
        }
        self.proxies_take_time()
            && self.chosen_before(place, resends).is_none()
            && self.waits_for_proxy(place, client, resends, course.deadline)
    }

    /// The course of an attempt whose request is at the servers now.
    #[inline]
    fn course(&self, place: u32, client: &Client, resends: u32) -> Course {
        let start = back(self.now, self.lead(place, client, resends));
        Course { start, deadline: self.deadline(client, start) }
    }

    /// A server is chosen for an attempt, unless one is already, and the attempt meets it.
    #[inline]
    fn come_to_server(&mut self, place: u32, client: &mut Client, resends: u32, course: Course) {
        let heard = self.now.after(self.answer_takes(client));
        let chosen = self.chosen_before(place, resends);
        let is_chosen = chosen.is_some();
        let backend = chosen.or_else(|| self.choose_or_redispatch(place, client));
        let Some(backend) = backend else {
            self.tell_client(place, client, None, Fact::Refused(Obstacle::NoServer));
            return self.fail(place, client, Ended::Failed, heard, course);
        };
        let index = backend.index() as u32;
        self.tell_client(place, client, Some(index), Fact::Reached);
        match self.servers[backend.index()].door() {
            Door::Open => {}
            door => {
                let fact = match door {
                    Door::Dead => Fact::Lost(Obstacle::Dead),
                    _ => Fact::Refused(Obstacle::Closed),
                };
                self.tell_client(place, client, Some(index), fact);
                // A SYN that is sent again is not placed anew.
                let is_news = !is_chosen || resends == 0;
                let counts = is_news && self.record.counts_at(self.now);
                self.record.counts.stale_placements += u64::from(counts);
                if door == Door::Dead {
                    // Silence is no refusal: nothing tells the balancer to try again.
                    return self.resend(place, client, Some(backend), resends, course);
                }
                if !self.tries_again(place, client, backend, resends, course.deadline) {
                    self.fail(place, client, Ended::Failed, heard, course);
                }
                return;
            }
        }
        let rules = self.rules();
        let refusal = if self.refuses(index) {
            rules.readiness.map(|readiness| readiness.retry_after)
        } else if self.holds_most(index) {
            Some(rules.when_full)
        } else {
            None
        };
        if let Some(hint) = refusal {
            if W::LISTENS {
                let is_ready = !self.refuses(index);
                let why = if is_ready { Obstacle::MaxConnections } else { Obstacle::NotReady };
                self.tell_client(place, client, Some(index), Fact::Refused(why));
            }
            return self.refuse(place, client, backend, resends, course, hint);
        }
        if !self.passes_gate(index) {
            let handshake = self.handshake(place, client, course, index);
            return self.wait_in_line(index, handshake);
        }
        if self.is_full(index) {
            return match self.plan.servers.when_full {
                WhenFull::Reject => {
                    let fact = Fact::Refused(Obstacle::QueueFull);
                    self.tell_client(place, client, Some(index), fact);
                    self.refuse(place, client, backend, resends, course, rules.when_full);
                }
                WhenFull::Drop => {
                    let fact = Fact::Lost(Obstacle::QueueFull);
                    self.tell_client(place, client, Some(index), fact);
                    self.resend(place, client, Some(backend), resends, course);
                }
            };
        }
        let handshake = self.handshake(place, client, course, index);
        self.admit(index, &handshake);
    }

    /// A server turns an attempt away before it is accepted: a balancer may try again.
    #[inline]
    fn refuse(
        &mut self,
        place: u32,
        client: &mut Client,
        by: BackendId,
        resends: u32,
        course: Course,
        hint: Option<RetryAfter>,
    ) {
        if !self.tries_again(place, client, by, resends, course.deadline) {
            let heard = self.now.after(self.answer_takes(client));
            self.fail_hearing(place, client, Ended::Rejected, heard, course, Reply::later(hint));
        }
    }

    /// What the server knows of an admitted attempt.
    #[inline]
    fn handshake(&self, place: u32, client: &Client, course: Course, server: u32) -> Handshake {
        let resumes = self.resumes(place, server);
        let instance = self.instance(client);
        Handshake {
            client: place,
            attempt: client.attempt,
            instance,
            answer: self.answer_takes(client),
            patience: course.deadline.min(client.leaves),
            start: course.start,
            since: self.now,
            work: self.work(client, resumes),
            counted: self.tier.resets(instance),
            step: Step::Work,
            resumes,
        }
    }

    /// The server of an attempt that is chosen already: by the gateway, or when its SYN was
    /// first sent. A SYN that is sent again is of the same flow.
    #[inline]
    fn chosen_before(&self, place: u32, resends: u32) -> Option<BackendId> {
        if resends == 0 && !self.has_gateway() {
            return None;
        }
        let chosen = self.clients.server(place);
        (chosen != UNCHOSEN).then(|| BackendId::new(chosen))
    }

    /// The SYN was lost, on the way to `chosen` if it came as far as the balancer: the
    /// client's kernel sends it again.
    fn resend(
        &mut self,
        place: u32,
        client: &mut Client,
        chosen: Option<BackendId>,
        resends: u32,
        course: Course,
    ) {
        if !self.has_gateway() {
            self.clients.set_server(place, chosen.map_or(UNCHOSEN, |id| id.index() as u32));
        }
        let goes_again = self.kernel(client).sent(self.lost_syns(client) + resends + 1).is_some();
        let time = if goes_again {
            course.start.after(self.lead(place, client, resends + 1))
        } else {
            self.kernel_gives_up(place, client, course.start)
        };
        if let Some(backend) = chosen
            && self.policy.balance.goes_by_counts()
        {
            let instance = self.instance(client);
            self.tier.opened(instance, backend);
            let until = time.min(course.deadline).min(client.leaves);
            let counted = self.tier.resets(instance);
            self.count_until(until, backend.index() as u32, counted, instance);
        }
        if time >= course.deadline {
            self.schedule_timeout(place, client, course.deadline);
        } else if !goes_again {
            self.fail(place, client, Ended::TimedOut, time, course);
        } else {
            let attempt = client.attempt;
            self.tell_client(place, client, None, Fact::SendsAgain { arrives: time });
            self.at(time, Event::Reach { client: place, attempt, resends: resends + 1 });
        }
    }

    /// A server does not answer what a balancer counts to it: that is counted `until` the client is
    /// gone or tries again, as the balancer hears of nothing else. HAProxy and nginx count a
    /// connection from when they have chosen its server (`served`, `conns`) until it is closed.
    pub fn count_until(&mut self, until: SimTime, server: u32, counted: u32, instance: u32) {
        self.servers[server as usize].unanswered += 1;
        self.at(until, Event::Unanswered { server, counted, instance });
    }

    /// An attempt that was cut inside a server: the client hears of it half a round trip later.
    pub fn cut(&mut self, handshake: &Handshake) {
        self.end_inside(handshake, Ended::Failed, Reply::default());
    }

    /// An attempt that was cut inside a server which died silently, or from the network: the client
    /// hears of it at its time-out. When it gives up; `None` if it has.
    pub fn cut_silently(&mut self, handshake: &Handshake) -> Option<SimTime> {
        let mut client = self.live(handshake.client, handshake.attempt)?;
        let (place, start) = (handshake.client, handshake.start);
        let course = Course { start, deadline: self.deadline(&client, start) };
        let gives_up = self.kernel_gives_up(place, &client, start).min(course.deadline);
        self.fail(place, &mut client, Ended::TimedOut, gives_up, course);
        Some(gives_up.min(client.leaves))
    }

    /// An attempt that a server turns away after it was accepted: a close or a 503.
    pub fn turn_away(&mut self, handshake: &Handshake, reply: Reply) {
        self.end_inside(handshake, Ended::Rejected, reply);
    }

    fn end_inside(&mut self, handshake: &Handshake, how: Ended, reply: Reply) {
        if let Some(mut client) = self.live(handshake.client, handshake.attempt) {
            let start = handshake.start;
            let course = Course { start, deadline: self.deadline(&client, start) };
            let heard = self.now.after(self.answer_takes(&client));
            self.fail_hearing(handshake.client, &mut client, how, heard, course, reply);
        }
    }

    /// The attempt has failed, and the client knows at `known`; at its deadline if that comes first.
    pub(super) fn fail(
        &mut self,
        place: u32,
        client: &mut Client,
        how: Ended,
        known: SimTime,
        course: Course,
    ) {
        self.fail_hearing(place, client, how, known, course, Reply::default());
    }

    /// The same, with what whoever turned it away said.
    #[inline]
    pub(super) fn fail_hearing(
        &mut self,
        place: u32,
        client: &mut Client,
        how: Ended,
        known: SimTime,
        course: Course,
        reply: Reply,
    ) {
        let (how, known, reply) = if known > course.deadline {
            (Ended::TimedOut, course.deadline, Reply::default())
        } else {
            (how, known, reply)
        };
        if known >= client.leaves || known > self.end {
            // It leaves first, or the run ends first: the attempt stays under way until then.
            return;
        }
        client.state = State::Idle;
        self.trying -= 1;
        self.record.attempt_ended(known, how);
        self.foretell(place, client, known, Fact::Ended(how));
        self.browser_failed(place, known, known == course.deadline);
        self.retry_hearing(place, client, known, course.start, reply);
    }
}

/// The server of an attempt for which none is chosen yet.
pub(super) const UNCHOSEN: u32 = u32::MAX;

/// `time` so long before, but not before the start of the run.
pub(super) const fn back(time: SimTime, by: SimDuration) -> SimTime {
    SimTime::from_nanos(time.as_nanos().saturating_sub(by.as_nanos()))
}
