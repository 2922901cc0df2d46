//! Results of all the shapes that charts must cope with.

use ringstorm::engine::SimDuration;
use ringstorm::policy::Hue;
use ringstorm::stats::{PointResults, Results};

use super::compared::{compared, plane, swept, worlds};
use super::synthetic::{
    Answer, HUES, Storm, case, crash, four_policies, marker, metric, point, results, scale_out,
    storm, three_storms,
};

/// Results of all the shapes that charts must cope with, by name.
pub fn gallery() -> Vec<(&'static str, Results)> {
    vec![
        ("four", four_policies(20)),
        ("storms", three_storms(20)),
        ("storms-once", three_storms(1)),
        ("single", single()),
        ("eight", many(8)),
        ("fourteen", many(14)),
        ("thousand", thousand()),
        ("sweep", sweep(2)),
        ("rolling", rolling()),
        ("calm", calm()),
        ("long-names", long_names()),
        ("compared", compared(4, 20)),
        ("compared-two", compared(2, 20)),
        ("compared-eight", compared(8, 20)),
        ("compared-once", compared(3, 1)),
        ("compared-long", long_compared()),
        ("swept", swept()),
        ("worlds", worlds(2)),
        ("worlds-five", worlds(5)),
        ("plane", plane(1)),
        ("planes", plane(3)),
    ]
}

/// One policy, one server that is joined by one.
pub fn single() -> Results {
    let mut point = point(120, 1.0, 1, 900);
    point.markers = vec![marker(40.0, "+1 server")];
    let mut only = case("power of two", Hue::Other);
    scale_out(&mut only, &point, (1, 1), 40.0, Answer { spread: 0.0, filled: 1.0, pace: 10.0 });
    let shape = Storm {
        trigger: 40.0,
        dropped: 450.0,
        back: Some(1.4),
        overload: 0.0,
        peak: 320.0,
        queued: 0.0,
    };
    storm(&mut only, &point, 1, shape);
    point.cases.push(only);
    results("single", 1, vec![point])
}

/// So many policies with a storm each.
pub fn many(count: usize) -> Results {
    let mut point = point(1800, 5.0, 12, 120_000);
    point.markers = vec![marker(600.0, "−2 crash"), marker(660.0, "+2 servers")];
    for index in 0..count {
        let mut case = case(&format!("policy number {}", index + 1), HUES[index % 5]);
        let back = 60.0 + 20.0 * index as f64;
        let shape = Storm {
            trigger: 600.0,
            dropped: 20_000.0,
            back: Some(back),
            overload: 0.4,
            peak: 9_000.0,
            queued: 4_000.0,
        };
        storm(&mut case, &point, 20, shape);
        let spread = 0.02 * (index % 5) as f64;
        scale_out(&mut case, &point, (12, 2), 660.0, Answer { spread, filled: 0.9, pace: 60.0 });
        case.metrics = vec![
            metric("moved_fraction", 0.03 * index as f64, Some(0.001)),
            metric("imbalance_end", 1.05 + 0.02 * index as f64, Some(0.001)),
        ];
        point.cases.push(case);
    }
    results("many", 20, vec![point])
}

/// More servers than anybody names.
pub fn thousand() -> Results {
    let mut point = point(7200, 30.0, 800, 8_000_000);
    point.markers = vec![marker(3600.0, "+200 servers")];
    for (name, spread, filled) in [("ring", 0.1, 0.95), ("round robin", 0.01, 0.3)] {
        let mut case = case(name, if name == "ring" { Hue::Ring } else { Hue::Baseline });
        scale_out(&mut case, &point, (800, 200), 3600.0, Answer { spread, filled, pace: 200.0 });
        point.cases.push(case);
    }
    results("thousand", 1, vec![point])
}

/// Two policies at so many points.
pub fn sweep(points: usize) -> Results {
    let at = |index: usize| {
        let mut swept: PointResults = three_storms(20).points.remove(0);
        swept.at = vec![("clients.backoff.cap".to_owned(), format!("\"{}s\"", 30 * (index + 1)))];
        swept.cases.truncate(2);
        swept
    };
    results("sweep", 20, (0..points).map(at).collect())
}

