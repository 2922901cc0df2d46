//! What can be wrong with a `route` command or its keys.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::cli::failure::{listed, near};

/// Why keys were not routed. Lines before the fault have been written.
#[derive(Debug, Error)]
pub(in crate::cli) enum RouteError {
    /// An option is not `NAME=VALUE`.
    #[error("the option `{0}` has no value: write NAME=VALUE")]
    NoValue(String),
    /// The scheme has no such option.
    #[error("`{scheme}` has no option `{name}`{}", options(.nearest.as_deref(), .known))]
    UnknownOption {
        /// The scheme.
        scheme: &'static str,
        /// What was typed.
        name: String,
        /// The nearest that exists.
        nearest: Option<String>,
        /// All that exist.
        known: &'static [&'static str],
    },
    /// The option takes other values.
    #[error("the option `{name}` is `{value}`; it takes {takes}")]
    BadValue {
        /// The option.
        name: String,
        /// What was typed.
        value: String,
        /// What it takes.
        takes: &'static str,
    },
    /// A part of a backend is wrong.
    #[error("the backend `{backend}`: {fault}")]
    Backend {
        /// What was typed.
        backend: String,
        /// What is wrong with it.
        fault: BackendFault,
    },
    /// All seats are taken before all backends have theirs.
    #[error(
        "there is no room for {}: the weights add up to more than there are seats",
        listed(.backends, "nobody")
    )]
    NoRoom {
        /// Those who have fewer seats than their weight.
        backends: Vec<String>,
    },
    /// A ring would have more points than are made.
    #[error("the ring would have {points} points; at most {most} are made")]
    TooManyPoints {
        /// As many as were asked for.
        points: u64,
        /// The most.
        most: usize,
    },
    /// The file of keys cannot be opened.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The keys cannot be read on.
    #[error("cannot read the keys: {0}")]
    Input(io::Error),
    /// A line has more or fewer fields than the first.
    #[error("line {line} of the keys has {fields} fields and the first line {columns}")]
    Ragged {
        /// Where.
        line: u64,
        /// Its fields.
        fields: u64,
        /// Those of the first line.
        columns: u64,
    },
    /// The keys are no CSV.
    #[error("the keys are no CSV: {0}")]
    Csv(csv::Error),
    /// There is no column of keys.
    #[error("the keys have no column `key`; their first line names {}", listed(.header, "nothing"))]
    NoKey {
        /// The columns that there are.
        header: Vec<String>,
    },
    /// An event is neither `open` nor `close`.
    #[error("line {line} of the keys: the event is `{event}`; it is `open` or `close`")]
    UnknownEvent {
        /// What stands there.
        event: String,
        /// Where.
        line: u64,
    },
    /// A connection is closed that was not opened.
    #[error("line {line} of the keys: no connection of `{key}` is open")]
    NotOpen {
        /// The key.
        key: String,
        /// Where.
        line: u64,
    },
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

/// What is wrong with the text of a backend.
#[derive(Debug, Error)]
pub(in crate::cli) enum BackendFault {
    /// It has no address.
    #[error("it has no address; write ADDR[#ID][=WEIGHT][@STATE]")]
    NoAddress,
    /// Its weight is no number.
    #[error("its weight is `{0}`; it takes whole numbers from 0 to 4294967295")]
    Weight(String),
    /// Its weight is one that HAProxy refuses.
    #[error("its weight is {0}; HAProxy takes at most 256")]
    HeavyForHaproxy(u32),
    /// Its id is no number.
    #[error("its id is `{0}`; it takes whole numbers from 1 to 4294967295")]
    Id(String),
    /// Ids mean nothing to the scheme.
    #[error("it has an id, and the servers of `{0}` have none")]
    IdWithoutMeaning(&'static str),
    /// Another has this id.
    #[error("another has the id {0} too")]
    IdTwice(u32),
    /// Its state is none.
    #[error("its state is `{state}`; it is `ready`, `draining`, `down` or `disabled`{}", near(.nearest.as_deref()))]
    State {
        /// What was typed.
        state: String,
        /// The nearest that exists.
        nearest: Option<String>,
    },
    /// Another has this address.
    #[error("another has this address too")]
    Twice,
}

impl RouteError {
    /// The fault of a backend.
    pub(super) fn backend(backend: &str, fault: BackendFault) -> Self {
        Self::Backend { backend: backend.to_owned(), fault }
    }

    /// A fault of writing a record.
    pub(super) fn writing(error: csv::Error) -> Self {
        Self::Output(plain(error))
    }

    /// Whether reading or writing failed, and not what was read is wrong.
    pub(in crate::cli) fn is_input_output(&self) -> bool {
        matches!(self, Self::Read { .. } | Self::Input(_) | Self::Output(_))
    }
}

impl From<csv::Error> for RouteError {
    fn from(error: csv::Error) -> Self {
        if error.is_io_error() {
            return Self::Input(plain(error));
        }
        match *error.kind() {
            csv::ErrorKind::UnequalLengths { ref pos, expected_len, len } => Self::Ragged {
                line: pos.as_ref().map_or(0, csv::Position::line),
                fields: len,
                columns: expected_len,
            },
            _ => Self::Csv(error),
        }
    }
}

/// The fault of the stream itself, so that its kind can be told.
fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn options(nearest: Option<&str>, known: &[&str]) -> String {
    match (nearest, known) {
        (Some(name), _) => format!("; there is a similar one: `{name}`"),
        (None, []) => "; it has none".to_owned(),
        (None, known) => format!("; it has {}", listed(known, "nothing")),
    }
}
