//! The model writes here as it runs: totals, integrals, series, histograms.

use super::bins::Bins;
use super::busiest::Busiest;
use super::histogram::{Tally, Times};
use super::storm::Storm;
use super::waits::Waits;
use super::{
    Censored, Counts, Gauge, LatencyGrid, Observations, Recovery, Saturation, Series, SeriesId,
    ServerSeries, Services,
};
use crate::engine::{SimDuration, SimTime};

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Turned away.
    Rejected,
    /// The client gave up at its time-out.
    TimedOut,
    /// Cut by a crash or a removal, or no server was known.
    Failed,
    /// The client left.
    Abandoned,
}

/// Attempts since the start of the run, warm-up included: what the conservation laws are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Started, or scheduled to start before anything can keep them from it.
    pub attempts: u64,
    /// Opened a connection.
    pub accepted: u64,
    /// Ended otherwise: the sum over [`Ended`].
    pub ended: u64,
    /// Clients that came, those of the start included.
    pub came: u64,
    /// Clients that left.
    pub left: u64,
}

/// Why a client is offline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Offline {
    /// It has just come.
    #[default]
    Came,
    /// The cluster dropped it: part of a disruption.
    Dropped,
    /// The cluster dropped it for a reason of its own, which disrupts nothing: its connection
    /// was old, or it read too slowly.
    Singly,
    /// It gave up: nobody waits for it.
    GaveUp,
}

/// What is recorded of a run.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// Metrics count from here on.
    from: SimTime,
    end: SimTime,
    step: SimDuration,
    /// The steps, as bins of time.
    bins: Bins,
    /// Totals for metrics, since `from`.
    pub counts: Counts,
    /// Totals for laws, since the start.
    pub totals: Totals,
    /// Clients present.
    pub present: Gauge,
    /// Clients connected, as the servers see it.
    pub connected: Gauge,
    /// Attempts in accept queues.
    pub queued: Gauge,
    /// Handshake workers at work.
    pub busy: Gauge,
    /// Handshake workers of ready and draining servers.
    pub workers: Gauge,
    /// Servers that exist: booting, ready and draining ones.
    pub servers: Gauge,
    /// 1 while the instances of the balancing tier know different servers.
    pub disagreement: Gauge,
    /// Whether some accept queue is full.
    saturation: Saturation,
    /// Open connections that are not on their key's owner.
    pub misplaced: Gauge,
    /// The session store and the login.
    pub services: Services,
    series: Vec<Vec<f64>>,
    /// Attempts, for the busiest second.
    attempts: Busiest,
    /// How long it took to connect: those who had just come, and those who had been dropped.
    arrival: Waits,
    recovery: Waits,
    wait: Times,
    drops: Tally,
    /// The latest disruptive event.
    trigger: Option<SimTime>,
    /// The storm that goes on, or was the last.
    storm: Option<Storm>,
    /// The slowest of those before it.
    slowest: Option<Recovery>,
    /// Every server at every step, where that is wanted.
    pub detail: Option<ServerSeries>,
    /// Connects by time and latency, where that is wanted, and its columns.
    connects: Option<(LatencyGrid, Bins)>,
}

impl Recorder {
    /// Records from time 0 until `end`; metrics count from `from` on.
    pub fn new(from: SimTime, end: SimTime, step: SimDuration, detail: bool) -> Self {
        let steps = end.as_nanos().div_ceil(step.as_nanos()) as usize;
        Self {
            from,
            end,
            step,
            bins: Bins::new(step.as_nanos()),
            counts: Counts::default(),
            totals: Totals::default(),
            present: Gauge::default(),
            connected: Gauge::default(),
            queued: Gauge::default(),
            busy: Gauge::default(),
            workers: Gauge::default(),
            servers: Gauge::default(),
            disagreement: Gauge::default(),
            saturation: Saturation::default(),
            misplaced: Gauge::default(),
            services: Services::default(),
            series: series(steps),
            attempts: Busiest::new(end),
            arrival: Waits::default(),
            recovery: Waits::default(),
            wait: Times::default(),
            drops: Tally::default(),
            trigger: None,
            storm: None,
            slowest: None,
            detail: detail.then(ServerSeries::default),
            connects: detail.then(|| {
                let grid = LatencyGrid::new(end, step);
                let columns = grid.bins();
                (grid, columns)
            }),
        }
    }

