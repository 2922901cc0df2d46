//! Scenario files, few replications of them, and what each policy came to.

use std::path::Path;

use ringstorm::observe::{Observations, SeriesId};
use ringstorm::plan::RunId;
use ringstorm::scenario::{Overrides, load};
use ringstorm::{model, stats};

/// What a policy came to at a point, over all replications.
pub struct Answer {
    point: usize,
    policy: String,
    runs: Vec<Vec<(&'static str, f64, bool)>>,
}

/// What all policies of a scenario came to.
pub struct Answers(Vec<Answer>);

impl Answers {
    /// So many replications of a file, with fields set as on the command line.
    pub fn of(file: &str, replications: u32, set: &[&str]) -> Self {
        let read = |run: &Observations| {
            let measured = stats::measure(run).into_iter().map(|found| match found.measure {
                stats::Measure::Value(value) => (found.metric.name, value, false),
                stats::Measure::Censored(value) => (found.metric.name, value, true),
            });
            measured.collect::<Vec<_>>()
        };
        let mut answers: Vec<Answer> = Vec::new();
        for (point, policy, metrics) in read_runs(file, replications, set, read) {
            let known =
                answers.iter_mut().find(|other| other.point == point && other.policy == policy);
            match known {
                Some(answer) => answer.runs.push(metrics),
                None => answers.push(Answer { point, policy, runs: vec![metrics] }),
            }
        }
        Self(answers)
    }

    /// The mean of a metric under a policy.
    pub fn mean(&self, policy: &str, metric: &str) -> f64 {
        self.mean_at(0, policy, metric)
    }

    /// The same at a point of the sweep.
    pub fn mean_at(&self, point: usize, policy: &str, metric: &str) -> f64 {
        let values = self.values(point, policy, metric);
        values.iter().map(|(value, _)| value).sum::<f64>() / values.len() as f64
    }

    /// Whether a metric was cut off by the end of every run.
    pub fn is_cut_off(&self, policy: &str, metric: &str) -> bool {
        self.values(0, policy, metric).iter().all(|(_, cut_off)| *cut_off)
    }

    fn values(&self, point: usize, policy: &str, metric: &str) -> Vec<(f64, bool)> {
        let answer = self.0.iter().find(|other| other.point == point && other.policy == policy);
        let answer = answer.unwrap_or_else(|| panic!("no policy `{policy}` at point {point}"));
        let of_run = |run: &Vec<(&str, f64, bool)>| {
            let found = run.iter().find(|(name, ..)| *name == metric);
            found.map(|(_, value, cut_off)| (*value, *cut_off))
        };
        let values: Vec<(f64, bool)> = answer.runs.iter().filter_map(of_run).collect();
        assert_eq!(values.len(), answer.runs.len(), "`{metric}` is missing under `{policy}`");
        values
    }
}

/// A series under a policy in replication 0.
pub fn series(file: &str, set: &[&str], policy: &str, id: SeriesId) -> Vec<f64> {
    let rows = read_runs(file, 1, set, |run| run.series.row(id).to_vec());
    let found = rows.into_iter().find(|(point, name, _)| *point == 0 && name == policy);
    found.unwrap_or_else(|| panic!("no policy `{policy}`")).2
}

fn read_runs<T: Send>(
    file: &str,
    replications: u32,
    set: &[&str],
    read: impl Fn(&Observations) -> T + Sync,
) -> Vec<(usize, String, T)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    let overrides = Overrides {
        set: set.iter().map(ToString::to_string).collect(),
        replications: Some(replications),
        ..Overrides::default()
    };
    let plan = load(&path, &overrides).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let runs = model::run_all(&plan, |_, run| read(&run));
    let runs = runs.unwrap_or_else(|(id, broken)| panic!("{id:?}: {broken}"));
    let named = |(id, value): (RunId, T)| {
        (id.point, plan.points[id.point].policies[id.policy].name.clone(), value)
    };
    runs.into_iter().map(named).collect()
}
