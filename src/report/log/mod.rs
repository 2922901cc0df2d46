//! The event log of a run: as text that a person reads, or as JSON lines; and the life of one
//! client out of it.
//!
//! | module | what it holds |
//! |---|---|
//! | `words` | what each fact is in words |
//! | [`text`] | a line an entry, in columns |
//! | [`jsonl`] | an object a line |
//! | [`life`] | one client under every policy, side by side |

pub mod jsonl;
pub mod life;
pub mod text;
mod words;

use crate::plan::{Plan, RunId};

/// The run that a log is of.
#[derive(Clone, Copy, Debug)]
pub struct LoggedRun<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Which of its runs.
    pub id: RunId,
}

impl LoggedRun<'_> {
    /// The policy's name.
    fn policy(&self) -> &str {
        &self.plan.points[self.id.point].policies[self.id.policy].name
    }

    /// What is swept, and its value here: `clients.connected = 500, ...`; empty without a sweep.
    fn at(&self) -> String {
        at(&self.plan.points[self.id.point].at)
    }
}

/// The values of a point, as people read them.
pub fn at(values: &[(String, String)]) -> String {
    let values: Vec<String> =
        values.iter().map(|(path, value)| format!("{path} = {value}")).collect();
    values.join(", ")
}

/// What people call a client.
pub fn client(number: u32) -> String {
    format!("c{number}")
}