    /// There are messages: their series are recorded too.
    pub fn watch_messages(&mut self) {
        let steps = self.series[0].len();
        for id in SeriesId::ALL.into_iter().filter(|id| id.is_of_messages()) {
            self.series[id as usize].resize(steps, 0.0);
        }
    }

    /// How many sampling steps there are; the last may be shorter than the others.
    pub fn steps(&self) -> u32 {
        self.series[0].len() as u32
    }

    /// Width of step `step`.
    pub fn width(&self, step: u32) -> SimDuration {
        let start = SimTime::from_nanos(self.step.as_nanos() * u64::from(step));
        self.step.min(self.end.since(start))
    }

    /// The warm-up is over: integrals start again.
    pub fn start_counting(&mut self, now: SimTime) {
        for gauge in [
            &mut self.present,
            &mut self.connected,
            &mut self.queued,
            &mut self.busy,
            &mut self.workers,
            &mut self.servers,
            &mut self.disagreement,
            &mut self.misplaced,
        ] {
            gauge.restart(now);
        }
        self.saturation.restart(now);
        self.services.restart(now);
        self.counts.peak_servers = self.servers.value() as u32;
        self.storm = None;
        self.slowest = None;
    }

    /// Whether what happens at `time` counts for metrics.
    pub fn counts_at(&self, time: SimTime) -> bool {
        time >= self.from
    }

    /// All that happens before `now` has been said.
    pub fn pass(&mut self, now: SimTime) {
        self.attempts.pass(now);
    }

    /// Whether a span that ends at `end` counts for metrics: some of it lies after the warm-up.
    pub fn counts_until(&self, end: SimTime) -> bool {
        end > self.from
    }

    /// Adds to a series at a step.
    pub fn add(&mut self, step: u32, id: SeriesId, value: f64) {
        self.series[id as usize][step as usize] += value;
    }

    /// Sets a series at a step.
    pub fn sample(&mut self, step: u32, id: SeriesId, value: f64) {
        self.series[id as usize][step as usize] = value;
    }

    #[inline(always)]
    fn count(&mut self, time: SimTime, id: SeriesId) {
        let step = self.bins.of(time.as_nanos()) as usize;
        let row = &mut self.series[id as usize];
        if let Some(bin) = row.get_mut(step) {
            *bin += 1.0;
        } else if let Some(bin) = row.last_mut() {
            // The last instant is of the last step.
            *bin += 1.0;
        }
    }

    /// A client comes.
    pub fn arrival(&mut self, now: SimTime, initial: bool) {
        self.totals.came += 1;
        self.present.add(now, 1);
        if !initial && self.counts_at(now) {
            self.counts.arrivals += 1;
        }
    }

    /// A client leaves, after having been dropped so many times.
    pub fn departure(&mut self, now: SimTime, drops: u16) {
        self.totals.left += 1;
        self.present.sub(now, 1);
        if self.counts_at(now) {
            self.counts.departures += 1;
            self.client_ends(drops);
        }
    }

    /// What is to be known of a client at its end, or at the end of the run.
    pub fn client_ends(&mut self, drops: u16) {
        if drops > 0 {
            self.counts.clients_dropped += 1;
            self.drops.record(drops);
        }
    }

    /// An attempt starts at `start`, which may lie a little ahead.
    pub fn attempt(&mut self, start: SimTime) {
        self.totals.attempts += 1;
        // One that its browser holds back beyond the end sends nothing.
        if start > self.end {
            return;
        }
        self.count(start, SeriesId::Attempts);
        if self.counts_at(start) {
            self.counts.attempts += 1;
            self.attempts.count(start);
        }
    }

