//! Results with everything that comparisons, sweeps and messages need, from small formulas.

use ringstorm::engine::{SimDuration, SimTime};
use ringstorm::policy::Hue;
use ringstorm::stats::chance::Chance;
use ringstorm::stats::interval::Estimate;
use ringstorm::stats::paired::{Paired, holm};
use ringstorm::stats::{
    CaseResults, Difference, Expected, LatencyGrid, LatencyRow, METRICS, Metric, MetricResult,
    PointResults, Results, StormResult,
};

use super::synthetic::{
    Answer, HUES, Storm, case, marker, noise, point, results, scale_out, storm,
};

/// A metric of so many replications around a mean; `None` values are cut off.
pub fn measured(name: &str, values: Vec<Option<f64>>) -> MetricResult {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let censored = (values.len() - known.len()) as u32;
    let estimate = Estimate::of(&known);
    MetricResult {
        metric: Metric::named(name).expect("a metric of the catalogue"),
        mean: estimate.map(|estimate| estimate.mean),
        ci95: estimate.filter(|_| censored == 0).and_then(|estimate| estimate.interval()),
        values,
        censored,
        cut_off: Vec::new(),
    }
}

/// Values around a mean, with a spread relative to it.
pub fn around(mean: f64, spread: f64, replications: u32, salt: u64) -> Vec<Option<f64>> {
    let value = |replication: u32| {
        let common = noise(u64::from(replication), 11);
        let own = noise(u64::from(replication), 100 + salt);
        Some(mean * (1.0 + spread * (common + 0.3 * own)))
    };
    (0..replications).map(value).collect()
}

/// Whether a policy's runs differ in anything.
fn chance(case: &CaseResults) -> Chance {
    Chance::of(case.metrics.iter().map(|result| result.values.as_slice()))
}

/// The paired differences of every policy from the first, as results have them.
pub fn compare(point: &mut PointResults) {
    let mut found = Vec::new();
    let mut raw = Vec::new();
    for metric in METRICS {
        let of = |case: &CaseResults| {
            let result = case.metrics.iter().find(|result| result.metric.name == metric.name)?;
            (result.censored == 0).then(|| result.values.iter().copied().flatten().collect())
        };
        for case in &point.cases[1..] {
            let pair: (Option<Vec<f64>>, Option<Vec<f64>>) = (of(case), of(&point.cases[0]));
            let (Some(left), Some(right)) = pair else { continue };
            let Some(paired) = Paired::of(&left, &right, chance(case).and(chance(&point.cases[0])))
            else {
                continue;
            };
            raw.push(paired.p);
            found.push(Difference {
                metric: metric.name,
                policy: case.policy.clone(),
                against: point.cases[0].policy.clone(),
                mean: paired.difference.mean,
                ci95: paired.ci95,
                p_adjusted: None,
                n: paired.difference.n,
                distance_to_one: None,
            });
        }
    }
    let adjusted = holm(&raw.iter().copied().flatten().collect::<Vec<_>>());
    if raw.iter().all(Option::is_some) {
        for (difference, p) in found.iter_mut().zip(adjusted) {
            difference.p_adjusted = Some(p);
        }
    }
    point.differences = found;
}

/// Connects of a run with a storm that begins at `trigger` and lasts `back` seconds.
pub fn connects(seconds: u64, trigger: f64, back: Option<f64>) -> LatencyGrid {
    let end = SimTime::ZERO + SimDuration::from_secs(seconds);
    let mut grid = LatencyGrid::new(end, SimDuration::from_secs(1));
    let bins = grid.bins();
    for index in 0..seconds * 20 {
        let time = index as f64 / 20.0;
        let column = bins.of(SimDuration::from_secs_f64(time).as_nanos());
        let since = time - trigger;
        let storming = since > 0.0 && back.is_none_or(|back| since < back);
        if storming && back.is_none() && since > 20.0 {
            (0..40).for_each(|_| grid.timed_out(column));
            continue;
        }
        let base = if storming { 0.2 + 0.3 * since } else { 0.15 };
        let count = if storming { 12 } else { 2 };
        for connect in 0..count {
            let latency = base * (1.0 + 0.7 * noise(index, connect));
            grid.opened(column, SimDuration::from_secs_f64(latency.max(0.001)));
        }
    }
    grid
}

