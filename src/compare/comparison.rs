//! All metrics of two records side by side.

use std::fmt;

use super::record::{Record, RecordMetric, RecordPoint};
use super::rows::{Pairing, Row, Way};
use crate::stats::chance::Chance;
use crate::stats::paired::holm;
use crate::stats::{METRICS, Verdict};

/// The relative threshold of those who say nothing.
pub const USUAL_THRESHOLD: f64 = 0.05;

/// Two records compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The scenario's name.
    pub name: String,
    /// Before.
    pub base: Side,
    /// After.
    pub new: Side,
    /// How the two belong together.
    pub pairing: Pairing,
    /// Whether both have the very same values.
    pub equal: bool,
    /// The relative threshold.
    pub threshold: f64,
    /// How many rows were tested, for Holm's correction: all that are not equal.
    pub family: usize,
    /// One for each point, policy and metric, in the order of the new record.
    pub rows: Vec<Row>,
}

/// Where one side comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Digest of its scenario.
    pub digest: String,
    /// Its seed.
    pub seed: u64,
    /// Its replications.
    pub replications: u32,
}

/// Why two records cannot be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Incomparable {
    /// Other scenarios.
    #[error("they are of different scenarios: `{base}` and `{new}`")]
    Names {
        /// Before.
        base: String,
        /// After.
        new: String,
    },
    /// The scenario has one name but another world.
    #[error(
        "the scenario `{name}` is another world in each, so nothing can be said of decisions:{}",
        lines(differences)
    )]
    Worlds {
        /// The scenario.
        name: String,
        /// What differs.
        differences: Vec<WorldDifference>,
    },
    /// Pilot runs found other warm-ups at a point, in seconds.
    #[error(
        "the warm-ups that were found differ ({before} s and {after} s), so their metrics are of \
         other parts of the runs; state the longer one in both: `--set warmup={}s`",
        .before.max(*.after)
    )]
    Warmups {
        /// Before.
        before: f64,
        /// After.
        after: f64,
    },
    /// No point, policy and metric is in both.
    #[error("they have no metric of a policy in common")]
    NothingInCommon,
}

/// A fact of two worlds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldDifference {
    /// Its path.
    pub path: String,
    /// JSON text before; `None` where it is absent.
    pub base: Option<String>,
    /// JSON text after.
    pub new: Option<String>,
}

impl fmt::Display for WorldDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |side: &Option<String>| side.clone().unwrap_or_else(|| "absent".to_owned());
        write!(f, "`{}` was {} and is {}", self.path, text(&self.base), text(&self.new))
    }
}

fn lines(differences: &[WorldDifference]) -> String {
    // A world that differs in more is another one altogether.
    const MOST: usize = 8;
    let mut text: Vec<String> =
        differences.iter().take(MOST).map(|difference| format!("\n  {difference}")).collect();
    if differences.len() > MOST {
        text.push(format!("\n  and {} more", differences.len() - MOST));
    }
    text.concat()
}

/// Compares two records: `threshold` is the relative one (0.05 for 5%), which with the
/// metric's floor makes the tolerance: the larger of the two.
///
/// # Errors
/// [`Incomparable`].
pub fn compare(base: &Record, new: &Record, threshold: f64) -> Result<Comparison, Incomparable> {
    same_world(base, new)?;
    let pairing = if base.seed == new.seed {
        Pairing::ByReplication { common: base.replications.min(new.replications) }
    } else {
        Pairing::Independent
    };
    let mut rows = Vec::new();
    for point in &new.points {
        point_rows(base.point(&point.at), Some(point), (pairing, threshold), &mut rows);
    }
    for point in base.points.iter().filter(|point| new.point(&point.at).is_none()) {
        point_rows(Some(point), None, (pairing, threshold), &mut rows);
    }
    if rows.iter().all(|row| row.base.is_none() || row.new.is_none()) {
        return Err(Incomparable::NothingInCommon);
    }
    // What is equal value for value is no claim, so it takes no power from the others. Where
    // it might have differed by chance, it would have differed in few replications, and those
    // give no small p value: the level holds.
    let tested: Vec<usize> = (0..rows.len())
        .filter(|&index| rows[index].p.is_some() && !rows[index].is_equal())
        .collect();
    let raw: Vec<f64> = tested.iter().filter_map(|&index| rows[index].p).collect();
    for (&index, p) in tested.iter().zip(holm(&raw)) {
        rows[index].decide(p, raw.len(), pairing);
    }
    for row in rows.iter_mut().filter(|row| row.is_equal()) {
        row.decide(1.0, raw.len(), pairing);
    }
    let side = |record: &Record| Side {
        digest: record.digest.clone(),
        seed: record.seed,
        replications: record.replications,
    };
    Ok(Comparison {
        name: new.name.clone(),
        base: side(base),
        new: side(new),
        pairing,
        equal: values_agree(base, new),
        threshold,
        family: raw.len(),
        rows,
    })
}

/// Refuses other scenarios, and at the points that both have other worlds and other warm-ups: a
/// total of a longer time is larger, and no regression.
pub(super) fn same_world(base: &Record, new: &Record) -> Result<(), Incomparable> {
    if base.name != new.name {
        return Err(Incomparable::Names { base: base.name.clone(), new: new.name.clone() });
    }
    for point in &new.points {
        let Some(before) = base.point(&point.at) else { continue };
        if before.world != point.world {
            return Err(Incomparable::Worlds {
                name: new.name.clone(),
                differences: differences(before, point),
            });
        }
        let warmups = before.warmup.zip(point.warmup);
        if let Some((before, after)) = warmups.filter(|(a, b)| a.total_cmp(b).is_ne()) {
            return Err(Incomparable::Warmups { before, after });
        }
    }
    Ok(())
}