    /// An attempt ends without a connection.
    pub fn attempt_ended(&mut self, time: SimTime, how: Ended) {
        self.totals.ended += 1;
        match how {
            Ended::Rejected | Ended::Failed => self.count(time, SeriesId::Rejected),
            Ended::TimedOut => {
                self.count(time, SeriesId::TimedOut);
                if let Some((connects, columns)) = &mut self.connects {
                    connects.timed_out(columns.of(time.as_nanos()));
                }
            }
            Ended::Abandoned => {}
        }
        if self.counts_at(time) {
            match how {
                Ended::Rejected => self.counts.rejected += 1,
                Ended::TimedOut => self.counts.timed_out += 1,
                Ended::Failed => self.counts.failed += 1,
                Ended::Abandoned => self.counts.abandoned += 1,
            }
        }
    }

    /// Something disrupts the cluster: what is dropped from now on is a storm of its own,
    /// unless one is still going on.
    pub fn disrupted(&mut self, now: SimTime) {
        self.trigger = Some(now);
        if let Some(storm) = self.storm.take_if(|storm| storm.is_over()) {
            self.slowest = slower(self.slowest.take(), Some(storm.recovery(now)));
        }
    }

    /// A connection opens, which its client hears of at `heard`; it was offline since `since`.
    #[inline(always)]
    pub fn accepted(&mut self, now: SimTime, heard: SimTime, since: SimTime, why: Offline) {
        let offline = heard.since(since);
        self.totals.accepted += 1;
        self.connected.add(now, 1);
        self.count(now, SeriesId::Accepted);
        if let Some((connects, columns)) = &mut self.connects {
            connects.opened(columns.of(now.as_nanos()), offline);
        }
        self.back(heard, since, why);
        if self.counts_at(now) {
            self.counts.accepted += 1;
            self.waits(why).end(offline);
        }
    }

    /// A connection has opened; whether with its client's session.
    pub fn resumed(&mut self, now: SimTime, with_session: bool) {
        if with_session && self.counts_at(now) {
            *self.counts.resumed.get_or_insert(0) += 1;
        }
    }

    /// An attempt leaves the line in front of a gate, where it has waited so long.
    pub fn left_line(&mut self, now: SimTime, waited: SimDuration) {
        if self.counts_at(now) {
            self.counts.line_left += 1;
            self.counts.line_waited += u128::from(waited.as_nanos());
        }
    }

    /// A service takes a call up that has waited so long.
    pub fn call_begins(&mut self, now: SimTime, service: u32, waited: SimDuration) {
        self.services.begins(now, service, waited, self.counts_at(now));
    }

    /// A service is done with a call.
    pub fn call_ends(&mut self, now: SimTime, service: u32) {
        self.services.ends(now, service);
    }

    /// A service turned a call away, lost it, or did not answer in time.
    pub fn call_refused(&mut self, now: SimTime, service: u32) {
        self.services.refused(service, self.counts_at(now));
    }

    /// A client left that was offline since `since`.
    pub fn left_offline(&mut self, now: SimTime, since: SimTime, why: Offline) {
        self.back(now, since, why);
        self.still_offline(now, since, why);
    }

    /// A client that is offline since `since` is watched no longer.
    pub fn still_offline(&mut self, now: SimTime, since: SimTime, why: Offline) {
        if why != Offline::GaveUp && self.counts_at(now) {
            self.waits(why).break_off(now.since(since));
        }
    }

    /// A client that is offline gives up at `time`.
    pub fn gives_up(&mut self, time: SimTime, why: Offline) {
        if !self.counts_at(time) {
            return;
        }
        self.counts.given_up += 1;
        // Whom the cluster closed for a reason of its own, and who wants no more of it, misses nothing.
        if why != Offline::Singly {
            self.waits(why).never_end();
        }
    }

    /// The waits of those who are offline for this reason.
    #[inline(always)]
    fn waits(&mut self, why: Offline) -> &mut Waits {
        if why == Offline::Came { &mut self.arrival } else { &mut self.recovery }
    }

    /// A client that was offline since `since` is waited for no longer.
    #[inline]
    fn back(&mut self, now: SimTime, since: SimTime, why: Offline) {
        if why == Offline::Dropped
            && let Some(storm) = &mut self.storm
        {
            storm.back(since, now);
        }
    }

