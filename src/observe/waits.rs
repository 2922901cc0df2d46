//! How long clients wait, watched to the end or not, and quantiles of all.

use hdrhistogram::Histogram;

use super::Censored;
use super::histogram::{Times, of_times};
use crate::engine::SimDuration;

/// How long those waited who are alike, while it is recorded.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    ended: Times,
    /// For how long those were watched that broke off; no memory before the first.
    watched: Option<Times>,
    never: u64,
}

impl Waits {
    /// One ended after so long.
    #[inline(always)]
    pub fn end(&mut self, after: SimDuration) {
        self.ended.record(after);
    }

    /// One was watched for so long, and had not ended.
    pub fn break_off(&mut self, watched: SimDuration) {
        self.watched.get_or_insert_default().record(watched);
    }

    /// One will never end.
    pub const fn never_end(&mut self) {
        self.never += 1;
    }

    /// Adds all that another has counted.
    pub fn add(&mut self, other: &Self) {
        self.ended.add(&other.ended);
        if let Some(watched) = &other.watched {
            self.watched.get_or_insert_default().add(watched);
        }
        self.never += other.never;
    }

    /// Those that ended, and how long all waited, where some did not.
    pub fn finish(&self) -> (Histogram<u64>, Option<Survival>) {
        let ended = self.ended.finish();
        let watched = self.watched.as_ref().map_or_else(of_times, Times::finish);
        let is_whole = self.never == 0 && watched.is_empty();
        let survival = (!is_whole).then(|| Survival::of(&ended, &watched, self.never));
        (ended, survival)
    }
}

/// Which share is still waiting after which time, of times of which some broke off: the run ended
/// first, or who waited left.
///
/// By the product limit (Kaplan and Meier, "Nonparametric estimation from incomplete
/// observations", 1958): whoever broke off is taken to be as slow, from then on, as those who
/// were still watched. Who breaks off does so for a reason of its own, as it leaves or the run
/// ends, so that this is fair.
#[derive(Clone, Debug, PartialEq)]
pub struct Survival {
    /// Times at which some ended, in nanoseconds, with the share that waits for longer.
    steps: Vec<(u64, f64)>,
    /// The longest that was watched, in nanoseconds.
    longest: u64,
}

impl Survival {
    /// Of times that `ended`, others that were `watched` for so long, and some that will `never`
    /// end. O(bins of the histograms).
    pub fn of(ended: &Histogram<u64>, watched: &Histogram<u64>, never: u64) -> Self {
        let mut broken = watched.iter_recorded().peekable();
        let (mut at_risk, mut survive) = (ended.len() + watched.len() + never, 1.0);
        let mut steps = Vec::new();
        for bin in ended.iter_recorded() {
            let time = bin.value_iterated_to();
            // Of those of one bin, some end before the others break off.
            while let Some(earlier) = broken.next_if(|broken| broken.value_iterated_to() < time) {
                at_risk -= earlier.count_at_value();
            }
            survive *= 1.0 - bin.count_at_value() as f64 / at_risk as f64;
            at_risk -= bin.count_at_value();
            steps.push((time, survive));
        }
        Self { steps, longest: ended.max().max(watched.max()) }
    }

    /// A quantile of all times. Where too many broke off before it, it is longer than the longest
    /// that was watched: cut off there.
    pub fn quantile(&self, quantile: f64) -> Censored {
        // So many products of rounded quotients stay well within a millionth of a millionth.
        let waits = |(_, survive): &(u64, f64)| *survive > 1.0 - quantile + 1e-12;
        match self.steps.get(self.steps.partition_point(waits)) {
            Some((time, _)) => Censored::At(seconds(*time)),
            None => Censored::Beyond(seconds(self.longest)),
        }
    }
}

