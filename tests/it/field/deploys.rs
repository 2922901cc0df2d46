//! Deploys.

use super::support::Answers;

/// Kubernetes' default takes a quarter of the servers away at once, and the herd that comes
/// back each 15 s is more than the rest can do; about ten times the requests, for hours.
#[test]
fn omi_5518_does_not_recover_from_a_default_rolling_update() {
    let answers = Answers::of("field/omi-5518.json", 2, &[]);
    let (default, careful) = (0, 1);
    let (fixed, jitter) = ("every 15 s", "full jitter 1 s to 120 s");
    assert_eq!(answers.mean_at(default, fixed, "recovered"), 0.0);
    assert_eq!(answers.mean_at(careful, jitter, "recovered"), 1.0);
    assert!(answers.mean_at(default, fixed, "offline_fraction") > 0.4, "over 40% errors");
    assert!(answers.mean_at(careful, jitter, "offline_fraction") < 0.02);
    let more =
        answers.mean_at(default, fixed, "attempts") / answers.mean_at(careful, jitter, "attempts");
    assert!(more > 10.0, "{more} times the attempts");
    let peaks = [fixed, jitter].map(|policy| answers.mean_at(careful, policy, "peak_attempt_rate"));
    assert!(peaks[1] < peaks[0] / 1.5, "{peaks:?}");
}

#[test]
fn globalping_237_ends_with_everybody_on_one_of_two() {
    let answers = Answers::of("field/globalping-237.json", 3, &[]);
    assert_eq!(answers.mean("as it was", "imbalance_end"), 2.0);
    assert!(answers.mean("paced rebalance", "imbalance_end") < 1.02);
    // Half were on each; the second restart hits everybody; then half are moved.
    assert_eq!(answers.mean("as it was", "dropped"), 1_500.0);
}

/// N servers in turn with one more: (1 + 1/N)^N - 1 drops a client (A-ROLLDROP).
#[test]
fn chatto_109_drops_a_client_again_and_again_unless_new_pods_are_preferred() {
    let answers = Answers::of("field/chatto-109.json", 5, &[]);
    let naive = answers.mean("round robin", "drops_per_client");
    assert!((naive - (1.1_f64.powi(10) - 1.0)).abs() < 0.01, "{naive}");
    assert!(answers.mean("round robin", "drops_per_client_p99") >= 4.0);
    assert_eq!(answers.mean("prefer new pods", "drops_per_client"), 1.0);
    assert_eq!(answers.mean("prefer new pods", "drops_per_client_max"), 1.0);
    // Each new pod takes all of the old pod's clients and its turn of the later ones.
    assert!(answers.mean("prefer new pods", "imbalance_end") > 2.0);
    assert_eq!(answers.mean("least connections", "drops_per_client_max"), 1.0);
}
