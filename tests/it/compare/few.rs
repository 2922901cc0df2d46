//! What few runs prove that agree, and which runs were cut off.

use ringstorm::compare::rows::Pairing;
use ringstorm::compare::{Basis, Finding, Record, Row, Status, budget, compare};
use ringstorm::plan::{Budget, Level, Limit};
use ringstorm::report::budgets;
use ringstorm::stats::Verdict;

use super::support::{GATE, record, row, with_values};

fn gate(replications: u32, seed: u64) -> Record {
    record(GATE, &[&format!("replications={replications}")], seed)
}

/// The row of a metric of which each side has one value in all of its runs.
fn constants(base: (&Record, f64), new: (&Record, f64), metric: &str) -> Row {
    let of = |(record, value): (&Record, f64)| {
        let values = vec![Some(value); record.replications as usize];
        with_values(record, metric, &values)
    };
    row(&compare(&of(base), &of(new), 0.05).unwrap(), "drop all", metric).clone()
}

#[test]
fn two_runs_that_agree_are_no_regression() {
    let (base, other) = (gate(2, 1), gate(2, 2));
    for new in [&base, &other] {
        let found = constants((&base, 20.0), (new, 23.0), "busiest_end");
        assert_eq!((found.verdict, found.ci95), (Verdict::Inconclusive, None), "{found:?}");
        assert_eq!(found.difference, Some(3.0));
    }
    let found = constants((&base, 20.0), (&base, 23.0), "busiest_end");
    let needed = found.replications_needed.unwrap();
    assert!((6..=15).contains(&needed), "{needed}");
    // What nobody would act on is the same, once there are six.
    let found = constants((&base, 100.0), (&base, 101.0), "busiest_end");
    assert_eq!((found.verdict, found.replications_needed), (Verdict::Inconclusive, Some(6)));
    let six = gate(6, 1);
    assert_eq!(constants((&six, 100.0), (&six, 101.0), "busiest_end").verdict, Verdict::Same);
    let enough = gate(needed, 1);
    let found = constants((&enough, 20.0), (&enough, 23.0), "busiest_end");
    assert_eq!(found.verdict, Verdict::Worse, "{found:?}");
}

/// Nobody comes, presence never ends, and all is placed in turn: nothing is drawn.
const FIXED: &str = r#"{
  "name": "fixed", "replications": 2, "duration": "20s",
  "clients": {"connected": 40, "arrivals": "none", "presence": "10000h", "rtt": "40ms",
    "reconnect": {"exponential": {"base": "1s", "factor": 2, "cap": "5s", "jitter": "none"}}},
  "servers": {"count": 4, "handshake": {"workers": 4, "cost": "1ms"}},
  "policies": [{"name": "turns", "balance": "round_robin"}],
  "events": [{"at": "5s", "crash": {"count": 1}}]
}"#;

#[test]
fn a_world_without_chance_is_compared_exactly() {
    let base = record(FIXED, &[], 1);
    let slower = "servers.handshake.cost=400ms";
    for seed in [1, 2] {
        let comparison = compare(&base, &record(FIXED, &[slower], seed), 0.05).unwrap();
        let found = row(&comparison, "turns", "connect_mean");
        assert_eq!((found.verdict, found.p), (Verdict::Worse, Some(0.0)), "{found:?}");
        let [low, high] = found.ci95.unwrap();
        assert!(low > 0.0 && low == high);
    }
}

#[test]
fn what_was_not_measured_is_no_run_that_was_cut_off() {
    let base = gate(4, 1);
    let times = |last: Option<f64>| [Some(9.0), None, None, last];
    let mut cut = with_values(&base, "recovery_time", &times(Some(8.0)));
    let absent = {
        let mut absent = cut.clone();
        let metrics = &mut absent.points[0].policies[1].metrics;
        let found = metrics.iter_mut().find(|found| found.metric.name == "recovery_time").unwrap();
        found.cut_off = vec![1];
        absent
    };
    let comparison = compare(&absent, &cut, 0.05).unwrap();
    let found = row(&comparison, "drop all", "recovery_time");
    assert_eq!((found.basis, found.base.unwrap().n, found.new.unwrap().n), (Basis::Share, 3, 4));
    assert!(!found.is_equal() && !comparison.equal, "2 of 3 and 2 of 4");
    // Of the first two replications, both sides lost one.
    for record in [&mut cut] {
        record.replications = 2;
        for found in record.points[0].policies.iter_mut().flat_map(|policy| &mut policy.metrics) {
            found.values.truncate(2);
            found.cut_off.retain(|run| *run < 2);
        }
    }
    let comparison = compare(&absent, &cut, 0.05).unwrap();
    assert_eq!(comparison.pairing, Pairing::ByReplication { common: 2 });
    let found = row(&comparison, "drop all", "recovery_time");
    assert_eq!((found.base.unwrap().censored, found.base.unwrap().n), (1, 2));
    assert!(found.is_equal());
    // A file says which; one of an older version how many.
    let text = ringstorm::report::baseline(&absent, 0.05);
    assert!(text.contains("\"censored\": 1, \"cut_off\": [1], \"values\": [9, null, null, 8]"));
    assert_eq!(Record::read(&text).unwrap().points[0].policies.len(), 2);
    let of = |record: &Record| {
        let policy = record.points[0].policy("drop all").unwrap().clone();
        policy.metric("recovery_time").unwrap().cut_off.clone()
    };
    let other =
        text.replace("\"cut_off\": [1], \"values\": [9", "\"cut_off\": [2], \"values\": [9");
    assert_eq!(of(&Record::read(&other).unwrap()), [2]);
    let older = other.replace("\"cut_off\": [2], ", "");
    assert_eq!(of(&Record::read(&older).unwrap()), [1]);
    let wrong = other.replace("\"cut_off\": [2]", "\"cut_off\": [0]");
    assert!(Record::read(&wrong).is_err(), "replication 0 has a value");
}

