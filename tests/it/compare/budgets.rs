//! What `run --check` lets pass.

use std::fs;

use ringstorm::compare::{Status, budget};
use ringstorm::plan::{Budget, Level, Limit};

use super::support::{GATE, folder, record, ringstorm};

fn budget_of(policy: &str, metric: &str, limit: Limit) -> Budget {
    let (policy, metric) = (policy.to_owned(), metric.to_owned());
    Budget { policy, metric, limit, level: Level::Error }
}

#[test]
fn the_bound_of_the_interval_must_pass_and_not_the_mean() {
    let record = record(GATE, &[], 1);
    let found = |limit| {
        let budget = budget_of("ring", "dropped", limit);
        budget::check(&record, None, &[budget]).unwrap().remove(0)
    };
    let [low, high] = found(Limit::Max(0.0)).interval.unwrap();
    let mean = found(Limit::Max(0.0)).mean.unwrap();
    assert!(low < mean && mean < high);
    assert_eq!(found(Limit::Max(high + 0.1)).status, Status::Holds);
    assert_eq!(found(Limit::Max(f64::midpoint(mean, high))).status, Status::Unproven);
    assert_eq!(found(Limit::Max(low - 0.1)).status, Status::Broken);
    assert_eq!(found(Limit::Min(low - 0.1)).status, Status::Holds);
    assert_eq!(found(Limit::Min(f64::midpoint(mean, low))).status, Status::Unproven);
    assert_eq!(found(Limit::Min(high + 0.1)).status, Status::Broken);
}

#[test]
fn a_policy_is_held_against_another_and_against_the_baseline() {
    let before = record(GATE, &[], 1);
    let after = record(GATE, &["policies[ring].rebalance.moved.pace=8/s"], 1);
    let status = |record, baseline, metric: &str, limit| {
        let budget = budget_of("ring", metric, limit);
        budget::check(record, baseline, &[budget]).unwrap()[0].status
    };
    let against = "drop all".to_owned();
    let ratio = |ratio| Limit::MaxRatio { against: against.clone(), ratio };
    // A fifth of the keys moves.
    assert_eq!(status(&before, None, "dropped", ratio(0.5)), Status::Holds);
    assert_eq!(status(&before, None, "dropped", ratio(0.1)), Status::Broken);
    let least = Limit::MinRatio { against: against.clone(), ratio: 0.05 };
    assert_eq!(status(&before, None, "dropped", least), Status::Holds);
    let peak = "peak_attempt_rate";
    assert_eq!(status(&after, Some(&before), peak, Limit::MaxIncrease(0.05)), Status::Broken);
    assert_eq!(status(&before, Some(&before), peak, Limit::MaxIncrease(0.0)), Status::Holds);
    assert_eq!(status(&before, Some(&after), peak, Limit::MaxDecrease(0.05)), Status::Broken);
    assert_eq!(status(&before, None, peak, Limit::MaxIncrease(0.05)), Status::NoBaseline);
    assert_eq!(status(&before, None, "rejected_", Limit::Max(1.0)), Status::NotMeasured);
    let one = record_of_one();
    assert_eq!(status(&one, None, "dropped", Limit::Max(1e9)), Status::Unproven);
}

fn record_of_one() -> ringstorm::compare::Record {
    record(GATE, &["replications=1"], 1)
}

#[test]
fn a_time_that_was_cut_off_holds_no_budget() {
    let mut record = record(GATE, &[], 1);
    let metrics = &mut record.points[0].policies[1].metrics;
    let found = metrics.iter_mut().find(|found| found.metric.name == "recovery_time").unwrap();
    found.values[3] = None;
    found.cut_off = vec![3];
    let budget = budget_of("drop all", "recovery_time", Limit::Max(1e9));
    assert_eq!(budget::check(&record, None, &[budget]).unwrap()[0].status, Status::CutOff(1));
}

