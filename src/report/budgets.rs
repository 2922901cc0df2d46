//! Budgets as people read them: one line each.

use super::comparison::percent;
use super::terminal::number::short;
use crate::compare::{Finding, Status};
use crate::plan::{Level, Limit};

/// One line for each finding, those that do not hold first; ends with a line feed. Empty
/// for no findings. `missing` says why there is no baseline for a budget that asks for one.
pub fn render(findings: &[Finding], missing: &str) -> String {
    let mut ordered: Vec<&Finding> = findings.iter().collect();
    ordered.sort_by_key(|finding| finding.status == Status::Holds);
    ordered.into_iter().map(|finding| line(finding, missing) + "\n").collect()
}

/// That a scenario of this name has no budgets, or none that were not left out, to whoever wants
/// them enforced.
pub fn none(name: &str, left_out: usize) -> String {
    if left_out == 0 {
        return format!("`{name}` has no budgets: --check holds it to nothing.\n");
    }
    format!("{}`{name}` has no others: --check holds it to nothing.\n", self::left_out(left_out))
}

/// How many budgets were left out with the policies that they name; empty for none.
pub fn left_out(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 budget is left out: it names a policy that --policy leaves out.\n".to_owned(),
        many => {
            format!("{many} budgets are left out: they name policies that --policy leaves out.\n")
        }
    }
}

/// All findings in one line, for a run without `--check`.
pub fn summary(findings: &[Finding]) -> String {
    let held = findings.iter().filter(|finding| finding.status == Status::Holds).count();
    let open: Vec<String> = findings
        .iter()
        .filter(|finding| finding.status != Status::Holds)
        .map(|finding| format!("{} {}", finding.budget.policy, finding.budget.metric))
        .collect();
    match open.as_slice() {
        [] => format!("Budgets: all {held} hold.\n"),
        some => format!("Budgets: {held} of {} hold; not {}.\n", findings.len(), some.join(", ")),
    }
}

fn line(finding: &Finding, missing: &str) -> String {
    let budget = &finding.budget;
    let word = match (finding.status == Status::Holds, budget.level) {
        (true, _) => "ok",
        (false, Level::Error) => "FAILED",
        (false, Level::Warning) => "warning",
    };
    let at = if finding.at.is_empty() { String::new() } else { format!(" at {}", finding.at) };
    let mean = finding.mean.map_or_else(String::new, |mean| format!(" is {}", short(mean)));
    format!(
        "{word:<7}  {} {}{at}{mean}: {}, {}",
        budget.policy,
        budget.metric,
        limit(&budget.limit),
        reason(finding, missing)
    )
}

fn limit(limit: &Limit) -> String {
    match limit {
        Limit::Max(limit) => format!("at most {}", short(*limit)),
        Limit::Min(limit) => format!("at least {}", short(*limit)),
        Limit::MaxIncrease(share) => format!("at most {} above the baseline", percent(*share)),
        Limit::MaxDecrease(share) => format!("at most {} below the baseline", percent(*share)),
        Limit::MaxRatio { against, ratio } => {
            format!("at most {} x that of {against}", short(*ratio))
        }
        Limit::MinRatio { against, ratio } => {
            format!("at least {} x that of {against}", short(*ratio))
        }
    }
}

fn reason(finding: &Finding, missing: &str) -> String {
    let interval = |words: &str| {
        finding.interval.map_or_else(
            || "not proven: too few replications for an interval".to_owned(),
            |[low, high]| {
                let of = match finding.budget.limit {
                    Limit::Max(_) | Limit::Min(_) => "95% interval",
                    _ => "95% interval of what is above the limit",
                };
                format!("{words}: {of} [{}, {}]{}", short(low), short(high), allowed(finding))
            },
        )
    };
    match finding.status {
        Status::Holds => interval("holds"),
        Status::Broken => interval("broken"),
        Status::Unproven => interval("not proven, the interval reaches across the limit"),
        Status::CutOff(n) => format!("not proven: the end of the run cut off {n} values"),
        Status::NotMeasured => "not measured in these runs".to_owned(),
        Status::NoBaseline => missing.to_owned(),
    }
}

/// What a change may be beyond the limit; nothing where there is no floor.
fn allowed(finding: &Finding) -> String {
    let side = match finding.budget.limit {
        Limit::MaxIncrease(_) if finding.allowance > 0.0 => ("up to", finding.allowance),
        Limit::MaxDecrease(_) if finding.allowance > 0.0 => ("down to", -finding.allowance),
        _ => return String::new(),
    };
    format!(", of which {} {} is within the floor", side.0, short(side.1))
}
