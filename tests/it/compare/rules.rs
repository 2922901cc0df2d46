//! Verdicts and statistics against worked examples.

use ringstorm::compare::rows::Pairing;
use ringstorm::compare::{Basis, Incomparable, Record, Row, compare};
use ringstorm::stats::chance::Chance;
use ringstorm::stats::contrast::Contrast;
use ringstorm::stats::proportion::{fisher, newcombe};
use ringstorm::stats::{Change, Verdict};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::support::{GATE, record, row, with_values};

fn close(met: f64, expected: f64, tolerance: f64) {
    assert!((met - expected).abs() <= tolerance, "{met} is not {expected}");
}

/// Against the formulas of the definition, and Student's law of another library.
#[test]
fn welch_agrees_with_its_definition_and_another_librarys_tail() {
    let one = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6];
    let two = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 30.5];
    let contrast = Contrast::welch(&two, &one, Chance::Plays).unwrap();
    let moments = |values: &[f64]| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        (n, mean, squares / (n - 1.0) / n)
    };
    let ((n, mean, a), (m, other, b)) = (moments(&two), moments(&one));
    close(contrast.difference, mean - other, 1e-12);
    close(contrast.standard_error, (a + b).sqrt(), 1e-12);
    let freedom = (a + b).powi(2) / (a * a / (n - 1.0) + b * b / (m - 1.0));
    close(contrast.freedom, freedom, 1e-9);
    let law = StudentsT::new(0.0, 1.0, freedom).unwrap();
    close(contrast.p, 2.0 * law.cdf(-(mean - other).abs() / (a + b).sqrt()), 1e-9);
    let half = law.inverse_cdf(0.975) * (a + b).sqrt();
    close(contrast.half_width(0.95), half, 1e-6);
    // With equal spreads and sizes it is Student's test: 2n - 2 degrees of freedom.
    let even = Contrast::welch(&[1.0, 2.0, 3.0], &[5.0, 6.0, 7.0], Chance::Plays).unwrap();
    close(even.freedom, 4.0, 1e-9);
    close(even.difference, -4.0, 1e-12);
    close(even.standard_error, (2.0_f64 / 3.0).sqrt(), 1e-12);
}

/// Newcombe (1998), table II, row (a): 56/70 - 48/80 is 0.2 with (0.0524, 0.3339); row (e):
/// 10/10 - 0/20 is 1 with (0.6791, 1).
#[test]
fn differences_of_shares_give_newcombes_table() {
    let [low, high] = newcombe((56, 70), (48, 80)).unwrap();
    close(low, 0.0524, 5e-5);
    close(high, 0.3339, 5e-5);
    let [low, high] = newcombe((10, 10), (0, 20)).unwrap();
    close(low, 0.6791, 5e-5);
    close(high, 1.0, 1e-12);
}

/// The lady tasting tea: 3 of 4 against 1 of 4 has p = 34/70; 4 against 0 has 2/70.
#[test]
fn fishers_exact_test_knows_how_tea_is_made() {
    close(fisher((3, 4), (1, 4)), 34.0 / 70.0, 1e-12);
    close(fisher((4, 4), (0, 4)), 2.0 / 70.0, 1e-12);
    close(fisher((5, 5), (7, 7)), 1.0, 1e-12);
}

#[test]
fn a_change_counts_only_when_it_is_significant_and_beyond_the_tolerance() {
    let change = |worsening, half, p_adjusted| Change {
        worsening,
        interval: [worsening - half, worsening + half],
        p_adjusted,
        tolerance: 5.0,
    };
    let cases = [
        (change(6.0, 0.5, 0.001), Verdict::Worse),
        (change(-6.0, 0.5, 0.001), Verdict::Better),
        (change(6.0, 4.0, 0.06), Verdict::Inconclusive),
        (change(4.0, 0.5, 0.001), Verdict::Same),
        (change(4.0, 1.5, 0.001), Verdict::Inconclusive),
        (change(0.0, 0.0, 1.0), Verdict::Same),
        (change(0.0, 6.0, 1.0), Verdict::Inconclusive),
    ];
    for (change, verdict) in cases {
        assert_eq!(change.verdict(), verdict, "{change:?}");
    }
    // An interval of ±6 around 0 lies within ±5 once it is 5/6 as wide: 36/25 of the runs.
    assert_eq!(change(0.0, 6.0, 1.0).replications_needed(25, 1), Some(36));
}

