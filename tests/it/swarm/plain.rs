//! Scenarios without what a plain run has not.

use serde_json::{Value, json};

/// Leaves a balancer, queues and workers, and whatever happens to servers.
pub fn strip(scenario: &mut Value) {
    forget(scenario, &["messaging", "session_state", "login"]);
    forget(&mut scenario["servers"], &["admit", "readiness", "memory"]);
    if scenario["servers"]["when_full"].is_object() {
        scenario["servers"]["when_full"] = json!("reject");
    }
    strip_balancer(scenario);
    for policy in scenario["policies"].as_array_mut().unwrap() {
        forget(policy, &["admit", "readiness", "session_state", "login", "pubsub"]);
        strip_balancer(policy);
        if policy["balance"] == "gateway" || policy["balance"].get("gateway").is_some() {
            policy["balance"] = json!("round_robin");
        }
        if policy.get("rebalance").is_some_and(|rule| rule.get("max_age").is_some()) {
            policy["rebalance"] = json!("none");
        }
    }
    let clients = &mut scenario["clients"];
    match clients.as_array_mut() {
        Some(groups) => {
            for group in groups {
                forget(group, &["network", "browser"]);
            }
        }
        None => forget(clients, &["network", "browser"]),
    }
    let events = scenario["events"].as_array_mut().unwrap();
    events.retain(|event| event.get("slow").is_none() && event.get("outage").is_none());
    for event in events.iter_mut().filter_map(|event| event.get_mut("disconnect")) {
        forget(event, &["for", "back_within"]);
    }
}

/// One instance that takes no time and tries nothing twice.
fn strip_balancer(of: &mut Value) {
    let Some(balancer) = of.get_mut("balancer") else { return };
    balancer["replicas"] = json!(1);
    forget(
        balancer,
        &["attempt_cost", "close_cost", "slow_start", "retries", "forgets_counts_on_update"],
    );
}

fn forget(of: &mut Value, names: &[&str]) {
    for name in names {
        of.as_object_mut().unwrap().remove(*name);
    }
}
