//! Runs done and reduced, with a bar: all that are asked for, or until they are enough.

use super::failure::Failure;
use super::progress::{self, Bar};
use crate::model;
use crate::observe::Observations;
use crate::plan::{Plan, RunId, Until};
use crate::stats::until::standings;
use crate::stats::{self, Metric, Standing};

/// How runs are done.
pub(super) struct Simulation<'a, F> {
    /// What is run.
    pub plan: &'a Plan,
    /// The command that repeats a run.
    pub again: F,
    /// Whether there is no bar.
    pub quiet: bool,
}

impl<F: Fn(RunId) -> String> Simulation<'_, F> {
    /// These runs, in their order.
    pub fn of(&self, runs: Vec<RunId>) -> Result<Vec<stats::Run>, Failure> {
        let bar = progress::bar(&self.plan.name, runs.len() as u64, self.quiet);
        let done = self.batch(runs, &bar);
        bar.finish_and_clear();
        done
    }

    /// Runs of all cases until they are enough or as many as allowed; and how many replications
    /// that took. What is asked in between depends on their results alone, batch by batch.
    pub fn until(&self, until: &Until) -> Result<(u32, Vec<stats::Run>), Failure> {
        let metric = Metric::named(&until.metric).ok_or_else(|| Failure::Unknown {
            what: "metric",
            name: until.metric.clone(),
            nearest: None,
            all: Vec::new(),
        })?;
        let cases: usize = self.plan.points.iter().map(|point| point.policies.len()).sum();
        let most = u64::from(until.at_most).saturating_mul(cases as u64);
        let bar = progress::bar(&self.plan.name, most, self.quiet);
        let done = self.batches(until, metric, &bar);
        bar.finish_and_clear();
        done
    }

    fn batches(
        &self,
        until: &Until,
        metric: &'static Metric,
        bar: &Bar,
    ) -> Result<(u32, Vec<stats::Run>), Failure> {
        let (mut replications, mut runs) = (0, Vec::new());
        for look in until.looks() {
            runs.extend(self.batch(RunId::of(self.plan, replications..look), bar)?);
            replications = look;
            let found = standings(until, metric, &runs);
            if found.iter().all(|standing| *standing == Standing::Absent) {
                let scenario = self.plan.name.clone();
                return Err(Failure::NotMeasured { scenario, metric: metric.name, replications });
            }
            if !found.iter().any(|standing| standing.may_improve()) {
                break;
            }
        }
        Ok((replications, runs))
    }

    fn batch(&self, runs: Vec<RunId>, bar: &Bar) -> Result<Vec<stats::Run>, Failure> {
        let runs = self.each(runs, bar, stats::Run::of)?;
        Ok(runs.into_iter().map(|(_, run)| run).collect())
    }

    /// What `read` keeps of each of these runs, in their order, on rayon's current pool.
    pub fn each<T: Send>(
        &self,
        runs: Vec<RunId>,
        bar: &Bar,
        read: impl Fn(RunId, Observations) -> T + Sync,
    ) -> Result<Vec<(RunId, T)>, Failure> {
        let outcome = model::run_each(self.plan, runs, |id, observations| {
            let kept = read(id, observations);
            bar.inc(1);
            kept
        });
        outcome.map_err(|(id, broken)| Failure::Law { broken, replay: (self.again)(id) })
    }
}
