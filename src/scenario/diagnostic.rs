//! What is wrong with a scenario, as data; `render` makes text of it.

use std::ops::Range;
use std::sync::Arc;

pub use super::code::Code;

/// One text that a diagnostic can point into: a scenario, a trace, or a `--set`.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// What people call it: the file as they named it, or `--set`.
    pub name: String,
    /// All of its text.
    pub text: String,
}

/// A place in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub source: Arc<Source>,
    /// Bytes of the text, on character boundaries; may be empty at the end of the text.
    pub range: Range<usize>,
    /// What is to be seen there; may be empty.
    pub label: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its kind.
    pub code: Code,
    /// One sentence: lower case, no full stop, names in backquotes.
    pub message: String,
    /// The field it is about: `clients.rtt`; empty for the scenario as a whole.
    pub path: String,
    /// Where it shows, the main place first; none when there is no text to point at.
    pub spans: Vec<Span>,
    /// What to do about it; a statement, never a question.
    pub help: Option<String>,
}

impl Source {
    /// A text by its name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }

    /// Line and column of a byte, both from 1; columns count characters.
    pub fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
}

impl Span {
    /// These bytes of the source, which must lie on character boundaries.
    pub fn new(source: &Arc<Source>, range: Range<usize>, label: impl Into<String>) -> Self {
        Self { source: Arc::clone(source), range, label: label.into() }
    }
}

impl Diagnostic {
    /// A diagnostic that points nowhere yet.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let message = bounded(message.into());
        Self { code, message, path: String::new(), spans: Vec::new(), help: None }
    }

    /// The field it is about.
    #[must_use]
    pub fn about(mut self, path: &super::path::Path) -> Self {
        self.path = path.to_string();
        self
    }

    /// One more place; the first is the main one.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.spans.push(span);
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(bounded(help.into()));
        self
    }

    /// What to do about it, where something is known.
    #[must_use]
    pub fn with_help_if(mut self, help: Option<String>) -> Self {
        self.help = help.map(bounded).or(self.help);
        self
    }
}

/// A sentence quotes what was typed, which may be of any length.
fn bounded(sentence: String) -> String {
    const LONGEST: usize = 400;
    match sentence.char_indices().nth(LONGEST) {
        None => sentence,
        Some((end, _)) => format!("{}...", &sentence[..end]),
    }
}
