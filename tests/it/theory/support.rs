//! What the cases share: scenarios as text, runs through the public interface, the
//! catalogue's rows, and its acceptance tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use ringstorm::observe::Observations;
use ringstorm::plan::RunId;
use ringstorm::scenario::Overrides;
use ringstorm::stats::Measure;
use ringstorm::validation::accept::{self, LEVEL, Simulated};
use ringstorm::validation::{Case, Round, case, values};
use ringstorm::{model, scenario, stats};
use serde_json::{Value, json};

use super::special;

/// A scenario as people write it, changed field by field.
#[derive(Clone)]
pub struct Scenario(Value);

impl Scenario {
    /// Clients without network delay who try once and wait for ever; one server with one
    /// worker and an unlimited accept queue; round robin.
    pub fn new(duration: f64) -> Self {
        Self(json!({
            "name": "theory",
            "replications": 20,
            "duration": secs(duration),
            "sample_every": secs(duration),
            "clients": {"presence": FOR_EVER, "rtt": "0s", "connect_timeout": "never", "reconnect": "never"},
            "servers": {"count": 1, "accept_queue": "unlimited", "handshake": {"workers": 1, "cost": "0s"}},
            "policies": [{"name": "only", "balance": "round_robin"}],
        }))
    }

    /// That of a case of the catalogue.
    pub fn of(id: &str) -> Self {
        Self(serde_json::from_str(&known(id).scenario).expect("a scenario is JSON"))
    }

    /// A handshake queue: `arrivals` to `workers` workers.
    pub fn queue(duration: f64, arrivals: Value, workers: u32, cost: Value) -> Self {
        Self::new(duration)
            .set("clients.arrivals", arrivals)
            .set("servers.handshake.workers", workers)
            .set("servers.handshake.cost", cost)
    }

    /// With the field at `path` (names and indices with dots between) set.
    pub fn set(mut self, path: &str, value: impl Into<Value>) -> Self {
        let mut place = &mut self.0;
        for step in path.split('.') {
            place = match step.parse::<usize>() {
                Ok(index) => &mut place[index],
                Err(_) => &mut place[step],
            };
        }
        *place = value.into();
        self
    }

    /// With the balance rule.
    pub fn balance(self, rule: impl Into<Value>) -> Self {
        self.set("policies.0.balance", rule)
    }

    /// Its text.
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    /// Runs it and reads each replication, in order.
    pub fn run<T: Send>(&self, read: impl Fn(&Observations) -> T + Sync) -> Vec<T> {
        let plan =
            scenario::read_text("theory.json", self.text(), Path::new(""), &Overrides::default())
                .unwrap_or_else(|faults| panic!("{faults:#?}"));
        model::run_all(&plan, |_, observations| read(&observations))
            .unwrap_or_else(|(id, broken)| panic!("{id:?}: {broken}"))
            .into_iter()
            .map(|(_, value)| value)
            .collect()
    }
}

/// Longer than any run here.
pub const FOR_EVER: &str = "20000d";

/// A time in seconds as scenarios spell it, to the nanosecond.
pub fn secs(time: f64) -> String {
    format!("{}ns", (time * 1e9).round() as u64)
}

/// Poisson arrivals with so many a second.
pub fn poisson(rate: f64) -> Value {
    json!({"poisson": {"rate": format!("{rate}/s")}})
}

/// So many clients at once at the start.
pub fn burst(clients: u32) -> Value {
    json!({"burst": {"clients": clients, "at": "0s", "within": "0s"}})
}

/// An exponential time of mean `mean` seconds.
pub fn exponential(mean: f64) -> Value {
    json!({"exponential": {"mean": secs(mean)}})
}

/// The metric of this name in one run.
pub fn metric_of(run: &Observations, name: &str) -> f64 {
    let all = stats::measure(run);
    let found = all.iter().find(|measured| measured.metric.name == name);
    match found.unwrap_or_else(|| panic!("the run has no `{name}`")).measure {
        Measure::Value(value) => value,
        Measure::Censored(value) => panic!("`{name}` was cut off at {value}"),
    }
}

/// The series of a run at the sampling step that ends at so many steps.
pub fn at_step(run: &Observations, id: stats::SeriesId, steps: usize) -> f64 {
    run.series.row(id)[steps - 1]
}

/// The sampling steps (from 0) in which a series is above 0: when something happened.
pub fn steps_of(run: &Observations, id: stats::SeriesId) -> Vec<usize> {
    let row = run.series.row(id).iter().enumerate();
    row.filter(|(_, value)| **value > 0.0).map(|(step, _)| step).collect()
}

fn known(id: &str) -> &'static Case {
    case(id).unwrap_or_else(|| panic!("there is no case {id}"))
}

/// Every check of these cases of the catalogue passes, at once: no second round.
pub fn passes(ids: &[&str]) {
    let cases: Vec<&Case> = ids.iter().map(|id| known(id)).collect();
    judge(&cases, |_, _, _| {});
}

/// The same for one case; what `read` reads of its runs, by policy and replication.
pub fn passes_and<T: Send>(id: &str, read: impl Fn(&Observations) -> T + Sync) -> Vec<Vec<T>> {
    let seen = Mutex::new(BTreeMap::new());
    judge(&[known(id)], |_, RunId { policy, replication, .. }, run| {
        let value = read(run);
        seen.lock().unwrap().insert((policy, replication), value);
    });
    let mut by_policy: Vec<Vec<T>> = Vec::new();
    for ((policy, _), value) in seen.into_inner().unwrap() {
        by_policy.resize_with(by_policy.len().max(policy + 1), Vec::new);
        by_policy[policy].push(value);
    }
    by_policy
}

