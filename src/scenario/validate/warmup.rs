//! The warm-up: stated, or to be found.

use super::checker::Checker;
use crate::engine::{SimDuration, SimTime};
use crate::plan::{Warmup, World};
use crate::scenario::diagnostic::Code;
use crate::scenario::path::Path;
use crate::scenario::schema::Event;
use crate::scenario::schema::forms::{Auto, WordOr};
use crate::stats::warmup::LEAST_STEPS;

impl Checker<'_> {
    /// The warm-up of a run of this length, none where it is still to be found; nothing if it
    /// is wrong.
    pub fn warmup(
        &mut self,
        typed: Option<WordOr<Auto, SimDuration>>,
        duration: SimDuration,
    ) -> Option<(SimDuration, Warmup)> {
        let warmup = match typed {
            None => SimDuration::ZERO,
            Some(WordOr::Word(Auto)) => return Some((SimDuration::ZERO, Warmup::Sought)),
            Some(WordOr::Value(warmup)) => warmup,
        };
        if warmup < duration {
            return Some((warmup, Warmup::Stated));
        }
        let root = Path::root();
        let message = format!("the warm-up of {warmup} leaves nothing of {duration}");
        let expected = "expected less than `duration`";
        let fault = self
            .at(&root.field("warmup"), Code::OutOfRange, message, expected)
            .at(self.document.value_span(&root.field("duration"), "the run ends here"));
        self.report(fault);
        None
    }

    /// A warm-up can be found only where enough comes before the first event.
    pub fn warmup_can_be_found(&mut self, world: &World, events: &[Event]) {
        let steps = world.undisturbed_steps();
        if steps >= LEAST_STEPS as u64 {
            return;
        }
        let root = Path::root();
        let at = |event: &Event| SimTime::ZERO.after(event.at);
        let first = world.events.first().map(|event| event.at);
        let first = first.and_then(|first| events.iter().position(|event| at(event) == first));
        let (end, place, label) = match first {
            Some(index) => {
                let place = root.field("events").index(index).field("at");
                ("the first event", place, "the first event is here")
            }
            None => ("the end of the run", root.field("duration"), "the run ends here"),
        };
        let message = format!(
            "MSER-5 needs {LEAST_STEPS} sampling steps before {end} to find the warm-up, but there \
             are {steps}"
        );
        let least = world.sample_every.as_nanos().saturating_mul(LEAST_STEPS as u64);
        let help = format!(
            "leave {} before {end}, give a shorter `sample_every`, or state the warm-up",
            SimDuration::from_nanos(least)
        );
        let fault = self
            .at(&root.field("warmup"), Code::OutOfRange, message, "cannot be found")
            .at(self.document.value_span(&place, label))
            .with_help(help);
        self.report(fault);
    }
}