fn differences(base: &RecordPoint, new: &RecordPoint) -> Vec<WorldDifference> {
    let find = |facts: &[(String, String)], path: &str| {
        facts.iter().find(|(other, _)| other == path).map(|(_, text)| text.clone())
    };
    let mut paths: Vec<&String> =
        base.facts.iter().chain(&new.facts).map(|(path, _)| path).collect();
    paths.sort();
    paths.dedup();
    paths
        .into_iter()
        .map(|path| WorldDifference {
            path: path.clone(),
            base: find(&base.facts, path),
            new: find(&new.facts, path),
        })
        .filter(|difference| difference.base != difference.new)
        .collect()
}

fn point_rows(
    base: Option<&RecordPoint>,
    new: Option<&RecordPoint>,
    (pairing, threshold): (Pairing, f64),
    rows: &mut Vec<Row>,
) {
    let label = new.or(base).map(RecordPoint::label).unwrap_or_default();
    let mut names: Vec<&str> = Vec::new();
    for point in [new, base].into_iter().flatten() {
        for policy in &point.policies {
            if !names.contains(&policy.name.as_str()) {
                names.push(&policy.name);
            }
        }
    }
    for name in names {
        let before = base.and_then(|point| point.policy(name));
        let after = new.and_then(|point| point.policy(name));
        let chance = before.zip(after).map_or(Chance::Plays, |(a, b)| a.chance().and(b.chance()));
        let way = Way { pairing, chance, threshold };
        for metric in METRICS {
            let row = Row::of(
                before.and_then(|policy| policy.metric(metric.name)),
                after.and_then(|policy| policy.metric(metric.name)),
                way,
            );
            rows.extend(row.map(|row| Row { at: label.clone(), policy: name.to_owned(), ..row }));
        }
    }
}

/// Whether both hold the same values of the same metrics.
fn values_agree(base: &Record, new: &Record) -> bool {
    let all = |from: &Record, to: &Record| {
        from.points.iter().all(|point| {
            let Some(other) = to.point(&point.at) else { return false };
            point.policies.iter().all(|policy| {
                let Some(other) = other.policy(&policy.name) else { return false };
                let values =
                    |metric: &RecordMetric| (metric.values.clone(), metric.cut_off.clone());
                let same = |metric: &RecordMetric| {
                    other.metric(metric.metric.name).map(values) == Some(values(metric))
                };
                policy.metrics.iter().all(same)
            })
        })
    };
    all(base, new) && all(new, base)
}

/// Which verdicts make a comparison fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// A regression.
    #[default]
    Regression,
    /// Any difference that counts, for better or worse, and what only one side has.
    AnyChange,
    /// A regression, or what is not decided or no longer measured.
    Inconclusive,
    /// None.
    Never,
}

impl FailOn {
    /// Whether a row with this verdict fails.
    pub const fn fails(self, verdict: Verdict) -> bool {
        match self {
            Self::Never => false,
            Self::Regression => matches!(verdict, Verdict::Worse),
            Self::Inconclusive => {
                matches!(verdict, Verdict::Worse | Verdict::Inconclusive | Verdict::Missing)
            }
            Self::AnyChange => !matches!(verdict, Verdict::Same | Verdict::Inconclusive),
        }
    }
}

impl Comparison {
    /// Whether any row fails.
    pub fn fails(&self, on: FailOn) -> bool {
        self.rows.iter().any(|row| on.fails(row.verdict))
    }

    /// The rows of a verdict.
    pub fn rows_with(&self, verdict: Verdict) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.verdict == verdict)
    }

    /// How many rows have a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rows_with(verdict).count()
    }

    /// How the two sides were put together, in a sentence.
    pub fn method(&self) -> String {
        match self.pairing {
            Pairing::ByReplication { common } => {
                let pairs = match common {
                    1 => "1 pair, no intervals".to_owned(),
                    many => format!(
                        "{many} pairs, t intervals of the differences; shares of runs by Fisher's test"
                    ),
                };
                format!("same seed {}: paired by replication ({pairs})", self.new.seed)
            }
            Pairing::Independent => format!(
                "seeds {} and {}: independent runs ({} and {} replications, Welch's t)",
                self.base.seed, self.new.seed, self.base.replications, self.new.replications
            ),
        }
    }

    /// What is equal before anything is compared, in a sentence.
    pub fn digests(&self) -> String {
        match (self.base.digest == self.new.digest, self.equal) {
            (true, true) => "the same scenario and the same results, value for value".to_owned(),
            (true, false) => {
                "the same scenario; the results differ, so the program does".to_owned()
            }
            (false, true) => {
                "the scenarios differ, the results are the same, value for value".to_owned()
            }
            (false, false) => match self.draws_differ() {
                None => "the scenarios differ in decisions, in the same world".to_owned(),
                Some(draws) => format!("the same world; {draws}, and decisions may differ too"),
            },
        }
    }

    /// What of the draws differs. A scenario's digest covers seed and replications as well,
    /// so where these differ it does not tell whether decisions do.
    fn draws_differ(&self) -> Option<String> {
        let Side { seed, replications, .. } = self.base;
        let mut told = Vec::new();
        if seed != self.new.seed {
            told.push(format!("the seeds are {seed} and {}", self.new.seed));
        }
        if replications != self.new.replications {
            told.push(format!("the replications are {replications} and {}", self.new.replications));
        }
        (!told.is_empty()).then(|| told.join(", "))
    }
}
