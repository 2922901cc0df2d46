//! The frontier: trade-offs are between alternatives, and every point is told by a name.

use ringstorm::chart::figure::Figure;
use ringstorm::chart::{Size, figure};
use ringstorm::stats::{PointResults, Results};

use super::assert_readable;
use super::compared::{compare, compared, measured};
use super::synthetic::results;

fn drawn(results: &Results) -> (Figure, String) {
    figure(results, "frontier", Size::Wide).expect("the results have data for it")
}

fn texts(figure: &Figure) -> Vec<&str> {
    figure.labels().map(|label| label.text.as_str()).collect()
}

/// Whether a name stands at a point or on the list below the plots.
fn is_named(figure: &Figure, name: &str) -> bool {
    figure.labels().any(|label| label.at.1 > 60.0 && label.text.contains(name))
}

/// So many policies at (drops per client, busiest ÷ mean) each.
fn choice(at: &[(f64, f64)], swept: &[(&str, &str)], world: &str) -> PointResults {
    let mut point = compared(at.len(), 5).points.remove(0);
    for (case, (dropped, busiest)) in point.cases.iter_mut().zip(at) {
        let clients = point.clients as f64;
        case.metrics = vec![
            measured("imbalance", vec![Some(*busiest); 5]),
            measured("dropped", vec![Some(dropped * clients); 5]),
        ];
    }
    point.at = swept.iter().map(|(path, value)| ((*path).into(), (*value).into())).collect();
    world.clone_into(&mut point.identity.digest);
    compare(&mut point);
    point
}

const LOSS: &str = "network.loss";
const CAP: &str = "clients.reconnect.exponential.cap";

#[test]
fn one_policy_in_two_worlds_is_no_trade_off() {
    let alone = |dropped: f64, busiest: f64, loss: &str| {
        choice(&[(dropped, busiest)], &[(LOSS, loss)], loss)
    };
    let found = results("worlds", 5, vec![alone(0.1, 1.4, "0"), alone(0.9, 1.1, "0.2")]);
    assert!(figure(&found, "frontier", Size::Wide).is_none(), "nothing to choose");
    let decided = |dropped: f64, busiest: f64, cap: &str| {
        choice(&[(dropped, busiest)], &[(CAP, cap)], "one world")
    };
    let found = results("caps", 5, vec![decided(0.1, 1.4, "\"5s\""), decided(0.9, 1.1, "\"60s\"")]);
    let (figure, _) = drawn(&found);
    assert_eq!(
        figure.title,
        "Evening load from 1.4 × to 1.1 × costs 0.9 instead of 0.1 drops a client"
    );
}

#[test]
fn policies_are_compared_within_their_world() {
    // In the second world all is worse: across worlds nothing of it would be on the frontier.
    let calm = choice(&[(0.1, 1.4), (0.5, 1.1), (0.6, 1.2)], &[(LOSS, "0")], "calm");
    let rough = choice(&[(0.3, 1.8), (0.9, 1.5), (0.8, 1.9)], &[(LOSS, "0.2")], "rough");
    let found = results("worlds", 5, vec![calm, rough]);
    let (figure, csv) = drawn(&found);
    let kinds = |kind: &str| csv.lines().filter(|line| line.contains(kind)).count();
    assert_eq!((kinds(",frontier,"), kinds(",dominated,")), (4, 2), "{csv}");
    let texts = texts(&figure);
    for head in ["loss 0", "loss 0.2"] {
        assert_eq!(texts.iter().filter(|text| **text == head).count(), 1, "{texts:?}");
    }
    assert_eq!(
        figure.title,
        "Hash ring, 160 points is more even, round robin drops less in both worlds"
    );
    assert!(texts[1].contains(", a plot for each value of network loss"), "{}", texts[1]);
    assert_readable("worlds", &figure);
}

#[test]
fn decisions_are_told_in_names_and_worlds_in_heads() {
    let at = |loss: &str, cap: &str, worse: f64| {
        let cost = [(0.1 + worse, 1.4), (0.5 + worse, 1.1)];
        choice(&cost, &[(LOSS, loss), (CAP, cap)], loss)
    };
    let (short, long) = ("\"5s\"", "\"60s\"");
    let points =
        vec![at("0", short, 0.0), at("0", long, 0.1), at("0.2", short, 0.2), at("0.2", long, 0.3)];
    let (figure, _) = drawn(&results("both", 5, points));
    for name in ["round robin, cap 5s", "hash ring, 160 points, cap 60s"] {
        assert!(is_named(&figure, name), "{name}: {:?}", texts(&figure));
    }
    for head in ["loss 0", "loss 0.2"] {
        assert!(texts(&figure).contains(&head));
    }
}

