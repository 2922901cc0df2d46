//! `ringstorm check`: what would run, and what it would take.

use super::arguments::{Arguments, Check};
use super::doubts;
use super::failure::Failure;
use super::memory::Need;
use super::output;
use super::scenario_files::load;
use crate::chart::words::{counted, grouped};
use crate::plan::{Deck, Find, PILOTS, Plan, Until, Warmup};
use crate::report::find::question;
use crate::report::until::question as asked;

/// Checks every scenario and prints what would run.
pub(super) fn check(command: &Check, arguments: &Arguments) -> Result<(), Failure> {
    let plans = load(&command.changes, arguments)?;
    doubts::warn(&plans, arguments);
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
        let warmup = match point.warmup {
            Warmup::Sought => "warm-up found by MSER-5".to_owned(),
            Warmup::Stated | Warmup::Found(_) => format!("{} warm-up", point.world.warmup),
        };
        text.push_str(&format!(
            "  {}, {}, {}, {} watched, {warmup}\n",
            counted(connected, "connected client"),
            counted(u64::from(point.world.servers.count), "server"),
            counted(point.world.events.len() as u64, "event"),
            point.world.duration,
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
    let Need { largest, kept } = Need::of(plan);
    let (runs, replications) =
        (Deck::of(plan).size(), counted(u64::from(plan.replications), "replication"));
    let runs = match &plan.until {
        None => format!("{} ({replications})", counted(runs, "run")),
        Some(until) => format!(
            "at most {} ({} to {replications}, until {})",
            counted(runs, "run"),
            Until::LEAST,
            asked(until)
        ),
    };
    text.push_str(&format!(
        "  {runs}, at most {:.0} MB each, and {:.0} MB for the results of all\n",
        largest as f64 / 1e6,
        kept as f64 / 1e6
    ));
    let pilots = plan.pilots().1.len() as u64;
    if pilots > 0 {
        text.push_str(&format!(
            "  {} before that, {PILOTS} of each policy, to find the warm-up; each takes no more \
             memory than a run\n",
            counted(pilots, "pilot run")
        ));
    }
    if let Some(find) = &plan.find {
        text.push_str(&searched(plan, find));
    }
    text
}

/// What `ringstorm find` would do.
fn searched(plan: &Plan, find: &Find) -> String {
    if plan.until.is_some() {
        return format!("  find: {}\n    with a number of `--replications`\n", question(find));
    }
    if plan.seeks_warmup() {
        return format!(
            "  find: {}\n    with a stated warm-up: `--set warmup=DURATION`\n",
            question(find)
        );
    }
    let policies: usize = plan.points.iter().map(|point| point.policies.len()).sum();
    let searches = policies as u64 * u64::from(plan.replications);
    let most = u64::from(find.grid.most_runs());
    format!(
        "  find: {}\n    at most {} for each policy and replication, {} in all\n",
        question(find),
        counted(most, "run"),
        grouped(searches.saturating_mul(most))
    )
}
