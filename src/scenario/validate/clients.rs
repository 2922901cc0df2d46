//! Groups of clients and how they arrive.

use super::accept::{browser, syn_retries};
use super::checker::{Checker, grouped};
use crate::engine::units::Fraction;
use crate::engine::{Distribution, Rate, SimDuration, SimTime};
use crate::plan::{Arrivals, Group, LONGEST_RTT, TraceRow};
use crate::scenario::diagnostic::{Code, Diagnostic};
use crate::scenario::path::Path;
use crate::scenario::schema::forms::{OneOrMany, ShortOr, WordOr};
use crate::scenario::schema::{self, law::Shape};

/// The name of the only group of a scenario without a list of groups.
const ONLY_GROUP: &str = "clients";

/// The library of those who say nothing, the most widely used one.
const USUAL_RECONNECT: &str = "socket.io";

/// Wide-area round trips: median 40 ms, 90% between 18 and 91 ms.
const USUAL_RTT: Distribution = Distribution::LogNormal { median: 0.04, sigma: 0.5 };

const USUAL_ROUND_TRIPS: u64 = 3;

/// Where every other packet is lost there is hardly a network.
const MOST_LOSS: f64 = 0.5;

/// Streams of arrivals, and one of the start for each group: a client knows its own by 16 bits.
const MOST_STREAMS: usize = 1 << 16;

const DAY: SimDuration = SimDuration::from_secs(86_400);

/// What a group states itself, so that it holds whatever library a policy brings.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// Its `connect_timeout`.
    pub timeout: bool,
    /// Its `heartbeat`.
    pub heartbeat: bool,
}

/// What each group states itself.
pub fn own_settings(typed: &OneOrMany<schema::Group>) -> Vec<Own> {
    let groups = match typed {
        OneOrMany::One(one) => std::slice::from_ref(one.as_ref()),
        OneOrMany::Many(many) => many.as_slice(),
    };
    let own = |group: &schema::Group| Own {
        timeout: group.connect_timeout.is_some(),
        heartbeat: group.heartbeat.is_some(),
    };
    groups.iter().map(own).collect()
}

