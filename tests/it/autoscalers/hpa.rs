//! An HPA's windows and rates against an oracle that never forgets, and what it makes of
//! servers that say nothing.

use std::cmp::Ordering;

use proptest::prelude::*;
use ringstorm::policy::Scale;
use ringstorm::policy::scale::{Phase, ServerReading};
use serde_json::{Value, json};

use super::support::{at, controller, decide, server, spread, starting};

/// 50 connections a server; whatever is proposed happens at once.
fn at_once(more: &Value) -> Value {
    let free = json!({
        "stabilization_window": "0s", "policies": [{"pods": {"value": 1000, "period": "15s"}}]});
    let mut hpa = json!({
        "target": {"connections": 50}, "max": 100,
        "behavior": {"scale_up": free, "scale_down": free}});
    for (field, value) in more.as_object().unwrap() {
        hpa[field] = value.clone();
    }
    json!({"hpa": hpa})
}

fn silent(id: u32) -> ServerReading {
    ServerReading { values: None, ..server(id, 0) }
}

/// So many servers with so many connections each, then others.
fn fleet(loaded: u32, connections: u64, others: &[ServerReading]) -> Vec<ServerReading> {
    let own = (0..loaded).map(|id| server(id, connections * 1_000));
    let others = (loaded..).zip(others).map(|(id, other)| ServerReading { id, ..*other });
    own.chain(others).collect()
}

fn once(hpa: Value, servers: &[ServerReading]) -> u32 {
    decide(&mut controller(hpa), 900, servers.len() as u32, servers)
}

#[test]
fn averages_are_whole_thousandths_so_that_200_over_14_needs_4() {
    let hpa = at_once(&json!({}));
    assert_eq!(once(hpa, &spread(14, 200_000)), 4);
    assert_eq!((200.0_f64 / 14.0 / 50.0 * 14.0).ceil(), 5.0, "a float average asks for 5");
}

#[test]
fn upwards_who_says_nothing_carries_nothing() {
    // 4 servers at 100 want 8; two silent ones halve nothing but join: 400 / 6 = 66.666, so 8.
    assert_eq!(once(at_once(&json!({})), &fleet(4, 100, &[silent(0), silent(0)])), 8);
    // 60 on 4 want more, but over 6 they are 40: the direction turns, and 6 stay.
    assert_eq!(once(at_once(&json!({})), &fleet(4, 60, &[silent(0), silent(0)])), 6);
}

/// 10 are wanted and 5 exist, one of them silent: 400 / 5 = 80 want 8, which is less than 10
/// though the average is above the target.
#[test]
fn a_number_that_contradicts_the_ratio_is_not_followed() {
    let wanted =
        |servers: &[ServerReading]| decide(&mut controller(at_once(&json!({}))), 900, 10, servers);
    assert_eq!(wanted(&fleet(4, 100, &[silent(0)])), 10);
    assert_eq!(wanted(&fleet(4, 100, &[])), 8, "where nobody is silent nothing is checked");
}

#[test]
fn downwards_who_says_nothing_carries_its_target() {
    // 4 servers at 20 want 2; with two at 50 the average is 30, so ceil(0.6 x 6) = 4.
    assert_eq!(once(at_once(&json!({})), &fleet(4, 20, &[silent(0), silent(0)])), 4);
}

#[test]
fn starting_servers_count_as_empty_upwards_and_not_at_all_downwards() {
    let two = [starting(0, 890), starting(0, 890)];
    // 480 over 4 are 120 and want 10; over 6 they are 80: ceil(1.6 x 6) = 10 again.
    assert_eq!(once(at_once(&json!({})), &fleet(4, 120, &two)), 10);
    // 57 on 4 want more, but over 6 they are 38: the direction turns, and 6 stay.
    assert_eq!(once(at_once(&json!({})), &fleet(4, 57, &two)), 6);
    // 80 on 4 want 7, but over 6 they are 53, which is within the tolerance.
    assert_eq!(once(at_once(&json!({})), &fleet(4, 80, &two)), 6);
    // Downwards they are left out: ceil(0.4 x 4) = 2.
    assert_eq!(once(at_once(&json!({})), &fleet(4, 20, &two)), 2);
}

