//! Cases run, in parallel, and judged.
//!
//! Replications of all cases are independent work for whichever thread is idle; samples are
//! put together by case, policy and replication, so that no number of threads changes a bit.

use std::path::Path;

use super::accept::{self, COVERAGE, Compared, LEAST, LEVEL};
use super::case::{Case, Check, Test};
use super::expression::Run;
use crate::engine::{Draws, math};
use crate::model::{self, BrokenLaw};
use crate::observe::Observations;
use crate::plan::{Deck, Plan, RunId};
use crate::scenario::{self, Diagnostic, Overrides};

/// How many times as many replications a second round has: means are twice as well known.
const LONGER: u32 = 4;

/// What is added to the seed of a scenario for a second round.
const FRESH: u64 = 1_000_003;

/// A variance is to be known to this share of itself.
const VARIANCE_WIDTH: f64 = 0.5;

/// Cases that are about to run.
pub struct Round<'a> {
    cases: Vec<(&'a Case, Plan)>,
    /// 1, or 2.
    nth: u32,
}

/// A conservation law broke in a case: a bug.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The case.
    pub id: String,
    /// The law.
    pub law: BrokenLaw,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<'a> {
    /// The case.
    pub case: &'a Case,
    /// The round in which it was judged last: 1, or 2.
    pub round: u32,
    /// The seed of that round.
    pub seed: u64,
    /// Its replications.
    pub replications: u32,
    /// What each check found, in the case's order.
    pub findings: Vec<Finding>,
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// What was measured: a mean, the values outside a range, or a share of intervals.
    pub measured: Option<f64>,
    /// Half the width of its interval, where chance plays a part.
    pub half_width: Option<f64>,
    /// How likely it is to be so far off, where that is what is tested.
    pub p: Option<f64>,
    /// Why it is refused; `None` where it passes.
    pub fault: Option<Fault>,
}

/// Why a check is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not what was expected.
    Differs,
    /// It may be, but is not known well enough to say.
    TooWide,
    /// Some replication has no such number.
    NotMeasured,
}

impl Outcome<'_> {
    /// Whether every check passes.
    pub fn passes(&self) -> bool {
        self.findings.iter().all(|finding| finding.fault.is_none())
    }

    /// Whether chance plays a part, so that a second round may say something else.
    fn may_be_chance(&self) -> bool {
        let is_exact = |check: &Check| matches!(check.test, Test::Exact(_));
        let failed = |(check, finding): (&Check, &Finding)| {
            finding.fault.is_some() && (is_exact(check) || self.replications == 1)
        };
        !self.case.checks.iter().zip(&self.findings).any(failed)
    }
}

impl<'a> Round<'a> {
    /// A first round of these cases.
    ///
    /// # Errors
    /// The faults of the first scenario that has any.
    pub fn first(cases: &[&'a Case]) -> Result<Self, Vec<Diagnostic>> {
        let cases = cases.iter().map(|case| Ok((*case, plan(case, &Overrides::default())?)));
        Ok(Self { cases: cases.collect::<Result<_, Vec<Diagnostic>>>()?, nth: 1 })
    }

    /// A second round of those that failed where chance may be the reason: fresh seeds, and
    /// four times the replications.
    ///
    /// # Errors
    /// As [`Round::first`].
    pub fn again(outcomes: &[Outcome<'a>]) -> Result<Self, Vec<Diagnostic>> {
        let failed = outcomes.iter().filter(|outcome| !outcome.passes() && outcome.may_be_chance());
        let cases = failed.map(|outcome| {
            let overrides = Overrides {
                seed: Some(outcome.seed + FRESH),
                replications: Some(outcome.replications * LONGER),
                ..Overrides::default()
            };
            Ok((outcome.case, plan(outcome.case, &overrides)?))
        });
        Ok(Self { cases: cases.collect::<Result<_, Vec<Diagnostic>>>()?, nth: 2 })
    }

    /// How many runs that is.
    pub fn runs(&self) -> u64 {
        self.cases.iter().map(|(_, plan)| Deck::of(plan).size()).sum()
    }

    /// Runs all of it on rayon's current pool, and judges. `on_run` is shown each run as it
    /// ends, in no order.
    ///
    /// # Errors
    /// The broken law of the first case that has one.
    pub fn run(
        &self,
        on_run: impl Fn(&Case, RunId, &Observations) + Sync,
    ) -> Result<Vec<Outcome<'a>>, Broken> {
        let pieces: Vec<(usize, RunId)> = self
            .cases
            .iter()
            .enumerate()
            .flat_map(|(index, (_, plan))| RunId::all(plan).into_iter().map(move |id| (index, id)))
            .collect();
        let read = model::each(&pieces, |&(index, id)| {
            let (case, plan) = &self.cases[index];
            let observations = run(plan, id).map_err(|law| Broken { id: case.id.clone(), law })?;
            on_run(case, id, &observations);
            Ok(values(case, &plan.points[id.point].policies[id.policy].name, &observations))
        })?;
        let mut read = read.into_iter();
        let outcomes = self.cases.iter().map(|(case, plan)| {
            let count = Deck::of(plan).size() as usize;
            self.judged(case, plan, &read.by_ref().take(count).collect::<Vec<_>>())
        });
        Ok(outcomes.collect())
    }

    /// `read` has, for each run of the plan, what each check reads there.
    fn judged(&self, case: &'a Case, plan: &Plan, read: &[Vec<Option<f64>>]) -> Outcome<'a> {
        let samples: Vec<Option<Vec<f64>>> =
            (0..case.checks.len()).map(|check| sample(case, plan, read, check)).collect();
        let findings = case.checks.iter().zip(&samples).map(|(check, sample)| {
            let Some(sample) = sample else { return Finding::missing() };
            let family = case.checks.iter().filter(|other| is_of_family(check, other)).count();
            finding(check.test, sample, family)
        });
        Outcome {
            case,
            round: self.nth,
            seed: plan.seed,
            replications: plan.replications,
            findings: findings.collect(),
        }
    }
}

/// Puts the outcomes of a second round in the place of those of the first.
pub fn replace<'a>(outcomes: &mut [Outcome<'a>], second: Vec<Outcome<'a>>) {
    for outcome in second {
        if let Some(first) = outcomes.iter_mut().find(|first| first.case.id == outcome.case.id) {
            *first = outcome;
        }
    }
}

