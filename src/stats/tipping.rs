//! Where policies tip over: the bisection of one replication, and what all of them say.
//!
//! A replication meets the same draws at every value of the varied field (common random
//! numbers; Law, Simulation Modeling and Analysis (2015), section 11.2), so it has a tipping
//! point of its own: the lowest value from which it meets the criterion. Replications are
//! independent of each other, so are their tipping points, and the mean of these has a
//! Student-t interval like any other metric (section 9.4 there). It is the mean of where runs
//! tip over, not the value at which the mean of the metric crosses the criterion.

use super::interval::{Estimate, critical};
use super::metrics::{Measure, Metric};
use crate::plan::Find;
use crate::plan::find::{Grid, Kind, Turn};
use crate::policy::Hue;

/// Where a criterion turns on a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// It is met at the first value already; whether at the last too.
    Before {
        /// Not, if it turns the other way round.
        still_met: bool,
    },
    /// It is not met at this step, and met at the next.
    After(u64),
    /// It is not met at the last value.
    Beyond,
}

/// Where a criterion turns between step 0 and step `steps`, by bisection: exact where it
/// turns once, else one of the places where it does. Both ends are tried first.
///
/// Cost: 2 calls, and one for each halving of what is between.
///
/// # Errors
/// What `is_met` says.
pub fn bisect<E>(steps: u64, mut is_met: impl FnMut(u64) -> Result<bool, E>) -> Result<Turned, E> {
    let (first, last) = (is_met(0)?, is_met(steps)?);
    if first {
        return Ok(Turned::Before { still_met: last });
    }
    if !last {
        return Ok(Turned::Beyond);
    }
    let (mut low, mut high) = (0, steps);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if is_met(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(Turned::After(low))
}

/// One replication of one policy, searched.
#[derive(Clone, Debug, PartialEq)]
pub struct Searched {
    /// Where it turned.
    pub turned: Turned,
    /// What was tried, step and measure (`None` where the metric does not exist), by step.
    pub tried: Vec<(u64, Option<Measure>)>,
}

impl Searched {
    /// Searches; `run` gives the metric at a step.
    ///
    /// # Errors
    /// What `run` says.
    pub fn of<E>(
        find: &Find,
        mut run: impl FnMut(u64) -> Result<Option<Measure>, E>,
    ) -> Result<Self, E> {
        let mut tried = Vec::new();
        let turned = bisect(find.grid.steps(), |step| {
            let measure = run(step)?;
            tried.push((step, measure));
            Ok(is_met(find.turn, measure))
        })?;
        tried.sort_by_key(|(step, _)| *step);
        Ok(Self { turned, tried })
    }

    /// The lowest and the highest value that its tipping point can have; `None` where it was
    /// cut off by a bound.
    pub fn bracket(&self, grid: &Grid) -> Option<[f64; 2]> {
        let Turned::After(step) = self.turned else { return None };
        let (low, high) = (grid.value(step), grid.value(step + 1));
        // Of whole numbers it is the first that meets the criterion.
        Some([if grid.kind == Kind::Whole { low + 1.0 } else { low }, high])
    }

    /// Whether the metric went back, by more than anybody would act on, while the field rose:
    /// the criterion may then turn more than once. One that turned the other way round did not
    /// go back.
    pub fn wavers(&self, turn: Turn, metric: &Metric) -> bool {
        let towards = match turn {
            Turn::FallsBelow(_) => -1.0,
            Turn::RisesAbove(_) => 1.0,
        };
        if self.turned == (Turned::Before { still_met: false }) {
            return false;
        }
        let mut furthest = f64::NEG_INFINITY;
        self.tried.iter().filter_map(|(_, measure)| *measure).any(|measure| {
            let value = match measure {
                Measure::Value(value) => value,
                Measure::Censored(_) => f64::INFINITY,
            };
            let value = towards * value;
            let back = furthest - value;
            furthest = furthest.max(value);
            back > metric.floor
        })
    }

    /// In how many of its runs the metric did not exist, the first value apart: there it is
    /// often nothing that would be measured.
    fn unmeasured(&self) -> u64 {
        self.tried.iter().filter(|(step, measure)| *step > 0 && measure.is_none()).count() as u64
    }

    /// In how many of its runs the end of the run cut the metric off before it reached what
    /// the criterion asks.
    fn unsure(&self, turn: Turn) -> u64 {
        let (Turn::FallsBelow(limit) | Turn::RisesAbove(limit)) = turn;
        let is_unsure = |measure: &Option<Measure>| matches!(measure, Some(Measure::Censored(least)) if *least < limit);
        self.tried.iter().filter(|(_, measure)| is_unsure(measure)).count() as u64
    }
}

/// A metric that does not exist is neither above nor below anything; one that the end of the
/// run cut off is above everything.
fn is_met(turn: Turn, measure: Option<Measure>) -> bool {
    match (turn, measure) {
        (_, None) | (Turn::FallsBelow(_), Some(Measure::Censored(_))) => false,
        (Turn::RisesAbove(_), Some(Measure::Censored(_))) => true,
        (Turn::FallsBelow(limit), Some(Measure::Value(value))) => value < limit,
        (Turn::RisesAbove(limit), Some(Measure::Value(value))) => value > limit,
    }
}

/// Where every policy of a scenario tips over.
#[derive(Clone, Debug, PartialEq)]
pub struct Tipping {
    /// The scenario's name.
    pub name: String,
    /// What the scenario says of itself; may be empty.
    pub description: String,
    /// `xxh3:...` digest of the scenario, without its `find`.
    pub digest: String,
    /// The seed.
    pub seed: u64,
    /// Replications of each policy.
    pub replications: u32,
    /// What was looked for.
    pub find: Find,
    /// The metric of the criterion.
    pub metric: &'static Metric,
    /// One for each policy, in the scenario's order.
    pub cases: Vec<TippingCase>,
}

impl Tipping {
    /// Whether any run has the metric: without one there is nothing that could tip.
    pub fn is_measured(&self) -> bool {
        let mut searched = self.cases.iter().flat_map(|case| &case.searched);
        searched.any(|searched| searched.tried.iter().any(|(_, measure)| measure.is_some()))
    }
}

/// Where one policy tips over.
#[derive(Clone, Debug, PartialEq)]
pub struct TippingCase {
    /// The policy's name.
    pub policy: String,
    /// The colour family of its name.
    pub hue: Hue,
    /// Its replications, in order.
    pub searched: Vec<Searched>,
    /// Mean of the replications' tipping points; `None` if one was cut off by a bound.
    pub mean: Option<f64>,
    /// 95% interval of that mean, the precision included; `None` with fewer than two
    /// replications too.
    pub ci95: Option<[f64; 2]>,
    /// What is certain of the mean over these replications, whatever the cut-off ones are: at
    /// least, at most.
    pub within: [Option<f64>; 2],
    /// Replications that meet the criterion at the lower bound already.
    pub below: u32,
    /// Replications that do not meet it at the upper bound.
    pub above: u32,
    /// Replications that meet it at the lower bound and not at the upper one.
    pub backwards: u32,
    /// Replications whose metric went back while the field rose.
    pub wavering: u32,
    /// Runs in which the metric did not exist, those at the lower bound apart.
    pub unmeasured: u64,
    /// Runs whose end cut the metric off before it reached what the criterion asks.
    pub unsure: u64,
    /// Runs that it took.
    pub runs: u64,
}

impl TippingCase {
    /// What the replications of a policy say together.
    pub fn of(
        policy: String,
        hue: Hue,
        find: &Find,
        metric: &Metric,
        searched: Vec<Searched>,
    ) -> Self {
        let grid = &find.grid;
        let count = |is: &dyn Fn(&Searched) -> bool| {
            searched.iter().filter(|searched| is(searched)).count() as u32
        };
        let brackets: Vec<[f64; 2]> =
            searched.iter().filter_map(|searched| searched.bracket(grid)).collect();
        let below = count(&|searched| matches!(searched.turned, Turned::Before { .. }));
        let above = count(&|searched| searched.turned == Turned::Beyond);
        let is_complete = below + above == 0;
        let (mean, ci95) = if is_complete { mean_of(&brackets) } else { (None, None) };
        Self {
            policy,
            hue,
            mean,
            ci95,
            within: within(&brackets, below, above, grid),
            below,
            above,
            backwards: count(&|searched| searched.turned == Turned::Before { still_met: false }),
            wavering: count(&|searched| searched.wavers(find.turn, metric)),
            unmeasured: searched.iter().map(Searched::unmeasured).sum(),
            unsure: searched.iter().map(|searched| searched.unsure(find.turn)).sum(),
            runs: searched.iter().map(|searched| searched.tried.len() as u64).sum(),
            searched,
        }
    }
}

/// The mean of values of which each is only known to lie in its bracket, and its 95% interval.
///
/// The mean of the middles is within half a bracket of the mean of the values, wherever in
/// their brackets they are: so much is added to the t interval of the middles on both sides.
/// Where the precision is fine this adds next to nothing, and the interval covers 95 times in
/// 100; where it is coarse, all replications may share a bracket, and the interval is that
/// bracket and not a point.
///
/// Source: G. Imbens and C. Manski, "Confidence intervals for partially identified parameters",
/// Econometrica 72 (2004): what is not known is an interval, and chance widens it on both sides.
///
/// ```
/// use ringstorm::stats::tipping::mean_of;
///
/// let (mean, interval) = mean_of(&[[0.3, 0.4], [0.3, 0.4], [0.3, 0.4]]);
/// let ([low, high], mean) = (interval.expect("three values"), mean.expect("a mean"));
/// assert!((mean - 0.35).abs() < 1e-12 && (low - 0.3).abs() < 1e-12 && (high - 0.4).abs() < 1e-12);
/// ```
pub fn mean_of(brackets: &[[f64; 2]]) -> (Option<f64>, Option<[f64; 2]>) {
    let middles: Vec<f64> = brackets.iter().map(|[low, high]| f64::midpoint(*low, *high)).collect();
    let halves: Vec<f64> = brackets.iter().map(|[low, high]| (high - low) / 2.0).collect();
    let (Some(middle), Some(half)) = (Estimate::of(&middles), Estimate::of(&halves)) else {
        return (None, None);
    };
    let reach = critical(middle.n) * middle.standard_error() + half.mean;
    let interval = (middle.n > 1).then_some([middle.mean - reach, middle.mean + reach]);
    (Some(middle.mean), interval)
}

/// What is certain of the mean: those cut off above are at least the upper bound, those below
/// at most the lower one.
fn within(brackets: &[[f64; 2]], below: u32, above: u32, grid: &Grid) -> [Option<f64>; 2] {
    let mean = |end: usize, cut_off: u32, bound: f64| {
        let mut ends: Vec<f64> = brackets.iter().map(|bracket| bracket[end]).collect();
        ends.extend(std::iter::repeat_n(bound, cut_off as usize));
        Estimate::of(&ends).map(|estimate| estimate.mean)
    };
    [
        mean(0, above, grid.last).filter(|_| below == 0),
        mean(1, below, grid.first).filter(|_| above == 0),
    ]
}
