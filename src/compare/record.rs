//! What a results folder or a baseline says, as far as comparisons need it.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::plan::Plan;
use crate::stats::chance::Chance;
use crate::stats::{METRICS, Metric, Results};

/// The version of the result files' layout.
pub const FORMAT: u32 = 1;

/// Results that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The scenario's name.
    pub name: String,
    /// Digest of the scenario.
    pub digest: String,
    /// The seed.
    pub seed: u64,
    /// Replications of each case.
    pub replications: u32,
    /// The relative threshold that a baseline was promoted with.
    pub threshold: Option<f64>,
    /// The points of its sweep, or the only one.
    pub points: Vec<RecordPoint>,
}

/// One point.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordPoint {
    /// (path, JSON text) of each swept value.
    pub at: Vec<(String, String)>,
    /// Digest of the world.
    pub world: String,
    /// (path, JSON text) of each fact of the world.
    pub facts: Vec<(String, String)>,
    /// Seconds of the warm-up that pilot runs found; `None` where the scenario states it.
    pub warmup: Option<f64>,
    /// The policies, in order.
    pub policies: Vec<RecordPolicy>,
}

/// One policy.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordPolicy {
    /// Its name.
    pub name: String,
    /// The metrics that exist in its runs.
    pub metrics: Vec<RecordMetric>,
}

/// One metric.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordMetric {
    /// Which.
    pub metric: &'static Metric,
    /// A change up to this never counts.
    pub floor: f64,
    /// The replications that the end of the run cut off, in order.
    pub cut_off: Vec<u32>,
    /// One a replication; `None` where cut off or absent.
    pub values: Vec<Option<f64>>,
}

/// Why a text is no record. Each is the fault of the file, not of the machine.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not JSON.
    #[error("it is not valid JSON: {0}")]
    Syntax(serde_json::Error),
    /// JSON of something else.
    #[error("it holds no results: it has no `format`")]
    Foreign,
    /// What charts are drawn from.
    #[error("it is a results.json; what can be compared is the summary.json beside it")]
    Archive,
    /// Another layout.
    #[error(
        "it has format {met}; this version of ringstorm reads format {FORMAT}: run the scenario again"
    )]
    Format {
        /// The version met.
        met: Value,
    },
    /// A field is missing or of another type.
    #[error("{0}; if an older version wrote it, run the scenario again")]
    Structure(serde_json::Error),
    /// A metric that this program does not have.
    #[error(
        "policy `{policy}` has the metric `{name}`, which this version of ringstorm does not know"
    )]
    UnknownMetric {
        /// Whose.
        policy: String,
        /// Which.
        name: String,
    },
    /// The values do not fit the number of replications.
    #[error(
        "`{metric}` of policy `{policy}` has {met} values and {censored} of them cut off, in {expected} replications"
    )]
    Values {
        /// Whose.
        policy: String,
        /// Which.
        metric: &'static str,
        /// Values met.
        met: usize,
        /// Said to be cut off.
        censored: u32,
        /// Replications.
        expected: u32,
    },
    /// Something is there twice.
    #[error("{what} is there twice")]
    Twice {
        /// A policy or a point.
        what: String,
    },
}

#[derive(Deserialize)]
struct Layout {
    scenario: Scenario,
    seed: u64,
    replications: u32,
    threshold: Option<f64>,
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Scenario {
    name: String,
    digest: String,
}

#[derive(Deserialize)]
struct Point {
    at: Map<String, Value>,
    warmup: Option<Warmup>,
    world: World,
    policies: Vec<Policy>,
}

#[derive(Deserialize)]
struct Warmup {
    seconds: f64,
}

#[derive(Deserialize)]
struct World {
    digest: String,
    facts: Map<String, Value>,
}

#[derive(Deserialize)]
struct Policy {
    name: String,
    metrics: Map<String, Value>,
}

#[derive(Deserialize)]
struct MetricLayout {
    #[serde(default)]
    censored: u32,
    cut_off: Option<Vec<u32>>,
    floor: Option<f64>,
    values: Vec<Option<f64>>,
}

impl Record {
    /// Reads `summary.json` or a baseline.
    ///
    /// # Errors
    /// [`RecordError`]: the first thing that is wrong.
    pub fn read(text: &str) -> Result<Self, RecordError> {
        let value: Value = serde_json::from_str(text).map_err(RecordError::Syntax)?;
        let met = value.get("format").ok_or(RecordError::Foreign)?;
        if value.get("results").is_some() {
            return Err(RecordError::Archive);
        }
        if met.as_u64() != Some(u64::from(FORMAT)) {
            return Err(RecordError::Format { met: met.clone() });
        }
        // Read from the text again, so that a fault has its line and column.
        let layout: Layout = serde_json::from_str(text).map_err(RecordError::Structure)?;
        let replications = layout.replications;
        let points: Result<Vec<RecordPoint>, RecordError> =
            layout.points.into_iter().map(|point| read_point(point, replications)).collect();
        let points = points?;
        for (index, point) in points.iter().enumerate() {
            if points[..index].iter().any(|other| other.at == point.at) {
                return Err(RecordError::Twice { what: format!("the point `{}`", point.label()) });
            }
        }
        Ok(Self {
            name: layout.scenario.name,
            digest: layout.scenario.digest,
            seed: layout.seed,
            replications,
            threshold: layout.threshold.filter(|threshold| *threshold >= 0.0),
            points,
        })
    }

