//! What must hold in every run, whatever the laws (case D-INV-a).

use serde_json::json;

use super::support::{Scenario, burst, exponential, mean_ci, metric_of, poisson};

/// Retries, time-outs, a short queue, a lossy cut, and crashes in the midst of handshakes.
fn trouble(abandoned: &str) -> Scenario {
    Scenario::queue(120.0, json!([burst(500), poisson(40.0)]), 2, exponential(0.02))
        .set("clients.connected", 300)
        .set("clients.presence", json!({"exponential": {"mean": "40s"}}))
        .set("clients.rtt", json!({"lognormal": {"median": "40ms", "sigma": 0.5}}))
        .set("clients.connect_timeout", "500ms")
        .set(
            "clients.reconnect",
            json!({"exponential": {"base": "100ms", "cap": "2s", "jitter": "full"}}),
        )
        .set("servers.count", 3)
        .set("servers.accept_queue", 40)
        .set("servers.handshake.abandoned", abandoned)
        .set(
            "events",
            json!([
                {"at": "500ms", "crash": 1},
                {"at": "60s", "disconnect": {"fraction": "50%"}},
                {"at": "90s", "add": 1},
            ]),
        )
}

#[test]
fn every_attempt_has_one_fate_d_inv_a() {
    for abandoned in ["served", "skipped", "aborted"] {
        for counts in trouble(abandoned).run(|run| run.counts.clone()) {
            let ended = counts.accepted
                + counts.rejected
                + counts.timed_out
                + counts.failed
                + counts.abandoned
                + counts.in_progress;
            assert_eq!(counts.attempts, ended, "{abandoned}");
            let fates = [
                counts.accepted,
                counts.rejected,
                counts.timed_out,
                counts.failed,
                counts.abandoned,
            ];
            assert!(
                fates.iter().all(|count| *count > 0),
                "{abandoned}: {fates:?} do not all occur"
            );
        }
    }
}

/// Little's law on the path: a run that starts and ends empty holds, summed over time, what
/// its clients waited, summed over clients. Histograms of times are good to 0.1%.
#[test]
fn the_area_under_the_queue_is_the_sum_of_the_waits_d_inv_a() {
    let runs = Scenario::queue(100.0, burst(1_000), 3, exponential(0.1)).run(|run| {
        assert_eq!(run.counts.accepted, 1_000);
        let sum = |times: &hdrhistogram::Histogram<u64>| times.mean() * times.len() as f64;
        let inside = (run.counts.present_time - run.counts.connected_time) as f64;
        [(inside, sum(&run.connect)), (run.counts.queued_time as f64, sum(&run.wait))]
    });
    for (area, sum) in runs.into_iter().flatten() {
        assert!((area / sum - 1.0).abs() <= 1e-3, "{area} and {sum}");
    }
}

#[test]
fn workers_are_busy_for_exactly_the_work_that_they_do_d_inv_a() {
    for abandoned in ["served", "skipped"] {
        let runs = Scenario::queue(
            50.0,
            json!([burst(200), {"ramp": {"clients": 900, "over": "40s"}}]),
            2,
            "37ms".into(),
        )
        .set("clients.connect_timeout", "1s")
        .set("servers.handshake.abandoned", abandoned)
        .run(|run| (run.counts.busy_time, run.counts.handshakes, run.counts.dead_handshakes));
        for (busy, handshakes, dead) in runs {
            assert_eq!(busy, u128::from(handshakes) * 37_000_000);
            assert!(dead > 0, "{abandoned}: some work is for nobody");
        }
    }
}

/// Poisson arrivals see time averages: the share that finds the only worker busy is the
/// share of time that it is. (Evenly spaced ones do not: Q-GIM1-a.)
#[test]
fn poisson_arrivals_see_time_averages_d_inv_a() {
    let differences = Scenario::queue(20_000.0, poisson(0.8), 1, exponential(1.0))
        .set("replications", 40)
        .run(|run| metric_of(run, "waited_fraction") - metric_of(run, "utilisation"));
    mean_ci("D-INV-a", None, &[("seen by arrivals, less over time", 0.0, differences)]);
}
