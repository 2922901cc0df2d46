//! Results that no simulation made: small formulas with the shapes that charts must cope with.

use ringstorm::engine::{SimDuration, SimTime};
use ringstorm::policy::Hue;
use ringstorm::stats::{
    Band, CaseResults, Expected, Marker, Metric, MetricResult, PointResults, Results, SeriesId,
    ServerLife, ServerSeries, StormResult,
};

/// All colour families.
pub const HUES: [Hue; 5] = [Hue::Baseline, Hue::Ring, Hue::Bounded, Hue::Gateway, Hue::Other];

/// Noise in [-1, 1) that depends on its two numbers alone.
pub fn noise(a: u64, b: u64) -> f64 {
    let mut state = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_mul(0xD1B5_4A32_D192_ED03);
    state ^= state >> 29;
    state = state.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state ^= state >> 32;
    (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

pub fn results(name: &str, replications: u32, points: Vec<PointResults>) -> Results {
    Results {
        name: name.to_owned(),
        description: String::new(),
        scenario: String::new(),
        digest: "xxh3:0123456789abcdef".to_owned(),
        seed: 1,
        replications,
        until: None,
        own: Vec::new(),
        files: Vec::new(),
        points,
    }
}

pub fn point(seconds: u64, step: f64, servers: u32, clients: u64) -> PointResults {
    PointResults {
        at: Vec::new(),
        identity: ringstorm::stats::Identity::default(),
        duration: SimDuration::from_secs(seconds),
        warmup: SimDuration::ZERO,
        found: None,
        step: SimDuration::from_secs_f64(step),
        clients,
        mean_presence: 14_400.0,
        servers,
        capacity_per_server: 400.0,
        markers: Vec::new(),
        cases: Vec::new(),
        differences: Vec::new(),
    }
}

pub fn marker(at: f64, label: &str) -> Marker {
    Marker { at, label: label.to_owned() }
}

pub fn case(policy: &str, hue: Hue) -> CaseResults {
    CaseResults {
        policy: policy.to_owned(),
        description: String::new(),
        balance: "ring".to_owned(),
        rebalance: "moved".to_owned(),
        reconnect: "full jitter, 1 s to 60 s".to_owned(),
        hue,
        metrics: Vec::new(),
        series: Vec::new(),
        servers: ServerSeries::default(),
        storms: Vec::new(),
        latency: Vec::new(),
        connects: None,
        expected: Expected::default(),
    }
}

pub fn metric(name: &'static str, mean: f64, half: Option<f64>) -> MetricResult {
    let metric = Metric::named(name).expect("a metric of the catalogue");
    MetricResult {
        metric,
        mean: Some(mean),
        ci95: half.map(|half| [mean - half, mean + half]),
        values: vec![Some(mean); if half.is_some() { 20 } else { 1 }],
        censored: 0,
        cut_off: Vec::new(),
    }
}

pub fn life(index: usize, born: f64, gone: Option<f64>) -> ServerLife {
    ServerLife {
        name: format!("s{}", index + 1),
        zone: "a".to_owned(),
        born: SimTime::ZERO + SimDuration::from_secs_f64(born),
        drains: SimTime::NEVER,
        gone: gone.map_or(SimTime::NEVER, |at| SimTime::ZERO + SimDuration::from_secs_f64(at)),
        crashed: gone.is_some(),
        changes: Vec::new(),
    }
}

/// How a policy answers a scale-out.
#[derive(Clone, Copy)]
pub struct Answer {
    /// Spread of a server's own load around the mean.
    pub spread: f64,
    /// What share of the way to fair share new servers go.
    pub filled: f64,
    /// Seconds of the exponential approach.
    pub pace: f64,
}

/// `old` servers, `new` more at `joined`; connections step by step.
pub fn scale_out(
    case: &mut CaseResults,
    point: &PointResults,
    (old, new): (usize, usize),
    joined: f64,
    answer: Answer,
) {
    let step = point.step.as_secs_f64();
    let steps = (point.duration.as_secs_f64() / step) as usize;
    let clients = point.clients as f64;
    let mut servers = ServerSeries::default();
    servers.lives.extend((0..old).map(|index| life(index, 0.0, None)));
    servers.lives.extend((0..new).map(|index| life(old + index, joined, None)));
    for index in 0..steps {
        let time = (index + 1) as f64 * step;
        let since = time - joined;
        let fair = clients / (old + new) as f64;
        // 1 - 1 / (1 + t/p)^2 rises like an exponential and needs no library.
        let risen = 1.0 - 1.0 / (1.0 + since.max(0.0) / answer.pace).powi(2);
        let on_new = if since > 0.0 { fair * answer.filled * risen } else { 0.0 };
        let on_old = (clients - on_new * new as f64) / old as f64;
        let count = if since > 0.0 { old + new } else { old };
        let row = (0..count).map(|server| {
            let mean = if server < old { on_old } else { on_new };
            let own = answer.spread * noise(server as u64, 7)
                + 0.003 * noise(server as u64, index as u64);
            (mean * (1.0 + own)).round() as u32
        });
        servers.connections.push(row.collect());
    }
    case.servers = servers;
}

/// Rates and gauges of a storm; `back` is when 99% are back, `None` for never.
#[derive(Clone, Copy)]
pub struct Storm {
    pub trigger: f64,
    pub dropped: f64,
    pub back: Option<f64>,
    /// Attempts per second in the first seconds over the capacity.
    pub overload: f64,
    pub peak: f64,
    pub queued: f64,
}

pub fn storm(case: &mut CaseResults, point: &PointResults, replications: u32, storm: Storm) {
    let step = point.step.as_secs_f64();
    let steps = (point.duration.as_secs_f64() / step) as usize;
    let capacity = point.capacity_per_server.min(1e9) * f64::from(point.servers) * 0.7;
    let remaining = |since: f64| match storm.back {
        Some(back) => (1.0 - since / back).clamp(0.0, 1.0).powi(2),
        None => 1.0 - 0.28 * (since / 270.0).min(1.0),
    };
    let series = |id: SeriesId, index: usize| {
        let since = (index + 1) as f64 * step - storm.trigger;
        let active = since > 0.0;
        let wave = match storm.back {
            Some(back) => (1.0 - since / (0.6 * back)).max(0.0),
            None => {
                if (since / 30.0).fract() < 0.2 {
                    1.0
                } else {
                    0.0
                }
            }
        };
        match id {
            SeriesId::ServersReady => f64::from(point.servers) * if active { 0.7 } else { 1.0 },
            SeriesId::Trying if active => storm.dropped * remaining(since),
            SeriesId::Accepted if active && storm.back.is_some() => {
                let rate = storm.dropped * (remaining(since - step) - remaining(since)) / step;
                rate.clamp(0.0, capacity)
            }
            SeriesId::Accepted if active => capacity * 0.5 * wave,
            SeriesId::Rejected if active => capacity * storm.overload * wave,
            SeriesId::Queued if active => storm.queued * wave,
            _ => 0.0,
        }
    };
    case.series = SeriesId::ALL
        .into_iter()
        .map(|id| {
            let median: Vec<f64> = (0..steps).map(|index| series(id, index)).collect();
            let scaled = |by: f64| median.iter().map(|value| value * by).collect::<Vec<_>>();
            let spread = if replications > 1 { 0.05 } else { 0.0 };
            let (low, high) = (scaled(1.0 - spread), scaled(1.0 + spread));
            Band {
                id,
                mean: median.clone(),
                ci_low: low.clone(),
                ci_high: high.clone(),
                median,
                low,
                high,
            }
        })
        .collect();
    case.storms = (0..replications)
        .map(|replication| StormResult {
            replication,
            trigger: storm.trigger,
            dropped: storm.dropped as u64,
            recovery: storm.back.map(|back| back * (1.0 + 0.08 * noise(u64::from(replication), 3))),
            peak_attempt_rate: storm.peak * (1.0 + 0.02 * noise(u64::from(replication), 4)),
        })
        .collect();
}

/// Four policies, 12 servers that become 16 at ten minutes.
pub fn four_policies(replications: u32) -> Results {
    let mut point = point(1800, 5.0, 12, 120_000);
    point.markers = vec![marker(600.0, "+4 servers")];
    let half = (replications > 1).then_some(0.001);
    for (name, hue, answer, moved, busiest, newest) in [
        (
            "round robin",
            Hue::Baseline,
            Answer { spread: 0.004, filled: 0.09, pace: 2000.0 },
            0.0,
            1.31,
            0.08,
        ),
        (
            "hash ring, 160 points",
            Hue::Ring,
            Answer { spread: 0.08, filled: 0.97, pace: 40.0 },
            0.248,
            1.12,
            0.96,
        ),
        (
            "bounded ring, 1.05",
            Hue::Bounded,
            Answer { spread: 0.03, filled: 0.99, pace: 40.0 },
            0.261,
            1.05,
            1.01,
        ),
        (
            "gateway, least loaded",
            Hue::Gateway,
            Answer { spread: 0.006, filled: 0.5, pace: 1600.0 },
            0.0,
            1.22,
            0.33,
        ),
    ] {
        let mut case = case(name, hue);
        scale_out(&mut case, &point, (12, 4), 600.0, answer);
        case.metrics = vec![
            metric("imbalance_end", busiest, half),
            metric("newest_share", newest, half),
            metric("moved_fraction", moved, half),
        ];
        point.cases.push(case);
    }
    results("four-policies", replications, vec![point])
}

/// Three policies after the loss of 3 of 10 servers: one never recovers, one fills queues.
pub fn three_storms(replications: u32) -> Results {
    let mut point = point(300, 1.0, 10, 1_000_000);
    point.markers = vec![marker(30.0, "−3 crash")];
    for (name, hue, back, overload, peak, queued) in [
        ("no jitter", Hue::Baseline, None, 20.0, 210_000.0, 0.0),
        ("full jitter", Hue::Ring, Some(221.0), 5.0, 53_900.0, 9_000.0),
        ("gateway pacing", Hue::Gateway, Some(170.0), 0.0, 2_800.0, 0.0),
    ] {
        let mut case = case(name, hue);
        let shape = Storm { trigger: 30.0, dropped: 300_000.0, back, overload, peak, queued };
        storm(&mut case, &point, replications, shape);
        crash(&mut case, &point, 3, 30.0);
        point.cases.push(case);
    }
    results("three-storms", replications, vec![point])
}

/// Some of the servers die at an instant; their clients come back to the others.
pub fn crash(case: &mut CaseResults, point: &PointResults, lost: usize, at: f64) {
    let step = point.step.as_secs_f64();
    let steps = (point.duration.as_secs_f64() / step) as usize;
    let count = point.servers as usize;
    let mut servers = ServerSeries::default();
    servers.lives.extend((0..count).map(|index| life(index, 0.0, (index < lost).then_some(at))));
    for index in 0..steps {
        let since = (index + 1) as f64 * step - at;
        let each = point.clients as f64 / count as f64;
        let more = if since > 0.0 {
            (since / 90.0).min(1.0) * lost as f64 / (count - lost) as f64
        } else {
            0.0
        };
        let row = (0..count).map(|server| {
            if server < lost && since >= 0.0 {
                return 0;
            }
            (each * (1.0 + more) * (1.0 + 0.05 * noise(server as u64, 9))).round() as u32
        });
        servers.connections.push(row.collect());
    }
    case.servers = servers;
}