/// Servers are replaced one after the other.
pub fn rolling() -> Results {
    let mut point = point(3600, 10.0, 10, 50_000);
    point.markers = (0..10).map(|i| marker(300.0 + 60.0 * f64::from(i), "drain 1")).collect();
    point.markers.push(marker(2400.0, "zone a lost"));
    point.markers.push(marker(3550.0, "30% disconnected"));
    let mut case = case("ring", Hue::Ring);
    crash(&mut case, &point, 4, 2400.0);
    let shape = Storm {
        trigger: 300.0,
        dropped: 9_000.0,
        back: Some(1900.0),
        overload: 0.0,
        peak: 900.0,
        queued: 0.0,
    };
    storm(&mut case, &point, 5, shape);
    for storm in &mut case.storms {
        storm.recovery = storm.recovery.filter(|_| storm.replication > 0);
    }
    point.cases.push(case);
    results("rolling", 5, vec![point])
}

/// One policy drops nobody.
pub fn calm() -> Results {
    let mut found = three_storms(20);
    let calm = &mut found.points[0].cases[2];
    calm.storms.clear();
    for band in &mut calm.series {
        for values in [&mut band.median, &mut band.low, &mut band.high] {
            values.fill(0.0);
        }
    }
    found
}

pub fn long_names() -> Results {
    let mut found = four_policies(20);
    for (index, case) in found.points[0].cases.iter_mut().enumerate() {
        let tail = "with a name that goes on for very much longer than any panel is wide";
        case.policy = format!("policy {index} {tail} <&> \u{1f600}");
    }
    found
}

/// A comparison of policies with names that no column is wide enough for.
pub fn long_compared() -> Results {
    let mut found = compared(4, 20);
    let point = &mut found.points[0];
    for case in &mut point.cases {
        let long = format!("{} with a long explanation of what it does", case.policy);
        for difference in &mut point.differences {
            for name in [&mut difference.policy, &mut difference.against] {
                if *name == case.policy {
                    name.clone_from(&long);
                }
            }
        }
        case.policy = long;
    }
    found
}

/// Shapes without sense as pictures, which must still not fail.
pub fn edges() -> Vec<(&'static str, Results)> {
    let changed = |change: fn(&mut PointResults)| {
        let mut found = three_storms(3);
        change(&mut found.points[0]);
        found
    };
    vec![
        ("no clients", changed(|point| point.clients = 0)),
        ("no time", changed(|point| point.duration = SimDuration::ZERO)),
        ("no step", changed(|point| point.step = SimDuration::ZERO)),
        ("free handshakes", changed(|point| point.capacity_per_server = f64::INFINITY)),
        ("no capacity", changed(|point| point.capacity_per_server = 0.0)),
        ("no presence", changed(|point| point.mean_presence = f64::INFINITY)),
        ("no series", changed(|point| point.cases.iter_mut().for_each(|case| case.series.clear()))),
        ("a step as long as the run", changed(|point| point.step = SimDuration::from_secs(300))),
        (
            "idle servers",
            changed(|point| {
                let rows = point.cases.iter_mut().flat_map(|case| &mut case.servers.connections);
                rows.flatten().for_each(|connections| *connections = 0);
            }),
        ),
        (
            "all servers gone",
            changed(|point| {
                let lives = point.cases.iter_mut().flat_map(|case| &mut case.servers.lives);
                lives.for_each(|life| life.gone = life.born);
            }),
        ),
        (
            "a year",
            changed(|point| {
                point.duration = SimDuration::from_secs(31_536_000);
                point.step = SimDuration::from_secs(105_120);
            }),
        ),
        (
            "milliseconds",
            changed(|point| {
                point.duration = SimDuration::from_millis(300);
                point.step = SimDuration::from_millis(1);
            }),
        ),
        (
            "never, for all",
            changed(|point| {
                let storms = point.cases.iter_mut().flat_map(|case| &mut case.storms);
                storms.for_each(|storm| storm.recovery = None);
            }),
        ),
        (
            "at once",
            changed(|point| {
                let storms = point.cases.iter_mut().flat_map(|case| &mut case.storms);
                storms.for_each(|storm| storm.recovery = Some(0.0));
            }),
        ),
        ("no name", changed(|point| point.cases[0].policy.clear())),
    ]
}