fn plan(case: &Case, overrides: &Overrides) -> Result<Plan, Vec<Diagnostic>> {
    let name = format!("{}.json", case.id);
    scenario::read_text(&name, case.scenario.as_str(), Path::new(""), overrides)
}

fn run(plan: &Plan, id: RunId) -> Result<Observations, BrokenLaw> {
    let point = &plan.points[id.point];
    let draws = Draws::new(plan.seed, id.replication);
    model::run(&point.world, &point.policies[id.policy], draws, false)
}

/// What each check reads of a run; nothing for those of other policies.
fn values(case: &Case, policy: &str, observations: &Observations) -> Vec<Option<f64>> {
    let run = Run::of(observations);
    let value = |check: &Check| {
        let is_read = check.policy == policy || check.against.as_deref() == Some(policy);
        is_read.then(|| check.expression.value(&run)).flatten()
    };
    case.checks.iter().map(value).collect()
}

/// The values of a check by replication; `None` where one is missing.
fn sample(case: &Case, plan: &Plan, read: &[Vec<Option<f64>>], check: usize) -> Option<Vec<f64>> {
    let policies = &plan.points.first()?.policies;
    let of = |name: &str| -> Option<Vec<f64>> {
        let policy = policies.iter().position(|policy| policy.name == name)?;
        let runs = read.iter().skip(policy).step_by(policies.len());
        runs.map(|values| values[check]).collect()
    };
    let Check { policy, against, .. } = &case.checks[check];
    let values = of(policy)?;
    match against {
        None => Some(values),
        Some(other) => Some(values.iter().zip(of(other)?).map(|(a, b)| a - b).collect()),
    }
}

/// Whether two checks are of one policy, and both are tested by a p value.
fn is_of_family(check: &Check, other: &Check) -> bool {
    let is_tested = matches!(other.test, Test::Mean { .. } | Test::Variance { .. });
    is_tested && check.policy == other.policy
}

/// What a sample says, one of `family` quantities.
fn finding(test: Test, sample: &[f64], family: usize) -> Finding {
    match test {
        Test::Mean { value, width } => tested(accept::mean(sample, value), value, width, family),
        Test::Variance { mean, sd } => {
            let squares: Vec<f64> =
                sample.iter().map(|value| (value - mean) * (value - mean)).collect();
            let value = sd * sd;
            tested(accept::mean(&squares, value), value, Some(VARIANCE_WIDTH), family)
        }
        Test::Simulated(theirs) => {
            let Some(found) = accept::simulated(sample, theirs) else { return Finding::missing() };
            let is_near = (found.mean - theirs.mean).abs() <= found.half_width.max(0.0);
            Finding::of(found, (!is_near).then_some(Fault::Differs))
        }
        Test::Exact(value) => {
            let other = sample.iter().find(|measured| !accept::is_equal(**measured, value));
            Finding {
                measured: other.or(sample.first()).copied(),
                half_width: None,
                p: None,
                fault: other.map(|_| Fault::Differs),
            }
        }
        Test::Inside { low, high } => {
            let (outside, p) = accept::outside(sample, low, high);
            Finding {
                measured: Some(f64::from(outside)),
                half_width: None,
                p: Some(p),
                fault: (p < LEAST).then_some(Fault::Differs),
            }
        }
        Test::Within { value, share } => {
            let Some(found) = accept::mean(sample, value) else { return Finding::missing() };
            let is_near = (found.mean - value).abs() <= share * value.abs();
            let found = Finding::of(found, (!is_near).then_some(Fault::Differs));
            Finding { p: None, ..found }
        }
        Test::Covers { value, of } => {
            let (share, intervals) = accept::coverage(sample, of, value);
            let [low, high] = COVERAGE;
            let variance = share * (1.0 - share) / f64::from(intervals.max(1));
            let reach = math::normal_quantile(1.0 - LEVEL / 2.0);
            Finding {
                measured: Some(share),
                half_width: Some(reach * math::sqrt(variance)),
                p: None,
                fault: (!(low..=high).contains(&share)).then_some(Fault::Differs),
            }
        }
    }
}

/// By its p value, over the quantities of a policy: the smallest of all is at least the level
/// over their number exactly when Holm's method refuses none. Then by its width.
fn tested(found: Option<Compared>, value: f64, width: Option<f64>, family: usize) -> Finding {
    let Some(found) = found else { return Finding::missing() };
    let fault = if found.p < LEVEL / family.max(1) as f64 {
        Some(Fault::Differs)
    } else if width.is_some_and(|width| found.half_width > width * value.abs()) {
        Some(Fault::TooWide)
    } else {
        None
    };
    Finding::of(found, fault)
}

impl Finding {
    fn of(found: Compared, fault: Option<Fault>) -> Self {
        Self {
            measured: Some(found.mean),
            half_width: Some(found.half_width).filter(|half| *half > 0.0),
            p: Some(found.p),
            fault,
        }
    }

    const fn missing() -> Self {
        let fault = Some(Fault::NotMeasured);
        Self { measured: None, half_width: None, p: None, fault }
    }
}
