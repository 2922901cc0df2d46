//! Charts of messages: drawn from what a run with messages has, and of no other run.

use ringstorm::chart::figure::Figure;
use ringstorm::chart::{Size, alt_text, figure, figures};
use ringstorm::stats::Results;

use super::compared::{around, compared, delivery, measured};

pub const KINDS: [&str; 3] = ["broker", "delivery-cdf", "lost"];

/// Three policies; the first sends every publish to 12 servers, of which half need it.
pub fn with_messages(replications: u32) -> Results {
    let mut found = compared(3, replications);
    for (index, case) in found.points[0].cases.iter_mut().enumerate() {
        let level = index as f64;
        let of = |mean, salt| around(mean, 0.02, replications, salt + index as u64);
        case.metrics.extend([
            measured("broker_copies_per_publish", of(12.0 - 3.0 * level, 200)),
            measured("idle_copies_fraction", of(0.5 - 0.25 * level, 210)),
            measured("lost_fraction", of(0.004 * (level + 1.0), 220)),
            measured("lost_offline", of(900.0 + 400.0 * level, 230)),
            measured("lost_at_broker", of(20.0, 240)),
        ]);
        delivery(case, 0.040 * (level + 1.0));
    }
    found
}

fn drawn(results: &Results, name: &str) -> (Figure, String) {
    figure(results, name, Size::Wide).expect("the results have messages")
}

#[test]
fn a_run_without_messages_has_no_chart_of_them() {
    let results = compared(3, 10);
    for kind in KINDS {
        assert!(figure(&results, kind, Size::Wide).is_none(), "{kind}");
    }
}

#[test]
fn a_run_with_messages_has_all_charts_of_them_in_both_sizes() {
    let results = with_messages(10);
    let names: Vec<String> = figures(&results).into_iter().map(|(figure, _)| figure.name).collect();
    for kind in KINDS {
        assert!(names.iter().any(|name| name == kind), "{kind}");
        assert!(figure(&results, kind, Size::Half).is_some(), "{kind}");
        assert!(alt_text(&results, kind).is_some_and(|text| !text.is_empty()), "{kind}");
    }
}

#[test]
fn one_run_with_messages_is_drawn_without_intervals() {
    let results = with_messages(1);
    for kind in KINDS {
        assert!(!drawn(&results, kind).0.title.is_empty(), "{kind}");
    }
}

#[test]
fn no_title_of_messages_claims_what_lies_within_the_noise() {
    let mut found = with_messages(5);
    for (index, case) in found.points[0].cases.iter_mut().enumerate() {
        // The same ten per cent up and down in every policy, and a lead of one in a hundred.
        let own = |run: usize| if (run + index).is_multiple_of(2) { 1.1 } else { 0.9 };
        let lead = 1.0 + 0.01 * index as f64;
        let of = |mean: f64| (0..5).map(|run| Some(mean * lead * own(run))).collect();
        case.metrics
            .retain(|m| !matches!(m.metric.name, "broker_copies_per_publish" | "lost_fraction"));
        case.metrics.extend([
            measured("broker_copies_per_publish", of(8.0)),
            measured("delivery_p99", of(0.3)),
            measured("lost_fraction", of(0.1)),
        ]);
    }
    for kind in KINDS {
        let title = drawn(&found, kind).0.title;
        assert!(title.starts_with("No policy differs clearly"), "{kind}: {title}");
    }
    // Of one run each there is no noise to tell.
    for kind in KINDS {
        let title = drawn(&with_messages(1), kind).0.title;
        assert!(!title.starts_with("No policy differs clearly"), "{kind}: {title}");
    }
}
