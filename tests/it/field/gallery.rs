//! The gallery: what each description says.

use super::support::Answers;

#[test]
fn a_rolling_deploy_drops_everybody_once_if_the_dropped_go_to_new_servers() {
    let answers = Answers::of("rolling-deploy.json", 1, &["clients.connected=5000"]);
    assert!(answers.mean("close at once", "drops_per_client") > 1.4);
    let peaks = ["close at once", "drain over 30 s"]
        .map(|policy| answers.mean(policy, "peak_attempt_rate"));
    assert!(peaks[1] < peaks[0] / 4.0, "{peaks:?}");
    for policy in ["drain, least connections", "drain, prefer new"] {
        assert!(answers.mean(policy, "drops_per_client") < 1.02);
    }
    assert!(answers.mean("drain, least connections", "imbalance_end") < 1.02);
    assert!(answers.mean("drain, prefer new", "imbalance_end") > 1.5);
    assert!(answers.mean("drain, gateway", "drops_per_client") < 1.02);
    assert!(answers.mean("drain, gateway", "imbalance_end") < 1.02);
    let ring = ["drain, ring", "drain, ring that moves"]
        .map(|policy| answers.mean(policy, "drops_per_client"));
    assert!((1.2..1.5).contains(&ring[0]) && ring[1] > ring[0] + 0.2, "{ring:?}");
}

#[test]
fn a_zone_that_comes_back_stays_empty_unless_somebody_moves_the_load() {
    let answers = Answers::of("zone-outage.json", 1, &[]);
    for policy in ["ring", "least connections"] {
        assert!(answers.mean(policy, "imbalance_end") > 1.4, "{policy}");
    }
    assert!(answers.mean("ring, moved back", "imbalance_end") < 1.3);
    assert!(answers.mean("least connections, shed", "imbalance_end") < 1.05);
    // A third is lost; noticed by the heartbeats 20 s to 45 s later.
    let lost = answers.mean("least connections", "dropped");
    assert!((lost - 10_000.0).abs() < 5.0, "{lost}");
    let back = answers.mean("least connections", "recovery_p99");
    assert!((44.0..48.0).contains(&back), "{back}");
}

#[test]
fn an_autoscaler_halves_the_bill_and_drops_clients_each_evening() {
    let answers = Answers::of("diurnal-hpa.json", 1, &[]);
    let fixed = "15 servers all day";
    let hours = answers.mean("hpa", "server_hours") / answers.mean(fixed, "server_hours");
    assert!((0.4..0.6).contains(&hours), "{hours}");
    assert_eq!(answers.mean(fixed, "dropped"), 0.0);
    assert!(answers.mean("hpa", "dropped") > 2_000.0);
    let peaks =
        ["hpa", "hpa, drain over 10 min"].map(|policy| answers.mean(policy, "peak_attempt_rate"));
    assert!(peaks[1] < peaks[0] / 1.5, "{peaks:?}");
}