#[test]
fn equal_results_are_equal_and_the_same_seed_is_paired() {
    let base = record(GATE, &[], 1);
    let comparison = compare(&base, &base, 0.05).unwrap();
    assert!(comparison.equal && comparison.rows.iter().all(|row| row.verdict == Verdict::Same));
    assert_eq!(comparison.pairing, Pairing::ByReplication { common: 10 });
    let fewer = compare(&base, &record(GATE, &["replications=4"], 1), 0.05).unwrap();
    assert_eq!(fewer.pairing, Pairing::ByReplication { common: 4 });
    assert!(!fewer.equal);
    let other = compare(&base, &record(GATE, &[], 2), 0.05).unwrap();
    assert_eq!(other.pairing, Pairing::Independent);
    assert!(other.method().contains("Welch"));
}

/// Seed and replications are no decisions, and a digest that covers them cannot tell.
#[test]
fn a_difference_of_draws_is_not_called_one_of_decisions() {
    let base = record(GATE, &[], 1);
    let said =
        |set: &[&str], seed| compare(&base, &record(GATE, set, seed), 0.05).unwrap().digests();
    let decided = "the scenarios differ in decisions, in the same world";
    assert_eq!(said(&["servers.handshake.cost=2ms"], 1), decided);
    let seeds = "the same world; the seeds are 1 and 2, and decisions may differ too";
    assert_eq!(said(&[], 2), seeds);
    assert_eq!(
        said(&["replications=4"], 3),
        "the same world; the seeds are 1 and 3, the replications are 10 and 4, and decisions \
         may differ too"
    );
}

#[test]
fn what_is_on_one_side_only_is_said() {
    let base = record(GATE, &[], 1);
    let mut new = base.clone();
    new.points[0].policies[0].name = "circle".to_owned();
    new.points[0].policies[1].metrics.retain(|found| found.metric.name != "dropped");
    let comparison = compare(&base, &new, 0.05).unwrap();
    assert_eq!(row(&comparison, "circle", "imbalance").verdict, Verdict::NoBaseline);
    assert_eq!(row(&comparison, "ring", "imbalance").verdict, Verdict::Missing);
    assert_eq!(row(&comparison, "drop all", "dropped").verdict, Verdict::Missing);
    new.points[0].policies.truncate(1);
    assert_eq!(compare(&base, &new, 0.05), Err(Incomparable::NothingInCommon));
}

#[test]
fn another_world_is_refused_with_what_differs_and_decisions_are_not() {
    let base = record(GATE, &[], 1);
    for decision in ["servers.accept_queue=7", "clients.connect_timeout=3s", "sample_every=500ms"] {
        assert!(compare(&base, &record(GATE, &[decision], 1), 0.05).is_ok(), "{decision}");
    }
    for (world, path) in [
        ("clients.connected=999", "clients[0].connected"),
        ("clients.presence.exponential.mean=9m", "clients[0].presence.exponential.mean"),
        ("servers.count=5", "servers.count"),
        ("events[0].at=6s", "events[0].at"),
        ("duration=41s", "duration"),
    ] {
        let refused = compare(&base, &record(GATE, &[world], 1), 0.05).unwrap_err().to_string();
        assert!(refused.contains(&format!("`{path}` was ")), "{refused}");
    }
    let same = record(&GATE.replace("\"40s\"", "\"40000ms\""), &[], 1);
    assert!(compare(&base, &same, 0.05).unwrap().equal, "one duration, written in two ways");
}

#[test]
fn times_that_were_cut_off_are_compared_by_the_share_of_runs_that_were_not() {
    let base = record(GATE, &[], 1);
    let all: Vec<Option<f64>> = vec![Some(9.0); 10];
    let base = with_values(&base, "recovery_time", &all);
    let mut some = vec![None; 10];
    some[0] = Some(1.0);
    let new = with_values(&base, "recovery_time", &some);
    let comparison = compare(&base, &new, 0.05).unwrap();
    let found = row(&comparison, "drop all", "recovery_time");
    assert_eq!(found.basis, Basis::Share);
    assert_eq!((found.base.unwrap().mean, found.new.unwrap().mean), (Some(1.0), Some(0.1)));
    assert_eq!(found.verdict, Verdict::Worse, "one run in ten came back, and that one sooner");
    close(found.difference.unwrap(), -0.9, 1e-12);
}

/// Ten runs that recover after so many seconds, and one more each.
fn recovering(from: f64) -> Vec<Option<f64>> {
    (0..10).map(|run| Some(from + f64::from(run))).collect()
}

