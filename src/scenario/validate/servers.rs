//! The servers and the balancing tier.

use super::accept::when_full;
use super::checker::Checker;
use crate::engine::{Distribution, SimDuration};
use crate::plan::{Abandoned, Balancer, Handshake, Servers};
use crate::scenario::diagnostic::{Code, Diagnostic};
use crate::scenario::path::Path;
use crate::scenario::schema;
use crate::scenario::schema::servers as typed;

/// Most servers that may ever be born in a run.
pub const MOST_SERVERS: u32 = 1_000_000;

/// The heaviest weight: a ring has its virtual nodes for each unit.
const HEAVIEST: u32 = 1_000;

const USUAL_ACCEPT_QUEUE: u32 = 4_096;
const USUAL_WORKERS: u64 = 4;

/// A TLS handshake and the upgrade on one core: 2 ms, two thirds between 1.3 and 3 ms.
const USUAL_COST: Distribution = Distribution::LogNormal { median: 0.002, sigma: 0.4 };

impl Checker<'_> {
    /// The servers.
    pub fn servers(&mut self, typed: &schema::Servers) -> Servers {
        let path = Path::root().field("servers");
        Servers {
            count: self.count(&path.field("count"), typed.count, 0..=MOST_SERVERS),
            zones: self.zones(&path.field("zones"), typed.zones.as_deref()),
            weights: self.weights(&path, typed),
            addresses: self.addresses(&path.field("addresses"), &typed.addresses),
            accept_queue: self.limit(
                &path.field("accept_queue"),
                typed.accept_queue,
                USUAL_ACCEPT_QUEUE,
            ),
            when_full: when_full(typed.when_full.as_ref()),
            max_connections: self.limit(
                &path.field("max_connections"),
                typed.max_connections,
                u32::MAX,
            ),
            handshake: self.handshake(&path.field("handshake"), &typed.handshake),
            boot: self.boot(&path, typed),
            drain: typed.drain.as_ref().map(|drain| self.drain(&path.field("drain"), drain)),
            liveness: typed
                .liveness
                .as_ref()
                .map(|probe| self.liveness(&path.field("liveness"), probe)),
        }
    }

    /// The balancing tier at `path`.
    pub fn balancer(&mut self, path: &Path, typed: &schema::Balancer) -> Balancer {
        let replicas = typed.replicas.unwrap_or(1);
        Balancer {
            replicas: self.count(&path.field("replicas"), replicas, 1..=1_000),
            propagation: self.law_or(
                &path.field("propagation"),
                typed.propagation.as_ref(),
                SimDuration::ZERO,
            ),
            health: typed.health.as_ref().map(|checks| self.health(&path.field("health"), checks)),
            prefer_new: typed.prefer_new,
            attempt_cost: typed.attempt_cost.unwrap_or_default(),
            close_cost: typed.close_cost.unwrap_or_default(),
        }
    }

    fn handshake(&mut self, path: &Path, typed: &typed::Handshake) -> Handshake {
        let workers = typed.workers.unwrap_or(USUAL_WORKERS);
        let cost = typed.cost.as_ref().map(|law| self.law(&path.field("cost"), law));
        Handshake {
            workers: self.count(&path.field("workers"), workers, 1..=100_000),
            cost: cost.unwrap_or(USUAL_COST),
            abandoned: match typed.abandoned {
                typed::Abandoned::Skipped => Abandoned::Skipped,
                typed::Abandoned::Aborted => Abandoned::Aborted,
                typed::Abandoned::Served => Abandoned::Served,
            },
        }
    }

    fn zones(&mut self, path: &Path, typed: Option<&[String]>) -> Vec<String> {
        let Some(zones) = typed else { return vec!["a".to_owned()] };
        if zones.is_empty() {
            self.out_of_range(path, "an empty list", "at least one zone");
            return vec!["a".to_owned()];
        }
        for (index, zone) in zones.iter().enumerate() {
            self.name(&path.index(index), zone);
        }
        self.all_differ(path, "zones", zones);
        zones.to_vec()
    }

    fn addresses(&mut self, path: &Path, addresses: &[String]) -> Vec<String> {
        for (index, address) in addresses.iter().enumerate() {
            if address.is_empty() {
                self.out_of_range(&path.index(index), "empty", "an address");
            }
        }
        self.all_differ(path, "addresses", addresses);
        addresses.to_vec()
    }

    /// Reports addresses that no server will ever have.
    pub fn addresses_have_servers(&mut self, servers: &Servers, born: usize) {
        let given = servers.addresses.len();
        if given > born {
            let path = Path::root().field("servers.addresses");
            let expected = format!("at most {born}, one for each server that is ever there");
            self.out_of_range(&path, format!("a list of {given}"), &expected);
        }
    }

    /// Reports every text that is there twice; whether there is none.
    pub fn all_differ(&mut self, path: &Path, what: &str, texts: &[String]) -> bool {
        let mut seen = std::collections::BTreeMap::new();
        let mut differ = true;
        for (index, text) in texts.iter().enumerate() {
            if let Some(first) = seen.insert(text, index) {
                let message = format!("two {what} are `{text}`");
                let first = self.document.value_span(&path.index(first), "the first one");
                let again = path.index(index);
                let fault = self.at(&again, Code::DuplicateName, message, "again here").at(first);
                self.report(fault);
                differ = false;
            }
        }
        differ
    }

    fn weights(&mut self, path: &Path, typed: &schema::Servers) -> Vec<u32> {
        match (typed.weight, &typed.weights) {
            (Some(_), Some(_)) => {
                let span = |field, label| self.document.name_span(&path.field(field), label);
                let message = "`servers` has both `weight` and `weights`";
                let fault = Diagnostic::new(Code::ChooseOne, message)
                    .about(path)
                    .at(span("weights", "one too many"))
                    .at(span("weight", "the other"))
                    .with_help("`weight` is for all servers, `weights` are handed out in turn");
                self.report(fault);
                vec![1]
            }
            (None, None) => vec![1],
            (Some(weight), None) => vec![self.count(&path.field("weight"), weight, 1..=HEAVIEST)],
            (None, Some(weights)) => {
                let path = path.field("weights");
                if weights.is_empty() {
                    self.out_of_range(&path, "an empty list", "at least one weight");
                    return vec![1];
                }
                let indexed = weights.iter().enumerate();
                indexed
                    .map(|(index, weight)| self.count(&path.index(index), *weight, 1..=HEAVIEST))
                    .collect()
            }
        }
    }
}