fn held(record: &Record, baseline: &Record, metric: &str, limit: Limit) -> Finding {
    let (policy, metric) = ("drop all".to_owned(), metric.to_owned());
    let budget = Budget { policy, metric, limit, level: Level::Error };
    budget::check(record, Some(baseline), &[budget]).unwrap().remove(0)
}

#[test]
fn a_budget_on_a_share_of_runs_is_held_by_the_interval_of_the_share() {
    let all = |n: u32, seed| {
        let values = vec![Some(1.0); n as usize];
        with_values(&gate(n, seed), "recovered", &values)
    };
    let status = |record: &Record, baseline: &Record, limit| {
        held(record, baseline, "recovered", limit).status
    };
    let decrease = Limit::MaxDecrease(0.05);
    assert_eq!(status(&all(2, 1), &all(2, 1), decrease.clone()), Status::Holds, "the same runs");
    assert_eq!(status(&all(2, 2), &all(2, 1), decrease.clone()), Status::Unproven);
    let mut half = vec![Some(1.0), Some(0.0)];
    let two = with_values(&gate(2, 1), "recovered", &half);
    assert_eq!(status(&two, &all(2, 1), decrease.clone()), Status::Unproven);
    half = [vec![Some(1.0); 10], vec![Some(0.0); 30]].concat();
    let many = with_values(&gate(40, 1), "recovered", &half);
    assert_eq!(status(&many, &all(40, 1), decrease), Status::Broken);
    let against = "drop all".to_owned();
    let ratio = Limit::MinRatio { against, ratio: 0.9 };
    assert_eq!(status(&many, &many, ratio), Status::Holds);
}

#[test]
fn a_budget_allows_the_floor_of_the_baseline_and_says_so() {
    let at = |value: f64| with_values(&gate(6, 1), "dropped", &[Some(value); 6]);
    let (before, after) = (at(100.0), at(112.0));
    let mut lenient = before.clone();
    for found in lenient.points[0].policies.iter_mut().flat_map(|policy| &mut policy.metrics) {
        found.floor = 8.0;
    }
    let increase = Limit::MaxIncrease(0.05);
    let strict = held(&after, &before, "dropped", increase.clone());
    assert_eq!((strict.status, strict.allowance), (Status::Broken, 1.0));
    let found = held(&after, &lenient, "dropped", increase);
    assert_eq!((found.status, found.allowance), (Status::Holds, 8.0));
    let comparison = compare(&lenient, &after, 0.05).unwrap();
    assert!(row(&comparison, "drop all", "dropped").tolerance >= 8.0, "as in comparisons");
    let said = budgets::render(&[found], "");
    let allowed =
        "95% interval of what is above the limit [7, 7], of which up to 8 is within the floor";
    assert!(said.contains(allowed), "{said}");
    let found = held(&at(90.0), &lenient, "dropped", Limit::MaxDecrease(0.05));
    assert_eq!(found.status, Status::Holds);
    let said = budgets::render(&[found], "");
    assert!(said.contains("[-5, -5], of which down to -8 is within the floor"), "{said}");
}

#[test]
fn a_budget_of_runs_that_are_the_same_as_the_baselines_holds_however_few() {
    let constant = with_values(&gate(2, 1), "dropped", &[Some(1_000.0); 2]);
    let increase = Limit::MaxIncrease(0.05);
    assert_eq!(held(&constant, &constant, "dropped", increase.clone()).status, Status::Holds);
    let less = with_values(&constant, "dropped", &[Some(900.0); 2]);
    let found = held(&less, &constant, "dropped", increase);
    assert_eq!((found.status, found.interval), (Status::Unproven, None));
    let said = budgets::render(&[found], "");
    assert!(said.contains("not proven: too few replications for an interval"), "{said}");
}
