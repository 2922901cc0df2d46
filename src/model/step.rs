//! The loop, and the one `match` on what happens.
//!
//! What is on the way of every attempt, from its event to what is recorded of it, is inlined
//! always: apart each step saves and loads what it is given, which was 5% of the instructions of a
//! storm.

use prefetch_index::prefetch_index;

use super::event::Event;
use super::laws::BrokenLaw;
use super::plain::is_plain;
use super::simulation::{BalanceWatch, Simulation};
use super::witness::{Attentive, Nobody, Witness};
use crate::engine::{Draws, SimTime};
use crate::observe::Observations;
use crate::observe::log::{Fact, Listener};
use crate::plan;

/// Runs one policy in one world with the random numbers of one replication.
///
/// `detail` keeps every server at every sampling step. The result depends on the
/// arguments alone. Cost: about 100 ns an event in a storm of a million clients, their
/// placement at the start included, and 42 where few clients are there at a time; see
/// `benches/run.rs`.
///
/// # Errors
/// A conservation law did not hold: a bug, never the scenario's fault.
pub fn run(
    world: &plan::World,
    policy: &plan::Policy,
    draws: Draws,
    detail: bool,
) -> Result<Observations, BrokenLaw> {
    if is_plain(world, policy) {
        run_ahead(Simulation::new(world, policy, draws, detail, Nobody::<true>))
    } else {
        run_ahead(Simulation::new(world, policy, draws, detail, Nobody::<false>))
    }
}

fn run_ahead<W: Witness>(mut simulation: Simulation<'_, W>) -> Result<Observations, BrokenLaw> {
    simulation.look_ahead();
    Ok(finish(simulation)?.0)
}

/// The same with an event for everything that happens, whether it could be foreseen or not, and
/// with all rules asked, whether there are any or not: what [`run`] is held against. The observations are the same, but for the digest of the events.
///
/// # Errors
/// As those of [`run`].
pub fn run_by_events(
    world: &plan::World,
    policy: &plan::Policy,
    draws: Draws,
    detail: bool,
) -> Result<Observations, BrokenLaw> {
    Ok(finish(Simulation::new(world, policy, draws, detail, Nobody::<false>))?.0)
}

/// The same while somebody listens to what happens; `None` if the listener had heard enough
/// before the end. Event by event, so that each thing is told when it happens.
///
/// # Errors
/// As those of [`run`]; what happened before is told.
pub fn run_told(
    world: &plan::World,
    policy: &plan::Policy,
    draws: Draws,
    listener: &mut dyn Listener,
) -> Result<Option<Observations>, BrokenLaw> {
    let witness = Attentive::new(listener);
    let (observations, all) = finish(Simulation::new(world, policy, draws, false, witness))?;
    Ok(all.then_some(observations))
}

/// Runs to the end, or until nobody listens any more: what was recorded, and whether of all.
fn finish<W: Witness>(
    mut simulation: Simulation<'_, W>,
) -> Result<(Observations, bool), BrokenLaw> {
    let mut events = 0_u64;
    let mut digest = 0_u64;
    loop {
        let (arrives, arrival) = simulation.coming.first();
        let next = simulation.queue.pop_before(arrives, arrival);
        let Some((time, packed)) = next.or_else(|| simulation.next_event()) else { break };
        debug_assert!(time >= simulation.now, "time does not run backwards");
        simulation.now = time;
        if W::LISTENS && !simulation.witness.proceed(time) {
            break;
        }
        events += 1;
        digest = (digest.rotate_left(5) ^ time.as_nanos())
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(packed);
        let event = Event::unpack(packed);
        if event.disturbs() {
            simulation.be_disturbed();
        }
        simulation.step(event)?;
    }
    simulation.now = simulation.end;
    let is_whole = simulation.witness.proceed(simulation.end);
    simulation.look_no_further();
    simulation.read_end();
    simulation.end_messages();
    // The laws of the end hold at the end only.
    if is_whole {
        simulation.check_laws()?;
        simulation.check_messages(true)?;
    }
    let end = simulation.end;
    let draws_digest = simulation.draws_digest;
    let foreseen = simulation.foresight.events;
    let in_progress = simulation.trying;
    let mut observations = simulation.record.finish(in_progress);
    observations.messages = simulation.messages.map(|messages| messages.finish(end));
    observations.draws_digest = draws_digest;
    observations.event_digest = digest;
    observations.events = events + foreseen;
    Ok((observations, is_whole))
}