fn judge(cases: &[&Case], on_run: impl Fn(&Case, RunId, &Observations) + Sync) {
    let round = Round::first(cases).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let outcomes = round.run(on_run).unwrap_or_else(|broken| panic!("{broken:?}"));
    let faults: Vec<String> = outcomes
        .iter()
        .flat_map(|outcome| {
            let checks = outcome.case.checks.iter().zip(&outcome.findings);
            checks
                .filter(|(_, finding)| finding.fault.is_some())
                .map(|(check, finding)| format!("{}: {check:?} {finding:?}", outcome.case.id))
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// What the catalogue expects of a case: the value at `path`, names with slashes between.
pub fn expected(id: &str, path: &str) -> f64 {
    let value = &row(id, path);
    value.as_f64().unwrap_or_else(|| panic!("`{path}` of {id} is {value}"))
}

/// Any value of a case.
pub fn row(id: &str, path: &str) -> Value {
    path.split('/').fold(values()[id]["expected"].clone(), |value, step| value[step].clone())
}

/// The catalogue's `mean_ci`: at least 20 replications; Holm over the quantities at 0.001,
/// which accepts all exactly when the smallest p-value is at least 0.001 over their number;
/// and, where a relative half-width is asked for, the 99.9% interval of each mean is no
/// wider to each side.
pub fn mean_ci(id: &str, width: Option<f64>, quantities: &[(&str, f64, Vec<f64>)]) {
    let mut faults = Vec::new();
    for (name, value, sample) in quantities {
        assert!(sample.len() >= 20, "{id}: {} replications", sample.len());
        let found = accept::mean(sample, *value).expect("there are replications");
        let (half, p) = (found.half_width, found.p);
        let line = format!("{id} {name}: {value} against {} ± {half} (p = {p:.5})", found.mean);
        if p < LEVEL / quantities.len() as f64 {
            faults.push(format!("{line}: differs"));
        }
        if width.is_some_and(|width| half > width * value.abs()) {
            faults.push(format!(
                "{line}: too wide by {:.2}",
                half / (width.unwrap_or(1.0) * value.abs())
            ));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The catalogue's `two_sample_z` against a simulated reference at `path` of a row.
pub fn two_sample_z(id: &str, path: &str, sample: &[f64]) {
    let reference = row(id, path);
    let number =
        |name: &str| reference[name].as_f64().unwrap_or_else(|| panic!("{id} {path}: {reference}"));
    let theirs = Simulated {
        mean: number("mean"),
        half_width: number("half_width_999"),
        replications: number("replications") as u32,
    };
    let ours = accept::simulated(sample, theirs).expect("there are replications");
    let line = format!("{id} {path}: {} against {} ± {}", theirs.mean, ours.mean, ours.half_width);
    assert!((ours.mean - theirs.mean).abs() <= ours.half_width, "{line}");
}

/// The catalogue's `chi2` at 1e-4: counts by cell against the probabilities of the cells.
/// Neighbouring cells are joined until each is expected to hold at least 5.
pub fn chi_square(what: &str, counts: &[u64], probabilities: &[f64]) {
    assert_eq!(counts.len(), probabilities.len(), "{what}: cells");
    let total: u64 = counts.iter().sum();
    let mut cells: Vec<(f64, f64)> = Vec::new();
    let mut open = (0.0, 0.0);
    for (count, probability) in counts.iter().zip(probabilities) {
        open = (open.0 + *count as f64, open.1 + probability * total as f64);
        if open.1 >= 5.0 {
            cells.push(std::mem::take(&mut open));
        }
    }
    if let Some(last) = cells.last_mut() {
        *last = (last.0 + open.0, last.1 + open.1);
    }
    assert!(cells.len() > 1, "{what}: {} cells", cells.len());
    let statistic: f64 =
        cells.iter().map(|(seen, mean)| (seen - mean) * (seen - mean) / mean).sum();
    let p = special::chi_square_tail(statistic, cells.len() as f64 - 1.0);
    assert!(p >= 1e-4, "{what}: chi-square {statistic} over {} cells, p = {p:e}", cells.len());
}

/// As [`chi_square`], for whole numbers and P(0), P(1), ...; what is beyond the last
/// probability is one more cell.
pub fn chi_square_of(what: &str, sample: &[u64], probabilities: &[f64]) {
    let mut counts = vec![0; probabilities.len() + 1];
    for value in sample {
        counts[(*value as usize).min(probabilities.len())] += 1;
    }
    let beyond = (1.0 - probabilities.iter().sum::<f64>()).max(0.0);
    let cells: Vec<f64> = probabilities.iter().copied().chain([beyond]).collect();
    chi_square(what, &counts, &cells);
}

/// The catalogue's `ks` at 1e-4; its critical value is row S-KS-a, for large samples.
pub fn kolmogorov(what: &str, sample: &[f64], law: impl Fn(f64) -> f64) {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distance = (0_u32..).zip(&sorted).map(|(rank, x)| {
        let (p, rank) = (law(*x), f64::from(rank));
        (p - rank / n).max((rank + 1.0) / n - p)
    });
    let scaled = distance.fold(0.0, f64::max) * n.sqrt();
    assert!(scaled <= 2.225_251, "{what}: {scaled} / sqrt n over {n} samples");
}
