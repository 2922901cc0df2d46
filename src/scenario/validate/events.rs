//! What happens to the cluster, checked against the servers of that time.

use super::checker::{Checker, grouped};
use super::fleet::{Fleet, Missing};
use super::servers::MOST_SERVERS;
use crate::engine::SimTime;
use crate::plan::{
    Event, Group, Part, Policy, Return, Servers, SessionState, Verb, Way, Which, server_name,
};
use crate::policy::Balance;
use crate::scenario::diagnostic::{Code, Diagnostic};
use crate::scenario::path::Path;
use crate::scenario::schema;
use crate::scenario::schema::events as typed;
use crate::scenario::schema::forms::ShortOr;
use crate::scenario::suggest;
use crate::scenario::typed::written;

impl Checker<'_> {
    /// The events in order of time, and the number of servers that they and the start give
    /// birth to. Where an autoscaler is at work too, or the number of the start is wrong
    /// (`is_unknown`), who is there is not known.
    pub fn events(
        &mut self,
        typed: &[schema::Event],
        servers: &Servers,
        groups: &[Group],
        is_unknown: bool,
    ) -> (Vec<Event>, usize) {
        let path = Path::root().field("events");
        let mut in_order: Vec<(Path, &schema::Event)> =
            typed.iter().enumerate().map(|(index, event)| (path.index(index), event)).collect();
        in_order.sort_by_key(|(_, event)| event.at);
        let mut fleet = Fleet::new(servers.count, servers.zones.len());
        if is_unknown {
            fleet.lose_count();
        }
        let mut events = Vec::with_capacity(typed.len());
        for (place, event) in in_order {
            self.before_the_end(&place, event.at);
            if let Some(verb) = self.verb(&place, event, &mut fleet, servers, groups) {
                events.push(Event { at: SimTime::ZERO.after(event.at), verb });
            }
        }
        (events, fleet.born())
    }

    /// Reports outages of parts that are not there under any policy.
    pub fn outages_have_their_part(
        &mut self,
        events: &[schema::Event],
        policies: &[Policy],
        has_messages: bool,
    ) {
        for (index, event) in events.iter().enumerate() {
            let Some(outage) = &event.outage else { continue };
            let any = |has: fn(&Policy) -> bool| policies.iter().any(has);
            let (is_there, part, why, help) = match outage.of {
                typed::Part::Balancer => continue,
                typed::Part::Gateway => (
                    any(|policy| matches!(policy.balance, Balance::Gateway(_))),
                    "the gateway",
                    "no policy places by a gateway",
                    "give a policy the balance rule `gateway`",
                ),
                typed::Part::SessionStore => (
                    any(|policy| {
                        matches!(policy.accept.session_state, SessionState::External { .. })
                    }),
                    "the session store",
                    "no policy keeps sessions in one",
                    "give the scenario or a policy a `session_state` that is `external`",
                ),
                typed::Part::Login => (
                    any(|policy| policy.accept.login.is_some()),
                    "the login",
                    "no policy has a login",
                    "give the scenario or a policy a `login`",
                ),
                typed::Part::Broker => (
                    has_messages,
                    "the broker",
                    "there are no messages",
                    "give the scenario `messaging`",
                ),
            };
            if !is_there {
                let path = Path::root().field("events").index(index).field("outage.of");
                let message = format!("`{path}` is {part}, but {why}");
                let fault = self
                    .at(&path, Code::NothingToFail, message, "nothing is out of order")
                    .with_help(help);
                self.report(fault);
            }
        }
    }

    fn verb(
        &mut self,
        path: &Path,
        event: &schema::Event,
        fleet: &mut Fleet,
        servers: &Servers,
        groups: &[Group],
    ) -> Option<Verb> {
        let verbs = [
            ("add", event.add.is_some()),
            ("remove", event.remove.is_some()),
            ("crash", event.crash.is_some()),
            ("deploy", event.deploy.is_some()),
            ("disconnect", event.disconnect.is_some()),
            ("slow", event.slow.is_some()),
            ("outage", event.outage.is_some()),
            ("load", event.load.is_some()),
        ];
        self.exactly_one(path, "the event", &verbs)?;
        if let Some(count) = event.add {
            return self.add(&path.field("add"), count, fleet);
        }
        if let Some(remove) = &event.remove {
            return self.remove(&path.field("remove"), remove, fleet, servers);
        }
        if let Some(crash) = &event.crash {
            return self.crash(&path.field("crash"), crash, fleet, servers);
        }
        if let Some(deploy) = &event.deploy {
            let deploy = self.deploy(&path.field("deploy"), deploy);
            if !matches!(deploy.way, Way::OneByOne { in_place: true, .. }) {
                fleet.replace();
            }
            return Some(Verb::Deploy(deploy));
        }
        if let Some(disconnect) = &event.disconnect {
            return self.disconnect(&path.field("disconnect"), disconnect, groups);
        }
        if let Some(slow) = &event.slow {
            return self.slow(&path.field("slow"), slow, fleet, servers);
        }
        if let Some(outage) = &event.outage {
            return Some(self.outage(&path.field("outage"), outage));
        }
        let typed::Load { factor, lasting } = *event.load.as_ref()?;
        Some(Verb::Load {
            factor: self.number(&path.field("load.factor"), factor, 0.0, 1e6),
            lasting: self.positive(&path.field("load.for"), lasting),
        })
    }

    fn add(&mut self, path: &Path, typed: u64, fleet: &mut Fleet) -> Option<Verb> {
        let born = u32::try_from(fleet.born()).unwrap_or(MOST_SERVERS);
        let room = MOST_SERVERS.saturating_sub(born);
        if room == 0 {
            let message = format!(
                "`{path}` is {typed}, but {} servers have been born by then; the limit is {}",
                grouped(fleet.born() as u64),
                grouped(u64::from(MOST_SERVERS))
            );
            let fault = self.at(path, Code::OutOfRange, message, "no more can be born");
            self.report(fault);
            return None;
        }
        let Some(count) = self.count_within(path, typed, 1..=room) else {
            fleet.lose_count();
            return None;
        };
        fleet.add(count);
        Some(Verb::Add(count))
    }

    fn remove(
        &mut self,
        path: &Path,
        typed: &ShortOr<u64, typed::Remove>,
        fleet: &mut Fleet,
        servers: &Servers,
    ) -> Option<Verb> {
        let (choice, drain) = match typed {
            ShortOr::Short(count) => (ShortOr::Short(*count), None),
            ShortOr::Long(remove) => {
                let drain = remove.drain.as_ref();
                let drain = drain.map(|drain| self.drain(&path.field("drain"), drain));
                (ShortOr::Long(remove.which()), drain)
            }
        };
        let which = self.which(path, &choice, fleet, servers)?;
        Some(Verb::Remove { which, drain })
    }

    fn crash(
        &mut self,
        path: &Path,
        typed: &ShortOr<u64, typed::Crash>,
        fleet: &mut Fleet,
        servers: &Servers,
    ) -> Option<Verb> {
        let (choice, silently, lasting) = match typed {
            ShortOr::Short(count) => (ShortOr::Short(*count), false, None),
            ShortOr::Long(crash) => {
                let lasting = crash.lasting;
                let lasting = lasting.map(|time| self.positive(&path.field("for"), time));
                (ShortOr::Long(crash.which()), crash.silently, lasting)
            }
        };
        // Those that come back are there for later events.
        let mut copy = fleet.clone();
        let fleet = if lasting.is_some() { &mut copy } else { fleet };
        let which = self.which(path, &choice, fleet, servers)?;
        Some(Verb::Crash { which, silently, lasting })
    }

    fn slow(
        &mut self,
        path: &Path,
        typed: &typed::Slow,
        fleet: &Fleet,
        servers: &Servers,
    ) -> Option<Verb> {
        let which = self.which(path, &ShortOr::Long(typed.which()), &mut fleet.clone(), servers)?;
        if !(typed.factor > 0.0 && typed.factor <= 1e6) {
            let expected = "more than 0, at most 1,000,000";
            self.out_of_range(&path.field("factor"), written(typed.factor), expected);
        }
        let lasting = self.positive(&path.field("for"), typed.lasting);
        Some(Verb::Slow { which, factor: typed.factor, lasting })
    }

    fn disconnect(
        &mut self,
        path: &Path,
        typed: &typed::Disconnect,
        groups: &[Group],
    ) -> Option<Verb> {
        let group = match &typed.group {
            None => None,
            Some(name) => Some(self.group_named(&path.field("group"), name, groups)?),
        };
        if typed.back_within.is_some() && typed.lasting.is_none() {
            let place = path.field("back_within");
            let message = format!("`{path}` has `back_within` without `for`");
            let span = self.document.name_span(&place, "belongs to `for`");
            self.report(Diagnostic::new(Code::ChooseOne, message).about(path).at(span));
        }
        let back = typed.lasting.map(|after| Return {
            after: self.positive(&path.field("for"), after),
            within: typed.back_within.unwrap_or_default(),
        });
        let fraction = typed.fraction.as_f64();
        Some(Verb::Disconnect { fraction, group, silently: typed.silently, back })
    }

    fn outage(&mut self, path: &Path, typed: &typed::Outage) -> Verb {
        let of = match typed.of {
            typed::Part::Gateway => Part::Gateway,
            typed::Part::Balancer => Part::Balancer,
            typed::Part::SessionStore => Part::SessionStore,
            typed::Part::Login => Part::Login,
            typed::Part::Broker => Part::Broker,
        };
        let lasting = self.positive(&path.field("for"), typed.lasting);
        if typed.silently && matches!(of, Part::SessionStore | Part::Login | Part::Broker) {
            // Their own time-outs say how long a server waits for one that is slow.
            let place = path.field("silently");
            self.out_of_range(&place, true, "false: a service that is out refuses its calls");
        }
        Verb::Outage { of, lasting, silently: typed.silently }
    }

    fn group_named(&mut self, path: &Path, name: &str, groups: &[Group]) -> Option<u32> {
        let found = groups.iter().position(|group| group.name == name);
        if found.is_none() {
            let message = format!("`{path}` is `{name}`, but no group of clients has this name");
            let names = groups.iter().map(|group| group.name.as_str());
            let fault = self
                .at(path, Code::UnknownGroup, message, "no such group")
                .with_help_if(suggest::help("group", name, names));
            self.report(fault);
        }
        found.and_then(|index| u32::try_from(index).ok())
    }

    /// The servers that an event hits, which then leave the fleet.
    fn which(
        &mut self,
        path: &Path,
        typed: &ShortOr<u64, typed::Which<'_>>,
        fleet: &mut Fleet,
        servers: &Servers,
    ) -> Option<Which> {
        let (place, which) = match typed {
            ShortOr::Short(count) => {
                let count = self.count_within(path, *count, 1..=MOST_SERVERS)?;
                (path.clone(), Which::Newest(count))
            }
            ShortOr::Long(which) => self.picked(path, *which, servers)?,
        };
        let missing = fleet.take(&which);
        for what in &missing {
            self.missing(&place, &which, what, fleet);
        }
        missing.is_empty().then_some(which)
    }

    fn picked(
        &mut self,
        path: &Path,
        typed: typed::Which<'_>,
        servers: &Servers,
    ) -> Option<(Path, Which)> {
        let ways = [
            ("count", typed.count.is_some()),
            ("servers", typed.servers.is_some()),
            ("zone", typed.zone.is_some()),
        ];
        let way = self.exactly_one(path, "the choice of servers", &ways)?;
        if typed.pick.is_some() && way != "count" {
            let message = format!("`{path}` has `pick` beside `{way}`");
            let span = self.document.name_span(&path.field("pick"), "belongs to `count`");
            self.report(Diagnostic::new(Code::ChooseOne, message).about(path).at(span));
        }
        let place = path.field(way);
        if let Some(names) = typed.servers {
            return Some((place.clone(), Which::Servers(self.server_names(&place, names)?)));
        }
        if let Some(zone) = typed.zone {
            return Some((place.clone(), Which::Zone(self.zone_named(&place, zone, servers)?)));
        }
        let count = self.count_within(&place, typed.count?, 1..=MOST_SERVERS)?;
        let which = match typed.pick {
            None | Some(typed::Pick::Newest) => Which::Newest(count),
            Some(typed::Pick::Oldest) => Which::Oldest(count),
            Some(typed::Pick::Random) => Which::Random(count),
            Some(typed::Pick::Fewest) => Which::Fewest(count),
            Some(typed::Pick::Most) => Which::Most(count),
            Some(typed::Pick::RingCheapest) => Which::Cheapest(count),
            Some(typed::Pick::Kubernetes) => Which::ReplicaSet(count),
            Some(typed::Pick::Aws) => Which::Aws(count),
        };
        Some((place, which))
    }

    fn zone_named(&mut self, path: &Path, name: &str, servers: &Servers) -> Option<u32> {
        let found = servers.zones.iter().position(|zone| zone == name);
        if found.is_none() {
            let message = format!("`{path}` is `{name}`, but no server is in a zone of this name");
            let zones = Path::root().field("servers.zones");
            let declared = self.document.own_place(&zones).is_some();
            let mut fault = self.at(path, Code::UnknownZone, message, "no such zone").with_help_if(
                suggest::help("zone", name, servers.zones.iter().map(String::as_str)),
            );
            if declared {
                fault = fault.at(self.document.value_span(&zones, "the zones"));
            }
            self.report(fault);
        }
        found.and_then(|index| u32::try_from(index).ok())
    }

    /// s1 is server 0.
    fn server_names(&mut self, path: &Path, names: &[String]) -> Option<Vec<u32>> {
        if names.is_empty() {
            self.out_of_range(path, "an empty list", "at least one server");
        }
        let mut indices = Vec::with_capacity(names.len());
        for (position, name) in names.iter().enumerate() {
            let number = name.strip_prefix('s').and_then(|digits| digits.parse::<u32>().ok());
            match number.and_then(|number| number.checked_sub(1)) {
                Some(index) if *name == server_name(index) => indices.push(index),
                _ => {
                    let message = format!("`{name}` is no server's name");
                    let place = path.index(position);
                    let fault = self
                        .at(&place, Code::UnknownServer, message, "no such server")
                        .with_help("servers are named s1, s2, ... in order of birth");
                    self.report(fault);
                }
            }
        }
        let are_names = indices.len() == names.len() && !names.is_empty();
        (self.all_differ(path, "of these servers", names) && are_names).then_some(indices)
    }

    fn missing(&mut self, path: &Path, which: &Which, missing: &Missing, fleet: &Fleet) {
        let count = Path::root().field("servers.count");
        let count = self.document.value_span(&count, "servers at the start");
        let named = |index: u32| match which {
            Which::Servers(indices) => {
                let position = indices.iter().position(|&other| other == index);
                position.map_or_else(|| path.clone(), |position| path.index(position))
            }
            _ => path.clone(),
        };
        let fault = match *missing {
            Missing::TooFew { present } => {
                let message =
                    format!("`{path}` takes more servers than the {present} that there are");
                self.at(path, Code::TooFewServers, message, format!("{present} at this time"))
                    .at(count)
            }
            Missing::Unborn(index) => {
                let (place, name) = (named(index), server_name(index));
                let message = format!(
                    "`{place}` is `{name}`, but {} servers exist at this time",
                    fleet.born()
                );
                self.at(&place, Code::UnknownServer, message, "no such server at this time")
                    .at(count)
            }
            Missing::Gone(index) => {
                let (place, name) = (named(index), server_name(index));
                let message = format!("`{place}` is `{name}`, which is gone at this time");
                self.at(&place, Code::UnknownServer, message, "taken away before")
            }
            Missing::Unknowable(index) => {
                let (place, name) = (named(index), server_name(index));
                let message =
                    format!("`{place}` is `{name}`, but servers were taken at random before");
                self.at(&place, Code::UnknownServer, message, "may be gone at this time")
                    .with_help("take a count or a zone instead, or name those that leave before")
            }
        };
        self.report(fault);
    }
}
