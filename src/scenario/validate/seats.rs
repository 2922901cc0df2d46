//! Whether rules that place by numbered seats have one for all whom they may have to place.

use super::checker::{Checker, grouped};
use super::fleet::Fleet;
use crate::plan::{Deploy, Event, Policy, Servers, Verb, Way};
use crate::policy::Balance;
use crate::policy::rollout::Amount;
use crate::scenario::diagnostic::Code;
use crate::scenario::path::Path;

/// The most that a `memento` has; it needs no capacity.
const SEATS_OF_MEMENTO: u32 = 1 << 24;

impl Checker<'_> {
    /// Reports rules with fewer seats than the servers take that may be there at a time: some
    /// would get nothing, and not for what the rule does.
    pub fn seats_for_all(&mut self, policies: &[Policy], servers: &Servers, events: &[Event]) {
        for (index, policy) in policies.iter().enumerate() {
            let seats = match &policy.balance {
                Balance::Anchor(config) => config.capacity,
                Balance::Memento(_) => SEATS_OF_MEMENTO,
                _ => continue,
            };
            let (start, most) = taken(servers, events, policy.scale.most());
            if most <= u64::from(seats) {
                continue;
            }
            let path = Path::root().field("policies").index(index).field("balance");
            let whose = if start == most {
                "the servers"
            } else {
                "the servers, with those that join them,"
            };
            let message = format!(
                "`{path}` has {} seats, and the weights of {whose} add up to {}: some would get nothing",
                grouped(u64::from(seats)),
                grouped(most)
            );
            let help = match &policy.balance {
                Balance::Anchor(_) => {
                    format!("`capacity`: {most} or more, a tenth more is fastest")
                }
                _ => "give lower weights, or fewer servers".to_owned(),
            };
            let fault = self.at(&path, Code::OutOfRange, message, "too few seats").with_help(help);
            self.report(fault);
        }
    }
}

/// The weights of the servers of the start, and of those that there may be at a time: what events
/// add, what deploys start beside those that they replace, and where an autoscaler may go.
fn taken(servers: &Servers, events: &[Event], scaled: u32) -> (u64, u64) {
    let mut fleet = Fleet::new(servers.count, servers.zones.len());
    let start = fleet.weight(&servers.weights);
    let mut most = start;
    for event in events {
        match &event.verb {
            Verb::Add(count) => fleet.add(*count),
            Verb::Remove { which, .. } | Verb::Crash { which, lasting: None, .. } => {
                // What is wrong with it has been told of where the events are checked.
                fleet.take(which);
            }
            Verb::Deploy(deploy) => {
                let wanted = u32::try_from(fleet.size()).unwrap_or(u32::MAX);
                most = most.max(fleet.weight_with(beside(deploy, wanted), &servers.weights));
                if !matches!(deploy.way, Way::OneByOne { in_place: true, .. }) {
                    fleet.replace();
                }
            }
            _ => {}
        }
        most = most.max(fleet.weight(&servers.weights));
    }
    if scaled > 0 {
        let deploys = events.iter().filter_map(|event| match &event.verb {
            Verb::Deploy(deploy) => Some(beside(deploy, scaled)),
            _ => None,
        });
        let fleet = Fleet::new(scaled, servers.zones.len());
        let more = deploys.max().unwrap_or(0);
        most = most.max(fleet.weight_with(more, &servers.weights));
    }
    (start, most)
}

/// How many servers a deploy may start beside so many that are wanted.
fn beside(deploy: &Deploy, wanted: u32) -> u32 {
    let of = |surge: Amount| surge.rounded_up(wanted);
    match deploy.way {
        Way::Rolling { surge, .. } => of(surge),
        Way::Canary { servers, surge, .. } => servers.min(wanted).max(of(surge)),
        Way::BlueGreen => wanted,
        Way::OneByOne { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Overrides, read_text};

    /// Whether four servers of weight 1 have seats enough through these events.
    fn is_enough(capacity: u32, events: &str) -> bool {
        let text = format!(
            r#"{{"name": "x", "duration": "1m", "clients": {{"presence": "1m"}},
            "servers": {{"count": 4}}, "policies": [{{"name": "a", "balance":
            {{"anchor": {{"capacity": {capacity}}}}}}}], "events": [{events}]}}"#
        );
        match read_text("x.json", text, std::path::Path::new(""), &Overrides::default()) {
            Ok(_) => true,
            Err(faults) => {
                assert!(
                    faults.iter().all(|fault| fault.message.contains(" seats, ")),
                    "{faults:?}"
                );
                false
            }
        }
    }

    #[test]
    fn seats_are_enough_if_all_who_may_be_there_at_a_time_have_one() {
        let add = |count: u32| format!(r#"{{"at": "2s", "add": {count}}}"#);
        let deploy = |way: &str| format!(r#"{{"at": "2s", "deploy": {way}}}"#);
        let cases = [
            (4, String::new()),
            (7, add(3)),
            (4, format!(r#"{{"at": "1s", "remove": 1}}, {}"#, add(1))),
            (
                4,
                format!(r#"{{"at": "1s", "crash": {{"count": 2, "pick": "random"}}}}, {}"#, add(2)),
            ),
            (5, format!(r#"{{"at": "1s", "crash": {{"count": 1, "for": "1s"}}}}, {}"#, add(1))),
            (4, r#"{"at": "1s", "crash": 4}"#.to_owned()),
            (5, deploy(r#"{"rolling": {}}"#)),
            (4, deploy(r#"{"rolling": {"surge": 0, "unavailable": 1}}"#)),
            (6, deploy(r#"{"canary": {"servers": 2, "hold": "1s"}}"#)),
            (8, deploy(r#"{"blue_green": {}}"#)),
            (4, deploy(r#"{"one_by_one": {}}"#)),
            (4, deploy(r#"{"one_by_one": {"in_place": true}}"#)),
        ];
        for (least, events) in cases {
            assert!(is_enough(least, &events), "{least}: {events}");
            assert!(!is_enough(least - 1, &events), "{least}: {events}");
        }
    }
}
