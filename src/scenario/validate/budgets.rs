//! Budgets: what must hold of the answers.

use super::checker::Checker;
use crate::plan::{Budget, Level, Limit, Policy};
use crate::scenario::diagnostic::{Code, Span};
use crate::scenario::path::Path;
use crate::scenario::schema::budgets;
use crate::scenario::suggest;
use crate::stats::{METRICS, Metric};

impl Checker<'_> {
    /// All budgets, by policy and metric.
    pub fn budgets(&mut self, typed: &budgets::Budgets, policies: &[Policy]) -> Vec<Budget> {
        let root = Path::root().field("budgets");
        let mut found = Vec::new();
        for (policy, metrics) in typed {
            let path = root.field_exactly(policy);
            let span = self.document.name_span(&path, "no such policy");
            self.known_policy(&path, span, policy, policies);
            for (metric, budget) in metrics {
                let path = path.field_exactly(metric);
                let span = self.document.name_span(&path, "no such metric");
                self.known_metric(&path, span, metric);
                let level = match budget.level {
                    budgets::Level::Error => Level::Error,
                    budgets::Level::Warning => Level::Warning,
                };
                let (policy, metric) = (policy.clone(), metric.clone());
                let limits = self.limits(&path, budget, &policy, policies);
                found.extend(limits.into_iter().map(|limit| Budget {
                    policy: policy.clone(),
                    metric: metric.clone(),
                    limit,
                    level,
                }));
            }
        }
        found
    }

    /// The limits of one metric; reports that there is none.
    fn limits(
        &mut self,
        path: &Path,
        typed: &budgets::Budget,
        policy: &str,
        policies: &[Policy],
    ) -> Vec<Limit> {
        let mut limits: Vec<Limit> = [
            typed.max.map(Limit::Max),
            typed.min.map(Limit::Min),
            typed.max_increase.map(|share| Limit::MaxIncrease(share.as_f64())),
            typed.max_decrease.map(|share| Limit::MaxDecrease(share.as_f64())),
        ]
        .into_iter()
        .flatten()
        .collect();
        if let Some(delta) = &typed.delta {
            let path = path.field("delta");
            let place = path.field("against");
            let span = self.document.value_span(&place, "no such policy");
            self.known_policy(&place, span, &delta.against, policies);
            if delta.against == policy {
                self.out_of_range(&place, format!("`{policy}` itself"), "another policy");
            }
            for (name, ratio) in [("max_ratio", delta.max_ratio), ("min_ratio", delta.min_ratio)] {
                let Some(ratio) = ratio else { continue };
                let ratio = self.number(&path.field(name), ratio, 0.0, 1e9);
                let against = delta.against.clone();
                limits.push(match name {
                    "max_ratio" => Limit::MaxRatio { against, ratio },
                    _ => Limit::MinRatio { against, ratio },
                });
            }
        }
        if limits.is_empty() {
            let message = format!("the budget at `{path}` has no limit");
            let span = self.document.opening_span(path, "nothing is asked here");
            let fault =
                super::Diagnostic::new(Code::ChooseOne, message).about(path).at(span).with_help(
                    "give at least one of `max`, `min`, `max_increase`, `max_decrease`, \
                     `delta` with `max_ratio` or `min_ratio`",
                );
            self.report(fault);
        }
        limits
    }

    /// Reports a policy that does not exist; `span` is where it is named.
    fn known_policy(&mut self, path: &Path, span: Span, name: &str, policies: &[Policy]) {
        if policies.iter().any(|policy| policy.name == name) {
            return;
        }
        let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
        let message = format!("the scenario has no policy `{name}`");
        let fault = super::Diagnostic::new(Code::UnknownPolicy, message)
            .about(path)
            .at(span)
            .with_help_if(suggest::help("policy", name, names.iter().copied()));
        self.report(fault);
    }

    /// Reports a metric that does not exist; `span` is where it is named.
    pub fn known_metric(&mut self, path: &Path, span: Span, name: &str) {
        if Metric::named(name).is_some() {
            return;
        }
        let near = suggest::nearest(name, METRICS.iter().map(|metric| metric.name));
        let help = near.map_or_else(
            || "`ringstorm metrics` lists them".to_owned(),
            |near| format!("there is a metric with a similar name: `{near}`"),
        );
        let fault = super::Diagnostic::new(Code::UnknownMetric, format!("unknown metric `{name}`"))
            .about(path)
            .at(span)
            .with_help(help);
        self.report(fault);
    }
}
