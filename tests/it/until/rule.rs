//! When replications are enough, and what the interval is worth that was waited for.

use ringstorm::engine::{Draw, Draws, Purpose, math};
use ringstorm::plan::{RunId, Until, Width};
use ringstorm::stats::until::standings;
use ringstorm::stats::{Measure, Metric, MetricResult, Run, Sample, Standing};

use crate::synthetic::quiet_run;

const STUDIES: u64 = 4_000;

fn until(width: Width, at_most: u32) -> Until {
    Until { metric: "recovery_time".to_owned(), width, at_most }
}

fn standing(until: &Until, measures: &[Option<Measure>]) -> Standing {
    let metric = Metric::named(&until.metric).unwrap();
    Standing::of(until, MetricResult::of(metric, measures).as_ref())
}

/// How a study ended.
struct Ended {
    replications: usize,
    covers: bool,
    /// Whether the mean is as near to the true one as was asked.
    is_near: bool,
}

/// A study of values whose true mean is 1: it stops as a run does.
fn study(until: &Until, value: impl Fn(u64) -> f64) -> Ended {
    let metric = Metric::named(&until.metric).unwrap();
    let mut measures = Vec::new();
    for look in until.looks() {
        let more = measures.len() as u64..u64::from(look);
        measures.extend(more.map(|index| Some(Measure::Value(value(index)))));
        if !standing(until, &measures).may_improve() {
            break;
        }
    }
    let found = MetricResult::of(metric, &measures).unwrap();
    let ([low, high], mean) = (found.ci95.unwrap(), found.mean.unwrap());
    let is_near = matches!(until.width, Width::Relative(share) if (mean - 1.0).abs() <= share);
    Ended { replications: measures.len(), covers: low <= 1.0 && 1.0 <= high, is_near }
}

/// Of 1,000 studies how many cover the true mean and how many are near it; and the mean number
/// of replications.
fn of_studies(until: &Until, law: impl Fn(Draw) -> f64) -> (f64, f64, f64) {
    let draws = Draws::new(23, 0);
    let ended: Vec<Ended> = (0..STUDIES)
        .map(|which| study(until, |index| law(draws.at(Purpose::new(1), which, index))))
        .collect();
    let share = |is: fn(&Ended) -> bool| {
        ended.iter().filter(|one| is(one)).count() as f64 * 1_000.0 / STUDIES as f64
    };
    let replications: usize = ended.iter().map(|one| one.replications).sum();
    (share(|one| one.covers), share(|one| one.is_near), replications as f64 / STUDIES as f64)
}

fn normal(draw: Draw) -> f64 {
    1.0 + 0.3 * math::normal_quantile(draw.unit())
}

fn exponential(draw: Draw) -> f64 {
    -math::ln(draw.unit())
}

#[test]
fn the_interval_of_the_stopped_mean_covers_the_truth_nearly_as_often_as_it_says() {
    let asked = |share| until(Width::Relative(share), 1_000);
    // Seeded: the counts are the same in each run, and those that `stats::until` tells.
    let (covers, near, replications) = of_studies(&asked(0.05), normal);
    assert_eq!((covers.round(), replications.round()), (956.0, 173.0));
    assert!(near >= 950.0, "{near}");
    let (covers, near, replications) = of_studies(&asked(0.15), exponential);
    assert_eq!((covers.round(), replications.round()), (947.0, 253.0));
    assert!(near >= 950.0, "{near}");
    // So few of so skewed a law: what Student's t allows for is not enough.
    let (covers, near, replications) = of_studies(&asked(0.3), exponential);
    assert_eq!((covers.round(), replications.round()), (929.0, 80.0));
    assert!(near >= 950.0, "{near}");
}

fn values(values: impl IntoIterator<Item = f64>) -> Vec<Option<Measure>> {
    values.into_iter().map(|value| Some(Measure::Value(value))).collect()
}

#[test]
fn an_interval_that_is_narrow_enough_is_enough_and_its_width_is_that_of_the_true_mean() {
    // Half the t interval of 5 times 9 and 5 times 11 is 0.754, 7.5% of the mean of 10, which
    // may be 8.2% of the true one.
    let ten = values([9.0, 11.0].repeat(5));
    let of = |width| standing(&until(width, 200), &ten);
    assert_eq!(of(Width::Relative(0.082)), Standing::Reached);
    let Standing::Wide { half, enough, mean } = of(Width::Relative(0.08)) else { panic!() };
    assert!((half - 0.7541).abs() < 1e-4 && (enough - 10.0 * 0.08 / 1.08).abs() < 1e-12);
    assert_eq!(mean, 10.0);
    assert_eq!(of(Width::Absolute(0.76)), Standing::Reached);
    assert!(of(Width::Absolute(0.75)).may_improve());
}

#[test]
fn few_values_are_never_enough_however_alike_they_are() {
    let any = until(Width::Relative(1.0), 200);
    assert_eq!(standing(&any, &values([3.0; 9])), Standing::Few(9));
    assert_eq!(standing(&any, &values([3.0; 10])), Standing::Reached);
    // Replications without the metric do not count.
    let rare = [vec![None; 100], values([3.0; 9])].concat();
    assert_eq!(standing(&any, &rare), Standing::Few(9));
    assert!(Standing::Few(9).may_improve());
}

#[test]
fn a_value_that_was_cut_off_is_never_known_and_nothing_is_waited_for() {
    let measures = [values([3.0; 30]), vec![Some(Measure::Censored(60.0))]].concat();
    let found = standing(&until(Width::Relative(0.5), 200), &measures);
    assert_eq!(found, Standing::CutOff(1));
    assert!(!found.may_improve());
}

#[test]
fn a_metric_without_a_meaning_is_passed_over() {
    let found = standing(&until(Width::Relative(0.5), 200), &[None; 10]);
    assert_eq!(found, Standing::Absent);
    assert!(!found.may_improve());
}

#[test]
fn a_share_of_runs_is_judged_by_the_interval_that_is_printed() {
    let recovered = |width| Until { metric: "recovered".to_owned(), width, at_most: 200 };
    // Ten of ten: Wilson's interval begins at 72%, where a t interval has no width at all.
    let all = values([1.0; 10]);
    assert!(standing(&recovered(Width::Absolute(0.13)), &all).may_improve());
    assert_eq!(standing(&recovered(Width::Absolute(0.14)), &all), Standing::Reached);
    // No share of a mean of 0.
    let none = values([0.0; 100]);
    assert!(standing(&recovered(Width::Relative(1.0)), &none).may_improve());
}

#[test]
fn every_policy_at_every_point_is_asked() {
    let sample = |attempts: u64| {
        let mut run = quiet_run();
        run.counts.attempts = attempts;
        Sample::of(&run)
    };
    // Batch by batch, as a run adds them: the second policy of the second point scatters.
    let mut runs = Vec::new();
    for batch in [0..10, 10..15] {
        for (point, policy) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            for replication in batch.clone() {
                let id = RunId { point, policy, replication };
                let more = if (point, policy) == (1, 1) { 40 * (replication % 2) } else { 0 };
                let sample = sample(100 + u64::from(more));
                runs.push(Run { id, sample, servers: None });
            }
        }
    }
    let metric = Metric::named("attempts").unwrap();
    let width = Width::Relative(0.05);
    let until = Until { metric: "attempts".to_owned(), width, at_most: 200 };
    let found = standings(&until, metric, &runs);
    assert_eq!(found[..3], [Standing::Reached; 3]);
    assert!(found[3].may_improve() && found.len() == 4);
}