fn seconds(nanos: u64) -> f64 {
    SimDuration::from_nanos(nanos).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn survival(ended: &[u64], watched: &[u64], never: u64) -> Survival {
        let mut waits = Waits::default();
        for time in ended {
            waits.end(SimDuration::from_nanos(*time));
        }
        for time in watched {
            waits.break_off(SimDuration::from_nanos(*time));
        }
        for _ in 0..never {
            waits.never_end();
        }
        let (ended, survival) = waits.finish();
        survival.unwrap_or_else(|| Survival::of(&ended, &of_times(), 0))
    }

    /// Weeks in remission under 6-MP (Freireich et al. 1963; Cox and Oakes, "Analysis of Survival
    /// Data", 1984, table 1.1): the estimate falls to 0.538 at 22 weeks and 0.448 at 23.
    #[test]
    fn the_median_remission_under_6_mp_is_23_weeks() {
        let ended = [6, 6, 6, 7, 10, 13, 16, 22, 23];
        let watched = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
        let survival = survival(&ended, &watched, 0);
        let of = |quantile| survival.quantile(quantile);
        assert_eq!(of(0.5), Censored::At(23e-9));
        assert_eq!(of(1.0 - 0.5379), Censored::At(22e-9));
        assert_eq!(of(1.0 - 0.5377), Censored::At(23e-9));
        assert_eq!(of(1.0 - 0.4482), Censored::At(23e-9));
        assert_eq!(of(1.0 - 0.4481), Censored::Beyond(35e-9));
    }

    proptest! {
        /// Those that never end are slower than all others: a quantile is that of the ranks.
        #[test]
        fn whoever_never_ends_is_the_slowest(
            ended in prop::collection::vec(0_u64..2_000, 0..60),
            never in 1_u64..60,
            percent in 1_u64..100
        ) {
            let survival = survival(&ended, &[], never);
            let mut sorted = ended.clone();
            sorted.sort_unstable();
            let all = sorted.len() as u64 + never;
            let rank = (percent * all).div_ceil(100) as usize;
            let expected = match sorted.get(rank - 1) {
                Some(time) => Censored::At(seconds(*time)),
                None => Censored::Beyond(seconds(sorted.last().copied().unwrap_or(0))),
            };
            let quantile = percent as f64 / 100.0;
            prop_assert_eq!(survival.quantile(quantile), expected);
        }

        /// Efron's construction ("The two sample problem with censored data", 1967), another way to
        /// the same: the weight of each that breaks off is shared out among all that were watched
        /// for longer.
        #[test]
        fn who_breaks_off_is_as_slow_as_those_still_watched(
            times in prop::collection::vec((0_u64..50, any::<bool>()), 1..60),
            percent in 1_u64..100
        ) {
            let of = |ends: bool| -> Vec<u64> {
                times.iter().filter(|(_, is_end)| *is_end == ends).map(|(time, _)| *time).collect()
            };
            let survival = survival(&of(true), &of(false), 0);
            let mut sorted = times.clone();
            sorted.sort_unstable_by_key(|(time, is_end)| (*time, !is_end));
            let mut weights = vec![1.0 / sorted.len() as f64; sorted.len()];
            for place in 0..sorted.len() {
                if !sorted[place].1 && place + 1 < sorted.len() {
                    let each = weights[place] / (sorted.len() - place - 1) as f64;
                    weights[place] = 0.0;
                    for weight in &mut weights[place + 1..] {
                        *weight += each;
                    }
                }
            }
            let quantile = percent as f64 / 100.0;
            let mut sum = 0.0;
            let found = sorted.iter().zip(&weights).find(|((_, is_end), weight)| {
                sum += *weight;
                *is_end && sum >= quantile - 1e-9
            });
            let longest = sorted.last().map_or(0, |(time, _)| *time);
            let expected = found.map_or(Censored::Beyond(seconds(longest)), |((time, _), _)| {
                Censored::At(seconds(*time))
            });
            prop_assert_eq!(survival.quantile(quantile), expected);
        }
    }
}
