//! The bisection against a linear scan, and what is said of its results.

use proptest::prelude::*;
use ringstorm::engine::{Draws, Purpose, math};
use ringstorm::plan::find::{Grid, Kind, Turn};
use ringstorm::report::TerminalOptions;
use ringstorm::report::find::text;
use ringstorm::stats::tipping::{Searched, Turned, bisect};
use ringstorm::stats::{Measure, Metric, Tipping, TippingCase};

use super::support::{HUE, case, share};

/// The bisection of these answers, and how often it asked.
fn asked(answers: &[bool]) -> (Turned, u32) {
    let mut calls = 0;
    let turned = bisect(answers.len() as u64 - 1, |step| {
        calls += 1;
        Ok::<_, ()>(answers[step as usize])
    });
    (turned.unwrap(), calls)
}

/// What a look at every answer says, for answers that turn once at most.
fn scanned(answers: &[bool]) -> Turned {
    match answers.iter().position(|met| *met) {
        None => Turned::Beyond,
        Some(0) => Turned::Before { still_met: true },
        Some(first) => Turned::After(first as u64 - 1),
    }
}

proptest! {
    #[test]
    fn where_a_criterion_turns_once_the_bisection_finds_what_a_scan_finds(
        steps in 1_usize..300,
        turn in 0_usize..310,
    ) {
        let answers: Vec<bool> = (0..=steps).map(|step| step >= turn).collect();
        let (found, calls) = asked(&answers);
        prop_assert_eq!(found, scanned(&answers));
        let grid = Grid { kind: Kind::Whole, first: 0.0, last: steps as f64, precision: 1.0 };
        prop_assert!(calls <= grid.most_runs(), "{} calls for {} steps", calls, steps);
    }

    #[test]
    fn wherever_a_criterion_turns_the_bisection_ends_at_one_of_its_turns(
        answers in prop::collection::vec(any::<bool>(), 2..200),
    ) {
        let (first, last) = (answers[0], answers[answers.len() - 1]);
        match asked(&answers).0 {
            Turned::Before { still_met } => prop_assert!(first && still_met == last),
            Turned::Beyond => prop_assert!(!first && !last),
            Turned::After(step) => {
                let step = step as usize;
                prop_assert!(!first && last && !answers[step] && answers[step + 1]);
            }
        }
    }

    #[test]
    fn a_grid_rises_to_its_last_value_and_ends_within_its_precision(
        first in 0.0_f64..100.0,
        range in 0.001_f64..100.0,
        steps in 1.0_f64..5_000.0,
    ) {
        let (last, precision) = (first + range, range / steps);
        let grid = Grid { kind: Kind::Number, first, last, precision };
        prop_assert!((grid.value(0) - first).abs() < 1e-12);
        prop_assert_eq!(grid.value(grid.steps()), last);
        for step in 0..grid.steps() {
            let width = grid.value(step + 1) - grid.value(step);
            prop_assert!(width > 0.0 && width < precision * (1.0 + 1e-5), "{} wide", width);
        }
    }
}

#[test]
fn an_error_ends_the_search_at_once() {
    let mut calls = 0;
    let ended = bisect(100, |_| {
        calls += 1;
        if calls == 3 { Err("broken") } else { Ok(calls == 2) }
    });
    assert_eq!((ended, calls), (Err("broken"), 3));
}

#[test]
fn what_a_bound_cuts_off_is_counted_and_spoils_the_mean() {
    let find = share(0.01);
    let complete = case(&find, &[0.40, 0.42]);
    assert_eq!((complete.below, complete.above), (0, 0));
    assert!((complete.mean.unwrap() - 0.415).abs() < 1e-12);

    let above = case(&find, &[0.40, 0.42, 2.0]);
    assert_eq!((above.below, above.above, above.mean, above.ci95), (0, 1, None, None));
    // The one that is cut off tips over beyond 1, if at all.
    let [at_least, at_most] = above.within;
    assert!((at_least.unwrap() - (0.40 + 0.42 + 1.0) / 3.0).abs() < 1e-12);
    assert_eq!(at_most, None);

    let both = case(&find, &[-1.0, 0.42, 2.0]);
    assert_eq!((both.below, both.above, both.mean, both.within), (1, 1, None, [None, None]));
    assert_eq!(both.runs, 2 + 9 + 2);
}

/// (8 + 7 + 20) / 3 is 11.67, and (6 + 6 + 1) / 3 is 4.33.
#[test]
fn a_certain_bound_is_never_rounded_beyond_what_is_certain() {
    let mut find = share(1.0);
    find.grid = Grid { kind: Kind::Whole, first: 1.0, last: 20.0, precision: 1.0 };
    let said = |last_good: &[f64]| {
        let tipping = Tipping {
            name: "bounds".to_owned(),
            description: String::new(),
            digest: String::new(),
            seed: 1,
            replications: last_good.len() as u32,
            find: find.clone(),
            metric: Metric::named("recovered").unwrap(),
            cases: vec![case(&find, last_good)],
        };
        let options = TerminalOptions { width: 100, color: false, ascii: true };
        let text = text::render(&tipping, &options);
        let row = text.lines().find(|line| line.starts_with("a ")).unwrap();
        (tipping.cases[0].within, row.split_whitespace().nth(1).unwrap().to_owned())
    };
    let ([at_least, _], text) = said(&[7.0, 6.0, 25.0]);
    assert!(at_least.unwrap() > 11.6 && text == ">11", "{at_least:?} {text}");
    let ([_, at_most], text) = said(&[5.0, 5.0, 0.0]);
    assert!(at_most.unwrap() < 4.4 && text == "<=5", "{at_most:?} {text}");
    assert_eq!(said(&[25.0, 25.0]).1, ">20");
    assert_eq!(said(&[0.0, 0.0]).1, "<=1");
}

