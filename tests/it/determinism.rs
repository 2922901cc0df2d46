//! The same clients meet every policy, and the same scenario gives the same runs.

use std::path::Path;

use ringstorm::engine::Draws;
use ringstorm::plan::Plan;
use ringstorm::scenario::{Overrides, read_text};
use ringstorm::{model, observe::Observations};

fn plan(policies: &str) -> Plan {
    let text = format!(
        r#"{{
          "name": "same-clients", "seed": 5, "replications": 4, "duration": "2m",
          "clients": [
            {{"name": "web", "connected": 300, "arrivals": [{{"poisson": {{"rate": "5/s"}}}},
              {{"burst": {{"clients": 100, "at": "30s", "within": "5s"}}}}],
              "presence": {{"lognormal": {{"median": "40s", "sigma": 1}}}}, "connect_timeout": "2s",
              "reconnect": "socket.io"}},
            {{"name": "mobile", "connected": 100, "arrivals": {{"diurnal": {{"mean": "2/s",
              "peak_over_trough": 3, "period": "1m", "peak_at": "10s"}}}},
              "presence": {{"weibull": {{"scale": "20s", "shape": 0.5}}}},
              "rtt": {{"lognormal": {{"median": "90ms", "sigma": 0.6}}}}, "reconnect": "centrifuge-js"}}
          ],
          "servers": {{"count": 4, "zones": ["a", "b"], "accept_queue": 20,
            "handshake": {{"workers": 1, "cost": {{"exponential": {{"mean": "30ms"}}}}}}}},
          "policies": [{policies}],
          "events": [
            {{"at": "20s", "add": 1}},
            {{"at": "40s", "crash": {{"zone": "a"}}}},
            {{"at": "60s", "disconnect": {{"fraction": 0.5, "group": "web"}}}},
            {{"at": "70s", "load": {{"factor": 3, "for": "10s"}}}},
            {{"at": "80s", "remove": 1}}
          ]
        }}"#
    );
    read_text("same-clients.json", text, Path::new(""), &Overrides::default()).unwrap()
}

fn run(plan: &Plan, policy: usize, replication: u32) -> Observations {
    let point = &plan.points[0];
    let draws = Draws::new(plan.seed, replication);
    model::run(&point.world, &point.policies[policy], draws, false).unwrap()
}

const EVERY_POLICY: &str = r#"
  {"name": "1", "balance": "round_robin"},
  {"name": "2", "balance": "random", "rebalance": "drop_all"},
  {"name": "3", "balance": "least_connections", "rebalance": {"max_age": {"age": "30s"}}},
  {"name": "4", "balance": "power_of_two", "balancer": {"replicas": 3, "propagation": "500ms"}},
  {"name": "5", "balance": "mod_hash", "rebalance": {"moved": {"pace": "20/s"}}},
  {"name": "6", "balance": "ring", "rebalance": {"moved": {"hint": {"within": "10s"}}}, "reconnect": "phoenix"},
  {"name": "7", "balance": {"gateway": {"report_every": "1s", "report_delay": "100ms", "replicas": 2}},
   "rebalance": {"shed": {"check_every": "5s", "fraction_per_second": 0.02}}},
  {"name": "8", "balance": {"ring": {"bounded_load": 1.25}}, "rebalance": "moved", "balancer": {"replicas": 2}},
  {"name": "9", "balance": "maglev", "rebalance": "moved"},
  {"name": "10", "balance": "jump", "rebalance": {"moved": {"order": "oldest", "pace": "5/s"}}},
  {"name": "11", "balance": "rendezvous", "rebalance": {"moved": {"order": "newest", "pace": "5/s"}}},
  {"name": "12", "balance": "anchor", "rebalance": "moved"},
  {"name": "13", "balance": "memento", "rebalance": "moved"},
  {"name": "14", "balance": {"gateway": {"select": "power_of_two", "optimistic": false}}, "rebalance": "shed"},
  {"name": "15", "balance": {"gateway": {"select": "weighted_headroom", "expire_after": "3s"}}, "rebalance": "shed"},
  {"name": "16", "balance": "least_connections", "rebalance": "shed",
   "balancer": {"replicas": 2, "forgets_counts_on_update": true, "retries": {"after": "50ms"}, "propagation": "2s"},
   "admit": {"at_once": 5, "wait": "1s", "retry_after": {"after": "1s", "within": "3s", "honoured": 0.5}},
   "readiness": {"refuse_above": 1.3, "check_every": "3s"},
   "session_state": {"local": {"resume_window": "20s", "resumed_cost": "5ms", "rebuild_cost": "10ms"}},
   "login": {"workers": 2, "cost": {"exponential": {"mean": "20ms"}}, "queue": 20, "timeout": "500ms"}},
  {"name": "17", "balance": {"gateway": {"report_every": "1s",
     "admission": {"limit": 40, "per": "2s", "lanes": 4, "queue": 50, "retry_after": {"within": "4s"}}}},
   "admit": {"rate": "20/s", "burst": 10, "wait": "2s", "queue": 30},
   "session_state": {"external": {"resume_window": "20s", "latency": {"exponential": {"mean": "30ms"}},
     "workers": 2, "queue": 10, "timeout": "300ms"}},
   "login": {"workers": 1, "cost": "10ms"}},
  {"name": "18", "balance": "round_robin",
   "balancer": {"slow_start": {"envoy": {"window": "30s"}}, "retries": {"count": 2, "after": "0s", "redispatch": false}}}"#;

