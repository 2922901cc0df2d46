//! `replications`: how many, or until what is known.

use super::checker::Checker;
use crate::plan::{Until, Width};
use crate::scenario::path::Path;
use crate::scenario::schema::forms::ShortOr;
use crate::scenario::schema::replications::{Replications, Until as Typed};
use crate::scenario::typed::written;

/// Of those who say nothing.
const USUAL: u32 = 20;

/// The most that anybody may ask for.
const MOST: u32 = 1_000_000;

impl Checker<'_> {
    /// How many replications there are at most, and when they are enough before that.
    pub fn replications(
        &mut self,
        typed: Option<&ShortOr<u64, Replications>>,
    ) -> (u32, Option<Until>) {
        let path = Path::root().field("replications");
        match typed {
            None => (USUAL, None),
            Some(ShortOr::Short(number)) => (self.count(&path, *number, 1..=MOST), None),
            Some(ShortOr::Long(Replications { until, at_most })) => {
                let at_most = at_most.unwrap_or(u64::from(Until::USUAL_MOST));
                let at_most = self.count(&path.field("at_most"), at_most, Until::LEAST..=MOST);
                (at_most, self.until(&path.field("until"), until, at_most))
            }
        }
    }

    fn until(&mut self, path: &Path, typed: &Typed, at_most: u32) -> Option<Until> {
        let metric = path.field("metric");
        let span = self.document.value_span(&metric, "no such metric");
        self.known_metric(&metric, span, &typed.metric);
        let (relative, absolute) = (typed.relative_half_width, typed.half_width);
        let ways =
            [("relative_half_width", relative.is_some()), ("half_width", absolute.is_some())];
        let way = self.exactly_one(path, "the precision", &ways)?;
        let width = match (relative, absolute) {
            (Some(share), _) => Width::Relative(share.as_f64()),
            (None, half) => Width::Absolute(half?),
        };
        let (Width::Relative(amount) | Width::Absolute(amount)) = width;
        // Not a number is no JSON.
        if amount <= 0.0 {
            self.out_of_range(&path.field(way), written(amount), "more than 0");
        }
        Some(Until { metric: typed.metric.clone(), width, at_most })
    }
}