    /// What results say, without the way through a file.
    pub fn of(results: &Results) -> Self {
        let points = results.points.iter().map(|point| RecordPoint {
            at: point.at.iter().map(|(path, text)| (path.clone(), as_json(text))).collect(),
            world: point.identity.digest.clone(),
            facts: point.identity.facts.clone(),
            warmup: point.found.is_some().then(|| point.warmup.as_secs_f64()),
            policies: point
                .cases
                .iter()
                .map(|case| RecordPolicy {
                    name: case.policy.clone(),
                    metrics: case
                        .metrics
                        .iter()
                        .map(|result| RecordMetric {
                            metric: result.metric,
                            floor: result.metric.floor,
                            cut_off: (0..result.values.len())
                                .filter(|run| result.is_cut_off(*run))
                                .map(|run| run as u32)
                                .collect(),
                            values: result.values.clone(),
                        })
                        .collect(),
                })
                .collect(),
        });
        Self {
            name: results.name.clone(),
            digest: results.digest.clone(),
            seed: results.seed,
            replications: results.replications,
            threshold: None,
            points: points.collect(),
        }
    }

    /// What will be said of a plan, without what is found in its runs.
    pub fn before(plan: &Plan) -> Self {
        let points = plan.points.iter().map(|point| RecordPoint {
            at: point.at.iter().map(|(path, text)| (path.clone(), as_json(text))).collect(),
            world: point.identity.digest.clone(),
            facts: point.identity.facts.clone(),
            warmup: None,
            policies: Vec::new(),
        });
        Self {
            name: plan.name.clone(),
            digest: plan.digest.clone(),
            seed: plan.seed,
            replications: plan.replications,
            threshold: None,
            points: points.collect(),
        }
    }

    /// The point with these swept values.
    pub fn point(&self, at: &[(String, String)]) -> Option<&RecordPoint> {
        self.points.iter().find(|point| point.at == at)
    }
}

impl RecordPoint {
    /// `clients.connected = 1000, ...`; empty without a sweep.
    pub fn label(&self) -> String {
        let at: Vec<String> =
            self.at.iter().map(|(path, value)| format!("{path} = {value}")).collect();
        at.join(", ")
    }

    /// The policy of this name.
    pub fn policy(&self, name: &str) -> Option<&RecordPolicy> {
        self.policies.iter().find(|policy| policy.name == name)
    }
}

impl RecordPolicy {
    /// Whether chance has a part in its runs.
    pub fn chance(&self) -> Chance {
        Chance::of(self.metrics.iter().map(|found| found.values.as_slice()))
    }

    /// The metric of this name.
    pub fn metric(&self, name: &str) -> Option<&RecordMetric> {
        self.metrics.iter().find(|found| found.metric.name == name)
    }
}

impl RecordMetric {
    /// How many values the end of the run cut off.
    pub fn censored(&self) -> u32 {
        self.cut_off.len() as u32
    }

    /// Of each replication whether it said yes, or was not cut off; `None` where it had nothing to
    /// say.
    pub fn said(&self) -> Vec<Option<bool>> {
        let said = |(run, value): (u32, &Option<f64>)| match value {
            Some(value) => Some(!self.metric.is_yes_or_no() || *value > 0.5),
            None => self.cut_off.contains(&run).then_some(false),
        };
        (0..).zip(&self.values).map(said).collect()
    }
}

/// One form for equal values, as a file would give them back.
fn as_json(text: &str) -> String {
    serde_json::from_str::<Value>(text)
        .map_or_else(|_| Value::from(text).to_string(), |v| v.to_string())
}

fn read_point(point: Point, replications: u32) -> Result<RecordPoint, RecordError> {
    let texts = |values: Map<String, Value>| {
        values.into_iter().map(|(path, value)| (path, value.to_string())).collect()
    };
    let mut policies: Vec<RecordPolicy> = Vec::with_capacity(point.policies.len());
    for policy in point.policies {
        if policies.iter().any(|other| other.name == policy.name) {
            return Err(RecordError::Twice { what: format!("the policy `{}`", policy.name) });
        }
        policies.push(read_policy(policy, replications)?);
    }
    Ok(RecordPoint {
        at: texts(point.at),
        world: point.world.digest,
        facts: texts(point.world.facts),
        warmup: point.warmup.map(|warmup| warmup.seconds),
        policies,
    })
}

fn read_policy(policy: Policy, replications: u32) -> Result<RecordPolicy, RecordError> {
    let mut metrics = Vec::with_capacity(policy.metrics.len());
    for (name, value) in policy.metrics {
        let Some(metric) = Metric::named(&name) else {
            return Err(RecordError::UnknownMetric { policy: policy.name, name });
        };
        let read: MetricLayout = serde_json::from_value(value).map_err(RecordError::Structure)?;
        let cut_off = cut_off(&read);
        let is_whole = cut_off.len() == read.censored as usize;
        if read.values.len() != replications as usize || !is_whole {
            return Err(RecordError::Values {
                policy: policy.name,
                metric: metric.name,
                met: read.values.len(),
                censored: read.censored,
                expected: replications,
            });
        }
        metrics.push(RecordMetric {
            metric,
            floor: read.floor.filter(|floor| *floor >= 0.0).unwrap_or(metric.floor),
            cut_off,
            values: read.values,
        });
    }
    let rank = |name: &str| METRICS.iter().position(|metric| metric.name == name);
    metrics.sort_by_key(|found| rank(found.metric.name));
    Ok(RecordPolicy { name: policy.name, metrics })
}

/// The replications that were cut off, of those without a value. Files of older versions say how
/// many alone: where others have no value either, the first of them are taken.
fn cut_off(read: &MetricLayout) -> Vec<u32> {
    let without = (0..).zip(&read.values).filter(|(_, value)| value.is_none()).map(|(run, _)| run);
    match &read.cut_off {
        Some(listed) => without.filter(|run| listed.contains(run)).collect(),
        None => without.take(read.censored as usize).collect(),
    }
}
