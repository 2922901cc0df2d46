//! Charts of messages: `broker`, `delivery-cdf`, `lost`, over plain values.
//!
//! [`Messages::of`] reads the values from results by the names of metrics and latencies;
//! where a run had no messages there are none, and no chart.

pub mod broker;
pub mod delivery;
pub mod lost;
mod rows;

use super::captions;
use super::cases::{Case, Selection};
use super::finding::metric_differs;
use super::name::Name;
use crate::policy::Hue;
use crate::stats::Results;

/// A mean over replications.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Its 95% interval; `None` of one run.
    pub interval: Option<[f64; 2]>,
}

/// What the charts of messages draw of one policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Messages {
    /// The policy, with the swept values where points share a chart.
    pub policy: Name,
    /// Its colour family.
    pub hue: Hue,
    /// Copies sent to servers for each publish.
    pub copies: Option<Mean>,
    /// The fewest copies that reach every recipient: servers with one. In copies a publish.
    pub bound: Option<f64>,
    /// Quantiles of the time from a publish until a recipient has it: (share, seconds), in
    /// ascending order, over the messages that arrive.
    pub delivery: Vec<(f64, f64)>,
    /// Messages that never arrive ÷ messages for present recipients.
    pub lost_share: f64,
    /// Messages lost, by cause.
    pub lost: Vec<(&'static str, Mean)>,
}

/// What stands around a chart of messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The number of the chart's point, from 1, where there are several.
    pub number: Option<usize>,
    /// The world and what was run, after the words that say what is drawn: `, 4 servers,
    /// 20 replications, seed 1.`; from the fullest to the shortest.
    pub tails: Vec<String>,
    /// Whether there are intervals.
    pub many: bool,
    /// Pairs of policies, by their names, that a metric does not tell apart beyond noise.
    pub alike: Vec<(&'static str, [Name; 2])>,
}

/// What the titles claim differences of: copies, the wait of the slowest hundredth, and losses.
const CLAIMED: [&str; 3] = [COPIES, P99, LOST];
const COPIES: &str = "broker_copies_per_publish";
const P99: &str = "delivery_p99";
const LOST: &str = "lost_fraction";

/// Causes of loss: the metric, and what charts call it.
const CAUSES: [(&str, &str); 4] = [
    ("lost_offline", "Recipient offline"),
    ("lost_at_broker", "At the broker"),
    ("lost_to_split_brain", "Wrong server"),
    ("lost_to_slow_clients", "Client too slow"),
];

impl Messages {
    /// What a case has of messages; nothing is made up where it has none.
    pub fn of(case: &Case<'_>) -> Self {
        let mean = |name: &str| {
            let found = case.metric(name)?;
            let mean = found.mean.filter(|mean| mean.is_finite())?;
            Some(Mean { mean, interval: found.ci95 })
        };
        let copies = mean(COPIES);
        let idle = case.mean("idle_copies_fraction");
        let delivery = case.found.latency.iter().filter(|row| row.latency == "delivery");
        let causes = CAUSES.iter().filter_map(|(metric, name)| Some((*name, mean(metric)?)));
        Self {
            policy: case.name.clone(),
            hue: case.found.hue,
            bound: copies.zip(idle).map(|(copies, idle)| copies.mean * (1.0 - idle)),
            copies,
            delivery: delivery.map(|row| (row.quantile, row.mean)).collect(),
            lost_share: case.mean(LOST).unwrap_or(0.0),
            lost: causes.collect(),
        }
    }
}

impl Frame {
    /// Around the charts of a selection.
    pub fn of(results: &Results, selection: &Selection<'_>) -> Self {
        let cases: Vec<&Case<'_>> = selection.cases.iter().collect();
        let world = captions::shared_world(&cases);
        let swept = captions::after_comma(selection.swept());
        let runs = captions::runs(results);
        Self {
            number: selection.number,
            tails: vec![format!("{swept}{world}, {runs}."), format!("{swept}, {runs}.")],
            many: results.replications > 1,
            alike: CLAIMED.iter().flat_map(|metric| alike(&selection.cases, metric)).collect(),
        }
    }

    /// Whether a metric tells two policies apart beyond noise.
    fn differs(&self, metric: &str, a: &Messages, b: &Messages) -> bool {
        let of = |[first, second]: &[Name; 2]| {
            [(first, second), (second, first)].contains(&(&a.policy, &b.policy))
        };
        !self.alike.iter().any(|(alike, pair)| *alike == metric && of(pair))
    }

    /// A chart's name.
    fn file_stem(&self, kind: &str) -> String {
        self.number.map_or_else(|| kind.to_owned(), |number| format!("{kind}-{number}"))
    }

    /// What is drawn, with each tail.
    fn subtitles(&self, what: &str) -> Vec<String> {
        self.tails.iter().map(|tail| format!("{what}{tail}")).collect()
    }
}

/// The pairs of cases that a metric does not tell apart. Costs O(cases² x differences).
fn alike(cases: &[Case<'_>], metric: &'static str) -> Vec<(&'static str, [Name; 2])> {
    let mut found = Vec::new();
    for (index, first) in cases.iter().enumerate() {
        let others = cases[index + 1..].iter();
        let others = others.filter(|second| !metric_differs(first, second, metric));
        found.extend(others.map(|second| (metric, [first.name.clone(), second.name.clone()])));
    }
    found
}
