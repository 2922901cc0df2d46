//! What every policy must do, whatever its rule: the list is the program's own,
//! so a new rule is tested without another line here.

use std::path::Path;

use ringstorm::engine::Draws;
use ringstorm::model;
use ringstorm::observe::Observations;
use ringstorm::plan::Plan;
use ringstorm::policy::{Balance, Rebalance};
use ringstorm::scenario::{Overrides, read_text};

fn plan(balance: &str, rebalance: &str) -> Plan {
    let text = format!(
        r#"{{
          "name": "conformance", "replications": 1, "duration": "2m",
          "clients": {{
            "connected": 400, "arrivals": {{"poisson": {{"rate": "10/s"}}}},
            "presence": {{"exponential": {{"mean": "40s"}}}}, "rtt": "20ms",
            "reconnect": "socket.io"
          }},
          "servers": {{"count": 4, "weights": [1, 2], "handshake": {{"workers": 2, "cost": "5ms"}}}},
          "policies": [{{"name": "p", "balance": "{balance}", "rebalance": {rebalance}}}],
          "events": [
            {{"at": "20s", "add": 2}},
            {{"at": "50s", "crash": {{"servers": ["s2"]}}}},
            {{"at": "80s", "remove": {{"count": 1, "pick": "oldest"}}}}
          ]
        }}"#
    );
    read_text("conformance.json", text, Path::new(""), &Overrides::default()).unwrap()
}

fn run(plan: &Plan) -> Observations {
    let point = &plan.points[0];
    model::run(&point.world, &point.policies[0], Draws::new(plan.seed, 0), false).unwrap()
}

fn has_owners(name: &str) -> bool {
    plan(name, "\"none\"").points[0].policies[0].balance.has_owners()
}

#[test]
fn a_rule_places_only_on_servers_that_are_there() {
    // A gateway's answer is half a round trip and a handshake's trips old when it is used.
    for name in Balance::NAMES.iter().filter(|name| **name != "gateway") {
        let run = run(&plan(name, "\"none\""));
        assert_eq!(run.counts.stale_placements, 0, "{name}");
        assert_eq!(
            run.counts.failed, 0,
            "{name}: there always is a server, and no handshake was cut"
        );
        assert!(run.counts.accepted > 1_000, "{name}");
    }
}

#[test]
fn the_same_view_and_the_same_draws_get_the_same_answers() {
    for name in Balance::NAMES {
        let plan = plan(name, "\"none\"");
        assert_eq!(run(&plan).event_digest, run(&plan).event_digest, "{name}");
    }
}

#[test]
fn without_a_rebalance_rule_only_what_dies_is_dropped() {
    for name in Balance::NAMES {
        let run = run(&plan(name, "\"none\""));
        assert_eq!(run.counts.moved, 0, "{name}");
        assert!(run.counts.dropped > 0, "{name}: a crash and a removal drop what they hold");
    }
}

#[test]
fn where_keys_have_owners_closing_the_moved_brings_every_connection_home() {
    for name in Balance::NAMES.iter().filter(|name| has_owners(name)) {
        let stays = run(&plan(name, "\"none\"")).counts.misplaced.unwrap();
        let moves = run(&plan(name, "\"moved\"")).counts.misplaced.unwrap();
        assert!(stays > 0.01, "{name}: {stays}");
        assert!(moves < 1e-9, "{name}: {moves}");
    }
}

#[test]
fn every_rebalance_rule_goes_with_every_rule_that_can_have_it() {
    let parameters = |rule: &str| match rule {
        "max_age" => r#"{"max_age": {"age": "20s"}}"#.to_owned(),
        other => format!("\"{other}\""),
    };
    for rebalance in Rebalance::NAMES {
        for balance in Balance::NAMES {
            if *rebalance != "moved" || has_owners(balance) {
                let run = run(&plan(balance, &parameters(rebalance)));
                assert_eq!(run.counts.moved == 0, *rebalance == "none", "{balance}, {rebalance}");
            }
        }
    }
}
