//! Searches through the library's interface.

use std::path::Path;

use ringstorm::engine::Draws;
use ringstorm::plan::Find;
use ringstorm::plan::find::{Grid, Kind, Turn};
use ringstorm::scenario::{Overrides, Search};
use ringstorm::stats::{Measure, Metric, Searched, TippingCase};
use ringstorm::{model, stats};
use serde_json::Value;

use crate::theory::support::Scenario;

/// The metric that invented runs are judged by.
pub fn recovered() -> &'static Metric {
    Metric::named("recovered").unwrap()
}

/// A search of a share from 0 to 1 for where runs no longer recover.
pub fn share(precision: f64) -> Find {
    Find {
        vary: "events[0].disconnect.fraction".to_owned(),
        grid: Grid { kind: Kind::Number, first: 0.0, last: 1.0, precision },
        metric: "recovered".to_owned(),
        turn: Turn::FallsBelow(0.5),
    }
}

/// What a search says of runs that recover up to and including these values, one a replication.
pub fn case(find: &Find, last_good: &[f64]) -> TippingCase {
    let searched = last_good.iter().map(|good| {
        let recovers = |step| f64::from(u8::from(find.grid.value(step) <= *good));
        Searched::of(find, |step| Ok::<_, ()>(Some(Measure::Value(recovers(step))))).unwrap()
    });
    TippingCase::of("a".to_owned(), HUE, find, recovered(), searched.collect())
}

/// Any colour.
pub const HUE: ringstorm::policy::Hue = ringstorm::policy::Hue::Ring;

/// What is asked of a scenario.
pub fn asked(vary: &str, between: Value, precision: Value, criterion: Value) -> Value {
    let fields = [
        ("vary", vary.into()),
        ("between", between),
        ("precision", precision),
        ("where", criterion),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The metric of a policy's run at a step.
pub fn run(search: &mut Search, step: u64, policy: usize, replication: u32) -> Option<Measure> {
    let point = search.point(step).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let draws = Draws::new(search.plan().seed, replication);
    let run = model::run(&point.world, &point.policies[policy], draws, false).unwrap();
    let name = &search.find().metric;
    stats::measure(&run).iter().find(|found| found.metric.name == name).map(|found| found.measure)
}

/// The search of a scenario.
pub fn read(scenario: &Scenario, find: Value) -> Search {
    let text = scenario.clone().set("find", find).text();
    let read = Search::read_text("find.json", text, Path::new(""), &Overrides::default());
    read.unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// Searches the first policy of a scenario.
pub fn searched(scenario: &Scenario, find: Value) -> TippingCase {
    let mut search = read(scenario, find);
    let find = search.find().clone();
    let all = (0..search.plan().replications).map(|replication| {
        Searched::of(&find, |step| Ok::<_, ()>(run(&mut search, step, 0, replication))).unwrap()
    });
    let all = all.collect();
    let metric = Metric::named(&find.metric).unwrap();
    TippingCase::of("only".to_owned(), HUE, &find, metric, all)
}