/// What is said of the time to recover.
fn recovery(base: &Record, new: &Record) -> Row {
    row(&compare(base, new, 0.05).unwrap(), "drop all", "recovery_time").clone()
}

#[test]
fn recoveries_of_which_few_were_cut_off_are_at_least_as_long_as_the_longest() {
    let base = record(GATE, &[], 1);
    let fast = with_values(&base, "recovery_time", &recovering(3.0));
    let mut times = recovering(30.0);
    times[4] = None;
    let slow = with_values(&base, "recovery_time", &times);
    let found = recovery(&fast, &slow);
    assert_eq!((found.basis, found.verdict), (Basis::MeanAtLeast, Verdict::Worse));
    // 34 s is 39 s here: the mean of 30 to 39 is 34.5.
    close(found.new.unwrap().mean.unwrap(), 35.0, 1e-12);
    close(found.difference.unwrap(), 27.5, 1e-12);
    assert_eq!((found.new.unwrap().n, found.new.unwrap().censored), (10, 1));
    assert_eq!(recovery(&slow, &fast).verdict, Verdict::Better);
}

#[test]
fn runs_that_were_cut_off_make_their_side_neither_better_nor_the_same() {
    let base = record(GATE, &[], 1);
    let slow = with_values(&base, "recovery_time", &recovering(30.0));
    let mut times = recovering(3.0);
    times[4] = None;
    let fast = with_values(&base, "recovery_time", &times);
    assert_eq!(recovery(&slow, &fast).basis, Basis::MeanAtLeast);
    assert_eq!(recovery(&slow, &fast).verdict, Verdict::Inconclusive);
    assert_eq!(recovery(&fast, &slow).verdict, Verdict::Inconclusive);
    let mut same = recovering(30.0);
    same[9] = None;
    let same = with_values(&base, "recovery_time", &same);
    assert_eq!(recovery(&slow, &same).verdict, Verdict::Inconclusive, "39 s, or for ever");
}

#[test]
fn where_many_were_cut_off_or_on_both_sides_the_share_of_runs_is_compared() {
    let base = record(GATE, &[], 1);
    let cut = |runs: usize| {
        let mut times = recovering(3.0);
        times[..runs].fill(None);
        with_values(&base, "recovery_time", &times)
    };
    assert_eq!(recovery(&cut(0), &cut(3)).basis, Basis::MeanAtLeast);
    assert_eq!(recovery(&cut(0), &cut(4)).basis, Basis::Share);
    assert_eq!(recovery(&cut(1), &cut(1)).basis, Basis::Share);
    // Of other times those who still try may have just begun to.
    let times = [&[None][..], &recovering(3.0)[1..]].concat();
    let connect = with_values(&base, "connect_p99", &times);
    let comparison = compare(&base, &connect, 0.05).unwrap();
    assert_eq!(row(&comparison, "drop all", "connect_p99").basis, Basis::Share);
}

/// Digits and brackets of a record changed here and there: it is read or refused, and what
/// is read can be compared and said, with values of any size.
#[test]
fn no_record_panics_whatever_is_in_it() {
    let results = super::support::results(GATE, &["replications=2", "duration=10s"], 1);
    let base = Record::of(&results);
    let text = ringstorm::report::baseline(&base, 0.05);
    let mut read = 0;
    for case in 0_usize..1_500 {
        let mut bytes = text.clone().into_bytes();
        for step in 0..=case % 3 {
            let at = (case * 7_919 + step * 104_729) % bytes.len();
            bytes[at] = b"0123456789e-.,[]{}\"n"[(case * 31 + step * 17) % 20];
        }
        let changed =
            String::from_utf8_lossy(&bytes).replace("\"values\": [0, ", "\"values\": [9e307, ");
        let Ok(record) = Record::read(&changed) else { continue };
        read += 1;
        for (a, b) in [(&base, &record), (&record, &base)] {
            if let Ok(comparison) = compare(a, b, 0.05) {
                let markdown = ringstorm::report::comparison::markdown::render(&comparison);
                assert!(markdown.lines().count() < 40);
            }
        }
    }
    assert!(read > 100, "{read}");
}

/// One pair of runs has no scatter, but runs that give the same are the same.
#[test]
fn a_result_of_one_replication_is_the_same_as_itself() {
    let one = record(GATE, &["replications=1"], 1);
    let comparison = compare(&one, &one, 0.05).unwrap();
    assert!(comparison.rows.iter().all(|row| row.verdict != Verdict::Inconclusive));
}