#[test]
fn the_command_enforces_budgets_only_when_asked() {
    let folder = folder();
    let path = folder.path();
    let with = |budgets: &str| {
        let text = GATE.replacen(
            "\"replications\"",
            &format!("\"budgets\": {budgets}, \"replications\""),
            1,
        );
        fs::write(path.join("gate.json"), text).unwrap();
    };
    let run = |more: &[&str]| {
        ringstorm(
            path,
            &[&["run", "gate.json", "--charts", "none", "--replications", "4"], more].concat(),
        )
    };
    with(r#"{"ring": {"dropped": {"delta": {"against": "drop all", "max_ratio": 0.5}}}}"#);
    let said = run(&["--check"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(said.out.contains("ok       ring dropped"), "{}", said.out);

    with(r#"{"ring": {"dropped": {"max": 10}}}"#);
    let said = run(&["--check"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.out.contains("FAILED   ring dropped") && said.err.contains("1 budget"),
        "{}",
        said.out
    );
    with("{}");
    let said = run(&["--check", "--quiet"]);
    assert_eq!(said.code, Some(0));
    assert_eq!(said.out, "`gate` has no budgets: --check holds it to nothing.\n");

    with(r#"{"ring": {"dropped": {"max": 10}}}"#);
    let said = run(&[]);
    assert_eq!(said.code, Some(0));
    assert!(said.out.contains("Budgets: 0 of 1 hold; not ring dropped."), "{}", said.out);

    with(r#"{"ring": {"dropped": {"max": 10, "level": "warning"}}}"#);
    let said = run(&["--check"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("warning  ring dropped"), "{}", said.out);

    with(r#"{"ring": {"peak_attempt_rate": {"max_increase": "5%"}}}"#);
    let said = run(&["--check"]);
    assert_eq!(said.code, Some(1), "a budget without its baseline is not proven");
    assert!(said.out.contains("there is no baseline"), "{}", said.out);
    assert_eq!(ringstorm(path, &["promote", "results/gate"]).code, Some(0));
    assert_eq!(run(&["--check"]).code, Some(0));
    let said = run(&["--check", "--set", "policies[ring].rebalance.moved.pace=9/s"]);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("broken"), "{}", said.out);
    let said = run(&["--check", "--set", "clients.connected=10"]);
    assert_eq!(said.code, Some(2), "the baseline is of another world");
    assert!(said.err.contains("`clients[0].connected` was 1000 and is 10"), "{}", said.err);
    assert_eq!(run(&["--check", "--baseline", "nowhere.json"]).code, Some(3));
    let said = run(&["--check", "--policy", "drop all"]);
    assert_eq!(said.code, Some(0), "budgets of policies that are not run are not asked");
}

#[test]
fn a_check_says_how_many_budgets_were_left_out_with_their_policies() {
    let folder = folder();
    let path = folder.path();
    let check = |budgets: &str, policy: &str| {
        let limited = format!("\"replications\": 2, \"budgets\": {budgets}");
        let text = GATE.replacen("\"replications\": 10", &limited, 1);
        fs::write(path.join("gate.json"), text).unwrap();
        let run = ["run", "gate.json", "--charts", "none", "--quiet", "--check"];
        ringstorm(path, &[&run[..], &["--policy", policy]].concat())
    };
    let delta = r#""delta": {"against": "drop all", "max_ratio": 0.6}"#;
    let said = check(&format!(r#"{{"ring": {{"dropped": {{{delta}}}}}}}"#), "ring");
    assert_eq!(
        (said.code, said.out.as_str()),
        (
            Some(0),
            "1 budget is left out: it names a policy that --policy leaves out.\n\
             `gate` has no others: --check holds it to nothing.\n"
        )
    );
    let said = check(
        &format!(
            r#"{{"ring": {{"dropped": {{"max": 100000, {delta}}}}},
                 "drop all": {{"dropped": {{"max": 100000}}}}}}"#
        ),
        "ring",
    );
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(said.out.starts_with("ok       ring dropped"), "{}", said.out);
    let left = "\n2 budgets are left out: they name policies that --policy leaves out.\n";
    assert!(said.out.ends_with(left), "{}", said.out);
    let said = check(r#"{"ring": {"dropped": {"max": 100000}}}"#, "ring");
    assert!(said.code == Some(0) && !said.out.contains("left out"), "{}", said.out);
}

#[test]
fn a_baseline_that_is_not_there_is_asked_for_with_the_command_that_puts_it_there() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir(path.join("sub")).unwrap();
    let limits = r#"{"ring": {"dropped": {"max_increase": "5%"}}}"#;
    let limited = GATE.replacen(
        "\"replications\": 10",
        &format!("\"replications\": 2, \"budgets\": {limits}"),
        1,
    );
    fs::write(path.join("sub/gate.json"), &limited).unwrap();
    fs::write(path.join("gate.json"), &limited).unwrap();
    let check = |scenario: &str| ringstorm(path, &["run", scenario, "--charts", "none", "--check"]);
    let here = check("gate.json").out;
    let advice =
        "there is no baseline at `baselines/gate.json`; `ringstorm promote results/gate` makes one";
    assert!(here.contains(advice), "{here}");
    // `promote` knows nothing of the scenario's folder.
    let below = check("sub/gate.json");
    let command = "ringstorm promote results/gate --to sub/baselines/gate.json";
    let advice =
        format!("there is no baseline at `sub/baselines/gate.json`; `{command}` makes one");
    assert!(below.code == Some(1) && below.out.contains(&advice), "{}", below.out);
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    assert_eq!(ringstorm(path, &words).code, Some(0));
    assert_eq!(check("sub/gate.json").code, Some(0));
    // One that knows less.
    let all = fs::read_to_string(path.join("sub/baselines/gate.json")).unwrap();
    let other = all.replace("\"ring\"", "\"rings\"");
    fs::write(path.join("sub/baselines/gate.json"), other).unwrap();
    let advice = "the baseline `sub/baselines/gate.json` has nothing to hold it against";
    let lacks = check("sub/gate.json").out;
    assert!(lacks.contains(advice), "{lacks}");
}
