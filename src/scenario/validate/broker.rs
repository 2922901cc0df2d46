//! The broker and what it remembers.

use super::checker::Checker;
use crate::engine::SimDuration;
use crate::plan::messaging::{Broker, BrokerRetry, History, OnOutage};
use crate::scenario::brokers::{BROKERS, BrokerName, BrokerPreset};
use crate::scenario::diagnostic::Code;
use crate::scenario::path::Path;
use crate::scenario::schema::forms::{ShortOr, Unlimited, WordOr};
use crate::scenario::schema::messaging as typed;
use crate::scenario::suggest;

const USUAL_IN: SimDuration = SimDuration::from_nanos(2_000);
const USUAL_OUT: SimDuration = SimDuration::from_nanos(1_000);
const USUAL_LATENCY: SimDuration = SimDuration::from_nanos(200_000);
const USUAL_BASE: SimDuration = SimDuration::from_millis(100);
const USUAL_CAP: SimDuration = SimDuration::from_secs(5);

impl Checker<'_> {
    /// The broker; `bytes` is the size of a publish.
    pub(super) fn broker(
        &mut self,
        path: &Path,
        typed: Option<&ShortOr<BrokerName, typed::Broker>>,
        bytes: u32,
    ) -> Broker {
        let usual = typed::Broker::default();
        let (typed, preset) = match typed {
            None => (&usual, None),
            Some(ShortOr::Short(name)) => (&usual, self.broker_named(path, name)),
            Some(ShortOr::Long(typed)) => {
                let name = typed.preset.as_ref();
                let preset = name.and_then(|name| self.broker_named(&path.field("preset"), name));
                (typed, preset)
            }
        };
        let of = |read: fn(&BrokerPreset) -> SimDuration| preset.map(read);
        let cost_in = typed.cost_in.or(of(|preset| preset.cost_in)).unwrap_or(USUAL_IN);
        let cost_out = typed.cost_out.or(of(|preset| preset.cost_out)).unwrap_or(USUAL_OUT);
        let nodes = typed.nodes.unwrap_or(preset.map_or(1, |preset| u64::from(preset.nodes)));
        let queue_limit = match typed.queue_limit {
            None | Some(WordOr::Word(Unlimited)) => u32::MAX,
            Some(WordOr::Value(limit)) => {
                self.count(&path.field("queue_limit"), limit, 0..=u32::MAX)
            }
        };
        Broker {
            nodes: self.count(&path.field("nodes"), nodes, 1..=16_384),
            cost_in,
            cost_out,
            cost_bus: typed.cost_bus.or(of(|preset| preset.cost_bus)).unwrap_or(cost_out),
            cost_subscribe: typed.cost_subscribe.unwrap_or(cost_in),
            link: self.link(path, typed, bytes),
            latency: typed.latency.unwrap_or(USUAL_LATENCY),
            queue_limit,
            on_outage: match typed.on_outage {
                None | Some(typed::OnOutage::Keep) => OnOutage::Keep,
                Some(typed::OnOutage::DropClients) => OnOutage::DropClients,
            },
            retry: self.broker_retry(&path.field("retry"), typed.retry),
        }
    }

    fn broker_named(
        &mut self,
        path: &Path,
        BrokerName(name): &BrokerName,
    ) -> Option<&'static BrokerPreset> {
        let found = BrokerPreset::named(name);
        if found.is_none() {
            let message = format!("unknown broker `{name}` at `{path}`");
            let names = BROKERS.iter().map(|preset| preset.name);
            let fault = self
                .at(path, Code::UnknownName, message, "no such broker")
                .with_help_if(suggest::help("broker", name, names));
            self.report(fault);
        }
        found
    }

    /// Time on a node's link for one copy.
    fn link(&mut self, path: &Path, typed: &typed::Broker, bytes: u32) -> SimDuration {
        match typed.bandwidth {
            None | Some(WordOr::Word(Unlimited)) => SimDuration::ZERO,
            Some(WordOr::Value(bandwidth)) if bandwidth.as_u64() > 0 => {
                SimDuration::from_secs_f64(f64::from(bytes) / bandwidth.as_u64() as f64)
            }
            Some(WordOr::Value(bandwidth)) => {
                self.out_of_range(&path.field("bandwidth"), bandwidth, "more than 0B");
                SimDuration::ZERO
            }
        }
    }

    fn broker_retry(&mut self, path: &Path, typed: Option<typed::Retry>) -> BrokerRetry {
        let Some(typed::Retry { base, cap }) = typed else {
            return BrokerRetry { base: USUAL_BASE, cap: USUAL_CAP };
        };
        let base = self.positive(&path.field("base"), base);
        // Tries closer together than that would be millions in an outage of an hour.
        let least = base.max(SimDuration::from_millis(10));
        BrokerRetry { base, cap: self.at_least(&path.field("cap"), cap, least) }
    }

    /// What a returning client can recover.
    pub(super) fn history(
        &mut self,
        path: &Path,
        typed: &ShortOr<SimDuration, typed::History>,
    ) -> History {
        match typed {
            ShortOr::Short(reach) => {
                History { reach: *reach, size: u32::MAX, state_cost: SimDuration::ZERO }
            }
            ShortOr::Long(typed) => History {
                reach: typed.reach,
                size: match typed.size {
                    None | Some(WordOr::Word(Unlimited)) => u32::MAX,
                    Some(WordOr::Value(size)) => {
                        self.count(&path.field("size"), size, 0..=u32::MAX)
                    }
                },
                state_cost: typed.state_cost,
            },
        }
    }
}
