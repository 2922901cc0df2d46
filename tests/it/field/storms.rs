//! Reconnect storms: jitter, its window, and when the count of retries starts again.

use ringstorm::observe::SeriesId;

use super::support::{Answers, series};

/// Too small a window is a storm with dead work, too large a one is a wait.
#[test]
fn mattermost_10960_has_a_best_window() {
    let answers = Answers::of("field/mattermost-10960.json", 4, &[]);
    // 1, 5, 10, 20, 40, 80 and 160 s.
    let times: Vec<f64> =
        (0..7).map(|point| answers.mean_at(point, "random delay", "recovery_time")).collect();
    let best = (0..7).min_by(|a, b| times[*a].total_cmp(&times[*b])).unwrap();
    assert_eq!(best, 2, "{times:?}");
    // 2,000 clients at 200 a second are 10 s of work: no window below that can be as good.
    assert!((times[2] - 10.0).abs() < 1.0, "{times:?}");
    assert!(times[0] > 1.5 * times[2] && times[6] > 10.0 * times[2], "{times:?}");
    assert!(answers.mean_at(0, "random delay", "dead_handshakes") > 1_000.0);
}

#[test]
fn lockstep_3s_comes_in_waves_and_never_gets_in() {
    let file = "field/lockstep-3s.json";
    let answers = Answers::of(file, 2, &[]);
    assert_eq!(answers.mean("every 3 s", "recovered"), 0.0);
    assert_eq!(answers.mean("full jitter 1 s to 30 s", "recovered"), 1.0);
    // The server is gone at 60 s; from then on all 2,000 try each 3 s, and nobody in between.
    let waves = series(file, &[], "every 3 s", SeriesId::Attempts);
    for second in [64, 67, 70] {
        assert!(waves[second - 1] > 1_950.0, "{second} s: {}", waves[second - 1]);
        assert!(waves[second] < 50.0, "{} s: {}", second + 1, waves[second]);
    }
    let spread = series(file, &[], "full jitter 1 s to 30 s", SeriesId::Attempts);
    let even = &spread[149..169];
    assert!(even.iter().all(|rate| (80.0..200.0).contains(rate)), "{even:?}");
}
