//! How clients come back: presets and formulas.

use super::checker::{Checker, grouped};
use crate::engine::{Distribution, SimDuration};
use crate::plan::reconnect::{Base, Delay, DelayFrom, Jitter, Reset};
use crate::plan::{self, Heartbeat, Reconnect};
use crate::scenario::diagnostic::Code;
use crate::scenario::path::Path;
use crate::scenario::presets::{self, PRESETS, Preset};
use crate::scenario::schema::forms::{ShortOr, WordOr};
use crate::scenario::schema::reconnect as typed;
use crate::scenario::suggest;

/// How long a client waits for an attempt where neither the scenario nor a library says so.
const USUAL_TIMEOUT: Distribution = Distribution::Constant(SimDuration::from_secs(10));

impl Checker<'_> {
    /// The rule at `path`, with the time-out of its library, or the usual one
    /// where it is nobody's.
    pub fn reconnect(&mut self, path: &Path, typed: &typed::Reconnect) -> Reconnect {
        match typed {
            ShortOr::Short(typed::RuleName(name)) => self.named(path, name),
            ShortOr::Long(formula) => self.formula(path, formula),
        }
    }

    fn named(&mut self, path: &Path, name: &str) -> Reconnect {
        if let Some(preset) = Preset::named(name) {
            return preset.reconnect();
        }
        let attempts = match name {
            "never" => Some(0),
            "immediate" => None,
            _ => {
                let names = || PRESETS.iter().map(|preset| preset.name).chain(typed::WORDS);
                let help = suggest::nearest(name, names()).map_or_else(
                    || "`ringstorm presets` lists them".to_owned(),
                    |near| format!("there is a preset with a similar name: `{near}`"),
                );
                let message = format!("unknown reconnect preset `{name}` at `{path}`");
                let fault =
                    self.at(path, Code::UnknownName, message, "no such preset").with_help(help);
                self.report(fault);
                None
            }
        };
        let delay = presets::fixed(SimDuration::ZERO, Jitter::None);
        let name = name.to_owned();
        let (reset, delay_from) = (Reset::OnOpen, DelayFrom::End);
        let connect_timeout = Some(USUAL_TIMEOUT);
        Reconnect {
            name,
            delay,
            attempts,
            reset,
            delay_from,
            connect_timeout,
            heartbeat: Heartbeat::USUAL,
            stops_on: Vec::new(),
        }
    }

    fn formula(&mut self, path: &Path, typed: &typed::Formula) -> Reconnect {
        let formulas = [
            ("exponential", typed.exponential.is_some()),
            ("fixed", typed.fixed.is_some()),
            ("steps", typed.steps.is_some()),
            ("decorrelated", typed.decorrelated.is_some()),
        ];
        self.exactly_one(path, "the reconnect rule", &formulas);
        let delay = if let Some(exponential) = &typed.exponential {
            self.exponential(&path.field("exponential"), exponential)
        } else if let Some(fixed) = &typed.fixed {
            presets::fixed(fixed.delay, jitter(fixed.jitter))
        } else if let Some(steps) = &typed.steps {
            let delays = path.field("steps.delays");
            if steps.delays.is_empty() {
                self.out_of_range(&delays, "empty", "at least one wait");
            }
            Delay::Steps {
                delays: steps.delays.clone(),
                tail: steps.tail,
                jitter: jitter(steps.jitter),
            }
        } else if let Some(typed::Decorrelated { base, cap }) = typed.decorrelated {
            let path = path.field("decorrelated");
            self.positive(&path.field("base"), base);
            Delay::Decorrelated { base, cap: self.at_least(&path.field("cap"), cap, base) }
        } else {
            // None of them: reported above.
            presets::fixed(SimDuration::from_secs(1), Jitter::None)
        };
        let attempts = typed.attempts.map(|met| self.attempts(&path.field("attempts"), met));
        let reset = match typed.reset {
            None | Some(WordOr::Word(_)) => Reset::OnOpen,
            Some(WordOr::Value(uptime)) => Reset::AfterUptime(uptime),
        };
        let delay_from = match typed.delay_from {
            None | Some(typed::DelayFrom::End) => DelayFrom::End,
            Some(typed::DelayFrom::Start) => DelayFrom::Start,
        };
        let name = "custom".to_owned();
        let connect_timeout = Some(USUAL_TIMEOUT);
        Reconnect {
            name,
            delay,
            attempts,
            reset,
            delay_from,
            connect_timeout,
            heartbeat: Heartbeat::USUAL,
            stops_on: Vec::new(),
        }
    }

    /// Retries after which a client gives up. A client counts them in 16 bits, and would never
    /// come to more.
    fn attempts(&mut self, path: &Path, met: u64) -> u32 {
        const MOST: u64 = u16::MAX as u64;
        if met > MOST {
            let expected = format!("0 to {}", grouped(MOST));
            let message = format!("`{path}` is {met}: expected {expected}");
            let fault = self
                .at(path, Code::OutOfRange, message, format!("expected {expected}"))
                .with_help("without `attempts` a client never gives up");
            self.report(fault);
        }
        met.min(MOST) as u32
    }

    fn exponential(&mut self, path: &Path, typed: &typed::Exponential) -> Delay {
        /// Nobody means more, and 100^n stays a number for every n that matters.
        const STEEPEST: f64 = 100.0;
        let factor = typed.factor.unwrap_or(2.0);
        Delay::Exponential {
            base: Base::Fixed(typed.base),
            factor: self.number(&path.field("factor"), factor, 1.0, STEEPEST),
            cap: self.at_least(&path.field("cap"), typed.cap, typed.base),
            jitter: jitter(typed.jitter),
            first: typed.first.map(|first| (first, first)),
        }
    }

    /// Refuses a rule that would try for ever at one instant: without any wait,
    /// over a network without any delay.
    pub fn retries_take_time(&mut self, path: &Path, rule: &Reconnect, group: &plan::Group) {
        let waits_nothing = match &rule.delay {
            Delay::Steps { tail, .. } => tail.is_some_and(SimDuration::is_zero),
            Delay::Exponential { base: Base::Fixed(base), .. } => base.is_zero(),
            _ => false,
        };
        let tries_for_ever = rule.attempts.is_none_or(|attempts| attempts > 10_000);
        if waits_nothing && tries_for_ever && group.rtt.cdf(0.0) > 0.0 {
            let message = format!(
                "`{path}` retries at once, and the round-trip time of `{}` may be 0: \
                 a client that is turned away would try for ever at one instant",
                group.name
            );
            let fault = self.at(path, Code::OutOfRange, message, "no wait here").with_help(
                "give the clients a round-trip time, or the retries a wait or `attempts`",
            );
            self.report(fault);
        }
    }
}

fn jitter(typed: typed::Jitter) -> Jitter {
    match typed {
        typed::Jitter::None => Jitter::None,
        typed::Jitter::Full => Jitter::Full,
        typed::Jitter::Equal => Jitter::Equal,
        typed::Jitter::Exponential => Jitter::Exponential,
        typed::Jitter::PlusMinus(fraction) => Jitter::PlusMinus(fraction.as_f64()),
    }
}