#[test]
fn servers_that_leave_are_no_part_of_it() {
    let leaving = ServerReading { phase: Phase::Leaving, ..server(0, 900_000) };
    assert_eq!(once(at_once(&json!({})), &fleet(4, 100, &[leaving, leaving])), 8);
}

#[test]
fn nothing_is_done_without_a_single_metric() {
    assert_eq!(once(at_once(&json!({})), &[silent(0), silent(1)]), 2);
}

/// Connections count as soon as they are reported; processor time does not.
#[test]
fn readiness_counts_for_processor_time_only() {
    let unready = ServerReading {
        ready: false,
        started: Some(at(800)),
        ready_changed: Some(at(800)),
        ..server(0, 0)
    };
    let by_cpu = at_once(&json!({"target": {"cpu": "50%"}}));
    let share = |share: u64| -> Vec<ServerReading> {
        let mut servers: Vec<ServerReading> = (0..4).map(|id| server(id, share)).collect();
        servers.push(ServerReading { id: 4, ..unready });
        servers
    };
    // Four at 20% want 2; the fifth, which starts and idles, is left out.
    assert_eq!(once(by_cpu, &share(200)), 2);
    // Of connections the fifth has none, and that counts: 200 / 5 = 40, ceil(0.8 x 5) = 4.
    assert_eq!(once(at_once(&json!({})), &fleet(4, 50, &[unready])), 4);
}

#[test]
fn a_sample_from_before_the_readiness_says_nothing_during_initialization() {
    let fresh = |ready_since: u64, started: u64| ServerReading {
        started: Some(at(started)),
        ready_changed: Some(at(ready_since)),
        ..server(0, 0)
    };
    let with = |fifth: ServerReading| {
        let mut servers: Vec<ServerReading> = (0..4).map(|id| server(id, 200)).collect();
        servers.push(ServerReading { id: 4, ..fifth });
        once(at_once(&json!({"target": {"cpu": "50%"}})), &servers)
    };
    // Ready at 886 s: the sample of 900 s covers 15 s that began before. At 885 s it does not.
    // Without it 4 x 20% want 2; with its 0% the average is 16%: ceil(0.32 x 5) = 2. So look
    // at a load where the two differ.
    assert_eq!(with(fresh(886, 700)), 2);
    let differ = |fifth: ServerReading| {
        let mut servers: Vec<ServerReading> = (0..4).map(|id| server(id, 400)).collect();
        servers.push(ServerReading { id: 4, ..fifth });
        once(at_once(&json!({"target": {"cpu": "50%"}})), &servers)
    };
    // Left out: ceil(0.8 x 4) = 4. Counted: 1600 / 5 = 32%, ceil(0.64 x 5) = 4. Its own load
    // of 100% tells them apart: counted, 52% is within the tolerance and 5 stay.
    assert_eq!(differ(ServerReading { values: server(0, 1_000).values, ..fresh(886, 700) }), 4);
    assert_eq!(differ(ServerReading { values: server(0, 1_000).values, ..fresh(885, 700) }), 5);
    // After 5 minutes a server that is not ready counts, unless it never was.
    let late = |changed: u64| ServerReading {
        ready: false,
        values: server(0, 1_000).values,
        ..fresh(changed, 500)
    };
    assert_eq!(differ(late(531)), 5, "it was ready once");
    assert_eq!(differ(late(529)), 4, "it never was");
}

#[test]
fn processor_time_is_counted_in_whole_percents_of_the_request() {
    // 559 thousandths are 55%: 55 / 50 = 1.1, which release 1.33 tolerates. 560 are 56%.
    let hpa =
        |share: u64| once(at_once(&json!({"target": {"cpu": "50%"}})), &spread(10, share * 10));
    assert_eq!((hpa(559), hpa(560)), (10, 12));
    // Half of the processors are requested: 30% of them are 60% of the request.
    let half = at_once(&json!({"target": {"cpu": "50%"}, "cpu_request": "50%"}));
    assert_eq!(once(half, &spread(10, 3_000)), 12);
}

