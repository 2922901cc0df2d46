//! Gateways know loads by reports: when these come decides what clients wait for.

use serde_json::{Value, json};

use super::support::{metric, run};

/// Ten servers with one worker each, half busy, behind a gateway that counts whom it sends where
/// until the next report.
fn gateway(report_times: &str) -> Value {
    json!({
        "name": "reports",
        "replications": 1,
        "duration": "2m",
        "clients": {
            "connected": 1000,
            "arrivals": {"poisson": {"rate": "steady"}},
            "presence": {"exponential": {"mean": "20s"}},
            "rtt": "0s",
            "connect_timeout": "never",
        },
        "servers": {"count": 10, "handshake": {"workers": 1, "cost": "100ms"}},
        "policies": [{
            "name": "only",
            "balance": {"gateway": {"report_every": "10s", "report_times": report_times}}
        }],
    })
}

fn mean_wait(report_times: &str) -> f64 {
    let waits = (0..20).map(|replication| {
        metric(&run(&gateway(report_times), replication), "handshake_wait_mean")
    });
    waits.sum::<f64>() / 20.0
}

/// All reports at one time agree with each other, and what is counted since keeps loads even. Reports
/// at times of their own do not: half of a server's clients have left since the last report of the
/// others, so that it looks emptiest to all, and its queue grows by seconds. A simulator of its own in
/// another language, with reports at independent phases, gave 0.987 s; with common ones 0.0225 s.
#[test]
fn who_has_just_reported_looks_emptiest() {
    let (together, apart) = (mean_wait("together"), mean_wait("apart"));
    assert!((0.018..0.028).contains(&together), "{together}");
    assert!((0.8..1.2).contains(&apart), "{apart}");
}
