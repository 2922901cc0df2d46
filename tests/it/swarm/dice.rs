//! Draws in a row for one scenario, each at its own address.

use ringstorm::engine::{Draws, Purpose};
use serde_json::{Value, json};

/// The purpose of every draw here; the model's are far below.
const SWARM: Purpose = Purpose::new(60_100);

/// The draws of one scenario of the swarm.
pub struct Dice {
    draws: Draws,
    number: u64,
    next: u64,
}

impl Dice {
    pub fn new(number: u64) -> Self {
        Self { draws: Draws::new(20_260, 0), number, next: 0 }
    }

    /// Uniform from 0 to `bound - 1`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next += 1;
        self.draws.at(SWARM, self.number, self.next).below(bound)
    }

    /// Uniform from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in one of `many` cases.
    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }

    /// A share of hundredths.
    pub fn share(&mut self) -> f64 {
        self.between(1, 100) as f64 / 100.0
    }

    /// A time from `low` to `high` milliseconds.
    pub fn time(&mut self, low: u64, high: u64) -> Value {
        json!(format!("{}ms", self.between(low, high)))
    }

    /// A law of times around so many milliseconds.
    pub fn law(&mut self, mean: u64) -> Value {
        let mean = self.between(mean.div_ceil(4), mean * 2);
        let text = format!("{mean}ms");
        match self.below(8) {
            0 | 1 => json!(text),
            2 => json!({"uniform": {"min": "0s", "max": text}}),
            3 => json!({"lognormal": {"median": text, "sigma": 0.8}}),
            4 => json!({"weibull": {"scale": text, "shape": 0.7}}),
            5 => json!({"pareto": {"scale": text, "shape": 1.5}}),
            6 => json!({"erlang": {"mean": text, "k": 3}}),
            _ => json!({"exponential": {"mean": text}}),
        }
    }

    /// Sets a field in one of `many` cases.
    pub fn maybe(
        &mut self,
        many: u64,
        object: &mut Value,
        field: &str,
        value: impl FnOnce(&mut Self) -> Value,
    ) {
        if self.one_in(many) {
            object[field] = value(self);
        }
    }
}