#[test]
fn every_policy_meets_the_same_clients() {
    let plan = plan(EVERY_POLICY);
    for replication in 0..plan.replications {
        let first = run(&plan, 0, replication);
        for policy in 1..plan.points[0].policies.len() {
            let other = run(&plan, policy, replication);
            assert_eq!(first.draws_digest, other.draws_digest);
            assert_eq!(first.counts.arrivals, other.counts.arrivals);
            assert_ne!(first.event_digest, other.event_digest, "policies differ in what happens");
        }
    }
}

#[test]
fn a_run_again_is_the_same_run() {
    let plan = plan(EVERY_POLICY);
    for policy in 0..plan.points[0].policies.len() {
        let (one, again) = (run(&plan, policy, 1), run(&plan, policy, 1));
        assert_eq!(one.event_digest, again.event_digest);
        assert_eq!(one.counts, again.counts);
        assert_ne!(one.event_digest, run(&plan, policy, 2).event_digest);
    }
}

#[test]
fn policies_that_behave_alike_differ_by_exactly_nothing() {
    let plan = plan(
        r#"{"name": "one", "balance": "round_robin"},
           {"name": "the same", "balance": "round_robin", "rebalance": "none"},
           {"name": "weights are equal", "balance": {"power_of_two": {"choices": 64}}},
           {"name": "all drawn", "balance": {"power_of_two": {"choices": 63}}}"#,
    );
    let samples =
        model::run_all(&plan, |id, observations| (id, ringstorm::stats::Sample::of(&observations)))
            .unwrap();
    let mut by_policy = vec![Vec::new(); 4];
    for (id, (_, sample)) in samples {
        by_policy[id.policy].push(sample);
    }
    let servers = vec![vec![ringstorm::stats::ServerSeries::default(); 4]];
    let results = ringstorm::stats::summarise(&plan, vec![by_policy], servers);
    let alike = |difference: &&ringstorm::stats::Difference| {
        let pair = [difference.policy.as_str(), difference.against.as_str()];
        pair == ["the same", "one"] || pair == ["all drawn", "weights are equal"]
    };
    let differences: Vec<_> = results.points[0].differences.iter().filter(alike).collect();
    assert!(differences.len() > 20);
    for difference in differences {
        assert_eq!(difference.mean, 0.0, "{difference:?}");
        assert_eq!(difference.ci95, Some([0.0, 0.0]));
        assert_eq!(difference.p_adjusted, Some(1.0));
    }
}
