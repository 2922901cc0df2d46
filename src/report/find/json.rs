//! For scripts: one line a policy.

use serde_json::{Value, json};

use super::unit;
use crate::compare::FORMAT;
use crate::plan::find::Turn;
use crate::report::json::{list, number, spaced};
use crate::stats::tipping::{Searched, Turned};
use crate::stats::{Tipping, TippingCase};

/// The answer as JSON. `brackets` has, for each replication, the lowest and the highest value
/// that its tipping point can have; a cut-off one has `null` on its open side.
pub fn render(tipping: &Tipping) -> String {
    let find = &tipping.find;
    let (factor, unit) = unit(find.grid.kind);
    let scaled = |value: f64| number(Some(value * factor));
    let (side, limit) = match find.turn {
        Turn::FallsBelow(limit) => ("falls_below", limit),
        Turn::RisesAbove(limit) => ("rises_above", limit),
    };
    let head = json!({
        "format": FORMAT,
        "kind": "find",
        "scenario": {"name": tipping.name, "digest": tipping.digest},
        "seed": tipping.seed,
        "replications": tipping.replications,
        "vary": find.vary,
        "unit": unit,
        "between": [scaled(find.grid.first), scaled(find.grid.last)],
        "precision": scaled(find.grid.precision),
        "where": {"metric": find.metric, "unit": tipping.metric.unit, side: number(Some(limit))},
    });
    let mut text = spaced(&head);
    text.pop();
    text.push_str(", \"policies\": [");
    list(&mut text, "\n  ", &tipping.cases, |text, case| {
        text.push_str(&spaced(&value(case, tipping, factor)));
    });
    text.push_str("\n]}\n");
    text
}

fn value(case: &TippingCase, tipping: &Tipping, factor: f64) -> Value {
    let scaled = |value: Option<f64>| number(value.map(|value| value * factor));
    let pair = |[low, high]: [Option<f64>; 2]| json!([scaled(low), scaled(high)]);
    let bracket = |searched: &Searched| {
        let grid = &tipping.find.grid;
        pair(match (searched.bracket(grid), searched.turned) {
            (Some([low, high]), _) => [Some(low), Some(high)],
            (None, Turned::Before { .. }) => [None, Some(grid.first)],
            (None, _) => [Some(grid.last), None],
        })
    };
    json!({
        "policy": case.policy,
        "mean": scaled(case.mean),
        "ci95": case.ci95.map_or(Value::Null, |[low, high]| pair([Some(low), Some(high)])),
        "at_least": scaled(case.within[0]),
        "at_most": scaled(case.within[1]),
        "below": case.below,
        "above": case.above,
        "backwards": case.backwards,
        "wavering": case.wavering,
        "unmeasured": case.unmeasured,
        "unsure": case.unsure,
        "runs": case.runs,
        "brackets": case.searched.iter().map(bracket).collect::<Vec<Value>>(),
    })
}