#[test]
fn the_metric_that_asks_for_most_counts() {
    let hpa = || at_once(&json!({"target": {"connections": 50, "handshake_utilisation": "50%"}}));
    let mut servers = spread(4, 0);
    for server in &mut servers {
        let values = server.values.as_mut().unwrap();
        (values.connections, values.handshake_utilisation) = (25_000, 900);
    }
    assert_eq!(once(hpa(), &servers), 8);
    for server in &mut servers {
        server.values.as_mut().unwrap().handshake_utilisation = 100;
    }
    assert_eq!(once(hpa(), &servers), 2);
}

/// Processor time is not known of servers that start up; connections would scale down.
#[test]
fn a_metric_that_cannot_be_computed_holds_back_scaling_down_and_not_up() {
    let hpa = || at_once(&json!({"target": {"connections": 50, "cpu": "50%"}}));
    let young = |id, connections| ServerReading {
        started: Some(at(890)),
        ready_changed: Some(at(895)),
        ..server(id, connections)
    };
    let servers =
        |connections| -> Vec<ServerReading> { (0..4).map(|id| young(id, connections)).collect() };
    assert_eq!(once(hpa(), &servers(10_000)), 4);
    assert_eq!(once(hpa(), &servers(100_000)), 8);
}

#[test]
fn a_delayed_metric_is_seen_checks_later_and_new_servers_have_none() {
    let mut hpa = controller(at_once(&json!({"metric_delay": "30s"})));
    let calm = spread(4, 200_000);
    let busy = spread(4, 400_000);
    assert_eq!(decide(&mut hpa, 15, 4, &calm), 4, "nothing is seen yet");
    assert_eq!(decide(&mut hpa, 30, 4, &busy), 4);
    assert_eq!(decide(&mut hpa, 45, 4, &busy), 4, "what is seen is of 15 s");
    assert_eq!(decide(&mut hpa, 60, 4, &busy), 8, "and now of 30 s");
    // The four new ones share the load, but of 45 s there is only the old four's: they are
    // missing, count as empty, and 8 stay.
    assert_eq!(decide(&mut hpa, 75, 8, &spread(8, 400_000)), 8);
}

#[test]
fn out_of_its_bounds_it_goes_to_the_bound_at_once_and_at_none_it_is_off() {
    let hpa = |wanted| {
        let mut hpa = controller(json!({"hpa": {
            "target": {"connections": 50}, "min": 3, "max": 8, "behavior": {}}}));
        decide(&mut hpa, 15, wanted, &spread(wanted, 0))
    };
    assert_eq!((hpa(20), hpa(1), hpa(0)), (8, 3, 0));
}

#[test]
fn a_tolerance_each_way_is_used_each_way() {
    let hpa = |connections: u64| {
        let rules = json!({
            "scale_up": {"tolerance": 0, "policies": [{"percent": {"value": 100, "period": "15s"}}]},
            "scale_down": {"tolerance": "50%", "stabilization_window": "0s"}});
        let hpa = json!({"hpa": {"target": {"connections": 50}, "max": 100, "behavior": rules}});
        once(hpa, &spread(10, connections * 10_000))
    };
    assert_eq!((hpa(51), hpa(26), hpa(25), hpa(24)), (11, 10, 10, 5));
}

#[test]
fn scaling_one_way_can_be_disabled() {
    let hpa = |way: &str, connections: u64| {
        let hpa = json!({"hpa": {"target": {"connections": 50}, "max": 100, "behavior": {
            "scale_down": {"stabilization_window": "0s"}, "scale_up": {}}}});
        let mut hpa = hpa;
        hpa["hpa"]["behavior"][way]["select_policy"] = json!("disabled");
        once(hpa, &spread(10, connections * 10_000))
    };
    assert_eq!((hpa("scale_up", 500), hpa("scale_up", 5)), (10, 1));
    assert_eq!((hpa("scale_down", 500), hpa("scale_down", 5)), (20, 10));
}