impl<W: Witness> Simulation<'_, W> {
    /// What happens next, whether a client arrives or it is in the event list.
    #[inline(never)]
    fn next_event(&mut self) -> Option<(SimTime, u64)> {
        if self.queue.open() {
            self.fetch_opened();
        }
        let (arrives, arrival) = self.coming.first();
        self.queue.pop_before(arrives, arrival).or_else(|| {
            let next = self.coming.pop()?;
            self.queue.pass(next.0);
            Some(next)
        })
    }

    /// Fetches the record of every client that an opened slot's events concern, so that
    /// they are in the cache when their turn comes: they do not depend on each
    /// other, so many are on their way together. Halves the time of a storm.
    fn fetch_opened(&self) {
        for packed in self.queue.told() {
            let client = Event::client(packed).or_else(|| {
                let Event::Complete { server, worker } = Event::unpack(packed) else { return None };
                let at = &self.servers[server as usize];
                prefetch_index(at.queue.as_slices().0, 0);
                at.at_work(worker).map(|served| served.client)
            });
            if let Some(client) = client {
                self.clients.fetch(client);
            }
        }
    }

    #[inline(always)]
    fn step(&mut self, event: Event) -> Result<(), BrokenLaw> {
        match event {
            Event::Complete { server, worker } => self.complete(server, worker),
            Event::Uncount { server, counted, instance } => {
                self.uncount_dead(server, counted, instance);
            }
            Event::Unanswered { server, counted, instance } => {
                self.servers[server as usize].unanswered -= 1;
                self.uncount_dead(server, counted, instance);
            }
            Event::Leave { client, first } => self.leave(client, first),
            Event::Timeout { client, attempt } => self.time_out(client, attempt),
            Event::Aged { client, attempt } => self.age(client, attempt),
            Event::Ghost { server, boots, instance } => self.lay_ghost(server, boots, instance),
            Event::WarmedUp => {
                self.tell(Fact::WarmedUp);
                self.record.start_counting(self.now);
                self.clients.forget_drops();
                self.balance = BalanceWatch::default();
                for server in &mut self.servers {
                    server.closing_counts = false;
                }
                self.note_memory();
                self.start_counting_messages();
            }
            Event::Script { index } => self.script(index),
            Event::ScriptEnd { index } => self.script_end(index),
            Event::Booted { server, boots } => self.booted(server, boots),
            Event::Farewell { server, boots } => self.say_farewell(server, boots),
            Event::Deadline { server, boots } => self.grace_is_over(server, boots),
            Event::Rollout { rollout } => self.roll(rollout),
            Event::Scale => self.scale(),
            Event::Probe { server, boots } => self.probe(server, boots),
            Event::ProbeDue { server, number } => self.probe_due(server, number),
            Event::Learn { change, instance } => self.learn(change, instance),
            Event::Propagate { change } => self.propagate(change),
            Event::Report { server, boots } => self.report(server, boots),
            Event::ReportArrives { .. } => self.reports_arrive(),
            Event::Check => self.check(),
            Event::Close { server, list } => self.close_next(server, list),
            Event::Sample { step } => {
                self.sample(step);
                self.check_laws()?;
            }
            Event::Arrive { stream } => self.arrive(stream),
            Event::Answer { service, worker } => self.answer(service, worker),
            Event::Overdue { server, worker } => self.overdue(server, worker),
            Event::Gate { server } => self.look_at_line(server),
            Event::Readiness => self.check_readiness(),
            Event::ReadinessArrives => self.readiness_arrives(),
            Event::Grow => self.grow(),
            Event::Ask { client, attempt, has_token } => {
                self.ask(client, attempt, 0, has_token);
            }
            Event::AskAgain { client, attempt, resends } => {
                self.ask(client, attempt, resends, false);
            }
            Event::Reach { client, attempt, resends } => {
                self.reach(client, attempt, resends, false);
            }
            Event::Forward { client, attempt, resends } => {
                self.reach(client, attempt, resends, true);
            }
            Event::Publish { burst, number } => self.publish(burst, number),
            Event::Personal { block, is_own } => self.personal(block, is_own),
            Event::Attach { server } => self.attach(server),
        }
        Ok(())
    }
}
