//! Where a value stands in a scenario: `policies[1].balance.ring.virtual_nodes`.

use std::fmt;

/// One step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a field of an object.
    Field(String),
    /// To an element of a list, from 0.
    Index(usize),
}

/// The way from the whole scenario to one value; empty for the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Step>);

impl Path {
    /// The whole scenario.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// The path of these steps.
    pub const fn new(steps: Vec<Step>) -> Self {
        Self(steps)
    }

    /// To a field of this value. `name` may itself be several fields: `handshake.workers`.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        let mut steps = self.0.clone();
        steps.extend(name.split('.').map(|part| Step::Field(part.to_owned())));
        Self(steps)
    }

    /// To the field of exactly this name, dots included.
    #[must_use]
    pub fn field_exactly(&self, name: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Field(name.to_owned()));
        Self(steps)
    }

    /// To an element of this list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// What this value is part of; `None` for the whole scenario.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// Whether this is the whole scenario.
    pub const fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The steps from `ancestor` to this value, if it is a part of it (or the same).
    pub fn beneath<'a>(&'a self, ancestor: &Self) -> Option<&'a [Step]> {
        self.0.strip_prefix(ancestor.0.as_slice())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if position == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