/// So many policies, 12 servers that become 16, with every metric that a comparison shows.
pub fn compared(policies: usize, replications: u32) -> Results {
    let mut point = point(900, 5.0, 12, 120_000);
    point.markers = vec![marker(300.0, "+4 servers")];
    let names = [
        "round robin",
        "hash ring, 160 points",
        "bounded ring, 1.05",
        "gateway, least loaded",
        "power of two",
        "least connections",
        "maglev",
        "rendezvous",
    ];
    let hues = [0, 1, 2, 3, 4, 4, 1, 1].map(|index: usize| HUES[index]);
    for (index, (name, hue)) in names.into_iter().zip(hues).take(policies).enumerate() {
        let mut case = case(name, hue);
        let level = index as f64;
        let spread = [0.004, 0.08, 0.03, 0.006, 0.02, 0.004, 0.05, 0.07][index];
        let filled = if index == 0 { 0.1 } else { 0.97 };
        scale_out(&mut case, &point, (12, 4), 300.0, Answer { spread, filled, pace: 30.0 });
        let moved = if index == 0 { 0.0 } else { 0.25 + 0.03 * level };
        let back = if index == 0 { 30.0 } else { 40.0 + 20.0 * level };
        let shape = Storm {
            trigger: 300.0,
            dropped: 30_000.0,
            back: Some(back),
            overload: 0.5,
            peak: 3000.0 + 400.0 * level,
            queued: 0.0,
        };
        storm(&mut case, &point, replications, shape);
        case.expected = Expected {
            points: matches!(hue, Hue::Ring | Hue::Bounded).then_some(160),
            bound: (hue == Hue::Bounded).then_some(1.05),
        };
        case.connects = Some(connects(900, 300.0, Some(back)));
        let salt = index as u64;
        let of = |mean: f64, noise: f64, salt| around(mean, noise, replications, salt);
        case.metrics = vec![
            measured("imbalance", of(1.30 - 0.035 * level, 0.01, salt)),
            measured("imbalance_end", of(1.31 - 0.03 * level, 0.01, salt + 20)),
            measured("newest_share", of(if index == 0 { 0.1 } else { 0.97 }, 0.01, salt)),
            measured("dropped", of(120_000.0 * moved, 0.01, salt + 30)),
            measured("moved_fraction", of(moved, 0.01, salt + 30)),
            measured("moved_over_minimum", of(moved / 0.25, 0.01, salt + 30)),
            measured("offline_fraction", of(0.0012 + 0.0001 * level, 0.3, salt + 50)),
            measured("peak_attempt_rate", of(3000.0 + 400.0 * level, 0.05, salt + 60)),
            measured("attempts_per_connect", of(1.1 + 0.3 * level, 0.02, salt + 70)),
            measured("timed_out", of(0.0, 0.0, salt)),
            measured("recovery_time", of(back, 0.08, salt + 80)),
            measured("connect_p50", of(0.12, 0.05, salt + 90)),
            measured("connect_p99", of(2.0 + 6.0 * level, 0.05, salt + 100)),
            measured("server_hours", of(3.5, 0.0, salt)),
        ];
        point.cases.push(case);
    }
    compare(&mut point);
    results("compared", replications, vec![point])
}

/// Three policies at six values of a back-off's cap; one stops recovering on the way.
pub fn swept() -> Results {
    let at = |cap: u64| {
        let mut found = compared(3, 10);
        let mut point = found.points.remove(0);
        point.at = vec![("clients.reconnect.exponential.cap".to_owned(), format!("\"{cap}s\""))];
        for (index, case) in point.cases.iter_mut().enumerate() {
            let level = cap as f64 / 30.0;
            let recovers = !(index == 2 && cap < 10);
            let time = 30.0 + 60.0 * level / (1.0 + level) + 15.0 * index as f64;
            let values = around(time, 0.05, 10, cap + index as u64);
            let values = if recovers { values } else { vec![None; 10] };
            let peak = 2000.0 + 20_000.0 / (1.0 + level) + 500.0 * index as f64;
            for metric in &mut case.metrics {
                match metric.metric.name {
                    "recovery_time" => *metric = measured("recovery_time", values.clone()),
                    "peak_attempt_rate" => {
                        *metric = measured("peak_attempt_rate", around(peak, 0.03, 10, cap));
                    }
                    _ => {}
                }
            }
            case.storms.iter_mut().for_each(|storm| {
                storm.recovery = values[storm.replication as usize];
            });
        }
        compare(&mut point);
        point
    };
    results("swept", 10, [5, 10, 20, 30, 60, 120].map(at).to_vec())
}