impl Checker<'_> {
    /// All groups, in order; the network of those that have none of their own loses so much.
    pub fn groups(&mut self, typed: &OneOrMany<schema::Group>, loss: f64) -> Vec<Group> {
        let path = Path::root().field("clients");
        let groups = self.some_groups(&path, typed, loss);
        let streams: usize = groups.iter().map(|group| 1 + group.arrivals.len()).sum();
        if streams > MOST_STREAMS {
            let met = format!("{} groups and streams of arrivals", grouped(streams as u64));
            self.out_of_range(&path, met, &format!("at most {}", grouped(MOST_STREAMS as u64)));
        }
        groups
    }

    fn some_groups(
        &mut self,
        path: &Path,
        typed: &OneOrMany<schema::Group>,
        loss: f64,
    ) -> Vec<Group> {
        match typed {
            OneOrMany::One(group) => {
                if group.name.is_some() {
                    let place = path.field("name");
                    let message = "`clients.name` belongs to a list of groups";
                    let fault = self
                        .at(&place, Code::UnknownField, message, "the only group needs no name")
                        .with_help(format!("leave it out; the group is called `{ONLY_GROUP}`"));
                    self.report(fault);
                }
                vec![self.group(path, ONLY_GROUP, group, loss)]
            }
            OneOrMany::Many(groups) => self.named_groups(path, groups, loss),
        }
    }

    fn named_groups(&mut self, path: &Path, groups: &[schema::Group], loss: f64) -> Vec<Group> {
        if groups.is_empty() {
            self.out_of_range(path, "an empty list", "at least one group");
        }
        let mut checked: Vec<Group> = Vec::with_capacity(groups.len());
        for (index, group) in groups.iter().enumerate() {
            let place = path.index(index);
            let Some(name) = &group.name else {
                let message = format!("`{place}` has no `name`: groups in a list need one");
                let span = self.document.opening_span(&place, "expected a field `name`");
                self.report(Diagnostic::new(Code::MissingField, message).about(&place).at(span));
                continue;
            };
            self.name(&place.field("name"), name);
            if let Some(first) = checked.iter().position(|other| other.name == *name) {
                let fault = self.same_name("groups", name, &place, &path.index(first));
                self.report(fault);
            }
            let group = self.group(&place, name, group, loss);
            checked.push(group);
        }
        checked
    }

    /// A name that people see: 1 to 60 characters, none of them a control character.
    pub fn name(&mut self, path: &Path, name: &str) {
        let length = name.chars().count();
        if name.trim().is_empty() {
            self.out_of_range(path, "empty", "a name of 1 to 60 characters");
        } else if length > 60 {
            self.out_of_range(path, format!("{length} characters long"), "1 to 60 characters");
        } else if name.chars().any(char::is_control) {
            self.out_of_range(
                path,
                "a text with control characters",
                "letters, digits, punctuation",
            );
        }
    }

    /// Two elements of one name.
    pub fn same_name(&self, what: &str, name: &str, again: &Path, first: &Path) -> Diagnostic {
        let message = format!("two {what} are named `{name}`");
        let (again, first) = (again.field("name"), first.field("name"));
        let first = self.document.value_span(&first, "the first one");
        self.at(&again, Code::DuplicateName, message, "the same name again").at(first)
    }

    /// The share of packets that a network loses.
    pub fn loss(&mut self, path: &Path, network: &schema::Network) -> f64 {
        let loss = network.loss.unwrap_or(Fraction::ZERO);
        if loss.as_f64() > MOST_LOSS {
            let expected = "at most 0.5";
            self.out_of_range(&path.field("loss"), loss, expected);
        }
        loss.as_f64()
    }

    fn group(&mut self, path: &Path, name: &str, typed: &schema::Group, loss: f64) -> Group {
        let own = typed.network.as_ref();
        let loss = own.map_or(loss, |network| self.loss(&path.field("network"), network));
        let connected = self.clients(&path.field("connected"), typed.connected);
        let presence = self.law(&path.field("presence"), &typed.presence);
        let mean = presence.mean_secs();
        let is_steady = mean.is_finite() && mean > 0.0;
        if typed.connected > 0 && !is_steady {
            self.no_steady_state(path, &path.field("connected"), mean);
        }
        let rtt = typed.rtt.as_ref().map(|law| self.round_trip(&path.field("rtt"), law));
        let round_trips = typed.round_trips.unwrap_or(USUAL_ROUND_TRIPS);
        let reconnect_path = path.field("reconnect");
        let usual =
            schema::Reconnect::Short(schema::reconnect::RuleName(USUAL_RECONNECT.to_owned()));
        let mut reconnect =
            self.reconnect(&reconnect_path, typed.reconnect.as_ref().unwrap_or(&usual));
        if let Some(typed) = &typed.connect_timeout {
            reconnect.connect_timeout = self.connect_timeout(path, typed);
        }
        if let Some(typed) = typed.heartbeat {
            reconnect.heartbeat = self.heartbeat(&path.field("heartbeat"), typed);
        }
        let arrivals = self.arrivals(path, typed, is_steady.then_some(mean));
        self.places_used_again(path, connected, mean);
        let group = Group {
            name: name.to_owned(),
            connected,
            arrivals,
            presence,
            rtt: rtt.unwrap_or(USUAL_RTT),
            round_trips: self.count(&path.field("round_trips"), round_trips, 1..=100),
            loss,
            syn_retries: syn_retries(typed.syn_retries),
            browser: browser(typed.browser),
            reconnect,
        };
        self.retries_take_time(&reconnect_path, &group.reconnect, &group);
        group
    }

    /// The law of round-trip times: a longer one than the longest that is kept is cut to it,
    /// so hardly any may be.
    fn round_trip(&mut self, path: &Path, typed: &schema::law::Law) -> Distribution {
        let law = self.law(path, typed);
        let longest = LONGEST_RTT.as_secs_f64();
        let cut = 1.0 - law.cdf(longest);
        if cut > 0.01 {
            let message = format!(
                "`{path}` is above {longest:.2} s with a probability of {cut:.3}: expected at most 0.01"
            );
            let fault = self
                .at(path, Code::OutOfRange, message, "longer than a round trip may be")
                .with_help(
                    "delays beyond the network belong to `servers.handshake.cost`, or are outages",
                );
            self.report(fault);
        }
        law
    }

    /// Those who come to a group take the places of those who leave it.
    fn places_used_again(&mut self, group: &Path, connected: u32, mean_presence: f64) {
        let mut replaced = f64::from(connected);
        let of_group = format!("{group}.");
        for demand in self.demands.iter_mut().filter(|demand| demand.is_rate) {
            if demand.path.to_string().starts_with(&of_group) {
                demand.stays = mean_presence;
                demand.replaces = std::mem::take(&mut replaced);
            }
        }
    }

    /// A number of clients. What is too many for memory is refused later, with
    /// the memory; here it only has to fit.
    fn clients(&mut self, path: &Path, met: u64) -> u32 {
        self.expected_clients(path, met as f64);
        u32::try_from(met).unwrap_or(u32::MAX)
    }

    fn no_steady_state(&mut self, group: &Path, field: &Path, mean: f64) {
        let presence = group.field("presence");
        let met = if mean.is_finite() { "0" } else { "infinite" };
        let message =
            format!("`{field}` needs a steady state, but the mean of `{presence}` is {met}");
        let presence = self.document.value_span(&presence, format!("its mean is {met}"));
        let fault = self
            .at(field, Code::InfiniteMean, message, "needs a steady state")
            .at(presence)
            .with_help("give `presence` a finite, positive mean");
        self.report(fault);
    }

    fn connect_timeout(
        &mut self,
        group: &Path,
        typed: &ShortOr<WordOr<schema::forms::Never, SimDuration>, Shape>,
    ) -> Option<Distribution> {
        let path = group.field("connect_timeout");
        let law = match typed {
            ShortOr::Short(WordOr::Word(_)) => return None,
            ShortOr::Short(WordOr::Value(constant)) => {
                Distribution::Constant(self.positive(&path, *constant))
            }
            ShortOr::Long(shape) => self.shape(&path, shape),
        };
        Some(law)
    }

    fn arrivals(
        &mut self,
        group: &Path,
        typed: &schema::Group,
        mean_presence: Option<f64>,
    ) -> Vec<Arrivals> {
        let path = group.field("arrivals");
        let list = match &typed.arrivals {
            None | Some(WordOr::Word(_)) => return Vec::new(),
            Some(WordOr::Value(OneOrMany::One(one))) => vec![(path, one.as_ref())],
            Some(WordOr::Value(OneOrMany::Many(many))) => {
                many.iter().enumerate().map(|(index, one)| (path.index(index), one)).collect()
            }
        };
        list.into_iter()
            .filter_map(|(place, one)| {
                self.arrival(group, &place, one, typed.connected, mean_presence)
            })
            .collect()
    }

    /// One way to come; nothing where it is wrong (and reported) or where nobody comes.
    fn arrival(
        &mut self,
        group: &Path,
        path: &Path,
        typed: &schema::Arrivals,
        connected: u64,
        mean_presence: Option<f64>,
    ) -> Option<Arrivals> {
        match typed {
            schema::Arrivals::Poisson { rate: WordOr::Value(rate) } => {
                self.expected_rate(&path.field("poisson.rate"), rate.as_per_second(), 1.0);
                Some(Arrivals::Poisson { rate: *rate })
            }
            schema::Arrivals::Poisson { rate: WordOr::Word(_) } => {
                let place = path.field("poisson.rate");
                let Some(mean) = mean_presence else {
                    self.no_steady_state(group, &place, f64::INFINITY);
                    return None;
                };
                let rate = connected as f64 / mean;
                self.expected_rate(&place, rate, 1.0);
                Some(Arrivals::Poisson { rate: Rate::per_second(rate)? })
            }
            schema::Arrivals::Renewal { interval } => {
                let place = path.field("renewal.interval");
                let interval = self.law(&place, interval);
                let mean = interval.mean_secs();
                if mean <= 0.0 {
                    self.out_of_range(&place, "0 on average", "a mean above 0s");
                    return None;
                }
                self.expected_rate(&place, 1.0 / mean, 1.0);
                Some(Arrivals::Renewal { interval })
            }
            schema::Arrivals::Ramp { clients, over } => {
                let clients = self.clients(&path.field("ramp.clients"), *clients);
                let over = self.positive(&path.field("ramp.over"), *over);
                Some(Arrivals::Ramp { clients, over })
            }
            schema::Arrivals::Burst { clients, at, within } => {
                let clients = self.clients(&path.field("burst.clients"), *clients);
                self.before_the_end(&path.field("burst"), *at);
                Some(Arrivals::Burst { clients, at: SimTime::ZERO.after(*at), within: *within })
            }
            schema::Arrivals::Diurnal { mean, peak_over_trough, period, peak_at } => {
                let place = path.field("diurnal");
                let ratio = place.field("peak_over_trough");
                // mean (1 + a cos): peak over trough is (1 + a) / (1 - a).
                let peak = 2.0 / (1.0 + 1.0 / peak_over_trough);
                self.expected_rate(&place.field("mean"), mean.as_per_second(), peak);
                Some(Arrivals::Diurnal {
                    mean: *mean,
                    peak_over_trough: self.number(&ratio, *peak_over_trough, 1.0, 1e6),
                    period: self.positive(&place.field("period"), period.unwrap_or(DAY)),
                    peak_at: peak_at.unwrap_or_default(),
                })
            }
            schema::Arrivals::Trace { file } => {
                let place = path.field("trace.file");
                let rows = self.trace(&place, file)?;
                self.some_come(&place, file, &rows);
                self.expected_clients(&place, rows.len() as f64);
                Some(Arrivals::Trace { rows })
            }
        }
    }

    /// Reports a trace of which every row is too late for the run; they are sorted by time.
    fn some_come(&mut self, path: &Path, file: &str, rows: &[TraceRow]) {
        let Some(first) = rows.first().filter(|first| first.at >= SimTime::ZERO.after(self.end))
        else {
            return;
        };
        let message = format!(
            "the first arrival of `{file}` is at {}, but the run ends at {}",
            first.at.since(SimTime::ZERO),
            self.end
        );
        let end = Path::root().field("duration");
        let end = self.document.value_span(&end, "the run ends here");
        let fault = self.at(path, Code::AfterTheEnd, message, "nobody of it would come").at(end);
        self.report(fault);
    }
}
