//! A scenario under some of its policies alone, as `--policy` asks.
//!
//! What names a policy that is left out is left out with it: its budgets, its swept fields, a
//! search that varies one of its fields. So what is left is a scenario again, and to run it gives
//! what was found.

use serde_json::{Map, Value};

use super::set;

/// A scenario that has passed its checks, and the names of the policies to keep.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    whole: &'a Value,
    names: &'a [String],
}

impl<'a> Kept<'a> {
    /// These policies of a scenario; all when none is named.
    pub const fn of(whole: &'a Value, names: &'a [String]) -> Self {
        Self { whole, names }
    }

    /// The names to keep; none where all are kept.
    pub const fn names(&self) -> &'a [String] {
        self.names
    }

    /// Whether a policy of this name is kept.
    pub fn has(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|kept| kept == name)
    }

    /// Whether all are, whatever their names.
    pub const fn is_whole(&self) -> bool {
        self.names.is_empty()
    }

    /// How a path is written in what is left; nothing if it leads into a policy that is not.
    ///
    /// A policy may be meant by its index, which is another where policies before it are gone:
    /// it is then meant by its name.
    pub fn path(&self, typed: &str) -> Option<String> {
        let Some((index, element, rest)) = set::policy(self.whole, typed) else {
            return Some(typed.to_owned());
        };
        let name = name_of(&self.policies()[index])?;
        if !self.has(name) {
            return None;
        }
        let mut left = self.policies().iter().filter(|policy| self.is_kept(policy));
        let means = set::position(left.clone(), element);
        let now = left.position(|policy| name_of(policy) == Some(name))?;
        if means == Some(now) {
            Some(typed.to_owned())
        } else if name.contains(']') {
            Some(format!("policies[{now}]{rest}"))
        } else {
            Some(format!("policies[{name}]{rest}"))
        }
    }

    /// What is left of the scenario.
    pub fn scenario(&self) -> Value {
        let mut value = self.whole.clone();
        if self.is_whole() {
            return value;
        }
        let Value::Object(fields) = &mut value else { return value };
        if let Some(Value::Array(policies)) = fields.get_mut("policies") {
            policies.retain(|policy| self.is_kept(policy));
        }
        if let Some(Value::Object(budgets)) = fields.get_mut("budgets") {
            self.narrow_budgets(budgets);
        }
        if let Some(Value::Object(sweep)) = fields.get_mut("sweep") {
            let axes = std::mem::take(sweep).into_iter();
            sweep.extend(axes.filter_map(|(typed, values)| Some((self.path(&typed)?, values))));
        }
        let vary = fields.get("find").and_then(|find| find["vary"].as_str());
        match vary.map(|typed| self.path(typed)) {
            Some(Some(typed)) => fields["find"]["vary"] = typed.into(),
            Some(None) => {
                fields.shift_remove("find");
            }
            None => {}
        }
        for name in ["budgets", "sweep"] {
            if fields.get(name).and_then(Value::as_object).is_some_and(Map::is_empty) {
                fields.shift_remove(name);
            }
        }
        value
    }

    fn policies(&self) -> &'a [Value] {
        self.whole["policies"].as_array().map_or(&[], Vec::as_slice)
    }

    fn is_kept(&self, policy: &Value) -> bool {
        name_of(policy).is_some_and(|name| self.has(name))
    }

    /// Takes out the limits that name a policy which is not kept, and what is then without any.
    fn narrow_budgets(&self, budgets: &mut Map<String, Value>) {
        budgets.retain(|policy, metrics| {
            let Value::Object(metrics) = metrics else { return false };
            metrics.retain(|_, budget| {
                let Value::Object(limits) = budget else { return false };
                let against = limits.get("delta").and_then(|delta| delta["against"].as_str());
                if against.is_some_and(|other| !self.has(other)) {
                    limits.shift_remove("delta");
                }
                limits.keys().any(|name| name != "level")
            });
            self.has(policy) && !metrics.is_empty()
        });
    }
}

fn name_of(policy: &Value) -> Option<&str> {
    policy.get("name")?.as_str()
}