    /// A worker takes up a handshake that has waited so long.
    #[inline(always)]
    pub fn handshake(&mut self, now: SimTime, waited: SimDuration) {
        if self.counts_at(now) {
            self.counts.handshakes += 1;
            self.counts.handshakes_without_wait += u64::from(waited.is_zero());
            self.wait.record(waited);
        }
    }

    /// The cluster drops a connection: `moved` by its rebalancing rule, `in_storm` as part of
    /// a disruption.
    pub fn dropped(&mut self, now: SimTime, moved: bool, in_storm: bool) {
        self.connected.sub(now, 1);
        self.count(now, SeriesId::Dropped);
        if in_storm && let Some(trigger) = self.trigger {
            let end = self.end;
            self.storm.get_or_insert_with(|| Storm::new(trigger, now, end)).drop_one();
        }
        if self.counts_at(now) {
            self.counts.dropped += 1;
            self.counts.moved += u64::from(moved);
        }
    }

    /// An accept queue becomes full, or is no longer.
    pub fn queue_full(&mut self, now: SimTime, full: bool) {
        self.saturation.set(now, full);
    }

    /// An accept queue becomes full, and is so until `until`.
    pub fn queue_full_until(&mut self, now: SimTime, until: SimTime) {
        self.saturation.full_until(now, until);
    }

    /// The run is over.
    pub fn finish(mut self, in_progress: u64) -> Observations {
        let (from, end) = (self.from, self.end);
        let counts = &mut self.counts;
        counts.span = end.since(from);
        counts.in_progress = in_progress;
        counts.present_time = self.present.integral(end);
        counts.connected_time = self.connected.integral(end);
        counts.queued_time = self.queued.integral(end);
        counts.busy_time = self.busy.integral(end);
        counts.worker_time = self.workers.integral(end);
        counts.server_time = self.servers.integral(end);
        counts.disagreement_time = self.disagreement.integral(end) as u64;
        counts.saturated_time = self.saturation.time(end);
        [counts.store, counts.login] = self.services.finish(end);
        counts.peak_attempts = self.attempts.most();
        self.per_second();
        self.arrival.add(&self.recovery);
        let (connect, connect_survival) = self.arrival.finish();
        let (recovery, recovery_survival) = self.recovery.finish();
        Observations {
            counts: self.counts,
            series: Series { step: self.step, rows: self.series },
            servers: self.detail,
            connects: self.connects.map(|(connects, _)| connects),
            connect,
            connect_survival,
            wait: self.wait.finish(),
            recovery,
            recovery_survival,
            storm: slower(self.slowest, self.storm.map(|storm| storm.recovery(end))),
            drops_per_client: self.drops.finish(),
            messages: None,
            draws_digest: 0,
            event_digest: 0,
            events: 0,
        }
    }

    /// Turns counts per step into rates per second.
    fn per_second(&mut self) {
        let rates = [
            SeriesId::Attempts,
            SeriesId::Accepted,
            SeriesId::Rejected,
            SeriesId::TimedOut,
            SeriesId::Dropped,
        ];
        for step in 0..self.steps() {
            let width = self.width(step).as_secs_f64();
            for id in rates {
                self.series[id as usize][step as usize] /= width;
            }
        }
    }
}

/// The slower of two recoveries: one that is cut off by the end of the run is the slowest.
fn slower(one: Option<Recovery>, other: Option<Recovery>) -> Option<Recovery> {
    let rank = |recovery: &Recovery| match recovery.time {
        Censored::At(time) => time,
        Censored::Beyond(_) => f64::INFINITY,
    };
    [one, other].into_iter().flatten().max_by(|a, b| rank(a).total_cmp(&rank(b)))
}

/// The rows of a run without messages.
fn series(steps: usize) -> Vec<Vec<f64>> {
    let length = |id: SeriesId| if id.is_of_messages() { 0 } else { steps };
    SeriesId::ALL.into_iter().map(|id| vec![0.0; length(id)]).collect()
}