/// Eight policies in so many worlds, which differ in a loss, with two caps in each.
pub fn worlds(count: u32) -> Results {
    let mut points = Vec::new();
    for world in 0..count {
        for cap in [5, 60] {
            let mut point = compared(if count > 4 { 5 } else { 8 }, 5).points.remove(0);
            let loss = format!("{}", f64::from(world) / 20.0);
            point.at = vec![
                ("network.loss".to_owned(), loss.clone()),
                ("clients.reconnect.exponential.cap".to_owned(), format!("\"{cap}s\"")),
            ];
            point.identity.digest = loss;
            let harder = 1.0 + f64::from(world) / 4.0 + f64::from(cap) / 200.0;
            for metric in point.cases.iter_mut().flat_map(|case| &mut case.metrics) {
                if matches!(metric.metric.name, "dropped" | "imbalance") {
                    let values = metric.values.iter().map(|value| Some(value.as_ref()? * harder));
                    *metric = measured(metric.metric.name, values.collect());
                }
            }
            compare(&mut point);
            points.push(point);
        }
    }
    results("worlds", 5, points)
}

/// So many policies over a plane of drops and caps, with a region that never recovers; the
/// scenario itself has 24% and 10 s.
pub fn plane(policies: usize) -> Results {
    let mut points = Vec::new();
    for drop in 1..=12 {
        for cap in [1, 2, 5, 10, 20, 30, 60] {
            let mut point = point(600, 60.0, 10, 100_000);
            let fraction = f64::from(drop) * 0.08;
            point.at = vec![
                ("events[0].disconnect.fraction".to_owned(), format!("{fraction:.2}")),
                ("clients.reconnect.exponential.cap".to_owned(), format!("\"{cap}s\"")),
            ];
            for (index, hue) in [Hue::Ring, Hue::Gateway, Hue::Baseline, Hue::Other]
                .into_iter()
                .take(policies)
                .enumerate()
            {
                let mut case = case(["ring", "gateway", "round robin", "maglev"][index], hue);
                let pressure = fraction * 60.0 / (f64::from(cap) + 4.0 + 8.0 * index as f64);
                case.storms = (0..20)
                    .map(|replication| {
                        let own = pressure * (1.0 + 0.1 * noise(u64::from(replication), 5));
                        let time = 8.0 + f64::from(cap) * (1.0 + fraction) * 4.0;
                        StormResult {
                            replication,
                            trigger: 30.0,
                            dropped: (100_000.0 * fraction) as u64,
                            recovery: (own < 1.6).then_some(time),
                            peak_attempt_rate: 1000.0,
                        }
                    })
                    .collect();
                point.cases.push(case);
            }
            points.push(point);
        }
    }
    let own = [
        ("events[0].disconnect.fraction".to_owned(), "\"24%\"".to_owned()),
        ("clients.reconnect.exponential.cap".to_owned(), "\"10000ms\"".to_owned()),
    ];
    Results { own: own.to_vec(), ..results("plane", 20, points) }
}

/// Deliveries with their quantiles, for the chart of messages.
pub fn delivery(policy: &mut CaseResults, median: f64) {
    let quantiles = [(0.5, 1.0), (0.75, 1.4), (0.9, 2.1), (0.95, 3.0), (0.99, 7.0), (0.999, 25.0)];
    policy.latency = quantiles
        .map(|(quantile, times)| LatencyRow {
            latency: "delivery".to_owned(),
            quantile,
            mean: median * times,
            ci95: None,
            n: 20,
        })
        .to_vec();
}
