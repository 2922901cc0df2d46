//! The alternatives of a world as points, and who beats whom.

use crate::chart::cases::Case;
use crate::chart::words::compact;
use crate::chart::worlds::World;

/// A case as a point.
#[derive(Debug)]
pub struct Spot<'a> {
    pub case: &'a Case<'a>,
    /// Share of the clients dropped, and its 95% interval.
    pub dropped: (f64, Option<[f64; 2]>),
    /// Busiest over mean, time average, and its 95% interval.
    pub busiest: (f64, Option<[f64; 2]>),
    /// What it costs in servers, where policies differ in that.
    pub cost: Option<String>,
    /// Whether another that recovers has no more of either and less of one.
    pub dominated: bool,
    /// How it does not always recover: few connections are easily even, and who stays
    /// offline is dropped once.
    pub stuck: Option<String>,
}

impl Spot<'_> {
    /// Whether it is on the frontier.
    pub fn is_best(&self) -> bool {
        !self.dominated && self.stuck.is_none()
    }
}

/// What can be chosen between in one world.
#[derive(Debug)]
pub struct Choice<'a> {
    /// What tells the world from the others; empty of a world alone.
    pub world: &'a str,
    /// Two or more.
    pub spots: Vec<Spot<'a>>,
}

impl<'a> Choice<'a> {
    /// The alternatives of a world; `None` where there is nothing to choose.
    pub fn of(world: &'a World<'a>) -> Option<Self> {
        let spots = spots(&world.cases);
        (spots.len() > 1).then_some(Self { world: &world.value, spots })
    }

    /// Whether the cases differ by less than a mark's size in both: there is nothing to weigh.
    pub fn is_one_point(&self) -> bool {
        let span = |value: fn(&Spot<'_>) -> f64| {
            let values = || self.spots.iter().map(value);
            (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max))
        };
        let (fewest, most) = span(|spot| spot.dropped.0);
        let (lowest, highest) = span(|spot| spot.busiest.0);
        most - fewest < 0.02 * most && highest - lowest < 0.02
    }
}

fn spots<'a>(cases: &'a [Case<'a>]) -> Vec<Spot<'a>> {
    let hours: Vec<Option<f64>> = cases.iter().map(|case| case.mean("server_hours")).collect();
    let known = || hours.iter().flatten();
    let (low, high) =
        (known().copied().fold(f64::INFINITY, f64::min), known().copied().fold(0.0, f64::max));
    let cost_differs = high - low > 0.01 * high;
    let mut spots: Vec<Spot<'_>> = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let found = |name: &str| {
            let result = case.metric(name)?;
            Some((result.mean.filter(|mean| mean.is_finite())?, result.ci95))
        };
        let clients = case.point.clients as f64;
        let (Some(dropped), Some(busiest)) = (found("dropped"), found("imbalance")) else {
            continue;
        };
        if clients <= 0.0 {
            continue;
        }
        let scaled = |interval: [f64; 2]| interval.map(|end| end / clients);
        spots.push(Spot {
            case,
            dropped: (dropped.0 / clients, dropped.1.map(scaled)),
            busiest,
            cost: hours[index]
                .filter(|_| cost_differs)
                .map(|hours| format!("{} server h", compact(hours))),
            dominated: false,
            stuck: case.stuck(),
        });
    }
    let recovering = spots.iter().filter(|spot| spot.stuck.is_none());
    let values: Vec<(f64, f64)> = recovering.map(|spot| (spot.dropped.0, spot.busiest.0)).collect();
    for spot in &mut spots {
        let (x, y) = (spot.dropped.0, spot.busiest.0);
        spot.dominated = values.iter().any(|&(a, b)| a <= x && b <= y && (a < x || b < y));
    }
    spots
}
