//! What counts, from when, and when it is told.

use ringstorm::observe::Observations;
use ringstorm::stats::SeriesId;
use serde_json::json;

use crate::theory::support::{Scenario, metric_of};

/// Steps of ten seconds, the first of which is the warm-up.
fn warmed_up(events: serde_json::Value) -> Scenario {
    Scenario::new(40.0)
        .set("replications", 1)
        .set("sample_every", "10s")
        .set("warmup", "10s")
        .set("events", events)
}

#[test]
fn the_step_that_ends_with_the_warmup_is_a_part_of_it() {
    // Nothing is written after the warm-up.
    let shares = warmed_up(json!([{"at": "10s", "outage": {"of": "broker", "for": "60s"}}]))
        .set("clients.connected", 100)
        .set("servers.count", 4)
        .set(
            "messaging",
            json!({"channels": {"count": 10}, "publish": {"rate": "1000/s", "per": "all"}}),
        )
        .run(|run| metric_of(run, "message_share"));
    assert_eq!(shares, [0.0]);
    // A fourth server, with nobody on it, is there from 1 s until 10.5 s.
    let imbalance = warmed_up(json!([
        {"at": "1s", "add": 1}, {"at": "10500ms", "remove": {"servers": ["s4"]}}
    ]))
    .set("clients.connected", 90)
    .set("servers.count", 3)
    .run(|run| metric_of(run, "imbalance"));
    assert_eq!(imbalance, [1.0]);
}

/// What the series of lost messages says of the whole run, in steps of a second.
pub fn lost_by_series(run: &Observations) -> u64 {
    run.series.row(SeriesId::Lost).iter().sum::<f64>().round() as u64
}

/// 40 clients, a quarter of them away for up to some seconds from 10 s on.
#[test]
fn the_series_of_lost_messages_tells_all_that_are_lost_when_it_is_certain() {
    let of = |history: Option<&str>| {
        let mut messaging =
            json!({"channels": {"count": 1}, "publish": {"rate": "20/s", "per": "all"}});
        if let Some(history) = history {
            messaging["history"] = json!(history);
        }
        let scenario = Scenario::new(40.0)
            .set("replications", 1)
            .set("sample_every", "1s")
            .set("clients.connected", 40)
            .set("clients.reconnect", json!({"fixed": {"delay": "5s", "jitter": "none"}}))
            .set("servers.count", 4)
            .set("messaging", messaging)
            .set("events", json!([{"at": "10s", "crash": {"count": 1, "for": "5s"}}]));
        scenario.run(|run| {
            let messages = run.messages.as_ref().expect("there are messages");
            assert_eq!(lost_by_series(run), messages.lost.total());
            let row = run.series.row(SeriesId::Lost).iter().enumerate();
            let steps: Vec<usize> =
                row.filter(|(_, lost)| **lost > 0.0).map(|(step, _)| step).collect();
            (messages.lost.total(), steps)
        })
    };
    let without = of(None);
    assert!(without[0].0 > 800 && without[0].1 == [10, 11, 12, 13, 14], "{without:?}");
    // It might have come back for them, until it comes back too late.
    let late = of(Some("4s"));
    assert!(late[0].0 == without[0].0 && late[0].1 == [15], "{late:?} {without:?}");
    assert_eq!(of(Some("6s")), [(0, vec![])]);
}