#[test]
fn of_whole_numbers_the_tipping_point_is_the_first_that_meets_the_criterion() {
    let mut find = share(1.0);
    find.grid = Grid { kind: Kind::Whole, first: 1.0, last: 20.0, precision: 1.0 };
    let exact = case(&find, &[6.0, 6.0, 6.0]);
    assert_eq!((exact.mean, exact.ci95), (Some(7.0), Some([7.0, 7.0])));
    find.grid.precision = 3.0;
    // 7 does not, 10 does: it is 8, 9 or 10.
    assert_eq!(case(&find, &[7.5]).searched[0].bracket(&find.grid), Some([8.0, 10.0]));
}

fn of_time(turn: Turn, measures: [Option<Measure>; 3]) -> Searched {
    let mut find = share(0.5);
    find.turn = turn;
    Searched::of(&find, |step| Ok::<_, ()>(measures[step as usize])).unwrap()
}

#[test]
fn a_time_that_was_cut_off_is_above_every_limit_and_one_that_is_not_there_is_nowhere() {
    use Measure::{Censored, Value};
    let found = |turn, measures| of_time(turn, measures).turned;
    let storm = [None, Some(Value(20.0)), Some(Censored(60.0))];
    assert_eq!(found(Turn::RisesAbove(30.0), storm), Turned::After(1));
    assert_eq!(found(Turn::RisesAbove(10.0), storm), Turned::After(0));
    // 60 s were watched: whether it is beyond 90 s is not known, and it is said.
    assert_eq!(found(Turn::RisesAbove(90.0), storm), Turned::After(1));
    let unsure = |limit| {
        let mut find = share(0.5);
        find.turn = Turn::RisesAbove(limit);
        let metric = Metric::named("recovery_time").unwrap();
        let searched = vec![of_time(find.turn, storm)];
        TippingCase::of("a".to_owned(), HUE, &find, metric, searched).unsure
    };
    assert_eq!([30.0, 90.0].map(unsure), [0, 1]);
    let calm = [None, None, Some(Value(1.0))];
    assert_eq!(found(Turn::FallsBelow(5.0), calm), Turned::After(1));
}

#[test]
fn a_metric_that_goes_back_is_told_and_noise_below_its_floor_is_not() {
    let value = |value: f64| Some(Measure::Value(value));
    let metric = Metric::named("recovery_time").unwrap();
    let wavers = |measures| {
        let turn = Turn::RisesAbove(30.0);
        of_time(turn, measures).wavers(turn, metric)
    };
    let small = metric.floor / 2.0;
    assert!(!wavers([value(10.0), value(20.0), value(40.0)]));
    assert!(!wavers([value(20.0), value(20.0 - small), value(40.0)]));
    assert!(wavers([value(20.0), value(10.0), value(40.0)]));
    assert!(wavers([value(20.0), Some(Measure::Censored(60.0)), value(40.0)]));
    // From the first to the last it turned the other way round, which is another thing.
    assert!(!wavers([value(40.0), value(30.0), value(10.0)]));
}

/// Tipping points around 0.5, normal with a standard deviation of 0.05.
fn drawn(study: u64, replications: u64) -> Vec<f64> {
    let draws = Draws::new(11, 0);
    let at =
        |index| 0.5 + 0.05 * math::normal_quantile(draws.at(Purpose::new(1), study, index).unit());
    (0..replications).map(at).collect()
}

/// How many of 1,000 intervals hold the mean of the law, 0.5.
fn covered(precision: f64, replications: u64) -> usize {
    // Off the grid's own symmetry, so that 0.5 is no end of a bracket.
    let mut find = share(precision);
    find.grid.first = precision / 3.0;
    let holds = |study| {
        let [low, high] = case(&find, &drawn(study, replications)).ci95.unwrap();
        low <= 0.5 && 0.5 <= high
    };
    (0..1_000).filter(|study| holds(*study)).count()
}

#[test]
fn the_interval_covers_the_truth_as_often_as_it_says() {
    for replications in [5, 10, 20] {
        let fine = covered(0.001, replications);
        assert!((936..=964).contains(&fine), "{fine} of 1,000 with {replications}");
    }
}

#[test]
fn a_coarse_precision_never_makes_the_interval_too_narrow() {
    for precision in [0.01, 0.05, 0.2] {
        let coarse = covered(precision, 10);
        assert!(coarse >= 936, "{coarse} of 1,000 to within {precision}");
    }
}