/// Without `behavior` a proposal exactly as old as the window still counts, with it not.
#[test]
fn the_older_window_is_closed_at_its_old_end() {
    let falls_at = |behavior: Option<Value>| {
        let mut hpa = json!({"target": {"connections": 50}, "max": 100});
        if let Some(behavior) = behavior {
            hpa["behavior"] = behavior;
        }
        let mut hpa = controller(json!({"hpa": hpa}));
        assert_eq!(decide(&mut hpa, 15, 10, &spread(10, 500_000)), 10);
        let mut times = (30..).step_by(15);
        times.find(|now| decide(&mut hpa, *now, 10, &spread(10, 100_000)) < 10)
    };
    assert_eq!(falls_at(Some(json!({}))), Some(315));
    assert_eq!(falls_at(None), Some(330));
}

#[test]
fn what_makes_no_sense_is_said() {
    let faults = |hpa: Value| {
        let scale: Scale = serde_json::from_value(json!({"hpa": hpa})).unwrap();
        let faults = scale.validate().into_iter();
        faults.map(|fault| format!("{} {}", fault.field, fault.message)).collect::<Vec<_>>()
    };
    assert_eq!(
        faults(json!({"target": {"connections": 0, "cpu": "12.5%"}, "min": 0, "max": 5})),
        [
            "target.connections must be above 0",
            "target.cpu must be a whole percentage, met 12.5%",
            "min must be 1 to `max`, met 0",
        ]
    );
    assert_eq!(
        faults(json!({"target": {"connections": 5}, "max": 5, "release": "1.32", "behavior": {
            "scale_up": {"policies": [], "tolerance": 0.2},
            "scale_down": {"stabilization_window": "2h", "policies": [{"pods": {"value": 0, "period": "1h"}}]}}})),
        [
            "behavior.scale_up.policies is empty: leave it out for the defaults, or say \"select_policy\": \"disabled\"",
            "behavior.scale_up.tolerance needs `release` 1.33 or later",
            "behavior.scale_down.stabilization_window must be at most 1h, met 2h",
            "behavior.scale_down.policies has a value of 0 at position 0: it must be 1 or more",
            "behavior.scale_down.policies has a period of 1h at position 0: it must be above 0s, at most 30m",
        ]
    );
}

/// One way of a behaviour: window in seconds, whether the smallest change counts, and
/// (percent or servers, value, period in seconds).
type Way = (u64, bool, Vec<(bool, u32, u64)>);

fn way() -> impl Strategy<Value = Way> {
    let policy = (any::<bool>(), 1_u32..40, prop::sample::select(vec![15_u64, 20, 60, 120]));
    (
        prop::sample::select(vec![0_u64, 15, 40, 300]),
        any::<bool>(),
        prop::collection::vec(policy, 1..3),
    )
        .prop_map(|(window, is_min, mut policies)| {
            // Both ways forget their changes after the same time: see `storeScaleEvent`.
            policies.push((false, 1_000, 120));
            (window, is_min, policies)
        })
}

fn rules((window, is_min, policies): &Way) -> Value {
    let policies: Vec<Value> = policies
        .iter()
        .map(|(is_percent, value, period)| {
            let change = json!({"value": value, "period": format!("{period}s")});
            if *is_percent { json!({"percent": change}) } else { json!({"pods": change}) }
        })
        .collect();
    let select = if *is_min { "min" } else { "max" };
    json!({"stabilization_window": format!("{window}s"), "select_policy": select, "policies": policies})
}

/// Everything that ever happened, and the rules applied to all of it.
#[derive(Default)]
struct Oracle {
    proposals: Vec<(u64, u32)>,
    wanted: Vec<(u64, i64)>,
}