#[test]
fn who_is_best_everywhere_is_told_of_all_worlds() {
    let at = |loss: &str, harder: f64| {
        choice(&[(0.5 * harder, 1.4), (0.1 * harder, 1.1)], &[(LOSS, loss)], loss)
    };
    let (figure, _) =
        drawn(&results("best", 5, vec![at("0", 1.0), at("0.1", 1.5), at("0.2", 2.0)]));
    assert_eq!(figure.title, "Hash ring, 160 points is most even and drops least in all 3 worlds");
}

#[test]
fn what_noise_hides_is_not_alike() {
    // Two runs of two policies.
    let told = |busiest: [[f64; 2]; 2], dropped: [[f64; 2]; 2]| {
        let mut point = compared(2, 2).points.remove(0);
        let clients = point.clients as f64;
        for (index, case) in point.cases.iter_mut().enumerate() {
            case.metrics = vec![
                measured("imbalance", busiest[index].map(Some).to_vec()),
                measured("dropped", dropped[index].map(|each| Some(each * clients)).to_vec()),
            ];
        }
        point.differences.clear();
        drawn(&results("noise", 2, vec![point])).0.title
    };
    let uneven = [[1.2, 1.4], [1.0, 1.08]];
    let clearly_uneven = [[1.299, 1.301], [1.039, 1.041]];
    let dropped = [[0.0, 0.0], [0.6, 1.33]];
    let clearly_dropped = [[0.001, 0.003], [0.96, 0.97]];
    assert_eq!(
        told(uneven, dropped),
        "No policy differs clearly: busiest 1.04 to 1.3 ×, 0 to 0.965 drops a client"
    );
    assert_eq!(
        told(uneven, clearly_dropped),
        "No policy differs clearly in balance; drops are 0.002 to 0.965 a client"
    );
    assert_eq!(
        told(clearly_uneven, dropped),
        "No policy differs clearly in drops; the busiest server has 1.04 × to 1.3 ×"
    );
}

#[test]
fn worlds_beyond_twelve_are_left_out_and_counted() {
    let at = |index: u32| {
        let loss = format!("0.{index:02}");
        choice(&[(0.1, 1.4), (0.5, 1.1)], &[(LOSS, &loss)], &loss)
    };
    let (figure, csv) = drawn(&results("many", 5, (0..30).map(at).collect()));
    let texts = texts(&figure);
    let heads: Vec<_> = texts.iter().filter(|text| text.starts_with("loss 0.")).collect();
    assert_eq!(heads.len(), 12);
    assert_eq!((*heads[0], *heads[11]), ("loss 0.00", "loss 0.29"), "over the whole range");
    assert!(texts.iter().any(|text| text.contains("12 of 30 worlds are drawn.")));
    assert_eq!(csv.lines().count(), 1 + 2 * 30);
    assert_readable("many", &figure);
}

#[test]
fn every_point_is_named_at_its_place_or_on_the_list() {
    // All eight at two places, then eight close together, then many points of each.
    let piles = choice(&[(0.1, 1.4), (0.5, 1.1)].repeat(4), &[], "");
    let near: Vec<(f64, f64)> = (0..8)
        .map(|index| (0.5 + 0.004 * f64::from(index), 1.3 - 0.004 * f64::from(index)))
        .collect();
    let near = choice(&near, &[], "");
    let swept = (1..=6).map(|cap| {
        let at = |index: u32| (f64::from(index * cap) / 50.0, 1.0 + f64::from(index + cap) / 20.0);
        choice(&(0..8).map(at).collect::<Vec<_>>(), &[(CAP, &format!("\"{cap}s\""))], "")
    });
    for (name, points) in [("piles", vec![piles]), ("near", vec![near]), ("swept", swept.collect())]
    {
        for size in [Size::Wide, Size::Half] {
            let found = results(name, 5, points.clone());
            let (drawn, _) = figure(&found, "frontier", size).unwrap();
            assert_readable(name, &drawn);
            for case in &points[0].cases {
                assert!(is_named(&drawn, &case.policy), "{name}: {} is not named", case.policy);
            }
        }
    }
}
