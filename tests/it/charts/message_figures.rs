//! Charts of messages over plain values: titles, and that they are readable.

use ringstorm::chart::Size;
use ringstorm::chart::figure::Figure;
use ringstorm::chart::messages::{Frame, Mean, Messages, broker, delivery, lost};

use super::assert_readable;
use super::synthetic::HUES;

fn frame() -> Frame {
    Frame {
        number: None,
        tails: vec![", 10 servers, 20 replications, seed 1.".to_owned()],
        many: true,
        alike: Vec::new(),
    }
}

fn mean(mean: f64) -> Mean {
    Mean { mean, interval: Some([0.95 * mean, 1.05 * mean]) }
}

/// One to eight policies, each with fewer copies and more losses than the one before.
fn policies(count: usize) -> Vec<Messages> {
    let names = ["broadcast", "interest", "sharded", "colocated", "five", "six", "seven", "eight"];
    let policy = |(index, name): (usize, &&str)| {
        let level = index as f64;
        let quantiles = [(0.5, 1.0), (0.75, 1.4), (0.9, 2.1), (0.95, 3.0), (0.99, 7.0)];
        Messages {
            policy: (*name).into(),
            hue: HUES[index % 5],
            copies: Some(mean(10.0 - level)),
            bound: Some(2.5),
            delivery: quantiles.map(|(q, times)| (q, 0.002 * times * (1.0 + level))).to_vec(),
            lost_share: 0.004 * level,
            lost: vec![
                ("Recipient offline", mean(1200.0 * level)),
                ("At the broker", mean(300.0)),
                ("Client too slow", mean(0.0)),
            ],
        }
    };
    names.iter().enumerate().take(count).map(policy).collect()
}

type Draw = fn(&[Messages], &Frame, Size) -> Option<(Figure, String)>;

const CHARTS: [(&str, Draw); 3] =
    [("broker", broker::figure), ("delivery-cdf", delivery::figure), ("lost", lost::figure)];

#[test]
fn charts_of_messages_are_readable_for_one_policy_and_for_eight() {
    for size in [Size::Wide, Size::Half] {
        for count in [1, 2, 4, 8] {
            for (name, draw) in CHARTS {
                let (figure, _) = draw(&policies(count), &frame(), size).unwrap();
                assert_eq!(figure.name, name);
                assert_readable(&format!("{count} policies"), &figure);
            }
        }
    }
}

#[test]
fn titles_name_who_sends_waits_and_loses_most() {
    let title = |draw: Draw| draw(&policies(4), &frame(), Size::Wide).unwrap().0.title;
    assert_eq!(
        title(broker::figure),
        "Broadcast sends 10 copies of each publish, colocated sends 7"
    );
    assert_eq!(
        title(delivery::figure),
        "Of what arrives, 99% is there in 14 ms with broadcast, 56 ms with colocated"
    );
    assert_eq!(title(lost::figure), "Colocated loses 1.2% of messages, broadcast loses 0%");
}

#[test]
fn runs_without_messages_have_no_chart_of_them() {
    let mut none = policies(2);
    for policy in &mut none {
        policy.copies = None;
        policy.delivery.clear();
        policy.lost.clear();
    }
    for (_, draw) in CHARTS {
        assert_eq!(draw(&none, &frame(), Size::Wide), None);
        assert_eq!(draw(&[], &frame(), Size::Wide), None);
    }
}

#[test]
#[ignore = "writes pictures to look at, into the folder that RINGSTORM_CHARTS names"]
fn charts_of_messages_are_written() {
    use ringstorm::chart::theme::Theme;
    let folder = std::env::var("RINGSTORM_CHARTS").expect("RINGSTORM_CHARTS names a folder");
    for (name, draw) in CHARTS {
        let (figure, _) = draw(&policies(4), &frame(), Size::Wide).unwrap();
        for (suffix, theme) in [("", Theme::Light), ("-dark", Theme::Dark)] {
            let svg = ringstorm::chart::svg::render(&figure, theme);
            let png = ringstorm::chart::png(&svg).unwrap();
            std::fs::write(format!("{folder}/messages-{name}{suffix}.png"), png).unwrap();
        }
    }
}