impl Oracle {
    fn decide(&mut self, now: u64, current: u32, proposal: u32, up: &Way, down: &Way) -> u32 {
        if self.proposals.is_empty() {
            self.proposals.push((now, current));
        }
        let in_window = |window: u64| {
            let young = self.proposals.iter().filter(move |(at, _)| now - at < window);
            young.map(|(_, proposal)| *proposal).chain([proposal]).collect::<Vec<_>>()
        };
        let lowest = in_window(up.0).into_iter().min().unwrap();
        let highest = in_window(down.0).into_iter().max().unwrap();
        let stable = current.max(lowest).min(highest);
        self.proposals.push((now, proposal));
        let (way, sign) = if stable > current { (up, 1.0) } else { (down, -1.0) };
        let limits = way.2.iter().map(|(is_percent, value, period)| {
            let changes = self.wanted.iter().filter(|(at, _)| now - at < *period);
            let start = i64::from(current) - changes.map(|(_, change)| change).sum::<i64>();
            let (start, value) = (start as f64, f64::from(*value));
            let limit = if *is_percent {
                start * (1.0 + sign * value / 100.0)
            } else {
                start + sign * value
            };
            if sign > 0.0 { limit.ceil() as i64 } else { limit.trunc() as i64 }
        });
        let limits: Vec<i64> = limits.collect();
        let (least, most) = (*limits.iter().min().unwrap(), *limits.iter().max().unwrap());
        let stable = i64::from(stable);
        let current = i64::from(current);
        let next = match stable.cmp(&current) {
            Ordering::Greater => {
                let limit = if way.1 { least } else { most };
                stable.min(limit.max(current)).min(60)
            }
            Ordering::Less => {
                let limit = if way.1 { most } else { least };
                stable.max(limit.min(current)).max(2)
            }
            Ordering::Equal => stable,
        };
        self.wanted.push((now, next - current));
        u32::try_from(next).unwrap()
    }
}

proptest! {
    /// The bounds hold; the number never falls below the highest proposal of the window;
    /// and at every check it is what an oracle says that never forgets.
    #[test]
    fn windows_rates_and_bounds_are_those_of_an_oracle_that_never_forgets(
        up in way(),
        down in way(),
        loads in prop::collection::vec(0_u32..80, 1..60),
    ) {
        let mut hpa = controller(json!({"hpa": {
            "target": {"connections": 1}, "min": 2, "max": 60, "tolerance": 0,
            "behavior": {"scale_up": rules(&up), "scale_down": rules(&down)}}}));
        let mut oracle = Oracle::default();
        let mut current = 10;
        for (check, load) in (1_u64..).zip(&loads) {
            let now = check * 15;
            // At one connection a server and no tolerance the proposal is the load itself.
            let servers = spread(current, u64::from(*load) * 1_000);
            let wanted = decide(&mut hpa, now, current, &servers);
            let per_server = u64::from(*load) * 1_000 / u64::from(current);
            let proposal = (per_server as f64 / 1_000.0 * f64::from(current)).ceil() as u32;
            let highest = oracle.proposals.iter().filter(|(at, _)| now - at < down.0)
                .map(|(_, proposal)| *proposal).max().unwrap_or(0);
            prop_assert_eq!(wanted, oracle.decide(now, current, proposal, &up, &down), "at {} s", now);
            prop_assert!((2..=60).contains(&wanted));
            prop_assert!(wanted >= highest.min(current));
            current = wanted;
        }
    }

    /// 5 servers in 60 s are 5 in every 60 s, wherever they begin.
    #[test]
    fn no_period_sees_more_added_than_its_policy_allows(
        value in 1_u32..10,
        loads in prop::collection::vec(0_u64..4_000, 10..80),
    ) {
        let mut hpa = controller(json!({"hpa": {
            "target": {"connections": 50}, "max": 1000, "behavior": {
                "scale_up": {"policies": [{"pods": {"value": value, "period": "60s"}}]},
                "scale_down": {"select_policy": "disabled"}}}}));
        let mut history = vec![5_u32];
        for (check, load) in (1_u64..).zip(&loads) {
            let current = history[history.len() - 1];
            history.push(decide(&mut hpa, check * 15, current, &spread(current, load * 1_000)));
        }
        for window in history.windows(5) {
            prop_assert!(window[4] - window[0] <= value, "{:?}", window);
        }
    }
}
