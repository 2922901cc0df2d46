//! How long a warm-up is, against closed forms; what pilot runs watch.

use std::path::Path;

use ringstorm::engine::math;
use ringstorm::model;
use ringstorm::observe::{Observations, SeriesId};
use ringstorm::plan::{PILOTS, Plan, RunId};
use ringstorm::scenario::{Overrides, read_text};
use ringstorm::stats::warmup::{Pilot, Settled, Unsettled, drift, settled};

/// What a pilot leaves in which only the number of connected clients says anything.
fn connected(series: impl Iterator<Item = f64>) -> Pilot {
    let series: Vec<f64> = series.collect();
    let flat = vec![0.0; series.len()];
    Pilot([series, flat.clone(), flat])
}

/// One that grows from 0 to `full` as exp(−t/T) decays.
fn filling(full: f64, mean: f64, steps: u32) -> Pilot {
    connected((1..=steps).map(|step| full * (1.0 - math::exp(-f64::from(step) / mean))))
}

fn plan(text: &str) -> Plan {
    read_text("x.json", text, Path::new(""), &Overrides::default()).unwrap()
}

#[test]
fn the_longest_of_all_policies_and_series_counts_for_all() {
    let step = |at: u32| (0..200).map(move |step| if step < at { 0.0 } else { 100.0 });
    let quick = || vec![connected(step(10)); 5];
    let slow = || vec![connected(step(40)); 5];
    let Pilot([flat, ..]) = connected(std::iter::repeat_n(7.0, 200));
    let queued = vec![Pilot([flat.clone(), flat.clone(), step(60).collect()]); 5];
    let found = |pilots: &[Vec<Pilot>]| settled(pilots).unwrap();
    assert_eq!(found(&[quick(), slow()]), Settled { steps: 40, longest: Some(1) });
    assert_eq!(found(&[slow(), quick()]), Settled { steps: 40, longest: Some(0) });
    assert_eq!(found(&[slow(), quick(), slow()]), Settled { steps: 40, longest: None });
    assert_eq!(found(&[slow(), queued]), Settled { steps: 60, longest: Some(1) });
    let level = vec![Pilot([flat.clone(), flat.clone(), flat]); 5];
    assert_eq!(found(&[level]), Settled { steps: 0, longest: None });
}

#[test]
fn what_still_drifts_halfway_is_refused_and_what_has_ceased_to_matter_is_not() {
    // S-MSER-c, longer: a trend has no steady state.
    let trend = vec![connected((1..=100).map(f64::from)); 5];
    let unsettled = Unsettled { policy: 1, series: SeriesId::Connected };
    let level = vec![connected(std::iter::repeat_n(7.0, 100)); 5];
    assert_eq!(settled(&[level, trend]), Err(unsettled));
    // Without noise MSER-5 forgets an exponential for ever. After 4 T all that follows is
    // within 1% of what it grows to, for what is left of it is e^-4 / 4 on average; after 2 T
    // it is not.
    let filled = |times: u32| settled(&[vec![filling(1e6, 50.0, 50 * times); 5]]);
    assert_eq!(filled(8), Ok(Settled { steps: 200, longest: Some(0) }));
    assert!(filled(4).is_err());
}

#[test]
fn a_drift_that_pilots_do_not_share_is_chance() {
    let begins = |at: f64| connected((0..100).map(move |step| if step < 20 { at } else { 100.0 }));
    let alike = [60.0, 70.0, 80.0, 75.0, 65.0].map(begins).to_vec();
    assert_eq!(settled(&[alike]), Ok(Settled { steps: 20, longest: Some(0) }));
    // Their mean begins with 70 as well.
    let apart = [250.0, 20.0, 20.0, 40.0, 20.0].map(begins).to_vec();
    assert_eq!(settled(&[apart]), Ok(Settled { steps: 0, longest: None }));
}

#[test]
fn what_differs_by_less_than_5_percent_or_1_is_no_drift() {
    let begins = |at: f64, then: f64| -> Vec<f64> {
        (0..100).map(|step| if step < 20 { at } else { then }).collect()
    };
    let forgets = |series: &[f64]| drift(series).map(|found| found.observations);
    assert_eq!(forgets(&begins(94.0, 100.0)), Some(20));
    assert_eq!(forgets(&begins(96.0, 100.0)), None);
    assert_eq!(forgets(&begins(0.0, 0.9)), None);
    assert_eq!(forgets(&begins(0.0, 1.1)), Some(20));
    assert_eq!(forgets(&begins(0.0, 100.0)[..39]), None);
}

/// Everything that might make an event known before its time.
const EVENTFUL: &str = r#"{
  "name": "x", "duration": "3m", "warmup": "auto",
  "clients": {
    "connected": 150,
    "arrivals": [{"poisson": {"rate": "3/s"}}, {"ramp": {"clients": 100, "over": "2m"}},
                 {"burst": {"clients": 50, "at": "20s", "within": "5s"}},
                 {"diurnal": {"mean": "1/s", "peak_over_trough": 3, "period": "2m"}}],
    "presence": {"exponential": {"mean": "1m"}}, "reconnect": "socket.io"
  },
  "servers": {"count": 3, "handshake": {"workers": 1, "cost": {"exponential": {"mean": "100ms"}}}},
  "messaging": {"publish": {"rate": "5/s", "per": "all"}, "delivery_cost": "1ms"},
  "policies": [
    {"name": "gateway", "balance": {"gateway": {"report_every": "2s"}},
     "rebalance": {"shed": {"tolerance": 0.05, "pace": "10/s"}}},
    {"name": "ring", "balance": "ring", "rebalance": "moved"}
  ],
  "events": [{"at": "90s", "crash": 1}, {"at": "61500ms", "load": {"factor": 5, "for": "30s"}},
             {"at": "2m", "deploy": {"rolling": {"surge": 1}}}]
}"#;

#[test]
fn pilot_runs_are_the_very_runs_up_to_the_first_event() {
    let plan = plan(EVENTFUL);
    let (pilots, ids) = plan.pilots();
    assert_eq!(ids, RunId::of(&plan, 0..PILOTS));
    let rows = |plan: &Plan| -> Vec<Observations> {
        let runs = model::run_each(plan, ids[..4].to_vec(), |_, run| run).unwrap();
        runs.into_iter().map(|(_, run)| run).collect()
    };
    for (pilot, run) in rows(&pilots).iter().zip(&rows(&plan)) {
        // 61 whole steps of 1 s: the first event by time, not in the scenario's order.
        for (pilot, run) in pilot.series.rows.iter().zip(&run.series.rows) {
            assert_eq!(pilot.len(), 61);
            assert_eq!(pilot[..], run[..61]);
        }
    }
}

#[test]
fn where_nothing_happens_pilot_runs_are_watched_to_the_end_and_a_stated_warm_up_needs_none() {
    let quiet = EVENTFUL.replace("\"events\": [", "\"budgets\": {}, \"find\": [");
    let quiet = quiet.split(",\n  \"budgets\"").next().unwrap().to_owned() + "}";
    let (pilots, _) = plan(&quiet).pilots();
    assert_eq!(pilots.points[0].world.duration, plan(&quiet).points[0].world.duration);
    let swept = quiet.replace(
        "\"warmup\": \"auto\",",
        "\"warmup\": \"auto\", \"sweep\": {\"warmup\": [\"10s\", \"auto\"]},",
    );
    let plan = plan(&swept);
    assert!(plan.seeks_warmup());
    let runs = plan.pilots().1;
    assert_eq!(runs.len(), 2 * PILOTS as usize);
    assert!(runs.iter().all(|run| run.point == 1));
}
