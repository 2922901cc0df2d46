//! `ringstorm check`: what would run, and what it would take.

use super::arguments::{Arguments, Check};
use super::failure::Failure;
use super::output;
use super::scenario_files::load;
use crate::model::RunId;
use crate::plan::Plan;

/// Checks every scenario and prints what would run.
pub(super) fn check(command: &Check, arguments: &Arguments) -> Result<(), Failure> {
    let plans = load(&command.changes, arguments)?;
    let text: String = plans.iter().map(|(_, plan)| describe(plan)).collect();
    output::print(&text)
}

fn describe(plan: &Plan) -> String {
    let mut text = format!("{}  seed {}  {}\n", plan.name, plan.seed, plan.digest);
    for point in &plan.points {
        if !point.at.is_empty() {
            let at: Vec<String> =
                point.at.iter().map(|(path, value)| format!("{path} = {value}")).collect();
            text.push_str(&format!("  at {}\n", at.join(", ")));
        }
        let connected: u64 =
            point.world.groups.iter().map(|group| u64::from(group.connected)).sum();
        text.push_str(&format!(
            "  {} clients connected, {} servers, {} events, {} watched, {} warm-up\n",
            connected,
            point.world.servers.count,
            point.world.events.len(),
            point.world.duration,
            point.world.warmup,
        ));
        for policy in &point.policies {
            let backoff: Vec<&str> =
                policy.reconnect.iter().map(|reconnect| reconnect.name.as_str()).collect();
            text.push_str(&format!(
                "    {}: balance {}, rebalance {}, reconnect {}\n",
                policy.name,
                policy.balance.name(),
                policy.rebalance.name(),
                backoff.join(", ")
            ));
        }
    }
    text.push_str(&format!(
        "  {} runs ({} replications), at most {:.0} MB each\n",
        RunId::all(plan).len(),
        plan.replications,
        plan.points.iter().map(|point| point.bytes).max().unwrap_or(0) as f64 / 1e6
    ));
    text
}
