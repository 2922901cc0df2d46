//! The policies to compare.

use super::checker::Checker;
use super::clients::Own;
use crate::plan::{Accept, Balancer, Group, Policy, Pubsub, Servers};
use crate::policy::{Fault, Rebalance, Scale, rebalance, scale};
use crate::scenario::diagnostic::Code;
use crate::scenario::path::Path;
use crate::scenario::schema;

/// What holds under a policy that says nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Usual<'a> {
    /// The balancing tier.
    pub balancer: &'a Balancer,
    /// The autoscaler.
    pub scale: &'a Scale,
    /// How connections are accepted.
    pub accept: &'a Accept,
    /// The servers.
    pub servers: &'a Servers,
    /// The groups of clients, each with its way back.
    pub groups: &'a [Group],
    /// What each group states itself, which then holds under every policy.
    pub own: &'a [Own],
}

impl Checker<'_> {
    /// All policies, in order.
    pub fn policies(&mut self, typed: &[schema::Policy], usual: &Usual<'_>) -> Vec<Policy> {
        let path = Path::root().field("policies");
        if typed.is_empty() {
            let fault = self
                .at(&path, Code::NoPolicies, "`policies` is empty", "expected at least one policy")
                .with_help(
                    "the shortest is {\"name\": \"round robin\", \"balance\": \"round_robin\"}",
                );
            self.report(fault);
        }
        let mut policies: Vec<Policy> = Vec::with_capacity(typed.len());
        for (index, policy) in typed.iter().enumerate() {
            let place = path.index(index);
            self.name(&place.field("name"), &policy.name);
            if let Some(first) = policies.iter().position(|other| other.name == policy.name) {
                let fault = self.same_name("policies", &policy.name, &place, &path.index(first));
                self.report(fault);
            }
            policies.push(self.policy(&place, policy, usual));
        }
        policies
    }

    fn policy(&mut self, path: &Path, typed: &schema::Policy, usual: &Usual<'_>) -> Policy {
        let Usual { balancer, scale, groups, own, .. } = *usual;
        let nothing = Rebalance::None(rebalance::none::Config::default());
        let rebalance = typed.rebalance.clone().unwrap_or(nothing);
        let balance_path = path.field("balance");
        self.rule(&balance_path, typed.balance.name(), typed.balance.validate());
        self.rule(&path.field("rebalance"), rebalance.name(), rebalance.validate());
        if matches!(rebalance, Rebalance::Moved(_)) && !typed.balance.has_owners() {
            let name = typed.balance.name();
            let message =
                format!("`{path}` moves connections to their owner, but `{name}` has no owners");
            let balance = self.document.value_span(&balance_path, "no key has an owner here");
            let fault = self
                .at(&path.field("rebalance"), Code::BadPolicy, message, "moves to the new owner")
                .at(balance)
                .with_help("`moved` goes with `ring` and the other hashes; `shed` and `drop_all` go with every rule");
            self.report(fault);
        }
        let override_path = path.field("reconnect");
        let override_rule =
            typed.reconnect.as_ref().map(|rule| self.reconnect(&override_path, rule));
        if let Some(rule) = &override_rule {
            for group in groups {
                self.retries_take_time(&override_path, rule, group);
            }
        }
        let reconnect = |(group, own): (&Group, &Own)| match &override_rule {
            None => group.reconnect.clone(),
            Some(rule) => {
                let mut rule = rule.clone();
                if own.timeout {
                    rule.connect_timeout.clone_from(&group.reconnect.connect_timeout);
                }
                if own.heartbeat {
                    rule.heartbeat = group.reconnect.heartbeat;
                }
                rule
            }
        };
        let balancer = match &typed.balancer {
            Some(typed) => self.balancer(&path.field("balancer"), typed),
            None => balancer.clone(),
        };
        let accept = self.accept_under(path, typed, usual.accept, usual.servers);
        let scale = match &typed.autoscaler {
            Some(typed) => self.autoscaler(&path.field("autoscaler"), Some(typed)),
            None => scale.clone(),
        };
        Policy {
            name: typed.name.clone(),
            description: typed.description.clone().unwrap_or_default(),
            balance: typed.balance.clone(),
            rebalance,
            reconnect: groups.iter().zip(own).map(reconnect).collect(),
            balancer,
            accept,
            scale,
            drain: typed.drain.as_ref().map(|drain| self.drain(&path.field("drain"), drain)),
            pubsub: match typed.pubsub {
                None | Some(schema::Pubsub::Interest) => Pubsub::Interest,
                Some(schema::Pubsub::Broadcast) => Pubsub::Broadcast,
                Some(schema::Pubsub::Sharded) => Pubsub::Sharded,
                Some(schema::Pubsub::Colocated) => Pubsub::Colocated,
            },
        }
    }

    /// An autoscaler; none where nothing is said.
    pub fn autoscaler(&mut self, path: &Path, typed: Option<&Scale>) -> Scale {
        let Some(scale) = typed else {
            return Scale::None(scale::none::Config::default());
        };
        self.rule(path, scale.name(), scale.validate());
        scale.clone()
    }

    /// Reports what a rule says of its parameters.
    fn rule(&mut self, path: &Path, name: &str, faults: Vec<Fault>) {
        for fault in faults {
            let place = path.field(name).field(&fault.field);
            let message = format!("`{place}` {}", fault.message);
            let fault = self.at(&place, Code::BadPolicy, message, "out of range");
            self.report(fault);
        }
    }
}
